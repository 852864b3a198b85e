/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * CPUs and how far they are from each other: what it takes a cache line to go
 * from one to the other and back.
 *
 *   sl_topology_describe()  what they share and how fast they are, by hwloc
 *   sl_topology_recall()    a distance that was measured earlier
 *   sl_topology_measure()   the others, as long as the time lasts
 *   sl_topology_correct()   one that was measured again since
 *
 * What was measured counts, as a virtual machine has its CPUs moved about and
 * often describes caches that it has not.  So a few of the recalled distances
 * are measured first; if one of them has drifted, all are forgotten.  Pairs for
 * which there was no time are taken to be as far apart as those that are joined
 * likewise: by a core, a cache, a package.
 *
 * For one thread at a time.
 */
#ifndef SL_TOPOLOGY_H
#define SL_TOPOLOGY_H

#include <linux/types.h>

#include "membank/bank.h"

/* What two CPUs have in common, the nearest thing. */
enum sl_joint {
	SL_JOINT_CORE,
	SL_JOINT_CLUSTER,	/* a cache of a few cores: level 2 or 1 */
	SL_JOINT_CACHE,		/* one of a higher level */
	SL_JOINT_NODE,		/* memory, within a package */
	SL_JOINT_PACKAGE,
	SL_JOINT_NONE,		/* or nothing that is known */
	SL_JOINTS
};

/* Where a distance comes from. */
enum sl_origin { SL_GUESSED, SL_RECALLED, SL_MEASURED };

/* What is not known of a CPU is -1. */
struct sl_topology_cpu {
	u16 cpu;
	u16 speed;		/* per mille of the fastest; 0: not known */
	s16 core, package;	/* hwloc's numbers */
	s16 node;		/* of memory; -1 also if there is but one */
	s16 kind;		/* CPUs of one kind are alike */
};

struct sl_topology {
	u32 cpu_count;
	struct sl_topology_cpu cpu[SL_CORES_MAX];
	char model[64];		/* of the processor; "": not known */
	u32 measured;		/* pairs, at the latest measurement, */
	u32 recalled;		/* and those that were taken as recalled */
	bool drifted;		/* the recalled ones held no longer */
	u8 joint[SL_CORES_MAX][SL_CORES_MAX];	/* enum sl_joint */
	u8 origin[SL_CORES_MAX][SL_CORES_MAX];	/* enum sl_origin */
	u32 round_ps[SL_CORES_MAX][SL_CORES_MAX];
};

void sl_topology_describe(struct sl_topology *topology, const u16 *cpus,
			  u32 cpu_count);
bool sl_topology_recall(struct sl_topology *topology, u32 cpu_a, u32 cpu_b,
			u64 round_ps);
void sl_topology_measure(struct sl_topology *topology, u64 time_ns);
void sl_topology_correct(struct sl_topology *topology, u32 a, u32 b,
			 u32 round_ps);
u32 sl_topology_round_ps(const struct sl_topology *topology, u16 cpu_a,
			 u16 cpu_b);
bool sl_topology_differ(u32 round_ps, u32 other_ps);

const char *sl_joint_name(enum sl_joint joint);
const char *sl_topology_absent(u16 cpu);

#endif /* SL_TOPOLOGY_H */
