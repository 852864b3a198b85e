// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Blocks: stages that are on the same cores, all of them.
 *
 * Which stages go together is what a plan with replicas is about; how many
 * cores each block should have then follows: the next core goes to the block
 * that is slowest, until that is one that may not be replicated.  So this
 * search is over the ways to part the stages alone: a stage to another block,
 * two blocks into one, one into two.  It looks two steps ahead when one does
 * not help.
 *
 * Steps are judged by what they promise if all hops were near, which takes
 * only the stages that go elsewhere and their edges; of those that promise
 * most, plans are made and looked at.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

#define LOOKS_FIRST	6	/* plans made of the best steps, */
#define LOOKS_SECOND	2	/* and of the best ones after one of these */
#define AHEAD		8	/* steps that get a second one */
#define GOOD_PART	64	/* of a promise that a layout may fall short by */
#define ALL		(~0u)	/* blocks, not only the slowest one */
#define STAGES_FEW	16	/* of more, only neighbours come together */

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

/* Takes a stage into a block (sign 1) or out of it, but for its edges. */
static void add_stage(const struct sl_planner_scratch *w, struct sl_block *b,
		      u32 i, u64 sign)
{
	const struct sl_planner_stage *stage = &w->s->stage[i];

	b->own_ps += sign * w->stage_ps[i];
	b->miss_ps += sign * w->miss_ps[i];
	b->lines += (u32)sign * cut_off(stage->lines, SL_STATE_MAX);
	b->stages += (u32)sign;
	if (stage->class == SL_SERIAL || stage->replicas_max == 1)
		b->serial += (u32)sign;
}

/* What an edge costs the blocks at its ends. */
static void add_edge(struct sl_planner_scratch *w, struct sl_block *blocks,
		     const u8 *block, u32 e, u64 sign)
{
	u32 a = block[w->s->edge[e].left], b = block[w->s->edge[e].right];

	if (a == b) {
		blocks[a].own_ps += sign * w->inner_ps[e];
		return;
	}
	blocks[a].own_ps += sign * w->left_hop_ps[e];
	blocks[b].own_ps += sign * w->right_hop_ps[e];
}

static void weigh(struct sl_planner_scratch *w, const u8 *block, u32 count)
{
	u32 i;

	memset(w->block, 0, count * sizeof(w->block[0]));
	for (i = 0; i < w->s->stage_count; i++)
		add_stage(w, &w->block[block[i]], i, 1);
	for (i = 0; i < w->s->edge_count; i++)
		add_edge(w, w->block, block, i, 1);
}

/* Takes a stage to another block. */
static void carry(struct sl_planner_scratch *w, u8 *block, u32 stage, u32 to)
{
	u32 k;

	for (k = w->first[stage]; k < w->first[stage + 1]; k++)
		add_edge(w, w->block, block, w->edge_of[k], -1ull);
	add_stage(w, &w->block[block[stage]], stage, -1ull);
	block[stage] = to;
	add_stage(w, &w->block[to], stage, 1);
	for (k = w->first[stage]; k < w->first[stage + 1]; k++)
		add_edge(w, w->block, block, w->edge_of[k], 1);
}

/*
 * A stage that talks to another block has an edge to each of its replicas, of
 * which there can be only so many.  Lists by block who talks to it.
 */
static void list_callers(struct sl_planner_scratch *w, const u8 *block,
			 u32 count)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 i, end, used = 0;

	for (i = 0; i < count; i++)
		w->caller_first[i] = 0;
	for (i = 0; i < s->stage_count; i++)
		w->stage_edges[i] = w->first[i + 1] - w->first[i];
	for (i = 0; i < s->edge_count; i++)
		for (end = 0; end < 2; end++) {
			u32 a = end ? s->edge[i].right : s->edge[i].left;
			u32 b = block[end ? s->edge[i].left : s->edge[i].right];

			if (block[a] == b)
				continue;
			/* Counted from 1, so that 0 is the end. */
			w->caller[++used] = a;
			w->caller_next[used] = w->caller_first[b];
			w->caller_first[b] = used;
		}
}

