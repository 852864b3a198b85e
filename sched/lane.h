/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Lanes: replicas that a plan can gather on one core or spread over several.
 *
 * A pipeline with lanes has a replica of each stage in each of them, and these
 * are joined by their numbers for good, wherever they run:
 *
 *	net.0 <-> http.0 <-> app.0 <-> db.0
 *	net.1 <-> http.1 <-> app.1 <-> db.1
 *
 * A stage that can be there only once is joined with all lanes.  What enters
 * a lane stays in it, and whoever deals events out to lanes does so by their
 * flow.  So no event and nothing that a stage knows of a flow ever changes from
 * one replica to another, and whether a pipeline is cut or run to completion is
 * but a question of where replicas are: both fronts on one core and both backs
 * on another one, or lane 0 on the one and lane 1 on the other.  Changing from
 * one to the other is moving instances (replan.h), which keeps the order
 * within flows.
 *
 *   sl_lane_make()     choose the stages that are in lanes
 *   sl_lane_why()      why a stage is not
 *   sl_lane_crowded()  is there room for so many
 *   sl_lane_spread()   the planner's sets of cores become a plan
 *
 * Lanes take memory: each replica has a bank of its own.  And where several
 * lanes are on a core, its batches are smaller.
 *
 * Pure, as graph.h and plan.h.
 */
#ifndef SL_LANE_H
#define SL_LANE_H

#include "sched/plan.h"

#define SL_LANE_MAX	SL_CORES_MAX

/* Whether a stage is in lanes, or why it is there once. */
enum sl_lane_reason {
	SL_LANE_IN,
	SL_LANE_PLACED,	/* the graph names its cores */
	SL_LANE_SERIAL,	/* its class */
	SL_LANE_SETTLED,	/* its type cannot move */
	SL_LANE_LIMITED,	/* it may have fewer replicas than that */
	SL_LANE_CALLERS,	/* it wants a caller of its own in each lane */
	SL_LANE_REASONS,
};

/* What there is not room for. */
enum sl_lane_crowd {
	SL_LANE_FIT,
	SL_LANE_EDGES,		/* more than SL_EDGES_MAX at an instance */
	SL_LANE_INSTANCES,	/* more than SL_INSTANCES_MAX */
	SL_LANE_WAYS,		/* more than SL_WAYS_MAX */
};

u32 sl_lane_make(struct sl_graph *graph, u32 lanes);
enum sl_lane_reason sl_lane_why(const struct sl_graph *graph, u32 stage);
const char *sl_lane_reason_name(enum sl_lane_reason reason);
enum sl_lane_crowd sl_lane_crowded(const struct sl_graph *graph, u32 *stage);
void sl_lane_spread(struct sl_plan *plan, const struct sl_graph *graph,
		    const u64 *on);

#endif /* SL_LANE_H */
