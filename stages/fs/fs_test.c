// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that every operation on names, handles and attributes does to a real
 * directory what RFC 1813 says, and fails as it says: the calls go through
 * nfs, fs and block, and the directory is looked at from outside.  Once with
 * handles of the table, once with persistent ones.
 */
#include <sys/sysmacros.h>

#include "stages/fs/storage_test.h"

static struct storage s;

static bool same(struct sl_file_handle a, struct sl_file_handle b)
{
	return !memcmp(&a, &b, sizeof(a));
}

static void test_create(void)
{
	struct sl_file_handle file;
	struct stat st;

	s.args = (struct sl_file_args){
		.how = SL_FILE_GUARDED,
		.set = SL_FILE_SET_MODE,
		.attr.mode = 0626,
	};
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "new"), 0);
	file = s.args.object;
	CHECK_EQ(stat(storage_path(&s, "new"), &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0626);
	CHECK_EQ(s.args.attr.fileid, st.st_ino);
	CHECK_EQ(s.args.attr.type, SL_FILE_REG);
	CHECK_EQ(s.args.attr.mode, 0626);
	CHECK_EQ(s.args.attr.size, 0);
	CHECK_EQ(s.args.attr.links, 1);

	CHECK_EQ(storage_create(&s, s.root, "new", NULL), -EEXIST);
	CHECK_EQ(s.args.status, SL_NFS_EXIST);

	/* UNCHECKED finds what is there, and cuts it if it is told to. */
	CHECK_EQ(storage_write(&s, file, 0, "abc", 3, SL_FILE_UNSTABLE), 0);
	s.args = (struct sl_file_args){ .how = SL_FILE_UNCHECKED };
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "new"), 0);
	CHECK(same(s.args.object, file));
	CHECK_EQ(s.args.attr.size, 3);
	s.args = (struct sl_file_args){
		.how = SL_FILE_UNCHECKED,
		.set = SL_FILE_SET_SIZE,
	};
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "new"), 0);
	CHECK_EQ(s.args.attr.size, 0);
	s.args = (struct sl_file_args){ .how = SL_FILE_UNCHECKED };
	CHECK_EQ(storage_mkdir(&s, s.root, "dir", NULL), 0);
	s.args = (struct sl_file_args){ .how = SL_FILE_UNCHECKED };
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "dir"), -EEXIST);

	/* Attributes that cannot be had leave nothing behind. */
	s.args = (struct sl_file_args){
		.how = SL_FILE_GUARDED,
		.set = SL_FILE_SET_UID,
		.attr.uid = ~0u,
	};
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "none"), -EINVAL);
	CHECK(access(storage_path(&s, "none"), F_OK));
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, file, "in"), -ENOTDIR);
}

/* EXCLUSIVE is the same call only with the same verifier. */
static void test_exclusive(void)
{
	struct sl_file_handle again;

	s.args = (struct sl_file_args){
		.how = SL_FILE_EXCLUSIVE,
		.verifier = 0x1122334455667788,
	};
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "once"), 0);
	again = s.args.object;
	s.args = (struct sl_file_args){
		.how = SL_FILE_EXCLUSIVE,
		.verifier = 0x1122334455667788,
	};
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "once"), 0);
	CHECK(same(s.args.object, again));
	s.args = (struct sl_file_args){
		.how = SL_FILE_EXCLUSIVE,
		.verifier = 0x1122334455667789,
	};
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "once"), -EEXIST);
}

static void test_lookup(void)
{
	struct sl_file_handle dir, deep, up;

	CHECK_EQ(storage_mkdir(&s, s.root, "a", &dir), 0);
	CHECK_EQ(s.args.attr.type, SL_FILE_DIR);
	CHECK_EQ(storage_mkdir(&s, dir, "b", &deep), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "a", &up), 0);
	CHECK(same(up, dir));
	CHECK_EQ(storage_lookup(&s, deep, "..", &up), 0);
	CHECK(same(up, dir));
	CHECK_EQ(storage_lookup(&s, deep, ".", &up), 0);
	CHECK(same(up, deep));
	CHECK_EQ(storage_lookup(&s, s.root, "..", &up), 0);
	CHECK(same(up, s.root));
	CHECK_EQ(storage_lookup(&s, dir, "none", NULL), -ENOENT);
	CHECK_EQ(s.args.status, SL_NFS_NOENT);
	CHECK_EQ(storage_create(&s, dir, "file", &up), 0);
	CHECK_EQ(storage_lookup(&s, up, "x", NULL), -ENOTDIR);

	CHECK_EQ(storage_at(&s, SL_FILE_MOUNT, s.root, "a/b"), 0);
	CHECK(same(s.args.object, deep));
	CHECK_EQ(storage_at(&s, SL_FILE_MOUNT, s.root, "/a//./b/"), 0);
	CHECK(same(s.args.object, deep));
	CHECK_EQ(storage_at(&s, SL_FILE_MOUNT, s.root, "a/none"), -ENOENT);
	CHECK_EQ(storage_at(&s, SL_FILE_MOUNT, s.root, "a/file/x"), -ENOTDIR);
}

