// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Contiguous cuts: the stages in the order of the graph, cut into runs of
 * neighbours.  What a run costs with its hops depends on its two ends only, so
 * dynamic programming finds the best cut; and, with a limit for every core,
 * how few cores are enough when runs may be replicated, so that halving the
 * limit finds the best of these, too.
 *
 * The distance over which a cut goes is taken to be that between the cores
 * that come one after the other.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

/* Steps of halving: what is left of the interval is below a thousandth. */
#define HALVINGS	24

static void weigh_hops(struct sl_planner_scratch *w, u32 way_ps)
{
	u32 e;

	for (e = 0; e < w->s->edge_count; e++)
		sl_cost_hop(w->s, &w->s->edge[e], way_ps, &w->left_hop_ps[e],
			    &w->right_hop_ps[e]);
}

/* What the runs of stages that begin with `begin` cost, hops and all. */
static void weigh_runs(struct sl_planner_scratch *w, u32 begin)
{
	const struct sl_planner_snapshot *s = w->s;
	u64 sum = 0;
	u32 i, k;

	memset(w->inside, 0, sizeof(w->inside));
	w->segment_ps[begin] = 0;
	for (i = begin; i < s->stage_count; i++) {
		u32 stage = w->order[i];

		sum += w->stage_ps[stage];
		for (k = w->first[stage]; k < w->first[stage + 1]; k++) {
			u32 e = w->edge_of[k];
			bool left = s->edge[e].left == stage;
			u32 other = left ? s->edge[e].right : s->edge[e].left;

			if (w->inside[other])
				sum -= left ? w->right_hop_ps[e]
					    : w->left_hop_ps[e];
			else
				sum += left ? w->left_hop_ps[e]
					    : w->right_hop_ps[e];
		}
		w->inside[stage] = true;
		w->segment_ps[i + 1] = sum;
	}
}

/* The farther one of a core's two neighbours in the walk. */
static u32 typical_way(const struct sl_planner_scratch *w, u32 at)
{
	u32 before = 0, after = 0;

	if (at)
		before = w->s->distance_ps[w->walk[at]][w->walk[at - 1]];
	if (at + 1 < w->walk_count)
		after = w->s->distance_ps[w->walk[at]][w->walk[at + 1]];
	return max(before, after);
}

/**
 * sl_cut_weigh_hops() - work out what edges between neighbouring cores cost
 * @w: prepared; left_hop_ps and right_hop_ps are set
 */
void sl_cut_weigh_hops(struct sl_planner_scratch *w)
{
	weigh_hops(w, typical_way(w, 0));
}

static void relax(struct sl_planner_scratch *w, u32 at, u32 begin)
{
	u32 core = w->walk[at];
	u32 end;

	for (end = begin + 1; end <= w->s->stage_count; end++) {
		u64 time;

		if (!(w->cores[w->order[end - 1]] >> core & 1))
			return;
		time = div64_u64(w->segment_ps[end] * 1000, w->capacity[core]);
		time = max(time, w->cut_ps[at][begin]);
		if (time < w->cut_ps[at + 1][end]) {
			w->cut_ps[at + 1][end] = time;
			w->cut_from[at + 1][end] = begin;
		}
	}
}

/**
 * sl_cut() - the best contiguous cut without replicas
 * @w: prepared
 * @on: set to the plan
 *
 * Return: whether there is one, which constraints may prevent.
 */
