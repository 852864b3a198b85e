// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Blocks: stages that are on the same cores, all of them.
 *
 * Which stages go together is what a plan with replicas is about; how many
 * cores each block should have then follows: the next core goes to the block
 * that is slowest, until that is one that may not be replicated.  So this
 * search is over the ways to part the stages alone: a stage to another block,
 * two blocks into one, one into two.  It looks two steps ahead, as the climb
 * does, but each of its steps is worth many of those.
 *
 * Blocks get their cores one after the other in the walk, in the order of
 * their first stages.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

/* Puts the parts in the order of their first stages, without gaps. */
static u32 number(const struct sl_planner_scratch *w, u8 *block)
{
	u8 name[SL_PLANNER_STAGES_MAX + 1];
	u32 count = 0;
	u32 i;

	memset(name, 0xff, sizeof(name));
	for (i = 0; i < w->s->stage_count; i++) {
		u8 *at = &block[w->order[i]];

		if (name[*at] == 0xff)
			name[*at] = count++;
		*at = name[*at];
	}
	return count;
}

/*
 * A stage that talks to another block has an edge to each of its replicas, of
 * which there can be only so many.
 */
static void count_edges(struct sl_planner_scratch *w)
{
	u32 i;

	for (i = 0; i < w->s->stage_count; i++)
		w->stage_edges[i] = w->first[i + 1] - w->first[i];
}

/* One core more for a block: every edge to it from elsewhere is one more. */
static bool add_edges(struct sl_planner_scratch *w, const u8 *block, u32 to)
{
	const struct sl_planner_snapshot *s = w->s;
	bool fit = true;
	u32 e, pass;

	for (pass = 0; pass < 2 && fit; pass++)
		for (e = 0; e < s->edge_count; e++) {
			u32 a = s->edge[e].left, b = s->edge[e].right;
			u32 stage = block[a] == to ? b : a;

			if (block[a] == block[b] ||
			    (block[a] != to && block[b] != to))
				continue;
			if (pass)
				w->stage_edges[stage]++;
			else if (w->stage_edges[stage] >= s->edges_max)
				fit = false;
		}
	return fit;
}

static void weigh(struct sl_planner_scratch *w, const u8 *block, u32 count)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 i;

	memset(w->block_ps, 0, count * sizeof(w->block_ps[0]));
	for (i = 0; i < count; i++) {
		w->block_cores[i] = 1;
		w->block_stages[i] = 0;
		w->block_most[i] = SL_PLANNER_CORES_MAX;
	}
	for (i = 0; i < s->stage_count; i++) {
		u32 most = s->stage[i].replicas_max;

		if (s->stage[i].class == SL_SERIAL)
			most = 1;
		w->block_ps[block[i]] += w->stage_ps[i];
		w->block_stages[block[i]]++;
		if (most)
			w->block_most[block[i]] =
				min(w->block_most[block[i]], most);
	}
	for (i = 0; i < s->edge_count; i++) {
		u32 a = block[s->edge[i].left], b = block[s->edge[i].right];

		if (a == b)
			continue;
		w->block_ps[a] += w->left_hop_ps[i];
		w->block_ps[b] += w->right_hop_ps[i];
	}
}

/* Gives away the cores; false if there are too few. */
static bool share_out(struct sl_planner_scratch *w, const u8 *block, u32 count)
{
	u32 room = w->s->instances_max ? w->s->instances_max : ~0u;
	u32 left, i;

	if (count > w->walk_count || w->s->stage_count > room)
		return false;
	room -= w->s->stage_count;
	if (w->s->edges_max)
		count_edges(w);
	for (left = w->walk_count - count; left; left--) {
		u64 most = 0;
		u32 slowest = 0;

		for (i = 0; i < count; i++) {
			u64 time = div64_u64(w->block_ps[i], w->block_cores[i]);

			if (time < most)
				continue;
			most = time;
			slowest = i;
		}
		if (w->block_cores[slowest] == w->block_most[slowest] ||
		    w->block_stages[slowest] > room ||
		    (w->s->edges_max && !add_edges(w, block, slowest)))
			break;
		w->block_cores[slowest]++;
		room -= w->block_stages[slowest];
	}
	return true;
}

/* The plan that parts make; false if it is not allowed. */
static bool lay_out(struct sl_planner_scratch *w, const u8 *parts, u64 *on)
{
	u8 block[SL_PLANNER_STAGES_MAX];
	u64 cores[SL_PLANNER_CORES_MAX];
	u32 count, at = 0;
	u32 i, k;

	memcpy(block, parts, w->s->stage_count);
	count = number(w, block);
	if (count > w->walk_count)
		return false;
	weigh(w, block, count);
	if (!share_out(w, block, count))
		return false;
	for (i = 0; i < count; i++) {
		cores[i] = 0;
		for (k = 0; k < w->block_cores[i]; k++)
			cores[i] |= 1ull << w->walk[at++];
	}
	for (i = 0; i < w->s->stage_count; i++) {
		on[i] = cores[block[i]];
		if (!sl_moves_allowed(w, i, on[i]))
			return false;
	}
	return true;
}

