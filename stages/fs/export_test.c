// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the fs stage lives with others: what they change in the export
 * is seen in time, what they remove is let go of, what they forbid cannot be
 * done, what they mount is not served, and what cannot be served is refused at
 * the start.
 */
#include <sched.h>
#include <sys/mount.h>

#include "stages/fs/storage_test.h"

static struct storage s;

/* What others do to the export is seen when attributes are due. */
static void test_behind(void)
{
	struct sl_file_handle file;
	int fd;

	CHECK_EQ(storage_create(&s, s.root, "shared", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "abcd", 4, 0), 0);
	fd = open(storage_path(&s, "shared"), O_RDWR);
	CHECK_EQ(pwrite(fd, "efgh", 4, 4), 4);
	CHECK_EQ(storage_read(&s, file, 0, 8), 0);
	CHECK_EQ(s.args.count, 8);
	CHECK_EQ(s.args.attr.size, 8);
	CHECK(s.args.eof);
	CHECK_EQ(ftruncate(fd, 2), 0);
	CHECK_EQ(storage_read(&s, file, 0, 8), 0);
	CHECK_EQ(s.args.count, 2);
	CHECK_EQ(s.args.attr.size, 2);
	CHECK(s.args.eof);
	CHECK_EQ(ftruncate(fd, 3), 0);
	usleep(110000);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
	CHECK_EQ(s.args.attr.size, 3);
	close(fd);
}

/* What others have removed is closed, even if nobody asks for it again. */
static void test_swept(void)
{
	u64 until = ktime_get_ns() + STORAGE_WAIT_NS;
	struct sl_fs_totals before, after;
	struct sl_file_handle file;

	CHECK_EQ(storage_create(&s, s.root, "gone", &file), 0);
	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &before);
	CHECK_EQ(unlink(storage_path(&s, "gone")), 0);
	do {
		usleep(1000);
		sl_pipeline_turn(s.pipeline);
		sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &after);
	} while (after.descriptors >= before.descriptors &&
		 ktime_get_ns() < until);
	CHECK(after.descriptors < before.descriptors);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), -ESTALE);
}

/* What may be read but not written, and the other way round. */
static void test_modes(void)
{
	struct sl_file_handle file;

	if (!geteuid() && seteuid(65534))
		return;
	CHECK_EQ(storage_mkdir(&s, s.root, "mine", &file), 0);
	CHECK_EQ(storage_create(&s, file, "file", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "text", 4, 0), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "mine", NULL), 0);
	CHECK_EQ(chmod(storage_path(&s, "mine/file"), 0400), 0);
	storage_end(&s);
	storage_start(&s);
	CHECK_EQ(storage_at(&s, SL_FILE_MOUNT, s.root, "mine/file"), 0);
	file = s.args.object;
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), -EACCES);
	CHECK_EQ(storage_read(&s, file, 0, 10), 0);
	CHECK_EQ(s.args.count, 4);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), -EACCES);
	CHECK_EQ(chmod(storage_path(&s, "mine/file"), 0200), 0);
	CHECK_EQ(storage_write(&s, file, 0, "T", 1, 0), 0);
	CHECK_EQ(storage_read(&s, file, 0, 10), -EACCES);
	s.args = (struct sl_file_args){
		.handle = file,
		.set = SL_FILE_SET_MODE,
		.attr.mode = 0600,
	};
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), 0);
	CHECK_EQ(storage_read(&s, file, 0, 10), 0);
	CHECK(s.args.count == 4 && !memcmp(s.data, "Text", 4));
	if (!getuid())
		CHECK_EQ(seteuid(0), 0);
}

/* What cannot be served is refused at the start; what is read-only, later. */
static void test_exports(void)
{
	struct sl_file_handle file;
	char path[300];
	int fd;

	storage_defaults(&s);
	snprintf(path, sizeof(path), "%s/none", s.export);
	s.fs.export = path;
	CHECK_EQ(storage_open(&s), -ENOENT);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	CHECK_EQ(storage_open(&s), -ENOTDIR);
	CHECK_EQ(unlink(path), 0);
	CHECK_EQ(mkdir(path, 0), 0);
	if (geteuid() == 0) {
		CHECK_EQ(chmod(s.export, 0755), 0);
		CHECK_EQ(seteuid(65534), 0);
	}
	CHECK_EQ(storage_open(&s), -EACCES);
	if (getuid() == 0)
		CHECK_EQ(seteuid(0), 0);
	CHECK_EQ(rmdir(path), 0);

	s.fs.export = s.export;
	s.fs.read_only = true;
	fd = open(storage_path(&s, "file"), O_CREAT | O_WRONLY, 0644);
	CHECK_EQ(write(fd, "text", 4), 4);
	close(fd);
	storage_start(&s);
	CHECK_EQ(storage_lookup(&s, s.root, "file", &file), 0);
	CHECK_EQ(storage_read(&s, file, 0, 10), 0);
	CHECK_EQ(s.args.count, 4);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), -EROFS);
	CHECK_EQ(storage_create(&s, s.root, "new", NULL), -EROFS);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "file"), -EROFS);
	s.args = (struct sl_file_args){ .handle = file, .access = 63 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_ACCESS), 0);
	CHECK_EQ(s.args.access, SL_FILE_MAY_READ);
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);
	storage_end(&s);
	storage_remove(&s);
}

