// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What is said of hardware counters: which there are, or why there are none. */
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "profiler/report.h"

static const char *const names[SL_PERF_COUNTERS] = {
	[SL_PERF_CYCLES] = "cycles",
	[SL_PERF_INSTRUCTIONS] = "instructions",
	[SL_PERF_CACHE_MISSES] = "cache misses",
	[SL_PERF_ICACHE_MISSES] = "icache misses",
};

static const char *const states[] = {
	[SL_PERF_UNTRIED] = "untried",
	[SL_PERF_COUNTS] = "counts",
	[SL_PERF_ABSENT] = "absent",
	[SL_PERF_FORBIDDEN] = "forbidden",
	[SL_PERF_UNREADABLE] = "unreadable",
	[SL_PERF_FAILED] = "failed",
};

static const char *error_name(const struct sl_stats *stats)
{
	const char *name = stats->perf_error < 4096 ?
			   strerrorname_np(stats->perf_error) : NULL;

	return name && stats->perf_error ? name : "no reason given";
}

/* A bit of head.perf that is not there, among those of counters, or NULL. */
static const char *missing(const struct sl_stats *stats)
{
	u32 i;

	for (i = 0; i < SL_PERF_COUNTERS; i++)
		if (!(stats->perf & 1u << i))
			return names[i];
	return NULL;
}

/**
 * sl_report_perf() - one line on hardware counters, without its end
 * @stats: a snapshot
 * @text: where to put it
 * @bytes: room there; of 80 all of it fits
 */
void sl_report_perf(const struct sl_stats *stats, char *text, size_t bytes)
{
	const char *error = error_name(stats);
	const char *lacks = missing(stats);

	switch (stats->perf_state) {
	case SL_PERF_COUNTS:
		snprintf(text, bytes, "hardware counters: %s%s, %s",
			 lacks ? "no " : "all", lacks ? lacks : "",
			 stats->perf & SL_PERF_KERNEL ?
			 "system calls included" : "of user space alone");
		break;
	case SL_PERF_ABSENT:
		snprintf(text, bytes, "hardware counters: none here (%s);"
			 " a virtual machine needs a vPMU", error);
		break;
	case SL_PERF_FORBIDDEN:
		snprintf(text, bytes, "hardware counters: none, forbidden (%s);"
			 " %s", error, stats->perf_error == EACCES ?
			 "kernel.perf_event_paranoid=2" :
			 "let seccomp pass perf_event");
		break;
	case SL_PERF_UNREADABLE:
		snprintf(text, bytes, "hardware counters: none to read here;"
			 " echo 1 >/sys/devices/cpu/rdpmc");
		break;
	case SL_PERF_FAILED:
		snprintf(text, bytes, "hardware counters: none here (%s)",
			 error);
		break;
	default:
		snprintf(text, bytes, "hardware counters: not tried");
	}
}

/**
 * sl_report_json_perf() - the same as a JSON object
 * @stats: a snapshot
 * @out: where to
 */
void sl_report_json_perf(const struct sl_stats *stats, FILE *out)
{
	const char *between = "";
	char text[80];
	u32 i;

	fprintf(out, "{\"state\":\"%s\",\"works\":[",
		stats->perf_state < ARRAY_SIZE(states) ?
		states[stats->perf_state] : "unknown");
	for (i = 0; i < SL_PERF_COUNTERS; i++) {
		if (!(stats->perf & 1u << i))
			continue;
		fprintf(out, "%s\"%s\"", between, names[i]);
		between = ",";
	}
	sl_report_perf(stats, text, sizeof(text));
	fprintf(out, "],\"kernel\":%s,\"errno\":%u,\"says\":\"%s\"}",
		stats->perf & SL_PERF_KERNEL ? "true" : "false",
		stats->perf_error, text);
}
