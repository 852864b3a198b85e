// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that replies tell what weak cache consistency wants to know: of what
 * was changed what it was just before, to the nanosecond, and what it is now,
 * of failures, too, and nothing where that is not known.
 */
#include "stages/fs/storage_test.h"

static struct storage s;

/* What the host says of something in the export just now. */
static struct sl_file_before now(const char *name)
{
	struct stat st;

	CHECK_EQ(lstat(storage_path(&s, "%s", name), &st), 0);
	return (struct sl_file_before){
		st.st_size,
		st.st_mtim.tv_sec * 1000000000ull + st.st_mtim.tv_nsec,
		st.st_ctim.tv_sec * 1000000000ull + st.st_ctim.tv_nsec,
	};
}

static bool same(const struct sl_file_before *a, const struct sl_file_before *b)
{
	return a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns;
}

static bool tells(bool has, const struct sl_file_attr *attr, const char *name)
{
	struct sl_file_before is = now(name);
	struct sl_file_before said = { attr->size, attr->mtime_ns,
				       attr->ctime_ns };

	return has && same(&said, &is);
}

#define TELLS_FILE(name)	tells(s.args.has_attr, &s.args.attr, name)
#define TELLS_DIRECTORY(name)	\
	tells(s.args.has_directory, &s.args.directory, name)

/* Calls that change a directory, and calls that fail to. */
static const struct {
	u16 op;
	const char *name;
	int status;
} table[] = {
	{ SL_FILE_CREATE, "file", 0 },
	{ SL_FILE_CREATE, "file", -EEXIST },
	{ SL_FILE_MKDIR, "down", 0 },
	{ SL_FILE_MKDIR, "down", -EEXIST },
	{ SL_FILE_MKNOD, "pipe", 0 },
	{ SL_FILE_MKNOD, "pipe", -EEXIST },
	{ SL_FILE_SYMLINK, "link", 0 },
	{ SL_FILE_SYMLINK, "link", -EEXIST },
	{ SL_FILE_REMOVE, "file", 0 },
	{ SL_FILE_REMOVE, "file", -ENOENT },
	{ SL_FILE_RMDIR, "pipe", -ENOTDIR },
	{ SL_FILE_RMDIR, "down", 0 },
	{ SL_FILE_RMDIR, "down", -ENOENT },
};

static void test_directories(void)
{
	struct sl_file_before before;
	struct sl_file_handle dir;
	struct timespec times[2] = { { 1, 5 }, { 2, 6 } };
	u32 i;

	CHECK_EQ(storage_mkdir(&s, s.root, "dir", &dir), 0);
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		/* Others change it, without our asking; it must be seen. */
		times[1].tv_nsec++;
		CHECK_EQ(utimensat(AT_FDCWD, storage_path(&s, "dir"), times, 0),
			 0);
		before = now("dir");
		s.args = (struct sl_file_args){
			.handle = dir,
			.how = SL_FILE_GUARDED,
			.attr.type = SL_FILE_FIFO,
		};
		storage_name(&s, table[i].name);
		s.args.name2_at = s.data_bytes;
		if (table[i].op == SL_FILE_SYMLINK)
			memcpy(s.data + s.data_bytes++, "x", 1);
		CHECK_EQ(storage_call(&s, table[i].op), table[i].status);
		CHECK(s.args.has_before[0]);
		CHECK(same(&s.args.before[0], &before));
		CHECK(!s.args.has_before[1]);
		CHECK(TELLS_DIRECTORY("dir"));
		if (!table[i].status && table[i].op != SL_FILE_REMOVE &&
		    table[i].op != SL_FILE_RMDIR) {
			char path[64];

			snprintf(path, sizeof(path), "dir/%s", table[i].name);
			CHECK(TELLS_FILE(path));
		} else {
			CHECK(!s.args.has_attr);
		}
	}
}

static void test_two_directories(void)
{
	struct sl_file_before from, to;
	struct sl_file_handle d1, d2, file;
	int i;

	CHECK_EQ(storage_mkdir(&s, s.root, "d1", &d1), 0);
	CHECK_EQ(storage_mkdir(&s, s.root, "d2", &d2), 0);
	CHECK_EQ(storage_create(&s, d1, "file", &file), 0);
	for (i = 0; i < 2; i++) {
		from = now("d1");
		to = now("d2");
		CHECK_EQ(storage_two(&s, SL_FILE_RENAME, d1, "file", d2, "new"),
			 i ? -ENOENT : 0);
		CHECK(s.args.has_before[0] && s.args.has_before[1]);
		CHECK(same(&s.args.before[0], &from));
		CHECK(same(&s.args.before[1], &to));
		CHECK(TELLS_DIRECTORY("d1"));
		CHECK(TELLS_FILE("d2"));
	}
	for (i = 0; i < 2; i++) {
		to = now("d1");
		s.args = (struct sl_file_args){ .object = d1 };
		CHECK_EQ(storage_at(&s, SL_FILE_LINK, file, "again"),
			 i ? -EEXIST : 0);
		CHECK(s.args.has_before[0]);
		CHECK(same(&s.args.before[0], &to));
		CHECK(TELLS_DIRECTORY("d1"));
		CHECK(TELLS_FILE("d2/new"));
	}
}