/* What is mounted inside is not the export's. */
static void test_mounted(void)
{
	struct sl_file_handle dir;
	int fd;

	CHECK_EQ(storage_mkdir(&s, s.root, "mount", &dir), 0);
	CHECK_EQ(mount("tmpfs", storage_path(&s, "mount"), "tmpfs", 0, NULL),
		 0);
	fd = open(storage_path(&s, "mount/file"), O_CREAT | O_WRONLY, 0644);
	close(fd);
	CHECK_EQ(storage_lookup(&s, s.root, "mount", NULL), -EACCES);
	CHECK_EQ(storage_at(&s, SL_FILE_MOUNT, s.root, "mount"), -EACCES);
	CHECK_EQ(storage_lookup(&s, dir, "file", NULL), -EACCES);
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, s.root, "mount"), -EACCES);
	CHECK_EQ(umount(storage_path(&s, "mount")), 0);
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, s.root, "mount"), 0);
}

/* On a file system that is read-only nothing changes, and that is said. */
static void test_read_only(void)
{
	struct sl_file_handle file;

	CHECK_EQ(storage_create(&s, s.root, "file", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "text", 4, SL_FILE_SYNC), 0);
	storage_end(&s);
	CHECK_EQ(mount(s.export, s.export, NULL, MS_BIND, NULL), 0);
	CHECK_EQ(mount(NULL, s.export, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
		       NULL), 0);
	storage_start(&s);
	CHECK_EQ(storage_lookup(&s, s.root, "file", &file), 0);
	CHECK_EQ(storage_read(&s, file, 0, 10), 0);
	CHECK_EQ(s.args.count, 4);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), -EROFS);
	CHECK_EQ(s.args.status, SL_NFS_ROFS);
	CHECK_EQ(storage_create(&s, s.root, "new", NULL), -EROFS);
	CHECK_EQ(storage_mkdir(&s, s.root, "new", NULL), -EROFS);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "file"), -EROFS);
	s.args = (struct sl_file_args){
		.handle = file, .set = SL_FILE_SET_MODE, .attr.mode = 0600,
	};
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), -EROFS);
	s.args = (struct sl_file_args){ .handle = file, .access = 63 };
	CHECK_EQ(storage_call(&s, SL_FILE_ACCESS), 0);
	CHECK_EQ(s.args.access, SL_FILE_MAY_READ);
	storage_end(&s);
	CHECK_EQ(umount(s.export), 0);
	storage_start(&s);
}

/* One name more than a file may have. */
static void test_links(void)
{
	const struct sl_file_limits *limits = (void *)s.data;
	struct sl_file_handle file;
	char path[300];
	u32 i, links;

	CHECK_EQ(storage_get(&s, SL_FILE_PATHCONF, s.root), 0);
	links = limits->links_max;
	CHECK_EQ(storage_mkdir(&s, s.root, "links", NULL), 0);
	CHECK_EQ(storage_create(&s, s.root, "linked", &file), 0);
	snprintf(path, sizeof(path), "%s/linked", s.export);
	/* Some have no limit, or none that can be reached soon. */
	if (links > 65000)
		return;
	for (i = 1; i < links; i++)
		if (link(path, storage_path(&s, "links/%u", i)))
			break;
	s.args = (struct sl_file_args){ .object = s.root };
	if (CHECK_EQ(i, links) &&
	    storage_at(&s, SL_FILE_LINK, file, "more")) {
		CHECK_EQ(s.status, -EMLINK);
		CHECK_EQ(s.args.status, SL_NFS_MLINK);
		CHECK_EQ(s.args.attr.links, links);
	}
}

int main(void)
{
	bool alone = !unshare(CLONE_NEWNS) &&
		     !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

	storage_defaults(&s);
	CHECK_EQ(chmod(s.export, 0777), 0);
	storage_start(&s);
	test_behind();
	test_swept();
	test_modes();
	test_links();
	if (alone) {
		test_mounted();
		test_read_only();
	} else {
		printf("no mount points: only root may make them\n");
	}
	storage_end(&s);
	storage_remove(&s);
	test_exports();
	TEST_END();
}
