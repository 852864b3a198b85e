// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/string.h>

#include "sched/planner_own.h"

#define STAGES_FEW	16
#define BEAM_WORK	400	/* plans to look at for each of the beam */

static const char *const moves[] = {
	[SL_PLANNER_START] = "start",
	[SL_PLANNER_SHIFT] = "shift",
	[SL_PLANNER_MOVE] = "move",
	[SL_PLANNER_SWAP] = "swap",
	[SL_PLANNER_FUSE] = "fuse",
	[SL_PLANNER_SPLIT] = "split",
	[SL_PLANNER_REPLICATE] = "replicate",
	[SL_PLANNER_ASKED] = "asked",
	[SL_PLANNER_TRIAL] = "trial",
	[SL_PLANNER_BACK] = "back",
};

static const char *const origins[] = {
	[SL_PLANNER_KEPT] = "the plan there is",
	[SL_PLANNER_CUT] = "a contiguous cut",
	[SL_PLANNER_WIDE] = "a cut with replicas",
	[SL_PLANNER_COMPLETE] = "run to completion",
	[SL_PLANNER_GREEDY] = "one stage after another",
};

static const char *const faults[] = {
	[SL_PLANNER_OK] = "there is a plan",
	[SL_PLANNER_EMPTY] = "there is no stage, or no core that may be used",
	[SL_PLANNER_INVALID] = "there are too many stages, edges or cores",
	[SL_PLANNER_CYCLE] = "requests would come back to their caller",
	[SL_PLANNER_NOWHERE] = "a stage may run on no core that may be used",
	[SL_PLANNER_NEAR] = "two stages cannot be near each other",
	[SL_PLANNER_APART] = "two stages cannot be kept apart",
	[SL_PLANNER_CROWDED] = "a pipeline cannot have so many replicas",
};

const char *sl_planner_move_name(enum sl_planner_move move)
{
	return move < SL_PLANNER_MOVES ? moves[move] : "unknown";
}

const char *sl_planner_origin_name(enum sl_planner_origin origin)
{
	return origin < SL_PLANNER_ORIGINS ? origins[origin] : "unknown";
}

const char *sl_planner_fault_name(enum sl_planner_fault fault)
{
	return fault < SL_PLANNER_FAULTS ? faults[fault] : "unknown";
}

/**
 * sl_planner_scratch_bytes() - memory that the planner works in
 *
 * Return: bytes, some hundred thousand; what is in them does not matter.
 */
size_t sl_planner_scratch_bytes(void)
{
	return sizeof(struct sl_planner_scratch);
}

static u64 rate_of(u64 time_ps)
{
	return time_ps ? div64_u64(SL_RATE_ONE, time_ps) : 0;
}

static bool all_allowed(const struct sl_planner_scratch *w, const u64 *on)
{
	u32 i;

	for (i = 0; i < w->s->stage_count; i++)
		if (!sl_moves_allowed(w, i, on[i]))
			return false;
	return true;
}

/**
 * sl_run_to_completion() - each stage on all cores, if it may have replicas
 * @w: prepared
 * @on: set to the plan
 *
 * Return: whether there is one.
 */
bool sl_run_to_completion(const struct sl_planner_scratch *w, u64 *on)
{
	u32 each = w->s->instances_max / w->s->stage_count;
	u64 all = 0;
	u32 i;

	for (i = 0; i < w->walk_count && (i < each || !w->s->instances_max); i++)
		all |= 1ull << w->walk[i];
	for (i = 0; i < w->s->stage_count; i++) {
		const struct sl_planner_stage *stage = &w->s->stage[i];

		on[i] = w->cores[i];
		if (stage->pinned && w->s->placed)
			continue;
		if (on[i] & all)
			on[i] &= all;
		if (stage->class == SL_SERIAL)
			on[i] = 1ull << sl_lowest(w->cores[i]);
		while (stage->replicas_max &&
		       sl_members(on[i]) > stage->replicas_max)
			on[i] &= on[i] - 1;
	}
	return all_allowed(w, on);
}

