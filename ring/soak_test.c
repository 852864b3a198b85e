// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that rings stay right for a long time: passes so many numbered
 * messages as its argument says (make soak: a thousand million; without one a
 * few) over each kind of ring, between threads bound to CPUs, which stumble
 * now and then; the other side checks each message's number and contents.
 *
 *	build/ring/soak_test [COUNT]
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>
#include <asm/processor.h>

#include "ring/broadcast.h"
#include "ring/line_ring.h"
#include "ring/ring.h"
#include "tools/test.h"

#define SLOTS		1024
#define BATCH		64
#define NOTES		1000	/* events that go round; fewer than slots */
#define READERS		3
#define COUNT_SHORT	400000ul
#define STUMBLE_EVERY	(1u << 18)	/* messages, on the average */
#define STUMBLE_SOON	(1u << 12)	/* in a short run */
#define STUCK_SECONDS	30	/* without a message: one has been lost */

static unsigned long count = COUNT_SHORT;

struct note {
	unsigned long number;
};

/* What both sides of a run see. */
struct run {
	struct sl_ring *ring;
	struct sl_ring *home;
	struct sl_broadcast *broadcast;
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	struct note note[NOTES];
	u32 stuck;		/* somebody has given up */
};

/* One side of a run. */
struct side {
	struct run *run;
	void (*work)(struct side *side);
	u32 number;		/* among the readers */
	u32 seed;
	unsigned long stumble;	/* when it does so next */
	unsigned long tries;	/* in vain */
	u64 since_ns;		/* when that began, or a little later */
	unsigned long wrong;
	pthread_t thread;
};

static u32 chance(struct side *side)
{
	side->seed = side->seed * 1664525 + 1013904223;
	return side->seed >> 8;
}

static void stumble(struct side *side, unsigned long n)
{
	u32 every = count > COUNT_SHORT ? STUMBLE_EVERY : STUMBLE_SOON;
	u32 how = chance(side);

	side->stumble = n + 1 + chance(side) % (2 * every);
	if (how % 8 == 0)
		usleep(how % 50);
	else if (how % 8 < 4)
		sched_yield();
	else
		for (how %= 4096; how; how--)
			cpu_relax();
}

static inline void walk(struct side *side, unsigned long n)
{
	side->tries = 0;
	if (unlikely(n >= side->stumble))
		stumble(side, n);
}

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/*
 * Waits a little for the other side, which may need this CPU to move on.
 * Returns whether it makes sense to go on.
 */
static bool wait(struct side *side)
{
	if (++side->tries % 256) {
		cpu_relax();
		return true;
	}
	sched_yield();
	if (side->tries == 256)
		side->since_ns = now_ns();
	else if (now_ns() - side->since_ns > STUCK_SECONDS * 1000000000ull)
		WRITE_ONCE(side->run->stuck, 1);
	return !READ_ONCE(side->run->stuck);
}

static inline u32 any_batch(struct side *side)
{
	return 1 + chance(side) % BATCH;
}

/* One by one: the address is the number. */
static void push_single(struct side *side)
{
	struct sl_ring *ring = side->run->ring;
	unsigned long n;

	for (n = 1; n <= count; n++) {
		while (unlikely(!sl_ring_push(ring, (void *)n)))
			if (!wait(side))
				return;
		walk(side, n);
	}
}

static void pop_single(struct side *side)
{
	struct sl_ring *ring = side->run->ring;
	unsigned long n;
	void *event;

	for (n = 1; n <= count; n++) {
		while (unlikely(!(event = sl_ring_pop(ring))))
			if (!wait(side))
				return;
		side->wrong += (unsigned long)event != n;
		walk(side, n);
	}
}

