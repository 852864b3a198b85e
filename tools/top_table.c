// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Stages as rows, the cores they run on, and what was done to the plan. */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "tools/top.h"

enum sort {
	BY_PLACE, BY_NAME, BY_CORE, BY_RATE, BY_SERVICE, BY_BATCH, BY_QUEUE,
	BY_BUSY, BY_DROPS,
};

static const struct {
	const char *name;
	int x;			/* where its heading ends, but for the first */
	enum sort sort;
} headings[] = {
	{ "stage", 0, BY_NAME }, { "core", 15, BY_CORE },
	{ "events/s", 24, BY_RATE }, { "service", 32, BY_SERVICE },
	{ "batch", 38, BY_BATCH }, { "queue", 45, BY_QUEUE },
	{ "busy", 52, BY_BUSY }, { "starved", 60, BY_PLACE },
	{ "blocked", 68, BY_PLACE }, { "drops", 75, BY_DROPS },
};

#define SPARK_AT	77	/* right of all that, if there is room */

const char *sl_top_sort_name(const struct sl_top *top)
{
	static const char *const names[SL_TOP_SORTS] = {
		"place", "name", "core", "events/s", "service", "batch",
		"queue", "busy", "drops",
	};

	return names[top->sort];
}

static double key(const struct sl_report_stage *row, enum sort sort)
{
	switch (sort) {
	case BY_CORE:
		return -(double)row->cpu;
	case BY_RATE:
		return row->rate;
	case BY_SERVICE:
		return row->service_ns;
	case BY_BATCH:
		return row->batch;
	case BY_QUEUE:
		return row->queue_mean;
	case BY_BUSY:
		return row->busy;
	case BY_DROPS:
		return row->drops;
	default:
		return 0;
	}
}

/* The largest first, names from A on; equal ones as in the pipeline. */
static int compare(const void *a, const void *b, void *with)
{
	const struct sl_top *top = with;
	u32 i = *(const u32 *)a;
	u32 j = *(const u32 *)b;
	const struct sl_report_stage *rows = top->scope.report.stage;
	int order = 0;

	if (top->sort == BY_NAME) {
		order = strcmp(rows[i].name, rows[j].name);
	} else if (top->sort != BY_PLACE) {
		double by = key(&rows[i], top->sort) - key(&rows[j], top->sort);

		order = (by < 0) - (by > 0);
	}
	if (!order)
		order = (i > j) - (i < j);
	return top->backwards ? -order : order;
}

/**
 * sl_top_sort() - put the stages into the order that was asked for
 * @top: the screen; stays as it is until the next call
 */
void sl_top_sort(struct sl_top *top)
{
	u32 count = top->scope.report.stage_count;
	u32 i;

	for (i = 0; i < SL_INSTANCES_MAX; i++)
		top->order[i] = i;
	qsort_r(top->order, count, sizeof(top->order[0]), compare, top);
}

static void draw_headings(const struct sl_top *top, int y)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(headings); i++) {
		const char *name = headings[i].name;
		bool sorted = top->sort && headings[i].sort == top->sort;

		sl_top_put(top, y, i ? headings[i].x - (int)strlen(name) : 0,
			   sorted ? SL_INK_CHOSEN : SL_INK_TITLE, "%s", name);
	}
	if (top->columns > SPARK_AT + 8)
		sl_top_put(top, y, SPARK_AT, SL_INK_TITLE, "%.*s",
			   top->columns - SPARK_AT, "queue, lately");
}

static void draw_row(const struct sl_top *top, int y, u32 stage)
{
	const struct sl_report_stage *row = &top->scope.report.stage[stage];
	enum sl_top_ink ink = sl_top_ink(top, stage);
	bool chosen = stage == top->chosen;
	char core[24], rate[16], service[16], queue[16];

	if (row->thread)
		snprintf(core, sizeof(core), "%u/%u", row->cpu, row->thread);
	else
		snprintf(core, sizeof(core), "%u", row->cpu);
	sl_top_put(top, y, 0, chosen ? SL_INK_CHOSEN : ink, "%-10.10s",
		   sl_report_title(row).text);
	sl_top_put(top, y, 10, ink, "%5s %8s %7s %5.1f %6s", core,
		   sl_top_number(row->rate, rate, sizeof(rate)),
		   sl_top_time(row->service_ns, service, sizeof(service)),
		   row->batch,
		   sl_top_number(row->queue_mean, queue, sizeof(queue)));
	sl_top_put(top, y, 46, ink, "%5.0f%% %6.0f%% %6.0f%% %6llu",
		   100 * row->busy, 100 * row->starved, 100 * row->blocked,
		   (unsigned long long)row->drops);
	sl_top_spark(top, y, SPARK_AT, min(top->columns - SPARK_AT, 100), stage,
		     offsetof(struct sl_moment, queue), SL_INK_QUEUE);
}

