// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that whatever cores choose to do next nothing is lost, doubled or
 * overtaken, and nothing waits for itself.
 *
 * Graphs made at random, but seeded, run with rings of a few slots and banks of
 * a few events: sources that share stages, stages that share neighbours,
 * replicas, stages that take an event of their own for each request and those
 * that leave requests behind for a while; some with a latency target.  They run
 * on this thread, on threads, and on threads while their instances are dealt
 * out anew every millisecond.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "sched/replan.h"
#include "sched/wiring.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SLOWER	8
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOWER	8
#endif
#endif
#ifndef SLOWER
#define SLOWER	1
#endif

#define GRAPHS		24
#define EVENTS		(4000ull / SLOWER)	/* of each source */
#define CHANGES_MAX	40
#define WAIT_NS		60000000000ull	/* nothing takes so long */
#define IDLE_TURNS	1000		/* nothing is left that could move */

static struct sl_graph graph;
static struct sl_plan plan;
static u64 seed;

static u32 dice(u32 sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % sides;
}

/*
 * relay: asks its neighbour with an event of its own for each request, as far
 * as it has any, and at times leaves requests behind though it has.
 */
enum { PREVIOUS, NEXT };

static u32 relay_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u64 *state = stage->private;
	u32 most = batch->count;
	u32 i;

	if (sl_stage_port(stage, edge) == NEXT) {
		for (i = 0; i < batch->count; i++) {
			sl_stage_reply(stage, batch->event[i]->context);
			sl_stage_free(stage, batch->event[i]);
		}
		return batch->count;
	}
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	if (*state >> 61 == 0)
		most = *state >> 33 & 1;
	for (i = 0; i < most; i++) {
		struct sl_event *event = sl_stage_take(stage);

		if (!event)
			break;
		event->context = batch->event[i];
		event->flow = batch->event[i]->flow;
		sl_stage_call(stage, NEXT, event);
	}
	return i;
}

static const struct sl_stage_type relay = {
	.name = "relay",
	.class = SL_STATELESS,
	.port = {
		{ "previous", "flow", false, false },
		{ "next", "flow", true, false },
	},
	.private_bytes = sizeof(u64),
	.events = 1,
	.event_bytes = 64,
	.run = relay_run,
};

static struct sl_source_options source_options;
static struct sl_flow_options flow_options[SL_GRAPH_STAGES_MAX];

static struct sl_pipeline *open_it(void)
{
	struct sl_pipeline *p = sl_pipeline_open(&graph, &plan, NULL);

	if (!CHECK(!IS_ERR(p)))
		exit(sl_test_end());
	return p;
}

/* Each stage asks one or two of those behind it, and the last ones nobody. */
static void join_layers(const u32 *layer, u32 layers)
{
	u32 i, k, first, count;

	for (i = 0; i + 1 < layers; i++) {
		for (k = layer[i]; k < layer[i + 1]; k++) {
			first = layer[i + 1];
			count = layer[i + 2] - first;
			sl_graph_join(&graph, k, first + k % count);
			if (count > 1 && dice(2))
				sl_graph_join(&graph, k,
					      first + (k + 1) % count);
		}
		/* Somebody asks everybody. */
		for (k = layer[i + 1]; k < layer[i + 2]; k++) {
			bool asked = false;
			u32 e;

			for (e = 0; e < graph.edge_count; e++)
				asked |= graph.edge[e].right == k;
			if (!asked)
				sl_graph_join(&graph, layer[i], k);
		}
	}
}

static void add_random(u32 i, u32 layers)
{
	struct sl_graph_stage *stage;
	char name[8];
	u32 s = graph.stage_count;

	snprintf(name, sizeof(name), "s%u", s);
	flow_options[s].work_ns = dice(4) ? 0 : dice(3000);
	if (!i)
		sl_graph_add(&graph, name, &sl_source_stage, &source_options);
	else if (i + 1 == layers)
		sl_graph_add(&graph, name, &sl_sink_stage, &flow_options[s]);
	else if (dice(2))
		sl_graph_add(&graph, name, &relay, NULL);
	else
		sl_graph_add(&graph, name, &sl_pass_stage, &flow_options[s]);
	stage = &graph.stage[s];
	if (stage->event_bytes)
		stage->events = 1 + dice(8);
	stage->place_count = i && !dice(3) ? 2 + dice(2) : 1;
	for (i = 0; i < stage->place_count; i++)
		stage->place[i] = (struct sl_place){ 0, i };
}

/* All on the first worker, to be dealt out; the CPUs by turns. */
static void place_all(u32 workers)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u32 i;

	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	plan.worker_count = workers;
	for (i = 0; i < workers; i++)
		plan.worker[i] = (struct sl_place){ i % cpus, i / cpus };
	for (i = 0; i < plan.instance_count; i++)
		plan.instance[i].worker = 0;
}

