// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice top: looks at a running pipeline through its stats segment, or at a
 * recorded one, and shows every queue, read-only; the pipeline does not notice.
 *
 * On a terminal it has the whole screen, see top.h; without one, or if asked
 * to, it prints a table or JSON now and then.
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

#include "tools/command.h"
#include "tools/top.h"

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice top [NAME|FILE] [OPTION]...\n"
"\n"
"  NAME            a running pipeline's name; the latest if there is none\n"
"  FILE            a recording, or a stats segment that --stats has named\n"
"  --interval N    seconds between two pictures (1)\n"
"  --count N       print that many tables instead of taking the screen\n"
"  --plain         print tables instead of taking the screen\n"
"  --json          one JSON object a line instead of tables\n"
"\n"
"  sluice top tpcw                         h shows the keys, q ends it\n"
"  sluice top --json --count 1 | jq .bottleneck\n");
}

static u32 columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

static void print_table(const struct sl_scope *scope)
{
	const struct sl_stats *stats = scope->after;
	bool tty = isatty(STDOUT_FILENO);
	static u32 lines;

	if (scope->looks > 1 && tty)
		printf("\033[%uA", lines);
	printf("%s  pid %u  %.0f s  %s%s\n", stats->name, stats->pid,
	       sl_scope_seconds(scope), stats->plan, tty ? "\033[K" : "");
	lines = 1 + sl_report_draw(&scope->report, stats, columns(), stdout);
}

/* Prints until the pipeline ends; a recording, as fast as it can be read. */
static int print(struct sl_top *top, bool json, unsigned long count)
{
	struct timespec wait = { top->interval,
		(top->interval - (long)top->interval) * 1e9 };
	struct sl_scope *scope = &top->scope;
	int err;

	if (scope->feed.record)
		sl_feed_pace(&scope->feed, 0);
	while (!count || scope->looks < count) {
		if (!scope->feed.record)
			nanosleep(&wait, NULL);
		err = sl_scope_look(scope);
		if (err < 0)
			return 1;
		if (scope->ended) {
			fprintf(stderr, "sluice top: the %s has ended\n",
				scope->feed.record ? "recording" : "pipeline");
			return 0;
		}
		if (!err)
			continue;
		if (json) {
			putchar('{');
			sl_report_json_whole(&scope->report, scope->after,
					     stdout);
			printf("}\n");
		} else {
			print_table(scope);
		}
		if (fflush(stdout))
			return 1;
	}
	return 0;
}

bool sl_top_option(const char *who, const char *text, double least,
		   double *value)
{
	char *end;

	*value = strtod(text, &end);
	if (end != text && !*end && *value >= least && *value < 1e6)
		return true;
	fprintf(stderr, "%s: '%s' is not a number from %g on\n", who, text,
		least);
	return false;
}

/**
 * sl_top_show() - show a scope that is open, on the screen if there is one
 * @top: its scope is open
 * @plain: print tables even so
 * @json: print JSON
 * @count: of tables; 0: no end
 *
 * Return: an exit status.
 */
int sl_top_show(struct sl_top *top, bool plain, bool json, unsigned long count)
{
	bool screen = !plain && !json && !count && isatty(STDIN_FILENO) &&
		      isatty(STDOUT_FILENO);

	if (screen && !sl_top_screen(top))
		return 0;
	if (screen)
		fprintf(stderr, "sluice top: the terminal '%s' has no screen to"
			" draw on; tables instead\n",
			getenv("TERM") ? getenv("TERM") : "");
	return print(top, json, count);
}

int sl_command_top(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'n' },
		{ "plain", no_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct sl_top top = { .interval = 1, .speed = 1 };
	bool json = false, plain = false;
	double count = 0;
	int c, err;

	while ((c = getopt_long(argc, argv, "i:n:pjh", options, NULL)) != -1) {
		switch (c) {
		case 'i':
			if (!sl_top_option("sluice top", optarg, 0.01,
					   &top.interval))
				return 2;
			break;
		case 'n':
			if (!sl_top_option("sluice top", optarg, 1, &count))
				return 2;
			break;
		case 'p':
			plain = true;
			break;
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
	err = sl_scope_open(&top.scope, argv[optind]);
	if (err) {
		sl_feed_explain(err, "sluice top", argv[optind], stderr);
		return 1;
	}
	err = sl_top_show(&top, plain, json, count);
	sl_scope_close(&top.scope);
	return err;
}
