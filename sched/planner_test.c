// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The planner: what it makes is a plan, keeps all constraints or says why
 * there is none, is the same each time, is no worse than the cut it began
 * with or the plan there was, and on small graphs, where all plans can be
 * looked at, is near the best.
 */
#include "sched/planner_site_test.h"
#include "tools/test.h"

static struct sl_planner_snapshot s;
static struct sl_planner_plan plan, again;
static struct sl_planner_scratch *scratch;

static u32 members(u64 on)
{
	return __builtin_popcountll(on);
}

/* All that a plan must be. */
static void check_plan(void)
{
	u64 usable = 0;
	u32 i, j;

	for (i = 0; i < s.core_count; i++)
		usable |= (u64)s.core[i].usable << i;
	for (i = 0; i < s.stage_count; i++) {
		const struct sl_planner_stage *stage = &s.stage[i];
		u64 on = plan.on[i];

		CHECK(on);
		CHECK_EQ(on & ~usable, 0);
		CHECK(!stage->cores || !(on & ~stage->cores));
		CHECK(stage->class != SL_SERIAL || members(on) == 1);
		CHECK(!stage->replicas_max || members(on) <= stage->replicas_max);
		CHECK(!stage->pinned || on == s.on[i]);
		for (j = 0; j < s.stage_count; j++)
			CHECK(i == j || !(stage->apart[j / 64] >> j % 64 & 1) ||
			      !(on & plan.on[j]));
	}
	CHECK(plan.rate > 0);
	for (i = 0; i < SL_PLANNER_ORIGINS; i++)
		CHECK(plan.rate_of[i] <= plan.rate);
	CHECK(plan.rate_now <= plan.rate);
	CHECK(plan.bottleneck < s.stage_count);
	CHECK(plan.on[plan.bottleneck] >> plan.bottleneck_core & 1);
}

/* Looks at every plan; the best rate. */
static u64 best_of_all(void)
{
	u64 on[SL_PLANNER_STAGES_MAX];
	u64 all = (1ull << s.core_count) - 1, best = 0, rate;
	u32 i;

	if (!CHECK_EQ(sl_planner_begin(&s, scratch), 0))
		return 0;
	for (i = 0; i < s.stage_count; i++)
		on[i] = 1;
	for (;;) {
		if (sl_planner_allowed(scratch, on)) {
			rate = sl_planner_rate(scratch, on);
			best = rate > best ? rate : best;
		}
		for (i = 0; i < s.stage_count && on[i] == all; i++)
			on[i] = 1;
		if (i == s.stage_count)
			return best;
		on[i]++;
	}
}

static void test_against_all(void)
{
	u64 seed = 5, best;
	u32 i, near = 0, count = 150;

	for (i = 0; i < count; i++) {
		make_random(&s, 2 + roll(&seed, 3), 1 + roll(&seed, 2), 2, &seed);
		s.work = 30000;
		if (!CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0))
			return;
		check_plan();
		best = best_of_all();
		CHECK(plan.rate <= best);
		CHECK(plan.rate * 100 >= best * 85);
		near += plan.rate * 100 >= best * 95;
	}
	CHECK(near * 100 >= count * 95);
}

/* The same snapshot, the same plan, whatever the scratch held before. */
static void test_same(void)
{
	u64 seed = 17;
	u32 i;

	for (i = 0; i < 20; i++) {
		make_random(&s, 3 + roll(&seed, 12), 2, 4, &seed);
		s.work = 700;
		CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0);
		check_plan();
		memset(scratch, i, sl_planner_scratch_bytes());
		CHECK_EQ(sl_planner_make(&s, scratch, &again), 0);
		CHECK(!memcmp(&plan, &again, sizeof(plan)));
	}
}

/* A plan there is now is never made worse, and where it is best, it stays. */
static void test_kept(void)
{
	u64 seed = 23;
	u32 i;

	for (i = 0; i < 20; i++) {
		make_random(&s, 7, 2, 4, &seed);
		s.work = 1500;
		CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0);
		memcpy(s.on, plan.on, sizeof(s.on));
		s.placed = true;
		s.work = 100;
		CHECK_EQ(sl_planner_make(&s, scratch, &again), 0);
		CHECK_EQ(again.rate_now, plan.rate);
		CHECK(again.rate >= plan.rate);
		if (again.rate == plan.rate)
			CHECK_EQ(again.step_count, 0);
	}
}

