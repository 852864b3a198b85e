// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice top: attaches to a running pipeline through its stats segment and
 * shows every queue, read-only; the pipeline does not notice.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "profiler/report.h"
#include "tools/command.h"

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice top [NAME|FILE] [OPTION]...\n"
"\n"
"  NAME            a running pipeline's name; the latest if there is none\n"
"  FILE            a stats segment, if the pipeline was run with --stats\n"
"  --interval N    seconds between two pictures (1)\n"
"  --count N       end after that many\n"
"  --json          one JSON object a line instead of a table\n"
"\n"
"  sluice top tpcw\n"
"  sluice top --json --count 1 | jq .bottleneck\n");
}

struct top {
	const struct sl_stats *stats;
	bool json;
	double interval;
	unsigned long count;	/* 0: no end */
};

static u32 columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

static void show(const struct top *top, const struct sl_stats *before,
		 const struct sl_stats *after, bool first)
{
	static struct sl_report report;
	static u32 lines;

	sl_report_make(&report, before, after);
	if (top->json) {
		printf("{\"pipeline\":\"%s\",\"seconds\":%.3f,\"plan\":\"%s\","
		       "\"bottleneck\":\"%s\",\"memory\":", after->name,
		       report.seconds, after->plan,
		       sl_report_bottleneck(&report));
		sl_report_json_memory(&report, stdout);
		printf(",\"stages\":");
		sl_report_json(&report, stdout);
		printf("}\n");
	} else {
		bool tty = isatty(STDOUT_FILENO);

		if (!first && tty)
			printf("\033[%uA", lines);
		printf("%s  pid %u  %.0f s  %s%s\n", after->name,
		       after->pid, (after->now_ns - after->start_ns) / 1e9,
		       after->plan, tty ? "\033[K" : "");
		lines = 1 + sl_report_draw(&report, after, columns(), stdout);
	}
	fflush(stdout);
}

static int watch(const struct top *top)
{
	struct timespec wait = { top->interval,
		(top->interval - (long)top->interval) * 1e9 };
	struct sl_stats *before = sl_stats_copy(top->stats);
	unsigned long n = 0;

	while (before && sl_stats_alive(top->stats)) {
		struct sl_stats *after;

		nanosleep(&wait, NULL);
		after = sl_stats_copy(top->stats);
		if (!after)
			break;
		show(top, before, after, !n);
		free(before);
		before = after;
		if (++n == top->count)
			break;
	}
	if (!sl_stats_alive(top->stats))
		fprintf(stderr, "sluice top: the pipeline has ended\n");
	free(before);
	return 0;
}

static int attach(struct top *top, const char *name)
{
	char path[300];
	int err;

	if (name && strchr(name, '/')) {
		snprintf(path, sizeof(path), "%s", name);
	} else {
		err = sl_stats_path(name, path, sizeof(path));
		if (err) {
			fprintf(stderr, name ?
				"sluice top: no pipeline '%s' runs here; start"
				" one with sluice run\n" :
				"sluice top: no pipeline%s runs here; start one"
				" with sluice run\n", name ? name : "");
			return 1;
		}
	}
	err = sl_stats_attach(path, &top->stats);
	if (err == -EPROTO)
		fprintf(stderr, "sluice top: %s was written by another version"
			" of sluice; use the same for both\n", path);
	else if (err == -EBADMSG)
		fprintf(stderr, "sluice top: %s is no whole stats segment\n",
			path);
	else if (err)
		fprintf(stderr, "sluice top: %s: %s\n", path, strerror(-err));
	return err ? 1 : 0;
}

static bool number(const char *text, double least, double *value)
{
	char *end;

	*value = strtod(text, &end);
	if (end != text && !*end && *value >= least && *value < 1e6)
		return true;
	fprintf(stderr, "sluice top: '%s' is not a number from %g on\n", text,
		least);
	return false;
}

int sl_command_top(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct top top = { .interval = 1 };
	double value;
	int c, status;

	while ((c = getopt_long(argc, argv, "i:n:jh", options, NULL)) != -1) {
		switch (c) {
		case 'i':
			if (!number(optarg, 0.01, &top.interval))
				return 2;
			break;
		case 'n':
			if (!number(optarg, 1, &value))
				return 2;
			top.count = value;
			break;
		case 'j':
			top.json = true;
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
	status = attach(&top, argv[optind]);
	if (status)
		return status;
	status = watch(&top);
	sl_stats_detach(top.stats);
	return status;
}
