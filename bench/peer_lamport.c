// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Lamport's queue (Specifying Concurrent Program Modules, TOPLAS 1983): each
 * side reads the other's index whenever it wants a slot.
 *
 * It needs no more than acquire and release.  Indices run freely, so that all
 * slots are used, and each has lines of its own.
 */
#include <asm/barrier.h>

#include "bench/race_peers.h"

struct lamport {
	/* Written by the producer alone. */
	u64 head SL_RACE_APART;
	/* Written by the consumer alone. */
	u64 tail SL_RACE_APART;
	/* Constant. */
	u64 mask SL_RACE_APART;
	/* Items, or lines. */
	u64 slot[] SL_RACE_APART;
};

static struct lamport *make(u32 slots, size_t slot_bytes)
{
	struct lamport *queue =
		sl_race_memory(sizeof(*queue) + slots * slot_bytes);

	if (queue)
		queue->mask = slots - 1;
	return queue;
}

static void *create(u32 slots)
{
	return make(slots, sizeof(u64));
}

static void *create_lines(u32 slots)
{
	return make(slots, sizeof(struct sl_race_line));
}

static inline bool push(struct lamport *queue, u64 item)
{
	u64 head = queue->head;

	/* Pairs with the release in pop(). */
	if (head - smp_load_acquire(&queue->tail) > queue->mask)
		return false;
	queue->slot[head & queue->mask] = item;
	/* Publishes the slot; pairs with pop(). */
	smp_store_release(&queue->head, head + 1);
	return true;
}

static inline u64 pop(struct lamport *queue)
{
	u64 tail = queue->tail;
	u64 item;

	/* Pairs with the release in push(). */
	if (tail == smp_load_acquire(&queue->head))
		return 0;
	item = queue->slot[tail & queue->mask];
	/* Frees the slot; pairs with push(). */
	smp_store_release(&queue->tail, tail + 1);
	return item;
}

static inline bool push_line(struct lamport *queue,
			     const struct sl_race_line *line)
{
	struct sl_race_line *slot = (void *)queue->slot;
	u64 head = queue->head;

	/* Pairs with the release in pop_line(). */
	if (head - smp_load_acquire(&queue->tail) > queue->mask)
		return false;
	slot[head & queue->mask] = *line;
	/* Publishes the line; pairs with pop_line(). */
	smp_store_release(&queue->head, head + 1);
	return true;
}

static inline bool pop_line(struct lamport *queue, struct sl_race_line *line)
{
	struct sl_race_line *slot = (void *)queue->slot;
	u64 tail = queue->tail;

	/* Pairs with the release in push_line(). */
	if (tail == smp_load_acquire(&queue->head))
		return false;
	*line = slot[tail & queue->mask];
	/* Frees the slot; pairs with push_line(). */
	smp_store_release(&queue->tail, tail + 1);
	return true;
}

#define RACE_PUSH	push
#define RACE_POP	pop
#define RACE_PUSH_LINE	push_line
#define RACE_POP_LINE	pop_line
#include "bench/race_loops.h"

const struct sl_contender sl_race_lamport = {
	"lamport", "Lamport, TOPLAS 1983", create, free, create_lines, free,
	RACE_LOOPS,
};
