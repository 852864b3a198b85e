/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Random chains of stages, the same for the same seed. */
#ifndef SL_PLAN_RANDOM_H
#define SL_PLAN_RANDOM_H

#include "sched/planner.h"

u64 sl_plan_dice(u64 *seed);
void sl_plan_random(struct sl_planner_snapshot *s, u32 stages, u32 groups,
		    u32 cores, u64 *seed);

#endif /* SL_PLAN_RANDOM_H */
