// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which changes there are to a plan.
 *
 * What is best looked at first comes first: whatever takes something off the
 * slowest core, then what may take a hop away from it, then the rest; for a
 * search may end before it has seen them all.  Idle cores that are like each
 * other are tried once.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

/* Distances that differ by less than an eighth are the same. */
static bool alike(u32 a, u32 b)
{
	return (a > b ? a - b : b - a) <= max(a, b) / 8;
}

static bool is_twin(const struct sl_planner_scratch *w, u64 used, u32 a, u32 b)
{
	u32 i;

	if (w->capacity[a] != w->capacity[b])
		return false;
	for (i = 0; i < w->s->stage_count; i++)
		if ((w->cores[i] >> a & 1) != (w->cores[i] >> b & 1))
			return false;
	for (; used; used &= used - 1)
		if (!alike(w->s->distance_ps[a][sl_lowest(used)],
			   w->s->distance_ps[b][sl_lowest(used)]))
			return false;
	return true;
}

/* Cores in use, and one of each kind of idle ones. */
static void list_targets(struct sl_planner_scratch *w, const u64 *on)
{
	u64 used = 0, idle;
	u32 first_idle, i;

	for (i = 0; i < w->s->stage_count; i++)
		used |= on[i];
	w->target_count = 0;
	for (idle = used; idle; idle &= idle - 1)
		w->target[w->target_count++] = sl_lowest(idle);
	first_idle = w->target_count;
	for (idle = w->usable & ~used; idle; idle &= idle - 1) {
		u32 core = sl_lowest(idle);

		for (i = first_idle; i < w->target_count; i++)
			if (is_twin(w, used, w->target[i], core))
				break;
		if (i == w->target_count)
			w->target[w->target_count++] = core;
	}
}

static void add(struct sl_planner_scratch *w, u32 level, u32 move, u32 block,
		u32 from, u32 to, u32 stage, u32 other)
{
	if (w->candidate_count[level] == SL_CANDIDATES_MAX)
		return;
	w->candidate[level][w->candidate_count[level]++] =
		(struct sl_candidate){ move, block, from, to, stage, other };
}

/* Is it the first of the stages that are where it is? */
static bool leads_block(const u64 *on, u32 stage)
{
	u32 i;

	for (i = 0; i < stage; i++)
		if (on[i] == on[stage])
			return false;
	return true;
}

/* All that a stage's replica on a core can do. */
static void list_stage(struct sl_planner_scratch *w, const u64 *on, u32 level,
		       u32 stage, u32 core)
{
	bool leads = leads_block(on, stage);
	u32 i, t;

	for (t = 0; t < w->target_count; t++) {
		u32 to = w->target[t];

		if (on[stage] >> to & 1)
			continue;
		add(w, level, SL_PLANNER_MOVE, 0, core, to, stage, stage);
		add(w, level, SL_PLANNER_REPLICATE, 0, core, to, stage, stage);
		if (leads)
			add(w, level, SL_PLANNER_REPLICATE, 1, core, to, stage,
			    stage);
		/* It and all behind it that are there, too. */
		add(w, level, SL_PLANNER_SPLIT, 0, core, to, stage, stage);
		add(w, level, SL_PLANNER_SPLIT, 1, core, to, stage, stage);
	}
	if (on[stage] & (on[stage] - 1)) {
		/* One replica less. */
		add(w, level, SL_PLANNER_REPLICATE, 0, core, core, stage,
		    stage);
		if (leads)
			add(w, level, SL_PLANNER_REPLICATE, 1, core, core,
			    stage, stage);
	}
	for (i = 0; i < w->s->stage_count; i++)
		if (on[i] != on[stage] && !(on[i] & on[stage]))
			add(w, level, SL_PLANNER_SWAP, 0, core,
			    sl_lowest(on[i]), stage, i);
}

/* Neighbours of what runs on a core may come there. */
static void list_neighbours(struct sl_planner_scratch *w, const u64 *on,
			    u32 level, u32 core)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 e;

	for (e = 0; e < s->edge_count; e++) {
		u32 a = s->edge[e].left, b = s->edge[e].right;

		if ((on[a] >> core & 1) == (on[b] >> core & 1))
			continue;
		if (on[a] >> core & 1) {
			add(w, level, SL_PLANNER_SHIFT, 0, sl_lowest(on[b]),
			    core, b, b);
			add(w, level, SL_PLANNER_SHIFT, 1, 0, core, b, a);
		} else {
			add(w, level, SL_PLANNER_SHIFT, 0, sl_lowest(on[a]),
			    core, a, a);
			add(w, level, SL_PLANNER_SHIFT, 1, 0, core, a, b);
		}
	}
}

/* All of a core's to another one, and the other way round if it is wanted. */
static void list_fuses(struct sl_planner_scratch *w, const u64 *on, u32 level,
		       u32 core, bool both)
{
	u64 used = 0, rest;
	u32 i;

	for (i = 0; i < w->s->stage_count; i++)
		used |= on[i];
	for (rest = used & ~(1ull << core); rest; rest &= rest - 1) {
		add(w, level, SL_PLANNER_FUSE, 0, core, sl_lowest(rest), 0, 0);
		add(w, level, SL_PLANNER_SWAP, 1, core, sl_lowest(rest), 0, 0);
		if (both)
			add(w, level, SL_PLANNER_FUSE, 0, sl_lowest(rest), core,
			    0, 0);
	}
}

