// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "ring/ring.h"

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
	ring->window = slots >= 4 ? slots / 4 : 1;
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

/**
 * sl_ring_grow() - look ahead for empty slots
 * @ring: ring of which the caller is the only producer, with no slot left
 *
 * The consumer clears in ascending order, so an empty slot at the end of a
 * window means that the whole window is empty.  When the far end is still
 * taken the window shrinks, down to one slot, lest the ring read as full
 * while there is room.
 *
 * Return: false if the ring is full.
 */
bool sl_ring_grow(struct sl_ring *ring)
{
	u32 head = ring->head;
	u32 window;

	for (window = ring->window; window; window >>= 2) {
		void **last = &ring->slot[(head + window - 1) & ring->mask];

		/* Pairs with the clearing stores of sl_ring_pop(). */
		if (!smp_load_acquire(last)) {
			ring->head_limit = head + window;
			return true;
		}
	}
	if (!smp_load_acquire(&ring->slot[head & ring->mask])) {
		ring->head_limit = head + 1;
		return true;
	}
	WRITE_ONCE(ring->full, ring->full + 1);
	return false;
}
