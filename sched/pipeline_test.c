// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that events pass a chain of stages and come back, each once and in
 * order within its flow, whatever the cut: source -> five times pass -> sink
 * is run with every set of options in the table, and every event counted.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>

#include "sched/pipeline.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

#define STAGES	7
#define EVENTS	200000ull

static const struct {
	const char *name;
	const char *cut;	/* a worker per letter, one letter a stage */
	bool fuse;
	u32 slots;
	u32 batch;
	u32 bank;
	u32 flows;
} plans[] = {
	{ "all fused",		"aaaaaaa", true,  1024, 64, 512, 7 },
	{ "one core, rings",	"aaaaaaa", false, 64,	64, 512, 1 },
	{ "two cores",		"aaabbbb", true,  1024, 64, 512, 3 },
	{ "there and back",	"abababa", true,  1024, 64, 512, 3 },
	{ "thread per stage",	"abcdefg", true,  256,	64, 512, 5 },
	{ "tiny rings",		"aabbaab", true,  2,	64, 512, 2 },
	{ "one slot",		"aaabbbb", true,  1,	64, 100, 2 },
	{ "single events",	"aabbbbb", true,  16,	1,  512, 1 },
	{ "one event",		"aaaabbb", true,  16,	64, 1,	 1 },
	{ "odd batch",		"abbbbbb", true,  32,	7,  65,	 4 },
};

static struct sl_source_options source_options = { .count = EVENTS };
static struct sl_flow_options flow_options;
static struct sl_graph graph;
static struct sl_plan plan;

static void make_graph(u32 i)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u16 cpu[SL_CORES_MAX];
	u32 s;

	sl_graph_init(&graph, "test");
	graph.ring_slots = plans[i].slots;
	graph.batch_max = plans[i].batch;
	source_options.flows = plans[i].flows;
	CHECK_EQ(sl_graph_add(&graph, "source", &sl_source_stage,
			      &source_options), 0);
	for (s = 1; s < STAGES; s++) {
		char name[8] = { 's', '0' + s };

		CHECK_EQ(sl_graph_add(&graph, name, s == STAGES - 1 ?
				      &sl_sink_stage : &sl_pass_stage,
				      &flow_options), s);
		CHECK_EQ(sl_graph_join(&graph, s - 1, s), 0);
	}
	graph.stage[0].events = plans[i].bank;
	for (s = 0; s < STAGES; s++) {
		u32 worker = plans[i].cut[s] - 'a';

		graph.stage[s].place_count = 1;
		graph.stage[s].place[0] = (struct sl_place){
			worker % cpus, worker / cpus };
	}
	for (s = 0; s < graph.edge_count; s++)
		graph.edge[s].fuse = plans[i].fuse;
	for (s = 0; s < (u32)cpus && s < SL_CORES_MAX; s++)
		cpu[s] = s;
	CHECK_EQ(sl_plan_make(&plan, &graph, cpu, s), 0);
}

static void check_result(struct sl_pipeline *p, const char *name)
{
	struct sl_pipeline_link link;
	struct sl_source_result result;
	u32 i;

	sl_source_result(sl_pipeline_stage(p, 0), &result);
	if (!CHECK_EQ(result.answered, EVENTS) ||
	    !CHECK_EQ(result.sent, EVENTS) ||
	    !CHECK_EQ(result.disordered, 0) ||
	    !CHECK_EQ(result.hops, EVENTS * (STAGES - 1)))
		fprintf(stderr, "with: %s\n", name);
	for (i = 0; i < sl_pipeline_link_count(p); i++) {
		sl_pipeline_link(p, i, &link);
		CHECK_EQ(link.handed, EVENTS);
		CHECK_EQ(link.used, 0);
	}
	/* Every event is at home again. */
	CHECK_EQ(sl_bank_collect(sl_pipeline_stage(p, 0)->bank), 0);
	CHECK_EQ(sl_pipeline_stage(p, 0)->bank->free_count,
		 graph.stage[0].events);
	CHECK_EQ(sl_pipeline_stage(p, 0)->bank->refused, 0);
}

