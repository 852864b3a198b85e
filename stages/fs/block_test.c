// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what the block stage promises: reads to the very end of a file and
 * not beyond, cold or hot; neighbouring writes in one system call, also if
 * there are others between them; COMMITs of one file in one sync, but never in
 * one that has begun; and that nothing of it changes without io_uring, with
 * room for one request only, or if others may not write to events, as of an
 * isolated stage.
 */
#include <linux/limits.h>
#include <sys/vfs.h>

#include "stages/fs/storage_test.h"

#define TMPFS_MAGIC	0x01021994
#define LARGE		32768	/* bytes of a READ: 8 of them are a turn's */

static struct storage s;

static struct sl_block_totals totals(void)
{
	struct sl_block_totals t;

	sl_block_totals(sl_pipeline_stage(s.pipeline, BLOCK), &t);
	return t;
}

/* Is there anything to wait for?  Not where files are memory. */
static bool on_disk(void)
{
	struct statfs fs;

	return totals().io_uring && !statfs(s.export, &fs) &&
	       fs.f_type != TMPFS_MAGIC;
}

static void test_reads(void)
{
	u64 far = 1ull << 40;
	struct sl_file_handle file;

	CHECK_EQ(storage_create(&s, s.root, "reads", &file), 0);
	CHECK_EQ(storage_read(&s, file, 0, 100), 0);
	CHECK_EQ(s.args.count, 0);
	CHECK(s.args.eof);
	CHECK_EQ(storage_write(&s, file, 0, "0123456789", 10, 0), 0);
	CHECK_EQ(s.args.count, 10);
	CHECK_EQ(s.args.attr.size, 10);
	CHECK_EQ(storage_read(&s, file, 0, 10), 0);
	CHECK_EQ(s.args.count, 10);
	CHECK(s.args.eof);
	CHECK_EQ(storage_read(&s, file, 0, 9), 0);
	CHECK_EQ(s.args.count, 9);
	CHECK(!s.args.eof);
	CHECK_EQ(storage_read(&s, file, 8, 100), 0);
	CHECK_EQ(s.args.count, 2);
	CHECK_EQ(s.data_bytes, 2);
	CHECK(s.args.eof && !memcmp(s.data, "89", 2));
	CHECK_EQ(storage_read(&s, file, 10, 1), 0);
	CHECK(s.args.eof && !s.args.count);
	CHECK_EQ(storage_read(&s, file, S64_MAX, 1), 0);
	CHECK(s.args.eof && !s.args.count);
	CHECK_EQ(storage_read(&s, file, S64_MAX + 1ull, 1), -EINVAL);
	CHECK_EQ(storage_read(&s, file, 0, 0), 0);
	CHECK(!s.args.eof && !s.args.count);

	/* A hole that is larger than 32 bits can tell. */
	CHECK_EQ(storage_write(&s, file, far, "far", 3, 0), 0);
	CHECK_EQ(s.args.attr.size, far + 3);
	CHECK_EQ(storage_read(&s, file, far - 5, 100), 0);
	CHECK_EQ(s.args.count, 8);
	CHECK(s.args.eof && !memcmp(s.data, "\0\0\0\0\0far", 8));
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
	CHECK_EQ(s.args.attr.size, far + 3);
	CHECK(s.args.attr.used < 1 << 20);
	CHECK_EQ(storage_write(&s, file, S64_MAX - 1, "xyz", 3, 0), -EFBIG);
	CHECK_EQ(s.args.status, SL_NFS_FBIG);
	CHECK_EQ(storage_write(&s, file, ~0ull, "xyz", 3, 0), -EFBIG);
	CHECK_EQ(storage_read(&s, file, 0, STORAGE_DATA + 1), -EINVAL);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "reads"), 0);
	CHECK_EQ(storage_read(&s, s.root, 0, 1), -EISDIR);
	CHECK_EQ(storage_write(&s, s.root, 0, "x", 1, 0), -EISDIR);
}

