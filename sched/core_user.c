// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/timekeeping.h>
#include <asm/processor.h>

#include "sched/core.h"

#define SLEEP_MS_MAX	100	/* ticks must go on */
#define POLL_STEP_NS	1000	/* what polling begins with */

struct sl_watch {
	int epoll;
	struct sl_core *core;
};

struct sl_host {
	pthread_t thread;
	bool started;
	struct sl_watch watch;
	int bell;		/* eventfd that wakes the core */
	u64 poll_ns;		/* how long it pays to poll, by experience */
	long preempted;		/* ru_nivcsw at the last look */
	u64 look_ns;		/* when that was */
	bool crowded;
};

/**
 * sl_core_open() - make what a core sleeps on
 * @core: core with its constants set
 *
 * Return: 0 or a negative errno.
 */
int sl_core_open(struct sl_core *core)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sl_host *host = calloc(1, sizeof(*host));
	int err;

	if (!host)
		return -ENOMEM;
	host->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	host->watch.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (host->bell < 0 || host->watch.epoll < 0 ||
	    epoll_ctl(host->watch.epoll, EPOLL_CTL_ADD, host->bell, &event))
		goto err;

	/* Needed once in a process before membarrier() is used. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	host->poll_ns = core->poll_ns;
	host->watch.core = core;
	core->host = host;
	return 0;
err:
	err = -errno;
	if (host->bell >= 0)
		close(host->bell);
	if (host->watch.epoll >= 0)
		close(host->watch.epoll);
	free(host);
	return err;
}

void sl_core_close(struct sl_core *core)
{
	close(core->host->watch.epoll);
	close(core->host->bell);
	free(core->host);
	core->host = NULL;
}

struct sl_watch *sl_core_watch(struct sl_core *core)
{
	return &core->host->watch;
}

int sl_stage_watch(struct sl_stage *stage, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (epoll_ctl(stage->watch->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	return 0;
}

/**
 * sl_core_wake() - wake a core that sleeps
 * @core: any core; called by any thread
 *
 * Clearing the flag first lets one of several callers ring the bell.
 */
void sl_core_wake(struct sl_core *core)
{
	u64 one = 1;

	WRITE_ONCE(core->sleeping, 0);
	if (write(core->host->bell, &one, sizeof(one)) < 0)
		return;	/* EAGAIN: it rings already */
}

void sl_stage_wake(struct sl_stage *stage)
{
	sl_core_wake(stage->watch->core);
}

void sl_core_pause(void)
{
	usleep(200);
}

/* Sleeps until the bell, a watched descriptor, or the next tick. */
static void doze(struct sl_core *core)
{
	struct epoll_event event[4];
	int wait_ms = sl_core_hungry(core) ? 1 : SLEEP_MS_MAX;
	u64 rung;
	int n, i;

	if (READ_ONCE(core->stop))
		wait_ms = 1;
	WRITE_ONCE(core->sleeping, 1);
	/*
	 * Every other thread passes a full barrier here: either it sees the
	 * flag and rings, or we see what it has pushed.
	 */
	if (core->core_count > 1)
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	if (sl_core_doze(core, true) || sl_core_ready(core) ||
	    READ_ONCE(core->stop) == SL_STOP_NOW) {
		WRITE_ONCE(core->sleeping, 0);
		sl_core_doze(core, false);
		return;
	}
	WRITE_ONCE(core->counters->sleeps, core->counters->sleeps + 1);
	n = epoll_wait(core->host->watch.epoll, event, 4, wait_ms);
	WRITE_ONCE(core->sleeping, 0);
	sl_core_doze(core, false);
	for (i = 0; i < n; i++)
		if (event[i].data.u64 == 0 &&
		    read(core->host->bell, &rung, sizeof(rung)) < 0)
			continue;
}

/* Does somebody else want this CPU?  Then polling takes it from them. */
static void look_around(struct sl_core *core, u64 now)
{
	struct sl_host *host = core->host;
	struct rusage use;

	if (now - host->look_ns < SL_TICK_NS)
		return;
	getrusage(RUSAGE_THREAD, &use);
	host->crowded = use.ru_nivcsw - host->preempted > 2;
	host->preempted = use.ru_nivcsw;
	host->look_ns = now;
	if (host->crowded)
		WRITE_ONCE(core->counters->crowded,
			   core->counters->crowded + 1);
}

/*
 * Waits for work: polls as long as that has paid lately, then sleeps.  A wait
 * that polling would have covered doubles the time, one that it did not
 * halves it.
 */
static void idle(struct sl_core *core)
{
	struct sl_host *host = core->host;
	u64 start = ktime_get_ns();
	u64 limit = host->crowded ? 0 : host->poll_ns;
	u64 now = start;
	u32 i;

	look_around(core, start);
	while (now - start < limit) {
		for (i = 0; i < 8; i++)
			cpu_relax();
		if (sl_core_turn(core)) {
			host->poll_ns = min(core->poll_ns,
					    2 * host->poll_ns + POLL_STEP_NS);
			return;
		}
		now = ktime_get_ns();
	}
	doze(core);
	now = ktime_get_ns();
	if (now - start < core->poll_ns)
		host->poll_ns = min(core->poll_ns,
				    2 * host->poll_ns + POLL_STEP_NS);
	else
		host->poll_ns /= 2;
}

static void *work(void *arg)
{
	struct sl_core *core = arg;

	while (READ_ONCE(core->stop) != SL_STOP_NOW)
		if (!sl_core_turn(core))
			idle(core);
	return NULL;
}

/**
 * sl_core_start() - let a core run its turns on a thread bound to its CPU
 * @core: an open core
 *
 * Return: 0 or a negative errno.
 */
int sl_core_start(struct sl_core *core)
{
	struct sl_host *host = core->host;
	pthread_attr_t attr;
	cpu_set_t cpus;
	char name[32];
	int err;

	CPU_ZERO(&cpus);
	CPU_SET(core->place.cpu, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	err = pthread_create(&host->thread, &attr, work, core);
	pthread_attr_destroy(&attr);
	if (err)
		return -err;
	host->started = true;
	snprintf(name, sizeof(name), "sluice/%u.%u", core->place.cpu,
		 core->place.thread);
	name[15] = 0;	/* all the kernel keeps */
	pthread_setname_np(host->thread, name);
	return 0;
}

void sl_core_join(struct sl_core *core)
{
	if (core->host->started)
		pthread_join(core->host->thread, NULL);
	core->host->started = false;
}
