// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What SQLite wants of names: whether there is such a file, and to remove it.
 */
#include <errno.h>
#include <string.h>

#include "stages/db/vfs.h"

#define TRIES_MAX	16	/* a busy server forgets at once what it gave */

/* Directory part of a path, and what is behind it. */
struct place {
	const char *directory;
	u32 directory_bytes;
	const char *name;
	u32 name_bytes;
};

static struct sl_vfs *vfs_of(sqlite3_vfs *base)
{
	return (struct sl_vfs *)base;
}

static struct place place_of(const char *path)
{
	const char *slash;

	while (*path == '/')
		path++;
	slash = strrchr(path, '/');
	return (struct place){
		.directory = path,
		.directory_bytes = slash ? slash - path : 0,
		.name = slash ? slash + 1 : path,
		.name_bytes = strlen(slash ? slash + 1 : path),
	};
}

/* An event for the running task, which has no file at hand. */
static struct sl_event *take(struct sl_vfs *vfs)
{
	struct sl_task *task = vfs->tasks->running;
	struct sl_event *event;

	if (task->files)
		return sl_vfs_event(task->files);
	event = sl_task_event(task);
	if (likely(event))
		sl_vfs_own(event);
	return event;
}

/**
 * sl_vfs_call() - ask something for the running task
 * @vfs: the stage's
 * @event: the request, which becomes NULL if there will be no answer
 * @op: what is asked
 *
 * Return: status of the answer.
 */
int sl_vfs_call(struct sl_vfs *vfs, struct sl_event **event, u32 op)
{
	int err;

	(*event)->op = op;
	err = sl_task_call(vfs->tasks->running, *event);
	if (unlikely(err == -ECANCELED && vfs->tasks->ending))
		*event = NULL;
	return err;
}

/**
 * sl_vfs_ask() - ask something about a name
 * @vfs: the stage's
 * @path: name within the export, with its directories
 * @op: LOOKUP, CREATE, REMOVE: done when the directory has been found
 * @how: of CREATE
 * @event: set to the answer, or to NULL if there is none
 *
 * Return: status of the answer.
 */
int sl_vfs_ask(struct sl_vfs *vfs, const char *path, u32 op, u8 how,
	       struct sl_event **event)
{
	struct place place = place_of(path);
	struct sl_file_args *args;
	int err;

	*event = take(vfs);
	if (!*event)
		return -ECANCELED;
	if (max(place.directory_bytes, place.name_bytes) > (*event)->data_max)
		return -ENAMETOOLONG;
	args = sl_file(*event);
	memcpy((*event)->data, place.directory, place.directory_bytes);
	(*event)->data_bytes = place.directory_bytes;
	err = sl_vfs_call(vfs, event, SL_FILE_MOUNT);
	if (err)
		return err;

	args->handle = args->object;
	(*event)->data = (*event)->buffer;
	memcpy((*event)->data, place.name, place.name_bytes);
	(*event)->data_bytes = place.name_bytes;
	args->how = how;
	args->set = 0;
	if (op == SL_FILE_CREATE) {
		args->set = SL_FILE_SET_MODE;
		args->attr.mode = 0644;
	}
	return sl_vfs_call(vfs, event, op);
}

/**
 * sl_vfs_revive() - look an open file up again, as its handle is stale
 * @file: of the running task
 *
 * Return: 0, or -ESTALE if there is another file of that name, or an error.
 */
int sl_vfs_revive(struct sl_vfs_file *file)
{
	struct sl_event *event;
	int err = sl_vfs_ask(file->vfs, file->name, SL_FILE_LOOKUP, 0, &event);

	if (!err && sl_file(event)->attr.fileid != file->fileid)
		err = -ESTALE;
	if (!err)
		file->handle = sl_file(event)->object;
	if (event)
		sl_stage_free(file->vfs->tasks->stage, event);
	return err;
}

/**
 * sl_vfs_file_call() - ask something about an open file
 * @file: of the running task
 * @event: the request, but for the handle; NULL if there will be no answer
 * @op: what is asked
 *
 * Return: status of the answer.
 */
int sl_vfs_file_call(struct sl_vfs_file *file, struct sl_event **event, u32 op)
{
	struct sl_file_args *args = sl_file(*event);
	u64 offset = args->offset, size = args->attr.size;
	u32 count = args->count, tries;
	u8 set = args->set;
	int err;

	args->handle = file->handle;
	for (tries = 0;; tries++) {
		err = sl_vfs_call(file->vfs, event, op);
		if (likely(err != -ESTALE) || !*event || tries == TRIES_MAX)
			return err;
		sl_stage_free(file->vfs->tasks->stage, *event);
		err = sl_vfs_revive(file);
		*event = err ? NULL : sl_vfs_event(file);
		if (!*event)
			return err ? err : -ECANCELED;
		args = sl_file(*event);
		args->handle = file->handle;
		args->offset = offset;
		args->count = count;
		args->set = set;
		args->attr.size = size;
	}
}

int sl_vfs_remove(sqlite3_vfs *base, const char *path, int durably)
{
	struct sl_vfs *vfs = vfs_of(base);
	struct sl_event *event;
	int err = sl_vfs_ask(vfs, path, SL_FILE_REMOVE, 0, &event);

	(void)durably;	/* REMOVE always is, by the RFC */
	if (event)
		sl_stage_free(vfs->tasks->stage, event);
	if (err == -ENOENT)
		return SQLITE_IOERR_DELETE_NOENT;
	return err ? sl_vfs_failed(vfs, err, SQLITE_IOERR_DELETE) : SQLITE_OK;
}

int sl_vfs_access(sqlite3_vfs *base, const char *path, int flags, int *yes)
{
	struct sl_vfs *vfs = vfs_of(base);
	struct sl_event *event;
	int err = sl_vfs_ask(vfs, path, SL_FILE_LOOKUP, 0, &event);

	(void)flags;
	/* As SQLite's own: an empty journal is as good as none. */
	*yes = !err && sl_file(event)->attr.size;
	if (event)
		sl_stage_free(vfs->tasks->stage, event);
	return err && err != -ENOENT ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}
