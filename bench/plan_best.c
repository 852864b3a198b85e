// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>

#include <linux/kernel.h>

#include "bench/plan_best.h"

#define STAGES_MAX	10
#define GROUPS_MAX	8

/* A plan counts as better from here on; what is less is not looked for. */
#define BETTER		0.998

/*
 * The stages in blocks, and how many cores each block has in each group.  A
 * core in group g of block a with n[a] cores takes, for all of these machines'
 * cores are equally fast and all replicas of a block get the same,
 *
 *	(own[a] + sum of near[a][b] + more[a][b] * (1 - count[b][g] / n[b]))
 *	/ n[a]
 *
 * over the blocks b that it talks to, for the mean over the ways to the cores
 * of b is what a hop costs.
 */
struct search {
	const struct sl_planner_snapshot *s;
	struct sl_planner_scratch *scratch;
	struct sl_plan_best *best;
	u64 looks_max;
	double time_ps;		/* plans have to be faster than this */
	u32 groups, group_cores;
	double stage_ps[STAGES_MAX];
	double miss_ps[STAGES_MAX];	/* if all of it were missed */
	double fused_ps[STAGES_MAX];	/* by edge */
	double near_ps[STAGES_MAX][2];	/* what a hop costs each end, */
	double more_ps[STAGES_MAX][2];	/* and more if it is a far one */

	/* Of one way to part the stages. */
	u32 block_count;
	u32 block[STAGES_MAX];	/* of each stage */
	double own[STAGES_MAX];
	double near[STAGES_MAX][STAGES_MAX];
	double more[STAGES_MAX][STAGES_MAX];
	u32 stages[STAGES_MAX];	/* of each block */
	u32 least[STAGES_MAX], most[STAGES_MAX];	/* cores of each block */

	/* Of one way to give each block its cores. */
	u32 n[STAGES_MAX];
	u32 count[STAGES_MAX][GROUPS_MAX];	/* by block and group */
	u32 room[GROUPS_MAX];
	u64 cores[STAGES_MAX];	/* by block */
};

static double stage_ps(const struct sl_planner_snapshot *s, u32 i)
{
	const struct sl_planner_stage *stage = &s->stage[i];

	return (stage->call_ps * 16.0 / stage->batch + stage->event_ps) *
	       stage->visits / SL_PLANNER_ONE;
}

/* What an edge over some way costs its two ends. */
static void hop(const struct sl_planner_snapshot *s, u32 e, double way,
		double *ps)
{
	const struct sl_planner_costs *c = &s->costs;
	const struct sl_planner_edge *edge = &s->edge[e];
	double out = edge->request_lines, back = edge->reply_lines;

	way /= SL_PLANNER_ONE;
	ps[0] = (edge->requests * (c->push_ps + out * way * c->send_share) +
		 edge->replies * (c->pop_ps + back * way * c->receive_share)) /
		SL_PLANNER_ONE;
	ps[1] = (edge->requests * (c->pop_ps + out * way * c->receive_share) +
		 edge->replies * (c->push_ps + back * way * c->send_share)) /
		SL_PLANNER_ONE;
}

static double nearest(const struct sl_planner_snapshot *s)
{
	double way = (double)U64_MAX;
	u32 i, j;

	for (i = 0; i < s->core_count; i++)
		for (j = 0; j < s->core_count; j++)
			if (i != j && s->distance_ps[i][j] < way)
				way = s->distance_ps[i][j];
	return way;
}

/**
 * sl_plan_bound() - a rate that no plan can exceed
 * @s: a snapshot of cores that are equally fast
 *
 * All stages share all cores; and the core of a serial stage works for it and,
 * over each of its edges, for the hop or for the neighbour.
 */
u64 sl_plan_bound(const struct sl_planner_snapshot *s)
{
	double sum = 0, time = 0, way = nearest(s);
	u32 i, e;

	for (i = 0; i < s->stage_count; i++) {
		double alone = stage_ps(s, i);

		sum += alone;
		if (s->stage[i].class != SL_SERIAL)
			continue;
		for (e = 0; e < s->edge_count; e++) {
			double ps[2];

			hop(s, e, way, ps);
			if (s->edge[e].left == i)
				alone += min(ps[0], stage_ps(s, s->edge[e].right));
			if (s->edge[e].right == i)
				alone += min(ps[1], stage_ps(s, s->edge[e].left));
		}
		time = max(time, alone);
	}
	time = max(time, sum / s->core_count);
	return 1e15 / time;
}

static bool is_spent(struct search *f)
{
	if (f->best->looks++ < f->looks_max)
		return false;
	f->best->complete = false;
	return true;
}

/* A plan that should be better. */
static void found(struct search *f)
{
	u64 on[SL_PLANNER_STAGES_MAX];
	u64 rate;
	u32 i;

	for (i = 0; i < f->s->stage_count; i++)
		on[i] = f->cores[f->block[i]];
	rate = sl_planner_rate(f->scratch, on);
	if (rate > f->best->rate) {
		f->best->rate = rate;
		memcpy(f->best->on, on, sizeof(on));
		f->time_ps = 1e15 / rate * BETTER;
	}
}

