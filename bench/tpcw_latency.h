/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_LATENCY_H
#define BENCH_TPCW_LATENCY_H

/*
 * How long things took: a histogram whose buckets grow with what they hold.
 *
 * A doubling is divided into 64 buckets, so that a quantile is off by at most
 * 0.8 %.  Recording is a shift and an increment.
 */
#include <linux/types.h>

#define SL_TPCW_LATENCY_PART_BITS 6
/* The last bucket holds all that took more than 18 minutes. */
#define SL_TPCW_LATENCY_NS_BITS	  40
#define SL_TPCW_LATENCY_BUCKETS                                       \
	((SL_TPCW_LATENCY_NS_BITS - SL_TPCW_LATENCY_PART_BITS + 1) << \
	 SL_TPCW_LATENCY_PART_BITS)

/**
 * struct sl_tpcw_latency - a histogram; all zero is an empty one
 * @count: times recorded
 * @bucket: how many of them in each bucket
 */
struct sl_tpcw_latency {
	u64 count;
	u32 bucket[SL_TPCW_LATENCY_BUCKETS];
};

/* Records one time. */
void sl_tpcw_latency_add(struct sl_tpcw_latency *latency, u64 ns);

/**
 * sl_tpcw_latency_quantile() - the time that a share of all did not exceed
 * @latency: histogram
 * @share: 0.5 for the median
 *
 * Return: nanoseconds, 0 for an empty histogram.
 */
u64 sl_tpcw_latency_quantile(const struct sl_tpcw_latency *latency,
			     double share);

#endif
