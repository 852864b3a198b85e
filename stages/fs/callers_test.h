/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Several users of one export, for the tests of what each of them may do. */
#ifndef SL_CALLERS_TEST_H
#define SL_CALLERS_TEST_H

#include "stages/fs/storage_test.h"

#define ALICE	1000
#define BOB	1001
#define CAROL	1002
#define STAFF	2000	/* a group of Bob's */

static struct storage s;

static inline void be(u32 uid)
{
	s.caller = (struct sl_file_caller){
		.known = true, .uid = uid, .gid = uid,
	};
	if (uid == BOB) {
		s.caller.group[0] = STAFF;
		s.caller.group_count = 1;
	}
}

static inline void be_ourselves(void)
{
	s.caller = (struct sl_file_caller){ .known = false };
}

static inline struct sl_file_handle handle_of(const char *name)
{
	struct sl_file_handle handle;
	struct sl_file_caller caller = s.caller;

	be_ourselves();
	CHECK_EQ(storage_at(&s, SL_FILE_MOUNT, s.root, name), 0);
	handle = s.args.object;
	s.caller = caller;
	return handle;
}

static inline void put(const char *name, u32 uid, u32 gid, u32 mode)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s.export, name);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	CHECK_EQ(write(fd, "text", 4), 4);
	close(fd);
	CHECK_EQ(chown(path, uid, gid), 0);
	CHECK_EQ(chmod(path, mode), 0);
}

static inline void put_directory(const char *name, u32 uid, u32 gid, u32 mode)
{
	const char *path = storage_path(&s, "%s", name);

	CHECK_EQ(mkdir(path, 0700), 0);
	CHECK_EQ(chown(path, uid, gid), 0);
	CHECK_EQ(chmod(path, mode), 0);
}

static inline bool is_of(const char *name, u32 uid, u32 gid, u32 mode)
{
	struct stat st;

	return CHECK_EQ(lstat(storage_path(&s, "%s", name), &st), 0) &&
	       CHECK_EQ(st.st_uid, uid) && CHECK_EQ(st.st_gid, gid) &&
	       CHECK_EQ(st.st_mode & 07777, mode);
}

static inline int create(struct sl_file_handle dir, const char *name, u16 op, u32 mode)
{
	s.args = (struct sl_file_args){
		.handle = dir,
		.how = SL_FILE_GUARDED,
		.set = SL_FILE_SET_MODE,
		.attr = { .mode = mode, .type = SL_FILE_FIFO },
	};
	storage_name(&s, name);
	s.args.name2_at = s.data_bytes;
	if (op == SL_FILE_SYMLINK)
		s.data[s.data_bytes++] = 't';
	return storage_call(&s, op);
}

static inline int set(struct sl_file_handle file, u8 what, u32 number)
{
	s.args = (struct sl_file_args){
		.handle = file,
		.set = what,
		.attr = { .uid = number, .gid = number, .mode = number,
			  .size = number, .atime_ns = SL_FILE_NOW,
			  .mtime_ns = SL_FILE_NOW },
	};
	s.data_bytes = 0;
	return storage_call(&s, SL_FILE_SETATTR);
}

/* Runs a test with handles of the table, and with persistent ones. */
static inline void with_both(void (*test)(void))
{
	bool persistent;

	for (persistent = false;; persistent = true) {
		storage_defaults(&s);
		s.fs.persistent = persistent;
		if (persistent && !storage_can_persist(&s)) {
			printf("no persistent handles in %s\n", s.export);
			storage_remove(&s);
			return;
		}
		/* Few, so that files and rights are forgotten again. */
		s.fs.handles = 24;
		CHECK_EQ(chmod(s.export, 0755), 0);
		storage_start(&s);
		test();
		storage_end(&s);
		storage_remove(&s);
		if (persistent)
			return;
	}
}

#endif /* SL_CALLERS_TEST_H */
