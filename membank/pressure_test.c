// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that what systems say of their memory is read as it is meant: of
 * both versions of control groups, inside of namespaces, cut off and garbled.
 * Each case is a tree of files as /proc and /sys would have them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "membank/manager.h"
#include "tools/test.h"

#define CALM	"some avg10=0.00 avg60=1.00 avg300=0.00 total=5\n" \
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
#define PLENTY	"MemTotal:       24684092 kB\nMemFree:        23049432 kB\n" \
		"MemAvailable:   24197136 kB\nBuffers:           23992 kB\n"
#define NONE	"9223372036854771712\n"
#define V1	"9:name=systemd:/\n4:memory:/a/b\n2:cpuacct,cpu:/\n0::/\n"
#define M	"/sys/fs/cgroup/memory"
#define U	"/sys/fs/cgroup/unified"
#define C	"/sys/fs/cgroup"

struct file {
	const char *path;
	const char *text;
};

static const struct {
	const char *name;
	struct file file[12];
	struct sl_pressure want;
	enum sl_pressure_why why;
} cases[] = {
	{ "nothing at all", { { 0 } }, { 0 }, SL_PRESSURE_NONE },
	{ "a calm machine",
	  { { "/proc/pressure/memory", CALM }, { "/proc/meminfo", PLENTY },
	    { "/proc/self/cgroup", "0::/\n" } },
	  { .machine_bytes = 24684092ull << 10,
	    .available_bytes = 24197136ull << 10 }, SL_PRESSURE_NONE },
	{ "tasks wait",
	  { { "/proc/pressure/memory",
	      "some avg10=12.34 avg60=0.00 avg300=0.00 total=1\n" } },
	  { .stalled = 1234 }, SL_PRESSURE_STALLS },
	{ "not much",
	  { { "/proc/pressure/memory", "some avg10=9.99 avg60=50.00" } },
	  { .stalled = 999 }, SL_PRESSURE_NONE },
	{ "all the time",
	  { { "/proc/pressure/memory", "some avg10=100.00 avg60=50.00" } },
	  { .stalled = 10000 }, SL_PRESSURE_STALLS },
	{ "garbled",
	  { { "/proc/pressure/memory", "some avg10=much" },
	    { "/proc/meminfo", "MemTotal: a lot\n\n\nMemAvailable:" },
	    { "/proc/self/cgroup", ":::\n0:\nmemory\n4:memory\n" } },
	  { 0 }, SL_PRESSURE_NONE },
	{ "little left",
	  { { "/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 49 kB\n" } },
	  { .machine_bytes = 1000 << 10, .available_bytes = 49 << 10 },
	  SL_PRESSURE_MACHINE },
	{ "version 1, no limit",
	  { { "/proc/self/cgroup", V1 },
	    { M "/a/b/memory.usage_in_bytes", "100\n" },
	    { M "/a/b/memory.limit_in_bytes", NONE } },
	  { 0 }, SL_PRESSURE_NONE },
	{ "version 1, at its limit",
	  { { "/proc/self/cgroup", V1 },
	    { M "/a/b/memory.usage_in_bytes", "1000000\n" },
	    { M "/a/b/memory.limit_in_bytes", "1000000\n" },
	    { M "/a/b/memory.failcnt", "3\n" },
	    { M "/a/b/memory.stat",
	      "cache 9\ninactive_file 500000\ntotal_inactive_file 99999\n" },
	    { M "/a/memory.usage_in_bytes", "1000000\n" },
	    { M "/a/memory.limit_in_bytes", NONE } },
	  { .group_bytes = 1000000, .group_used_bytes = 900001,
	    .group_hits = 3 }, SL_PRESSURE_GROUP },
	{ "version 1, full of file pages",
	  { { "/proc/self/cgroup", V1 },
	    { M "/a/b/memory.usage_in_bytes", "1000000\n" },
	    { M "/a/b/memory.limit_in_bytes", "1000000\n" },
	    { M "/a/b/memory.stat", "total_inactive_file 1000001\n" } },
	  { .group_bytes = 1000000 }, SL_PRESSURE_NONE },
	{ "version 1, limit of a parent",
	  { { "/proc/self/cgroup", V1 },
	    { M "/a/b/memory.usage_in_bytes", "10\n" },
	    { M "/a/b/memory.limit_in_bytes", "1000\n" },
	    { M "/a/b/memory.failcnt", "1\n" },
	    { M "/a/memory.usage_in_bytes", "1900\n" },
	    { M "/a/memory.limit_in_bytes", "2000\n" },
	    { M "/a/memory.failcnt", "2\n" } },
	  { .group_bytes = 2000, .group_used_bytes = 1900, .group_hits = 3 },
	  SL_PRESSURE_GROUP },
	{ "version 1, in a namespace",
	  { { "/proc/self/cgroup", V1 },
	    { M "/memory.usage_in_bytes", "10\n" },
	    { M "/memory.limit_in_bytes", "1000\n" } },
	  { .group_bytes = 1000, .group_used_bytes = 10 }, SL_PRESSURE_NONE },
	{ "version 2, high below max",
	  { { "/proc/self/cgroup", "0::/app.slice/shop\n" },
	    { C "/app.slice/shop/memory.current", "950\n" },
	    { C "/app.slice/shop/memory.high", "1000\n" },
	    { C "/app.slice/shop/memory.max", "2000\n" },
	    { C "/app.slice/shop/memory.events",
	      "low 1\nhigh 20\nmax 300\noom 4000\n" },
	    { C "/app.slice/shop/memory.pressure",
	      "some avg10=3.00 avg60=0.00 avg300=0.00 total=1\n" },
	    { C "/app.slice/memory.current", "950\n" },
	    { C "/app.slice/memory.high", "max\n" },
	    { C "/app.slice/memory.max", "max\n" },
	    { C "/app.slice/memory.pressure",
	      "some avg10=30.00 avg60=0.00 avg300=0.00 total=1\n" } },
	  { .stalled = 300, .group_bytes = 1000, .group_used_bytes = 950,
	    .group_hits = 320 }, SL_PRESSURE_GROUP },
	{ "version 2, no limit",
	  { { "/proc/self/cgroup", "0::/app.slice/shop\n" },
	    { C "/app.slice/shop/memory.current", "950\n" },
	    { C "/app.slice/shop/memory.high", "max\n" },
	    { C "/app.slice/shop/memory.max", "max\n" } },
	  { 0 }, SL_PRESSURE_NONE },
	{ "version 2, waiting in the group",
	  { { "/proc/pressure/memory", CALM },
	    { "/proc/self/cgroup", "0::/shop\n" },
	    { C "/shop/memory.current", "950\n" },
	    { C "/shop/memory.pressure", "some avg10=55.50 avg60=0.00\n" } },
	  { .stalled = 5550 }, SL_PRESSURE_STALLS },
	{ "version 2 beside version 1",
	  { { "/proc/self/cgroup", "3:cpu:/x\n0::/shop\n" },
	    { U "/shop/memory.current", "10\n" },
	    { U "/shop/memory.max", "100\n" } },
	  { .group_bytes = 100, .group_used_bytes = 10 }, SL_PRESSURE_NONE },
};

