// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/timex.h>

#include "sched/dwell.h"

/* Batches from one mark to the next, on average. */
#define BATCHES		64
#define RARELY_MAX	12

/* Events until the next mark: evenly from none to twice the average. */
static u64 gap(struct sl_dwell *dwell, u32 batch)
{
	/* Of Numerical Recipes; its upper bits are as good as chance here. */
	dwell->chance = dwell->chance * 1664525 + 1013904223;
	return (u64)dwell->chance *
	       (2 * BATCHES * max(batch, 1u) << dwell->rarely) >> 32;
}

/**
 * sl_dwell_mark() - mark an event
 * @dwell: of the sender's way
 * @event: how many went before it; it came to wait just now
 * @end: how many will have been pushed when all that wait now are
 * @batch: how many of them are to be pushed at once
 *
 * If there is no room for the mark, as the queue is long and batches are small,
 * the next one stands for this event, too, and they come less often.
 *
 * Return: which event to mark next; it is yet to come.
 */
u64 sl_dwell_mark(struct sl_dwell *dwell, u64 event, u64 end, u32 batch)
{
	/* Pairs with sl_dwell_see(): it reads these marks no more. */
	u64 under_way = dwell->marks - smp_load_acquire(&dwell->seen);

	if (under_way == SL_DWELL_MARKS) {
		if (dwell->rarely < RARELY_MAX)
			dwell->rarely++;
		return end + gap(dwell, batch);
	}
	if (under_way < SL_DWELL_MARKS / 4 && dwell->rarely)
		dwell->rarely--;
	dwell->mark[dwell->marks % SL_DWELL_MARKS] = (struct sl_dwell_mark){
		.event = event,
		.events = event + 1 - dwell->behind,
		.stamp = get_cycles(),
	};
	dwell->behind = event + 1;
	/* Publishes it; pairs with sl_dwell_due(). */
	smp_store_release(&dwell->marks, dwell->marks + 1);
	return end + gap(dwell, batch);
}

static void see(struct sl_dwell *dwell, u64 now)
{
	const struct sl_dwell_mark *mark =
		&dwell->mark[dwell->seen % SL_DWELL_MARKS];
	/* CPUs' clocks may differ by a little. */
	u64 cycles = now > mark->stamp ? now - mark->stamp : 0;

	WRITE_ONCE(dwell->timed, dwell->timed + 1);
	WRITE_ONCE(dwell->timed_events, dwell->timed_events + mark->events);
	WRITE_ONCE(dwell->timed_cycles,
		   dwell->timed_cycles + mark->events * cycles);
	/* The sender may use its place; pairs with sl_dwell_mark(). */
	smp_store_release(&dwell->seen, dwell->seen + 1);
}

/**
 * sl_dwell_see() - marked events are with the neighbour
 * @dwell: of the receiver's way
 * @taken: events that the neighbour has taken so far
 * @now: get_cycles() when it was called with those of the last batch
 */
void sl_dwell_see(struct sl_dwell *dwell, u64 taken, u64 now)
{
	while (sl_dwell_due(dwell, taken))
		see(dwell, now);
}

/**
 * sl_dwell_forget() - marks will not be met any more
 * @dwell: of a way whose ends are on one core, the caller's, or stand still
 *
 * What was marked may be in the outbox still and pass the neighbour directly.
 */
void sl_dwell_forget(struct sl_dwell *dwell)
{
	WRITE_ONCE(dwell->seen, dwell->marks);
}