/* What is not in memory comes from the disk, with no difference seen. */
static void test_cold(void)
{
	struct sl_file_handle file;
	u8 data[4096];
	u32 i, j;
	int fd;

	CHECK_EQ(storage_create(&s, s.root, "cold", &file), 0);
	for (i = 0; i < STORAGE_BATCH; i++) {
		memset(data, i, sizeof(data));
		CHECK_EQ(storage_write(&s, file, i * 4096, data, 4096, 0), 0);
	}
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);
	fd = open(storage_path(&s, "cold"), O_RDONLY);
	for (j = 0; j < 3; j++) {
		CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), 0);
		CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
		/* The last one asks for more than there is. */
		for (i = 0; i < STORAGE_BATCH; i++)
			storage_add(&s, SL_FILE_READ, file, (u64)(i * 7 % STORAGE_BATCH) * 4096,
				 4096 + (i * 7 % STORAGE_BATCH == STORAGE_BATCH - 1), 0);
		storage_begin(&s);
		storage_finish(&s);
		for (i = 0; i < STORAGE_BATCH; i++) {
			CHECK_EQ(s.many[i].status, 0);
			CHECK_EQ(s.many[i].args.count, 4096);
			CHECK_EQ(s.many[i].args.eof,
				 i * 7 % STORAGE_BATCH == STORAGE_BATCH - 1);
		}
	}
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	for (i = 0; i < STORAGE_BATCH; i++) {
		memset(data, i, sizeof(data));
		CHECK_EQ(storage_read(&s, file, i * 4096, 4096), 0);
		CHECK(!memcmp(s.data, data, sizeof(data)));
	}
	if (on_disk())
		CHECK(totals().cold_reads > 0);
	close(fd);
}

/* A turn's worth of large READs is sent before the others are read. */
static void test_large(void)
{
	struct sl_file_handle file;
	u32 i;

	CHECK_EQ(storage_create(&s, s.root, "large", &file), 0);
	memset(s.data, 'x', LARGE);
	for (i = 0; i < STORAGE_BATCH; i++)
		CHECK_EQ(storage_write(&s, file, i * LARGE, s.data, LARGE, 0),
			 0);
	for (i = 0; i < STORAGE_BATCH; i++)
		storage_add(&s, SL_FILE_READ, file, (u64)i * LARGE, LARGE, 0);
	storage_begin(&s);
	sl_pipeline_turn(s.pipeline);
	CHECK(s.answered < STORAGE_BATCH);
	storage_finish(&s);
	for (i = 0; i < STORAGE_BATCH; i++)
		CHECK_EQ(s.many[i].args.count, LARGE);
}

static void test_writes(void)
{
	struct sl_block_totals before, after;
	struct sl_file_handle file, other;
	u32 i;

	CHECK_EQ(storage_create(&s, s.root, "writes", &file), 0);
	CHECK_EQ(storage_create(&s, s.root, "writes2", &other), 0);
	before = totals();
	for (i = 0; i < STORAGE_BATCH; i++)
		storage_add(&s, SL_FILE_WRITE, file, i * 100, 100, i + 1);
	storage_begin(&s);
	storage_finish(&s);
	after = totals();
	CHECK_EQ(after.writes - before.writes, 1);
	CHECK_EQ(after.written_events - before.written_events, STORAGE_BATCH);
	for (i = 0; i < STORAGE_BATCH; i++) {
		CHECK_EQ(s.many[i].status, 0);
		CHECK_EQ(s.many[i].args.count, 100);
		CHECK_EQ(s.many[i].args.stable, SL_FILE_UNSTABLE);
		CHECK_EQ(storage_read(&s, file, i * 100, 100), 0);
		CHECK(s.data[0] == i + 1 && s.data[99] == i + 1);
	}

	/* A gap, another file, and a READ between them keep them apart. */
	before = totals();
	storage_add(&s, SL_FILE_WRITE, file, 0, 100, 'a');
	storage_add(&s, SL_FILE_WRITE, file, 200, 100, 'b');
	storage_add(&s, SL_FILE_WRITE, other, 300, 100, 'c');
	storage_add(&s, SL_FILE_READ, other, 300, 100, 0);
	storage_add(&s, SL_FILE_WRITE, other, 400, 100, 'd');
	storage_add(&s, SL_FILE_WRITE, other, 350, 100, 'e');
	storage_begin(&s);
	storage_finish(&s);
	CHECK_EQ(totals().writes - before.writes, 5);
	CHECK_EQ(s.many[3].args.count, 100);
	CHECK_EQ(storage_read(&s, other, 300, 200), 0);
	CHECK(s.data[0] == 'c' && s.data[50] == 'e' && s.data[149] == 'e' &&
	      s.data[150] == 'd' && s.args.count == 200);
}

