/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A pointer ring for exactly one producer and one consumer.
 *
 * A NULL slot is an empty slot, so neither side ever reads the other's
 * index: the slot itself carries the handshake (FastForward, Giacomoni et
 * al., PPoPP 2008).  Both sides look ahead.  The producer fills slots in
 * ascending order and the consumer clears them in ascending order, so one
 * slot seen far ahead, empty or full, speaks for every slot before it.  What
 * is known to be ours is sent for `reach` slots before it is needed, so many
 * cache lines are on their way at any time and nobody waits for one.
 *
 * The consumer clears a cache line when it has popped all of it: a line read
 * and cleared slot by slot would be torn back and forth.  So up to
 * SL_RING_SLACK slots that are popped already may count as taken; in rings of
 * no more than SL_LANES slots none does.
 *
 *   sl_ring_push(), sl_ring_push_batch()  producer only, never wait
 *   sl_ring_pop(), sl_ring_pop_batch()    consumer only, never wait
 *   sl_ring_peek(), sl_ring_ready(),      consumer only
 *   sl_ring_seen()
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
#include <linux/prefetch.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "ring/lanes.h"

#define SL_RING_SLOTS_MAX	(1u << 24)
#define SL_RING_SLACK		(SL_LANES - 1)

struct sl_ring {
	/* Written by the producer alone; head is published for observers. */
	u32 head ____cacheline_aligned;
	u32 head_limit;		/* slots before this one may be filled now */
	u32 head_empty;		/* slots before this one are known empty */
	u64 full;		/* pushes that found no room */

	/* Written by the consumer alone; tail is published for observers. */
	u32 tail ____cacheline_aligned;
	u32 tail_limit;		/* slots before this one may be popped now */
	u32 tail_full;		/* slots before this one are known full */
	u32 ahead;		/* how far to look; grows while events stream */
	u32 cleared;		/* slots before this one are empty again */
	u64 empty;		/* pops that found nothing */

	/* Constant after sl_ring_create(). */
	u32 mask ____cacheline_aligned;
	u32 clear_mask;		/* of a tail with which a line ends */
	u32 window;		/* how far to look at most */
	u32 reach;		/* how far ahead to send for lines */

	/* On lines of their own, lest a push disturb readers of mask. */
	void *slot[] ____cacheline_aligned;
};

static_assert(offsetof(struct sl_ring, tail) % L1_CACHE_BYTES == 0,
	      "the consumer's line is its own");
static_assert(offsetof(struct sl_ring, slot) % L1_CACHE_BYTES == 0,
	      "slots start on a line");
static_assert(SL_LANES * sizeof(void *) == L1_CACHE_BYTES,
	      "a line of slots is a cache line");

struct sl_ring *sl_ring_create(u32 slots);
void sl_ring_destroy(struct sl_ring *ring);
bool sl_ring_grow(struct sl_ring *ring);
bool sl_ring_look(struct sl_ring *ring);
void sl_ring_clear(struct sl_ring *ring, u32 tail);

/* Lets the producer go on by a line, and sends for a later one. */
static inline bool sl_ring_step_head(struct sl_ring *ring, u32 head)
{
	if (unlikely(ring->head_empty - head <= ring->reach))
		return sl_ring_grow(ring);
	prefetchw(&ring->slot[(head + ring->reach) & ring->mask]);
	ring->head_limit = (head | (SL_LANES - 1)) + 1;
	return true;
}

/* Lets the consumer go on by a line, and sends for a later one. */
static inline bool sl_ring_step_tail(struct sl_ring *ring, u32 tail)
{
	if (unlikely(ring->tail_full - tail <= ring->reach))
		return sl_ring_look(ring);
	prefetchw(&ring->slot[(tail + ring->reach) & ring->mask]);
	ring->tail_limit = (tail | (SL_LANES - 1)) + 1;
	return true;
}