/**
 * sl_moves_list() - list the changes to a plan
 * @w: with the plan as what was looked at last
 * @on: the plan
 * @level: which list: 0 for all changes, 1 for those that help the slowest core
 */
void sl_moves_list(struct sl_planner_scratch *w, const u64 *on, u32 level)
{
	u32 n = w->s->stage_count;
	u32 worst = w->worst;
	u32 i, t;

	w->candidate_count[level] = 0;
	list_targets(w, on);
	for (i = 0; i < n; i++)
		if (on[i] >> worst & 1)
			list_stage(w, on, level, i, worst);
	list_neighbours(w, on, level, worst);
	list_fuses(w, on, level, worst, true);
	if (level)
		return;
	for (t = 0; t < w->target_count; t++) {
		u32 core = w->target[t];

		if (core == worst)
			continue;
		list_fuses(w, on, level, core, false);
		list_neighbours(w, on, level, core);
	}
	for (i = 0; i < n; i++)
		if (!(on[i] >> worst & 1))
			list_stage(w, on, level, i, sl_lowest(on[i]));
}

/**
 * sl_moves_allowed() - may a stage be on these cores
 * @w: prepared
 * @stage: the stage
 * @on: cores, as bits
 */
bool sl_moves_allowed(const struct sl_planner_scratch *w, u32 stage, u64 on)
{
	const struct sl_planner_stage *s = &w->s->stage[stage];
	u32 count;

	if (!on || (on & ~w->cores[stage]))
		return false;
	if (s->pinned && w->s->placed)
		return on == (w->s->on[stage] & w->usable);
	if (!(on & (on - 1)))
		return true;
	count = sl_members(on);
	return s->class != SL_SERIAL &&
	       (!s->replicas_max || count <= s->replicas_max);
}

static bool put(struct sl_planner_scratch *w, u64 *on, u32 stage,
		u64 cores)
{
	if (on[stage] == cores)
		return true;
	on[stage] = cores;
	w->touched[w->touched_count++] = stage;
	return sl_moves_allowed(w, stage, cores);
}

static bool apply_core(struct sl_planner_scratch *w, u64 *on,
		       const struct sl_candidate *c)
{
	u64 from = 1ull << c->from, to = 1ull << c->to;
	bool moved = false;
	u32 i;

	for (i = 0; i < w->s->stage_count; i++) {
		bool after = w->place[i] >= w->place[c->stage];

		if (!(on[i] & from))
			continue;
		/* The stages behind it, or before it and itself. */
		if (c->move == SL_PLANNER_SPLIT &&
		    !(c->block ? !after || i == c->stage : after))
			continue;
		moved = true;
		if (!put(w, on, i, (on[i] & ~from) | to))
			return false;
	}
	return moved;
}

static bool apply_replicate(struct sl_planner_scratch *w, u64 *on,
			    const struct sl_candidate *c)
{
	u64 was = on[c->stage];
	u64 cores = c->from == c->to ? was & ~(1ull << c->from)
				     : was | 1ull << c->to;
	u32 i;

	if (!c->block)
		return put(w, on, c->stage, cores);
	for (i = 0; i < w->s->stage_count; i++)
		if (on[i] == was && !put(w, on, i, cores))
			return false;
	return true;
}

static bool swap_cores(struct sl_planner_scratch *w, u64 *on, u64 a,
		       u64 b)
{
	u32 i;

	for (i = 0; i < w->s->stage_count; i++)
		if (!!(on[i] & a) != !!(on[i] & b) &&
		    !put(w, on, i, on[i] ^ (a | b)))
			return false;
	return true;
}

/**
 * sl_moves_apply() - change a plan
 * @w: prepared; touched is set to the stages that were put elsewhere
 * @on: the plan, spoilt if the change is not possible
 * @c: the change
 *
 * Return: whether it is possible, for each stage that it touches.
 */
bool sl_moves_apply(struct sl_planner_scratch *w, u64 *on,
		    const struct sl_candidate *c)
{
	u64 from = 1ull << c->from, to = 1ull << c->to;
	u64 a = on[c->stage], b = on[c->other];

	w->touched_count = 0;
	switch (c->move) {
	case SL_PLANNER_SHIFT:
		if (c->block)	/* to all the cores of its neighbour */
			return put(w, on, c->stage, b);
		return put(w, on, c->stage, (a & ~from) | to);
	case SL_PLANNER_MOVE:
		return put(w, on, c->stage, (a & ~from) | to);
	case SL_PLANNER_SWAP:
		if (c->block)	/* all that is on one core and on the other */
			return swap_cores(w, on, from, to);
		return put(w, on, c->stage, b) && put(w, on, c->other, a);
	case SL_PLANNER_REPLICATE:
		return apply_replicate(w, on, c);
	default:
		return apply_core(w, on, c);
	}
}
