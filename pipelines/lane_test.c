// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what option lanes makes of a file, how that is explained, and that a
 * file which cannot have them gets one line about it.  The machine has the CPUs
 * 0, 1 and 3.
 */
#include <stdlib.h>
#include <string.h>

#include "pipelines/explain.h"
#include "pipelines/load_site.h"
#include "sched/lane.h"
#include "tools/test.h"

static const char head[] = "path: net <-> http <-> app <-> db <-> fs\n"
			   "stages:\n"
			   "  net: { type: socket }\n"
			   "  app: { type: shop }\n";

static const struct {
	const char *set[5];
	const char *plan;	/* or else the complaint */
	u32 lanes;
} rows[] = {
	{ { NULL }, "cpu0: net+http+app+db+fs | cpu1: idle | cpu3: idle", 0 },
	{ { "lanes=1" },
	  "cpu0: net+http+app+db+fs | cpu1: idle | cpu3: idle", 0 },
	{ { "lanes=2" },
	  "cpu0: net*2+http*2+app*2+db+fs*2 | cpu1: idle | cpu3: idle", 2 },
	{ { "lanes=auto" },
	  "cpu0: net*3+http*3+app*3+db+fs*3 | cpu1: idle | cpu3: idle", 3 },
	{ { "lanes=8" },
	  "cpu0: net*8+http*8+app*8+db+fs*8 | cpu1: idle | cpu3: idle", 8 },
	{ { "lanes=2", "http.core=1", "fs.core=[0,1]" },
	  "cpu0: net*2+app*2+db+fs | cpu1: http+fs | cpu3: idle", 2 },
	{ { "lanes=4", "app.max=2" },
	  "cpu0: net*4+http*4+app+db+fs*4 | cpu1: idle | cpu3: idle", 4 },
	/* Where it would be of no use, auto does nothing. */
	{ { "lanes=auto", "*.core=1" }, "cpu1: net+http+app+db+fs", 0 },
	{ { "lanes=auto", "schedule=static" }, "cpu0: net+http+app+db+fs", 0 },
	{ { "lanes=auto", "isolate=pkey" }, "cpu0: net+http+app+db+fs", 0 },
	{ { "lanes=1", "isolate=pkey" }, "cpu0: net+http+app+db+fs", 0 },

	{ { "lanes=0" },
	  "--set lanes=0: lanes: '0' is out of range; give 1 to 64, or auto", 0 },
	{ { "lanes=65" },
	  "--set lanes=65: lanes: '65' is out of range; give 1 to 64, or auto", 0 },
	{ { "lanes=some" },
	  "--set lanes=some: lanes: 'some' is not a number; give 1 to 64, or auto", 0 },
	{ { "lanes=[1, 2]" },
	  "--set lanes=[1, 2]: lanes takes one value, not a list; write lanes: VALUE", 0 },
	{ { "lanes=9" },
	  "--set lanes=9: lanes: with 9 of them 'db' has more than 16 edges; give fewer", 0 },
	{ { "lanes=2", "*.core=1" },
	  "--set lanes=2: lanes: they are for stages that move, and none does as every stage names its core; change that, or remove lanes", 0 },
	{ { "lanes=2", "schedule=static" },
	  "--set lanes=2: lanes: they are for stages that move, and none does as schedule is static; change that, or remove lanes", 0 },
	{ { "lanes=2", "schedule=host" },
	  "--set lanes=2: lanes: they are for stages that move, and none does as schedule is host; change that, or remove lanes", 0 },
	{ { "lanes=2", "isolate=pkey" },
	  "--set lanes=2: lanes: they are for stages that move, and none does as stages are isolated (isolate); change that, or remove lanes", 0 },
	{ { "lanes=2", "transfer={net-http: copy}" },
	  "--set lanes=2: lanes: they are for stages that move, and none does as events are copied (transfer); change that, or remove lanes", 0 },
	{ { "lanes=2", "*.max=1" },
	  "--set lanes=2: lanes: no stage can have replicas, 'net' not as its max is less; remove lanes", 0 },
	{ { "lanes=2", "*.core=1", "db.core=any" },
	  "--set lanes=2: lanes: no stage can have replicas, 'db' not as its type is serial; remove lanes", 0 },
};

static struct sl_loaded *load(const char *const *set,
			      struct sl_complaint *complaint)
{
	static const char *all[8];
	u32 i;

