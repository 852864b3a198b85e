// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench tpcw: the bookstore under emulated browsers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/tpcw_audit.h"
#include "bench/tpcw_population.h"
#include "bench/tpcw_run.h"
#include "tools/command.h"

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice bench tpcw [OPTION]...\n"
"       sluice bench tpcw populate DIR [--items N] [--scale N] [--seed N]\n"
"       sluice bench tpcw audit DIR [--record FILE]\n"
"\n"
"Populates a bookstore, serves it by pipelines/tpcw.yaml, lets emulated\n"
"browsers use it, and audits its database afterwards.\n"
"\n"
"  --seconds N        measure for that time (30), after\n"
"  --warmup N         seconds of warming up (3)\n"
"  --mix NAME         browsing, shopping (the default) or ordering\n"
"  --browsers N       emulated browsers, each with a connection (64)\n"
"  --think X          mean thinking time in seconds (0); TPC-W has 7\n"
"  --items N          books in the shop (1000)\n"
"  --scale N          browsers that the data is made for, 2880 customers\n"
"                     each (as many as there are, at most 100)\n"
"  --seed N           of the data and of what the browsers do (1)\n"
"  --images all|none  fetch the pages' images? (all)\n"
"  --pipeline FILE    serve by that file instead\n"
"  --set S.O=VALUE    handed on to sluice run; may be repeated\n"
"  --kill             kill -9 the server half-way and start it again\n"
"  --target HOST:PORT use a server that runs; give --items, --scale and\n"
"                     --seed as it was populated\n"
"  --audit-dir DIR    with --target: audit a copy of its bookstore\n"
"  --record FILE      write down what the shop acknowledges\n"
"  --data DIR         keep populations there (~/.cache/sluice/tpcw)\n"
"  --live             show queues while it runs, also without a terminal\n"
"  --json             report as one JSON object\n"
"\n"
"  sluice bench tpcw --seconds 10 --mix ordering --json | jq .audit\n"
"  sluice bench tpcw --browsers 512 --set '*.core=0' --set http.core=1\n"
"  sluice bench tpcw --kill\n"
"\n"
"Exit status: 0, or 1 if a page was wrong or the audit found something.\n"
"TPC-W-style: figures are of this software, and no TPC results.\n");
}

static bool number(const char *name, const char *text, double least,
		   double most, double *value)
{
	char *end;

	*value = strtod(text, &end);
	if (end != text && !*end && *value >= least && *value <= most)
		return true;
	fprintf(stderr, "sluice bench tpcw: --%s is '%s'; give a number from"
		" %g to %g\n", name, text, least, most);
	return false;
}

static bool whole(const char *name, const char *text, u32 least, u32 most,
		  u32 *value)
{
	double got;

	if (!number(name, text, least, most, &got))
		return false;
	*value = got;
	if (*value == got)
		return true;
	fprintf(stderr, "sluice bench tpcw: --%s is '%s'; give a whole"
		" number\n", name, text);
	return false;
}

static bool mix(const char *text, const struct sl_tpcw_mix **found)
{
	*found = sl_tpcw_mix_find(text);
	if (!*found)
		fprintf(stderr, "sluice bench tpcw: no mix '%s'; there are"
			" browsing, shopping and ordering\n", text);
	return *found != NULL;
}

static bool target(const char *text, struct sockaddr_in *address)
{
	const struct addrinfo hints = { .ai_family = AF_INET,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	const char *colon = strrchr(text, ':');
	char host[256];

	if (colon && colon[1] && colon - text < (int)sizeof(host)) {
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text),
			 text);
		if (getaddrinfo(host, colon + 1, &hints, &found))
			found = NULL;
	}
	if (found)
		memcpy(address, found->ai_addr, sizeof(*address));
	freeaddrinfo(found);
	if (found && address->sin_port)
		return true;
	fprintf(stderr, "sluice bench tpcw: --target is '%s'; give HOST:PORT,"
		" like 127.0.0.1:8080\n", text);
	return false;
}

