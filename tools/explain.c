// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice explain: looks at a running pipeline for a while and says in words
 * what limits it and what was done about that.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "profiler/pace.h"
#include "tools/attach.h"
#include "tools/command.h"

static void usage(FILE *out)
{
	fprintf(out,
		"usage: sluice explain [NAME|FILE] [--seconds N] [--json]\n"
		"\n"
		"Watches a running pipeline (the latest if none is named) for so long (1 s),\n"
		"then says which stage is the bottleneck and why, which come next, who waits\n"
		"for whom, and what the scheduler did and when.\n"
		"\n"
		"  sluice explain tpcw\n"
		"  sluice explain --json | jq .bottleneck\n");
}

static int explain(const struct sl_stats *stats, double seconds, bool json)
{
	struct timespec wait = { seconds, (seconds - (long)seconds) * 1e9 };
	struct sl_stats *before = sl_stats_copy(stats);
	struct sl_stats *after = NULL;
	static struct sl_report report;
	static struct sl_pace pace;

	nanosleep(&wait, NULL);
	if (before)
		after = sl_stats_copy(stats);
	if (after) {
		sl_report_make(&report, before, after);
		sl_pace_make(&pace, &report);
		if (json)
			sl_pace_json(&pace, &report, after, stdout);
		else
			sl_pace_print(&pace, &report, after, stdout);
	} else {
		fprintf(stderr, "sluice explain: no memory\n");
	}
	free(before);
	free(after);
	return !after;
}

int sl_command_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const struct sl_stats *stats;
	double seconds = 1;
	bool json = false;
	char *end;
	int c, status;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seconds = strtod(optarg, &end);
			if (!*end && seconds >= 0.01 && seconds <= 3600)
				break;
			fprintf(stderr, "sluice explain: --seconds takes 0.01"
					" to 3600, not '%s'\n",
				optarg);
			return 2;
		case 'j':
			json = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (argc - optind > 1) {
		usage(stderr);
		return 2;
	}
	status = sl_attach("explain", argv[optind], &stats);
	if (status)
		return status;
	status = explain(stats, seconds, json);
	sl_stats_detach(stats);
	return status;
}