/* Runs the plan on threads, and without them one turn after the other. */
static void run(u32 i, bool threads)
{
	struct sl_source_result result = { 0 };
	struct timespec ms = { 0, 1000000 };
	struct sl_pipeline *p;
	u32 left;

	make_graph(i);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return;
	if (threads) {
		CHECK_EQ(sl_pipeline_start(p), 0);
		for (left = 60000; left && result.answered < EVENTS; left--) {
			nanosleep(&ms, NULL);
			sl_source_result(sl_pipeline_stage(p, 0), &result);
		}
		CHECK_EQ(sl_pipeline_stop(p, 1000000000), 0);
	} else {
		while (sl_pipeline_turn(p))
			;
	}
	check_result(p, plans[i].name);
	sl_pipeline_close(p);
}

/* The same chain on every CPU, side by side: each source sees its own. */
static void run_replicas(void)
{
	struct sl_source_result result;
	struct sl_pipeline *p;
	u32 s, r;

	make_graph(0);
	for (s = 0; s < STAGES; s++) {
		graph.stage[s].place_count = 2;
		graph.stage[s].place[1] = (struct sl_place){ 0, 1 };
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	CHECK_EQ(plan.worker_count, 2);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return;
	while (sl_pipeline_turn(p))
		;
	for (r = 0; r < 2; r++) {
		sl_source_result(sl_pipeline_stage(p, r), &result);
		CHECK_EQ(result.answered, EVENTS);
		CHECK_EQ(result.disordered, 0);
	}
	sl_pipeline_close(p);
}

/* One source, several sinks: a flow stays with one replica, in order. */
static void run_fan(void)
{
	struct sl_source_result result;
	struct sl_pipeline *p;
	u64 sum = 0;
	u32 i;

	make_graph(0);
	source_options.flows = 9;
	graph.stage[3].place_count = 3;
	graph.stage[3].place[1] = (struct sl_place){ 0, 1 };
	graph.stage[3].place[2] = (struct sl_place){ 0, 2 };
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return;
	while (sl_pipeline_turn(p))
		;
	sl_source_result(sl_pipeline_stage(p, 0), &result);
	CHECK_EQ(result.answered, EVENTS);
	CHECK_EQ(result.disordered, 0);
	for (i = 3; i < 6; i++) {
		u64 events = sl_pipeline_stage(p, i)->counters->events;

		/* Requests and replies of three of the nine flows. */
		CHECK(events >= 2 * (EVENTS / 9 * 3));
		sum += events;
	}
	CHECK_EQ(sum, 2 * EVENTS);
	sl_pipeline_close(p);
}

/* An idle pipeline sleeps: next to no CPU time in a second. */
static void run_idle(void)
{
	struct timespec second = { 1, 0 };
	struct timespec before, after;
	struct sl_pipeline *p;
	s64 used_ns;

	make_graph(2);
	source_options.count = 1;
	p = sl_pipeline_open(&graph, &plan, NULL);
	source_options.count = EVENTS;
	if (!CHECK(!IS_ERR(p)))
		return;
	source_options.count = 1;
	CHECK_EQ(sl_pipeline_start(p), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	nanosleep(&second, NULL);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	used_ns = (after.tv_sec - before.tv_sec) * 1000000000ll +
		  after.tv_nsec - before.tv_nsec;
	if (!CHECK(used_ns < 50000000))
		fprintf(stderr, "idle for 1 s took %lld ns\n",
			(long long)used_ns);
	CHECK_EQ(sl_pipeline_stop(p, 1000000000), 0);
	sl_pipeline_close(p);
	source_options.count = EVENTS;
}

int main(void)
{
	u32 i;

	for (i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		run(i, false);
		run(i, true);
	}
	run_replicas();
	run_fan();
	run_idle();
	TEST_END();
}
