// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that explanations say what the plan does: direct calls only where
 * both ends are on one worker and the edge may be fused, replicas side by side
 * or all with all, values as people write them.
 */
#include "pipelines/explain.h"
#include "pipelines/load_site.h"
#include "tools/test.h"

static const char text[] =
	"pipeline: shop\n"
	"path: net <-> http <-> app <-> fs\n"
	"ring: 64\n"
	"stages:\n"
	"  net: { type: socket, core: 0 }\n"
	"  http: { core: 0, bank: pages, idle: 1500ms }\n"
	"  app: { type: shop, core: [0, 1], events: 9 }\n"
	"  fs: { core: [0, 3/1], export: \"/a\\\"b/which/is/long/enough/to/need/most/of/a/line/of/output\", readonly: true }\n";

static const char table[] =
	"shop: cpu0: net+http+app+fs | cpu1: app | cpu3/1: fs\n"
	"\n"
	"STAGE      TYPE     CORE    CLASS     EVENTS x BYTES BANK\n"
	"net        socket   0       flow        256 x 4096   -\n"
	"http       http     0       flow        256 x 4096   pages\n"
	"app        shop     0,1     stateless     9 x 1024   -\n"
	"fs         fs       0,3/1   stateless -              -\n"
	"\n"
	"LEFT       RIGHT      PROTOCOL  JOINED BY\n"
	"net        http       bytes     1 direct call\n"
	"http       app        web       1 direct call, 1 pair of rings of 64 slots\n"
	"app        fs         file      1 direct call, 3 pairs of rings of 64 slots\n"
	"\n"
	"STAGE      OPTIONS\n"
	"net        listen=127.0.0.1:8080 backlog=128\n"
	"http       limit=16K idle=1500ms\n"
	"fs         export=/a\"b/which/is/long/enough/to/need/most/of/a/line/of/output\n"
	"           sync=commit readonly=true\n";

static const char json[] =
	"{\"pipeline\":\"shop\",\"plan\":\"cpu0: net+http+app+fs | cpu1: app | cpu3/1: fs\","
	"\"ring\":64,\"batch\":64,\"poll_ns\":50000,\"latency_ns\":0,\"isolate\":\"none\",\"lanes\":1,\"stages\":["
	"{\"name\":\"net\",\"type\":\"socket\",\"class\":\"flow\",\"bank\":\"\",\"events\":256,\"event_bytes\":4096,"
	"\"cores\":[{\"cpu\":0,\"thread\":0}],\"options\":{\"listen\":\"127.0.0.1:8080\",\"backlog\":\"128\"}},"
	"{\"name\":\"http\",\"type\":\"http\",\"class\":\"flow\",\"bank\":\"pages\",\"events\":256,\"event_bytes\":4096,"
	"\"cores\":[{\"cpu\":0,\"thread\":0}],\"options\":{\"limit\":\"16K\",\"idle\":\"1500ms\"}},"
	"{\"name\":\"app\",\"type\":\"shop\",\"class\":\"stateless\",\"bank\":\"\",\"events\":9,\"event_bytes\":1024,"
	"\"cores\":[{\"cpu\":0,\"thread\":0},{\"cpu\":1,\"thread\":0}],\"options\":{}},"
	"{\"name\":\"fs\",\"type\":\"fs\",\"class\":\"stateless\",\"bank\":\"\",\"events\":0,\"event_bytes\":0,"
	"\"cores\":[{\"cpu\":0,\"thread\":0},{\"cpu\":3,\"thread\":1}],\"options\":{\"export\":\"/a\\\"b/which/is/long/enough/to/need/most/of/a/line/of/output\",\"sync\":\"commit\",\"readonly\":\"true\"}}],"
	"\"edges\":[{\"left\":\"net\",\"right\":\"http\",\"protocol\":\"bytes\",\"direct\":1,\"rings\":0,\"transfer\":\"pass\"},"
	"{\"left\":\"http\",\"right\":\"app\",\"protocol\":\"web\",\"direct\":1,\"rings\":1,\"transfer\":\"pass\"},"
	"{\"left\":\"app\",\"right\":\"fs\",\"protocol\":\"file\",\"direct\":1,\"rings\":3,\"transfer\":\"pass\"}]}\n";

static void expect(const char *const *set, bool as_json, const char *wanted)
{
	struct sl_complaint complaint;
	struct sl_loaded *loaded;
	struct sl_plan plan;
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	loaded = sl_load_text(&load_site, "t", text, strlen(text), set,
			      &complaint);
	if (CHECK(loaded) && CHECK(out)) {
		CHECK_EQ(sl_plan_make(&plan, &loaded->graph, site_cpus, 3), 0);
		if (as_json)
			sl_explain_json(&loaded->graph, &plan, out);
		else
			sl_explain_print(&loaded->graph, &plan, out);
		fclose(out);
		CHECK(strstr(got, wanted));
		if (!strstr(got, wanted))
			CHECK_STR(got, wanted);
	}
	free(got);
	sl_loaded_close(loaded);
}

static void test_options(void)
{
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	if (!CHECK(out))
		return;
	CHECK_EQ(sl_explain_options(&load_site, "fs", out), 0);
	CHECK(sl_explain_options(&load_site, "nfs", out) < 0);
	fclose(out);
	CHECK_STR(got, "fs: \n"
		       "  export           directory to serve (a path; required)\n"
		       "  sync             when to write to disk (always, commit, never; commit by default)\n"
		       "  readonly         refuse changes (true or false; no by default)\n");
	free(got);
}

int main(void)
{
	static const char *const unfused[] = { "fuse=none", NULL };
	static const char *const beside[] = { "*.core=[0,1]", NULL };
	static const char *const crossing[] = {
		"transfer={net-http: copy, app-fs: flip}", "isolate=pkey", NULL,
	};

	expect(NULL, false, table);
	expect(NULL, true, json);
	expect(unfused, false,
	       "net        http       bytes     1 pair of rings of 64 slots\n"
	       "http       app        web       2 pairs of rings of 64 slots\n");
	expect(beside, false,
	       "net        http       bytes     2 direct calls\n"
	       "http       app        web       2 direct calls\n"
	       "app        fs         file      2 direct calls\n");
	expect(crossing, false,
	       "each stage or bank under a key of its own\n"
	       "\n"
	       "STAGE ");
	expect(crossing, false,
	       "net        http       bytes     1 direct call; copy\n"
	       "http       app        web       1 direct call, 1 pair of rings of 64 slots\n"
	       "app        fs         file      1 direct call, 3 pairs of rings of 64 slots; flip\n");
	expect(crossing, true, "\"isolate\":\"pkey\"");
	expect(crossing, true, "\"rings\":3,\"transfer\":\"flip\"}]}\n");
	test_options();
	TEST_END();
}
