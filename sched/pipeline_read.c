// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What observers of a pipeline may ask at any time, from any thread: snapshots.
 */
#include <linux/compiler.h>
#include <asm/barrier.h>

#include "sched/dwell.h"
#include "sched/transfer.h"
#include "sched/wiring.h"

u32 sl_pipeline_link_count(const struct sl_pipeline *p)
{
	return p->way_count;
}

/**
 * sl_pipeline_link() - what is known of a link now
 * @p: an open pipeline, running or not
 * @index: below sl_pipeline_link_count()
 * @link: where to put it
 */
void sl_pipeline_link(const struct sl_pipeline *p, u32 index,
		      struct sl_pipeline_link *link)
{
	const struct sl_way *way = &p->way[index];
	bool fused = !way->in || sl_wiring_direct(p, way);

	*link = (struct sl_pipeline_link){
		.from = way->from,
		.to = way->to,
		.right = way->out->right,
		.fused = fused,
		.slots = fused ? 0 : p->graph.ring_slots,
		.used = READ_ONCE(way->out->waiting),
		.handed = READ_ONCE(way->out->handed),
		.refused = way->transfer ? READ_ONCE(way->transfer->refused)
					 : 0,
	};
	if (!way->in)
		return;
	link->used += sl_link_used(way->out->link) +
		      READ_ONCE(way->in->waiting);
	link->timed = READ_ONCE(way->in->dwell->timed);
	link->timed_events = READ_ONCE(way->in->dwell->timed_events);
	link->timed_cycles = READ_ONCE(way->in->dwell->timed_cycles);
}

/**
 * sl_pipeline_perf() - which hardware counters work
 * @p: an open pipeline, running or not
 * @status: set to what works on all cores, and to what is wrong with the first
 *	one that has none, or that has not begun yet
 */
void sl_pipeline_perf(const struct sl_pipeline *p,
		      struct sl_perf_status *status)
{
	u32 i;

	*status = (struct sl_perf_status){ SL_PERF_COUNTS, ~0u, 0 };
	for (i = 0; i < p->plan.worker_count; i++) {
		const struct sl_perf_status *of = &p->core[i].perf_status;
		/* Pairs with the thread that begins. */
		u32 state = smp_load_acquire(&of->state);

		status->works &= READ_ONCE(of->works);
		if (status->state == SL_PERF_COUNTS)
			status->state = state;
		if (!status->error)
			status->error = READ_ONCE(of->error);
	}
}

/**
 * sl_pipeline_bytes() - memory of all banks
 * @p: an open pipeline
 */
u64 sl_pipeline_bytes(const struct sl_pipeline *p)
{
	u64 bytes = 0;
	u32 i;

	for (i = 0; i < p->plan.instance_count; i++)
		if (p->region_of[i] == i)
			bytes += sl_region_bytes(p->region[i]);
	return bytes;
}
