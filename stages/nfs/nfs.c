// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * nfs: NFS version 3 over typed events (RFC 1813).
 *
 * Left port "callers" ("file", any number of them), right port "fs" ("fs").
 * It refuses what the RFC does not allow, so that nothing behind it has to
 * look again: shapeless handles, names that are none, counts that do not fit
 * the buffer, offsets beyond 64 bits, changes to an export that is read-only
 * here.  On the way back it sets both statuses and computes ACCESS.
 *
 * It keeps nothing between events, so it may be replicated at will.  The
 * write verifier is therefore not here but in the fs stage behind all of its
 * replicas: unstable data of one caller may be lost by the COMMIT of another,
 * and all of them must learn of it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "stages/fs/fs.h"
#include "stages/nfs/nfs.h"
#include "stages/stage.h"
#include "stages/stages.h"

enum { CALLERS, FS };
enum { BAD_OP, BAD_HANDLE, BAD_NAME, BAD_ARGUMENT, NO_ROOM, READ_ONLY };

/* What is to be checked of an operation. */
enum {
	SUPPORTED = 1,
	HANDLE = 2,
	OBJECT = 4,		/* object is a second handle */
	NAME = 8,
	NEW_NAME = 16,		/* "." and ".." are there already */
	OLD_NAME = 32,		/* "." and ".." cannot be taken away */
	CHANGES = 64,		/* nothing for a read-only export */
	ATTRIBUTES = 128,	/* set, attr */
	ANSWERS = 256,		/* puts data into the buffer */
};

static const u16 rules[SL_FILE_OPS] = {
	[SL_FILE_GETATTR] = SUPPORTED | HANDLE,
	[SL_FILE_SETATTR] = SUPPORTED | HANDLE | CHANGES | ATTRIBUTES,
	[SL_FILE_LOOKUP] = SUPPORTED | HANDLE | NAME,
	[SL_FILE_ACCESS] = SUPPORTED | HANDLE,
	[SL_FILE_READLINK] = SUPPORTED | HANDLE | ANSWERS,
	[SL_FILE_READ] = SUPPORTED | HANDLE | ANSWERS,
	[SL_FILE_WRITE] = SUPPORTED | HANDLE | CHANGES,
	[SL_FILE_CREATE] = SUPPORTED | HANDLE | NAME | NEW_NAME | CHANGES |
			   ATTRIBUTES,
	[SL_FILE_MKDIR] = SUPPORTED | HANDLE | NAME | NEW_NAME | CHANGES |
			  ATTRIBUTES,
	[SL_FILE_SYMLINK] = SUPPORTED | HANDLE | NAME | NEW_NAME | CHANGES |
			    ATTRIBUTES,
	[SL_FILE_MKNOD] = SUPPORTED | HANDLE | NAME | NEW_NAME | CHANGES |
			  ATTRIBUTES,
	[SL_FILE_REMOVE] = SUPPORTED | HANDLE | NAME | OLD_NAME | CHANGES,
	[SL_FILE_RMDIR] = SUPPORTED | HANDLE | NAME | OLD_NAME | CHANGES,
	[SL_FILE_RENAME] = SUPPORTED | HANDLE | OBJECT | NAME | OLD_NAME |
			   CHANGES,
	[SL_FILE_LINK] = SUPPORTED | HANDLE | OBJECT | NAME | NEW_NAME |
			 CHANGES,
	[SL_FILE_READDIR] = SUPPORTED | HANDLE | ANSWERS,
	[SL_FILE_READDIRPLUS] = SUPPORTED | HANDLE | ANSWERS,
	[SL_FILE_FSSTAT] = SUPPORTED | HANDLE | ANSWERS,
	[SL_FILE_FSINFO] = SUPPORTED | HANDLE | ANSWERS,
	[SL_FILE_PATHCONF] = SUPPORTED | HANDLE | ANSWERS,
	[SL_FILE_COMMIT] = SUPPORTED | HANDLE,
	[SL_FILE_MOUNT] = SUPPORTED,
};

/* Counts why a request is refused. */
static int refuse(struct sl_stage *stage, u32 reason, int error)
{
	sl_stage_drop(stage, reason);
	return error;
}

static bool dots(const u8 *name, u32 bytes)
{
	return bytes <= 2 && name[0] == '.' && name[bytes - 1] == '.';
}

static int check_name(const u8 *name, u32 bytes, u32 rule)
{
	if (!bytes)
		return -EINVAL;
	if (bytes > SL_NFS_NAME_MAX)
		return -ENAMETOOLONG;
	if (memchr(name, '/', bytes) || memchr(name, 0, bytes))
		return -EINVAL;
	if (!(rule & (NEW_NAME | OLD_NAME)) || !dots(name, bytes))
		return 0;
	return rule & NEW_NAME ? -EEXIST : -EINVAL;
}

