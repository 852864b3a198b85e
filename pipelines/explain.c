// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "pipelines/explain.h"
#include "pipelines/options.h"
#include "sched/lane.h"

#define PLAN_TEXT_MAX	4096
#define COLUMNS		79

static const char *const classes[] = {
	[SL_STATELESS] = "stateless",
	[SL_FLOW] = "flow",
	[SL_SERIAL] = "serial",
};

static const char *const transfers[] = {
	[SL_PASS] = "pass",
	[SL_COPY] = "copy",
	[SL_FLIP] = "flip",
};

static const char *const isolations[] = {
	[SL_ISOLATE_NONE] = "none",
	[SL_ISOLATE_PKEY] = "pkey",
};

/* By how many direct calls, and how many pairs of rings, an edge is run. */
struct joints {
	u32 direct;
	u32 rings;
};

static u32 worker_of(const struct sl_plan *plan, u32 instance)
{
	return plan->instance[instance].worker;
}

static struct joints count_joints(const struct sl_graph *graph,
				  const struct sl_graph_edge *edge,
				  const struct sl_plan *plan)
{
	enum sl_pairing pairing = sl_plan_pairing(plan, graph, edge->left,
						  edge->right);
	struct joints joints = { 0, 0 };
	u32 i, j;

	for (i = 0; i < plan->instance_count; i++) {
		if (plan->instance[i].stage != edge->left)
			continue;
		for (j = 0; j < plan->instance_count; j++) {
			bool same = worker_of(plan, i) == worker_of(plan, j);

			if (plan->instance[j].stage != edge->right ||
			    !sl_plan_paired(plan, pairing, i, j))
				continue;
			joints.direct += same && edge->fuse;
			joints.rings += !(same && edge->fuse);
		}
	}
	return joints;
}

static const char *protocol_of(const struct sl_graph *graph,
			       const struct sl_graph_edge *edge)
{
	return graph->stage[edge->left].type->port[edge->left_port].protocol;
}

/* "0,1/1", "0*2": where the replicas of a stage run. */
static void list_cores(const struct sl_plan *plan, u32 stage, char *text,
		       u32 bytes)
{
	u32 i, used = 0;

	text[0] = 0;
	for (i = 0; i < plan->instance_count && used + 16 < bytes; i++) {
		u32 count = sl_plan_together(plan, i);
		const struct sl_place *place;

		if (plan->instance[i].stage != stage || !count)
			continue;
		place = &plan->worker[plan->instance[i].worker];
		used += sprintf(text + used, "%s%u", used ? "," : "",
				place->cpu);
		if (place->thread)
			used += sprintf(text + used, "/%u", place->thread);
		if (count > 1)
			used += sprintf(text + used, "*%u", count);
	}
}

static void print_stage(const struct sl_graph_stage *stage,
			const struct sl_plan *plan, u32 number, FILE *out)
{
	char cores[64];

	list_cores(plan, number, cores, sizeof(cores));
	fprintf(out, "%-10s %-8s %-7s %-9s", stage->name, stage->type->name,
		cores, classes[stage->type->class]);
	if (stage->event_bytes)
		fprintf(out, " %5u x %-6u", stage->events, stage->event_bytes);
	else
		fprintf(out, " %-14s", "-");
	fprintf(out, " %s\n", stage->bank[0] ? stage->bank : "-");
}

/* "net  listen=127.0.0.1:8080 backlog=1024 ...", broken at the right edge. */
static void print_options(const struct sl_graph_stage *stage, FILE *out)
{
	const struct sl_option *option = stage->type->options;
	char value[512], text[600];
	int used;

	if (!option || !option->name)
		return;
	used = fprintf(out, "%-10s", stage->name);
	for (; option->name; option++) {
		sl_option_show(option, stage->options, value, sizeof(value));
		snprintf(text, sizeof(text), " %s=%s", option->name,
			 value[0] ? value : "\"\"");
		if (used + strlen(text) > COLUMNS && used > 10)
			used = fprintf(out, "\n%-10s", "") - 1;
		used += fprintf(out, "%s", text);
	}
	fprintf(out, "\n");
}

