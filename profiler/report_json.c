// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Reports as programs read them: JSON. */
#include <linux/kernel.h>

#include "profiler/report.h"

/**
 * sl_report_string() - a text as a JSON string
 * @text: the text, ASCII
 * @out: where to
 */
void sl_report_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		if (*text >= ' ' && *text <= '~')
			fputc(*text, out);
		else
			fprintf(out, "\\u%04x", (unsigned char)*text);
	}
	fputc('"', out);
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

/* Of the core's hardware counters, where they could be read. */
static void json_hardware(const struct sl_report_stage *row, FILE *out)
{
	if (!row->perf_cycles) {
		fputs(",\"hardware\":null", out);
		return;
	}
	fprintf(out, ",\"hardware\":{\"events\":%llu,\"cycles\":%llu,"
		"\"instructions\":%llu,\"cache_misses\":%llu,"
		"\"icache_misses\":%llu}",
		(unsigned long long)row->perf_events,
		(unsigned long long)row->perf_cycles,
		(unsigned long long)row->instructions,
		(unsigned long long)row->cache_misses,
		(unsigned long long)row->icache_misses);
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
		fprintf(out, "%s{\"name\":\"%s\",\"type\":\"%s\",\"core\":%u,"
			"\"thread\":%u,\"replica\":%u,\"events\":%llu,"
			"\"events_per_s\":%.1f,\"service_ns\":%.1f,"
			"\"batch_mean\":%.2f,\"queue_mean\":%.3f,"
			"\"queue_now\":%llu,\"queue_max\":%llu,"
			"\"wait_us\":%.3f,\"residence_us\":%.3f,"
			"\"busy\":%.4f,\"starved\":%.4f,\"blocked\":%.4f,"
			"\"drops\":%llu,\"bank\":",
			i ? "," : "", row->name, row->type, row->cpu, row->thread,
			row->replica,
			(unsigned long long)row->events, row->rate,
			row->service_ns, row->batch, row->queue_mean,
			(unsigned long long)row->queue_now,
			(unsigned long long)row->queue_max,
			row->wait_ns / 1e3, row->residence_ns / 1e3, row->busy,
			row->starved, row->blocked,
			(unsigned long long)row->drops);
		json_bank(row, out);
		json_hardware(row, out);
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

static void json_links(const struct sl_report *report, FILE *out)
{
	u32 i, d;

	fputc('[', out);
	for (i = 0; i < report->link_count; i++) {
		const struct sl_report_link *row = &report->link[i];

		fprintf(out, "%s{\"from\":%u,\"to\":%u,\"requests\":%s,"
			"\"slots\":%u,\"events\":%llu,\"events_per_s\":%.1f,"
			"\"queue_mean\":%.3f,\"queue_now\":%llu,"
			"\"queue_max\":%llu,\"full\":%.4f,\"timed\":%llu,"
			"\"wait_ns\":%.1f,\"queue_by_wait\":%.3f,"
			"\"lengths\":[",
			i ? "," : "", row->from, row->to,
			row->right ? "true" : "false", row->slots,
			(unsigned long long)row->events, row->rate,
			row->queue_mean, (unsigned long long)row->queue_now,
			(unsigned long long)row->queue_max, row->full,
			(unsigned long long)row->timed, row->wait_ns,
			row->queue_by_wait);
		for (d = 0; d < SL_STATS_LENGTHS; d++)
			fprintf(out, "%s%llu", d ? "," : "",
				(unsigned long long)row->length[d]);
		fputs("]}", out);
	}
	fputc(']', out);
}

static void json_cores(const struct sl_report *report, FILE *out)
{
	u32 i;

	fputc('[', out);
	for (i = 0; i < report->core_count; i++) {
		const struct sl_report_core *row = &report->core[i];

		fprintf(out, "%s{\"cpu\":%u,\"thread\":%u,\"node\":%u,"
			"\"speed\":%.3f,\"busy\":%.4f,\"sleeps\":%llu,"
			"\"late\":%.4f}",
			i ? "," : "", row->cpu, row->thread, row->node,
			row->speed / 1000.0, row->busy,
			(unsigned long long)row->sleeps, row->late);
	}
	fputc(']', out);
}

/* The latest ones, oldest first, as many as the segment keeps. */
static void json_changes(const struct sl_stats *stats, FILE *out)
{
	u64 first = stats->changes > stats->change_count ?
		    stats->changes - stats->change_count : 0;
	u64 i;

	fputc('[', out);
	for (i = first; i < stats->changes; i++) {
		const struct sl_stats_change *row =
			sl_stats_change(stats, i % stats->change_count);
		double at = (double)row->at_ns - stats->start_ns;

		fprintf(out, "%s{\"number\":%llu,\"at_s\":%.3f,"
			"\"kind\":\"%s\",\"pause_us\":%.1f,"
			"\"rate_before\":%.3f,\"rate_expected\":%.3f,\"why\":",
			i > first ? "," : "", (unsigned long long)i, at / 1e9,
			sl_report_change(row->kind), row->pause_ns / 1e3,
			row->rate_before / 1e3, row->rate_expected / 1e3);
		sl_report_string(row->why, out);
		fputs(",\"plan\":", out);
		sl_report_string(row->plan, out);
		fputc('}', out);
	}
	fputc(']', out);
}

/**
 * sl_report_json_whole() - everything as one JSON object, without its braces
 * @report: the report
 * @stats: the later snapshot
 * @out: where to
 */
void sl_report_json_whole(const struct sl_report *report,
			  const struct sl_stats *stats, FILE *out)
{
	fprintf(out, "\"pipeline\":\"%s\",\"seconds\":%.3f,\"plan\":",
		stats->name, report->seconds);
	sl_report_string(stats->plan, out);
	fprintf(out, ",\"bottleneck\":\"%s\",\"memory\":",
		sl_report_bottleneck(report));
	sl_report_json_memory(report, out);
	fputs(",\"stages\":", out);
	sl_report_json(report, out);
	fputs(",\"links\":", out);
	json_links(report, out);
	fputs(",\"cores\":", out);
	json_cores(report, out);
	fputs(",\"hardware_counters\":", out);
	sl_report_json_perf(stats, out);
	fprintf(out, ",\"plan_changes\":%llu,\"scheduler_ns\":%llu,"
		"\"changes\":", (unsigned long long)stats->changes,
		(unsigned long long)stats->scheduler_ns);
	json_changes(stats, out);
}