static bool images(const char *text, bool *fetch)
{
	*fetch = !strcmp(text, "all");
	if (*fetch || !strcmp(text, "none"))
		return true;
	fprintf(stderr, "sluice bench tpcw: --images is '%s'; give all or"
		" none\n", text);
	return false;
}

static bool setting(const char *text, struct sl_tpcw_options *options)
{
	if (options->settings == SL_TPCW_SETTINGS_MAX) {
		fprintf(stderr, "sluice bench tpcw: more than %d settings; put"
			" them into a pipeline file\n", SL_TPCW_SETTINGS_MAX);
		return false;
	}
	options->setting[options->settings++] = text;
	return true;
}

static bool file_name(const char *name, const char *text, char *to, u32 room)
{
	if (snprintf(to, room, "%s", text) < (int)room)
		return true;
	fprintf(stderr, "sluice bench tpcw: the name of --%s is too long\n",
		name);
	return false;
}

enum option_number {
	SECONDS = 1, WARMUP, MIX, BROWSERS, THINK, ITEMS, SCALE, SEED, IMAGES,
	PIPELINE, SET, KILL, TARGET, AUDIT_DIR, RECORD, DATA, LIVE, JSON, HELP,
};

static const struct option option_names[] = {
	{ "seconds", required_argument, NULL, SECONDS },
	{ "warmup", required_argument, NULL, WARMUP },
	{ "mix", required_argument, NULL, MIX },
	{ "browsers", required_argument, NULL, BROWSERS },
	{ "think", required_argument, NULL, THINK },
	{ "items", required_argument, NULL, ITEMS },
	{ "scale", required_argument, NULL, SCALE },
	{ "seed", required_argument, NULL, SEED },
	{ "images", required_argument, NULL, IMAGES },
	{ "pipeline", required_argument, NULL, PIPELINE },
	{ "set", required_argument, NULL, SET },
	{ "kill", no_argument, NULL, KILL },
	{ "target", required_argument, NULL, TARGET },
	{ "audit-dir", required_argument, NULL, AUDIT_DIR },
	{ "record", required_argument, NULL, RECORD },
	{ "data", required_argument, NULL, DATA },
	{ "live", no_argument, NULL, LIVE },
	{ "json", no_argument, NULL, JSON },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

/* Return: was that an option, and its value sensible? */
static bool option_take(struct sl_tpcw_options *to, int which,
			const char *text)
{
	double seed;

	switch (which) {
	case SECONDS:
		return number("seconds", text, 0.1, 1e6, &to->seconds);
	case WARMUP:
		return number("warmup", text, 0, 1e6, &to->warmup);
	case MIX:
		return mix(text, &to->mix);
	case BROWSERS:
		return whole("browsers", text, 1, 100000, &to->browsers);
	case THINK:
		return number("think", text, 0, 3600, &to->think);
	case ITEMS:
		return whole("items", text, SL_TPCW_ITEMS_MIN,
			     SL_TPCW_ITEMS_MAX, &to->items);
	case SCALE:
		return whole("scale", text, 1, SL_TPCW_BROWSERS_MAX,
			     &to->scale);
	case SEED:
		if (!number("seed", text, 0, 1e15, &seed))
			return false;
		to->seed = seed;
		return true;
	case IMAGES:
		return images(text, &to->images);
	case PIPELINE:
		return file_name("pipeline", text, to->pipeline,
				 sizeof(to->pipeline));
	case SET:
		return setting(text, to);
	case TARGET:
		return target(text, &to->target);
	case AUDIT_DIR:
		to->audit_dir = text;
		return true;
	case RECORD:
		to->record = text;
		return true;
	case DATA:
		return file_name("data", text, to->data, sizeof(to->data));
	case KILL:
		to->kill = true;
		return true;
	case LIVE:
		to->live = true;
		return true;
	case JSON:
		to->json = true;
		return true;
	}
	return false;
}

static int populate(const struct sl_tpcw_options *options, const char *dir)
{
	return sl_tpcw_populate(dir, options->items, options->scale,
				options->seed, stderr) ? 1 : 0;
}

static int audit(const struct sl_tpcw_options *options, const char *dir)
{
	struct sl_tpcw_deeds deeds = { 0 };
	char why[512];
	int err = 0;

	if (options->record)
		err = sl_tpcw_deeds_load(&deeds, options->record);
	if (err) {
		if (err != -EINVAL)
			fprintf(stderr, "sluice bench tpcw: %s: %s\n",
				options->record, strerror(-err));
		return 1;
	}
	err = sl_tpcw_audit(dir, &deeds, false, why, sizeof(why));
	sl_tpcw_deeds_free(&deeds);
	if (err < 0) {
		fprintf(stderr, "sluice bench tpcw: %s\n", why);
	} else if (options->json) {
		printf("{\"audit\":");
		sl_tpcw_report_string(why);
		printf("}\n");
	} else {
		printf("%s\n", why);
	}
	return err ? 1 : 0;
}

static void places_default(struct sl_tpcw_options *options)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	u32 room = sizeof(options->data);

	if (!*options->data && cache && *cache)
		snprintf(options->data, room, "%s/sluice/tpcw", cache);
	else if (!*options->data && home && *home)
		snprintf(options->data, room, "%s/.cache/sluice/tpcw", home);
	else if (!*options->data)
		snprintf(options->data, room, "/var/tmp/sluice-%u/tpcw",
			 getuid());
	if (!*options->pipeline)
		sl_tpcw_server_find("tpcw.yaml", options->pipeline);
}

