// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Copies and removes whole bookstores.
 */
#include "bench/tpcw_population.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int bytes_copy(int from, int to)
{
	char block[65536];
	ssize_t got, put;
	off_t at = 0;

	if (!ioctl(to, FICLONE, from))
		return 0;
	do {
		got = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
	} while (got > 0);
	if (!got)
		return 0;
	/* Not between these file systems: by hand, from the start. */
	while ((got = pread(from, block, sizeof(block), at)) > 0) {
		put = pwrite(to, block, got, at);
		if (put != got)
			return put < 0 ? -errno : -ENOSPC;
		at += got;
	}
	return got ? -errno : 0;
}

static int file_copy(int from_dir, int to_dir, const char *name)
{
	int from, to, err;

	from = openat(from_dir, name, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return -errno;
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0644);
	err = to < 0 ? -errno : bytes_copy(from, to);
	/*
	 * Now, for a journal may write it out before the server's first fsync
	 * returns, and that would be measured: seconds, for a large shop.
	 */
	if (!err && fsync(to))
		err = -errno;
	if (to >= 0)
		close(to);
	close(from);
	return err;
}

static int file_link(int from_dir, int to_dir, const char *name)
{
	if (!linkat(from_dir, name, to_dir, name, 0))
		return 0;
	return file_copy(from_dir, to_dir, name);
}

static int dir_open(int parent, const char *name, bool make)
{
	int fd;

	if (make && mkdirat(parent, name, 0755))
		return -errno;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Hands each plain file of a directory to a function. */
static int files_each(int from, int to,
		      int (*each)(int from, int to, const char *name))
{
	int copy = dup(from);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			err = each(from, to, entry->d_name);
	closedir(dir);
	return err;
}

static int images_copy(int from, int to)
{
	int from_images = dir_open(from, "images", false);
	int to_images = dir_open(to, "images", true);
	int err = 0;

	if (from_images < 0)
		err = from_images;
	else if (to_images < 0)
		err = to_images;
	else
		err = files_each(from_images, to_images, file_link);
	if (from_images >= 0)
		close(from_images);
	if (to_images >= 0)
		close(to_images);
	return err;
}

int sl_tpcw_copy(const char *from_path, const char *to_path)
{
	char part[PATH_MAX];
	int from, to, err;

	if (snprintf(part, sizeof(part), "%s.part", to_path) >=
	    (int)sizeof(part))
		return -ENAMETOOLONG;
	from = dir_open(AT_FDCWD, from_path, false);
	if (from < 0)
		return from;
	err = sl_tpcw_remove(part);
	to = err ?: dir_open(AT_FDCWD, part, true);
	if (to < 0)
		err = to;
	err = err ?: file_copy(from, to, "shop.db");
	if (!err && !faccessat(from, "shop.db-wal", F_OK, 0))
		err = file_copy(from, to, "shop.db-wal");
	err = err ?: images_copy(from, to);
	if (!err && rename(part, to_path))
		err = -errno;
	if (to >= 0)
		close(to);
	close(from);
	if (err)
		sl_tpcw_remove(part);
	return err;
}

static int entry_remove(const char *path, const struct stat *stat, int type,
			struct FTW *where)
{
	(void)stat;
	(void)type;
	(void)where;
	return remove(path) ? -errno : 0;
}

int sl_tpcw_remove(const char *dir)
{
	int err;

	if (access(dir, F_OK))
		return errno == ENOENT ? 0 : -errno;
	err = nftw(dir, entry_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	return err == -1 ? -errno : err;
}
