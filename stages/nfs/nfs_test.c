// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the nfs stage lets nothing through that RFC 1813 does not allow,
 * and that every reply has both statuses: a table of requests, with a stage
 * behind nfs that counts what it is given and answers what it is told to.
 */
#include <linux/limits.h>

#include "stages/fs/storage_test.h"

static struct storage s;
static int answer;		/* of the stage behind */
static u32 seen;		/* by the stage behind */
static u32 seen_count;
static struct sl_file_args reply;

static u32 run_behind(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		seen++;
		seen_count = sl_file(event)->count;
		event->status = answer;
		sl_file(event)->rwx = reply.rwx;
		sl_file(event)->attr = reply.attr;
		if (event->op == SL_FILE_FSINFO) {
			memset(event->data, 0, sizeof(struct sl_file_limits));
			event->data_bytes = sizeof(struct sl_file_limits);
		}
		sl_stage_reply(stage, event);
	}
	return batch->count;
}

static const struct sl_stage_type behind = {
	.name = "behind",
	.class = SL_SERIAL,
	.port = { { "callers", "fs", false, false } },
	.run = run_behind,
};

#define GOOD	{ { 1, 2, 3, SL_FS_HANDLE_MAGIC } }
#define BAD	{ { 1, 2, 3, 4 } }
#define LONG5	"nnnnn"
#define LONG255	LONG50 LONG50 LONG50 LONG50 LONG50 LONG5
#define LONG50	LONG5 LONG5 LONG5 LONG5 LONG5 LONG5 LONG5 LONG5 LONG5 LONG5

