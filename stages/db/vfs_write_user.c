// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Writing: gathered, several under way, and accounted for at the next sync.
 */
#include <errno.h>
#include <string.h>

#include "stages/db/vfs.h"

/* The event being filled; it knows where in the file it begins. */
static u64 gather_end(const struct sl_event *event)
{
	return sl_file((struct sl_event *)event)->offset + event->data_bytes;
}

/**
 * sl_vfs_pending() - may a range of a file not have arrived yet
 * @file: an open file
 * @at: first byte
 * @bytes: how many
 */
bool sl_vfs_pending(const struct sl_vfs_file *file, u64 at, u64 bytes)
{
	const struct sl_event *gather = file->gather;

	if (file->away && at < file->away_to && at + bytes > file->away_from)
		return true;
	return gather && at < gather_end(gather) &&
	       at + bytes > sl_file(file->gather)->offset;
}

static void fail(struct sl_vfs_file *file, int err)
{
	if (!file->error)
		file->error = err;
}

static void send(struct sl_vfs_file *file, struct sl_event *event)
{
	struct sl_tasks *tasks = file->vfs->tasks;

	event->op = SL_FILE_WRITE;
	event->context = file;
	event->flow = tasks->stage->replica;
	sl_file(event)->handle = file->handle;
	sl_file(event)->count = event->data_bytes;
	sl_file(event)->stable = SL_FILE_UNSTABLE;
	sl_stage_call(tasks->stage, tasks->port, event);
}

/* Sends what was gathered; never waits. */
static void flush(struct sl_vfs_file *file)
{
	struct sl_tasks *tasks = file->vfs->tasks;
	struct sl_event *event = file->gather;
	u64 from, to;

	if (!event)
		return;
	file->gather = NULL;
	if (unlikely(tasks->ending)) {
		fail(file, -ECANCELED);
		sl_stage_free(tasks->stage, event);
		return;
	}
	from = sl_file(event)->offset;
	to = from + event->data_bytes;
	file->away_from = file->away ? min(file->away_from, from) : from;
	file->away_to = file->away ? max(file->away_to, to) : to;
	file->away++;
	send(file, event);
}

/*
 * Sends once more what was refused for a stale handle.  The look-up takes an
 * event; if those refused are the last ones, they are given up for it, and the
 * transaction fails, but the next one finds the file.
 */
static void send_again(struct sl_vfs_file *file)
{
	struct sl_tasks *tasks = file->vfs->tasks;
	int err = tasks->stage->bank->free_count ? sl_vfs_revive(file)
						 : -ESTALE;
	u32 count = file->stale.count;
	struct sl_event *event;

	while (count-- && (event = sl_fifo_get(&file->stale))) {
		if (likely(!err)) {
			send(file, event);
			continue;
		}
		fail(file, err);
		file->away--;
		sl_stage_free(tasks->stage, event);
	}
}

/* Waits until no more than so many writes are under way. */
static void wait_for(struct sl_vfs_file *file, u32 away_max)
{
	struct sl_event *event;

	while (file->away > away_max && !file->vfs->tasks->ending) {
		if (unlikely(file->stale.first)) {
			send_again(file);
			continue;
		}
		file->away_max = away_max;
		sl_task_wait(file->task, SL_WAIT_WRITES);
	}
	if (unlikely(file->vfs->tasks->ending && file->away)) {
		/* They were under way when all stopped: nobody will tell. */
		while ((event = sl_fifo_get(&file->stale)))
			sl_stage_free(file->vfs->tasks->stage, event);
		file->away = 0;
		fail(file, -ECANCELED);
	}
}

/* Whoever has the WAL must have had it all the time. */
static void compare(struct sl_vfs_file *file, u64 verifier)
{
	struct sl_vfs *vfs = file->vfs;

	if (!vfs->lazy || !(file->flags & SQLITE_OPEN_WAL))
		return;
	vfs->broken |= vfs->known && vfs->verifier != verifier;
	vfs->known = true;
	vfs->verifier = verifier;
}

/* The server that has this data is the one that had the data before. */
static void remember(struct sl_vfs_file *file, const struct sl_file_args *args)
{
	if (args->stable != SL_FILE_UNSTABLE)
		return;
	compare(file, args->verifier);
	if (file->unstable && file->verifier != args->verifier)
		fail(file, -EIO);
	file->unstable = true;
	file->verifier = args->verifier;
}

