// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that what callers make is theirs, with the mode that they asked for,
 * and that directories and attributes change only for those who may: sticky
 * and closed directories, setgid ones, owners, times, set-user-id programs.
 */
#include <sys/xattr.h>

#include "stages/fs/callers_test.h"

/* Who makes something owns it, with the mode that he asked for. */
static void test_made(void)
{
	struct sl_file_handle shared, staff;
	mode_t mask = umask(077);

	put_directory("shared", 0, 0, 01777);
	put_directory("staff", 0, STAFF, 02775);
	shared = handle_of("shared");
	staff = handle_of("staff");
	be(ALICE);
	CHECK_EQ(create(shared, "a", SL_FILE_CREATE, 0666), 0);
	CHECK(is_of("shared/a", ALICE, ALICE, 0666));
	CHECK_EQ(s.args.attr.uid, ALICE);
	CHECK_EQ(create(shared, "d", SL_FILE_MKDIR, 0775), 0);
	CHECK(is_of("shared/d", ALICE, ALICE, 0775));
	CHECK_EQ(create(shared, "l", SL_FILE_SYMLINK, 0600), 0);
	CHECK(is_of("shared/l", ALICE, ALICE, 0777));
	CHECK_EQ(create(shared, "p", SL_FILE_MKNOD, 0642), 0);
	CHECK(is_of("shared/p", ALICE, ALICE, 0642));
	CHECK_EQ(create(staff, "a", SL_FILE_CREATE, 0644), -EACCES);
	be(BOB);
	CHECK_EQ(create(staff, "b", SL_FILE_CREATE, 0664), 0);
	CHECK(is_of("staff/b", BOB, STAFF, 0664));
	CHECK_EQ(create(staff, "d", SL_FILE_MKDIR, 0755), 0);
	CHECK(is_of("staff/d", BOB, STAFF, 02755));
	/* Only root may make devices, and give files away. */
	s.args = (struct sl_file_args){
		.attr = { .type = SL_FILE_CHR, .major = 1, .minor = 3 },
	};
	CHECK_EQ(storage_at(&s, SL_FILE_MKNOD, shared, "null"), -EPERM);
	s.args = (struct sl_file_args){
		.how = SL_FILE_GUARDED,
		.set = SL_FILE_SET_UID | SL_FILE_SET_GID,
		.attr = { .uid = 0, .gid = 0 },
	};
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, shared, "given"), 0);
	CHECK_EQ(s.args.attr.uid, BOB);
	be(0);
	s.caller.gid = 77;
	CHECK_EQ(create(shared, "r", SL_FILE_CREATE, 0600), 0);
	CHECK(is_of("shared/r", 0, 77, 0600));

	/* Verifier and all, before its mode is known. */
	be(CAROL);
	s.args = (struct sl_file_args){ .how = SL_FILE_EXCLUSIVE,
					.verifier = 5 };
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, shared, "x"), 0);
	CHECK(is_of("shared/x", CAROL, CAROL, 0600));
	be_ourselves();
	/* Ours has not changed. */
	CHECK_EQ(umask(mask), 077);
}

/* A sticky directory, a closed one, and one that can only be listed. */
static void test_directories(void)
{
	struct sl_file_handle shared = handle_of("shared");
	struct sl_file_handle closed, list, file;
	struct sl_file_plus *plus;
	u32 at;

	be(BOB);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, shared, "a"), -EPERM);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, shared, "a", shared, "z"),
		 -EPERM);
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, shared, "d"), -EPERM);
	be(ALICE);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, shared, "a", shared, "z"), 0);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, shared, "z"), 0);
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, shared, "d"), 0);

	put_directory("closed", ALICE, ALICE, 0700);
	put("closed/file", ALICE, ALICE, 0666);
	put("closed/c", ALICE, ALICE, 0666);
	put_directory("list", ALICE, ALICE, 0744);
	put("list/file", ALICE, ALICE, 0666);
	closed = handle_of("closed");
	list = handle_of("list");
	be(ALICE);
	CHECK_EQ(storage_lookup(&s, closed, "file", &file), 0);
	be(CAROL);
	CHECK_EQ(storage_lookup(&s, closed, "file", NULL), -EACCES);
	CHECK_EQ(storage_lookup(&s, closed, "none", NULL), -EACCES);
	CHECK_EQ(storage_lookup(&s, closed, "..", NULL), -EACCES);
	CHECK_EQ(create(closed, "new", SL_FILE_CREATE, 0600), -EACCES);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, closed, "file"), -EACCES);
	s.args = (struct sl_file_args){ .object = closed };
	CHECK_EQ(storage_at(&s, SL_FILE_LINK, file, "link"), -EACCES);
	s.args = (struct sl_file_args){ .handle = closed, .count = 4096 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_READDIR), -EACCES);
	/* Names alone, for nothing may be looked up. */
	CHECK_EQ(storage_lookup(&s, list, "file", NULL), -EACCES);
	s.args = (struct sl_file_args){ .handle = list, .count = 4096 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_READDIRPLUS), 0);
	for (at = 0; at < s.data_bytes; at += sizeof(*plus)) {
		struct sl_file_entry *entry = (void *)(s.data + at);

		at += ALIGN(offsetof(struct sl_file_entry, name) +
			    entry->name_bytes, 8);
		plus = (void *)(s.data + at);
		if (entry->name_bytes == 4)
			CHECK(!plus->attr.type && !plus->handle.word[0]);
	}
	CHECK(s.args.eof && at > 0);
	be_ourselves();
}