/* Request and status; the stage behind is asked only if that is 0. */
static const struct {
	u16 op;
	const char *data;
	u32 bytes;
	struct sl_file_args args;
	int status;
} table[] = {
	{ 0, "", 0, { .handle = GOOD }, -EOPNOTSUPP },
	{ SL_FILE_OPS, "", 0, { .handle = GOOD }, -EOPNOTSUPP },
	{ 0xffff, "", 0, { .handle = GOOD }, -EOPNOTSUPP },

	{ SL_FILE_GETATTR, "", 0, { .handle = GOOD }, 0 },
	{ SL_FILE_GETATTR, "", 0, { .handle = BAD }, -EBADHANDLE },

	{ SL_FILE_LOOKUP, "x", 1, { .handle = GOOD }, 0 },
	{ SL_FILE_LOOKUP, ".", 1, { .handle = GOOD }, 0 },
	{ SL_FILE_LOOKUP, "..", 2, { .handle = GOOD }, 0 },
	{ SL_FILE_LOOKUP, "", 0, { .handle = GOOD }, -EINVAL },
	{ SL_FILE_LOOKUP, "a/b", 3, { .handle = GOOD }, -EINVAL },
	{ SL_FILE_LOOKUP, "a\0b", 3, { .handle = GOOD }, -EINVAL },
	{ SL_FILE_LOOKUP, LONG255, 255, { .handle = GOOD }, 0 },
	{ SL_FILE_LOOKUP, LONG255 "n", 256, { .handle = GOOD }, -ENAMETOOLONG },

	{ SL_FILE_CREATE, "x", 1, { .handle = GOOD, .how = 2 }, 0 },
	{ SL_FILE_CREATE, "x", 1, { .handle = GOOD, .how = 3 }, -EINVAL },
	{ SL_FILE_CREATE, "..", 2, { .handle = GOOD }, -EEXIST },
	{ SL_FILE_CREATE, "x", 1, { .handle = GOOD, .set = 64 }, -EINVAL },
	{ SL_FILE_CREATE, "x", 1, { .handle = GOOD, .set = SL_FILE_SET_MODE,
				    .attr.mode = 010000 }, -EINVAL },
	{ SL_FILE_MKDIR, ".", 1, { .handle = GOOD }, -EEXIST },
	{ SL_FILE_MKNOD, "x", 1, { .handle = GOOD, .attr.type = SL_FILE_FIFO },
	  0 },
	{ SL_FILE_MKNOD, "..", 2, { .handle = GOOD, .attr.type = SL_FILE_FIFO },
	  -EEXIST },
	{ SL_FILE_MKNOD, "x", 1, { .handle = GOOD }, -EBADTYPE },
	{ SL_FILE_MKNOD, "x", 1, { .handle = GOOD, .attr.type = SL_FILE_REG },
	  -EBADTYPE },
	{ SL_FILE_MKNOD, "x", 1, { .handle = GOOD, .attr.type = SL_FILE_LNK },
	  -EBADTYPE },
	{ SL_FILE_MKNOD, "x", 1, { .handle = GOOD, .attr.type = SL_FILE_CHR,
				   .set = 64 }, -EINVAL },
	{ SL_FILE_SYMLINK, "ab", 2, { .handle = GOOD, .name2_at = 1,
				      .set = 64 }, -EINVAL },
	{ SL_FILE_REMOVE, ".", 1, { .handle = GOOD }, -EINVAL },
	{ SL_FILE_RMDIR, "..", 2, { .handle = GOOD }, -EINVAL },
	{ SL_FILE_RMDIR, "...", 3, { .handle = GOOD }, 0 },

	{ SL_FILE_RENAME, "ab", 2, { .handle = GOOD, .object = GOOD,
				     .name2_at = 1 }, 0 },
	{ SL_FILE_RENAME, "ab", 2, { .handle = GOOD, .object = BAD,
				     .name2_at = 1 }, -EBADHANDLE },
	{ SL_FILE_RENAME, "ab", 2, { .handle = GOOD, .object = GOOD,
				     .name2_at = 0 }, -EINVAL },
	{ SL_FILE_RENAME, "ab", 2, { .handle = GOOD, .object = GOOD,
				     .name2_at = 2 }, -EINVAL },
	{ SL_FILE_RENAME, "ab", 2, { .handle = GOOD, .object = GOOD,
				     .name2_at = 3 }, -EINVAL },
	{ SL_FILE_RENAME, "a..", 3, { .handle = GOOD, .object = GOOD,
				      .name2_at = 1 }, -EINVAL },
	{ SL_FILE_LINK, "x", 1, { .handle = GOOD, .object = BAD },
	  -EBADHANDLE },
	{ SL_FILE_SYMLINK, "a/../b", 6, { .handle = GOOD, .name2_at = 1 }, 0 },
	{ SL_FILE_SYMLINK, "ab\0c", 4, { .handle = GOOD, .name2_at = 1 },
	  -EINVAL },
	{ SL_FILE_SYMLINK, "a", 1, { .handle = GOOD, .name2_at = 1 }, -EINVAL },

	{ SL_FILE_READ, "", 0, { .handle = GOOD, .count = 10 }, 0 },
	{ SL_FILE_READ, "", 0, { .handle = GOOD, .count = STORAGE_DATA }, 0 },
	{ SL_FILE_READ, "", 0, { .handle = GOOD, .count = STORAGE_DATA + 1 },
	  -EINVAL },
	{ SL_FILE_READ, "", 0, { .handle = GOOD, .count = ~0u }, -EINVAL },
	{ SL_FILE_READ, "", 0, { .handle = GOOD, .offset = 1ull << 63 },
	  -EINVAL },
	{ SL_FILE_WRITE, "abc", 3, { .handle = GOOD, .count = 3 }, 0 },
	{ SL_FILE_WRITE, "abc", 3, { .handle = GOOD, .count = 4 }, -EINVAL },
	{ SL_FILE_WRITE, "abc", 3, { .handle = GOOD, .count = 3, .stable = 3 },
	  -EINVAL },
	{ SL_FILE_WRITE, "abc", 3, { .handle = GOOD, .count = 3,
				     .offset = S64_MAX - 3 }, 0 },
	{ SL_FILE_WRITE, "abc", 3, { .handle = GOOD, .count = 3,
				     .offset = S64_MAX - 2 }, -EFBIG },
	{ SL_FILE_WRITE, "abc", 3, { .handle = GOOD, .count = 3,
				     .offset = ~0ull }, -EFBIG },
	{ SL_FILE_COMMIT, "", 0, { .handle = GOOD }, 0 },
	{ SL_FILE_COMMIT, "", 0, { .handle = GOOD, .offset = S64_MAX,
				   .count = 1 }, -EINVAL },
	{ SL_FILE_SETATTR, "", 0, { .handle = GOOD, .set = SL_FILE_SET_SIZE,
				    .attr.size = 1ull << 63 }, -EFBIG },
	{ SL_FILE_READDIR, "", 0, { .handle = GOOD, .count = ~0u }, 0 },
	{ SL_FILE_READDIR, "", 0, { .handle = GOOD, .offset = 1ull << 63 },
	  -EBADCOOKIE },
	{ SL_FILE_READDIRPLUS, "", 0, { .handle = GOOD, .count = ~0u }, 0 },
	{ SL_FILE_READDIRPLUS, "", 0, { .handle = GOOD, .offset = 1ull << 63 },
	  -EBADCOOKIE },
	{ SL_FILE_FSSTAT, "", 0, { .handle = GOOD }, 0 },
	{ SL_FILE_FSINFO, "", 0, { .handle = GOOD }, 0 },
	{ SL_FILE_PATHCONF, "", 0, { .handle = BAD }, -EBADHANDLE },
	{ SL_FILE_MOUNT, "a/b", 3, { .count = 0 }, 0 },
	{ SL_FILE_MOUNT, "a\0b", 3, { .count = 0 }, -EINVAL },
};

