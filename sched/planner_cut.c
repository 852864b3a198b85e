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

/*
 * What the runs of stages that begin with `begin` cost, hops and all; up to
 * where stages alone cost more than what is of interest.  Returns the end of
 * the longest one.
 */
static u32 weigh_runs(struct sl_planner_scratch *w, u32 begin, u64 most_ps)
{
	const struct sl_planner_snapshot *s = w->s;
	u64 sum = 0, alone = 0;
	u32 i, k;

	for (i = begin; i < s->stage_count; i++) {
		u32 stage = w->order[i];

		alone += w->stage_ps[stage];
		if (alone > most_ps)
			break;
		sum += w->stage_ps[stage];
		for (k = w->first[stage]; k < w->first[stage + 1]; k++) {
			u32 e = w->edge_of[k];
			bool left = s->edge[e].left == stage;
			u32 at = w->place[left ? s->edge[e].right
					       : s->edge[e].left];

			if (at >= begin && at < i)
				sum -= left ? w->right_hop_ps[e]
					    : w->left_hop_ps[e];
			else
				sum += left ? w->left_hop_ps[e]
					    : w->right_hop_ps[e];
		}
		w->segment_ps[i + 1] = sum;
	}
	return i;
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
 * @w: prepared; left_hop_ps and right_hop_ps are set, inner_ps, and
 *     left_far_ps and right_far_ps
 */
void sl_cut_weigh_hops(struct sl_planner_scratch *w)
{
	u32 e;

	weigh_hops(w, typical_way(w, 0));
	for (e = 0; w->group_count > 1 && e < w->s->edge_count; e++)
		sl_cost_hop(w->s, &w->s->edge[e], w->far_ps,
			    &w->left_far_ps[e], &w->right_far_ps[e]);
	for (e = 0; e < w->s->edge_count; e++)
		w->inner_ps[e] = w->s->edge[e].fuse ?
				 sl_cost_fused(w->s, &w->s->edge[e]) :
				 w->left_hop_ps[e] + w->right_hop_ps[e];
}

static void relax(struct sl_planner_scratch *w, u32 at, u32 begin, u32 last)
{
	u32 core = w->walk[at];
	u32 end;

	for (end = begin + 1; end <= last; end++) {
		u64 time = w->segment_ps[end];

		if (!(w->cores[w->order[end - 1]] >> core & 1))
			return;
		if (w->capacity[core] != 1000)
			time = div64_u64(time * 1000, w->capacity[core]);
		time = max(time, w->cut_ps[at][begin]);
		if (time < w->cut_ps[at + 1][end]) {
			w->cut_ps[at + 1][end] = time;
			w->cut_from[at + 1][end] = begin;
		}
	}
}

/* What is of interest on a core: less than what fewer cores are enough for. */
static u64 most_of(const struct sl_planner_scratch *w, u32 at)
{
	u64 known = w->cut_ps[at][w->s->stage_count];

	return (cut_off(div64_u64(known, 1000), 1ull << 50) + 1) *
	       w->capacity[w->walk[at]];
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
		u64 most = most_of(w, at);

		if (!at || typical_way(w, at) != typical_way(w, at - 1))
			weigh_hops(w, typical_way(w, at));
		/* A core may be left out. */
		for (i = 0; i <= n; i++) {
			w->cut_ps[at + 1][i] = w->cut_ps[at][i];
			w->cut_from[at + 1][i] = i;
		}
		for (begin = 0; begin < n; begin++) {
			if (w->cut_ps[at][begin] == SL_NEVER)
				continue;
			relax(w, at, begin, weigh_runs(w, begin, most));
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

/* How many replicas a run may have: as its neighbours have edges for, too. */
static u32 replicas_of(const struct sl_planner_scratch *w, u32 stage)
{
	const struct sl_planner_stage *s = &w->s->stage[stage];
	u32 most = SL_PLANNER_CORES_MAX;

	if (s->class == SL_SERIAL)
		return 1;
	if (w->edges_bind)
		most = max_t(u32, w->s->edges_max, 2) - 1;
	return s->replicas_max ? min(s->replicas_max, most) : most;
}

/*
 * The fewest cores on which no run costs one of them more than the limit;
 * cut_ps[0] has how many are enough up to a stage.
 */
static bool fits(struct sl_planner_scratch *w, u64 limit_ps)
{
	u64 *cores = w->cut_ps[0];
	u32 n = w->s->stage_count;
	u32 begin, end, last;

	memset(cores, 0xff, sizeof(w->cut_ps[0]));
	cores[0] = 0;
	for (begin = 0; begin < n; begin++) {
		u32 most = SL_PLANNER_CORES_MAX;

		if (cores[begin] >= w->walk_count)
			continue;
		last = weigh_runs(w, begin,
				  limit_ps * (w->walk_count - cores[begin]));
		for (end = begin + 1; end <= last; end++) {
			u64 cost = w->segment_ps[end], need = 1;

			if (cost > limit_ps)
				need = div64_u64(cost + limit_ps - 1, limit_ps);
			most = min(most, replicas_of(w, w->order[end - 1]));
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
	u64 low, high = 0;
	u32 i, at;

	sl_cut_weigh_hops(w);
	for (i = 0; i < w->s->stage_count; i++)
		high += w->stage_ps[i];
	high++;
	low = div64_u64(high, 2 * w->walk_count);
	for (at = 0; at < HALVINGS && low + low / 1024 + 1 < high; at++) {
		u64 middle = low + (high - low) / 2;

		if (fits(w, middle))
			high = middle;
		else
			low = middle;
	}
	if (!fits(w, high))
		return false;
	lay_out(w, on);
	for (i = 0; i < w->s->stage_count; i++)
		if (!sl_moves_allowed(w, i, on[i]))
			return false;
	return true;
}
