// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The part of the handle table that opens files.
 *
 * Every path is one name below the descriptor of its directory, and symbolic
 * links are never followed, so there is no way out of the export.  The other
 * way to open a file is by a handle of the host's: kept_user.c.
 *
 * Both are done as the user that runs the pipeline, whoever asks; what he may
 * do with it then is for others to check.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fs/handles_user.h"

#define TRIES_MAX	8

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
 * sl_handles_room() - see to it that one more file can be opened
 * @handles: the table; it closes something else if there is no room
 *
 * Return: false if everything is in use.
 */
bool sl_handles_room(struct sl_handles *handles)
{
	return handles->totals.descriptors < handles->fds_max ||
	       make_room(handles);
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
	if (!sl_handles_room(handles))
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
	/* Something is mounted there. */
	return errno == EXDEV ? -EACCES : -errno;
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

/**
 * sl_handles_parent() - the directory that an entry was last seen in
 * @handles: a table that knows names
 * @entry: a live entry
 *
 * Return: the directory's entry, open, for which its own directories are opened
 * first; or an ERR_PTR(), -ESTALE if it is not known.
 */
struct sl_entry *sl_handles_parent(struct sl_handles *handles,
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

/* The inode that the entry has open, or that its handle stands for. */
static int open_inode(struct sl_handles *handles, struct sl_entry *entry,
		      u64 flags)
{
	char path[32];
	int fd;

	if (!handles->given) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", entry->fd);
		fd = open(path, flags | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	/* Not for long: whoever holds a lease on it is to answer first. */
	if (!(flags & (O_PATH | O_DIRECTORY)))
		flags |= O_NONBLOCK;
	fd = sl_kept_open(handles, entry, flags);
	if (fd >= 0 && flags & O_NONBLOCK && fcntl(fd, F_SETFL, 0)) {
		close(fd);
		return -errno;
	}
	return fd;
}

/* A descriptor, or a better one, that asks for no name. */
static int reopen(struct sl_handles *handles, struct sl_entry *entry, u8 want)
{
	const struct way *way;
	int fd = -EACCES;

	/* A file that is only written so far may be written at any time. */
	if (want == SL_OPEN_READ && entry->open & SL_OPEN_WRITE)
		want = SL_OPEN_WRITE;
	if (entry->fd < 0 && !sl_handles_room(handles))
		return -EMFILE;
	for (way = ways_of(entry, want); way->open; way++) {
		fd = open_inode(handles, entry, way->flags);
		if (fd >= 0)
			return sl_handles_adopt(handles, entry, fd, way->open);
		if (!refused(fd))
			break;
	}
	return fd;
}

static int open_by_name(struct sl_handles *handles, struct sl_entry *entry,
			u8 want)
{
	struct sl_entry *up = sl_handles_parent(handles, entry);

	if (IS_ERR(up))
		return PTR_ERR(up);
	return open_below(handles, entry, up, want);
}

int sl_handles_open_as(struct sl_handles *handles, struct sl_entry *entry,
		       u8 want)
{
	int fd = -ENOENT;
	int err, named;

	if (want == SL_OPEN_WRITE && handles->read_only)
		return -EROFS;
	err = sl_callers_self(handles->callers);
	if (err)
		return err;
	sl_handles_pin(entry);
	if (entry->fd >= 0 || handles->given)
		fd = reopen(handles, entry, want);
	/* It is not open, or /proc is not there, or not for this user. */
	if (!handles->given && (fd == -ENOENT || fd == -EACCES)) {
		named = open_by_name(handles, entry, want);
		if (fd == -ENOENT || named >= 0)
			fd = named;
	}
	sl_handles_unpin(handles, entry);
	if (fd >= 0 && !(entry->open & want))
		return -EACCES;
	return fd;
}
