// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Counters as OpenMetrics text, for Prometheus and whoever else scrapes.
 *
 * Each family is named once, with its kind, then has a line for each stage,
 * link or core.  Counters are since the pipeline started, and in base units.
 */
#include <linux/kernel.h>

#include "tools/web.h"

/* A value in labels: the format escapes three characters. */
static void print_escaped(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", out);
			continue;
		}
		if (*text == '\\' || *text == '"')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void family(const char *name, const char *type, const char *unit,
		   const char *help, FILE *out)
{
	fprintf(out, "# TYPE sluice_%s %s\n", name, type);
	if (unit)
		fprintf(out, "# UNIT sluice_%s %s\n", name, unit);
	fprintf(out, "# HELP sluice_%s %s\n", name, help);
}

/* "sluice_NAME{stage="net",replica="0"" without its end. */
static void begin_stage(const struct sl_stats *stats, const char *name, u32 i,
			FILE *out)
{
	const struct sl_stats_stage *row = sl_stats_stage(stats, i);

	fprintf(out, "sluice_%s{stage=\"", name);
	print_escaped(row->name, out);
	fprintf(out, "\",replica=\"%u\"", row->replica);
}

#define OF_ROW(member)							\
	offsetof(struct sl_stats_stage, member)
#define OF_COUNTERS(member)						\
	(1024 + offsetof(struct sl_stage_counters, member))

/* Families with a line for each stage and nothing to reckon. */
static const struct {
	const char *name;
	bool counter;
	const char *help;
	u32 at;			/* 1024 and more: in the counters */
} of_stages[] = {
	{ "stage_events", true, "Requests and replies that a stage took.",
	  OF_COUNTERS(events) },
	{ "stage_batches", true, "Calls of a stage that did something.",
	  OF_COUNTERS(batches) },
	{ "stage_blocked_turns", true,
	  "Turns in which a stage left requests where they were.",
	  OF_COUNTERS(blocked_turns) },
	{ "stage_empty_samples", true,
	  "Samples in which no request waited for a stage.",
	  OF_ROW(empty_samples) },
	{ "stage_blocked_samples", true,
	  "Samples in which a stage left requests where they were.",
	  OF_ROW(blocked_samples) },
	{ "stage_queue_length", false, "Requests that wait for a stage.",
	  OF_ROW(queue_now) },
	{ "stage_queued", true,
	  "Requests that waited for a stage, added up over all samples.",
	  OF_ROW(queue_sum) },
	{ "stage_queue_length_most", false,
	  "Longest queue since the pipeline started.", OF_ROW(queue_max) },
	{ "bank_used", false, "Events of a stage's bank that are away.",
	  OF_ROW(bank_in_use) },
	{ "bank_exhausted", true, "Times that a bank had no event left.",
	  OF_ROW(bank_exhausted) },
	{ "bank_uses", true,
	  "Events of a stage's bank that were away, added up over all samples.",
	  OF_ROW(bank_sum) },
	{ "stage_counted_events", true,
	  "Events in the calls for which hardware counters were read.",
	  OF_COUNTERS(perf.events) },
	{ "stage_cycles", true, "Cycles of these calls.",
	  OF_COUNTERS(perf.cycles) },
	{ "stage_instructions", true, "Instructions of these calls.",
	  OF_COUNTERS(perf.instructions) },
	{ "stage_cache_misses", true, "Cache misses of these calls.",
	  OF_COUNTERS(perf.cache_misses) },
	{ "stage_icache_misses", true,
	  "Instruction cache misses of these calls.",
	  OF_COUNTERS(perf.icache_misses) },
};

static void print_stages(const struct sl_stats *stats, FILE *out)
{
	u32 f, i;

	for (f = 0; f < ARRAY_SIZE(of_stages); f++) {
		const char *name = of_stages[f].name;
		u32 at = of_stages[f].at;

		family(name, of_stages[f].counter ? "counter" : "gauge", NULL,
		       of_stages[f].help, out);
		for (i = 0; i < stats->stage_count; i++) {
			const char *row = at < 1024 ?
				(const char *)sl_stats_stage(stats, i) :
				(const char *)sl_stats_stage_counters(stats, i);

			fprintf(out, "sluice_%s%s{stage=\"", name,
				of_stages[f].counter ? "_total" : "");
			print_escaped(sl_stats_stage(stats, i)->name, out);
			fprintf(out, "\",replica=\"%u\"} %llu\n",
				sl_stats_stage(stats, i)->replica,
				(unsigned long long)*(const u64 *)(row +
								   at % 1024));
		}
	}
}