/* How many of the stages that are placed a core would be wrong for. */
static u32 conflicts(const struct sl_planner_scratch *w, const u64 *on,
		     u32 stage, u32 core)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 found = 0;
	u32 i;

	for (i = 0; i < s->stage_count; i++) {
		if (!on[i] || i == stage)
			continue;
		if ((sl_bit(s->stage[i].apart, stage) ||
		     sl_bit(s->stage[stage].apart, i)) && (on[i] >> core & 1))
			found++;
		if ((sl_bit(s->stage[i].near, stage) ||
		     sl_bit(s->stage[stage].near, i)) &&
		    !(on[i] >> core & 1) &&
		    s->distance_ps[sl_lowest(on[i])][core] > s->costs.near_ps)
			found++;
	}
	return found;
}

/* One stage after another, each where it does least harm. */
static bool one_by_one(struct sl_planner_scratch *w, u64 *on)
{
	u64 *load = w->time_ps;
	u32 i, at;

	memset(on, 0, w->s->stage_count * sizeof(on[0]));
	memset(load, 0, sizeof(w->time_ps));
	for (i = 0; i < w->s->stage_count; i++)
		if (w->s->stage[i].pinned && w->s->placed)
			on[i] = w->cores[i];
	for (at = 0; at < w->s->stage_count; at++) {
		u32 stage = w->order[at], best = 0, least = ~0u;
		u64 best_ps = SL_NEVER;

		if (on[stage])
			continue;
		for (i = 0; i < w->walk_count; i++) {
			u32 core = w->walk[i], bad;
			u64 time;

			if (!(w->cores[stage] >> core & 1))
				continue;
			bad = w->ties ? conflicts(w, on, stage, core) : 0;
			time = load[core] + div64_u64(w->stage_ps[stage] * 1000,
						      w->capacity[core]);
			if (bad > least || (bad == least && time >= best_ps))
				continue;
			least = bad;
			best_ps = time;
			best = core;
		}
		on[stage] = 1ull << best;
		load[best] = best_ps;
	}
	return all_allowed(w, on);
}

/* Makes every plan to climb from; rate_of says which of them there are. */
static void find_starts(struct sl_planner_scratch *w,
			struct sl_planner_plan *plan, struct sl_score *score)
{
	bool there[SL_PLANNER_ORIGINS];
	u32 i;

	memcpy(w->start[SL_PLANNER_KEPT], w->s->on, sizeof(w->s->on));
	there[SL_PLANNER_KEPT] = w->s->placed;
	there[SL_PLANNER_CUT] = sl_cut(w, w->start[SL_PLANNER_CUT]);
	there[SL_PLANNER_WIDE] = sl_cut_wide(w, w->start[SL_PLANNER_WIDE]);
	there[SL_PLANNER_COMPLETE] =
		sl_run_to_completion(w, w->start[SL_PLANNER_COMPLETE]);
	there[SL_PLANNER_GREEDY] =
		one_by_one(w, w->start[SL_PLANNER_GREEDY]);
	for (i = 0; i < SL_PLANNER_ORIGINS; i++) {
		score[i] = (struct sl_score){ ~0u, SL_NEVER, SL_NEVER };
		plan->rate_of[i] = 0;
		if (!there[i] || !all_allowed(w, w->start[i]))
			continue;
		score[i] = sl_cost(w, w->start[i]);
		if (!score[i].broken)
			plan->rate_of[i] = rate_of(score[i].worst_ps);
	}
}

/* More stages have more places to be, and need some more work. */
static u32 work_of(const struct sl_planner_snapshot *s)
{
	if (s->work)
		return s->work;
	return s->stage_count <= STAGES_FEW ? SL_PLANNER_WORK :
					      SL_PLANNER_WORK * 3 / 2;
}

