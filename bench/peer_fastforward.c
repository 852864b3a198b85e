// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * FastForward as published (Giacomoni, Moseley, Vachharajani, PPoPP 2008): an
 * empty slot is NULL, indices are private.
 *
 * In the paper its consumer may slip behind the producer, lest both work on
 * one line: now and then it looks how far the producer is ahead and, if that
 * is too near, waits for as long as the distance grows.  Here that was tried,
 * with distances of two to 32 lines seen by the producer's index and by
 * probing slots, and lost: pauses after a refusal, which every queue gets in
 * a race, make the same distance without a look.
 */
#include <asm/barrier.h>

#include "bench/race_peers.h"

struct fastforward {
	/* The producer's. */
	u64 head SL_RACE_APART;
	/* The consumer's. */
	u64 tail SL_RACE_APART;
	/* Constant. */
	u64 mask SL_RACE_APART;
	u64 slot[] SL_RACE_APART;
};

static void *create(u32 slots)
{
	struct fastforward *queue =
		sl_race_memory(sizeof(*queue) + slots * sizeof(u64));

	if (queue)
		queue->mask = slots - 1;
	return queue;
}

static inline bool push(struct fastforward *queue, u64 item)
{
	u64 *slot = &queue->slot[queue->head & queue->mask];

	/* Pairs with the release in pop(). */
	if (smp_load_acquire(slot))
		return false;
	/* Pairs with the acquire in pop(). */
	smp_store_release(slot, item);
	queue->head++;
	return true;
}

static inline u64 pop(struct fastforward *queue)
{
	u64 *slot = &queue->slot[queue->tail & queue->mask];
	/* Pairs with the release in push(). */
	u64 item = smp_load_acquire(slot);

	if (!item)
		return 0;
	/* Pairs with the acquire in push(). */
	smp_store_release(slot, 0);
	queue->tail++;
	return item;
}

#define RACE_PUSH	push
#define RACE_POP	pop
#include "bench/race_loops.h"

const struct sl_contender sl_race_fastforward = {
	"fastforward", "Giacomoni et al., PPoPP 2008", create, free, NULL, NULL,
	RACE_LOOPS,
};
