// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What becomes of a plan on trial.
 *
 * One that the planner wants under a new load stays unless clearly fewer events
 * enter.  Any other has to be better, and machines have good and bad seconds:
 * so it is tried, then the plan before is looked at again, and then it is tried
 * once more.  It stays if both times more entered than without it both times.
 */
#include <linux/kernel.h>
#include <linux/math64.h>

#include "sched/replan.h"
#include "sched/scheduler_own.h"

#define SETTLE_NS	100000000u	/* after a change all is in disorder */
#define TRIAL_NS	300000000u
#define STRICT_NS	800000000u
#define SEEN_NS		200000000u	/* of it are enough if it is hopeless */
#define BETWEEN_NS	1000000000u	/* two trials */
#define WORSE		850	/* per mille of the rate before */
#define BETTER		1020
#define HOPELESS	700
#define NOTHING		50	/* per mille of it */

static void begin_leg(struct sl_scheduler *s, enum sl_leg leg)
{
	s->leg = leg;
	s->trial_ns = s->look_ns + SETTLE_NS;
	s->trial_end_ns = s->trial_ns + (s->strict ? STRICT_NS : TRIAL_NS);
	s->trial_entered = 0;
	s->ask_ns = max(s->ask_ns, s->trial_end_ns);
}

/**
 * sl_scheduler_begin_trial() - look what becomes of the plan that is new
 * @s: the scheduler
 * @rate: milli-events a second that entered before
 * @strict: more must, now
 */
void sl_scheduler_begin_trial(struct sl_scheduler *s, u64 rate, bool strict)
{
	s->before = s->p->before;
	s->tried = s->p->plan;
	s->rate_before = rate;
	s->on_trial = true;
	s->strict = strict;
	begin_leg(s, SL_LEG_OUT);
}

static void end_trial(struct sl_scheduler *s)
{
	s->on_trial = false;
	if (s->strict)
		s->explore.next_ns = s->look_ns + BETWEEN_NS;
}

static bool change_to(struct sl_scheduler *s, const struct sl_plan *plan)
{
	if (sl_pipeline_replan(s->p, plan))
		return false;
	s->changed_ns = s->look_ns;
	s->explore.known = false;
	return true;
}

/* The rate that the trial must not be below. */
static u64 least_rate(const struct sl_scheduler *s, bool over)
{
	u32 permille = !s->strict ? WORSE : over ? BETTER : HOPELESS;

	return div64_u64(s->rate_before * permille, 1000);
}

/* It was no good, or nobody knows. */
static bool go_back(struct sl_scheduler *s, u64 rate,
		    struct sl_scheduler_change *change)
{
	end_trial(s);
	/* If next to nothing comes, that is not the plan's doing. */
	if (!s->strict && rate < s->rate_before / 1000 * NOTHING)
		return false;
	sl_scheduler_ban(s, &s->tried);
	if (!change_to(s, &s->before))
		return false;
	sl_scheduler_say_back(s, rate, false, change);
	return true;
}

/* It was good; once more, to be sure, or that is enough. */
static bool go_on(struct sl_scheduler *s, u64 rate,
		  struct sl_scheduler_change *change)
{
	s->rate_tried = rate;
	if (s->strict && s->leg == SL_LEG_OUT && change_to(s, &s->before)) {
		sl_scheduler_say_back(s, rate, true, change);
		begin_leg(s, SL_LEG_HOME);
		return true;
	}
	end_trial(s);
	if (s->strict)
		sl_scheduler_ban(s, &s->before);
	return false;
}

/* The plan before had its second chance. */
static bool compare(struct sl_scheduler *s, u64 rate,
		    struct sl_scheduler_change *change)
{
	s->rate_before = max(s->rate_before, rate);
	if (s->rate_tried >= least_rate(s, true) && change_to(s, &s->tried)) {
		sl_scheduler_say_again(s, rate, change);
		begin_leg(s, SL_LEG_AGAIN);
		return true;
	}
	end_trial(s);
	sl_scheduler_ban(s, &s->tried);
	return false;
}

/**
 * sl_scheduler_judge() - see whether it is time to decide on a trial, and do so
 * @s: the scheduler, with a plan on trial
 * @change: set if the plan was changed
 *
 * Return: whether it was.
 */
bool sl_scheduler_judge(struct sl_scheduler *s,
			struct sl_scheduler_change *change)
{
	bool over = s->look_ns >= s->trial_end_ns;
	u64 rate;

	if (!s->trial_entered) {
		if (s->look_ns < s->trial_ns)
			return false;
		s->trial_ns = s->look_ns;
		s->trial_entered = s->entered_all;
	}
	if (!over && (!s->strict || s->leg == SL_LEG_HOME ||
		      s->look_ns - s->trial_ns <= SEEN_NS))
		return false;
	rate = sl_scheduler_rate(s->entered_all - s->trial_entered,
				 s->look_ns - s->trial_ns);
	if (s->leg == SL_LEG_HOME)
		return compare(s, rate, change);
	if (rate < least_rate(s, over))
		return go_back(s, rate, change);
	return over && go_on(s, rate, change);
}