/*
 * Writers side by side do not break each other's runs, be it of one file or of
 * several; but where they meet, the later one wins, in whatever run it is.
 */
static void test_side_by_side(void)
{
	struct sl_block_totals before;
	struct sl_file_handle file[3];
	u32 i;

	for (i = 0; i < 3; i++)
		CHECK_EQ(storage_create(&s, s.root, (char[]){ 'A' + i, 0 },
					&file[i]), 0);
	before = totals();
	for (i = 0; i < STORAGE_BATCH; i++)
		storage_add(&s, SL_FILE_WRITE, file[i % 4 % 3],
			    i % 4 * 100000 + i / 4 * 100, 100, i + 1);
	storage_begin(&s);
	storage_finish(&s);
	CHECK_EQ(totals().writes - before.writes, 4);
	for (i = 0; i < STORAGE_BATCH; i++) {
		CHECK_EQ(s.many[i].status, 0);
		CHECK_EQ(storage_read(&s, file[i % 4 % 3],
				      i % 4 * 100000 + i / 4 * 100, 100), 0);
		CHECK(s.data[0] == i + 1 && s.data[99] == i + 1);
	}

	/* One run grows into what another one has, from either side. */
	storage_add(&s, SL_FILE_WRITE, file[0], 200, 100, 'a');
	storage_add(&s, SL_FILE_WRITE, file[0], 0, 100, 'b');
	storage_add(&s, SL_FILE_WRITE, file[0], 100, 150, 'c');
	storage_add(&s, SL_FILE_WRITE, file[0], 50, 10, 'd');
	storage_add(&s, SL_FILE_WRITE, file[0], 60, 180, 'e');
	storage_begin(&s);
	storage_finish(&s);
	CHECK_EQ(storage_read(&s, file[0], 0, 300), 0);
	CHECK(s.data[0] == 'b' && s.data[49] == 'b' && s.data[50] == 'd' &&
	      s.data[59] == 'd' && s.data[60] == 'e' && s.data[239] == 'e' &&
	      s.data[240] == 'c' && s.data[249] == 'c' && s.data[250] == 'a' &&
	      s.data[299] == 'a');
}

