// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that memory is asked of the node that is nearest to a CPU, on
 * machines of other shapes that hwloc makes up, and that binding works or
 * does no harm on this one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mempolicy.h>

#include "membank/numa.h"
#include "membank/region.h"
#include "tools/test.h"

#define BYTES	((size_t)4 << 20)

static const struct {
	const char *machine;
	int cpu;
	int node;
} cases[] = {
	{ "numa:2 core:2 pu:1",				0, 0 },
	{ "numa:2 core:2 pu:1",				1, 0 },
	{ "numa:2 core:2 pu:1",				2, 1 },
	{ "numa:2 core:2 pu:1",				3, 1 },
	{ "numa:2 core:2 pu:1",				4, -1 },
	{ "numa:2 core:2 pu:1",				-1, -1 },
	{ "numa:2 core:2 pu:1",				-7, -1 },
	{ "numa:1 core:4 pu:2",				7, 0 },
	{ "pack:4 numa:2 core:8 pu:2",			0, 0 },
	{ "pack:4 numa:2 core:8 pu:2",			127, 7 },
	{ "pack:4 numa:2 core:8 pu:2",			64, 4 },
	/* CPUs that are numbered round-robin, as firmware often does */
	{ "numa:2 core:2 pu:2(indexes=0,2,4,6,1,3,5,7)", 2, 0 },
	{ "numa:2 core:2 pu:2(indexes=0,2,4,6,1,3,5,7)", 1, 1 },
	{ "numa:2(indexes=1,0) core:2 pu:1",		0, 1 },
	/* fast memory beside the normal one; a node that has none */
	{ "pack:2 [numa(memory=16GB)] [numa(memory=1GB)] core:2 pu:1", 0, 0 },
	{ "pack:2 [numa(memory=16GB)] [numa(memory=1GB)] core:2 pu:1", 2, 2 },
	{ "pack:2 [numa(memory=0)] [numa(memory=1GB)] core:2 pu:1", 2, 3 },
	/* more than an int of nodes has bits */
	{ "numa:128 core:1 pu:1",			99, 99 },
};

static int in_child(void (*body)(u32 i), u32 i)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		sl_test_failed = 0;
		body(i);
		_exit(sl_test_failed || !sl_test_passed);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

static void choose(u32 i)
{
	struct sl_region *region;
	u8 *memory;

	setenv("HWLOC_SYNTHETIC", cases[i].machine, 1);
	setenv("HWLOC_HIDE_ERRORS", "2", 1);
	if (!CHECK_EQ(sl_numa_node(cases[i].cpu), cases[i].node))
		fprintf(stderr, "CPU %d of %s\n", cases[i].cpu,
			cases[i].machine);
	/* The memory is good, whatever the machine is said to be. */
	region = sl_region_create("test", true, cases[i].cpu);
	CHECK_EQ(sl_region_node(region), cases[i].node);
	memory = sl_region_carve(region, BYTES);
	if (CHECK(memory))
		memset(memory, 1, BYTES);
	sl_region_destroy(region);
}

static int policy_of(const void *memory)
{
	int policy = -1;

	if (syscall(SYS_get_mempolicy, &policy, NULL, 0, memory, MPOL_F_ADDR))
		return -errno;
	return policy;
}

/*
 * This very machine, said to have two nodes: the one of CPUs 1 and 3 is there.
 */
static void bind_here(u32 i)
{
	u8 *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int policy, err;

	(void)i;
	setenv("HWLOC_SYNTHETIC", "numa:2(indexes=1,0) pu:2(indexes=0,2,1,3)", 1);
	setenv("HWLOC_THISSYSTEM", "1", 1);
	if (!CHECK(memory != MAP_FAILED) || !CHECK_EQ(sl_numa_node(1), 0))
		return;
	CHECK_EQ(sl_numa_bind(memory, BYTES, -1), 0);
	CHECK(policy_of(memory) <= MPOL_DEFAULT);
	err = sl_numa_bind(memory, BYTES, 0);
	policy = policy_of(memory);
	/* A system may not know of nodes, or not let us; then it says so. */
	CHECK(!err || err == -EPERM || err == -ENOSYS);
	if (!err)
		CHECK(policy == MPOL_PREFERRED ||
		      policy == MPOL_PREFERRED_MANY);
	memset(memory, 1, BYTES);

	/* Nodes that do not exist. */
	CHECK_EQ(sl_numa_node(0), 1);
	CHECK(sl_numa_bind(memory, BYTES, 1) <= 0);
	CHECK(sl_numa_bind(memory, BYTES, 77) <= 0);
	memset(memory, 2, BYTES);
	CHECK(sl_numa_bind((u8 *)1, 1, 0) <= 0);
}

int main(void)
{
	struct sl_region *region;
	u8 *memory;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_EQ(in_child(choose, i), 0);
	CHECK_EQ(in_child(bind_here, 0), 0);

	/* As it is, for the CPU that we are on and for one that is not. */
	for (i = 0; i < 2; i++) {
		region = sl_region_create("test", true, i ? 100000 : 0);
		memory = sl_region_carve(region, BYTES);
		if (CHECK(memory))
			memset(memory, 1, BYTES);
		CHECK(sl_region_node(region) >= -1);
		sl_region_destroy(region);
	}
	TEST_END();
}
