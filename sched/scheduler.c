// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "sched/lane.h"
#include "sched/replan.h"
#include "sched/scheduler_own.h"

#define ASK_NS		100000000u	/* between two questions, at least */
#define COST_SHARE	250		/* of its own time that asking may take */
#define SETTLE_NS	100000000u	/* after a change all is in disorder */
#define TRIAL_NS	300000000u
#define STRICT_NS	600000000u
#define SEEN_NS		200000000u	/* of it are enough if it is hopeless */
#define WORSE		850		/* per mille of the rate before */
#define BETTER		1020
#define HOPELESS	700
#define NOTHING		50	/* per mille of it */
#define BAN_NS		10000000000ull
#define BAN_STRICT_NS	60000000000ull
#define FAR_PS		500000		/* between two CPUs, unless it is said */

/* Does the plan have to leave a stage where it is? */
static bool is_pinned(const struct sl_pipeline *p, u32 stage)
{
	const struct sl_graph_stage *s = &p->graph.stage[stage];

	/* Replicas take what the file gives them, and so do their callers. */
	return s->place_count || s->type->settled;
}

static void set_distances(struct sl_scheduler *s)
{
	const struct sl_plan *plan = &s->p->plan;
	u32 i, j;

	s->snapshot.core_count = plan->worker_count;
	for (i = 0; i < plan->worker_count; i++) {
		s->snapshot.core[i] = (struct sl_planner_core){ 1000, 0, true };
		for (j = 0; j < plan->worker_count; j++)
			s->snapshot.distance_ps[i][j] = i == j ? 0 : FAR_PS;
	}
}

static void set_constraints(struct sl_scheduler *s)
{
	const struct sl_graph *graph = &s->p->graph;
	u32 i;

	for (i = 0; i < graph->stage_count; i++) {
		struct sl_planner_stage *stage = &s->snapshot.stage[i];

		stage->pinned = is_pinned(s->p, i);
		stage->replicas_max = sl_graph_replicas(graph, i);
		memcpy(stage->near, graph->stage[i].near, sizeof(stage->near));
		memcpy(stage->apart, graph->stage[i].apart,
		       sizeof(stage->apart));
	}
}

/**
 * sl_scheduler_create() - a scheduler for a pipeline
 * @pipeline: an open pipeline that is movable; it outlives the scheduler
 *
 * Return: the scheduler, or an ERR_PTR(): -EOPNOTSUPP, -ENOMEM.
 */
struct sl_scheduler *sl_scheduler_create(struct sl_pipeline *pipeline)
{
	struct sl_scheduler *s;

	if (!sl_pipeline_movable(pipeline))
		return ERR_PTR(-EOPNOTSUPP);
	s = kvzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	s->p = pipeline;
	s->scratch = kvzalloc(sl_planner_scratch_bytes(), GFP_KERNEL);
	if (!s->scratch) {
		kvfree(s);
		return ERR_PTR(-ENOMEM);
	}
	sl_planner_graph(&s->snapshot, &pipeline->graph);
	set_distances(s);
	set_constraints(s);
	return s;
}

void sl_scheduler_destroy(struct sl_scheduler *s)
{
	kvfree(s->scratch);
	kvfree(s);
}

/**
 * sl_scheduler_distance() - say how far two workers are from each other
 * @s: the scheduler
 * @a: a worker
 * @b: another one
 * @round_ps: what a cache line takes from one to the other and back
 */
void sl_scheduler_distance(struct sl_scheduler *s, u32 a, u32 b, u32 round_ps)
{
	s->snapshot.distance_ps[a][b] = round_ps;
	s->snapshot.distance_ps[b][a] = round_ps;
}

/**
 * sl_scheduler_spent() - say what the latest look has cost
 * @s: the scheduler
 * @spent_ns: time that sl_scheduler_look() took
 *
 * The planner is asked so seldom that it takes less than a percent.
 */
void sl_scheduler_spent(struct sl_scheduler *s, u64 spent_ns)
{
	if (s->ask_ns > s->look_ns)
		s->ask_ns = max(s->ask_ns, s->look_ns + COST_SHARE * spent_ns);
}

/**
 * sl_scheduler_banned() - was a plan tried, and found to be worse
 * @s: the scheduler
 * @on: the plan
 */
bool sl_scheduler_banned(const struct sl_scheduler *s, const u64 *on)
{
	size_t bytes = s->snapshot.stage_count * sizeof(*on);
	u32 i;

	for (i = 0; i < s->ban_count; i++)
		if (s->ban[i].until_ns > s->look_ns &&
		    !memcmp(s->ban[i].on, on, bytes))
			return true;
	return false;
}

/* Keeps a plan from being tried again; longer each time. */
static void ban(struct sl_scheduler *s, const u64 *on)
{
	size_t bytes = s->snapshot.stage_count * sizeof(*on);
	struct sl_ban *at = s->ban;
	u32 i;

	for (i = 0; i < s->ban_count; i++) {
		if (!memcmp(s->ban[i].on, on, bytes))
			break;
		if (s->ban[i].until_ns < at->until_ns)
			at = &s->ban[i];
	}
	if (i < s->ban_count) {
		at = &s->ban[i];
		at->time_ns *= 2;
	} else {
		if (s->ban_count < SL_BANS_MAX)
			at = &s->ban[s->ban_count++];
		memcpy(at->on, on, bytes);
		at->time_ns = s->strict ? BAN_STRICT_NS : BAN_NS;
	}
	at->until_ns = s->look_ns + at->time_ns;
}