/* One core more for a block: have those who talk to it room for that? */
static bool add_edges(struct sl_planner_scratch *w, u32 b)
{
	u32 at;

	for (at = w->caller_first[b]; at; at = w->caller_next[at])
		if (w->stage_edges[w->caller[at]] >= w->s->edges_max)
			return false;
	for (at = w->caller_first[b]; at; at = w->caller_next[at])
		w->stage_edges[w->caller[at]]++;
	return true;
}

/**
 * sl_block_most() - how many cores a block may have
 * @w: with its blocks weighed
 * @block: by stage: its block
 * @b: the block
 */
u32 sl_block_most(const struct sl_planner_scratch *w, const u8 *block, u32 b)
{
	u32 most = SL_PLANNER_CORES_MAX;
	u32 i;

	if (w->block[b].serial)
		return 1;
	for (i = 0; w->limited && i < w->s->stage_count; i++)
		if (block[i] == b && w->s->stage[i].replicas_max)
			most = min(most, w->s->stage[i].replicas_max);
	return most;
}

/* Gives away the cores; false if there are too few. */
static bool share_out(struct sl_planner_scratch *w, const u8 *block, u32 count)
{
	u32 room = w->s->instances_max ? w->s->instances_max : ~0u;
	u32 left, i, used = 0;

	if (w->s->stage_count > room)
		return false;
	room -= w->s->stage_count;
	for (i = 0; i < count; i++) {
		struct sl_block *b = &w->block[i];
		u64 fit = w->s->costs.core_lines;

		b->cores = 1;
		b->sum_ps = b->own_ps;
		if (fit && b->lines > fit)
			b->sum_ps += b->miss_ps / b->lines * (b->lines - fit);
		b->time_ps = b->sum_ps;
		used += b->stages ? 1 : 0;
	}
	if (used > w->walk_count)
		return false;
	if (w->edges_bind)
		list_callers(w, block, count);
	for (left = w->walk_count - used; left; left--) {
		struct sl_block *b = &w->block[0];
		u32 slowest = 0;

		for (i = 1; i < count; i++)
			if (w->block[i].time_ps > b->time_ps) {
				b = &w->block[i];
				slowest = i;
			}
		if (b->stages > room || b->cores == sl_block_most(w, block, slowest) ||
		    (w->edges_bind && !add_edges(w, slowest)))
			break;
		room -= b->stages;
		b->time_ps = div64_u64(b->sum_ps, ++b->cores);
	}
	return true;
}

/* What the blocks promise, if all hops were near and cores alike. */
static bool promise(struct sl_planner_scratch *w, const u8 *block, u32 count,
		    struct sl_score *score)
{
	u32 i;

	if (++w->cheap % SL_CHEAP == 0)
		w->work++;
	if (!share_out(w, block, count))
		return false;
	*score = (struct sl_score){ 0, 0, 0 };
	for (i = 0; i < count; i++) {
		const struct sl_block *b = &w->block[i];
		u64 part = cut_off(b->time_ps >> w->spread_shift, SL_SPREAD_MAX);

		score->worst_ps = max(score->worst_ps, b->time_ps);
		score->spread += part * part * b->cores;
	}
	return true;
}

/*
 * The plan that parts make; false if it is not allowed.  Blocks get their cores
 * one after the other, in the order of their first stages.
 */
static bool lay_out(struct sl_planner_scratch *w, const u8 *block, u32 count,
		    u64 *on)
{
	u64 cores[SL_PLANNER_CORES_MAX] = { 0 };
	u32 at = 0;
	u32 i, k;

	for (i = 0; i < count; i++)
		for (k = 0; k < w->block[i].cores; k++)
			cores[i] |= 1ull << w->walk[at++];
	for (i = 0; i < w->s->stage_count; i++) {
		on[i] = cores[block[i]];
		if (!sl_moves_allowed(w, i, on[i]))
			return false;
	}
	return true;
}

