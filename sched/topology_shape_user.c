// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <hwloc.h>
#include <stdlib.h>

#include <linux/kernel.h>

#include "membank/machine.h"
#include "membank/numa.h"
#include "sched/topology_own.h"

/* How fast a kind of CPUs is, in a unit that all kinds have; 0: not known. */
static u64 speed_of(hwloc_topology_t machine, int kind, const char *unit)
{
	struct hwloc_info_s *info;
	unsigned int count, i;
	int efficiency;

	if (hwloc_cpukinds_get_info(machine, kind, NULL, &efficiency, &count,
				    &info, 0))
		return 0;
	for (i = 0; i < count; i++)
		if (!strcmp(info[i].name, unit))
			return strtoul(info[i].value, NULL, 10);
	return 0;
}

/*
 * What the system reckons CPUs are worth beside each other, or at least how
 * fast they may be clocked.  If kinds are ranked and no more, it is not known
 * how much faster one is.
 */
static void find_speeds(struct sl_topology *t, hwloc_topology_t machine)
{
	static const char *const units[] = { "LinuxCapacity",
					     "FrequencyMaxMHz" };
	int kinds = hwloc_cpukinds_get_nr(machine, 0);
	const char *unit = NULL;
	u64 fastest = 0;
	u32 i, u;
	int k;

	for (u = 0; !unit && u < ARRAY_SIZE(units); u++) {
		fastest = 0;
		unit = units[u];
		for (k = 0; unit && k < kinds; k++) {
			u64 speed = speed_of(machine, k, unit);

			fastest = max(fastest, speed);
			if (!speed)
				unit = NULL;
		}
	}
	for (i = 0; i < t->cpu_count; i++) {
		struct sl_topology_cpu *cpu = &t->cpu[i];

		if (kinds == 1 && cpu->kind == 0)
			cpu->speed = 1000;
		else if (unit && fastest && cpu->kind >= 0)
			cpu->speed = speed_of(machine, cpu->kind, unit) *
				     1000 / fastest;
	}
}

static int kind_of(hwloc_topology_t machine, const hwloc_obj_t pu)
{
	return hwloc_cpukinds_get_by_cpuset(machine, pu->cpuset, 0);
}

/* Of a CPU within an object; -1: it is within none. */
static int number_of(hwloc_topology_t machine, hwloc_obj_type_t type,
		     const hwloc_obj_t pu)
{
	hwloc_obj_t object = hwloc_get_ancestor_obj_by_type(machine, type, pu);

	return object ? (int)object->logical_index : -1;
}

static bool same(s32 a, s32 b)
{
	return a >= 0 && a == b;
}

static enum sl_joint joint_of(hwloc_topology_t machine,
			      const struct sl_topology_cpu *a, hwloc_obj_t pu_a,
			      const struct sl_topology_cpu *b, hwloc_obj_t pu_b)
{
	hwloc_obj_t object;

	if (pu_a == pu_b || same(a->core, b->core))
		return SL_JOINT_CORE;
	for (object = hwloc_get_common_ancestor_obj(machine, pu_a, pu_b);
	     object; object = object->parent)
		if (hwloc_obj_type_is_dcache(object->type))
			return object->attr->cache.depth > 2 ?
			       SL_JOINT_CACHE : SL_JOINT_CLUSTER;
	if (same(a->package, b->package))
		return a->node == b->node ? SL_JOINT_NODE : SL_JOINT_PACKAGE;
	return same(a->node, b->node) && a->package < 0 && b->package < 0 ?
	       SL_JOINT_NODE : SL_JOINT_NONE;
}

/**
 * sl_topology_shape() - what hwloc knows of CPUs
 * @topology: with its CPUs, of which nothing is known; left so if hwloc fails
 */
void sl_topology_shape(struct sl_topology *topology)
{
	hwloc_topology_t machine = sl_machine();
	hwloc_obj_t pu[SL_CORES_MAX], package;
	const char *model = NULL;
	u32 i, j;

	if (!machine)
		return;
	package = hwloc_get_obj_by_type(machine, HWLOC_OBJ_PACKAGE, 0);
	if (package)
		model = hwloc_obj_get_info_by_name(package, "CPUModel");
	snprintf(topology->model, sizeof(topology->model), "%s",
		 model ? model : "");
	for (i = 0; i < topology->cpu_count; i++) {
		struct sl_topology_cpu *cpu = &topology->cpu[i];

		pu[i] = hwloc_get_pu_obj_by_os_index(machine, cpu->cpu);
		if (!pu[i])
			continue;
		cpu->core = number_of(machine, HWLOC_OBJ_CORE, pu[i]);
		cpu->package = number_of(machine, HWLOC_OBJ_PACKAGE, pu[i]);
		cpu->node = sl_numa_node(cpu->cpu);
		cpu->kind = kind_of(machine, pu[i]);
	}
	for (i = 0; i < topology->cpu_count; i++)
		for (j = 0; j < topology->cpu_count; j++)
			if (pu[i] && pu[j])
				topology->joint[i][j] =
					joint_of(machine, &topology->cpu[i],
						 pu[i], &topology->cpu[j],
						 pu[j]);
	find_speeds(topology, machine);
}

/**
 * sl_topology_absent() - why a CPU cannot be used
 * @cpu: its number, which is not among those that may be
 *
 * Return: that, as the end of a sentence; NULL if there is no such CPU.
 */
const char *sl_topology_absent(u16 cpu)
{
	hwloc_topology_t machine = sl_machine();
	hwloc_obj_t all = machine ? hwloc_get_root_obj(machine) : NULL;

	if (!all || !hwloc_bitmap_isset(all->complete_cpuset, cpu))
		return NULL;
	if (!hwloc_bitmap_isset(all->cpuset, cpu))
		return "it is offline, or its control group does not have it";
	return "this process may not use it, see taskset(1)";
}
