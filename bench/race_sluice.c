// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Our rings in the race; race_scalar.c compiles this once more. */
#include <stdlib.h>

#include <linux/err.h>
#include <linux/slab.h>

#include "bench/race_sluice.h"
#include "ring/line_ring.h"
#include "ring/ring.h"

#ifndef RACE_CONTENDER
#define RACE_CONTENDER	sl_race_sluice
#define RACE_NAME	"sluice"
#endif

/* A line ring, both sides of it, for the threads of one process. */
struct lines {
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	struct sl_line line[];
};

static void *create(u32 slots)
{
	struct sl_ring *ring = sl_ring_create(slots);

	return IS_ERR(ring) ? NULL : ring;
}

static void destroy(void *ring)
{
	sl_ring_destroy(ring);
}

static void *create_lines(u32 slots)
{
	struct lines *lines = kvzalloc(sizeof(*lines) + sl_line_bytes(slots),
				       GFP_KERNEL);

	if (!lines)
		return NULL;
	if (sl_line_tx_open(&lines->tx, lines->line, slots) ||
	    sl_line_rx_open(&lines->rx, lines->line, slots)) {
		kvfree(lines);
		return NULL;
	}
	return lines;
}

static void destroy_lines(void *lines)
{
	kvfree(lines);
}

#define RACE_PUSH(queue, item)	sl_ring_push(queue, (void *)(item))
#define RACE_POP(queue)		sl_ring_pop(queue)
#define RACE_PUSH_BATCH(queue, item, count) \
	sl_ring_push_batch(queue, (void *const *)(item), count)
#define RACE_POP_BATCH(queue, item, count) \
	sl_ring_pop_batch(queue, (void **)(item), count)
#define RACE_PUSH_LINE(queue, message) \
	sl_line_push(&((struct lines *)(queue))->tx, (void *)(message))
#define RACE_POP_LINE(queue, message) \
	sl_line_pop(&((struct lines *)(queue))->rx, (void *)(message))

#include "bench/race_loops.h"

const struct sl_contender RACE_CONTENDER = {
	RACE_NAME, "this repository", create,	 destroy, create_lines,
	destroy_lines, RACE_LOOPS
};