static void print_edge(const struct sl_graph *graph,
		       const struct sl_graph_edge *edge,
		       const struct sl_plan *plan, FILE *out)
{
	struct joints joints = count_joints(graph, edge, plan);

	fprintf(out, "%-10s %-10s %-9s ", graph->stage[edge->left].name,
		graph->stage[edge->right].name, protocol_of(graph, edge));
	if (joints.direct)
		fprintf(out, "%u direct call%s%s", joints.direct,
			joints.direct == 1 ? "" : "s",
			joints.rings ? ", " : "");
	if (joints.rings)
		fprintf(out, "%u pair%s of rings of %u slots", joints.rings,
			joints.rings == 1 ? "" : "s", graph->ring_slots);
	if (edge->transfer != SL_PASS)
		fprintf(out, "; %s", transfers[edge->transfer]);
	fprintf(out, "\n");
}

/* How many there are, and what is in none of them. */
static void print_lanes(const struct sl_graph *graph, FILE *out)
{
	u32 i;

	if (!graph->lanes)
		return;
	fprintf(out, "\n%-10s %u of replicas, to gather on a core or to spread\n",
		"LANES", graph->lanes);
	for (i = 0; i < graph->stage_count; i++)
		if (!graph->stage[i].lanes)
			fprintf(out, "%-10s in none, as %s\n",
				graph->stage[i].name,
				sl_lane_reason_name(sl_lane_why(graph, i)));
}

static void print_latency(const struct sl_graph *graph, FILE *out)
{
	const struct sl_option latency = { .kind = SL_OPTION_DURATION };
	char text[32];

	if (!graph->latency_ns)
		return;
	sl_option_show(&latency, &graph->latency_ns, text, sizeof(text));
	fprintf(out, "a turn of a core is to take %s at most\n", text);
}

/**
 * sl_explain_print() - graph and plan, for people
 * @graph: the graph
 * @plan: a plan of it
 * @out: where to print
 */
void sl_explain_print(const struct sl_graph *graph, const struct sl_plan *plan,
		      FILE *out)
{
	char text[PLAN_TEXT_MAX];
	u32 i;

	sl_plan_print(plan, graph, text, sizeof(text));
	fprintf(out, "%s: %s\n%s", graph->name, text,
		graph->isolate ? "each stage or bank under a key of its own\n"
			       : "");
	print_latency(graph, out);
	fprintf(out, "\n");
	fprintf(out, "%-10s %-8s %-7s %-9s %-14s %s\n", "STAGE", "TYPE",
		"CORE", "CLASS", "EVENTS x BYTES", "BANK");
	for (i = 0; i < graph->stage_count; i++)
		print_stage(&graph->stage[i], plan, i, out);
	fprintf(out, "\n%-10s %-10s %-9s %s\n", "LEFT", "RIGHT", "PROTOCOL",
		"JOINED BY");
	for (i = 0; i < graph->edge_count; i++)
		print_edge(graph, &graph->edge[i], plan, out);
	print_lanes(graph, out);
	fprintf(out, "\n%-10s OPTIONS\n", "STAGE");
	for (i = 0; i < graph->stage_count; i++)
		print_options(&graph->stage[i], out);
}

/* As JSON wants it: what a path holds may be anything. */
static void print_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", *text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void print_json_options(const struct sl_graph_stage *stage, FILE *out)
{
	const struct sl_option *option = stage->type->options;
	char text[4096];
	bool first = true;

	fprintf(out, "\"options\":{");
	for (; option && option->name; option++) {
		sl_option_show(option, stage->options, text, sizeof(text));
		fprintf(out, "%s\"%s\":", first ? "" : ",", option->name);
		print_string(text, out);
		first = false;
	}
	fprintf(out, "}");
}

static void print_json_cores(const struct sl_plan *plan, u32 stage, FILE *out)
{
	bool first = true;
	u32 i;

	fprintf(out, "\"cores\":[");
	for (i = 0; i < plan->instance_count; i++) {
		const struct sl_place *place;

		if (plan->instance[i].stage != stage)
			continue;
		place = &plan->worker[plan->instance[i].worker];
		fprintf(out, "%s{\"cpu\":%u,\"thread\":%u}", first ? "" : ",",
			place->cpu, place->thread);
		first = false;
	}
	fprintf(out, "],");
}

