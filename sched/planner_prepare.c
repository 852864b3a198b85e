// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the planner works out of a snapshot once, for all plans.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "sched/planner_own.h"

static bool sane(const struct sl_planner_snapshot *s)
{
	u32 i;

	if (s->stage_count > SL_PLANNER_STAGES_MAX ||
	    s->edge_count > SL_PLANNER_EDGES_MAX ||
	    s->core_count > SL_PLANNER_CORES_MAX)
		return false;
	for (i = 0; i < s->edge_count; i++)
		if (s->edge[i].left >= s->stage_count ||
		    s->edge[i].right >= s->stage_count)
			return false;
	return true;
}

/* Lists the edges of each stage, and the stages with callers first. */
static bool sort_stages(struct sl_planner_scratch *w,
			const struct sl_planner_snapshot *s)
{
	u32 n = s->stage_count;
	u16 *open = w->place;	/* callers that are not in order yet */
	u32 i, k, done = 0;

	memset(w->first, 0, sizeof(w->first));
	memset(w->called, 0, sizeof(w->called));
	memset(open, 0, n * sizeof(open[0]));
	for (i = 0; i < s->edge_count; i++) {
		w->first[s->edge[i].left + 1]++;
		w->first[s->edge[i].right + 1]++;
		open[s->edge[i].right]++;
		w->called[s->edge[i].right] = true;
	}
	for (i = 0; i < n; i++)
		w->first[i + 1] += w->first[i];
	for (i = 0; i < s->edge_count; i++) {
		w->edge_of[w->first[s->edge[i].left]++] = i;
		w->edge_of[w->first[s->edge[i].right]++] = i;
	}
	for (i = n; i > 0; i--)
		w->first[i] = w->first[i - 1];
	w->first[0] = 0;

	for (i = 0; i < n; i++)
		if (!open[i])
			w->order[done++] = i;
	for (i = 0; i < done; i++) {
		u32 stage = w->order[i];

		for (k = w->first[stage]; k < w->first[stage + 1]; k++) {
			const struct sl_planner_edge *e = &s->edge[w->edge_of[k]];

			if (e->left == stage && !--open[e->right])
				w->order[done++] = e->right;
		}
	}
	return done == n;
}

static void weigh_stage(struct sl_planner_scratch *w, u32 i)
{
	const struct sl_planner_stage *stage = &w->s->stage[i];
	u64 call = cut_off(stage->call_ps, SL_PS_MAX);
	u64 event = cut_off(stage->event_ps, SL_PS_MAX);
	u64 visits = cut_off(stage->visits, SL_VISITS_MAX);
	u64 batch = clamp_t(u64, stage->batch, 16, 16 * 1024);

	w->stage_ps[i] = (div64_u64(call * 16, batch) + event) * visits /
			 SL_PLANNER_ONE;
	/* An event stays in a stage for as long as the batch that it is of. */
	w->batch_ps[i] = (call + cut_off(event * batch / 16, SL_PS_MAX)) *
			 visits / SL_PLANNER_ONE;
	/* As often as it is called. */
	w->miss_ps[i] = cut_off(stage->lines, SL_STATE_MAX) *
			cut_off(w->s->costs.miss_ps, SL_MISS_PS_MAX) *
			div64_u64(visits * 16, batch) / SL_PLANNER_ONE;
}

/* For a measure of evenness: all stages on a core that is slow. */
static void find_shift(struct sl_planner_scratch *w)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < w->s->stage_count; i++)
		sum += w->stage_ps[i];
	for (w->spread_shift = 0; sum >> w->spread_shift > SL_SPREAD_MAX / 4;)
		w->spread_shift++;
}

static void weigh_cores(struct sl_planner_scratch *w,
			const struct sl_planner_snapshot *s)
{
	u32 i;

	w->usable = 0;
	w->even = true;
	for (i = 0; i < s->core_count; i++) {
		const struct sl_planner_core *core = &s->core[i];
		u32 taken = min_t(u32, core->taken, 990);

		w->capacity[i] = 0;
		if (!core->usable)
			continue;
		w->usable |= 1ull << i;
		w->capacity[i] = max_t(u32, clamp_t(u32, core->speed, 10,
						    SL_SPEED_MAX) *
				       (1000 - taken) / 1000, 1);
		w->even &= w->capacity[i] ==
			   w->capacity[sl_lowest(w->usable)];
	}
}

/* Begins at the fastest core; each next one is the nearest that is left. */
static void walk_cores(struct sl_planner_scratch *w,
		       const struct sl_planner_snapshot *s)
{
	u64 left = w->usable;
	u32 at = 0, i;

	w->walk_count = 0;
	while (left) {
		u64 best_ps = SL_NEVER;
		u32 best = sl_lowest(left);

		for (i = 0; i < s->core_count; i++) {
			u64 way = w->walk_count ? s->distance_ps[at][i] : 0;

			if (!(left >> i & 1))
				continue;
			if (way < best_ps || (way == best_ps &&
			    w->capacity[i] > w->capacity[best])) {
				best = i;
				best_ps = way;
			}
		}
		at = best;
		left &= ~(1ull << best);
		w->walk[w->walk_count++] = best;
	}
}