/* Makes a plan of parts in w->next, and looks at it if it may be better. */
static bool look(struct sl_planner_scratch *w, const u8 *parts, u64 limit_ps,
		 struct sl_score *score)
{
	u8 *block = w->parts_next;
	bool found;
	u32 count;

	memcpy(block, parts, w->s->stage_count);
	count = number(w, block);
	if (count > w->walk_count)
		return false;
	weigh(w, block, count);
	if (!promise(w, block, count, score))
		return false;
	if (w->even && score->worst_ps >= limit_ps)
		return false;
	if (w->group_count > 1 && count <= SL_LAYOUT_BLOCKS_MAX)
		found = sl_layout(w, block, count, score->worst_ps +
				  score->worst_ps / GOOD_PART, w->next);
	else
		found = lay_out(w, block, count, w->next);
	if (found)
		*score = sl_cost(w, w->next);
	return found;
}

static void add(struct sl_planner_scratch *w, u32 level, u32 move, u32 stage,
		u32 to)
{
	if (w->candidate_count[level] == SL_CANDIDATES_MAX)
		return;
	w->candidate[level][w->candidate_count[level]++] =
		(struct sl_candidate){ .move = move, .to = to, .stage = stage };
}

/* Has a stage a neighbour in a block? */
static bool touches(const struct sl_planner_scratch *w, const u8 *block,
		    u32 stage, u32 to)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 k;

	for (k = w->first[stage]; k < w->first[stage + 1]; k++) {
		const struct sl_planner_edge *e = &s->edge[w->edge_of[k]];

		if (block[e->left == stage ? e->right : e->left] == to)
			return true;
	}
	return false;
}

/*
 * Every step from some parts: a stage elsewhere or alone, two parts into one,
 * one into two; or only those that touch the slowest block, if that is told.
 */
static void list(struct sl_planner_scratch *w, const u8 *block, u32 count,
		 u32 hot, u32 level)
{
	bool all = hot == ALL;
	u32 n = w->s->stage_count;
	u32 i, b;

	w->candidate_count[level] = 0;
	for (i = 0; i < n; i++) {
		for (b = 0; b <= count; b++)
			if (b != block[i] &&
			    (all || block[i] == hot || b == hot) &&
			    (n <= STAGES_FEW || b == count ||
			     touches(w, block, i, b)))
				add(w, level, SL_PLANNER_MOVE, i, b);
		if (all || block[i] == hot)
			add(w, level, SL_PLANNER_SPLIT, i, count);
	}
	for (i = 0; i < count; i++)
		for (b = i + 1; b < count; b++)
			if (all || i == hot || b == hot)
				add(w, level, SL_PLANNER_FUSE, i, b);
}

static void apply(struct sl_planner_scratch *w, u8 *block,
		  const struct sl_candidate *c)
{
	u32 was = block[c->stage];
	u32 i;

	if (c->move == SL_PLANNER_MOVE) {
		carry(w, block, c->stage, c->to);
		return;
	}
	for (i = 0; i < w->s->stage_count; i++)
		if (c->move == SL_PLANNER_FUSE ? block[i] == c->stage :
		    block[i] == was && w->place[i] >= w->place[c->stage])
			carry(w, block, i, c->to);
}

/* Ranks the steps from some parts by what they promise; the best are kept. */
static u32 rank(struct sl_planner_scratch *w, const u8 *from, u32 count,
		u32 level, u32 room)
{
	u8 block[SL_PLANNER_STAGES_MAX];
	struct sl_block *sums = w->block_kept;
	u32 n = w->s->stage_count;
	u32 i, kept = 0;

	weigh(w, from, count + 1);
	memcpy(sums, w->block, (count + 1) * sizeof(sums[0]));
	w->beam_room = room;
	for (i = 0; i < w->candidate_count[level] && w->work < w->work_max; i++) {
		struct sl_score score;

		memcpy(block, from, n);
		apply(w, block, &w->candidate[level][i]);
		if (promise(w, block, count + 1, &score)) {
			if (w->group_count > 1 && count < SL_LAYOUT_BLOCKS_MAX)
				score = sl_layout_guess(w, block, count + 1);
			sl_beam_add(w, &kept, &score, i);
		}
		memcpy(w->block, sums, (count + 1) * sizeof(sums[0]));
	}
	return kept;
}

