// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The fs stage's operations on names. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/err.h>

#include "stages/fs/fs_user.h"

#define NAME_ROOM	256
#define TARGET_ROOM	4096
#define TRIES_MAX	16	/* against others who make and remove a name */

/* The nfs stage has seen to it that names fit. */
static void copy_name(char *to, const u8 *from, u32 bytes)
{
	memcpy(to, from, bytes);
	to[bytes] = 0;
}

/* What an operation on a name has to say of the file it has found or made. */
static int answer(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	int err = sl_fs_exact(fs, entry);

	if (err)
		return err;
	sl_handles_give(&fs->handles, entry, &nfs->object);
	nfs->attr = entry->attr;
	return 0;
}

/* A descriptor of a directory to do something in. */
static int directory(struct sl_fs *fs, struct sl_entry *entry)
{
	if (entry->attr.type != SL_FILE_DIR)
		return -ENOTDIR;
	return sl_handles_fd(&fs->handles, entry, SL_OPEN_ANY);
}

/* The parent, but never above the export, and only while it is the parent. */
static struct sl_entry *upwards(struct sl_fs *fs, struct sl_entry *entry)
{
	struct sl_handles *handles = &fs->handles;
	struct sl_entry *up;
	struct statx st;
	int fd;

	if (entry == fs->root)
		return entry;
	if (entry->parent == SL_SLOT_NONE)
		return ERR_PTR(-ESTALE);
	up = &handles->entry[entry->parent];
	fd = sl_handles_fd(handles, entry, SL_OPEN_ANY);
	if (fd < 0)
		return ERR_PTR(fd);
	if (statx(fd, "..", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
		  &st))
		return ERR_PTR(-errno);
	if (!sl_handles_same(up, &st) || up->state != SL_ENTRY_LIVE) {
		sl_handles_unname(handles, entry);
		return ERR_PTR(-ESTALE);
	}
	return up;
}

static struct sl_entry *look_up(struct sl_fs *fs, struct sl_entry *entry,
				const char *name)
{
	struct statx st;
	int err;

	if (entry->attr.type != SL_FILE_DIR)
		return ERR_PTR(-ENOTDIR);
	if (!strcmp(name, "."))
		return entry;
	if (!strcmp(name, ".."))
		return upwards(fs, entry);
	err = sl_handles_stat(&fs->handles, entry, name, &st);
	if (err)
		return ERR_PTR(err);
	return sl_handles_enter(&fs->handles, entry, name, &st);
}

int sl_fs_lookup(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	char name[NAME_ROOM];

	copy_name(name, event->data, event->data_bytes);
	entry = look_up(fs, entry, name);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	return answer(fs, event, entry);
}

/* Walks a path without leaving the export, name by name. */
int sl_fs_mount(struct sl_fs *fs, struct sl_event *event,
		struct sl_entry *entry)
{
	char path[4096];
	char *at = path;
	char *name;
	int err = 0;

	if (event->data_bytes >= sizeof(path))
		return -ENAMETOOLONG;
	copy_name(path, event->data, event->data_bytes);
	sl_handles_pin(entry);
	while (!err && (name = strsep(&at, "/"))) {
		struct sl_entry *next;

		if (!*name || !strcmp(name, "."))
			continue;
		next = !strcmp(name, "..") ? ERR_PTR(-EACCES) :
		       strlen(name) >= NAME_ROOM ? ERR_PTR(-ENAMETOOLONG) :
		       look_up(fs, entry, name);
		if (IS_ERR(next)) {
			err = PTR_ERR(next);
			break;
		}
		sl_handles_pin(next);
		sl_handles_unpin(&fs->handles, entry);
		entry = next;
	}
	if (!err)
		err = answer(fs, event, entry);
	sl_handles_unpin(&fs->handles, entry);
	return err;
}

/* A createverf3 is kept in the file's times, as RFC 1813 proposes. */
static void verifier_times(u64 verifier, struct sl_file_attr *attr)
{
	attr->atime_ns = (verifier >> 32 & 0x7fffffff) * 1000000000u;
	attr->mtime_ns = (verifier & 0x7fffffff) * 1000000000u;
}

/* Sets what a new file shall have and has not. */
static int dress(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	const struct sl_file_args *nfs = sl_file(event);
	struct sl_file_attr attr = nfs->attr;
	u8 set = nfs->set;

	if (event->op == SL_FILE_CREATE && nfs->how == SL_FILE_EXCLUSIVE) {
		verifier_times(nfs->verifier, &attr);
		set = SL_FILE_SET_ATIME | SL_FILE_SET_MTIME;
	}
	if (set & SL_FILE_SET_MODE && attr.mode == entry->attr.mode)
		set &= ~SL_FILE_SET_MODE;
	if (set & SL_FILE_SET_SIZE && attr.size == entry->attr.size)
		set &= ~SL_FILE_SET_SIZE;
	return set ? sl_fs_set(fs, entry, set, &attr) : 0;
}

