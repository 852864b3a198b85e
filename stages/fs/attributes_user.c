// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The fs stage's operations on one file: what it is, and what is in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "stages/fs/fs_user.h"

int sl_fs_getattr(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *entry)
{
	int err = sl_fs_exact(fs, entry);

	if (!err)
		sl_file(event)->attr = entry->attr;
	return err;
}

static int set_size(struct sl_fs *fs, struct sl_entry *entry, u64 size)
{
	int fd;

	if (entry->attr.type != SL_FILE_REG)
		return entry->attr.type == SL_FILE_DIR ? -EISDIR : -EINVAL;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_WRITE);
	if (fd < 0)
		return fd;
	/* WRITEs that are on their way know nothing of this. */
	if (entry->away)
		entry->resized = true;
	return ftruncate(fd, size) ? -errno : 0;
}

static int set_owner(int fd, u8 set, const struct sl_file_attr *attr)
{
	uid_t uid = set & SL_FILE_SET_UID ? attr->uid : (uid_t)-1;
	gid_t gid = set & SL_FILE_SET_GID ? attr->gid : (gid_t)-1;

	if ((set & SL_FILE_SET_UID && uid == (uid_t)-1) ||
	    (set & SL_FILE_SET_GID && gid == (gid_t)-1))
		return -EINVAL;
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) ? -errno : 0;
}

static int set_mode(const struct sl_entry *entry, u32 mode)
{
	char path[32];

	if (entry->attr.type == SL_FILE_LNK)
		return -EOPNOTSUPP;
	if (entry->open & (SL_OPEN_READ | SL_OPEN_WRITE))
		return fchmod(entry->fd, mode) ? -errno : 0;
	/* The kernel knows a descriptor of O_PATH by this name only. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", entry->fd);
	return chmod(path, mode) ? -errno : 0;
}

static struct timespec time_to_set(bool set, u64 ns)
{
	if (!set)
		return (struct timespec){ .tv_nsec = UTIME_OMIT };
	if (ns == SL_FILE_NOW)
		return (struct timespec){ .tv_nsec = UTIME_NOW };
	return (struct timespec){ ns / 1000000000u, ns % 1000000000u };
}

/* Owner before mode, for a change of owner takes set-user-id bits away. */
static int set_inode(struct sl_fs *fs, struct sl_entry *entry, u8 set,
		     const struct sl_file_attr *attr)
{
	int fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_ANY);
	int err = 0;

	if (fd < 0)
		return fd;
	if (set & (SL_FILE_SET_UID | SL_FILE_SET_GID))
		err = set_owner(fd, set, attr);
	if (!err && set & SL_FILE_SET_MODE)
		err = set_mode(entry, attr->mode);
	if (!err && set & (SL_FILE_SET_ATIME | SL_FILE_SET_MTIME)) {
		struct timespec time[2] = {
			time_to_set(set & SL_FILE_SET_ATIME, attr->atime_ns),
			time_to_set(set & SL_FILE_SET_MTIME, attr->mtime_ns),
		};

		err = utimensat(fd, "", time, AT_EMPTY_PATH) ? -errno : 0;
	}
	return err;
}

/**
 * sl_fs_set() - set attributes of a file
 * @fs: the stage
 * @entry: its entry, pinned
 * @set: which of them, SL_FILE_SET_...
 * @attr: new values
 *
 * Return: 0 or a negative errno; what came before the failure is set.
 */
int sl_fs_set(struct sl_fs *fs, struct sl_entry *entry, u8 set,
	      const struct sl_file_attr *attr)
{
	int err = 0;

	if (set & SL_FILE_SET_SIZE)
		err = set_size(fs, entry, attr->size);
	if (!err && set & ~SL_FILE_SET_SIZE)
		err = set_inode(fs, entry, set, attr);
	/* Last, for opening the file takes attributes as they were before. */
	entry->checked_ns = 0;
	return err;
}

int sl_fs_setattr(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	int err = sl_fs_set(fs, entry, nfs->set, &nfs->attr);

	return err ? err : sl_fs_getattr(fs, event, entry);
}

/* Asks the host, which knows of access lists and capabilities. */
int sl_fs_access(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	const char *name;
	u8 may = 0;
	int bit, fd;
	int err;

	err = sl_fs_getattr(fs, event, entry);
	if (err)
		return err;
	fd = sl_handles_at(&fs->handles, entry, &name);
	if (fd < 0)
		return fd;
	for (bit = R_OK; bit; bit >>= 1) {
		int flags = *name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH;

		if (bit == W_OK && fs->options->read_only)
			continue;
		if (!syscall(SYS_faccessat2, fd, name, bit,
			     flags | AT_EACCESS))
			may |= bit;
	}
	nfs->rwx = may;
	return 0;
}

