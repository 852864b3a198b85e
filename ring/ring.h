/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A pointer ring for exactly one producer and one consumer.
 *
 * A NULL slot is an empty slot, so neither side ever reads the other's
 * index: the slot itself carries the handshake (FastForward, Giacomoni et
 * al., PPoPP 2008).  Each side looks ahead: the producer fills slots in
 * ascending order and the consumer clears them in ascending order, so one
 * slot seen far ahead speaks for every slot before it.
 *
 *   sl_ring_push(), sl_ring_push_batch()  producer only, never wait
 *   sl_ring_pop(), sl_ring_pop_batch()    consumer only, never wait
 *   sl_ring_ready()                       consumer only
 *   sl_ring_used()                        anyone; a snapshot, for the
 *                                         scheduler and dashboards
 *
 * An empty slot does not mean that the event which was in it is free again:
 * events come home over their bank's own ring.
 */
#ifndef SL_RING_H
#define SL_RING_H

#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define SL_RING_SLOTS_MAX	(1u << 24)

struct sl_ring {
	/* Written by the producer alone; head is published for observers. */
	u32 head ____cacheline_aligned;
	u32 head_limit;		/* slots before this one are known empty */
	u64 full;		/* pushes that found no room */

	/* Written by the consumer alone; tail is published for observers. */
	u32 tail ____cacheline_aligned;

	/* Constant after sl_ring_create(). */
	u32 mask ____cacheline_aligned;
	u32 window;		/* how far ahead the producer looks */

	/* On lines of their own, lest a push disturb readers of mask. */
	void *slot[] ____cacheline_aligned;
};

static_assert(offsetof(struct sl_ring, tail) % L1_CACHE_BYTES == 0,
	      "the consumer's line is its own");
static_assert(offsetof(struct sl_ring, slot) % L1_CACHE_BYTES == 0,
	      "slots start on a line");

struct sl_ring *sl_ring_create(u32 slots);
void sl_ring_destroy(struct sl_ring *ring);
bool sl_ring_grow(struct sl_ring *ring);

/**
 * sl_ring_push() - hand an event to the next stage
 * @ring: ring of which the caller is the only producer
 * @event: event to hand over, not NULL; the caller may no longer touch it
 *
 * Return: true on success, false if the ring is full.
 */
static inline bool sl_ring_push(struct sl_ring *ring, void *event)
{
	u32 head = ring->head;

	if (unlikely(head == ring->head_limit) && !sl_ring_grow(ring))
		return false;

	/* Publishes the event's contents; pairs with sl_ring_pop(). */
	smp_store_release(&ring->slot[head & ring->mask], event);
	WRITE_ONCE(ring->head, head + 1);
	return true;
}

/**
 * sl_ring_push_batch() - hand several events to the next stage, in order
 * @ring: ring of which the caller is the only producer
 * @event: events to hand over, none of them NULL
 * @count: how many
 *
 * Return: how many went in, from the front; the rest is still the caller's.
 */
static inline u32 sl_ring_push_batch(struct sl_ring *ring, void *const *event,
				     u32 count)
{
	u32 head = ring->head;
	u32 done = 0;

	while (done < count) {
		u32 room = ring->head_limit - head;

		if (!room) {
			if (!sl_ring_grow(ring))
				break;
			continue;
		}
		if (room > count - done)
			room = count - done;
		for (; room; room--, head++, done++)
			/* Pairs with sl_ring_pop() and sl_ring_pop_batch(). */
			smp_store_release(&ring->slot[head & ring->mask],
					  event[done]);
		WRITE_ONCE(ring->head, head);
	}
	return done;
}

/**
 * sl_ring_ready() - is there something to pop
 * @ring: ring of which the caller is the only consumer
 */
static inline bool sl_ring_ready(const struct sl_ring *ring)
{
	return READ_ONCE(ring->slot[ring->tail & ring->mask]);
}

/**
 * sl_ring_pop() - take the oldest event
 * @ring: ring of which the caller is the only consumer
 *
 * Return: the event, now owned by the caller, or NULL if the ring is empty.
 */
static inline void *sl_ring_pop(struct sl_ring *ring)
{
	void **slot = &ring->slot[ring->tail & ring->mask];
	void *event;

	/* Pairs with the release in sl_ring_push(). */
	event = smp_load_acquire(slot);
	if (!event)
		return NULL;

	/* Pairs with the look ahead in sl_ring_grow(). */
	smp_store_release(slot, NULL);
	WRITE_ONCE(ring->tail, ring->tail + 1);
	return event;
}

/**
 * sl_ring_pop_batch() - take the oldest events, in order
 * @ring: ring of which the caller is the only consumer
 * @event: where to put them
 * @count: how many at most
 *
 * Return: how many were taken; 0 if the ring is empty.
 */
static inline u32 sl_ring_pop_batch(struct sl_ring *ring, void **event,
				    u32 count)
{
	u32 tail = ring->tail;
	u32 done;

	/* Slots that are read but not yet cleared must not be met again. */
	if (unlikely(count > ring->mask))
		count = ring->mask + 1;
	/*
	 * Load all, then clear all: a line that is read and cleared slot by
	 * slot may be stolen by the producer's look ahead in between.
	 */
	for (done = 0; done < count; done++) {
		/* Pairs with the release in sl_ring_push(). */
		event[done] = smp_load_acquire(&ring->slot[(tail + done) &
							   ring->mask]);
		if (!event[done])
			break;
	}
	for (count = 0; count < done; count++)
		/* Pairs with the look ahead in sl_ring_grow(). */
		smp_store_release(&ring->slot[(tail + count) & ring->mask],
				  NULL);
	WRITE_ONCE(ring->tail, tail + done);
	return done;
}

/**
 * sl_ring_used() - how many events wait in the ring
 * @ring: any ring
 *
 * Racy by design.  The tail is read first, so the answer may be too high
 * but is never negative.
 *
 * Return: a number of events between 0 and the ring's size.
 */
static inline u32 sl_ring_used(const struct sl_ring *ring)
{
	/* Pairs with nothing: it only keeps the two loads in this order. */
	u32 tail = smp_load_acquire(&ring->tail);
	u32 used = READ_ONCE(ring->head) - tail;

	return used <= ring->mask ? used : ring->mask + 1;
}

#endif /* SL_RING_H */
