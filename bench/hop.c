// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench hop: what it costs to hand an event to the next stage.
 *
 * The stages do next to nothing, so what remains is the executor.
 *
 *   fused  a chain of 8 stages on one core against one of 2: the difference
 *          per event and hop, there and back
 *   ring   two stages on two cores, both saturated, against the same two
 *          fused on one: the processor time that crossing adds per event and
 *          hop.  An event crosses twice, and two cores work for it meanwhile,
 *          so that is (2 x split - fused) / 2
 *
 * Slices are short, and one in which threads were preempted more than a few
 * times is done again, for it would measure somebody else.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "bench/distance.h"
#include "bench/median.h"
#include "sched/pipeline.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/command.h"

#define LONG_CHAIN	7	/* pass stages; SL_ROUTE_MAX calls at most */
#define ROUNDS_MAX	SL_MEDIAN_MAX
#define SLOTS		4096
/* In a slice; this thread's own waking is one, the host's housekeeping others. */
#define PREEMPTIONS	4
#define TRIES		50	/* of a slice, to find the CPUs undisturbed */

struct hop {
	int rounds;
	int disturbed;		/* slices that were done again */
	int count[SL_DISTANCES];
	double fused[ROUNDS_MAX];
	double ring[SL_DISTANCES][ROUNDS_MAX];
};

static struct sl_source_options source_options = { .flows = 1 };
static struct sl_flow_options flow_options;

/* A chain with so many pass stages; the sink on the second CPU if split. */
static struct sl_pipeline *make(int passes, bool split)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	u16 cpus[] = { 0, 1 };
	int i, stage;

	sl_graph_init(&graph, "hop");
	graph.ring_slots = SLOTS;
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	for (i = 0; i <= passes; i++) {
		char name[8];

		snprintf(name, sizeof(name), "s%d", i);
		stage = sl_graph_add(&graph, name, i == passes ?
				     &sl_sink_stage : &sl_pass_stage,
				     &flow_options);
		sl_graph_join(&graph, stage - 1, stage);
	}
	/* Half a ring in flight: batches are full and neither side waits. */
	graph.stage[0].events = SLOTS / 2;
	for (i = 0; i < (int)graph.stage_count; i++) {
		graph.stage[i].place_count = 1;
		graph.stage[i].place[0].cpu =
			split && i == (int)graph.stage_count - 1;
	}
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

/* Nanoseconds per event of a running chain; NAN if it was disturbed. */
static double measure_once(int passes, bool split, u32 slice_ms)
{
	struct timespec slice = { 0, slice_ms * 1000000 };
	struct timespec warm = { 0, 5000000 };
	struct sl_pipeline *p = make(passes, split);
	struct sl_source_result before, after;
	u64 start, end;
	long preempted;

	if (IS_ERR_OR_NULL(p) || sl_pipeline_start(p))
		return NAN;
	nanosleep(&warm, NULL);
	preempted = preemptions();
	sl_source_result(sl_pipeline_stage(p, 0), &before);
	start = ktime_get_ns();
	nanosleep(&slice, NULL);
	sl_source_result(sl_pipeline_stage(p, 0), &after);
	end = ktime_get_ns();
	preempted = preemptions() - preempted;
	sl_pipeline_stop(p, 0);
	sl_pipeline_close(p);
	if (preempted > PREEMPTIONS || after.disordered || after.answered == before.answered)
		return NAN;
	return (double)(end - start) / (after.answered - before.answered);
}

static double measure(struct hop *hop, int passes, bool split, u32 slice_ms)
{
	double ns = NAN;
	int i;

	for (i = 0; i < TRIES && isnan(ns); i++)
		ns = measure_once(passes, split, slice_ms);
	hop->disturbed += i - 1;
	return ns;
}

static void round_of(struct hop *hop, int round, u32 slice_ms)
{
	double before = sl_distance_probe(0, 1);
	double ring = measure(hop, 0, true, slice_ms);
	double after = sl_distance_probe(0, 1);
	enum sl_distance where = sl_distance_class(before);
	double one = measure(hop, 0, false, slice_ms);
	double many = measure(hop, LONG_CHAIN - 1, false, slice_ms);

	hop->fused[round] = (many - one) / (2 * (LONG_CHAIN - 1));
	if (where == sl_distance_class(after) && !isnan(ring) && !isnan(one))
		hop->ring[where][hop->count[where]++] = ring - one / 2;
}

static double least(const double *value, int count)
{
	double found = value[0];

	while (count--)
		found = fmin(found, value[count]);
	return found;
}

static double most(const double *value, int count)
{
	double found = value[0];

	while (count--)
		found = fmax(found, value[count]);
	return found;
}

static void print(const struct hop *hop, bool json)
{
	double fused = sl_median(hop->fused, hop->rounds);
	int i;

	if (json)
		printf("{\"rounds\":%d,\"disturbed\":%d,\"fused_ns\":%.3f",
		       hop->rounds, hop->disturbed, fused);
	else
		printf("hop of an event in a full batch, ns, median of %d rounds"
		       " (%d slices disturbed)\n  fused        %7.2f   bar  5\n",
		       hop->rounds, hop->disturbed, fused);
	for (i = 0; i < SL_DISTANCES; i++) {
		double ns = sl_median(hop->ring[i], hop->count[i]);

		if (!hop->count[i]) {
			if (!json)
				printf("  ring, %-4s   not met in this run\n",
				       sl_distance_name[i]);
			continue;
		}
		if (json)
			printf(",\"ring_%s_ns\":%.3f,\"ring_%s_rounds\":%d",
			       sl_distance_name[i], ns, sl_distance_name[i],
			       hop->count[i]);
		else
			printf("  ring, %-4s   %7.2f   bar %2d   (%d rounds,"
			       " %.2f to %.2f)\n", sl_distance_name[i], ns,
			       i == SL_NEAR ? 20 : 40, hop->count[i],
			       least(hop->ring[i], hop->count[i]),
			       most(hop->ring[i], hop->count[i]));
	}
	if (json)
		printf("}\n");
}

int sl_bench_hop(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "slice", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct hop hop = { .rounds = 15 };
	int slice_ms = 10;
	bool json = false;
	int c, i;

	while ((c = getopt_long(argc, argv, "r:s:jh", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			hop.rounds = atoi(optarg);
			break;
		case 's':
			slice_ms = atoi(optarg);
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			printf("usage: sluice bench hop [--rounds N (15)]"
			       " [--slice MS (10)] [--json]\n");
			return 0;
		default:
			return 2;
		}
	}
	if (hop.rounds < 1 || hop.rounds > ROUNDS_MAX || slice_ms < 1 ||
	    slice_ms > 900) {
		fprintf(stderr, "sluice bench hop: 1 to %d rounds of 1 to 900"
			" ms\n", ROUNDS_MAX);
		return 2;
	}
	for (i = 0; i < hop.rounds; i++)
		round_of(&hop, i, slice_ms);
	print(&hop, json);
	return 0;
}
