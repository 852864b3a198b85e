// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Several plans to choose from, for whoever can try them out: the model errs,
 * so the best plan may be one of those that it holds for second best.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

#define GOOD_PART	2	/* plans below the best one's rate by it are no use */

/* What is filled in, best first. */
struct options {
	struct sl_planner_scratch *w;
	struct sl_planner_option *option;
	u32 count, count_max;
};

static bool same(const struct options *o, const u64 *a, const u64 *b)
{
	return !memcmp(a, b, o->w->s->stage_count * sizeof(a[0]));
}

/* Of two cores, the other one's; of more, nothing is known to be alike. */
static bool is_mirrored(const struct options *o, const u64 *a, const u64 *b)
{
	u32 i;

	if (o->w->walk_count != 2)
		return false;
	for (i = 0; i < o->w->s->stage_count; i++)
		if (a[i] != b[i] && (a[i] ^ b[i]) != o->w->usable)
			return false;
	for (i = 0; i < o->w->s->stage_count; i++)
		if (a[i] == b[i] && a[i] != o->w->usable)
			return false;
	return true;
}

/* Takes a plan in if it is allowed, new, and good enough. */
static void offer(struct options *o, const u64 *on)
{
	struct sl_planner_scratch *w = o->w;
	u64 rate;
	u32 i;

	if (!sl_planner_allowed(w, on))
		return;
	rate = sl_planner_rate(w, on);
	for (i = 0; i < o->count; i++)
		if (same(o, on, o->option[i].on) ||
		    (rate == o->option[i].rate &&
		     is_mirrored(o, on, o->option[i].on)))
			return;
	if (o->count < o->count_max)
		o->count++;
	else if (rate <= o->option[o->count - 1].rate)
		return;
	for (i = o->count - 1; i > 0 && rate > o->option[i - 1].rate; i--)
		o->option[i] = o->option[i - 1];
	memset(o->option[i].on, 0, sizeof(o->option[i].on));
	memcpy(o->option[i].on, on, w->s->stage_count * sizeof(on[0]));
	o->option[i].rate = rate;
}

/*
 * The first stages on one core and the rest on the other one; what is bound to
 * some place stays there.  Returns how many are where they are now.
 */
static u32 make_cut(struct options *o, u64 *on, u32 at, u32 left, u32 right)
{
	const struct sl_planner_scratch *w = o->w;
	u32 i, stay = 0;

	for (i = 0; i < w->s->stage_count; i++) {
		u32 stage = w->order[i];
		u64 side = 1ull << (i < at ? left : right);

		on[stage] = sl_moves_allowed(w, stage, side) ? side
							     : w->cores[stage];
		stay += w->s->placed && on[stage] == w->s->on[stage];
	}
	return stay;
}

/* Every cut; the way round that moves less comes first, so it is taken in. */
static void offer_cuts(struct options *o)
{
	struct sl_planner_scratch *w = o->w;
	u32 at, a = w->walk[0], b = w->walk[1];

	for (at = 0; at <= w->s->stage_count; at++) {
		bool turn = make_cut(o, w->trial, at, a, b) <
			    make_cut(o, w->next, at, b, a);

		offer(o, turn ? w->next : w->trial);
		offer(o, turn ? w->trial : w->next);
	}
}

/* Where the search came to from its starts, and the starts worth a try. */
static void offer_starts(struct options *o, const struct sl_planner_plan *best)
{
	struct sl_planner_scratch *w = o->w;
	u32 i;

	for (i = 0; i < SL_PLANNER_ORIGINS; i++)
		if (best->rate_of[i])
			offer(o, w->start[i]);
	if (sl_run_to_completion(w, w->trial))
		offer(o, w->trial);
	if (sl_cut(w, w->trial))
		offer(o, w->trial);
	if (sl_cut_wide(w, w->trial))
		offer(o, w->trial);
}

/* The best plan, with a stage at one end of an edge brought to the other. */
static void offer_shifts(struct options *o, const u64 *best)
{
	struct sl_planner_scratch *w = o->w;
	u32 e, end;

	for (e = 0; e < w->s->edge_count; e++)
		for (end = 0; end < 2; end++) {
			const struct sl_planner_edge *edge = &w->s->edge[e];
			u32 stage = end ? edge->right : edge->left;
			u32 to = end ? edge->left : edge->right;

			memcpy(w->trial, best, sizeof(w->trial));
			w->trial[stage] = w->trial[to];
			offer(o, w->trial);
		}
}

/**
 * sl_planner_options() - several plans, for whoever can try them out
 * @snapshot: what was measured, and where the stages are now
 * @scratch: sl_planner_scratch_bytes() to work in
 * @option: where to put the plans, the best first by what the model predicts
 * @count_max: how many there is room for
 *
 * They are different plans, all allowed: the one that sl_planner_make() finds;
 * those that it found on its way; run to completion, where replicas are
 * allowed; the best one with a stage brought to a neighbour's cores; and, where
 * two cores may be used, every contiguous cut.  Plans that promise less
 * than half of what the best one does are left out, and of two that are each
 * other's mirror image on two equal cores the one that moves more.
 *
 * The plan there is now is among them only if it is as good as that.
 *
 * Return: how many there are; 0 if there is no plan.
 */
u32 sl_planner_options(const struct sl_planner_snapshot *snapshot,
		       struct sl_planner_scratch *scratch,
		       struct sl_planner_option *option, u32 count_max)
{
	struct options o = { scratch, option, 0, count_max };
	struct sl_planner_plan *best = &scratch->unused;

	if (!count_max || sl_planner_make(snapshot, scratch, best))
		return 0;
	offer(&o, best->on);
	offer_starts(&o, best);
	offer_shifts(&o, best->on);
	if (scratch->walk_count == 2)
		offer_cuts(&o);
	/* One that came late may be better than those it was compared with. */
	while (option[o.count - 1].rate < option[0].rate / GOOD_PART)
		o.count--;
	return o.count;
}
