/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How far a pipeline's CPUs are from each other, kept true while it runs.
 *
 * Measured before the workers start.  After that only while the pipeline has
 * had nothing to do for a second: two pairs a minute, half a millisecond each,
 * by threads that make way for anybody.  A virtual machine's CPUs are near or
 * far by turns; if a pair has drifted, and still has at a second look, the
 * scheduler is told.
 */
#ifndef SL_DISTANCES_H
#define SL_DISTANCES_H

#include "sched/plan.h"
#include "sched/probe_user.h"
#include "sched/scheduler.h"
#include "sched/topology.h"

/* The caller sets the first three, and zeroes for the rest. */
struct sl_distances {
	struct sl_topology topology;	/* described */
	const struct sl_plan *plan;
	struct sl_scheduler *scheduler;	/* NULL: nobody wants to know */

	struct sl_probe probe;
	u32 a, b;		/* its CPUs, by their place in the topology */
	u32 doubted_ps;		/* of a first look; 0: there was none */
	u64 due_ns;
	u32 budget;		/* probes, until then */
	/* since when there was nothing to do, as far as one knows */
	u64 since_ns;
	u64 since_cpu_ns;	/* what the process had used by then */
	u64 since_events;
	char news[96];
};

void sl_distances_start(struct sl_distances *distances, u64 time_ns);
const char *sl_distances_look(struct sl_distances *distances, u64 now_ns,
			      u64 events);
void sl_distances_stop(struct sl_distances *distances);

#endif /* SL_DISTANCES_H */
