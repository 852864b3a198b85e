// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "sched/probe_user.h"
#include "sched/topology_own.h"

#define PAIR_NS		2000000	/* longer than that others have the CPUs */
#define CHECKS		8	/* pairs that speak for all recalled ones, */
#define CHECK_SHARE	5	/* in this part of the time, if others lack */
#define ROUND_PS_MAX	100000000

/* Round trips where none could be measured. */
static const u32 usual_ps[SL_JOINTS] = {
	[SL_JOINT_CORE] = 40000,
	[SL_JOINT_CLUSTER] = 80000,
	[SL_JOINT_CACHE] = 120000,
	[SL_JOINT_NODE] = 200000,
	[SL_JOINT_PACKAGE] = 300000,
	[SL_JOINT_NONE] = 500000,
};

const char *sl_joint_name(enum sl_joint joint)
{
	static const char *const names[SL_JOINTS] = {
		[SL_JOINT_CORE] = "core",
		[SL_JOINT_CLUSTER] = "cluster",
		[SL_JOINT_CACHE] = "cache",
		[SL_JOINT_NODE] = "node",
		[SL_JOINT_PACKAGE] = "package",
		[SL_JOINT_NONE] = "none",
	};

	return joint < SL_JOINTS ? names[joint] : "none";
}

/**
 * sl_topology_describe() - what is known of CPUs before anything is measured
 * @topology: where to put it
 * @cpus: CPUs that may be used
 * @cpu_count: how many, at most SL_CORES_MAX
 *
 * Where hwloc knows nothing, CPUs have nothing in common.
 */
void sl_topology_describe(struct sl_topology *topology, const u16 *cpus,
			  u32 cpu_count)
{
	u32 i;

	memset(topology, 0, sizeof(*topology));
	topology->cpu_count = min_t(u32, cpu_count, SL_CORES_MAX);
	for (i = 0; i < topology->cpu_count; i++)
		topology->cpu[i] = (struct sl_topology_cpu){
			cpus[i], 0, -1, -1, -1, -1,
		};
	memset(topology->joint, SL_JOINT_NONE, sizeof(topology->joint));
	sl_topology_shape(topology);
	sl_topology_measure(topology, 0);
}

static int find(const struct sl_topology *t, u32 cpu)
{
	u32 i;

	for (i = 0; i < t->cpu_count; i++)
		if (t->cpu[i].cpu == cpu)
			return i;
	return -1;
}

static void set(struct sl_topology *t, u32 i, u32 j, u32 round_ps,
		enum sl_origin origin)
{
	t->round_ps[i][j] = round_ps;
	t->round_ps[j][i] = round_ps;
	t->origin[i][j] = origin;
	t->origin[j][i] = origin;
}

/**
 * sl_topology_recall() - take over a distance that was measured earlier
 * @topology: that is described
 * @cpu_a: number of a CPU
 * @cpu_b: and of another
 * @round_ps: from one to the other and back, then
 *
 * sl_topology_measure() decides what it is worth.
 *
 * Return: whether it was of any use.
 */
bool sl_topology_recall(struct sl_topology *topology, u32 cpu_a, u32 cpu_b,
			u64 round_ps)
{
	int i = find(topology, cpu_a), j = find(topology, cpu_b);

	if (i < 0 || j < 0 || i == j || !round_ps || round_ps > ROUND_PS_MAX)
		return false;
	set(topology, i, j, round_ps, SL_RECALLED);
	return true;
}

/**
 * sl_topology_differ() - are two measurements of a distance not of one
 * @round_ps: one of them
 * @other_ps: and the other
 *
 * Measurements of one distance vary by a fifth; caches that are shared or not
 * make a factor of two and more.
 */
bool sl_topology_differ(u32 round_ps, u32 other_ps)
{
	u64 more = max(round_ps, other_ps), less = min(round_ps, other_ps);

	return 2 * more > 3 * less;
}

static u32 count_of(const struct sl_topology *t, enum sl_origin origin)
{
	u32 i, j, count = 0;

	for (i = 0; i < t->cpu_count; i++)
		for (j = i + 1; j < t->cpu_count; j++)
			count += t->origin[i][j] == origin;
	return count;
}

static u32 measure_pair(struct sl_topology *t, u32 i, u32 j)
{
	u32 ps = sl_probe_line(t->cpu[i].cpu, t->cpu[j].cpu, PAIR_NS);

	if (ps) {
		set(t, i, j, ps, SL_MEASURED);
		t->measured++;
	}
	return ps;
}