/* Which of two equal cores is which is no reason to move anything. */
static void test_mirrored(void)
{
	u64 seed = 29, mirrored[SL_PLANNER_STAGES_MAX];
	u32 i, k, moved, rounds = 0;

	for (i = 0; i < 40; i++) {
		make_chain(&s, 6, 1, 2);
		for (k = 0; k < 6; k++) {
			s.stage[k].event_ps = 50000 + roll(&seed, 400000);
			s.stage[k].class = SL_SERIAL;
		}
		CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0);
		for (k = 0; k < 6; k++)
			mirrored[k] = 3 - plan.on[k];
		memcpy(s.on, mirrored, sizeof(s.on));
		s.on[roll(&seed, 6)] ^= 3;
		s.placed = true;
		CHECK_EQ(sl_planner_make(&s, scratch, &again), 0);
		CHECK(again.rate >= plan.rate);
		for (k = 0, moved = 0; k < 6; k++)
			moved += again.on[k] != s.on[k];
		CHECK(moved <= 3);
		rounds += moved == 1;
	}
	CHECK(rounds > 10);
}

static void set_bit(u64 *bits, u32 n)
{
	bits[n / 64] |= 1ull << n % 64;
}

static void test_constraints(void)
{
	u32 i;

	make_chain(&s, 5, 1, 4);
	s.stage[0].cores = 1ull << 3;
	set_bit(s.stage[1].apart, 2);
	set_bit(s.stage[3].near, 4);
	s.costs.near_ps = 0;	/* near is the same core then */
	s.stage[3].class = SL_SERIAL;
	s.stage[4].class = SL_SERIAL;
	CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0);
	check_plan();
	CHECK_EQ(plan.on[0], 8);
	CHECK_EQ(plan.on[3], plan.on[4]);

	/* What is pinned stays, though elsewhere were better. */
	make_chain(&s, 5, 1, 4);
	s.placed = true;
	for (i = 0; i < 5; i++)
		s.on[i] = 1;
	s.stage[1].pinned = true;
	s.stage[2].pinned = true;
	CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0);
	check_plan();
	CHECK(plan.rate > plan.rate_now);
	CHECK(plan.step_count > 0);

	/* So does a pinned one with replicas, where cuts begin without. */
	make_chain(&s, 5, 1, 2);
	s.placed = true;
	for (i = 0; i < 5; i++)
		s.on[i] = i == 0 ? 3 : 2;
	s.stage[0].pinned = true;
	s.stage[2].cores = 2;
	CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0);
	check_plan();

	/* Too many replicas to run. */
	make_chain(&s, 5, 2, 8);
	s.instances_max = 9;
	s.edges_max = 3;
	CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0);
	check_plan();
	CHECK(members(plan.on[0]) + members(plan.on[1]) + members(plan.on[2]) +
	      members(plan.on[3]) + members(plan.on[4]) <= 9);
}

static void expect_fault(enum sl_planner_fault fault)
{
	CHECK(sl_planner_make(&s, scratch, &plan) < 0);
	CHECK_EQ(plan.fault, fault);
}

/* What cannot be is refused, with the reason. */
static void test_refused(void)
{
	make_chain(&s, 0, 1, 2);
	s.edge_count = 0;
	expect_fault(SL_PLANNER_EMPTY);
	make_chain(&s, 2, 1, 2);
	s.core[0].usable = s.core[1].usable = false;
	expect_fault(SL_PLANNER_EMPTY);
	make_chain(&s, 2, 1, 2);
	s.stage_count = 1;
	expect_fault(SL_PLANNER_INVALID);
	make_chain(&s, 3, 1, 2);
	s.edge[1].right = 0;
	expect_fault(SL_PLANNER_CYCLE);
	make_chain(&s, 3, 1, 2);
	s.stage[1].cores = 4;
	expect_fault(SL_PLANNER_NOWHERE);
	CHECK_EQ(plan.fault_stage, 1);
	make_chain(&s, 3, 1, 2);
	set_bit(s.stage[0].apart, 1);
	set_bit(s.stage[0].apart, 2);
	set_bit(s.stage[1].apart, 2);
	expect_fault(SL_PLANNER_APART);
	make_chain(&s, 2, 1, 2);
	s.costs.near_ps = 0;
	set_bit(s.stage[0].near, 1);
	s.stage[0].cores = 1;
	s.stage[1].cores = 2;
	expect_fault(SL_PLANNER_NEAR);
	CHECK_STR(sl_planner_fault_name(plan.fault),
		  "two stages cannot be near each other");
}

