// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>

#include "sched/wiring.h"

static struct sl_edge *add_edge(struct sl_stage *stage, u32 port)
{
	struct sl_edge *edge = &stage->edge[stage->edge_count];

	if (!stage->port[port].count++)
		stage->port[port].first = stage->edge_count;
	stage->edge_count++;
	edge->port = port;
	edge->out.from = stage;
	return edge;
}

/* One edge seen from one end; the other end is filled in by pair(). */
struct end {
	u32 instance;
	u32 peer;
	u32 port;
	u32 edge;		/* of the graph */
	bool right;
};

/* All ends of an instance, port by port, for edges of a port are neighbours. */
static int gather(struct sl_pipeline *p, u32 instance, struct end *end)
{
	const struct sl_graph *graph = &p->graph;
	u32 stage = p->plan.instance[instance].stage;
	u32 port, e, i;
	u32 count = 0;

	for (port = 0; port < SL_PORTS_MAX; port++) {
		for (e = 0; e < graph->edge_count; e++) {
			const struct sl_graph_edge *edge = &graph->edge[e];
			bool right = edge->left == stage &&
				     edge->left_port == port;
			bool left = edge->right == stage &&
				    edge->right_port == port;
			u32 peer = right ? edge->right : edge->left;
			bool beside;

			if (!right && !left)
				continue;
			beside = sl_plan_beside(&p->plan, stage, peer);
			for (i = 0; i < p->plan.instance_count; i++) {
				if (p->plan.instance[i].stage != peer)
					continue;
				if (beside && sl_pipeline_core(p, i) !=
					      sl_pipeline_core(p, instance))
					continue;
				if (count == SL_EDGES_MAX)
					return -E2BIG;
				end[count++] = (struct end){ instance, i, port,
							     e, right };
			}
		}
	}
	return count;
}

/* Makes the way from one end to the other, with a ring unless it is fused. */
static int lay(struct sl_pipeline *p, const struct end *end, u32 from_edge,
	       u32 to_edge, u32 *inboxes)
{
	struct sl_stage *from = &p->stage[end->instance];
	struct sl_stage *to = &p->stage[end->peer];
	struct sl_outbox *out = &from->edge[from_edge].out;
	struct sl_way *way;

	if (p->way_count == SL_WAYS_MAX)
		return -E2BIG;
	way = &p->way[p->way_count++];
	*way = (struct sl_way){
		.out = out,
		.from = end->instance,
		.to = end->peer,
		.edge = end->edge,
		.port = end->port,
	};
	out->to = to;
	out->to_edge = to_edge;
	out->right = end->right;
	out->limit = p->graph.batch_max;
	out->plain = from->core == to->core && p->graph.edge[end->edge].fuse;
	if (out->plain)
		return 0;

	out->link = sl_link_create(p->graph.ring_slots);
	if (IS_ERR(out->link)) {
		int err = PTR_ERR(out->link);

		out->link = NULL;
		return err;
	}
	inboxes[to->core]++;
	return 0;
}

/* Number of the matching end in the peer's list, which is its edge there. */
static int match(const struct end *end, const struct end *theirs, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (theirs[i].peer == end->instance &&
		    theirs[i].edge == end->edge)
			return i;
	return -EINVAL;
}

/**
 * sl_wiring_join() - join all instances as the graph says
 * @p: a pipeline with its stages and cores, but no edges
 * @inboxes: how many inboxes each core will need; counted up
 *
 * Return: 0 or a negative errno.
 */
int sl_wiring_join(struct sl_pipeline *p, u32 *inboxes)
{
	struct end mine[SL_EDGES_MAX], theirs[SL_EDGES_MAX];
	u32 n = p->plan.instance_count;
	int count, j, to, err;
	u32 i;

	for (i = 0; i < n; i++) {
		count = gather(p, i, mine);
		if (count < 0)
			return count;
		for (j = 0; j < count; j++)
			add_edge(&p->stage[i], mine[j].port);
	}
	for (i = 0; i < n; i++) {
		count = gather(p, i, mine);
		for (j = 0; j < count; j++) {
			to = match(&mine[j], theirs,
				   gather(p, mine[j].peer, theirs));
			if (WARN_ON(to < 0))
				return to;
			err = lay(p, &mine[j], j, to, inboxes);
			if (err)
				return err;
		}
	}
	return 0;
}

/**
 * sl_wiring_fill_inboxes() - give each core the inboxes of its links
 * @p: a joined pipeline; its cores have room for them
 *
 * Replies before requests, and what is near the end before what is not.
 */
void sl_wiring_fill_inboxes(struct sl_pipeline *p)
{
	int pass;
	u32 i;

	for (pass = 0; pass < 2; pass++) {
		for (i = p->way_count; i--;) {
			struct sl_way *way = &p->way[i];
			struct sl_core *core = &p->core[way->out->to->core];

			if (!way->out->link || way->out->right != pass)
				continue;
			way->in = &core->inbox[core->inbox_count++];
			*way->in = (struct sl_inbox){
				.link = way->out->link,
				.stage = way->out->to,
				.edge = way->out->to_edge,
				.request = way->out->right,
				.transfer = way->transfer,
			};
		}
	}
}
