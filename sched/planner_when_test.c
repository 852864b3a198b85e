// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * When the planner changes a plan: at once if much is won, after a trial if
 * little is, not at all for what errors of measurement pretend, and never
 * more than once a second for long, whatever is measured.
 */
#include "sched/planner_site_test.h"
#include "tools/test.h"

#define MS	1000000ull
#define LOOK	(10 * MS)

static struct sl_planner_snapshot s;
static struct sl_planner_plan plan;
static struct sl_planner_state state;
static struct sl_planner_scratch *scratch;
static u64 seed, now;

/* One look; carries a change out. */
static enum sl_planner_verdict look(void)
{
	enum sl_planner_verdict verdict;

	now += LOOK;
	if (!CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0))
		return SL_PLANNER_SAME;
	verdict = sl_planner_decide(&state, &s, scratch, &plan, now);
	if (verdict == SL_PLANNER_CHANGE)
		memcpy(s.on, plan.on, sizeof(s.on));
	return verdict;
}

static void begin(void)
{
	u32 i;

	make_chain(&s, 6, 1, 2);
	for (i = 0; i < 6; i++) {
		s.stage[i].class = SL_SERIAL;
		s.stage[i].event_ps = 1000000;
		s.on[i] = i < 3 ? 1 : 2;
	}
	s.stage[5].visits = 2 * SL_PLANNER_ONE;
	s.placed = true;
	s.work = 400;
	memset(&state, 0, sizeof(state));
	seed = 7;
	now = 123456789;
}

/* Looks until something is changed; how many that took. */
static u32 looks_until_change(u32 most)
{
	u32 i;

	for (i = 1; i <= most; i++)
		if (look() == SL_PLANNER_CHANGE)
			return i;
	return 0;
}

static void test_pace(void)
{
	u64 dwell, changed;
	u32 looks, i, k;

	begin();
	CHECK_EQ(looks_until_change(50), 0);

	/* Much: as soon as the dwell is over. */
	s.stage[0].event_ps *= 4;
	s.stage[1].event_ps *= 4;
	CHECK_EQ(looks_until_change(10), 1);
	CHECK(plan.rate * 10 > plan.rate_now * 13);

	/* One stage, there and back: it stays for longer each time. */
	begin();
	look();
	dwell = state.dwell_ns;
	for (k = 0; k < 6; k++)
		s.stage[k].pinned = k != 2;
	for (i = 0; i < 4; i++) {
		changed = state.changed_ns;
		s.stage[0].event_ps = i % 2 ? 1000000 : 4000000;
		s.stage[5].event_ps = i % 2 ? 4000000 : 1000000;
		looks = looks_until_change(400);
		CHECK(looks > 0 && now - changed >= dwell);
		CHECK_EQ(s.on[2], i % 2 ? 1 : 2);
	}
	CHECK(state.dwell_ns >= 2 * dwell);

	/* A little: not at the first look. */
	begin();
	looks_until_change(20);
	s.stage[2].event_ps = s.stage[5].event_ps = 250000;
	s.stage[4].event_ps = 500000;
	looks = looks_until_change(50);
	CHECK(looks >= 3);

	/* Too little: never. */
	begin();
	looks_until_change(20);
	s.stage[0].event_ps = 1030000;
	CHECK_EQ(looks_until_change(100), 0);

	/* Much, but not for what it costs. */
	begin();
	s.costs.pause_us = 1000000;
	looks_until_change(20);
	s.stage[0].event_ps *= 4;
	s.stage[1].event_ps *= 4;
	CHECK_EQ(looks_until_change(50), 0);
}

/* What may not stay is changed at once. */
static void test_forced(void)
{
	begin();
	look();
	s.core[1].usable = false;
	CHECK_EQ(look(), SL_PLANNER_CHANGE);
	CHECK_EQ(plan.rate_now, 0);
	CHECK_EQ(s.on[5], 1);
}

/* Ten seconds of looks at costs that are off by so much. */
static u32 changes_under_noise(u32 per_cent)
{
	u64 real[6];
	u32 i, k, changes = 0;

	begin();
	for (k = 0; k < 6; k++)
		real[k] = s.stage[k].event_ps;
	for (i = 0; i < 1000; i++) {
		for (k = 0; k < 6; k++)
			s.stage[k].event_ps = real[k] * (100 - per_cent +
				roll(&seed, 2 * per_cent + 1)) / 100;
		changes += look() == SL_PLANNER_CHANGE;
	}
	return changes;
}

/* A load that goes up and down all the time. */
static u32 changes_under_swing(void)
{
	u32 i, changes = 0;

	begin();
	for (i = 0; i < 2000; i++) {
		s.stage[0].event_ps = i / 7 % 2 ? 8000000 : 1000000;
		changes += look() == SL_PLANNER_CHANGE;
	}
	return changes;
}

int main(void)
{
	scratch = malloc(sl_planner_scratch_bytes());
	if (!CHECK(scratch))
		TEST_END();
	test_pace();
	test_forced();
	CHECK(changes_under_noise(5) <= 1);
	CHECK(changes_under_noise(20) <= 10);
	CHECK(changes_under_noise(60) <= 3 + 10);
	CHECK(changes_under_swing() <= 3 + 20);
	free(scratch);
	TEST_END();
}
