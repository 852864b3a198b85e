// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that transfer and isolate arrive in the graph however they are
 * written, and that mistakes in them get their one line.
 */
#include <string.h>

#include "pipelines/load_site.h"
#include "tools/test.h"

#define FILES	"path: socket <-> http <-> shop <-> fs\n" \
		"stages: { fs: { export: /a } }\n"

static const struct {
	const char *text;
	const char *set;	/* an override, or NULL */
	u8 transfer[3];
	u8 isolate;
} cases[] = {
	{ FILES, NULL, { SL_PASS, SL_PASS, SL_PASS }, SL_ISOLATE_NONE },
	{ FILES "transfer: copy\n", NULL, { SL_COPY, SL_COPY, SL_COPY },
	  SL_ISOLATE_NONE },
	{ FILES "transfer: copy\n", "transfer=pass",
	  { SL_PASS, SL_PASS, SL_PASS }, SL_ISOLATE_NONE },
	{ FILES "transfer: { http-shop: flip, shop-fs: copy }\n", NULL,
	  { SL_PASS, SL_FLIP, SL_COPY }, SL_ISOLATE_NONE },
	{ FILES "transfer:\n  socket-http: copy\n  http-shop: pass\n", NULL,
	  { SL_COPY, SL_PASS, SL_PASS }, SL_ISOLATE_NONE },
	{ FILES "transfer: {}\n", NULL, { SL_PASS, SL_PASS, SL_PASS },
	  SL_ISOLATE_NONE },
	{ FILES "transfer: flip\n", "transfer={shop-fs: copy}",
	  { SL_PASS, SL_PASS, SL_COPY }, SL_ISOLATE_NONE },
	{ FILES "isolate: pkey\n", NULL, { SL_PASS, SL_PASS, SL_PASS },
	  SL_ISOLATE_PKEY },
	{ FILES "isolate: pkey\n", "isolate=none",
	  { SL_PASS, SL_PASS, SL_PASS }, SL_ISOLATE_NONE },
};

static const struct {
	const char *text;
	const char *set;
	const char *complaint;
} mistakes[] = {
	{ FILES "transfer: copi\n", NULL,
	  "t:3:11: transfer: 'copi' is not pass, copy or flip; did you mean 'copy'?" },
	{ FILES "transfer: [socket-http]\n", NULL,
	  "t:3:11: transfer: not pass, copy, flip or a map; give one, as { net-http: copy }" },
	{ FILES "transfer: { socket-shop: copy }\n", NULL,
	  "t:3:13: transfer: there is no edge 'socket-shop'; give LEFT-RIGHT, two stages that are joined" },
	{ FILES "transfer: { shop-fs: 3 }\n", NULL,
	  "t:3:22: transfer: '3' is not pass, copy or flip; known here: pass, copy, flip" },
	{ FILES "transfer: { shop-fs: [copy] }\n", NULL,
	  "t:3:22: transfer takes one value, not a list; write transfer: VALUE" },
	{ FILES "transfer: { shop-fs: }\n", NULL,
	  "t:3:22: transfer has no value; write transfer: VALUE, or remove it" },
	{ FILES "transfer:\n", NULL,
	  "t:3:10: transfer has no value; write transfer: VALUE, or remove it" },
	{ FILES, "transfer={fs-shop: copy}",
	  "--set transfer={fs-shop: copy}: transfer: there is no edge 'fs-shop'; give LEFT-RIGHT, two stages that are joined" },
	{ FILES, "transfer={shop-fs: cop}",
	  "--set transfer={shop-fs: cop}: transfer: 'cop' is not pass, copy or flip; did you mean 'copy'?" },
	{ FILES "isolate: pkeys\n", NULL,
	  "t:3:10: isolate: 'pkeys' is not a choice; did you mean 'pkey'?" },
};

static struct sl_loaded *load(const char *text, const char *set,
			      struct sl_complaint *complaint)
{
	const char *sets[] = { set, NULL };

	return sl_load_text(&load_site, "t", text, strlen(text), sets,
			    complaint);
}

int main(void)
{
	struct sl_complaint complaint;
	struct sl_loaded *loaded;
	u32 i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		loaded = load(cases[i].text, cases[i].set, &complaint);
		if (!CHECK(loaded)) {
			fprintf(stderr, "%s\n", complaint.text);
			continue;
		}
		for (j = 0; j < 3; j++)
			CHECK_EQ(loaded->graph.edge[j].transfer,
				 cases[i].transfer[j]);
		CHECK_EQ(loaded->graph.isolate, cases[i].isolate);
		sl_loaded_close(loaded);
	}
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		loaded = load(mistakes[i].text, mistakes[i].set, &complaint);
		CHECK(!loaded);
		CHECK_STR(complaint.text, mistakes[i].complaint);
		sl_loaded_close(loaded);
	}
	TEST_END();
}
