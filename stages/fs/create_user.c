// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The fs stage's operations that make something. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fs/fs_user.h"

#define TARGET_ROOM	4096
#define TRIES_MAX	16	/* against others who make and remove a name */

/* A createverf3 is kept in the file's times, as RFC 1813 proposes. */
static void verifier_times(u64 verifier, struct sl_file_attr *attr)
{
	attr->atime_ns = (verifier >> 32 & 0x7fffffff) * 1000000000u;
	attr->mtime_ns = (verifier & 0x7fffffff) * 1000000000u;
}

/* Which attributes a new file is still to be given; @attr may change. */
static u8 missing(const struct sl_fs *fs, const struct sl_event *event,
		  const struct sl_entry *entry, struct sl_file_attr *attr)
{
	const struct sl_file_args *nfs = (const void *)event->args;
	u8 set = nfs->set;

	if (event->op == SL_FILE_CREATE && nfs->how == SL_FILE_EXCLUSIVE) {
		verifier_times(nfs->verifier, attr);
		return SL_FILE_SET_ATIME | SL_FILE_SET_MTIME;
	}
	if (event->op != SL_FILE_CREATE || attr->size == entry->attr.size)
		set &= ~SL_FILE_SET_SIZE;
	/*
	 * It was made with the mode that was asked for, and no umask; if it
	 * has another one now, its directory's access list wants that.
	 */
	if ((fs->caller->known && fs->callers.able &&
	     fs->callers.unmasked) ||
	    event->op == SL_FILE_SYMLINK || attr->mode == entry->attr.mode)
		set &= ~SL_FILE_SET_MODE;
	/* What one makes is one's own; some clients say so as well. */
	if (fs->caller->known && fs->caller->uid)
		set &= ~(SL_FILE_SET_UID | SL_FILE_SET_GID);
	return set;
}

/* Sets what a new file shall have and has not. */
static int dress(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	struct sl_file_attr attr = sl_file(event)->attr;
	u8 set = missing(fs, event, entry, &attr);

	return set ? sl_fs_set(fs, entry, set, &attr) : 0;
}

/* Takes back what was made, unless somebody else has a file there by now. */
static void undo(struct sl_fs *fs, struct sl_entry *parent, const char *name,
		 const struct statx *made)
{
	struct statx st;

	if (sl_fs_act(fs) ||
	    sl_handles_stat(&fs->handles, parent, name, &st) ||
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

	err = fd < 0 ? sl_handles_stat(handles, parent, name, &st)
		     : sl_handles_stat_fd(fd, &st);
	entry = err ? ERR_PTR(err)
		    : sl_handles_enter(handles, parent, name, &st, fd);
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
		err = sl_fs_answer(fs, event, entry);
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
			err = sl_fs_answer(fs, event, entry);
		sl_handles_unpin(&fs->handles, entry);
		return err;
	}
	return sl_fs_answer(fs, event, entry);
}

static u32 mode_of(const struct sl_file_args *nfs, u32 standard)
{
	return nfs->set & SL_FILE_SET_MODE ? nfs->attr.mode : standard;
}

/* Mode of a file to be made; an EXCLUSIVE one gets its own later. */
static u32 file_mode(const struct sl_file_args *nfs)
{
	if (nfs->how == SL_FILE_EXCLUSIVE)
		return nfs->caller.known ? 0600 : 0644;
	return mode_of(nfs, 0644);
}

int sl_fs_create(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *parent)
{
	const struct sl_file_args *nfs = sl_file(event);
	int parent_fd = sl_fs_directory(fs, parent);
	struct sl_entry *entry;
	char name[SL_FS_NAME_ROOM];
	int err, tries;

	if (parent_fd < 0)
		return parent_fd;
	sl_fs_copy_name(name, event->data, event->data_bytes);
	err = sl_fs_act(fs);
	for (tries = 0; !err && tries < TRIES_MAX; tries++) {
		int fd = sl_handles_openat(&fs->handles, parent_fd, name,
					   O_RDWR | O_CREAT | O_EXCL,
					   file_mode(nfs));

		if (fd >= 0)
			return introduce(fs, event, parent, name, fd);
		if (fd != -EEXIST || nfs->how == SL_FILE_GUARDED)
			return fd;
		entry = sl_fs_find(fs, parent, name);
		if (!IS_ERR(entry))
			return created_before(fs, event, entry);
		if (PTR_ERR(entry) != -ENOENT)
			return PTR_ERR(entry);
	}
	return err ?: -EJUKEBOX;
}

int sl_fs_mkdir(struct sl_fs *fs, struct sl_event *event,
		struct sl_entry *parent)
{
	int fd = sl_fs_directory(fs, parent);
	char name[SL_FS_NAME_ROOM];
	int err;

	if (fd < 0)
		return fd;
	sl_fs_copy_name(name, event->data, event->data_bytes);
	err = sl_fs_act(fs);
	if (err)
		return err;
	if (mkdirat(fd, name, mode_of(sl_file(event), 0755)))
		return -errno;
	return introduce(fs, event, parent, name, -1);
}

int sl_fs_symlink(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *parent)
{
	const struct sl_file_args *nfs = sl_file(event);
	int fd = sl_fs_directory(fs, parent);
	char target[TARGET_ROOM];
	char name[SL_FS_NAME_ROOM];
	int err;

	if (fd < 0)
		return fd;
	sl_fs_copy_name(name, event->data, nfs->name2_at);
	sl_fs_copy_name(target, event->data + nfs->name2_at,
			event->data_bytes - nfs->name2_at);
	err = sl_fs_act(fs);
	if (err)
		return err;
	if (symlinkat(target, fd, name))
		return -errno;
	return introduce(fs, event, parent, name, -1);
}

/* What has no contents: pipes, sockets, and devices, for those who may. */
int sl_fs_mknod(struct sl_fs *fs, struct sl_event *event,
		struct sl_entry *parent)
{
	static const u32 types[] = {
		[SL_FILE_BLK] = S_IFBLK,   [SL_FILE_CHR] = S_IFCHR,
		[SL_FILE_SOCK] = S_IFSOCK, [SL_FILE_FIFO] = S_IFIFO,
	};
	const struct sl_file_args *nfs = sl_file(event);
	int fd = sl_fs_directory(fs, parent);
	char name[SL_FS_NAME_ROOM];
	u8 type = nfs->attr.type;
	int err;

	if (fd < 0)
		return fd;
	if (type >= ARRAY_SIZE(types) || !types[type])
		return -EBADTYPE;
	sl_fs_copy_name(name, event->data, event->data_bytes);
	err = sl_fs_act(fs);
	if (err)
		return err;
	if (mknodat(fd, name, types[type] | mode_of(nfs, 0644),
		    makedev(nfs->attr.major, nfs->attr.minor)))
		return -errno;
	return introduce(fs, event, parent, name, -1);
}
