// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The planner's model: what a plan costs.
 *
 * Sums fit into 64 bits because everything that comes in is bounded: a stage
 * costs at most 2^36 ps twice, 2^8 times an event, so 2^45; with what it
 * misses, all 128 of them 2^53.  A hop costs at most 2^22 and 2^36 for its
 * lines, 2^8 times, over 512 directions 2^54.  A core's time is a thousand
 * times that over its speed.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

/**
 * sl_cost_hop() - what an edge costs when its ends are on two cores
 * @s: the snapshot
 * @edge: the edge
 * @way_ps: round trip between the cores
 * @left_ps: set to what it costs the left one, per event that enters
 * @right_ps: set to what it costs the right one
 */
void sl_cost_hop(const struct sl_planner_snapshot *s,
		 const struct sl_planner_edge *edge, u32 way_ps,
		 u64 *left_ps, u64 *right_ps)
{
	const struct sl_planner_costs *c = &s->costs;
	u64 way = cut_off(way_ps, SL_WAY_PS_MAX);
	u64 send = way * cut_off(c->send_share, SL_PLANNER_ONE) / SL_PLANNER_ONE;
	u64 receive = way * cut_off(c->receive_share, SL_PLANNER_ONE) /
		      SL_PLANNER_ONE;
	u64 push = cut_off(c->push_ps, SL_HOP_PS_MAX);
	u64 pop = cut_off(c->pop_ps, SL_HOP_PS_MAX);
	u64 out = cut_off(edge->request_lines, SL_LINES_MAX);
	u64 back = cut_off(edge->reply_lines, SL_LINES_MAX);
	u64 requests = cut_off(edge->requests, SL_VISITS_MAX);
	u64 replies = cut_off(edge->replies, SL_VISITS_MAX);

	*left_ps = (requests * (push + out * send) +
		    replies * (pop + back * receive)) / SL_PLANNER_ONE;
	*right_ps = (requests * (pop + out * receive) +
		     replies * (push + back * send)) / SL_PLANNER_ONE;
}

/* What an event costs that is handed on within a core, over edge e. */
static u64 fused_ps(const struct sl_planner_snapshot *s,
		    const struct sl_planner_edge *edge)
{
	return (cut_off(edge->requests, SL_VISITS_MAX) +
		cut_off(edge->replies, SL_VISITS_MAX)) *
	       cut_off(s->costs.fused_ps, SL_HOP_PS_MAX) / SL_PLANNER_ONE;
}

/*
 * The part of a stage's events that comes to each of its replicas: as much as
 * the core can do, where events enter with whoever has room for them, and
 * below that as long as replicas talk to the one beside them; else the same.
 */
static u64 share(const struct sl_planner_scratch *w, u32 stage, u64 on,
		 u32 core, u64 whole)
{
	u64 all = 0, left, part;

	if (!w->weighted[stage])
		return div64_u64(whole, w->members[stage]);
	for (left = on; left; left &= left - 1)
		all += w->capacity[sl_lowest(left)];
	/* In two parts, for the product may not fit into 64 bits. */
	part = div64_u64(whole, all);
	return part * w->capacity[core] +
	       div64_u64((whole - part * all) * w->capacity[core], all);
}

static void find_weighted(struct sl_planner_scratch *w, const u64 *on, u32 i)
{
	const struct sl_planner_snapshot *s = w->s;
	bool called = false, weighted = true;
	u32 k;

	for (k = w->first[i]; k < w->first[i + 1]; k++) {
		const struct sl_planner_edge *e = &s->edge[w->edge_of[k]];

		if (e->right != i)
			continue;
		called = true;
		weighted &= on[e->left] == on[i] && w->weighted[e->left];
	}
	if (!called)
		w->entries += w->members[i];
	/* Where events enter by flow, replicas get the same part of them. */
	w->weighted[i] = called ? weighted :
			 s->stage[i].class == SL_STATELESS;
}

static void add_stage(struct sl_planner_scratch *w, const u64 *on, u32 i)
{
	u64 left;

	if (!(on[i] & (on[i] - 1))) {
		w->load_ps[sl_lowest(on[i])] += w->stage_ps[i];
		return;
	}
	for (left = on[i]; left; left &= left - 1) {
		u32 core = sl_lowest(left);

		w->load_ps[core] += share(w, i, on[i], core, w->stage_ps[i]);
	}
}

/*
 * Adds what one end of a mesh costs a core: as over the mean distance, for the
 * part of all events that does not stay within the core.
 */
static u64 add_end(struct sl_planner_scratch *w, const struct sl_planner_edge *e,
		   u32 core, const struct sl_meeting *m, u64 all, bool is_left)
{
	u64 left, right, cost;

	if (!m->weight)
		return 0;
	sl_cost_hop(w->s, e, div64_u64(m->way_ps, m->weight), &left, &right);
	cost = div64_u64((is_left ? left : right) * m->weight, all);
	w->load_ps[core] += cost;
	return cost;
}

