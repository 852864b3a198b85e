// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The search for the best plan leaves out most plans without a look; here, on
 * machines that are small enough, every plan of blocks is looked at, and none
 * may be better than what it found.
 */
#include <stdlib.h>

#include "bench/plan_best.h"
#include "bench/plan_random.h"
#include "tools/test.h"

#define STAGES	4
#define ROUNDS	60

static struct sl_planner_snapshot s;
static struct sl_planner_scratch *scratch;
static struct sl_plan_best best;

/* On the same cores, or on none that the other is on. */
static bool is_of_blocks(const u64 *on)
{
	u32 i, k;

	for (i = 0; i < STAGES; i++)
		for (k = 0; k < i; k++)
			if (on[i] != on[k] && (on[i] & on[k]))
				return false;
	return true;
}

static u64 best_of_all(void)
{
	u64 all = (1ull << s.core_count) - 1, on[SL_PLANNER_STAGES_MAX], most = 0;
	u32 i;

	for (i = 0; i < STAGES; i++)
		on[i] = 1;
	for (;;) {
		if (is_of_blocks(on) && sl_planner_allowed(scratch, on)) {
			u64 rate = sl_planner_rate(scratch, on);

			most = rate > most ? rate : most;
		}
		for (i = 0; i < STAGES && on[i] == all; i++)
			on[i] = 1;
		if (i == STAGES)
			return most;
		on[i]++;
	}
}

int main(void)
{
	static const u32 machine[][2] = { { 1, 3 }, { 2, 2 }, { 2, 1 }, { 4, 1 } };
	u64 seed = 99, most;
	u32 i, k, found = 0;

	scratch = malloc(sl_planner_scratch_bytes());
	if (!CHECK(scratch))
		TEST_END();
	for (i = 0; i < ROUNDS; i++) {
		const u32 *m = machine[i % 4];

		sl_plan_random(&s, STAGES, m[0], m[1], &seed);
		/* What must fit in is at times what decides. */
		s.edges_max = i % 3 ? 16 : 3;
		for (k = 0; i % 5 == 0 && k < STAGES; k++)
			s.stage[k].lines *= 8;
		CHECK_EQ(sl_planner_begin(&s, scratch), 0);
		most = best_of_all();
		CHECK(most <= sl_plan_bound(&s) * 1.0001);
		sl_plan_search(&s, scratch, m[0], 0, 10000000, &best);
		CHECK(best.complete);
		CHECK(best.rate <= most && best.rate >= 0.997 * most);
		CHECK_EQ(sl_planner_rate(scratch, best.on), best.rate);
		/* From a plan that is known, only what is better. */
		sl_plan_search(&s, scratch, m[0], most / 2, 10000000, &best);
		CHECK(best.rate <= most && best.rate >= 0.997 * most);
		found += best.rate > most / 2;
		sl_plan_search(&s, scratch, m[0], most, 10000000, &best);
		CHECK_EQ(best.rate, most);
	}
	CHECK_EQ(found, ROUNDS);
	/* Want of time is told. */
	sl_plan_random(&s, 7, 4, 8, &seed);
	sl_plan_search(&s, scratch, 4, 0, 10, &best);
	CHECK(!best.complete);
	free(scratch);
	TEST_END();
}