/* In batches of any size: events that come home over a ring, and go again. */
static void push_batches(struct side *side)
{
	struct run *run = side->run;
	unsigned long n = 0;
	void *event[BATCH];
	u32 i, got;

	while (n < count) {
		got = min((unsigned long)any_batch(side), count - n);
		got = sl_ring_pop_batch(run->home, event, got);
		if (!got && !wait(side))
			return;
		for (i = 0; i < got; i++)
			((struct note *)event[i])->number = ++n;
		for (i = 0; i < got;) {
			u32 pushed = sl_ring_push_batch(run->ring, event + i,
							got - i);

			i += pushed;
			if (!pushed && !wait(side))
				return;
		}
		if (got)
			walk(side, n);
	}
}

static void pop_batches(struct side *side)
{
	struct run *run = side->run;
	unsigned long n = 0;
	void *event[BATCH];
	u32 i, got;

	while (n < count) {
		got = sl_ring_pop_batch(run->ring, event, any_batch(side));
		if (got)
			walk(side, n);
		else if (!wait(side))
			return;
		for (i = 0; i < got; i++) {
			struct note *note = event[i];

			side->wrong += note->number != ++n;
			note->number = 0;
		}
		/* There is room for all that there are. */
		side->wrong += sl_ring_push_batch(run->home, event, got) != got;
	}
}

static inline u64 word_of(unsigned long n, u32 word)
{
	return word ? n * 0x9e3779b97f4a7c15ull + word : n;
}

static void push_lines(struct side *side)
{
	struct sl_line line[BATCH];
	unsigned long n = 0;
	u32 i, j, got, pushed;

	while (n < count) {
		got = min((unsigned long)any_batch(side), count - n);
		for (i = 0; i < got; i++) {
			n++;
			for (j = 0; j < SL_LINE_WORDS; j++)
				line[i].word[j] = word_of(n, j);
		}
		for (i = 0; i < got; i += pushed) {
			pushed = sl_line_push_batch(&side->run->tx, line + i,
						    got - i);
			if (!pushed && !wait(side))
				return;
		}
		if (got)
			walk(side, n);
	}
}

static void pop_lines(struct side *side)
{
	struct sl_line line[BATCH];
	unsigned long n = 0;
	u32 i, j, got;

	while (n < count) {
		got = sl_line_pop_batch(&side->run->rx, line, any_batch(side));
		if (got)
			walk(side, n);
		else if (!wait(side))
			return;
		for (i = 0; i < got; i++) {
			n++;
			for (j = 0; j < SL_LINE_WORDS; j++)
				side->wrong += line[i].word[j] != word_of(n, j);
		}
	}
}

/* Notes are written again when all readers have left them behind. */
static void push_broadcast(struct side *side)
{
	struct run *run = side->run;
	unsigned long n = 0, done = 0;
	void *event[BATCH];
	u32 i, got;

	while (n < count) {
		got = min((unsigned long)any_batch(side), count - n);
		if (n + got > done + NOTES)
			done = sl_broadcast_done(run->broadcast);
		got = min((unsigned long)got, done + NOTES - n);
		for (i = 0; i < got; i++) {
			struct note *note = &run->note[(n + i) % NOTES];

			note->number = n + i + 1;
			event[i] = note;
		}
		got = sl_broadcast_push_batch(run->broadcast, event, got);
		if (!got && !wait(side))
			return;
		n += got;
		if (got)
			walk(side, n);
	}
	while (sl_broadcast_done(run->broadcast) != n)
		if (!wait(side))
			return;
}

static void pop_broadcast(struct side *side)
{
	struct sl_broadcast *ring = side->run->broadcast;
	unsigned long n = 0;
	void *event[BATCH];
	u32 i, got;

	while (n < count) {
		got = sl_broadcast_pop_batch(ring, side->number, event,
					     any_batch(side));
		if (got)
			walk(side, n);
		else if (!wait(side))
			return;
		for (i = 0; i < got; i++) {
			const struct note *note = event[i];

			side->wrong += note->number != ++n;
		}
	}
	side->wrong += sl_broadcast_leave(ring, side->number) != 0;
}

