// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "membank/pressure_user.h"
#include "profiler/report.h"

/* A core that is busy for less than this has no bottleneck on it. */
#define BUSY_ENOUGH	0.6
#define BAR_WIDTH	20

static void report_stage(struct sl_report_stage *row,
			 const struct sl_stats *before,
			 const struct sl_stats *after, u32 i, double cycles)
{
	const struct sl_stats_stage *s0 = sl_stats_stage(before, i);
	const struct sl_stats_stage *s1 = sl_stats_stage(after, i);
	const struct sl_stage_counters *c0 = sl_stats_stage_counters(before, i);
	const struct sl_stage_counters *c1 = sl_stats_stage_counters(after, i);
	double samples = after->samples - before->samples;
	double ns_per_cycle = (after->now_ns - before->now_ns) / cycles;
	u64 busy = c1->busy_cycles - c0->busy_cycles;
	u64 batches = c1->batches - c0->batches;
	double empty;
	u32 d;

	row->name = s1->name;
	row->worker = s1->worker;
	row->cpu = sl_stats_core(after, s1->worker)->cpu;
	row->thread = sl_stats_core(after, s1->worker)->thread;
	row->replica = s1->replica;
	row->events = c1->events - c0->events;
	row->rate = row->events * 1e9 / (after->now_ns - before->now_ns);
	row->service_ns = row->events ? busy * ns_per_cycle / row->events : 0;
	row->batch = batches ? (double)row->events / batches : 0;
	row->queue_now = s1->queue_now;
	row->queue_max = s1->queue_max;
	row->busy = min(busy / cycles, 1.0);
	if (samples) {
		row->queue_mean = (s1->queue_sum - s0->queue_sum) / samples;
		row->blocked = (s1->blocked_samples - s0->blocked_samples) /
			       samples;
		empty = (s1->empty_samples - s0->empty_samples) / samples;
		row->blocked = min(row->blocked, 1 - row->busy);
		row->starved = min(empty, 1 - row->busy - row->blocked);
	}
	for (d = 0; d < SL_DROPS_MAX; d++)
		row->drops += c1->drops[d] - c0->drops[d];
}

static void report_bank(struct sl_report_stage *row,
			const struct sl_stats_stage *s0,
			const struct sl_stats_stage *s1)
{
	row->node = s1->node;
	row->bank = (struct sl_bank_use){
		.events = s1->bank_events,
		.in_use = s1->bank_in_use,
		.peak = s1->bank_peak,
		.lately = s1->bank_lately,
		.advice = s1->bank_advice,
		.exhausted = s1->bank_exhausted - s0->bank_exhausted,
		.refused = s1->bank_refused - s0->bank_refused,
		.released_bytes = s1->bank_released - s0->bank_released,
	};
}

/*
 * The busiest stage of the core with the most requests waiting in front of
 * it; of the busiest core, if nothing waits anywhere, for then stages are
 * fused or the load is just met.
 */
static int find_bottleneck(const struct sl_report *report, u32 core_count)
{
	double queue[SL_CORES_MAX] = { 0 };
	int found = -1;
	u32 core = 0;
	u32 i;

	for (i = 0; i < report->stage_count; i++)
		queue[report->stage[i].worker] += report->stage[i].queue_mean;
	for (i = 1; i < core_count; i++) {
		bool longer = queue[i] >= 1 && queue[i] > 2 * queue[core];
		bool shorter = queue[core] >= 1 && queue[core] > 2 * queue[i];

		if (report->core_busy[i] < BUSY_ENOUGH)
			continue;
		if (report->core_busy[core] < BUSY_ENOUGH || longer ||
		    (!shorter && report->core_busy[i] > report->core_busy[core]))
			core = i;
	}
	if (report->core_busy[core] < BUSY_ENOUGH)
		return -1;
	for (i = 0; i < report->stage_count; i++)
		if (report->stage[i].worker == core &&
		    (found < 0 ||
		     report->stage[i].busy > report->stage[found].busy))
			found = i;
	return found;
}

/**
 * sl_report_make() - what happened between two snapshots
 * @report: where to put it; names point into @after
 * @before: the earlier snapshot
 * @after: the later one, of the same segment
 */
