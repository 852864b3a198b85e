// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Trials: what the model thinks is nearly as good may be better.
 *
 * A model of costs knows nothing of, say, how long a request waits for answers
 * that cross the cores twice.  So its next best plans are tried, too.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "sched/scheduler_own.h"

#define FIRST_NS	1000000000ull	/* in which the planner has its say */
#define BETWEEN_NS	1000000000ull	/* two trials; each is two changes */
#define QUIET_MIN_NS	10000000000ull	/* with one list of plans, at least */
#define SHIFTED		350	/* per mille of all costs are others' now */
#define ALIKE		990	/* per mille of the rate, by the model */
#define WORTH		550	/* of the best one; half of it is a core less */

/* By stage, what it has of all that is spent. */
static void find_shares(const struct sl_scheduler *s, u32 *share)
{
	const struct sl_planner_snapshot *snapshot = &s->snapshot;
	u64 cost[SL_PLANNER_STAGES_MAX], sum = 0;
	u32 i;

	for (i = 0; i < snapshot->stage_count; i++) {
		const struct sl_planner_stage *stage = &snapshot->stage[i];
		u64 event_ps = stage->event_ps + stage->call_ps * 16 /
			       max_t(u32, stage->batch, 16);

		cost[i] = (event_ps >> 8) * stage->visits >> 10;
		sum += cost[i];
	}
	for (i = 0; i < snapshot->stage_count; i++)
		share[i] = div64_u64(cost[i] * 1000, sum + 1);
}

static u32 difference(const struct sl_scheduler *s, const u32 *share)
{
	u32 sum = 0;
	u32 i;

	for (i = 0; i < s->snapshot.stage_count; i++)
		sum += share[i] > s->explore.share[i] ?
		       share[i] - s->explore.share[i] :
		       s->explore.share[i] - share[i];
	return sum / 2;
}

/**
 * sl_scheduler_follow() - notice that the load has become another one
 * @s: the scheduler, measured, with no plan on trial
 *
 * Then what was found out before is worth nothing.  What stages cost depends
 * on the plan, too, so it is compared with what it was under this one.
 */
void sl_scheduler_follow(struct sl_scheduler *s)
{
	struct sl_explore *e = &s->explore;
	u32 share[SL_PLANNER_STAGES_MAX];

	find_shares(s, share);
	if (e->known && difference(s, share) > SHIFTED &&
	    s->look_ns >= e->quiet_ns) {
		e->listed = false;
		e->next_ns = s->look_ns + FIRST_NS;
		e->known = false;
		s->ban_count = 0;
	}
	if (!e->known)
		memcpy(e->share, share, sizeof(share));
	e->known = true;
}

static u32 moves_to(const struct sl_scheduler *s, const u64 *on)
{
	u32 moves = 0;
	u32 i;

	for (i = 0; i < s->snapshot.stage_count; i++)
		moves += on[i] != s->snapshot.on[i];
	return moves;
}

static void exchange(const struct sl_scheduler *s, u64 *on, u32 a, u32 b)
{
	u32 i;

	for (i = 0; i < s->snapshot.stage_count; i++)
		if ((on[i] >> a & 1) != (on[i] >> b & 1))
			on[i] ^= 1ull << a | 1ull << b;
}

/*
 * Where two cores are alike, a plan is as good with both exchanged.  The one
 * of these plans that is nearest to what there is now moves the least, and
 * may be that itself.
 */
static void align(struct sl_scheduler *s, struct sl_planner_option *option)
{
	u64 on[SL_PLANNER_STAGES_MAX];
	u32 a, b;

	for (a = 0; a < s->snapshot.core_count; a++) {
		for (b = 0; b < a; b++) {
			memcpy(on, option->on, sizeof(on));
			exchange(s, on, a, b);
			if (moves_to(s, on) >= moves_to(s, option->on) ||
			    !sl_planner_allowed(s->scratch, on) ||
			    sl_planner_rate(s->scratch, on) <
			    option->rate / 1000 * ALIKE)
				continue;
			memcpy(option->on, on, sizeof(on));
		}
	}
}

static void list(struct sl_scheduler *s)
{
	struct sl_explore *e = &s->explore;
	u64 least;

	e->count = sl_planner_options(&s->snapshot, s->scratch, e->option,
				      SL_OPTIONS_MAX);
	/* They come best first. */
	least = e->count ? e->option[0].rate / 1000 * WORTH : 0;
	while (e->count && e->option[e->count - 1].rate < least)
		e->count--;
	e->next = 0;
	e->listed = true;
	e->quiet_ns = s->look_ns + QUIET_MIN_NS;
}

/**
 * sl_scheduler_explore() - try another plan, if it is time for that
 * @s: the scheduler, measured, with no plan on trial
 * @change: set if one was
 *
 * Return: whether one was.
 */
bool sl_scheduler_explore(struct sl_scheduler *s,
			  struct sl_scheduler_change *change)
{
	struct sl_explore *e = &s->explore;
	size_t bytes = s->snapshot.stage_count * sizeof(u64);

	if (!e->next_ns)
		e->next_ns = s->look_ns + FIRST_NS;
	if (s->look_ns < e->next_ns || !sl_scheduler_steady(s))
		return false;
	if (!e->listed)
		list(s);
	if (e->next < e->count)
		sl_planner_begin(&s->snapshot, s->scratch);
	while (e->next < e->count) {
		const u64 *on = e->option[e->next].on;

		align(s, &e->option[e->next++]);
		if (!memcmp(on, s->snapshot.on, bytes) ||
		    sl_scheduler_banned(s, on))
			continue;
		memcpy(s->planned.on, on, bytes);
		sl_planner_reckon(&s->snapshot, s->scratch, &s->planned);
		if (!sl_scheduler_try(s, on, true, change))
			continue;
		/* The trial, and the way back, if that is what it comes to. */
		e->next_ns = s->trial_end_ns + BETWEEN_NS;
		e->known = false;
		return true;
	}
	return false;
}
