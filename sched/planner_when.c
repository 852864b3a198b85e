// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Whether it is worth changing the plan.
 *
 * What looks best under a measurement was chosen for its errors, too, so the
 * look at which a plan was found does not speak for it.  It goes on trial:
 * each of the next looks compares it with the plan there is, and only what
 * they say counts.  A gain so large that no error explains it needs no trial.
 *
 * A change must pay within the dwell, the time for which the plan will stay:
 * cores stand still for it, and what moved finds nothing in its new cache.
 * Taking a change back doubles the dwell; a long quiet time halves it.  Each
 * change takes a second from an account that fills with the clock and holds
 * three, so whatever the load does, in the long run there is one a second.
 */
#include <linux/string.h>

#include "sched/planner_own.h"

#define DWELL_MIN_NS	50000000ull
#define DWELL_MAX_NS	10000000000ull
#define QUIET		16	/* dwells without a change */
#define CHANGE_NS	1000000000ull
#define BURST		3
#define GAIN_MIN	50	/* per mille; less is not worth any trouble */
#define GAIN_LARGE	300	/* measurements do not err by that much */
#define LOOKS		4	/* the first one does not count */
#define MARGIN		2	/* times its cost that a change must win */

static const char *const verdicts[] = {
	[SL_PLANNER_SAME] = "the plan is the best one found",
	[SL_PLANNER_DWELL] = "it was changed too short a time ago",
	[SL_PLANNER_SMALL] = "too little would be won",
	[SL_PLANNER_UNSURE] = "the gain may be an error of measurement",
	[SL_PLANNER_DEAR] = "the change would cost more than it wins",
	[SL_PLANNER_CHANGE] = "a change pays",
};

const char *sl_planner_verdict_name(enum sl_planner_verdict verdict)
{
	return verdict < SL_PLANNER_VERDICTS ? verdicts[verdict] : "unknown";
}

static void begin(struct sl_planner_state *state, u64 now_ns)
{
	memset(state, 0, sizeof(*state));
	state->begun = true;
	state->dwell_ns = DWELL_MIN_NS;
	state->changed_ns = now_ns;
	state->credit_ns = now_ns - BURST * CHANGE_NS;
}

/* What is in the account; below zero after a change that had to be. */
static s64 left(const struct sl_planner_state *state, u64 now_ns)
{
	return (s64)(now_ns - state->credit_ns);
}

/* Per mille by which one rate is above another. */
static s64 gain_of(u64 rate, u64 now)
{
	if (!now)
		return 1000000;
	if (rate < now)
		return -(s64)div64_u64((now - rate) * 1000, now);
	return min_t(u64, div64_u64((rate - now) * 1000, now), 1000000);
}

static bool same(const struct sl_planner_snapshot *s, const u64 *a,
		 const u64 *b)
{
	return !memcmp(a, b, s->stage_count * sizeof(a[0]));
}

/* Time lost by a change: the pause, and fetching what moved stages work on. */
static u64 price_ns(const struct sl_planner_snapshot *s, const u64 *on)
{
	u64 price = (u64)s->costs.pause_us * 1000;
	u32 i;

	for (i = 0; i < s->stage_count; i++)
		if (on[i] != s->on[i])
			price += (u64)min_t(u32, s->stage[i].lines,
					    SL_STATE_MAX) *
				 min_t(u32, s->costs.miss_ps, SL_MISS_PS_MAX) /
				 1000;
	return price;
}

/* Does the change take a stage back to where it was a short time ago? */
static bool is_reversal(const struct sl_planner_state *state,
			const struct sl_planner_snapshot *s, const u64 *on,
			u64 now_ns)
{
	u32 i;

	for (i = 0; i < s->stage_count; i++)
		if (on[i] != s->on[i] && on[i] == state->from[i] &&
		    now_ns - state->moved_ns[i] < QUIET * state->dwell_ns)
			return true;
	return false;
}

