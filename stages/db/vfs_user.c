// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <asm/barrier.h>
#include <linux/kernel.h>

#include "stages/db/vfs.h"

static struct sl_vfs_file *file_of(sqlite3_file *base)
{
	return (struct sl_vfs_file *)base;
}

static struct sl_vfs *vfs_of(sqlite3_vfs *base)
{
	return (struct sl_vfs *)base;
}

/**
 * sl_vfs_failed() - an errno as SQLite's result
 * @vfs: keeps the errno, for messages
 * @err: negative errno
 * @code: result for what has none of its own
 */
int sl_vfs_failed(struct sl_vfs *vfs, int err, int code)
{
	vfs->error = err;
	switch (err) {
	case -ENOSPC:
	case -EDQUOT:
	case -EFBIG:
		return SQLITE_FULL;
	case -ENOMEM:
		return SQLITE_IOERR_NOMEM;
	default:
		return code;
	}
}

static void give(struct sl_vfs *vfs, struct sl_event *event)
{
	sl_stage_free(vfs->tasks->stage, event);
}

/* In one go, unless it is more than an event holds. */
static int read_all(struct sl_vfs_file *file, u8 *to, u32 left, u64 at)
{
	struct sl_vfs *vfs = file->vfs;

	while (left) {
		struct sl_event *event = sl_vfs_event(file);
		struct sl_file_args *args;
		bool over;
		u32 n;
		int err;

		if (unlikely(!event))
			return SQLITE_IOERR_READ;
		args = sl_file(event);
		args->offset = at;
		args->count = min(left, event->data_max);
		err = sl_vfs_file_call(file, &event, SL_FILE_READ);
		if (unlikely(err)) {
			if (event)
				give(vfs, event);
			return sl_vfs_failed(vfs, err, SQLITE_IOERR_READ);
		}
		args = sl_file(event);
		n = min(left, event->data_bytes);
		memcpy(to, event->data, n);
		to += n;
		left -= n;
		at += n;
		over = args->eof;
		give(vfs, event);
		if (likely(!left))
			break;
		if (over) {
			/* SQLite wants what is not there to be zero. */
			memset(to, 0, left);
			return SQLITE_IOERR_SHORT_READ;
		}
		if (!n)
			return sl_vfs_failed(vfs, -EIO, SQLITE_IOERR_READ);
	}
	return SQLITE_OK;
}

static int vfs_read(sqlite3_file *base, void *to, int bytes, sqlite3_int64 at)
{
	struct sl_vfs_file *file = file_of(base);
	struct sl_vfs *vfs = file->vfs;
	const u8 *page;
	sl_pool_key key = 0;
	u32 change = 0;
	int code;

	if (unlikely(vfs->broken))
		return sl_vfs_failed(vfs, -EIO, SQLITE_IOERR_READ);
	if (file->database && vfs->pool.set_count)
		key = sl_pool_page(!file->node, at, bytes);
	if (key) {
		page = sl_pool_find(&vfs->pool, file->database, key);
		if (page) {
			memcpy(to, page, bytes);
			return SQLITE_OK;
		}
		change = sl_pool_before(file->database, key);
	}
	if (unlikely(sl_vfs_pending(file, at, bytes)))
		sl_vfs_settle(file);
	code = read_all(file, to, bytes, at);
	if (key && code == SQLITE_OK)
		sl_pool_put(&vfs->pool, key, change, to);
	return code;
}

static int vfs_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct sl_vfs_file *file = file_of(base);
	struct sl_event *event;
	int err = sl_vfs_report(file, SQLITE_IOERR_TRUNCATE);

	if (err)
		return err;
	event = sl_vfs_event(file);
	if (!event)
		return SQLITE_IOERR_TRUNCATE;
	sl_file(event)->set = SL_FILE_SET_SIZE;
	sl_file(event)->attr.size = size;
	if (file->node)
		sl_vfs_resize(file);
	err = sl_vfs_file_call(file, &event, SL_FILE_SETATTR);
	if (event)
		give(file->vfs, event);
	if (file->database)
		sl_pool_cut(file->database, !file->node, size);
	if (file->node)
		sl_vfs_resize(file);
	return err ? sl_vfs_failed(file->vfs, err, SQLITE_IOERR_TRUNCATE)
		   : SQLITE_OK;
}

