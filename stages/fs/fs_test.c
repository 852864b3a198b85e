// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that every operation on names, handles and attributes does to a real
 * directory what RFC 1813 says, and fails as it says: the calls go through
 * nfs, fs and block, and the directory is looked at from outside.
 */
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

	CHECK_EQ(storage_get(&s, SL_FILE_FSSTAT, s.root), 0);
	CHECK(s.args.attr.size > s.args.attr.used);
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

/* Lists a directory in pieces of @room bytes; returns how many names. */
static u32 list(struct sl_file_handle directory, u32 room, bool removing,
		u8 *seen)
{
	u64 cookie = 0;
	u32 names = 0;
	u32 at, number;
	int calls;

	for (calls = 0; calls < 100000; calls++) {
		u8 data[STORAGE_DATA];
		u32 bytes;

		s.args = (struct sl_file_args){
			.handle = directory, .offset = cookie, .count = room,
		};
		s.data_bytes = 0;
		if (!CHECK_EQ(storage_call(&s, SL_FILE_READDIR), 0))
			return names;
		CHECK(s.data_bytes <= room);
		if (s.args.eof)
			return names;
		bytes = s.data_bytes;
		memcpy(data, s.data, bytes);
		for (at = 0; at < bytes;) {
			struct sl_file_entry *e = (void *)(data + at);
			char name[256] = "";

			memcpy(name, e->name, e->name_bytes);
			at += (offsetof(struct sl_file_entry, name) +
			       e->name_bytes + 7) / 8 * 8;
			cookie = e->cookie;
			names++;
			if (sscanf(name, "name%u", &number) != 1)
				continue;
			CHECK_EQ(seen[number], 0);
			seen[number] = 1;
			CHECK_EQ(e->type, SL_FILE_REG);
			if (removing)
				CHECK_EQ(storage_at(&s, SL_FILE_REMOVE,
						    directory, name), 0);
		}
	}
	CHECK(!"the list ends");
	return names;
}

static void test_readdir(void)
{
	struct sl_file_handle dir;
	static u8 seen[1000];
	char name[64];
	u32 i;

	CHECK_EQ(storage_mkdir(&s, s.root, "many", &dir), 0);
	for (i = 0; i < ARRAY_SIZE(seen); i++) {
		snprintf(name, sizeof(name), "name%u%.*s", i, i % 40,
			 "----------------------------------------");
		CHECK_EQ(storage_create(&s, dir, name, NULL), 0);
	}
	CHECK_EQ(list(dir, STORAGE_DATA, false, seen), ARRAY_SIZE(seen) + 2);
	memset(seen, 0, sizeof(seen));
	CHECK_EQ(list(dir, 512, false, seen), ARRAY_SIZE(seen) + 2);

	/* Cookies hold while names go: nothing twice, nothing left, an end. */
	memset(seen, 0, sizeof(seen));
	CHECK_EQ(list(dir, 1000, true, seen), ARRAY_SIZE(seen) + 2);
	CHECK_EQ(memchr(seen, 0, sizeof(seen)) == NULL, 1);
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, s.root, "many"), 0);

	s.args = (struct sl_file_args){ .handle = s.root, .count = 8 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_READDIR), -ETOOSMALL);
	CHECK_EQ(s.args.status, SL_NFS_TOOSMALL);
	CHECK_EQ(storage_create(&s, s.root, "nodir", &dir), 0);
	s.args = (struct sl_file_args){ .handle = dir, .count = 4096 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_READDIR), -ENOTDIR);
}

int main(void)
{
	struct sl_fs_totals totals;

	storage_defaults(&s);
	storage_start(&s);
	test_create();
	test_exclusive();
	test_lookup();
	test_links();
	test_remove();
	test_rename();
	test_attributes();
	test_access();
	test_readdir();
	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &totals);
	CHECK(totals.descriptors < 100);
	storage_end(&s);
	storage_remove(&s);
	TEST_END();
}
