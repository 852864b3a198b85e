// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that every kind of mistake in a pipeline file gets its one line, with
 * the right place and remedy, by a table of files and complaints; and that
 * what a file says, or leaves to defaults, arrives in the graph.
 */
#include <unistd.h>

#include "pipelines/load_site.h"
#include "tools/test.h"

struct mistake {
	const char *text;
	const char *set;	/* an override, or NULL */
	const char *complaint;
};

#define WEB	"path: socket <-> http <-> shop\n"
#define FILES	"path: socket <-> http <-> shop <-> fs\n"

static const struct mistake mistakes[] = {
	/* YAML itself */
	{ "", NULL,
	  "t:1:1: the file is empty; it needs at least path: STAGE <-> STAGE" },
	{ "# only a comment\n", NULL,
	  "t:1:1: the file is empty; it needs at least path: STAGE <-> STAGE" },
	{ "- path\n", NULL,
	  "t:1:1: not a pipeline; begin with KEY: VALUE, as path: net <-> http" },
	{ "path: a\nring: @5\n", NULL,
	  "t:2:7: not YAML: found character that cannot start any token; quote the value; indent with blanks, not tabs" },
	{ "path: a\nstages:\n\thttp: 5\n", NULL,
	  "t:3:1: not YAML: found character that cannot start any token; quote the value; indent with blanks, not tabs" },
	{ "path: \"a\n", NULL,
	  "t:2:1: not YAML: found unexpected end of stream; close the quotes" },
	{ "stages: { a: { core: 1 }\n", NULL,
	  "t:2:1: not YAML: did not find expected ',' or '}'; close the bracket, or put a comma" },
	{ "path: a: b\n", NULL,
	  "t:1:8: not YAML: mapping values are not allowed in this context; quote a value that holds ': ', and check the indentation" },
	{ "path: \xff\xfe\n", NULL,
	  "t:1:7: not YAML: invalid leading UTF-8 octet; save the file as UTF-8" },
	{ "path: a\nring: \x01\n", NULL,
	  "t:2:7: not YAML: control characters are not allowed; save it as plain text" },
	{ WEB "ring: &r 5\n", NULL,
	  "t:2:7: anchors (&name) are refused; remove it" },
	{ WEB "ring: *r\n", NULL,
	  "t:2:7: aliases (*name) are refused; write the value out" },
	{ WEB "ring: !!int 5\n", NULL,
	  "t:2:7: tags (!name) mean nothing here; remove it" },
	{ WEB "---\npath: x\n", NULL,
	  "t:2:1: a second document; one pipeline a file" },
	{ "a: [[[[[[[[[]]]]]]]]]\n", NULL,
	  "t:1:11: nested deeper than 8 levels; close brackets, or indent less" },
	{ "[a, b]: c\n", NULL,
	  "t:1:1: a key cannot be a list or a map; write KEY: VALUE" },
	{ "path: \"a\\0b\"\n", NULL,
	  "t:1:7: a value cannot hold a NUL; remove it" },

	/* keys */
	{ "pth: socket\n", NULL,
	  "t:1:1: unknown key 'pth'; did you mean 'path'?" },
	{ WEB "zzz: 1\n", NULL,
	  "t:2:1: unknown key 'zzz'; known here: pipeline, path, edges, fuse, transfer, stages, ring, batch, poll, latency, huge, reclaim, isolate, schedule, lanes" },
	{ WEB "ring: 64\nring: 128\n", NULL,
	  "t:3:1: 'ring' was set on line 2 already; remove one of them" },
	{ WEB "stages:\n  http: {}\n  http: {}\n", NULL,
	  "t:4:3: 'http' was set on line 3 already; remove one of them" },
	{ WEB "stages:\n  socket: { lisen: \"127.0.0.1:80\" }\n", NULL,
	  "t:3:13: unknown option 'lisen'; did you mean 'listen'?" },
	{ WEB "stages:\n  socket: { quux: 1 }\n", NULL,
	  "t:3:13: unknown option 'quux'; known here: listen, backlog, type, core, bank, events, event_bytes, near, apart, max" },
	{ WEB "stages:\n  shop: 5\n", NULL,
	  "t:3:9: 'shop' takes options; write shop: { OPTION: VALUE }" },
	{ WEB "stages: 5\n", NULL,
	  "t:2:9: stages takes a map; write STAGE: { OPTION: VALUE } on lines below it" },
	{ WEB "stages: [shop]\n", NULL,
	  "t:2:9: stages takes a map; write STAGE: { OPTION: VALUE } on lines below it" },
	{ FILES, NULL,
	  "t:1:36: fs lacks 'export' (directory to serve); add export: VALUE" },
	{ FILES "stages:\n  fs: { sync: never }\n", NULL,
	  "t:3:3: fs lacks 'export' (directory to serve); add export: VALUE" },
	{ "ring: 64\n", NULL,
	  "t:1:1: no path; add one, as path: net <-> http" },

	/* values of every kind */
	{ WEB "pipeline: two words\n", NULL,
	  "t:2:11: 'two words' is not a name; give at most 31 letters, digits and '_'" },
	{ WEB "ring: many\n", NULL,
	  "t:2:7: ring: 'many' is not a number; give 2 to 1048576" },
	{ WEB "ring: 1000\n", NULL,
	  "t:2:7: ring: 1000 is not a power of two; give 512, 1024, 2048, ..." },
	{ WEB "ring: 99999999999999999999999\n", NULL,
	  "t:2:7: ring: '99999999999999999999999' is out of range; give 2 to 1048576" },
	{ WEB "ring:\n", NULL,
	  "t:2:6: ring has no value; write ring: VALUE, or remove it" },
	{ WEB "ring: [64]\n", NULL,
	  "t:2:7: ring takes one value, not a list; write ring: VALUE" },
	{ WEB "batch: 65\n", NULL,
	  "t:2:8: batch: '65' is out of range; give 1 to 64" },
	{ WEB "batch: -1\n", NULL,
	  "t:2:8: batch: '-1' is not a number; give 1 to 64" },
	{ WEB "poll: 50\n", NULL,
	  "t:2:7: poll: '50' is not a duration, as 50us, 10ms or 2s; give 0 to 10s" },
	{ WEB "poll: 11s\n", NULL,
	  "t:2:7: poll: '11s' is out of range; give 0 to 10s" },
	{ WEB "huge: perhaps\n", NULL,
	  "t:2:7: huge: 'perhaps' is not a boolean; give true or false" },
	{ WEB "stages:\n  socket: { backlog: 0 }\n", NULL,
	  "t:3:22: backlog: '0' is out of range; give 1 to 4096" },
	{ WEB "stages:\n  http: { limit: 16KB }\n", NULL,
	  "t:3:18: limit: '16KB' is not bytes, as 4096, 64K, 1M or 2G; give 1K to 1M" },
	{ WEB "stages:\n  http: { limit: 2M }\n", NULL,
	  "t:3:18: limit: '2M' is out of range; give 1K to 1M" },
	{ WEB "stages:\n  http: { limit: 99999999999G }\n", NULL,
	  "t:3:18: limit: '99999999999G' is out of range; give 1K to 1M" },
	{ WEB "stages:\n  http: { idle: 1 minute }\n", NULL,
	  "t:3:17: idle: '1 minute' is not a duration, as 50us, 10ms or 2s; give 1ms to 1m" },
	{ WEB "stages:\n  socket: { listen: localhost }\n", NULL,
	  "t:3:21: listen: 'localhost' is not an address; give HOST:PORT, as 127.0.0.1:8080 or [::1]:8080" },
	{ WEB "stages:\n  socket: { listen: \"127.0.0.1:http\" }\n", NULL,
	  "t:3:21: listen: '127.0.0.1:http' has no port; give one from 0 (any that is free) to 65535" },
	{ WEB "stages:\n  socket: { listen: \"[::1]:65536\" }\n", NULL,
	  "t:3:21: listen: '[::1]:65536' has no port; give one from 0 (any that is free) to 65535" },
	{ WEB "stages:\n  socket: { listen: \":80\" }\n", NULL,
	  "t:3:21: listen: ':80' is not an address; give HOST:PORT, as 127.0.0.1:8080 or [::1]:8080" },
	{ FILES "stages:\n  fs: { export: \"\" }\n", NULL,
	  "t:3:17: export: the path is empty; name a file or directory" },
	{ FILES "stages:\n  fs: { export: /, sync: comt }\n", NULL,
	  "t:3:26: sync: 'comt' is not a choice; did you mean 'commit'?" },
	{ FILES "stages:\n  fs: { export: /, sync: sometimes }\n", NULL,
	  "t:3:26: sync: 'sometimes' is not a choice; known here: always, commit, never" },
	{ FILES "stages:\n  fs: { export: /, readonly: 1 }\n", NULL,
	  "t:3:30: readonly: '1' is not a boolean; give true or false" },
	{ "path: socket <-> http <-> shop <-> db\n"
	  "stages:\n  db: { schema: a }\n", NULL,
	  "t:3:17: schema: shorter than 2 characters; give more" },
	{ "path: socket <-> http <-> shop <-> db\n"
	  "stages:\n  db: { schema: bookstores }\n", NULL,
	  "t:3:17: schema: longer than 8 characters; shorten it" },

	/* cores and banks */
	{ WEB "stages:\n  shop: { core: 2 }\n", NULL,
	  "t:3:17: core: there is no CPU 2 to run on; give one of 0-1,3, or any" },
	{ WEB "stages:\n  shop: { core: one }\n", NULL,
	  "t:3:17: core: 'one' is not a core; give a CPU, as 1, or CPU/THREAD, as 1/0, with at most 64 threads" },
	{ WEB "stages:\n  shop: { core: 1/64 }\n", NULL,
	  "t:3:17: core: '1/64' is not a core; give a CPU, as 1, or CPU/THREAD, as 1/0, with at most 64 threads" },
	{ WEB "stages:\n  shop: { core: [0, 1, 0] }\n", NULL,
	  "t:3:24: core: '0' is listed twice; name each core once" },
	{ WEB "stages:\n  shop: { core: [] }\n", NULL,
	  "t:3:17: core: the list is empty; name a CPU, or remove it" },
	{ WEB "stages:\n  shop: { core: {a: 1} }\n", NULL,
	  "t:3:17: core takes one value, not a map; write core: VALUE" },
	{ "path: socket <-> http <-> shop <-> db\n"
	  "stages:\n  db: { core: [0, 1] }\n", NULL,
	  "t:3:15: core: 'db' cannot be replicated, as its type 'db' is serial; name one core" },
	{ WEB "stages:\n  shop: { bank: a/b }\n", NULL,
	  "t:3:17: bank: 'a/b' is not a name; give at most 31 letters, digits and '_'" },
	{ WEB "stages:\n  shop: { events: 0 }\n", NULL,
	  "t:3:19: events: '0' is out of range; give 1 to 1048576" },
	{ WEB "stages:\n  shop: { events: 1000000, event_bytes: 1M }\n", NULL,
	  "t:3:19: 1000000 events of 1048576 bytes are more than 16G; lower events or event_bytes" },
	{ FILES "stages:\n  fs: { export: /, events: 8 }\n", NULL,
	  "t:3:20: events: a stage of type 'fs' makes no events; remove it" },

	/* stages, path and edges */
	{ "path: socket <-> htp\n", NULL,
	  "t:1:18: unknown stage type 'htp'; did you mean 'http'?" },
	{ WEB "stages:\n  shop: { type: sop }\n", NULL,
	  "t:3:17: unknown stage type 'sop'; did you mean 'shop'?" },
	{ WEB "stages:\n  shop: { type: }\n", NULL,
	  "t:3:17: type has no value; write type: VALUE, or remove it" },
	{ WEB "stages:\n  fs: { export: / }\n", NULL,
	  "t:3:3: stage 'fs' is joined to nothing; name it in path or edges" },
	{ WEB "stages:\n  shp: {}\n", NULL,
	  "t:3:3: stage 'shp' is joined to nothing; did you mean shop" },
	{ "path: socket -> http\n", NULL,
	  "t:1:14: '->' joins nothing; write '<->' between stages" },
	{ "path: socket http\n", NULL,
	  "t:1:14: 'http' joins nothing; write '<->' between stages" },
	{ "path: socket <->\n", NULL,
	  "t:1:17: a stage's name is missing; write STAGE <-> STAGE" },
	{ "path: \"\"\n", NULL,
	  "t:1:7: a stage's name is missing; write STAGE <-> STAGE" },
	{ "path: [socket, http]\n", NULL,
	  "t:1:7: path takes one value, not a list; write path: VALUE" },
	{ "path: so-cket <-> http\n", NULL,
	  "t:1:7: 'so-cket' is not a stage's name; give at most 31 letters, digits and '_'" },
	{ "path: abcdefghijklmnopqrstuvwxyz123456 <-> http\n", NULL,
	  "t:1:7: 'abcdefghijklmnopqrstuvwxyz123456' is not a stage's name; give at most 31 letters, digits and '_'" },
	{ WEB "edges: shop <-> fs\n", NULL,
	  "t:2:8: edges takes a list; write - STAGE <-> STAGE on lines below it" },
	{ WEB "edges:\n  - socket <-> http\n", NULL,
	  "t:3:5: 'socket' and 'http' are joined already; remove one of the edges" },
	{ "path: socket <-> shop\n", NULL,
	  "t:1:18: 'shop' does not fit right of 'socket', which asks for bytes, while 'shop' answers web; put a stage between or change a type" },
	{ "path: fs <-> shop\nstages: { fs: { export: / } }\n", NULL,
	  "t:1:14: 'shop' does not fit right of 'fs', which asks for nothing, while 'shop' answers web; put a stage between or change a type" },
	{ "path: pass <-> pass\n", NULL,
	  "t:1:16: 'pass' cannot be joined to itself; name another stage" },
	{ "path: a <-> b <-> c <-> a\n"
	  "stages: { a: {type: pass}, b: {type: pass}, c: {type: pass} }\n",
	  NULL,
	  "t:2:11: requests would go round in a circle, a -> b -> c -> a; remove one of these edges" },
	{ "path: socket <-> http\n", NULL,
	  "t:1:18: 'http' has nobody on its right who speaks web; join a stage of type shop to it" },
	{ "path: shop\n", NULL,
	  "t:1:7: 'shop' has nobody on its left who speaks web; join a stage of type http to it" },
	{ "path: a <-> b <-> c <-> d <-> e <-> f <-> g <-> h <-> i\n"
	  "stages: { a: {type: pass}, b: {type: pass}, c: {type: pass},\n"
	  "  d: {type: pass}, e: {type: pass}, f: {type: pass},\n"
	  "  g: {type: pass}, h: {type: pass}, i: {type: pass} }\n", NULL,
	  "t:2:11: a request of 'a' would pass more than 7 stages; shorten the path" },
	{ WEB "fuse: some\n", NULL,
	  "t:2:7: fuse: not all, none or a list; give one, as [net-http, app-db]" },
	{ WEB "fuse: [socket-shop]\n", NULL,
	  "t:2:8: fuse: there is no edge 'socket-shop'; give LEFT-RIGHT, two stages that are joined" },

	/* overrides */
	{ WEB, "ring", "--set ring: no '='; write STAGE.OPTION=VALUE or KEY=VALUE" },
	{ WEB, "ring=7", "--set ring=7: ring: 7 is not a power of two; give 512, 1024, 2048, ..." },
	{ WEB, "rong=7", "--set rong=7: unknown key 'rong'; did you mean 'ring'?" },
	{ WEB, "ring=", "--set ring=: ring: '' is not a number; give 2 to 1048576" },
	{ WEB, "stages=x", "--set stages=x: 'stages' cannot be set as a whole; change the file" },
	{ WEB, "sop.core=1", "--set sop.core=1: no stage 'sop'; did you mean 'shop'?" },
	{ WEB, "shop.cor=1", "--set shop.cor=1: unknown option 'cor'; did you mean 'core'?" },
	{ WEB, "shop.core=2", "--set shop.core=2: core: there is no CPU 2 to run on; give one of 0-1,3, or any" },
	{ WEB, "*.core=[0,7]", "--set *.core=[0,7]: core: there is no CPU 7 to run on; give one of 0-1,3, or any" },
	{ WEB, "*.quux=1", "--set *.quux=1: no stage has an option 'quux'; see sluice check --options" },
	{ WEB, "shop.core=[0,1", "--set shop.core=[0,1: core: '[0,1' is not a core; give a CPU, as 1, or CPU/THREAD, as 1/0, with at most 64 threads" },
	{ WEB, "path=socket <-> fs", "--set path=socket <-> fs: fs lacks 'export' (directory to serve); add export: VALUE" },
	{ WEB, "pipeline=\x1b[31m\n", "--set pipeline=?[31m?: '?[31m?' is not a name; give at most 31 letters, digits and '_'" },
};