static int vfs_size(sqlite3_file *base, sqlite3_int64 *size)
{
	struct sl_vfs_file *file = file_of(base);
	struct sl_event *event;
	u32 resized = 0;
	int err;

	/* With an empty WAL, SQLite asks at the start of each transaction. */
	if (file->node) {
		/* Pairs with the add in sl_vfs_resize(). */
		resized = smp_load_acquire(&file->node->resized);
		if (file->sized && file->sized_at == resized) {
			*size = file->size;
			return SQLITE_OK;
		}
	}
	sl_vfs_settle(file);
	event = sl_vfs_event(file);
	if (!event)
		return SQLITE_IOERR_FSTAT;
	err = sl_vfs_file_call(file, &event, SL_FILE_GETATTR);
	if (!err) {
		*size = file->size = sl_file(event)->attr.size;
		file->sized_at = resized;
		file->sized = true;
	}
	if (event)
		give(file->vfs, event);
	return err ? sl_vfs_failed(file->vfs, err, SQLITE_IOERR_FSTAT)
		   : SQLITE_OK;
}

static int vfs_control(sqlite3_file *base, int op, void *arg)
{
	struct sl_vfs_file *file = file_of(base);

	switch (op) {
	case SQLITE_FCNTL_LOCKSTATE:
		*(int *)arg = file->level;
		return SQLITE_OK;
	case SQLITE_FCNTL_LAST_ERRNO:
		*(int *)arg = -file->vfs->error;
		return SQLITE_OK;
	case SQLITE_FCNTL_CKPT_START:
		sl_vfs_checkpoint_start(file);
		return SQLITE_OK;
	case SQLITE_FCNTL_CKPT_DONE:
		sl_vfs_checkpoint_done(file);
		return SQLITE_OK;
	default:
		return SQLITE_NOTFOUND;
	}
}

static int vfs_sector_bytes(sqlite3_file *base)
{
	(void)base;
	return 4096;
}

