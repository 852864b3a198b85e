// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>

#include <linux/err.h>

#include "bench/plan_random.h"
#include "bench/plan_trial.h"

#define EVENTS		400000	/* to see whether a load is stood */
#define WAITING_MAX	400	/* of them at the end, if it is */
#define IN_FLIGHT	1024	/* of them at a time */
#define SLOW_AT_S	0.3	/* when a stage becomes slower, */
#define SLOWER		3	/* by this factor */

/* Seven stages on one core, with so long services. */
void sl_plan_one_core(struct sl_plan_bench *b, double event_ns)
{
	u32 i;

	sl_plan_random(&b->s, SL_PLAN_STAGES, 1, 1, &b->seed);
	memset(&b->s.costs, 0, sizeof(b->s.costs));
	for (i = 0; i < SL_PLAN_STAGES; i++) {
		b->s.stage[i] = (struct sl_planner_stage){
			.event_ps = event_ns * 1e3 * (i % 2 ? 0.5 : 1.5),
			.batch = 16,
			.visits = SL_PLANNER_ONE * (i + 1 < SL_PLAN_STAGES ? 2 : 1),
		};
		b->s.on[i] = 1;
		if (i + 1 == SL_PLAN_STAGES)
			break;
		b->s.edge[i].requests = SL_PLANNER_ONE;
		b->s.edge[i].replies = SL_PLANNER_ONE;
	}
	b->s.placed = true;
}

/* Does the queue in front of the pipeline stay bounded at this load? */
static bool is_stable(struct sl_plan_bench *b, double rate, enum sl_sim_policy policy)
{
	struct sl_sim_config config;
	struct sl_sim_result *r;
	bool stable;

	sl_sim_defaults(&config, &b->s);
	config.policy = policy;
	config.rate = rate;
	config.ring_slots = SL_PLAN_SLOTS;
	config.in_flight = IN_FLIGHT;
	config.switch_ns = SL_PLAN_SWITCH_NS;
	config.change_ns = SL_PLAN_SWITCH_NS;
	config.turn_ns = 0;
	/* By Poisson there may come 1 in 500 fewer than were asked for. */
	config.even = true;
	/* Far from any bound, and slow to simulate. */
	config.seconds = (policy == SL_SIM_EACH ? EVENTS / 8 : EVENTS) /
			 (rate > 1 ? rate : 1);
	config.variation = 0.5;
	r = sl_sim_run(&config);
	if (IS_ERR(r))
		return false;
	/*
	 * What a queue at 99 % of what it stands may have by chance.  A load
	 * that is too high by 1 part in 1000 may pass for one that is stood.
	 */
	stable = r->unserved < WAITING_MAX && r->rate > 0.985 * rate;
	sl_sim_free(r);
	return stable;
}

/*
 * What no order of serving can exceed, of the same.  Every event is served once
 * as a request at each stage.  The queue of such requests has room for so many
 * as a ring has slots, and is not filled while it is served; where events
 * enter, the queue behind bounds them likewise.  So each of these stops takes
 * one change for so many events at least.  Replies may collect until all events
 * that can be in flight are in one queue, so they take one for all these.
 */
double sl_plan_stable_bound(const struct sl_plan_bench *b)
{
	double changes = (double)SL_PLAN_STAGES / SL_PLAN_SLOTS +
			 (SL_PLAN_STAGES - 1.0) / IN_FLIGHT;
	double ns = 0;
	u32 i;

	for (i = 0; i < SL_PLAN_STAGES; i++)
		ns += b->s.stage[i].event_ps / 1e3 * b->s.stage[i].visits /
		      SL_PLANNER_ONE;
	return ns / (ns + changes * SL_PLAN_SWITCH_NS);
}

