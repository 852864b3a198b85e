// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Several plans to choose from: all allowed, all different, in order, with the
 * planner's own first, the same each time; and on two cores every cut that is
 * good enough is among them, worked out here by hand.
 */
#include "sched/planner_site_test.h"
#include "tools/test.h"

#define ROOM	64

static struct sl_planner_snapshot s;
static struct sl_planner_plan plan;
static struct sl_planner_scratch *scratch;
static struct sl_planner_option option[ROOM + 1], again[ROOM];

static bool same(const u64 *a, const u64 *b)
{
	return !memcmp(a, b, s.stage_count * sizeof(a[0]));
}

/* All that a list must be; how many there are. */
static u32 check_options(u32 room)
{
	u32 count, i, k;

	memset(option, 0xee, sizeof(option));
	count = sl_planner_options(&s, scratch, option, room);
	CHECK(count <= room);
	CHECK_EQ(option[room].rate, 0xeeeeeeeeeeeeeeeeull);
	if (!CHECK(count))
		return 0;
	for (i = 0; i < count; i++) {
		CHECK(sl_planner_allowed(scratch, option[i].on));
		CHECK_EQ(sl_planner_rate(scratch, option[i].on), option[i].rate);
		CHECK(option[i].rate >= option[0].rate / 2);
		CHECK(!i || option[i].rate <= option[i - 1].rate);
		for (k = 0; k < i; k++)
			CHECK(!same(option[i].on, option[k].on));
	}
	CHECK_EQ(sl_planner_make(&s, scratch, &plan), 0);
	CHECK(option[0].rate >= plan.rate);
	return count;
}

static bool is_among(const u64 *on, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (same(on, option[i].on))
			return true;
	return false;
}

/* Each cut of a chain on two cores, either way round. */
static void test_cuts(void)
{
	u64 seed = 3, ways[2][7];
	u32 round, at, i, way, count, good = 0, turned = 0;

	for (round = 0; round < 40; round++) {
		make_random(&s, 7, 1, 2, &seed);
		s.core[0] = s.core[1] = (struct sl_planner_core){ 1000, 0, true };
		for (i = 0; i < 6; i++)
			s.edge[i].left = i;
		count = check_options(ROOM);
		for (at = 0; at < 7; at++) {
			u64 rate;

			for (way = 0; way < 2; way++)
				for (i = 0; i < 7; i++)
					ways[way][i] = (i < at) != way ? 1 : 2;
			rate = sl_planner_rate(scratch, ways[0]);
			CHECK_EQ(sl_planner_rate(scratch, ways[1]), rate);
			if (rate < option[0].rate / 2)
				continue;
			good++;
			/* One of them: they are each other's mirror image. */
			CHECK_EQ(is_among(ways[0], count) +
				 is_among(ways[1], count), 1);
		}
		/* From a plan there is, that which moves less. */
		s.placed = true;
		for (i = 0; i < 7; i++)
			s.on[i] = i < 3 ? 2 : 1;
		if (sl_planner_rate(scratch, s.on) < option[0].rate / 2)
			continue;
		count = check_options(ROOM);
		turned += is_among(s.on, count);
	}
	CHECK(good > 40);
	CHECK(turned > 5);
}

/* What is bound stays, and the rest is cut around it. */
static void test_bound(void)
{
	u32 i, count;

	make_chain(&s, 5, 1, 2);
	s.stage[2].cores = 2;
	s.stage[0].pinned = true;
	s.placed = true;
	for (i = 0; i < 5; i++)
		s.on[i] = i == 0 ? 3 : 2;
	count = check_options(ROOM);
	CHECK(count > 2);
	for (i = 0; i < count; i++) {
		CHECK_EQ(option[i].on[2], 2);
		CHECK_EQ(option[i].on[0], 3);
	}
}

static void test_complete(void)
{
	u64 all[5] = { 15, 15, 15, 15, 15 };
	u64 not_all[5] = { 15, 15, 1, 15, 15 };
	u32 count;

	make_chain(&s, 5, 1, 4);
	count = check_options(ROOM);
	CHECK(is_among(all, count));
	s.stage[2].class = SL_SERIAL;
	s.stage[2].event_ps = 1000;
	s.stage[2].call_ps = 1000;
	count = check_options(ROOM);
	CHECK(!is_among(all, count));
	CHECK(is_among(not_all, count));
}

/* Shifts of the best one, on a machine on which cuts are not listed. */
static void test_shifts(void)
{
	u64 on[SL_PLANNER_STAGES_MAX];
	u32 i, count;

	make_chain(&s, 6, 2, 2);
	for (i = 0; i < 6; i++)
		s.stage[i].class = SL_SERIAL;
	count = check_options(ROOM);
	for (i = 0; i < 5; i++) {
		memcpy(on, plan.on, sizeof(on));
		on[i] = on[i + 1];
		if (sl_planner_rate(scratch, on) >= option[0].rate / 2)
			CHECK(is_among(on, count));
		memcpy(on, plan.on, sizeof(on));
		on[i + 1] = on[i];
		if (sl_planner_rate(scratch, on) >= option[0].rate / 2)
			CHECK(is_among(on, count));
	}
	CHECK(count > 3);
}

/* Any graph, any room; less room is the beginning of more. */
static void test_any(void)
{
	u64 seed = 11;
	u32 i, k, few, many;

	for (i = 0; i < 60; i++) {
		make_random(&s, 1 + roll(&seed, 9), 1 + roll(&seed, 3),
			    1 + roll(&seed, 3), &seed);
		s.work = 500;
		many = check_options(ROOM);
		memcpy(again, option, sizeof(again));
		memset(scratch, i, sl_planner_scratch_bytes());
		few = check_options(1 + i % 5);
		CHECK_EQ(few, many < 1 + i % 5 ? many : 1 + i % 5);
		for (k = 0; k < few; k++)
			CHECK_EQ(option[k].rate, again[k].rate);
	}
	CHECK_EQ(sl_planner_options(&s, scratch, option, 0), 0);
	s.stage_count = 0;
	CHECK_EQ(sl_planner_options(&s, scratch, option, ROOM), 0);
}

int main(void)
{
	scratch = malloc(sl_planner_scratch_bytes());
	if (!CHECK(scratch))
		TEST_END();
	test_cuts();
	test_bound();
	test_complete();
	test_shifts();
	test_any();
	free(scratch);
	TEST_END();
}
