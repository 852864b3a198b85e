/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writing down in the stats segment that the plan has changed.
 */
#ifndef SL_CHANGE_H
#define SL_CHANGE_H

#include "profiler/stats.h"

void sl_stats_plan(struct sl_stats *stats, const struct sl_graph *graph,
		   struct sl_pipeline *pipeline,
		   const struct sl_stats_change *change);

#endif /* SL_CHANGE_H */
