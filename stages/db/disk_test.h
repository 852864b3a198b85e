/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * disk: a stage for tests that serves a real directory over the "file"
 * protocol, and fails when it is told to.
 *
 * What is written unstably lasts only until disk_reboot(), unless a COMMIT
 * came in between: an undo log keeps what was there before.  So a test can
 * see what a crash of the server leaves behind, without one.
 */
#ifndef DISK_TEST_H
#define DISK_TEST_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "stages/nfs/file.h"
#include "stages/stage.h"
#include "tools/test.h"

#define DISK_FILES_MAX	64
#define DISK_QUEUE_MAX	256
#define DISK_UNDO_MAX	65536

/* What goes wrong; the test sets it between turns, or before it runs. */
struct disk_options {
	const char *directory;
	u32 fail_op;		/* SL_FILE_READ, ...; 0: any */
	u32 fail_after;		/* fail the one after so many of them; 0: none */
	u32 fail_count;		/* and so many in a row */
	int fail_errno;
	u32 short_count;	/* move at most so many bytes at once; 0: all */
	u64 room;		/* bytes a file may have; 0: no limit */
	u32 delay;		/* turns that each answer takes */
	bool reorder;		/* answers overtake each other */
	u64 verifier;
	bool undo;		/* keep a log for disk_reboot() */
};

struct disk_undo {
	u32 file;
	u32 bytes;
	u64 at;
	s64 size;		/* of the file before */
	u8 *old;
};

struct disk {
	struct disk_options *options;
	int directory;
	char name[DISK_FILES_MAX][256];
	int fd[DISK_FILES_MAX];		/* plus one; 0: unused */
	struct sl_event *queue[DISK_QUEUE_MAX];
	u32 due[DISK_QUEUE_MAX];
	u32 queued;
	u32 turn;
	u64 seed;
	u32 undo_count;
	struct disk_undo *undo;
	u64 ops[SL_FILE_OPS];		/* requests seen */
};

static u32 disk_random(struct disk *disk)
{
	disk->seed = disk->seed * 6364136223846793005ull + 1;
	return disk->seed >> 33;
}

/* What a COMMIT of a file makes last is not undone. */
static void disk_keep(struct disk *disk, u32 file)
{
	u32 i, kept = 0;

	for (i = 0; i < disk->undo_count; i++) {
		if (disk->undo[i].file == file)
			free(disk->undo[i].old);
		else
			disk->undo[kept++] = disk->undo[i];
	}
	disk->undo_count = kept;
}

/*
 * The server crashes and is there again.  Of what was not committed, `lost` of
 * a hundred writes are, in no order.
 */
static inline void disk_reboot(struct disk *disk, u32 lost)
{
	while (disk->undo_count) {
		struct disk_undo *undo = &disk->undo[--disk->undo_count];
		int fd = disk->fd[undo->file] - 1;

		if (fd >= 0 && disk_random(disk) % 100 < lost) {
			CHECK(pwrite(fd, undo->old, undo->bytes, undo->at) ==
			      undo->bytes);
			CHECK(!ftruncate(fd, undo->size));
		}
		free(undo->old);
	}
	disk->options->verifier++;
}

static void disk_log(struct disk *disk, u32 file, u64 at, u32 bytes)
{
	int fd = disk->fd[file] - 1;
	struct disk_undo *undo = &disk->undo[disk->undo_count];
	struct stat st;

	if (!disk->options->undo || disk->undo_count == DISK_UNDO_MAX)
		return;
	fstat(fd, &st);
	*undo = (struct disk_undo){ file, 0, at, st.st_size, malloc(bytes) };
	if (at < (u64)st.st_size)
		undo->bytes = pread(fd, undo->old, bytes, at);
	disk->undo_count++;
}

static int disk_find(struct disk *disk, const char *name, bool make)
{
	u32 i, unused = DISK_FILES_MAX;
	int fd;

	for (i = 0; i < DISK_FILES_MAX; i++) {
		if (disk->fd[i] && !strcmp(disk->name[i], name))
			return i;
		if (!disk->fd[i] && unused == DISK_FILES_MAX)
			unused = i;
	}
	fd = openat(disk->directory, name, O_RDWR | (make ? O_CREAT : 0), 0644);
	if (fd < 0)
		return -errno;
	disk->fd[unused] = fd + 1;
	snprintf(disk->name[unused], sizeof(disk->name[unused]), "%s", name);
	return unused;
}

static void disk_attr(struct disk *disk, u32 file, struct sl_file_args *args)
{
	struct stat st = { 0 };

	fstat(disk->fd[file] - 1, &st);
	args->attr.type = S_ISREG(st.st_mode) ? SL_FILE_REG : SL_FILE_DIR;
	args->attr.size = st.st_size;
	args->attr.fileid = st.st_ino;
}

static int disk_named(struct disk *disk, struct sl_event *event)
{
	struct sl_file_args *args = sl_file(event);
	char name[256];
	int file;

	if (event->data_bytes >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, event->data, event->data_bytes);
	name[event->data_bytes] = 0;
	if (event->op == SL_FILE_MOUNT) {
		args->object.word[0] = DISK_FILES_MAX;
		return *name ? -ENOENT : 0;
	}
	CHECK_EQ(args->handle.word[0], DISK_FILES_MAX);
	file = disk_find(disk, name, event->op == SL_FILE_CREATE);
	if (file < 0)
		return file;
	if (event->op == SL_FILE_REMOVE) {
		disk_keep(disk, file);
		close(disk->fd[file] - 1);
		disk->fd[file] = 0;
		return unlinkat(disk->directory, name, 0) ? -errno : 0;
	}
	args->object.word[0] = file;
	disk_attr(disk, file, args);
	return 0;
}

