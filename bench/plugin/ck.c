// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * ck_ring of Concurrency Kit, with its functions for one producer and one
 * consumer.  It has no batches; lines are of its typed kind, by value.
 */
#include <ck_ring.h>
#include <stdlib.h>
#include <string.h>

#include "bench/race.h"

CK_RING_PROTOTYPE(line, sl_race_line)

#define APART	__attribute__((__aligned__(128)))

struct queue {
	struct ck_ring ring APART;
	/* Items, or lines. */
	char slot[] APART;
};

extern const struct sl_contender sl_race_contender;

static void *make(uint32_t slots, size_t slot_bytes)
{
	size_t bytes = sizeof(struct queue) + slots * slot_bytes;
	struct queue *queue;

	if (posix_memalign((void **)&queue, 128, bytes))
		return NULL;
	memset(queue, 0, bytes);
	ck_ring_init(&queue->ring, slots);
	return queue;
}

static void *create(uint32_t slots)
{
	return make(slots, sizeof(struct ck_ring_buffer));
}

static void *create_lines(uint32_t slots)
{
	return make(slots, sizeof(struct sl_race_line));
}

static inline bool push(struct queue *queue, uint64_t item)
{
	return ck_ring_enqueue_spsc(&queue->ring, (void *)queue->slot,
				    (void *)item);
}

static inline uint64_t pop(struct queue *queue)
{
	void *item;

	return ck_ring_dequeue_spsc(&queue->ring, (void *)queue->slot, &item) ?
		       (uint64_t)item : 0;
}

static inline bool push_line(struct queue *queue, struct sl_race_line *line)
{
	return ck_ring_enqueue_spsc_line(&queue->ring, (void *)queue->slot,
					 line);
}

static inline bool pop_line(struct queue *queue, struct sl_race_line *line)
{
	return ck_ring_dequeue_spsc_line(&queue->ring, (void *)queue->slot,
					 line);
}

#define RACE_PUSH	push
#define RACE_POP	pop
#define RACE_PUSH_LINE	push_line
#define RACE_POP_LINE	pop_line
#include "bench/race_loops.h"

const struct sl_contender sl_race_contender = {
	"ck_ring", "Concurrency Kit, libck-dev", create, free, create_lines,
	free, RACE_LOOPS,
};
