/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How far CPUs are from each other: what it takes a cache line to go from one
 * to the other and back.
 *
 * Measured at each start, as a virtual machine has its CPUs moved about and
 * often describes caches that it has not.  On a large machine only some pairs
 * are, as long as the time lasts; others are taken to be as far apart as those
 * that are joined likewise: by a core, a cache, a package.
 */
#ifndef SL_TOPOLOGY_H
#define SL_TOPOLOGY_H

#include <linux/types.h>

#include "membank/bank.h"

/* What two CPUs have in common. */
enum sl_joint { SL_JOINT_CORE, SL_JOINT_CACHE, SL_JOINT_PACKAGE, SL_JOINT_NONE,
		SL_JOINTS };

struct sl_topology {
	u32 cpu_count;
	u16 cpu[SL_CORES_MAX];
	u32 measured;		/* pairs */
	u8 joint[SL_CORES_MAX][SL_CORES_MAX];	/* enum sl_joint */
	u32 round_ps[SL_CORES_MAX][SL_CORES_MAX];
};

void sl_topology_look(struct sl_topology *topology, const u16 *cpus,
		      u32 cpu_count, u64 time_ns);

#endif /* SL_TOPOLOGY_H */
