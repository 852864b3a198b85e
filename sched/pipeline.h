/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Pipelines: a graph, placed on cores and running.
 *
 *   sl_pipeline_open()    make rings, banks and stages; nothing runs yet
 *   sl_pipeline_start()   one worker thread per place of the plan
 *   sl_pipeline_turn()    instead of start: run every core for one turn on
 *                         the calling thread (tests, simulators)
 *   sl_pipeline_stop()    finish what was begun, then stop the workers
 *   sl_pipeline_close()   close the stages and free everything
 *
 * All of them belong to one thread, the pipeline's owner.
 */
#ifndef SL_PIPELINE_H
#define SL_PIPELINE_H

#include "sched/graph.h"
#include "sched/perf.h"
#include "sched/plan.h"

struct sl_pipeline;

/* Where a pipeline's counters live; NULL members: memory of its own. */
struct sl_pipeline_memory {
	struct sl_stage_counters *stages;	/* by instance, see plan.h */
	struct sl_core_counters *cores;		/* by worker */
};

struct sl_pipeline *sl_pipeline_open(const struct sl_graph *graph,
				     const struct sl_plan *plan,
				     const struct sl_pipeline_memory *memory);
int sl_pipeline_start(struct sl_pipeline *pipeline);
bool sl_pipeline_turn(struct sl_pipeline *pipeline);
int sl_pipeline_stop(struct sl_pipeline *pipeline, u64 drain_ns);
void sl_pipeline_close(struct sl_pipeline *pipeline);

/* For tests and samplers. */
struct sl_stage *sl_pipeline_stage(struct sl_pipeline *pipeline, u32 instance);
const struct sl_plan *sl_pipeline_plan(const struct sl_pipeline *pipeline);

/* One direction of a joined pair of instances. */
struct sl_pipeline_link {
	u32 from;		/* instances */
	u32 to;
	bool right;		/* requests; else replies */
	bool fused;
	u32 slots;		/* 0 if fused */
	u32 used;		/* events waiting, now */
	u64 handed;		/* events that have passed the sender */
	u64 timed;		/* events whose wait was timed, see dwell.h, */
	u64 timed_events;	/* those for which they stand, */
	u64 timed_cycles;	/* and how long these waited, all together */
	u64 refused;		/* of those that were to be copied */
};

u32 sl_pipeline_link_count(const struct sl_pipeline *pipeline);
void sl_pipeline_link(const struct sl_pipeline *pipeline, u32 index,
		      struct sl_pipeline_link *link);
void sl_pipeline_perf(const struct sl_pipeline *pipeline,
		      struct sl_perf_status *status);
u64 sl_pipeline_bytes(const struct sl_pipeline *pipeline);

#endif /* SL_PIPELINE_H */
