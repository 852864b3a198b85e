/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The simulator: a pipeline on a machine that one need not have.
 *
 * What a snapshot of the planner says (stages and their costs, edges, cores,
 * distances) is run event by event: cores take turns as the executor does or
 * choose queues by sched/dispatch.c, batches cross rings that can be full,
 * events are as many as banks have.  The planner and its decisions are the
 * very code that pipelines run, and are fed with what is measured here.
 *
 * A request that comes to a stage makes the calls that its edges tell, one
 * after the other, and is answered when the last one was.
 *
 *   sl_sim_defaults()   a closed load and typical costs
 *   sl_sim_run()        run it; free what it returns
 *
 * The same configuration gives the same result.
 */
#ifndef SL_SIM_H
#define SL_SIM_H

#include "sched/planner.h"

#define SL_SIM_SHIFTS_MAX	8
#define SL_SIM_CHANGES_MAX	256

/* How a core chooses what to do next. */
enum sl_sim_policy {
	SL_SIM_TURNS,		/* as sched/exec.c: everything in turn */
	SL_SIM_FRAMES,		/* sched/dispatch.c */
	SL_SIM_EACH,		/* MaxWeight, anew for each event */
};

struct sl_sim_shift {
	double at_s;
	u32 stage;
	double factor;		/* of what its events cost from then on */
};

struct sl_sim_config {
	/* on[] of it is the plan to begin with */
	const struct sl_planner_snapshot *snapshot;
	u32 batch_max;
	u32 ring_slots;
	u32 in_flight;		/* of each replica where events enter */
	double rate;		/* that comes, a second; 0: closed */
	bool even;		/* it comes evenly, else by Poisson */
	double seconds;		/* measured, */
	double warmup_s;	/* after this time */
	double variation;	/* of service times: deviation over mean */
	double turn_ns;		/* cost of a turn, of a frame's choice */
	double switch_ns;	/* cost of changing queues; FRAMES and EACH, */
	double change_ns;	/* TURNS, unless calls' costs have it in them */
	double poll_ns;		/* idle cores poll at most so long, then sleep; */
	double wake_ns;		/* what waking one costs whoever wakes it, */
	double rouse_ns;	/* and until it runs; both 0: they never sleep */
	double look_s;		/* the planner looks so often; 0: never */
	double noise;		/* of what it measures: deviation over mean */
	double window_s;	/* of the history; 0: none */
	enum sl_sim_policy policy;
	u32 shift_count;
	struct sl_sim_shift shift[SL_SIM_SHIFTS_MAX];
	u64 seed;
};

struct sl_sim_window {
	double at_s;		/* its end */
	double rate;
	double p50_ns, p99_ns;	/* 0: nothing came out */
};

struct sl_sim_change {
	double at_s;
	u64 rate_now, rate;	/* as struct sl_planner_plan */
	u32 step_count;
	struct sl_planner_step step;	/* the first one */
};

struct sl_sim_result {
	double rate;		/* events that came out, a second */
	double mean_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
	u64 events;
	u64 unserved;		/* that came and were not let in, at the end */
	double busy[SL_PLANNER_CORES_MAX];	/* share of the time */
	double stage_batch[SL_PLANNER_STAGES_MAX];
	double stage_queue[SL_PLANNER_STAGES_MAX];	/* when it is served */
	u64 on[SL_PLANNER_STAGES_MAX];	/* at the end */
	u32 change_count;
	struct sl_sim_change change[SL_SIM_CHANGES_MAX];
	u32 window_count;
	struct sl_sim_window *window;
};

void sl_sim_defaults(struct sl_sim_config *config,
		     const struct sl_planner_snapshot *snapshot);
struct sl_sim_result *sl_sim_run(const struct sl_sim_config *config);
void sl_sim_free(struct sl_sim_result *result);

#endif /* SL_SIM_H */
