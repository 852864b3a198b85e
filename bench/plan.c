// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench plan: how good the planner is, and dispatch.
 *
 *   plans     random chains of seven stages: the planner's rate over that of
 *             the best plan (plan_best.h says of which plans), or over a bound
 *             that no plan can exceed where that settles it
 *   frames    the load that one core stands, seven stages on it, of what it
 *             could do if changing from queue to queue cost nothing: where
 *             dispatch decides all, beside what nothing can exceed; in turns,
 *             as the executor; and with a choice for each event
 *   recovery  a stage becomes slow; the time until the 99th percentile of
 *             latency is below twice what it is with the best plan, for good
 *   calm      changes of the plan a second, when only measurements vary
 *   time      what a look of the planner takes
 *
 * All but the last is of simulated machines, so it is the same each time.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/err.h>

#include "bench/median.h"
#include "bench/plan_best.h"
#include "bench/plan_random.h"
#include "bench/plan_trial.h"
#include "tools/command.h"

#define SEARCH_MAX	5000000	/* steps of a search: a second or two */
#define RECOVERIES	5	/* chains whose bottleneck moves */
#define TIMED		9	/* plans of which the time is the median */

struct quality {
	u32 count, good, bad, by_bound, unfinished;
	double worst, sum;
};

static double share_of_best(struct sl_plan_bench *b, u32 groups, struct quality *q)
{
	static struct sl_plan_best best;
	u64 bound = sl_plan_bound(&b->s);

	if (b->plan.rate >= 0.95 * bound) {
		q->by_bound++;
		return min(1.0, (double)b->plan.rate / bound);
	}
	sl_plan_search(&b->s, b->scratch, groups, b->plan.rate, SEARCH_MAX,
		       &best);
	q->unfinished += !best.complete;
	return (double)b->plan.rate / best.rate;
}

static int plans(struct sl_plan_bench *b, u32 chains, u32 groups, u32 cores,
		 struct quality *q)
{
	u64 seed = b->seed;
	u32 i;

	*q = (struct quality){ .worst = 1 };
	for (i = 0; i < chains; i++) {
		double share;

		sl_plan_random(&b->s, SL_PLAN_STAGES, groups, cores, &seed);
		if (sl_planner_make(&b->s, b->scratch, &b->plan))
			return -EINVAL;
		share = share_of_best(b, groups, q);
		q->count++;
		q->good += share >= 0.95;
		q->bad += share < 0.85;
		q->sum += share;
		q->worst = min(q->worst, share);
	}
	return 0;
}

/* Microseconds that the planner takes for a chain; the median of several. */
static double time_of(struct sl_plan_bench *b, u32 stages, u32 groups, u32 cores)
{
	double us[TIMED];
	u64 seed = b->seed;
	u32 i;

	for (i = 0; i < TIMED; i++) {
		struct timespec from, to;

		sl_plan_random(&b->s, stages, groups, cores, &seed);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		sl_planner_make(&b->s, b->scratch, &b->plan);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		us[i] = (to.tv_sec - from.tv_sec) * 1e6 +
			(to.tv_nsec - from.tv_nsec) / 1e3;
	}
	return sl_median(us, TIMED);
}

static int tell_plans(struct sl_plan_bench *b, u32 chains, u32 groups, u32 cores)
{
	struct quality q;

	if (plans(b, chains, groups, cores, &q))
		return 1;
	if (b->json)
		printf("{\"case\":\"plans\",\"machine\":\"%ux%u\",\"chains\":%u,"
		       "\"good\":%.4f,\"bad\":%u,\"worst\":%.4f,\"mean\":%.4f,"
		       "\"by_bound\":%u,\"unfinished\":%u},\n", groups, cores,
		       q.count, (double)q.good / q.count, q.bad, q.worst,
		       q.sum / q.count, q.by_bound, q.unfinished);
	else
		printf("plans, %ux%u cores: %u chains, %.1f %% of them at 95 %%"
		       " of the best or above, %u below 85 %%; worst %.1f %%,"
		       " mean %.2f %%\n  %u settled by the bound, %u by search,"
		       " %u of these unfinished\n", groups, cores, q.count,
		       100.0 * q.good / q.count, q.bad, 100 * q.worst,
		       100 * q.sum / q.count, q.by_bound, q.count - q.by_bound,
		       q.unfinished);
	fflush(stdout);
	return 0;
}

static void tell_frames(struct sl_plan_bench *b)
{
	static const double service_ns[] = { 100, 200, 400, 800 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(service_ns); i++) {
		double frames, turns, each, bound;

		sl_plan_one_core(b, service_ns[i]);
		frames = sl_plan_stable(b, SL_SIM_FRAMES);
		turns = sl_plan_stable(b, SL_SIM_TURNS);
		each = sl_plan_stable(b, SL_SIM_EACH);
		bound = sl_plan_stable_bound(b);
		if (b->json)
			printf("{\"case\":\"frames\",\"service_ns\":%.0f,"
			       "\"frames\":%.4f,\"bound\":%.4f,"
			       "\"turns\":%.4f,\"each\":%.4f},\n",
			       service_ns[i], frames, bound, turns, each);
		else
			printf("frames, %4.0f ns a stage, %d ns a change, %d"
			       " slots: stands %.1f %% of what it could without"
			       " changes; no order can more than %.1f %%; in"
			       " turns %.1f %%, choosing for each event %.1f %%\n",
			       service_ns[i], SL_PLAN_SWITCH_NS, SL_PLAN_SLOTS,
			       100 * frames, 100 * bound, 100 * turns,
			       100 * each);
		fflush(stdout);
	}
}

