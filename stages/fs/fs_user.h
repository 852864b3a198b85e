/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the fs stage share. */
#ifndef SL_FS_USER_H
#define SL_FS_USER_H

#include <linux/string.h>
#include <linux/types.h>

#include "stages/fs/caller_user.h"
#include "stages/fs/fs.h"
#include "stages/fs/handles_user.h"
#include "stages/stage.h"

enum { SL_FS_CALLERS, SL_FS_BLOCK };	/* ports */

#define SL_FS_FOUND_MAX		64	/* names of a batch that are remembered */
#define SL_FS_FOUND_NAME_MAX	36	/* bytes; longer ones are not */

/* A name that was looked up in this batch, and what it stands for. */
struct sl_fs_found {
	u64 names;		/* sl_fs.names at the time */
	u32 directory;		/* slots */
	u32 slot;
	u32 generation;		/* of the entry in that slot */
	u32 bytes;
	char name[SL_FS_FOUND_NAME_MAX];
} ____cacheline_aligned;

static_assert(sizeof(struct sl_fs_found) == L1_CACHE_BYTES, "one line");

struct sl_fs {
	struct sl_stage *stage;
	const struct sl_fs_options *options;
	struct sl_handles handles;
	struct sl_callers callers;
	struct sl_entry *root;
	const struct sl_file_caller *caller;	/* of this event */
	u64 caller_id;
	u64 names;		/* counts batches, and changes of names */
	u64 wall_ns;		/* wall clock of this batch; 0: not read yet */
	u32 in_flight;		/* events that the block stage has */
	u32 lost;		/* which counter of lost data is ours */
	struct sl_file_limits limits;
	struct sl_fs_found found[SL_FS_FOUND_MAX];
};

/*
 * An operation on the entry of event's handle, which is pinned meanwhile.
 * Returns 0 or a negative errno, or SL_FS_AWAY if block has the event now.
 */
typedef int sl_fs_op(struct sl_fs *fs, struct sl_event *event,
		     struct sl_entry *entry);
#define SL_FS_AWAY	1

/* names_user.c */
sl_fs_op sl_fs_lookup, sl_fs_mount;
sl_fs_op sl_fs_remove, sl_fs_rmdir, sl_fs_rename, sl_fs_link;
int sl_fs_directory(struct sl_fs *fs, struct sl_entry *entry);
struct sl_entry *sl_fs_find(struct sl_fs *fs, struct sl_entry *entry,
			    const char *name);
int sl_fs_answer(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry);

/* create_user.c */
sl_fs_op sl_fs_create, sl_fs_mkdir, sl_fs_symlink, sl_fs_mknod;

/* attributes_user.c */
sl_fs_op sl_fs_getattr, sl_fs_setattr, sl_fs_readlink;
sl_fs_op sl_fs_fsstat, sl_fs_limits;
int sl_fs_set(struct sl_fs *fs, struct sl_entry *entry, u8 set,
	      const struct sl_file_attr *attr);
int sl_fs_measure(struct sl_fs *fs);

/* access_user.c */
sl_fs_op sl_fs_access;
int sl_fs_allow_caller(struct sl_fs *fs, struct sl_entry *entry, u8 any,
		       bool owner);

/* list_user.c */
sl_fs_op sl_fs_readdir, sl_fs_readdirplus;

/* data_user.c */
sl_fs_op sl_fs_read, sl_fs_write, sl_fs_commit;
void sl_fs_end(struct sl_fs *fs, struct sl_event *event);
int sl_fs_verifier_open(struct sl_fs *fs);

/* export_user.c */
u32 sl_fs_descriptors(struct sl_stage *stage);
int sl_fs_open_export(struct sl_fs *fs);

#define SL_FS_NAME_ROOM	256

/* The nfs stage has seen to it that names fit. */
static inline void sl_fs_copy_name(char *to, const u8 *from, u32 bytes)
{
	memcpy(to, from, bytes);
	to[bytes] = 0;
}

/**
 * sl_fs_fresh() - see to it that attributes are not too old
 * @fs: the stage
 * @entry: a live entry
 *
 * Sizes are always right for what went through this stage; the limit is for
 * what others do to the export.  What was asked for one event of a batch holds
 * for the others, for all of them had come by then.
 *
 * Return: 0 or a negative errno.
 */
static inline int sl_fs_fresh(struct sl_fs *fs, struct sl_entry *entry)
{
	if (likely(entry->checked_ns &&
		   (fs->handles.now_ns - entry->checked_ns <
			    fs->handles.attributes_ns ||
		    entry->noted_turn == fs->handles.turn)))
		return 0;
	return sl_handles_refresh(&fs->handles, entry);
}

/* As sl_fs_fresh(), and times are the host's, not estimates. */
static inline int sl_fs_exact(struct sl_fs *fs, struct sl_entry *entry)
{
	if (entry->guessed)
		entry->checked_ns = 0;
	return sl_fs_fresh(fs, entry);
}

/**
 * sl_fs_allow() - may the caller do this?
 * @fs: the stage
 * @entry: a live entry with fresh attributes
 * @any: rights of which he needs one: S_IROTH, S_IWOTH, S_IXOTH
 * @owner: whether the owner always may: NFS has no open(), so what was allowed
 *         when he opened the file must still be
 *
 * The pipeline itself may try whatever it likes.
 *
 * Return: 0, -EACCES, or why that cannot be found out.
 */
static inline int sl_fs_allow(struct sl_fs *fs, struct sl_entry *entry, u8 any,
			      bool owner)
{
	return likely(!fs->caller->known)
		       ? 0 : sl_fs_allow_caller(fs, entry, any, owner);
}

/* Be who asks, for a system call that checks him and acts for him. */
static inline int sl_fs_act(struct sl_fs *fs)
{
	return likely(!fs->caller->known)
		       ? 0 : sl_callers_become(&fs->callers, fs->caller);
}

/* Says what the file of the handle is like. */
static inline void sl_fs_tell(struct sl_event *event,
			      const struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);

	nfs->attr = entry->attr;
	nfs->has_attr = true;
}

/* Says what a file was like, just before it is changed. */
static inline int sl_fs_before(struct sl_fs *fs, struct sl_event *event,
			       u32 which, struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	int err = sl_handles_refresh(&fs->handles, entry);

	if (err)
		return err;
	nfs->before[which] = (struct sl_file_before){
		entry->attr.size, entry->attr.mtime_ns, entry->attr.ctime_ns,
	};
	nfs->has_before[which] = true;
	return 0;
}

#endif /* SL_FS_USER_H */
