/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A ring with one producer and many readers, each of which sees every event
 * in the same order, from the moment it is let in until it leaves.
 *
 * Readers only read slots, so none can be cleared to say that it is free.
 * Instead bit 0 of a slot, which a pointer does not need, says on which lap it
 * was written: odd laps and even laps differ, and no reader is ever lapped.
 * So, as in ring.h, the slot itself carries the handshake, eight events come
 * with one cache line, and nobody polls the producer's index; pairs of pointer
 * and sequence number would take twice the lines, and a published index a
 * line more for each batch, and each look at it.
 *
 * A reader publishes how far it is on a line of its own, once per batch.  The
 * producer remembers the slowest reader's position and looks at the readers'
 * lines again only when the room that it knows of is used up.
 *
 *   sl_broadcast_push(), sl_broadcast_push_batch()    producer only
 *   sl_broadcast_done()                               producer only
 *   sl_broadcast_pop_batch(), sl_broadcast_ready()    that reader only
 *   sl_broadcast_leave()                              that reader only
 *   sl_broadcast_join()                               one thread at a time
 *   sl_broadcast_used()                               anyone; a snapshot
 *
 * Events are shared by all readers, so nobody writes to them.  What a reader
 * pops is its to read until it pops again or leaves; the producer learns from
 * sl_broadcast_done() which events all readers have left behind.
 *
 * Joining is asking: the producer lets a reader in between two batches, when
 * it next looks at the readers' lines, be it for room or on behalf of
 * sl_broadcast_done(); from the next batch on the reader holds it up as others
 * do.  Leaving is telling: the reader is in nobody's way once the producer has
 * looked, and its number may be used again at once.  No step needs a lock or
 * an atomic operation, for each word has one writer: a reader counts up its
 * `life`, odd while it wants to be in, and is in when the producer has
 * answered with the same number (litmus: ring/litmus/broadcast.pml).
 */
#ifndef SL_BROADCAST_H
#define SL_BROADCAST_H

#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define SL_BROADCAST_READERS_MAX	63
#define SL_BROADCAST_SLOTS_MAX		(1u << 24)

/* Written by the reader alone; life by who joins while there is none. */
struct sl_broadcast_reader {
	u64 tail;	/* events before this one are left behind; published */
	u64 next;	/* events before this one are popped */
	u32 life;	/* odd while it wants to be in */
	bool in;	/* it knows where it starts */
} ____cacheline_aligned;

/* Written by the producer alone, when a reader is let in or out. */
struct sl_broadcast_gate {
	u64 start;	/* the first event that the reader will see */
	u32 life;	/* of the reader, as last seen */
};

struct sl_broadcast {
	/* Written by the producer alone; head is published for observers. */
	u64 head ____cacheline_aligned;
	u64 limit;	/* slots before this one may be written */
	u64 done;	/* events before this one are left behind by all */
	u64 full;	/* pushes that found no room */

	/* Constant after sl_broadcast_create(). */
	u32 slots ____cacheline_aligned;
	u32 readers_max;

	struct sl_broadcast_reader reader[SL_BROADCAST_READERS_MAX];
	struct sl_broadcast_gate gate[SL_BROADCAST_READERS_MAX]
		____cacheline_aligned;

	/* Written by the producer alone: an event's address and its lap. */
	unsigned long slot[] ____cacheline_aligned;
};

static_assert(sizeof(struct sl_broadcast_reader) % L1_CACHE_BYTES == 0,
	      "each reader's line is its own");
static_assert(offsetof(struct sl_broadcast, gate) % L1_CACHE_BYTES == 0,
	      "the last reader's line is its own, too");
static_assert(offsetof(struct sl_broadcast, slot) % L1_CACHE_BYTES == 0,
	      "slots start on a line");

struct sl_broadcast *sl_broadcast_create(u32 slots, u32 readers_max);
void sl_broadcast_destroy(struct sl_broadcast *ring);
int sl_broadcast_join(struct sl_broadcast *ring);
int sl_broadcast_leave(struct sl_broadcast *ring, u32 number);
bool sl_broadcast_enter(struct sl_broadcast *ring, u32 number);
u64 sl_broadcast_grow(struct sl_broadcast *ring);
u64 sl_broadcast_done(struct sl_broadcast *ring);
u32 sl_broadcast_used(const struct sl_broadcast *ring, u32 number);

