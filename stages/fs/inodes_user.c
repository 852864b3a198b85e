// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The part of the handle table that asks the host what inodes are like. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/err.h>

#include "stages/fs/handles_user.h"

#define STATX_WANTED	(STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID)

static u64 time_of(const struct statx_timestamp *time)
{
	return time->tv_sec * 1000000000ull + time->tv_nsec;
}

static u8 type_of(u32 mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return SL_FILE_REG;
	case S_IFDIR:
		return SL_FILE_DIR;
	case S_IFBLK:
		return SL_FILE_BLK;
	case S_IFCHR:
		return SL_FILE_CHR;
	case S_IFLNK:
		return SL_FILE_LNK;
	case S_IFSOCK:
		return SL_FILE_SOCK;
	default:
		return SL_FILE_FIFO;
	}
}

/* Files of several devices in one export, as btrfs has them, number anew. */
static u64 fsid_of(const struct sl_handles *handles,
		   const struct sl_entry *entry)
{
	return entry->dev == handles->dev ? handles->fsid
					  : handles->fsid + entry->dev;
}

/*
 * Is anything different that decides who may do what?  An access list changes
 * no more than the ctime, but so does a WRITE: after one of ours, what callers
 * may do is asked anew only when it is as old as attributes may be.
 */
static bool rights_differ(struct sl_handles *handles, struct sl_entry *entry,
			  const struct sl_file_attr *old)
{
	const struct sl_file_attr *attr = &entry->attr;

	if (attr->mode != old->mode || attr->uid != old->uid ||
	    attr->gid != old->gid)
		return true;
	if (attr->ctime_ns != old->ctime_ns) {
		if (!entry->written)
			return true;
		if (!entry->doubted_ns)
			entry->doubted_ns = handles->now_ns;
	}
	return entry->doubted_ns && handles->now_ns - entry->doubted_ns >=
					    handles->attributes_ns;
}

/**
 * sl_handles_note() - remember what the host says of an entry
 * @handles: the table
 * @entry: the entry
 * @st: attributes of the same inode, just taken
 */
void sl_handles_note(struct sl_handles *handles, struct sl_entry *entry,
		     const struct statx *st)
{
	struct sl_file_attr old = entry->attr;

	entry->attr = (struct sl_file_attr){
		.type = type_of(st->stx_mode),
		.mode = st->stx_mode & 07777,
		.links = st->stx_nlink,
		.uid = st->stx_uid,
		.gid = st->stx_gid,
		.major = st->stx_rdev_major,
		.minor = st->stx_rdev_minor,
		.size = st->stx_size,
		.used = st->stx_blocks * 512,
		.fsid = fsid_of(handles, entry),
		.fileid = st->stx_ino,
		.atime_ns = time_of(&st->stx_atime),
		.mtime_ns = time_of(&st->stx_mtime),
		.ctime_ns = time_of(&st->stx_ctime),
	};
	if (rights_differ(handles, entry, &old)) {
		entry->version = ++handles->versions;
		entry->doubted_ns = 0;
	}
	entry->written = entry->away;
	entry->guessed = false;
	entry->checked_ns = handles->now_ns;
	entry->noted_turn = handles->turn;
}

int sl_handles_stat_fd(int fd, struct statx *st)
{
	return statx(fd, "", AT_EMPTY_PATH, STATX_WANTED, st) ? -errno : 0;
}

/* Is it beyond a mount point? */
bool sl_handles_outside(const struct sl_handles *handles,
			const struct statx *st)
{
	if (st->stx_mask & STATX_MNT_ID)
		return st->stx_mnt_id != handles->mount;
	return makedev(st->stx_dev_major, st->stx_dev_minor) != handles->dev;
}

/**
 * sl_handles_stat() - what the host says of a name
 * @handles: the table
 * @parent: entry of a directory
 * @name: one name, but not ".."
 * @st: where to put it
 *
 * Return: 0, or a negative errno; -EACCES if something is mounted there.
 */
int sl_handles_stat(struct sl_handles *handles, struct sl_entry *parent,
		    const char *name, struct statx *st)
{
	int fd = sl_handles_fd(handles, parent, SL_OPEN_ANY);

	if (fd < 0)
		return fd;
	if (statx(fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		  STATX_WANTED, st))
		return -errno;
	return sl_handles_outside(handles, st) ? -EACCES : 0;
}

/**
 * sl_handles_sweep() - look after files that nobody asks for
 * @handles: the table
 * @count: descriptors to look at, in turn
 *
 * An open file whose last name others have removed keeps its space on the
 * disk; it is closed here, and its handle becomes stale.
 */
void sl_handles_sweep(struct sl_handles *handles, u32 count)
{
	u32 left;

	for (left = handles->fresh; left && count; left--) {
		struct sl_entry *entry = &handles->entry[handles->swept];

		if (++handles->swept >= handles->fresh)
			handles->swept = 0;
		if (entry->state != SL_ENTRY_LIVE || entry->pins ||
		    entry->fd < 0)
			continue;
		count--;
		sl_handles_refresh(handles, entry);
	}
}

/* How statx(2) names an entry: by its descriptor, or by its directory's. */
static int stat_entry(struct sl_handles *handles, struct sl_entry *entry,
		      struct statx *st)
{
	struct sl_entry *up;
	int err, fd;

	if (entry->fd >= 0)
		return sl_handles_stat_fd(entry->fd, st);
	err = sl_callers_self(handles->callers);
	if (err)
		return err;
	if (handles->given) {
		/* Closed again at once, for others may need the descriptor. */
		fd = sl_kept_open(handles, entry, O_PATH);
		if (fd < 0)
			return fd;
		err = sl_handles_stat_fd(fd, st);
		close(fd);
		return err;
	}
	up = sl_handles_parent(handles, entry);
	if (IS_ERR(up))
		return PTR_ERR(up);
	if (!statx(up->fd, handles->name[sl_handles_slot(handles, entry)],
		   AT_SYMLINK_NOFOLLOW, STATX_WANTED, st))
		return 0;
	return errno == ENOENT || errno == ENOTDIR ? -ESTALE : -errno;
}

/**
 * sl_handles_refresh() - ask the host for the attributes of an entry
 * @handles: the table
 * @entry: a live entry, pinned or not used any more if this fails; its handle
 *         is stale if the inode has no name left
 *
 * Return: 0 or a negative errno.
 */
int sl_handles_refresh(struct sl_handles *handles, struct sl_entry *entry)
{
	struct statx st;
	int err = stat_entry(handles, entry, &st);

	handles->totals.refreshed++;
	if (!err && !sl_handles_same(entry, &st))
		err = -ESTALE;
	if (err == -ESTALE)
		sl_handles_unname(handles, entry);
	if (err)
		return err;
	if (!st.stx_nlink) {
		sl_handles_forget(handles, entry);
		return -ESTALE;
	}
	sl_handles_note(handles, entry, &st);
	return 0;
}