static void test_commits(void)
{
	struct sl_block_totals before = totals();
	struct sl_file_handle file, other;
	u32 i;

	CHECK_EQ(storage_create(&s, s.root, "commits", &file), 0);
	CHECK_EQ(storage_create(&s, s.root, "commits2", &other), 0);
	for (i = 0; i < STORAGE_BATCH; i++) {
		storage_add(&s, SL_FILE_WRITE, file, i * 100, 100, 'x');
		storage_add(&s, SL_FILE_COMMIT, i % 4 ? file : other, 0, 0, 0);
	}
	storage_begin(&s);
	sl_pipeline_turn(s.pipeline);
	/* What comes now is too late for those that have begun. */
	for (i = 0; i < 20; i++)
		storage_add(&s, SL_FILE_COMMIT, file, 0, 0, 0);
	storage_finish(&s);
	CHECK_EQ(totals().synced_events - before.synced_events, STORAGE_BATCH + 20);
	/* Two batches of 64 for two files, one more for those who were late. */
	CHECK(totals().syncs - before.syncs <= 5);
	CHECK(totals().syncs - before.syncs >= 3);
	for (i = 0; i < 2 * STORAGE_BATCH + 20; i++) {
		CHECK_EQ(s.many[i].status, 0);
		CHECK_EQ(s.many[i].args.verifier, s.many[0].args.verifier);
	}

	before = totals();
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, s.root), 0);
	CHECK_EQ(totals().syncs - before.syncs, 2);

	/* Stable WRITEs are COMMITs, too, and say what they are. */
	before = totals();
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, SL_FILE_DATA_SYNC), 0);
	CHECK_EQ(s.args.stable, SL_FILE_DATA_SYNC);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, SL_FILE_SYNC), 0);
	CHECK_EQ(s.args.stable, SL_FILE_SYNC);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 3), -EINVAL);
	CHECK_EQ(totals().syncs - before.syncs, 2);
}

/* A COMMIT that comes while a sync is in flight must not be its last waiter. */
static void test_late_commit(void)
{
	struct sl_block_totals before;
	struct sl_file_handle file;
	u32 round, late = 0;

	CHECK_EQ(storage_create(&s, s.root, "late", &file), 0);
	for (round = 0; round < 20; round++) {
		before = totals();
		storage_add(&s, SL_FILE_WRITE, file, round * 4096, 4096, 'l');
		storage_add(&s, SL_FILE_COMMIT, file, 0, 0, 0);
		storage_begin(&s);
		while (totals().syncs == before.syncs)
			sl_pipeline_turn(s.pipeline);
		late += s.answered < s.asked;
		storage_add(&s, SL_FILE_WRITE, file, round * 4096, 4096, 'm');
		storage_add(&s, SL_FILE_COMMIT, file, 0, 0, 0);
		storage_finish(&s);
		CHECK_EQ(totals().syncs - before.syncs, 2);
	}
	if (on_disk())
		CHECK(late > 0);
}

static void test_queue(void)
{
	struct sl_file_handle file;
	char name[32];
	u32 i;

	for (i = 0; i < 4 * STORAGE_BATCH; i++) {
		snprintf(name, sizeof(name), "queue%u", i % 50);
		if (i < 50)
			CHECK_EQ(storage_create(&s, s.root, name, &file), 0);
		else
			CHECK_EQ(storage_lookup(&s, s.root, name, &file), 0);
		storage_add(&s, SL_FILE_COMMIT, file, 0, 0, 0);
	}
	storage_begin(&s);
	storage_finish(&s);
	for (i = 0; i < 4 * STORAGE_BATCH; i++)
		CHECK_EQ(s.many[i].status, 0);
}

static int open_guarded(struct sl_stage *stage)
{
	stage->guarded = true;
	return sl_block_stage.open(stage);
}

static void run_all(bool io_uring, u32 queue_depth, bool guarded)
{
	struct sl_stage_type type = sl_block_stage;

	storage_defaults(&s);
	type.open = open_guarded;
	if (guarded)
		s.block_type = &type;
	s.block.io_uring = io_uring;
	s.block.queue_depth = queue_depth;
	storage_start(&s);
	CHECK_EQ(totals().io_uring || !io_uring, 1);
	test_reads();
	test_cold();
	test_large();
	test_queue();
	if (queue_depth > 2) {
		test_writes();
		test_side_by_side();
		test_commits();
		test_late_commit();
	}
	storage_end(&s);
	storage_remove(&s);
}

int main(void)
{
	run_all(true, 256, false);
	run_all(false, 256, false);
	run_all(true, 1, false);
	run_all(false, 1, false);
	run_all(true, 256, true);
	run_all(true, 1, true);
	TEST_END();
}
