/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The slow loop: looks at a running pipeline and changes its plan.
 *
 * Its owner calls sl_scheduler_look() about a hundred times a second.  A look
 * takes in what stages and links have counted; about ten times a second the
 * planner is asked (planner.h) whether another plan would carry more, and if
 * it says so often enough, sl_pipeline_replan() is called.
 *
 * What a batch costs and what each event adds is fitted to the stages' own
 * sums over batches (struct sl_stage_counters), all of which fade with a
 * tenth of a second, so a load that changes is followed.  What others have of
 * a core's time is taken out of what its stages seem to cost.
 *
 * A model can be wrong.  So the rate at which events enter is looked at once
 * more after a change: if there are clearly fewer than before, the plan goes
 * back to what it was, and is not tried again for a while.  And while the load
 * stays what it is, the plans that the model thinks next best are tried, too,
 * one after another, for most of a second; what lets more enter is compared
 * with the plan before once more, and then stays.  So the model proposes, and
 * what was seen decides.
 *
 * It has no clock: times are the caller's, so it runs in a process and in the
 * kernel, and tests give it any time they like.
 */
#ifndef SL_SCHEDULER_H
#define SL_SCHEDULER_H

#include "sched/pipeline.h"
#include "sched/planner.h"

#define SL_SCHEDULER_LOOK_NS	10000000	/* between two looks */

struct sl_scheduler;

/* What was done, and why. */
struct sl_scheduler_change {
	enum sl_planner_move move;
	u64 rate_before;	/* milli-events a second that entered, */
	u64 rate_expected;	/* and how many will */
	char why[128];
};

struct sl_scheduler *sl_scheduler_create(struct sl_pipeline *pipeline);
void sl_scheduler_destroy(struct sl_scheduler *scheduler);
void sl_scheduler_distance(struct sl_scheduler *scheduler, u32 a, u32 b,
			   u32 round_ps);
void sl_scheduler_spent(struct sl_scheduler *scheduler, u64 spent_ns);
bool sl_scheduler_look(struct sl_scheduler *scheduler, u64 now_ns,
		       u64 now_cycles, struct sl_scheduler_change *change);

#endif /* SL_SCHEDULER_H */
