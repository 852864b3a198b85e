// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that CPUs are joined as hwloc describes machines of other shapes, or by
 * nothing where it knows nothing; that what is measured counts, what is
 * recalled is believed as long as it holds, and the rest follows from both;
 * and that this very machine can be measured.
 */
#include <hwloc.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "sched/probe_user.h"
#include "sched/topology.h"
#include "tools/test.h"

#define TWO_BY_FOUR	"pack:2 l3:1 core:4 pu:1"
#define FOUR_BY_EIGHT	"pack:4 l3:1 core:8 pu:2"

static const struct {
	const char *machine;
	u16 cpu[2];
	enum sl_joint joint;
} joints[] = {
	{ TWO_BY_FOUR,			{ 0, 1 }, SL_JOINT_CACHE },
	{ TWO_BY_FOUR,			{ 3, 0 }, SL_JOINT_CACHE },
	{ TWO_BY_FOUR,			{ 3, 4 }, SL_JOINT_NONE },
	{ TWO_BY_FOUR,			{ 0, 8 }, SL_JOINT_NONE },
	{ FOUR_BY_EIGHT,		{ 0, 1 }, SL_JOINT_CORE },
	{ FOUR_BY_EIGHT,		{ 0, 15 }, SL_JOINT_CACHE },
	{ FOUR_BY_EIGHT,		{ 15, 16 }, SL_JOINT_NONE },
	{ FOUR_BY_EIGHT,		{ 63, 48 }, SL_JOINT_CACHE },
	/* two cores to a cache of level 2, within one of level 3 */
	{ "l3:1 l2:2 core:2 pu:1",	{ 0, 1 }, SL_JOINT_CLUSTER },
	{ "l3:1 l2:2 core:2 pu:1",	{ 1, 2 }, SL_JOINT_CACHE },
	/* two nodes of memory in each package */
	{ "pack:2 numa:2 core:2 pu:1",	{ 0, 1 }, SL_JOINT_NODE },
	{ "pack:2 numa:2 core:2 pu:1",	{ 1, 2 }, SL_JOINT_PACKAGE },
	{ "pack:2 numa:2 core:2 pu:1",	{ 3, 4 }, SL_JOINT_NONE },
	/* no packages, no caches */
	{ "numa:2 core:2 pu:1",		{ 2, 3 }, SL_JOINT_NODE },
	/* CPUs that are numbered round-robin, as firmware often does */
	{ "pack:2 core:2 pu:2(indexes=0,2,4,6,1,3,5,7)", { 0, 2 },
	  SL_JOINT_CORE },
	{ "pack:2 core:2 pu:2(indexes=0,2,4,6,1,3,5,7)", { 0, 1 },
	  SL_JOINT_NONE },
};

static struct sl_topology t;

static void in_child(void (*body)(u32 i), u32 i)
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
	CHECK_EQ(status, 0);
}

static void pretend(const char *machine)
{
	setenv("HWLOC_SYNTHETIC", machine, 1);
	setenv("HWLOC_HIDE_ERRORS", "2", 1);
}

static void try_joint(u32 i)
{
	pretend(joints[i].machine);
	sl_topology_describe(&t, joints[i].cpu, 2);
	if (!CHECK_EQ(t.joint[0][1], joints[i].joint) ||
	    !CHECK_EQ(t.joint[1][0], joints[i].joint))
		fprintf(stderr, "CPUs %u and %u of %s\n", joints[i].cpu[0],
			joints[i].cpu[1], joints[i].machine);
	CHECK(t.round_ps[0][1] && t.round_ps[0][1] == t.round_ps[1][0]);
}

/* hwloc that knows of nothing, or not even that. */
static const char *const blind[] = { "no_os,stop", "stop", "-linux,-x86" };

static void try_blind(u32 i)
{
	static const u16 cpus[] = { 0, 1, 40 };

	setenv("HWLOC_COMPONENTS", blind[i], 1);
	setenv("HWLOC_HIDE_ERRORS", "2", 1);
	sl_topology_describe(&t, cpus, 3);
	CHECK_EQ(t.joint[0][1], SL_JOINT_NONE);
	CHECK_EQ(t.joint[2][0], SL_JOINT_NONE);
	CHECK_EQ(t.cpu[2].speed, 0);
	CHECK(sl_topology_recall(&t, 0, 1, 70000));
	sl_topology_measure(&t, 0);
	CHECK_EQ(sl_topology_round_ps(&t, 1, 0), 70000);
	/* Joined likewise, for all that is known. */
	CHECK_EQ(sl_topology_round_ps(&t, 1, 40), 70000);
}