/**
 * sl_explain_json() - graph and plan as one JSON object
 * @graph: the graph
 * @plan: a plan of it
 * @out: where to print
 */
void sl_explain_json(const struct sl_graph *graph, const struct sl_plan *plan,
		     FILE *out)
{
	char text[PLAN_TEXT_MAX];
	u32 i;

	sl_plan_print(plan, graph, text, sizeof(text));
	fprintf(out, "{\"pipeline\":\"%s\",\"plan\":\"%s\",\"ring\":%u,"
		"\"batch\":%u,\"poll_ns\":%llu,\"latency_ns\":%llu,"
		"\"isolate\":\"%s\",\"lanes\":%u,\"stages\":[", graph->name,
		text, graph->ring_slots, graph->batch_max,
		(unsigned long long)graph->poll_ns,
		(unsigned long long)graph->latency_ns,
		isolations[graph->isolate], graph->lanes ? graph->lanes : 1);
	for (i = 0; i < graph->stage_count; i++) {
		const struct sl_graph_stage *stage = &graph->stage[i];

		fprintf(out, "%s{\"name\":\"%s\",\"type\":\"%s\","
			"\"class\":\"%s\",\"bank\":\"%s\",\"events\":%u,"
			"\"event_bytes\":%u,", i ? "," : "", stage->name,
			stage->type->name, classes[stage->type->class],
			stage->bank, stage->events, stage->event_bytes);
		if (stage->weight_ns)
			fprintf(out, "\"weight_ns\":%u,", stage->weight_ns);
		print_json_cores(plan, i, out);
		print_json_options(stage, out);
		fprintf(out, "}");
	}
	fprintf(out, "],\"edges\":[");
	for (i = 0; i < graph->edge_count; i++) {
		const struct sl_graph_edge *edge = &graph->edge[i];
		struct joints joints = count_joints(graph, edge, plan);

		fprintf(out, "%s{\"left\":\"%s\",\"right\":\"%s\","
			"\"protocol\":\"%s\",\"direct\":%u,\"rings\":%u,"
			"\"transfer\":\"%s\"}",
			i ? "," : "", graph->stage[edge->left].name,
			graph->stage[edge->right].name,
			protocol_of(graph, edge), joints.direct, joints.rings,
			transfers[edge->transfer]);
	}
	fprintf(out, "]}\n");
}

static void print_table(const struct sl_option *option, FILE *out)
{
	char range[128];

	for (; option && option->name; option++) {
		const char *standard = option->standard;

		sl_option_range(option, range, sizeof(range));
		fprintf(out, "  %-15s  %s (%s", option->name, option->help,
			range);
		if (!standard)
			fprintf(out, "; required)\n");
		else if (!*standard)
			fprintf(out, ")\n");
		else
			fprintf(out, "; %s by default)\n", standard);
	}
}

/**
 * sl_explain_options() - what a file may set
 * @site: which types there are
 * @type: name of one, or NULL for all and for what is common to them
 * @out: where to print
 *
 * Return: 0, or -ENOENT if there is no such type.
 */
int sl_explain_options(const struct sl_load_site *site, const char *type,
		       FILE *out)
{
	const struct sl_stage_type *const *t;
	bool found = !type;

	if (!type) {
		fprintf(out, "the file: pipeline, path, edges, fuse, transfer,"
			     " stages, and\n");
		print_table(sl_load_file_options, out);
		fprintf(out, "\nevery stage\n");
		print_table(sl_load_stage_options, out);
	}
	for (t = site->types; *t; t++) {
		if (type && strcmp((*t)->name, type))
			continue;
		fprintf(out, "%s%s: %s\n", type ? "" : "\n", (*t)->name,
			(*t)->summary ? (*t)->summary : "");
		print_table((*t)->options, out);
		found = true;
	}
	return found ? 0 : -ENOENT;
}
