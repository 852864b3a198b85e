// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* One stage: service time, queues and how long they were, drops, memory. */
#include <string.h>

#include <linux/kernel.h>

#include "tools/top.h"

#define CHART_LINES	3

static int draw_figures(const struct sl_top *top, int y,
			const struct sl_report_stage *row)
{
	char rate[16], service[16], stay[16], max[16], counters[80];

	sl_top_put(top, y, 0, SL_INK_PLAIN,
		   "core %-4u events/s %-8s service %s   batch %.1f"
		   "   residence %s",
		   row->cpu, sl_top_number(row->rate, rate, sizeof(rate)),
		   sl_top_time(row->service_ns, service, sizeof(service)),
		   row->batch,
		   sl_top_time(row->residence_ns, stay, sizeof(stay)));
	sl_top_put(top, y + 1, 0, SL_INK_PLAIN,
		   "busy %.1f%%  starved %.1f%%  blocked %.1f%%   queue %.1f"
		   ", at most %s since the start", 100 * row->busy,
		   100 * row->starved, 100 * row->blocked, row->queue_mean,
		   sl_top_number(row->queue_max, max, sizeof(max)));
	if (!row->perf_cycles || !row->perf_events) {
		sl_report_perf(top->scope.after, counters, sizeof(counters));
		sl_top_put(top, y + 2, 0, SL_INK_DIM, "%s", counters);
		return y + 3;
	}
	sl_top_put(top, y + 2, 0, SL_INK_PLAIN,
		   "instructions %.2f a cycle, %.0f an event; cache misses"
		   " %.2f, for code %.2f",
		   (double)row->instructions / row->perf_cycles,
		   (double)row->instructions / row->perf_events,
		   (double)row->cache_misses / row->perf_events,
		   (double)row->icache_misses / row->perf_events);
	return y + 3;
}

/* Several lines high: the lowest one is full before the next one begins. */
static int draw_chart(const struct sl_top *top, int y, const char *title,
		      size_t member, enum sl_top_ink ink)
{
	int width = min(top->columns - 2, SL_SCOPE_MOMENTS);
	u64 kept = min_t(u64, sl_scope_kept(&top->scope), width);
	double most = 0;
	char text[16];
	u64 back;
	int i;

	for (back = 0; back < kept; back++)
		most = max(most, sl_scope_past(&top->scope, back, top->chosen,
					       member));
	sl_top_put(top, y, 0, SL_INK_TITLE, "%s, at most %s", title,
		   sl_top_number(most, text, sizeof(text)));
	for (back = 0; back < kept; back++) {
		double value = sl_scope_past(&top->scope, back, top->chosen,
					     member);
		int eighths = most > 0 ? value / most * CHART_LINES * 8 : 0;

		for (i = 0; i < CHART_LINES; i++) {
			int level = min(max(eighths - i * 8, 0), 8);

			if (level || !i)
				sl_top_glyph(top, y + CHART_LINES - i,
					     width - 1 - (int)back, ink,
					     top->glyphs->level[level]);
		}
	}
	return y + CHART_LINES + 1;
}

/* Of all that wait in front of it: how often each length was met. */
static int draw_lengths(const struct sl_top *top, int y)
{
	const struct sl_report *report = &top->scope.report;
	u64 length[SL_STATS_LENGTHS] = { 0 };
	u64 all = 0;
	int last = 0;
	u32 i;
	int d;

	for (i = 0; i < report->link_count; i++)
		for (d = 0; d < SL_STATS_LENGTHS; d++)
			if (report->link[i].right &&
			    report->link[i].to == top->chosen) {
				length[d] += report->link[i].length[d];
				all += report->link[i].length[d];
				if (length[d])
					last = d;
			}
	if (!all)
		return y;
	sl_top_put(top, y++, 0, SL_INK_TITLE, "lengths of its queues");
	for (d = 0; d <= last; d++) {
		double share = (double)length[d] / all;

		sl_top_put(top, y, 0, SL_INK_PLAIN, "%7u.. %5.1f%%",
			   d ? 1u << (d - 1) : 0, 100 * share);
		sl_top_bar(top, y++, 18, min(top->columns - 20, 50), share,
			   SL_INK_QUEUE);
	}
	return y;
}

