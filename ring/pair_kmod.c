// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Two kernel threads at once, for self-tests. */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "ring/selftest_kmod.h"

#define ENOUGH_NS	40000000ull
#define ENOUGH		1000	/* at least, however long it takes */
#define PAIR_NS_MAX	20000000000ull

struct half {
	struct sl_pair *pair;
	int (*run)(struct sl_pair *pair);
	struct completion done;
	struct task_struct *task;
};

static int work(void *arg)
{
	struct half *half = arg;
	int err = half->run(half->pair);

	if (err)
		WRITE_ONCE(half->pair->failed, true);
	complete(&half->done);
	/* The module must not go before the last of its threads. */
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return err;
}

static int start(struct half *half, int cpu)
{
	init_completion(&half->done);
	half->task = kthread_create(work, half, "sluice/test");
	if (IS_ERR(half->task))
		return PTR_ERR(half->task);
	kthread_bind(half->task, cpu);
	wake_up_process(half->task);
	return 0;
}

static int finish(struct half *half)
{
	wait_for_completion(&half->done);
	return kthread_stop(half->task);
}

/**
 * sl_pair_pause() - wait a little for the other side
 * @pair: the pair of the caller
 *
 * Return: false if there is nothing to wait for any more.
 */
bool sl_pair_pause(struct sl_pair *pair)
{
	cpu_relax();
	cond_resched_tasks_rcu_qs();
	if (READ_ONCE(pair->failed))
		return false;
	if (ktime_get_ns() < pair->until_ns)
		return true;
	pr_err("sluice: the other side does not move\n");
	return false;
}

/**
 * sl_pair_enough() - may the sender stop
 * @pair: the pair of the caller, who must stop then
 * @sent: what it has sent
 */
bool sl_pair_enough(struct sl_pair *pair, u64 sent)
{
	if (sent < ENOUGH || ktime_get_ns() < pair->enough_ns)
		return false;
	pair->sent = sent;
	/* Publishes how much it was; pairs with sl_pair_expects(). */
	smp_store_release(&pair->closed, true);
	return true;
}

/**
 * sl_pair_expects() - must the receiver go on
 * @pair: the pair of the caller
 * @received: what it has received
 */
bool sl_pair_expects(struct sl_pair *pair, u64 received)
{
	/* Pairs with the release in sl_pair_enough(). */
	return !smp_load_acquire(&pair->closed) || received < pair->sent;
}

/**
 * sl_pair_run() - run both sides to their end
 * @pair: the two sides
 *
 * Return: 0, or the error of one of them.
 */
int sl_pair_run(struct sl_pair *pair)
{
	struct half half[2] = {
		{ .pair = pair, .run = pair->send },
		{ .pair = pair, .run = pair->receive },
	};
	int cpu = cpumask_first(cpu_online_mask);
	int next = cpumask_next(cpu, cpu_online_mask);
	int err, other;

	pair->enough_ns = ktime_get_ns() + ENOUGH_NS;
	pair->until_ns = ktime_get_ns() + PAIR_NS_MAX;
	pair->closed = false;
	pair->failed = false;
	err = start(&half[0], cpu);
	if (err)
		return err;
	err = start(&half[1], (u32)next < nr_cpu_ids ? next : cpu);
	if (err)
		WRITE_ONCE(pair->failed, true);
	else
		err = finish(&half[1]);
	other = finish(&half[0]);
	return err ? err : other;
}
