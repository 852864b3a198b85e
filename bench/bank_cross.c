// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Handing a payload over.
 *
 * A sender fills a few buffers and pushes pointers to them into a ring; the
 * receiver pops them and looks at every cache line of each, either where it
 * is, or in a buffer of its own to which it is copied or flipped before.  What
 * is timed is the receiver, from its first look into the ring to its last
 * line, for what differs is done by the receiver: this is how the executor
 * does it (sched/transfer.c).
 */
#include <string.h>

#include <linux/cache.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "bench/bank.h"
#include "bench/race.h"
#include "membank/region.h"
#include "ring/ring.h"

#define TOGETHER_BYTES	(256u << 10)	/* on their way at a time, */
#define TOGETHER_MAX	64		/* in no more buffers than this */
#define SLICE_NS	2000000

/* Where each way has its buffers. */
struct way {
	u8 *to;
	u8 *from;
	bool works;
};

static struct {
	struct way way[SL_CROSSES];
	struct sl_region *region;
	struct sl_ring *ring;

	/* Of the slice that is measured now. */
	u32 cross;
	u32 bytes;
	u32 together;
	bool one;		/* both ends on the calling thread */

	/* Of the receiver. */
	u64 count ____cacheline_aligned;
	u64 busy_ns;
	bool stop;

	/* Rounds that were sent; and whether they have been taken, all of them. */
	u64 sent ____cacheline_aligned;
	u64 taken ____cacheline_aligned;
} c;

const char *sl_cross_name(u32 cross)
{
	return cross == SL_CROSS_PASS ? "pass" :
	       cross == SL_CROSS_COPY ? "copy" :
				        sl_flippers[cross - SL_CROSS_FLIP].name;
}

/* Can a payload of this size be handed over in this way here? */
bool sl_cross_fits(u32 cross, u32 bytes)
{
	bool whole = bytes >= sl_region_page_bytes();

	return (cross < SL_CROSS_FLIP || whole) && c.way[cross].works;
}

int sl_cross_open(void)
{
	struct way *pass = &c.way[SL_CROSS_PASS];
	u32 i;

	c.ring = sl_ring_create(2 * TOGETHER_MAX);
	if (IS_ERR(c.ring))
		return PTR_ERR(c.ring);
	c.region = sl_region_create("bench", true, -1);
	if (IS_ERR(c.region)) {
		sl_ring_destroy(c.ring);
		return PTR_ERR(c.region);
	}
	pass->from = sl_region_carve_pages(c.region, SL_CROSS_BYTES_MAX);
	pass->to = sl_region_carve_pages(c.region, SL_CROSS_BYTES_MAX);
	pass->works = pass->from && pass->to;
	c.way[SL_CROSS_COPY] = *pass;
	for (i = SL_CROSS_FLIP; i < SL_CROSSES; i++)
		c.way[i].works = !sl_flippers[i - SL_CROSS_FLIP].open(
			SL_CROSS_BYTES_MAX, &c.way[i].to, &c.way[i].from);
	return pass->works ? 0 : -ENOMEM;
}

void sl_cross_close(void)
{
	u32 i;

	for (i = SL_CROSS_FLIP; i < SL_CROSSES; i++)
		sl_flippers[i - SL_CROSS_FLIP].close();
	sl_region_destroy(c.region);
	sl_ring_destroy(c.ring);
}

/* Every byte of a payload says which it is. */
static u8 mark_of(u64 round, u32 i)
{
	return round * 3 + i;
}

static void send_round(u64 round)
{
	void *buffer[TOGETHER_MAX];
	u32 i;

	for (i = 0; i < c.together; i++) {
		buffer[i] = c.way[c.cross].from + (size_t)i * c.bytes;
		memset(buffer[i], mark_of(round, i), c.bytes);
	}
	sl_ring_push_batch(c.ring, buffer, c.together);
}

