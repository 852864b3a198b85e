// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a recording gives back every snapshot bit by bit, that one which
 * is cut off plays as far as it is whole, that no damaged byte is believed,
 * and that a scope shows a recording as it shows what runs.
 */
#include <errno.h>

#include "profiler/scope.h"
#include "profiler/segment_test.h"

#define FRAMES	30

static char segment_path[64], record_path[64];

/* Records FRAMES snapshots and returns the size of the file. */
static u64 make_recording(struct sl_stats *stats)
{
	struct sl_record_writer *writer;
	u64 bytes = 0;
	u32 i;

	if (!CHECK_EQ(sl_record_create(record_path, stats, 100000000, &writer),
		      0))
		return 0;
	for (i = 0; i < FRAMES; i++) {
		CHECK_EQ(sl_record_add(writer, stats), 0);
		segment_pass(stats, 3);
	}
	CHECK_EQ(sl_record_finish(writer, &bytes), 0);
	return bytes;
}

/* How many frames play, and how the last attempt ended. */
static u32 count_frames(int *err)
{
	struct sl_record *record;
	u32 count = 0;

	*err = sl_record_open(record_path, &record);
	if (*err)
		return 0;
	while (!(*err = sl_record_next(record)))
		count++;
	sl_record_close(record);
	return count;
}

static void test_round_trip(void)
{
	struct sl_stats *stats = segment_make(segment_path, 7);
	struct sl_stats *again;
	struct sl_record *record;
	u64 bytes = make_recording(stats);
	u32 i, lap;

	/* Far less than the segment itself. */
	CHECK(bytes > 0 && bytes < 16384);
	again = malloc(stats->bytes);
	CHECK(sl_record_is(record_path));
	CHECK(!sl_record_is(segment_path));
	if (!CHECK_EQ(sl_record_open(record_path, &record), 0))
		return;
	for (lap = 0; lap < 2; lap++) {
		struct sl_stats *good = segment_make(segment_path, 7);

		for (i = 0; i < FRAMES; i++) {
			CHECK_EQ(sl_record_next(record), 0);
			CHECK(!memcmp(record->stats, good, good->bytes));
			segment_pass(good, 3);
		}
		CHECK_EQ(sl_record_next(record), -ENODATA);
		CHECK_EQ(sl_record_rewind(record), 0);
		munmap(good, good->bytes);
	}
	sl_record_close(record);
	free(again);
	munmap(stats, stats->bytes);
}

/* Cut at every length: what is whole plays, and nothing is made up. */
static void test_cut(void)
{
	struct sl_stats *stats = segment_make(segment_path, 7);
	u64 bytes = make_recording(stats);
	u32 last = FRAMES;
	int err;

	CHECK_EQ(count_frames(&err), FRAMES);
	CHECK_EQ(err, -ENODATA);
	for (; bytes; bytes -= bytes > 2000 ? 61 : 1) {
		u32 count;

		CHECK_EQ(truncate(record_path, bytes), 0);
		count = count_frames(&err);
		CHECK(count <= last);
		CHECK(err == -ENODATA || err == -EBADMSG);
		last = count;
	}
	CHECK_EQ(last, 0);
	munmap(stats, stats->bytes);
}

/* One byte differs: frames before it play, those from it on do not. */
static void test_damaged(void)
{
	struct sl_stats *stats = segment_make(segment_path, 7);
	u64 bytes = make_recording(stats);
	u64 at;
	int fd = open(record_path, O_RDWR);
	int err;

	for (at = 0; at < bytes; at += at < 100 ? 1 : 37) {
		u8 byte, other;

		CHECK_EQ(pread(fd, &byte, 1, at), 1);
		other = byte ^ 0x10;
		CHECK_EQ(pwrite(fd, &other, 1, at), 1);
		CHECK(count_frames(&err) < FRAMES);
		CHECK(err == -EBADMSG || err == -EPROTO);
		CHECK_EQ(pwrite(fd, &byte, 1, at), 1);
	}
	CHECK_EQ(count_frames(&err), FRAMES);
	close(fd);
	munmap(stats, stats->bytes);
}

static void test_pack(void)
{
	u64 before[4] = { 0, 1, ~0ull, 1ull << 63 };
	u64 after[4] = { ~0ull, 1, 0, 5 };
	const u8 beyond[] = { 4, 2 };
	const u8 endless[] = { 0x80, 0x80, 0x80 };
	u8 packed[80];
	u64 bytes = sl_record_pack(before, after, 4, packed);

	CHECK_EQ(sl_record_unpack(before, 4, packed, bytes), 0);
	CHECK(!memcmp(before, after, sizeof(before)));
	CHECK_EQ(sl_record_pack(after, after, 4, packed), 0);
	CHECK_EQ(sl_record_unpack(before, 4, beyond, 2), -EBADMSG);
	CHECK_EQ(sl_record_unpack(before, 4, beyond, 1), -EBADMSG);
	CHECK_EQ(sl_record_unpack(before, 4, endless, 3), -EBADMSG);
}

static void test_scope(void)
{
	static struct sl_scope scope;
	struct sl_stats *stats = segment_make(segment_path, 7);
	u32 news = 0;

	make_recording(stats);
	if (!CHECK_EQ(sl_scope_open(&scope, record_path), 0))
		return;
	sl_feed_pace(&scope.feed, 0);
	CHECK_EQ(scope.layout.columns, 7);
	CHECK_EQ(scope.layout.rows, 2);
	CHECK_EQ(scope.layout.edge_count, 7);
	while (sl_scope_look(&scope) > 0)
		news++;
	CHECK_EQ(news, FRAMES - 1);
	CHECK(scope.ended);
	CHECK_STR(sl_report_bottleneck(&scope.report), "st3");
	CHECK_EQ(scope.report.link_count, 14);
	CHECK_EQ(scope.report.core_count, 2);
	CHECK_EQ(sl_scope_kept(&scope), FRAMES - 1);
	CHECK(sl_scope_moment(&scope, 0, 3)->queue > 299);
	CHECK(sl_scope_moment(&scope, 0, 2)->queue < 1);
	sl_scope_close(&scope);

	/* Something runs, then is killed: the last picture stays. */
	if (!CHECK_EQ(sl_scope_open(&scope, segment_path), 0))
		return;
	segment_pass(stats, 2);
	CHECK_EQ(sl_scope_look(&scope), 1);
	CHECK_STR(sl_report_bottleneck(&scope.report), "st2");
	CHECK_EQ(sl_scope_look(&scope), 0);
	CHECK(!scope.ended);
	/* The file is cut under its reader. */
	CHECK_EQ(truncate(segment_path, 100), 0);
	CHECK_EQ(sl_scope_look(&scope), 0);
	CHECK(scope.ended);
	CHECK_STR(sl_report_bottleneck(&scope.report), "st2");
	sl_scope_close(&scope);
	CHECK_EQ(sl_scope_open(&scope, segment_path), -EBADMSG);
	CHECK_EQ(sl_scope_open(&scope, "/nowhere/at/all"), -ENOENT);
	CHECK_EQ(sl_scope_open(&scope, "no such pipeline"), -ESRCH);
}

int main(void)
{
	const char *dir = getenv("TMPDIR");

	snprintf(segment_path, sizeof(segment_path), "%s/segment.%d",
		 dir ? dir : "/tmp", getpid());
	snprintf(record_path, sizeof(record_path), "%s/record.%d",
		 dir ? dir : "/tmp", getpid());
	test_pack();
	test_round_trip();
	test_cut();
	test_damaged();
	test_scope();
	unlink(segment_path);
	unlink(record_path);
	TEST_END();
}