/* The names of an operation, one or two of them. */
static int check_names(const struct sl_event *event,
		       const struct sl_file_args *nfs, u32 rule)
{
	const u8 *second;
	u32 bytes;
	int err;

	if (event->op != SL_FILE_RENAME && event->op != SL_FILE_SYMLINK)
		return check_name(event->data, event->data_bytes, rule);

	if (nfs->name2_at > event->data_bytes)
		return -EINVAL;
	err = check_name(event->data, nfs->name2_at, rule);
	if (err)
		return err;
	second = event->data + nfs->name2_at;
	bytes = event->data_bytes - nfs->name2_at;
	if (event->op == SL_FILE_RENAME)
		return check_name(second, bytes, rule);
	if (bytes > SL_NFS_TARGET_MAX)
		return -ENAMETOOLONG;
	return !bytes || memchr(second, 0, bytes) ? -EINVAL : 0;
}

/* Room for an answer at event->data; 0 if that is not in the buffer. */
static u32 room(const struct sl_event *event)
{
	unsigned long from = (unsigned long)event->buffer;
	unsigned long at = (unsigned long)event->data;

	if (at < from || at - from > event->data_max)
		return 0;
	return event->data_max - (at - from);
}

/* Is data_bytes what is really there, as far as one can tell? */
static bool data_fits(const struct sl_event *event)
{
	unsigned long from = (unsigned long)event->buffer;
	unsigned long at = (unsigned long)event->data;

	if (!event->data_bytes)
		return true;
	if (!event->data)
		return false;
	/* What is to be written may lie elsewhere; that is its owner's. */
	return at < from || at - from >= event->data_max ||
	       event->data_bytes <= room(event);
}

static int check_read(struct sl_stage *stage, struct sl_event *event)
{
	const struct sl_nfs_options *options = stage->options;
	struct sl_file_args *nfs = sl_file(event);

	if (nfs->offset > S64_MAX)
		return refuse(stage, BAD_ARGUMENT, -EINVAL);
	nfs->count = min_t(u64, nfs->count, options->read_max);
	nfs->count = min_t(u64, nfs->count, S64_MAX - nfs->offset);
	if (nfs->count > room(event))
		return refuse(stage, NO_ROOM, -EINVAL);
	return 0;
}

static int check_write(struct sl_stage *stage, struct sl_event *event)
{
	const struct sl_nfs_options *options = stage->options;
	struct sl_file_args *nfs = sl_file(event);

	if (nfs->stable > SL_FILE_SYNC || nfs->count > event->data_bytes)
		return refuse(stage, BAD_ARGUMENT, -EINVAL);
	nfs->count = min_t(u64, nfs->count, options->write_max);
	if (nfs->offset > S64_MAX || nfs->count > S64_MAX - nfs->offset)
		return refuse(stage, BAD_ARGUMENT, -EFBIG);
	return 0;
}

static int check_readdir(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);

	if (nfs->offset > S64_MAX)
		return refuse(stage, BAD_ARGUMENT, -EBADCOOKIE);
	nfs->count = min_t(u32, nfs->count, room(event));
	if ((unsigned long)event->data % sizeof(u64))
		return refuse(stage, BAD_ARGUMENT, -EINVAL);
	return 0;
}

/* Files and directories are made by others, and links point to names. */
static bool is_node(u8 type)
{
	return type == SL_FILE_BLK || type == SL_FILE_CHR ||
	       type == SL_FILE_SOCK || type == SL_FILE_FIFO;
}

/* What is an operation's own to check. */
static int check_arguments(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);

	switch (event->op) {
	case SL_FILE_READ:
		return check_read(stage, event);
	case SL_FILE_WRITE:
		return check_write(stage, event);
	case SL_FILE_COMMIT:
		if (nfs->offset > S64_MAX || nfs->count > S64_MAX - nfs->offset)
			return refuse(stage, BAD_ARGUMENT, -EINVAL);
		return 0;
	case SL_FILE_READDIR:
	case SL_FILE_READDIRPLUS:
		return check_readdir(stage, event);
	case SL_FILE_FSSTAT:
	case SL_FILE_FSINFO:
	case SL_FILE_PATHCONF:
		if (room(event) < max(sizeof(struct sl_file_space),
				      sizeof(struct sl_file_limits)))
			return refuse(stage, NO_ROOM, -EINVAL);
		return 0;
	case SL_FILE_MKNOD:
		if (!is_node(nfs->attr.type))
			return refuse(stage, BAD_ARGUMENT, -EBADTYPE);
		return 0;
	case SL_FILE_READLINK:
		nfs->count = room(event);
		return 0;
	case SL_FILE_CREATE:
		if (nfs->how > SL_FILE_EXCLUSIVE)
			return refuse(stage, BAD_ARGUMENT, -EINVAL);
		return 0;
	case SL_FILE_MOUNT:
		if (event->data_bytes > SL_NFS_PATH_MAX)
			return refuse(stage, BAD_NAME, -ENAMETOOLONG);
		if (event->data_bytes &&
		    memchr(event->data, 0, event->data_bytes))
			return refuse(stage, BAD_NAME, -EINVAL);
		return 0;
	}
	return 0;
}