static double seconds(const struct sl_stats *stats, u64 cycles)
{
	double all = (double)stats->now_cycles - stats->start_cycles;
	double ns = (double)stats->now_ns - stats->start_ns;

	return all > 0 && ns > 0 ? cycles / all * ns / 1e9 : 0;
}

static void print_busy(const struct sl_stats *stats, FILE *out)
{
	u32 i;

	family("stage_busy_seconds", "counter", "seconds",
	       "Time spent in a stage.", out);
	for (i = 0; i < stats->stage_count; i++) {
		begin_stage(stats, "stage_busy_seconds_total", i, out);
		fprintf(out, "} %.9g\n",
			seconds(stats, sl_stats_stage_counters(stats, i)
					       ->busy_cycles));
	}
	family("core_busy_seconds", "counter", "seconds",
	       "Time in which a core had something to do.", out);
	for (i = 0; i < stats->core_count; i++)
		fprintf(out, "sluice_core_busy_seconds_total{core=\"%u\","
			"thread=\"%u\",worker=\"%u\"} %.9g\n",
			sl_stats_core(stats, i)->cpu,
			sl_stats_core(stats, i)->thread, i,
			seconds(stats, sl_stats_core_counters(stats, i)
					       ->busy_cycles));
	family("core_sleeps", "counter", NULL, "Times that a core slept.", out);
	for (i = 0; i < stats->core_count; i++)
		fprintf(out, "sluice_core_sleeps_total{core=\"%u\","
			"thread=\"%u\",worker=\"%u\"} %llu\n",
			sl_stats_core(stats, i)->cpu,
			sl_stats_core(stats, i)->thread, i,
			(unsigned long long)sl_stats_core_counters(stats, i)
				->sleeps);
}

static void print_drops(const struct sl_stats *stats, FILE *out)
{
	u32 i, d;

	family("stage_drops", "counter", NULL,
	       "Bad things that a stage met, by reason.", out);
	for (i = 0; i < stats->stage_count; i++) {
		const struct sl_stage_type *type = sl_stage_type_find(
			sl_stats_stage(stats, i)->type);

		for (d = 0; type && type->drop_reasons && d < SL_DROPS_MAX &&
			    type->drop_reasons[d]; d++) {
			begin_stage(stats, "stage_drops_total", i, out);
			fputs(",reason=\"", out);
			print_escaped(type->drop_reasons[d], out);
			fprintf(out, "\"} %llu\n",
				(unsigned long long)sl_stats_stage_counters(
					stats, i)->drops[d]);
		}
	}
}

/* "{from="net",to="http",direction="request",link="0"" without its end. */
static void link_labels(const struct sl_stats *stats, u32 i, FILE *out)
{
	const struct sl_stats_link *link = sl_stats_link(stats, i);

	fputs("{from=\"", out);
	print_escaped(sl_stats_stage(stats, link->from)->name, out);
	fputs("\",to=\"", out);
	print_escaped(sl_stats_stage(stats, link->to)->name, out);
	fprintf(out, "\",direction=\"%s\",link=\"%u\"",
		link->right ? "request" : "reply", i);
}

/* The lengths that were sampled: 0, 1, 2-3, 4-7, ... */
static void print_lengths(const struct sl_stats *stats, FILE *out)
{
	u32 i, d;

	family("link_length", "histogram", NULL,
	       "Events that waited on a link, in each sample.", out);
	for (i = 0; i < stats->link_count; i++) {
		const struct sl_stats_link *link = sl_stats_link(stats, i);
		u64 sum = 0;

		for (d = 0; d < SL_STATS_LENGTHS; d++) {
			sum += link->length[d];
			fputs("sluice_link_length_bucket", out);
			link_labels(stats, i, out);
			if (d + 1 < SL_STATS_LENGTHS)
				fprintf(out, ",le=\"%u.0\"} %llu\n",
					(1u << d) - 1,
					(unsigned long long)sum);
			else
				fprintf(out, ",le=\"+Inf\"} %llu\n",
					(unsigned long long)sum);
		}
		fputs("sluice_link_length_count", out);
		link_labels(stats, i, out);
		fprintf(out, "} %llu\n", (unsigned long long)sum);
		fputs("sluice_link_length_sum", out);
		link_labels(stats, i, out);
		fprintf(out, "} %llu\n", (unsigned long long)link->used_sum);
	}
}

