// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "ring/broadcast.h"

/**
 * sl_broadcast_create() - make an empty ring without readers
 * @slots: number of slots, a power of two, at most SL_BROADCAST_SLOTS_MAX
 * @readers_max: how many readers at a time, up to SL_BROADCAST_READERS_MAX
 *
 * Return: the ring, or an ERR_PTR(): -EINVAL, -ENOMEM.
 */
struct sl_broadcast *sl_broadcast_create(u32 slots, u32 readers_max)
{
	struct sl_broadcast *ring;

	if (!is_power_of_2(slots) || slots > SL_BROADCAST_SLOTS_MAX ||
	    !readers_max || readers_max > SL_BROADCAST_READERS_MAX)
		return ERR_PTR(-EINVAL);

	ring = kvzalloc(struct_size(ring, slot, slots), GFP_KERNEL);
	if (!ring)
		return ERR_PTR(-ENOMEM);

	ring->slots = slots;
	ring->readers_max = readers_max;
	return ring;
}

/**
 * sl_broadcast_destroy() - free a ring that all have let go of
 * @ring: a ring; events that were in it belong to the caller
 */
void sl_broadcast_destroy(struct sl_broadcast *ring)
{
	kvfree(ring);
}

/**
 * sl_broadcast_join() - ask for a place among the readers
 * @ring: ring; only one thread at a time may ask
 *
 * The number that comes back is for one thread, the asking one or that to
 * which it is handed.  Its sl_broadcast_pop_batch() yields nothing until the
 * producer has let it in, and then every event from some batch on.
 *
 * Return: the reader's number, or -ENOSPC if all are in use.
 */
int sl_broadcast_join(struct sl_broadcast *ring)
{
	u32 i;

	for (i = 0; i < ring->readers_max; i++) {
		struct sl_broadcast_reader *reader = &ring->reader[i];
		/*
		 * The last reader's words are ours to write from here on.
		 * Pairs with the release in sl_broadcast_leave().
		 */
		u32 life = smp_load_acquire(&reader->life);

		if (life & 1)
			continue;
		/* Pairs with the acquire in look(). */
		smp_store_release(&reader->life, life + 1);
		return i;
	}
	return -ENOSPC;
}

/**
 * sl_broadcast_leave() - stop reading
 * @ring: ring of the reader
 * @number: the caller's, from sl_broadcast_join(); from now on somebody else's
 *
 * Lets go of all events.  It is all right not to have been let in yet.
 *
 * Return: 0, or -EINVAL if there is no such reader.
 */
int sl_broadcast_leave(struct sl_broadcast *ring, u32 number)
{
	struct sl_broadcast_reader *reader;

	if (number >= ring->readers_max)
		return -EINVAL;
	reader = &ring->reader[number];
	if (!(READ_ONCE(reader->life) & 1))
		return -EINVAL;

	reader->in = false;
	/*
	 * Slots and events were read.  Pairs with the acquires in look() and
	 * sl_broadcast_join().
	 */
	smp_store_release(&reader->life, reader->life + 1);
	return 0;
}

/**
 * sl_broadcast_enter() - begin to read, if the producer has let us in
 * @ring: ring of the reader
 * @number: the caller's, from sl_broadcast_join()
 *
 * Return: whether the reader is in.
 */
bool sl_broadcast_enter(struct sl_broadcast *ring, u32 number)
{
	struct sl_broadcast_reader *reader = &ring->reader[number];
	struct sl_broadcast_gate *gate = &ring->gate[number];

	/*
	 * Slots must not be seen as they were two laps before the start, when
	 * they had the same lap bit.  Pairs with the release in look().
	 */
	if (!(reader->life & 1) ||
	    smp_load_acquire(&gate->life) != reader->life)
		return false;
	reader->next = READ_ONCE(gate->start);
	reader->in = true;
	return true;
}

/*
 * The producer looks at all readers: lets in who asks, forgets who has left,
 * and finds the slowest.  Between two looks a number may have changed hands
 * more than once.  The caller is between two batches.
 */
static void look(struct sl_broadcast *ring)
{
	u64 done = ring->head;
	u32 i;

	for (i = 0; i < ring->readers_max; i++) {
		struct sl_broadcast_reader *reader = &ring->reader[i];
		struct sl_broadcast_gate *gate = &ring->gate[i];
		/* Pairs with sl_broadcast_join() and sl_broadcast_leave(). */
		u32 life = smp_load_acquire(&reader->life);
		u64 tail;

		if (life != gate->life) {
			if (life & 1)
				WRITE_ONCE(gate->start, ring->head);
			/*
			 * What was written into slots goes before it.  Pairs
			 * with sl_broadcast_enter().
			 */
			smp_store_release(&gate->life, life);
		}
		if (!(life & 1))
			continue;
		/* Pairs with the release in sl_broadcast_pop_batch(). */
		tail = smp_load_acquire(&reader->tail);
		/* Until it has popped, its tail is of a former life. */
		done = min(done, max(tail, gate->start));
	}
	WRITE_ONCE(ring->done, done);
	ring->limit = done + ring->slots;
}

/**
 * sl_broadcast_grow() - look how far the readers are
 * @ring: ring of which the caller is the only producer
 *
 * Return: how many slots may be written.
 */
u64 sl_broadcast_grow(struct sl_broadcast *ring)
{
	look(ring);
	if (ring->limit == ring->head)
		WRITE_ONCE(ring->full, ring->full + 1);
	return ring->limit - ring->head;
}

/**
 * sl_broadcast_done() - how many events have all readers left behind
 * @ring: ring of which the caller is the only producer
 *
 * Counts from the ring's beginning, in the order of pushing.  Events of that
 * number or below may be written again, or go home to their bank.  What is
 * pushed while there is no reader is done at once.
 *
 * Return: a number of events, never less than before.
 */
u64 sl_broadcast_done(struct sl_broadcast *ring)
{
	look(ring);
	return ring->done;
}

/**
 * sl_broadcast_used() - how many events a reader has before it
 * @ring: any ring
 * @number: of a reader
 *
 * Racy by design.  Counts what the reader holds, too.  The tail is read
 * first, so the answer may be too high.
 *
 * Return: a number of events between 0 and the ring's size; 0 if there is no
 * such reader, or it is not in yet.
 */
u32 sl_broadcast_used(const struct sl_broadcast *ring, u32 number)
{
	u64 head, tail, start;
	u32 life;

	if (number >= ring->readers_max)
		return 0;
	life = READ_ONCE(ring->reader[number].life);
	/* Pairs with the release in look(). */
	if (!(life & 1) || smp_load_acquire(&ring->gate[number].life) != life)
		return 0;
	/* Pairs with nothing: it only keeps the two loads in this order. */
	tail = smp_load_acquire(&ring->reader[number].tail);
	start = READ_ONCE(ring->gate[number].start);
	tail = max(tail, start);
	head = READ_ONCE(ring->head);
	/* Slots are read before the head that counts them is published. */
	return head <= tail ? 0 : min_t(u64, head - tail, ring->slots);
}
