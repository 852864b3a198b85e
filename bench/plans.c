// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench plans: the bookstore at saturation under different plans.
 *
 *   cut ...      contiguous cuts of the seven stages over two cores
 *   complete     run to completion: all seven fused, on each of two cores
 *   blocking     a thread per stage, placed by the host's scheduler, queues
 *                with a mutex and a condition variable (bench/blocking)
 *
 * Every cut is tried once; the best of them, run to completion and the peer
 * then take turns, and what is told is the median of their paired ratios.
 * The load generator shares the two cores with the shop in all of them.
 *
 * sluice bench cuts: all cuts take turns with the scheduler, to which no core
 * is named, so that it is seen how near it comes to the best of them, and
 * with a thread per stage over the same rings that the host's scheduler places.
 */
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/median.h"
#include "tools/command.h"

#define ROUNDS_MAX	SL_MEDIAN_MAX
/* In which the scheduler has tried all plans that it thinks worth a trial. */
#define SETTLE_SECONDS	26

struct plan {
	const char *name;
	const char *set;	/* options of sluice bench tpcw */
	bool blocking;
};

/* The stages whose core is 1; all others are on core 0. */
#define SET(option)	" --set " option

static const struct plan cuts[] = {
	{ "cut net|http", SET("net.core=0") SET("http.core=1")
	  SET("app.core=1") SET("db.core=1") SET("nfs.core=1")
	  SET("fs.core=1") SET("block.core=1"), false },
	{ "cut http|app", SET("net.core=0") SET("http.core=0")
	  SET("app.core=1") SET("db.core=1") SET("nfs.core=1")
	  SET("fs.core=1") SET("block.core=1"), false },
	{ "cut app|db", SET("net.core=0") SET("http.core=0")
	  SET("app.core=0") SET("db.core=1") SET("nfs.core=1")
	  SET("fs.core=1") SET("block.core=1"), false },
	{ "cut db|nfs", SET("net.core=0") SET("http.core=0")
	  SET("app.core=0") SET("db.core=0") SET("nfs.core=1")
	  SET("fs.core=1") SET("block.core=1"), false },
	{ "cut nfs|fs", SET("net.core=0") SET("http.core=0")
	  SET("app.core=0") SET("db.core=0") SET("nfs.core=0")
	  SET("fs.core=1") SET("block.core=1"), false },
	{ "cut fs|block", SET("net.core=0") SET("http.core=0")
	  SET("app.core=0") SET("db.core=0") SET("nfs.core=0")
	  SET("fs.core=0") SET("block.core=1"), false },
	{ "one core", SET("'*.core=0'"), false },
};

static const struct plan complete = {
	"run to completion", SET("'*.core=[0, 1]'"), false
};

static const struct plan scheduled = {
	"scheduler", SET("'*.core=any'"), false
};

static const struct plan host = {
	"host's scheduler", SET("'*.core=any'") SET("schedule=host"), false
};

static const struct plan blocking = {
	"blocking queues", SET("net.core=0/0") SET("http.core=0/1")
	SET("app.core=0/2") SET("db.core=0/3") SET("nfs.core=0/4")
	SET("fs.core=0/5") SET("block.core=0/6"), true
};

struct bench {
	int seconds;
	int warmup;		/* seconds before they are counted */
	int rounds;
	int browsers;
	int items;
	const char *mix;
	const char *images;
	bool json;
	char self[PATH_MAX];
	char peer[PATH_MAX];
};

/* The plan of the latest run at its end. */
static char ended_with[256];

/* Interactions a second; NAN if the run failed in any way. */
static double run(const struct bench *bench, const struct plan *plan)
{
	char *command, line[65536];
	double rate = NAN;
	const char *at;
	FILE *pipe;

	if (asprintf(&command, "'%s' bench tpcw --json --mix %s"
		 " --seconds %d --warmup %d --browsers %d --items %d --think 0"
		 " --images %s%s",
		 plan->blocking ? bench->peer : bench->self, bench->mix,
		 bench->seconds,
		 bench->warmup + (plan == &scheduled ? SETTLE_SECONDS : 0),
		 bench->browsers, bench->items,
		 bench->images, plan->set) < 0)
		return NAN;
	pipe = popen(command, "r");
	if (!pipe) {
		free(command);
		return NAN;
	}
	while (fgets(line, sizeof(line), pipe)) {
		at = strstr(line, "\"interactions_per_s\":");
		if (at)
			rate = strtod(at + strlen("\"interactions_per_s\":"),
				      NULL);
		at = strstr(line, "\"plan\":\"");
		if (at)
			sscanf(at, "\"plan\":\"%255[^\"]", ended_with);
	}
	if (pclose(pipe)) {
		fprintf(stderr, "sluice bench plans: %s failed: %s\n",
			plan->name, command);
		rate = NAN;
	}
	free(command);
	return rate;
}