/*
 * The least that a block of n cores takes, its neighbours with as few cores as
 * they may have.  On g groups it finds at most the gth part of a neighbour
 * beside it, on average, and in all of them no more cores than it leaves.
 */
static double least_ps(const struct search *f, u32 a, u32 n)
{
	double all = f->own[a], most_saved = 0;
	u32 b, g;

	for (b = 0; b < f->block_count; b++)
		all += f->near[a][b] + f->more[a][b];
	for (g = (n + f->group_cores - 1) / f->group_cores;
	     g <= min(n, f->groups); g++) {
		double room = f->group_cores - (double)n / g, saved = 0;
		bool done[STAGES_MAX] = { false };

		/* Those first that save most for a core. */
		for (;;) {
			double best = 0, part;
			u32 at = 0;

			for (b = 0; b < f->block_count; b++)
				if (!done[b] && f->more[a][b] / f->least[b] > best) {
					best = f->more[a][b] / f->least[b];
					at = b;
				}
			if (best == 0 || room <= 0)
				break;
			part = min(1.0 / g, room / f->least[at]);
			saved += part * f->more[a][at];
			room -= part * f->least[at];
			done[at] = true;
		}
		most_saved = max(most_saved, saved);
	}
	return (all - most_saved) / n;
}

/* Could a block still be fast enough, with what is placed so far? */
static bool may_do(const struct search *f, u32 a, u32 placed)
{
	u32 g, b;

	for (g = 0; g < f->groups; g++) {
		double time = f->own[a];

		if (!f->count[a][g])
			continue;
		for (b = 0; b < f->block_count; b++) {
			double there = b <= placed ? f->count[b][g] :
					min(f->room[g], f->n[b]);

			time += f->near[a][b] + f->more[a][b] *
					(1 - there / f->n[b]);
		}
		if (time >= f->n[a] * f->time_ps)
			return false;
	}
	return true;
}

/* The last one before it that was used alike so far, if there is any. */
static u32 room_of(const struct search *f, u32 block, u32 group)
{
	u32 g, b;

	for (g = group; g-- > 0;) {
		for (b = 0; b < block; b++)
			if (f->count[b][group] != f->count[b][g])
				break;
		if (b == block)
			return min(f->room[group], f->count[block][g]);
	}
	return f->room[group];
}

static void place_block(struct search *f, u32 block);

/* Every way to spread the cores that a block still lacks over the groups. */
static void place_group(struct search *f, u32 block, u32 group, u32 lacks)
{
	u64 before = f->cores[block];
	u32 i, n, room;

	if (group == f->groups) {
		for (i = 0; !lacks && i <= block; i++)
			if (!may_do(f, i, block))
				return;
		if (!lacks)
			place_block(f, block + 1);
		return;
	}
	room = min(room_of(f, block, group), lacks);
	for (n = room + 1; n-- > 0 && f->best->complete;) {
		u32 first = (group + 1) * f->group_cores - f->room[group];

		f->count[block][group] = n;
		f->cores[block] = before | ((1ull << n) - 1) << first;
		f->room[group] -= n;
		place_group(f, block, group + 1, lacks - n);
		f->room[group] += n;
	}
	f->cores[block] = before;
}

static void place_block(struct search *f, u32 block)
{
	if (is_spent(f))
		return;
	if (block == f->block_count) {
		found(f);
		return;
	}
	f->cores[block] = 0;
	place_group(f, block, 0, f->n[block]);
}

/* A stage has an edge to each replica of a neighbour; to the one beside it. */
static bool has_room(const struct search *f)
{
	const struct sl_planner_snapshot *s = f->s;
	u32 i, e, instances = 0;

	for (i = 0; i < s->stage_count; i++) {
		u32 edges = 0;

		instances += f->n[f->block[i]];
		for (e = 0; e < s->edge_count; e++) {
			u32 a = s->edge[e].left, b = s->edge[e].right;

			if (a != i && b != i)
				continue;
			edges += f->block[a] == f->block[b] ? 1 :
				 f->n[f->block[a == i ? b : a]];
		}
		if (s->edges_max && edges > s->edges_max)
			return false;
	}
	return !s->instances_max || instances <= s->instances_max;
}

/* Every number of cores for each block; the rest need so many. */
static void share_out(struct search *f, u32 block, u32 left, u32 needed)
{
	u32 n, g;

	if (is_spent(f))
		return;
	if (block == f->block_count) {
		if (!has_room(f))
			return;
		for (g = 0; g < f->groups; g++)
			f->room[g] = f->group_cores;
		place_block(f, 0);
		return;
	}
	needed -= f->least[block];
	for (n = f->least[block]; n <= f->most[block] && n + needed <= left &&
	     f->best->complete; n++) {
		if (least_ps(f, block, n) >= f->time_ps)
			continue;
		f->n[block] = n;
		share_out(f, block + 1, left - n, needed);
	}
}

