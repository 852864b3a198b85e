// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <sched.h>

#include "stages/stage.h"
#include "tools/site.h"

/**
 * sl_site() - the stage types there are and the CPUs that may be used
 */
const struct sl_load_site *sl_site(void)
{
	static u16 cpus[SL_CORES_MAX];
	static struct sl_load_site site;
	cpu_set_t set;
	int i;

	if (site.types)
		return &site;
	site.types = sl_stage_types;
	site.cpus = cpus;
	if (sched_getaffinity(0, sizeof(set), &set)) {
		site.cpu_count = 1;
		return &site;
	}
	for (i = 0; i < CPU_SETSIZE && site.cpu_count < SL_CORES_MAX; i++)
		if (CPU_ISSET(i, &set))
			cpus[site.cpu_count++] = i;
	return &site;
}
