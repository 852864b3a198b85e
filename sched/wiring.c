// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>

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
			enum sl_pairing pairing;

			if (!right && !left)
				continue;
			pairing = sl_plan_pairing(&p->plan, graph, stage, peer);
			for (i = 0; i < p->plan.instance_count; i++) {
				if (p->plan.instance[i].stage != peer ||
				    !sl_plan_paired(&p->plan, pairing, i,
						    instance))
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

/**
 * sl_wiring_direct() - is an edge to be fused here
 * @p: any pipeline
 * @way: one of its ways
 *
 * It may not be yet, if its ends have come together just now.
 */
bool sl_wiring_direct(const struct sl_pipeline *p, const struct sl_way *way)
{
	const struct sl_instance *instance = p->plan.instance;

	return p->graph.edge[way->edge].fuse &&
	       instance[way->from].worker == instance[way->to].worker;
}

/* Makes the way from one end to the other, with a ring if it may need one. */
static int lay(struct sl_pipeline *p, const struct end *end, u32 from_edge,
	       u32 to_edge)
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
	out->plain = sl_wiring_direct(p, way);
	if (out->plain && !p->movable)
		return 0;

	out->link = sl_link_create(p->graph.ring_slots);
	if (IS_ERR(out->link)) {
		int err = PTR_ERR(out->link);

		out->link = NULL;
		return err;
	}
	p->inbox_count++;
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
 *
 * Return: 0 or a negative errno.
 */
int sl_wiring_join(struct sl_pipeline *p)
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
			err = lay(p, &mine[j], j, to);
			if (err)
				return err;
		}
	}
	return 0;
}

/**
 * sl_wiring_inboxes() - make the far ends of all links
 * @p: a joined pipeline
 *
 * Return: 0 or -ENOMEM.
 */
int sl_wiring_inboxes(struct sl_pipeline *p)
{
	u32 count = 0;
	u32 i;

	p->inbox = kvcalloc(p->inbox_count + 1, sizeof(*p->inbox), GFP_KERNEL);
	p->dwell = kvcalloc(p->inbox_count + 1, sizeof(*p->dwell), GFP_KERNEL);
	if (!p->inbox || !p->dwell)
		return -ENOMEM;
	for (i = 0; i < p->way_count; i++) {
		struct sl_way *way = &p->way[i];

		if (!way->out->link)
			continue;
		way->in = &p->inbox[count];
		way->out->dwell = &p->dwell[count++];
		*way->in = (struct sl_inbox){
			.link = way->out->link,
			.stage = way->out->to,
			.edge = way->out->to_edge,
			.request = way->out->right,
			.transfer = way->transfer,
			.dwell = way->out->dwell,
		};
	}
	return 0;
}

/* Sets a way up for where its ends are now.  Returns whether its link is used. */
static bool fit(const struct sl_pipeline *p, struct sl_way *way)
{
	struct sl_outbox *out = way->out;
	bool direct, empty;

	if (!way->in)
		return false;
	direct = sl_wiring_direct(p, way);
	empty = !way->in->batch.count && !sl_link_ready(out->link);
	WRITE_ONCE(out->plain, direct && empty);
	if (out->plain)
		sl_dwell_forget(out->dwell);
	way->in->joins = direct && !empty ? out : NULL;
	return !out->plain;
}

/* Replies before requests, and what is near the end before what is not. */
static void place_inboxes(struct sl_pipeline *p)
{
	int pass;
	u32 i;

	for (pass = 0; pass < 2; pass++) {
		for (i = p->way_count; i--;) {
			struct sl_way *way = &p->way[i];
			struct sl_core *core = sl_pipeline_core(p, way->to);

			if (way->out->right == pass && fit(p, way))
				core->inbox[core->inbox_count++] = way->in;
		}
	}
}

/**
 * sl_wiring_place() - give each core its part of the plan
 * @p: a joined pipeline with room for that; no core runs
 *
 * Done again when the plan has changed.  Outboxes with something in them are
 * announced to the core that their stage is on now.
 */
void sl_wiring_place(struct sl_pipeline *p)
{
	u32 i;

	for (i = 0; i < p->plan.worker_count; i++) {
		struct sl_core *core = &p->core[i];

		core->stage_count = 0;
		core->inbox_count = 0;
		core->pending.head = 0;
		core->pending.tail = 0;
	}
	for (i = 0; i < p->plan.instance_count; i++) {
		struct sl_core *core = sl_pipeline_core(p, i);
		struct sl_stage *stage = &p->stage[i];

		core->stage[core->stage_count++] = stage;
		stage->core = core->index;
		stage->pending = &core->pending;
	}
	place_inboxes(p);
	for (i = 0; i < p->way_count; i++)
		if (p->way[i].out->pending)
			sl_outbox_announce(p->way[i].out);
}
