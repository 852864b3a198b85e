// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <asm/barrier.h>

#include "profiler/change.h"

/* Readers wait for the end of a change, or find a later number and ask again. */
static void begin(struct sl_stats *stats)
{
	WRITE_ONCE(stats->plan_version, stats->plan_version + 1);
	/* Nothing of the change is seen before the number is odd. */
	smp_mb();
}

static void end(struct sl_stats *stats)
{
	/* All of it is seen when the number is even. */
	smp_store_release(&stats->plan_version, stats->plan_version + 1);
}

/**
 * sl_stats_plan() - write down which plan there is now, and why
 * @stats: segment of the pipeline
 * @graph: what runs
 * @pipeline: the pipeline, with its new plan
 * @change: what was done; its time and its plan are filled in here
 *
 * The caller is the pipeline's owner.  The first change is the plan that it
 * begins with.
 */
void sl_stats_plan(struct sl_stats *stats, const struct sl_graph *graph,
		   struct sl_pipeline *pipeline,
		   const struct sl_stats_change *change)
{
	const struct sl_plan *plan = sl_pipeline_plan(pipeline);
	struct sl_pipeline_link link;
	struct sl_stats_change *row;
	u32 i;

	begin(stats);
	for (i = 0; i < stats->stage_count; i++)
		WRITE_ONCE(sl_stats_stage(stats, i)->worker,
			   plan->instance[i].worker);
	for (i = 0; i < stats->link_count; i++) {
		sl_pipeline_link(pipeline, i, &link);
		WRITE_ONCE(sl_stats_link(stats, i)->slots, link.slots);
	}
	sl_plan_print(plan, graph, stats->plan, sizeof(stats->plan));
	row = sl_stats_change(stats, stats->changes % stats->change_count);
	*row = *change;
	row->at_ns = ktime_get_ns();
	sl_plan_print(plan, graph, row->plan, sizeof(row->plan));
	WRITE_ONCE(stats->changes, stats->changes + 1);
	end(stats);
}
