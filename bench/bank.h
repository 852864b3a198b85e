/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Within sluice bench bank:
 *
 *   bank.c        what is measured when, and how it is told
 *   bank_give.c   taking and giving, beside malloc() and free lists
 *   bank_cross.c  handing a payload over: by pointer, copied, flipped
 *   bank_flip.c   ways to have pages change places
 *   bank_key.c    what it costs to change the keys of a core
 *
 * Everything is measured in slices (bench/slice.h); a function that measures
 * one returns nanoseconds, or NAN if the slice is not to be counted.
 */
#ifndef SL_BENCH_BANK_H
#define SL_BENCH_BANK_H

#include <math.h>

#include <linux/types.h>

#include "bench/median.h"
#include "bench/slice.h"

/* Where the two ends of a hand-over are. */
enum sl_bench_state { SL_BENCH_NEAR, SL_BENCH_FAR, SL_BENCH_ONE, SL_BENCH_STATES };

/* Values of rounds, by state. */
struct sl_series {
	int count[SL_BENCH_STATES];
	double ns[SL_BENCH_STATES][SL_MEDIAN_MAX];
};

static inline void sl_series_add(struct sl_series *series, int state, double ns)
{
	int count = series->count[state];

	if (isnan(ns) || count == SL_MEDIAN_MAX)
		return;
	series->ns[state][count] = ns;
	series->count[state] = count + 1;
}

static inline double sl_series_median(const struct sl_series *series, int state)
{
	return sl_median(series->ns[state], series->count[state]);
}

/* bank_give.c: one way to have a stock of equal-sized pieces. */
#define SL_STOCKS_MAX	4

const char *sl_stock_name(u32 stock);	/* NULL behind the last one */
double sl_stock_measure(u32 stock, bool cross, int *state);

/* bank_cross.c */
enum sl_cross { SL_CROSS_PASS, SL_CROSS_COPY, SL_CROSS_FLIP, SL_CROSSES = 5 };

#define SL_CROSS_BYTES_MAX	(2u << 20)

int sl_cross_open(void);
void sl_cross_close(void);
const char *sl_cross_name(u32 cross);
bool sl_cross_fits(u32 cross, u32 bytes);
double sl_cross_measure(u32 cross, u32 bytes, bool one, int *state);

/* bank_flip.c */
struct sl_flipper {
	const char *name;
	/* Two pieces of memory, whose pages can change places, or an errno. */
	int (*open)(size_t bytes, u8 **to, u8 **from);
	/* Mends what flips have done to mappings; NULL: nothing. */
	bool (*mend)(void);
	/* Returns whether it worked. */
	bool (*flip)(u8 *to, u8 *from, size_t bytes);
	void (*close)(void);
};

extern const struct sl_flipper sl_flippers[SL_CROSSES - SL_CROSS_FLIP];

/* bank_key.c */
bool sl_key_open(void);
void sl_key_close(void);
double sl_key_switch(void);
double sl_key_chain(bool isolate);

#endif /* SL_BENCH_BANK_H */
