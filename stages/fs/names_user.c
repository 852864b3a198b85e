// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The fs stage's operations on names. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fs/fs_user.h"

/* What an operation on a name has to say of the file it has found or made. */
int sl_fs_answer(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	int err = sl_fs_exact(fs, entry);

	if (err)
		return err;
	sl_handles_give(&fs->handles, entry, &sl_file(event)->object);
	sl_fs_tell(event, entry);
	return 0;
}

/* A descriptor of a directory to do something in. */
int sl_fs_directory(struct sl_fs *fs, struct sl_entry *entry)
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
	fd = sl_handles_fd(handles, entry, SL_OPEN_ANY);
	if (fd < 0)
		return ERR_PTR(fd);
	if (handles->given)
		return sl_kept_above(handles, entry);
	if (entry->parent == SL_SLOT_NONE)
		return ERR_PTR(-ESTALE);
	up = &handles->entry[entry->parent];
	if (statx(fd, "..", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
		  &st))
		return ERR_PTR(-errno);
	if (!sl_handles_same(up, &st) || up->state != SL_ENTRY_LIVE) {
		sl_handles_unname(handles, entry);
		return ERR_PTR(-ESTALE);
	}
	return up;
}

/* What a name stands for. */
struct sl_entry *sl_fs_find(struct sl_fs *fs, struct sl_entry *entry,
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
	return sl_handles_enter(&fs->handles, entry, name, &st, -1);
}

/*
 * Where a name of this batch is remembered.  One word at a time: a name is
 * short, and the host takes a hundred times as long to find it.
 */
static struct sl_fs_found *found_of(struct sl_fs *fs, u32 directory,
				    const u8 *name, u32 bytes)
{
	u64 hash = directory + ((u64)bytes << 32);
	u32 at;

	for (at = 0; at < bytes; at += sizeof(u64)) {
		u64 word = 0;

		memcpy(&word, name + at, min_t(u32, bytes - at, sizeof(word)));
		hash = (hash ^ word) * 0xd6e8feb86659fd93u;
		hash ^= hash >> 32;
	}
	return &fs->found[hash % SL_FS_FOUND_MAX];
}

/*
 * What a name stands for, of which the host is asked once for all events of a
 * batch: it has answered after the last of them had come.  That is over as
 * soon as one of them changes something.
 */
static struct sl_entry *find_once(struct sl_fs *fs, struct sl_entry *entry,
				  const u8 *at, u32 bytes)
{
	u32 directory = sl_handles_slot(&fs->handles, entry);
	struct sl_fs_found *found = NULL;
	char name[SL_FS_NAME_ROOM];

	if (bytes <= SL_FS_FOUND_NAME_MAX) {
		found = found_of(fs, directory, at, bytes);
		entry = &fs->handles.entry[found->slot];
		if (found->names == fs->names &&
		    found->directory == directory && found->bytes == bytes &&
		    !memcmp(found->name, at, bytes) &&
		    entry->state == SL_ENTRY_LIVE &&
		    entry->generation == found->generation)
			return entry;
		entry = &fs->handles.entry[directory];
	}
	sl_fs_copy_name(name, at, bytes);
	entry = sl_fs_find(fs, entry, name);
	if (found && !IS_ERR(entry)) {
		found->names = fs->names;
		found->directory = directory;
		found->slot = sl_handles_slot(&fs->handles, entry);
		found->generation = entry->generation;
		found->bytes = bytes;
		memcpy(found->name, at, bytes);
	}
	return entry;
}

