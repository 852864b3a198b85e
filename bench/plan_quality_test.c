// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The planner beside the best plan there is, on random chains of seven stages
 * and simulated machines: 95 % of them reach 95 % of it, and none less than
 * 85 %.  `sluice bench plan` does the same with more chains.
 */
#include <stdlib.h>

#include "bench/plan_best.h"
#include "bench/plan_random.h"
#include "tools/test.h"

#define CHAINS		60
#define STAGES		7
#define SEARCH_MAX	300000

static struct sl_planner_snapshot s;
static struct sl_planner_plan plan;
static struct sl_plan_best best;

int main(void)
{
	static const u32 machine[][2] = { { 1, 2 }, { 2, 4 }, { 4, 8 } };
	struct sl_planner_scratch *scratch = malloc(sl_planner_scratch_bytes());
	u32 m, i;

	if (!CHECK(scratch))
		TEST_END();
	for (m = 0; m < 3; m++) {
		u64 seed = 71 + m;
		u32 near = 0, proved = 0;

		for (i = 0; i < CHAINS; i++) {
			sl_plan_random(&s, STAGES, machine[m][0], machine[m][1],
				       &seed);
			if (!CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0))
				break;
			CHECK(plan.rate <= sl_plan_bound(&s) * 1.0001);
			sl_plan_search(&s, scratch, machine[m][0], plan.rate,
				       SEARCH_MAX, &best);
			proved += best.complete;
			near += plan.rate * 100 >= best.rate * 95;
			if (!CHECK(plan.rate * 100 >= best.rate * 85))
				fprintf(stderr, "chain %u on %ux%u cores\n", i,
					machine[m][0], machine[m][1]);
		}
		CHECK(near * 100 >= CHAINS * 95);
		CHECK(proved * 100 >= CHAINS * 80);
	}
	free(scratch);
	TEST_END();
}
