// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Reports as people read them on a terminal: a table, and a live view. */
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "profiler/report.h"

#define BAR_WIDTH	20

static void print_core(char *text, size_t bytes,
		       const struct sl_report_stage *row)
{
	if (row->thread)
		snprintf(text, bytes, "%u/%u", row->cpu, row->thread);
	else
		snprintf(text, bytes, "%u", row->cpu);
}

/* In six places at most. */
static const char *brief(u64 number, char *text, size_t bytes)
{
	static const char units[] = " KMGTPE";
	u32 unit = 0;

	while (number > 999999 || (unit && number > 99999)) {
		number /= 1000;
		unit++;
	}
	snprintf(text, bytes, unit ? "%llu%c" : "%llu",
		 (unsigned long long)number, units[unit]);
	return text;
}

struct sl_report_title sl_report_title(const struct sl_report_stage *row)
{
	struct sl_report_title title;

	if (row->replica)
		snprintf(title.text, sizeof(title.text), "%s.%u", row->name,
			 row->replica);
	else
		snprintf(title.text, sizeof(title.text), "%s", row->name);
	return title;
}

static void print_bank(const struct sl_report_stage *row, FILE *out)
{
	const u64 number[] = {
		row->bank.events, row->bank.in_use, row->bank.lately,
		row->bank.peak, row->bank.exhausted, row->bank.refused,
		row->bank.advice,
	};
	char text[16];
	u32 i;

	fprintf(out, "%-12s", sl_report_title(row).text);
	for (i = 0; i < ARRAY_SIZE(number); i++)
		fprintf(out, " %7s", brief(number[i], text, sizeof(text)));
	fprintf(out, " %6.1f M\n", row->bank.released_bytes / 1048576.0);
}

static void print_banks(const struct sl_report *report, FILE *out)
{
	u32 i;

	fprintf(out, "%-12s %7s %7s %7s %7s %7s %7s %7s %8s\n", "bank",
		"events", "in use", "lately", "peak", "ran dry", "refused",
		"advice", "released");
	for (i = 0; i < report->stage_count; i++)
		if (report->stage[i].bank.events)
			print_bank(&report->stage[i], out);
	fprintf(out, "regions     %.1f M, %.1f M of it in huge pages",
		report->memory_bytes / 1048576.0,
		report->huge_bytes / 1048576.0);
	if (strcmp(report->pressure, "none"))
		fprintf(out, "; memory is short (%s)", report->pressure);
	fprintf(out, "\n");
}

static void print_late(const struct sl_report *report, FILE *out)
{
	bool any = false;
	u32 i;

	for (i = 0; i < report->core_count; i++) {
		const struct sl_report_core *row = &report->core[i];

		if (!row->late)
			continue;
		fprintf(out, "%s cpu%u", any ? "," : "late turns ", row->cpu);
		if (row->thread)
			fprintf(out, "/%u", row->thread);
		fprintf(out, " %.2f %%", 100 * row->late);
		any = true;
	}
	if (any)
		fprintf(out, " of all, longer than the latency target\n");
}

static void print_wait(const struct sl_report *report,
		       const struct sl_report_link *link, FILE *out)
{
	char name[80];

	snprintf(name, sizeof(name), "%.10s > %.10s",
		 report->stage[link->from].name, report->stage[link->to].name);
	fprintf(out, "%-23s %6u %10.0f %10.2f %10.2f ", name, link->slots,
		link->rate, link->queue_mean, link->queue_by_wait);
	if (link->timed)
		fprintf(out, "%10.2f\n", link->wait_ns / 1e3);
	else
		fprintf(out, "%10s\n", "-");
}

/* Queues as samples found them, and as they follow from rates and waits. */
static void print_waits(const struct sl_report *report, FILE *out)
{
	bool begun = false;
	u32 i;

	for (i = 0; i < report->link_count; i++) {
		const struct sl_report_link *link = &report->link[i];

		if (!link->slots || !link->events)
			continue;
		if (!begun)
			fprintf(out, "%-23s %6s %10s %10s %10s %10s\n", "ring",
				"slots", "events/s", "queue mean", "by waits",
				"wait us");
		begun = true;
		print_wait(report, link, out);
	}
}