/**
 * sl_vfs_written() - a write has been answered
 * @event: the answer, within run()
 *
 * Resumes the task if that is what it waits for.
 */
void sl_vfs_written(struct sl_event *event)
{
	struct sl_vfs_file *file = event->context;
	struct sl_tasks *tasks = file->vfs->tasks;
	struct sl_file_args *args = sl_file(event);

	if (unlikely(event->status == -ESTALE)) {
		/* The task sees to it when it next waits for its writes. */
		sl_fifo_put(&file->stale, event);
		if (file->task->wait == SL_WAIT_WRITES)
			sl_task_resume(file->task);
		return;
	}
	if (unlikely(event->status < 0)) {
		fail(file, event->status);
	} else {
		remember(file, args);
		if (unlikely(args->count < event->data_bytes && args->count)) {
			/* The server may write less: send it the rest. */
			event->data += args->count;
			event->data_bytes -= args->count;
			args->offset += args->count;
			args->count = event->data_bytes;
			args->stable = SL_FILE_UNSTABLE;
			sl_stage_call(tasks->stage, tasks->port, event);
			return;
		}
		if (unlikely(!args->count))
			fail(file, -EIO);
	}
	sl_stage_free(tasks->stage, event);
	file->away--;
	if (file->task->wait == SL_WAIT_WRITES && file->away <= file->away_max)
		sl_task_resume(file->task);
}

/**
 * sl_vfs_event() - take an event for a file
 * @file: of the running task
 *
 * What the task has gathered is sent before it waits for an event, because
 * those may be the ones that everybody waits for.
 *
 * Return: the event, or NULL when the tasks are being ended.
 */
struct sl_event *sl_vfs_event(struct sl_vfs_file *file)
{
	struct sl_event *event = sl_stage_take(file->vfs->tasks->stage);
	struct sl_vfs_file *other;

	if (likely(event) || file->vfs->tasks->ending)
		goto out;
	for (other = file->task->files; other; other = other->next)
		flush(other);
	event = sl_task_event(file->task);
out:
	if (unlikely(file->vfs->tasks->ending && event)) {
		sl_stage_free(file->vfs->tasks->stage, event);
		event = NULL;
	}
	if (likely(event))
		sl_vfs_own(event);
	return event;
}

/**
 * sl_vfs_settle() - wait until everything written has arrived, or failed
 * @file: of the running task
 */
void sl_vfs_settle(struct sl_vfs_file *file)
{
	flush(file);
	wait_for(file, 0);
}

/**
 * sl_vfs_settle_all() - the same for all files of a task, before it unlocks
 * @task: the running task
 *
 * An error that was not reported until now never will have to be: what has to
 * last is synced before it is unlocked, and what was not synced is undone.
 */
void sl_vfs_settle_all(struct sl_task *task)
{
	struct sl_vfs_file *file;

	for (file = task->files; file; file = file->next)
		flush(file);
	for (file = task->files; file; file = file->next) {
		wait_for(file, 0);
		file->error = 0;
	}
}

/**
 * sl_vfs_report() - settle, and say whether all went well since last time
 * @file: of the running task
 * @code: what to say if not, unless there is something better
 *
 * Return: SQLITE_OK, @code, SQLITE_FULL, ...
 */
int sl_vfs_report(struct sl_vfs_file *file, int code)
{
	int err;

	sl_vfs_settle(file);
	err = file->error;
	file->error = 0;
	/* Too late for what was written, but not for what will be. */
	if (unlikely(err == -ESTALE))
		sl_vfs_revive(file);
	return err ? sl_vfs_failed(file->vfs, err, code) : SQLITE_OK;
}

/* An event to gather into at a place of the file, or NULL. */
static struct sl_event *gather_at(struct sl_vfs_file *file, u64 at, u32 bytes)
{
	struct sl_event *event = file->gather;

	if (event && at == gather_end(event) &&
	    event->data_bytes < event->data_max)
		return event;
	flush(file);
	if (file->away && sl_vfs_pending(file, at, bytes))
		wait_for(file, 0);
	wait_for(file, SL_VFS_WRITES_MAX - 1);
	event = sl_vfs_event(file);
	if (likely(event)) {
		sl_file(event)->offset = at;
		file->gather = event;
	}
	return event;
}