/* The largest stable load, of what the core can do without changing. */
double sl_plan_stable(struct sl_plan_bench *b, enum sl_sim_policy policy)
{
	double ideal, low = 0, high = 1;
	int i;

	if (sl_planner_begin(&b->s, b->scratch))
		return 0;
	ideal = sl_planner_rate(b->scratch, b->s.on) / 1e3;
	for (i = 0; i < 10; i++) {
		double middle = (low + high) / 2;

		if (is_stable(b, middle * ideal, policy))
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* A load that the best plan stands and the plan there is does not. */
bool sl_plan_load(struct sl_plan_bench *b, u64 *seed, double *rate, u32 *slow)
{
	static struct sl_planner_plan before;
	u32 i;

	sl_plan_random(&b->s, SL_PLAN_STAGES, 2, 4, seed);
	for (i = 0; i < SL_PLAN_STAGES; i++)
		if (b->s.stage[i].class == SL_SERIAL)
			b->s.stage[i].class = SL_FLOW;
	if (sl_planner_make(&b->s, b->scratch, &before))
		return false;
	*slow = before.bottleneck;
	b->s.stage[*slow].event_ps *= SLOWER;
	b->s.stage[*slow].call_ps *= SLOWER;
	memcpy(b->s.on, before.on, sizeof(b->s.on));
	b->s.placed = true;
	if (sl_planner_make(&b->s, b->scratch, &b->plan))
		return false;
	*rate = 0.75 * b->plan.rate / 1e3;
	return *rate > 1.05 * b->plan.rate_now / 1e3 &&
	       *rate < 0.85 * before.rate / 1e3;
}

/* The 99th percentile with the best plan from the beginning. */
static double steady_ns(struct sl_plan_bench *b, struct sl_sim_config config)
{
	struct sl_sim_result *r;
	u64 was[SL_PLANNER_STAGES_MAX];
	double ns = 0;

	memcpy(was, b->s.on, sizeof(was));
	memcpy(b->s.on, b->plan.on, sizeof(was));
	config.look_s = 0;
	config.window_s = 0;
	config.shift_count = 0;
	config.seconds = 0.3;
	r = sl_sim_run(&config);
	if (!IS_ERR(r)) {
		ns = r->p99_ns;
		sl_sim_free(r);
	}
	memcpy(b->s.on, was, sizeof(was));
	return ns;
}

/*
 * A window has some hundred events, so its 99th percentile is a matter of luck:
 * only what is seen in two of them in a row counts.
 */
static void read_windows(const struct sl_sim_result *r, struct sl_plan_recovery *out)
{
	bool above = false, was = false;
	u32 i;

	out->worst_us = 0;
	out->ms = 0;
	for (i = 0; i < r->window_count; i++) {
		const struct sl_sim_window *w = &r->window[i];

		if (w->at_s <= SLOW_AT_S)
			continue;
		out->worst_us = max(out->worst_us, w->p99_ns / 1e3);
		was = above;
		above = w->p99_ns / 1e3 > 2 * out->steady_us;
		if (was && above)
			out->ms = (w->at_s - SLOW_AT_S) * 1e3;
	}
	if (was && above)
		out->ms = -1;
	out->changes = r->change_count;
}

/*
 * A chain on eight cores; the stage that is its bottleneck becomes three times
 * slower, which the planner is not told.
 */
int sl_plan_recover(struct sl_plan_bench *b, double look_s, double rate, u32 slow,
		   struct sl_plan_recovery *out)
{
	struct sl_sim_config config;
	struct sl_sim_result *r;

	sl_sim_defaults(&config, &b->s);
	config.rate = rate;
	config.look_s = look_s;
	config.window_s = 0.005;
	config.seconds = 2 * SLOW_AT_S;
	config.variation = 0.3;
	config.noise = 0.05;
	out->steady_us = steady_ns(b, config) / 1e3;
	b->s.stage[slow].event_ps /= SLOWER;
	b->s.stage[slow].call_ps /= SLOWER;
	config.shift_count = 1;
	config.shift[0] = (struct sl_sim_shift){ SLOW_AT_S, slow, SLOWER };
	r = sl_sim_run(&config);
	b->s.stage[slow].event_ps *= SLOWER;
	b->s.stage[slow].call_ps *= SLOWER;
	if (IS_ERR(r))
		return PTR_ERR(r);
	read_windows(r, out);
	sl_sim_free(r);
	return 0;
}

/* The load is the same all the time; what is measured has errors. */
int sl_plan_stay(struct sl_plan_bench *b, u32 chains, double noise, struct sl_plan_calm *out)
{
	u64 seed = b->seed + 77;
	u32 i;

	*out = (struct sl_plan_calm){ 0, 0, 0 };
	for (i = 0; i < chains; i++) {
		struct sl_sim_config config;
		struct sl_sim_result *r;
		u32 k;

		sl_plan_random(&b->s, SL_PLAN_STAGES, 2, 4, &seed);
		/* Long services, so that there is little to simulate. */
		for (k = 0; k < SL_PLAN_STAGES; k++)
			b->s.stage[k].event_ps *= 50;
		b->s.work = 500;
		if (sl_planner_make(&b->s, b->scratch, &b->plan))
			return -EINVAL;
		memcpy(b->s.on, b->plan.on, sizeof(b->s.on));
		b->s.placed = true;
		sl_sim_defaults(&config, &b->s);
		config.rate = b->plan.rate / 1e3 * 0.7;
		config.look_s = 0.02;
		config.seconds = SL_PLAN_CALM_S;
		config.variation = 1;
		config.noise = noise;
		r = sl_sim_run(&config);
		if (IS_ERR(r))
			return PTR_ERR(r);
		out->seconds += SL_PLAN_CALM_S;
		out->changes += r->change_count;
		out->most = max(out->most, r->change_count);
		sl_sim_free(r);
	}
	return 0;
}