/**
 * sl_top_table() - draw the stages as rows
 * @top: the screen
 * @y: line to begin at
 * @height: lines there; the chosen stage is always among those shown
 */
void sl_top_table(struct sl_top *top, int y, int height)
{
	u32 count = top->scope.report.stage_count;
	u32 rows = height > 1 ? height - 1 : 0;
	u32 at = 0;
	u32 i;

	if (!rows)
		return;
	draw_headings(top, y);
	while (at + 1 < count && top->order[at] != top->chosen)
		at++;
	if (at < top->first)
		top->first = at;
	if (at >= top->first + rows)
		top->first = at - rows + 1;
	if (top->first + rows > count)
		top->first = count > rows ? count - rows : 0;
	for (i = 0; i < rows && top->first + i < count; i++)
		draw_row(top, y + 1 + i, top->order[top->first + i]);
	if (count > rows)
		sl_top_put(top, y, top->columns - 14, SL_INK_DIM, " %u-%u of %u",
			   top->first + 1, top->first + i, count);
}

/* The names of a core's stages, each in the ink of its state. */
static void draw_stages_of(const struct sl_top *top, int y, int x, u32 worker)
{
	const struct sl_report *report = &top->scope.report;
	u32 i;

	for (i = 0; i < report->stage_count && x < top->columns; i++) {
		struct sl_report_title title = sl_report_title(&report->stage[i]);

		if (report->stage[i].worker != worker)
			continue;
		sl_top_put(top, y, x, sl_top_ink(top, i), "%s", title.text);
		x += strlen(title.text) + 1;
	}
}

/**
 * sl_top_cores() - draw what runs where
 * @top: the screen
 * @y: line to begin at
 * @height: lines there; if there are more cores, the last line says so
 */
void sl_top_cores(const struct sl_top *top, int y, int height)
{
	const struct sl_report *report = &top->scope.report;
	u32 hidden = 0;
	u32 i;

	if ((int)report->core_count > height)
		hidden = report->core_count - height + 1;
	for (i = 0; i < report->core_count - hidden; i++) {
		const struct sl_report_core *core = &report->core[i];
		char text[32];

		if (core->thread)
			snprintf(text, sizeof(text), "cpu%u/%u", core->cpu,
				 core->thread);
		else
			snprintf(text, sizeof(text), "cpu%u", core->cpu);
		sl_top_put(top, y + i, 0, SL_INK_TITLE, "%-8.8s", text);
		sl_top_bar(top, y + i, 9, 16, core->busy, SL_INK_BUSY);
		sl_top_put(top, y + i, 26, SL_INK_PLAIN, "%4.0f%%",
			   100 * core->busy);
		draw_stages_of(top, y + i, 33, i);
	}
	if (hidden)
		sl_top_put(top, y + height - 1, 0, SL_INK_DIM,
			   "and %u more cores", hidden);
}

/**
 * sl_top_changes() - draw what was done to the plan lately
 * @top: the screen
 * @y: line to begin at
 * @height: lines there, the latest change in the first
 */
void sl_top_changes(const struct sl_top *top, int y, int height)
{
	const struct sl_stats *stats = top->scope.after;
	int i;

	for (i = 0; i < height && (u64)i < stats->changes &&
	     (u32)i < stats->change_count; i++) {
		const struct sl_stats_change *row = sl_stats_change(
			stats, (stats->changes - 1 - i) % stats->change_count);
		double at = ((double)row->at_ns - stats->start_ns) / 1e9;

		sl_top_put(top, y + i, 0, i ? SL_INK_DIM : SL_INK_PLAIN,
			   "plan %6.1fs %-9s %s%s%s", at,
			   sl_report_change(row->kind), row->why,
			   *row->why ? ": " : "", row->plan);
	}
}