/* A write of ours changes no byte beside it, even if the power fails. */
static int vfs_character(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int vfs_close(sqlite3_file *base)
{
	struct sl_vfs_file *file = file_of(base);
	struct sl_vfs_file **at;

	sl_vfs_settle(file);
	if (file->flags & SQLITE_OPEN_DELETEONCLOSE)
		sl_vfs_remove(&file->vfs->base, file->name, 0);
	if (file->node) {
		sl_vfs_shm_unmap(base, 0);
		sl_vfs_unlock(base, SQLITE_LOCK_NONE);
		sl_node_close(file->node);
	}
	for (at = &file->task->files; *at != file; at = &(*at)->next)
		;
	*at = file->next;
	file->base.pMethods = NULL;
	return SQLITE_OK;
}

static const sqlite3_io_methods io_methods = {
	.iVersion = 2,
	.xClose = vfs_close,
	.xRead = vfs_read,
	.xWrite = sl_vfs_write,
	.xTruncate = vfs_truncate,
	.xSync = sl_vfs_sync,
	.xFileSize = vfs_size,
	.xLock = sl_vfs_lock,
	.xUnlock = sl_vfs_unlock,
	.xCheckReservedLock = sl_vfs_reserved,
	.xFileControl = vfs_control,
	.xSectorSize = vfs_sector_bytes,
	.xDeviceCharacteristics = vfs_character,
	.xShmMap = sl_vfs_shm_map,
	.xShmLock = sl_vfs_shm_lock,
	.xShmBarrier = sl_vfs_shm_barrier,
	.xShmUnmap = sl_vfs_shm_unmap,
};

/* Finds the file, or makes it. */
static int find(struct sl_vfs_file *file, int flags)
{
	struct sl_vfs *vfs = file->vfs;
	struct sl_event *event;
	u64 fileid = 0;
	int err;

	err = sl_vfs_ask(
		vfs, file->name,
		flags & SQLITE_OPEN_CREATE ? SL_FILE_CREATE : SL_FILE_LOOKUP,
		  flags & SQLITE_OPEN_EXCLUSIVE ? SL_FILE_GUARDED
						: SL_FILE_UNCHECKED,
		  &event);
	if (!err && sl_file(event)->attr.type != SL_FILE_REG)
		err = -EISDIR;
	if (!err) {
		file->handle = sl_file(event)->object;
		file->fileid = sl_file(event)->attr.fileid;
		fileid = sl_file(event)->attr.fileid;
	}
	if (event)
		give(vfs, event);
	if (!err && flags & SQLITE_OPEN_MAIN_DB) {
		err = sl_node_open(&file->node, vfs->tasks, fileid);
		file->database = file->node;
	}
	return err;
}

/* The database that a connection's WAL belongs to: it has but one. */
static struct sl_node *database_of(const struct sl_task *task)
{
	const struct sl_vfs_file *file;

	for (file = task->files; file; file = file->next)
		if (file->node)
			return file->node;
	return NULL;
}

static int vfs_open(sqlite3_vfs *base, const char *name,
		    sqlite3_file *opened, int flags, int *out_flags)
{
	struct sl_vfs *vfs = vfs_of(base);
	struct sl_vfs_file *file = file_of(opened);
	u64 number;
	int err;

	*file = (struct sl_vfs_file){
		.vfs = vfs,
		.task = vfs->tasks->running,
		.flags = flags,
	};
	if (name) {
		snprintf(file->name, sizeof(file->name), "%s", name);
	} else {
		/* Temporary ones have no name; ours must. */
		base->xRandomness(base, sizeof(number), (char *)&number);
		snprintf(file->name, sizeof(file->name),
			 "sluice-%016llx.tmp", (unsigned long long)number);
	}
	err = find(file, flags);
	if (err) {
		sl_vfs_failed(vfs, err, SQLITE_CANTOPEN);
		return err == -ENOSPC || err == -EDQUOT ? SQLITE_FULL
							: SQLITE_CANTOPEN;
	}
	if (flags & SQLITE_OPEN_WAL)
		file->database = database_of(file->task);
	file->next = file->task->files;
	file->task->files = file;
	file->base.pMethods = &io_methods;
	if (out_flags)
		*out_flags = flags;
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *base, const char *name, int bytes,
			 char *path)
{
	(void)base;
	return snprintf(path, bytes, "%s", name) < bytes ? SQLITE_OK
							 : SQLITE_CANTOPEN;
}

/* Must not let another task run: SQLite holds a mutex here. */
static int vfs_random(sqlite3_vfs *base, int bytes, char *to)
{
	(void)base;
	return getrandom(to, bytes, 0) == bytes ? bytes : 0;
}

static int vfs_sleep(sqlite3_vfs *base, int us)
{
	struct sl_task *task = vfs_of(base)->tasks->running;

	task->until_ns = task->tasks->stage->now_ns + us * 1000ull;
	sl_task_wait(task, SL_WAIT_TIME);
	return us;
}

static int vfs_time_ms(sqlite3_vfs *base, sqlite3_int64 *ms)
{
	struct timespec now;

	(void)base;
	clock_gettime(CLOCK_REALTIME, &now);
	/* Since noon in Greenwich on November 24, 4714 B.C. */
	*ms = 210866760000000ll + now.tv_sec * 1000ll + now.tv_nsec / 1000000;
	return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *base, double *days)
{
	sqlite3_int64 ms;

	vfs_time_ms(base, &ms);
	*days = ms / 86400000.0;
	return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *base, int bytes, char *text)
{
	if (bytes > 0)
		snprintf(text, bytes, "%s", strerror(-vfs_of(base)->error));
	return -vfs_of(base)->error;
}

/**
 * sl_vfs_open() - let SQLite use a stage's neighbours as its file system
 * @vfs: part of the stage's private state
 * @tasks: the stage's
 *
 * Connections are opened with vfs->name, and only on the stage's tasks.
 *
 * Return: 0 or -ENOMEM.
 */
int sl_vfs_open(struct sl_vfs *vfs, struct sl_tasks *tasks)
{
	vfs->tasks = tasks;
	snprintf(vfs->name, sizeof(vfs->name), "sluice-%p", (void *)vfs);
	vfs->base = (sqlite3_vfs){
		.iVersion = 2,
		.szOsFile = sizeof(struct sl_vfs_file),
		.mxPathname = SL_VFS_NAME_MAX,
		.zName = vfs->name,
		.xOpen = vfs_open,
		.xDelete = sl_vfs_remove,
		.xAccess = sl_vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_random,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
		.xCurrentTimeInt64 = vfs_time_ms,
	};
	return sqlite3_vfs_register(&vfs->base, 0) == SQLITE_OK ? 0 : -ENOMEM;
}

/**
 * sl_vfs_close() - SQLite shall not use it any more
 * @vfs: one that has no open file
 */
void sl_vfs_close(struct sl_vfs *vfs)
{
	sqlite3_vfs_unregister(&vfs->base);
}
