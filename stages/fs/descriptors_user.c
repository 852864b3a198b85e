// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The part of the handle table that opens files.
 *
 * Every path is one name below the descriptor of its directory, and symbolic
 * links are never followed, so there is no way out of the export.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fs/handles_user.h"

#define STATX_WANTED	(STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID)
#define TRIES_MAX	8

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

/**
 * sl_handles_note() - remember what the host says of an entry
 * @handles: the table
 * @entry: the entry
 * @st: attributes of the same inode, just taken
 */
void sl_handles_note(struct sl_handles *handles, struct sl_entry *entry,
		     const struct statx *st)
{
	entry->attr = (struct sl_file_attr){
		.type = type_of(st->stx_mode),
		.mode = st->stx_mode & 07777,
		.links = st->stx_nlink,
		.uid = st->stx_uid,
		.gid = st->stx_gid,
		.size = st->stx_size,
		.used = st->stx_blocks * 512,
		.fileid = st->stx_ino,
		.atime_ns = time_of(&st->stx_atime),
		.mtime_ns = time_of(&st->stx_mtime),
		.ctime_ns = time_of(&st->stx_ctime),
	};
	entry->guessed = false;
	entry->checked_ns = handles->now_ns;
}

void sl_handles_shut(struct sl_handles *handles, struct sl_entry *entry)
{
	if (entry->state == SL_ENTRY_FREE || entry->fd < 0)
		return;
	close(entry->fd);
	entry->fd = -1;
	entry->open = 0;
	handles->totals.descriptors--;
}

static bool make_room(struct sl_handles *handles)
{
	struct sl_entry *entry = sl_handles_idle(handles, 1);

	if (!entry)
		return false;
	sl_handles_shut(handles, entry);
	handles->totals.evicted_descriptors++;
	return true;
}

/**
 * sl_handles_openat() - open a name in a directory of the export
 * @handles: the table; it closes something else if there is no room
 * @fd: descriptor of the directory, whose entry is pinned
 * @name: one name
 * @flags: of open(2)
 * @mode: of a file to be made
 *
 * Return: the descriptor or a negative errno; -EMFILE if nothing can be closed.
 */
int sl_handles_openat(struct sl_handles *handles, int fd, const char *name,
		      u64 flags, u32 mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NOFOLLOW,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int tries, opened;

	/* It may turn out to be a pipe or a terminal, by a race with others. */
	if (!(flags & O_PATH))
		how.flags |= O_NONBLOCK | O_NOCTTY;
	if (handles->totals.descriptors >= handles->fds_max &&
	    !make_room(handles))
		return -EMFILE;
	for (tries = 0; tries < TRIES_MAX; tries++) {
		opened = syscall(SYS_openat2, fd, name, &how, sizeof(how));
		if (opened >= 0)
			return opened;
		/* Others in this process may use more than their share. */
		if ((errno == EMFILE || errno == ENFILE) && make_room(handles))
			continue;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return -errno;
}

/**
 * sl_handles_adopt() - give an entry a descriptor
 * @handles: the table
 * @entry: a live entry
 * @fd: descriptor of its inode, the table's from now on
 * @open: what it is good for
 *
 * Return: the descriptor, or -EJUKEBOX if the one it has is in use and @fd
 * cannot stand in for it.
 */
int sl_handles_adopt(struct sl_handles *handles, struct sl_entry *entry, int fd,
		     u8 open)
{
	if (entry->fd < 0) {
		entry->fd = fd;
		handles->totals.descriptors++;
	} else {
		bool fits = !entry->away || !(entry->open & ~open);
		int err = fits ? dup3(fd, entry->fd, O_CLOEXEC) : -1;

		close(fd);
		if (err < 0)
			return -EJUKEBOX;
	}
	entry->open = open;
	entry->listed_to = 0;
	return entry->fd;
}

/* Ways to open a regular file, best first; 0 ends them. */
struct way {
	u64 flags;
	u8 open;
};

static const struct way *ways_of(const struct sl_entry *entry, u8 want)
{
	static const struct way path[] = { { O_PATH, SL_OPEN_ANY }, { 0, 0 } };
	static const struct way list[] = {
		{ O_RDONLY | O_DIRECTORY, SL_OPEN_ANY | SL_OPEN_READ },
		{ O_PATH | O_DIRECTORY, SL_OPEN_ANY },
		{ 0, 0 },
	};
	static const struct way read[] = {
		{ O_RDONLY, SL_OPEN_ANY | SL_OPEN_READ },
		{ 0, 0 },
	};
	static const struct way write[] = {
		{ O_RDWR, SL_OPEN_ANY | SL_OPEN_READ | SL_OPEN_WRITE },
		{ O_WRONLY, SL_OPEN_ANY | SL_OPEN_WRITE },
		{ 0, 0 },
	};

	if (entry->attr.type == SL_FILE_DIR)
		return want == SL_OPEN_READ ? list : list + 1;
	if (entry->attr.type != SL_FILE_REG || want == SL_OPEN_ANY)
		return path;
	/* No more than is needed: nobody can run a file open for writing. */
	return want == SL_OPEN_WRITE ? write : read;
}

static bool refused(int error)
{
	return error == -EACCES || error == -EPERM || error == -EROFS ||
	       error == -ETXTBSY;
}

int sl_handles_stat_fd(int fd, struct statx *st)
{
	return statx(fd, "", AT_EMPTY_PATH, STATX_WANTED, st) ? -errno : 0;
}

/* Is it what the entry stands for? */
static int verify(struct sl_handles *handles, struct sl_entry *entry, int fd)
{
	struct statx st;
	int err = sl_handles_stat_fd(fd, &st);

	if (err)
		return err;
	if (!sl_handles_same(entry, &st)) {
		sl_handles_unname(handles, entry);
		return -ESTALE;
	}
	sl_handles_note(handles, entry, &st);
	return 0;
}

/* Opens an entry whose directory @up is open. */
static int open_below(struct sl_handles *handles, struct sl_entry *entry,
		      struct sl_entry *up, u8 want)
{
	const char *name = handles->name[sl_handles_slot(handles, entry)];
	const struct way *way = ways_of(entry, want);
	int fd = -EACCES;
	int err;

	sl_handles_pin(entry);
	sl_handles_pin(up);
	for (; way->open; way++) {
		fd = sl_handles_openat(handles, up->fd, name, way->flags, 0);
		if (!refused(fd))
			break;
	}
	sl_handles_unpin(handles, up);
	if (fd >= 0) {
		err = verify(handles, entry, fd);
		/* An answer must not depend on how it was opened. */
		if (!err && !(way->flags & O_PATH))
			err = fcntl(fd, F_SETFL, 0) ? -errno : 0;
		if (err)
			close(fd);
		fd = err ? err : sl_handles_adopt(handles, entry, fd,
						  way->open);
	} else if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP) {
		sl_handles_unname(handles, entry);
		fd = -ESTALE;
	}
	sl_handles_unpin(handles, entry);
	return fd;
}

