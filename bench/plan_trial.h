/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What `sluice bench plan` tries out in the simulator.
 */
#ifndef SL_PLAN_TRIAL_H
#define SL_PLAN_TRIAL_H

#include "sim/sim.h"

#define SL_PLAN_STAGES		7
#define SL_PLAN_SLOTS		64	/* of rings, where frames are tried, */
#define SL_PLAN_SWITCH_NS	400	/* and what changing queues costs */
#define SL_PLAN_CALM_S		5.0	/* simulated of each chain */
#define SL_PLAN_CALM_CHAINS	8

/* What all trials work in. */
struct sl_plan_bench {
	u64 seed;
	u32 chains;
	bool json;
	struct sl_planner_scratch *scratch;
	struct sl_planner_snapshot s;
	struct sl_planner_plan plan;
};

struct sl_plan_recovery {
	double steady_us, worst_us;	/* 99th percentiles */
	double ms;			/* until it is back; -1: never */
	u32 changes;
};

struct sl_plan_calm {
	double seconds;
	u32 changes;
	u32 most;		/* of one chain */
};

void sl_plan_one_core(struct sl_plan_bench *b, double event_ns);
double sl_plan_stable_bound(const struct sl_plan_bench *b);
double sl_plan_stable(struct sl_plan_bench *b, enum sl_sim_policy policy);
bool sl_plan_load(struct sl_plan_bench *b, u64 *seed, double *rate, u32 *slow);
int sl_plan_recover(struct sl_plan_bench *b, double look_s, double rate,
		    u32 slow, struct sl_plan_recovery *out);
int sl_plan_stay(struct sl_plan_bench *b, u32 chains, double noise,
		 struct sl_plan_calm *out);

#endif /* SL_PLAN_TRIAL_H */
