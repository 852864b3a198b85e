// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The planner's view of what runs: costs as they would be measured, with some
 * error, and what was seen to pass each edge.
 */
#include <math.h>
#include <string.h>

#include "sim/own.h"

static double error_of(struct sim *sim)
{
	double error;

	if (sim->config.noise <= 0)
		return 1;
	error = 1 + sim->config.noise * sl_sim_dice_normal(&sim->seed);
	return error < 0.2 ? 0.2 : error;
}

static void see_stage(struct sim *sim, u32 i)
{
	struct sl_planner_stage *view = &sim->view.stage[i];
	const struct stage_sum *now = &sim->sum[i];
	struct stage_sum *seen = &sim->seen[i];
	double events = now->events - seen->events;
	double calls = now->calls - seen->calls;
	double ps = (now->busy_ns - seen->busy_ns) * 1e3;

	*seen = *now;
	if (!events || !sim->entered)
		return;
	view->batch = 16 * events / calls;
	view->visits = SL_PLANNER_ONE * events / sim->entered;
	ps -= calls * view->call_ps;
	ps = ps > 0 ? ps / events : 0;
	view->event_ps = ps * error_of(sim);
}

static void see(struct sim *sim)
{
	u32 i;

	for (i = 0; i < sim->s.stage_count; i++)
		see_stage(sim, i);
	for (i = 0; i < sim->s.edge_count; i++) {
		if (sim->entered && sim->edge_seen[i]) {
			sim->view.edge[i].requests = SL_PLANNER_ONE *
				sim->edge_seen[i] / sim->entered;
			sim->view.edge[i].replies = sim->view.edge[i].requests;
		}
		sim->edge_seen[i] = 0;
	}
	sim->entered = 0;
	memcpy(sim->view.on, sim->s.on, sizeof(sim->view.on));
	sim->view.placed = true;
}

static void note(struct sim *sim)
{
	struct sl_sim_result *r = sim->result;
	struct sl_sim_change *change;

	if (r->change_count == SL_SIM_CHANGES_MAX)
		return;
	change = &r->change[r->change_count++];
	change->at_s = sim->now / 1e9;
	change->rate_now = sim->plan.rate_now;
	change->rate = sim->plan.rate;
	change->step_count = sim->plan.step_count;
	change->step = sim->plan.step[0];
}

/* One look of the slow loop. */
void sl_sim_look(struct sim *sim)
{
	see(sim);
	if (sl_planner_make(&sim->view, sim->scratch, &sim->plan))
		return;
	if (sl_planner_decide(&sim->state, &sim->view, sim->scratch, &sim->plan,
			      sim->now) != SL_PLANNER_CHANGE)
		return;
	note(sim);
	sl_sim_rewire(sim, sim->plan.on);
}