/* Numbers out of bounds make a bad plan, no overflow (UBSan watches). */
static void test_extremes(void)
{
	u64 seed = 41;
	u32 i, k;

	for (i = 0; i < 10; i++) {
		make_random(&s, 128, 8, 8, &seed);
		s.work = 40;
		s.in_flight = roll(&seed, 2);
		s.demand = roll(&seed, 2) * ~0ull;
		memset(&s.costs, roll(&seed, 2) ? 0xff : 0, sizeof(s.costs));
		for (k = 0; k < 128; k++) {
			s.stage[k].call_ps = -(u64)roll(&seed, 2);
			s.stage[k].event_ps = -(u64)roll(&seed, 2);
			s.stage[k].visits = -roll(&seed, 2);
			s.stage[k].lines = -roll(&seed, 2);
			s.stage[k].batch = -roll(&seed, 2);
			s.edge[k].requests = -roll(&seed, 2);
			s.edge[k].request_lines = -roll(&seed, 2);
		}
		for (k = 0; k < 64; k++) {
			s.core[k].speed = -roll(&seed, 2);
			s.core[k].taken = -roll(&seed, 2);
			s.distance_ps[k][k / 2] = ~0u;
		}
		if (CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0))
			check_plan();
	}
}

static const struct {
	u64 was[3], is[3];
	u32 steps;
	struct sl_planner_step first;
} steps[] = {
	{ { 1, 1, 1 }, { 1, 1, 1 }, 0, { 0, 0, 0, 0, 0 } },
	{ { 1, 1, 2 }, { 1, 2, 2 }, 1, { SL_PLANNER_SHIFT, 0, 1, 1, 1 } },
	{ { 1, 1, 2 }, { 2, 1, 2 }, 1, { SL_PLANNER_MOVE, 0, 1, 0, 0 } },
	{ { 1, 1, 1 }, { 1, 1, 2 }, 1, { SL_PLANNER_SPLIT, 0, 1, 2, 2 } },
	{ { 1, 1, 2 }, { 1, 1, 1 }, 1, { SL_PLANNER_FUSE, 1, 0, 2, 2 } },
	{ { 1, 2, 4 }, { 1, 4, 2 }, 1, { SL_PLANNER_SWAP, 1, 2, 1, 2 } },
	{ { 1, 2, 4 }, { 1, 10, 4 }, 1, { SL_PLANNER_REPLICATE, 1, 3, 1, 1 } },
};

static void test_steps(void)
{
	u32 i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		make_chain(&s, 3, 1, 4);
		memcpy(s.on, steps[i].was, sizeof(steps[i].was));
		s.placed = true;
		memset(&plan, 0, sizeof(plan));
		memcpy(plan.on, steps[i].is, sizeof(steps[i].is));
		CHECK_EQ(sl_planner_begin(&s, scratch), 0);
		sl_planner_reckon(&s, scratch, &plan);
		CHECK_EQ(plan.step_count, steps[i].steps);
		if (!steps[i].steps)
			continue;
		CHECK_STR(sl_planner_move_name(plan.step[0].move),
			  sl_planner_move_name(steps[i].first.move));
		CHECK_EQ(plan.step[0].from, steps[i].first.from);
		CHECK_EQ(plan.step[0].to, steps[i].first.to);
		CHECK_EQ(plan.step[0].stage, steps[i].first.stage);
		CHECK_EQ(plan.step[0].other, steps[i].first.other);
	}
}

/* To a pipeline's plan and back. */
static void test_convert(void)
{
	static struct sl_plan plain;
	struct sl_place place[4] = { { 0, 0 }, { 0, 1 }, { 5, 0 }, { 7, 0 } };

	make_chain(&s, 3, 1, 4);
	memset(&plan, 0, sizeof(plan));
	plan.on[0] = 2;
	plan.on[1] = 8 | 2;
	plan.on[2] = 4;
	CHECK_EQ(sl_planner_to_plan(&plan, 3, place, &plain), 0);
	CHECK_EQ(plain.worker_count, 3);
	CHECK_EQ(plain.instance_count, 4);
	CHECK_EQ(plain.worker[0].thread, 1);
	CHECK_EQ(plain.instance[2].stage, 1);
	CHECK_EQ(plain.instance[2].replica, 1);
	CHECK_EQ(plain.worker[plain.instance[2].worker].cpu, 7);
	CHECK_EQ(sl_planner_from_plan(&s, &plain, place), 0);
	CHECK(s.placed && s.on[0] == 2 && s.on[1] == 10 && s.on[2] == 4);
	s.core_count = 3;
	CHECK(sl_planner_from_plan(&s, &plain, place) < 0);
}

int main(void)
{
	scratch = malloc(sl_planner_scratch_bytes());
	if (!CHECK(scratch))
		TEST_END();
	test_against_all();
	test_same();
	test_kept();
	test_mirrored();
	test_constraints();
	test_refused();
	test_extremes();
	test_steps();
	test_convert();
	free(scratch);
	TEST_END();
}
