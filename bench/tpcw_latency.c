// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_latency.h"

#define PARTS (1u << SL_TPCW_LATENCY_PART_BITS)

/* Buckets 0 to PARTS - 1 hold one value each, then PARTS for a doubling. */
static u32 bucket_of(u64 ns)
{
	u32 shift;

	if (ns < PARTS)
		return ns;
	if (ns >> SL_TPCW_LATENCY_NS_BITS)
		return SL_TPCW_LATENCY_BUCKETS - 1;
	shift = 63 - __builtin_clzll(ns) - SL_TPCW_LATENCY_PART_BITS;
	return (shift << SL_TPCW_LATENCY_PART_BITS) + (ns >> shift);
}

static u64 middle_of(u32 bucket)
{
	u32 shift;

	if (bucket < 2 * PARTS)
		return bucket;
	shift = (bucket >> SL_TPCW_LATENCY_PART_BITS) - 1;
	return ((u64)(bucket % PARTS + PARTS) << shift) + (1ull << shift) / 2;
}

void sl_tpcw_latency_add(struct sl_tpcw_latency *latency, u64 ns)
{
	latency->bucket[bucket_of(ns)]++;
	latency->count++;
}

u64 sl_tpcw_latency_quantile(const struct sl_tpcw_latency *latency,
			     double share)
{
	u64 left = share * latency->count;
	u32 i;

	if (!latency->count)
		return 0;
	if (left >= latency->count)
		left = latency->count - 1;
	for (i = 0; left >= latency->bucket[i]; i++)
		left -= latency->bucket[i];
	return middle_of(i);
}