static void test_mistakes(void)
{
	struct sl_complaint complaint;
	struct sl_loaded *loaded;
	u32 i;

	for (i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		const struct mistake *m = &mistakes[i];
		const char *set[] = { m->set, NULL };

		loaded = sl_load_text(&load_site, "t", m->text,
				      strlen(m->text), set, &complaint);
		if (!CHECK(!loaded))
			fprintf(stderr, "loaded: %s\n", m->text);
		CHECK_STR(complaint.text, m->complaint);
		sl_loaded_close(loaded);
	}
}

static struct sl_loaded *load(const char *text, const char *const *set)
{
	struct sl_complaint complaint;
	struct sl_loaded *loaded;

	loaded = sl_load_text(&load_site, "dir/my shop.yaml", text,
			      strlen(text), set, &complaint);
	CHECK_STR(complaint.text, "");
	return loaded;
}

static const char everything[] =
	"# A comment\n"
	"pipeline: everything\n"
	"path: net <-> http <-> app <-> db <-> fs\n"
	"edges:\n"
	"  - app <-> fs\n"
	"fuse: [net-http, app-db]\n"
	"ring: 64\n"
	"batch: 8\n"
	"poll: 2ms\n"
	"huge: off\n"
	"reclaim: off\n"
	"stages:\n"
	"  net: { type: socket, listen: \"[::1]:0\", backlog: 7, core: 3/1 }\n"
	"  app: { type: shop, core: [0, 1], bank: pages, events: 9,\n"
	"         event_bytes: 2K }\n"
	"  fs:\n"
	"    export: /srv/a b\n"
	"    sync: never\n"
	"    readonly: yes\n";