static int check(struct sl_stage *stage, struct sl_event *event)
{
	const struct sl_nfs_options *options = stage->options;
	struct sl_file_args *nfs = sl_file(event);
	u32 rule = event->op < SL_FILE_OPS ? rules[event->op] : 0;
	int err;

	if (unlikely(!rule))
		return refuse(stage, BAD_OP, -EOPNOTSUPP);
	if ((rule & HANDLE && !sl_fs_handle_shaped(&nfs->handle)) ||
	    (rule & OBJECT && !sl_fs_handle_shaped(&nfs->object)))
		return refuse(stage, BAD_HANDLE, -EBADHANDLE);
	if (rule & ANSWERS) {
		if (!room(event))
			return refuse(stage, NO_ROOM, -EINVAL);
	} else if (!data_fits(event)) {
		return refuse(stage, BAD_ARGUMENT, -EINVAL);
	}
	if (rule & NAME) {
		err = check_names(event, nfs, rule);
		if (err)
			return refuse(stage, BAD_NAME, err);
	}
	if (rule & ATTRIBUTES) {
		if (nfs->set >= SL_FILE_SET_MTIME << 1 ||
		    (nfs->set & SL_FILE_SET_MODE && nfs->attr.mode > 07777))
			return refuse(stage, BAD_ARGUMENT, -EINVAL);
		if (nfs->set & SL_FILE_SET_SIZE && nfs->attr.size > S64_MAX)
			return refuse(stage, BAD_ARGUMENT, -EFBIG);
	}
	if (rule & CHANGES && options->read_only)
		return refuse(stage, READ_ONLY, -EROFS);
	return check_arguments(stage, event);
}

/* Rights of the RFC from those of the host; nobody may execute a directory. */
static u8 access_of(const struct sl_file_args *nfs, bool read_only)
{
	bool directory = nfs->attr.type == SL_FILE_DIR;
	u8 may = 0;

	if (nfs->rwx & 4)
		may |= SL_FILE_MAY_READ;
	if (nfs->rwx & 2 && !read_only)
		may |= SL_FILE_MAY_MODIFY | SL_FILE_MAY_EXTEND |
		       (directory ? SL_FILE_MAY_DELETE : 0);
	if (nfs->rwx & 1)
		may |= directory ? SL_FILE_MAY_LOOKUP : SL_FILE_MAY_EXECUTE;
	return nfs->access & may;
}

/* The export knows no limit to a READ or a WRITE; this stage has some. */
static void limit(const struct sl_nfs_options *options, struct sl_event *event)
{
	struct sl_file_limits limits;

	if (event->data_bytes < sizeof(limits))
		return;
	memcpy(&limits, event->data, sizeof(limits));
	limits.read_max = options->read_max;
	limits.write_max = options->write_max;
	memcpy(event->data, &limits, sizeof(limits));
}

static void answer(struct sl_stage *stage, struct sl_event *event)
{
	const struct sl_nfs_options *options = stage->options;
	struct sl_file_args *nfs = sl_file(event);

	if (likely(!event->status)) {
		nfs->status = SL_NFS_OK;
		if (event->op == SL_FILE_ACCESS)
			nfs->access = access_of(nfs, options->read_only);
		else if (event->op == SL_FILE_FSINFO)
			limit(options, event);
	} else {
		nfs->status = sl_nfs_status(event->status);
		nfs->count = 0;
		if (event->op < SL_FILE_OPS && rules[event->op] & ANSWERS)
			event->data_bytes = 0;
	}
	sl_stage_reply(stage, event);
}

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	bool reply = sl_stage_port(stage, edge) == FS;
	u32 i;

	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (!reply) {
			event->status = check(stage, event);
			if (likely(!event->status)) {
				sl_stage_call(stage, FS, event);
				continue;
			}
		}
		answer(stage, event);
	}
	return batch->count;
}

static const char *const drop_reasons[] = {
	[BAD_OP] = "no such operation",
	[BAD_HANDLE] = "not a handle",
	[BAD_NAME] = "bad name",
	[BAD_ARGUMENT] = "bad argument",
	[NO_ROOM] = "no room for the answer",
	[READ_ONLY] = "read-only",
	NULL,
};

static const struct sl_option options[] = {
	{ "read_only", SL_OPTION_BOOL,
	  offsetof(struct sl_nfs_options, read_only), 0, 0, "false", NULL,
	  "refuse every change; other nfs stages may allow it" },
	{ "read_max", SL_OPTION_BYTES,
	  offsetof(struct sl_nfs_options, read_max), 4096, 1 << 30, "1M", NULL,
	  "most that one READ returns" },
	{ "write_max", SL_OPTION_BYTES,
	  offsetof(struct sl_nfs_options, write_max), 4096, 1 << 30, "1M",
	  NULL, "most that one WRITE takes" },
	{ .name = NULL },
};

const struct sl_stage_type sl_nfs_stage = {
	.name = "nfs",
	.summary = "checks and answers NFSv3 operations",
	.class = SL_STATELESS,
	.port = {
		{ "callers", "file", false, false },
		{ "fs", "fs", true, false },
	},
	.options = options,
	.options_bytes = sizeof(struct sl_nfs_options),
	.weight_ns = 40,
	.drop_reasons = drop_reasons,
	.run = run,
};