/* Looks at each line; returns whether it is what was sent. */
static bool look(const u8 *payload, u8 mark)
{
	u64 word = 0x0101010101010101ull * mark;
	u64 different = 0;
	u32 at;

	for (at = 0; at < c.bytes; at += L1_CACHE_BYTES)
		different |= *(const u64 *)(payload + at) ^ word;
	return !different;
}

static u64 take_one(u8 *from, u8 mark)
{
	const struct way *way = &c.way[c.cross];
	u8 *to = way->to + (from - way->from);

	if (c.cross == SL_CROSS_PASS)
		return !look(from, mark);
	if (c.cross == SL_CROSS_COPY)
		memcpy(to, from, c.bytes);
	else if (!sl_flippers[c.cross - SL_CROSS_FLIP].flip(to, from, c.bytes))
		return 1;
	return !look(to, mark);
}

/* Takes what has been sent; returns how much of it was wrong. */
static u64 take_round(u64 round)
{
	void *buffer[TOGETHER_MAX];
	u32 taken = 0, i, n;
	u64 wrong = 0;
	u64 start;

	while (!sl_ring_ready(c.ring))
		sl_race_pause(1);
	start = ktime_get_ns();
	while (taken < c.together) {
		n = sl_ring_pop_batch(c.ring, buffer, c.together - taken);
		for (i = 0; i < n; i++)
			wrong += take_one(buffer[i], mark_of(round, taken + i));
		taken += n;
	}
	c.busy_ns += ktime_get_ns() - start;
	c.count += c.together;
	return wrong;
}

static u64 send(void *arg)
{
	u64 round;

	for (round = 0; !READ_ONCE(c.stop); round++) {
		send_round(round);
		WRITE_ONCE(c.sent, round + 1);
		/* Pairs with receive(): buffers are free again. */
		while (smp_load_acquire(&c.taken) != round + 1)
			sl_race_pause(1);
	}
	return arg != NULL;
}

static u64 receive(void *arg)
{
	u64 until = ktime_get_ns() + SLICE_NS;
	u64 round, wrong = 0;
	bool last;

	for (round = 0, last = false; !last; round++) {
		wrong += take_round(round);
		last = ktime_get_ns() >= until;
		WRITE_ONCE(c.stop, last);
		/* Pairs with send(). */
		smp_store_release(&c.taken, round + 1);
	}
	return wrong + (arg != NULL);
}

static u64 do_both(void *arg)
{
	u64 until = ktime_get_ns() + SLICE_NS;
	u64 round, wrong = 0;

	for (round = 0; !round || ktime_get_ns() < until; round++) {
		send_round(round);
		wrong += take_round(round);
	}
	return wrong + (arg != NULL);
}

static u64 do_nothing(void *arg)
{
	return arg != NULL;
}

/**
 * sl_cross_measure() - time to hand one payload over
 * @cross: enum sl_cross, or one behind it: one of sl_flippers
 * @bytes: of the payload
 * @one: on one core; else between two
 * @state: set to where the two ends were
 *
 * Return: nanoseconds, or NAN if the slice was disturbed.
 */
double sl_cross_measure(u32 cross, u32 bytes, bool one, int *state)
{
	const struct sl_flipper *flipper =
		cross < SL_CROSS_FLIP ? NULL :
					&sl_flippers[cross - SL_CROSS_FLIP];
	struct sl_slice slice;

	if (flipper && flipper->mend && !flipper->mend())
		return INFINITY;
	c.cross = cross;
	c.bytes = bytes;
	c.together = clamp_t(u32, TOGETHER_BYTES / bytes, 1, TOGETHER_MAX);
	c.one = one;
	c.count = 0;
	c.busy_ns = 0;
	c.stop = false;
	c.sent = 0;
	c.taken = 0;
	sl_slice_run(&slice, one ? do_both : receive, one ? do_nothing : send,
		     NULL);
	*state = one ? SL_BENCH_ONE : (int)slice.where;
	if (slice.wrong || slice.preempted || (!one && !slice.steady))
		return slice.wrong ? INFINITY : NAN;
	return (double)c.busy_ns / c.count;
}