static void print_links(const struct sl_stats *stats, FILE *out)
{
	u32 i;

	family("link_events", "counter", NULL, "Events that passed a link.",
	       out);
	for (i = 0; i < stats->link_count; i++) {
		fputs("sluice_link_events_total", out);
		link_labels(stats, i, out);
		fprintf(out, "} %llu\n",
			(unsigned long long)sl_stats_link(stats, i)->handed);
	}
	family("link_slots", "gauge", NULL,
	       "Slots of a link's ring; 0 if the link is fused.", out);
	for (i = 0; i < stats->link_count; i++) {
		fputs("sluice_link_slots", out);
		link_labels(stats, i, out);
		fprintf(out, "} %u\n", sl_stats_link(stats, i)->slots);
	}
	family("link_wait_seconds", "summary", "seconds",
	       "How long events waited on a link, all for which timed ones stand.",
	       out);
	for (i = 0; i < stats->link_count; i++) {
		fputs("sluice_link_wait_seconds_count", out);
		link_labels(stats, i, out);
		fprintf(out, "} %llu\n",
			(unsigned long long)
			sl_stats_link(stats, i)->timed_events);
		fputs("sluice_link_wait_seconds_sum", out);
		link_labels(stats, i, out);
		fprintf(out, "} %.9g\n", sl_stats_link(stats, i)->timed_ns / 1e9);
	}
	family("link_timed", "counter", NULL,
	       "Events that were timed on a link.", out);
	for (i = 0; i < stats->link_count; i++) {
		fputs("sluice_link_timed_total", out);
		link_labels(stats, i, out);
		fprintf(out, "} %llu\n",
			(unsigned long long)sl_stats_link(stats, i)->timed);
	}
	print_lengths(stats, out);
}

static void print_counters(const struct sl_stats *stats, FILE *out)
{
	char text[80];

	family("hardware_counters", "gauge", NULL,
	       "Hardware counters that work, of four.", out);
	fprintf(out, "sluice_hardware_counters{says=\"");
	sl_report_perf(stats, text, sizeof(text));
	print_escaped(text, out);
	fprintf(out, "\"} %d\n", __builtin_popcount(
			stats->perf & ((1u << SL_PERF_COUNTERS) - 1)));
}

/**
 * sl_web_metrics() - all counters as OpenMetrics text
 * @stats: a snapshot
 * @out: where to
 */
void sl_web_metrics(const struct sl_stats *stats, FILE *out)
{
	family("pipeline", "info", NULL, "What runs, and where.", out);
	fputs("sluice_pipeline_info{pipeline=\"", out);
	print_escaped(stats->name, out);
	fputs("\",plan=\"", out);
	print_escaped(stats->plan, out);
	fprintf(out, "\",pid=\"%u\"} 1\n", stats->pid);
	family("uptime_seconds", "gauge", "seconds",
	       "Time since the pipeline started.", out);
	fprintf(out, "sluice_uptime_seconds %.9g\n",
		((double)stats->now_ns - stats->start_ns) / 1e9);
	family("samples", "counter", NULL, "Times that queues were looked at.",
	       out);
	fprintf(out, "sluice_samples_total %llu\n",
		(unsigned long long)stats->samples);
	family("plan_changes", "counter", NULL, "Changes of the plan.", out);
	fprintf(out, "sluice_plan_changes_total %llu\n",
		(unsigned long long)stats->changes);
	family("scheduler_seconds", "counter", "seconds",
	       "CPU time that the scheduler has taken.", out);
	fprintf(out, "sluice_scheduler_seconds_total %.9g\n",
		stats->scheduler_ns / 1e9);
	family("memory_bytes", "gauge", "bytes", "Memory of all banks.", out);
	fprintf(out, "sluice_memory_bytes %llu\n",
		(unsigned long long)stats->bank_bytes);
	family("memory_huge_bytes", "gauge", "bytes",
	       "Of these, in huge pages.", out);
	fprintf(out, "sluice_memory_huge_bytes %llu\n",
		(unsigned long long)stats->huge_bytes);
	print_stages(stats, out);
	print_busy(stats, out);
	print_drops(stats, out);
	print_links(stats, out);
	print_counters(stats, out);
	fputs("# EOF\n", out);
}