static const struct plan *try_cuts(const struct bench *bench)
{
	const struct plan *best = NULL;
	double best_rate = 0;
	size_t i;

	if (bench->json)
		printf("{\"cuts\":[");
	else
		printf("%s mix, %d browsers, %d s each, think time 0,"
		       " images %s\n\n%-20s %s\n", bench->mix, bench->browsers,
		       bench->seconds, bench->images, "plan",
		       "interactions/s");
	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		double rate = run(bench, &cuts[i]);

		if (bench->json)
			printf("%s{\"name\":\"%s\",\"interactions_per_s\":%.1f}",
			       i ? "," : "", cuts[i].name, rate);
		else
			printf("%-20s %.0f\n", cuts[i].name, rate);
		fflush(stdout);
		if (rate > best_rate) {
			best = &cuts[i];
			best_rate = rate;
		}
	}
	return best;
}

static int compare_plans(const struct bench *bench)
{
	double ours[ROUNDS_MAX] = { 0 };
	double rtc[ROUNDS_MAX] = { 0 };
	double peer[ROUNDS_MAX] = { 0 };
	const struct plan *best = try_cuts(bench);
	int i;

	if (!best)
		return 1;
	for (i = 0; i < bench->rounds; i++) {
		ours[i] = run(bench, best);
		rtc[i] = run(bench, &complete);
		peer[i] = run(bench, &blocking);
		if (isnan(ours[i] + rtc[i] + peer[i]))
			return 1;
	}
	if (bench->json) {
		printf("],\"best\":\"%s\",\"rounds\":%d,\"pipeline\":%.1f,"
		       "\"run_to_completion\":%.1f,\"blocking\":%.1f,"
		       "\"ratio_run_to_completion\":%.3f,"
		       "\"ratio_blocking\":%.3f}\n",
		       best->name, bench->rounds, sl_median(ours, bench->rounds),
		       sl_median(rtc, bench->rounds), sl_median(peer, bench->rounds),
		       sl_median_ratio(ours, rtc, bench->rounds),
		       sl_median_ratio(ours, peer, bench->rounds));
		return 0;
	}
	printf("\nmedians of %d interleaved rounds, and of the paired ratios\n"
	       "%-20s %8.0f  (%s)\n%-20s %8.0f  pipeline is %.2f x\n"
	       "%-20s %8.0f  pipeline is %.2f x\n", bench->rounds,
	       "pipeline", sl_median(ours, bench->rounds), best->name,
	       complete.name, sl_median(rtc, bench->rounds),
	       sl_median_ratio(ours, rtc, bench->rounds), blocking.name,
	       sl_median(peer, bench->rounds), sl_median_ratio(ours, peer, bench->rounds));
	return 0;
}

#define CUTS	(sizeof(cuts) / sizeof(cuts[0]))
#define PLANS	(CUTS + 2)	/* scheduler and host come after them */

static const struct plan *plan_at(size_t i)
{
	return i < CUTS ? &cuts[i] : i == CUTS ? &scheduled : &host;
}

/* The plans at which the scheduler arrived. */
static void print_found(const struct bench *bench,
			const char (*found)[sizeof(ended_with)])
{
	int r;

	for (r = 0; r < bench->rounds; r++)
		if (bench->json)
			printf("%s\"%s\"", r ? "," : "", found[r]);
		else
			printf("round %d: it ended with %s\n", r + 1, found[r]);
	if (bench->json)
		puts("]}");
}

static int print_cuts(const struct bench *bench,
		      const double (*rate)[ROUNDS_MAX],
		      const char (*found)[sizeof(ended_with)])
{
	double to_best, to_host;
	size_t best = 0, i;

	for (i = 1; i < CUTS; i++)
		if (sl_median(rate[i], bench->rounds) >
		    sl_median(rate[best], bench->rounds))
			best = i;
	to_best = sl_median_ratio(rate[CUTS], rate[best], bench->rounds);
	to_host = sl_median_ratio(rate[CUTS], rate[CUTS + 1], bench->rounds);
	if (bench->json)
		printf("{\"rounds\":%d,\"cuts\":[", bench->rounds);
	for (i = 0; i < PLANS; i++) {
		const char *name = plan_at(i)->name;
		double median = sl_median(rate[i], bench->rounds);

		if (bench->json)
			printf("%s{\"name\":\"%s\",\"interactions_per_s\":%.1f}",
			       i ? "," : "", name, median);
		else
			printf("%-20s %.0f\n", name, median);
	}
	if (bench->json)
		printf("],\"best\":\"%s\",\"scheduler_to_best\":%.3f,"
		       "\"scheduler_to_host\":%.3f,\"plans\":[",
		       cuts[best].name, to_best, to_host);
	else
		printf("medians of paired ratios: the scheduler reaches %.2f"
		       " of the best, %s, and %.2f x the host's\n",
		       to_best, cuts[best].name, to_host);
	print_found(bench, found);
	return 0;
}

