// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that of hardware counters is said, in one line of a terminal, what is
 * there and what to do about the rest; also where a file claims nonsense.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/report.h"
#include "tools/test.h"

#define ALL	((1u << SL_PERF_COUNTERS) - 1)

/* state, works, error; what is said of it, and in JSON */
static const struct {
	u32 state;
	u32 works;
	u32 error;
	const char *says;
	const char *json;
} cases[] = {
	{ SL_PERF_UNTRIED, 0, 0, "not tried", "\"state\":\"untried\"" },
	{ SL_PERF_COUNTS, ALL | SL_PERF_KERNEL, 0,
	  "all, system calls included", "\"kernel\":true" },
	{ SL_PERF_COUNTS, ALL, 0, "all, of user space alone",
	  "\"works\":[\"cycles\",\"instructions\",\"cache misses\","
	  "\"icache misses\"],\"kernel\":false" },
	{ SL_PERF_COUNTS, ALL & ~(1u << SL_PERF_ICACHE_MISSES), ENOENT,
	  "no icache misses, of user space alone",
	  "\"works\":[\"cycles\",\"instructions\",\"cache misses\"]" },
	{ SL_PERF_ABSENT, 0, ENOENT, "none here (ENOENT)",
	  "\"state\":\"absent\",\"works\":[]" },
	{ SL_PERF_ABSENT, 0, EOPNOTSUPP, "(EOPNOTSUPP); a virtual machine",
	  "\"errno\":95" },
	{ SL_PERF_FORBIDDEN, 0, EACCES,
	  "forbidden (EACCES); kernel.perf_event_paranoid=2",
	  "\"state\":\"forbidden\"" },
	{ SL_PERF_FORBIDDEN, 0, EPERM, "forbidden (EPERM); let seccomp",
	  "\"errno\":1" },
	{ SL_PERF_UNREADABLE, 0, 0, "echo 1 >/sys/devices/cpu/rdpmc",
	  "\"state\":\"unreadable\"" },
	{ SL_PERF_FAILED, 0, EMFILE, "none here (EMFILE)",
	  "\"state\":\"failed\"" },
	{ SL_PERF_FAILED, 0, 0, "no reason given", "\"errno\":0" },
	{ 12345, ~0u, ~0u, "not tried", "\"state\":\"unknown\"" },
	{ SL_PERF_ABSENT, 0, 4000, "no reason given", "\"errno\":4000" },
};

int main(void)
{
	static struct sl_stats stats;
	char line[80], *json;
	size_t bytes;
	FILE *out;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		stats.perf_state = cases[i].state;
		stats.perf = cases[i].works;
		stats.perf_error = cases[i].error;
		memset(line, 'x', sizeof(line));
		sl_report_perf(&stats, line, sizeof(line));
		if (!CHECK(strstr(line, cases[i].says)))
			fprintf(stderr, "'%s' in: %s\n", cases[i].says, line);
		/* Nothing of it was cut off. */
		CHECK(strlen(line) < sizeof(line) - 1);
		CHECK(!strncmp(line, "hardware counters: ", 19));

		json = NULL;
		out = open_memstream(&json, &bytes);
		sl_report_json_perf(&stats, out);
		fclose(out);
		if (!CHECK(strstr(json, cases[i].json)))
			fprintf(stderr, "'%s' in: %s\n", cases[i].json, json);
		CHECK(strstr(json, line));
		free(json);
	}
	TEST_END();
}