void sl_report_make(struct sl_report *report, const struct sl_stats *before,
		    const struct sl_stats *after)
{
	double cycles = after->now_cycles - before->now_cycles;
	u32 i;

	memset(report, 0, sizeof(*report));
	report->bottleneck = -1;
	report->samples = after->samples - before->samples;
	report->stage_count = min_t(u32, after->stage_count, SL_INSTANCES_MAX);
	report->seconds = (after->now_ns - before->now_ns) / 1e9;
	report->memory_bytes = after->bank_bytes;
	report->huge_bytes = after->huge_bytes;
	report->pressure = sl_pressure_name(after->pressure);
	if (cycles <= 0 || before->stage_count != after->stage_count) {
		report->stage_count = 0;
		return;
	}
	for (i = 0; i < report->stage_count; i++) {
		report_stage(&report->stage[i], before, after, i, cycles);
		report_bank(&report->stage[i], sl_stats_stage(before, i),
			    sl_stats_stage(after, i));
		report->released_bytes += report->stage[i].bank.released_bytes;
		report->core_busy[report->stage[i].worker] +=
			report->stage[i].busy;
	}
	report->bottleneck = find_bottleneck(report, after->core_count);
}

const char *sl_report_bottleneck(const struct sl_report *report)
{
	return report->bottleneck < 0 ? "none"
				      : report->stage[report->bottleneck].name;
}

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

static void print_bank(const struct sl_report_stage *row, FILE *out)
{
	const u64 number[] = {
		row->bank.events, row->bank.in_use, row->bank.lately,
		row->bank.peak, row->bank.exhausted, row->bank.refused,
		row->bank.advice,
	};
	char text[16];
	u32 i;

	fprintf(out, "%-12s", row->name);
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

/**
 * sl_report_print() - the table of stages, for people
 * @report: the report
 * @stats: the later snapshot
 * @out: where to
 */
void sl_report_print(const struct sl_report *report,
		     const struct sl_stats *stats, FILE *out)
{
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
			row->name, core, row->rate, row->service_ns,
			row->batch, row->queue_mean,
			(unsigned long long)row->queue_max, 100 * row->busy,
			100 * row->starved, 100 * row->blocked,
			(unsigned long long)row->drops);
	}
	print_banks(report, out);
	fprintf(out, "plan        %s\n", stats->plan);
	if (report->bottleneck < 0)
		fprintf(out, "bottleneck  none: the pipeline waits for input\n");
	else
		fprintf(out, "bottleneck  %s\n", sl_report_bottleneck(report));
}

static void json_bank(const struct sl_report_stage *row, FILE *out)
{
	const struct sl_bank_use *bank = &row->bank;

	if (!bank->events) {
		fputs("null", out);
		return;
	}
	fprintf(out, "{\"events\":%u,\"in_use\":%u,\"lately\":%u,"
		"\"peak\":%u,\"exhausted\":%llu,\"refused\":%llu,"
		"\"advice\":%u,\"released_bytes\":%llu,\"node\":%d}",
		bank->events, bank->in_use, bank->lately, bank->peak,
		(unsigned long long)bank->exhausted,
		(unsigned long long)bank->refused, bank->advice,
		(unsigned long long)bank->released_bytes, row->node);
}

/**
 * sl_report_json() - the stages as a JSON array
 * @report: the report
 * @out: where to
 */
void sl_report_json(const struct sl_report *report, FILE *out)
{
	u32 i;

	fputc('[', out);
	for (i = 0; i < report->stage_count; i++) {
		const struct sl_report_stage *row = &report->stage[i];

		/* Names are checked when a pipeline file is loaded. */
		fprintf(out, "%s{\"name\":\"%s\",\"core\":%u,"
			"\"thread\":%u,\"replica\":%u,\"events\":%llu,"
			"\"events_per_s\":%.1f,\"service_ns\":%.1f,"
			"\"batch_mean\":%.2f,\"queue_mean\":%.3f,"
			"\"queue_now\":%llu,\"queue_max\":%llu,"
			"\"busy\":%.4f,\"starved\":%.4f,\"blocked\":%.4f,"
			"\"drops\":%llu,\"bank\":",
			i ? "," : "", row->name, row->cpu, row->thread,
			row->replica,
			(unsigned long long)row->events, row->rate,
			row->service_ns, row->batch, row->queue_mean,
			(unsigned long long)row->queue_now,
			(unsigned long long)row->queue_max, row->busy,
			row->starved, row->blocked,
			(unsigned long long)row->drops);
		json_bank(row, out);
		fputc('}', out);
	}
	fputc(']', out);
}

/**
 * sl_report_json_memory() - the memory of all banks as a JSON object
 * @report: the report
 * @out: where to
 */
void sl_report_json_memory(const struct sl_report *report, FILE *out)
{
	fprintf(out, "{\"bytes\":%llu,\"huge_bytes\":%llu,"
		"\"released_bytes\":%llu,\"pressure\":\"%s\"}",
		(unsigned long long)report->memory_bytes,
		(unsigned long long)report->huge_bytes,
		(unsigned long long)report->released_bytes, report->pressure);
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
		fprintf(out, "%-10.10s %4s  ", row->name, core);
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
