// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sim/own.h"

/* 32 buckets for each doubling. */
static u32 bucket_of(double ns)
{
	u64 n = ns < 1 ? 1 : ns > 1e15 ? 1e15 : ns;
	u32 shift;

	if (n < 32)
		return n;
	shift = 63 - __builtin_clzll(n) - 5;
	return (shift + 1) * 32 + (n >> shift) - 32;
}

static double middle_of(u32 bucket)
{
	u32 shift = bucket / 32;

	if (!shift)
		return bucket;
	return ((bucket % 32 + 32) + 0.5) * (1ull << (shift - 1));
}

void sl_sim_histogram_add(struct histogram *h, double ns)
{
	h->count++;
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
	h->bucket[bucket_of(ns)]++;
}

/* The time below which this share of all lies; 0 of nothing. */
double sl_sim_histogram_share(const struct histogram *h, double share)
{
	u64 wanted = share * h->count, sum = 0;
	u32 i;

	if (!h->count)
		return 0;
	for (i = 0; i < BUCKETS; i++) {
		sum += h->bucket[i];
		if (sum > wanted)
			return middle_of(i) < h->max ? middle_of(i) : h->max;
	}
	return h->max;
}
