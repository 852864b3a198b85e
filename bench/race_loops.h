/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The loops of a contender, made around its own inline functions.  Before it
 * is included, a file defines for its queue
 *
 *	RACE_PUSH(queue, item)		false if it is full
 *	RACE_POP(queue)			an item, or 0 if it is empty
 *
 * and, where the queue has them (loops of single ones stand in otherwise),
 *
 *	RACE_PUSH_BATCH(queue, items, count)	how many went in
 *	RACE_POP_BATCH(queue, items, count)	how many came out
 *	RACE_PUSH_LINE(queue, line)	of a queue of lines; false if full
 *	RACE_POP_LINE(queue, line)	false if empty
 *
 * Items are uint64_t and never 0.  Every one is checked.
 */
#include "bench/race.h"

static uint64_t race_send(void *queue, const struct sl_lap *lap)
{
	uint64_t count = lap->count, i;
	uint32_t pause = lap->pause;

	for (i = 1; i <= count; i++)
		while (!RACE_PUSH(queue, i))
			sl_race_pause(pause);
	return 0;
}

static uint64_t race_receive(void *queue, const struct sl_lap *lap)
{
	uint64_t count = lap->count, wrong = 0, item, i;
	uint32_t pause = lap->pause;

	for (i = 1; i <= count; i++) {
		while (!(item = (uint64_t)RACE_POP(queue)))
			sl_race_pause(pause);
		wrong += item != i;
	}
	return wrong;
}

#ifndef RACE_PUSH_BATCH
static inline uint32_t race_push_each(void *queue, const uint64_t *item,
				      uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count && RACE_PUSH(queue, item[i]); i++)
		;
	return i;
}
#define RACE_PUSH_BATCH race_push_each
#endif

#ifndef RACE_POP_BATCH
static inline uint32_t race_pop_each(void *queue, uint64_t *item,
				     uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count && (item[i] = (uint64_t)RACE_POP(queue)); i++)
		;
	return i;
}
#define RACE_POP_BATCH race_pop_each
#endif

/* Of a known size each, so that a small batch may be unrolled. */
static inline __attribute__((__always_inline__)) uint64_t
race_send_by(void *queue, const struct sl_lap *lap, uint32_t batch)
{
	uint64_t item[SL_RACE_BATCH_MAX] __attribute__((__aligned__(64)));
	uint64_t count = lap->count, i = 1;
	uint32_t pause = lap->pause, done, n, j;

	while (i <= count) {
		n = count - i + 1 < batch ? count - i + 1 : batch;
		for (j = 0; j < n; j++)
			item[j] = i + j;
		for (done = 0; done < n;) {
			j = RACE_PUSH_BATCH(queue, item + done, n - done);
			if (!j)
				sl_race_pause(pause);
			done += j;
		}
		i += n;
	}
	return 0;
}

static inline __attribute__((__always_inline__)) uint64_t
race_receive_by(void *queue, const struct sl_lap *lap, uint32_t batch)
{
	uint64_t item[SL_RACE_BATCH_MAX] __attribute__((__aligned__(64)));
	uint64_t count = lap->count, wrong = 0, i = 1;
	uint32_t pause = lap->pause, n, j;

	while (i <= count) {
		uint64_t differs = 0;

		n = RACE_POP_BATCH(queue, item, batch);
		if (!n)
			sl_race_pause(pause);
		for (j = 0; j < n; j++)
			differs |= item[j] ^ (i + j);
		wrong |= differs;
		i += n;
	}
	return wrong != 0;
}

static uint64_t race_send_batch(void *queue, const struct sl_lap *lap)
{
	if (lap->batch == 8)
		return race_send_by(queue, lap, 8);
	if (lap->batch == 32)
		return race_send_by(queue, lap, 32);
	return race_send_by(queue, lap, lap->batch);
}

static uint64_t race_receive_batch(void *queue, const struct sl_lap *lap)
{
	if (lap->batch == 8)
		return race_receive_by(queue, lap, 8);
	if (lap->batch == 32)
		return race_receive_by(queue, lap, 32);
	return race_receive_by(queue, lap, lap->batch);
}

#ifdef RACE_PUSH_LINE
static uint64_t race_send_line(void *queue, const struct sl_lap *lap)
{
	uint64_t count = lap->count, i;
	uint32_t pause = lap->pause;
	struct sl_race_line line;

	for (i = 1; i <= count; i++) {
		sl_race_fill(&line, i);
		while (!RACE_PUSH_LINE(queue, &line))
			sl_race_pause(pause);
	}
	return 0;
}

static uint64_t race_receive_line(void *queue, const struct sl_lap *lap)
{
	uint64_t count = lap->count, wrong = 0, i;
	uint32_t pause = lap->pause;
	struct sl_race_line line;

	for (i = 1; i <= count; i++) {
		while (!RACE_POP_LINE(queue, &line))
			sl_race_pause(pause);
		wrong += sl_race_wrong(&line, i);
	}
	return wrong;
}
#define RACE_LINE_LOOPS	race_send_line, race_receive_line
#else
#define RACE_LINE_LOOPS	0, 0
#endif

static uint64_t race_ping(void *there, void *back, const struct sl_lap *lap)
{
	uint64_t count = lap->count, wrong = 0, item, i;
	uint32_t pause = lap->pause;

	for (i = 1; i <= count; i++) {
		while (!RACE_PUSH(there, i))
			sl_race_pause(pause);
		while (!(item = (uint64_t)RACE_POP(back)))
			sl_race_pause(pause);
		wrong += item != i;
	}
	return wrong;
}

static uint64_t race_pong(void *there, void *back, const struct sl_lap *lap)
{
	uint64_t count = lap->count, item, i;
	uint32_t pause = lap->pause;

	for (i = 1; i <= count; i++) {
		while (!(item = (uint64_t)RACE_POP(there)))
			sl_race_pause(pause);
		while (!RACE_PUSH(back, item))
			sl_race_pause(pause);
	}
	return 0;
}

/* In the order of struct sl_contender, from send on. */
#define RACE_LOOPS							\
	race_send, race_receive, race_send_batch, race_receive_batch,	\
	RACE_LINE_LOOPS, race_ping, race_pong