/* Every replica of one stage talks to every replica of the other one. */
static u64 add_mesh(struct sl_planner_scratch *w, const u64 *on,
		    const struct sl_planner_edge *e)
{
	const struct sl_planner_snapshot *s = w->s;
	struct sl_meeting *right = w->meeting;
	u64 all = 0, hop_ps = 0;
	u64 a, b;

	memset(right, 0, s->core_count * sizeof(right[0]));
	for (a = on[e->left]; a; a &= a - 1)
		all += w->weighted[e->left] ? w->capacity[sl_lowest(a)] : 1;
	all *= w->members[e->right];
	for (a = on[e->left]; a; a &= a - 1) {
		u32 from = sl_lowest(a);
		u64 weight = w->weighted[e->left] ? w->capacity[from] : 1;
		struct sl_meeting left = { 0, 0 };

		for (b = on[e->right]; b; b &= b - 1) {
			u32 to = sl_lowest(b);
			u64 way = s->distance_ps[from][to];

			if (from == to && e->fuse) {
				w->load_ps[from] += div64_u64(
					fused_ps(s, e) * weight, all);
				continue;
			}
			way = from == to ? 0 : weight * cut_off(way, SL_WAY_PS_MAX);
			left.weight += weight;
			left.way_ps += way;
			right[to].weight += weight;
			right[to].way_ps += way;
		}
		hop_ps += add_end(w, e, from, &left, all, true);
	}
	for (b = on[e->right]; b; b &= b - 1)
		hop_ps += add_end(w, e, sl_lowest(b), &right[sl_lowest(b)], all,
				  false);
	return hop_ps;
}

/* Returns the time that events spend between the two stages. */
static u64 add_edge(struct sl_planner_scratch *w, const u64 *on,
		    const struct sl_planner_edge *e)
{
	const struct sl_planner_snapshot *s = w->s;
	u64 a = on[e->left], b = on[e->right];
	u64 left, right, rest;

	if (a == b && e->fuse) {
		u64 cost = fused_ps(s, e);

		if (!(a & (a - 1)))
			w->load_ps[sl_lowest(a)] += cost;
		else
			for (rest = a; rest; rest &= rest - 1)
				w->load_ps[sl_lowest(rest)] +=
					share(w, e->left, a, sl_lowest(rest),
					      cost);
		return cost;
	}
	if ((a & (a - 1)) || (b & (b - 1)))
		return add_mesh(w, on, e);
	sl_cost_hop(s, e, s->distance_ps[sl_lowest(a)][sl_lowest(b)], &left,
		    &right);
	w->load_ps[sl_lowest(a)] += left;
	w->load_ps[sl_lowest(b)] += right;
	return left + right;
}

/*
 * What does not fit into a core's own cache is fetched anew, by and large, each
 * time that a stage is called.
 */
static void add_misses(struct sl_planner_scratch *w, const u64 *on)
{
	const struct sl_planner_snapshot *s = w->s;
	u64 miss = cut_off(s->costs.miss_ps, SL_MISS_PS_MAX);
	u64 rest;
	u32 i;

	if (!s->costs.core_lines || !miss)
		return;
	memset(w->core_state, 0, s->core_count * sizeof(w->core_state[0]));
	for (i = 0; i < s->stage_count; i++)
		for (rest = on[i]; rest; rest &= rest - 1)
			w->core_state[sl_lowest(rest)] +=
				cut_off(s->stage[i].lines, SL_STATE_MAX);
	for (i = 0; i < s->stage_count; i++) {
		u64 lines = cut_off(s->stage[i].lines, SL_STATE_MAX);

		for (rest = on[i]; rest; rest &= rest - 1) {
			u32 core = sl_lowest(rest);
			u64 state = w->core_state[core];
			u64 lost;

			if (state <= s->costs.core_lines)
				continue;
			lost = div64_u64(lines * (state - s->costs.core_lines),
					 state);
			w->load_ps[core] += share(w, i, on[i], core,
						  lost * miss * w->call_rate[i] /
						  SL_PLANNER_ONE);
		}
	}
}

static void broken(struct sl_planner_scratch *w, struct sl_score *score,
		   u32 a, u32 b, u32 fault)
{
	score->broken++;
	w->broken_stage = a;
	w->broken_other = b;
	w->broken_fault = fault;
}

