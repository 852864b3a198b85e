// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which plan the scheduler finds for the stages of `sluice bench crossover`.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <linux/err.h>
#include <linux/timekeeping.h>
#include <asm/timex.h>

#include "bench/crossover.h"
#include "sched/lane.h"
#include "sched/scheduler.h"

#define NS 1000000000ull

static void look_on(struct sl_scheduler *scheduler, double seconds)
{
	const struct timespec wait = { 0, SL_SCHEDULER_LOOK_NS };
	u64 end = ktime_get_ns() + (u64)(seconds * NS);
	struct sl_scheduler_change change;

	while (ktime_get_ns() < end) {
		sl_scheduler_look(scheduler, ktime_get_ns(), get_cycles(),
				  &change);
		nanosleep(&wait, NULL);
	}
}

static void read_choice(const struct sl_plan *plan, u16 first,
			struct crossover_choice *choice)
{
	u32 i;

	memset(choice, 0, sizeof(*choice));
	for (i = 0; i < plan->instance_count; i++) {
		const struct sl_instance *at = &plan->instance[i];

		choice->on[at->stage] |=
			plan->worker[at->worker].cpu == first ? 1 : 2;
	}
}

/**
 * crossover_choose() - let the scheduler find a plan
 * @graph: source, first and last, none of which has a place
 * @cpus: the two that it may use
 * @round_ps: what a line takes from one to the other and back
 * @lanes: that the stages are in; 0: there is one of each
 * @seconds: for which it may look
 * @choice: where each stage was at the end
 *
 * All begin on the first CPU.
 *
 * Return: 0 or a negative errno.
 */
int crossover_choose(const struct sl_graph *graph, const u16 cpus[2],
		     u32 round_ps, u32 lanes, double seconds,
		     struct crossover_choice *choice)
{
	static struct sl_graph movable;
	static struct sl_plan plan;
	struct sl_scheduler *scheduler;
	struct sl_pipeline *p;
	u32 i;
	int err;

	movable = *graph;
	movable.movable = true;
	if (sl_lane_make(&movable, lanes))
		movable.stage[0].events /= lanes;
	err = sl_plan_make(&plan, &movable, cpus, 2);
	if (err)
		return err;
	for (i = 0; i < plan.instance_count; i++)
		plan.instance[i].worker = 0;
	p = sl_pipeline_open(&movable, &plan, NULL);
	if (IS_ERR(p))
		return PTR_ERR(p);
	scheduler = sl_scheduler_create(p);
	if (IS_ERR(scheduler)) {
		sl_pipeline_close(p);
		return PTR_ERR(scheduler);
	}
	sl_scheduler_distance(scheduler, 0, 1, round_ps);
	err = sl_pipeline_start(p);
	if (!err) {
		look_on(scheduler, seconds);
		sl_pipeline_stop(p, 0);
		read_choice(sl_pipeline_plan(p), cpus[0], choice);
	}
	sl_scheduler_destroy(scheduler);
	sl_pipeline_close(p);
	return err;
}
