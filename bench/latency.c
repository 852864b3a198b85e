// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench latency: what a latency target does to times, and what it costs.
 *
 * Two paths share one core.  One is saturated: a source that has more whenever
 * it may, a stage that works on each event for a time, a sink.  On the other
 * one event is due at fixed times, and goes to a sink that does nothing; its
 * time counts from when it was due, so that waiting for its turn is in it.
 * Targets take turns in each round.  A slice in which others had the CPU is
 * done again, for it would measure them.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "bench/median.h"
#include "bench/tpcw_latency.h"
#include "sched/pipeline.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/command.h"

#define DUE_NS		100000	/* between two events of the light path */
#define TRIES		500	/* of a slice, to find the CPU undisturbed, */
#define CPU_SHARE	0.99	/* so that the core has had so much of it */

static const u64 targets_us[] = { 0, 1000, 500, 200, 100, 50, 20 };

#define TARGETS		ARRAY_SIZE(targets_us)

/* What a slice told. */
struct slice {
	double rate;		/* of the heavy path */
	double us[2][2];	/* heavy, light; median, 99th percentile */
	double batch;
};

struct bench {
	int rounds;
	int slice_ms;
	double work_us;
	bool json;
	u32 disturbed;
	struct slice seen[TARGETS][SL_MEDIAN_MAX];
};

enum { NEXT };

struct probe_options {
	u64 gap_ns;		/* 0: as many as may be, at any time */
};

struct probe {
	u64 due_ns;
	u64 answered;
	bool counts;		/* set by whoever measures */
	struct sl_tpcw_latency latency;
};

static void send(struct sl_stage *stage, struct sl_event *event, u64 born_ns)
{
	sl_flow(event)->sequence = born_ns;
	sl_flow(event)->hops = 0;
	sl_stage_call(stage, NEXT, event);
}

static u32 probe_poll(struct sl_stage *stage)
{
	const struct probe_options *options = stage->options;
	u32 most = sl_stage_share(stage, SL_BATCH_MAX);
	struct probe *probe = stage->private;
	u64 now = ktime_get_ns();
	struct sl_event *event;
	u32 done = 0;

	if (!probe->due_ns)
		probe->due_ns = now;
	while (done < most && (!options->gap_ns || probe->due_ns <= now) &&
	       (event = sl_stage_take(stage))) {
		send(stage, event, options->gap_ns ? probe->due_ns : now);
		probe->due_ns += options->gap_ns;
		done++;
	}
	return done;
}

static u32 probe_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct probe *probe = stage->private;
	u64 now = ktime_get_ns();
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		if (READ_ONCE(probe->counts))
			sl_tpcw_latency_add(&probe->latency, now -
					    sl_flow(batch->event[i])->sequence);
		sl_stage_free(stage, batch->event[i]);
	}
	WRITE_ONCE(probe->answered, probe->answered + batch->count);
	return batch->count;
}

static const struct sl_stage_type probe_type = {
	.name = "probe",
	.class = SL_SERIAL,
	.port = { { "next", "flow", true, false } },
	.private_bytes = sizeof(struct probe),
	.events = 512,
	.event_bytes = 64,
	.run = probe_run,
	.poll = probe_poll,
};

static struct sl_pipeline *make(const struct bench *b, u64 latency_ns)
{
	static struct probe_options heavy = { 0 }, light = { DUE_NS };
	static struct sl_flow_options work, none;
	static struct sl_graph graph;
	static struct sl_plan plan;
	u32 i;

	work.work_ns = b->work_us * 1000;
	sl_graph_init(&graph, "latency");
	graph.latency_ns = latency_ns;
	sl_graph_add(&graph, "heavy", &probe_type, &heavy);
	sl_graph_add(&graph, "light", &probe_type, &light);
	sl_graph_add(&graph, "work", &sl_pass_stage, &work);
	sl_graph_add(&graph, "sink", &sl_sink_stage, &none);
	sl_graph_add(&graph, "light_sink", &sl_sink_stage, &none);
	sl_graph_join(&graph, 0, 2);
	sl_graph_join(&graph, 2, 3);
	sl_graph_join(&graph, 1, 4);
	for (i = 0; i < graph.stage_count; i++)
		graph.stage[i].place_count = 1;
	if (sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1))
		return NULL;
	return sl_pipeline_open(&graph, &plan, NULL);
}

