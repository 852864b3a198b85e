// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that callers can do what the host would let them do, and nothing
 * else: several users read and write files of several modes, against what
 * these users can do themselves; modes and lists change; calls are mixed in
 * batches; strange callers get nothing; nothing of it stays on the thread; and
 * a process that is not root serves its own user.
 */
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "stages/fs/callers_test.h"

/* What a user may do himself: asked by a process that is his. */
static u8 his_own(u32 uid, const char *name)
{
	char path[300];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", s.export, name);
	pid = fork();
	if (!pid) {
		gid_t staff = STAFF;
		int may = 0;

		if (setgroups(uid == BOB, &staff) || setgid(uid) || setuid(uid))
			_exit(255);
		may |= access(path, R_OK) ? 0 : S_IROTH;
		may |= access(path, W_OK) ? 0 : S_IWOTH;
		may |= access(path, X_OK) ? 0 : S_IXOTH;
		_exit(may);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) < 8);
	return WEXITSTATUS(status);
}

static const struct {
	const char *name;
	u32 uid, gid, mode;
} files[] = {
	{ "root600", 0, 0, 0600 },     { "root644", 0, 0, 0644 },
	{ "root666", 0, 0, 0666 },     { "root711", 0, 0, 0711 },
	{ "root604", 0, BOB, 0604 },   { "alice600", ALICE, ALICE, 0600 },
	{ "alice000", ALICE, ALICE, 0 }, { "alice400", ALICE, ALICE, 0400 },
	{ "alice066", ALICE, ALICE, 0066 }, { "staff660", 0, STAFF, 0660 },
	{ "staff640", CAROL, STAFF, 0640 }, { "staff606", 0, STAFF, 0606 },
	{ "acl", 0, 0, 0640 },
};

static const u32 users[] = { 0, ALICE, BOB, CAROL };

/* Bob may read and write what others may not; the group's bits hide it. */
static bool add_list(void)
{
	static const struct {
		u32 version;
		struct {
			u16 tag, perm;
			u32 id;
		} entry[5];
	} list = {
		2,
		{ { 1, 6, ~0u }, { 2, 6, BOB }, { 4, 4, ~0u }, { 16, 6, ~0u },
		  { 32, 0, ~0u } },
	};

	return !setxattr(storage_path(&s, "acl"), "system.posix_acl_access",
			 &list, sizeof(list), 0);
}

/* ACCESS, READ and WRITE of every file by every user, twice. */
static void test_files(void)
{
	struct sl_file_handle handle;
	u32 f, u, again;

	for (f = 0; f < ARRAY_SIZE(files); f++)
		put(files[f].name, files[f].uid, files[f].gid, files[f].mode);
	if (!add_list())
		printf("no access lists in %s\n", s.export);
	for (again = 0; again < 2; again++) {
		for (f = 0; f < ARRAY_SIZE(files); f++) {
			handle = handle_of(files[f].name);
			for (u = 0; u < ARRAY_SIZE(users); u++) {
				u8 may = his_own(users[u], files[f].name);
				u8 owner = users[u] == files[f].uid ? 7 : 0;
				int err;

				be(users[u]);
				s.args = (struct sl_file_args){
					.handle = handle,
					.access = 63,
				};
				s.data_bytes = 0;
				CHECK_EQ(storage_call(&s, SL_FILE_ACCESS), 0);
				CHECK_EQ(s.args.rwx, may);
				/* To run it one reads it; owners always may. */
				err = storage_read(&s, handle, 0, 10);
				CHECK_EQ(err, (may | owner) & 5 ? 0 : -EACCES);
				CHECK(err || s.args.count == 4);
				err = storage_write(&s, handle, 0, "TEXT", 4,
						    0);
				if (!CHECK_EQ(err, (may | owner) & 2 ?
						   0 : -EACCES))
					fprintf(stderr, "with %s, user %u\n",
						files[f].name, users[u]);
				CHECK_EQ(storage_get(&s, SL_FILE_COMMIT,
						     handle),
					 (may | owner) & 6 ? 0 : -EACCES);
				/* No permission is needed to look at it. */
				CHECK_EQ(storage_get(&s, SL_FILE_GETATTR,
						     handle), 0);
			}
		}
	}
	be_ourselves();
}