static char root[64];

/* Makes a file below the root, with all that is above it. */
static void put(const char *path, const char *text)
{
	char whole[512];
	char *slash;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (slash = strchr(whole + strlen(root), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(whole, 0700) && errno != EEXIST)
			CHECK(false);
		*slash = '/';
	}
	file = fopen(whole, "we");
	if (!CHECK(file))
		return;
	fputs(text, file);
	fclose(file);
}

static void remove_all(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	CHECK_EQ(system(command), 0);
}

static void test_case(u32 i)
{
	const struct sl_pressure calm = { .group_hits = ~0ull };
	const struct sl_pressure *want = &cases[i].want;
	struct sl_pressure now;
	unsigned long failed = sl_test_failed;
	u32 f;

	for (f = 0; f < ARRAY_SIZE(cases[i].file) && cases[i].file[f].path; f++)
		put(cases[i].file[f].path, cases[i].file[f].text);
	memset(&now, 0xff, sizeof(now));
	sl_pressure_read(&now, root);
	CHECK_EQ(now.stalled, want->stalled);
	CHECK_EQ(now.machine_bytes, want->machine_bytes);
	CHECK_EQ(now.available_bytes, want->available_bytes);
	CHECK_EQ(now.group_bytes, want->group_bytes);
	CHECK_EQ(now.group_used_bytes, want->group_used_bytes);
	CHECK_EQ(now.group_hits, want->group_hits);
	CHECK_EQ(sl_pressure_judge(&calm, &now), cases[i].why);
	if (sl_test_failed != failed)
		fprintf(stderr, "with: %s\n", cases[i].name);
	remove_all();
}

