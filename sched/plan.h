/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Plans: which worker runs which stages.
 *
 * A worker is a thread bound to a CPU.  An instance is one replica of a stage
 * on one worker.  Instances are numbered by stage, then by replica, as in the
 * graph, so that counters of two runs can be laid beside each other.
 *
 * Pure: graph and CPUs in, plan out; no clock, no host.
 */
#ifndef SL_PLAN_H
#define SL_PLAN_H

#include "sched/graph.h"

#define SL_INSTANCES_MAX	256

struct sl_instance {
	u16 stage;
	u16 replica;
	u16 worker;
};

struct sl_plan {
	u32 worker_count;
	u32 instance_count;
	struct sl_place worker[SL_CORES_MAX];
	struct sl_instance instance[SL_INSTANCES_MAX];
};

/* Which replicas of two stages that are joined talk to each other. */
enum sl_pairing {
	SL_PAIR_ALL,
	SL_PAIR_WORKER,		/* those on one worker, and no others */
	SL_PAIR_LANE,		/* those of one number, wherever they are */
};

int sl_plan_make(struct sl_plan *plan, const struct sl_graph *graph,
		 const u16 *cpus, u32 cpu_count);
void sl_plan_settle(const struct sl_graph *graph, const u16 *cpus,
		    u32 cpu_count, u16 *run);
bool sl_plan_broken(const struct sl_plan *plan, const struct sl_graph *graph,
		    u32 *a, u32 *b);
enum sl_pairing sl_plan_pairing(const struct sl_plan *plan,
				const struct sl_graph *graph, u32 a, u32 b);
bool sl_plan_paired(const struct sl_plan *plan, enum sl_pairing pairing,
		    u32 i, u32 j);
u32 sl_plan_together(const struct sl_plan *plan, u32 first);
u32 sl_plan_print(const struct sl_plan *plan, const struct sl_graph *graph,
		  char *text, u32 bytes);

#endif /* SL_PLAN_H */
