// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the three mixes give TPC-W's shares: the stationary
 * distribution of each table, by power iteration, lies within 0.01 of a
 * point of the published one; and that draws follow the tables.
 */
#include <math.h>

#include "bench/tpcw_mix.h"
#include "tools/test.h"

#define N SL_TPCW_INTERACTIONS

/* Share in percent: browsing, shopping, ordering. */
static const double shares[N][3] = {
	[SL_TPCW_ADMIN_CONFIRM] = { 0.09, 0.09, 0.11 },
	[SL_TPCW_ADMIN_REQUEST] = { 0.10, 0.10, 0.12 },
	[SL_TPCW_BEST_SELLERS] = { 11.00, 5.00, 0.46 },
	[SL_TPCW_BUY_CONFIRM] = { 0.69, 1.20, 10.18 },
	[SL_TPCW_BUY_REQUEST] = { 0.75, 2.60, 12.73 },
	[SL_TPCW_CUSTOMER_REGISTRATION] = { 0.82, 3.00, 12.86 },
	[SL_TPCW_HOME] = { 29.00, 16.00, 9.12 },
	[SL_TPCW_NEW_PRODUCTS] = { 11.00, 5.00, 0.46 },
	[SL_TPCW_ORDER_DISPLAY] = { 0.25, 0.66, 0.22 },
	[SL_TPCW_ORDER_INQUIRY] = { 0.30, 0.75, 0.25 },
	[SL_TPCW_PRODUCT_DETAIL] = { 21.00, 17.00, 12.35 },
	[SL_TPCW_SEARCH_REQUEST] = { 12.00, 20.00, 14.53 },
	[SL_TPCW_SEARCH_RESULTS] = { 11.00, 17.00, 13.08 },
	[SL_TPCW_SHOPPING_CART] = { 2.00, 11.60, 13.53 },
};

static void stationary(const struct sl_tpcw_mix *mix, double *share)
{
	double next[N];
	u32 round, from, to;

	for (from = 0; from < N; from++)
		share[from] = 1.0 / N;
	for (round = 0; round < 2000; round++) {
		for (to = 0; to < N; to++)
			next[to] = 0;
		for (from = 0; from < N; from++)
			for (to = 0; to < N; to++)
				next[to] += share[from] *
					    mix->weight[from][to] /
					    SL_TPCW_WEIGHTS;
		memcpy(share, next, sizeof(next));
	}
}

static void test_shares(u32 column)
{
	const struct sl_tpcw_mix *mix = &sl_tpcw_mixes[column];
	double share[N];
	u32 i, j, sum;

	for (i = 0; i < N; i++) {
		for (sum = 0, j = 0; j < N; j++)
			sum += mix->weight[i][j];
		CHECK_EQ(sum, SL_TPCW_WEIGHTS);
	}
	stationary(mix, share);
	for (i = 0; i < N; i++)
		if (!CHECK(fabs(100 * share[i] - shares[i][column]) <= 0.0101))
			fprintf(stderr, "%s %s: %.4f\n", mix->name,
				sl_tpcw_names_of[i], 100 * share[i]);
}

/* The draws' shares lie within five standard deviations of the weights. */
static void test_draws(const struct sl_tpcw_mix *mix)
{
	enum { DRAWS = 200000 };
	struct sl_tpcw_dice dice;
	u32 row, i;

	sl_dice_seed(&dice, 7, 0, 0);
	for (row = 0; row < N; row++) {
		u32 count[N] = { 0 };

		for (i = 0; i < DRAWS; i++)
			count[sl_tpcw_mix_next(mix, row, &dice)]++;
		for (i = 0; i < N; i++) {
			double p = (double)mix->weight[row][i] /
				   SL_TPCW_WEIGHTS;

			CHECK(fabs(count[i] - p * DRAWS) <=
			      5 * sqrt(p * (1 - p) * DRAWS));
		}
	}
}

/* What an order needs has been done before it: the browsers rely on that. */
static void test_legal(const struct sl_tpcw_mix *mix)
{
	u32 from;

	for (from = 0; from < N; from++) {
		if (from != SL_TPCW_BUY_REQUEST)
			CHECK_EQ(mix->weight[from][SL_TPCW_BUY_CONFIRM], 0);
		if (from != SL_TPCW_CUSTOMER_REGISTRATION)
			CHECK_EQ(mix->weight[from][SL_TPCW_BUY_REQUEST], 0);
		if (from != SL_TPCW_SHOPPING_CART)
			CHECK_EQ(mix->weight[from]
					    [SL_TPCW_CUSTOMER_REGISTRATION],
				 0);
		if (from != SL_TPCW_ADMIN_REQUEST)
			CHECK_EQ(mix->weight[from][SL_TPCW_ADMIN_CONFIRM], 0);
	}
}

int main(void)
{
	u32 i, seen = 0;

	for (i = 0; sl_tpcw_mixes[i].name; i++) {
		CHECK(sl_tpcw_mix_find(sl_tpcw_mixes[i].name) ==
		      &sl_tpcw_mixes[i]);
		test_shares(i);
		test_draws(&sl_tpcw_mixes[i]);
		test_legal(&sl_tpcw_mixes[i]);
	}
	CHECK_EQ(i, 3);
	CHECK(!sl_tpcw_mix_find("buying"));
	for (i = 0; i < N; i++)
		seen |= 1u << sl_tpcw_reading_order[i];
	CHECK_EQ(seen, (1u << N) - 1);
	TEST_END();
}