static void test_links(void)
{
	struct sl_file_handle file, link;
	char target[64];
	ssize_t n;

	CHECK_EQ(storage_two(&s, SL_FILE_SYMLINK, s.root, "sym", s.root,
			     "a/../target"), 0);
	link = s.args.object;
	CHECK_EQ(s.args.attr.type, SL_FILE_LNK);
	n = readlink(storage_path(&s, "sym"), target, sizeof(target));
	CHECK_EQ(n, 11);
	CHECK(n == 11 && !memcmp(target, "a/../target", 11));
	CHECK_EQ(storage_get(&s, SL_FILE_READLINK, link), 0);
	CHECK_EQ(s.data_bytes, 11);
	CHECK(!memcmp(s.data, "a/../target", 11));
	CHECK_EQ(storage_get(&s, SL_FILE_READLINK, s.root), -EINVAL);
	CHECK_EQ(storage_read(&s, link, 0, 10), -EINVAL);

	CHECK_EQ(storage_create(&s, s.root, "one", &file), 0);
	s.args = (struct sl_file_args){ .object = s.root };
	CHECK_EQ(storage_at(&s, SL_FILE_LINK, file, "two"), 0);
	CHECK_EQ(s.args.attr.links, 2);
	CHECK_EQ(storage_lookup(&s, s.root, "two", &link), 0);
	CHECK(same(link, file));
	s.args = (struct sl_file_args){ .object = s.root };
	CHECK_EQ(storage_at(&s, SL_FILE_LINK, file, "two"), -EEXIST);
	s.args = (struct sl_file_args){ .object = s.root };
	CHECK_EQ(storage_at(&s, SL_FILE_LINK, s.root, "dirlink"), -EISDIR);

	/* A link to a symbolic link, not to what that points to. */
	CHECK_EQ(storage_lookup(&s, s.root, "sym", &link), 0);
	s.args = (struct sl_file_args){ .object = s.root };
	CHECK_EQ(storage_at(&s, SL_FILE_LINK, link, "sym2"), 0);
	CHECK_EQ(readlink(storage_path(&s, "sym2"), target, sizeof(target)),
		 11);

	/* One name less is not the end of the file. */
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "two"), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
	CHECK_EQ(s.args.attr.links, 1);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "one"), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), -ESTALE);
	CHECK_EQ(s.args.status, SL_NFS_STALE);
}

static void test_remove(void)
{
	struct sl_file_handle dir, file;

	CHECK_EQ(storage_mkdir(&s, s.root, "full", &dir), 0);
	CHECK_EQ(storage_create(&s, dir, "file", &file), 0);
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, s.root, "full"), -ENOTEMPTY);
	CHECK_EQ(s.args.status, SL_NFS_NOTEMPTY);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "full"), -EISDIR);
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, dir, "file"), -ENOTDIR);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, dir, "file"), 0);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, dir, "file"), -ENOENT);
	CHECK_EQ(storage_read(&s, file, 0, 10), -ESTALE);
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, s.root, "full"), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, dir), -ESTALE);
	CHECK_EQ(storage_create(&s, dir, "file", NULL), -ESTALE);

	/* A new file of the name is another file. */
	CHECK_EQ(storage_create(&s, s.root, "full", &file), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, dir), -ESTALE);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
}

static void test_rename(void)
{
	struct sl_file_handle d1, d2, file, other, sub, h;

	CHECK_EQ(storage_mkdir(&s, s.root, "d1", &d1), 0);
	CHECK_EQ(storage_mkdir(&s, s.root, "d2", &d2), 0);
	CHECK_EQ(storage_create(&s, d1, "file", &file), 0);
	CHECK_EQ(storage_create(&s, d2, "other", &other), 0);
	CHECK_EQ(storage_write(&s, file, 0, "moved", 5, SL_FILE_UNSTABLE), 0);

	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, d1, "none", d2, "x"), -ENOENT);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, d1, "file", d2, "other"), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, other), -ESTALE);
	CHECK_EQ(storage_lookup(&s, d2, "other", &h), 0);
	CHECK(same(h, file));
	CHECK_EQ(storage_read(&s, file, 0, 100), 0);
	CHECK(s.args.count == 5 && !memcmp(s.data, "moved", 5));

	/* A directory takes what is below it along. */
	CHECK_EQ(storage_mkdir(&s, d1, "sub", &sub), 0);
	CHECK_EQ(storage_create(&s, sub, "leaf", &h), 0);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, s.root, "d1", d2, "moved"), 0);
	CHECK_EQ(storage_lookup(&s, sub, "leaf", &other), 0);
	CHECK(same(h, other));
	CHECK_EQ(storage_lookup(&s, d1, "..", &other), 0);
	CHECK(same(other, d2));
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, s.root, "d2", sub, "x"),
		 -EINVAL);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, d2, "other", d2, "other"), 0);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, d2, "other", file, "x"),
		 -ENOTDIR);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
}

