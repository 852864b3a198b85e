/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Changing the plan of a pipeline that runs.
 *
 * Instances and workers stay what they are; which worker runs an instance
 * changes, and with that which edges are fused.  All cores stand still between
 * two turns (park.h), the owner rewires, and they go on; nothing is allocated.
 * No event is touched: a queue belongs to its way for life (wiring.h), and an
 * event of a flow can overtake no other, as ends that come together use their
 * queue until it is empty.
 *
 * Replicas can be gathered on one core and spread in the same way, if they are
 * in lanes (lane.h).
 *
 * Only a pipeline whose graph is movable can be changed, as it has a ring for
 * every way.  None in which events are copied, or stages isolated, is movable:
 * what may touch what is worked out from the plan when it is opened.
 */
#ifndef SL_REPLAN_H
#define SL_REPLAN_H

#include "sched/pipeline.h"

bool sl_pipeline_movable(const struct sl_pipeline *pipeline);
int sl_pipeline_replan(struct sl_pipeline *pipeline,
		       const struct sl_plan *plan);
u64 sl_pipeline_pause_ns(const struct sl_pipeline *pipeline);

#endif /* SL_REPLAN_H */
