// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the loop is named which sets the pace of a real pipeline whose
 * bank is tiny: from its origin to its furthest stage, how many events are in
 * it, and how long a round takes; that more events are of use then, as is said;
 * and, on made-up numbers, that a queue is not taken for a loop, and which of
 * several loops it is.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>

#include "profiler/pace.h"
#include "profiler/segment_test.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"

#define STAGES		4
#define SAMPLES		100
#define TRIES		20	/* for what a busy machine may hide */

static struct sl_report report;
static struct sl_pace pace;
static struct sl_stats *after;	/* what both are of */
static char path[64];

static struct sl_pipeline *make(u32 events, struct sl_stats **stats)
{
	static struct sl_source_options source_options = { .flows = 1 };
	static struct sl_flow_options options;
	static struct sl_graph graph;
	static struct sl_plan plan;
	struct sl_pipeline_memory memory;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u16 cpu[] = { 0, cpus > 1 };
	u32 i;

	sl_graph_init(&graph, "pace");
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	for (i = 1; i < STAGES; i++) {
		char name[8] = { 's', '0' + i };

		sl_graph_add(&graph, name, i == STAGES - 1 ? &sl_sink_stage :
			     &sl_pass_stage, &options);
		sl_graph_join(&graph, i - 1, i);
	}
	graph.stage[0].events = events;
	for (i = 0; i < STAGES; i++) {
		graph.stage[i].place_count = 1;
		graph.stage[i].place[0] = (struct sl_place){
			cpu[i > 1], cpus < 2 && i > 1
		};
	}
	if (!CHECK_EQ(sl_plan_make(&plan, &graph, cpu, 2), 0) ||
	    !CHECK_EQ(sl_stats_create(path, &graph, &plan, stats), 0))
		return NULL;
	sl_stats_bind(*stats, &memory);
	return sl_pipeline_open(&graph, &plan, &memory);
}

static void measure(struct sl_stats *stats, struct sl_pipeline *p)
{
	struct timespec ms = { 0, 1000000 };
	struct sl_stats *before;
	u32 i;

	sl_stats_sample(stats, p);
	before = sl_stats_copy(stats);
	for (i = 0; i < SAMPLES; i++) {
		nanosleep(&ms, NULL);
		sl_stats_sample(stats, p);
	}
	free(after);
	after = sl_stats_copy(stats);
	sl_report_make(&report, before, after);
	sl_pace_make(&pace, &report);
	free(before);
}

/* What is said of a round is what was counted. */
static void check_loop(u32 events)
{
	const struct sl_pace_loop *loop = &pace.loop;
	char *text = NULL;
	size_t bytes;
	FILE *out;
	u32 i;

	CHECK_EQ(pace.stage, 0);
	CHECK_EQ(loop->from, 0);
	CHECK_EQ(loop->to, STAGES - 1);
	CHECK_EQ(loop->hops, STAGES - 1);
	CHECK_EQ(loop->rings, 1);
	CHECK_EQ(loop->events, events);
	CHECK(loop->in_flight > 0.7 * events && loop->in_flight <= events);
	/* They go round as often as one leaves the source. */
	for (i = 0; !report.link[i].right || report.link[i].from; i++)
		;
	CHECK(report.link[i].events > 0);
	CHECK(fabs(loop->rate * report.seconds - report.link[i].events) < 1);
	CHECK(fabs(loop->round_ns * loop->rate / 1e9 - loop->in_flight) < 0.01);
	CHECK(loop->ring_ns > 0 && loop->stage_ns > 0);
	CHECK(loop->stage_ns < 2 * loop->round_ns);

	out = open_memstream(&text, &bytes);
	sl_pace_print(&pace, &report, after, out);
	fclose(out);
	CHECK(strstr(text, "the loop from source to s3 and back"));
	CHECK(strstr(text, "more events of source (events: "));
	free(text);
	out = open_memstream(&text, &bytes);
	sl_pace_json(&pace, &report, after, out);
	fclose(out);
	CHECK(strstr(text, "\"pace\":\"loop\""));
	CHECK(strstr(text, "\"loop\":{\"from\":\"source\",\"to\":\"s3\""));
	free(text);
}

