// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves Little's law of a running pipeline: a source keeps all its events in
 * flight and a slow sink on another worker has them wait; the queue as the
 * sampler finds it is as long as the rate and the timed waits say, though one
 * is counted by looking now and then and the other on the way of some events.
 *
 * A busy machine changes both alike, but for two things.  There may be few
 * samples; so it goes on until there are enough.  And a sampler that shares its
 * CPU with the workers gets it when they give it away, which is no moment like
 * others: 505 were seen where 441 waited on average.  So they are compared
 * again, for some time, if they differ by more than that.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>

#include "profiler/report.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

#define EVENTS		512
#define BATCH		4	/* small, for marks come by batches */
#define WORK_NS		5000
#define TIMED_MIN	200	/* marks that a verdict rests on */
#define WAITS_MIN	20	/* and it takes as long as so many waits */
#define SAMPLES_MIN	100
#define SAMPLES_MAX	20000
#define TRIES		10
#define APART		0.2	/* by which the two may differ */

static struct sl_report report;
static struct sl_stats *after;	/* what it is of */
static char path[64];

static struct sl_pipeline *make(struct sl_stats **stats)
{
	static struct sl_source_options source_options = { .flows = 1 };
	static struct sl_flow_options work = { .work_ns = WORK_NS };
	static struct sl_graph graph;
	static struct sl_plan plan;
	struct sl_pipeline_memory memory;
	u16 cpus[] = { 0 };

	sl_graph_init(&graph, "little");
	graph.batch_max = BATCH;
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	sl_graph_add(&graph, "sink", &sl_sink_stage, &work);
	sl_graph_join(&graph, 0, 1);
	graph.stage[0].events = EVENTS;
	graph.stage[0].place_count = graph.stage[1].place_count = 1;
	graph.stage[1].place[0].thread = 1;
	if (!CHECK_EQ(sl_plan_make(&plan, &graph, cpus, 1), 0) ||
	    !CHECK_EQ(sl_stats_create(path, &graph, &plan, stats), 0))
		return NULL;
	sl_stats_bind(*stats, &memory);
	return sl_pipeline_open(&graph, &plan, &memory);
}

/* The way of requests; replies hardly wait. */
static const struct sl_report_link *requests(void)
{
	return &report.link[report.link[0].right ? 0 : 1];
}

static bool is_enough(void)
{
	const struct sl_report_link *link = requests();

	return report.samples >= SAMPLES_MIN && link->timed >= TIMED_MIN &&
	       report.seconds * 1e9 > WAITS_MIN * link->wait_ns;
}

static void measure(struct sl_stats *stats, struct sl_pipeline *p)
{
	struct timespec ms = { 0, 1000000 };
	struct sl_stats *before;
	u32 samples = 0;

	sl_stats_sample(stats, p);
	before = sl_stats_copy(stats);
	do {
		nanosleep(&ms, NULL);
		sl_stats_sample(stats, p);
		free(after);
		after = sl_stats_copy(stats);
		sl_report_make(&report, before, after);
	} while (!is_enough() && ++samples < SAMPLES_MAX);
	CHECK(is_enough());
	free(before);
}

static bool agrees(void)
{
	const struct sl_report_link *link = requests();

	return fabs(link->queue_by_wait - link->queue_mean) <
	       APART * link->queue_mean;
}

static void check_report(const struct sl_stats *stats)
{
	const struct sl_report_stage *sink = &report.stage[1];
	const struct sl_report_link *link = requests();
	char *text = NULL, *row;
	double mean = 0, by_waits = 0;
	size_t bytes;
	FILE *out;

	/* All that is in flight waits there, but for what is on its way. */
	CHECK(link->queue_mean > EVENTS / 2);
	CHECK(link->queue_by_wait < 1.2 * EVENTS);
	CHECK(link->wait_ns > EVENTS / 2 * WORK_NS);
	CHECK(report.stage[0].bank_mean > EVENTS / 2);
	CHECK(report.stage[0].bank_mean <= EVENTS);
	/* The only way there is, and then the call. */
	CHECK(fabs(sink->wait_ns - link->wait_ns) < 1);
	CHECK(sink->residence_ns > sink->wait_ns + WORK_NS / 2);
	CHECK(sink->residence_ns < 2 * sink->wait_ns);

	out = open_memstream(&text, &bytes);
	sl_report_print(&report, stats, out);
	fclose(out);
	row = strstr(text, "\nsource > sink");
	CHECK(row && sscanf(row, " source > sink %*u %*f %lf %lf", &mean,
			    &by_waits) == 2);
	CHECK(fabs(mean - link->queue_mean) < 0.01);
	CHECK(fabs(by_waits - link->queue_by_wait) < 0.01);
	free(text);
}

int main(void)
{
	struct sl_stats *stats;
	struct sl_pipeline *p;
	u32 tries = TRIES;

	snprintf(path, sizeof(path), SL_STATS_PREFIX "little.%d", getpid());
	p = make(&stats);
	if (!CHECK(!IS_ERR_OR_NULL(p)))
		TEST_END();
	sl_stats_links(stats, p);
	CHECK_EQ(sl_pipeline_start(p), 0);
	do
		measure(stats, p);
	while (!agrees() && --tries);
	if (!CHECK(tries))
		fprintf(stderr, "queue %.1f, by waits %.1f, of %llu timed\n",
			requests()->queue_mean, requests()->queue_by_wait,
			(unsigned long long)requests()->timed);
	check_report(after);
	free(after);
	CHECK_EQ(sl_pipeline_stop(p, 10000000000ull), 0);
	sl_pipeline_close(p);
	sl_stats_destroy(stats, path);
	TEST_END();
}
