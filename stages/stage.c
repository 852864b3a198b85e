// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "stages/stage.h"

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