static void test_attributes(void)
{
	struct sl_file_handle file, link;
	struct stat st;

	CHECK_EQ(storage_create(&s, s.root, "attr", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "0123456789", 10, 0), 0);
	s.args = (struct sl_file_args){
		.handle = file,
		.set = SL_FILE_SET_MODE | SL_FILE_SET_SIZE |
		       SL_FILE_SET_ATIME | SL_FILE_SET_MTIME,
		.attr = { .mode = 0444,
			  .size = 4,
			  .atime_ns = 1000000000000000001,
			  .mtime_ns = 1100000000500000000 },
	};
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), 0);
	CHECK_EQ(s.args.attr.size, 4);
	CHECK_EQ(s.args.attr.mode, 0444);
	CHECK_EQ(s.args.attr.atime_ns, 1000000000000000001);
	CHECK_EQ(s.args.attr.mtime_ns, 1100000000500000000);
	CHECK_EQ(stat(storage_path(&s, "attr"), &st), 0);
	CHECK_EQ(st.st_size, 4);
	CHECK_EQ(st.st_mtim.tv_sec, 1100000000);

	s.args = (struct sl_file_args){
		.handle = file,
		.set = SL_FILE_SET_MTIME,
		.attr.mtime_ns = SL_FILE_NOW,
	};
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), 0);
	CHECK(s.args.attr.mtime_ns > 1600000000000000000);
	CHECK_EQ(s.args.attr.atime_ns, 1000000000000000001);

	/* Of what has no contents, by a descriptor that knows no fchmod(). */
	CHECK_EQ(mkfifo(storage_path(&s, "fifo"), 0600), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "fifo", &file), 0);
	CHECK_EQ(s.args.attr.type, SL_FILE_FIFO);
	s.args = (struct sl_file_args){
		.handle = file, .set = SL_FILE_SET_MODE, .attr.mode = 0640,
	};
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), 0);
	CHECK_EQ(s.args.attr.mode, 0640);
	CHECK_EQ(storage_read(&s, file, 0, 1), -EINVAL);
	s.args = (struct sl_file_args){
		.handle = s.root, .set = SL_FILE_SET_SIZE,
	};
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), -EISDIR);

	CHECK_EQ(storage_two(&s, SL_FILE_SYMLINK, s.root, "dangling", s.root,
			     "nowhere"), 0);
	link = s.args.object;
	s.args = (struct sl_file_args){
		.handle = link, .set = SL_FILE_SET_MODE, .attr.mode = 0600,
	};
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), -EOPNOTSUPP);
}

static void test_access(void)
{
	struct sl_file_handle file;
	u8 all = 63;

	s.args = (struct sl_file_args){ .handle = s.root, .access = all };
	CHECK_EQ(storage_call(&s, SL_FILE_ACCESS), 0);
	CHECK_EQ(s.args.access, all & ~SL_FILE_MAY_EXECUTE);
	CHECK_EQ(storage_create(&s, s.root, "plain", &file), 0);
	s.args = (struct sl_file_args){ .handle = file, .access = all };
	CHECK_EQ(storage_call(&s, SL_FILE_ACCESS), 0);
	CHECK_EQ(s.args.access, SL_FILE_MAY_READ | SL_FILE_MAY_MODIFY |
					SL_FILE_MAY_EXTEND);
	CHECK_EQ(chmod(storage_path(&s, "plain"), 0700), 0);
	s.args = (struct sl_file_args){
		.handle = file, .access = SL_FILE_MAY_EXECUTE,
	};
	CHECK_EQ(storage_call(&s, SL_FILE_ACCESS), 0);
	CHECK_EQ(s.args.access, SL_FILE_MAY_EXECUTE);
}