static void keep(struct sl_planner_scratch *w, const struct sl_score *score,
		 struct sl_score *best)
{
	*best = *score;
	memcpy(w->parts_best, w->parts_next, sizeof(w->parts_best));
	memcpy(w->last, w->next, sizeof(w->last));
}

/* Looks at what the best steps lead to. */
static void try_steps(struct sl_planner_scratch *w, const u8 *from, u32 count,
		      u32 level, u32 looks, struct sl_score *best)
{
	u8 block[SL_PLANNER_STAGES_MAX];
	struct sl_score score;
	u32 i;

	for (i = 0; i < looks; i++) {
		memcpy(block, from, w->s->stage_count);
		weigh(w, block, count + 1);
		apply(w, block, &w->candidate[level][w->beam[i].candidate]);
		if (look(w, block, best->worst_ps, &score) &&
		    sl_score_better(&score, best))
			keep(w, &score, best);
	}
}

/* The block that is slowest, if parts keep their promise. */
static u32 hottest(const struct sl_planner_scratch *w, u32 count)
{
	u32 i, hot = 0;

	for (i = 1; i < count; i++)
		if (w->block[i].time_ps > w->block[hot].time_ps)
			hot = i;
	return hot;
}

static u32 first_steps(struct sl_planner_scratch *w, u32 count, u32 hot,
		       struct sl_score *best)
{
	u32 k;

	list(w, w->parts, count, hot, 0);
	k = rank(w, w->parts, count, 0, AHEAD);
	try_steps(w, w->parts, count, 0, min_t(u32, k, LOOKS_FIRST), best);
	return k;
}

static void second_steps(struct sl_planner_scratch *w, u32 count, u32 ahead,
			 struct sl_score *best)
{
	u32 first[AHEAD];
	u32 i, k;

	for (i = 0; i < ahead; i++)
		first[i] = w->beam[i].candidate;
	for (i = 0; i < ahead && w->work < w->work_max; i++) {
		u8 *from = w->parts_first;
		u32 parts;

		memcpy(from, w->parts, w->s->stage_count);
		weigh(w, from, count + 1);
		apply(w, from, &w->candidate[0][first[i]]);
		parts = number(w, from);
		if (parts > w->walk_count)
			continue;
		weigh(w, from, parts);
		share_out(w, from, parts);
		list(w, from, parts, hottest(w, parts), 1);
		k = rank(w, from, parts, 1, LOOKS_SECOND);
		try_steps(w, from, parts, 1, k, best);
	}
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
	u32 n = w->s->stage_count, kept_room = w->beam_room;
	struct sl_score given = sl_cost(w, on), now;
	u32 count, i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; on[k] != on[i]; k++)
			;
		w->parts[i] = k;
	}
	sl_cut_weigh_hops(w);
	if (!look(w, w->parts, SL_NEVER, &now))
		return given;
	memcpy(w->parts, w->parts_next, n);
	memcpy(w->now, w->next, sizeof(w->now));
	while (w->work < w->work_max) {
		struct sl_score best = now;

		count = number(w, w->parts);
		weigh(w, w->parts, count);
		share_out(w, w->parts, count);
		k = first_steps(w, count, hottest(w, count), &best);
		if (!sl_score_better(&best, &now))
			k = first_steps(w, count, ALL, &best);
		if (!sl_score_better(&best, &now))
			second_steps(w, count, k, &best);
		if (!sl_score_better(&best, &now))
			break;
		now = best;
		memcpy(w->parts, w->parts_best, n);
		memcpy(w->now, w->last, sizeof(w->now));
	}
	w->beam_room = kept_room;
	if (!sl_score_less(&now, &given))
		return given;
	memcpy(on, w->now, n * sizeof(on[0]));
	return now;
}