/**
 * sl_report_print() - the table of stages, for people
 * @report: the report
 * @stats: the later snapshot
 * @out: where to
 */
void sl_report_print(const struct sl_report *report,
		     const struct sl_stats *stats, FILE *out)
{
	char counters[80];
	u32 i;

	fprintf(out, "%-12s %5s %11s %11s %6s %10s %9s %6s %8s %8s %6s\n",
		"stage", "core", "events/s", "service ns", "batch",
		"queue mean", "queue max", "busy", "starved", "blocked",
		"drops");
	for (i = 0; i < report->stage_count; i++) {
		const struct sl_report_stage *row = &report->stage[i];
		char core[16];

		print_core(core, sizeof(core), row);
		fprintf(out, "%-12s %5s %11.0f %11.0f %6.1f %10.2f %9llu"
			" %5.1f%% %7.1f%% %7.1f%% %6llu\n",
			sl_report_title(row).text, core, row->rate,
			row->service_ns, row->batch, row->queue_mean,
			(unsigned long long)row->queue_max, 100 * row->busy,
			100 * row->starved, 100 * row->blocked,
			(unsigned long long)row->drops);
	}
	print_banks(report, out);
	print_waits(report, out);
	sl_report_perf(stats, counters, sizeof(counters));
	fprintf(out, "%s\n", counters);
	fprintf(out, "plan        %s\n", stats->plan);
	if (report->bottleneck < 0)
		fprintf(out, "bottleneck  none: the pipeline waits for input\n");
	else
		fprintf(out, "bottleneck  %s\n", sl_report_bottleneck(report));
	print_late(report, out);
}

static void draw_bar(double share, FILE *out)
{
	u32 filled = min_t(u32, share * BAR_WIDTH + 0.5, BAR_WIDTH);
	u32 i;

	fputc('[', out);
	for (i = 0; i < BAR_WIDTH; i++)
		fputc(i < filled ? '#' : ' ', out);
	fputc(']', out);
}

/* Half the bar is a queue of 32, three quarters one of 96: all are seen. */
static double bar_share(double queue)
{
	return queue / (queue + 32);
}

/* The share of its events that is in use; a mark if that was not enough. */
static void draw_bank(const struct sl_bank_use *bank, FILE *out)
{
	if (!bank->events)
		fprintf(out, "     -");
	else
		fprintf(out, " %3u%%%c", 100 * bank->in_use / bank->events,
			bank->exhausted ? '!' : ' ');
}

/**
 * sl_report_draw() - one line for each stage's queue, for a live view
 * @report: of the last interval
 * @stats: the later snapshot
 * @columns: width of the screen; longer lines are not drawn
 * @out: where to
 *
 * Return: how many lines were drawn.
 */
u32 sl_report_draw(const struct sl_report *report,
		   const struct sl_stats *stats, u32 columns, FILE *out)
{
	/* A terminal may show an older, longer line there. */
	const char *erase = isatty(fileno(out)) ? "\033[K" : "";
	u32 i;

	fprintf(out, "%-10s %4s  %-*s %6s %8s %6s %5s%s%s\n", "stage", "core",
		BAR_WIDTH + 2, "queue", "length", "events/s", "busy", "bank",
		columns >= 96 ? "  starved blocked batch" : "", erase);
	for (i = 0; i < report->stage_count; i++) {
		const struct sl_report_stage *row = &report->stage[i];
		char core[16];

		print_core(core, sizeof(core), row);
		fprintf(out, "%-10.10s %4s  ", sl_report_title(row).text,
			core);
		draw_bar(bar_share(row->queue_mean), out);
		fprintf(out, " %6.1f %8.0f %5.1f%%", row->queue_mean,
			row->rate, 100 * row->busy);
		draw_bank(&row->bank, out);
		if (columns >= 96)
			fprintf(out, "   %5.1f%%  %5.1f%% %5.1f",
				100 * row->starved, 100 * row->blocked,
				row->batch);
		fprintf(out, "%s%s\n",
			(int)i == report->bottleneck ? " <-" : "", erase);
	}
	(void)stats;
	return report->stage_count + 1;
}