static void test_everything(void)
{
	struct sl_loaded *loaded = load(everything, NULL);
	const struct sl_graph *graph;
	const struct site_options *net, *http, *fs;

	if (!loaded)
		return;
	graph = &loaded->graph;
	CHECK_STR(graph->name, "everything");
	CHECK_EQ(graph->stage_count, 5);
	CHECK_EQ(graph->edge_count, 5);
	CHECK_EQ(graph->ring_slots, 64);
	CHECK_EQ(graph->batch_max, 8);
	CHECK_EQ(graph->poll_ns, 2000000);
	CHECK(!graph->huge && !graph->reclaim);

	net = graph->stage[0].options;
	CHECK_STR(graph->stage[0].name, "net");
	CHECK_STR(net->listen, "[::1]:0");
	CHECK_EQ(net->backlog, 7);
	CHECK_EQ(graph->stage[0].place_count, 1);
	CHECK_EQ(graph->stage[0].place[0].cpu, 3);
	CHECK_EQ(graph->stage[0].place[0].thread, 1);
	CHECK_EQ(graph->stage[0].events, 256);

	http = graph->stage[1].options;
	CHECK_EQ(http->limit, 16384);
	CHECK_EQ(http->idle, 10000000000);
	CHECK_EQ(graph->stage[1].place_count, 0);

	CHECK_EQ(graph->stage[2].place_count, 2);
	CHECK_EQ(graph->stage[2].place[1].cpu, 1);
	CHECK_STR(graph->stage[2].bank, "pages");
	CHECK_EQ(graph->stage[2].events, 9);
	CHECK_EQ(graph->stage[2].event_bytes, 2048);

	fs = graph->stage[4].options;
	CHECK_STR(fs->export, "/srv/a b");
	CHECK_EQ(fs->sync, 2);
	CHECK(fs->readonly);

	CHECK(graph->edge[0].fuse);
	CHECK(!graph->edge[1].fuse);
	CHECK(graph->edge[2].fuse);
	CHECK(!graph->edge[3].fuse);
	CHECK_EQ(graph->edge[4].left, 2);
	CHECK_EQ(graph->edge[4].right, 4);
	CHECK_EQ(graph->edge[4].left_port, 2);
	sl_loaded_close(loaded);
}

