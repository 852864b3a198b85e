// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Taking and giving back: a bank, malloc(), and free lists under a mutex or
 * without one.
 *
 * On one core, 32 pieces are taken and given back.  Between two, one core
 * takes them and hands them over a ring, and the other gives them back, which
 * is what happens to events whose way ends elsewhere.  The first word of a
 * piece is written by whoever has it.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cache.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>

/* A sanitizer does not understand its instructions. */
#if defined(__SANITIZE_THREAD__)
#define HAS_CK	0
#elif defined(__has_feature)
#define HAS_CK	(__has_include(<ck_stack.h>) && !__has_feature(thread_sanitizer))
#else
#define HAS_CK	__has_include(<ck_stack.h>)
#endif
#if HAS_CK
#include <ck_stack.h>
#endif

#include "bench/bank.h"
#include "bench/race.h"
#include "membank/bank.h"

#define PIECES		1024
#define PIECE_BYTES	2048
#define TOGETHER	32
#define COUNT		51200	/* taken and given in a slice */

struct stock {
	const char *name;
	int (*open)(void);
	void *(*take)(void);
	void (*give)(u32 core, void *piece);
	void (*close)(void);
};

static struct sl_region *region;
static struct sl_bank bank;

static int open_region(void)
{
	region = sl_region_create("bench", true, -1);
	return IS_ERR(region) ? PTR_ERR(region) : 0;
}

static void close_region(void)
{
	sl_region_destroy(region);
}

static int bank_open(void)
{
	int err = open_region();

	if (!err)
		err = sl_bank_open(&bank, region, 0, PIECES, PIECE_BYTES);
	if (!err)
		err = sl_bank_join(&bank, 1);
	return err;
}

static void *bank_take(void)
{
	return sl_bank_take(&bank);
}

static void bank_give(u32 core, void *piece)
{
	sl_bank_give(&bank, core, piece);
}

static void bank_close(void)
{
	sl_bank_close(&bank);
	close_region();
}

static int malloc_open(void)
{
	return 0;
}

static void *malloc_take(void)
{
	return malloc(PIECE_BYTES);
}

static void malloc_give(u32 core, void *piece)
{
	(void)core;
	free(piece);
}

static void malloc_close(void)
{
}

/* As many pieces as the bank has, in a list of whoever comes. */
struct piece {
	struct piece *next;
};

static struct {
	pthread_mutex_t mutex;
	struct piece *first;
} list ____cacheline_aligned = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void mutex_give(u32 core, void *piece)
{
	struct piece *p = piece;

	(void)core;
	pthread_mutex_lock(&list.mutex);
	p->next = list.first;
	list.first = p;
	pthread_mutex_unlock(&list.mutex);
}

static void *mutex_take(void)
{
	struct piece *piece;

	pthread_mutex_lock(&list.mutex);
	piece = list.first;
	if (piece)
		list.first = piece->next;
	pthread_mutex_unlock(&list.mutex);
	return piece;
}

static int open_pieces(void (*give)(u32 core, void *piece))
{
	int err = open_region();
	u8 *memory;
	u32 i;

	if (err)
		return err;
	memory = sl_region_carve(region, (size_t)PIECES * PIECE_BYTES);
	if (!memory)
		return -ENOMEM;
	for (i = 0; i < PIECES; i++)
		give(0, memory + (size_t)i * PIECE_BYTES);
	return 0;
}

static int mutex_open(void)
{
	list.first = NULL;
	return open_pieces(mutex_give);
}

#if HAS_CK
/* Concurrency Kit's stack: many push, many pop, no lock. */
static ck_stack_t stack CK_CC_CACHELINE = CK_STACK_INITIALIZER;

static void ck_give(u32 core, void *piece)
{
	(void)core;
	ck_stack_push_upmc(&stack, piece);
}

static void *ck_take(void)
{
	return ck_stack_pop_upmc(&stack);
}

static int ck_open(void)
{
	ck_stack_init(&stack);
	return open_pieces(ck_give);
}
#endif

static const struct stock stocks[] = {
	{ "bank", bank_open, bank_take, bank_give, bank_close },
	{ "malloc", malloc_open, malloc_take, malloc_give, malloc_close },
	{ "mutex", mutex_open, mutex_take, mutex_give, close_region },
#if HAS_CK
	{ "ck_stack", ck_open, ck_take, ck_give, close_region },
#endif
};

static const struct stock *stock;
static struct sl_ring *ring;

const char *sl_stock_name(u32 number)
{
	return number < ARRAY_SIZE(stocks) ? stocks[number].name : NULL;
}

static void *must_take(void)
{
	void *piece;

	while (!(piece = stock->take()))
		sl_race_pause(1);
	return piece;
}

static u64 take_and_give(void *arg)
{
	void *piece[TOGETHER];
	u32 i, j;

	for (i = 0; i < COUNT; i += TOGETHER) {
		for (j = 0; j < TOGETHER; j++) {
			piece[j] = must_take();
			*(u64 *)piece[j] = i;
		}
		while (j--)
			stock->give(0, piece[j]);
	}
	return arg != NULL;
}

static u64 do_nothing(void *arg)
{
	return arg != NULL;
}

static u64 take(void *arg)
{
	void *piece[TOGETHER];
	u32 i, j;

	for (i = 0; i < COUNT; i += TOGETHER) {
		for (j = 0; j < TOGETHER; j++) {
			piece[j] = must_take();
			((u64 *)piece[j])[1] = i + j;
		}
		for (j = 0; j < TOGETHER;) {
			u32 n = sl_ring_push_batch(ring, piece + j,
						   TOGETHER - j);

			if (!n)
				sl_race_pause(1);
			j += n;
		}
	}
	return arg != NULL;
}

static u64 give(void *arg)
{
	void *piece[TOGETHER];
	u64 wrong = 0;
	u32 i, j, n;

	for (i = 0; i < COUNT; i += n) {
		n = sl_ring_pop_batch(ring, piece, TOGETHER);
		for (j = 0; j < n; j++) {
			wrong += ((u64 *)piece[j])[1] != i + j;
			stock->give(1, piece[j]);
		}
		if (!n)
			sl_race_pause(1);
	}
	return wrong + (arg != NULL);
}

/**
 * sl_stock_measure() - time to take a piece and to give it back
 * @number: which stock
 * @cross: another core gives it back
 * @state: set to where the two cores were
 *
 * Return: nanoseconds, or NAN if the slice was disturbed.
 */
double sl_stock_measure(u32 number, bool cross, int *state)
{
	struct sl_slice slice;
	int i;

	stock = &stocks[number];
	ring = sl_ring_create(PIECES);
	if (IS_ERR(ring))
		return NAN;
	if (stock->open()) {
		sl_ring_destroy(ring);
		return NAN;
	}
	/* Once before it counts, which touches all of the memory. */
	for (i = 0; i < 2; i++)
		sl_slice_run(&slice, cross ? take : take_and_give,
			     cross ? give : do_nothing, NULL);
	stock->close();
	sl_ring_destroy(ring);
	*state = cross ? (int)slice.where : SL_BENCH_ONE;
	if (slice.wrong || slice.preempted || (cross && !slice.steady))
		return slice.wrong ? INFINITY : NAN;
	return slice.ns / COUNT;
}
