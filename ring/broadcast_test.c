// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that every reader of a broadcast ring sees every event in order from
 * the first that it was let in for, that the slowest one holds the producer
 * up, and that nobody is overrun: a table of steps, random calls against
 * counters, and threads that join and leave as they please.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "ring/broadcast.h"
#include "tools/test.h"

/* The n-th event; they need be nothing but even addresses. */
static void *event_of(unsigned long n)
{
	return (void *)(2 * (n + 1));
}

enum { PUSH, POP, JOIN, LEAVE, DONE, USED };

static const struct {
	int what;
	int arg;	/* how many to push, or which reader */
	long result;	/* pushed, popped, number or error, done, used */
} steps[] = {
	/* two slots, two readers; without any, nobody holds up the producer */
	{ PUSH,	3, 2 },
	{ PUSH,	2, 2 },
	{ DONE,	0, 4 },
	/* asking is not being in */
	{ JOIN,	0, 0 },
	{ POP,	0, 0 },
	{ USED,	0, 0 },
	{ PUSH,	1, 1 },
	{ POP,	0, 0 },
	/* the window is used up: the producer looks and lets it in */
	{ PUSH,	2, 2 },
	{ USED,	0, 2 },
	{ PUSH,	1, 0 },
	/* popping is not letting go; popping again is */
	{ POP,	0, 2 },
	{ PUSH,	1, 0 },
	{ DONE,	0, 5 },
	{ USED,	0, 2 },
	{ POP,	0, 0 },
	{ DONE,	0, 7 },
	{ USED,	0, 0 },
	/* a second reader sees what comes after it */
	{ PUSH,	1, 1 },
	{ JOIN,	0, 1 },
	{ JOIN,	0, -ENOSPC },
	{ DONE,	0, 7 },
	{ POP,	1, 0 },
	{ PUSH,	1, 1 },
	{ PUSH,	1, 0 },
	{ POP,	1, 1 },
	{ POP,	0, 2 },
	{ POP,	0, 0 },
	{ DONE,	0, 8 },
	{ PUSH,	2, 1 },
	{ POP,	1, 1 },
	{ POP,	1, 0 },
	{ DONE,	0, 9 },
	/* the first one leaves; the next in its place is not in yet */
	{ LEAVE, 0, 0 },
	{ LEAVE, 0, -EINVAL },
	{ JOIN,	0, 0 },
	{ POP,	0, 0 },
	{ DONE,	0, 10 },
	{ POP,	0, 0 },
	{ PUSH, 1, 1 },
	{ POP,	0, 1 },
	{ POP,	1, 1 },
	{ LEAVE, 0, 0 },
	{ DONE,	0, 10 },
	{ POP,	1, 0 },
	{ DONE,	0, 11 },
	{ JOIN,	0, 0 },
	/* it may leave without having been in */
	{ LEAVE, 0, 0 },
	{ LEAVE, 1, 0 },
	{ PUSH,	2, 2 },
	{ DONE,	0, 13 },
	{ LEAVE, 2, -EINVAL },
	{ USED,	2, 0 },
};

static void test_steps(void)
{
	struct sl_broadcast *ring = sl_broadcast_create(2, 2);
	void *event[4];
	unsigned long in = 0;
	unsigned long next[2];
	size_t i;
	u32 j;

	if (!CHECK(!IS_ERR(ring)))
		return;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		int arg = steps[i].arg;
		long got = 0;

		switch (steps[i].what) {
		case PUSH:
			for (j = 0; j < 4; j++)
				event[j] = event_of(in + j);
			got = sl_broadcast_push_batch(ring, event, arg);
			in += got;
			break;
		case POP:
			CHECK(sl_broadcast_ready(ring, arg) ||
			      !steps[i].result);
			if (!ring->reader[arg].in)
				next[arg] = ring->gate[arg].start;
			got = sl_broadcast_pop_batch(ring, arg, event, 4);
			for (j = 0; j < got; j++)
				CHECK(event[j] == event_of(next[arg]++));
			CHECK(!sl_broadcast_ready(ring, arg));
			break;
		case JOIN:
			got = sl_broadcast_join(ring);
			break;
		case LEAVE:
			got = sl_broadcast_leave(ring, arg);
			break;
		case DONE:
			got = sl_broadcast_done(ring);
			break;
		case USED:
			got = sl_broadcast_used(ring, arg);
			break;
		}
		if (!CHECK_EQ(got, steps[i].result))
			fprintf(stderr, "step %zu\n", i);
	}
	sl_broadcast_destroy(ring);
}