static bool is_near(const struct sl_planner_snapshot *s, u64 a, u64 b)
{
	u64 x, y;

	for (x = a; x; x &= x - 1) {
		if (b >> sl_lowest(x) & 1)
			continue;
		for (y = b; y; y &= y - 1)
			if (s->distance_ps[sl_lowest(x)][sl_lowest(y)] <=
			    s->costs.near_ps)
				break;
		if (!y)
			return false;
	}
	return true;
}

static void check_ties(struct sl_planner_scratch *w, const u64 *on,
		       struct sl_score *score)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 i, j;

	for (i = 0; i < s->stage_count; i++) {
		const struct sl_planner_stage *stage = &s->stage[i];

		for (j = 0; j < s->stage_count; j++) {
			if (i == j)
				continue;
			if (sl_bit(stage->apart, j) && (on[i] & on[j]))
				broken(w, score, i, j, SL_PLANNER_APART);
			if (sl_bit(stage->near, j) && !is_near(s, on[i], on[j]))
				broken(w, score, i, j, SL_PLANNER_NEAR);
		}
	}
}

/* What a pipeline has room for: replicas, and edges of each of them. */
static void check_room(struct sl_planner_scratch *w, const u64 *on,
		       struct sl_score *score)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 all = 0, i, k;

	for (i = 0; i < s->stage_count; i++) {
		u32 edges = 0;

		all += w->members[i];
		for (k = w->first[i]; k < w->first[i + 1]; k++) {
			const struct sl_planner_edge *e = &s->edge[w->edge_of[k]];
			u32 other = e->left == i ? e->right : e->left;

			edges += on[i] == on[other] ? 1 : w->members[other];
		}
		if (s->edges_max && edges > s->edges_max)
			broken(w, score, i, i, SL_PLANNER_CROWDED);
	}
	if (s->instances_max && all > s->instances_max)
		broken(w, score, 0, 0, SL_PLANNER_CROWDED);
}

/* Batches wait for their turn, so they stay longer on a slow core. */
static u64 batch_time(const struct sl_planner_scratch *w, u64 on, u32 i)
{
	u64 capacity = 0, rest;

	for (rest = on; rest; rest &= rest - 1)
		capacity += w->capacity[sl_lowest(rest)];
	return div64_u64(w->batch_ps[i] * 1000, max_t(u64, capacity, 1)) *
	       w->members[i];
}

static void finish(struct sl_planner_scratch *w, struct sl_score *score)
{
	const struct sl_planner_snapshot *s = w->s;
	u64 floor = s->in_flight ?
		    div64_u64(w->latency_ps, s->in_flight * w->entries) : 0;
	u32 shift = 0;
	u64 rest;

	score->worst_ps = 1;
	for (rest = w->usable; rest; rest &= rest - 1) {
		u32 core = sl_lowest(rest);

		w->time_ps[core] = div64_u64(w->load_ps[core] * 1000,
					     w->capacity[core]);
		if (w->time_ps[core] > score->worst_ps) {
			score->worst_ps = w->time_ps[core];
			w->worst = core;
		}
	}
	score->worst_ps = max(score->worst_ps, floor);
	if (s->demand)
		score->worst_ps = max(score->worst_ps,
				      div64_u64(SL_RATE_ONE, s->demand));
	while (score->worst_ps >> shift > 1u << 30)
		shift++;
	for (rest = w->usable; rest; rest &= rest - 1) {
		u64 part = (w->time_ps[sl_lowest(rest)] >> shift) *
			   SL_PLANNER_ONE;

		part = div64_u64(part, score->worst_ps >> shift);
		score->spread += part * part;
	}
}

/**
 * sl_cost() - look at a plan
 * @w: prepared; its results are those of this plan afterwards
 * @on: by stage: its cores, at least one
 *
 * Return: how good it is.
 */
struct sl_score sl_cost(struct sl_planner_scratch *w, const u64 *on)
{
	const struct sl_planner_snapshot *s = w->s;
	struct sl_score score = { 0, 0, 0 };
	u32 i;

	w->work++;
	w->worst = w->walk[0];
	w->latency_ps = 0;
	w->entries = 0;
	memset(w->load_ps, 0, s->core_count * sizeof(w->load_ps[0]));
	for (i = 0; i < s->stage_count; i++)
		w->members[i] = on[i] & (on[i] - 1) ? sl_members(on[i]) : 1;
	for (i = 0; i < s->stage_count; i++)
		find_weighted(w, on, w->order[i]);
	for (i = 0; i < s->stage_count; i++) {
		add_stage(w, on, i);
		w->latency_ps += batch_time(w, on[i], i);
	}
	for (i = 0; i < s->edge_count; i++)
		w->latency_ps += add_edge(w, on, &s->edge[i]);
	add_misses(w, on);
	if (w->tied)
		check_ties(w, on, &score);
	if (s->instances_max || s->edges_max)
		check_room(w, on, &score);
	finish(w, &score);
	return score;
}
