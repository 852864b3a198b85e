// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/kb.h"
#include "tools/test.h"

static char path[64];

/* The answer to a question, or what is wrong with it. */
static const char *ask(struct sl_kb *kb, const char *query, bool json)
{
	static char text[4096];
	const char *why;
	FILE *out = fmemopen(text, sizeof(text), "w");
	int err;

	memset(text, 0, sizeof(text));
	err = sl_kb_ask(kb, query, json, out, &why);
	fclose(out);
	return err ? why : text;
}

static void test_facts(void)
{
	const char *why;
	struct sl_kb *kb = sl_kb_open(path, true, &why);

	CHECK(kb);
	CHECK_EQ(sl_kb_cpu(kb, 3, 1, 950), 0);
	CHECK_EQ(sl_kb_cpu(kb, 3, 1, 900), 0);
	CHECK_EQ(sl_kb_distance(kb, 0, 3, 140), 0);
	sl_kb_close(kb);

	kb = sl_kb_open(path, false, &why);
	CHECK(kb);
	CHECK_STR(ask(kb, "SELECT cpu, speed FROM cpu", false),
		  "cpu\tspeed\n3\t900\n");
	CHECK_STR(ask(kb, "SELECT trip_ns AS ns, NULL AS n, 'a\"b' AS t,"
			  " 0.5 AS f FROM distance",
		      true),
		  "[{\"ns\":140,\"n\":null,\"t\":\"a\\\"b\",\"f\":0.5}]\n");
	CHECK_STR(ask(kb, "SELECT 1 WHERE 0", true),
		  "[]\n");
	sl_kb_close(kb);
}

/* A stats segment's two snapshots become rows, and plans stay few. */
static void test_report(void)
{
	static struct sl_report report = {
		.seconds = 1,
		.stage_count = 2,
		.link_count = 1,
		.stage = {
			{ .name = "a'; DROP TABLE cpu; --", .type = "pass", .events = 10, .service_ns = 12.5, .batch = 2 },
			{ .name = "idle", .type = "sink" },
		},
		.link = { { .from = 0, .to = 1, .right = 1, .events = 10 } },
	};
	struct sl_stats *stats = calloc(1, sizeof(*stats) +
						   sizeof(struct sl_stats_change));
	const char *why;
	struct sl_kb *kb = sl_kb_open(path, true, &why);
	int i;

	CHECK(kb && stats);
	strcpy(stats->name, "p");
	stats->change_count = 1;
	stats->change_at = sizeof(*stats);
	stats->change_bytes = sizeof(struct sl_stats_change);
	stats->changes = 1;
	for (i = 0; i < 120; i++) {
		sl_stats_change(stats, 0)->at_ns = i * 1000000ull;
		CHECK_EQ(sl_kb_report(kb, &report, stats), 0);
	}
	CHECK_STR(ask(kb, "SELECT stage, service_ns FROM stage", false),
		  "stage\tservice_ns\na'; DROP TABLE cpu; --\t12.5\n");
	CHECK_STR(ask(kb, "SELECT to_stage FROM edge", false),
		  "to_stage\nidle\n");
	CHECK_STR(ask(kb, "SELECT count(*) AS n, max(at_s) AS t FROM plan",
		      false),
		  "n\tt\n100\t0.119\n");
	sl_kb_close(kb);
	free(stats);
}

static void test_mistakes(void)
{
	const char *why;
	struct sl_kb *kb = sl_kb_open(path, false, &why);
	FILE *file;

	CHECK(kb);
	CHECK(strstr(ask(kb, "SELECT nothing FROM cpu", false), "nothing"));
	CHECK(strstr(ask(kb, "", false), "SELECT"));
	CHECK(strstr(ask(kb, "DELETE FROM cpu", false), "SELECT"));
	CHECK(strstr(ask(kb, "SELECT 1; SELECT 2", false), "SELECT"));
	CHECK(!strcmp(ask(kb, "SELECT count(*) AS n FROM cpu ; ", false),
		      "n\n1\n"));
	sl_kb_close(kb);

	file = fopen(path, "w");
	fputs("this is no database, although it is long enough for one", file);
	fclose(file);
	CHECK(!sl_kb_open(path, false, &why));
	CHECK(!sl_kb_open(path, true, &why));
	CHECK(!sl_kb_open("/proc/none/kb", true, &why));
}

static void test_path(void)
{
	char where[40];

	setenv("SLUICE_KB", "/tmp/x", 1);
	CHECK_EQ(sl_kb_path(where, sizeof(where)), 0);
	CHECK(!strcmp(where, "/tmp/x"));
	setenv("SLUICE_KB", "/a/name/that/is/much/too/long/for/the/room/there",
	       1);
	CHECK(sl_kb_path(where, sizeof(where)) < 0);
	setenv("SLUICE_KB", "", 1);
	CHECK(sl_kb_path(where, sizeof(where)) < 0);
}

int main(void)
{
	snprintf(path, sizeof(path), "/tmp/kb_test.%d.sqlite", getpid());
	test_facts();
	test_report();
	test_mistakes();
	test_path();
	unlink(path);
	TEST_END();
}
