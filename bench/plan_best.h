/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The best plan, found by looking at all of them that could be it.
 *
 * All of these: the stages are parted into blocks in every way, neighbours or
 * not; each block gets cores of its own, as many as there are and one if a
 * stage of it is serial, and any number of these in each group of cores.
 * Groups, and cores within a group, are alike, so of plans that differ by
 * which is which one is looked at.  What is left out is proved to be no better
 * by a fifth of a percent than a plan that is known: blocks need so many cores
 * for their stages and hops, near ones as far as neighbours find room beside
 * them, that there are not enough.
 *
 * And a bound that holds for any plan whatsoever, where stages may share some
 * of their cores, too.
 */
#ifndef SL_PLAN_BEST_H
#define SL_PLAN_BEST_H

#include "sched/planner.h"

struct sl_plan_best {
	u64 rate;		/* of the best plan */
	u64 looks;		/* steps of the search */
	u64 on[SL_PLANNER_STAGES_MAX];	/* it, if better than was known */
	bool complete;		/* none was left out for want of time */
};

u64 sl_plan_bound(const struct sl_planner_snapshot *s);
void sl_plan_search(const struct sl_planner_snapshot *s,
		    struct sl_planner_scratch *scratch, u32 groups,
		    u64 rate_known, u64 looks_max, struct sl_plan_best *best);

#endif /* SL_PLAN_BEST_H */
