// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

#include "bench/distance.h"

#define TRIPS	20	/* of one sample */
#define SAMPLES	30

/* Between what CPUs that share a cache show and what others show. */
#define NEAR_NS	300

const char *const sl_distance_name[SL_DISTANCES] = { "near", "far" };

struct probe {
	u64 ball ____cacheline_aligned;
	int cpu ____cacheline_aligned;
};

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *answer(void *arg)
{
	struct probe *probe = arg;
	u64 i;

	bind_to(probe->cpu);
	for (i = 1; i <= 2 * TRIPS * SAMPLES; i += 2) {
		while (READ_ONCE(probe->ball) != i)
			;
		WRITE_ONCE(probe->ball, i + 1);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * sl_distance_probe() - time for a cache line to go there and back
 * @cpu_a: CPU of the calling thread meanwhile
 * @cpu_b: another one
 *
 * Return: the median of several samples, in nanoseconds; 0 on failure.
 */
double sl_distance_probe(int cpu_a, int cpu_b)
{
	struct probe probe = { .cpu = cpu_b };
	double sample[SAMPLES];
	cpu_set_t before;
	pthread_t thread;
	u64 ball = 1;
	int i, j;

	sched_getaffinity(0, sizeof(before), &before);
	if (pthread_create(&thread, NULL, answer, &probe))
		return 0;
	bind_to(cpu_a);
	for (i = 0; i < SAMPLES; i++) {
		u64 start = ktime_get_ns();

		for (j = 0; j < TRIPS; j++, ball += 2) {
			WRITE_ONCE(probe.ball, ball);
			while (READ_ONCE(probe.ball) != ball + 1)
				;
		}
		sample[i] = (double)(ktime_get_ns() - start) / TRIPS;
	}
	pthread_join(thread, NULL);
	sched_setaffinity(0, sizeof(before), &before);
	qsort(sample, SAMPLES, sizeof(sample[0]), compare);
	return sample[SAMPLES / 2];
}

enum sl_distance sl_distance_class(double round_trip_ns)
{
	return round_trip_ns < NEAR_NS ? SL_NEAR : SL_FAR;
}
