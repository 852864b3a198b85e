// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench profile: what it costs to be measured.
 *
 * The same chain of seven stages, by turns:
 *
 *   unmetered  by build/sluice-unmetered, whose executor counts and times
 *              nothing (bench/unmetered/sched/meter.h); all else is the same
 *   metered    by this program: counters, time of each call, samples of
 *              batches, timed waits
 *   sampled    and a thread looks at all queues 200 times a second, as
 *              sluice run does
 *
 * Both are processes that run a slice when they are asked to.  They are made
 * anew for each round, as where data come to lie in memory makes a difference
 * of some per cent.  Of a round's slices the fastest of each kind counts, for
 * what else the machine does can only slow one down; what is told is the median
 * of the rounds' ratios.
 */
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "bench/median.h"
#include "bench/profile.h"
#include "tools/command.h"

#define ROUNDS_MAX	SL_MEDIAN_MAX
#define GOAL		3.0	/* per cent */
#define TRIES		10	/* of a round, on average */

enum kind { UNMETERED, METERED, SAMPLED, KINDS };

/* A build of this program that serves slices. */
struct server {
	pid_t pid;
	FILE *to;
	FILE *from;
};

static const struct chain_case {
	const char *name;
	const char *word;
	u32 cores;
	u32 work_ns;
} cases[] = {
	{ "fused on one core, no work", "fused", 1, 0 },
	{ "fused on one core, 50 ns a stage", "fused_50", 1, 50 },
	{ "over two cores, no work", "two", 2, 0 },
	{ "over two cores, 50 ns a stage", "two_50", 2, 50 },
};

struct bench {
	int rounds;
	int slices;		/* of each kind, in a round */
	u32 slice_ms;
	bool json;
	const char *only;	/* a case, or NULL: all */
	char self[PATH_MAX];
	char peer[PATH_MAX];
	int count;
	double ns[KINDS][ROUNDS_MAX];	/* of each round's fastest slices */
};

static bool start(struct server *server, const char *program)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return false;
	server->pid = fork();
	if (!server->pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execl(program, program, "bench", "profile", "serve", NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	server->to = fdopen(to[1], "w");
	server->from = fdopen(from[0], "r");
	return server->pid > 0 && server->to && server->from;
}

static void end(struct server *server)
{
	fclose(server->to);
	fclose(server->from);
	waitpid(server->pid, NULL, 0);
}

static double ask(struct server *server, const struct chain_case *what,
		  const struct bench *bench, bool sampled)
{
	double ns;

	fprintf(server->to, SL_PROFILE_ASKS, what->cores, what->work_ns,
		bench->slice_ms, (u32)sampled);
	fflush(server->to);
	return fscanf(server->from, "%lf", &ns) == 1 ? ns : NAN;
}

static bool run_round(struct bench *bench, const struct chain_case *what)
{
	double best[KINDS] = { NAN, NAN, NAN };
	struct server servers[2];	/* without, with */
	int i, kind;

	if (!start(&servers[0], bench->peer) ||
	    !start(&servers[1], bench->self))
		return false;
	for (i = 0; i < bench->slices * KINDS; i++) {
		/* Nobody is always first. */
		kind = (i + i / KINDS) % KINDS;
		best[kind] = fmin(best[kind], ask(&servers[kind != UNMETERED],
						  what, bench,
						  kind == SAMPLED));
	}
	end(&servers[0]);
	end(&servers[1]);
	for (kind = 0; kind < KINDS; kind++)
		bench->ns[kind][bench->count] = best[kind];
	if (!isnan(best[UNMETERED] + best[METERED] + best[SAMPLED]))
		bench->count++;
	return true;
}

/* Per cent of time that this kind takes more than nothing does. */
static double cost(const struct bench *bench, enum kind kind)
{
	return 100 * (sl_median_ratio(bench->ns[kind], bench->ns[UNMETERED],
				      bench->count) - 1);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The first or the third quarter of the rounds ends there. */
static double quarter(const struct bench *bench, enum kind kind, int which)
{
	double ratio[ROUNDS_MAX] = { 0 };
	int i;

	for (i = 0; i < bench->count; i++)
		ratio[i] = bench->ns[kind][i] / bench->ns[UNMETERED][i];
	qsort(ratio, bench->count, sizeof(*ratio), compare);
	return 100 * (ratio[(bench->count - 1) * which / 4] - 1);
}

static void print(const struct bench *bench, const struct chain_case *what)
{
	double ns = sl_median(bench->ns[UNMETERED], bench->count);

	if (bench->json) {
		printf("{\"case\":\"%s\",\"rounds\":%d,\"unmetered_ns\":%.3f,"
		       "\"metered_ns\":%.3f,\"metered_percent\":%.2f,"
		       "\"sampled_percent\":%.2f,\"quarters\":[%.2f,%.2f]}",
		       what->word, bench->count, ns,
		       sl_median(bench->ns[METERED], bench->count),
		       cost(bench, METERED), cost(bench, SAMPLED),
		       quarter(bench, METERED, 1), quarter(bench, METERED, 3));
		return;
	}
	printf("%-34s %9.1f %+8.1f%% %+8.1f%%   %+.1f to %+.1f%%\n", what->name,
	       ns, cost(bench, METERED), cost(bench, SAMPLED),
	       quarter(bench, METERED, 1), quarter(bench, METERED, 3));
	fflush(stdout);
}

static bool is_wanted(const struct bench *bench, const struct chain_case *what)
{
	return !bench->only || !strcmp(bench->only, what->word);
}

static int run(struct bench *bench)
{
	const char *between = "";
	size_t i;
	int r;

	if (bench->json)
		printf("{\"slice_ms\":%u,\"goal_percent\":%.0f,\"cases\":[",
		       bench->slice_ms, GOAL);
	else
		printf("seven stages, time an event takes; goal: at most %.0f %%"
		       " more\n\n%-34s %9s %9s %9s   %s\n", GOAL, "chain", "ns",
		       "metered", "sampled", "half of the rounds, metered");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!is_wanted(bench, &cases[i]))
			continue;
		bench->count = 0;
		/* Rounds without an undisturbed slice are made up for. */
		for (r = 0; bench->count < bench->rounds; r++)
			if (r == TRIES * bench->rounds ||
			    !run_round(bench, &cases[i])) {
				fprintf(stderr, "sluice bench profile: cannot"
					" run, or others have the CPUs\n");
				return 1;
			}
		if (bench->json)
			printf("%s", between);
		print(bench, &cases[i]);
		between = ",";
	}
	if (bench->json)
		printf("]}\n");
	return 0;
}

