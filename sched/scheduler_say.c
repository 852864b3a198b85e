// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>

#include "sched/scheduler_own.h"
#include "sched/text.h"

#define STEPS_SAID	3

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
	sl_text_add(text, " to ");
	say_core(s, text, step->to);
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
	u32 i;

	sl_text_add(&text, "");
	for (i = 0; i < min_t(u32, planned->step_count, STEPS_SAID); i++) {
		sl_text_add(&text, i ? ", " : "");
		say_step(s, &text, &planned->step[i]);
	}
	if (planned->step_count > STEPS_SAID)
		sl_text_add(&text, ", ...");
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