static void test_guard(void)
{
	struct sl_file_handle file;
	struct sl_file_before before;

	CHECK_EQ(storage_create(&s, s.root, "guard", &file), 0);
	before = now("guard");
	s.args = (struct sl_file_args){
		.handle = file,
		.set = SL_FILE_SET_MODE,
		.attr.mode = 0640,
		.guarded = true,
		.guard_ns = before.ctime_ns - 1,
	};
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), -ENOTSYNC);
	CHECK_EQ(s.args.status, SL_NFS_NOT_SYNC);
	CHECK(TELLS_FILE("guard"));
	CHECK_EQ(s.args.attr.mode, 0644);
	s.args = (struct sl_file_args){
		.handle = file,
		.set = SL_FILE_SET_MODE,
		.attr.mode = 0640,
		.guarded = true,
		.guard_ns = before.ctime_ns,
	};
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), 0);
	CHECK(s.args.has_before[0] && same(&s.args.before[0], &before));
	CHECK(TELLS_FILE("guard"));
	CHECK_EQ(s.args.attr.mode, 0640);
}

/* What callers are told of times is what they will find later. */
static void test_writes(void)
{
	struct sl_file_handle file;
	struct sl_file_before before;
	int i;

	CHECK_EQ(storage_create(&s, s.root, "write", &file), 0);
	s.caller = (struct sl_file_caller){
		.known = true, .uid = getuid(), .gid = getgid(),
	};
	for (i = 0; i < 20; i++) {
		before = now("write");
		CHECK_EQ(storage_write(&s, file, i, "xx", 2, 0), 0);
		CHECK(s.args.has_before[0]);
		CHECK(same(&s.args.before[0], &before));
		CHECK(TELLS_FILE("write"));
		CHECK_EQ(storage_read(&s, file, 0, 1), 0);
		CHECK(TELLS_FILE("write"));
	}
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);
	CHECK(TELLS_FILE("write"));

	/* Of several at once nobody knows what was before each of them. */
	for (i = 0; i < 8; i++) {
		storage_add(&s, SL_FILE_WRITE, file, i * 10, 10, 'y');
		s.many[i].args.caller = s.caller;
	}
	storage_begin(&s);
	storage_finish(&s);
	for (i = 0; i < 8; i++) {
		CHECK_EQ(s.many[i].status, 0);
		CHECK(!s.many[i].args.has_before[0]);
		CHECK(tells(s.many[i].args.has_attr, &s.many[i].args.attr,
			    "write"));
	}
	s.caller.known = false;
}

/* What fails still tells of the file, or of the directory. */
static void test_failures(void)
{
	struct sl_file_handle file;

	s.caller = (struct sl_file_caller){
		.known = true, .uid = getuid(), .gid = getgid(),
	};
	CHECK_EQ(storage_create(&s, s.root, "fail", &file), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "none", NULL), -ENOENT);
	CHECK(TELLS_DIRECTORY("."));
	CHECK(!s.args.has_attr);
	CHECK_EQ(storage_lookup(&s, s.root, "fail", NULL), 0);
	CHECK(TELLS_DIRECTORY("."));
	CHECK(TELLS_FILE("fail"));
	CHECK_EQ(storage_get(&s, SL_FILE_READLINK, file), -EINVAL);
	CHECK(TELLS_FILE("fail"));
	CHECK_EQ(storage_read(&s, s.root, 0, 1), -EISDIR);
	CHECK(TELLS_FILE("."));
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "fail"), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), -ESTALE);
	CHECK(!s.args.has_attr && !s.args.has_directory);
	s.caller.known = false;
}

/* EXCLUSIVE is the same call again after a restart, too. */
static void test_exclusive(void)
{
	u64 verifier = 0xfedcba9876543210;
	int i;

	for (i = 0; i < 3; i++) {
		s.args = (struct sl_file_args){
			.how = SL_FILE_EXCLUSIVE, .verifier = verifier,
		};
		CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "exclusive"),
			 0);
		storage_end(&s);
		storage_start(&s);
	}
	s.args = (struct sl_file_args){
		.how = SL_FILE_EXCLUSIVE, .verifier = verifier ^ 1ull << 32,
	};
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "exclusive"), -EEXIST);
}

int main(void)
{
	storage_defaults(&s);
	storage_start(&s);
	test_directories();
	test_two_directories();
	test_guard();
	test_writes();
	test_failures();
	test_exclusive();
	storage_end(&s);
	storage_remove(&s);
	TEST_END();
}
