// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/log2.h>

#include "sched/dispatch.h"

#define BACKLOG_MAX	(1u << 20)
#define LENGTH_MAX	(1u << 16)
#define SWITCH_MAX	(1u << 24)

/*
 * A queue counts double each time it was passed over so often, and before all
 * others once it was that for PASSED_MAX times.  Where it counted for once more
 * each time, a queue's turn came by its age and not by its length, and at 90 %
 * of what a core stands events took three times as long (bench/plan.c).
 */
#define PASSED_SHIFT	6
#define PASSED_MAX	(16 << PASSED_SHIFT)

/*
 * A frame is as long as this many changes, times the backlog to the power of
 * three quarters: at a backlog of 64 events changing takes 1 part in 45, at
 * 448, seven full rings of 64, 1 in 195.
 */
#define FRAME_SWITCHES	2

/* 16 times the powers of two, to the power of three quarters. */
static const u32 three_quarters[] = {
	16, 27, 45, 76, 128, 215, 362, 609, 1024, 1722, 2896, 4871, 8192, 13777,
	23170, 38968, 65536, 110218, 185364, 311744, 524288, 881744,
};

/* Events that fit into a frame; straight lines between powers of two. */
static u32 frame_of(const struct sl_dispatch *dispatch, u32 backlog, u32 rate)
{
	u32 x = clamp_t(u32, backlog, 1, BACKLOG_MAX);
	u32 k = ilog2(x);
	u64 rest = x - (1u << k);
	u64 power = three_quarters[k] +
		    ((three_quarters[k + 1] - three_quarters[k]) * rest >> k);
	u64 switches = 1 + (FRAME_SWITCHES * power >> 4);
	u64 events = switches * min(dispatch->switch_time, SWITCH_MAX) *
		     min(rate, SL_DISPATCH_RATE_ONE) / SL_DISPATCH_RATE_ONE;

	events = max_t(u64, events, dispatch->batch);
	return clamp_t(u64, events, 1, dispatch->frame_max);
}

static u64 weight_of(const struct sl_dispatch_queue *q, u32 here)
{
	u64 weight = here > q->below ? (here - q->below) * 16ull : 4;

	if (q->passed >= PASSED_MAX)
		return U64_MAX;
	/* Worth little, but not nothing: the core has nothing better to do. */
	if (q->collects)
		weight /= 4;
	weight *= clamp_t(u32, q->rate, 1, SL_DISPATCH_RATE_ONE);
	return weight << (q->passed >> PASSED_SHIFT);
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
		bool better;
		u64 weight;

		if (!q->here || !q->room)
			continue;
		backlog = min(backlog + here, BACKLOG_MAX);
		weight = weight_of(q, here);
		if (best < count && q->first != queue[best].first)
			better = q->first;
		else	/* To stay costs nothing. */
			better = weight > most ||
				 (weight == most && i == dispatch->last);
		if (better) {
			most = weight;
			best = i;
		}
		q->passed += q->passed < 2 * PASSED_MAX;
	}
	if (best == count)
		return count;
	queue[best].passed = 0;
	dispatch->last = best;
	*frame = frame_of(dispatch, backlog, queue[best].rate);
	return best;
}
