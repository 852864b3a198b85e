// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench sim: does the simulator foretell what runs?
 *
 * pipelines/chain.yaml on two CPUs, in each contiguous cut and with several
 * costs of one stage.  Four runs calibrate it, and what they tell is all that
 * it learns:
 *
 *   everything on one CPU: what stages cost
 *   all but the sink on the first CPU: what a hop costs the caller's core
 *   all but the source on the second: what it costs the other one
 *   a cut with much work: what it costs to wake a core that fell asleep; how
 *     long that takes to run is measured (bench/wake.h), and so is the cost
 *     itself once more, which is told beside
 *
 * Everything else is foretold, from those and from the work that was asked
 * for, and compared.  Runs take turns; whatever else the machine does makes
 * a run slower and never faster, so the best one of each counts.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/err.h>

#include "bench/distance.h"
#include "bench/median.h"
#include "bench/wake.h"
#include "sim/sim.h"
#include "tools/command.h"

#define STAGES		7
#define IN_FLIGHT	512	/* of the source, by its type */
#define LINE_MAX	65536
#define LINE_PS		100	/* for what of a hop is fitted */
#define CLOCK_NS	30	/* what reading it twice adds to some work */

static const char *const stages[STAGES] = {
	"source", "s1", "s2", "s3", "s4", "s5", "sink"
};

struct plan {
	u32 cut;		/* stages on the first CPU */
	u32 worker;		/* the stage that has work to do */
	u32 work_ns;
};

/* The first ones are those that calibrate. */
#define CALIBRATE	4

static const struct plan all[] = {
	{ 7, 3, 0 }, { 6, 3, 0 }, { 1, 3, 0 }, { 3, 3, 2000 },
	{ 2, 3, 0 }, { 3, 3, 0 }, { 4, 3, 0 }, { 5, 3, 0 },
	{ 7, 3, 200 }, { 1, 3, 200 }, { 3, 3, 200 }, { 4, 3, 200 },
	{ 6, 3, 200 },
	{ 2, 1, 500 }, { 4, 1, 500 }, { 4, 5, 500 }, { 6, 5, 500 },
	{ 2, 3, 2000 }, { 4, 3, 2000 }, { 7, 3, 1000 }, { 5, 3, 1000 },
};

#define PLANS	ARRAY_SIZE(all)

struct bench {
	double seconds;
	u32 rounds;
	bool json;
	char self[4096];
	double real[PLANS][SL_MEDIAN_MAX];
	double service_ns[PLANS][STAGES];
	double distance[SL_MEDIAN_MAX];
	double stage_ns;	/* of a stage's event, by calibration, */
	double source_ns;
	double hop_ns[2];	/* of a hop there and back, for each side, */
	double wake_ns;		/* and of waking a core; */
	double probed_ns[SL_MEDIAN_MAX];	/* that by measurement, */
	double rouse_ns[SL_MEDIAN_MAX];		/* and until it runs */
};

static double number_after(const char *at, const char *key)
{
	at = at ? strstr(at, key) : NULL;
	return at ? strtod(at + strlen(key), NULL) : NAN;
}

static void read_stages(struct bench *b, u32 plan, const char *line)
{
	char name[32];
	u32 i;

	for (i = 0; i < STAGES; i++) {
		const char *at;

		snprintf(name, sizeof(name), "\"name\":\"%s\"", stages[i]);
		at = strstr(line, name);
		b->service_ns[plan][i] = number_after(at, "\"service_ns\":");
	}
}

/* Events a second that a real run let through; NAN if it failed. */
static double run_real(struct bench *b, u32 plan)
{
	const struct plan *p = &all[plan];
	char command[8192], *line = malloc(LINE_MAX);
	double rate = NAN;
	FILE *pipe;
	u32 i;
	int n;

	if (!line)
		return NAN;
	n = snprintf(command, sizeof(command), "'%s' run pipelines/chain.yaml"
		     " --seconds %g --json --set pipeline=bench_sim"
		     " --set %s.work=%uns", b->self, b->seconds,
		     stages[p->worker], p->work_ns);
	for (i = 0; i < STAGES; i++)
		n += snprintf(command + n, sizeof(command) - n,
			      " --set %s.core=%d", stages[i], i >= p->cut);
	snprintf(command + n, sizeof(command) - n, " 2>/dev/null");
	pipe = popen(command, "r");
	if (pipe && fgets(line, LINE_MAX, pipe)) {
		rate = number_after(strstr(line, "\"name\":\"sink\""),
				    "\"events_per_s\":");
		read_stages(b, plan, line);
	}
	if (pipe && pclose(pipe))
		rate = NAN;
	free(line);
	return rate;
}

