/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A race between queues: two threads on two CPUs pass numbers through a queue,
 * slice by slice, our ring and its peers by turns.
 *
 * A contender is a queue with its loops compiled around it, so that each is
 * inlined as its users would have it; bench/race_loops.h makes the loops.
 * This header is plain C that C++ understands too, for one peer is C++.
 */
#ifndef SL_RACE_H
#define SL_RACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SL_RACE_BATCH_MAX	64

/* A message of one cache line; word 0 is never 0. */
struct sl_race_line {
	uint64_t word[8];
} __attribute__((__aligned__(64)));

/* One slice, as both threads see it. */
struct sl_lap {
	uint64_t count;		/* items to pass, numbered from 1 */
	uint32_t batch;		/* items at a time; 1: one by one */
	uint32_t pause;		/* back-off: pauses after a refusal */
};

/*
 * Each loop passes lap->count items and returns how many were not what they
 * had to be; loops that a queue does not have are NULL.
 */
struct sl_contender {
	const char *name;
	const char *from;	/* where it comes from, for people */
	void *(*create)(uint32_t slots);
	void (*destroy)(void *queue);
	/* A queue of lines by value, if it is not the same. */
	void *(*create_lines)(uint32_t slots);
	void (*destroy_lines)(void *queue);
	uint64_t (*send)(void *queue, const struct sl_lap *lap);
	uint64_t (*receive)(void *queue, const struct sl_lap *lap);
	uint64_t (*send_batch)(void *queue, const struct sl_lap *lap);
	uint64_t (*receive_batch)(void *queue, const struct sl_lap *lap);
	uint64_t (*send_line)(void *queue, const struct sl_lap *lap);
	uint64_t (*receive_line)(void *queue, const struct sl_lap *lap);
	/* Round trips over two queues. */
	uint64_t (*ping)(void *there, void *back, const struct sl_lap *lap);
	uint64_t (*pong)(void *there, void *back, const struct sl_lap *lap);
};

static inline void sl_race_pause(uint32_t times)
{
	while (times--)
		__builtin_ia32_pause();
}

/* Messages say their number in each word, so that a torn one shows. */
static inline void sl_race_fill(struct sl_race_line *line, uint64_t number)
{
	int i;

	for (i = 0; i < 8; i++)
		line->word[i] = number;
}

static inline uint64_t sl_race_wrong(const struct sl_race_line *line,
				     uint64_t number)
{
	uint64_t difference = 0;
	int i;

	for (i = 0; i < 8; i++)
		difference |= line->word[i] ^ number;
	return difference != 0;
}

#ifdef __cplusplus
}
#endif

#endif /* SL_RACE_H */