int sl_fs_fsstat(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	struct statfs st;
	int err = sl_fs_fresh(fs, entry);

	if (err)
		return err;
	if (fstatfs(fs->root->fd, &st))
		return -errno;
	sl_file(event)->attr = (struct sl_file_attr){
		.type = entry->attr.type,
		.fileid = entry->attr.fileid,
		.size = (u64)st.f_blocks * st.f_frsize,
		.used = (u64)st.f_bavail * st.f_frsize,
	};
	return 0;
}

int sl_fs_readlink(struct sl_fs *fs, struct sl_event *event,
		   struct sl_entry *entry)
{
	u32 room = sl_file(event)->count;
	ssize_t bytes;
	int fd;

	if (entry->attr.type != SL_FILE_LNK)
		return -EINVAL;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_ANY);
	if (fd < 0)
		return fd;
	bytes = readlinkat(fd, "", (char *)event->data, room);
	if (bytes < 0)
		return -errno;
	if (bytes == room && entry->attr.size != room)
		return -ETOOSMALL;
	event->data_bytes = bytes;
	sl_file(event)->attr = entry->attr;
	return 0;
}

/* As the host has it; our entries have the same shape, but no terminator. */
struct host_entry {
	u64 ino;
	s64 offset;
	u16 bytes;
	u8 type;
	char name[];
};

static_assert(offsetof(struct host_entry, name) ==
		      offsetof(struct sl_file_entry, name),
	      "entries are made in place");

static u8 type_of(u8 type)
{
	static const u8 types[] = {
		[DT_FIFO] = SL_FILE_FIFO, [DT_CHR] = SL_FILE_CHR,
		[DT_DIR] = SL_FILE_DIR,	  [DT_BLK] = SL_FILE_BLK,
		[DT_REG] = SL_FILE_REG,	  [DT_LNK] = SL_FILE_LNK,
		[DT_SOCK] = SL_FILE_SOCK,
	};

	return type < ARRAY_SIZE(types) ? types[type] : 0;
}

/*
 * Turns the host's entries into ours, each no later than it was.  Returns how
 * many bytes they take.
 */
static u32 convert(const struct sl_fs *fs, const struct sl_entry *directory,
		   u8 *data, u32 bytes, s64 *last)
{
	u32 from = 0, to = 0;

	while (from < bytes) {
		const struct host_entry *host = (void *)(data + from);
		struct sl_file_entry *entry = (void *)(data + to);
		u32 name_bytes = strlen(host->name);
		u32 next = from + host->bytes;
		u64 ino = host->ino;
		u64 cookie = host->offset;
		u8 type = type_of(host->type);

		/* What is above the export is nobody's business. */
		if (directory == fs->root && !strcmp(host->name, ".."))
			ino = directory->ino;
		memmove(entry->name, host->name, name_bytes);
		entry->fileid = ino;
		entry->cookie = cookie;
		entry->name_bytes = name_bytes;
		entry->type = type;
		*last = cookie;
		to += ALIGN(offsetof(struct sl_file_entry, name) + name_bytes,
			    sizeof(u64));
		from = next;
	}
	return to;
}

int sl_fs_readdir(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	s64 cookie = nfs->offset;
	long bytes;
	int err, fd;

	if (entry->attr.type != SL_FILE_DIR)
		return -ENOTDIR;
	err = sl_fs_exact(fs, entry);
	if (err)
		return err;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_READ);
	if (fd < 0)
		return fd;
	/* A seek to 0 also shows the names that are new since it was opened. */
	if (!cookie || cookie != entry->listed_to) {
		entry->listed_to = -1;
		if (lseek(fd, cookie, SEEK_SET) < 0)
			return -EBADCOOKIE;
	}
	bytes = syscall(SYS_getdents64, fd, event->data, nfs->count);
	if (bytes < 0) {
		entry->listed_to = -1;
		return errno == EINVAL ? -ETOOSMALL :
		       errno == ENOENT ? -ESTALE : -errno;
	}
	event->data_bytes = convert(fs, entry, event->data, bytes, &cookie);
	entry->listed_to = cookie;
	nfs->count = event->data_bytes;
	nfs->eof = !bytes;
	nfs->attr = entry->attr;
	return 0;
}
