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
 * that waits in a queue of its own is not forgotten behind full ones.
 *
 * Pure, and as cheap as a loop over the queues.  All inputs must be O(1) to
 * get, and may be old: `here` and `room` are differences of counters that the
 * two sides publish once a batch, `below` is what the stage has put into the
 * queues behind it, read in the same way; `rate` and `switch_ns` come from the
 * slow loop, ten times a second or so.
 *
 *	at = sl_dispatch_choose(&dispatch, queue, count, &frame);
 *	if (at < count)
 *		serve up to `frame` events of queue[at], fewer if it runs
 *		empty or there is no room behind it
 */
#ifndef SL_DISPATCH_H
#define SL_DISPATCH_H

#include <linux/types.h>

#define SL_DISPATCH_RATE_ONE	1000000u	/* an event in a nanosecond */

struct sl_dispatch_queue {
	u32 here;		/* events that wait in it */
	u32 below;		/* that wait behind the stage it leads to */
	u32 room;		/* for more of them there; 0: do not serve it */
	u32 rate;		/* events a millisecond, at least 1 */
	u32 passed;		/* times it was passed over; of dispatch.c */
};

struct sl_dispatch {
	u32 switch_ns;		/* what it costs to change to another queue */
	u32 batch;		/* frames are at least that long if they can */
	u32 last;		/* queue served last; of dispatch.c */
};

u32 sl_dispatch_choose(struct sl_dispatch *dispatch,
		       struct sl_dispatch_queue *queue, u32 count, u32 *frame);

#endif /* SL_DISPATCH_H */
