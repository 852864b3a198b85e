// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a ring of lines keeps order, loses nothing, delivers each word
 * as it was sent, and refuses when it is full or a tag is 0: a table of steps,
 * random batches against a counter on rings of all small sizes and over the
 * wrap of the positions, and two threads with delays put in between.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include <linux/errno.h>
#include <linux/kernel.h>

#include "ring/line_ring.h"
#include "tools/test.h"

#define BATCH_MAX	100

struct ring {
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	struct sl_line *lines;
};

/* Lines of exactly their size, for a sanitizer to see what goes beyond. */
static struct ring *make(u32 slots, u32 start)
{
	struct ring *ring = aligned_alloc(64, sizeof(*ring));

	ring->lines = aligned_alloc(64, sl_line_bytes(slots));
	memset(ring->lines, 0, sl_line_bytes(slots));
	/* In an empty ring both sides may start anywhere. */
	CHECK_EQ(sl_line_tx_resume(&ring->tx, ring->lines, slots, start), 0);
	CHECK_EQ(sl_line_rx_resume(&ring->rx, ring->lines, slots, start), 0);
	return ring;
}

static void destroy(struct ring *ring)
{
	free(ring->lines);
	free(ring);
}

static void write_message(struct sl_line *line, u64 n)
{
	u32 i;

	for (i = 0; i < SL_LINE_WORDS; i++)
		line->word[i] = (n + 1) * (2 * i + 1);
}

static bool is_message(const struct sl_line *line, u64 n)
{
	u32 i;

	for (i = 0; i < SL_LINE_WORDS; i++)
		if (line->word[i] != (n + 1) * (2 * i + 1))
			return false;
	return true;
}

enum { PUSH, REFUSED, POP };

static const struct {
	int what;
	bool succeeds;
	u32 used;	/* afterwards */
} steps[] = {
	/* a ring of two lines */
	{ POP,	   false, 0 },
	{ REFUSED, false, 0 },
	{ PUSH,	   true,  1 },
	{ REFUSED, false, 1 },
	{ PUSH,	   true,  2 },
	{ PUSH,	   false, 2 },
	{ REFUSED, false, 2 },
	{ POP,	   true,  1 },
	{ PUSH,	   true,  2 },
	{ PUSH,	   false, 2 },
	{ POP,	   true,  1 },
	{ POP,	   true,  0 },
	{ POP,	   false, 0 },
	{ PUSH,	   true,  1 },
	{ POP,	   true,  0 },
};

static void check_used(const struct ring *ring, u32 used)
{
	CHECK_EQ(sl_line_used(&ring->tx, &ring->rx), used);
	CHECK_EQ(sl_line_tx_used(&ring->tx), used);
	CHECK_EQ(sl_line_rx_used(&ring->rx), used);
	CHECK_EQ(sl_line_ready(&ring->rx), used > 0);
}

static void test_steps(void)
{
	struct ring *ring = make(2, 0);
	struct sl_line line;
	u64 in = 0, out = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		bool ok;

		if (steps[i].what == POP) {
			memset(&line, 0, sizeof(line));
			ok = sl_line_pop(&ring->rx, &line);
			/* A pop in vain leaves the caller's memory alone. */
			CHECK(ok ? is_message(&line, out++) : !line.word[0]);
		} else {
			write_message(&line, in);
			if (steps[i].what == REFUSED)
				line.word[0] = 0;
			ok = sl_line_push(&ring->tx, &line);
			in += ok;
		}
		CHECK_EQ(ok, steps[i].succeeds);
		check_used(ring, steps[i].used);
	}
	CHECK_EQ(ring->tx.full, 2);
	CHECK_EQ(ring->tx.refused, 3);
	CHECK_EQ(ring->rx.empty, 2);
	CHECK_EQ(ring->rx.malformed, 0);
	destroy(ring);
}