static void test_defaults(void)
{
	struct sl_loaded *loaded = load(WEB, NULL);
	struct sl_graph *standard = malloc(sizeof(*standard));
	const struct site_options *net;

	if (!loaded || !standard)
		return;
	sl_graph_init(standard, "");
	CHECK_STR(loaded->graph.name, "my_shop");
	CHECK_EQ(loaded->graph.ring_slots, standard->ring_slots);
	CHECK_EQ(loaded->graph.batch_max, standard->batch_max);
	CHECK_EQ(loaded->graph.poll_ns, standard->poll_ns);
	CHECK_EQ(loaded->graph.huge, standard->huge);
	CHECK(loaded->graph.edge[0].fuse && loaded->graph.edge[1].fuse);
	net = loaded->graph.stage[0].options;
	CHECK_STR(net->listen, "127.0.0.1:8080");
	sl_loaded_close(loaded);
	free(standard);
}

static void test_overrides(void)
{
	static const char *const set[] = {
		"net.listen=127.0.0.1:1", "net.listen=[::1]:2", "*.core=0",
		"app.core=[1,3]", "fuse=none", "net.core=any",
		"*.limit=4K", "ring=256", NULL
	};
	struct sl_loaded *loaded = load(everything, set);
	const struct site_options *options;
	const struct sl_graph *graph;
	u32 i;

	if (!loaded)
		return;
	graph = &loaded->graph;
	options = graph->stage[0].options;
	CHECK_STR(options->listen, "[::1]:2");
	options = graph->stage[1].options;
	CHECK_EQ(options->limit, 4096);
	CHECK_EQ(graph->stage[0].place_count, 0);
	CHECK_EQ(graph->stage[1].place_count, 1);
	CHECK_EQ(graph->stage[2].place_count, 2);
	CHECK_EQ(graph->stage[2].place[0].cpu, 1);
	CHECK_EQ(graph->ring_slots, 256);
	for (i = 0; i < graph->edge_count; i++)
		CHECK(!graph->edge[i].fuse);
	sl_loaded_close(loaded);
}

