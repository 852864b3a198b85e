// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdio.h>

#include "bench/tpcw_run.h"
#include "profiler/report.h"

static double quantile_ms(const struct sl_tpcw_latency *latency, double share)
{
	return sl_tpcw_latency_quantile(latency, share) / 1e6;
}

static double rate(const struct sl_tpcw_outcome *outcome)
{
	return outcome->seconds > 0 ?
		       outcome->result->measured / outcome->seconds :
		       0;
}

/* Three digits that count, whether it takes microseconds or seconds. */
static void print_ms(double ms)
{
	printf(" %9.*f", ms < 10 ? 3 : ms < 100 ? 2 : 1, ms);
}

static void print_interactions(const struct sl_tpcw_outcome *outcome)
{
	u32 i;

	printf("%-22s %9s %9s %9s %9s %9s\n", "interaction", "count", "p50 ms",
	       "p90 ms", "p99 ms", "limit ms");
	for (i = 0; i < SL_TPCW_INTERACTIONS; i++) {
		u32 which = sl_tpcw_reading_order[i];
		const struct sl_tpcw_latency *latency =
			&outcome->result->latency[which];
		double p90 = quantile_ms(latency, 0.9);
		const char *verdict = "-";

		if (latency->count)
			verdict = p90 <= sl_tpcw_limits_ms[which] ? "ok" :
								    "over";
		printf("%-22s %9llu", sl_tpcw_names_of[which],
		       (unsigned long long)latency->count);
		print_ms(quantile_ms(latency, 0.5));
		print_ms(p90);
		print_ms(quantile_ms(latency, 0.99));
		printf(" %9u %s\n", sl_tpcw_limits_ms[which], verdict);
	}
}

static void print_stages(const struct sl_tpcw_outcome *outcome)
{
	static struct sl_report report;

	if (!outcome->before || !outcome->after)
		return;
	sl_report_make(&report, outcome->before, outcome->after);
	printf("\n");
	sl_report_print(&report, outcome->after, stdout);
}

void sl_tpcw_report(const struct sl_tpcw_options *options,
		    const struct sl_tpcw_outcome *outcome)
{
	const struct sl_tpcw_result *result = outcome->result;

	printf("\n%.1f interactions/s: %s mix, %u browsers, think %g s, "
	       "%.1f s measured\n", rate(outcome), options->mix->name,
	       options->browsers, options->think, outcome->seconds);
	printf("with warm-up %llu pages and %llu images, %.1f MB, %llu errors",
	       (unsigned long long)result->done,
	       (unsigned long long)result->images, result->bytes / 1e6,
	       (unsigned long long)result->errors);
	if (outcome->restarts)
		printf("; server killed and restarted, %llu interactions cut "
		       "off", (unsigned long long)result->interrupted);
	printf("\n\n");
	print_interactions(outcome);
	print_stages(outcome);
	if (outcome->rss_bytes)
		printf("memory      %.1f MiB resident\n",
		       outcome->rss_bytes / 1048576.0);
	printf("audit       %s\n", outcome->audit);
}

void sl_tpcw_report_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((u8)*text < ' ')
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void print_stages_json(const struct sl_tpcw_outcome *outcome)
{
	static struct sl_report report;

	if (!outcome->before || !outcome->after) {
		printf("[],\"bottleneck\":null,\"rss_bytes\":null,"
		       "\"plan\":null");
		return;
	}
	sl_report_make(&report, outcome->before, outcome->after);
	sl_report_json(&report, stdout);
	printf(",\"bottleneck\":");
	sl_tpcw_report_string(sl_report_bottleneck(&report));
	printf(",\"rss_bytes\":%llu,\"plan\":",
	       (unsigned long long)outcome->rss_bytes);
	sl_tpcw_report_string(outcome->after->plan);
}

void sl_tpcw_report_json(const struct sl_tpcw_outcome *outcome)
{
	const struct sl_tpcw_result *result = outcome->result;
	u32 i;

	printf("{\"interactions_per_s\":%.2f,\"errors\":%llu,\"audit\":",
	       rate(outcome), (unsigned long long)result->errors);
	sl_tpcw_report_string(outcome->audit);
	printf(",\"interactions\":[");
	for (i = 0; i < SL_TPCW_INTERACTIONS; i++) {
		u32 which = sl_tpcw_reading_order[i];
		const struct sl_tpcw_latency *latency =
			&result->latency[which];

		printf("%s{\"name\":\"%s\",\"count\":%llu,\"p50_ms\":%.4f,"
		       "\"p90_ms\":%.4f,\"p99_ms\":%.4f,\"limit_ms\":%u}",
		       i ? "," : "", sl_tpcw_names_of[which],
		       (unsigned long long)latency->count,
		       quantile_ms(latency, 0.5), quantile_ms(latency, 0.9),
		       quantile_ms(latency, 0.99), sl_tpcw_limits_ms[which]);
	}
	printf("],\"stages\":");
	print_stages_json(outcome);
	printf("}\n");
}
