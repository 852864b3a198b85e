// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The planner's model: what a plan costs.
 *
 * All that a plan costs is a sum over its stages and edges, so of a plan that
 * differs in some stages only these and their edges are worked out: what they
 * cost before is taken off the sums, what they cost now is added.
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

/**
 * sl_cost_fused() - what an edge costs when its ends are on one core
 * @s: the snapshot
 * @edge: the edge
 */
u64 sl_cost_fused(const struct sl_planner_snapshot *s,
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
static u64 share(const struct sl_planner_scratch *w, u64 on, u32 core, u64 whole)
{
	u64 all = w->capacity[sl_lowest(on)], left, part;

	for (left = on & (on - 1); left; left &= left - 1)
		all += w->capacity[sl_lowest(left)];
	/* In two parts, for the product may not fit into 64 bits. */
	part = div64_u64(whole, all);
	return part * w->capacity[core] +
	       div64_u64((whole - part * all) * w->capacity[core], all);
}

/* Adds to each core that a stage is on what comes to its replica there. */
static void deal(const struct sl_planner_scratch *w, u64 *sum, bool weighted,
		 u64 on, u64 whole, u64 sign)
{
	u64 left, each;

	if (!(on & (on - 1))) {
		sum[sl_lowest(on)] += sign * whole;
		return;
	}
	if (weighted && !w->even) {
		for (left = on; left; left &= left - 1)
			sum[sl_lowest(left)] += sign *
				share(w, on, sl_lowest(left), whole);
		return;
	}
	each = div64_u64(whole, sl_members(on));
	for (left = on; left; left &= left - 1)
		sum[sl_lowest(left)] += sign * each;
}

/* Does each replica get as much as its core can do? */
static bool is_weighted(const struct sl_planner_scratch *w, const u64 *on,
			const bool *weighted, u32 i)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 k;

	if (!(on[i] & (on[i] - 1)))
		return false;
	/* Where events enter by flow, replicas get the same part of them. */
	if (!w->called[i])
		return s->stage[i].class == SL_STATELESS;
	for (k = w->first[i]; k < w->first[i + 1]; k++) {
		const struct sl_planner_edge *e = &s->edge[w->edge_of[k]];

		if (e->right == i &&
		    (on[e->left] != on[i] || !weighted[e->left]))
			return false;
	}
	return true;
}

/*
 * Adds what one end of a mesh costs a core: as over the mean distance, for the
 * part of all events that does not stay within the core.
 */
static u64 add_end(struct sl_planner_scratch *w, struct sl_sums_of *sum,
		   const struct sl_planner_edge *e, u32 core,
		   const struct sl_meeting *m, u64 all, bool is_left, u64 sign)
{
	u64 left, right, cost;

	if (!m->weight)
		return 0;
	sl_cost_hop(w->s, e, div64_u64(m->way_ps, m->weight), &left, &right);
	cost = div64_u64((is_left ? left : right) * m->weight, all);
	sum->load_ps[core] += sign * cost;
	return cost;
}

/* Every replica of one stage talks to every replica of the other one. */
static u64 add_mesh(struct sl_planner_scratch *w, struct sl_sums_of *sum,
		    const u64 *on, bool weighted,
		    const struct sl_planner_edge *e, u64 sign)
{
	const struct sl_planner_snapshot *s = w->s;
	struct sl_meeting *right = w->meeting;
	u64 all = 0, hop_ps = 0;
	u64 a, b;

	weighted &= !w->even;
	for (b = on[e->right]; b; b &= b - 1)
		right[sl_lowest(b)] = (struct sl_meeting){ 0, 0 };
	for (a = on[e->left]; a; a &= a - 1)
		all += weighted ? w->capacity[sl_lowest(a)] : 1;
	all *= sl_members(on[e->right]);
	for (a = on[e->left]; a; a &= a - 1) {
		u32 from = sl_lowest(a);
		u64 weight = weighted ? w->capacity[from] : 1;
		struct sl_meeting left = { 0, 0 };

		for (b = on[e->right]; b; b &= b - 1) {
			u32 to = sl_lowest(b);
			u64 way;

			if (from == to && e->fuse) {
				sum->load_ps[from] += sign * div64_u64(
					sl_cost_fused(s, e) * weight, all);
				continue;
			}
			way = from == to ? 0 : weight *
			      cut_off(s->distance_ps[from][to], SL_WAY_PS_MAX);
			left.weight += weight;
			left.way_ps += way;
			right[to].weight += weight;
			right[to].way_ps += way;
		}
		hop_ps += add_end(w, sum, e, from, &left, all, true, sign);
	}
	for (b = on[e->right]; b; b &= b - 1)
		hop_ps += add_end(w, sum, e, sl_lowest(b), &right[sl_lowest(b)],
				  all, false, sign);
	return hop_ps;
}

