// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Between the planner's snapshots and plans and those that pipelines have.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "sched/planner_own.h"

#define CALL_PS		25000	/* what the executor adds to a call */
#define EVENT_LINES	2	/* routing, and the first of the arguments */

/**
 * sl_planner_costs_typical() - what moving events costs unless it is measured
 * @costs: where to put it
 *
 * As measured on a virtual machine of two CPUs, a line's round trip 110 ns:
 *
 * push_ps, pop_ps  `sluice bench ring`: 1.1 ns an event in batches, both sides
 *                  at once
 * fused_ps         `sluice bench hop`: 2.72 ns, of which it takes half for the
 *                  work of the stages themselves
 * send_share, receive_share  the same: 15.8 ns for an event that crosses, both
 *                  sides together; without push and pop, 13.6 ns for two lines,
 *                  so 63 of 1024 of a line's round trip.  Who has how much of
 *                  that cannot be told, for either side sends and receives:
 *                  three quarters for the receiver, who has to wait
 * pause_us         93 us, a median of 200 changes
 *
 * Not measured: miss_ps, core_lines (a cache of 1 MiB) and what is near.
 */
void sl_planner_costs_typical(struct sl_planner_costs *costs)
{
	*costs = (struct sl_planner_costs){
		.push_ps = 1100,
		.pop_ps = 1100,
		.fused_ps = 1360,
		.send_share = 16,
		.receive_share = 47,
		.miss_ps = 10000,
		.core_lines = 16384,
		.near_ps = 200000,
		.pause_us = 93,
	};
}

/**
 * sl_planner_cores() - a machine of groups of cores
 * @snapshot: where to put it
 * @groups: how many
 * @cores: in each of them
 * @near_ps: round trip within a group
 * @far_ps: and between two
 */
void sl_planner_cores(struct sl_planner_snapshot *snapshot, u32 groups,
		      u32 cores, u32 near_ps, u32 far_ps)
{
	u32 i, j;

	snapshot->core_count = min_t(u64, (u64)groups * cores,
				     SL_PLANNER_CORES_MAX);
	for (i = 0; i < snapshot->core_count; i++) {
		snapshot->core[i] = (struct sl_planner_core){ 1000, 0, true };
		for (j = 0; j < snapshot->core_count; j++)
			snapshot->distance_ps[i][j] = i == j ? 0 :
				i / cores == j / cores ? near_ps : far_ps;
	}
}

/* One request enters for each event; all of them go all the way. */
static void fill_stage(struct sl_planner_snapshot *s,
		       const struct sl_graph *graph, u32 i)
{
	const struct sl_graph_stage *from = &graph->stage[i];
	struct sl_planner_stage *stage = &s->stage[i];
	u32 e, calls = 0;

	for (e = 0; e < graph->edge_count; e++)
		calls += graph->edge[e].left == i;
	*stage = (struct sl_planner_stage){
		.call_ps = CALL_PS,
		.event_ps = (u64)from->type->weight_ns * 1000,
		.batch = graph->batch_max * 16,
		.visits = (1 + calls) * SL_PLANNER_ONE,
		.class = from->type->class,
	};
}

/**
 * sl_planner_graph() - fill a snapshot in from a graph
 * @snapshot: all but its cores and where stages are now is set
 * @graph: the graph
 *
 * Costs are the weights of the stages' types, until they are measured.  Places
 * that the graph names are no constraint: they are for the caller to judge.
 */
void sl_planner_graph(struct sl_planner_snapshot *snapshot,
		      const struct sl_graph *graph)
{
	u32 i;

	snapshot->stage_count = graph->stage_count;
	snapshot->edge_count = graph->edge_count;
	snapshot->placed = false;
	snapshot->in_flight = 0;
	snapshot->demand = 0;
	snapshot->work = 0;
	snapshot->instances_max = SL_INSTANCES_MAX;
	snapshot->edges_max = SL_EDGES_MAX;
	sl_planner_costs_typical(&snapshot->costs);
	for (i = 0; i < graph->stage_count; i++)
		fill_stage(snapshot, graph, i);
	for (i = 0; i < graph->edge_count; i++) {
		const struct sl_graph_edge *edge = &graph->edge[i];

		snapshot->edge[i] = (struct sl_planner_edge){
			.left = edge->left,
			.right = edge->right,
			.requests = SL_PLANNER_ONE,
			.replies = SL_PLANNER_ONE,
			.request_lines = EVENT_LINES,
			.reply_lines = EVENT_LINES,
			.fuse = edge->fuse,
		};
	}
}

static int core_at(const struct sl_planner_snapshot *snapshot,
		   const struct sl_place *place, const struct sl_place *wanted)
{
	u32 i;

	for (i = 0; i < snapshot->core_count; i++)
		if (place[i].cpu == wanted->cpu &&
		    place[i].thread == wanted->thread)
			return i;
	return -ENODEV;
}

/**
 * sl_planner_from_plan() - say where stages are now
 * @snapshot: the snapshot, with its cores
 * @plan: the plan that runs
 * @place: of each core of the snapshot
 *
 * Return: 0, or -ENODEV if a worker is at none of the cores.
 */
int sl_planner_from_plan(struct sl_planner_snapshot *snapshot,
			 const struct sl_plan *plan,
			 const struct sl_place *place)
{
	u32 i;

	memset(snapshot->on, 0, sizeof(snapshot->on));
	snapshot->placed = false;
	for (i = 0; i < plan->instance_count; i++) {
		const struct sl_instance *instance = &plan->instance[i];
		int core = core_at(snapshot, place,
				   &plan->worker[instance->worker]);

		if (core < 0)
			return core;
		snapshot->on[instance->stage] |= 1ull << core;
	}
	snapshot->placed = true;
	return 0;
}

/**
 * sl_planner_to_plan() - a plan that pipelines understand
 * @planned: what the planner made
 * @stage_count: of the graph
 * @place: of each core of the snapshot
 * @plan: where to put it; workers are the cores in use, in their order
 *
 * Return: 0, or -E2BIG if there are too many replicas.
 */
int sl_planner_to_plan(const struct sl_planner_plan *planned, u32 stage_count,
		       const struct sl_place *place, struct sl_plan *plan)
{
	u16 worker[SL_PLANNER_CORES_MAX];
	u64 used = 0, rest;
	u32 i, replica;

	memset(plan, 0, sizeof(*plan));
	for (i = 0; i < stage_count; i++)
		used |= planned->on[i];
	for (rest = used; rest; rest &= rest - 1) {
		worker[sl_lowest(rest)] = plan->worker_count;
		plan->worker[plan->worker_count++] = place[sl_lowest(rest)];
	}
	for (i = 0; i < stage_count; i++) {
		replica = 0;
		for (rest = planned->on[i]; rest; rest &= rest - 1) {
			if (plan->instance_count == SL_INSTANCES_MAX)
				return -E2BIG;
			plan->instance[plan->instance_count++] =
				(struct sl_instance){ i, replica++,
						      worker[sl_lowest(rest)] };
		}
	}
	return 0;
}