static void ban_plan(struct sl_scheduler *s, const struct sl_plan *plan)
{
	u64 on[SL_PLANNER_STAGES_MAX] = { 0 };
	u32 i;

	for (i = 0; i < plan->instance_count; i++)
		on[plan->instance[i].stage] |=
			1ull << plan->instance[i].worker;
	ban(s, on);
}

/* The planner's stages on cores become instances on workers. */
static void to_plan(const struct sl_scheduler *s, const u64 *on,
		    struct sl_plan *plan)
{
	*plan = s->p->plan;
	sl_lane_spread(plan, &s->p->graph, on);
}

static void begin_trial(struct sl_scheduler *s, u64 rate, bool strict)
{
	s->before = s->p->before;
	s->rate_before = rate;
	s->on_trial = true;
	s->strict = strict;
	s->trial_ns = s->look_ns + SETTLE_NS;
	s->trial_end_ns = s->trial_ns + (strict ? STRICT_NS : TRIAL_NS);
	s->trial_entered = 0;
	s->ask_ns = max(s->ask_ns, s->trial_end_ns);
}

/**
 * sl_scheduler_try() - change to a plan, and see what becomes of it
 * @s: the scheduler, measured
 * @on: the plan
 * @strict: it must let more enter than the plan before, not only about as much
 * @change: set if that was done
 *
 * Return: whether it was.
 */
bool sl_scheduler_try(struct sl_scheduler *s, const u64 *on, bool strict,
		      struct sl_scheduler_change *change)
{
	to_plan(s, on, &s->next);
	change->rate_before = strict ? sl_scheduler_steady_rate(s) :
			      sl_scheduler_rate(s->entered, s->lately_ns);
	if (sl_pipeline_replan(s->p, &s->next))
		return false;
	s->changed_ns = s->look_ns;
	sl_scheduler_say(s, strict, change);
	begin_trial(s, change->rate_before, strict);
	return true;
}

/* The rate that the trial must not be below. */
static u64 least_rate(const struct sl_scheduler *s, bool over)
{
	u32 permille = !s->strict ? WORSE : over ? BETTER : HOPELESS;

	return div64_u64(s->rate_before * permille, 1000);
}

/* Is the plan on trial worse than the one before?  Then back to that. */
static bool judge(struct sl_scheduler *s, struct sl_scheduler_change *change)
{
	bool over = s->look_ns >= s->trial_end_ns;
	u64 rate;

	if (!s->trial_entered) {
		if (s->look_ns < s->trial_ns)
			return false;
		s->trial_ns = s->look_ns;
		s->trial_entered = s->entered_all;
	}
	if (!over && !(s->strict && s->look_ns - s->trial_ns > SEEN_NS))
		return false;
	rate = sl_scheduler_rate(s->entered_all - s->trial_entered,
				 s->look_ns - s->trial_ns);
	if (!over && rate >= least_rate(s, over))
		return false;
	s->on_trial = false;
	/* If next to nothing comes, that is not the plan's doing. */
	if (!s->strict && rate < s->rate_before / 1000 * NOTHING)
		return false;
	if (rate >= least_rate(s, over)) {
		if (s->strict)
			ban_plan(s, &s->before);
		return false;
	}
	ban(s, s->snapshot.on);
	if (sl_pipeline_replan(s->p, &s->before))
		return false;
	s->changed_ns = s->look_ns;
	s->explore.known = false;
	sl_scheduler_say_back(s, rate, change);
	return true;
}

/*
 * While the load is new the planner is believed.  Later it had its chance:
 * what it wants then must prove to be better.
 */
static bool ask(struct sl_scheduler *s, struct sl_scheduler_change *change)
{
	enum sl_planner_verdict verdict;

	if (sl_planner_make(&s->snapshot, s->scratch, &s->planned))
		return false;
	verdict = sl_planner_decide(&s->state, &s->snapshot, s->scratch,
				    &s->planned, s->look_ns);
	if (verdict != SL_PLANNER_CHANGE ||
	    sl_scheduler_banned(s, s->planned.on) ||
	    (s->explore.listed && !sl_scheduler_steady(s)))
		return false;
	return sl_scheduler_try(s, s->planned.on, s->explore.listed, change);
}

/**
 * sl_scheduler_look() - look at the pipeline, and change its plan if that pays
 * @s: the scheduler; the caller is the pipeline's owner
 * @now_ns: the time
 * @now_cycles: the same instant by get_cycles()
 * @change: set if the plan was changed
 *
 * Return: whether it was.
 */
bool sl_scheduler_look(struct sl_scheduler *s, u64 now_ns, u64 now_cycles,
		       struct sl_scheduler_change *change)
{
	bool begun = s->look_ns;

	sl_scheduler_gather(s, now_ns, now_cycles);
	if (!begun) {
		/* What was counted until now took a time that is not known. */
		memset(s->lately, 0, sizeof(s->lately));
		memset(s->taken_in, 0, sizeof(s->taken_in));
		memset(s->requests, 0, sizeof(s->requests));
		memset(s->replies, 0, sizeof(s->replies));
		memset(s->busy, 0, sizeof(s->busy));
		s->entered = s->lately_ns = s->lately_cycles = 0;
		s->ask_ns = now_ns + 2 * ASK_NS;
		return false;
	}
	if (sl_planner_from_plan(&s->snapshot, &s->p->plan, s->p->plan.worker))
		return false;
	if (s->on_trial && judge(s, change))
		return true;
	if (now_ns < s->ask_ns)
		return false;
	s->ask_ns = now_ns + ASK_NS;
	sl_scheduler_look_around(s);
	if (!sl_scheduler_measure(s) || !sl_scheduler_busy(s))
		return false;
	sl_scheduler_follow(s);
	return ask(s, change) || sl_scheduler_explore(s, change);
}
