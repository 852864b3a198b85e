// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice record: writes snapshots of a running pipeline into a file, see
 * profiler/record.h.  sluice replay: shows such a file as if it ran now.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/timekeeping.h>

#include "tools/command.h"
#include "tools/top.h"
#include "tools/web.h"

static void record_usage(FILE *out)
{
	fprintf(out,
"usage: sluice record [NAME|FILE] -o FILE [OPTION]...\n"
"\n"
"  NAME            a running pipeline's name; the latest if there is none\n"
"  FILE            a stats segment that sluice run --stats has named\n"
"  -o, --output FILE  where to; an existing file is replaced\n"
"  --seconds N     end after that time; else on SIGINT, or with the pipeline\n"
"  --interval N    seconds between two snapshots (0.1)\n"
"  --summary       print what happened as JSON, as sluice run --json does\n"
"\n"
"  sluice record tpcw -o shop.rec --seconds 60\n"
"  sluice replay shop.rec\n");
}

static void replay_usage(FILE *out)
{
	fprintf(out,
"usage: sluice replay FILE [OPTION]...\n"
"\n"
"  --speed N       2 is twice as fast as it was (1)\n"
"  --interval N    seconds between two pictures (1)\n"
"  --plain         print tables instead of taking the screen\n"
"  --web ADDRESS:PORT  show it to browsers\n"
"  --json          print all of it as one JSON object, as sluice run --json\n"
"\n"
"  sluice replay shop.rec --speed 10\n"
"  sluice replay shop.rec --json | jq '.stages[] | [.name, .service_ns]'\n");
}

static void print_json(const struct sl_stats *first, const struct sl_stats *last)
{
	static struct sl_report report;

	sl_report_make(&report, first, last);
	putchar('{');
	sl_report_json_whole(&report, last, stdout);
	printf("}\n");
}

struct recording {
	const char *output;
	double seconds;
	double interval;
	bool summary;
	struct sl_feed feed;
	struct sl_record_writer *writer;
	struct sl_stats *first;
	struct sl_stats *last;
	u64 frames;
};

/* Takes the snapshots; says in a line what went wrong. */
static int take(struct recording *r, const sigset_t *signals)
{
	u64 until = r->seconds > 0 ?
		    ktime_get_ns() + (u64)(r->seconds * 1e9) : UINT64_MAX;
	struct timespec wait = { r->interval,
		(r->interval - (long)r->interval) * 1e9 };
	struct sl_stats *now;
	int err = 0;

	while (!err) {
		err = sl_record_add(r->writer, r->last);
		r->frames += !err;
		if (err || ktime_get_ns() >= until ||
		    sigtimedwait(signals, NULL, &wait) > 0)
			break;
		err = sl_feed_look(&r->feed, &now);
		/* That it ends is no error. */
		if (err == -ENODATA)
			return 0;
		if (err)
			break;
		if (r->last != r->first)
			free(r->last);
		r->last = now;
	}
	if (err)
		fprintf(stderr, "sluice record: %s: %s\n", r->output,
			strerror(-err));
	return err;
}

static int record(struct recording *r, const char *name)
{
	sigset_t signals;
	u64 bytes = 0;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	err = sl_feed_open(&r->feed, name);
	if (!err && r->feed.record)
		err = -EBADMSG;
	if (!err)
		err = sl_feed_look(&r->feed, &r->first);
	if (err) {
		sl_feed_explain(err == -ENODATA ? -ESRCH : err, "sluice record",
				name, stderr);
		return 1;
	}
	r->last = r->first;
	err = sl_record_create(r->output, r->first, r->interval * 1e9,
			       &r->writer);
	if (err) {
		fprintf(stderr, "sluice record: cannot write %s: %s\n",
			r->output, strerror(-err));
		return 1;
	}
	err = take(r, &signals);
	if (sl_record_finish(r->writer, &bytes) && !err) {
		fprintf(stderr, "sluice record: cannot write %s\n", r->output);
		err = -EIO;
	}
	if (!err)
		fprintf(stderr, "sluice record: %llu snapshots of %s, %.1f KiB"
			" in %s\n", (unsigned long long)r->frames,
			r->first->name, bytes / 1024.0, r->output);
	if (!err && r->summary)
		print_json(r->first, r->last);
	return err ? 1 : 0;
}