/* Binds a thread to the n-th of the CPUs that we may use, round and round. */
static void bind(pthread_t thread, const cpu_set_t *may, u32 n)
{
	cpu_set_t set;
	int cpu = -1;

	n %= CPU_COUNT(may);
	do
		while (!CPU_ISSET(++cpu, may))
			;
	while (n--);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(thread, sizeof(set), &set);
}

static void *work(void *arg)
{
	struct side *side = arg;

	side->work(side);
	return NULL;
}

static void soak(const char *name, struct run *run, void (*push)(struct side *),
		 void (*pop)(struct side *), u32 readers)
{
	struct side side[1 + READERS];
	unsigned long wrong = 0;
	cpu_set_t may;
	u64 ns;
	u32 i;

	sched_getaffinity(0, sizeof(may), &may);
	ns = now_ns();
	for (i = 0; i <= readers; i++) {
		side[i] = (struct side){
			.run = run,
			.work = i ? pop : push,
			.number = i - 1,
			.seed = i + 1,
		};
		CHECK(!pthread_create(&side[i].thread, NULL, work, &side[i]));
		bind(side[i].thread, &may, i);
	}
	for (i = 0; i <= readers; i++) {
		pthread_join(side[i].thread, NULL);
		wrong += side[i].wrong;
	}
	ns = now_ns() - ns;
	CHECK_EQ(wrong, 0);
	CHECK_EQ(run->stuck, 0);
	if (count != COUNT_SHORT)
		printf("%-16s %12lu messages %8.1f s %8.2f ns each\n", name,
		       count, ns / 1e9, (double)ns / count);
	fflush(stdout);
}

static void soak_rings(struct run *run)
{
	u32 i;

	run->ring = sl_ring_create(SLOTS);
	run->home = sl_ring_create(SLOTS);
	if (!CHECK(!IS_ERR(run->ring) && !IS_ERR(run->home)))
		return;
	soak("ring, single", run, push_single, pop_single, 1);
	CHECK_EQ(sl_ring_used(run->ring), 0);
	for (i = 0; i < NOTES; i++)
		sl_ring_push(run->home, &run->note[i]);
	soak("ring, batches", run, push_batches, pop_batches, 1);
	CHECK_EQ(sl_ring_used(run->ring), 0);
	CHECK_EQ(sl_ring_used(run->home), NOTES);
	sl_ring_destroy(run->home);
	sl_ring_destroy(run->ring);
}

static void soak_lines(struct run *run)
{
	size_t bytes = sl_line_bytes(SLOTS);
	struct sl_line *lines = aligned_alloc(sizeof(*lines), bytes);

	if (!CHECK(lines))
		return;
	memset(lines, 0, bytes);
	CHECK_EQ(sl_line_tx_open(&run->tx, lines, SLOTS), 0);
	CHECK_EQ(sl_line_rx_open(&run->rx, lines, SLOTS), 0);
	soak("lines, batches", run, push_lines, pop_lines, 1);
	CHECK_EQ(sl_line_used(&run->tx, &run->rx), 0);
	free(lines);
}

static void soak_broadcast(struct run *run)
{
	int i;

	run->broadcast = sl_broadcast_create(SLOTS, READERS);
	if (!CHECK(!IS_ERR(run->broadcast)))
		return;
	for (i = 0; i < READERS; i++)
		CHECK_EQ(sl_broadcast_join(run->broadcast), i);
	CHECK_EQ(sl_broadcast_done(run->broadcast), 0);
	soak("broadcast to 3", run, push_broadcast, pop_broadcast, READERS);
	CHECK_EQ(sl_broadcast_done(run->broadcast), count);
	sl_broadcast_destroy(run->broadcast);
}

int main(int argc, char **argv)
{
	static struct run run;
	char *end = "";

	if (argc > 1)
		count = strtoul(argv[1], &end, 0);
	if (argc > 2 || *end || !count) {
		fprintf(stderr, "usage: soak_test [COUNT]\n");
		return 2;
	}
	soak_rings(&run);
	soak_lines(&run);
	soak_broadcast(&run);
	TEST_END();
}