/* Four fast CPUs and four slow ones, as a file says that hwloc has written. */
static char xml[64];

static const struct {
	const char *unit, *fast, *slow;
	u16 speed;
} hybrids[] = {
	{ "LinuxCapacity", "1024", "512", 500 },
	{ "FrequencyMaxMHz", "5000", "3900", 780 },
	/* ranked, and no more is known */
	{ "CoreType", "IntelCore", "IntelAtom", 0 },
};

static void write_hybrid(u32 i)
{
	struct hwloc_info_s info[] = {
		{ (char *)hybrids[i].unit, (char *)hybrids[i].slow },
		{ (char *)hybrids[i].unit, (char *)hybrids[i].fast },
	};
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	hwloc_topology_t machine;
	int kind;

	CHECK(!hwloc_topology_init(&machine));
	CHECK(!hwloc_topology_set_synthetic(machine, "pack:1 l3:1 core:8 pu:1"));
	CHECK(!hwloc_topology_load(machine));
	for (kind = 0; kind < 2; kind++) {
		hwloc_bitmap_zero(set);
		hwloc_bitmap_set_range(set, kind ? 0 : 4, kind ? 3 : 7);
		CHECK(!hwloc_cpukinds_register(machine, set, kind, 1,
					       &info[kind], 0));
	}
	CHECK(!hwloc_topology_export_xml(machine, xml, 0));
	hwloc_topology_destroy(machine);
	hwloc_bitmap_free(set);
}

static void try_hybrid(u32 i)
{
	static const u16 cpus[] = { 3, 4, 0, 9 };

	write_hybrid(i);
	setenv("HWLOC_XMLFILE", xml, 1);
	sl_topology_describe(&t, cpus, 4);
	CHECK_EQ(t.cpu[0].speed, hybrids[i].speed ? 1000 : 0);
	CHECK_EQ(t.cpu[1].speed, hybrids[i].speed);
	CHECK_EQ(t.cpu[0].kind, t.cpu[2].kind);
	CHECK(t.cpu[0].kind != t.cpu[1].kind);
	/* One that the file does not have. */
	CHECK_EQ(t.cpu[3].speed, 0);
	CHECK_EQ(t.cpu[3].kind, -1);
	CHECK_EQ(t.joint[0][1], SL_JOINT_CACHE);
	unlink(xml);
}

/* Pairs that are known speak for those that are joined likewise. */
static void try_guesses(u32 i)
{
	static const u16 cpus[] = { 0, 1, 2, 4, 5, 6 };

	(void)i;
	pretend(TWO_BY_FOUR);
	sl_topology_describe(&t, cpus, 6);
	CHECK_EQ(t.recalled, 0);
	CHECK(t.round_ps[0][1] < t.round_ps[0][3]);
	CHECK(sl_topology_recall(&t, 0, 1, 90000));
	CHECK(sl_topology_recall(&t, 5, 1, 700000));
	CHECK(sl_topology_recall(&t, 6, 0, 900000));
	CHECK(sl_topology_recall(&t, 6, 1, 800000));
	CHECK(!sl_topology_recall(&t, 0, 3, 90000));
	CHECK(!sl_topology_recall(&t, 70000, 1, 90000));
	CHECK(!sl_topology_recall(&t, 1, 1, 90000));
	CHECK(!sl_topology_recall(&t, 0, 2, 0));
	CHECK(!sl_topology_recall(&t, 0, 2, ~0ull));
	sl_topology_measure(&t, 0);
	CHECK_EQ(t.recalled, 4);
	CHECK_EQ(t.measured, 0);
	CHECK_EQ(sl_topology_round_ps(&t, 4, 6), 90000);
	CHECK_EQ(sl_topology_round_ps(&t, 2, 4), 800000);
	CHECK_EQ(sl_topology_round_ps(&t, 0, 6), 900000);
	CHECK_EQ(t.origin[0][1], SL_RECALLED);
	CHECK_EQ(t.origin[3][4], SL_GUESSED);
	/* What is corrected speaks for them, too. */
	sl_topology_correct(&t, 1, 0, 60000);
	CHECK_EQ(t.origin[0][1], SL_MEASURED);
	CHECK_EQ(sl_topology_round_ps(&t, 0, 1), 60000);
	CHECK_EQ(sl_topology_round_ps(&t, 4, 6), 60000);
	CHECK(sl_topology_round_ps(&t, 2, 2) &&
	      sl_topology_round_ps(&t, 2, 2) < 60000);
	CHECK(sl_topology_round_ps(&t, 2, 77) > 0);
}

