// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "bench/median.h"
#include "bench/wake.h"

#define SAMPLES		(SL_MEDIAN_MAX < 200 ? SL_MEDIAN_MAX : 200)
#define WORK_NS		100000	/* between two wake-ups: it sleeps meanwhile */

struct probe {
	int bell, epoll;
	int cpu;
	u64 woken_ns;		/* by the sleeper, when it runs */
	bool ready, stop;
};

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *sleeper(void *arg)
{
	struct probe *probe = arg;
	struct epoll_event event;
	u64 rung;

	bind_to(probe->cpu);
	WRITE_ONCE(probe->ready, true);
	while (!READ_ONCE(probe->stop)) {
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
		if (epoll_wait(probe->epoll, &event, 1, 100) < 1)
			continue;
		WRITE_ONCE(probe->woken_ns, ktime_get_ns());
		if (read(probe->bell, &rung, sizeof(rung)) < 0)
			break;
	}
	return NULL;
}

static void work(u32 rounds)
{
	u32 i;

	for (i = 0; i < rounds; i++)
		barrier();
}

/* As many rounds as take WORK_NS, and how long they do if nothing disturbs. */
static u32 calibrate(double *ns)
{
	u64 least = ~0ull, start;
	u32 rounds = 1000, i;

	for (;;) {
		start = ktime_get_ns();
		work(rounds);
		if (ktime_get_ns() - start >= WORK_NS)
			break;
		rounds += rounds / 4;
	}
	for (i = 0; i < 50; i++) {
		start = ktime_get_ns();
		work(rounds);
		least = min(least, ktime_get_ns() - start);
	}
	*ns = least;
	return rounds;
}

static int measure(struct probe *probe, struct sl_wake *wake)
{
	double cost[SL_MEDIAN_MAX], delay[SL_MEDIAN_MAX], alone_ns;
	u32 rounds, i, count = 0;
	u64 one = 1;

	while (!READ_ONCE(probe->ready))
		sched_yield();
	rounds = calibrate(&alone_ns);
	/* The first ones find it awake, or nowhere. */
	for (i = 0; i < SAMPLES + 5; i++) {
		u64 start = ktime_get_ns(), ring, end;

		WRITE_ONCE(probe->woken_ns, 0);
		ring = ktime_get_ns();
		if (write(probe->bell, &one, sizeof(one)) < 0)
			return -errno;
		work(rounds);
		end = ktime_get_ns();
		/* One that has not run by then says nothing of waking. */
		if (i < 5 || READ_ONCE(probe->woken_ns) < ring)
			continue;
		cost[count] = end - start - alone_ns;
		delay[count++] = READ_ONCE(probe->woken_ns) - ring;
	}
	if (count < SAMPLES / 4)
		return -EAGAIN;
	wake->cost_ns = max(0.0, sl_median(cost, count));
	wake->delay_ns = sl_median(delay, count);
	return 0;
}

/**
 * sl_wake_probe() - what it costs to wake a core
 * @cpu_a: CPU of the calling thread meanwhile, which wakes
 * @cpu_b: another one, which sleeps
 * @wake: where to put the medians of many wake-ups
 *
 * Return: 0 or a negative errno.
 */
int sl_wake_probe(int cpu_a, int cpu_b, struct sl_wake *wake)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct probe probe = { .cpu = cpu_b };
	cpu_set_t before;
	pthread_t thread;
	int err = -EMFILE;

	probe.bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	probe.epoll = epoll_create1(EPOLL_CLOEXEC);
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	if (probe.bell < 0 || probe.epoll < 0 ||
	    epoll_ctl(probe.epoll, EPOLL_CTL_ADD, probe.bell, &event))
		goto out;
	sched_getaffinity(0, sizeof(before), &before);
	err = -pthread_create(&thread, NULL, sleeper, &probe);
	if (!err) {
		bind_to(cpu_a);
		err = measure(&probe, wake);
		WRITE_ONCE(probe.stop, true);
		pthread_join(thread, NULL);
		sched_setaffinity(0, sizeof(before), &before);
	}
out:
	if (probe.bell >= 0)
		close(probe.bell);
	if (probe.epoll >= 0)
		close(probe.epoll);
	return err;
}
