// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <linux/compiler.h>
#include <asm/barrier.h>

#include "sched/watch.h"

struct sl_watch {
	struct sl_core *core;
	bool movable;
	int epoll;		/* -1: there is nothing to watch yet */
};

/* What epoll says of it tells it from the core's bell, which is 0. */
static int add(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 1 };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/**
 * sl_watch_create() - nothing is watched yet
 * @core: core of the stage
 * @movable: may that change
 *
 * Return: the watch, or NULL if there is no memory.
 */
struct sl_watch *sl_watch_create(struct sl_core *core, bool movable)
{
	struct sl_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->core = core;
	watch->movable = movable;
	watch->epoll = -1;
	return watch;
}

void sl_watch_destroy(struct sl_watch *watch)
{
	if (watch->movable && watch->epoll >= 0)
		close(watch->epoll);
	free(watch);
}

/**
 * sl_watch_join() - let a core wake for what is watched, too
 * @watch: watch of a stage that does not run now
 * @core: any core of its pipeline
 *
 * Return: 0 or a negative errno.
 */
int sl_watch_join(struct sl_watch *watch, struct sl_core *core)
{
	if (watch->epoll < 0)
		return 0;
	return add(sl_core_epoll(core), watch->epoll);
}

void sl_watch_move(struct sl_watch *watch, struct sl_core *core)
{
	WRITE_ONCE(watch->core, core);
}

void sl_watch_leave(struct sl_watch *watch, struct sl_core *core)
{
	if (watch->epoll >= 0)
		epoll_ctl(sl_core_epoll(core), EPOLL_CTL_DEL, watch->epoll,
			  NULL);
}

/* A watch that nothing is in is not made, as most stages need none. */
static int make(struct sl_watch *watch)
{
	int err;

	if (!watch->movable) {
		watch->epoll = sl_core_epoll(watch->core);
		return 0;
	}
	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch->epoll < 0)
		return -errno;
	err = add(sl_core_epoll(watch->core), watch->epoll);
	if (err) {
		close(watch->epoll);
		watch->epoll = -1;
	}
	return err;
}

int sl_stage_watch(struct sl_stage *stage, int fd)
{
	int err = stage->watch->epoll < 0 ? make(stage->watch) : 0;

	return err ? err : add(stage->watch->epoll, fd);
}

/*
 * Which core it is may change meanwhile.  If that is seen too late, the new
 * one looks at the stage after the change, and sees what came before this:
 * pairs with the barrier in sl_cores_release().
 */
void sl_stage_wake(struct sl_stage *stage)
{
	smp_mb();
	sl_core_wake(READ_ONCE(stage->watch->core));
}