static void note_change(struct sl_planner_state *state,
			const struct sl_planner_snapshot *s, const u64 *on,
			u64 now_ns)
{
	u32 i;

	if (is_reversal(state, s, on, now_ns))
		state->dwell_ns = min(2 * state->dwell_ns, DWELL_MAX_NS);
	for (i = 0; i < s->stage_count; i++) {
		if (on[i] == s->on[i])
			continue;
		state->from[i] = s->on[i];
		state->moved_ns[i] = now_ns;
	}
	state->changed_ns = now_ns;
	state->credit_ns += CHANGE_NS;
	state->seen = 0;
}

/*
 * The plan on trial, and what it was found to win; a much better one than it
 * takes its place.
 */
static s64 try_plan(struct sl_planner_state *state,
		    const struct sl_planner_snapshot *s,
		    struct sl_planner_scratch *scratch,
		    const struct sl_planner_plan *plan)
{
	s64 found = gain_of(plan->rate, plan->rate_now);
	s64 gain = 0;

	if (state->seen && !same(s, state->trial, s->on) &&
	    sl_planner_allowed(scratch, state->trial)) {
		gain = gain_of(sl_planner_rate(scratch, state->trial),
			       plan->rate_now);
		if (gain > 0 && 2 * gain >= found) {
			state->seen++;
			state->gain_sum += gain;
			return gain;
		}
	}
	memcpy(state->trial, plan->on, sizeof(state->trial));
	state->seen = 1;
	state->gain_sum = 0;
	return found;
}

static enum sl_planner_verdict weigh(const struct sl_planner_state *state,
				     const struct sl_planner_snapshot *s,
				     s64 gain, u64 now_ns)
{
	if (now_ns - state->changed_ns < state->dwell_ns ||
	    left(state, now_ns) < (s64)CHANGE_NS)
		return SL_PLANNER_DWELL;
	if (gain < GAIN_LARGE) {
		if (state->seen < LOOKS)
			return SL_PLANNER_UNSURE;
		gain = state->gain_sum / (s64)(state->seen - 1);
		if (gain < GAIN_MIN)
			return SL_PLANNER_SMALL;
	}
	if ((u64)gain * state->dwell_ns <
	    MARGIN * 1000 * price_ns(s, state->trial))
		return SL_PLANNER_DEAR;
	return SL_PLANNER_CHANGE;
}

/**
 * sl_planner_decide() - is it worth changing to a plan
 * @state: of these decisions; all zeroes the first time
 * @snapshot: what the plan was made from
 * @scratch: of the planner, as sl_planner_make() left it
 * @plan: what it made; if the verdict is to change, what to change to, which
 *        may be a plan of an earlier look
 * @now_ns: the time, by any clock that only grows
 *
 * Whoever gets SL_PLANNER_CHANGE carries it out.
 *
 * Return: the verdict.
 */
enum sl_planner_verdict
sl_planner_decide(struct sl_planner_state *state,
		  const struct sl_planner_snapshot *snapshot,
		  struct sl_planner_scratch *scratch,
		  struct sl_planner_plan *plan, u64 now_ns)
{
	enum sl_planner_verdict verdict;
	s64 gain;

	if (!state->begun)
		begin(state, now_ns);
	if (left(state, now_ns) > (s64)(BURST * CHANGE_NS))
		state->credit_ns = now_ns - BURST * CHANGE_NS;
	if (now_ns - state->changed_ns > QUIET * state->dwell_ns &&
	    state->dwell_ns > DWELL_MIN_NS) {
		state->dwell_ns /= 2;
		state->changed_ns = now_ns - state->dwell_ns;
	}
	if (plan->fault || same(snapshot, plan->on, snapshot->on)) {
		state->seen = 0;
		return SL_PLANNER_SAME;
	}
	if (!plan->rate_now) {	/* what there is now must not stay */
		note_change(state, snapshot, plan->on, now_ns);
		return SL_PLANNER_CHANGE;
	}
	gain = try_plan(state, snapshot, scratch, plan);
	if (gain < GAIN_MIN && state->seen == 1) {
		state->seen = 0;
		return SL_PLANNER_SMALL;
	}
	verdict = weigh(state, snapshot, gain, now_ns);
	if (verdict != SL_PLANNER_CHANGE)
		return verdict;
	memcpy(plan->on, state->trial, sizeof(plan->on));
	sl_planner_reckon(snapshot, scratch, plan);
	note_change(state, snapshot, plan->on, now_ns);
	return verdict;
}