static void ask(u32 i)
{
	s.args = table[i].args;
	s.data_bytes = table[i].bytes;
	memcpy(s.data, table[i].data, table[i].bytes);
	storage_call(&s, table[i].op);
}

static void test_table(void)
{
	u32 i, before;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		before = seen;
		ask(i);
		if (!CHECK_EQ(s.status, table[i].status) ||
		    !CHECK_EQ(seen - before, !table[i].status))
			fprintf(stderr, "with row %u, op %u\n", i, table[i].op);
	}
}

/* Cut to the limits of the options, or to the room there is. */
static void test_limits(void)
{
	struct sl_file_limits limits;

	s.nfs.read_max = 50000;
	s.nfs.write_max = 40000;
	s.args = (struct sl_file_args){ .handle = GOOD, .count = 60000 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_READ), 0);
	CHECK_EQ(seen_count, 50000);
	s.args = (struct sl_file_args){ .handle = GOOD, .count = 60000 };
	s.data_bytes = 60000;
	CHECK_EQ(storage_call(&s, SL_FILE_WRITE), 0);
	CHECK_EQ(seen_count, 40000);
	s.args = (struct sl_file_args){ .handle = GOOD, .count = ~0u };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_READDIR), 0);
	CHECK_EQ(seen_count, STORAGE_DATA);
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_FSINFO), 0);
	memcpy(&limits, s.data, sizeof(limits));
	CHECK_EQ(limits.read_max, 50000);
	CHECK_EQ(limits.write_max, 40000);
}

static void test_read_only(void)
{
	static const u16 changes[] = {
		SL_FILE_SETATTR, SL_FILE_WRITE,	 SL_FILE_CREATE,
		SL_FILE_MKDIR,	 SL_FILE_SYMLINK, SL_FILE_MKNOD,
		SL_FILE_REMOVE,	 SL_FILE_RMDIR,	  SL_FILE_RENAME,
		SL_FILE_LINK,
	};
	u32 before = seen;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		s.args = (struct sl_file_args){
			.handle = GOOD, .object = GOOD, .name2_at = 1,
		};
		storage_name(&s, "ab");
		CHECK_EQ(storage_call(&s, changes[i]), -EROFS);
		CHECK_EQ(s.args.status, SL_NFS_ROFS);
	}
	CHECK_EQ(seen, before);
	s.args = (struct sl_file_args){ .handle = GOOD };
	CHECK_EQ(storage_call(&s, SL_FILE_GETATTR), 0);
}