/* Some recalled pairs, from all over the table and each time other ones. */
static bool check_some(struct sl_topology *t, u64 until_ns)
{
	u32 stride = max_t(u32, count_of(t, SL_RECALLED) / CHECKS, 1);
	u32 next = ktime_get_ns() / 1000 % stride;
	u32 seen = 0, i, j;

	for (i = 0; i < t->cpu_count; i++)
		for (j = i + 1; j < t->cpu_count; j++) {
			u32 before = t->round_ps[i][j], now;

			if (t->origin[i][j] != SL_RECALLED || seen++ != next)
				continue;
			if (ktime_get_ns() >= until_ns)
				return false;
			next += stride;
			now = measure_pair(t, i, j);
			if (now && sl_topology_differ(before, now))
				return true;
		}
	return false;
}

/*
 * Does what is recalled hold no longer?  If no pair can be measured now, that
 * cannot be told.
 */
static bool has_drifted(struct sl_topology *t, u64 until_ns)
{
	bool drifted = false;

	while (!t->measured && count_of(t, SL_RECALLED) &&
	       ktime_get_ns() < until_ns)
		drifted = check_some(t, until_ns);
	return drifted;
}

static void forget(struct sl_topology *t)
{
	u32 i, j;

	for (i = 0; i < t->cpu_count; i++)
		for (j = i + 1; j < t->cpu_count; j++)
			if (t->origin[i][j] == SL_RECALLED)
				set(t, i, j, 0, SL_GUESSED);
}

/*
 * As many pairs as there is time for, those of the first CPU first.  Some may
 * take another try, if others had the CPU.
 */
static void measure_missing(struct sl_topology *t, u64 until_ns)
{
	u32 i, j;

	while (count_of(t, SL_GUESSED))
		for (i = 0; i < t->cpu_count; i++)
			for (j = i + 1; j < t->cpu_count; j++) {
				if (t->origin[i][j] != SL_GUESSED)
					continue;
				if (ktime_get_ns() >= until_ns)
					return;
				measure_pair(t, i, j);
			}
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

/* Of the pairs that are joined in one way, as far as they are known. */
static u32 typical(const struct sl_topology *t, enum sl_joint joint)
{
	static u32 known[SL_CORES_MAX * SL_CORES_MAX / 2];
	u32 count = 0, i, j;

	for (i = 0; i < t->cpu_count; i++)
		for (j = i + 1; j < t->cpu_count; j++)
			if (t->joint[i][j] == joint &&
			    t->origin[i][j] != SL_GUESSED)
				known[count++] = t->round_ps[i][j];
	if (!count)
		return usual_ps[joint];
	qsort(known, count, sizeof(*known), compare);
	return known[count / 2];
}

static void fill_in(struct sl_topology *t)
{
	u32 guess[SL_JOINTS];
	u32 i, j;

	for (i = 0; i < SL_JOINTS; i++)
		guess[i] = typical(t, i);
	for (i = 0; i < t->cpu_count; i++)
		for (j = i + 1; j < t->cpu_count; j++)
			if (t->origin[i][j] == SL_GUESSED)
				set(t, i, j, guess[t->joint[i][j]], SL_GUESSED);
}

/**
 * sl_topology_measure() - measure how far CPUs are from each other
 * @topology: that is described, with what is recalled
 * @time_ns: how long that may take; with 0 nothing is measured
 *
 * Threads on these CPUs spin meanwhile, the calling one among them.
 */
void sl_topology_measure(struct sl_topology *topology, u64 time_ns)
{
	u64 now = ktime_get_ns();

	topology->measured = 0;
	if (time_ns) {
		u32 share = count_of(topology, SL_GUESSED) ? CHECK_SHARE : 1;

		topology->drifted = has_drifted(topology, now + time_ns / share);
		if (topology->drifted)
			forget(topology);
		measure_missing(topology, now + time_ns);
	}
	topology->recalled = count_of(topology, SL_RECALLED);
	fill_in(topology);
}

/**
 * sl_topology_correct() - a distance is not what it was
 * @topology: that was measured
 * @a: a CPU, by its place in the topology
 * @b: and another
 * @round_ps: what it is now
 */
void sl_topology_correct(struct sl_topology *topology, u32 a, u32 b,
			 u32 round_ps)
{
	set(topology, a, b, round_ps, SL_MEASURED);
	fill_in(topology);
}

/**
 * sl_topology_round_ps() - how far one CPU is from another
 * @topology: that was measured
 * @cpu_a: number of a CPU
 * @cpu_b: and of another, or the same
 *
 * Return: picoseconds there and back.  Threads that share a CPU have all of
 * its caches in common, as those have that share a core.
 */
u32 sl_topology_round_ps(const struct sl_topology *topology, u16 cpu_a,
			 u16 cpu_b)
{
	int i = find(topology, cpu_a), j = find(topology, cpu_b);

	if (cpu_a == cpu_b)
		return usual_ps[SL_JOINT_CORE];
	return i < 0 || j < 0 ? usual_ps[SL_JOINT_NONE]
			      : topology->round_ps[i][j];
}