/* Pipes, sockets and devices; whoever may not make these is told so. */
static void test_nodes(void)
{
	static const struct {
		const char *name;
		u8 type;
		u32 mode;
	} nodes[] = {
		{ "a pipe", SL_FILE_FIFO, S_IFIFO },
		{ "a socket", SL_FILE_SOCK, S_IFSOCK },
		{ "a terminal", SL_FILE_CHR, S_IFCHR },
		{ "a disk", SL_FILE_BLK, S_IFBLK },
	};
	struct stat st;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		bool device = nodes[i].type == SL_FILE_CHR ||
			      nodes[i].type == SL_FILE_BLK;
		int err;

		s.args = (struct sl_file_args){
			.set = SL_FILE_SET_MODE,
			.attr = { .type = nodes[i].type, .mode = 0612,
				  .major = device ? 7 : 0,
				  .minor = device ? 1234 : 0 },
		};
		err = storage_at(&s, SL_FILE_MKNOD, s.root, nodes[i].name);
		if (device && err == -EPERM) {
			CHECK_EQ(s.args.status, SL_NFS_PERM);
			continue;
		}
		CHECK_EQ(err, 0);
		CHECK_EQ(s.args.attr.type, nodes[i].type);
		CHECK_EQ(s.args.attr.major, device ? 7 : 0);
		CHECK_EQ(s.args.attr.minor, device ? 1234 : 0);
		CHECK_EQ(lstat(storage_path(&s, "%s", nodes[i].name), &st), 0);
		CHECK_EQ(st.st_mode, nodes[i].mode | 0612);
		CHECK_EQ(st.st_rdev, device ? makedev(7, 1234) : 0);
		CHECK_EQ(storage_read(&s, s.args.object, 0, 1), -EINVAL);
	}
	s.args = (struct sl_file_args){ .attr.type = SL_FILE_FIFO };
	CHECK_EQ(storage_at(&s, SL_FILE_MKNOD, s.root, "a pipe"), -EEXIST);
	for (i = 0; i < 256; i++) {
		if (i == SL_FILE_FIFO || i == SL_FILE_SOCK ||
		    i == SL_FILE_CHR || i == SL_FILE_BLK)
			continue;
		s.args = (struct sl_file_args){ .attr.type = i };
		CHECK_EQ(storage_at(&s, SL_FILE_MKNOD, s.root, "odd"),
			 -EBADTYPE);
		CHECK_EQ(s.args.status, SL_NFS_BADTYPE);
	}
	CHECK(lstat(storage_path(&s, "odd"), &st));
}

/* What there is room for, and what the file system can do. */
static void test_limits(void)
{
	struct sl_file_space *space = (void *)s.data;
	struct sl_file_limits *limits = (void *)s.data;
	struct sl_file_handle file;
	char name[256];

	CHECK_EQ(storage_create(&s, s.root, "one", &file), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_FSSTAT, file), 0);
	CHECK_EQ(s.data_bytes, sizeof(*space));
	CHECK(s.args.has_attr && s.args.attr.type == SL_FILE_REG);
	CHECK(space->total_bytes >= space->free_bytes);
	CHECK(space->free_bytes >= space->avail_bytes);
	CHECK(space->avail_bytes > 0);
	CHECK(space->total_files >= space->free_files);

	CHECK_EQ(storage_get(&s, SL_FILE_FSINFO, s.root), 0);
	CHECK_EQ(s.data_bytes, sizeof(*limits));
	CHECK(limits->file_bytes_max >= 1ull << 40);
	CHECK(limits->time_unit_ns > 0);
	CHECK_EQ(storage_get(&s, SL_FILE_PATHCONF, s.root), 0);
	CHECK_EQ(limits->name_max, 255);
	CHECK(limits->links_max >= 100);
	CHECK(s.args.has_attr && s.args.attr.type == SL_FILE_DIR);

	memset(name, 'n', sizeof(name) - 1);
	name[255] = 0;
	CHECK_EQ(storage_create(&s, s.root, name, &file), 0);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, s.root, name, s.root, "n"), 0);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "n"), 0);
}

/* Devices and file systems: all of an export are one, and the same later. */
static void test_fsid(void)
{
	u64 fsid;

	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, s.root), 0);
	fsid = s.args.attr.fsid;
	CHECK(fsid);
	CHECK_EQ(storage_mkdir(&s, s.root, "fsid", NULL), 0);
	CHECK_EQ(s.args.attr.fsid, fsid);
	storage_end(&s);
	storage_start(&s);
	CHECK_EQ(storage_lookup(&s, s.root, "fsid", NULL), 0);
	CHECK_EQ(s.args.attr.fsid, fsid);
}

static void run(bool persistent)
{
	struct sl_fs_totals totals;

	storage_defaults(&s);
	s.fs.persistent = persistent;
	if (persistent && !storage_can_persist(&s)) {
		printf("no persistent handles for this user or in %s\n",
		       s.export);
		storage_remove(&s);
		return;
	}
	storage_start(&s);
	test_create();
	test_exclusive();
	test_lookup();
	test_links();
	test_remove();
	test_rename();
	test_attributes();
	test_access();
	test_nodes();
	test_limits();
	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &totals);
	CHECK(totals.descriptors < 100);
	test_fsid();
	storage_end(&s);
	storage_remove(&s);
}

int main(void)
{
	run(false);
	run(true);
	TEST_END();
}