/* And the time that events spend between the two stages. */
static void add_edge(struct sl_planner_scratch *w, struct sl_sums_of *sum,
		     const u64 *on, const bool *weighted,
		     const struct sl_planner_edge *e, u64 sign)
{
	const struct sl_planner_snapshot *s = w->s;
	u64 a = on[e->left], b = on[e->right];
	u64 left, right;

	if (a == b && e->fuse) {
		left = sl_cost_fused(s, e);
		deal(w, sum->load_ps, weighted[e->left], a, left, sign);
		sum->latency_ps += sign * left;
		return;
	}
	if ((a & (a - 1)) || (b & (b - 1))) {
		sum->latency_ps += sign * add_mesh(w, sum, on,
						   weighted[e->left], e, sign);
		return;
	}
	sl_cost_hop(s, e, s->distance_ps[sl_lowest(a)][sl_lowest(b)], &left,
		    &right);
	sum->load_ps[sl_lowest(a)] += sign * left;
	sum->load_ps[sl_lowest(b)] += sign * right;
	sum->latency_ps += sign * (left + right);
}

/* Batches wait for their turn, so they stay longer on a slow core. */
static u64 batch_time(const struct sl_planner_scratch *w, u64 on, u32 i)
{
	u64 capacity = 0, rest;

	for (rest = on; rest; rest &= rest - 1)
		capacity += w->capacity[sl_lowest(rest)];
	return div64_u64(w->batch_ps[i] * 1000, max_t(u64, capacity, 1)) *
	       sl_members(on);
}

static void add_stage(struct sl_planner_scratch *w, struct sl_sums_of *sum,
		      const u64 *on, const bool *weighted, u32 i, u64 sign)
{
	const struct sl_planner_stage *stage = &w->s->stage[i];
	u32 members = sl_members(on[i]);
	u64 rest;

	deal(w, sum->load_ps, weighted[i], on[i], w->stage_ps[i], sign);
	sum->latency_ps += sign * batch_time(w, on[i], i);
	sum->instances += (u32)sign * members;
	if (!w->called[i])
		sum->entries += sign * members;
	if (!w->miss_ps[i])
		return;
	deal(w, sum->miss_ps, weighted[i], on[i], w->miss_ps[i], sign);
	for (rest = on[i]; rest; rest &= rest - 1)
		sum->state[sl_lowest(rest)] +=
			(u32)sign * cut_off(stage->lines, SL_STATE_MAX);
}

/* An edge to each replica of a neighbour, or to the one beside it. */
static bool is_crowded(const struct sl_planner_scratch *w, const u64 *on, u32 i)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 k, edges = 0;

	for (k = w->first[i]; k < w->first[i + 1]; k++) {
		const struct sl_planner_edge *e = &s->edge[w->edge_of[k]];
		u32 other = e->left == i ? e->right : e->left;

		edges += on[i] == on[other] ? 1 : sl_members(on[other]);
	}
	return edges > s->edges_max;
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
	u32 i, k;

	for (i = 0; i < s->stage_count; i++)
		for (k = 0; w->tied[i] && k < SL_PLANNER_WORDS; k++) {
			const struct sl_planner_stage *stage = &s->stage[i];
			u64 rest = stage->near[k] | stage->apart[k];

			for (; rest; rest &= rest - 1) {
				u32 j = 64 * k + sl_lowest(rest);

				if (i == j || j >= s->stage_count)
					continue;
				if (sl_bit(stage->apart, j) && (on[i] & on[j]))
					broken(w, score, i, j, SL_PLANNER_APART);
				if (sl_bit(stage->near, j) &&
				    !is_near(s, on[i], on[j]))
					broken(w, score, i, j, SL_PLANNER_NEAR);
			}
		}
}

/*
 * What does not fit into a core's own cache is fetched anew, by and large, each
 * time that a stage is called.
 */
static u64 missed(const struct sl_planner_scratch *w,
		  const struct sl_sums_of *sum, u32 core)
{
	u64 room = w->s->costs.core_lines, state = sum->state[core];

	if (!room || state <= room)
		return 0;
	return sum->miss_ps[core] / SL_PLANNER_ONE *
	       div64_u64((state - room) * SL_PLANNER_ONE, state);
}

static struct sl_score finish(struct sl_planner_scratch *w,
			      const struct sl_sums_of *sum, const u64 *on)
{
	const struct sl_planner_snapshot *s = w->s;
	struct sl_score score = { sum->crowded, 1, 0 };
	u32 i;

	w->worst = w->walk[0];
	for (i = 0; i < w->walk_count; i++) {
		u32 core = w->walk[i];
		u64 time = sum->load_ps[core] + missed(w, sum, core);

		if (w->capacity[core] != 1000)
			time = div64_u64(time * 1000, w->capacity[core]);
		w->time_ps[core] = time;
		if (time > score.worst_ps) {
			score.worst_ps = time;
			w->worst = core;
		}
		time = cut_off(time >> w->spread_shift, SL_SPREAD_MAX);
		score.spread += time * time;
	}
	if (s->in_flight)
		score.worst_ps = max(score.worst_ps, div64_u64(sum->latency_ps,
				(u64)s->in_flight * sum->entries));
	if (s->demand)
		score.worst_ps = max(score.worst_ps,
				     div64_u64(SL_RATE_ONE, s->demand));
	if (w->ties)
		check_ties(w, on, &score);
	if (sum->crowded)
		w->broken_fault = SL_PLANNER_CROWDED;
	if (s->instances_max && sum->instances > s->instances_max)
		broken(w, &score, 0, 0, SL_PLANNER_CROWDED);
	return score;
}