/* Takes back what was made, unless somebody else has a file there by now. */
static void undo(struct sl_fs *fs, struct sl_entry *parent, const char *name,
		 const struct statx *made)
{
	struct statx st;

	if (sl_handles_stat(&fs->handles, parent, name, &st) ||
	    st.stx_ino != made->stx_ino)
		return;
	unlinkat(parent->fd, name, S_ISDIR(made->stx_mode) ? AT_REMOVEDIR : 0);
}

/* Makes the entry of what was made just now, open if @fd is not -1. */
static int introduce(struct sl_fs *fs, struct sl_event *event,
		     struct sl_entry *parent, const char *name, int fd)
{
	struct sl_handles *handles = &fs->handles;
	struct sl_entry *entry;
	struct statx st;
	int err;

	parent->checked_ns = 0;
	err = fd < 0 ? sl_handles_stat(handles, parent, name, &st)
		     : sl_handles_stat_fd(fd, &st);
	entry = err ? ERR_PTR(err)
		    : sl_handles_enter(handles, parent, name, &st);
	if (IS_ERR(entry)) {
		if (fd >= 0)
			close(fd);
		if (!err)
			undo(fs, parent, name, &st);
		return PTR_ERR(entry);
	}
	sl_handles_pin(entry);
	if (fd >= 0) {
		fd = sl_handles_adopt(handles, entry, fd,
				      SL_OPEN_ANY | SL_OPEN_READ |
				      SL_OPEN_WRITE);
		err = fd < 0 ? fd : fcntl(fd, F_SETFL, 0) ? -errno : 0;
	}
	if (!err)
		err = dress(fs, event, entry);
	if (!err)
		err = answer(fs, event, entry);
	if (err) {
		undo(fs, parent, name, &st);
		if (entry->state == SL_ENTRY_LIVE)
			sl_handles_forget(handles, entry);
	}
	sl_handles_unpin(handles, entry);
	return err;
}

/* CREATE of a name that is there. */
static int created_before(struct sl_fs *fs, struct sl_event *event,
			  struct sl_entry *entry)
{
	const struct sl_file_args *nfs = sl_file(event);
	struct sl_file_attr attr = nfs->attr;
	int err;

	if (entry->attr.type != SL_FILE_REG)
		return -EEXIST;
	if (nfs->how == SL_FILE_EXCLUSIVE) {
		verifier_times(nfs->verifier, &attr);
		if (attr.atime_ns != entry->attr.atime_ns ||
		    attr.mtime_ns != entry->attr.mtime_ns)
			return -EEXIST;
	} else if (nfs->set & SL_FILE_SET_SIZE) {
		sl_handles_pin(entry);
		err = sl_fs_set(fs, entry, SL_FILE_SET_SIZE, &attr);
		if (!err)
			err = answer(fs, event, entry);
		sl_handles_unpin(&fs->handles, entry);
		return err;
	}
	return answer(fs, event, entry);
}

static u32 mode_of(const struct sl_file_args *nfs, u32 standard)
{
	return nfs->set & SL_FILE_SET_MODE ? nfs->attr.mode : standard;
}

int sl_fs_create(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *parent)
{
	const struct sl_file_args *nfs = sl_file(event);
	int parent_fd = directory(fs, parent);
	struct sl_entry *entry;
	char name[NAME_ROOM];
	int tries;

	if (parent_fd < 0)
		return parent_fd;
	copy_name(name, event->data, event->data_bytes);
	for (tries = 0; tries < TRIES_MAX; tries++) {
		int fd = sl_handles_openat(&fs->handles, parent_fd, name,
					   O_RDWR | O_CREAT | O_EXCL,
					   mode_of(nfs, 0644));

		if (fd >= 0)
			return introduce(fs, event, parent, name, fd);
		if (fd != -EEXIST || nfs->how == SL_FILE_GUARDED)
			return fd;
		entry = look_up(fs, parent, name);
		if (!IS_ERR(entry))
			return created_before(fs, event, entry);
		if (PTR_ERR(entry) != -ENOENT)
			return PTR_ERR(entry);
	}
	return -EJUKEBOX;
}

int sl_fs_mkdir(struct sl_fs *fs, struct sl_event *event,
		struct sl_entry *parent)
{
	int fd = directory(fs, parent);
	char name[NAME_ROOM];

	if (fd < 0)
		return fd;
	copy_name(name, event->data, event->data_bytes);
	if (mkdirat(fd, name, mode_of(sl_file(event), 0755)))
		return -errno;
	return introduce(fs, event, parent, name, -1);
}

int sl_fs_symlink(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *parent)
{
	struct sl_file_args *nfs = sl_file(event);
	int fd = directory(fs, parent);
	char target[TARGET_ROOM];
	char name[NAME_ROOM];

	if (fd < 0)
		return fd;
	copy_name(name, event->data, nfs->name2_at);
	copy_name(target, event->data + nfs->name2_at,
		  event->data_bytes - nfs->name2_at);
	nfs->set = 0;
	if (symlinkat(target, fd, name))
		return -errno;
	return introduce(fs, event, parent, name, -1);
}

