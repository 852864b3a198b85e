/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the fs stage share. */
#ifndef SL_FS_USER_H
#define SL_FS_USER_H

#include <linux/types.h>

#include "stages/fs/fs.h"
#include "stages/fs/handles_user.h"
#include "stages/stage.h"

struct sl_fs {
	struct sl_stage *stage;
	const struct sl_fs_options *options;
	struct sl_handles handles;
	struct sl_entry *root;
	u64 verifier;		/* of WRITE and COMMIT */
	u64 wall_ns;		/* wall clock of this batch; 0: not read yet */
	u32 in_flight;		/* events that the block stage has */
	u64 attributes_ns;	/* how old attributes may be */
};

/*
 * An operation on the entry of event's handle, which is pinned meanwhile.
 * Returns 0 or a negative errno, or SL_FS_AWAY if block has the event now.
 */
typedef int sl_fs_op(struct sl_fs *fs, struct sl_event *event,
		     struct sl_entry *entry);
#define SL_FS_AWAY	1

/* names_user.c */
sl_fs_op sl_fs_lookup, sl_fs_create, sl_fs_mkdir, sl_fs_symlink, sl_fs_mount;
sl_fs_op sl_fs_remove, sl_fs_rmdir, sl_fs_rename, sl_fs_link;

/* attributes_user.c */
sl_fs_op sl_fs_getattr, sl_fs_setattr, sl_fs_access, sl_fs_fsstat;
sl_fs_op sl_fs_readlink, sl_fs_readdir;
int sl_fs_set(struct sl_fs *fs, struct sl_entry *entry, u8 set,
	      const struct sl_file_attr *attr);

/**
 * sl_fs_fresh() - see to it that attributes are not too old
 * @fs: the stage
 * @entry: a live entry
 *
 * Sizes are always right for what went through this stage; the limit is for
 * what others do to the export.
 *
 * Return: 0 or a negative errno.
 */
static inline int sl_fs_fresh(struct sl_fs *fs, struct sl_entry *entry)
{
	if (likely(entry->checked_ns && fs->handles.now_ns - entry->checked_ns <
					      fs->attributes_ns))
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

#endif /* SL_FS_USER_H */
