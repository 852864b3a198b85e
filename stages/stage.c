// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "stages/stage.h"

static void add(u64 *counter, u64 by)
{
	WRITE_ONCE(*counter, *counter + by);
}

/**
 * sl_stage_sample() - note what a batch has cost
 * @c: counters of the stage that got it
 * @events: how many it took
 * @cycles: how long that was
 *
 * For one batch of sixteen or more, so that the others pay next to nothing.
 */
void sl_stage_sample(struct sl_stage_counters *c, u32 events, u64 cycles)
{
	add(&c->sample.calls, 1);
	add(&c->sample.events, events);
	add(&c->sample.cycles, cycles);
	add(&c->sample.squares, (u64)events * events);
	add(&c->sample.products, cycles * events);
}

/**
 * sl_outbox_announce() - put an outbox on its core's list
 * @out: outbox that is not on it yet and has something in it
 */
void sl_outbox_announce(struct sl_outbox *out)
{
	struct sl_pending *pending = out->from->pending;

	/* Each outbox is in it once at most, so there is always room. */
	pending->outbox[pending->tail++ & pending->mask] = out;
	out->pending = true;
}

/**
 * sl_outbox_spill() - keep an event for which the batch has no place
 * @out: outbox of the running stage
 * @event: event that goes behind all that are in it
 *
 * A reply must always be taken, or rings full in both directions would wait
 * for each other.  What replies lead to is kept here, bounded by the banks;
 * meanwhile the executor gives the stage no new requests.
 */
void sl_outbox_spill(struct sl_outbox *out, struct sl_event *event)
{
	sl_fifo_put(&out->overflow, event);
	if (out->right)
		out->from->overflowing++;
	if (!out->pending)
		sl_outbox_announce(out);
}