static void test_arguments(void)
{
	static const u32 bad[] = { 0, 3, 63, 65, SL_LINE_SLOTS_MAX + 1,
				   2 * SL_LINE_SLOTS_MAX, ~0u };
	static struct sl_line lines[4];
	char *odd = (char *)lines + 8;
	struct sl_line *misaligned[] = { NULL, (void *)odd, (void *)(odd + 24) };
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	u32 slots, tail;
	size_t i;

	for (slots = 1; slots <= SL_LINE_SLOTS_MAX; slots *= 2)
		CHECK_EQ(sl_line_bytes(slots), 64ull * slots);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(sl_line_bytes(bad[i]), 0);
		CHECK_EQ(sl_line_tx_open(&tx, lines, bad[i]), -EINVAL);
		CHECK_EQ(sl_line_rx_open(&rx, lines, bad[i]), -EINVAL);
		CHECK_EQ(sl_line_tx_resume(&tx, lines, bad[i], 0), -EINVAL);
		CHECK_EQ(sl_line_rx_resume(&rx, lines, bad[i], 0), -EINVAL);
		CHECK_EQ(sl_line_find(lines, bad[i], &tail), -EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(misaligned); i++) {
		struct sl_line *at = misaligned[i];

		CHECK_EQ(sl_line_tx_open(&tx, at, 2), -EINVAL);
		CHECK_EQ(sl_line_rx_open(&rx, at, 2), -EINVAL);
		CHECK_EQ(sl_line_tx_resume(&tx, at, 2, 0), -EINVAL);
		CHECK_EQ(sl_line_rx_resume(&rx, at, 2, 0), -EINVAL);
		CHECK_EQ(sl_line_find(at, 2, &tail), -EINVAL);
	}
	CHECK_EQ(sl_line_tx_open(&tx, lines, 4), 0);
	CHECK_EQ(sl_line_rx_open(&rx, lines, 4), 0);
}

struct counts {
	u64 in, out, full, empty, refused;
};

/* Pushes up to so many in one call, or one by one; says how many went in. */
static u32 push_some(struct ring *ring, struct counts *c, u32 slots)
{
	struct sl_line line[BATCH_MAX];
	u32 n = rand() % BATCH_MAX;
	u32 bad = rand() % (4 * BATCH_MAX);
	u32 room = slots - (u32)(c->in - c->out);
	u32 fit = min(n, min(room, bad));
	u32 i, done;

	for (i = 0; i < n; i++)
		write_message(&line[i], c->in + i);
	if (bad < n)
		line[bad].word[0] = 0;
	if (rand() % 2) {
		done = sl_line_push_batch(&ring->tx, line, n);
	} else {
		for (done = 0; done < n; done++)
			if (!sl_line_push(&ring->tx, &line[done]))
				break;
	}
	/* All that fits goes in, and not one more. */
	if (fit < n && fit == bad)
		c->refused++;
	else if (fit < n)
		c->full++;
	c->in += done;
	return done == fit;
}

static bool pop_some(struct ring *ring, struct counts *c)
{
	struct sl_line line[BATCH_MAX + 1];
	u32 n = rand() % BATCH_MAX;
	u32 used = c->in - c->out;
	bool batch = rand() % 2;
	bool ok = true;
	u32 i, done;

	memset(line, 0x55, sizeof(line));
	if (batch) {
		done = sl_line_pop_batch(&ring->rx, line, n);
		c->empty += n && !used;
	} else {
		for (done = 0; done < n; done++)
			if (!sl_line_pop(&ring->rx, &line[done]))
				break;
		c->empty += n > used;
	}
	for (i = 0; i < done; i++)
		ok &= is_message(&line[i], c->out++);
	return ok && done == min(n, used) &&
	       line[done].word[0] == 0x5555555555555555;
}

/* Batches of any size on rings of any size, across many laps. */
static void test_batches(u32 slots)
{
	/* The positions wrap around on the way. */
	struct ring *ring = make(slots, -7u * slots);
	struct counts c = { 0 };
	bool ok = true;
	u32 i, used;

	for (i = 0; i < 4000 && ok; i++) {
		ok &= push_some(ring, &c, slots);
		ok &= pop_some(ring, &c);
		used = c.in - c.out;
		ok &= sl_line_used(&ring->tx, &ring->rx) == used;
		ok &= sl_line_tx_used(&ring->tx) == used;
		ok &= sl_line_rx_used(&ring->rx) == used;
		ok &= sl_line_ready(&ring->rx) == (used > 0);
	}
	CHECK(ok);
	CHECK(c.out > 10 * slots);
	CHECK_EQ(ring->tx.full, c.full);
	CHECK_EQ(ring->tx.refused, c.refused);
	CHECK_EQ(ring->rx.empty, c.empty);
	CHECK_EQ(ring->rx.malformed, 0);
	destroy(ring);
}