/* What bit 0 of a slot is once it holds this event: 1 on the first lap. */
static inline unsigned long sl_broadcast_lap(u32 slots, u64 position)
{
	return !(position & slots);
}

/**
 * sl_broadcast_push_batch() - show several events to all readers, in order
 * @ring: ring of which the caller is the only producer
 * @event: events, not NULL and at even addresses; from now on only to be read
 * @count: how many
 *
 * Return: how many went in, from the front; the rest is still the caller's.
 */
static inline u32 sl_broadcast_push_batch(struct sl_broadcast *ring,
					  void *const *event, u32 count)
{
	u64 head = ring->head;
	u64 room = ring->limit - head;
	u32 slots = ring->slots;
	u32 i;

	if (unlikely(room < count))
		room = sl_broadcast_grow(ring);
	if (unlikely(room < count))
		count = room;
	for (i = 0; i < count; i++, head++)
		/* Publishes contents; pairs with sl_broadcast_pop_batch(). */
		smp_store_release(&ring->slot[head & (slots - 1)],
				  (unsigned long)event[i] |
				  sl_broadcast_lap(slots, head));
	WRITE_ONCE(ring->head, head);
	return count;
}

/**
 * sl_broadcast_push() - show an event to all readers
 * @ring: ring of which the caller is the only producer
 * @event: event, not NULL and at an even address; from now on only to be read
 *
 * Return: true on success, false if the slowest reader leaves no room.
 */
static inline bool sl_broadcast_push(struct sl_broadcast *ring, void *event)
{
	return sl_broadcast_push_batch(ring, &event, 1);
}

/**
 * sl_broadcast_ready() - is there something to pop
 * @ring: ring of the reader
 * @number: the caller's, from sl_broadcast_join()
 *
 * Being let in counts, too; the next sl_broadcast_pop_batch() takes note.
 */
static inline bool sl_broadcast_ready(const struct sl_broadcast *ring,
				      u32 number)
{
	const struct sl_broadcast_reader *reader = &ring->reader[number];
	u32 slots = ring->slots;
	u64 next = reader->next;

	if (unlikely(!reader->in))
		return reader->life & 1 &&
		       READ_ONCE(ring->gate[number].life) == reader->life;
	return (READ_ONCE(ring->slot[next & (slots - 1)]) & 1) ==
	       sl_broadcast_lap(slots, next);
}

/**
 * sl_broadcast_pop_batch() - see the next events, in order
 * @ring: ring of the reader
 * @number: the caller's, from sl_broadcast_join()
 * @event: where to put them
 * @count: how many at most
 *
 * Lets go of all events that were popped before.  So whoever falls asleep when
 * there was nothing to pop holds up nobody.
 *
 * Return: how many were popped; 0 if there is nothing new, or if the producer
 * has not let the reader in yet.
 */
static inline u32 sl_broadcast_pop_batch(struct sl_broadcast *ring, u32 number,
					 void **event, u32 count)
{
	struct sl_broadcast_reader *reader = &ring->reader[number];
	u32 slots = ring->slots;
	unsigned long slot;
	u64 next;
	u32 done;

	if (unlikely(!reader->in) && !sl_broadcast_enter(ring, number))
		return 0;
	next = reader->next;
	if (reader->tail != next)
		/* Slots and events were read; pairs with look(). */
		smp_store_release(&reader->tail, next);
	for (done = 0; done < count; done++, next++) {
		/* Pairs with the release in sl_broadcast_push_batch(). */
		slot = smp_load_acquire(&ring->slot[next & (slots - 1)]);
		if ((slot & 1) != sl_broadcast_lap(slots, next))
			break;
		event[done] = (void *)(slot & ~1ul);
	}
	reader->next = next;
	return done;
}

#endif /* SL_BROADCAST_H */
