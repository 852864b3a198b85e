// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench crossover: when does a pipeline beat run-to-completion?
 *
 * Two stages, each with some work per event and a table of its own, under
 * three plans: both fused on one core, one stage a core, and both fused on
 * each of two cores.  Work per stage goes down, state across; whether the
 * CPUs are near or far is measured around each slice.  The plans take turns.
 *
 * Of stages that can only be in one place (serial ones), the first and second
 * plan are all there are: fuse or split.  Where they can be replicated, the
 * third is what the second has to beat.
 *
 * With --scheduler the scheduler is given the same stages, one of each, and
 * once more in two lanes, and time to find a plan; what it has found takes
 * turns with the others.
 */
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "bench/crossover.h"
#include "bench/median.h"
#include "bench/slice.h"
#include "sched/pipeline.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/command.h"

#define IN_FLIGHT	1024 /* events, all in all */
#define SLOTS		4096
#define WARM_NS		8000000
#define PREEMPTIONS	4 /* of a slice that counts */
#define TRIES		8
#define STATE_BYTES_MAX (4u << 20)

static const u32 works[CROSSOVER_WORKS] = { 0, 50, 100, 200, 500, 1000, 2000 };
static const struct crossover_kind kinds[CROSSOVER_KINDS] = {
	{ "none", 0, false },
	{ "256K read", 256, false },
	{ "1M read", 1024, false },
	{ "2M read", 2048, false },
	{ "4M read", 4096, false },
	{ "16K written", 16, true },
	{ "256K written", 256, true },
	{ "2M written", 2048, true },
};

struct bench {
	int rounds;
	int slice_ms;
	int cpu[2];
	double step_ns;
	u64 *table[2]; /* of the two stages */
	struct crossover_work work[2];
	int disturbed; /* slices that were done again */
	double choose_s; /* that the scheduler has; 0: it is not asked */
	struct crossover_choice choice[2]; /* in this case, without and with lanes */
};

static struct sl_source_options source_options = { .flows = 1 };

/* Which CPUs a stage is on under a plan, as bits. */
static u32 on(const struct bench *b, enum crossover_plan how, u32 stage)
{
	switch (how) {
	case CROSSOVER_CHOSEN:
	case CROSSOVER_CHOSEN_LANES:
		return b->choice[how - CROSSOVER_CHOSEN].on[stage];
	case CROSSOVER_COMPLETE:
		return 3;
	default:
		return how == CROSSOVER_SPLIT && stage == 2 ? 2 : 1;
	}
}

static void set_work(struct bench *b, u32 work_ns,
		     const struct crossover_kind *kind,
		     enum crossover_plan plan)
{
	int i;

	for (i = 0; i < 2; i++)
		b->work[i] = (struct crossover_work){
			.steps = work_ns / b->step_ns,
			.written = kind->written,
			.atomic = on(b, plan, 1 + i) == 3,
			.state = { b->table[i], kind->kib * 1024 / 64 },
		};
}

static void make_graph(struct bench *b, struct sl_graph *graph)
{
	sl_graph_init(graph, "crossover");
	graph->ring_slots = SLOTS;
	sl_graph_add(graph, "source", &sl_source_stage, &source_options);
	sl_graph_add(graph, "first", &crossover_first_stage, &b->work[0]);
	sl_graph_add(graph, "last", &crossover_last_stage, &b->work[1]);
	sl_graph_join(graph, 0, 1);
	sl_graph_join(graph, 1, 2);
	graph->stage[0].events = IN_FLIGHT;
}

static struct sl_pipeline *make(struct bench *b, enum crossover_plan how)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	u16 cpus[] = { b->cpu[0], b->cpu[1] };
	u32 i;

	make_graph(b, &graph);
	for (i = 0; i < graph.stage_count; i++) {
		struct sl_graph_stage *stage = &graph.stage[i];
		u32 bits = on(b, how, i);

		stage->place_count = bits == 3 ? 2 : 1;
		stage->place[0].cpu = cpus[bits == 2];
		stage->place[1].cpu = cpus[1];
	}
	graph.stage[0].events /= graph.stage[0].place_count;
	if (sl_plan_make(&plan, &graph, cpus, 2))
		return NULL;
	return sl_pipeline_open(&graph, &plan, NULL);
}

static long preemptions(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return use.ru_nivcsw;
}

