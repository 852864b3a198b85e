// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * boost::lockfree::spsc_queue, its size given at run time, as here all have
 * it; with its own push and pop of several.
 */
#include <boost/lockfree/spsc_queue.hpp>
#include <new>

#include "bench/race.h"

typedef boost::lockfree::spsc_queue<uint64_t> item_queue;
typedef boost::lockfree::spsc_queue<sl_race_line> line_queue;

extern "C" {
extern const struct sl_contender sl_race_contender;
}

template <class queue> static void *create(uint32_t slots)
{
	try {
		return new queue(slots);
	} catch (const std::bad_alloc &) {
		return NULL;
	}
}

template <class queue> static void destroy(void *it)
{
	delete static_cast<queue *>(it);
}

static inline bool push(void *queue, uint64_t item)
{
	return static_cast<item_queue *>(queue)->push(item);
}

static inline uint64_t pop(void *queue)
{
	uint64_t item;

	return static_cast<item_queue *>(queue)->pop(item) ? item : 0;
}

static inline uint32_t push_batch(void *queue, const uint64_t *item,
				  uint32_t count)
{
	return static_cast<item_queue *>(queue)->push(item, count);
}

static inline uint32_t pop_batch(void *queue, uint64_t *item, uint32_t count)
{
	return static_cast<item_queue *>(queue)->pop(item, count);
}

static inline bool push_line(void *queue, const sl_race_line *line)
{
	return static_cast<line_queue *>(queue)->push(*line);
}

static inline bool pop_line(void *queue, sl_race_line *line)
{
	return static_cast<line_queue *>(queue)->pop(*line);
}

#define RACE_PUSH	push
#define RACE_POP	pop
#define RACE_PUSH_BATCH	push_batch
#define RACE_POP_BATCH	pop_batch
#define RACE_PUSH_LINE	push_line
#define RACE_POP_LINE	pop_line
#include "bench/race_loops.h"

const struct sl_contender sl_race_contender = {
	"boost", "boost::lockfree::spsc_queue, libboost-dev",
	create<item_queue>, destroy<item_queue>, create<line_queue>,
	destroy<line_queue>, RACE_LOOPS,
};
