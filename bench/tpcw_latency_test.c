// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that quantiles are good to 1 % over the whole range, against the
 * sorted times themselves, and that the ends of the range hold.
 */
#include <math.h>

#include "bench/tpcw_dice.h"
#include "bench/tpcw_latency.h"
#include "tools/test.h"

#define TIMES 20000

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void test_quantiles(double decades, u64 seed)
{
	static struct sl_tpcw_latency latency;
	static u64 time[TIMES];
	static const double shares[] = { 0, 0.01, 0.5, 0.9, 0.99, 0.9999 };
	struct sl_tpcw_dice dice;
	u32 i;

	memset(&latency, 0, sizeof(latency));
	sl_dice_seed(&dice, seed, 0, 0);
	for (i = 0; i < TIMES; i++) {
		time[i] = pow(10, decades * sl_dice_fraction(&dice));
		sl_tpcw_latency_add(&latency, time[i]);
	}
	qsort(time, TIMES, sizeof(time[0]), compare);
	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		double want = time[(u32)(shares[i] * TIMES)];
		double got = sl_tpcw_latency_quantile(&latency, shares[i]);

		CHECK(fabs(got - want) <= 0.01 * want);
	}
}

static void test_ends(void)
{
	static struct sl_tpcw_latency latency;
	u32 bits;

	CHECK_EQ(sl_tpcw_latency_quantile(&latency, 0.5), 0);
	for (bits = 0; bits < 64; bits++) {
		u64 ns = 1ull << bits, got, most = 1ull << 40;

		memset(&latency, 0, sizeof(latency));
		sl_tpcw_latency_add(&latency, ns);
		got = sl_tpcw_latency_quantile(&latency, 1);
		if (ns > most)
			ns = most;
		CHECK(got >= ns - ns / 64 && got <= ns + ns / 64);
	}
	memset(&latency, 0, sizeof(latency));
	sl_tpcw_latency_add(&latency, 0);
	sl_tpcw_latency_add(&latency, ~0ull);
	CHECK_EQ(sl_tpcw_latency_quantile(&latency, 0), 0);
	CHECK_EQ(latency.count, 2);
}

int main(void)
{
	test_quantiles(12, 1);
	test_quantiles(7, 2);
	test_quantiles(2, 3);
	test_ends();
	TEST_END();
}
