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
#include <asm/timex.h>

#include "sched/core.h"
#include "sched/park.h"

#define SLEEP_MS_MAX	100	/* ticks must go on */
#define POLL_STEP_NS	1000	/* what polling begins with */

/* What a thread has had of its CPU. */
struct sl_used {
	long slept;		/* times that it gave the CPU away */
	u64 run_ns;
	u64 now_ns;
	u64 cycles;
};

struct sl_host {
	pthread_t thread;
	bool started;
	int epoll;
	int bell;		/* eventfd that wakes the core */
	u64 poll_ns;		/* how long it pays to poll, by experience */
	long preempted;		/* ru_nivcsw at the last look */
	u64 look_ns;		/* when that was */
	bool crowded;
	struct sl_used seen;	/* when the executor asked last */
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
	host->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (host->bell < 0 || host->epoll < 0 ||
	    epoll_ctl(host->epoll, EPOLL_CTL_ADD, host->bell, &event))
		goto err;

	/* Needed once in a process before membarrier() is used. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	host->poll_ns = core->poll_ns;
	core->host = host;
	return 0;
err:
	err = -errno;
	if (host->bell >= 0)
		close(host->bell);
	if (host->epoll >= 0)
		close(host->epoll);
	free(host);
	return err;
}

void sl_core_close(struct sl_core *core)
{
	close(core->host->epoll);
	close(core->host->bell);
	free(core->host);
	core->host = NULL;
}

/* What the core sleeps on; whoever asks has something to put into it. */
int sl_core_epoll(struct sl_core *core)
{
	return core->host->epoll;
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
	    sl_core_called(core) || READ_ONCE(core->stop) == SL_STOP_NOW) {
		WRITE_ONCE(core->sleeping, 0);
		sl_core_doze(core, false);
		return;
	}
	WRITE_ONCE(core->counters->sleeps, core->counters->sleeps + 1);
	n = epoll_wait(core->host->epoll, event, 4, wait_ms);
	WRITE_ONCE(core->sleeping, 0);
	sl_core_doze(core, false);
	for (i = 0; i < n; i++)
		if (event[i].data.u64 == 0 &&
		    read(core->host->bell, &rung, sizeof(rung)) < 0)
			continue;
}

/**
 * sl_core_stolen() - how long others had the core's CPU since the last call
 * @core: core of the caller
 *
 * A system call; for times that are long already.  What lies before a sleep
 * cannot be told from it, and counts as nothing.
 *
 * Return: in units of get_cycles().
 */
u64 sl_core_stolen(struct sl_core *core)
{
	struct sl_used *seen = &core->host->seen, now;
	struct timespec run;
	struct rusage use;
	u64 stolen, stolen_ns, wall_ns;

	getrusage(RUSAGE_THREAD, &use);
	/* That of rusage is as old as the last tick. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &run);
	now = (struct sl_used){
		.slept = use.ru_nvcsw,
		.run_ns = run.tv_sec * 1000000000ull + run.tv_nsec,
		.now_ns = ktime_get_ns(),
		.cycles = get_cycles(),
	};
	wall_ns = now.now_ns - seen->now_ns;
	stolen_ns = wall_ns - min(wall_ns, now.run_ns - seen->run_ns);
	if (seen->slept != now.slept || !seen->now_ns || !wall_ns)
		stolen_ns = 0;
	wall_ns = max_t(u64, wall_ns, 1);
	stolen = (now.cycles - seen->cycles) * ((double)stolen_ns / wall_ns);
	*seen = now;
	return stolen;
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
 * halves it.  Returns when the last time began at which there was none.
 */
static u64 wait_for_work(struct sl_core *core, u64 start)
{
	struct sl_host *host = core->host;
	u64 limit = host->crowded ? 0 : host->poll_ns;
	u64 now = start;
	u32 i;

	while (now - start < limit) {
		for (i = 0; i < 8; i++)
			cpu_relax();
		if (unlikely(sl_core_called(core)))
			return now;
		if (sl_core_turn(core)) {
			host->poll_ns = min(core->poll_ns,
					    2 * host->poll_ns + POLL_STEP_NS);
			return now;
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
	return now;
}

static void idle(struct sl_core *core)
{
	struct sl_core_counters *c = core->counters;
	u64 start = ktime_get_ns();

	look_around(core, start);
	WRITE_ONCE(c->idle_ns, c->idle_ns + wait_for_work(core, start) - start);
}

static void *work(void *arg)
{
	struct sl_core *core = arg;

	struct sl_perf_status status;

	WRITE_ONCE(core->thread, syscall(SYS_gettid));
	core->perf = sl_perf_open(&status);
	WRITE_ONCE(core->perf_status.works, status.works);
	WRITE_ONCE(core->perf_status.error, status.error);
	/* Pairs with sl_pipeline_perf(). */
	smp_store_release(&core->perf_status.state, status.state);
	while (READ_ONCE(core->stop) != SL_STOP_NOW) {
		if (unlikely(sl_core_called(core)))
			sl_core_stand(core);
		if (!sl_core_turn(core))
			idle(core);
	}
	if (core->perf)
		sl_perf_close(core->perf);
	core->perf = NULL;
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
	if (!core->unbound)
		pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	err = pthread_create(&host->thread, &attr, work, core);
	pthread_attr_destroy(&attr);
	if (err)
		return -err;
	host->started = true;
	snprintf(name, sizeof(name), "sluice/%u.%u", core->place.cpu,
		 core->place.thread);
	name[15] = 0; /* all the kernel keeps */
	pthread_setname_np(host->thread, name);
	return 0;
}

void sl_core_join(struct sl_core *core)
{
	if (core->host->started)
		pthread_join(core->host->thread, NULL);
	core->host->started = false;
}
