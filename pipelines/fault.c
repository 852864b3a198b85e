// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Faults of a graph as a whole, said of the stage where they show.
 */
#include <stdio.h>
#include <string.h>

#include "pipelines/draft.h"

/* Stages that a walk along calls is passing through, in its order. */
struct walk {
	const struct sl_graph *graph;
	u32 depth;
	u16 stage[SL_GRAPH_STAGES_MAX];
	bool on_way[SL_GRAPH_STAGES_MAX];
	bool done[SL_GRAPH_STAGES_MAX];
};

/* Depth first; true when it comes back to a stage that it is passing through. */
static bool comes_back(struct walk *walk, u32 stage, u32 *again)
{
	const struct sl_graph *graph = walk->graph;
	u32 i;

	if (walk->on_way[stage]) {
		*again = stage;
		return true;
	}
	if (walk->done[stage])
		return false;
	walk->on_way[stage] = true;
	walk->stage[walk->depth++] = stage;
	for (i = 0; i < graph->edge_count; i++)
		if (graph->edge[i].left == stage &&
		    comes_back(walk, graph->edge[i].right, again))
			return true;
	walk->depth--;
	walk->on_way[stage] = false;
	walk->done[stage] = true;
	return false;
}

static int complain_of_cycle(struct sl_draft *draft, const struct walk *walk,
			     u32 again)
{
	const struct sl_graph *graph = draft->graph;
	char way[160];
	u32 used = 0;
	u32 i = 0;

	while (walk->stage[i] != again)
		i++;
	for (; i < walk->depth && used < sizeof(way); i++)
		used += snprintf(way + used, sizeof(way) - used, "%s -> ",
				 graph->stage[walk->stage[i]].name);
	return sl_complain(draft->complaint, &draft->stage[again].spot,
			   "requests would go round in a circle, %s%s; remove one of these edges",
			   way, graph->stage[again].name);
}

static int check_cycles(struct sl_draft *draft)
{
	struct walk walk = { .graph = draft->graph };
	u32 again = 0;
	u32 i;

	for (i = 0; i < draft->graph->stage_count; i++)
		if (comes_back(&walk, i, &again))
			return complain_of_cycle(draft, &walk, again);
	return 0;
}

/* Which types could stand at the other end of a port. */
static void list_partners(const struct sl_draft *draft,
			  const struct sl_port_type *port, char *text,
			  u32 bytes)
{
	const struct sl_stage_type *const *type;
	u32 i, used = 0;

	snprintf(text, bytes, "that speaks %s", port->protocol);
	for (type = draft->site->types; *type; type++) {
		const struct sl_port_type *other = (*type)->port;

		for (i = 0; i < SL_PORTS_MAX && other[i].name; i++) {
			if (other[i].right == port->right ||
			    strcmp(other[i].protocol, port->protocol) ||
			    used >= bytes)
				continue;
			used += snprintf(text + used, bytes - used, "%s%s",
					 used ? " or " : "of type ",
					 (*type)->name);
			break;
		}
	}
}

static int complain_of_lonely(struct sl_draft *draft, u32 stage, u32 port)
{
	const struct sl_graph_stage *s = &draft->graph->stage[stage];
	const struct sl_port_type *p = &s->type->port[port];
	char partners[128];

	list_partners(draft, p, partners, sizeof(partners));
	return sl_complain(draft->complaint, &draft->stage[stage].spot,
			   "'%s' has nobody on its %s who speaks %s; join a stage %s to it",
			   s->name, p->right ? "right" : "left", p->protocol,
			   partners);
}

/**
 * sl_draft_check() - find out whether the graph can run
 * @draft: a draft with its graph complete
 */
int sl_draft_check(struct sl_draft *draft)
{
	u32 stage, port;
	int err;

	/* First, as a circle is told best by naming its stages. */
	err = check_cycles(draft);
	if (err)
		return err;
	switch (sl_graph_check(draft->graph, &stage, &port)) {
	case SL_GRAPH_OK:
		return 0;
	case SL_GRAPH_LONELY:
		return complain_of_lonely(draft, stage, port);
	case SL_GRAPH_DEEP:
		return sl_complain(draft->complaint, &draft->stage[stage].spot,
				   "a request of '%s' would pass more than %u stages; shorten the path",
				   draft->stage[stage].name, SL_ROUTE_MAX);
	case SL_GRAPH_CROWDED:
		return sl_complain(draft->complaint, &draft->stage[stage].spot,
				   "'%s' has more than %u edges; give some to another stage",
				   draft->stage[stage].name, SL_EDGES_MAX);
	case SL_GRAPH_EMPTY:
	case SL_GRAPH_CYCLE:
		break;
	}
	return sl_complain(draft->complaint, &draft->start,
			   "this graph cannot run; check path and edges");
}
