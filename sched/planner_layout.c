// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Layouts: which cores blocks of stages get, where some cores are near each
 * other and others far away.
 *
 * Cores that are near each other are a group, and within it one is as good as
 * another; so a layout is how many cores each block has in each group.  It
 * begins with the better of two: blocks one after the other, or each of them
 * on all groups.  Then cores are exchanged between groups, or go from one
 * block to another, as long as that helps the slowest one.
 *
 * Cores are taken for equally fast, and groups for equally far from each
 * other as their first ones; the plan that comes of it is looked at as it is.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

#define ROUNDS		24
#define SHARE		1024	/* of a way's length, or of a block's cores */

/* Blocks, and behind them the cores that nobody uses. */
struct layout {
	u32 count;		/* of blocks */
	u8 cores[SL_LAYOUT_BLOCKS_MAX + 1];
	u8 at[SL_LAYOUT_BLOCKS_MAX + 1][SL_GROUPS_MAX];	/* by group */
};

/* An exchange, or a core that goes from one to the other block. */
struct change {
	u8 a, b;		/* blocks */
	u8 g, h;		/* groups; the same: b's core goes to a */
	u8 cores;
};

/* By block: what its hops cost more if all of them were far, by whom to. */
static void weigh_far(struct sl_planner_scratch *w, const u8 *block)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 e;

	w->pair_count = 0;
	for (e = 0; e < s->edge_count; e++) {
		u32 a = block[s->edge[e].left], b = block[s->edge[e].right];

		if (a == b)
			continue;
		w->pair[w->pair_count++] = (struct sl_pair){
			a, b, w->left_far_ps[e] - w->left_hop_ps[e] };
		w->pair[w->pair_count++] = (struct sl_pair){
			b, a, w->right_far_ps[e] - w->right_hop_ps[e] };
	}
}

/* How good a layout is, if cores are alike; says which block is slowest. */
static struct sl_score judge(struct sl_planner_scratch *w,
			     const struct layout *l)
{
	struct sl_score score = { 0, 0, 0 };
	u32 i, g, h;

	/* How far a block is from a group, on average. */
	for (i = 0; i < l->count; i++)
		for (g = 0; g < w->group_count && l->cores[i]; g++) {
			u32 sum = 0;

			for (h = 0; h < w->group_count; h++)
				sum += l->at[i][h] * w->group_far[g][h];
			w->layout_far[i][g] = sum / l->cores[i];
			w->layout_ps[i][g] = w->block[i].sum_ps;
		}
	for (i = 0; i < w->pair_count; i++) {
		const struct sl_pair *p = &w->pair[i];

		for (g = 0; g < w->group_count; g++)
			w->layout_ps[p->from][g] += p->more_ps *
				w->layout_far[p->to][g] / SHARE;
	}
	for (i = 0; i < l->count; i++) {
		u64 most = 0, part;

		if (!l->cores[i])
			continue;
		for (g = 0; g < w->group_count; g++)
			if (l->at[i][g])
				most = max(most, w->layout_ps[i][g]);
		most = div64_u64(most, l->cores[i]);
		part = cut_off(most >> w->spread_shift, SL_SPREAD_MAX);
		if (most >= score.worst_ps) {
			score.worst_ps = most;
			w->hot = i;
		}
		score.spread += part * part * l->cores[i];
	}
	return score;
}

/* The blocks one after the other, or all of them everywhere. */
static void begin(const struct sl_planner_scratch *w, struct layout *l,
		  u32 count, bool everywhere)
{
	u32 at = 0, i, k;

	memset(l, 0, sizeof(*l));
	l->count = count;
	for (i = 0; i < count; i++) {
		l->cores[i] = w->block[i].stages ? w->block[i].cores : 0;
		for (k = 0; k < l->cores[i]; k++, at++)
			l->at[i][w->group_of[everywhere ? w->stride[at]
							: w->walk[at]]]++;
	}
	for (; at < w->walk_count; at++)
		l->at[count][w->group_of[everywhere ? w->stride[at]
						    : w->walk[at]]]++;
}

static void apply(struct layout *l, const struct change *c)
{
	if (c->g == c->h) {
		l->at[c->b][c->g]--;
		l->cores[c->b]--;
		l->at[c->a][c->g]++;
		l->cores[c->a]++;
		return;
	}
	l->at[c->a][c->g] -= c->cores;
	l->at[c->a][c->h] += c->cores;
	l->at[c->b][c->h] -= c->cores;
	l->at[c->b][c->g] += c->cores;
}

/* A stage has an edge to each replica of a neighbour that is elsewhere. */
static bool has_room(const struct sl_planner_scratch *w, const struct layout *l,
		     const u8 *block)
{
	const struct sl_planner_snapshot *s = w->s;
	u32 i, k, all = 0;

	for (i = 0; i < s->stage_count; i++) {
		u32 edges = 0;

		all += l->cores[block[i]];
		for (k = w->first[i]; k < w->first[i + 1]; k++) {
			const struct sl_planner_edge *e = &s->edge[w->edge_of[k]];
			u32 to = block[e->left == i ? e->right : e->left];

			edges += to == block[i] ? 1 : l->cores[to];
		}
		if (s->edges_max && edges > s->edges_max)
			return false;
	}
	return !s->instances_max || all <= s->instances_max;
}

