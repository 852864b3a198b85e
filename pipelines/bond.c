// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Bonds: what a plan must keep to, whatever the load.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pipelines/draft.h"
#include "sched/plan.h"

static int bond_to(struct sl_draft *draft, u32 stage, const char *key,
		   const struct sl_node *node, u64 *bits)
{
	struct sl_nearest nearest;
	int other;
	u32 i;

	if (sl_draft_text(draft, node, key))
		return -EINVAL;
	other = sl_draft_find(draft, node->text);
	if (other < 0) {
		sl_nearest_start(&nearest, node->text);
		for (i = 0; i < draft->stage_count; i++)
			sl_nearest_try(&nearest, draft->stage[i].name);
		return sl_complain(draft->complaint, &node->spot,
				   "%s: no stage '%.*s'%s", key,
				   SL_SHOW(node->text),
				   sl_nearest_hint(&nearest));
	}
	if ((u32)other == stage)
		return sl_complain(draft->complaint, &node->spot,
				   "%s: '%s' is this stage itself; name another one",
				   key, node->text);
	bits[other / 64] |= 1ull << (other % 64);
	return 0;
}

/* "db", or a list of such. */
static int read_bonds(struct sl_draft *draft, u32 stage, const char *key,
		      u64 *bits)
{
	const struct sl_node *node = sl_node_get(draft->stage[stage].node, key);
	const struct sl_node *each;
	int err = 0;

	if (!node)
		return 0;
	if (node->kind != SL_NODE_LIST)
		return bond_to(draft, stage, key, node, bits);
	if (!node->first)
		return sl_complain(draft->complaint, &node->spot,
				   "%s: the list is empty; name a stage, or remove it",
				   key);
	for (each = node->first; each && !err; each = each->next)
		err = bond_to(draft, stage, key, each, bits);
	return err;
}

static int read_max(struct sl_draft *draft, struct sl_graph_stage *stage,
		    const struct sl_node *map)
{
	static const struct sl_option max = { .min = 1, .max = SL_CORES_MAX };
	const struct sl_node *node = sl_node_get(map, "max");
	char why[SL_OPTION_WHY_MAX];
	u64 number;

	if (!node)
		return 0;
	if (sl_draft_text(draft, node, "max"))
		return -EINVAL;
	if (sl_option_number(&max, node->text, &number, why))
		return sl_complain(draft->complaint, &node->spot, "max: %s",
				   why);
	if (stage->place_count > number)
		return sl_complain(draft->complaint, &node->spot,
				   "max: '%s' has %u cores, which makes as many replicas; raise max or list fewer",
				   stage->name, stage->place_count);
	stage->replicas_max = number;
	return 0;
}

static bool has(const u64 *bits, u32 stage)
{
	return bits[stage / 64] >> (stage % 64) & 1;
}

static const struct sl_spot *spot_of(const struct sl_draft *draft, u32 stage,
				     const char *key)
{
	return &sl_node_get(draft->stage[stage].node, key)->spot;
}

/* Why the first plan cannot be as the file wants it. */
static int complain_of_bond(struct sl_draft *draft, u32 a, u32 b)
{
	const struct sl_graph_stage *one = &draft->graph->stage[a];
	const struct sl_graph_stage *other = &draft->graph->stage[b];
	bool near = has(one->near, b);
	const struct sl_spot *spot = spot_of(draft, a, near ? "near" : "apart");

	if (near && (has(one->apart, b) || has(other->apart, a)))
		return sl_complain(draft->complaint, spot,
				   "near: '%s' is to be apart from '%s', too; remove one of both",
				   one->name, other->name);
	if (near)
		return sl_complain(draft->complaint, spot,
				   "near: '%s' and '%s' are given different CPUs; remove a core, or near",
				   one->name, other->name);
	if (one->place_count && other->place_count)
		return sl_complain(draft->complaint, spot,
				   "apart: '%s' and '%s' are given the same CPU; change a core, or remove apart",
				   one->name, other->name);
	return sl_complain(draft->complaint, spot,
			   "apart: '%s' and '%s' find no CPUs of their own among %u; remove apart, or give more CPUs",
			   one->name, other->name, draft->site->cpu_count);
}

/**
 * sl_draft_bond() - read which stages are to be near each other, or apart
 * @draft: a draft with its graph complete
 */
int sl_draft_bond(struct sl_draft *draft)
{
	struct sl_graph *graph = draft->graph;
	struct sl_plan *plan;
	bool any = false;
	u32 i, a, b;
	int err = 0;

	for (i = 0; i < draft->stage_count && !err; i++) {
		const struct sl_node *map = draft->stage[i].node;
		struct sl_graph_stage *stage = &graph->stage[i];

		any |= sl_node_get(map, "near") || sl_node_get(map, "apart");
		err = read_bonds(draft, i, "near", stage->near);
		err = err ?: read_bonds(draft, i, "apart", stage->apart);
		err = err ?: read_max(draft, stage, map);
	}
	if (err || !any)
		return err;
	plan = malloc(sizeof(*plan));
	if (!plan)
		return sl_draft_no_memory(draft);
	/* Where no plan can be made, that is said when one is asked for. */
	if (!sl_plan_make(plan, graph, draft->site->cpus,
			  draft->site->cpu_count) &&
	    sl_plan_broken(plan, graph, &a, &b))
		err = complain_of_bond(draft, a, b);
	free(plan);
	return err;
}

/* Threads that the host is to place: one for each stage, none of them bound. */
static int check_unbound(struct sl_draft *draft, const struct sl_node *node)
{
	const struct sl_graph *graph = draft->graph;
	u32 i;

	if (graph->stage_count > SL_CORES_MAX)
		return sl_complain(draft->complaint, &node->spot,
				   "schedule: host makes a thread for each stage, at most %u, but there are %u; use auto",
				   SL_CORES_MAX, graph->stage_count);
	for (i = 0; i < graph->stage_count; i++)
		if (graph->stage[i].place_count)
			return sl_complain(draft->complaint, &node->spot,
					   "schedule: host places threads itself, but '%s' has a core; remove that, or use auto",
					   graph->stage[i].name);
	return 0;
}

/**
 * sl_draft_schedule() - decide whether the plan may change while it runs
 * @draft: a draft with its graph complete
 *
 * It may if a stage is left to the plan, and neither are stages isolated nor events
 * copied; who asks for it nevertheless is told.
 */
int sl_draft_schedule(struct sl_draft *draft)
{
	const struct sl_node *node = sl_node_get(draft->root, "schedule");
	struct sl_graph *graph = draft->graph;
	bool copied = false, open = false;
	u32 i;

	for (i = 0; i < graph->edge_count; i++)
		copied |= graph->edge[i].transfer != SL_PASS;
	for (i = 0; i < graph->stage_count; i++)
		open |= !graph->stage[i].place_count;
	if (node && graph->movable && (copied || graph->isolate))
		return sl_complain(draft->complaint, &node->spot,
				   "schedule: stages cannot move where %s; set it to static",
				   copied ? "events are copied (transfer)" :
					    "they are isolated (isolate)");
	graph->movable &= open && !copied && !graph->isolate;
	return graph->unbound ? check_unbound(draft, node) : 0;
}