static void tell_recovery(struct sl_plan_bench *b)
{
	static const double look_s[] = { 0.01, 0.03, 0.1 };
	u64 seed = b->seed;
	struct sl_plan_recovery r = { 0 };
	u32 tried, i, found = 0, slow;
	double rate;

	for (tried = 0; tried < 300 && found < RECOVERIES; tried++) {
		/* Fast chains are the same in small, and take long. */
		if (!sl_plan_load(b, &seed, &rate, &slow) || rate > 5e5)
			continue;
		found++;
		for (i = 0; i < ARRAY_SIZE(look_s); i++) {
			if (sl_plan_recover(b, look_s[i], rate, slow, &r))
				continue;
			if (b->json)
				printf("{\"case\":\"recovery\",\"look_ms\":%.0f,"
				       "\"events_per_s\":%.0f,\"steady_us\":%.1f,"
				       "\"worst_us\":%.1f,\"back_ms\":%.0f,"
				       "\"changes\":%u},\n", look_s[i] * 1e3,
				       rate, r.steady_us, r.worst_us, r.ms,
				       r.changes);
			else
				printf("recovery, %3.0f ms a look, %.0f events/s:"
				       " p99 %.0f us, at worst %.0f us, back"
				       " after %.0f ms, %u changes\n",
				       look_s[i] * 1e3, rate, r.steady_us,
				       r.worst_us, r.ms, r.changes);
			fflush(stdout);
		}
	}
}

static int tell_calm(struct sl_plan_bench *b)
{
	static const double noise[] = { 0.05, 0.2 };
	struct sl_plan_calm calm;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(noise); i++) {
		if (sl_plan_stay(b, SL_PLAN_CALM_CHAINS, noise[i], &calm))
			return 1;
		if (b->json)
			printf("{\"case\":\"calm\",\"noise\":%.2f,"
			       "\"seconds\":%.0f,\"changes_per_s\":%.4f,"
			       "\"most_per_s\":%.4f},\n", noise[i], calm.seconds,
			       calm.changes / calm.seconds, calm.most / SL_PLAN_CALM_S);
		else
			printf("calm, errors of %.0f %%: %.3f changes a second,"
			       " of one chain at most %.2f, in %.0f s of %d"
			       " chains\n", 100 * noise[i],
			       calm.changes / calm.seconds, calm.most / SL_PLAN_CALM_S,
			       calm.seconds, SL_PLAN_CALM_CHAINS);
		fflush(stdout);
	}
	return 0;
}

static void tell_time(struct sl_plan_bench *b)
{
	static const u32 stages[] = { 7, 30, 128 };
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(stages); i++)
		for (k = 0; k < 2; k++) {
			u32 groups = k ? 4 : 2, cores = k ? 8 : 4;
			double us = time_of(b, stages[i], groups, cores);
			bool last = i + 1 == ARRAY_SIZE(stages) && k;

			if (b->json)
				printf("{\"case\":\"time\",\"stages\":%u,"
				       "\"machine\":\"%ux%u\",\"us\":%.0f}%s\n",
				       stages[i], groups, cores, us,
				       last ? "" : ",");
			else
				printf("time, %3u stages on %ux%u cores: %.0f"
				       " us\n", stages[i], groups, cores, us);
			fflush(stdout);
		}
}

static int run(struct sl_plan_bench *b)
{
	b->scratch = malloc(sl_planner_scratch_bytes());
	if (!b->scratch)
		return 1;
	if (b->json)
		printf("{\"seed\":%llu,\"cases\":[\n",
		       (unsigned long long)b->seed);
	if (tell_plans(b, b->chains, 2, 4) ||
	    tell_plans(b, b->chains, 4, 8))
		return 1;
	tell_frames(b);
	tell_recovery(b);
	if (tell_calm(b))
		return 1;
	tell_time(b);
	if (b->json)
		printf("]}\n");
	free(b->scratch);
	return 0;
}

int sl_bench_plan(int argc, char **argv)
{
	static const struct option options[] = {
		{ "chains", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct sl_plan_bench b = { .seed = 1, .chains = 400 };
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			b.chains = atoi(optarg);
			break;
		case 's':
			b.seed = strtoull(optarg, NULL, 10);
			break;
		case 'j':
			b.json = true;
			break;
		case 'h':
			printf("usage: sluice bench plan [--chains N (400)]"
			       " [--seed N (1)] [--json]\n");
			return 0;
		default:
			return 2;
		}
	}
	if (b.chains < 1 || b.chains > 100000 || optind != argc) {
		fprintf(stderr, "sluice bench plan: takes 1 to 100000 chains\n");
		return 2;
	}
	return run(&b);
}