static void add(struct sl_planner_scratch *w, u32 level, u32 move, u32 stage,
		u32 to)
{
	if (w->candidate_count[level] == SL_CANDIDATES_MAX)
		return;
	w->candidate[level][w->candidate_count[level]++] =
		(struct sl_candidate){ .move = move, .to = to, .stage = stage };
}

/*
 * Every step from some parts: a stage elsewhere or alone, two parts into one,
 * one into two; for the second step, those that touch the slowest core.
 */
static void list(struct sl_planner_scratch *w, const u8 *block, u32 count,
		 const u64 *on, u32 level)
{
	u32 n = w->s->stage_count;
	u32 hot = 0, i, b;

	for (i = 0; i < n; i++)
		if (on[i] >> w->worst & 1)
			hot = block[i];
	w->candidate_count[level] = 0;
	for (i = 0; i < n; i++) {
		for (b = 0; b <= count; b++)
			if (b != block[i] &&
			    (!level || block[i] == hot || b == hot))
				add(w, level, SL_PLANNER_MOVE, i, b);
		if (!level || block[i] == hot)
			add(w, level, SL_PLANNER_SPLIT, i, count);
	}
	for (i = 0; i < count; i++)
		for (b = i + 1; b < count; b++)
			if (!level || i == hot || b == hot)
				add(w, level, SL_PLANNER_FUSE, i, b);
}

static void apply(const struct sl_planner_scratch *w, u8 *block,
		  const struct sl_candidate *c)
{
	u32 was = block[c->stage];
	u32 i;

	if (c->move == SL_PLANNER_MOVE) {
		block[c->stage] = c->to;
		return;
	}
	for (i = 0; i < w->s->stage_count; i++) {
		if (c->move == SL_PLANNER_FUSE && block[i] == c->stage)
			block[i] = c->to;
		if (c->move == SL_PLANNER_SPLIT && block[i] == was &&
		    w->place[i] >= w->place[c->stage])
			block[i] = c->to;
	}
}

/* Tries one step; the best one so far is kept. */
static bool look(struct sl_planner_scratch *w, const u8 *from,
		 const struct sl_candidate *c, struct sl_score *score)
{
	memcpy(w->parts_next, from, w->s->stage_count);
	apply(w, w->parts_next, c);
	if (!lay_out(w, w->parts_next, w->next))
		return false;
	*score = sl_cost(w, w->next);
	return true;
}

static void keep(struct sl_planner_scratch *w, const struct sl_score *score,
		 struct sl_score *best)
{
	*best = *score;
	memcpy(w->parts_best, w->parts_next, sizeof(w->parts_best));
}

static u32 first_steps(struct sl_planner_scratch *w, struct sl_score *best)
{
	u32 end = w->work + (w->work_max - w->work) / 2;
	u32 count = 0;
	struct sl_score score;
	u32 i;

	for (i = 0; i < w->candidate_count[0] && w->work < end; i++) {
		if (!look(w, w->parts, &w->candidate[0][i], &score))
			continue;
		sl_beam_add(w, &count, &score, i);
		if (sl_score_better(&score, best))
			keep(w, &score, best);
	}
	return count;
}

static void second_steps(struct sl_planner_scratch *w, u32 which,
			 struct sl_score *best)
{
	u8 *from = w->parts_first;
	struct sl_score score;
	u32 i, count;

	if (!look(w, w->parts, &w->candidate[0][w->beam[which].candidate],
		  &score))
		return;
	memcpy(from, w->parts_next, w->s->stage_count);
	count = number(w, from);
	list(w, from, count, w->next, 1);
	for (i = 0; i < w->candidate_count[1] && w->work < w->work_max; i++)
		if (look(w, from, &w->candidate[1][i], &score) &&
		    sl_score_better(&score, best))
			keep(w, &score, best);
}

/**
 * sl_blocks() - the best plan of blocks that can be reached from one
 * @w: prepared
 * @on: a plan; set to what was found, if that is better
 *
 * Return: how good it is.
 */
struct sl_score sl_blocks(struct sl_planner_scratch *w, u64 *on)
{
	u32 n = w->s->stage_count;
	struct sl_score given = sl_cost(w, on), now;
	u32 count, i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; on[k] != on[i]; k++)
			;
		w->parts[i] = k;
	}
	sl_cut_weigh_hops(w);
	if (!lay_out(w, w->parts, w->now))
		return given;
	now = sl_cost(w, w->now);
	while (w->work < w->work_max) {
		struct sl_score best = now;

		count = number(w, w->parts);
		list(w, w->parts, count, w->now, 0);
		count = first_steps(w, &best);
		for (i = 0; i < count && w->work < w->work_max; i++)
			second_steps(w, i, &best);
		if (!sl_score_better(&best, &now))
			break;
		now = best;
		memcpy(w->parts, w->parts_best, n);
		lay_out(w, w->parts, w->now);
		sl_cost(w, w->now);
	}
	if (!sl_score_less(&now, &given))
		return given;
	memcpy(on, w->now, n * sizeof(on[0]));
	return now;
}
