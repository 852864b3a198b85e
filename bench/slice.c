// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <asm/barrier.h>

#include "bench/race.h"
#include "bench/slice.h"

#define PROBE_TRIPS	600

/* What the other thread is asked to do, and what came of it. */
static struct {
	/* Written by the thread that asks. */
	u64 number ____cacheline_aligned;
	sl_slice_half run;	/* NULL: end */
	void *arg;

	/* Written by the other thread. */
	u64 ready ____cacheline_aligned;
	u64 done;
	u64 wrong;
	u64 end_ns;
	long preempted;

	/* By both, in turns. */
	u64 ball ____cacheline_aligned;

	int cpu ____cacheline_aligned;
	pthread_t thread;
	cpu_set_t before;
} job;

static int bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return -pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static long preemptions(void)
{
	struct rusage use;

	getrusage(RUSAGE_THREAD, &use);
	return use.ru_nivcsw;
}

static void *work(void *unused)
{
	u64 number = 0;

	bind_to(job.cpu);
	for (;;) {
		long preempted;

		/* Pairs with ask(). */
		while (smp_load_acquire(&job.number) == number)
			sl_race_pause(1);
		number++;
		if (!job.run)
			return unused;
		preempted = preemptions();
		/* Pairs with sl_slice_run(). */
		smp_store_release(&job.ready, number);
		job.wrong = job.run(job.arg);
		job.end_ns = ktime_get_ns();
		job.preempted = preemptions() - preempted;
		/* Publishes the results; pairs with both(). */
		smp_store_release(&job.done, number);
	}
}

static void ask(sl_slice_half run, void *arg)
{
	job.run = run;
	job.arg = arg;
	/* Pairs with work(). */
	smp_store_release(&job.number, job.number + 1);
}

/* Runs both halves at once and returns when it all began. */
static u64 both(sl_slice_half here, sl_slice_half there, void *arg,
		u64 *wrong, u64 *end_ns)
{
	u64 start_ns;

	ask(there, arg);
	/* Pairs with work(). */
	while (smp_load_acquire(&job.ready) != job.number)
		sl_race_pause(1);
	start_ns = ktime_get_ns();
	*wrong = here(arg);
	*end_ns = ktime_get_ns();
	/* Pairs with work(). */
	while (smp_load_acquire(&job.done) != job.number)
		sl_race_pause(1);
	*wrong += job.wrong;
	*end_ns = max(*end_ns, job.end_ns);
	return start_ns;
}

static u64 serve(void *arg)
{
	u64 i;

	for (i = 1; i <= 2 * PROBE_TRIPS; i += 2) {
		WRITE_ONCE(job.ball, i);
		while (READ_ONCE(job.ball) != i + 1)
			;
	}
	return arg != NULL;
}

static u64 answer(void *arg)
{
	u64 i;

	for (i = 1; i <= 2 * PROBE_TRIPS; i += 2) {
		while (READ_ONCE(job.ball) != i)
			;
		WRITE_ONCE(job.ball, i + 1);
	}
	return arg != NULL;
}

/* Round trip of a line, in nanoseconds. */
static double probe(void)
{
	u64 wrong, end_ns, start_ns;

	job.ball = 0;
	start_ns = both(serve, answer, NULL, &wrong, &end_ns);
	return (double)(end_ns - start_ns) / PROBE_TRIPS;
}

/**
 * sl_slice_run() - run two halves at once
 * @slice: where to put how it went
 * @here: what the calling thread does
 * @there: what the other thread does
 * @arg: given to both
 */
void sl_slice_run(struct sl_slice *slice, sl_slice_half here,
		  sl_slice_half there, void *arg)
{
	double first = probe(), last;
	long preempted = preemptions();
	u64 end_ns, start_ns;

	start_ns = both(here, there, arg, &slice->wrong, &end_ns);
	slice->preempted = preemptions() - preempted + job.preempted;
	slice->ns = end_ns - start_ns;
	last = probe();
	slice->trip_ns = (first + last) / 2;
	slice->where = sl_distance_class(first);
	slice->steady = slice->where == sl_distance_class(last);
}

/**
 * sl_slice_cpus() - two CPUs that this process may use
 * @cpu: where to put their numbers
 *
 * Return: false if there are no two.
 */
bool sl_slice_cpus(int cpu[2])
{
	cpu_set_t set;
	int i, count = 0;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (i = 0; i < CPU_SETSIZE && count < 2; i++)
		if (CPU_ISSET(i, &set))
			cpu[count++] = i;
	return count == 2;
}

/**
 * sl_slice_open() - start the other thread and bind both
 * @cpu_here: CPU of the calling thread from now on
 * @cpu_there: another CPU
 *
 * Return: 0 or a negative errno.
 */
int sl_slice_open(int cpu_here, int cpu_there)
{
	int err;

	pthread_getaffinity_np(pthread_self(), sizeof(job.before), &job.before);
	job.cpu = cpu_there;
	job.number = 0;
	job.ready = 0;
	job.done = 0;
	/* The other one first: it shall not have to wait for this CPU. */
	err = -pthread_create(&job.thread, NULL, work, NULL);
	if (err)
		return err;
	return bind_to(cpu_here);
}

/* Ends the other thread and lets the calling one go where it may. */
void sl_slice_close(void)
{
	ask(NULL, NULL);
	pthread_join(job.thread, NULL);
	pthread_setaffinity_np(pthread_self(), sizeof(job.before), &job.before);
}
