// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Option lanes: how many replicas of stages the plan may spread over cores.
 */
#include <errno.h>
#include <string.h>

#include "pipelines/draft.h"
#include "sched/lane.h"

/* Why a stage is there once, said to somebody who wanted it more often. */
static int complain_of_none(struct sl_draft *draft, const struct sl_spot *spot,
			    u32 lanes)
{
	struct sl_graph *graph = draft->graph;
	u32 i;

	/* The first one left to the plan tells more than those with cores. */
	for (i = 0; i + 1 < graph->stage_count; i++)
		if (!graph->stage[i].place_count)
			break;
	graph->lanes = lanes;
	return sl_complain(draft->complaint, spot,
			   "lanes: no stage can have replicas, '%s' not as %s; remove lanes",
			   graph->stage[i].name, sl_lane_reason_name(sl_lane_why(graph, i)));
}

static int complain_of_static(struct sl_draft *draft,
			      const struct sl_spot *spot)
{
	const struct sl_graph *graph = draft->graph;
	const char *why = "every stage names its core";
	u32 i;

	for (i = 0; i < graph->stage_count; i++)
		if (!graph->stage[i].place_count)
			why = graph->unbound ? "schedule is host"
					     : "schedule is static";
	for (i = 0; i < graph->edge_count; i++)
		if (graph->edge[i].transfer != SL_PASS)
			why = "events are copied (transfer)";
	if (graph->isolate)
		why = "stages are isolated (isolate)";
	return sl_complain(draft->complaint, spot,
			   "lanes: they are for stages that move, and none does as %s; change that, or remove lanes",
			   why);
}

static int complain_of_crowd(struct sl_draft *draft, const struct sl_spot *spot,
			     enum sl_lane_crowd crowd, u32 stage)
{
	u32 lanes = draft->graph->lanes;

	if (crowd == SL_LANE_EDGES)
		return sl_complain(draft->complaint, spot,
				   "lanes: with %u of them '%s' has more than %u edges; give fewer",
				   lanes, draft->graph->stage[stage].name,
				   SL_EDGES_MAX);
	return sl_complain(draft->complaint, spot,
			   "lanes: with %u of them there are more replicas or rings than a pipeline can have; give fewer",
			   lanes);
}

/* As many as there are CPUs, or as find room; none where they are no use. */
static void choose(struct sl_draft *draft)
{
	u32 lanes = draft->graph->movable ? draft->site->cpu_count : 0;
	u32 stage;

	if (lanes > SL_LANE_MAX)
		lanes = SL_LANE_MAX;
	while (sl_lane_make(draft->graph, lanes) &&
	       sl_lane_crowded(draft->graph, &stage))
		lanes--;
}

/**
 * sl_draft_lanes() - make as many lanes as the file wants
 * @draft: a draft with its graph complete, of which is known if it can move
 */
int sl_draft_lanes(struct sl_draft *draft)
{
	static const struct sl_option count = { .min = 1, .max = SL_LANE_MAX };
	const struct sl_node *node = sl_node_get(draft->root, "lanes");
	char why[SL_OPTION_WHY_MAX];
	enum sl_lane_crowd crowd;
	u64 lanes;
	u32 stage;

	if (!node)
		return 0;
	if (!strcmp(node->text, "auto")) {
		choose(draft);
		return 0;
	}
	if (sl_option_number(&count, node->text, &lanes, why))
		return sl_complain(draft->complaint, &node->spot,
				   "lanes: %s, or auto", why);
	if (lanes == 1)
		return 0;
	if (!draft->graph->movable)
		return complain_of_static(draft, &node->spot);
	if (!sl_lane_make(draft->graph, lanes))
		return complain_of_none(draft, &node->spot, lanes);
	crowd = sl_lane_crowded(draft->graph, &stage);
	return crowd ? complain_of_crowd(draft, &node->spot, crowd, stage) : 0;
}
