// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice explain: looks at a running pipeline for a while and says in words
 * what limits it and what was done about that.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "profiler/feed.h"
#include "profiler/pace.h"
#include "tools/command.h"

static void usage(FILE *out)
{
	fprintf(out,
		"usage: sluice explain [NAME|FILE] [--seconds N] [--json]\n"
		"\n"
		"Watches a running pipeline (the latest if none is named) for so long (1 s),\n"
		"or takes a recording, and says which stage is the bottleneck and why, which\n"
		"come next, who waits for whom, and what the scheduler did and when.\n"
		"\n"
		"  sluice explain tpcw\n"
		"  sluice explain --json | jq .bottleneck\n");
}

/* Two snapshots: so far apart, or the first and the last of a recording. */
static int watch(struct sl_feed *feed, double seconds,
		 struct sl_stats *snapshot[2])
{
	struct timespec wait = { seconds, (seconds - (long)seconds) * 1e9 };
	struct sl_stats *next;
	int err = sl_feed_look(feed, &snapshot[0]);

	if (err)
		return err;
	if (!feed->record) {
		nanosleep(&wait, NULL);
		return sl_feed_look(feed, &snapshot[1]);
	}
	sl_feed_pace(feed, 0);
	while (!sl_feed_look(feed, &next)) {
		free(snapshot[1]);
		snapshot[1] = next;
	}
	return snapshot[1] ? 0 : -ENODATA;
}

static int explain(const char *name, double seconds, bool json)
{
	struct sl_stats *snapshot[2] = { NULL, NULL };
	static struct sl_report report;
	static struct sl_pace pace;
	struct sl_feed feed;
	int err = sl_feed_open(&feed, name);

	if (err) {
		sl_feed_explain(err, "sluice explain", name, stderr);
		return 1;
	}
	err = watch(&feed, seconds, snapshot);
	if (!err) {
		sl_report_make(&report, snapshot[0], snapshot[1]);
		sl_pace_make(&pace, &report);
		(json ? sl_pace_json : sl_pace_print)(&pace, &report,
						      snapshot[1], stdout);
	} else if (err == -ENODATA && !feed.record) {
		fprintf(stderr, "sluice explain: the pipeline has ended\n");
	} else {
		sl_feed_explain(err, "sluice explain", name, stderr);
	}
	sl_feed_close(&feed);
	free(snapshot[0]);
	free(snapshot[1]);
	return err ? 1 : 0;
}

int sl_command_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	double seconds = 1;
	bool json = false;
	char *end;
	int c;

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
	return explain(argv[optind], seconds, json);
}