/* A limit that was met once is no reason for ever. */
static void test_hits(void)
{
	struct sl_pressure before = { .group_hits = 4 };
	struct sl_pressure now = { .group_hits = 4 };

	CHECK_EQ(sl_pressure_judge(&before, &now), SL_PRESSURE_NONE);
	now.group_hits = 5;
	CHECK_EQ(sl_pressure_judge(&before, &now), SL_PRESSURE_GROUP);
	CHECK_EQ(sl_pressure_judge(&now, &now), SL_PRESSURE_NONE);
	CHECK_STR(sl_pressure_name(SL_PRESSURE_NONE), "none");
	CHECK_STR(sl_pressure_name(SL_PRESSURE_GROUP), "group");
	CHECK_STR(sl_pressure_name(77), "?");
}

/* The manager asks while memory is short, and only then. */
static void test_manager(void)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	struct sl_manager *manager;
	struct sl_bank bank[3];
	u64 now_ns = 1000;
	u32 i, asked;

	put("/proc/pressure/memory", CALM);
	put("/proc/meminfo", PLENTY);
	manager = sl_manager_create(root);
	if (!CHECK(!IS_ERR(manager)))
		return;
	CHECK_EQ(sl_manager_look(manager, now_ns), SL_PRESSURE_NONE);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(sl_bank_open(&bank[i], region, 0, 64, 4096), 0);
		CHECK_EQ(sl_manager_add(manager, &bank[i]), 0);
	}
	for (i = 0; i < 10; i++) {
		now_ns += 1000000000;
		CHECK_EQ(sl_manager_look(manager, now_ns), SL_PRESSURE_NONE);
	}
	CHECK_EQ(bank[0].asked | bank[1].asked | bank[2].asked, 0);

	put("/proc/pressure/memory", "some avg10=40.00 avg60=9.00\n");
	/* It looks twice a second, not each time that it could. */
	CHECK_EQ(sl_manager_look(manager, now_ns + 1), SL_PRESSURE_NONE);
	now_ns += 1000000000;
	for (i = 0; i < 100; i++)
		CHECK_EQ(sl_manager_look(manager, now_ns + i),
			 SL_PRESSURE_STALLS);
	for (i = 0; i < 3; i++)
		CHECK_EQ(bank[i].asked, 1);
	for (i = 0; i < 5; i++) {
		now_ns += 1000000000;
		sl_manager_look(manager, now_ns);
	}
	CHECK_EQ(bank[2].asked, 6);

	put("/proc/pressure/memory", CALM);
	now_ns += 1000000000;
	CHECK_EQ(sl_manager_look(manager, now_ns), SL_PRESSURE_NONE);
	asked = bank[1].asked;
	for (i = 0; i < 5; i++) {
		now_ns += 1000000000;
		sl_manager_look(manager, now_ns);
	}
	CHECK_EQ(bank[1].asked, asked);
	sl_manager_destroy(manager);
	for (i = 0; i < 3; i++)
		sl_bank_close(&bank[i]);
	sl_region_destroy(region);
	remove_all();
}

int main(void)
{
	struct sl_pressure here;
	u32 i;

	snprintf(root, sizeof(root), "/tmp/sluice-pressure.XXXXXX");
	if (!mkdtemp(root))
		TEST_SKIP("no directory for samples");
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		test_case(i);
	test_hits();
	test_manager();

	/* And of this machine at least its memory is known. */
	sl_pressure_read(&here, "");
	CHECK(here.machine_bytes >= here.available_bytes);
	CHECK(here.machine_bytes > 1 << 20);
	CHECK(here.stalled <= 10000);
	TEST_END();
}
