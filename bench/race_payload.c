// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Our ring with a payload: the producer writes two cache lines of each event
 * and the consumer reads them, with and without asking for them in time.
 *
 * There are two consumers.  One only adds up what it reads; a CPU that works
 * out of order then has many events in hand at once, and asks in time all by
 * itself.  The other does what stages do: it looks at what kind of event it
 * has and goes one way or another.  No CPU guesses that, so it waits for the
 * line before it even knows what comes next.
 */
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/prefetch.h>
#include <linux/slab.h>

#include "bench/race_sluice.h"
#include "ring/ring.h"

/* Twice as many as slots, so that none is written while it is read. */
#define EVENTS_PER_SLOT	2

/* Odd: visits every event, in no order that a prefetcher of the CPU guesses. */
#define STRIDE		40503u

#define FETCH_AHEAD	16	/* events: fewer come late, more gain nothing */

struct event {
	u64 number ____cacheline_aligned;
	u32 op;
	u64 value ____cacheline_aligned;
};

struct queue {
	struct sl_ring *ring;
	u32 event_mask;
	struct event event[];
};

static void *create(u32 slots)
{
	u32 events = EVENTS_PER_SLOT * slots;
	struct queue *queue = kvzalloc(sizeof(*queue) +
				       events * sizeof(struct event),
				       GFP_KERNEL);

	if (!queue)
		return NULL;
	queue->event_mask = events - 1;
	queue->ring = sl_ring_create(slots);
	if (!IS_ERR(queue->ring))
		return queue;
	kvfree(queue);
	return NULL;
}

static void destroy(void *arg)
{
	struct queue *queue = arg;

	sl_ring_destroy(queue->ring);
	kvfree(queue);
}

static uint64_t send(void *arg, const struct sl_lap *lap)
{
	struct queue *queue = arg;
	u32 dice = 1;
	u64 i;

	for (i = 1; i <= lap->count; i++) {
		struct event *event =
			&queue->event[i * STRIDE & queue->event_mask];

		dice = dice * 1664525 + 1013904223;
		event->number = i;
		event->op = dice >> 30;
		event->value = ~i;
		while (!sl_ring_push(queue->ring, event))
			sl_race_pause(lap->pause);
	}
	return 0;
}

/* Small jobs that a compiler does not merge into one without branches. */
static inline u64 handle(const struct event *event)
{
	u64 value = event->value;

	switch (event->op) {
	case 0:
		asm("not %0" : "+r"(value));
		return value;
	case 1:
		asm("xor $-1, %0" : "+r"(value));
		return value;
	case 2:
		asm("neg %0\n\tdec %0" : "+r"(value));
		return value;
	default:
		asm("inc %0\n\tneg %0" : "+r"(value));
		return value;
	}
}

static inline __attribute__((__always_inline__)) uint64_t
receive(struct queue *queue, const struct sl_lap *lap, bool choose, bool fetch)
{
	struct event *event, *later;
	u64 wrong = 0, i;

	for (i = 1; i <= lap->count; i++) {
		while (!(event = sl_ring_pop(queue->ring)))
			sl_race_pause(lap->pause);
		if (fetch) {
			later = sl_ring_peek(queue->ring, FETCH_AHEAD);
			if (later) {
				prefetch(&later->number);
				prefetch(&later->value);
			}
		}
		wrong |= event->number ^ i;
		wrong |= (choose ? handle(event) : ~event->value) ^ i;
	}
	return wrong != 0;
}

static uint64_t receive_sum(void *queue, const struct sl_lap *lap)
{
	return receive(queue, lap, false, false);
}

static uint64_t receive_sum_fetched(void *queue, const struct sl_lap *lap)
{
	return receive(queue, lap, false, true);
}

static uint64_t receive_choice(void *queue, const struct sl_lap *lap)
{
	return receive(queue, lap, true, false);
}

static uint64_t receive_choice_fetched(void *queue, const struct sl_lap *lap)
{
	return receive(queue, lap, true, true);
}

#define PAYLOAD(title, how) {						\
	.name = (title), .from = "this repository", .create = create,	\
	.destroy = destroy, .send = send, .receive = (how) }

const struct sl_contender sl_race_sum = PAYLOAD("no prefetch", receive_sum);
const struct sl_contender sl_race_sum_fetched =
	PAYLOAD("sluice", receive_sum_fetched);
const struct sl_contender sl_race_choice =
	PAYLOAD("no prefetch", receive_choice);
const struct sl_contender sl_race_choice_fetched =
	PAYLOAD("sluice", receive_choice_fetched);