static int compare_cuts(const struct bench *bench)
{
	static char found[ROUNDS_MAX][sizeof(ended_with)];
	static double rate[PLANS][ROUNDS_MAX];
	size_t i;
	int r;

	if (!bench->json)
		printf("%s mix, %d browsers, %d s each, think time 0, images"
		       " %s; medians of %d rounds\n\n", bench->mix,
		       bench->browsers, bench->seconds, bench->images,
		       bench->rounds);
	for (r = 0; r < bench->rounds; r++) {
		for (i = 0; i < PLANS; i++) {
			/* Nobody is always first. */
			size_t at = (i + r) % PLANS;

			rate[at][r] = run(bench, plan_at(at));
			if (at == CUTS)
				memcpy(found[r], ended_with, sizeof(found[r]));
			if (isnan(rate[at][r]))
				return 1;
		}
	}
	return print_cuts(bench, rate, found);
}

/* Fit to be part of a command line. */
static bool is_word(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz")];
}

static void usage(const struct bench *bench, const char *name)
{
	printf("usage: sluice bench %s [OPTION]...\n\n"
	       "  --mix NAME      browsing, shopping or ordering (ordering)\n"
	       "  --seconds N     of each run (%d)\n"
	       "  --rounds N      of the comparison (%d)\n"
	       "  --browsers N    emulated browsers (128)\n"
	       "  --items N       in the shop (1000)\n"
	       "  --images WHAT   all or none (all)\n"
	       "  --json\n", name, bench->seconds, bench->rounds);
}

/* Returns an exit status, or -1 to go on. */
static int parse(struct bench *bench, int argc, char **argv)
{
	static const struct option options[] = {
		{ "mix", required_argument, NULL, 'm' },
		{ "seconds", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "browsers", required_argument, NULL, 'b' },
		{ "items", required_argument, NULL, 'i' },
		{ "images", required_argument, NULL, 'g' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			bench->mix = optarg;
			break;
		case 's':
			bench->seconds = atoi(optarg);
			break;
		case 'r':
			bench->rounds = atoi(optarg);
			break;
		case 'b':
			bench->browsers = atoi(optarg);
			break;
		case 'i':
			bench->items = atoi(optarg);
			break;
		case 'g':
			bench->images = optarg;
			break;
		case 'j':
			bench->json = true;
			break;
		case 'h':
			usage(bench, argv[0]);
			return 0;
		default:
			return 2;
		}
	}
	if (is_word(bench->mix) && is_word(bench->images) &&
	    bench->rounds >= 1 && bench->rounds <= ROUNDS_MAX &&
	    bench->seconds >= 1 && optind == argc)
		return -1;
	fprintf(stderr, "sluice bench %s: takes 1 to %d rounds of at least"
		" 1 second, and words for --mix and --images\n", argv[0],
		ROUNDS_MAX);
	return 2;
}

/* The peer stands beside us in the build. */
static bool find_peer(struct bench *bench)
{
	ssize_t n = readlink("/proc/self/exe", bench->self, PATH_MAX - 1);
	char folder[PATH_MAX];

	if (n < 0)
		return false;
	snprintf(folder, sizeof(folder), "%s", bench->self);
	n = snprintf(bench->peer, sizeof(bench->peer), "%s/sluice-blocking",
		     dirname(folder));
	return n < (ssize_t)sizeof(bench->peer) && !access(bench->peer, X_OK);
}

int sl_bench_plans(int argc, char **argv)
{
	struct bench bench = { .seconds = 5, .warmup = 1, .rounds = 5,
			       .browsers = 128, .items = 1000,
			       .mix = "ordering", .images = "all" };
	int status = parse(&bench, argc, argv);

	if (status >= 0)
		return status;
	if (!find_peer(&bench)) {
		fprintf(stderr, "sluice bench plans: no %s; build it with"
			" make\n", bench.peer);
		return 1;
	}
	return compare_plans(&bench);
}

int sl_bench_cuts(int argc, char **argv)
{
	struct bench bench = { .seconds = 4, .warmup = 1, .rounds = 3,
			       .browsers = 128, .items = 1000,
			       .mix = "ordering", .images = "all" };
	int status = parse(&bench, argc, argv);

	if (status >= 0)
		return status;
	find_peer(&bench);
	return compare_cuts(&bench);
}
