// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Cores as kernel threads, each bound to its CPU; core_user.c is the twin.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/wait.h>
#include <linux/delay.h>

#include "sched/core.h"
#include "sched/park.h"
#include "sched/watch.h"

#define SLEEP_JIFFIES_MAX	(HZ / 10)	/* ticks must go on */

/* There are no descriptors here; kernel stages ring their core's bell. */
struct sl_watch {
	struct sl_core *core;
};

struct sl_host {
	struct task_struct *task;
	struct wait_queue_head bell;
	bool rung;
};

int sl_core_open(struct sl_core *core)
{
	struct sl_host *host = kzalloc(sizeof(*host), GFP_KERNEL);

	if (!host)
		return -ENOMEM;
	init_waitqueue_head(&host->bell);
	core->host = host;
	return 0;
}

void sl_core_close(struct sl_core *core)
{
	kfree(core->host);
	core->host = NULL;
}

struct sl_watch *sl_watch_create(struct sl_core *core, bool movable)
{
	struct sl_watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL);

	if (watch)
		watch->core = core;
	return watch;
}

void sl_watch_destroy(struct sl_watch *watch)
{
	kfree(watch);
}

int sl_watch_join(struct sl_watch *watch, struct sl_core *core)
{
	return 0;
}

void sl_watch_move(struct sl_watch *watch, struct sl_core *core)
{
	WRITE_ONCE(watch->core, core);
}

void sl_watch_leave(struct sl_watch *watch, struct sl_core *core)
{
}

int sl_stage_watch(struct sl_stage *stage, int fd)
{
	return -EOPNOTSUPP;
}

void sl_stage_log(const struct sl_stage *stage, const char *format, ...)
{
	struct va_format line = { .fmt = format };
	va_list args;

	va_start(args, format);
	line.va = &args;
	pr_info("sluice: %s: %pV\n", stage->name, &line);
	va_end(args);
}

void sl_core_wake(struct sl_core *core)
{
	WRITE_ONCE(core->sleeping, 0);
	/* Pairs with the exchange in doze(). */
	smp_store_release(&core->host->rung, true);
	wake_up(&core->host->bell);
}

/* As in watch_user.c. */
void sl_stage_wake(struct sl_stage *stage)
{
	smp_mb();
	sl_core_wake(READ_ONCE(stage->watch->core));
}

/* How long a thread ran is not told to modules. */
u64 sl_core_stolen(struct sl_core *core)
{
	return 0;
}

void sl_core_pause(void)
{
	usleep_range(200, 400);
}

static void pass_barrier(void *unused)
{
	smp_mb();
}

/* Makes every CPU on which the pipeline runs pass a full barrier. */
static void barrier_elsewhere(const struct sl_core *core)
{
	u32 i;

	for (i = 0; i < core->core_count; i++)
		smp_call_function_single(core->all[i].place.cpu, pass_barrier,
					 NULL, 1);
}

static void doze(struct sl_core *core)
{
	struct sl_host *host = core->host;
	unsigned long timeout = sl_core_hungry(core) || READ_ONCE(core->stop) ?
				1 : SLEEP_JIFFIES_MAX;

	WRITE_ONCE(core->sleeping, 1);
	/* Either the others see the flag now, or we see what they pushed. */
	barrier_elsewhere(core);
	if (!sl_core_doze(core, true) && !sl_core_ready(core) &&
	    !sl_core_called(core) &&
	    READ_ONCE(core->stop) != SL_STOP_NOW) {
		WRITE_ONCE(core->counters->sleeps, core->counters->sleeps + 1);
		/* Pairs with sl_core_wake(). */
		wait_event_idle_timeout(host->bell, xchg(&host->rung, false),
					timeout);
	}
	WRITE_ONCE(core->sleeping, 0);
	sl_core_doze(core, false);
}

/* Returns when the last time began at which there was no work. */
static u64 wait_for_work(struct sl_core *core, u64 start)
{
	u64 now = start;

	while (now < start + core->poll_ns) {
		cpu_relax();
		if (unlikely(sl_core_called(core)))
			return now;
		if (sl_core_turn(core))
			return now;
		/* Others want the CPU: polling would take it from them. */
		if (need_resched())
			break;
		now = ktime_get_ns();
	}
	doze(core);
	return ktime_get_ns();
}

static void idle(struct sl_core *core)
{
	struct sl_core_counters *c = core->counters;
	u64 start = ktime_get_ns();

	WRITE_ONCE(c->idle_ns, c->idle_ns + wait_for_work(core, start) - start);
}

static int work(void *arg)
{
	struct sl_core *core = arg;

	while (READ_ONCE(core->stop) != SL_STOP_NOW) {
		if (unlikely(sl_core_called(core)))
			sl_core_stand(core);
		if (!sl_core_turn(core))
			idle(core);
		/* Plain cond_resched() would keep tracers from attaching. */
		cond_resched_tasks_rcu_qs();
	}
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

int sl_core_start(struct sl_core *core)
{
	struct task_struct *task;

	task = kthread_create(work, core, "sluice/%u.%u", core->place.cpu,
			      core->place.thread);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, core->place.cpu);
	core->host->task = task;
	wake_up_process(task);
	return 0;
}

void sl_core_join(struct sl_core *core)
{
	if (core->host->task)
		kthread_stop(core->host->task);
	core->host->task = NULL;
}