static int draw_links(const struct sl_top *top, int y)
{
	const struct sl_report *report = &top->scope.report;
	char rate[16], queue[16], wait[16];
	u32 i;

	sl_top_put(top, y++, 0, SL_INK_TITLE, "%-24s %6s %9s %7s %6s %9s",
		   "link", "slots", "events/s", "queue", "full", "wait");
	for (i = 0; i < report->link_count; i++) {
		const struct sl_report_link *link = &report->link[i];
		char name[80], slots[16];

		if (link->from != top->chosen && link->to != top->chosen)
			continue;
		snprintf(name, sizeof(name), "%.10s to %.10s",
			 sl_report_title(&report->stage[link->from]).text,
			 sl_report_title(&report->stage[link->to]).text);
		if (link->slots)
			snprintf(slots, sizeof(slots), "%u", link->slots);
		else
			snprintf(slots, sizeof(slots), "fused");
		sl_top_put(top, y++, 0, SL_INK_PLAIN,
			   "%-24s %6s %9s %7s %5.1f%% %9s", name, slots,
			   sl_top_number(link->rate, rate, sizeof(rate)),
			   sl_top_number(link->queue_mean, queue, sizeof(queue)),
			   100 * link->full,
			   link->timed ? sl_top_time(link->wait_ns, wait,
						     sizeof(wait)) : "-");
	}
	return y;
}

static int draw_drops(const struct sl_top *top, int y,
		      const struct sl_report_stage *row)
{
	const struct sl_stage_type *type = sl_stage_type_find(row->type);
	const struct sl_stage_counters *c =
		sl_stats_stage_counters(top->scope.after, top->chosen);
	const char *const *reason = type ? type->drop_reasons : NULL;
	int x = 6;
	u32 i;

	sl_top_put(top, y, 0, SL_INK_TITLE, "drops");
	for (i = 0; i < SL_DROPS_MAX; i++) {
		char text[64];

		if (reason && !*reason)
			reason = NULL;
		if (c->drops[i]) {
			snprintf(text, sizeof(text), "%s %llu",
				 reason ? *reason : "other",
				 (unsigned long long)c->drops[i]);
			sl_top_put(top, y, x, SL_INK_BLOCKED, "%s", text);
			x += strlen(text) + 2;
		}
		if (reason)
			reason++;
	}
	if (x == 6)
		sl_top_put(top, y, x, SL_INK_DIM, "none");
	return y + 1;
}

static int draw_bank(const struct sl_top *top, int y,
		     const struct sl_report_stage *row)
{
	const struct sl_bank_use *bank = &row->bank;

	sl_top_put(top, y, 0, SL_INK_TITLE, "bank");
	if (!bank->events) {
		sl_top_put(top, y, 6, SL_INK_DIM, "it has none");
		return y + 1;
	}
	sl_top_put(top, y, 6, SL_INK_PLAIN,
		   "%u events, %u in use, %u lately, %u at most; ran dry %llu"
		   " times, refused %llu", bank->events, bank->in_use,
		   bank->lately, bank->peak,
		   (unsigned long long)bank->exhausted,
		   (unsigned long long)bank->refused);
	return y + 1;
}

/**
 * sl_top_zoom() - draw all that is known of the chosen stage
 * @top: the screen
 * @y: line to begin at
 * @height: lines there
 */
void sl_top_zoom(const struct sl_top *top, int y, int height)
{
	const struct sl_report_stage *row =
		&top->scope.report.stage[top->chosen];
	struct sl_report_title title;
	int end = y + height;

	if (top->chosen >= top->scope.report.stage_count)
		return;
	title = sl_report_title(row);
	sl_top_put(top, y, 0, sl_top_ink(top, top->chosen), "%s", title.text);
	sl_top_put(top, y, strlen(title.text) + 1, SL_INK_DIM,
		   "a %s stage%s", row->type,
		   (int)top->chosen == top->scope.report.bottleneck ?
		   ", the bottleneck" : "");
	y = draw_figures(top, y + 1, row);
	y = draw_bank(top, y, row);
	y = draw_drops(top, y, row);
	if (y + CHART_LINES < end)
		y = draw_chart(top, y, "queue", offsetof(struct sl_moment, queue),
			       SL_INK_QUEUE);
	if (end - y > 2 * CHART_LINES + 6)
		y = draw_chart(top, y, "events/s",
			       offsetof(struct sl_moment, rate), SL_INK_BUSY);
	y = draw_links(top, y);
	draw_lengths(top, y);
}
