// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <sched.h>
#include <stdlib.h>

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <asm/barrier.h>

#include "sched/probe_user.h"

#define TRIPS		16	/* of one sample */
#define SAMPLES		11
#define SAMPLES_MIN	5	/* fewer may all have been interrupted */
#define SPINS		256	/* between two looks at the clock */

struct court {
	u32 ball ____cacheline_aligned;
	u32 over ____cacheline_aligned;	/* written by the one who asks */
	u16 cpu;
	u64 until_ns;
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
	struct court *court = arg;
	u32 spins = 0;
	u32 i = 1;

	if (!bind_to(court->cpu))
		return NULL;
	/* Pairs with the end of sample().  Who asks may be kept from its CPU. */
	while (!smp_load_acquire(&court->over))
		if (READ_ONCE(court->ball) == i) {
			WRITE_ONCE(court->ball, i + 1);
			i += 2;
		} else if (++spins % SPINS == 0 &&
			   ktime_get_ns() > court->until_ns) {
			break;
		}
	return NULL;
}

/* Sends the ball and waits for it; false if that takes too long. */
static bool trip(struct court *court, u32 *ball)
{
	u32 spins = 0;

	WRITE_ONCE(court->ball, ++*ball);
	while (READ_ONCE(court->ball) != *ball + 1)
		if (++spins % SPINS == 0 && ktime_get_ns() > court->until_ns)
			return false;
	++*ball;
	return true;
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

/* With the calling thread on its CPU. */
static u32 sample(struct court *court)
{
	u32 sample[SAMPLES];
	u32 ball = 0, count = 0, i;
	pthread_t thread;
	bool going;

	if (pthread_create(&thread, NULL, answer, court))
		return 0;
	/* The first one waits for the other thread to begin. */
	going = trip(court, &ball);
	while (going && count < SAMPLES) {
		u64 start = ktime_get_ns();

		for (i = 0; going && i < TRIPS; i++)
			going = trip(court, &ball);
		if (going)
			sample[count++] = (ktime_get_ns() - start) * 1000 /
					  TRIPS;
	}
	smp_store_release(&court->over, 1);
	pthread_join(thread, NULL);
	if (count < SAMPLES_MIN)
		return 0;
	qsort(sample, count, sizeof(*sample), compare);
	return sample[count / 2];
}

/**
 * sl_probe_line() - how long a cache line takes between two CPUs
 * @from: CPU that the calling thread is on meanwhile
 * @to: another one
 * @time_ns: how long that may take
 *
 * Return: picoseconds there and back; 0 if it could not tell, because CPUs are
 * not to be had or others have them.
 */
u32 sl_probe_line(u16 from, u16 to, u64 time_ns)
{
	struct court court = { .cpu = to };
	u32 round_ps = 0;
	cpu_set_t before;

	if (from == to || pthread_getaffinity_np(pthread_self(), sizeof(before),
						 &before))
		return 0;
	if (bind_to(from)) {
		court.until_ns = ktime_get_ns() + time_ns;
		round_ps = sample(&court);
		pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
	}
	return round_ps;
}

static void *run(void *arg)
{
	struct sched_param none = { 0 };
	struct sl_probe *probe = arg;

	/* The thread that answers inherits it. */
	if (!sched_setscheduler(0, SCHED_IDLE, &none))
		probe->round_ps = sl_probe_line(probe->from, probe->to,
						probe->time_ns);
	/* Pairs with sl_probe_done(). */
	smp_store_release(&probe->over, 1);
	return NULL;
}

/**
 * sl_probe_start() - measure while nobody waits
 * @probe: of which sl_probe_done() is to be asked
 * @from: a CPU
 * @to: another one
 * @time_ns: how long that may take
 *
 * Return: 0 or a negative errno.
 */
int sl_probe_start(struct sl_probe *probe, u16 from, u16 to, u64 time_ns)
{
	int err;

	*probe = (struct sl_probe){
		.from = from, .to = to, .time_ns = time_ns,
	};
	err = pthread_create(&probe->thread, NULL, run, probe);
	probe->started = !err;
	return -err;
}

/**
 * sl_probe_done() - has a measurement ended
 * @probe: the measurement; round_ps is its result if it has
 *
 * Return: whether it has; true once for each start.
 */
bool sl_probe_done(struct sl_probe *probe)
{
	/* Pairs with the end of run(). */
	if (!probe->started || !smp_load_acquire(&probe->over))
		return false;
	sl_probe_end(probe);
	return true;
}

/**
 * sl_probe_end() - wait for a measurement, if there is one
 * @probe: the measurement
 */
void sl_probe_end(struct sl_probe *probe)
{
	if (probe->started)
		pthread_join(probe->thread, NULL);
	probe->started = false;
}