int sl_fs_lookup(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	int err;

	if (entry->attr.type != SL_FILE_DIR)
		return -ENOTDIR;
	err = fs->caller->known ? sl_fs_fresh(fs, entry) : 0;
	if (!err)
		err = sl_fs_allow(fs, entry, S_IXOTH, false);
	if (err)
		return err;
	entry = find_once(fs, entry, event->data, event->data_bytes);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	return sl_fs_answer(fs, event, entry);
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
	sl_fs_copy_name(path, event->data, event->data_bytes);
	sl_handles_pin(entry);
	while (!err && (name = strsep(&at, "/"))) {
		struct sl_entry *next;

		if (!*name || !strcmp(name, "."))
			continue;
		next = !strcmp(name, "..") ? ERR_PTR(-EACCES) :
		       strlen(name) >= SL_FS_NAME_ROOM ? ERR_PTR(-ENAMETOOLONG) :
		       sl_fs_find(fs, entry, name);
		if (IS_ERR(next)) {
			err = PTR_ERR(next);
			break;
		}
		sl_handles_pin(next);
		sl_handles_unpin(&fs->handles, entry);
		entry = next;
	}
	if (!err)
		err = sl_fs_answer(fs, event, entry);
	sl_handles_unpin(&fs->handles, entry);
	return err;
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
	int fd = sl_fs_directory(fs, parent);
	char name[SL_FS_NAME_ROOM];
	struct statx st;
	int err;

	if (fd < 0)
		return fd;
	sl_fs_copy_name(name, event->data, event->data_bytes);
	err = sl_fs_act(fs);
	/* Whose handles will be stale cannot be asked afterwards. */
	if (!err)
		err = sl_handles_stat(&fs->handles, parent, name, &st);
	if (err)
		return err;
	if (unlinkat(fd, name, flags))
		return -errno;
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

	err = sl_fs_act(fs);
	if (!err)
		err = sl_handles_stat(handles, from, old_name, &moved);
	if (err)
		return err;
	err = sl_handles_stat(handles, to, new_name, &replaced);
	if (err && err != -ENOENT)
		return err;
	replaces = !err;
	if (renameat(from->fd, old_name, to->fd, new_name))
		return -errno;
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
	char old_name[SL_FS_NAME_ROOM], new_name[SL_FS_NAME_ROOM];
	int err;

	if (IS_ERR(to))
		return PTR_ERR(to);
	sl_fs_copy_name(old_name, event->data, nfs->name2_at);
	sl_fs_copy_name(new_name, event->data + nfs->name2_at,
		  event->data_bytes - nfs->name2_at);
	sl_handles_pin(to);
	err = sl_fs_directory(fs, from);
	if (err >= 0)
		err = sl_fs_directory(fs, to);
	if (err >= 0)
		err = sl_fs_before(fs, event, 1, to);
	if (!err)
		err = move(fs, from, old_name, to, new_name);
	if (to->state == SL_ENTRY_LIVE &&
	    !sl_handles_refresh(&fs->handles, to))
		sl_fs_tell(event, to);
	sl_handles_unpin(&fs->handles, to);
	return err;
}

/* By descriptor, for the file's name may be somebody else's by now. */
static int add_name(struct sl_fs *fs, struct sl_entry *entry,
		    struct sl_entry *to, const char *name)
{
	int fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_ANY);
	char path[32];
	int err;

	if (fd < 0)
		return fd;
	err = sl_fs_act(fs);
	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, to->fd, name, AT_SYMLINK_FOLLOW))
		return -errno;
	entry->checked_ns = 0;
	if (entry->parent == SL_SLOT_NONE)
		sl_handles_rename(&fs->handles, entry, to, name);
	return 0;
}

int sl_fs_link(struct sl_fs *fs, struct sl_event *event, struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	struct sl_entry *to = sl_handles_find(&fs->handles, &nfs->object);
	char name[SL_FS_NAME_ROOM];
	int err;

	if (IS_ERR(to))
		return PTR_ERR(to);
	if (entry->attr.type == SL_FILE_DIR)
		return -EISDIR;
	sl_fs_copy_name(name, event->data, event->data_bytes);
	sl_handles_pin(to);
	err = sl_fs_directory(fs, to);
	if (err >= 0)
		err = sl_fs_before(fs, event, 0, to);
	if (!err)
		err = add_name(fs, entry, to, name);
	if (to->state == SL_ENTRY_LIVE &&
	    !sl_handles_refresh(&fs->handles, to)) {
		nfs->directory = to->attr;
		nfs->has_directory = true;
	}
	if (!err)
		err = sl_fs_getattr(fs, event, entry);
	sl_handles_unpin(&fs->handles, to);
	return err;
}
