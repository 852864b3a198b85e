// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Costs of stages, from what a run has told of itself.
 *
 * It tells how many events each stage took, requests and answers together.
 * Those of a stage are the requests that came to it and the answers to its own
 * calls, so the calls over each edge follow: exactly in a tree; where a stage
 * has several callers, as the least that explains what was seen.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipelines/tree.h"
#include "tools/sim_input.h"

#define BYTES_MAX	(1u << 20)
#define SWEEPS		4000	/* each nearer to all equations at once */

struct seen {
	double events, ns, batches;
	u64 cores;		/* as bits */
};

struct fit {
	const struct sl_graph *graph;
	struct seen stage[SL_GRAPH_STAGES_MAX];
	double calls[SL_GRAPH_EDGES_MAX];
	double entered[SL_GRAPH_STAGES_MAX];
	bool entry[SL_GRAPH_STAGES_MAX];
};

static double number(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node && node->text ? strtod(node->text, NULL) : 0;
}

static int read_stage(struct fit *fit, const struct sl_node *row)
{
	const struct sl_node *name = sl_node_get(row, "name");
	double events = number(row, "events");
	double batch = number(row, "batch_mean");
	int stage = name && name->text ? sl_graph_find(fit->graph, name->text)
				       : -1;

	if (stage < 0)
		return -EINVAL;
	fit->stage[stage].events += events;
	fit->stage[stage].ns += events * number(row, "service_ns");
	fit->stage[stage].batches += batch > 0 ? events / batch : 0;
	fit->stage[stage].cores |= 1ull << ((u32)number(row, "core") & 63);
	return 0;
}

/*
 * Kaczmarz: goes to the nearest point of each equation in turn.  What is told
 * of a stage is the sum of what enters there, of the calls to it and of the
 * answers to its own.
 */
static void find_calls(struct fit *fit)
{
	const struct sl_graph *g = fit->graph;
	u32 sweep, i, e;

	for (sweep = 0; sweep < SWEEPS; sweep++)
		for (i = 0; i < g->stage_count; i++) {
			double sum = fit->entry[i] ? fit->entered[i] : 0;
			u32 terms = fit->entry[i];
			double step;

			for (e = 0; e < g->edge_count; e++) {
				if (g->edge[e].left != i &&
				    g->edge[e].right != i)
					continue;
				sum += fit->calls[e];
				terms++;
			}
			step = terms ? (fit->stage[i].events - sum) / terms : 0;
			fit->entered[i] += fit->entry[i] ? step : 0;
			for (e = 0; e < g->edge_count; e++)
				if (g->edge[e].left == i ||
				    g->edge[e].right == i)
					fit->calls[e] = fmax(0, fit->calls[e] +
							     step);
		}
}

/* The part of a stage's events that came over rings when it was measured. */
static double ring_share(const struct fit *fit, u32 stage)
{
	const struct sl_graph *g = fit->graph;
	double over = 0;
	u32 e;

	for (e = 0; e < g->edge_count; e++) {
		u32 a = g->edge[e].left, b = g->edge[e].right;

		if ((a == stage || b == stage) &&
		    fit->stage[a].cores != fit->stage[b].cores)
			over += fit->calls[e];
	}
	return fit->stage[stage].events > 0 ? over / fit->stage[stage].events
					    : 0;
}

static void fill_in(struct sl_planner_snapshot *s, const struct fit *fit)
{
	const struct sl_graph *g = fit->graph;
	double entered = 0;
	u32 i, e;

	for (i = 0; i < g->stage_count; i++)
		entered += fit->entry[i] ? fit->entered[i] : 0;
	entered = fmax(entered, 1);
	for (i = 0; i < g->stage_count; i++) {
		const struct seen *seen = &fit->stage[i];
		struct sl_planner_stage *stage = &s->stage[i];
		double batch = seen->batches > 0 ? seen->events / seen->batches
						 : 64;
		double ps = seen->events > 0 ? seen->ns * 1e3 / seen->events : 0;

		/* What was measured holds the call and the pop. */
		ps -= stage->call_ps / batch + ring_share(fit, i) *
		      (s->costs.pop_ps + 2.0 * s->costs.receive_share *
		       s->distance_ps[0][1] / SL_PLANNER_ONE);
		stage->event_ps = fmax(ps, 500);
		stage->batch = 16 * batch;
		stage->visits = SL_PLANNER_ONE * seen->events / entered;
	}
	for (e = 0; e < g->edge_count; e++) {
		s->edge[e].requests = SL_PLANNER_ONE * fit->calls[e] / entered;
		s->edge[e].replies = s->edge[e].requests;
	}
}

/**
 * sl_sim_costs_text() - costs from the report of a run
 * @s: of the graph, with cores; stages and edges are filled in
 * @graph: the graph
 * @origin: name of the text, for complaints
 * @text: JSON with an array "stages"
 * @bytes: of it
 */
int sl_sim_costs_text(struct sl_planner_snapshot *s,
		      const struct sl_graph *graph, const char *origin,
		      const char *text, size_t bytes)
{
	struct sl_complaint complaint;
	struct sl_store store = { NULL };
	struct fit *fit = calloc(1, sizeof(*fit));
	struct sl_node *root, *list, *row;
	u32 i;
	int err = -EINVAL;

	if (!fit)
		return -ENOMEM;
	fit->graph = graph;
	for (i = 0; i < graph->stage_count; i++)
		fit->entry[i] = true;
	for (i = 0; i < graph->edge_count; i++)
		fit->entry[graph->edge[i].right] = false;
	if (sl_tree_read(&store, origin, text, bytes, &root, &complaint)) {
		fprintf(stderr, "%s\n", complaint.text);
		goto out;
	}
	list = root && root->kind == SL_NODE_MAP ? sl_node_get(root, "stages")
						 : NULL;
	for (row = list ? list->first : NULL; row; row = row->next)
		if (row->kind != SL_NODE_MAP || read_stage(fit, row))
			break;
	if (!list || row) {
		fprintf(stderr, "%s: not the report of such a pipeline; make one"
			" with sluice run FILE --seconds 5 --json\n", origin);
		goto out;
	}
	find_calls(fit);
	fill_in(s, fit);
	err = 0;
out:
	sl_store_close(&store);
	free(fit);
	return err;
}

/**
 * sl_sim_costs() - costs from a file
 * @s: of the graph, with cores; stages and edges are filled in
 * @graph: the graph
 * @path: of the file
 */
int sl_sim_costs(struct sl_planner_snapshot *s, const struct sl_graph *graph,
		 const char *path)
{
	FILE *file = fopen(path, "r");
	char *text;
	size_t bytes;
	int err;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -EINVAL;
	}
	text = malloc(BYTES_MAX);
	bytes = text ? fread(text, 1, BYTES_MAX, file) : 0;
	fclose(file);
	err = sl_sim_costs_text(s, graph, path, text ? text : "", bytes);
	free(text);
	return err;
}