	all[0] = "fs.export=/a";
	for (i = 0; set[i]; i++)
		all[i + 1] = set[i];
	all[i + 1] = NULL;
	return sl_load_text(&load_site, "t", head, strlen(head), all,
			    complaint);
}

static void check_row(u32 i)
{
	static struct sl_plan plan;
	struct sl_complaint complaint;
	struct sl_loaded *loaded = load(rows[i].set, &complaint);
	char line[256];

	if (!loaded) {
		CHECK_STR(complaint.text, rows[i].plan);
		return;
	}
	CHECK_EQ(loaded->graph.lanes, rows[i].lanes);
	CHECK_EQ(sl_plan_make(&plan, &loaded->graph, load_site.cpus,
			      load_site.cpu_count), 0);
	sl_plan_print(&plan, &loaded->graph, line, sizeof(line));
	CHECK_STR(line, rows[i].plan);
	sl_loaded_close(loaded);
}

/* On a large machine, auto is as many as find room. */
static void test_auto(void)
{
	static const u16 cpus[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	static const struct sl_load_site large = { site_types, cpus, 12, NULL };
	const char *set[] = { "fs.export=/a", "lanes=auto", NULL };
	struct sl_complaint complaint;
	struct sl_loaded *loaded = sl_load_text(&large, "t", head, strlen(head),
						set, &complaint);

	if (CHECK(loaded))
		CHECK_EQ(loaded->graph.lanes, 8);
	sl_loaded_close(loaded);
}

/* More replicas in all than there may be. */
static void test_large(void)
{
	struct sl_complaint complaint;
	struct sl_loaded *loaded;
	const char *set[] = { "lanes=64", NULL };
	char text[256] = "path: s0";
	u32 i;

	for (i = 1; i < 6; i++)
		sprintf(text + strlen(text), " <-> s%u", i);
	sprintf(text + strlen(text), "\nstages:\n");
	for (i = 0; i < 6; i++)
		sprintf(text + strlen(text), "  s%u: { type: pass }\n", i);
	loaded = sl_load_text(&load_site, "t", text, strlen(text), set,
			      &complaint);
	CHECK(!loaded);
	CHECK_STR(complaint.text,
		  "--set lanes=64: lanes: with 64 of them there are more replicas or rings than a pipeline can have; give fewer");
	sl_loaded_close(loaded);
}

static const char explained[] =
	"STAGE      TYPE     CORE    CLASS     EVENTS x BYTES BANK\n"
	"net        socket   0*2     flow        256 x 4096   -\n"
	"http       http     0*2     flow        256 x 4096   -\n"
	"app        shop     0       stateless   256 x 1024   -\n"
	"db         db       0       serial      256 x 1024   -\n"
	"fs         fs       0*2     stateless -              -\n"
	"\n"
	"LEFT       RIGHT      PROTOCOL  JOINED BY\n"
	"net        http       bytes     2 direct calls\n"
	"http       app        web       2 direct calls\n"
	"app        db         query     1 direct call\n"
	"db         fs         file      2 direct calls\n"
	"\n"
	"LANES      2 of replicas, to gather on a core or to spread\n"
	"app        in none, as its max is less\n"
	"db         in none, as its type is serial\n"
	"\n"
	"STAGE      OPTIONS\n";

static void test_explained(void)
{
	static const char *const set[] = { "lanes=2", "app.max=1", NULL };
	struct sl_complaint complaint;
	struct sl_loaded *loaded = load(set, &complaint);
	struct sl_plan plan;
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	if (CHECK(loaded) && CHECK(out)) {
		CHECK_EQ(sl_plan_make(&plan, &loaded->graph, site_cpus, 3), 0);
		sl_explain_print(&loaded->graph, &plan, out);
		sl_explain_json(&loaded->graph, &plan, out);
		fclose(out);
		if (!CHECK(strstr(got, explained)))
			CHECK_STR(got, explained);
		CHECK(strstr(got, "\"lanes\":2,"));
		CHECK(strstr(got, "\"cores\":[{\"cpu\":0,\"thread\":0},{\"cpu\":0,\"thread\":0}]"));
	}
	free(got);
	sl_loaded_close(loaded);
}

int main(void)
{
	u32 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(i);
	test_auto();
	test_large();
	test_explained();
	TEST_END();
}
