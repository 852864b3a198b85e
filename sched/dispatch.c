// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>

#include "sched/dispatch.h"

#define PASSED_MAX	(1u << 20)	/* then it counts for as many times more */
#define BACKLOG_MAX	(1u << 20)
#define LENGTH_MAX	(1u << 16)

/*
 * A frame is as long as this many changes, times the backlog to the power of
 * three quarters: at a backlog of 64 events changing takes 1 part in 45, at
 * 448, seven full rings of 64, 1 in 195.
 */
#define FRAME_SWITCHES	2

/* Of numbers up to 2^32, by halving; sixteen steps without a division. */
static u32 square_root(u32 x)
{
	u32 root = 0, bit;

	for (bit = 1u << 15; bit; bit >>= 1)
		if ((u64)(root + bit) * (root + bit) <= x)
			root += bit;
	return root;
}

/* Events that fit into a frame. */
static u32 frame_of(const struct sl_dispatch *dispatch, u32 backlog, u32 rate)
{
	u32 root = square_root(min(backlog, BACKLOG_MAX) << 8);	/* x 16 */
	u32 quarter = square_root(root << 4);			/* x 16 */
	u64 switches = 1 + ((u64)FRAME_SWITCHES * root * quarter >> 8);
	u64 frame_ns = switches * dispatch->switch_ns;
	u64 events = div64_u64(frame_ns * rate, SL_DISPATCH_RATE_ONE);

	return max_t(u64, min_t(u64, events, BACKLOG_MAX), 1);
}

/**
 * sl_dispatch_choose() - the queue to serve next
 * @dispatch: of the core
 * @queue: its queues, always in the same order
 * @count: how many
 * @frame: set to the number of events to serve at most
 *
 * Return: index of the queue, or @count if none can be served.
 */
u32 sl_dispatch_choose(struct sl_dispatch *dispatch,
		       struct sl_dispatch_queue *queue, u32 count, u32 *frame)
{
	u32 best = count;
	u32 backlog = 0;
	u64 most = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		struct sl_dispatch_queue *q = &queue[i];
		u32 here = min(q->here, LENGTH_MAX);
		u64 weight;

		if (!q->here || !q->room)
			continue;
		backlog = min(backlog + here, BACKLOG_MAX);
		/*
		 * What waits longer behind it than here is worth little, but
		 * not nothing: the core has nothing better to do.
		 */
		weight = here > q->below ? (here - q->below) * 16ull : 1;
		weight *= (u64)clamp_t(u32, q->rate, 1, SL_DISPATCH_RATE_ONE) *
			  (1 + min(q->passed, PASSED_MAX));
		/* To stay costs nothing. */
		if (weight > most || (weight == most && i == dispatch->last)) {
			most = weight;
			best = i;
		}
		q->passed += q->passed < PASSED_MAX;
	}
	if (best == count)
		return count;
	queue[best].passed = 0;
	dispatch->last = best;
	*frame = max(frame_of(dispatch, backlog, queue[best].rate),
		     dispatch->batch);
	return best;
}