/* That the process has had; its core is the one that takes any. */
static u64 cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void rest(int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void tell(struct sl_pipeline *p, u64 ns, u64 answered, struct slice *out)
{
	const struct sl_stage_counters *c = sl_pipeline_stage(p, 2)->counters;
	u32 i;

	out->rate = answered * 1e9 / ns;
	out->batch = (double)c->events / max(c->batches, 1ull);
	for (i = 0; i < 2; i++) {
		struct probe *probe = sl_pipeline_stage(p, i)->private;

		out->us[i][0] = sl_tpcw_latency_quantile(&probe->latency, 0.5) /
				1e3;
		out->us[i][1] = sl_tpcw_latency_quantile(&probe->latency, 0.99) /
				1e3;
	}
}

/* False if somebody else had the CPU meanwhile. */
static bool measure_once(const struct bench *b, u64 latency_ns,
			 struct slice *out)
{
	struct sl_pipeline *p = make(b, latency_ns);
	struct probe *probe[2];
	u64 start, ns, answered, had;
	u32 i;

	if (IS_ERR_OR_NULL(p) || sl_pipeline_start(p))
		return false;
	for (i = 0; i < 2; i++)
		probe[i] = sl_pipeline_stage(p, i)->private;
	rest(20);
	had = cpu_ns();
	for (i = 0; i < 2; i++)
		WRITE_ONCE(probe[i]->counts, true);
	answered = READ_ONCE(probe[0]->answered);
	start = ktime_get_ns();
	rest(b->slice_ms);
	ns = ktime_get_ns() - start;
	answered = READ_ONCE(probe[0]->answered) - answered;
	had = cpu_ns() - had;
	sl_pipeline_stop(p, 0);
	tell(p, ns, answered, out);
	sl_pipeline_close(p);
	return had > CPU_SHARE * ns;
}

static bool measure(struct bench *b, u64 latency_ns, struct slice *out)
{
	u32 i;

	for (i = 0; i < TRIES; i++) {
		if (measure_once(b, latency_ns, out))
			return true;
		b->disturbed++;
	}
	return false;
}

/* Of all rounds, what is at an offset of a slice. */
static double median_of(const struct bench *b, u32 target, size_t offset)
{
	double value[SL_MEDIAN_MAX];
	int i;

	for (i = 0; i < b->rounds; i++)
		memcpy(&value[i], (const char *)&b->seen[target][i] + offset,
		       sizeof(value[i]));
	return sl_median(value, b->rounds);
}

#define MEDIAN(b, target, field) \
	median_of(b, target, offsetof(struct slice, field))

static double cost(const struct bench *b, u32 target)
{
	double now[SL_MEDIAN_MAX], none[SL_MEDIAN_MAX];
	int i;

	for (i = 0; i < b->rounds; i++) {
		now[i] = b->seen[target][i].rate;
		none[i] = b->seen[0][i].rate;
	}
	return sl_median_ratio(now, none, b->rounds);
}

static void print_json(const struct bench *b)
{
	u32 i;

	printf("{\"work_us\":%g,\"rounds\":%d,\"disturbed\":%u,\"targets\":[",
	       b->work_us, b->rounds, b->disturbed);
	for (i = 0; i < TARGETS; i++)
		printf("%s{\"latency_us\":%llu,\"batch\":%.1f,"
		       "\"events_per_s\":%.0f,\"ratio\":%.4f,"
		       "\"heavy_p50_us\":%.1f,\"heavy_p99_us\":%.1f,"
		       "\"light_p50_us\":%.1f,\"light_p99_us\":%.1f}",
		       i ? "," : "", (unsigned long long)targets_us[i],
		       MEDIAN(b, i, batch), MEDIAN(b, i, rate), cost(b, i),
		       MEDIAN(b, i, us[0][0]), MEDIAN(b, i, us[0][1]),
		       MEDIAN(b, i, us[1][0]), MEDIAN(b, i, us[1][1]));
	printf("]}\n");
}

static void print(const struct bench *b)
{
	u32 i;

	printf("a saturated path of %g us an event and a light one on one core,"
	       " times in us,\nmedians of %d rounds (%u slices disturbed)\n\n"
	       "%-8s %6s %10s %6s %10s %8s %10s %8s\n", b->work_us, b->rounds,
	       b->disturbed, "latency", "batch", "events/s", "ratio",
	       "heavy p50", "p99", "light p50", "p99");
	for (i = 0; i < TARGETS; i++) {
		char name[16] = "none";

		if (i)
			snprintf(name, sizeof(name), "%lluus",
				 (unsigned long long)targets_us[i]);
		printf("%-8s %6.1f %10.0f %6.3f %10.1f %8.1f %10.1f %8.1f\n",
		       name, MEDIAN(b, i, batch), MEDIAN(b, i, rate),
		       cost(b, i), MEDIAN(b, i, us[0][0]),
		       MEDIAN(b, i, us[0][1]), MEDIAN(b, i, us[1][0]),
		       MEDIAN(b, i, us[1][1]));
	}
}

static int run(struct bench *b)
{
	int round;
	u32 i;

	for (round = 0; round < b->rounds; round++)
		for (i = 0; i < TARGETS; i++)
			if (!measure(b, targets_us[i] * 1000,
				     &b->seen[i][round])) {
				fprintf(stderr, "sluice bench latency: others"
					" want this CPU all the time; try again"
					" on a quiet machine\n");
				return 1;
			}
	if (b->json)
		print_json(b);
	else
		print(b);
	return 0;
}

int sl_bench_latency(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "slice", required_argument, NULL, 's' },
		{ "work", required_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct bench b = { .rounds = 15, .slice_ms = 10, .work_us = 10 };
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			b.rounds = atoi(optarg);
			break;
		case 's':
			b.slice_ms = atoi(optarg);
			break;
		case 'w':
			b.work_us = atof(optarg);
			break;
		case 'j':
			b.json = true;
			break;
		case 'h':
			printf("usage: sluice bench latency [--rounds N (15)]"
			       " [--slice MS (10)] [--work US (10)] [--json]\n");
			return 0;
		default:
			return 2;
		}
	}
	if (b.rounds < 1 || b.rounds > SL_MEDIAN_MAX || b.slice_ms < 1 ||
	    b.slice_ms > 10000 || !(b.work_us >= 0 && b.work_us <= 1000) ||
	    optind != argc) {
		fprintf(stderr, "sluice bench latency: 1 to %d rounds of 1 to"
			" 10000 ms, work of 0 to 1000 us\n", SL_MEDIAN_MAX);
		return 2;
	}
	return run(&b);
}
