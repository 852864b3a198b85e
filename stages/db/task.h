/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Tasks: the fibres of a stage, and what each of them waits for.
 *
 * A task runs until it waits, and is resumed from within the stage's run() or
 * poll() once that has come.  So a stage's tasks are one thread, and change
 * places only where one of them waits.
 *
 *   sl_tasks_open()    of the stage's open(); then one sl_task_open() each
 *   sl_tasks_reply()   run(): hand a reply to the task that made the request
 *   sl_tasks_turn()    poll(): resume whoever can go on
 *   sl_tasks_end()     of the stage's close(): unwind every task
 *
 * and, for the running task only:
 *
 *   sl_task_event()    take an event from the bank, waiting for one if need be
 *   sl_task_call()     ask the neighbour and wait for the answer
 *   sl_task_wait()     wait for something else
 *
 * When the pipeline is cut off, tasks may be in the middle of anything.
 * sl_tasks_end() then lets every wait fail, without sending anything, until
 * each task has found its own way out: nothing it has allocated is lost, and
 * for the storage it is as if the process had been killed.
 */
#ifndef SL_TASK_H
#define SL_TASK_H

#include <linux/types.h>

#include "stages/db/fibre.h"
#include "stages/stage.h"

#define SL_TASKS_MAX		80
#define SL_TASK_STACK_BYTES	(256u << 10)

struct sl_tasks;
struct sl_vfs_file;

enum sl_wait {
	SL_WAIT_NOT,		/* it runs */
	SL_WAIT_WORK,		/* idle: the stage knows whom it resumes */
	SL_WAIT_REPLY,		/* of a request */
	SL_WAIT_WRITES,		/* of requests that write a file */
	SL_WAIT_EVENT,		/* the bank is empty */
	SL_WAIT_TURN,		/* let the others go first */
	SL_WAIT_TIME,		/* until_ns */
	SL_WAIT_LOCK,		/* somebody gives up a lock, or until_ns */
};

struct sl_task {
	struct sl_fibre fibre;
	struct sl_tasks *tasks;
	void (*run)(struct sl_task *task);
	enum sl_wait wait;
	struct sl_event *reply;		/* SL_WAIT_REPLY */
	u64 until_ns;			/* SL_WAIT_TIME, SL_WAIT_LOCK */
	const u32 *signal;		/* SL_WAIT_LOCK: changes when ... */
	u32 signal_seen;		/* ... it may be worth trying again */
	struct sl_vfs_file *files;	/* open ones */
};

struct sl_tasks {
	struct sl_stage *stage;
	u32 port;		/* right port on which tasks make requests */
	u32 count;
	u32 parked;		/* tasks that sl_tasks_turn() has to look at */
	u32 first;		/* where it begins, lest the last ones starve */
	bool ending;
	struct sl_task *running;
	struct sl_task *task[SL_TASKS_MAX];

	/* How another core wakes this one. */
	int bell;		/* eventfd */
	u32 rung ____cacheline_aligned;	/* set by others */
};

int sl_tasks_open(struct sl_tasks *tasks, struct sl_stage *stage, u32 port);
int sl_task_open(struct sl_tasks *tasks, struct sl_task *task,
		 void (*run)(struct sl_task *task));
void sl_tasks_reply(struct sl_tasks *tasks, struct sl_event *event);
u32 sl_tasks_turn(struct sl_tasks *tasks);
void sl_tasks_ring(struct sl_tasks *tasks);
void sl_tasks_end(struct sl_tasks *tasks);
void sl_tasks_close(struct sl_tasks *tasks);

void sl_task_resume(struct sl_task *task);
void sl_task_wait(struct sl_task *task, enum sl_wait wait);
struct sl_event *sl_task_event(struct sl_task *task);
int sl_task_call(struct sl_task *task, struct sl_event *event);

#endif /* SL_TASK_H */
