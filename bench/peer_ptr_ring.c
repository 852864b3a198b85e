// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What Linux has in <linux/ptr_ring.h>, without its locks, which one producer
 * and one consumer do not need; written after its description.
 *
 * An empty slot is NULL.  The consumer clears slots only when it has taken two
 * lines of them, and from the last to the first: when the producer finds its
 * slot empty, it can fill two lines without meeting the consumer.
 */
#include <linux/compiler.h>
#include <asm/barrier.h>

#include "bench/race_peers.h"

#define BATCH	(2 * L1_CACHE_BYTES / sizeof(u64))

struct ptr_ring {
	/* The producer's. */
	u32 producer SL_RACE_APART;
	/* The consumer's. */
	u32 consumer_head SL_RACE_APART;	/* next to take */
	u32 consumer_tail;			/* next to clear */
	/* Constant. */
	u32 size SL_RACE_APART;
	u32 batch;
	u64 slot[] SL_RACE_APART;
};

static void *create(u32 slots)
{
	struct ptr_ring *ring =
		sl_race_memory(sizeof(*ring) + slots * sizeof(u64));

	if (!ring)
		return NULL;
	ring->size = slots;
	ring->batch = BATCH <= slots / 2 ? BATCH : 1;
	return ring;
}

static inline bool produce(struct ptr_ring *ring, u64 item)
{
	u64 *slot = &ring->slot[ring->producer];

	/* Pairs with the release in clear(). */
	if (unlikely(smp_load_acquire(slot)))
		return false;
	/* Pairs with the acquire in consume(). */
	smp_store_release(slot, item);
	if (unlikely(++ring->producer >= ring->size))
		ring->producer = 0;
	return true;
}

static inline void clear(struct ptr_ring *ring, u32 head)
{
	while (head-- > ring->consumer_tail)
		/* Pairs with the acquire in produce(). */
		smp_store_release(&ring->slot[head], 0);
}

static inline u64 consume(struct ptr_ring *ring)
{
	u32 head = ring->consumer_head;
	/* Pairs with the release in produce(). */
	u64 item = smp_load_acquire(&ring->slot[head]);

	if (!item)
		return 0;
	head++;
	if (unlikely(head - ring->consumer_tail >= ring->batch ||
		     head >= ring->size)) {
		clear(ring, head);
		ring->consumer_tail = head;
	}
	if (unlikely(head >= ring->size)) {
		head = 0;
		ring->consumer_tail = 0;
	}
	ring->consumer_head = head;
	return item;
}

static inline u32 consume_batched(struct ptr_ring *ring, u64 *item, u32 count)
{
	u32 i;

	for (i = 0; i < count && (item[i] = consume(ring)); i++)
		;
	return i;
}

#define RACE_PUSH	produce
#define RACE_POP	consume
#define RACE_POP_BATCH	consume_batched
#include "bench/race_loops.h"

const struct sl_contender sl_race_ptr_ring = {
	"ptr_ring", "Linux, without locks", create, free, NULL, NULL,
	RACE_LOOPS,
};