static void test_create(void)
{
	static const struct {
		u32 slots;
		u32 readers_max;
	} bad[] = {
		{ 0, 1 },
		{ 3, 1 },
		{ SL_BROADCAST_SLOTS_MAX * 2, 1 },
		{ ~0u, 1 },
		{ 4, 0 },
		{ 4, SL_BROADCAST_READERS_MAX + 1 },
		{ 4, ~0u },
	};
	struct sl_broadcast *ring;
	size_t i;
	int j;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ring = sl_broadcast_create(bad[i].slots, bad[i].readers_max);
		CHECK_EQ(PTR_ERR(ring), -EINVAL);
	}
	ring = sl_broadcast_create(1, SL_BROADCAST_READERS_MAX);
	if (!CHECK(!IS_ERR(ring)))
		return;
	for (j = 0; j < SL_BROADCAST_READERS_MAX; j++)
		CHECK_EQ(sl_broadcast_join(ring), j);
	CHECK_EQ(sl_broadcast_join(ring), -ENOSPC);
	CHECK_EQ(sl_broadcast_leave(ring, j), -EINVAL);
	CHECK_EQ(sl_broadcast_used(ring, j), 0);
	sl_broadcast_destroy(ring);
}

/* What a reader must be, by plain counting. */
struct counted {
	bool asked;
	bool in;
	unsigned long next;	/* to pop */
	unsigned long left;	/* behind */
};

#define MODEL_READERS	5

static unsigned long counted_done(const struct counted *reader,
				  unsigned long head)
{
	unsigned long done = head;
	int i;

	for (i = 0; i < MODEL_READERS; i++)
		if (reader[i].in && reader[i].left < done)
			done = reader[i].left;
	return done;
}

/* Random calls on rings of any size, across many laps. */
static void test_model(u32 slots)
{
	struct sl_broadcast *ring = sl_broadcast_create(slots, MODEL_READERS);
	struct counted reader[MODEL_READERS] = { 0 };
	unsigned long head = 0, popped = 0;
	void *event[40];
	bool ok = true;
	u32 i, j, n, got, turn;

	for (turn = 0; turn < 40000; turn++) {
		struct counted *r;

		/* The producer looks, so that the counters know when. */
		ok &= sl_broadcast_done(ring) == counted_done(reader, head);
		for (i = 0; i < MODEL_READERS; i++)
			if (reader[i].asked && !reader[i].in)
				reader[i] = (struct counted){ true, true, head,
							      head };
		n = rand() % ARRAY_SIZE(event);
		for (i = 0; i < n; i++)
			event[i] = event_of(head + i);
		got = sl_broadcast_push_batch(ring, event, n);
		/* All that fits goes in, and not one more. */
		j = slots - (head - counted_done(reader, head));
		ok &= got == min(n, j);
		head += got;

		i = rand() % MODEL_READERS;
		r = &reader[i];
		if (!r->asked) {
			int number = sl_broadcast_join(ring);

			ok &= number >= 0 && !reader[number].asked;
			reader[number].asked = true;
			continue;
		}
		if (rand() % 50 == 0) {
			ok &= !sl_broadcast_leave(ring, i);
			*r = (struct counted){ 0 };
			continue;
		}
		n = rand() % ARRAY_SIZE(event);
		r->left = r->next;
		got = sl_broadcast_pop_batch(ring, i, event, n);
		ok &= got == (r->in ? min(n, (u32)(head - r->next)) : 0);
		for (j = 0; j < got; j++)
			ok &= event[j] == event_of(r->next++);
		n = r->in ? head - r->left : 0;
		ok &= sl_broadcast_used(ring, i) == n;
		popped += got;
	}
	CHECK(ok);
	CHECK(head > 10 * slots);
	CHECK(popped > head);
	sl_broadcast_destroy(ring);
}

/* So many events, or as many as pass in so many seconds on a busy machine. */
#define STRESS		50000ul
#define STRESS_SECONDS	1
/* So often each restless reader is to come and see something, likewise. */
#define STAYS		30
#define READERS		3
#define NOTES		256

/* The payload: readers compare what they see with what was sent. */
struct note {
	unsigned long number;
};

struct stress {
	struct sl_broadcast *ring;
	pthread_mutex_t joining;	/* one thread at a time may ask */
	bool restless;			/* readers leave and come again */
	bool over;
	unsigned long sent;		/* once it is over */
	struct note note[NOTES];
};

struct reading {
	struct stress *stress;
	u32 seed;
	bool ok;
	unsigned long stays;	/* in which something was seen */
	unsigned long last;	/* event seen, and one */
};

