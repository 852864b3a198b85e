// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <sched.h>

#include "sched/topology.h"
#include "stages/stage.h"
#include "tools/site.h"

#define CPUS_MAX	65536	/* that Linux could number */

/*
 * What this process may use: of the CPUs that are online those that its
 * control group and its affinity leave, which is not hwloc's to say where it
 * describes another machine.
 */
static u32 find_cpus(u16 *cpus)
{
	size_t bytes = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set = CPU_ALLOC(CPUS_MAX);
	u32 count = 0;
	u32 i;

	if (set && !sched_getaffinity(0, bytes, set))
		for (i = 0; i < CPUS_MAX && count < SL_CORES_MAX; i++)
			if (CPU_ISSET_S(i, bytes, set))
				cpus[count++] = i;
	if (set)
		CPU_FREE(set);
	/* CPU 0 is there. */
	return count ? count : 1;
}

/**
 * sl_site() - the stage types there are and the CPUs that may be used
 */
const struct sl_load_site *sl_site(void)
{
	static u16 cpus[SL_CORES_MAX];
	static struct sl_load_site site;

	if (site.types)
		return &site;
	site.types = sl_stage_types;
	site.cpus = cpus;
	site.cpu_count = find_cpus(cpus);
	site.absent = sl_topology_absent;
	return &site;
}
