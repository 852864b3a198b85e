// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "membank/machine.h"
#include "membank/numa.h"

#define ONLINE	"/sys/devices/system/node/online"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static hwloc_topology_t machine;	/* NULL: nothing to choose from */

/* "0" is one node; "0-1" or "0,2" are several. */
static bool has_several_nodes(void)
{
	char text[64];
	int fd = open(ONLINE, O_RDONLY | O_CLOEXEC);
	ssize_t n, i;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text));
	close(fd);
	for (i = 0; i < n; i++)
		if (text[i] == '-' || text[i] == ',')
			return true;
	return false;
}

static void look(void)
{
	if (getenv("HWLOC_SYNTHETIC") || getenv("HWLOC_XMLFILE") ||
	    has_several_nodes())
		machine = sl_machine();
}

/**
 * sl_numa_node() - the node of memory that is nearest to a CPU
 * @cpu: number of a CPU, or -1
 *
 * Of several nodes that are equally near, as fast memory beside the normal
 * one, it is the lowest that has memory, for that is the normal one.
 *
 * Return: its number, or -1 if there is no choice or nothing is known.
 */
int sl_numa_node(int cpu)
{
	hwloc_obj_t pu;
	int i;

	pthread_once(&once, look);
	if (!machine || cpu < 0)
		return -1;
	pu = hwloc_get_pu_obj_by_os_index(machine, cpu);
	if (!pu || !pu->nodeset)
		return -1;
	for (i = hwloc_bitmap_first(pu->nodeset); i >= 0;
	     i = hwloc_bitmap_next(pu->nodeset, i)) {
		hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(machine,
								      i);

		if (node && node->attr->numanode.local_memory)
			return i;
	}
	return -1;
}

/**
 * sl_numa_bind() - take memory from a node from now on
 * @memory: start of pages that nobody has touched yet
 * @bytes: how many
 * @node: as sl_numa_node() has it; -1 does nothing
 *
 * A node that is full is no reason to fail: the pages then come from
 * elsewhere, which is what hwloc means by binding that is not strict.
 *
 * Return: 0 or a negative errno; the memory is good in any case.
 */
int sl_numa_bind(void *memory, size_t bytes, int node)
{
	hwloc_bitmap_t nodes;
	int err;

	if (node < 0 || !machine)
		return 0;
	nodes = hwloc_bitmap_alloc();
	if (!nodes)
		return -ENOMEM;
	hwloc_bitmap_set(nodes, node);
	err = hwloc_set_area_membind(machine, memory, bytes, nodes,
				     HWLOC_MEMBIND_BIND,
				     HWLOC_MEMBIND_BYNODESET) ? -errno : 0;
	hwloc_bitmap_free(nodes);
	return err;
}