/* What is remembered of a file is forgotten when its mode changes. */
static void test_changes(void)
{
	struct sl_file_handle handle;
	struct sl_file_args mode = {
		.set = SL_FILE_SET_MODE, .attr.mode = 0600,
	};

	put("change", ALICE, ALICE, 0644);
	handle = handle_of("change");
	be(CAROL);
	CHECK_EQ(storage_read(&s, handle, 0, 10), 0);
	CHECK_EQ(storage_write(&s, handle, 0, "x", 1, 0), -EACCES);
	be(ALICE);
	s.args = mode;
	s.args.handle = handle;
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_SETATTR), 0);
	be(CAROL);
	CHECK_EQ(storage_read(&s, handle, 0, 10), -EACCES);
	/* By others it is noticed as late as attributes are. */
	CHECK_EQ(chmod(storage_path(&s, "change"), 0666), 0);
	usleep(110000);
	CHECK_EQ(storage_read(&s, handle, 0, 10), 0);
	CHECK_EQ(storage_write(&s, handle, 0, "x", 1, 0), 0);
	CHECK_EQ(chmod(storage_path(&s, "change"), 0600), 0);
	usleep(110000);
	CHECK_EQ(storage_read(&s, handle, 0, 10), -EACCES);
	CHECK_EQ(storage_write(&s, handle, 0, "x", 1, 0), -EACCES);
	be_ourselves();
}

/* An access list that changes while a file is written all the time. */
static void test_list_changes(void)
{
	struct sl_file_handle handle = handle_of("acl");
	u64 until;
	int err = 0;

	if (!add_list())
		return;
	be(BOB);
	CHECK_EQ(storage_write(&s, handle, 0, "x", 1, 0), 0);
	CHECK_EQ(removexattr(storage_path(&s, "acl"),
			     "system.posix_acl_access"), 0);
	CHECK_EQ(chmod(storage_path(&s, "acl"), 0660), 0);
	until = ktime_get_ns() + 1000000000;
	while (!err && ktime_get_ns() < until)
		err = storage_write(&s, handle, 0, "x", 1, 0);
	CHECK_EQ(err, -EACCES);
	be_ourselves();
}

/* More users than can be remembered; every other one is of the staff. */
static void test_crowd(void)
{
	struct sl_file_handle file = handle_of("staff640");
	u32 i;

	for (i = 0; i < 600; i++) {
		be(3000 + i % 200);
		s.caller.group[0] = STAFF;
		s.caller.group_count = i % 2;
		CHECK_EQ(storage_read(&s, file, 0, 10), i % 2 ? 0 : -EACCES);
	}
	be_ourselves();
}

/*
 * What is asked by the caller of a number, in turn: to make a directory, to
 * read what only root may, to look up what only Alice may.  Root, who comes
 * after others, makes nothing: that takes nobody to be him.
 */
static u16 mixed_op(u32 i)
{
	if (i % 3 == 1)
		return SL_FILE_READ;
	return i % 3 || !users[i / 3 % 4] ? SL_FILE_LOOKUP : SL_FILE_MKDIR;
}

static void add_mixed(u32 i, struct sl_file_handle shared,
		      struct sl_file_handle secret,
		      struct sl_file_handle closed)
{
	switch (mixed_op(i)) {
	case SL_FILE_READ:
		storage_add(&s, SL_FILE_READ, secret, 0, 10, 0);
		break;
	case SL_FILE_LOOKUP:
		storage_add(&s, SL_FILE_LOOKUP, closed, 0, 0, 'c');
		s.many[i].bytes = 1;
		break;
	case SL_FILE_MKDIR:
		/* Its name is as many letters as its number. */
		storage_add(&s, SL_FILE_MKDIR, shared, 0, 0,
			    'A' + i / 3 % 4);
		s.many[i].bytes = 1 + i / 3;
	}
	be(users[i / 3 % 4]);
	s.many[i].args.caller = s.caller;
}

static void check_mixed(u32 i)
{
	const struct storage_call *call = &s.many[i];
	u32 user = users[i / 3 % 4];

	switch (mixed_op(i)) {
	case SL_FILE_READ:
		CHECK_EQ(call->status, user ? -EACCES : 0);
		break;
	case SL_FILE_LOOKUP:
		CHECK_EQ(call->status, user && user != ALICE ? -EACCES : 0);
		break;
	case SL_FILE_MKDIR:
		CHECK_EQ(call->status, 0);
		CHECK_EQ(call->args.attr.uid, user);
	}
}

