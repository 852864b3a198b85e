// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>

#include "sched/lane.h"
#include "sched/wiring.h"

static const char *const reasons[SL_LANE_REASONS] = {
	[SL_LANE_IN] = "it is in lanes",
	[SL_LANE_PLACED] = "it names its core",
	[SL_LANE_SERIAL] = "its type is serial",
	[SL_LANE_SETTLED] = "its type stays on its core",
	[SL_LANE_LIMITED] = "its max is less",
	[SL_LANE_CALLERS] = "its callers are in none",
};

/**
 * sl_lane_reason_name() - "it is there once, as ..."
 * @reason: what sl_lane_why() has returned
 */
const char *sl_lane_reason_name(enum sl_lane_reason reason)
{
	return reason < SL_LANE_REASONS ? reasons[reason] : "unknown";
}

/* Why a stage cannot be in lanes by itself, whoever its callers are. */
static enum sl_lane_reason reason_of(const struct sl_graph_stage *stage,
				      u32 lanes)
{
	if (stage->place_count)
		return SL_LANE_PLACED;
	if (stage->type->class == SL_SERIAL)
		return SL_LANE_SERIAL;
	if (stage->type->settled)
		return SL_LANE_SETTLED;
	if (stage->replicas_max && stage->replicas_max < lanes)
		return SL_LANE_LIMITED;
	return SL_LANE_IN;
}

/* Of which stages do lanes reach back to where events enter? */
static void find_whole(const struct sl_graph *graph, bool *whole)
{
	bool more = true;
	u32 i;

	for (i = 0; i < graph->stage_count; i++)
		whole[i] = graph->stage[i].lanes;
	while (more) {
		more = false;
		for (i = 0; i < graph->edge_count; i++) {
			const struct sl_graph_edge *edge = &graph->edge[i];

			if (whole[edge->left] || !whole[edge->right])
				continue;
			whole[edge->right] = false;
			more = true;
		}
	}
}

/**
 * sl_lane_make() - choose the stages of a graph that are in lanes
 * @graph: a graph that is complete
 * @lanes: how many, at most SL_LANE_MAX; 0 or 1: none
 *
 * All that can have so many replicas and are not given cores.
 *
 * Return: how many stages that are.
 */
u32 sl_lane_make(struct sl_graph *graph, u32 lanes)
{
	bool whole[SL_GRAPH_STAGES_MAX];
	u32 count = 0;
	u32 i;

	graph->lanes = lanes > 1 ? lanes : 0;
	for (i = 0; i < graph->stage_count; i++) {
		struct sl_graph_stage *stage = &graph->stage[i];

		stage->lanes = reason_of(stage, lanes) == SL_LANE_IN ?
			       graph->lanes : 0;
	}
	find_whole(graph, whole);
	for (i = 0; i < graph->stage_count; i++) {
		struct sl_graph_stage *stage = &graph->stage[i];

		if (stage->type->beside && !whole[i])
			stage->lanes = 0;
		count += stage->lanes > 1;
	}
	if (!count)
		graph->lanes = 0;
	return count;
}

/**
 * sl_lane_why() - is a stage in lanes, and if not, why
 * @graph: a graph with lanes
 * @stage: one of its stages
 */
enum sl_lane_reason sl_lane_why(const struct sl_graph *graph, u32 stage)
{
	const struct sl_graph_stage *s = &graph->stage[stage];
	enum sl_lane_reason reason = reason_of(s, graph->lanes);

	return reason == SL_LANE_IN && !s->lanes ? SL_LANE_CALLERS : reason;
}

/* How many replicas of a neighbour each one of a stage talks to. */
static u32 partners(const struct sl_graph *graph, u32 stage, u32 other)
{
	u32 mine = sl_graph_replicas(graph, stage);
	u32 theirs = sl_graph_replicas(graph, other);

	/* Whether those with places are beside each other, the plan will say. */
	return mine == theirs ? 1 : theirs;
}

/**
 * sl_lane_crowded() - are there more replicas than a pipeline has room for
 * @graph: a graph with lanes
 * @stage: set to the stage at fault, for SL_LANE_EDGES
 *
 * Return: of what there is too much, or SL_LANE_FIT.
 */