static u32 chance(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

static void delay(u32 *seed)
{
	u32 n = chance(seed);

	if (n % 512 == 0)
		sched_yield();
	else if (n % 128 == 1)
		for (volatile u32 spin = n & 1023; spin; spin--)
			;
}

static int join(struct stress *stress)
{
	int number;

	pthread_mutex_lock(&stress->joining);
	number = sl_broadcast_join(stress->ring);
	pthread_mutex_unlock(&stress->joining);
	return number;
}

/* One stay: from joining to leaving, whatever is seen has no gap. */
static void stay(struct reading *reading)
{
	struct stress *stress = reading->stress;
	struct sl_broadcast *ring = stress->ring;
	void *event[64];
	unsigned long next = 0;
	bool first = true, over = false;
	int number = join(stress);
	u32 i, n;

	reading->ok &= number >= 0;
	if (number < 0)
		return;
	for (;;) {
		n = sl_broadcast_pop_batch(ring, number, event,
					   1 + chance(&reading->seed) % 64);
		for (i = 0; i < n; i++) {
			struct note *note = event[i];

			if (first)
				next = note->number;
			first = false;
			reading->ok &= note->number == next++;
		}
		delay(&reading->seed);
		if (!n) {
			/* What came before it was over is to be seen. */
			if (over)
				break;
			over = __atomic_load_n(&stress->over, __ATOMIC_ACQUIRE);
			sched_yield();
		}
		if (stress->restless && chance(&reading->seed) % 64 == 0)
			break;
	}
	reading->ok &= !sl_broadcast_leave(ring, number);
	if (!first) {
		reading->ok &= next > reading->last;
		reading->last = next;
		__atomic_store_n(&reading->stays, reading->stays + 1,
				 __ATOMIC_RELAXED);
	}
}

static void *read_all(void *arg)
{
	struct reading *reading = arg;
	struct stress *stress = reading->stress;

	do
		stay(reading);
	while (!__atomic_load_n(&stress->over, __ATOMIC_ACQUIRE));
	return NULL;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static bool enough(const struct stress *stress, const struct reading *reading,
		   unsigned long sent)
{
	u32 i;

	for (i = 0; stress->restless && i < READERS; i++)
		if (__atomic_load_n(&reading[i].stays, __ATOMIC_RELAXED) <
		    STAYS)
			return false;
	return sent >= STRESS;
}

/* Events go home, and are written again, when all readers let go of them. */
static void produce(struct stress *stress, const struct reading *reading,
		    u32 batch)
{
	struct sl_broadcast *ring = stress->ring;
	unsigned long sent = 0, done = 0, turn = 0;
	time_t end = now() + STRESS_SECONDS;
	void *event[64];
	u32 seed = 1, i, n, got;

	while (!enough(stress, reading, sent)) {
		n = batch == 1 ? 1 : 1 + chance(&seed) % batch;
		n = min((unsigned long)n, done + NOTES - sent);
		for (i = 0; i < n; i++) {
			struct note *note = &stress->note[(sent + i) % NOTES];

			note->number = sent + i;
			event[i] = note;
		}
		got = sl_broadcast_push_batch(ring, event, n);
		sent += got;
		if (sent - done > NOTES / 2)
			done = sl_broadcast_done(ring);
		if (!got)
			sched_yield();
		delay(&seed);
		if (++turn % 64 == 0 && now() >= end)
			break;
	}
	stress->sent = sent;
	__atomic_store_n(&stress->over, true, __ATOMIC_RELEASE);
}

static void test_stress(u32 slots, u32 batch, bool restless)
{
	struct stress stress = {
		.ring = sl_broadcast_create(slots, READERS),
		.joining = PTHREAD_MUTEX_INITIALIZER,
		.restless = restless,
	};
	struct reading reading[READERS] = { 0 };
	pthread_t thread[READERS];
	u32 i;

	for (i = 0; i < READERS; i++) {
		reading[i] = (struct reading){ &stress, i + 2, true, 0, 0 };
		pthread_create(&thread[i], NULL, read_all, &reading[i]);
	}
	/* Those who stay are let in before the first event. */
	for (i = 0; !restless && i < READERS; i++)
		while (!(__atomic_load_n(&stress.ring->reader[i].life,
					 __ATOMIC_RELAXED) & 1))
			sched_yield();
	sl_broadcast_done(stress.ring);
	produce(&stress, reading, batch);
	for (i = 0; i < READERS; i++) {
		pthread_join(thread[i], NULL);
		CHECK(reading[i].ok);
		CHECK(reading[i].stays > 0);
		if (!restless)
			CHECK_EQ(reading[i].last, stress.sent);
	}
	CHECK(stress.sent > slots);
	CHECK_EQ(sl_broadcast_done(stress.ring), stress.sent);
	sl_broadcast_destroy(stress.ring);
}

int main(void)
{
	static const u32 slots[] = { 1, 8, 64, 1024 };
	size_t i;

	srand(1);
	test_create();
	test_steps();
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		test_model(slots[i]);
		test_stress(slots[i], 1, false);
		test_stress(slots[i], 64, false);
		test_stress(slots[i], 64, true);
	}
	TEST_END();
}
