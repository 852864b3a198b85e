// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What leads from one plan to another, in words that people use.
 *
 * The search takes its own way; what is told is only the difference.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

static void add(struct sl_planner_plan *plan, u32 move, u32 from, u32 to,
		u32 stage, u32 other)
{
	if (plan->step_count < SL_PLANNER_MOVES_MAX)
		plan->step[plan->step_count++] = (struct sl_planner_step){
			move, from, to, stage, other };
}

static u64 used_by(const struct sl_planner_snapshot *s, const u64 *on)
{
	u64 used = 0;
	u32 i;

	for (i = 0; i < s->stage_count; i++)
		used |= on[i];
	return used;
}

/* Have all stages of a core gone to the same one, which was in use? */
static bool is_fuse(const struct sl_planner_snapshot *s,
		    const struct sl_planner_plan *plan, u32 from, u64 to)
{
	u32 i;

	if (used_by(s, plan->on) >> from & 1)
		return false;
	for (i = 0; i < s->stage_count; i++)
		if ((s->on[i] >> from & 1) && plan->on[i] != to)
			return false;
	return used_by(s, s->on) & to;
}

/* Does a neighbour of it run there, before and after? */
static bool beside(const struct sl_planner_snapshot *s,
		   const struct sl_planner_plan *plan, u32 stage, u64 to)
{
	u32 e;

	for (e = 0; e < s->edge_count; e++) {
		u32 a = s->edge[e].left, b = s->edge[e].right;
		u32 other = a == stage ? b : a;

		if ((a == stage || b == stage) && (plan->on[other] & to) &&
		    (s->on[other] & to))
			return true;
	}
	return false;
}

static u32 kind_of(const struct sl_planner_snapshot *s,
		   const struct sl_planner_plan *plan, u32 stage)
{
	u64 was = s->on[stage], is = plan->on[stage];

	if (sl_members(was) != sl_members(is) || (is & (is - 1)))
		return SL_PLANNER_REPLICATE;
	if (is_fuse(s, plan, sl_lowest(was), is))
		return SL_PLANNER_FUSE;
	if (!(used_by(s, s->on) & is) && (used_by(s, plan->on) & was))
		return SL_PLANNER_SPLIT;
	return beside(s, plan, stage, is) ? SL_PLANNER_SHIFT : SL_PLANNER_MOVE;
}

/* The stage that takes the place of this one, which takes its. */
static u32 partner_of(const struct sl_planner_snapshot *s,
		      const struct sl_planner_plan *plan, const u64 *told,
		      u32 stage)
{
	u32 i;

	for (i = stage + 1; i < s->stage_count; i++)
		if (!sl_bit(told, i) && s->on[i] == plan->on[stage] &&
		    plan->on[i] == s->on[stage])
			return i;
	return stage;
}

/**
 * sl_steps() - tell what is changed
 * @s: where the stages are now
 * @plan: where they will be
 */
void sl_steps(const struct sl_planner_snapshot *s, struct sl_planner_plan *plan)
{
	u64 told[SL_PLANNER_WORDS] = { 0 };
	u32 i, other;

	plan->step_count = 0;
	for (i = 0; i < s->stage_count; i++) {
		u64 came = plan->on[i] & ~s->on[i];
		u64 gone = s->on[i] & ~plan->on[i];
		u32 to = sl_lowest(came ? came : plan->on[i]);

		if (!s->placed || !s->on[i]) {
			add(plan, SL_PLANNER_START, to, to, i, i);
			continue;
		}
		if (s->on[i] == plan->on[i] || sl_bit(told, i))
			continue;
		other = partner_of(s, plan, told, i);
		told[other / 64] |= 1ull << other % 64;
		add(plan, other == i ? kind_of(s, plan, i) : SL_PLANNER_SWAP,
		    sl_lowest(gone ? gone : s->on[i]), to, i, other);
	}
}
