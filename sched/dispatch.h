/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Dispatch: which queue of a core to serve next, and for how long.
 *
 * Variable-frame MaxWeight (after Celik and Modiano, and Hsieh and others):
 * the queue with the largest (length here - length downstream) x service rate
 * is served for a frame, and the frame grows with the backlog, but slower than
 * it.  To choose anew for each event is stable only as long as changing from
 * one queue to another costs nothing; with frames, what is lost to changing
 * goes to zero as the load goes to what the core can do, while little load
 * has short frames and short waits.
 *
 * A queue that was passed over counts for more each time, so that one event
 * that waits in a queue of its own is not forgotten behind full ones.  One that
 * nothing bounds may collect events, so that changing to it is worth more:
 * it counts for a quarter.  One that goes first does so whatever others weigh;
 * who says that of a queue sees to it that the others are served anyway.
 *
 * Pure, without divisions, and as cheap as a loop over the queues.  All inputs
 * must be O(1) to get, and may be old.  Time is in a unit of the caller's, in
 * which rates are told as well: cycles in the executor, which chooses among
 * its inboxes when one has a backlog (sched/frames.h), nanoseconds in the
 * simulator, which does the same and also tries out what it would be to
 * choose among all queues of a core (sim/frames.c).
 *
 *	at = sl_dispatch_choose(&dispatch, queue, count, &frame);
 *	if (at < count)
 *		serve up to `frame` events of queue[at], fewer if it runs
 *		empty or there is no room behind it
 */
#ifndef SL_DISPATCH_H
#define SL_DISPATCH_H

#include <linux/types.h>

#define SL_DISPATCH_RATE_ONE	(1u << 20)	/* an event in a unit of time */

/*
 * How long frames of the executor are at most, which sources wait for.  With
 * 256 a flow whose queue is short waits for twice as long where flows share a
 * saturated core; with 64 little of what frames gain is left.
 */
#define SL_DISPATCH_FRAME_MAX	128

struct sl_dispatch_queue {
	u32 here;		/* events that wait in it */
	u32 below;		/* that wait behind the stage it leads to */
	u32 room;		/* for more of them there; 0: do not serve it */
	u32 rate;		/* events in 2^20 units of time, at least 1 */
	u32 passed;		/* times it was passed over; of dispatch.c */
	bool collects;		/* nothing waits for room in it */
	bool first;		/* before those that are not */
};

struct sl_dispatch {
	u32 switch_time;	/* what it costs to change to another queue */
	u32 batch;		/* frames are at least that long if they can, */
	u32 frame_max;		/* and at most that, at least 1 */
	u32 last;		/* queue served last; of dispatch.c */
};

u32 sl_dispatch_choose(struct sl_dispatch *dispatch,
		       struct sl_dispatch_queue *queue, u32 count, u32 *frame);

#endif /* SL_DISPATCH_H */