/*
 * Climbs from each start, the best one first.  What there is now wins a draw,
 * so that nothing is moved for nothing.
 */
static struct sl_score search(struct sl_planner_scratch *w,
			      struct sl_planner_plan *plan)
{
	struct sl_score score[SL_PLANNER_ORIGINS], best;
	u32 work = work_of(w->s);
	bool done[SL_PLANNER_ORIGINS] = { false };
	u32 k, i;

	w->beam_room = clamp_t(u32, work / BEAM_WORK, 4, SL_BEAM);
	find_starts(w, plan, score);
	best = score[SL_PLANNER_KEPT];
	plan->origin = SL_PLANNER_KEPT;
	memcpy(w->best, w->start[SL_PLANNER_KEPT], sizeof(w->best));
	for (k = SL_PLANNER_ORIGINS; k > 0; k--) {
		struct sl_score reached;
		u32 at = SL_PLANNER_ORIGINS;

		for (i = 0; i < SL_PLANNER_ORIGINS; i++)
			if (!done[i] && (at == SL_PLANNER_ORIGINS ||
					 sl_score_less(&score[i], &score[at])))
				at = i;
		done[at] = true;
		if (score[at].worst_ps == SL_NEVER)
			break;
		w->work_max = w->work < work ? w->work + (work - w->work) / k
					     : w->work;
		if (at != SL_PLANNER_KEPT)
			sl_blocks(w, w->start[at]);
		reached = sl_climb(w, w->start[at]);
		if (!sl_score_less(&reached, &best))
			continue;
		best = reached;
		plan->origin = at;
		memcpy(w->best, w->start[at], sizeof(w->best));
	}
	w->work_max = ~0u;
	return best;
}

/* Replicas that would come or go, if these two cores changed places. */
static u32 moves_of(const struct sl_planner_scratch *w, const u64 *on, u64 both)
{
	u32 i, moves = 0;

	for (i = 0; i < w->s->stage_count; i++) {
		u64 is = on[i];

		if ((is & both) && (is & both) != both)
			is ^= both;
		moves += sl_members(is ^ w->s->on[i]);
	}
	return moves;
}

/*
 * Of plans that differ by which of some equal cores is which, all as good, the
 * search finds any; this takes the one that is nearest to what there is now.
 */
static void settle(struct sl_planner_scratch *w, struct sl_score *score)
{
	u32 a, b, i;

	for (a = 0; a < w->walk_count; a++)
		for (b = 0; b < a; b++) {
			u64 both = 1ull << w->walk[a] | 1ull << w->walk[b];
			struct sl_score other;

			if (moves_of(w, w->best, both) >= moves_of(w, w->best, 0))
				continue;
			for (i = 0; i < w->s->stage_count; i++)
				w->trial[i] = (w->best[i] & both) &&
					      (w->best[i] & both) != both ?
					      w->best[i] ^ both : w->best[i];
			if (!all_allowed(w, w->trial))
				continue;
			other = sl_cost(w, w->trial);
			if (sl_score_less(score, &other))
				continue;
			*score = other;
			memcpy(w->best, w->trial, sizeof(w->best));
		}
}

/* The stage that costs most on the slowest core. */
static u32 find_bottleneck(const struct sl_planner_scratch *w, const u64 *on)
{
	u32 found = 0;
	u64 most = 0;
	u32 i;

	for (i = 0; i < w->s->stage_count; i++) {
		u64 cost = div64_u64(w->stage_ps[i], sl_members(on[i]));

		if (!(on[i] >> w->worst & 1) || cost < most)
			continue;
		most = cost;
		found = i;
	}
	return found;
}

/**
 * sl_planner_reckon() - work out what a plan promises, and what leads to it
 * @snapshot: the snapshot, with which the planner has begun
 * @scratch: of the planner
 * @plan: with its places set
 */
