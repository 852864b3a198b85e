// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/distance.h"
#include "sched/probe_user.h"

/* Between what CPUs that share a cache show and what others show. */
#define NEAR_NS	300

#define TIME_NS	1000000000	/* others may have the CPUs meanwhile */

const char *const sl_distance_name[SL_DISTANCES] = { "near", "far" };

/**
 * sl_distance_probe() - time for a cache line to go there and back
 * @cpu_a: CPU of the calling thread meanwhile
 * @cpu_b: another one
 *
 * Return: the median of several samples, in nanoseconds; 0 on failure.
 */
double sl_distance_probe(int cpu_a, int cpu_b)
{
	return sl_probe_line(cpu_a, cpu_b, TIME_NS) / 1e3;
}

enum sl_distance sl_distance_class(double round_trip_ns)
{
	return round_trip_ns < NEAR_NS ? SL_NEAR : SL_FAR;
}
