// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <asm/barrier.h>

#include "stages/db/task.h"

/**
 * sl_tasks_open() - no task yet
 * @tasks: part of the stage's private state
 * @stage: the stage, in its open()
 * @port: right port on which tasks will make requests
 *
 * Return: 0 or a negative errno.
 */
int sl_tasks_open(struct sl_tasks *tasks, struct sl_stage *stage, u32 port)
{
	int err;

	tasks->stage = stage;
	tasks->port = port;
	tasks->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (tasks->bell < 0)
		return -errno;
	err = sl_stage_watch(stage, tasks->bell);
	if (err)
		close(tasks->bell);
	return err;
}

static void enter(void *arg)
{
	struct sl_task *task = arg;

	task->run(task);
}

/**
 * sl_task_open() - a task that waits for work
 * @tasks: of the stage
 * @task: where to put it, part of a larger struct
 * @run: what it does when it is first resumed
 *
 * Return: 0 or a negative errno.
 */
int sl_task_open(struct sl_tasks *tasks, struct sl_task *task,
		 void (*run)(struct sl_task *task))
{
	int err;

	if (tasks->count == SL_TASKS_MAX)
		return -E2BIG;
	*task = (struct sl_task){
		.tasks = tasks,
		.run = run,
		.wait = SL_WAIT_WORK,
	};
	err = sl_fibre_open(&task->fibre, SL_TASK_STACK_BYTES, enter, task);
	if (!err)
		tasks->task[tasks->count++] = task;
	return err;
}

/**
 * sl_task_resume() - let a task run until it waits again
 * @task: one that waits, and need not any longer
 *
 * Not from within another task.
 */
void sl_task_resume(struct sl_task *task)
{
	struct sl_tasks *tasks = task->tasks;

	if (task->wait >= SL_WAIT_EVENT)
		tasks->parked--;
	task->wait = SL_WAIT_NOT;
	tasks->running = task;
	sl_fibre_resume(&task->fibre);
	tasks->running = NULL;
}

/**
 * sl_task_wait() - let the host go on until this has come
 * @task: the running task
 * @wait: for what; its particulars are set in the task
 *
 * It comes back early, and at once, when the tasks are being ended.
 */
void sl_task_wait(struct sl_task *task, enum sl_wait wait)
{
	if (unlikely(task->tasks->ending))
		return;
	if (wait >= SL_WAIT_EVENT)
		task->tasks->parked++;
	task->wait = wait;
	sl_fibre_yield(&task->fibre);
}

/**
 * sl_task_event() - take an event from the stage's bank
 * @task: the running task, which holds no event that it has not sent
 *
 * Return: the event; NULL only when the tasks are being ended.
 */
struct sl_event *sl_task_event(struct sl_task *task)
{
	struct sl_tasks *tasks = task->tasks;
	struct sl_event *event;

	while (!tasks->ending) {
		event = sl_stage_take(tasks->stage);
		if (likely(event))
			return event;
		sl_task_wait(task, SL_WAIT_EVENT);
	}
	return NULL;
}

/**
 * sl_task_call() - ask the neighbour and wait for the answer
 * @task: the running task
 * @event: its request, which it owns again afterwards
 *
 * Return: status of the answer; -ECANCELED if there will be none, because the
 * tasks are being ended; the event is gone then.
 */
int sl_task_call(struct sl_task *task, struct sl_event *event)
{
	struct sl_tasks *tasks = task->tasks;

	if (unlikely(tasks->ending))
		return -ECANCELED;
	task->reply = NULL;
	event->context = task;
	/* Handles mean something to whoever gave them: always ask the same. */
	event->flow = tasks->stage->replica;
	sl_stage_call(tasks->stage, tasks->port, event);
	sl_task_wait(task, SL_WAIT_REPLY);
	if (unlikely(!task->reply))
		return -ECANCELED;
	return event->status;
}

/**
 * sl_tasks_reply() - hand a reply to the task that waits for it
 * @tasks: of the stage
 * @event: answer to a sl_task_call()
 */
void sl_tasks_reply(struct sl_tasks *tasks, struct sl_event *event)
{
	struct sl_task *task = event->context;

	(void)tasks;
	task->reply = event;
	sl_task_resume(task);
}

static bool may_go_on(const struct sl_tasks *tasks, const struct sl_task *task)
{
	u64 now_ns = tasks->stage->now_ns;

	switch (task->wait) {
	case SL_WAIT_TURN:
		return true;
	case SL_WAIT_EVENT:
		return tasks->stage->bank->free_count ||
		       sl_bank_collect(tasks->stage->bank);
	case SL_WAIT_TIME:
		return now_ns >= task->until_ns;
	case SL_WAIT_LOCK:
		/* Pairs with the add in wake() of lock_user.c. */
		return smp_load_acquire(task->signal) != task->signal_seen ||
		       now_ns >= task->until_ns;
	default:
		return false;
	}
}

/**
 * sl_tasks_turn() - resume every task that can go on
 * @tasks: of the stage, within its poll()
 *
 * Return: how many there were, and more than 0 if one waits for a time that
 * is near: then the core must not sleep.
 */
u32 sl_tasks_turn(struct sl_tasks *tasks)
{
	u32 done = 0;
	u64 rings;
	u32 i;

	if (unlikely(READ_ONCE(tasks->rung))) {
		WRITE_ONCE(tasks->rung, 0);
		if (read(tasks->bell, &rings, sizeof(rings)) > 0)
			done++;
	}
	if (likely(!tasks->parked))
		return done;

	tasks->first++;
	for (i = 0; i < tasks->count; i++) {
		struct sl_task *task;

		task = tasks->task[(tasks->first + i) % tasks->count];
		if (task->wait < SL_WAIT_EVENT)
			continue;
		if (may_go_on(tasks, task)) {
			sl_task_resume(task);
			done++;
		} else if (task->wait == SL_WAIT_TIME) {
			done++;
		}
	}
	return done;
}

/**
 * sl_tasks_ring() - wake the core that runs them
 * @tasks: of any replica; called on any core
 */
void sl_tasks_ring(struct sl_tasks *tasks)
{
	u64 one = 1;
	ssize_t written;

	if (tasks->bell < 0)
		return;		/* closed already */
	written = write(tasks->bell, &one, sizeof(one));
	/*
	 * Set behind the ring, so that the bell cannot be left ringing with
	 * nobody told to stop it.  EAGAIN means that it rings already.
	 */
	(void)written;
	WRITE_ONCE(tasks->rung, 1);
}

/**
 * sl_tasks_end() - let every task find its way out
 * @tasks: of a stage that does not run any more
 */
void sl_tasks_end(struct sl_tasks *tasks)
{
	u32 i;

	tasks->ending = true;
	for (i = 0; i < tasks->count; i++)
		while (!tasks->task[i]->fibre.ended)
			sl_task_resume(tasks->task[i]);
}

/**
 * sl_tasks_close() - unmap all stacks
 * @tasks: of a stage whose tasks have ended, or never ran
 */
void sl_tasks_close(struct sl_tasks *tasks)
{
	while (tasks->count)
		sl_fibre_close(&tasks->task[--tasks->count]->fibre);
	close(tasks->bell);
	tasks->bell = -1;
}