void sl_planner_reckon(const struct sl_planner_snapshot *snapshot,
		       struct sl_planner_scratch *scratch,
		       struct sl_planner_plan *plan)
{
	struct sl_score score;
	u64 rest;

	plan->rate_now = 0;
	if (snapshot->placed && all_allowed(scratch, snapshot->on)) {
		score = sl_cost(scratch, snapshot->on);
		if (!score.broken)
			plan->rate_now = rate_of(score.worst_ps);
	}
	score = sl_cost(scratch, plan->on);
	plan->rate = rate_of(score.worst_ps);
	plan->latency_ps = scratch->latency_ps;
	plan->bottleneck_core = scratch->worst;
	plan->bottleneck = find_bottleneck(scratch, plan->on);
	memset(plan->busy, 0, sizeof(plan->busy));
	for (rest = scratch->usable; rest; rest &= rest - 1) {
		u32 core = sl_lowest(rest);
		u64 time = scratch->time_ps[core] / 1024;

		plan->busy[core] = div64_u64(time * 1000,
					     score.worst_ps / 1024 + 1);
	}
	sl_steps(snapshot, plan);
}

/**
 * sl_planner_make() - find a plan
 * @snapshot: what was measured, and where the stages are now
 * @scratch: sl_planner_scratch_bytes() to work in
 * @plan: where to put it; if there is none, it says why
 *
 * The plan is at least as good as the one there is now and as the best
 * contiguous cut.
 *
 * Return: 0 or -EINVAL.
 */
int sl_planner_make(const struct sl_planner_snapshot *snapshot,
		    struct sl_planner_scratch *scratch,
		    struct sl_planner_plan *plan)
{
	struct sl_score score;

	memset(plan, 0, sizeof(*plan));
	if (sl_cost_prepare(scratch, snapshot, plan))
		return -EINVAL;
	score = search(scratch, plan);
	if (snapshot->placed && score.worst_ps != SL_NEVER)
		settle(scratch, &score);
	if (score.broken) {
		plan->fault = SL_PLANNER_NOWHERE;
		if (score.worst_ps == SL_NEVER)
			return -EINVAL;
		sl_cost(scratch, scratch->best);
		plan->fault = scratch->broken_fault;
		plan->fault_stage = scratch->broken_stage;
		plan->fault_other = scratch->broken_other;
		return -EINVAL;
	}
	memcpy(plan->on, scratch->best,
	       snapshot->stage_count * sizeof(plan->on[0]));
	sl_planner_reckon(snapshot, scratch, plan);
	plan->work = scratch->work;
	return 0;
}

/**
 * sl_planner_begin() - get ready to ask for rates
 * @snapshot: the snapshot, which must stay
 * @scratch: sl_planner_scratch_bytes() to work in
 *
 * Return: 0 or -EINVAL.
 */
int sl_planner_begin(const struct sl_planner_snapshot *snapshot,
		     struct sl_planner_scratch *scratch)
{
	struct sl_planner_plan *none = &scratch->unused;

	return sl_cost_prepare(scratch, snapshot, none);
}

/**
 * sl_planner_rate() - what the model says of a plan
 * @scratch: with which the planner has begun
 * @on: by stage: its cores, at least one, all of which may be used
 *
 * Return: the rate it can take, in events per 1000 seconds; 0 if it breaks a
 * constraint.
 */
u64 sl_planner_rate(struct sl_planner_scratch *scratch, const u64 *on)
{
	struct sl_score score = sl_cost(scratch, on);

	return score.broken ? 0 : rate_of(score.worst_ps);
}

/**
 * sl_planner_allowed() - does a plan keep all constraints
 * @scratch: with which the planner has begun
 * @on: by stage: its cores
 */
bool sl_planner_allowed(struct sl_planner_scratch *scratch, const u64 *on)
{
	return all_allowed(scratch, on) && !sl_cost(scratch, on).broken;
}
