// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that facts go in and come out: those of this machine to be read back,
 * all of them to be asked for.
 */
#include <errno.h>

#include "profiler/kb_site_test.h"

static void test_facts(void)
{
	struct sl_kb_cpu cpu = { 3, 2, 1, 1, -1, 950 };
	struct sl_kb *kb = open_kb(SL_KB_WRITE);

	CHECK_EQ(sl_kb_begin(kb), 0);
	CHECK_EQ(sl_kb_cpu(kb, &cpu), 0);
	cpu.speed = 900;
	CHECK_EQ(sl_kb_cpu(kb, &cpu), 0);
	CHECK_EQ(sl_kb_distance(kb, 0, 3, 140, "cache"), 0);
	CHECK_EQ(sl_kb_end(kb, 0), 0);
	/* What went wrong half-way leaves nothing. */
	CHECK_EQ(sl_kb_begin(kb), 0);
	CHECK_EQ(sl_kb_distance(kb, 0, 4, 140, "cache"), 0);
	CHECK_EQ(sl_kb_end(kb, -EIO), -EIO);
	sl_kb_close(kb);

	kb = open_kb(SL_KB_ASK);
	CHECK_STR(ask(kb, "SELECT cpu, core, kind, speed, model FROM cpu",
		      false),
		  "cpu\tcore\tkind\tspeed\tmodel\n3\t2\t\t900\tmodel\n");
	CHECK_STR(ask(kb, "SELECT trip_ns AS ns, NULL AS n, 'a\"b' AS t,"
			  " 0.5 AS f FROM distance",
		      true),
		  "[{\"ns\":140,\"n\":null,\"t\":\"a\\\"b\",\"f\":0.5}]\n");
	CHECK_STR(ask(kb, "SELECT 1 WHERE 0", true),
		  "[]\n");
	sl_kb_close(kb);
}

/* Distances are of this boot of this machine, of today, and make sense. */
static void test_distances(void)
{
	struct sl_kb *kb = open_kb(SL_KB_WRITE);
	u64 sum_ns;

	CHECK_EQ(sl_kb_distance(kb, 3, 0, 150, "cache"), 0);
	sl_kb_close(kb);
	CHECK_EQ(find_all("boot", "model", &sum_ns), 2);
	CHECK_EQ(sum_ns, 290);
	CHECK_EQ(find_all("other", "model", NULL), 0);
	CHECK_EQ(find_all("boot", "other", NULL), 0);
	CHECK_EQ(find_all("", "model", NULL), 0);
	change("UPDATE distance SET boot = ''");
	CHECK_EQ(find_all("", "model", NULL), 0);

	change("UPDATE distance SET boot = 'boot'");
	change("UPDATE distance SET measured = datetime('now', '-2 days')"
	       " WHERE from_cpu = 0");
	CHECK_EQ(find_all("boot", "model", &sum_ns), 1);
	CHECK_EQ(sum_ns, 150);
	change("UPDATE distance SET measured = datetime('now', '+1 hour')");
	CHECK_EQ(find_all("boot", "model", NULL), 0);

	change("UPDATE distance SET measured = datetime('now')");
	CHECK_EQ(find_all("boot", "model", NULL), 2);
	change("UPDATE distance SET trip_ns = -1 WHERE from_cpu = 0");
	change("UPDATE distance SET trip_ns = 1e300 WHERE from_cpu = 3");
	change("INSERT INTO distance SELECT 7, 8, 'far', measured, joint, boot,"
	       " model FROM distance WHERE from_cpu = 0");
	change("INSERT INTO distance SELECT -7, 8, 90, measured, joint, boot,"
	       " model FROM distance WHERE from_cpu = 0");
	change("INSERT INTO distance SELECT 1, 70000, 90, measured, joint,"
	       " boot, model FROM distance WHERE from_cpu = 0");
	CHECK_EQ(find_all("boot", "model", NULL), 0);
	change("UPDATE distance SET measured = NULL, trip_ns = 90");
	CHECK_EQ(find_all("boot", "model", NULL), 0);
}

/* A stats segment's two snapshots become rows, and plans stay few. */
static void test_report(void)
{
	struct sl_stats *stats = make_stats();
	struct sl_kb *kb = open_kb(SL_KB_WRITE);
	int i;

	CHECK_EQ(sl_kb_begin(kb), 0);
	for (i = 0; i < 120; i++) {
		sl_stats_change(stats, 0)->at_ns = i * 1000000ull;
		CHECK_EQ(sl_kb_report(kb, &report, stats), 0);
	}
	CHECK_EQ(sl_kb_end(kb, 0), 0);
	CHECK_STR(ask(kb, "SELECT stage, service_ns FROM stage", false),
		  "stage\tservice_ns\na'; DROP TABLE cpu; --\t12.5\n"
		  "b\t3.0\nb\t7.0\n");
	CHECK_STR(ask(kb, "SELECT DISTINCT to_stage FROM edge", false),
		  "to_stage\nb\na'; DROP TABLE cpu; --\n");
	CHECK_STR(ask(kb, "SELECT count(*) AS n, max(at_s) AS t FROM plan",
		      false),
		  "n\tt\n100\t0.119\n");
	sl_kb_close(kb);
	free(stats);
}

/* Of twenty events that entered: what all replicas of a stage took for each. */
static void test_weights(void)
{
	static const struct {
		const char *pipeline, *stage, *type;
		u32 weight_ns;
	} cases[] = {
		{ "p", "b", "sink", 8 },
		{ "p", "a'; DROP TABLE cpu; --", "pass", 6 },
		{ "p", "idle", "sink", 0 },
		{ "p", "b", "pass", 0 },
		{ "q", "b", "sink", 0 },
	};
	struct sl_stats *stats = make_stats();
	struct sl_kb *kb = open_kb(SL_KB_READ);
	u32 i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_EQ(sl_kb_weight(kb, cases[i].pipeline, cases[i].stage,
				      cases[i].type),
			 cases[i].weight_ns);
	sl_kb_of(kb, "boot", "other");
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 0);
	sl_kb_close(kb);

	/* One replica now; and nothing by which to tell what entered. */
	kb = open_kb(SL_KB_WRITE);
	report.stage_count = 2;
	report.link_count = 1;
	CHECK_EQ(sl_kb_report(kb, &report, stats), 0);
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 6);
	report.link_count = 0;
	CHECK_EQ(sl_kb_report(kb, &report, stats), 0);
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 0);
	change("UPDATE stage SET weight_ns = 1e300");
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 1000000000);
	change("UPDATE stage SET weight_ns = -5");
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 0);
	change("UPDATE stage SET weight_ns = 0.01");
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 1);
	change("UPDATE stage SET weight_ns = 'heavy'");
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 0);
	sl_kb_close(kb);
	free(stats);
}

static void test_mistakes(void)
{
	struct sl_kb *kb = open_kb(SL_KB_ASK);

	CHECK(strstr(ask(kb, "SELECT nothing FROM cpu", false), "nothing"));
	CHECK(strstr(ask(kb, "", false), "SELECT"));
	CHECK(strstr(ask(kb, "DELETE FROM cpu", false), "SELECT"));
	CHECK(strstr(ask(kb, "SELECT 1; SELECT 2", false), "SELECT"));
	CHECK(!strcmp(ask(kb, "SELECT count(*) AS n FROM cpu ; ", false),
		      "n\n1\n"));
	sl_kb_close(kb);
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
	test_distances();
	test_report();
	test_weights();
	test_mistakes();
	test_path();
	unlink(path);
	TEST_END();
}