/* Events answered so far, by all sources. */
static u64 answered(struct sl_pipeline *p, u32 sources)
{
	struct sl_source_result result;
	u64 sum = 0;
	u32 i;

	for (i = 0; i < sources; i++) {
		sl_source_result(sl_pipeline_stage(p, i), &result);
		sum += result.answered;
	}
	return sum;
}

/* Events a second under one plan; NAN if it was disturbed. */
static double measure_once(struct bench *b, enum crossover_plan how)
{
	struct timespec slice = { 0, b->slice_ms * 1000000 };
	struct timespec warm = { 0, WARM_NS };
	u32 sources = on(b, how, 0) == 3 ? 2 : 1;
	struct sl_pipeline *p = make(b, how);
	u64 start, end, before, after;
	long preempted;

	if (IS_ERR_OR_NULL(p))
		return NAN;
	if (sl_pipeline_start(p)) {
		sl_pipeline_close(p);
		return NAN;
	}
	nanosleep(&warm, NULL);
	preempted = preemptions();
	before = answered(p, sources);
	start = ktime_get_ns();
	nanosleep(&slice, NULL);
	after = answered(p, sources);
	end = ktime_get_ns();
	preempted = preemptions() - preempted;
	sl_pipeline_stop(p, 0);
	sl_pipeline_close(p);
	if (preempted > PREEMPTIONS || after == before)
		return NAN;
	return (after - before) * 1e9 / (end - start);
}

static double measure(struct bench *b, enum crossover_plan how)
{
	double rate = NAN;
	int i;

	for (i = 0; i < TRIES && isnan(rate); i++)
		rate = measure_once(b, how);
	b->disturbed += i - 1;
	return rate;
}

/* What the rounds of one cell gave, by distance. */
struct cell {
	int count[SL_DISTANCES];
	double rate[SL_DISTANCES][CROSSOVER_PLANS][SL_MEDIAN_MAX];
};

static void round_of(struct bench *b, u32 work_ns,
		     const struct crossover_kind *kind, struct cell *cell,
		     int round)
{
	double before = sl_distance_probe(b->cpu[0], b->cpu[1]);
	enum sl_distance where = sl_distance_class(before);
	double rate[CROSSOVER_PLANS];
	int plans = b->choose_s > 0 ? CROSSOVER_PLANS : CROSSOVER_CHOSEN;
	bool whole = true;
	int i;

	for (i = 0; i < plans; i++) {
		/* Nobody is always first. */
		enum crossover_plan how = (i + round) % plans;

		set_work(b, work_ns, kind, how);
		rate[how] = measure(b, how);
		whole &= !isnan(rate[how]);
	}
	if (!whole || where != sl_distance_class(
				       sl_distance_probe(b->cpu[0], b->cpu[1])))
		return;
	for (i = 0; i < plans; i++)
		cell->rate[where][i][cell->count[where]] = rate[i];
	cell->count[where]++;
}

static void sum_up(const struct cell *cell, struct crossover_result *result,
		   int work, int kind)
{
	int d, i;

	for (d = 0; d < SL_DISTANCES; d++) {
		const double(*rate)[SL_MEDIAN_MAX] = cell->rate[d];
		int n = cell->count[d];
		enum crossover_plan better;

		if (!n)
			continue;
		result->met[d] = true;
		for (i = 0; i < CROSSOVER_PLANS; i++)
			result->rate[d][work][kind][i] = sl_median(rate[i], n);
		result->ratio[d][work][kind][0] = sl_median_ratio(
			rate[CROSSOVER_SPLIT], rate[CROSSOVER_ONE], n);
		result->ratio[d][work][kind][1] = sl_median_ratio(
			rate[CROSSOVER_SPLIT], rate[CROSSOVER_COMPLETE], n);
		better = result->ratio[d][work][kind][0] > 1 ? CROSSOVER_SPLIT :
							       CROSSOVER_ONE;
		if (!result->scheduled)
			continue;
		result->ratio[d][work][kind][2] = sl_median_ratio(
			rate[CROSSOVER_CHOSEN], rate[better], n);
		if (result->rate[d][work][kind][CROSSOVER_COMPLETE] >
		    result->rate[d][work][kind][better])
			better = CROSSOVER_COMPLETE;
		result->ratio[d][work][kind][3] = sl_median_ratio(
			rate[CROSSOVER_CHOSEN_LANES], rate[better], n);
	}
}