static int gather(struct sl_vfs_file *file, const u8 *data, u32 left, u64 at)
{
	while (left) {
		struct sl_event *event;
		u32 n;

		if (unlikely(file->error))
			return sl_vfs_report(file, SQLITE_IOERR_WRITE);
		event = gather_at(file, at, left);
		if (unlikely(!event))
			return SQLITE_IOERR_WRITE;
		n = min(left, event->data_max - event->data_bytes);
		memcpy(event->data + event->data_bytes, data, n);
		event->data_bytes += n;
		data += n;
		left -= n;
		at += n;
	}
	return SQLITE_OK;
}

/* What the pool knows of the database, or of its WAL, is to be what is here. */
static void keep(struct sl_vfs_file *file, const void *from, u32 bytes, u64 at)
{
	struct sl_pool *pool = &file->vfs->pool;
	sl_pool_key key = sl_pool_page(!file->node, at, bytes);

	if (key && pool->set_count)
		sl_pool_put(pool, key, sl_pool_before(file->database, key),
			    from);
}

/**
 * sl_vfs_resize() - the size of a database may change, or has changed
 * @file: an open one; before and after
 */
void sl_vfs_resize(struct sl_vfs_file *file)
{
	__atomic_add_fetch(&file->node->resized, 1, __ATOMIC_ACQ_REL);
}

int sl_vfs_write(sqlite3_file *base, const void *from, int bytes,
		 sqlite3_int64 at)
{
	struct sl_vfs_file *file = (struct sl_vfs_file *)base;
	int code;

	if (file->database)
		sl_pool_change(file->database, !file->node, at, bytes);
	if (file->node)
		sl_vfs_resize(file);
	code = gather(file, from, bytes, at);
	if (file->node) {
		if (code == SQLITE_OK)
			code = sl_vfs_report(file, SQLITE_IOERR_WRITE);
		sl_pool_change(file->node, false, at, bytes);
		sl_vfs_resize(file);
	}
	if (code == SQLITE_OK && file->database)
		keep(file, from, bytes, at);
	return code;
}

/* Asks the server to make it last, and whether it still has all of it. */
static int commit(struct sl_vfs_file *file)
{
	struct sl_event *event = sl_vfs_event(file);
	int err;

	if (unlikely(!event))
		return -ECANCELED;
	sl_file(event)->offset = 0;
	sl_file(event)->count = 0;	/* all of it */
	err = sl_vfs_file_call(file, &event, SL_FILE_COMMIT);
	if (unlikely(!event))
		return err;
	if (!err) {
		compare(file, sl_file(event)->verifier);
		if (file->unstable &&
		    file->verifier != sl_file(event)->verifier)
			err = -EIO;
	}
	sl_stage_free(file->vfs->tasks->stage, event);
	return err;
}

int sl_vfs_sync(sqlite3_file *base, int flags)
{
	struct sl_vfs_file *file = (struct sl_vfs_file *)base;
	bool full = (flags & 0xf) == SQLITE_SYNC_FULL;
	int code = sl_vfs_report(file, SQLITE_IOERR_FSYNC);
	int err;

	if (code == SQLITE_OK && file->vfs->broken)
		code = sl_vfs_failed(file->vfs, -EIO, SQLITE_IOERR_FSYNC);
	if (code != SQLITE_OK) {
		file->unstable = false;
		return code;
	}
	/*
	 * Connections ask for SQLITE_SYNC_FULL around a checkpoint only, when
	 * a lazy commit must not be taken for a done one.
	 */
	if (file->vfs->lazy && !full && file->flags & SQLITE_OPEN_WAL)
		return SQLITE_OK;
	/*
	 * sl_vfs_checkpoint_done() has just done this.  Not so with a WAL: it
	 * may hold what a killed process wrote and did not commit.
	 */
	if (file->flags & SQLITE_OPEN_MAIN_DB && !file->unstable)
		return SQLITE_OK;
	err = commit(file);
	file->unstable = false;
	return err ? sl_vfs_failed(file->vfs, err, SQLITE_IOERR_FSYNC)
		   : SQLITE_OK;
}
