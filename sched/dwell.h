/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How long events dwell on a way: from the moment at which the sender's core
 * has seen that they are to go until the neighbour is called with them.
 *
 * Nothing travels with an event.  Links are first in, first out, so an event is
 * known by how many went before it: at times the sender marks one that is yet
 * to come, and writes down which one, and when.  The receiver counts what it
 * takes; once a mark is among that, it knows how long it took.
 *
 * Chance says which event is next, whatever became of the last one: were there
 * one mark at a time, it would often be an event that came to a short queue,
 * for then the last mark is gone.  A mark stands for all events since the one
 * before it.  So sums of events and of what they waited are those of all events,
 * as far as a sample can tell, and Little's law holds for them: as many wait on
 * average as come in a second, times the seconds that each waits.
 *
 *   sl_dwell_mark()   sender only
 *   sl_dwell_due()    receiver only
 *   sl_dwell_see()    receiver only
 *   sl_dwell_forget() while nobody uses the link
 */
#ifndef SL_DWELL_H
#define SL_DWELL_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define SL_DWELL_MARKS	16	/* that may be on their way, a power of two */

struct sl_dwell_mark {
	u64 event;		/* that many went before it */
	u64 events;		/* for which it stands */
	u64 stamp;		/* get_cycles() when it began to wait */
};

struct sl_dwell {
	/* Written by the sender alone; marks says how many are there. */
	u64 marks ____cacheline_aligned;
	u64 behind;		/* events for which marks stood so far */
	u32 chance;
	u32 rarely;		/* if all were on their way: the fewer, by 2^n */
	struct sl_dwell_mark mark[SL_DWELL_MARKS];	/* by turns */
	/* Written by the receiver alone; only grows. */
	u64 seen ____cacheline_aligned;	/* marks */
	u64 timed;		/* of these, those that were not forgotten */
	u64 timed_events;	/* for which they stood */
	u64 timed_cycles;	/* that all of these waited */
} ____cacheline_aligned;

u64 sl_dwell_mark(struct sl_dwell *dwell, u64 event, u64 end, u32 batch);
void sl_dwell_see(struct sl_dwell *dwell, u64 taken, u64 now);
void sl_dwell_forget(struct sl_dwell *dwell);

/**
 * sl_dwell_due() - is there a mark among what was popped
 * @dwell: of the receiver's way
 * @popped: events that the receiver has popped so far
 *
 * Return: whether one is among these that has not been seen.
 */
static inline bool sl_dwell_due(const struct sl_dwell *dwell, u64 popped)
{
	/* Pairs with sl_dwell_mark() (litmus: sched/litmus/mark.litmus). */
	return smp_load_acquire(&dwell->marks) != dwell->seen &&
	       dwell->mark[dwell->seen % SL_DWELL_MARKS].event < popped;
}

#endif /* SL_DWELL_H */
