// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The fs stage's operations on attributes, of files and of all of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/limits.h>

#include "stages/fs/fs_user.h"

int sl_fs_getattr(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *entry)
{
	int err = sl_fs_exact(fs, entry);

	if (!err)
		sl_fs_tell(event, entry);
	return err;
}

static int set_size(struct sl_fs *fs, struct sl_entry *entry, u64 size)
{
	int err, fd;

	if (entry->attr.type != SL_FILE_REG)
		return entry->attr.type == SL_FILE_DIR ? -EISDIR : -EINVAL;
	err = sl_fs_fresh(fs, entry);
	if (!err)
		err = sl_fs_allow(fs, entry, S_IWOTH, true);
	if (err)
		return err;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_WRITE);
	if (fd < 0)
		return fd;
	/* WRITEs that are on their way know nothing of this. */
	if (entry->away)
		entry->resized = entry->crowded = true;
	/* As the caller, for else his file would keep its set-user-id bit. */
	err = sl_fs_act(fs);
	if (err)
		return err;
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
	int err;

	if (fd < 0)
		return fd;
	err = sl_fs_act(fs);
	if (!err && set & (SL_FILE_SET_UID | SL_FILE_SET_GID))
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
	int err = sl_fs_before(fs, event, 0, entry);

	if (err)
		return err;
	if (nfs->guarded && entry->attr.ctime_ns != nfs->guard_ns)
		return -ENOTSYNC;
	err = sl_fs_set(fs, entry, nfs->set, &nfs->attr);
	return err ? err : sl_fs_getattr(fs, event, entry);
}

/* Room for an answer at event->data, which must be its own buffer. */
static bool fits(const struct sl_event *event, u32 bytes)
{
	return event->data >= event->buffer &&
	       event->data - event->buffer + bytes <= event->data_max;
}

int sl_fs_fsstat(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	struct sl_file_space space;
	struct statfs st;
	int err = sl_fs_exact(fs, entry);

	if (err)
		return err;
	if (!fits(event, sizeof(space)))
		return -ETOOSMALL;
	if (fstatfs(fs->root->fd, &st))
		return -errno;
	space = (struct sl_file_space){
		.total_bytes = (u64)st.f_blocks * st.f_frsize,
		.free_bytes = (u64)st.f_bfree * st.f_frsize,
		.avail_bytes = (u64)st.f_bavail * st.f_frsize,
		.total_files = st.f_files,
		.free_files = st.f_ffree,
		.avail_files = st.f_ffree,
	};
	memcpy(event->data, &space, sizeof(space));
	event->data_bytes = sizeof(space);
	sl_fs_tell(event, entry);
	return 0;
}

/**
 * sl_fs_measure() - find out what FSINFO and PATHCONF will say
 * @fs: the stage, with the export open
 *
 * Return: 0 or a negative errno.
 */
int sl_fs_measure(struct sl_fs *fs)
{
	s64 links = fpathconf(fs->root->fd, _PC_LINK_MAX);
	struct statfs st;

	if (fstatfs(fs->root->fd, &st))
		return -errno;
	links = clamp_t(s64, links, 1, ~0u);
	/* How much a READ or a WRITE may be is for others to say. */
	fs->limits = (struct sl_file_limits){
		.file_bytes_max = S64_MAX,
		.links_max = links,
		.name_max = SL_FS_NAME_ROOM - 1,
		.time_unit_ns = 1,
	};
	if (st.f_namelen < SL_FS_NAME_ROOM)
		fs->limits.name_max = st.f_namelen;
	return 0;
}

/* Of FSINFO and of PATHCONF. */
int sl_fs_limits(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	int err = sl_fs_exact(fs, entry);

	if (err)
		return err;
	if (!fits(event, sizeof(fs->limits)))
		return -ETOOSMALL;
	memcpy(event->data, &fs->limits, sizeof(fs->limits));
	event->data_bytes = sizeof(fs->limits);
	sl_fs_tell(event, entry);
	return 0;
}

int sl_fs_readlink(struct sl_fs *fs, struct sl_event *event,
		   struct sl_entry *entry)
{
	u32 room = sl_file(event)->count;
	ssize_t bytes;
	int err, fd;

	if (entry->attr.type != SL_FILE_LNK)
		return -EINVAL;
	err = sl_fs_exact(fs, entry);
	if (err)
		return err;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_ANY);
	if (fd < 0)
		return fd;
	bytes = readlinkat(fd, "", (char *)event->data, room);
	if (bytes < 0)
		return -errno;
	if (bytes == room && entry->attr.size != room)
		return -ETOOSMALL;
	event->data_bytes = bytes;
	sl_fs_tell(event, entry);
	return 0;
}