/* Rounds a second; a bank of so many events sets the pace if it is tiny. */
static double run(u32 events, bool tiny)
{
	struct sl_stats *stats;
	struct sl_pipeline *p = make(events, &stats);
	u32 tries = TRIES;
	double most = 0;

	if (!CHECK(!IS_ERR_OR_NULL(p)))
		return 0;
	sl_stats_links(stats, p);
	CHECK_EQ(sl_pipeline_start(p), 0);
	do {
		measure(stats, p);
		most = max(most, report.stage[0].rate / 2);
	} while (tiny && pace.kind != SL_PACE_LOOP && --tries);
	if (tiny && CHECK(tries))
		check_loop(events);
	CHECK_EQ(sl_pipeline_stop(p, 10000000000ull), 0);
	sl_pipeline_close(p);
	sl_stats_destroy(stats, path);
	return most;
}

static void test_loops(void)
{
	u32 tries = TRIES;

	run(1, true);
	run(3, true);
	/* What is said would help does. */
	while (run(128, false) < 4 * run(1, false) && --tries)
		;
	CHECK(tries);
}

/* Of a made-up chain of five: the banks of two stages are empty. */
static void make_up(u64 queue)
{
	struct sl_stats head, *before;
	u32 i;

	segment_head(&head, 5);
	before = calloc(1, head.bytes);
	*before = head;
	segment_fill(before);
	before->link_count = 8;		/* without the further edge */
	sl_stats_stage(before, 0)->bank_events = 512;
	sl_stats_stage(before, 2)->bank_events = 8;
	free(after);
	after = sl_stats_copy(before);
	segment_pass(after, 9);		/* no stage is slow */
	for (i = 0; i < 5; i++)
		sl_stats_core_counters(after, i & 1)->idle_ns = 90000000;
	for (i = 0; i < 3; i += 2) {
		sl_stats_stage(after, i)->bank_exhausted += 7;
		sl_stats_stage(after, i)->bank_sum += i ? 20 * 7 : 20 * 500;
	}
	for (i = 0; i < after->link_count; i++) {
		struct sl_stats_link *link = sl_stats_link(after, i);

		if (link->right && link->to == 3) {
			link->used_sum += 20 * queue;
			sl_stats_stage(after, 3)->queue_sum += 20 * queue;
		}
		/* Most of what stage 2 asks ends in stage 3. */
		if (link->from == 3 && link->right)
			link->handed -= 600;
	}
	sl_report_make(&report, before, after);
	sl_pace_make(&pace, &report);
	free(before);
}

static void test_made_up(void)
{
	make_up(5);
	CHECK_EQ(pace.kind, SL_PACE_LOOP);
	CHECK_EQ(pace.loop.from, 2);
	CHECK_EQ(pace.loop.to, 3);
	CHECK_EQ(pace.loop.hops, 1);
	CHECK_EQ(pace.loop.events, 8);
	CHECK(fabs(pace.loop.in_flight - 7) < 0.01);
	/* A thousand in a tenth of a second. */
	CHECK(fabs(pace.loop.rate - 10000) < 1);
	CHECK(fabs(pace.loop.round_ns - 700000) < 100);
	/* 70 ns there and back; a call of each takes 1/100 of the time. */
	CHECK(fabs(pace.loop.ring_ns - 140) < 1);
	CHECK(fabs(pace.loop.stage_ns - 3 * 10000) < 300);

	make_up(100);
	CHECK_EQ(pace.kind, SL_PACE_KEPT);
	CHECK_EQ(pace.core, 1);
	CHECK_EQ(report.stage[pace.stage].worker, 1);
	CHECK_EQ(pace.loop.from, -1);
}

int main(void)
{
	snprintf(path, sizeof(path), SL_STATS_PREFIX "pace.%d", getpid());
	test_made_up();
	test_loops();
	free(after);
	TEST_END();
}