static void test_access(bool read_only)
{
	static const struct {
		u8 type, rwx, access, may, may_read_only;
	} rights[] = {
		{ SL_FILE_REG, 7, 63, 45, 33 },
		{ SL_FILE_REG, 4, 63, 1, 1 },
		{ SL_FILE_REG, 2, 63, 12, 0 },
		{ SL_FILE_REG, 1, 63, 32, 32 },
		{ SL_FILE_REG, 7, 4, 4, 0 },
		{ SL_FILE_DIR, 7, 63, 31, 3 },
		{ SL_FILE_DIR, 1, 63, 2, 2 },
		{ SL_FILE_DIR, 7, 16, 16, 0 },
		{ SL_FILE_DIR, 0, 63, 0, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		s.args = (struct sl_file_args){
			.handle = GOOD, .access = rights[i].access,
		};
		s.data_bytes = 0;
		reply.rwx = rights[i].rwx;
		reply.attr.type = rights[i].type;
		CHECK_EQ(storage_call(&s, SL_FILE_ACCESS), 0);
		CHECK_EQ(s.args.access, read_only ? rights[i].may_read_only
						  : rights[i].may);
	}
}

/* Every status of the RFC has an error, and that error this status. */
static void test_status(void)
{
	static const u16 statuses[] = {
		0,  1,	2,  5,	6,  13, 17,    18,    19,    20,    21,
		22, 27, 28, 30, 31, 63, 66,    69,    70,    71,    10001,
		10002,	10003,	10004,	10005,	10006, 10007, 10008,
	};
	u32 i;
	int e;

	for (i = 0; i < ARRAY_SIZE(statuses); i++)
		CHECK_EQ(sl_nfs_status(sl_nfs_error(statuses[i])), statuses[i]);
	for (e = 1; e < 600; e++) {
		CHECK(sl_nfs_status(-e));
		answer = -e;
		s.args = (struct sl_file_args){ .handle = GOOD };
		s.data_bytes = 0;
		CHECK_EQ(storage_call(&s, SL_FILE_GETATTR), -e);
	}
	CHECK_EQ(sl_nfs_status(-ENOSPC), SL_NFS_NOSPC);
	CHECK_EQ(sl_nfs_status(-ESTALE), SL_NFS_STALE);
	CHECK_EQ(sl_nfs_status(-12345), SL_NFS_IO);
	CHECK_EQ(sl_nfs_error(77777), -EIO);
	answer = 0;
}

/* Only nfs and what stands behind it. */
static void start(bool read_only)
{
	static struct storage_driver driver;

	driver.storage = &s;
	s.nfs = (struct sl_nfs_options){ read_only, 1 << 30, 1 << 30 };
	sl_graph_init(&s.graph, "nfs");
	s.graph.huge = false;
	sl_graph_add(&s.graph, "driver", &storage_driver_type, &driver);
	sl_graph_add(&s.graph, "nfs", &sl_nfs_stage, &s.nfs);
	sl_graph_add(&s.graph, "behind", &behind, NULL);
	CHECK_EQ(sl_graph_join(&s.graph, 0, 1), 0);
	CHECK_EQ(sl_graph_join(&s.graph, 1, 2), 0);
	CHECK_EQ(sl_plan_make(&s.plan, &s.graph, (u16[]){ 0 }, 1), 0);
	s.pipeline = sl_pipeline_open(&s.graph, &s.plan, NULL);
	if (!CHECK(!IS_ERR(s.pipeline)))
		exit(1);
}

int main(void)
{
	s.next = storage_next_call;
	start(false);
	test_table();
	test_limits();
	test_access(false);
	test_status();
	storage_end(&s);

	start(true);
	test_read_only();
	test_access(true);
	storage_end(&s);
	TEST_END();
}