static void make_random(u32 number)
{
	static const u64 latency[] = { 0, 0, 2000, 50000 };
	u32 layer[8] = { 0 };
	u32 layers = 3 + dice(3), stage, port;
	u32 i, k;

	seed = number + 1;
	source_options = (struct sl_source_options){ EVENTS, 1 + dice(4) };
	sl_graph_init(&graph, "random");
	graph.ring_slots = 2 << dice(3);
	graph.batch_max = dice(3) ? 64 : 1 + dice(64);
	graph.latency_ns = latency[dice(4)];
	graph.movable = true;
	for (i = 0; i < layers; i++) {
		layer[i] = graph.stage_count;
		for (k = 1 + dice(3); k; k--)
			add_random(i, layers);
	}
	layer[layers] = graph.stage_count;
	join_layers(layer, layers);
	for (i = 0; i < graph.edge_count; i++)
		graph.edge[i].fuse = dice(4);
	CHECK_EQ(sl_graph_check(&graph, &stage, &port), SL_GRAPH_OK);
	place_all(2 + dice(3));
}

static bool is_source(u32 instance)
{
	return graph.stage[plan.instance[instance].stage].type ==
	       &sl_source_stage;
}

static bool is_done(struct sl_pipeline *p)
{
	struct sl_source_result result;
	u32 i;

	for (i = 0; i < plan.instance_count; i++) {
		if (!is_source(i))
			continue;
		sl_source_result(sl_pipeline_stage(p, i), &result);
		if (result.answered < EVENTS)
			return false;
	}
	return true;
}

static void run_turns(struct sl_pipeline *p)
{
	u32 idle = 0;

	while (idle < IDLE_TURNS && !is_done(p))
		idle = sl_pipeline_turn(p) ? 0 : idle + 1;
	/* What was freed on other cores comes home. */
	sl_pipeline_turn(p);
}

/* Deals out some instances anew; all: everything. */
static void change(struct sl_pipeline *p, bool all)
{
	struct sl_plan kept = plan;
	u32 moves = all ? 4 * plan.instance_count : 1 + dice(2);
	int err;

	while (moves--)
		plan.instance[dice(plan.instance_count)].worker =
			dice(plan.worker_count);
	err = sl_pipeline_replan(p, &plan);
	/* A busy machine may keep a core from its CPU for long. */
	if (err == -ETIMEDOUT)
		plan = kept;
	else
		CHECK_EQ(err, 0);
}

static void run_threads(struct sl_pipeline *p, bool changes)
{
	struct timespec ms = { 0, 1000000 };
	u64 start = ktime_get_ns();
	u32 i;

	CHECK_EQ(sl_pipeline_start(p), 0);
	for (i = 0; !is_done(p) && ktime_get_ns() - start < WAIT_NS; i++) {
		nanosleep(&ms, NULL);
		if (changes && i < CHANGES_MAX)
			change(p, !dice(4));
	}
	CHECK_EQ(sl_pipeline_stop(p, WAIT_NS), 0);
}

/* Each event came back once and in order, and everything is at home. */
static bool check_result(struct sl_pipeline *p)
{
	struct sl_pipeline_link link;
	bool good = true;
	u32 i;

	for (i = 0; i < plan.instance_count; i++) {
		struct sl_stage *stage = sl_pipeline_stage(p, i);
		struct sl_source_result result;

		if (stage->bank) {
			sl_bank_collect(stage->bank);
			good &= CHECK_EQ(stage->bank->free_count,
					 stage->bank->event_count);
			good &= CHECK_EQ(stage->bank->refused, 0);
		}
		if (!is_source(i))
			continue;
		sl_source_result(stage, &result);
		good &= CHECK_EQ(result.sent, EVENTS);
		good &= CHECK_EQ(result.answered, EVENTS);
		good &= CHECK_EQ(result.disordered, 0);
	}
	for (i = 0; i < sl_pipeline_link_count(p); i++) {
		sl_pipeline_link(p, i, &link);
		good &= CHECK_EQ(link.used, 0);
	}
	return good;
}

static void run_random(u32 number, u32 how)
{
	static const char *const names[] = { "turns", "threads", "changes" };
	struct sl_pipeline *p;

	make_random(number);
	p = open_it();
	change(p, true);
	if (how)
		run_threads(p, how == 2);
	else
		run_turns(p);
	if (!check_result(p))
		fprintf(stderr, "with: graph %u, %s\n", number, names[how]);
	sl_pipeline_close(p);
}

int main(void)
{
	u32 i, how;

	for (i = 0; i < GRAPHS; i++)
		for (how = 0; how < 3; how++)
			run_random(i, how);
	TEST_END();
}
