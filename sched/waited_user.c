// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdio.h>

#include "sched/waited.h"

/**
 * sl_thread_waited() - how long a thread has run and waited
 * @thread: its number in this process
 * @run_ns: set to the time for which it ran, from its start
 * @wait_ns: set to the time for which it was to run and did not
 *
 * Return: whether that is known.
 */
bool sl_thread_waited(u32 thread, u64 *run_ns, u64 *wait_ns)
{
	unsigned long long run, wait;
	char path[64];
	FILE *in;
	int n;

	snprintf(path, sizeof(path), "/proc/self/task/%u/schedstat", thread);
	in = fopen(path, "re");
	if (!in)
		return false;
	n = fscanf(in, "%llu %llu", &run, &wait);
	fclose(in);
	*run_ns = run;
	*wait_ns = wait;
	return n == 2;
}
