/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which memory is near a CPU, as hwloc knows it.
 *
 * Looking at a machine takes milliseconds, so it is done once, when it is
 * first asked for, and not at all where there is but one node of memory.
 * HWLOC_SYNTHETIC and HWLOC_XMLFILE describe another machine, as for any
 * program with hwloc.
 */
#ifndef SL_NUMA_H
#define SL_NUMA_H

#include <linux/types.h>

int sl_numa_node(int cpu);
int sl_numa_bind(void *memory, size_t bytes, int node);

#endif /* SL_NUMA_H */
