// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * B-Queue (Wang, Zhang, Tang, Hua, IJPP 2013): FastForward's empty slots, seen
 * a batch at a time.
 *
 * The producer looks one batch ahead: if that slot is empty, so are all before
 * it.  The consumer looks for a whole batch, and while that is not there for
 * half of it, and so on; the batch it found last is where it begins, a bit
 * higher, the next time.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <asm/barrier.h>

#include "bench/race_peers.h"

/*
 * All three are for the user to choose.  With longer pauses round trips suffer,
 * without any streams do; with larger batches single items, with smaller ones
 * batches.
 */
#define BATCH_MAX		128
#define INCREMENT		8
#define CONGESTION_PAUSES	1

struct bqueue {
	/* The producer's. */
	u64 head SL_RACE_APART;
	u64 batch_head;		/* slots before this one are empty */
	/* The consumer's. */
	u64 tail SL_RACE_APART;
	u64 batch_tail;		/* slots before this one are full */
	u64 batch_history;
	/* Constant. */
	u64 mask SL_RACE_APART;
	u64 batch;
	u64 slot[] SL_RACE_APART;
};

static void *create(u32 slots)
{
	struct bqueue *queue =
		sl_race_memory(sizeof(*queue) + slots * sizeof(u64));

	if (!queue)
		return NULL;
	queue->mask = slots - 1;
	queue->batch = min_t(u64, BATCH_MAX, max_t(u64, slots / 4, 1));
	queue->batch_history = queue->batch;
	return queue;
}

static inline bool look_ahead(struct bqueue *queue)
{
	u64 last = queue->head + queue->batch - 1;

	/* Pairs with the release in pop(). */
	if (smp_load_acquire(&queue->slot[last & queue->mask])) {
		sl_race_pause(CONGESTION_PAUSES);
		return false;
	}
	queue->batch_head = last + 1;
	return true;
}

static inline bool push(struct bqueue *queue, u64 item)
{
	if (queue->head == queue->batch_head && !look_ahead(queue))
		return false;
	/* Pairs with the acquire in backtrack(). */
	smp_store_release(&queue->slot[queue->head & queue->mask], item);
	queue->head++;
	return true;
}

static inline bool backtrack(struct bqueue *queue)
{
	u64 batch = min(queue->batch_history + INCREMENT, queue->batch);
	u64 last = queue->tail + batch - 1;

	/* Pairs with the release in push(). */
	while (!smp_load_acquire(&queue->slot[last & queue->mask])) {
		if (batch == 1)
			return false;
		batch /= 2;
		last = queue->tail + batch - 1;
		sl_race_pause(CONGESTION_PAUSES);
	}
	queue->batch_history = batch;
	queue->batch_tail = last + 1;
	return true;
}

static inline u64 pop(struct bqueue *queue)
{
	u64 *slot = &queue->slot[queue->tail & queue->mask];
	u64 item;

	if (queue->tail == queue->batch_tail && !backtrack(queue))
		return 0;
	/* That it is there, backtrack() has seen. */
	item = READ_ONCE(*slot);
	/* Pairs with the acquire in look_ahead(). */
	smp_store_release(slot, 0);
	queue->tail++;
	return item;
}

#define RACE_PUSH	push
#define RACE_POP	pop
#include "bench/race_loops.h"

const struct sl_contender sl_race_bqueue = {
	"bqueue", "Wang et al., IJPP 2013", create, free, NULL, NULL,
	RACE_LOOPS,
};
