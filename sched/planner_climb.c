// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Climbing: from a plan to a better one, until none is found.
 *
 * One move often pays only with the next one: a core must be emptied before
 * something can be split off to it.  So of all moves those few that look best,
 * better than what there is or not, get every second move that helps the
 * slowest core; and the best of both lengths is taken.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

static void copy(struct sl_planner_scratch *w, u64 *to, const u64 *from)
{
	memcpy(to, from, w->s->stage_count * sizeof(to[0]));
}

static bool spent(const struct sl_planner_scratch *w)
{
	return w->work >= w->work_max;
}

/**
 * sl_beam_add() - remember a first step if it is one of the best
 * @w: with the beam
 * @count: of what is in it
 * @score: of the plan it leads to
 * @candidate: the step
 */
void sl_beam_add(struct sl_planner_scratch *w, u32 *count,
		 const struct sl_score *score, u32 candidate)
{
	u32 i;

	if (*count == w->beam_room) {
		if (!sl_score_less(score, &w->beam[*count - 1].score))
			return;
		--*count;
	}
	for (i = (*count)++; i > 0 &&
	     sl_score_less(score, &w->beam[i - 1].score); i--)
		w->beam[i] = w->beam[i - 1];
	w->beam[i].score = *score;
	w->beam[i].candidate = candidate;
}

/* Makes a plan what it was before the latest change. */
static void undo(struct sl_planner_scratch *w, u64 *on, const u64 *before)
{
	u32 i;

	for (i = 0; i < w->touched_count; i++)
		on[w->touched[i]] = before[w->touched[i]];
}

/* Looks at what a change makes of a plan; false if it is not possible. */
static bool look(struct sl_planner_scratch *w, u64 *on,
		 const struct sl_candidate *c, struct sl_score *score)
{
	if (!sl_moves_apply(w, on, c) || !w->touched_count)
		return false;
	*score = sl_cost_of(w, on, w->touched, w->touched_count);
	return true;
}

/* Tries each first move; the best ones are in the beam afterwards. */
static u32 first_moves(struct sl_planner_scratch *w, u32 work_end)
{
	u32 count = 0;
	u32 i;

	sl_moves_list(w, w->now, 0);
	copy(w, w->next, w->now);
	for (i = 0; i < w->candidate_count[0] && w->work < work_end; i++) {
		struct sl_score score;

		if (look(w, w->next, &w->candidate[0][i], &score))
			sl_beam_add(w, &count, &score, i);
		undo(w, w->next, w->now);
	}
	return count;
}

/* Tries each second move after one of the beam's; keeps the best in w->last. */
static void second_moves(struct sl_planner_scratch *w, u32 which,
			 struct sl_score *best)
{
	u32 i;

	copy(w, w->next, w->now);
	sl_moves_apply(w, w->next, &w->candidate[0][w->beam[which].candidate]);
	sl_cost(w, w->next);
	sl_moves_list(w, w->next, 1);
	copy(w, w->trial, w->next);
	for (i = 0; i < w->candidate_count[1] && !spent(w); i++) {
		struct sl_score score;

		if (look(w, w->trial, &w->candidate[1][i], &score) &&
		    sl_score_better(&score, best)) {
			*best = score;
			copy(w, w->last, w->trial);
		}
		undo(w, w->trial, w->next);
	}
}

/**
 * sl_climb() - the best plan that can be reached from one
 * @w: prepared
 * @on: the plan; set to the best one
 *
 * Return: how good that is.
 */
struct sl_score sl_climb(struct sl_planner_scratch *w, u64 *on)
{
	struct sl_score now;

	copy(w, w->now, on);
	now = sl_cost(w, w->now);
	while (!spent(w)) {
		struct sl_score best = now;
		u32 half = w->work + (w->work_max - w->work) / 2;
		u32 count, i;

		count = first_moves(w, half);
		if (count && sl_score_better(&w->beam[0].score, &best)) {
			best = w->beam[0].score;
			copy(w, w->last, w->now);
			sl_moves_apply(w, w->last,
				       &w->candidate[0][w->beam[0].candidate]);
		}
		for (i = 0; i < count && !spent(w); i++)
			second_moves(w, i, &best);
		if (!sl_score_better(&best, &now))
			break;
		now = best;
		copy(w, w->now, w->last);
		sl_cost(w, w->now);
	}
	copy(w, on, w->now);
	return now;
}
