/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which memory is near a CPU, as hwloc knows it.
 *
 * The machine is not looked at (membank/machine.h) where there is but one node
 * of memory.
 */
#ifndef SL_NUMA_H
#define SL_NUMA_H

#include <linux/types.h>

int sl_numa_node(int cpu);
int sl_numa_bind(void *memory, size_t bytes, int node);

#endif /* SL_NUMA_H */
