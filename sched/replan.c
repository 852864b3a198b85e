// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/ktime.h>

#include "sched/park.h"
#include "sched/replan.h"
#include "sched/watch.h"
#include "sched/wiring.h"

/* A turn that takes longer than this is not waited for: others wait, too. */
#define HALT_NS		50000000u

/* Does an instance change its worker? */
static bool moves(const struct sl_pipeline *p, const struct sl_plan *plan,
		  u32 instance)
{
	return p->plan.instance[instance].worker !=
	       plan->instance[instance].worker;
}

/* The same instances on the same workers, or it is the plan of another one. */
static int check(const struct sl_pipeline *p, const struct sl_plan *plan)
{
	u32 i;

	if (!p->movable)
		return -EOPNOTSUPP;
	if (plan->worker_count != p->plan.worker_count ||
	    plan->instance_count != p->plan.instance_count)
		return -EINVAL;
	for (i = 0; i < plan->worker_count; i++)
		if (plan->worker[i].cpu != p->plan.worker[i].cpu ||
		    plan->worker[i].thread != p->plan.worker[i].thread)
			return -EINVAL;
	for (i = 0; i < plan->instance_count; i++) {
		const struct sl_instance *from = &p->plan.instance[i];
		const struct sl_instance *to = &plan->instance[i];

		if (to->stage != from->stage || to->replica != from->replica ||
		    to->worker >= plan->worker_count)
			return -EINVAL;
		if (moves(p, plan, i) && p->stage[i].type->settled)
			return -EBUSY;
	}
	return 0;
}

static bool is_same(const struct sl_pipeline *p, const struct sl_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->instance_count; i++)
		if (moves(p, plan, i))
			return false;
	return true;
}

/* Takes watches of the first instances off cores where they are not needed. */
static void leave(struct sl_pipeline *p, const struct sl_plan *there,
		  const struct sl_plan *here, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (here->instance[i].worker != there->instance[i].worker)
			sl_watch_leave(p->stage[i].watch,
				       &p->core[there->instance[i].worker]);
}

/* Lets cores wake for what will be theirs; all of it or nothing. */
static int join(struct sl_pipeline *p, const struct sl_plan *plan)
{
	u32 i;
	int err;

	for (i = 0; i < plan->instance_count; i++) {
		if (!moves(p, plan, i))
			continue;
		err = sl_watch_join(p->stage[i].watch,
				    &p->core[plan->instance[i].worker]);
		if (err) {
			leave(p, plan, &p->plan, i);
			return err;
		}
	}
	return 0;
}

/* While nobody looks. */
static void rewire(struct sl_pipeline *p, const struct sl_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->instance_count; i++) {
		struct sl_stage *stage = &p->stage[i];
		u32 worker = plan->instance[i].worker;

		if (!moves(p, plan, i))
			continue;
		if (stage->bank)
			sl_bank_move(stage->bank, worker);
		sl_watch_move(stage->watch, &p->core[worker]);
	}
	p->before = p->plan;
	p->plan = *plan;
	sl_wiring_place(p);
}

/**
 * sl_pipeline_movable() - can the plan be changed at all
 * @p: an open pipeline
 */
bool sl_pipeline_movable(const struct sl_pipeline *p)
{
	return p->movable;
}

/**
 * sl_pipeline_replan() - let stages run elsewhere
 * @p: an open pipeline, running or not; the caller is its owner
 * @plan: a plan of the same instances and workers
 *
 * Cores stand still for as long as the longest turn of one of them takes, and
 * then for some microseconds.
 *
 * Return: 0; -EOPNOTSUPP if the pipeline is not movable, -EINVAL if the plan is
 * none of it, -EBUSY if a stage would move whose type cannot; -ETIMEDOUT if a
 * core has not come to stand in time, or what epoll_ctl(2) says.  After an
 * error the plan is what it was.
 */
int sl_pipeline_replan(struct sl_pipeline *p, const struct sl_plan *plan)
{
	u64 start_ns = ktime_get_ns();
	int err = check(p, plan);

	if (err || is_same(p, plan))
		return err;
	if (p->running)
		err = sl_cores_halt(p->core, p->plan.worker_count, HALT_NS);
	if (err)
		return err;
	err = join(p, plan);
	if (!err)
		rewire(p, plan);
	if (p->running)
		sl_cores_release(p->core, p->plan.worker_count);
	p->pause_ns = ktime_get_ns() - start_ns;
	if (!err)
		leave(p, &p->before, plan, plan->instance_count);
	return err;
}

/**
 * sl_pipeline_pause_ns() - how long the latest change took
 * @p: a pipeline that was changed
 *
 * From the call until all were let go; no core stood longer than that.
 */
u64 sl_pipeline_pause_ns(const struct sl_pipeline *p)
{
	return p->pause_ns;
}