/* Returns whether the scheduler has a plan, or is not asked. */
static bool choose(struct bench *b, u32 work_ns,
		   const struct crossover_kind *kind)
{
	static struct sl_graph graph;
	const u16 cpus[] = { b->cpu[0], b->cpu[1] };
	u32 round_ps = sl_distance_probe(b->cpu[0], b->cpu[1]) * 1000;
	u32 lanes;

	for (lanes = 0; b->choose_s > 0 && lanes <= 2; lanes += 2) {
		/* In two places at once it is prepared for that. */
		set_work(b, work_ns, kind,
			 lanes ? CROSSOVER_COMPLETE : CROSSOVER_ONE);
		make_graph(b, &graph);
		if (crossover_choose(&graph, cpus, round_ps, lanes,
				     b->choose_s, &b->choice[lanes / 2]))
			return false;
	}
	return true;
}

static void measure_all(struct bench *b, struct crossover_result *result)
{
	static struct cell cell;
	int w, k, r;

	for (w = 0; w < CROSSOVER_WORKS; w++) {
		for (k = 0; k < CROSSOVER_KINDS; k++) {
			memset(&cell, 0, sizeof(cell));
			if (!choose(b, works[w], &kinds[k]))
				continue;
			for (r = 0; r < b->rounds; r++)
				round_of(b, works[w], &kinds[k], &cell, r);
			sum_up(&cell, result, w, k);
		}
	}
}

static int make_tables(struct bench *b)
{
	int i;

	for (i = 0; i < 2; i++) {
		b->table[i] = mmap(NULL, STATE_BYTES_MAX,
				   PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (b->table[i] == MAP_FAILED)
			return -ENOMEM;
		/* It is caches that matter here, not address translation. */
		madvise(b->table[i], STATE_BYTES_MAX, MADV_HUGEPAGE);
		memset(b->table[i], 1, STATE_BYTES_MAX);
	}
	return 0;
}

static void usage(FILE *out)
{
	fprintf(out,
		"usage: sluice bench crossover [OPTION]...\n"
		"\n"
		"  --rounds N    slices of each plan in each case (5)\n"
		"  --slice MS    length of a slice (25)\n"
		"  --scheduler S the scheduler chooses in each case, for S seconds\n"
		"  --svg FILE    draw the chart there as well\n"
		"  --json        one JSON object instead of the tables\n");
}

static int run(struct bench *b, const char *svg, bool json)
{
	static struct crossover_result result;

	/* Cores that always have work would never let this thread run again. */
	if (sched_getscheduler(0) != SCHED_OTHER) {
		fprintf(stderr, "sluice bench crossover: would lock the"
				" machine up at a real-time priority; run it without"
				" chrt\n");
		return 1;
	}
	if (!sl_slice_cpus(b->cpu)) {
		fprintf(stderr, "sluice bench crossover: needs two CPUs\n");
		return 1;
	}
	if (make_tables(b)) {
		fprintf(stderr, "sluice bench crossover: no memory\n");
		return 1;
	}
	b->step_ns = crossover_step_ns();
	memcpy(result.work_ns, works, sizeof(works));
	memcpy(result.kind, kinds, sizeof(kinds));
	result.rounds = b->rounds;
	result.scheduled = b->choose_s > 0;
	measure_all(b, &result);
	if (json)
		crossover_json(&result);
	else
		crossover_print(&result);
	if (b->disturbed && !json)
		printf("%d slices were disturbed and done again\n",
		       b->disturbed);
	return svg && crossover_chart(&result, svg);
}

int sl_bench_crossover(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "slice", required_argument, NULL, 's' },
		{ "scheduler", required_argument, NULL, 'S' },
		{ "svg", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct bench bench = { .rounds = 5, .slice_ms = 25 };
	const char *svg = NULL;
	bool json = false, asked = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			bench.rounds = atoi(optarg);
			break;
		case 's':
			bench.slice_ms = atoi(optarg);
			break;
		case 'S':
			bench.choose_s = strtod(optarg, NULL);
			asked = true;
			break;
		case 'c':
			svg = optarg;
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
	if (optind != argc || bench.rounds < 1 ||
	    bench.rounds > SL_MEDIAN_MAX || bench.slice_ms < 1 ||
	    bench.slice_ms > 900 || (asked && !(bench.choose_s > 0)) ||
	    bench.choose_s > 60) {
		usage(stderr);
		return 2;
	}
	return run(&bench, svg, json);
}
