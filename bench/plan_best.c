// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>

#include <linux/kernel.h>

#include "bench/plan_best.h"

#define STAGES_MAX	10
#define GROUPS_MAX	8

struct search {
	const struct sl_planner_snapshot *s;
	struct sl_planner_scratch *scratch;
	struct sl_plan_best *best;
	u64 looks_max;
	double time_ps;		/* of the best plan known */
	u32 groups, group_cores;
	double stage_ps[STAGES_MAX];
	double hop_ps[STAGES_MAX][2];	/* by edge: what it costs each end */
	u32 block_count;
	u32 block[STAGES_MAX];	/* of each stage */
	u32 least[STAGES_MAX], most[STAGES_MAX];	/* cores of each block */
	u32 count[STAGES_MAX][GROUPS_MAX];	/* by block and group */
	u32 used[GROUPS_MAX];
	u64 cores[STAGES_MAX];	/* by block */
};

static double stage_ps(const struct sl_planner_snapshot *s, u32 i)
{
	const struct sl_planner_stage *stage = &s->stage[i];

	return (stage->call_ps * 16.0 / stage->batch + stage->event_ps) *
	       stage->visits / SL_PLANNER_ONE;
}

/* What an edge over the shortest way costs its two ends. */
static void near_hop(const struct sl_planner_snapshot *s, u32 e, double *hop)
{
	const struct sl_planner_costs *c = &s->costs;
	const struct sl_planner_edge *edge = &s->edge[e];
	double way = (double)U64_MAX;
	double out = edge->request_lines, back = edge->reply_lines;
	u32 i, j;

	for (i = 0; i < s->core_count; i++)
		for (j = 0; j < s->core_count; j++)
			if (i != j && s->distance_ps[i][j] < way)
				way = s->distance_ps[i][j];
	way /= SL_PLANNER_ONE;
	hop[0] = (edge->requests * (c->push_ps + out * way * c->send_share) +
		  edge->replies * (c->pop_ps + back * way * c->receive_share)) /
		 SL_PLANNER_ONE;
	hop[1] = (edge->requests * (c->pop_ps + out * way * c->receive_share) +
		  edge->replies * (c->push_ps + back * way * c->send_share)) /
		 SL_PLANNER_ONE;
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
	double sum = 0, time = 0;
	u32 i, e;

	for (i = 0; i < s->stage_count; i++) {
		double alone = stage_ps(s, i);

		sum += alone;
		if (s->stage[i].class != SL_SERIAL)
			continue;
		for (e = 0; e < s->edge_count; e++) {
			double hop[2];

			near_hop(s, e, hop);
			if (s->edge[e].left == i)
				alone += min(hop[0], stage_ps(s, s->edge[e].right));
			if (s->edge[e].right == i)
				alone += min(hop[1], stage_ps(s, s->edge[e].left));
		}
		time = max(time, alone);
	}
	time = max(time, sum / s->core_count);
	return 1e15 / time;
}

static void look(struct search *f)
{
	u64 on[SL_PLANNER_STAGES_MAX];
	u64 rate;
	u32 i;

	if (f->best->looks == f->looks_max) {
		f->best->complete = false;
		return;
	}
	f->best->looks++;
	for (i = 0; i < f->s->stage_count; i++)
		on[i] = f->cores[f->block[i]];
	rate = sl_planner_rate(f->scratch, on);
	if (rate > f->best->rate) {
		f->best->rate = rate;
		memcpy(f->best->on, on, sizeof(on));
		f->time_ps = 1e15 / rate;
	}
}

/* Groups that were used alike so far are alike. */
static bool is_twin(const struct search *f, u32 block, u32 group)
{
	u32 b;

	if (!group)
		return false;
	for (b = 0; b < block; b++)
		if (f->count[b][group] != f->count[b][group - 1])
			return false;
	return true;
}

static void place_block(struct search *f, u32 block);

/* Every number of cores of this group and of the later ones for a block. */
static void place_group(struct search *f, u32 block, u32 group, u32 taken)
{
	u32 room, n;
	u64 before = f->cores[block];

	if (!f->best->complete)
		return;
	if (group == f->groups) {
		if (taken >= f->least[block])
			place_block(f, block + 1);
		return;
	}
	room = min(f->group_cores - f->used[group], f->most[block] - taken);
	if (is_twin(f, block, group))
		room = min(room, f->count[block][group - 1]);
	for (n = 0; n <= room; n++) {
		u64 cores = (1ull << n) - 1;

		f->count[block][group] = n;
		f->cores[block] = before | cores << (group * f->group_cores +
						     f->used[group]);
		f->used[group] += n;
		place_group(f, block, group + 1, taken + n);
		f->used[group] -= n;
	}
	f->cores[block] = before;
}

static void place_block(struct search *f, u32 block)
{
	if (block == f->block_count) {
		look(f);
		return;
	}
	f->cores[block] = 0;
	place_group(f, block, 0, 0);
}

/* How few cores a block needs for the plan to be better than the best. */
static void weigh_blocks(struct search *f, u32 *sum)
{
	double load[STAGES_MAX] = { 0 };
	bool serial[STAGES_MAX] = { false };
	u32 i, e;

	for (i = 0; i < f->s->stage_count; i++) {
		load[f->block[i]] += f->stage_ps[i];
		serial[f->block[i]] |= f->s->stage[i].class == SL_SERIAL;
	}
	for (e = 0; e < f->s->edge_count; e++) {
		u32 a = f->block[f->s->edge[e].left];
		u32 b = f->block[f->s->edge[e].right];

		if (a == b)
			continue;
		load[a] += f->hop_ps[e][0];
		load[b] += f->hop_ps[e][1];
	}
	*sum = 0;
	for (i = 0; i < f->block_count; i++) {
		f->least[i] = max_t(u32, load[i] / f->time_ps + 0.999999, 1);
		f->most[i] = serial[i] ? 1 : f->s->core_count;
		*sum += f->least[i] > f->most[i] ? SL_PLANNER_CORES_MAX + 1
						 : f->least[i];
	}
	for (i = 0; i < f->block_count; i++)
		f->most[i] = min_t(u32, f->most[i], f->s->core_count +
				   f->least[i] - min(*sum, f->s->core_count));
}

/* Every way to part the stages into blocks. */
static void part(struct search *f, u32 stage)
{
	u32 b, sum;

	if (stage == f->s->stage_count) {
		weigh_blocks(f, &sum);
		if (sum <= f->s->core_count)
			place_block(f, 0);
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

/**
 * sl_plan_search() - the best plan there is
 * @s: a snapshot without constraints; cores in equal groups
 * @scratch: of the planner
 * @groups: how many
 * @rate_known: of a plan that is known; 0: none
 * @looks_max: plans to look at
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
		.time_ps = 1e15 / (rate_known ? rate_known : 1),
	};
	u32 i;

	memset(best, 0, sizeof(*best));
	best->rate = rate_known;
	best->complete = true;
	if (s->stage_count > STAGES_MAX || groups > GROUPS_MAX ||
	    s->edge_count > STAGES_MAX || sl_planner_begin(s, scratch)) {
		best->complete = false;
		return;
	}
	for (i = 0; i < s->stage_count; i++)
		f.stage_ps[i] = stage_ps(s, i);
	for (i = 0; i < s->edge_count; i++)
		near_hop(s, i, f.hop_ps[i]);
	part(&f, 0);
}