/* What cannot be replicated takes the first place of a list for all. */
static void test_spread(void)
{
	static const char *const set[] = { "*.core=[1, 0]", NULL };
	struct sl_loaded *loaded = load(everything, set);
	u32 i;

	if (!loaded)
		return;
	for (i = 0; i < loaded->graph.stage_count; i++) {
		const struct sl_graph_stage *stage = &loaded->graph.stage[i];
		bool serial = stage->type == &db_type;

		CHECK_EQ(stage->place_count, serial ? 1 : 2);
		CHECK_EQ(stage->place[0].cpu, 1);
	}
	sl_loaded_close(loaded);
}

/* Too much of everything: refused, and quickly. */
static void test_large(void)
{
	size_t bytes = SL_TREE_BYTES_MAX + 1;
	struct sl_complaint complaint;
	char *text = malloc(bytes);
	size_t i;

	if (!text) {
		CHECK(text);
		return;
	}
	memset(text, '#', bytes);
	CHECK(!sl_load_text(&load_site, "t", text, bytes, NULL, &complaint));
	CHECK_STR(complaint.text,
		  "t:1:1: larger than 1 MiB; this is no pipeline file");

	memset(text, '[', bytes);
	CHECK(!sl_load_text(&load_site, "t", text, bytes - 1, NULL,
			    &complaint));
	CHECK_STR(complaint.text, "t:1:9: nested deeper than 8 levels; close brackets, or indent less");

	for (i = 0; i + 4 < bytes; i += 4)
		memcpy(text + i, "- a\n", 4);
	CHECK(!sl_load_text(&load_site, "t", text, i, NULL, &complaint));
	CHECK_STR(complaint.text,
		  "t:4096:3: more than 4096 values; no pipeline needs as many");
	free(text);
}