/**
 * sl_cost() - look at a plan, from which others will differ
 * @w: prepared; its results are those of this plan afterwards
 * @on: by stage: its cores, at least one
 *
 * Return: how good it is.
 */
struct sl_score sl_cost(struct sl_planner_scratch *w, const u64 *on)
{
	const struct sl_planner_snapshot *s = w->s;
	struct sl_sums_of *sum = &w->base;
	struct sl_score score;
	u32 i;

	w->work++;
	memset(sum, 0, sizeof(*sum));
	memcpy(w->base_on, on, s->stage_count * sizeof(on[0]));
	for (i = 0; i < s->stage_count; i++)
		w->weighted[w->order[i]] = is_weighted(w, on, w->weighted,
						       w->order[i]);
	for (i = 0; i < s->stage_count; i++) {
		add_stage(w, sum, on, w->weighted, i, 1);
		if (!s->edges_max || !is_crowded(w, on, i))
			continue;
		sum->crowded++;
		w->broken_stage = w->broken_other = i;
	}
	for (i = 0; i < s->edge_count; i++)
		add_edge(w, sum, on, w->weighted, &s->edge[i], 1);
	score = finish(w, sum, on);
	w->latency_ps = sum->latency_ps;
	return score;
}

/* Adds, or takes off, some stages and all their edges, each once. */
static void account(struct sl_planner_scratch *w, const u64 *on,
		    const bool *weighted, const u16 *stage, u32 count, u64 sign)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 i, k;

	w->stamp++;
	for (i = 0; i < count; i++) {
		u32 at = stage[i];

		add_stage(w, &w->sum, on, weighted, at, sign);
		if (s->edges_max && w->stage_stamp[at] != w->stamp) {
			w->stage_stamp[at] = w->stamp;
			w->sum.crowded += (u32)sign * is_crowded(w, on, at);
		}
		for (k = w->first[at]; k < w->first[at + 1]; k++) {
			u32 e = w->edge_of[k];
			u32 other = s->edge[e].left == at ? s->edge[e].right
							  : s->edge[e].left;

			if (s->edges_max && w->stage_stamp[other] != w->stamp) {
				w->stage_stamp[other] = w->stamp;
				w->sum.crowded += (u32)sign *
						  is_crowded(w, on, other);
			}
			if (w->edge_stamp[e] == w->stamp)
				continue;
			w->edge_stamp[e] = w->stamp;
			add_edge(w, &w->sum, on, weighted, &s->edge[e], sign);
		}
	}
}

/*
 * Where replicas come or go, those behind them may get another part of the
 * events; they are added to what has changed.
 */
static u32 weigh_anew(struct sl_planner_scratch *w, const u64 *on, u16 *stage,
		      u32 count)
{
	u32 n = w->s->stage_count, all = count;
	u32 i, k;

	for (i = 0; i < n; i++) {
		u32 at = w->order[i];

		w->weighted_next[at] = is_weighted(w, on, w->weighted_next, at);
		if (w->weighted_next[at] == w->weighted[at])
			continue;
		for (k = 0; k < count && stage[k] != at; k++)
			;
		if (k == count)
			stage[all++] = at;
	}
	return all;
}

/**
 * sl_cost_of() - look at a plan that differs from the one looked at last
 * @w: prepared; sl_cost() has looked at a plan, and that remains the one that
 *     others differ from, but worst and time_ps are those of this one
 * @on: the plan
 * @stage: stages that differ, each once; there is room for all stages
 * @count: how many
 *
 * Return: how good it is, the same that sl_cost() would find.
 */
struct sl_score sl_cost_of(struct sl_planner_scratch *w, const u64 *on,
			   u16 *stage, u32 count)
{
	const bool *weighted = w->weighted;
	bool many = false;
	u32 i;

	w->work++;
	for (i = 0; i < count; i++) {
		u64 was = w->base_on[stage[i]], is = on[stage[i]];

		many |= (was & (was - 1)) || (is & (is - 1));
	}
	if (many) {
		count = weigh_anew(w, on, stage, count);
		weighted = w->weighted_next;
	}
	w->sum = w->base;
	account(w, w->base_on, w->weighted, stage, count, -1ull);
	account(w, on, weighted, stage, count, 1);
	return finish(w, &w->sum, on);
}
