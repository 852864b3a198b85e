// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Whether a directory can be mounted on, looked at before that is tried: what
 * is wrong then is known better.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "stages/fs/fs.h"
#include "stages/fuse/fuse_user.h"
#include "stages/stages.h"

#define DEPTH_MAX	4096
#define TYPE		"fuse.sluice"

/* The fs stage that answers in the end, if it is found to the right. */
static const char *find_export(const struct sl_stage *stage)
{
	u32 steps, i;

	for (steps = 0; steps < 16; steps++) {
		const struct sl_stage *next = NULL;

		if (stage->type == &sl_fs_stage)
			return ((const struct sl_fs_options *)stage->options)
				->export;
		for (i = 0; i < stage->edge_count && !next; i++)
			if (stage->edge[i].out.right)
				next = stage->edge[i].out.to;
		if (!next)
			break;
		stage = next;
	}
	return NULL;
}

/*
 * Is a directory another one, or below it?  A mount there would have the fs
 * stage look into it, and wait for itself.
 */
static bool inside(const char *directory, const char *export)
{
	struct stat top, st, above;
	bool is = false;
	int fd, up, left;

	if (stat(export, &top))
		return false;
	fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (left = DEPTH_MAX; fd >= 0 && left && !fstat(fd, &st); left--) {
		is = st.st_ino == top.st_ino && st.st_dev == top.st_dev;
		if (is)
			break;
		up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = up;
		if (fd < 0 || fstat(fd, &above) ||
		    (above.st_ino == st.st_ino && above.st_dev == st.st_dev))
			break;
	}
	if (fd >= 0)
		close(fd);
	return is;
}

/* "\040" and the like, as the kernel writes what would end a field. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; to++) {
		unsigned int byte;

		if (*text == '\\' && sscanf(text + 1, "%3o", &byte) == 1) {
			*to = byte;
			text += 4;
		} else {
			*to = *text++;
		}
	}
	*to = 0;
}

/* Is the last thing that was mounted there one of ours? */
static bool ours_is_at(const char *path)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[8192], at[4096], type[64];
	bool is = false;

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		const char *rest = strstr(line, " - ");

		if (!rest || sscanf(line, "%*s %*s %*s %*s %4095s", at) != 1 ||
		    sscanf(rest + 3, "%63s", type) != 1)
			continue;
		unescape(at);
		if (!strcmp(at, path))
			is = !strcmp(type, TYPE);
	}
	fclose(file);
	return is;
}

/* The path as the kernel has it, though what is mounted there is dead. */
static void resolve(const char *path, char *to, size_t room)
{
	char link[32];
	ssize_t n;
	int fd = open(path, O_PATH | O_CLOEXEC);

	snprintf(to, room, "%s", path);
	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, to, room - 1);
	if (n > 0)
		to[n] = 0;
	close(fd);
}

/* Takes away what a pipeline that was killed has left mounted. */
static int recover(struct sl_stage *stage, const char *mountpoint)
{
	char path[4096];

	resolve(mountpoint, path, sizeof(path));
	if (ours_is_at(path) && !umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW)) {
		sl_stage_log(stage, "%s was still mounted by a pipeline that is no more; that is undone",
			     mountpoint);
		return 0;
	}
	sl_stage_log(stage, "mountpoint %s: Transport endpoint is not connected; whoever mounted it is no more, so run: fusermount3 -u %s",
		     mountpoint, mountpoint);
	return -ENOTCONN;
}

static int complain(struct sl_stage *stage, const char *mountpoint, int err)
{
	switch (-err) {
	case ENOENT:
		sl_stage_log(stage, "mountpoint %s is not there; make the directory, or set mountpoint to another one",
			     mountpoint);
		break;
	case ENOTDIR:
		sl_stage_log(stage, "mountpoint %s is not a directory; set mountpoint to one",
			     mountpoint);
		break;
	default:
		sl_stage_log(stage, "mountpoint %s: %s", mountpoint,
			     strerror(-err));
	}
	return err;
}

static int check_device(struct sl_stage *stage)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	sl_stage_log(stage, "cannot open /dev/fuse: %s; it takes a kernel with FUSE (modprobe fuse), and a container that allows it",
		     strerror(errno));
	return -errno;
}

/**
 * sl_fuse_place_check() - can the mountpoint be mounted on?
 * @stage: the fuse stage, joined to its neighbours
 *
 * Return: 0, or a negative errno when the reason has been said.
 */
int sl_fuse_place_check(struct sl_stage *stage)
{
	const struct sl_fuse_options *options = stage->options;
	const char *mountpoint = options->mountpoint;
	const char *export = find_export(stage);
	char path[4096];
	struct stat st;
	int err = stat(mountpoint, &st) ? -errno : 0;

	if (err == -ENOTCONN) {
		err = recover(stage, mountpoint);
		if (err)
			return err;
		err = stat(mountpoint, &st) ? -errno : 0;
	}
	if (!err && !S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	if (err)
		return complain(stage, mountpoint, err);
	resolve(mountpoint, path, sizeof(path));
	if (ours_is_at(path)) {
		sl_stage_log(stage, "mountpoint %s is mounted by another pipeline already; stop that one, or set mountpoint to another directory",
			     mountpoint);
		return -EBUSY;
	}
	if (export && inside(mountpoint, export)) {
		sl_stage_log(stage, "mountpoint %s is inside of the export %s, which would wait for itself; mount outside of it",
			     mountpoint, export);
		return -ELOOP;
	}
	return check_device(stage);
}