/* What cannot be done together, or cannot be done. */
static bool sensible(const struct sl_tpcw_options *options)
{
	bool ours = !options->target.sin_port;

	if (!ours && (options->kill || options->settings)) {
		fprintf(stderr, "sluice bench tpcw: --kill and --set are for"
			" the server that is started here, not for a"
			" --target\n");
		return false;
	}
	if (ours && options->audit_dir) {
		fprintf(stderr, "sluice bench tpcw: --audit-dir is for a"
			" --target; without it, the audit is always done\n");
		return false;
	}
	if (ours && access(options->pipeline, R_OK)) {
		fprintf(stderr, "sluice bench tpcw: %s: %s; give --pipeline\n",
			options->pipeline, strerror(errno));
		return false;
	}
	return true;
}

static int verb(struct sl_tpcw_options *options, int argc, char **argv)
{
	bool populates = !strcmp(argv[0], "populate");

	if (argc != 2 || (!populates && strcmp(argv[0], "audit"))) {
		fprintf(stderr, "sluice bench tpcw: expected populate DIR,"
			" audit DIR or options, not '%s'\n", argv[0]);
		return 2;
	}
	if (!options->scale)
		options->scale = options->browsers > 100 ? 100 :
							   options->browsers;
	return populates ? populate(options, argv[1]) :
			   audit(options, argv[1]);
}

int sl_bench_tpcw(int argc, char **argv)
{
	static struct sl_tpcw_options options;
	int which;

	memset(&options, 0, sizeof(options));
	options.seconds = 30;
	options.warmup = 3;
	options.mix = sl_tpcw_mix_find("shopping");
	options.browsers = 64;
	options.items = 1000;
	options.seed = 1;
	options.images = true;
	options.live = isatty(STDERR_FILENO);
	optind = 0;
	while ((which = getopt_long(argc, argv, "h", option_names, NULL)) !=
	       -1) {
		if (which == HELP || which == 'h') {
			usage(stdout);
			return 0;
		}
		if (!option_take(&options, which, optarg))
			return 2;
	}
	if (optind < argc)
		return verb(&options, argc - optind, argv + optind);
	places_default(&options);
	if (!sensible(&options))
		return 2;
	return sl_tpcw_run(&options);
}
