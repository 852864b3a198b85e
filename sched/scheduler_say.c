// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>

#include "sched/scheduler_own.h"
#include "sched/text.h"

#define STEPS_SAID	3
#define CORES_SAID	4

static void say_core(const struct sl_scheduler *s, struct sl_text *text, u32 core)
{
	const struct sl_place *place = &s->p->plan.worker[core];

	sl_text_add(text, "cpu");
	sl_text_number(text, place->cpu);
	if (place->thread) {
		sl_text_add(text, "/");
		sl_text_number(text, place->thread);
	}
}

/* "cpu0+cpu1", or how many there are. */
static void say_cores(const struct sl_scheduler *s, struct sl_text *text, u64 on)
{
	u32 count = 0;
	u64 rest;

	for (rest = on; rest; rest &= rest - 1)
		count++;
	if (count > CORES_SAID) {
		sl_text_number(text, count);
		sl_text_add(text, " cores");
		return;
	}
	for (rest = on; rest; rest &= rest - 1) {
		say_core(s, text, __ffs(rest));
		if (rest & (rest - 1))
			sl_text_add(text, "+");
	}
}

static void say_step(const struct sl_scheduler *s, struct sl_text *text,
		     const struct sl_planner_step *step)
{
	const struct sl_graph *graph = &s->p->graph;

	sl_text_add(text, graph->stage[step->stage].name);
	if (step->move == SL_PLANNER_SWAP) {
		sl_text_add(text, " and ");
		sl_text_add(text, graph->stage[step->other].name);
		sl_text_add(text, " change places");
		return;
	}
	if (step->move == SL_PLANNER_REPLICATE) {
		sl_text_add(text, " on ");
		say_cores(s, text, s->planned.on[step->stage]);
		return;
	}
	sl_text_add(text, " to ");
	say_core(s, text, step->to);
}

/* Are all stages to be on the same cores, of which there are several? */
static bool is_complete(const struct sl_scheduler *s)
{
	const u64 *on = s->planned.on;
	u32 i;

	for (i = 1; i < s->p->graph.stage_count; i++)
		if (on[i] != on[0])
			return false;
	return on[0] & (on[0] - 1);
}

static void say_steps(const struct sl_scheduler *s, struct sl_text *text)
{
	const struct sl_planner_plan *planned = &s->planned;
	u32 i;

	if (is_complete(s)) {
		sl_text_add(text, "all stages on each of ");
		say_cores(s, text, planned->on[0]);
		return;
	}
	for (i = 0; i < min_t(u32, planned->step_count, STEPS_SAID); i++) {
		sl_text_add(text, i ? ", " : "");
		say_step(s, text, &planned->step[i]);
	}
	if (planned->step_count > STEPS_SAID)
		sl_text_add(text, ", ...");
}

/* "3.4 %" of so many per mille. */
static void say_percent(struct sl_text *text, u64 permille)
{
	sl_text_number(text, permille / 10);
	if (permille < 100) {
		sl_text_add(text, ".");
		sl_text_number(text, permille % 10);
	}
	sl_text_add(text, " %");
}

static void say_gain(const struct sl_scheduler *s, struct sl_text *text,
		     u64 permille)
{
	const struct sl_planner_plan *planned = &s->planned;

	sl_text_add(text, ": ");
	say_percent(text, permille);
	sl_text_add(text, " more, then ");
	sl_text_add(text, s->p->graph.stage[planned->bottleneck].name);
	sl_text_add(text, " on ");
	say_core(s, text, planned->bottleneck_core);
	sl_text_add(text, " limits");
}

/**
 * sl_scheduler_say() - say in words what is changed and why
 * @s: the scheduler, with the planner's plan
 * @trial: it is only to be tried
 * @change: set but for its rate_before
 */
void sl_scheduler_say(const struct sl_scheduler *s, bool trial,
		      struct sl_scheduler_change *change)
{
	const struct sl_planner_plan *planned = &s->planned;
	struct sl_text text = { change->why, sizeof(change->why), 0 };
	u64 more = planned->rate_now && planned->rate > planned->rate_now ?
		   div64_u64((planned->rate - planned->rate_now) * 1000,
			     planned->rate_now) : 0;

	sl_text_add(&text, "");
	say_steps(s, &text);
	if (!trial)
		say_gain(s, &text, more);
	change->move = trial ? SL_PLANNER_TRIAL :
		       planned->step_count ? planned->step[0].move :
					     SL_PLANNER_MOVE;
	change->rate_expected = change->rate_before + change->rate_before / 1000 *
				more;
}

/**
 * sl_scheduler_say_back() - say that a change is taken back
 * @s: the scheduler
 * @rate: how many entered after the change
 * @change: set
 */
void sl_scheduler_say_back(const struct sl_scheduler *s, u64 rate,
			   struct sl_scheduler_change *change)
{
	struct sl_text text = { change->why, sizeof(change->why), 0 };

	sl_text_add(&text, "");
	sl_text_number(&text, rate / 1000);
	sl_text_add(&text, " events a second entered, and ");
	sl_text_number(&text, s->rate_before / 1000);
	sl_text_add(&text, " before");
	change->move = SL_PLANNER_BACK;
	change->rate_before = rate;
	change->rate_expected = s->rate_before;
}
