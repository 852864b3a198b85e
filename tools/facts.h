/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a run leaves behind in the knowledge base, see sluice kb in sluice(1),
 * and what it takes from there: how far CPUs are from each other, and what
 * stages cost.
 *
 * Facts are worth a try: if they cannot be read or written, one line says so,
 * and nothing else fails.
 */
#ifndef SL_FACTS_H
#define SL_FACTS_H

#include "profiler/stats.h"
#include "sched/topology.h"

u32 sl_facts_read(struct sl_topology *topology, struct sl_graph *graph);
void sl_facts_write(const struct sl_topology *topology,
		    const struct sl_stats *before,
		    const struct sl_stats *after);

#endif /* SL_FACTS_H */
