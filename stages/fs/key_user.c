// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The key of persistent handles: a file that only its owner may read. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stages/fs/handles_user.h"
#include "stages/stage.h"

/* Directory of a path, open. */
static int open_above(const char *path)
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void make_above(const char *path)
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) < (int)sizeof(copy))
		mkdir(dirname(copy), 0755);
}

/* Under a name of its own at first, so that nobody ever sees half of it. */
static int make(const char *path)
{
	siphash_key_t key;
	char name[PATH_MAX];
	int fd, above;
	int err = 0;

	if (getrandom(&key, sizeof(key), 0) != sizeof(key))
		return -EIO;
	if (snprintf(name, sizeof(name), "%s.XXXXXX", path) >=
	    (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, &key, sizeof(key)) != sizeof(key) || fsync(fd) ||
	    /* Who comes second takes the first one's. */
	    (link(name, path) && errno != EEXIST))
		err = errno ? -errno : -EIO;
	close(fd);
	unlink(name);
	above = open_above(path);
	if (!err && above >= 0)
		err = fsync(above) ? -errno : 0;
	if (above >= 0)
		close(above);
	return err;
}

/* Is the directory of the key one of those that callers can reach? */
static bool exported(const char *path, int export_fd)
{
	struct stat export, here, last = { .st_ino = 0 };
	int at = open_above(path);
	bool found = false;

	if (fstat(export_fd, &export))
		export.st_ino = 0;
	while (at >= 0 && !fstat(at, &here)) {
		int up;

		if (here.st_ino == last.st_ino && here.st_dev == last.st_dev)
			break;
		last = here;
		found = here.st_ino == export.st_ino &&
			here.st_dev == export.st_dev;
		if (found)
			break;
		up = openat(at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = up;
	}
	if (at >= 0)
		close(at);
	return found;
}

/* Opens the key's file, which is made if there is none. */
static int open_key(const char *path)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(path, flags);
	int err;

	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	err = make(path);
	if (err == -ENOENT) {
		make_above(path);
		err = make(path);
	}
	if (err)
		return err;
	fd = open(path, flags);
	return fd < 0 ? -errno : fd;
}

/**
 * sl_key_read() - read the key of persistent handles, or make one
 * @stage: the fs stage
 * @path: of the key's file
 * @export_fd: the export, in which it may not be
 * @key: where to put it
 *
 * Return: 0, or a negative errno when the reason has been said.
 */
int sl_key_read(struct sl_stage *stage, const char *path, int export_fd,
		siphash_key_t *key)
{
	struct stat st;
	int fd, err = 0;

	if (exported(path, export_fd)) {
		sl_stage_log(stage, "key %s is in the export, where callers "
			     "could read it; set key to a file elsewhere", path);
		return -EPERM;
	}
	fd = open_key(path);
	if (fd < 0) {
		sl_stage_log(stage, "key %s: %s; set key to a file that can "
			     "be made or read", path, strerror(-fd));
		return fd;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || st.st_mode & 077) {
		sl_stage_log(stage, "key %s can be read by others than user %u;"
			     " let nobody else have it (mode 600), or remove it"
			     " for a new one, with which all handles are stale",
			     path, geteuid());
		err = -EPERM;
	} else if (st.st_size != sizeof(*key) ||
		   read(fd, key, sizeof(*key)) != sizeof(*key)) {
		sl_stage_log(stage, "key %s is not %zu bytes; remove it for a "
			     "new one, with which all handles are stale",
			     path, sizeof(*key));
		err = -EINVAL;
	}
	close(fd);
	return err;
}