enum sl_lane_crowd sl_lane_crowded(const struct sl_graph *graph, u32 *stage)
{
	u32 edges[SL_GRAPH_STAGES_MAX] = { 0 };
	u32 instances = 0, ways = 0;
	u32 i;

	for (i = 0; i < graph->edge_count; i++) {
		const struct sl_graph_edge *edge = &graph->edge[i];
		u32 right = partners(graph, edge->left, edge->right);

		edges[edge->left] += right;
		edges[edge->right] += partners(graph, edge->right, edge->left);
		ways += 2 * right * sl_graph_replicas(graph, edge->left);
	}
	for (i = 0; i < graph->stage_count; i++) {
		instances += sl_graph_replicas(graph, i);
		*stage = i;
		if (edges[i] > SL_EDGES_MAX)
			return SL_LANE_EDGES;
	}
	if (instances > SL_INSTANCES_MAX)
		return SL_LANE_INSTANCES;
	return ways > SL_WAYS_MAX ? SL_LANE_WAYS : SL_LANE_FIT;
}

/*
 * The worker that a lane is on when it may be on any: that of its number, or
 * where a stage with as many places has its replica of that number.  As it is
 * the same for all stages, their replicas in a lane come together.
 */
static void find_homes(const struct sl_plan *plan, const struct sl_graph *graph,
		       u16 *home)
{
	const struct sl_instance *at;
	u32 i;

	for (i = 0; i < graph->lanes; i++)
		home[i] = i % plan->worker_count;
	for (i = 0; graph->lanes && i < plan->instance_count; i++) {
		at = &plan->instance[i];
		if (graph->stage[at->stage].place_count == graph->lanes)
			home[at->replica] = at->worker;
	}
}

/* Of some workers, the one with the fewest lanes of a stage. */
static u32 emptiest(u64 on, const u8 *used)
{
	u32 best = SL_CORES_MAX;
	u32 i;

	for (i = 0; i < SL_CORES_MAX; i++)
		if ((on >> i & 1) &&
		    (best == SL_CORES_MAX || used[i] < used[best]))
			best = i;
	return best;
}

/*
 * Each lane goes home if the stage may be there, and there are not so many
 * already that it would be uneven; the others fill up.  No worker of the set is
 * left empty: if there are more lanes than workers, each is the home of some,
 * and else of one at most, so that the others are enough for those without.
 */
static void spread(struct sl_instance *instance, u32 lanes, const u16 *home,
		   u64 on, u32 each)
{
	u8 used[SL_CORES_MAX] = { 0 };
	bool placed[SL_LANE_MAX] = { false };
	u32 i;

	for (i = 0; i < lanes; i++) {
		if (!(on >> home[i] & 1) || used[home[i]] == each)
			continue;
		placed[i] = true;
		used[home[i]]++;
		instance[i].worker = home[i];
	}
	for (i = 0; i < lanes; i++) {
		if (placed[i])
			continue;
		instance[i].worker = emptiest(on, used);
		used[instance[i].worker]++;
	}
}

static u32 count_workers(u64 on)
{
	u32 n;

	for (n = 0; on; n++)
		on &= on - 1;
	return n;
}

/**
 * sl_lane_spread() - put instances where the planner wants their stages
 * @plan: a plan of the graph; changed
 * @graph: the graph
 * @on: by stage: workers, as bits, at least one; no more than it has lanes
 *
 * Stages with places, and those whose type cannot move, stay.  What comes out
 * depends on nothing but the sets, and has an instance on each worker of them.
 */
void sl_lane_spread(struct sl_plan *plan, const struct sl_graph *graph,
		    const u64 *on)
{
	u16 home[SL_LANE_MAX];
	u32 i, k, count;

	find_homes(plan, graph, home);
	for (i = 0; i < plan->instance_count; i += count) {
		u32 stage = plan->instance[i].stage;
		const struct sl_graph_stage *s = &graph->stage[stage];

		count = sl_graph_replicas(graph, stage);
		if (s->place_count || s->type->settled)
			continue;
		k = count_workers(on[stage]);
		if (s->lanes)
			spread(&plan->instance[i], count, home, on[stage],
			       (count + k - 1) / k);
		else
			plan->instance[i].worker = __ffs(on[stage]);
	}
}
