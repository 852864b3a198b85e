/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the simulator is fed with: a pipeline file, costs of a run, a plan.
 *
 *   sl_sim_costs()   costs from the JSON that `sluice run --json` prints
 *   sl_sim_plan()    a plan as people write it: "cpu0: a+b | cpu1: c"
 *
 * Both complain on the standard error, in one line, and return -EINVAL.
 */
#ifndef SL_SIM_INPUT_H
#define SL_SIM_INPUT_H

#include "sched/planner.h"

int sl_sim_costs(struct sl_planner_snapshot *s, const struct sl_graph *graph,
		 const char *path);
int sl_sim_costs_text(struct sl_planner_snapshot *s,
		      const struct sl_graph *graph, const char *origin,
		      const char *text, size_t bytes);
int sl_sim_plan(struct sl_planner_snapshot *s, const struct sl_graph *graph,
		const char *text);

#endif /* SL_SIM_INPUT_H */