/* What an honest producer never does: gaps in what was promised full. */
static void test_malformed(void)
{
	struct ring *ring = make(64, 0);
	struct sl_line line;
	u64 i, j;

	for (i = 0; i < 40; i++) {
		write_message(&line, i);
		sl_line_push(&ring->tx, &line);
	}
	for (i = 0; i < 9; i++)
		CHECK(sl_line_pop(&ring->rx, &line));
	/* Tags are taken away again, also before the limit. */
	CHECK(ring->rx.limit > i);
	for (j = i; j < 40; j++)
		ring->lines[j].word[0] = 0;
	CHECK(!sl_line_pop(&ring->rx, &line));
	CHECK_EQ(ring->rx.malformed, 1);
	/* From then on the ring is just empty. */
	CHECK(!sl_line_pop(&ring->rx, &line));
	CHECK_EQ(ring->rx.malformed, 1);
	CHECK_EQ(ring->rx.empty, 1);
	CHECK_EQ(sl_line_pop_batch(&ring->rx, &line, 1), 0);
	/* Put back, it is found. */
	ring->lines[i].word[0] = i + 1;
	CHECK(sl_line_pop(&ring->rx, &line) && is_message(&line, i));
	destroy(ring);
}

/* So many messages, or as many as pass in so long on a busy machine. */
#define STRESS		300000ul
#define STRESS_MS	250

struct pair {
	struct ring *ring;
	unsigned long total;	/* the producer lowers it if time is up */
	u32 batch;
	u32 seed;
};

static void delay(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	if (*seed >> 22 == 0)
		sched_yield();
	else if (*seed >> 24 == 1)
		for (volatile u32 spin = *seed & 1023; spin; spin--)
			;
}

static u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static void *produce(void *arg)
{
	struct pair *p = arg;
	u64 end = now_ms() + STRESS_MS;
	unsigned long sent = 0, turn = 0;
	struct sl_line line[64];
	u32 i, n, done;

	while (sent < p->total) {
		n = min_t(unsigned long, p->batch, p->total - sent);
		for (i = 0; i < n; i++)
			write_message(&line[i], sent++);
		for (i = 0; i < n; i += done) {
			done = n == 1 ? sl_line_push(&p->ring->tx, line) :
					sl_line_push_batch(&p->ring->tx,
							   line + i, n - i);
			delay(&p->seed);
			if (!done)
				sched_yield();
		}
		if (++turn % 64 == 0 && now_ms() >= end)
			__atomic_store_n(&p->total, sent, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void test_stress(u32 slots, u32 batch)
{
	struct pair p = { make(slots, -100u), STRESS, batch, slots + batch };
	u32 seed = slots - batch, n, i;
	unsigned long got = 0;
	struct sl_line line[64];
	pthread_t thread;
	bool ok = true;

	pthread_create(&thread, NULL, produce, &p);
	while (got < __atomic_load_n(&p.total, __ATOMIC_RELAXED)) {
		n = batch == 1 ? sl_line_pop(&p.ring->rx, line) :
				 sl_line_pop_batch(&p.ring->rx, line, batch);
		for (i = 0; i < n; i++)
			ok &= is_message(&line[i], got++);
		ok &= sl_line_used(&p.ring->tx, &p.ring->rx) <= slots;
		delay(&seed);
		if (!n)
			sched_yield();
	}
	pthread_join(thread, NULL);
	CHECK(ok);
	CHECK_EQ(got, p.total);
	CHECK(got > slots);
	CHECK_EQ(p.ring->rx.malformed, 0);
	check_used(p.ring, 0);
	destroy(p.ring);
}

int main(void)
{
	static const u32 stressed[] = { 1, 2, 64, 1024 };
	u32 slots;
	size_t i;

	srand(1);
	test_arguments();
	test_steps();
	test_malformed();
	for (slots = 1; slots <= 1024; slots *= 2)
		test_batches(slots);
	for (i = 0; i < ARRAY_SIZE(stressed); i++) {
		test_stress(stressed[i], 1);
		test_stress(stressed[i], 64);
	}
	TEST_END();
}
