/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a pipeline is made of.  Within sched/ only.
 *
 * wiring.c turns the edges of the graph into ways between instances: an outbox
 * at one end and, unless the edge is fused for good, a link and an inbox at
 * the other.  If the pipeline is movable, every way has these; then whether it
 * is fused is a property of the moment.  Its ends are on one core, and what
 * went through the link before they came together has come out of it:
 *
 *   apart     the outbox goes into the link, the inbox is on the other core
 *   joining   the same, but both are on one core, until the link is empty
 *   plain     the outbox goes to the neighbour directly; the link is empty
 */
#ifndef SL_WIRING_H
#define SL_WIRING_H

#include "sched/core.h"
#include "sched/dwell.h"
#include "sched/link.h"
#include "sched/pipeline.h"

#define SL_WAYS_MAX	1024	/* both directions of every edge */

/* An edge between two instances, one direction. */
struct sl_way {
	struct sl_outbox *out;
	struct sl_inbox *in;	/* NULL if it is fused for good */
	struct sl_transfer *transfer;	/* NULL if events pass by pointer */
	u32 from;
	u32 to;
	u32 edge;		/* of the graph */
	u32 port;		/* of from */
};

struct sl_pipeline {
	struct sl_graph graph;
	struct sl_plan plan;
	struct sl_stage *stage;		/* by instance */
	struct sl_bank *bank;		/* by instance */
	struct sl_core *core;		/* by worker */
	struct sl_region **region;	/* by instance; owned by region_of */
	u32 *region_of;			/* instance that made the region */
	struct sl_stage_counters *stage_counters;
	struct sl_core_counters *core_counters;
	bool own_counters[2];
	u32 opened;			/* stages that are open, from the first */
	u32 cores_opened;
	bool running;
	struct sl_reach *reach;		/* while it is set up */
	struct sl_flip *flip;		/* NULL if no pages are flipped */
	u32 keys;			/* taken, as bits; see isolate.h */
	u32 rights;			/* to all of them */
	bool movable;			/* see sched/replan.h */
	struct sl_plan before;		/* the plan before the latest one */
	u64 pause_ns;			/* of that change */
	u32 inbox_count;
	struct sl_inbox *inbox;		/* of all ways */
	struct sl_dwell *dwell;		/* of each inbox */
	u32 way_count;
	struct sl_way way[SL_WAYS_MAX];
};

static inline struct sl_core *sl_pipeline_core(struct sl_pipeline *p,
					       u32 instance)
{
	return &p->core[p->plan.instance[instance].worker];
}

int sl_wiring_join(struct sl_pipeline *p);
int sl_wiring_inboxes(struct sl_pipeline *p);
void sl_wiring_place(struct sl_pipeline *p);
bool sl_wiring_direct(const struct sl_pipeline *p, const struct sl_way *way);

#endif /* SL_WIRING_H */
