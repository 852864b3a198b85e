// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a plan costs: whether all of it is worked out or only what differs from
 * another one, it is the same to the picosecond; on graphs of every kind, with
 * replicas, limits, ties, caches that are too small and unequal cores.
 */
#include "sched/planner_own.h"
#include "sched/planner_site_test.h"
#include "tools/test.h"

static struct sl_planner_snapshot s;
static struct sl_planner_plan plan;
static struct sl_planner_scratch *scratch, *other;

static u64 some_cores(u64 *seed)
{
	u64 one = 1ull << roll(seed, s.core_count);

	if (roll(seed, 2))
		return one;
	return one | (((u64)roll(seed, 1u << 31) << 31 | roll(seed, 1u << 31)) &
		      ((1ull << s.core_count) - 1));
}

static void make_any(u32 round, u64 *seed)
{
	u32 i, k;

	make_random(&s, 2 + roll(seed, round % 10 ? 14 : 127),
		    1 + roll(seed, 4), 1 + roll(seed, 8), seed);
	if (round % 3 == 0)
		for (i = 0; i < s.core_count; i++)
			s.core[i] = (struct sl_planner_core){ 1000, 0, true };
	s.edges_max = round % 2 ? 5 : 0;
	s.instances_max = round % 2 ? 40 : 0;
	s.in_flight = round % 5 ? 0 : 64;
	s.costs.core_lines = 3000 * (round % 4);
	for (i = 0; round % 7 == 0 && i < s.stage_count; i++)
		for (k = 0; k < 2; k++) {
			u64 bit = 1ull << roll(seed, s.stage_count) % 64;

			if (roll(seed, 2))
				s.stage[i].near[0] |= bit;
			else
				s.stage[i].apart[0] |= bit;
		}
}

static void compare(const u64 *on, const u16 *changed, u32 count)
{
	u16 stage[SL_PLANNER_STAGES_MAX];
	struct sl_score part, whole;

	memcpy(stage, changed, count * sizeof(stage[0]));
	part = sl_cost_of(scratch, on, stage, count);
	whole = sl_cost(other, on);
	CHECK_EQ(part.broken, whole.broken);
	CHECK_EQ(part.worst_ps, whole.worst_ps);
	CHECK_EQ(part.spread, whole.spread);
	CHECK_EQ(scratch->worst, other->worst);
	CHECK(!memcmp(scratch->time_ps, other->time_ps,
		      s.core_count * sizeof(scratch->time_ps[0])));
}

int main(void)
{
	u64 seed = 77, base[SL_PLANNER_STAGES_MAX], on[SL_PLANNER_STAGES_MAX];
	u32 round, change, i, broken = 0, sound = 0;

	scratch = malloc(sl_planner_scratch_bytes());
	other = malloc(sl_planner_scratch_bytes());
	if (!CHECK(scratch && other))
		TEST_END();
	for (round = 0; round < 300; round++) {
		make_any(round, &seed);
		if (!CHECK_EQ(sl_cost_prepare(scratch, &s, &plan), 0) ||
		    !CHECK_EQ(sl_cost_prepare(other, &s, &plan), 0))
			break;
		for (i = 0; i < s.stage_count; i++)
			base[i] = some_cores(&seed);
		if (sl_cost(scratch, base).broken)
			broken++;
		else
			sound++;
		/* Each from the same plan, so nothing may be left behind. */
		for (change = 0; change < 20; change++) {
			u16 stage[SL_PLANNER_STAGES_MAX];
			u32 count = 0, most = 1 + roll(&seed, 4);

			memcpy(on, base, sizeof(on));
			for (i = 0; i < s.stage_count && count < most; i++)
				if (roll(&seed, s.stage_count) < most) {
					stage[count++] = i;
					/* At times where a neighbour is. */
					on[i] = roll(&seed, 3) ?
						some_cores(&seed) :
						base[roll(&seed, s.stage_count)];
				}
			compare(on, stage, count);
		}
	}
	CHECK(broken > 20 && sound > 20);
	free(scratch);
	free(other);
	TEST_END();
}
