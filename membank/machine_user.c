// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <hwloc.h>
#include <pthread.h>

#include "membank/machine.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static hwloc_topology_t machine;

static void look(void)
{
	hwloc_topology_t topology;

	if (hwloc_topology_init(&topology))
		return;
	if (!hwloc_topology_load(topology))
		machine = topology;
	else
		hwloc_topology_destroy(topology);
}

/**
 * sl_machine() - what hwloc knows of this machine
 *
 * Any thread may call it.
 *
 * Return: a topology for reading, which stays until the process ends; NULL if
 * hwloc could not find out.
 */
struct hwloc_topology *sl_machine(void)
{
	pthread_once(&once, look);
	return machine;
}