static void test_attributes(void)
{
	struct sl_file_handle file;

	put("attr", BOB, BOB, 0666);
	file = handle_of("attr");
	be(CAROL);
	CHECK_EQ(set(file, SL_FILE_SET_MODE, 0777), -EPERM);
	CHECK_EQ(set(file, SL_FILE_SET_UID, CAROL), -EPERM);
	CHECK_EQ(set(file, SL_FILE_SET_GID, CAROL), -EPERM);
	/* Now, by whoever may write; another time by its owner alone. */
	CHECK_EQ(set(file, SL_FILE_SET_ATIME | SL_FILE_SET_MTIME, 0), 0);
	s.args = (struct sl_file_args){
		.handle = file, .set = SL_FILE_SET_MTIME, .attr.mtime_ns = 5,
	};
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), -EPERM);
	CHECK_EQ(set(file, SL_FILE_SET_SIZE, 2), 0);
	be(BOB);
	CHECK_EQ(set(file, SL_FILE_SET_MODE, 0440), 0);
	CHECK_EQ(set(file, SL_FILE_SET_GID, STAFF), 0);
	CHECK_EQ(set(file, SL_FILE_SET_GID, CAROL), -EPERM);
	CHECK_EQ(set(file, SL_FILE_SET_SIZE, 1), 0);
	be(CAROL);
	CHECK_EQ(set(file, SL_FILE_SET_SIZE, 0), -EACCES);
	be_ourselves();
	CHECK(is_of("attr", BOB, STAFF, 0440));
}

/* Who writes to a program takes its privileges away, but root. */
static void test_privileges(void)
{
	struct sl_file_handle file;

	put("suid", 0, 0, 06777);
	file = handle_of("suid");
	be(0);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), 0);
	CHECK(is_of("suid", 0, 0, 06777));
	be(CAROL);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), 0);
	CHECK_EQ(s.args.attr.mode, 0777);
	CHECK(is_of("suid", 0, 0, 0777));
	CHECK_EQ(chmod(storage_path(&s, "suid"), 06777), 0);
	CHECK_EQ(set(file, SL_FILE_SET_SIZE, 0), 0);
	CHECK(is_of("suid", 0, 0, 0777));
	be_ourselves();
}

/* A directory's list says what new files get at most; nothing may add to it. */
static void test_lists(void)
{
	static const struct {
		u32 version;
		struct {
			u16 tag, perm;
			u32 id;
		} entry[4];
	} list = {
		2,
		{ { 1, 7, ~0u }, { 4, 5, ~0u }, { 16, 5, ~0u },
		  { 32, 0, ~0u } },
	};
	struct sl_file_handle dir;

	put_directory("lists", 0, 0, 0777);
	if (setxattr(storage_path(&s, "lists"), "system.posix_acl_default",
		     &list, sizeof(list), 0))
		return;
	dir = handle_of("lists");
	be(ALICE);
	CHECK_EQ(create(dir, "file", SL_FILE_CREATE, 0666), 0);
	CHECK(is_of("lists/file", ALICE, ALICE, 0640));
	CHECK_EQ(create(dir, "dir", SL_FILE_MKDIR, 0777), 0);
	CHECK(is_of("lists/dir", ALICE, ALICE, 0750));
	be_ourselves();
}

static void test_all(void)
{
	test_made();
	test_lists();
	test_directories();
	test_attributes();
	test_privileges();
}

int main(void)
{
	if (geteuid())
		TEST_SKIP("only root can become others");
	with_both(test_all);
	TEST_END();
}
