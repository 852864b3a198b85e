// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that snapshots are whole while the plan changes under them, that a
 * writer which was killed in the middle of a change does not hold readers up
 * for long, that texts are tidied before anybody shows them, and that layouts
 * bear whatever graph a file claims.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <linux/kernel.h>
#include <asm/barrier.h>

#include "profiler/layout.h"
#include "profiler/report.h"
#include "profiler/segment_test.h"

#define CHANGES	200

static char path[64];

/* The last word that a change writes, far from the others in the file. */
static u64 *last_word(const struct sl_stats *stats)
{
	return &sl_stats_core_counters(stats, 1)->late_turns;
}

/* All stages move to the other core together, as a change of the plan does. */
static void *change_plans(void *context)
{
	struct sl_stats *stats = context;
	u32 n, i;

	for (n = 0; n < CHANGES; n++) {
		u32 version = stats->plan_version;

		WRITE_ONCE(stats->plan_version, version + 1);
		smp_mb();
		for (i = 0; i < stats->stage_count; i++)
			WRITE_ONCE(sl_stats_stage(stats, i)->worker, n & 1);
		WRITE_ONCE(*(u64 *)stats->plan, n & 1);
		WRITE_ONCE(*last_word(stats), n & 1);
		smp_mb();
		WRITE_ONCE(stats->plan_version, version + 2);
		/*
		 * Plans that change all the time nobody could look at; a
		 * sanitizer makes a snapshot take a millisecond.
		 */
		nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
	}
	return NULL;
}

static bool is_whole(const struct sl_stats *copy)
{
	u32 i;

	for (i = 0; i < copy->stage_count; i++)
		if (sl_stats_stage(copy, i)->worker != *(u64 *)copy->plan)
			return false;
	return *last_word(copy) == *(u64 *)copy->plan;
}

static void test_changes(void)
{
	struct sl_stats *stats = segment_make(path, 30);
	struct sl_stats *copy;
	const struct sl_stats *map;
	u32 torn = 0, looked = 0;
	pthread_t thread;
	u64 bytes;
	int fd;

	memset(stats->plan, 0, sizeof(stats->plan));
	stats->plan[0] = 1;
	*last_word(stats) = 1;
	for (bytes = 0; bytes < 30; bytes++)
		sl_stats_stage(stats, bytes)->worker = 1;
	fd = sl_stats_open(path, &bytes);
	if (!CHECK(fd >= 0) || !CHECK_EQ(sl_stats_attach(path, &map), 0))
		return;
	pthread_create(&thread, NULL, change_plans, stats);
	while (READ_ONCE(stats->plan_version) < CHANGES) {
		copy = sl_stats_copy(map);
		torn += !is_whole(copy);
		free(copy);
		if (sl_stats_snapshot(fd, bytes, &copy)) {
			CHECK(false);
			break;
		}
		/* Its plan is tidied: a 1 became a question mark. */
		*(u64 *)copy->plan = copy->plan[0] == '?';
		torn += !is_whole(copy);
		free(copy);
		looked++;
	}
	pthread_join(thread, NULL);
	CHECK(looked > 0);
	CHECK_EQ(torn, 0);

	/* It stays odd: whoever looks waits a little, and then looks. */
	WRITE_ONCE(stats->plan_version, stats->plan_version | 1);
	copy = sl_stats_copy(map);
	CHECK(copy && is_whole(copy));
	free(copy);
	CHECK_EQ(sl_stats_snapshot(fd, bytes, &copy), 0);
	free(copy);
	close(fd);
	sl_stats_detach(map);
	munmap(stats, stats->bytes);
}