/* Calls of four users in one batch, and each gets what is his. */
static void test_mixed(void)
{
	struct sl_file_handle shared, secret, closed;
	struct sl_fs_totals before, after;
	u32 i;

	storage_end(&s);
	s.fs.handles = 1024;
	storage_start(&s);
	shared = handle_of("shared");
	secret = handle_of("root600");
	closed = handle_of("closed");
	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &before);
	for (i = 0; i < 4 * STORAGE_BATCH; i++)
		add_mixed(i, shared, secret, closed);
	storage_begin(&s);
	storage_finish(&s);
	be_ourselves();
	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &after);
	for (i = 0; i < 4 * STORAGE_BATCH; i++)
		check_mixed(i);
	CHECK_EQ(access(storage_path(&s, "shared/BB"), F_OK), 0);
	CHECK_EQ(access(storage_path(&s, "shared/DDDDDDDD"), F_OK), 0);
	/* Each user once in a batch, not once for each of his calls. */
	CHECK(after.switches - before.switches <= 4 * 4 + 4);
	CHECK(after.switches - before.switches >= 4);
}

/* Who cannot be, or is not known to the host, gets nothing. */
static void test_strange(void)
{
	struct sl_file_handle shared = handle_of("shared");

	be(ALICE);
	s.caller.uid = ~0u;
	CHECK_EQ(create(shared, "strange", SL_FILE_CREATE, 0600), -EACCES);
	be(ALICE);
	s.caller.gid = ~0u;
	CHECK_EQ(create(shared, "strange", SL_FILE_CREATE, 0600), -EACCES);
	be(ALICE);
	s.caller.group[0] = ~0u;
	s.caller.group_count = 1;
	CHECK_EQ(create(shared, "strange", SL_FILE_CREATE, 0600), -EACCES);
	be(ALICE);
	s.caller.group_count = 255;
	CHECK_EQ(create(shared, "strange", SL_FILE_CREATE, 0600), -EINVAL);
	be(ALICE);
	CHECK_EQ(create(shared, "strange", SL_FILE_CREATE, 0600), 0);
	be_ourselves();
}

/* Nothing of whoever was served last is left on the thread. */
static void test_nothing_left(void)
{
	gid_t group[64];
	int count = getgroups(64, group);
	int i;

	CHECK_EQ(setfsuid(-1), 0);
	CHECK_EQ(setfsgid(-1), getegid());
	for (i = 0; i < count; i++)
		CHECK(group[i] != STAFF);
	CHECK_EQ(access(storage_path(&s, "root600"), R_OK), 0);
}

static void test_all(void)
{
	test_files();
	test_changes();
	test_list_changes();
	test_nothing_left();
	put_directory("shared", 0, 0, 01777);
	put_directory("closed", ALICE, ALICE, 0700);
	put("closed/c", ALICE, ALICE, 0666);
	test_strange();
	test_crowd();
	test_mixed();
	test_nothing_left();
}

/* A process that is nobody else but itself. */
static void test_unable(void)
{
	struct sl_file_handle file;

	storage_defaults(&s);
	CHECK_EQ(chown(s.export, ALICE, ALICE), 0);
	CHECK_EQ(setegid(ALICE), 0);
	CHECK_EQ(seteuid(ALICE), 0);
	storage_start(&s);
	be(ALICE);
	CHECK_EQ(create(s.root, "mine", SL_FILE_CREATE, 0666), 0);
	file = s.args.object;
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), 0);
	CHECK(is_of("mine", ALICE, ALICE, 0666));
	be(BOB);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
	CHECK_EQ(storage_read(&s, file, 0, 1), -EACCES);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), -EACCES);
	CHECK_EQ(storage_lookup(&s, s.root, "mine", NULL), -EACCES);
	CHECK_EQ(create(s.root, "his", SL_FILE_CREATE, 0666), -EACCES);
	CHECK_EQ(set(file, SL_FILE_SET_MODE, 0777), -EACCES);
	s.args = (struct sl_file_args){ .handle = file, .access = 63 };
	CHECK_EQ(storage_call(&s, SL_FILE_ACCESS), 0);
	CHECK_EQ(s.args.access, 0);
	be(0);
	CHECK_EQ(storage_read(&s, file, 0, 1), -EACCES);
	be_ourselves();
	CHECK_EQ(storage_read(&s, file, 0, 1), 0);
	storage_end(&s);
	CHECK_EQ(seteuid(0), 0);
	CHECK_EQ(setegid(0), 0);
	storage_remove(&s);
}

int main(void)
{
	if (geteuid())
		TEST_SKIP("only root can become others");
	with_both(test_all);
	test_unable();
	TEST_END();
}