int sl_command_record(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 't' },
		{ "interval", required_argument, NULL, 'i' },
		{ "summary", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct recording r = { .interval = 0.1, .feed.fd = -1 };
	int c, status;

	while ((c = getopt_long(argc, argv, "o:t:i:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			r.output = optarg;
			break;
		case 't':
			if (!sl_top_option("sluice record", optarg, 0.01,
					   &r.seconds))
				return 2;
			break;
		case 'i':
			if (!sl_top_option("sluice record", optarg, 0.01,
					   &r.interval))
				return 2;
			break;
		case 's':
			r.summary = true;
			break;
		case 'h':
			record_usage(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (argc - optind > 1 || !r.output) {
		record_usage(stderr);
		return 2;
	}
	status = record(&r, argv[optind]);
	sl_feed_close(&r.feed);
	if (r.last != r.first)
		free(r.last);
	free(r.first);
	return status;
}

/* From the first whole frame to the last. */
static int replay_json(const char *path)
{
	struct sl_stats *first = NULL, *last = NULL, *next;
	struct sl_feed feed;
	int err = sl_feed_open(&feed, path);

	if (err) {
		sl_feed_explain(err, "sluice replay", path, stderr);
		return 1;
	}
	err = sl_feed_look(&feed, &first);
	sl_feed_pace(&feed, 0);
	while (!err && !(err = sl_feed_look(&feed, &next))) {
		free(last);
		last = next;
	}
	if (feed.fault == -EBADMSG)
		fprintf(stderr, "sluice replay: %s is cut off or damaged after"
			" %llu snapshots; what is whole counts\n", path,
			(unsigned long long)feed.record->frames);
	if (first)
		print_json(first, last ? last : first);
	sl_feed_close(&feed);
	free(first);
	free(last);
	return first ? 0 : 1;
}

static int replay(const char *path, struct sl_top *top, bool plain)
{
	int status = sl_scope_open(&top->scope, path);

	if (status) {
		sl_feed_explain(status, "sluice replay", path, stderr);
		return 1;
	}
	sl_feed_pace(&top->scope.feed, top->speed);
	status = sl_top_show(top, plain, false, 0);
	if (top->scope.feed.fault == -EBADMSG)
		fprintf(stderr, "sluice replay: %s is cut off or damaged after"
			" that\n", path);
	sl_scope_close(&top->scope);
	return status;
}

int sl_command_replay(int argc, char **argv)
{
	static const struct option options[] = {
		{ "speed", required_argument, NULL, 'x' },
		{ "interval", required_argument, NULL, 'i' },
		{ "plain", no_argument, NULL, 'p' },
		{ "web", required_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct sl_top top = { .interval = 1, .speed = 1 };
	struct sl_web_options web = { .who = "sluice replay" };
	bool json = false, plain = false;
	int c;

	while ((c = getopt_long(argc, argv, "x:i:h", options, NULL)) != -1) {
		switch (c) {
		case 'x':
		case 'i':
			if (!sl_top_option("sluice replay", optarg, 0.01,
					   c == 'x' ? &top.speed
						    : &top.interval))
				return 2;
			break;
		case 'p':
			plain = true;
			break;
		case 'w':
			web.listen = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			replay_usage(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (argc - optind != 1) {
		replay_usage(stderr);
		return 2;
	}
	if (json)
		return replay_json(argv[optind]);
	if (!web.listen)
		return replay(argv[optind], &top, plain);
	web.name = argv[optind];
	web.interval = top.interval;
	web.speed = top.speed;
	return sl_web_wait(&web);
}