static void fill(const struct bench *b, const struct plan *p,
		 struct sl_planner_snapshot *s)
{
	u32 i;

	memset(s, 0, sizeof(*s));
	sl_planner_cores(s, 1, 2, LINE_PS, LINE_PS);
	s->stage_count = STAGES;
	s->edge_count = STAGES - 1;
	s->in_flight = IN_FLIGHT;
	s->placed = true;
	/* All that a hop costs, by side, as if it were lines received. */
	s->costs.receive_share = SL_PLANNER_ONE;
	for (i = 0; i < STAGES; i++) {
		bool last = i + 1 == STAGES;

		s->stage[i] = (struct sl_planner_stage){
			.event_ps = (i ? b->stage_ns : b->source_ns) * 1e3,
			.batch = 64 * 16,
			.visits = SL_PLANNER_ONE * (last ? 1 : 2),
		};
		/* Work is done on requests, half of what a stage takes. */
		if (i == p->worker && p->work_ns)
			s->stage[i].event_ps += (p->work_ns + CLOCK_NS) * 1e3 /
						(last ? 1 : 2);
		s->on[i] = i < p->cut ? 1 : 2;
		if (last)
			break;
		s->edge[i] = (struct sl_planner_edge){
			.left = i, .right = i + 1,
			.requests = SL_PLANNER_ONE, .replies = SL_PLANNER_ONE,
			.request_lines = b->hop_ns[1] * 1e3 / LINE_PS,
			.reply_lines = b->hop_ns[0] * 1e3 / LINE_PS,
			.fuse = true,
		};
	}
}

static double run_simulated(const struct bench *b, const struct plan *p)
{
	static struct sl_planner_snapshot s;
	struct sl_sim_config config;
	struct sl_sim_result *r;
	double rate = NAN;

	fill(b, p, &s);
	sl_sim_defaults(&config, &s);
	config.in_flight = IN_FLIGHT;
	config.wake_ns = b->wake_ns;
	config.rouse_ns = sl_median(b->rouse_ns, b->rounds);
	config.seconds = 0.02;
	config.warmup_s = 0.002;
	r = sl_sim_run(&config);
	if (!IS_ERR(r)) {
		rate = r->rate;
		sl_sim_free(r);
	}
	return rate;
}

/* Sets a cost so that the simulation is as fast as what was measured. */
static void fit(const struct bench *b, double *cost, const struct plan *p,
		double rate, double high)
{
	double low = 0;
	u32 i;

	for (i = 0; i < 16; i++) {
		*cost = (low + high) / 2;
		if (run_simulated(b, p) > rate)
			low = *cost;
		else
			high = *cost;
	}
}

/* Of a plan's runs, the one that was disturbed least. */
static double best_of(const struct bench *b, u32 plan)
{
	double best = 0;
	u32 i;

	for (i = 0; i < b->rounds; i++)
		best = fmax(best, b->real[plan][i]);
	return best;
}

/* What stages cost in proportion is told; that it adds up is made sure of. */
static void calibrate(struct bench *b)
{
	double alone = best_of(b, 0);
	double events = 2 * STAGES - 1, source = b->service_ns[0][0], sum = 0;
	u32 i;

	for (i = 0; i < STAGES; i++)
		sum += b->service_ns[0][i] * (i + 1 < STAGES ? 2 : 1);
	b->source_ns = source / sum * 1e9 / alone;
	b->stage_ns = (1e9 / alone - 2 * b->source_ns) / (events - 2);
	fit(b, &b->hop_ns[0], &all[1], best_of(b, 1), 400);
	fit(b, &b->hop_ns[1], &all[2], best_of(b, 2), 400);
	fit(b, &b->wake_ns, &all[3], best_of(b, 3), 100000);
}

static int measure(struct bench *b)
{
	u32 round, i;

	for (round = 0; round < b->rounds; round++) {
		struct sl_wake wake;

		b->distance[round] = sl_distance_probe(0, 1);
		if (sl_wake_probe(0, 1, &wake)) {
			fprintf(stderr, "sluice bench sim: the CPUs have too"
				" much else to do to measure waking\n");
			return 1;
		}
		b->probed_ns[round] = wake.cost_ns;
		b->rouse_ns[round] = wake.delay_ns;
		for (i = 0; i < PLANS; i++) {
			b->real[i][round] = run_real(b, i);
			if (isnan(b->real[i][round])) {
				fprintf(stderr, "sluice bench sim: a run of"
					" pipelines/chain.yaml failed\n");
				return 1;
			}
		}
	}
	return 0;
}

