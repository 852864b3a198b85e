// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <asm/barrier.h>

#include "sched/topology.h"

#define TRIPS		16	/* of one sample */
#define SAMPLES		11
#define PAIR_NS		2000000	/* longer than that others have the CPUs */
#define SPINS		256	/* between two looks at the clock */

/* Round trips where none could be measured. */
static const u32 usual_ps[SL_JOINTS] = {
	[SL_JOINT_CORE] = 40000,
	[SL_JOINT_CACHE] = 120000,
	[SL_JOINT_PACKAGE] = 300000,
	[SL_JOINT_NONE] = 500000,
};

struct probe {
	u32 ball ____cacheline_aligned;
	u32 over ____cacheline_aligned;	/* written by the one who asks */
	u16 cpu;
};

static bool bind_to(u16 cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void *answer(void *arg)
{
	struct probe *probe = arg;
	u32 i = 1;

	bind_to(probe->cpu);
	/* Pairs with the end of measure(). */
	while (!smp_load_acquire(&probe->over))
		if (READ_ONCE(probe->ball) == i) {
			WRITE_ONCE(probe->ball, i + 1);
			i += 2;
		}
	return NULL;
}

/* Sends the ball and waits for it; false if that takes too long. */
static bool trip(struct probe *probe, u32 *ball, u64 until_ns)
{
	u32 spins = 0;

	WRITE_ONCE(probe->ball, ++*ball);
	while (READ_ONCE(probe->ball) != *ball + 1)
		if (++spins % SPINS == 0 && ktime_get_ns() > until_ns)
			return false;
	++*ball;
	return true;
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

static u32 median(u32 *value, u32 count)
{
	qsort(value, count, sizeof(*value), compare);
	return value[count / 2];
}

/* Of a line between the calling thread's CPU and another; 0: cannot tell. */
static u32 measure(u16 cpu)
{
	struct probe probe = { .cpu = cpu };
	u64 until_ns = ktime_get_ns() + PAIR_NS;
	u32 sample[SAMPLES];
	u32 ball = 0, count = 0, i;
	pthread_t thread;
	bool going;

	if (pthread_create(&thread, NULL, answer, &probe))
		return 0;
	/* The first one waits for the other thread to begin. */
	going = trip(&probe, &ball, until_ns);
	while (going && count < SAMPLES) {
		u64 start = ktime_get_ns();

		for (i = 0; going && i < TRIPS; i++)
			going = trip(&probe, &ball, until_ns);
		if (going)
			sample[count++] = (ktime_get_ns() - start) * 1000 /
					  TRIPS;
	}
	smp_store_release(&probe.over, 1);
	pthread_join(thread, NULL);
	return count ? median(sample, count) : 0;
}

/* A number from the system's description of a CPU; -1 if there is none. */
static long describe(u16 cpu, const char *what)
{
	char path[96];
	long number = -1;
	FILE *in;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/%s", cpu,
		 what);
	in = fopen(path, "re");
	if (!in)
		return -1;
	if (fscanf(in, "%ld", &number) != 1)
		number = -1;
	fclose(in);
	return number;
}

static void find_joints(struct sl_topology *t)
{
	static const char *const what[] = { "topology/physical_package_id",
					    "cache/index3/id",
					    "topology/core_id" };
	long number[SL_CORES_MAX][3];
	u32 i, j, k;

	for (i = 0; i < t->cpu_count; i++)
		for (k = 0; k < 3; k++)
			number[i][k] = describe(t->cpu[i], what[k]);
	for (i = 0; i < t->cpu_count; i++) {
		for (j = 0; j < t->cpu_count; j++) {
			u8 joint = SL_JOINT_NONE;

			/* What is not described is not shared. */
			for (k = 0; k < 3 && number[i][k] >= 0 &&
				    number[i][k] == number[j][k]; k++)
				joint--;
			t->joint[i][j] = joint;
		}
	}
}

/* Measures as many pairs as there is time for, those of the first CPU first. */
static void measure_all(struct sl_topology *t, u64 until_ns)
{
	u32 i, j, ps;

	for (i = 0; i < t->cpu_count; i++) {
		if (!bind_to(t->cpu[i]))
			continue;
		for (j = i + 1; j < t->cpu_count; j++) {
			if (ktime_get_ns() >= until_ns)
				return;
			ps = measure(t->cpu[j]);
			if (!ps)
				continue;
			t->round_ps[i][j] = ps;
			t->round_ps[j][i] = ps;
			t->measured++;
		}
	}
}

static void fill_in(struct sl_topology *t)
{
	static u32 seen[SL_CORES_MAX * SL_CORES_MAX];
	u32 typical[SL_JOINTS];
	u32 i, j, joint, count;

	for (joint = 0; joint < SL_JOINTS; joint++) {
		count = 0;
		for (i = 0; i < t->cpu_count; i++)
			for (j = i + 1; j < t->cpu_count; j++)
				if (t->joint[i][j] == joint && t->round_ps[i][j])
					seen[count++] = t->round_ps[i][j];
		typical[joint] = count ? median(seen, count) : usual_ps[joint];
	}
	for (i = 0; i < t->cpu_count; i++)
		for (j = 0; j < t->cpu_count; j++)
			if (i != j && !t->round_ps[i][j])
				t->round_ps[i][j] = typical[t->joint[i][j]];
}

/**
 * sl_topology_look() - measure how far CPUs are from each other
 * @topology: where to put it
 * @cpus: CPUs that may be used
 * @cpu_count: how many, at most SL_CORES_MAX
 * @time_ns: how long that may take; with 0 nothing is measured
 *
 * Threads on these CPUs spin meanwhile.  Not for two threads at once.
 */
void sl_topology_look(struct sl_topology *topology, const u16 *cpus,
		      u32 cpu_count, u64 time_ns)
{
	cpu_set_t before;

	memset(topology, 0, sizeof(*topology));
	topology->cpu_count = cpu_count;
	memcpy(topology->cpu, cpus, cpu_count * sizeof(cpus[0]));
	find_joints(topology);
	if (time_ns && cpu_count > 1 &&
	    !pthread_getaffinity_np(pthread_self(), sizeof(before), &before)) {
		measure_all(topology, ktime_get_ns() + time_ns);
		pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
	}
	fill_in(topology);
}