/* The directory of an entry, open; its own directories are opened first. */
static struct sl_entry *open_parent(struct sl_handles *handles,
				    struct sl_entry *entry)
{
	u32 left;
	int fd;

	for (left = handles->max; left; left--) {
		struct sl_entry *at = entry;
		struct sl_entry *up;

		for (;; at = up) {
			if (at->parent == SL_SLOT_NONE)
				return ERR_PTR(-ESTALE);
			up = &handles->entry[at->parent];
			if (up->state != SL_ENTRY_LIVE)
				return ERR_PTR(-ESTALE);
			up->touched = ~0;
			if (up->fd >= 0)
				break;
		}
		if (at == entry)
			return up;
		fd = open_below(handles, at, up, SL_OPEN_ANY);
		if (fd < 0)
			return ERR_PTR(fd);
	}
	return ERR_PTR(-ESTALE);
}

/* A better descriptor of what is open already, wherever it is now. */
static int reopen(struct sl_handles *handles, struct sl_entry *entry, u8 want)
{
	const struct way *way;
	char path[32];
	int fd;

	/* A file that is only written so far may be written at any time. */
	if (want == SL_OPEN_READ && entry->open & SL_OPEN_WRITE)
		want = SL_OPEN_WRITE;
	way = ways_of(entry, want);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", entry->fd);
	for (; way->open; way++) {
		fd = open(path, way->flags | O_CLOEXEC);
		if (fd >= 0)
			return sl_handles_adopt(handles, entry, fd, way->open);
		if (!refused(-errno))
			break;
	}
	return -errno;
}

static int open_by_name(struct sl_handles *handles, struct sl_entry *entry,
			u8 want)
{
	struct sl_entry *up = open_parent(handles, entry);

	if (IS_ERR(up))
		return PTR_ERR(up);
	return open_below(handles, entry, up, want);
}

int sl_handles_open_as(struct sl_handles *handles, struct sl_entry *entry,
		       u8 want)
{
	int fd = -ENOENT;
	int named;

	if (want == SL_OPEN_WRITE && handles->read_only)
		return -EROFS;
	if (entry->fd >= 0)
		fd = reopen(handles, entry, want);
	/* It is not open, or /proc is not there, or not for this user. */
	if (fd == -ENOENT || fd == -EACCES) {
		named = open_by_name(handles, entry, want);
		if (fd == -ENOENT || named >= 0)
			fd = named;
	}
	if (fd >= 0 && !(entry->open & want))
		return -EACCES;
	return fd;
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
	if (st->stx_mask & STATX_MNT_ID
		    ? st->stx_mnt_id != handles->mount
		    : makedev(st->stx_dev_major, st->stx_dev_minor) !=
			      handles->dev)
		return -EACCES;
	return 0;
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

/**
 * sl_handles_at() - how a system call names an entry
 * @handles: the table
 * @entry: a live entry
 * @name: set to "" if the entry is open itself (AT_EMPTY_PATH), else to its
 *        name in the directory
 *
 * Return: descriptor of the entry or of its directory, or a negative errno.
 */
int sl_handles_at(struct sl_handles *handles, struct sl_entry *entry,
		  const char **name)
{
	struct sl_entry *up;

	*name = "";
	if (entry->fd >= 0)
		return entry->fd;
	up = open_parent(handles, entry);
	if (IS_ERR(up))
		return PTR_ERR(up);
	*name = handles->name[sl_handles_slot(handles, entry)];
	return up->fd;
}

/**
 * sl_handles_refresh() - ask the host for the attributes of an entry
 * @handles: the table
 * @entry: a live entry; its handle is stale if the inode has no name left
 *
 * Return: 0 or a negative errno.
 */
int sl_handles_refresh(struct sl_handles *handles, struct sl_entry *entry)
{
	const char *name;
	int fd = sl_handles_at(handles, entry, &name);
	struct statx st;

	handles->totals.refreshed++;
	if (fd < 0)
		return fd;
	if (statx(fd, name, *name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH,
		  STATX_WANTED, &st)) {
		if (!*name || (errno != ENOENT && errno != ENOTDIR))
			return -errno;
		sl_handles_unname(handles, entry);
		return -ESTALE;
	}
	if (!sl_handles_same(entry, &st)) {
		sl_handles_unname(handles, entry);
		return -ESTALE;
	}
	if (!st.stx_nlink) {
		sl_handles_forget(handles, entry);
		return -ESTALE;
	}
	sl_handles_note(handles, entry, &st);
	return 0;
}