/* Clears the line that ends before tail. */
static inline void sl_ring_retire(struct sl_ring *ring, u32 tail)
{
	if (likely(tail - ring->cleared == SL_LANES)) {
		/* Pairs with the look ahead in sl_ring_grow(). */
		sl_lanes_clear(&ring->slot[ring->cleared & ring->mask]);
		ring->cleared = tail;
	} else {
		sl_ring_clear(ring, tail);
	}
}

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

	if (unlikely(head == ring->head_limit) &&
	    !sl_ring_step_head(ring, head))
		return false;

	/* Publishes the event's contents; pairs with sl_ring_look(). */
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
	u32 mask = ring->mask;
	u32 done = 0;

	while (done < count) {
		u32 room;

		if (head == ring->head_limit && !sl_ring_step_head(ring, head))
			break;
		room = ring->head_limit - head;
		if (likely(room == SL_LANES && count - done >= SL_LANES)) {
			sl_lanes_fill(&ring->slot[head & mask], event + done);
			head += SL_LANES;
			done += SL_LANES;
		} else {
			if (room > count - done)
				room = count - done;
			for (; room; room--)
				/* Pairs with sl_ring_look(). */
				smp_store_release(&ring->slot[head++ & mask],
						  event[done++]);
		}
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
	return ring->tail != ring->tail_limit ||
	       READ_ONCE(ring->slot[ring->tail & ring->mask]);
}

/**
 * sl_ring_seen() - how many events are known to wait
 * @ring: ring of which the caller is the only consumer
 *
 * There may be more: it is what looking ahead has shown, and costs no cache
 * line that the next pop would not.
 */
static inline u32 sl_ring_seen(const struct sl_ring *ring)
{
	u32 known = ring->tail_full - ring->tail;

	return known ? known : sl_ring_ready(ring);
}

/**
 * sl_ring_pop() - take the oldest event
 * @ring: ring of which the caller is the only consumer
 *
 * Return: the event, now owned by the caller, or NULL if the ring is empty.
 */
static inline void *sl_ring_pop(struct sl_ring *ring)
{
	u32 tail = ring->tail;
	void *event;

	if (unlikely(tail == ring->tail_limit) &&
	    !sl_ring_step_tail(ring, tail))
		return NULL;
	/* What it holds was acquired by sl_ring_look(). */
	event = READ_ONCE(ring->slot[tail & ring->mask]);
	tail++;
	if (!(tail & ring->clear_mask))
		sl_ring_retire(ring, tail);
	WRITE_ONCE(ring->tail, tail);
	return event;
}

/**
 * sl_ring_peek() - what will be popped later
 * @ring: ring of which the caller is the only consumer
 * @ahead: how many pops later; 0 is the next one
 *
 * For prefetching what an event holds while earlier ones are worked on; sixteen
 * ahead does well (bench/race_payload.c).  It is the last moment that is cheap, for a
 * slot that is not known to be full is not looked at.
 *
 * Return: the event, still in the ring, or NULL if it is not known to be there.
 */
static inline void *sl_ring_peek(const struct sl_ring *ring, u32 ahead)
{
	u32 slot = ring->tail + ahead;

	if (unlikely(ring->tail_full - ring->tail <= ahead))
		return NULL;
	/* Acquired by sl_ring_look(). */
	return READ_ONCE(ring->slot[slot & ring->mask]);
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
	u32 mask = ring->mask;
	u32 done = 0;

	while (done < count) {
		void **slot = &ring->slot[tail & mask];
		u32 left;

		if (tail == ring->tail_limit && !sl_ring_step_tail(ring, tail))
			break;
		left = ring->tail_limit - tail;
		if (likely(left == SL_LANES && count - done >= SL_LANES)) {
			sl_lanes_take(event + done, slot);
			sl_lanes_clear(slot);
			tail += SL_LANES;
			done += SL_LANES;
			ring->cleared = tail;
		} else {
			if (left > count - done)
				left = count - done;
			for (; left; left--)
				event[done++] =
					READ_ONCE(ring->slot[tail++ & mask]);
			if (!(tail & ring->clear_mask))
				sl_ring_clear(ring, tail);
		}
		WRITE_ONCE(ring->tail, tail);
	}
	return done;
}

/**
 * sl_ring_used() - how many events wait in the ring
 * @ring: any ring
 *
 * Racy by design.  The tail is read first, so the answer may be too high; and
 * an event may be popped before its producer has said that it pushed it, hence
 * what looks negative is nothing (litmus: ring/litmus/used.litmus).
 *
 * Return: a number of events between 0 and the ring's size.
 */
static inline u32 sl_ring_used(const struct sl_ring *ring)
{
	/* Pairs with nothing: it only keeps the two loads in this order. */
	u32 tail = smp_load_acquire(&ring->tail);
	u32 used = READ_ONCE(ring->head) - tail;

	if (unlikely((s32)used < 0))
		return 0;
	return used <= ring->mask ? used : ring->mask + 1;
}

#endif /* SL_RING_H */