static void test_texts(void)
{
	struct sl_stats *stats = segment_make(path, 3);
	struct sl_stats *copy;
	char *text = NULL;
	u64 bytes;
	size_t length;
	FILE *out;
	int fd;

	strcpy(stats->plan, "\033[31mred\n");
	memset(sl_stats_change(stats, 0)->why, 'x',
	       sizeof(sl_stats_change(stats, 0)->why));
	strcpy(sl_stats_change(stats, 0)->plan, "a\"b\\c\177");
	fd = sl_stats_open(path, &bytes);
	if (!CHECK(fd >= 0) ||
	    !CHECK_EQ(sl_stats_snapshot(fd, bytes, &copy), 0))
		return;
	CHECK_STR(copy->plan, "?[31mred?");
	CHECK_EQ(strlen(sl_stats_change(copy, 0)->why), 127);
	CHECK_STR(sl_stats_change(copy, 0)->plan, "a\"b\\c?");
	out = open_memstream(&text, &length);
	sl_report_string(sl_stats_change(copy, 0)->plan, out);
	sl_report_string("\001", out);
	fclose(out);
	CHECK_STR(text, "\"a\\\"b\\\\c?\"\"\\u0001\"");
	free(text);
	free(copy);

	/* Names with quotes or escapes in them are nobody's. */
	strcpy(sl_stats_stage(stats, 1)->name, "a\"b");
	CHECK_EQ(sl_stats_snapshot(fd, bytes, &copy), -EBADMSG);
	strcpy(sl_stats_stage(stats, 1)->name, "");
	CHECK_EQ(sl_stats_snapshot(fd, bytes, &copy), -EBADMSG);
	close(fd);
	/* What is no file at all is not waited for. */
	unlink(path);
	CHECK_EQ(mkfifo(path, 0600), 0);
	CHECK_EQ(sl_stats_open(path, &bytes), -EBADMSG);
	unlink(path);
	munmap(stats, stats->bytes);
}

static void test_running(void)
{
	struct sl_stats_running list[3];
	char name[3][80];
	struct sl_stats *stats[3];
	u32 i, count;

	for (i = 0; i < 3; i++) {
		snprintf(name[i], sizeof(name[i]),
			 SL_STATS_PREFIX "list%u_%d.%d", i, getpid(), getpid());
		stats[i] = segment_make(name[i], 2);
		nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
	}
	/* The latest first; older ones give way where room is short. */
	count = sl_stats_list(list, 3);
	CHECK_EQ(count, 3);
	for (i = 0; i + 1 < count; i++)
		CHECK(list[i].since_ns >= list[i + 1].since_ns);
	count = sl_stats_list(list, 1);
	CHECK_EQ(count, 1);
	for (i = 0; i < 3; i++) {
		munmap(stats[i], stats[i]->bytes);
		unlink(name[i]);
	}
}

static void add_link(struct sl_stats *stats, u32 from, u32 to, u32 right)
{
	struct sl_stats_link *row = sl_stats_link(stats, stats->link_count++);

	*row = (struct sl_stats_link){ .from = from, .to = to, .right = right };
}

static void test_layouts(void)
{
	static struct sl_layout layout;
	struct sl_stats *stats = segment_make(path, 100);
	u32 i;

	sl_layout_make(&layout, stats);
	CHECK_EQ(layout.columns, 100);
	CHECK_EQ(layout.rows, 2);
	CHECK_EQ(layout.edge_count, 100);
	CHECK_EQ(layout.edge[99].from, 2);
	CHECK_EQ(layout.edge[99].to, 4);
	CHECK_EQ(layout.edge[99].lane, 1);
	CHECK_EQ(layout.column[4], 4);

	/* In a circle, to itself, and everyone from one. */
	stats->link_count = 0;
	for (i = 0; i < 100; i++)
		add_link(stats, i, (i + 1) % 100, 1);
	add_link(stats, 7, 7, 1);
	sl_layout_make(&layout, stats);
	CHECK(layout.columns <= 100);
	stats->link_count = 0;
	for (i = 1; i < 100; i++)
		add_link(stats, 0, i, 1);
	sl_layout_make(&layout, stats);
	CHECK_EQ(layout.columns, 2);
	CHECK_EQ(layout.rows, SL_LAYOUT_ROWS_MAX);
	stats->link_count = 0;
	for (i = 0; i < SL_STATS_LINKS_MAX; i++)
		add_link(stats, i % 100, i * 7 % 100, i & 1);
	sl_layout_make(&layout, stats);
	CHECK(layout.edge_count <= SL_LAYOUT_EDGES_MAX);
	munmap(stats, stats->bytes);
}

int main(void)
{
	const char *dir = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/read.%d", dir ? dir : "/tmp",
		 getpid());
	test_changes();
	test_texts();
	test_running();
	test_layouts();
	unlink(path);
	TEST_END();
}
