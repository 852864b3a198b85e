// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>

#include "sched/frames.h"
#include "sched/link.h"

/* Cycles that it takes until caches are warm for another inbox; some 400 ns. */
#define SWITCH_CYCLES	1000

/* As long as nothing is known: an event in some 200 cycles. */
#define RATE_GUESS	(SL_DISPATCH_RATE_ONE / 200)

/**
 * sl_frames_open() - before a core's first turn
 * @core: core with room for as many queues as it may have inboxes
 */
void sl_frames_open(struct sl_core *core)
{
	core->dispatch = (struct sl_dispatch){
		.switch_time = SWITCH_CYCLES,
		.batch = core->turn.batch_max,
		.frame_max = SL_DISPATCH_FRAME_MAX,
	};
}

/* Events that wait behind a stage, on the way that those of an inbox take. */
static u32 count_below(const struct sl_stage *stage, bool right)
{
	u32 count = 0;
	u32 i;

	for (i = 0; i < stage->edge_count; i++) {
		const struct sl_outbox *out = &stage->edge[i].out;

		if (out->right != right)
			continue;
		count += out->batch.count + out->overflow.count;
		if (out->link && !out->plain)
			count += sl_link_used(out->link);
	}
	return count;
}

/* Events of an inbox that could be served now; at least so many. */
static u32 count_here(const struct sl_inbox *in)
{
	/* What was left behind waits for something else. */
	if (in->batch.count || (in->request && in->stage->overflowing))
		return 0;
	return sl_link_seen(in->link);
}

/**
 * sl_frames_choose() - the inbox to go on with
 * @core: core of the caller
 * @frame: set to the number of events to serve
 *
 * Lengths of rings as both ends tell them cost cache lines of others, so they
 * are asked for only if there is a choice.
 *
 * Return: the inbox, or NULL if there is nothing to choose.
 */
struct sl_inbox *sl_frames_choose(struct sl_core *core, u32 *frame)
{
	struct sl_dispatch_queue *queue = core->queue;
	u32 count = core->inbox_count;
	u32 waiting = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		const struct sl_inbox *in = core->inbox[i];

		queue[i].here = count_here(in);
		queue[i].below = 0;
		queue[i].room = U32_MAX;
		queue[i].rate = in->rate ? in->rate : RATE_GUESS;
		queue[i].first = !in->request;
		waiting += queue[i].here != 0;
	}
	if (waiting < 2)
		return NULL;
	for (i = 0; i < count; i++) {
		const struct sl_inbox *in = core->inbox[i];

		if (!queue[i].here)
			continue;
		queue[i].here = max(queue[i].here, sl_link_used(in->link));
		queue[i].below = count_below(in->stage, in->request);
	}
	i = sl_dispatch_choose(&core->dispatch, queue, count, frame);
	return i < count ? core->inbox[i] : NULL;
}

/**
 * sl_frames_learn() - what a frame has cost
 * @in: inbox that it was of
 * @events: that were served
 * @cycles: spent on them and all they led to
 */
void sl_frames_learn(struct sl_inbox *in, u32 events, u64 cycles)
{
	in->framed_events += events;
	in->framed_cycles += cycles;
}

/**
 * sl_frames_tick() - turn what was learnt into rates
 * @core: core of the caller
 *
 * Here, some ten times a second, is where there is a division.
 */
void sl_frames_tick(struct sl_core *core)
{
	u32 i;

	for (i = 0; i < core->inbox_count; i++) {
		struct sl_inbox *in = core->inbox[i];

		if (!in->framed_cycles)
			continue;
		in->rate = clamp_t(u64, div64_u64(in->framed_events *
						  SL_DISPATCH_RATE_ONE,
						  in->framed_cycles),
				   1, SL_DISPATCH_RATE_ONE);
		in->framed_events = 0;
		in->framed_cycles = 0;
	}
}
