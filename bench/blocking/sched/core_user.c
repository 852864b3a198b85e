// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A peer for sched/core_user.c: threads that the host's scheduler places and
 * that wait on a condition variable whenever their queues are empty.  A stage
 * that has descriptors to watch waits in epoll instead, with an eventfd for a
 * bell, for a condition variable cannot be waited for there.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <linux/compiler.h>
#include <asm/barrier.h>

#include "sched/core.h"
#include "sched/park.h"

#define SLEEP_MS_MAX	100

struct sl_host {
	pthread_t thread;
	bool started;
	int epoll;
	bool watched;		/* a stage sleeps on something, too */
	int bell;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
};

int sl_core_open(struct sl_core *core)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sl_host *host = calloc(1, sizeof(*host));

	if (!host)
		return -ENOMEM;
	pthread_mutex_init(&host->mutex, NULL);
	pthread_cond_init(&host->cond, NULL);
	host->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	host->epoll = epoll_create1(EPOLL_CLOEXEC);
	core->host = host;
	if (host->bell < 0 || host->epoll < 0 ||
	    epoll_ctl(host->epoll, EPOLL_CTL_ADD, host->bell, &event))
		return -errno;
	return 0;
}

void sl_core_close(struct sl_core *core)
{
	close(core->host->epoll);
	close(core->host->bell);
	pthread_cond_destroy(&core->host->cond);
	pthread_mutex_destroy(&core->host->mutex);
	free(core->host);
}

int sl_core_epoll(struct sl_core *core)
{
	core->host->watched = true;
	return core->host->epoll;
}

void sl_core_wake(struct sl_core *core)
{
	struct sl_host *host = core->host;
	u64 one = 1;

	pthread_mutex_lock(&host->mutex);
	WRITE_ONCE(core->sleeping, 0);
	if (host->watched && write(host->bell, &one, sizeof(one)) < 0)
		errno = 0;	/* it rings already */
	pthread_cond_signal(&host->cond);
	pthread_mutex_unlock(&host->mutex);
}

void sl_core_pause(void)
{
	usleep(200);
}

static void wait_in_epoll(struct sl_core *core, int wait_ms)
{
	struct epoll_event event[4];
	u64 rung;

	WRITE_ONCE(core->sleeping, 1);
	/* Pairs with the barrier in sl_cores_halt(). */
	smp_mb();
	if (!sl_core_ready(core) && !sl_core_called(core))
		epoll_wait(core->host->epoll, event, 4, wait_ms);
	WRITE_ONCE(core->sleeping, 0);
	if (read(core->host->bell, &rung, sizeof(rung)) < 0)
		errno = 0;
}

/*
 * Whoever puts an event into a queue after ready() looked at it, under the
 * queue's mutex, sees the flag, which was set before.
 */
static void wait_on_condition(struct sl_core *core, int wait_ms)
{
	struct sl_host *host = core->host;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += wait_ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;

	pthread_mutex_lock(&host->mutex);
	WRITE_ONCE(core->sleeping, 1);
	/* As above. */
	smp_mb();
	if (!sl_core_ready(core) && !sl_core_called(core))
		while (READ_ONCE(core->sleeping) &&
		       !pthread_cond_timedwait(&host->cond, &host->mutex,
					       &until))
			;
	WRITE_ONCE(core->sleeping, 0);
	pthread_mutex_unlock(&host->mutex);
}

/* Its threads sleep all the time, which leaves nothing to tell. */
u64 sl_core_stolen(struct sl_core *core)
{
	(void)core;
	return 0;
}

static void *work(void *arg)
{
	struct sl_core *core = arg;

	while (READ_ONCE(core->stop) != SL_STOP_NOW) {
		int wait_ms = SLEEP_MS_MAX;

		if (sl_core_called(core))
			sl_core_stand(core);
		if (sl_core_turn(core))
			continue;
		if (READ_ONCE(core->stop) || sl_core_hungry(core))
			wait_ms = 1;
		WRITE_ONCE(core->counters->sleeps, core->counters->sleeps + 1);
		if (core->host->watched)
			wait_in_epoll(core, wait_ms);
		else
			wait_on_condition(core, wait_ms);
	}
	return NULL;
}

int sl_core_start(struct sl_core *core)
{
	int err = pthread_create(&core->host->thread, NULL, work, core);

	core->host->started = !err;
	return -err;
}

void sl_core_join(struct sl_core *core)
{
	if (core->host->started)
		pthread_join(core->host->thread, NULL);
	core->host->started = false;
}