/* The peer stands beside us in the build. */
static bool find_peer(struct bench *bench)
{
	ssize_t n = readlink("/proc/self/exe", bench->self, PATH_MAX - 1);
	char folder[PATH_MAX];

	if (n < 0)
		return false;
	snprintf(folder, sizeof(folder), "%s", bench->self);
	n = snprintf(bench->peer, sizeof(bench->peer), "%s/sluice-unmetered",
		     dirname(folder));
	return n < (ssize_t)sizeof(bench->peer) && !access(bench->peer, X_OK);
}

static bool is_known(const struct bench *bench)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (is_wanted(bench, &cases[i]))
			return true;
	return false;
}

/* Returns an exit status, or -1 to go on. */
static int parse(struct bench *bench, int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "slices", required_argument, NULL, 's' },
		{ "slice", required_argument, NULL, 'm' },
		{ "only", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			bench->rounds = atoi(optarg);
			break;
		case 's':
			bench->slices = atoi(optarg);
			break;
		case 'm':
			bench->slice_ms = atoi(optarg);
			break;
		case 'o':
			bench->only = optarg;
			break;
		case 'j':
			bench->json = true;
			break;
		case 'h':
			printf("usage: sluice bench profile [--rounds N (40)]"
			       " [--slices N (8)] [--slice MS (10)]"
			       " [--only CASE] [--json]\n\n"
			       "cases: fused, fused_50, two, two_50\n");
			return 0;
		default:
			return 2;
		}
	}
	if (bench->rounds >= 1 && bench->slices >= 1 &&
	    bench->rounds <= ROUNDS_MAX && bench->slices <= 1000 &&
	    bench->slice_ms >= 1 && bench->slice_ms <= 1000 && optind == argc &&
	    is_known(bench))
		return -1;
	fprintf(stderr, "sluice bench profile: 1 to %d rounds of 1 to 1000"
		" slices of 1 to 1000 ms, and a case that --help names\n",
		ROUNDS_MAX);
	return 2;
}

int sl_bench_profile(int argc, char **argv)
{
	static struct bench bench = { .rounds = 40, .slices = 8,
				      .slice_ms = 10 };
	int status;

	/* How it calls itself, and the peer. */
	if (argc == 2 && !strcmp(argv[1], "serve"))
		return sl_profile_serve();
	status = parse(&bench, argc, argv);
	if (status >= 0)
		return status;
	if (!find_peer(&bench)) {
		fprintf(stderr, "sluice bench profile: no %s; build it with"
			" make\n", bench.peer);
		return 1;
	}
	return run(&bench);
}
