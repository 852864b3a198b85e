// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * rte_ring of DPDK, for one producer and one consumer, in memory of our own:
 * so it needs nothing of DPDK's environment to be set up.
 */
#include <rte_ring.h>
#include <stdlib.h>
#include <string.h>

#include "bench/race.h"

extern const struct sl_contender sl_race_contender;

static void *make(uint32_t slots, uint32_t slot_bytes)
{
	ssize_t bytes = rte_ring_get_memsize_elem(slot_bytes, slots);
	void *ring;

	if (bytes < 0 || posix_memalign(&ring, 128, bytes))
		return NULL;
	memset(ring, 0, bytes);
	if (rte_ring_init(ring, "race", slots,
			  RING_F_SP_ENQ | RING_F_SC_DEQ)) {
		free(ring);
		return NULL;
	}
	return ring;
}

static void *create(uint32_t slots)
{
	return make(slots, sizeof(void *));
}

static void *create_lines(uint32_t slots)
{
	return make(slots, sizeof(struct sl_race_line));
}

static inline bool push(struct rte_ring *ring, uint64_t item)
{
	return !rte_ring_sp_enqueue(ring, (void *)item);
}

static inline uint64_t pop(struct rte_ring *ring)
{
	void *item;

	return rte_ring_sc_dequeue(ring, &item) ? 0 : (uint64_t)item;
}

static inline uint32_t push_batch(struct rte_ring *ring, const uint64_t *item,
				  uint32_t count)
{
	return rte_ring_sp_enqueue_burst(ring, (void *const *)item, count,
					 NULL);
}

static inline uint32_t pop_batch(struct rte_ring *ring, uint64_t *item,
				 uint32_t count)
{
	return rte_ring_sc_dequeue_burst(ring, (void **)item, count, NULL);
}

static inline bool push_line(struct rte_ring *ring, struct sl_race_line *line)
{
	return !rte_ring_sp_enqueue_elem(ring, line, sizeof(*line));
}

static inline bool pop_line(struct rte_ring *ring, struct sl_race_line *line)
{
	return !rte_ring_sc_dequeue_elem(ring, line, sizeof(*line));
}

#define RACE_PUSH	push
#define RACE_POP	pop
#define RACE_PUSH_BATCH	push_batch
#define RACE_POP_BATCH	pop_batch
#define RACE_PUSH_LINE	push_line
#define RACE_POP_LINE	pop_line
#include "bench/race_loops.h"

const struct sl_contender sl_race_contender = {
	"rte_ring", "DPDK, libdpdk-dev", create, free, create_lines, free,
	RACE_LOOPS,
};
