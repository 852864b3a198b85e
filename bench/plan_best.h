/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The best plan, found by looking at all of them.
 *
 * All of these: the stages are parted into blocks in every way, neighbours or
 * not; each block gets cores of its own, as many as there are and one if a
 * stage of it is serial, and any number of these in each group of cores.
 * Groups, and cores within a group, are alike, so their order does not matter.
 * Plans that cannot be better than one that is known are left out, for a block
 * costs at least its stages and a near hop for each edge that leaves it.
 *
 * And a bound that holds for any plan whatsoever, for machines on which there
 * are too many.
 */
#ifndef SL_PLAN_BEST_H
#define SL_PLAN_BEST_H

#include "sched/planner.h"

struct sl_plan_best {
	u64 rate;		/* of the best plan */
	u64 looks;		/* plans that were worked out */
	u64 on[SL_PLANNER_STAGES_MAX];	/* it, if better than was known */
	bool complete;		/* none was left out for want of time */
};

u64 sl_plan_bound(const struct sl_planner_snapshot *s);
void sl_plan_search(const struct sl_planner_snapshot *s,
		    struct sl_planner_scratch *scratch, u32 groups,
		    u64 rate_known, u64 looks_max, struct sl_plan_best *best);

#endif /* SL_PLAN_BEST_H */
