// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a ring keeps order, loses nothing and refuses when it is full:
 * a table of steps on small rings, random batches against a counter, and two
 * threads with delays put in between, every event counted and compared.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "ring/ring.h"
#include "tools/test.h"

enum { PUSH, POP };

static const struct {
	int what;
	bool succeeds;
	u32 used;	/* afterwards */
} steps[] = {
	/* a ring of two slots */
	{ POP,	false, 0 },
	{ PUSH, true,  1 },
	{ PUSH, true,  2 },
	{ PUSH, false, 2 },
	{ POP,	true,  1 },
	{ PUSH, true,  2 },
	{ PUSH, false, 2 },
	{ POP,	true,  1 },
	{ POP,	true,  0 },
	{ POP,	false, 0 },
	{ PUSH, true,  1 },
	{ POP,	true,  0 },
};

static void test_steps(void)
{
	struct sl_ring *ring = sl_ring_create(2);
	unsigned long in = 0, out = 0;
	size_t i;

	if (!CHECK(!IS_ERR(ring)))
		return;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].what == PUSH) {
			bool ok = sl_ring_push(ring, (void *)(in + 1));

			CHECK_EQ(ok, steps[i].succeeds);
			in += ok;
		} else {
			unsigned long got = (unsigned long)sl_ring_pop(ring);

			CHECK_EQ(got, steps[i].succeeds ? ++out : 0);
		}
		CHECK_EQ(sl_ring_used(ring), steps[i].used);
		CHECK_EQ(sl_ring_ready(ring), steps[i].used > 0);
	}
	sl_ring_destroy(ring);
}

static void test_create(void)
{
	static const u32 bad[] = { 0, 3, 63, 65, SL_RING_SLOTS_MAX + 1,
				   2 * SL_RING_SLOTS_MAX, ~0u };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_EQ(PTR_ERR(sl_ring_create(bad[i])), -EINVAL);
}

/* Batches of any size on rings of any size, across many laps. */
static void test_batches(u32 slots)
{
	struct sl_ring *ring = sl_ring_create(slots);
	unsigned long in = 0, out = 0;
	u32 slack = slots > SL_LANES ? SL_RING_SLACK : 0;
	void *event[100];
	u32 i, j, n, room, done;
	bool ok = true;

	for (i = 0; i < 20000; i++) {
		n = rand() % 100;
		for (j = 0; j < n; j++)
			event[j] = (void *)(in + 1 + j);
		done = sl_ring_push_batch(ring, event, n);
		/* All that fits goes in, but for slack, and not one more. */
		room = slots - (u32)(in - out);
		ok &= done <= min(n, room);
		ok &= done >= min(n, room > slack ? room - slack : 0);
		in += done;
		n = rand() % 100;
		done = sl_ring_pop_batch(ring, event, n);
		ok &= done == min(n, (u32)(in - out));
		for (j = 0; j < done; j++)
			ok &= (unsigned long)event[j] == ++out;
		ok &= sl_ring_used(ring) == in - out;
	}
	CHECK(ok);
	CHECK(out > 10 * slots);
	sl_ring_destroy(ring);
}

/* One by one and by batches at once, and with a look inside now and then. */
static void test_mixture(u32 slots)
{
	struct sl_ring *ring = sl_ring_create(slots);
	unsigned long in = 0, out = 0;
	void *event[300];
	bool ok = true;
	u32 i, j, n;

	for (i = 0; i < 100000; i++) {
		switch (rand() % 5) {
		case 0:
			in += sl_ring_push(ring, (void *)(in + 1));
			break;
		case 1:
			n = rand() % 300;
			for (j = 0; j < n; j++)
				event[j] = (void *)(in + 1 + j);
			in += sl_ring_push_batch(ring, event, n);
			break;
		case 2:
			ok &= sl_ring_ready(ring) == (in != out);
			ok &= sl_ring_used(ring) == in - out;
			break;
		case 3:
			n = sl_ring_pop_batch(ring, event, rand() % 300);
			for (j = 0; j < n; j++)
				ok &= (unsigned long)event[j] == ++out;
			break;
		default:
			event[0] = sl_ring_pop(ring);
			ok &= event[0] ? (unsigned long)event[0] == ++out
				       : in == out;
		}
	}
	CHECK(ok);
	CHECK(out > slots);
	while (sl_ring_pop(ring))
		out++;
	CHECK_EQ(out, in);
	/* Empty again, so room for all but the slack. */
	for (n = 0; sl_ring_push(ring, event); n++)
		;
	CHECK(n <= slots && n + SL_RING_SLACK >= slots);
	sl_ring_destroy(ring);
}

/* So many events, or as many as pass in so many seconds on a busy machine. */
#define STRESS		1000000ul
#define STRESS_SECONDS	1

struct pair {
	struct sl_ring *there;
	struct sl_ring *back;
	unsigned long total;	/* the producer lowers it if time is up, */
	unsigned long least;	/* but not to less than this */
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

/* The notes are the payload: what the consumer reads must be what was sent. */
struct note {
	unsigned long number;
};

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void *produce(void *arg)
{
	struct pair *p = arg;
	time_t end = now() + STRESS_SECONDS;
	unsigned long sent = 0, turn = 0;
	void *event[64];
	u32 i, n, done;

	while (sent < p->total) {
		n = sl_ring_pop_batch(p->back, event, p->batch);
		if (n > p->total - sent)
			n = p->total - sent;
		for (i = 0; i < n; i++)
			((struct note *)event[i])->number = sent++;
		for (i = 0; i < n; i += done) {
			done = sl_ring_push_batch(p->there, event + i, n - i);
			delay(&p->seed);
			if (!done)
				sched_yield();
		}
		if (!n)
			sched_yield();
		if (++turn % 64 == 0 && sent > p->least && now() >= end)
			__atomic_store_n(&p->total, sent, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void test_stress(u32 slots, u32 batch)
{
	static struct note notes[48];
	struct pair p = { sl_ring_create(slots), sl_ring_create(64), STRESS,
			  slots, batch, 1 };
	u32 seed = 2, n, i;
	unsigned long got = 0;
	void *event[64];
	pthread_t thread;
	bool ok = true;

	for (i = 0; i < 48; i++)
		sl_ring_push(p.back, &notes[i]);
	pthread_create(&thread, NULL, produce, &p);
	while (got < __atomic_load_n(&p.total, __ATOMIC_RELAXED)) {
		n = sl_ring_pop_batch(p.there, event, batch);
		for (i = 0; i < n; i++, got++)
			ok &= ((struct note *)event[i])->number == got;
		sl_ring_push_batch(p.back, event, n);
		delay(&seed);
		if (!n)
			sched_yield();
	}
	pthread_join(thread, NULL);
	CHECK(ok);
	CHECK_EQ(got, p.total);
	CHECK(got > slots);
	CHECK_EQ(sl_ring_used(p.there), 0);
	sl_ring_destroy(p.there);
	sl_ring_destroy(p.back);
}

int main(void)
{
	static const u32 slots[] = { 1, 2, 4, 8, 16, 32, 64, 1024, 4096 };
	size_t i;

	srand(1);
	test_create();
	test_steps();
	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		test_batches(slots[i]);
		test_mixture(slots[i]);
		test_stress(slots[i], 1);
		test_stress(slots[i], 64);
	}
	TEST_END();
}
