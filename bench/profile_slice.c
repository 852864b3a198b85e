// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "bench/profile.h"
#include "profiler/stats.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"

#define CHAIN		7	/* stages, from the source to the sink */
#define CUT		4	/* those on the first of two cores */
#define SLOTS		4096
#define WARM_NS		2000000
#define SAMPLE_NS	5000000
/* In a slice, of threads other than what this one's waking takes. */
#define PREEMPTIONS	4
#define TRIES		10	/* of a slice, to find the CPUs undisturbed */

struct chain {
	struct sl_pipeline *pipeline;
	struct sl_stats *stats;		/* NULL: nobody looks */
	char path[64];
};

static struct sl_source_options source_options = { .flows = 1 };
static struct sl_flow_options work;

static bool make(struct chain *chain, const struct sl_profile_slice *slice)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	struct sl_pipeline_memory memory = { NULL, NULL };
	u16 cpus[] = { 0, 1 };
	u32 i;

	work.work_ns = slice->work_ns;
	sl_graph_init(&graph, "profile");
	graph.ring_slots = SLOTS;
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	for (i = 1; i < CHAIN; i++) {
		char name[8];

		snprintf(name, sizeof(name), "s%u", i);
		sl_graph_add(&graph, name, i == CHAIN - 1 ? &sl_sink_stage :
			     &sl_pass_stage, &work);
		sl_graph_join(&graph, i - 1, i);
	}
	/* Half a ring in flight: batches are full and neither side waits. */
	graph.stage[0].events = SLOTS / 2;
	for (i = 0; i < CHAIN; i++) {
		graph.stage[i].place_count = 1;
		graph.stage[i].place[0].cpu = slice->cores > 1 && i >= CUT;
	}
	if (sl_plan_make(&plan, &graph, cpus, 2))
		return false;
	snprintf(chain->path, sizeof(chain->path), SL_STATS_PREFIX "profile.%d",
		 getpid());
	chain->stats = NULL;
	if (slice->sampled) {
		if (sl_stats_create(chain->path, &graph, &plan, &chain->stats))
			return false;
		sl_stats_bind(chain->stats, &memory);
	}
	chain->pipeline = sl_pipeline_open(&graph, &plan, &memory);
	if (IS_ERR(chain->pipeline))
		return false;
	if (chain->stats)
		sl_stats_links(chain->stats, chain->pipeline);
	return true;
}

static void wait(const struct chain *chain, u64 ns)
{
	u64 end = ktime_get_ns() + ns;
	u64 now;

	while ((now = ktime_get_ns()) < end) {
		u64 left = min(end - now, (u64)SAMPLE_NS);
		struct timespec step = { 0, left };

		nanosleep(&step, NULL);
		if (chain->stats)
			sl_stats_sample(chain->stats, chain->pipeline);
	}
}

static long preemptions(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return use.ru_nivcsw;
}

/* Nanoseconds an event; NAN if it was disturbed. */
static double run_once(const struct sl_profile_slice *slice)
{
	struct sl_source_result before = { 0 }, after = { 0 };
	u64 start = 0, end = 0;
	long preempted = 0;
	struct chain chain;

	if (!make(&chain, slice))
		return NAN;
	if (!sl_pipeline_start(chain.pipeline)) {
		wait(&chain, WARM_NS);
		preempted = preemptions();
		sl_source_result(sl_pipeline_stage(chain.pipeline, 0), &before);
		start = ktime_get_ns();
		wait(&chain, slice->ms * 1000000ull);
		sl_source_result(sl_pipeline_stage(chain.pipeline, 0), &after);
		end = ktime_get_ns();
		preempted = preemptions() - preempted;
	}
	sl_pipeline_stop(chain.pipeline, 0);
	sl_pipeline_close(chain.pipeline);
	if (chain.stats)
		sl_stats_destroy(chain.stats, chain.path);
	/* This thread wakes for each sample, whether it takes one or not. */
	if (preempted > PREEMPTIONS + slice->ms * 1000000l / SAMPLE_NS ||
	    after.disordered || after.answered == before.answered)
		return NAN;
	return (double)(end - start) / (after.answered - before.answered);
}

/**
 * sl_profile_serve() - run slices until the standard input ends
 *
 * Return: an exit status.
 */
int sl_profile_serve(void)
{
	struct sl_profile_slice slice;

	while (scanf("%u %u %u %u", &slice.cores, &slice.work_ns, &slice.ms,
		     &slice.sampled) == 4) {
		double ns = NAN;
		u32 tries = TRIES;

		while (isnan(ns) && tries--)
			ns = run_once(&slice);
		/* Of several slices one will do. */
		printf("%.4f\n", ns);
		fflush(stdout);
	}
	return 0;
}
