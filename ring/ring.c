// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "ring/ring.h"

/* Slots to send for ahead: 24 lines, as many as a CPU has on their way. */
#define REACH_MAX	192u	/* chosen by bench/ring.c */

/**
 * sl_ring_create() - make an empty ring
 * @slots: number of slots, a power of two, at most SL_RING_SLOTS_MAX
 *
 * Return: the ring, or an ERR_PTR(): -EINVAL, -ENOMEM.
 */
struct sl_ring *sl_ring_create(u32 slots)
{
	struct sl_ring *ring;

	if (!is_power_of_2(slots) || slots > SL_RING_SLOTS_MAX)
		return ERR_PTR(-EINVAL);

	ring = kvzalloc(struct_size(ring, slot, slots), GFP_KERNEL);
	if (!ring)
		return ERR_PTR(-ENOMEM);

	ring->mask = slots - 1;
	ring->clear_mask = slots > SL_LANES ? SL_LANES - 1 : 0;
	ring->window = slots / 4;
	ring->reach = clamp_t(u32, slots / 8, SL_LANES, REACH_MAX);
	ring->ahead = SL_LANES;
	return ring;
}

/**
 * sl_ring_destroy() - free a ring that both sides have let go of
 * @ring: a ring; what is still in it belongs to the caller
 */
void sl_ring_destroy(struct sl_ring *ring)
{
	kvfree(ring);
}

/* End of the line that a slot is in. */
static u32 line_end(u32 slot)
{
	return (slot | (SL_LANES - 1)) + 1;
}

/* Sends for the lines of some slots. */
static void fetch(struct sl_ring *ring, u32 from, u32 count)
{
	u32 i;

	for (i = 0; i < count; i += SL_LANES)
		prefetchw(&ring->slot[(from + i) & ring->mask]);
}

/*
 * Looks for empty slots from `from` on, whole lines at a time.  The consumer
 * clears in ascending order, so an empty slot at the end of a window means
 * that all of the window is empty.
 */
static bool find_empty(struct sl_ring *ring, u32 from, u32 window)
{
	u32 end = (from + window) & ~(SL_LANES - 1);

	if (window < SL_LANES || end == from)
		return false;
	/* Pairs with the clearing stores of sl_ring_retire(). */
	if (smp_load_acquire(&ring->slot[(end - 1) & ring->mask]))
		return false;
	ring->head_empty = end;
	return true;
}

/**
 * sl_ring_grow() - look ahead for empty slots
 * @ring: ring of which the caller is the only producer
 *
 * Called when the slots known to be empty run out: once when lines can no
 * longer be sent for, which is time enough to find more, and again when none
 * is left.  Then the window shrinks, down to one slot, lest the ring read as
 * full while there is room.
 *
 * Return: false if the ring is full.
 */
bool sl_ring_grow(struct sl_ring *ring)
{
	u32 head = ring->head_limit;
	u32 known = ring->head_empty - head;
	u32 window = ring->window;

	if (known == ring->reach) {
		if (find_empty(ring, ring->head_empty, window))
			fetch(ring, head + known, 1);
	} else if (!known) {
		while (window >= SL_LANES && !find_empty(ring, head, window))
			window /= 4;
		if (window >= SL_LANES) {
			known = ring->head_empty - head;
			fetch(ring, head, min(known, ring->reach + 1));
		} else if (!smp_load_acquire(&ring->slot[head & ring->mask])) {
			/* Pairs as above. */
			ring->head_empty = head + 1;
		} else {
			WRITE_ONCE(ring->full, ring->full + 1);
			return false;
		}
	}
	known = ring->head_empty - head;
	ring->head_limit = head + min(known, line_end(head) - head);
	return true;
}

/**
 * sl_ring_clear() - mark popped slots as empty, one by one
 * @ring: ring of which the caller is the only consumer
 * @tail: first slot that is not popped
 */
void sl_ring_clear(struct sl_ring *ring, u32 tail)
{
	for (; ring->cleared != tail; ring->cleared++)
		/* Pairs with the look ahead in sl_ring_grow(). */
		smp_store_release(&ring->slot[ring->cleared & ring->mask],
				  NULL);
}

/* As find_empty(), for the consumer: the producer fills in ascending order. */
static bool find_full(struct sl_ring *ring, u32 from, u32 window)
{
	u32 end = (from + window) & ~(SL_LANES - 1);

	if (window <= SL_LANES || end == from)
		return false;
	/* Pairs with the storing of events in sl_ring_push(). */
	if (!smp_load_acquire(&ring->slot[(end - 1) & ring->mask]))
		return false;
	ring->tail_full = end;
	return true;
}

/* Events that are there on the line of the first one, which is. */
static u32 count_full(const struct sl_ring *ring, u32 tail)
{
	u32 most = min(line_end(tail) - tail, ring->mask + 1);
	u32 count = 1;

	/* Pairs with the storing of events in sl_ring_push(). */
	while (count < most &&
	       smp_load_acquire(&ring->slot[(tail + count) & ring->mask]))
		count++;
	return count;
}

/**
 * sl_ring_look() - look ahead for events
 * @ring: ring of which the caller is the only consumer
 *
 * The twin of sl_ring_grow(), but it looks no farther than has paid lately:
 * where events come one at a time, looking at slots that the producer is about
 * to fill would take the line away from it.
 *
 * Return: false if the ring is empty.
 */
bool sl_ring_look(struct sl_ring *ring)
{
	u32 tail = ring->tail_limit;
	u32 known = ring->tail_full - tail;
	u32 ahead = ring->ahead;

	if (known == ring->reach) {
		if (find_full(ring, ring->tail_full, ahead)) {
			ring->ahead = min(2 * ahead, ring->window / 2);
			fetch(ring, tail + known, 1);
		}
	} else if (!known) {
		/* Pairs with the storing of events in sl_ring_push(). */
		if (!smp_load_acquire(&ring->slot[tail & ring->mask])) {
			ring->empty++;
			return false;
		}
		while (ahead > SL_LANES && !find_full(ring, tail, ahead))
			ahead /= 2;
		known = ring->tail_full - tail;
		if (known) {
			fetch(ring, tail, min(known, ring->reach + 1));
		} else {
			known = count_full(ring, tail);
			ring->tail_full = tail + known;
		}
		/* Seen as far as looked, and a line at least: look farther. */
		if (ahead == ring->ahead && known >= SL_LANES)
			ahead = min(2 * ahead, ring->window / 2);
		ring->ahead = max(ahead, SL_LANES);
	}
	known = ring->tail_full - tail;
	ring->tail_limit = tail + min(known, line_end(tail) - tail);
	return true;
}