/* What blocks cost that are on cores of their own. */
static void weigh_blocks(struct search *f)
{
	const struct sl_planner_snapshot *s = f->s;
	double lines[STAGES_MAX] = { 0 };
	u32 i, e;

	memset(f->own, 0, sizeof(f->own));
	memset(f->near, 0, sizeof(f->near));
	memset(f->more, 0, sizeof(f->more));
	for (i = 0; i < f->block_count; i++) {
		f->least[i] = 1;
		f->most[i] = s->core_count;
	}
	for (i = 0; i < s->stage_count; i++) {
		f->own[f->block[i]] += f->stage_ps[i];
		lines[f->block[i]] += s->stage[i].lines;
		if (s->stage[i].class == SL_SERIAL)
			f->most[f->block[i]] = 1;
	}
	for (i = 0; i < s->stage_count; i++) {
		double all = lines[f->block[i]], fit = s->costs.core_lines;

		if (fit > 0 && all > fit)
			f->own[f->block[i]] += f->miss_ps[i] * (all - fit) / all;
	}
	for (e = 0; e < s->edge_count; e++) {
		u32 a = f->block[s->edge[e].left], b = f->block[s->edge[e].right];

		if (a == b) {
			f->own[a] += f->fused_ps[e];
			continue;
		}
		f->near[a][b] += f->near_ps[e][0];
		f->more[a][b] += f->more_ps[e][0];
		f->near[b][a] += f->near_ps[e][1];
		f->more[b][a] += f->more_ps[e][1];
	}
}

/*
 * How few cores each block needs for the plan to be better than the best; the
 * more one needs the more its neighbours do.  False if there are too few.
 */
static bool need_cores(struct search *f, u32 *sum)
{
	bool more = true;
	u32 i;

	while (more) {
		more = false;
		*sum = 0;
		for (i = 0; i < f->block_count; i++) {
			u32 n = f->least[i];

			while (n <= f->most[i] && least_ps(f, i, n) >= f->time_ps)
				n++;
			if (n > f->most[i])
				return false;
			more |= n > f->least[i];
			f->least[i] = n;
			*sum += n;
		}
		if (*sum > f->s->core_count)
			return false;
	}
	return true;
}

/* Every way to part the stages into blocks. */
static void part(struct search *f, u32 stage)
{
	u32 b, sum;

	if (stage == f->s->stage_count) {
		weigh_blocks(f);
		if (need_cores(f, &sum))
			share_out(f, 0, f->s->core_count, sum);
		return;
	}
	for (b = 0; b <= f->block_count && f->best->complete; b++) {
		u32 count = f->block_count;

		f->block[stage] = b;
		f->block_count = max(count, b + 1);
		part(f, stage + 1);
		f->block_count = count;
	}
}

static void weigh_stages(struct search *f)
{
	const struct sl_planner_snapshot *s = f->s;
	double near = s->distance_ps[0][1], far = near, ps[2];
	u32 i;

	if (f->groups > 1)
		far = s->distance_ps[0][f->group_cores];
	for (i = 0; i < s->stage_count; i++) {
		const struct sl_planner_stage *stage = &s->stage[i];

		f->stage_ps[i] = stage_ps(s, i);
		f->miss_ps[i] = (double)stage->lines * s->costs.miss_ps *
				stage->visits * 16 / stage->batch /
				SL_PLANNER_ONE;
	}
	for (i = 0; i < s->edge_count; i++) {
		hop(s, i, near, f->near_ps[i]);
		hop(s, i, far, ps);
		f->more_ps[i][0] = ps[0] - f->near_ps[i][0];
		f->more_ps[i][1] = ps[1] - f->near_ps[i][1];
		f->fused_ps[i] = (double)(s->edge[i].requests +
					  s->edge[i].replies) *
				 s->costs.fused_ps / SL_PLANNER_ONE;
	}
}

/**
 * sl_plan_search() - the best plan there is
 * @s: a snapshot without constraints; all edges may be fused, groups of cores
 *     are equal
 * @scratch: of the planner
 * @groups: how many
 * @rate_known: of a plan that is known; 0: none
 * @looks_max: steps of the search
 * @best: where to put the result
 */
void sl_plan_search(const struct sl_planner_snapshot *s,
		    struct sl_planner_scratch *scratch, u32 groups,
		    u64 rate_known, u64 looks_max, struct sl_plan_best *best)
{
	struct search f = {
		.s = s, .scratch = scratch, .best = best,
		.looks_max = looks_max, .groups = groups,
		.group_cores = s->core_count / groups,
		.time_ps = 1e15 / (rate_known ? rate_known : 1) * BETTER,
	};

	memset(best, 0, sizeof(*best));
	best->rate = rate_known;
	best->complete = true;
	if (s->stage_count > STAGES_MAX || groups > GROUPS_MAX ||
	    s->edge_count > STAGES_MAX || sl_planner_begin(s, scratch)) {
		best->complete = false;
		return;
	}
	weigh_stages(&f);
	part(&f, 0);
}