/* Distances that differ by less than a quarter are the same here. */
static bool is_farther(u32 way, u32 near)
{
	return way > near && way - near > near / 4;
}

/* How far groups are from each other, between the nearest and the farthest. */
static void weigh_groups(struct sl_planner_scratch *w,
			 const struct sl_planner_snapshot *s, const u8 *first,
			 u32 near)
{
	u32 i, k;

	w->far_ps = near;
	for (i = 0; i < w->group_count; i++)
		for (k = 0; k < i; k++)
			w->far_ps = max(w->far_ps,
					s->distance_ps[first[i]][first[k]]);
	w->far_ps = cut_off(w->far_ps, SL_WAY_PS_MAX);
	near = cut_off(near, SL_WAY_PS_MAX);
	for (i = 0; i < w->group_count; i++)
		for (k = 0; k < w->group_count; k++) {
			u64 way = clamp_t(u64,
					  s->distance_ps[first[i]][first[k]],
					  near, w->far_ps);

			w->group_far[i][k] = i == k ? 0 :
				div64_u64((way - near) * SL_PLANNER_ONE,
					  max_t(u32, w->far_ps - near, 1));
		}
}

/*
 * Groups of cores that are near each other: where the walk has a long way to
 * go, a new one begins.  And the walk in another order: of each group the
 * first core, then of each the second one, and so on.
 */
static void group_cores(struct sl_planner_scratch *w,
			const struct sl_planner_snapshot *s)
{
	u8 rank[SL_PLANNER_CORES_MAX], first[SL_GROUPS_MAX];
	u32 near = ~0u, at = 0, i, k;

	for (i = 1; i < w->walk_count; i++)
		near = min(near, s->distance_ps[w->walk[i]][w->walk[i - 1]]);
	w->group_count = 0;
	for (i = 0; i < w->walk_count; i++) {
		u32 core = w->walk[i];

		rank[i] = i ? rank[i - 1] + 1 : 0;
		if (!i || (w->group_count < SL_GROUPS_MAX &&
			   is_farther(s->distance_ps[core][w->walk[i - 1]],
				      near))) {
			rank[i] = 0;
			first[w->group_count++] = core;
		}
		w->group_of[core] = w->group_count - 1;
	}
	for (k = 0; at < w->walk_count; k++)
		for (i = 0; i < w->walk_count; i++)
			if (rank[i] == k)
				w->stride[at++] = w->walk[i];
	weigh_groups(w, s, first, near);
}

/**
 * sl_cost_prepare() - work out what all plans have in common
 * @w: where to put it
 * @s: the snapshot, which must stay
 * @plan: is told what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int sl_cost_prepare(struct sl_planner_scratch *w,
		    const struct sl_planner_snapshot *s,
		    struct sl_planner_plan *plan)
{
	u32 i, k;

	w->s = s;
	w->work = 0;
	w->work_max = ~0u;
	w->ties = false;
	w->limited = false;
	w->edges_bind = false;
	w->cheap = 0;
	w->stamp = 0;
	memset(w->stage_stamp, 0, sizeof(w->stage_stamp));
	memset(w->edge_stamp, 0, sizeof(w->edge_stamp));
	plan->fault = SL_PLANNER_INVALID;
	if (!sane(s))
		return -EINVAL;
	weigh_cores(w, s);
	plan->fault = SL_PLANNER_EMPTY;
	if (!s->stage_count || !w->usable)
		return -EINVAL;
	plan->fault = SL_PLANNER_CYCLE;
	if (!sort_stages(w, s))
		return -EINVAL;
	for (i = 0; i < s->stage_count; i++)
		w->place[w->order[i]] = i;
	walk_cores(w, s);
	group_cores(w, s);
	plan->fault = SL_PLANNER_NOWHERE;
	for (i = 0; i < s->stage_count; i++) {
		const struct sl_planner_stage *stage = &s->stage[i];

		weigh_stage(w, i);
		w->cores[i] = w->usable & (stage->cores ? stage->cores : ~0ull);
		if (stage->pinned && s->placed)
			w->cores[i] = w->usable & s->on[i];
		plan->fault_stage = i;
		if (!w->cores[i])
			return -EINVAL;
		w->tied[i] = false;
		for (k = 0; k < SL_PLANNER_WORDS; k++)
			w->tied[i] |= stage->near[k] || stage->apart[k];
		w->ties |= w->tied[i];
		w->limited |= stage->replicas_max > 1;
		w->edges_bind |= s->edges_max &&
				 (w->first[i + 1] - w->first[i]) *
				 w->walk_count > s->edges_max;
	}
	find_shift(w);
	plan->fault = SL_PLANNER_OK;
	plan->fault_stage = 0;
	return 0;
}
