// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The latency target in a file: what it may be, what is said of what it may
 * not, and how a plan with one is shown.
 */
#include "pipelines/explain.h"
#include "pipelines/load_site.h"
#include "tools/test.h"

#define WEB "path: socket <-> http <-> shop\n"

static const struct {
	const char *text;
	const char *set;
	u64 latency_ns;
	const char *said;	/* of what is refused, and what is shown else */
} cases[] = {
	{ WEB, NULL, 0, NULL },
	{ WEB "latency: 0\n", NULL, 0, NULL },
	{ WEB "latency: 1us\n", NULL, 1000, "to take 1us at most\n" },
	{ WEB "latency: 200us\n", NULL, 200000, "to take 200us at most\n" },
	{ WEB "latency: 200us\n", "latency=10s", 10000000000,
	  "to take 10s at most\n" },
	{ WEB "latency: 200us\n", "latency=0", 0, NULL },
	{ WEB "latency: 200\n", NULL, 0,
	  "t:2:10: latency: '200' is not a duration, as 50us, 10ms or 2s; give 0 to 10s" },
	{ WEB "latency: -1us\n", NULL, 0,
	  "t:2:10: latency: '-1us' is not a duration, as 50us, 10ms or 2s; give 0 to 10s" },
	{ WEB "latency: 1m\n", NULL, 0,
	  "t:2:10: latency: '1m' is out of range; give 0 to 10s" },
	{ WEB "latency: 999ns\n", NULL, 0,
	  "t:2:10: latency: no turn is as short as 999ns; give 1us or more, or 0 for no target" },
	{ WEB, "latency=1ns", 0,
	  "--set latency=1ns: latency: no turn is as short as 1ns; give 1us or more, or 0 for no target" },
};

static void check_shown(const struct sl_graph *graph, const char *said)
{
	struct sl_plan plan;
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	if (!CHECK(out))
		return;
	CHECK_EQ(sl_plan_make(&plan, graph, site_cpus, 3), 0);
	sl_explain_print(graph, &plan, out);
	fclose(out);
	if (said)
		CHECK(strstr(got, said));
	else
		CHECK(!strstr(got, " at most\n"));
	free(got);
}

int main(void)
{
	u32 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *set[] = { cases[i].set, NULL };
		struct sl_complaint complaint;
		struct sl_loaded *loaded;
		bool good = !cases[i].said || cases[i].latency_ns;

		loaded = sl_load_text(&load_site, "t", cases[i].text,
				      strlen(cases[i].text),
				      cases[i].set ? set : NULL, &complaint);
		if (!CHECK_EQ(loaded != NULL, good))
			continue;
		if (!loaded) {
			CHECK_STR(complaint.text, cases[i].said);
			continue;
		}
		CHECK_EQ(loaded->graph.latency_ns, cases[i].latency_ns);
		check_shown(&loaded->graph, cases[i].said);
		sl_loaded_close(loaded);
	}
	TEST_END();
}