static void tell(const struct bench *b)
{
	double error[PLANS], worst = 0;
	u32 i, good = 0;

	if (b->json)
		printf("{\"seconds\":%g,\"rounds\":%u,\"distance_ns\":%.0f,"
		       "\"stage_ns\":%.2f,\"source_ns\":%.2f,\"hop_left_ns\":%.2f,\"hop_right_ns\":%.2f,"
		       "\"wake_ns\":%.0f,\"wake_probed_ns\":%.0f,\"rouse_ns\":%.0f,"
		       "\"plans\":[", b->seconds, b->rounds,
		       sl_median(b->distance, b->rounds), b->stage_ns,
		       b->source_ns, b->hop_ns[0], b->hop_ns[1], b->wake_ns,
		       sl_median(b->probed_ns, b->rounds),
		       sl_median(b->rouse_ns, b->rounds));
	else
		printf("%u rounds of %g s; a line's round trip %.0f ns; a"
		       " stage %.1f ns, the source %.1f ns, a hop there and"
		       " back %.1f and %.1f ns, waking %.0f ns (measured: %.0f, and %.0f until it runs)\n%-10s %-14s %12s %12s %8s\n", b->rounds,
		       b->seconds, sl_median(b->distance, b->rounds),
		       b->stage_ns, b->source_ns, b->hop_ns[0], b->hop_ns[1], b->wake_ns,
		       sl_median(b->probed_ns, b->rounds),
		       sl_median(b->rouse_ns, b->rounds), "cut", "work",
		       "real", "simulated", "error");
	for (i = 0; i < PLANS; i++) {
		double real = best_of(b, i);
		double simulated = run_simulated(b, &all[i]);
		char work[32];

		error[i] = simulated / real - 1;
		snprintf(work, sizeof(work), "%s %u ns", stages[all[i].worker],
			 all[i].work_ns);
		if (b->json)
			printf("%s{\"cut\":%u,\"worker\":\"%s\",\"work_ns\":%u,"
			       "\"real\":%.0f,\"simulated\":%.0f,\"error\":%.4f,"
			       "\"calibrates\":%s}", i ? "," : "", all[i].cut,
			       stages[all[i].worker], all[i].work_ns, real,
			       simulated, error[i], i < CALIBRATE ? "true" : "false");
		else
			printf("%u on cpu0%1s %-14s %12.0f %12.0f %+7.1f%%%s\n",
			       all[i].cut, "", all[i].work_ns ? work : "none",
			       real, simulated, 100 * error[i],
			       i < CALIBRATE ? "  calibrates" : "");
		error[i] = fabs(error[i]);
		if (i < CALIBRATE)
			continue;
		worst = fmax(worst, error[i]);
		good += error[i] <= 0.1;
	}
	if (b->json)
		printf("],\"median_error\":%.4f,\"worst_error\":%.4f,"
		       "\"within_10\":%.4f}\n", sl_median(error + CALIBRATE, PLANS - CALIBRATE),
		       worst, (double)good / (PLANS - CALIBRATE));
	else
		printf("held out: median error %.1f %%, worst %.1f %%, %u of"
		       " %zu within 10 %%\n", 100 * sl_median(error + CALIBRATE,
		       PLANS - CALIBRATE), 100 * worst, good, PLANS - CALIBRATE);
}

int sl_bench_sim(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 't' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct bench b = { .seconds = 1, .rounds = 3 };
	ssize_t n = readlink("/proc/self/exe", b.self, sizeof(b.self) - 1);
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 't':
			b.seconds = strtod(optarg, NULL);
			break;
		case 'r':
			b.rounds = atoi(optarg);
			break;
		case 'j':
			b.json = true;
			break;
		case 'h':
			printf("usage: sluice bench sim [--seconds N (1)]"
			       " [--rounds N (3)] [--json]\n");
			return 0;
		default:
			return 2;
		}
	}
	if (n < 0 || !(b.seconds > 0 && b.seconds <= 60) || b.rounds < 1 ||
	    b.rounds > SL_MEDIAN_MAX || optind != argc) {
		fprintf(stderr, "sluice bench sim: takes 1 to %d rounds of up"
			" to 60 s\n", SL_MEDIAN_MAX);
		return 2;
	}
	if (measure(&b))
		return 1;
	calibrate(&b);
	tell(&b);
	return 0;
}