static int disk_write(struct disk *disk, struct sl_event *event, u32 file)
{
	struct disk_options *options = disk->options;
	struct sl_file_args *args = sl_file(event);
	u32 n = event->data_bytes;
	ssize_t done;

	CHECK_EQ(args->count, event->data_bytes);
	if (options->short_count)
		n = min(n, options->short_count);
	if (options->room && args->offset + n > options->room)
		return -ENOSPC;
	disk_log(disk, file, args->offset, n);
	done = pwrite(disk->fd[file] - 1, event->data, n, args->offset);
	if (done < 0)
		return -errno;
	args->count = done;
	args->stable = SL_FILE_UNSTABLE;
	args->verifier = options->verifier;
	return 0;
}

static int disk_do(struct disk *disk, struct sl_event *event)
{
	struct sl_file_args *args = sl_file(event);
	u32 file = args->handle.word[0];
	u32 n = args->count;
	ssize_t done;
	int fd;

	switch (event->op) {
	case SL_FILE_MOUNT:
	case SL_FILE_LOOKUP:
	case SL_FILE_CREATE:
	case SL_FILE_REMOVE:
		return disk_named(disk, event);
	}
	if (file >= DISK_FILES_MAX || !disk->fd[file])
		return -ESTALE;
	fd = disk->fd[file] - 1;
	switch (event->op) {
	case SL_FILE_READ:
		if (disk->options->short_count)
			n = min(n, disk->options->short_count);
		done = pread(fd, event->data, n, args->offset);
		if (done < 0)
			return -errno;
		event->data_bytes = args->count = done;
		args->eof = done < n;
		return 0;
	case SL_FILE_WRITE:
		return disk_write(disk, event, file);
	case SL_FILE_COMMIT:
		disk_keep(disk, file);
		args->verifier = disk->options->verifier;
		return 0;
	case SL_FILE_SETATTR:
		if (args->set & SL_FILE_SET_SIZE &&
		    ftruncate(fd, args->attr.size))
			return -errno;
		disk_keep(disk, file);
		/* fall through */
	case SL_FILE_GETATTR:
		disk_attr(disk, file, args);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static bool disk_fails(struct disk_options *options, u32 op)
{
	if (!options->fail_after || (options->fail_op && op != options->fail_op))
		return false;
	if (options->fail_after > 1) {
		options->fail_after--;
		return false;
	}
	if (!--options->fail_count)
		options->fail_after = 0;
	return true;
}

static void disk_answer(struct sl_stage *stage, struct sl_event *event)
{
	struct disk *disk = stage->private;

	event->status = disk_fails(disk->options, event->op) ?
			disk->options->fail_errno : disk_do(disk, event);
	sl_stage_reply(stage, event);
}

static u32 disk_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct disk *disk = stage->private;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		CHECK(event->op < SL_FILE_OPS);
		disk->ops[event->op]++;
		if (!disk->options->delay ||
		    !CHECK(disk->queued < DISK_QUEUE_MAX)) {
			disk_answer(stage, event);
			continue;
		}
		disk->due[disk->queued] = disk->turn + disk->options->delay;
		if (disk->options->reorder)
			disk->due[disk->queued] += disk_random(disk) %
						   (2 * disk->options->delay);
		disk->queue[disk->queued++] = event;
	}
	return batch->count;
}

static u32 disk_poll(struct sl_stage *stage)
{
	struct disk *disk = stage->private;
	u32 queued = disk->queued;
	u32 i, kept = 0;

	disk->turn++;
	for (i = 0; i < queued; i++) {
		if (disk->due[i] <= disk->turn) {
			disk_answer(stage, disk->queue[i]);
			continue;
		}
		disk->queue[kept] = disk->queue[i];
		disk->due[kept++] = disk->due[i];
	}
	disk->queued = kept;
	return queued;
}

static int disk_open(struct sl_stage *stage)
{
	struct disk *disk = stage->private;

	disk->options = stage->options;
	disk->seed = 1;
	disk->undo = calloc(DISK_UNDO_MAX, sizeof(*disk->undo));
	disk->directory = open(disk->options->directory,
			       O_RDONLY | O_DIRECTORY);
	return disk->directory < 0 ? -errno : 0;
}

static void disk_close(struct sl_stage *stage)
{
	struct disk *disk = stage->private;
	u32 i;

	for (i = 0; i < DISK_FILES_MAX; i++) {
		disk_keep(disk, i);
		if (disk->fd[i])
			close(disk->fd[i] - 1);
	}
	close(disk->directory);
	free(disk->undo);
}

static const struct sl_stage_type disk_stage = {
	.name = "disk",
	.summary = "serves a directory, or fails to",
	.class = SL_STATELESS,
	.port = { { "files", "file", false, false } },
	.options_bytes = sizeof(struct disk_options),
	.private_bytes = sizeof(struct disk),
	.open = disk_open,
	.run = disk_run,
	.poll = disk_poll,
	.close = disk_close,
};

#endif /* DISK_TEST_H */