static void try(struct sl_planner_scratch *w, const struct layout *l,
		const u8 *block, struct change c, struct sl_score *best,
		struct change *which)
{
	struct layout next = *l;
	struct sl_score score;

	apply(&next, &c);
	if (c.g == c.h && !has_room(w, &next, block))
		return;
	if (++w->cheap % SL_CHEAP == 0)
		w->work++;
	score = judge(w, &next);
	if (!sl_score_less(&score, best))
		return;
	*best = score;
	*which = c;
}

/* All exchanges of a block's cores in one group. */
static void try_exchanges(struct sl_planner_scratch *w, const struct layout *l,
			  const u8 *block, u32 a, struct sl_score *best,
			  struct change *which)
{
	u32 b, g, h;

	for (g = 0; g < w->group_count; g++)
		for (h = 0; h < w->group_count && l->at[a][g]; h++)
			for (b = 0; b <= l->count; b++) {
				u32 most = min(l->at[a][g], l->at[b][h]);

				if (b == a || g == h || !most)
					continue;
				try(w, l, block, (struct change){ a, b, g, h, 1 },
				    best, which);
				if (most > 1)
					try(w, l, block, (struct change){
					    a, b, g, h, most }, best, which);
			}
}

/* Every core more that a block could have. */
static void try_gifts(struct sl_planner_scratch *w, const struct layout *l,
		      const u8 *block, u32 a, struct sl_score *best,
		      struct change *which)
{
	u32 b, g;

	if (l->cores[a] >= sl_block_most(w, block, a))
		return;
	for (b = 0; b <= l->count; b++)
		for (g = 0; g < w->group_count; g++)
			if (b != a && l->at[b][g] &&
			    (b == l->count || l->cores[b] > 1))
				try(w, l, block, (struct change){ a, b, g, g, 1 },
				    best, which);
}

/* Every core less that a block could have: those who talk to it are nearer. */
static void try_leaves(struct sl_planner_scratch *w, const struct layout *l,
		       const u8 *block, u32 b, struct sl_score *best,
		       struct change *which)
{
	u32 g;

	for (g = 0; g < w->group_count && l->cores[b] > 1; g++)
		if (l->at[b][g])
			try(w, l, block, (struct change){ l->count, b, g, g, 1 },
			    best, which);
}

static bool improve(struct sl_planner_scratch *w, struct layout *l,
		    const u8 *block, struct sl_score *now)
{
	struct sl_score best = *now;
	struct change which;
	u32 hot, i;

	judge(w, l);
	hot = w->hot;
	try_exchanges(w, l, block, hot, &best, &which);
	try_gifts(w, l, block, hot, &best, &which);
	for (i = 0; i < w->pair_count; i++) {
		if (w->pair[i].from != hot)
			continue;
		try_exchanges(w, l, block, w->pair[i].to, &best, &which);
		try_leaves(w, l, block, w->pair[i].to, &best, &which);
	}
	if (!sl_score_better(&best, now))
		return false;
	*now = best;
	apply(l, &which);
	return true;
}

/* Which cores exactly: those of a group in the order of the walk. */
static bool fill(const struct sl_planner_scratch *w, const struct layout *l,
		 const u8 *block, u64 *on)
{
	u64 cores[SL_LAYOUT_BLOCKS_MAX] = { 0 };
	struct layout left = *l;
	u32 i, k;

	for (i = 0; i < w->walk_count; i++) {
		u32 g = w->group_of[w->walk[i]];

		for (k = 0; k < l->count && !left.at[k][g]; k++)
			;
		if (k == l->count)
			continue;
		left.at[k][g]--;
		cores[k] |= 1ull << w->walk[i];
	}
	for (i = 0; i < w->s->stage_count; i++) {
		on[i] = cores[block[i]];
		if (!sl_moves_allowed(w, i, on[i]))
			return false;
	}
	return true;
}

/* The better one of the two that are begun with. */
static struct sl_score begin_best(struct sl_planner_scratch *w,
				  const u8 *block, u32 count, struct layout *l)
{
	struct sl_score now, score;
	struct layout other;

	weigh_far(w, block);
	begin(w, l, count, false);
	now = judge(w, l);
	begin(w, &other, count, true);
	score = judge(w, &other);
	if (!sl_score_less(&score, &now))
		return now;
	*l = other;
	return score;
}

/**
 * sl_layout_guess() - how good a layout will be, by and large
 * @w: as for sl_layout()
 * @block: by stage: its block
 * @count: of blocks
 */
struct sl_score sl_layout_guess(struct sl_planner_scratch *w, const u8 *block,
				u32 count)
{
	struct layout l;

	return begin_best(w, block, count, &l);
}

/**
 * sl_layout() - give blocks their cores
 * @w: prepared; its blocks have been weighed, and told how many cores they get
 * @block: by stage: its block
 * @count: of blocks
 * @good_ps: when a layout is as good as this, it need not be improved
 * @on: set to the plan
 *
 * Return: whether there is one that is allowed.
 */
bool sl_layout(struct sl_planner_scratch *w, const u8 *block, u32 count,
	       u64 good_ps, u64 *on)
{
	struct layout l;
	struct sl_score now = begin_best(w, block, count, &l);
	u32 i;

	for (i = 0; i < ROUNDS && now.worst_ps > good_ps; i++)
		if (!improve(w, &l, block, &now))
			break;
	return fill(w, &l, block, on);
}
