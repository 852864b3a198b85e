/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a run leaves behind in the knowledge base, see sluice kb in sluice(1).
 * Facts are worth a try: if they cannot be written, nothing else fails.
 */
#ifndef SL_FACTS_H
#define SL_FACTS_H

#include "profiler/stats.h"
#include "sched/topology.h"

void sl_facts_write(const struct sl_topology *topology,
		    const struct sl_stats *before,
		    const struct sl_stats *after);

#endif /* SL_FACTS_H */