/* Layers in which everyone calls everyone: more ways than can be walked. */
static void test_many_ways(void)
{
	struct sl_complaint complaint;
	char text[16384] = "path: a0\nedges:\n";
	size_t used = strlen(text);
	u32 layer, i, j;

	for (layer = 0; layer < 15; layer++)
		for (i = 0; i < 4; i++)
			for (j = 0; j < 4; j++)
				used += sprintf(text + used,
						"  - %c%u <-> %c%u\n",
						'a' + layer, i, 'b' + layer, j);
	used += sprintf(text + used, "stages:\n");
	for (layer = 0; layer < 16; layer++)
		for (i = 0; i < 4; i++)
			used += sprintf(text + used, "  %c%u: {type: pass}\n",
					'a' + layer, i);
	CHECK(!sl_load_text(&load_site, "t", text, used, NULL, &complaint));
	CHECK_STR(complaint.text, "t:244:3: a request of 'a0' would pass more than 7 stages; shorten the path");
}

static void test_files(void)
{
	struct sl_complaint complaint;
	char name[] = "/tmp/sluice_load_XXXXXX";
	char expected[128];
	int fd = mkstemp(name);
	struct sl_loaded *loaded;

	CHECK(!sl_load_file(&load_site, "/nowhere/x.yaml", NULL, &complaint));
	CHECK_STR(complaint.text,
		  "/nowhere/x.yaml: No such file or directory; check the name");
	CHECK(!sl_load_file(&load_site, "/", NULL, &complaint));
	CHECK_STR(complaint.text, "/: Is a directory; name a file in it");
	CHECK(!sl_load_file(&load_site, "/dev/zero", NULL, &complaint));
	CHECK_STR(complaint.text,
		  "/dev/zero:1:1: larger than 1 MiB; this is no pipeline file");
	if (!CHECK(fd >= 0))
		return;
	CHECK(!sl_load_file(&load_site, name, NULL, &complaint));
	snprintf(expected, sizeof(expected), "%s:1:1: the file is empty; it needs at least path: STAGE <-> STAGE", name);
	CHECK_STR(complaint.text, expected);
	CHECK_EQ(write(fd, WEB, strlen(WEB)), strlen(WEB));
	loaded = sl_load_file(&load_site, name, NULL, &complaint);
	CHECK(loaded);
	sl_loaded_close(loaded);
	close(fd);
	unlink(name);
}

int main(void)
{
	test_mistakes();
	test_everything();
	test_defaults();
	test_overrides();
	test_spread();
	test_large();
	test_many_ways();
	test_files();
	TEST_END();
}
