// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The fs stage's start: what it serves, and why it cannot. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "stages/fs/fs_user.h"

#define DESCRIPTORS_MIN	16
#define DESCRIPTORS_LEFT 64	/* at least, for everybody else */
#define XFS_MAGIC	0x58465342	/* not in all of linux/magic.h */

/* How many descriptors there may be; others in the process need some, too. */
u32 sl_fs_descriptors(struct sl_stage *stage)
{
	const struct sl_fs_options *options = stage->options;
	u64 handles = options->handles;
	struct rlimit limit;
	u64 left, most;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return DESCRIPTORS_MIN;
	if (limit.rlim_cur < limit.rlim_max &&
	    limit.rlim_cur / 4 * 3 < handles + DESCRIPTORS_LEFT) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) ||
		    getrlimit(RLIMIT_NOFILE, &limit))
			return DESCRIPTORS_MIN;
	}
	left = max_t(u64, limit.rlim_cur / 4, DESCRIPTORS_LEFT);
	most = limit.rlim_cur > left ? limit.rlim_cur - left : 0;
	most = max_t(u64, most, DESCRIPTORS_MIN);
	if (most < handles)
		sl_stage_log(stage, "keeps %llu of %llu handles' files open; "
			     "raise the limit of open files (ulimit -n) for "
			     "more", (unsigned long long)most,
			     (unsigned long long)handles);
	return min(most, handles);
}

/* Says why an export cannot be served. */
static int complain(struct sl_stage *stage, const char *export, int err)
{
	switch (-err) {
	case ENOENT:
		sl_stage_log(stage, "export %s is not there; make the "
			     "directory, or set export to another one", export);
		break;
	case ENOTDIR:
		sl_stage_log(stage, "export %s is not a directory; set export "
			     "to one", export);
		break;
	case EACCES:
		sl_stage_log(stage, "export %s may not be read by user %u; "
			     "change its mode or owner", export, geteuid());
		break;
	case ENOSYS:
	case EPERM:
		sl_stage_log(stage, "export %s: openat2() is not available; "
			     "it takes Linux 5.6, and a container that allows "
			     "it", export);
		break;
	default:
		sl_stage_log(stage, "export %s: %s", export, strerror(-err));
	}
	return err;
}

/* Says why an export's handles cannot be persistent. */
static int complain_of_handles(struct sl_stage *stage, const char *export,
			       int err)
{
	switch (-err) {
	case EPERM:
		sl_stage_log(stage, "export %s: user %u may not open files by "
			     "the host's handles; persistent handles take root,"
			     " or the capability CAP_DAC_READ_SEARCH", export,
			     geteuid());
		break;
	case EOPNOTSUPP:
		sl_stage_log(stage, "export %s is on a file system without "
			     "handles of its own; set persistent to false, or "
			     "export to a directory on ext4, xfs or btrfs",
			     export);
		break;
	case EOVERFLOW:
		sl_stage_log(stage, "export %s is on a file system whose "
			     "handles are too long for NFS version 3; set "
			     "persistent to false", export);
		break;
	default:
		sl_stage_log(stage, "export %s has no persistent handles: %s",
			     export, strerror(-err));
	}
	return err;
}

/* Where an inode has one number, in listings as well as everywhere else. */
static bool plain_inodes(const struct statfs *st)
{
	return st->f_type == EXT4_SUPER_MAGIC || st->f_type == XFS_MAGIC ||
	       st->f_type == TMPFS_MAGIC;
}

/* What the table has to know of the file system. */
static int open_system(struct sl_fs *fs, int fd, const struct statx *st)
{
	const struct sl_fs_options *options = fs->options;
	struct sl_handles *handles = &fs->handles;
	struct statfs system;
	int err;

	if (fstatfs(fd, &system))
		return complain(fs->stage, options->export, -errno);
	memcpy(&handles->fsid, &system.f_fsid, sizeof(handles->fsid));
	if (!handles->fsid)
		handles->fsid = makedev(st->stx_dev_major, st->stx_dev_minor);
	handles->plain_inodes = plain_inodes(&system);
	if (!options->persistent)
		return 0;
	err = sl_key_read(fs->stage, options->key, fd, &handles->key);
	if (err)
		return err;
	err = sl_kept_start(handles, fd);
	return err ? complain_of_handles(fs->stage, options->export, err) : 0;
}

/* Is it a directory that can be read?  If so, it is open. */
static int open_directory(struct sl_fs *fs, struct statx *st)
{
	const char *export = fs->options->export;
	int fd, probe, err;

	fd = open(export, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return complain(fs->stage, export, -errno);
	probe = sl_handles_openat(&fs->handles, fd, ".", O_PATH, 0);
	err = probe < 0 ? probe : sl_handles_stat_fd(fd, st);
	if (probe >= 0)
		close(probe);
	if (err) {
		close(fd);
		return complain(fs->stage, export, err);
	}
	if (!fs->options->read_only && faccessat(fd, ".", W_OK, AT_EACCESS))
		sl_stage_log(fs->stage, "nothing can be made in export %s (%s)",
			     export, strerror(errno));
	return fd;
}

/**
 * sl_fs_open_export() - open what is to be served
 * @fs: the stage, with its table and its callers
 *
 * Return: 0, or a negative errno when the reason has been said.
 */
int sl_fs_open_export(struct sl_fs *fs)
{
	struct statx st;
	int fd = open_directory(fs, &st);
	int err;

	if (fd < 0)
		return fd;
	err = open_system(fs, fd, &st);
	if (err) {
		close(fd);
		return err;
	}
	err = sl_handles_root(&fs->handles, fd, &st);
	fs->root = fs->handles.entry;
	if (!err)
		err = sl_fs_measure(fs);
	if (err) {
		sl_handles_shut(&fs->handles, fs->root);
		complain(fs->stage, fs->options->export, err);
	}
	return err;
}
