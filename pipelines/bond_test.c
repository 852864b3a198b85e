// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a first plan keeps stages near others and apart as the file wants
 * it, that a file which wants what cannot be gets one line about it, and when a
 * plan may change later.  The machine has the CPUs 0, 1 and 3.
 */
#include <string.h>

#include "pipelines/load.h"
#include "pipelines/load_site.h"
#include "sched/plan.h"
#include "tools/test.h"

static const struct {
	const char *text;
	const char *plan;	/* or else the complaint */
	bool movable;
} rows[] = {
	{ "  a: { type: pass }\n",
	  "cpu0: a+b+c+d | cpu1: idle | cpu3: idle", true },
	{ "  a: { type: pass, core: 0 }\n  b: { core: 0 }\n  c: { core: 3 }\n"
	  "  d: { core: 3 }\n",
	  "cpu0: a+b | cpu3: c+d", false },
	{ "  a: { core: 1 }\n",
	  "cpu1: a | cpu0: b+c+d | cpu3: idle", true },
	{ "  a: { core: 1 }\n  d: { near: a }\n",
	  "cpu1: a+d | cpu0: b+c | cpu3: idle", true },
	{ "  a: { core: 1 }\n  c: { near: [d] }\n  d: { near: a }\n",
	  "cpu1: a+c+d | cpu0: b | cpu3: idle", true },
	{ "  b: { apart: a }\n",
	  "cpu1: a | cpu0: b+c+d | cpu3: idle", true },
	{ "  b: { apart: [a, c] }\n  c: { apart: a }\n",
	  "cpu1: a | cpu3: b | cpu0: c+d", true },
	{ "  b: { apart: a, near: c }\n",
	  "cpu1: a | cpu0: b+c+d | cpu3: idle", true },
	{ "  b: { core: 0, apart: a }\n",
	  "cpu1: a | cpu0: b+c+d | cpu3: idle", true },
	{ "  b: { core: [0, 3], max: 2 }\n",
	  "cpu0: a+b+c+d | cpu3: b | cpu1: idle", true },
	{ "  b: { near: x }\n",
	  "t:10:14: near: no stage 'x'; did you mean 'a'?", false },
	{ "  b: { apart: bb }\n",
	  "t:10:15: apart: no stage 'bb'; did you mean 'b'?", false },
	{ "  b: { near: b }\n",
	  "t:10:14: near: 'b' is this stage itself; name another one", false },
	{ "  b: { near: [] }\n",
	  "t:10:14: near: the list is empty; name a stage, or remove it", false },
	{ "  b: { near: { a: c } }\n",
	  "t:10:14: near takes one value, not a map; write near: VALUE", false },
	{ "  b: { near: a, apart: a }\n",
	  "t:10:14: near: 'b' is to be apart from 'a', too; remove one of both", false },
	{ "  a: { core: 0 }\n  b: { core: 1, near: a }\n",
	  "t:11:23: near: 'b' and 'a' are given different CPUs; remove a core, or near", false },
	{ "  a: { core: 0 }\n  b: { core: [1, 0], apart: a }\n",
	  "t:11:29: apart: 'b' and 'a' are given the same CPU; change a core, or remove apart", false },
	{ "  a: { apart: [b, c, d] }\n  b: { apart: [c, d] }\n  c: { apart: d }\n",
	  "t:12:15: apart: 'c' and 'd' find no CPUs of their own among 3; remove apart, or give more CPUs", false },
	{ "  b: { max: 0 }\n", "t:10:13: max: '0' is out of range; give 1 to 64", false },
	{ "  b: { core: [0, 1, 3], max: 2 }\n",
	  "t:10:30: max: 'b' has 3 cores, which makes as many replicas; raise max or list fewer", false },
	{ "schedule: static\n", "cpu0: a+b+c+d", false },
	{ "schedule: host\n",
	  "cpu0: a | cpu0/1: b | cpu0/2: c | cpu0/3: d", false },
	{ "  b: { core: 1 }\nschedule: host\n",
	  "t:11:11: schedule: host places threads itself, but 'b' has a core; remove that, or use auto", false },
	{ "schedule: never\n",
	  "t:10:11: schedule: 'never' is not a choice; known here: auto, static, host", false },
	{ "isolate: pkey\n", "cpu0: a+b+c+d", false },
	{ "transfer: { b-c: copy }\n", "cpu0: a+b+c+d", false },
	{ "isolate: pkey\nschedule: auto\n",
	  "t:11:11: schedule: stages cannot move where they are isolated (isolate); set it to static", false },
	{ "transfer: copy\nschedule: auto\n",
	  "t:11:11: schedule: stages cannot move where events are copied (transfer); set it to static", false },
	{ "isolate: pkey\nschedule: static\n", "cpu0: a+b+c+d", false },
};

static void check_row(u32 i)
{
	static const char head[] = "path: a <-> b <-> c <-> d\n"
				   "#\n#\n#\n#\n#\n#\n#\n";
	static struct sl_plan plan;
	const char *set[] = { "a.type=pass", "b.type=pass", "c.type=pass",
			      "d.type=pass", NULL };
	struct sl_complaint complaint;
	struct sl_loaded *loaded;
	char text[512], line[256];

	snprintf(text, sizeof(text), "%s%s%s", head,
		 *rows[i].text == ' ' ? "stages:\n" : "\n", rows[i].text);
	loaded = sl_load_text(&load_site, "t", text, strlen(text), set,
			      &complaint);
	if (!loaded) {
		CHECK_STR(complaint.text, rows[i].plan);
		return;
	}
	CHECK_EQ(sl_plan_make(&plan, &loaded->graph, load_site.cpus,
			      load_site.cpu_count), 0);
	sl_plan_print(&plan, &loaded->graph, line, sizeof(line));
	CHECK_STR(line, rows[i].plan);
	CHECK_EQ(loaded->graph.movable, rows[i].movable);
	sl_loaded_close(loaded);
}

int main(void)
{
	u32 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(i);
	TEST_END();
}