/* A name is gone; perhaps what it named is, too. */
static void lose(struct sl_fs *fs, const struct sl_entry *parent,
		 const char *name, const struct statx *st)
{
	struct sl_handles *handles = &fs->handles;
	struct sl_entry *entry = sl_handles_known(handles, st);
	u32 slot;

	if (!entry)
		return;
	if (S_ISDIR(st->stx_mode) || st->stx_nlink <= 1) {
		sl_handles_forget(handles, entry);
		return;
	}
	entry->checked_ns = 0;
	slot = sl_handles_slot(handles, entry);
	if (entry->parent == sl_handles_slot(handles, parent) &&
	    !strcmp(handles->name[slot], name))
		sl_handles_unname(handles, entry);
}

static int take_away(struct sl_fs *fs, struct sl_event *event,
		     struct sl_entry *parent, int flags)
{
	int fd = directory(fs, parent);
	char name[NAME_ROOM];
	struct statx st;
	int err;

	if (fd < 0)
		return fd;
	copy_name(name, event->data, event->data_bytes);
	/* Whose handles will be stale cannot be asked afterwards. */
	err = sl_handles_stat(&fs->handles, parent, name, &st);
	if (err)
		return err;
	if (unlinkat(fd, name, flags))
		return -errno;
	parent->checked_ns = 0;
	lose(fs, parent, name, &st);
	return 0;
}

int sl_fs_remove(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *parent)
{
	return take_away(fs, event, parent, 0);
}

int sl_fs_rmdir(struct sl_fs *fs, struct sl_event *event,
		struct sl_entry *parent)
{
	return take_away(fs, event, parent, AT_REMOVEDIR);
}

/* RENAME between two directories that are open and pinned. */
static int move(struct sl_fs *fs, struct sl_entry *from, const char *old_name,
		struct sl_entry *to, const char *new_name)
{
	struct sl_handles *handles = &fs->handles;
	struct statx moved, replaced;
	struct sl_entry *entry;
	bool replaces;
	int err;

	err = sl_handles_stat(handles, from, old_name, &moved);
	if (err)
		return err;
	err = sl_handles_stat(handles, to, new_name, &replaced);
	if (err && err != -ENOENT)
		return err;
	replaces = !err;
	if (renameat(from->fd, old_name, to->fd, new_name))
		return -errno;
	from->checked_ns = 0;
	to->checked_ns = 0;

	/* Two names of one file: the host leaves both. */
	if (replaces && replaced.stx_ino == moved.stx_ino)
		return 0;
	if (replaces)
		lose(fs, to, new_name, &replaced);
	entry = sl_handles_known(handles, &moved);
	if (entry) {
		entry->checked_ns = 0;
		sl_handles_rename(handles, entry, to, new_name);
	}
	return 0;
}

int sl_fs_rename(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *from)
{
	struct sl_file_args *nfs = sl_file(event);
	struct sl_entry *to = sl_handles_find(&fs->handles, &nfs->object);
	char old_name[NAME_ROOM], new_name[NAME_ROOM];
	int err;

	if (IS_ERR(to))
		return PTR_ERR(to);
	copy_name(old_name, event->data, nfs->name2_at);
	copy_name(new_name, event->data + nfs->name2_at,
		  event->data_bytes - nfs->name2_at);
	sl_handles_pin(to);
	err = directory(fs, from);
	if (err >= 0)
		err = directory(fs, to);
	if (err >= 0)
		err = move(fs, from, old_name, to, new_name);
	sl_handles_unpin(&fs->handles, to);
	return err;
}

int sl_fs_link(struct sl_fs *fs, struct sl_event *event, struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	struct sl_entry *to = sl_handles_find(&fs->handles, &nfs->object);
	char name[NAME_ROOM];
	char path[32];
	int fd, err;

	if (IS_ERR(to))
		return PTR_ERR(to);
	if (entry->attr.type == SL_FILE_DIR)
		return -EISDIR;
	copy_name(name, event->data, event->data_bytes);
	sl_handles_pin(to);
	err = directory(fs, to);
	if (err >= 0)
		err = sl_handles_fd(&fs->handles, entry, SL_OPEN_ANY);
	if (err >= 0) {
		/* By descriptor, for its name may be somebody else's by now. */
		fd = err;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		err = linkat(AT_FDCWD, path, to->fd, name, AT_SYMLINK_FOLLOW)
			      ? -errno : 0;
	}
	if (!err) {
		to->checked_ns = 0;
		entry->checked_ns = 0;
		if (entry->parent == SL_SLOT_NONE)
			sl_handles_rename(&fs->handles, entry, to, name);
		err = sl_fs_getattr(fs, event, entry);
	}
	sl_handles_unpin(&fs->handles, to);
	return err;
}