bool sl_cut(struct sl_planner_scratch *w, u64 *on)
{
	u32 n = w->s->stage_count;
	u32 at, begin, i;

	memset(w->cut_ps, 0xff, sizeof(w->cut_ps));
	w->cut_ps[0][0] = 0;
	for (at = 0; at < w->walk_count; at++) {
		weigh_hops(w, typical_way(w, at));
		/* A core may be left out. */
		for (i = 0; i <= n; i++) {
			w->cut_ps[at + 1][i] = w->cut_ps[at][i];
			w->cut_from[at + 1][i] = i;
		}
		for (begin = 0; begin < n; begin++) {
			if (w->cut_ps[at][begin] == SL_NEVER)
				continue;
			weigh_runs(w, begin);
			relax(w, at, begin);
		}
	}
	if (w->cut_ps[at][n] == SL_NEVER)
		return false;
	for (i = n; at > 0; at--) {
		begin = w->cut_from[at][i];
		while (i > begin)
			on[w->order[--i]] = 1ull << w->walk[at - 1];
	}
	return true;
}

/* How many replicas a run may have. */
static u32 replicas_of(const struct sl_planner_scratch *w, u32 stage)
{
	const struct sl_planner_stage *s = &w->s->stage[stage];

	if (s->class == SL_SERIAL)
		return 1;
	return s->replicas_max ? s->replicas_max : SL_PLANNER_CORES_MAX;
}

/*
 * The fewest cores on which no run takes longer than the limit; cut_ps[0] has
 * how many are enough up to a stage.
 */
static bool fits(struct sl_planner_scratch *w, u64 limit, u64 mean_capacity)
{
	u64 *cores = w->cut_ps[0];
	u32 n = w->s->stage_count;
	u32 begin, end;

	memset(cores, 0xff, sizeof(w->cut_ps[0]));
	cores[0] = 0;
	for (begin = 0; begin < n; begin++) {
		u32 most = SL_PLANNER_CORES_MAX;

		if (cores[begin] >= w->walk_count)
			continue;
		weigh_runs(w, begin);
		for (end = begin + 1; end <= n; end++) {
			u64 time = div64_u64(w->segment_ps[end] * 1000,
					     mean_capacity);
			u64 need = div64_u64(time + limit - 1, limit);

			most = min(most, replicas_of(w, w->order[end - 1]));
			if (!need)
				need = 1;
			if (need > most || cores[begin] + need >= cores[end])
				continue;
			cores[end] = cores[begin] + need;
			w->cut_from[0][end] = begin;
		}
	}
	return cores[n] <= w->walk_count;
}

/* Gives each run its cores in the order of the walk, and what is left over. */
static void lay_out(struct sl_planner_scratch *w, u64 *on)
{
	u32 end = w->s->stage_count;

	while (end) {
		u32 begin = w->cut_from[0][end];
		u32 first = w->cut_ps[0][begin], last = w->cut_ps[0][end];
		u64 cores = 0;

		for (; first < last; first++)
			cores |= 1ull << w->walk[first];
		while (end > begin)
			on[w->order[--end]] = cores;
	}
}

/**
 * sl_cut_wide() - the best contiguous cut with runs that may be replicated
 * @w: prepared
 * @on: set to the plan
 *
 * Cores are taken for equally fast; climbing mends what that does wrong.
 *
 * Return: whether there is one.
 */
bool sl_cut_wide(struct sl_planner_scratch *w, u64 *on)
{
	u64 capacity = 0, low, high = 0;
	u32 i, at;

	for (i = 0; i < w->walk_count; i++)
		capacity += w->capacity[w->walk[i]];
	capacity = max_t(u64, div64_u64(capacity, w->walk_count), 1);
	sl_cut_weigh_hops(w);
	for (i = 0; i < w->s->stage_count; i++)
		high += w->stage_ps[i];
	high = div64_u64(high * 1000, capacity) + 1;
	low = div64_u64(high, 2 * w->walk_count);
	for (at = 0; at < HALVINGS && low + 1 < high; at++) {
		u64 middle = low + (high - low) / 2;

		if (fits(w, middle, capacity))
			high = middle;
		else
			low = middle;
	}
	if (!fits(w, high, capacity))
		return false;
	lay_out(w, on);
	for (i = 0; i < w->s->stage_count; i++)
		if (!sl_moves_allowed(w, i, on[i]))
			return false;
	return true;
}