static void check_sound(void)
{
	u32 i, j;

	for (i = 0; i < t.cpu_count; i++)
		for (j = 0; j < t.cpu_count; j++) {
			CHECK_EQ(t.round_ps[i][j], t.round_ps[j][i]);
			CHECK_EQ(t.origin[i][j], t.origin[j][i]);
			CHECK_EQ(t.round_ps[i][j] > 0, i != j);
		}
}

/*
 * This machine.  Others may have its CPUs for so long that nothing can be
 * measured; then guesses stand, and what is recalled.
 */
static void try_here(u32 i)
{
	u16 cpus[SL_CORES_MAX];
	u32 count = 0, tries, cpu;
	cpu_set_t set;

	(void)i;
	CHECK(!sched_getaffinity(0, sizeof(set), &set));
	for (cpu = 0; cpu < CPU_SETSIZE && count < SL_CORES_MAX; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[count++] = cpu;
	sl_topology_describe(&t, cpus, count);
	check_sound();
	sl_topology_measure(&t, 10000000);
	check_sound();
	CHECK(!t.drifted);
	if (count < 2)
		return;
	for (tries = 0; tries < 50; tries++) {
		cpu_set_t after;

		sl_topology_describe(&t, cpus, 2);
		CHECK(sl_topology_recall(&t, cpus[1], cpus[0], 90000000));
		sl_topology_measure(&t, 20000000);
		check_sound();
		CHECK_EQ(t.measured > 0, t.drifted);
		CHECK_EQ(t.recalled + t.measured, 1);
		CHECK_EQ(t.origin[0][1],
			 t.measured ? SL_MEASURED : SL_RECALLED);
		CHECK(!sched_getaffinity(0, sizeof(after), &after) &&
		      CPU_EQUAL(&set, &after));
		if (t.measured)
			break;
	}
	CHECK(t.drifted ? t.round_ps[0][1] < 60000000
			: t.round_ps[0][1] == 90000000);
}

static void test_probe(void)
{
	struct sl_probe probe = { 0 };
	u64 until_ns = ktime_get_ns() + 20000000000ull;
	bool done;

	CHECK_EQ(sl_probe_line(0, 0, 1000000), 0);
	CHECK_EQ(sl_probe_line(0, 60000, 1000000), 0);
	CHECK_EQ(sl_probe_line(60000, 0, 1000000), 0);
	CHECK(!sl_probe_done(&probe));
	sl_probe_end(&probe);
	CHECK_EQ(sl_probe_start(&probe, 0, 60000, 1000000), 0);
	while (!(done = sl_probe_done(&probe)) && ktime_get_ns() < until_ns)
		usleep(1000);
	CHECK(done && !probe.round_ps);
	CHECK(!sl_probe_done(&probe));
	CHECK_EQ(sl_probe_start(&probe, 0, 1, 1000000), 0);
	sl_probe_end(&probe);
	CHECK(!probe.started);
}

static void test_differ(void)
{
	static const struct {
		u32 a, b;
		bool differ;
	} cases[] = {
		{ 100, 100, false }, { 100, 140, false }, { 100, 151, true },
		{ 60000, 500000, true }, { ~0u, ~0u - 1, false }, { ~0u, 1, true },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_EQ(sl_topology_differ(cases[i].a, cases[i].b),
			 cases[i].differ);
		CHECK_EQ(sl_topology_differ(cases[i].b, cases[i].a),
			 cases[i].differ);
	}
}

/* CPUs that are there and those that are not, for people. */
static void try_absent(u32 i)
{
	cpu_set_t set;

	(void)i;
	CHECK(!sl_topology_absent(60000));
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	CHECK(!sched_setaffinity(0, sizeof(set), &set));
	for (i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			CHECK(strstr(sl_topology_absent(i), "taskset"));
}

int main(void)
{
	u32 i;

	snprintf(xml, sizeof(xml), "/tmp/topology_test.%d.xml", getpid());
	for (i = 0; i < ARRAY_SIZE(joints); i++)
		in_child(try_joint, i);
	for (i = 0; i < ARRAY_SIZE(blind); i++)
		in_child(try_blind, i);
	for (i = 0; i < ARRAY_SIZE(hybrids); i++)
		in_child(try_hybrid, i);
	in_child(try_guesses, 0);
	in_child(try_here, 0);
	in_child(try_absent, 0);
	test_probe();
	test_differ();
	TEST_END();
}
