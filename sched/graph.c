// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/string.h>

#include "sched/graph.h"

/**
 * sl_graph_init() - an empty graph
 * @graph: where to put it
 * @name: of the pipeline, cut off when too long
 */
void sl_graph_init(struct sl_graph *graph, const char *name)
{
	memset(graph, 0, sizeof(*graph));
	strncpy(graph->name, name, SL_NAME_MAX - 1);
	graph->ring_slots = 1024;
	graph->batch_max = SL_BATCH_MAX;
	graph->poll_ns = 50000;
	graph->huge = true;
	graph->reclaim = true;
}

/**
 * sl_graph_add() - add a stage, placed by the planner
 * @graph: the graph
 * @name: of the stage, of its own within the graph
 * @type: what it does
 * @options: struct of the type's own, the caller's; NULL if it has none
 *
 * Return: number of the stage, -ENAMETOOLONG, -EEXIST or -E2BIG.
 */
int sl_graph_add(struct sl_graph *graph, const char *name,
		 const struct sl_stage_type *type, void *options)
{
	struct sl_graph_stage *stage;

	if (strlen(name) >= SL_NAME_MAX)
		return -ENAMETOOLONG;
	if (sl_graph_find(graph, name) >= 0)
		return -EEXIST;
	if (graph->stage_count == SL_GRAPH_STAGES_MAX)
		return -E2BIG;

	stage = &graph->stage[graph->stage_count];
	memset(stage, 0, sizeof(*stage));
	strncpy(stage->name, name, SL_NAME_MAX - 1);
	stage->type = type;
	stage->options = options;
	stage->events = type->events;
	stage->event_bytes = type->event_bytes;
	return graph->stage_count++;
}

/**
 * sl_graph_find() - number of a stage
 * @graph: the graph
 * @name: of the stage
 *
 * Return: its number or -ENOENT.
 */
int sl_graph_find(const struct sl_graph *graph, const char *name)
{
	u32 i;

	for (i = 0; i < graph->stage_count; i++)
		if (!strcmp(graph->stage[i].name, name))
			return i;
	return -ENOENT;
}

static bool joined(const struct sl_graph *graph, u32 stage, u32 port, bool left)
{
	u32 i;

	for (i = 0; i < graph->edge_count; i++) {
		const struct sl_graph_edge *e = &graph->edge[i];

		if (left ? e->left == stage && e->left_port == port
			 : e->right == stage && e->right_port == port)
			return true;
	}
	return false;
}

/**
 * sl_graph_join() - let one stage call another
 * @graph: the graph
 * @left: stage that makes requests
 * @right: stage that answers them
 *
 * Ports are found by protocol: the first right port of the left stage that
 * speaks as a left port of the right one, and is free if there are several.
 *
 * Return: 0, -EEXIST if they are joined already, -EPROTOTYPE if no ports
 * fit, -E2BIG.
 */
int sl_graph_join(struct sl_graph *graph, u32 left, u32 right)
{
	const struct sl_port_type *a = graph->stage[left].type->port;
	const struct sl_port_type *b = graph->stage[right].type->port;
	struct sl_graph_edge *edge;
	u32 i, j, k;
	int found = -1, found_right = -1;

	for (k = 0; k < graph->edge_count; k++)
		if (graph->edge[k].left == left && graph->edge[k].right == right)
			return -EEXIST;
	if (graph->edge_count == SL_GRAPH_EDGES_MAX)
		return -E2BIG;

	for (i = 0; i < SL_PORTS_MAX && a[i].name; i++) {
		if (!a[i].right)
			continue;
		for (j = 0; j < SL_PORTS_MAX && b[j].name; j++) {
			if (b[j].right || strcmp(a[i].protocol, b[j].protocol))
				continue;
			if (found >= 0 && joined(graph, left, i, true))
				continue;
			if (found < 0 || joined(graph, left, found, true)) {
				found = i;
				found_right = j;
			}
		}
	}
	if (found < 0)
		return -EPROTOTYPE;

	edge = &graph->edge[graph->edge_count++];
	*edge = (struct sl_graph_edge){ left, found, right, found_right, true,
					SL_PASS };
	return 0;
}

/*
 * How many calls may be open below a stage: goes down level by level, as ways
 * may be too many to walk one by one.  Never ends in a cycle, so it stops.
 */
static u32 depth_of(const struct sl_graph *graph, u32 stage)
{
	bool level[2][SL_GRAPH_STAGES_MAX] = { { false } };
	bool more = true;
	u32 depth = 0;
	u32 i;

	level[0][stage] = true;
	while (more && depth <= graph->stage_count) {
		const bool *now = level[depth & 1];
		bool *next = level[~depth & 1];

		memset(next, 0, sizeof(level[0]));
		more = false;
		for (i = 0; i < graph->edge_count; i++) {
			if (!now[graph->edge[i].left])
				continue;
			next[graph->edge[i].right] = true;
			more = true;
		}
		depth += more;
	}
	return depth;
}

/**
 * sl_graph_check() - can this graph run
 * @graph: the graph
 * @stage: set to the stage at fault
 * @port: set to its port, for SL_GRAPH_LONELY
 */
enum sl_graph_fault sl_graph_check(const struct sl_graph *graph, u32 *stage,
				   u32 *port)
{
	u32 s, p, d, i;

	*stage = 0;
	*port = 0;
	if (!graph->stage_count)
		return SL_GRAPH_EMPTY;

	for (s = 0; s < graph->stage_count; s++) {
		const struct sl_port_type *type = graph->stage[s].type->port;
		u32 edges = 0;

		*stage = s;
		for (p = 0; p < SL_PORTS_MAX && type[p].name; p++) {
			*port = p;
			if (!type[p].optional &&
			    !joined(graph, s, p, type[p].right))
				return SL_GRAPH_LONELY;
		}
		for (i = 0; i < graph->edge_count; i++)
			edges += (graph->edge[i].left == s) +
				 (graph->edge[i].right == s);
		if (edges > SL_EDGES_MAX)
			return SL_GRAPH_CROWDED;
		d = depth_of(graph, s);
		if (d > graph->stage_count)
			return SL_GRAPH_CYCLE;
		if (d > SL_ROUTE_MAX)
			return SL_GRAPH_DEEP;
	}
	return SL_GRAPH_OK;
}
