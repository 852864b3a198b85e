// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a pipeline in lanes which is cut, run to completion and dealt out
 * anew every millisecond, on threads and without, loses, doubles and overtakes
 * nothing, and lets no event out of its lane.
 */
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "sched/lane_site_test.h"
#include "sched/replan.h"
#include "sched/wiring.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SLOWER	8
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SLOWER	8
#endif
#endif
#ifndef SLOWER
#define SLOWER	1
#endif

#define THREADED_NS	500000000ull
#define TURNED_EVENTS	(40000ull / SLOWER)
#define CHANGES_MIN	20
#define WAIT_NS		40000000000ull	/* nothing takes so long */

static u64 seed;

static u32 dice(u32 sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % sides;
}

static const struct shape {
	const char *name;
	const char *chain;
	bool fuse;
	u32 lanes;
	u32 workers;
	u32 slots;
	u32 batch;
	u32 bank;
	u32 flows;
} shapes[] = {
	{ "all in lanes",    "Spppk",  true,  2, 2, 256, 64, 512, 7 },
	{ "three lanes",     "Sppk",   true,  3, 2, 64,	 64, 200, 3 },
	{ "four workers",    "Sppk",   true,  4, 4, 16,	 32, 100, 5 },
	{ "more workers",    "Spppk",  true,  2, 3, 256, 64, 512, 4 },
	{ "one slot",	     "Sppk",   true,  2, 2, 1,	 64, 100, 2 },
	{ "one event",	     "Sppk",   true,  3, 3, 16,	 64, 1,	  1 },
	{ "serial",	     "Spxpk",  true,  2, 2, 64,	 64, 257, 9 },
	{ "serial, tiny",    "Sxpk",   true,  3, 3, 2,	 7,  65,  4 },
	{ "serial source",   "Oppk",   true,  2, 2, 64,	 64, 300, 6 },
	{ "one sink",	     "Sppk1",  true,  2, 2, 64,	 64, 300, 6 },
	{ "places",	     "Sp2pk",  true,  2, 2, 64,	 64, 300, 5 },
	{ "other places",    "Sp3pk",  true,  2, 3, 64,	 64, 300, 5 },
	{ "never fused",     "Sppk",   false, 2, 2, 64,	 64, 512, 3 },
};

/* All lanes on the first worker; there are others, on the CPUs by turns. */
static void prepare(const struct shape *shape, u64 events)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u32 i;

	source_options = (struct sl_source_options){ events, shape->flows };
	make_graph(shape->chain);
	graph.ring_slots = shape->slots;
	graph.batch_max = shape->batch;
	graph.stage[0].events = shape->bank;
	for (i = 0; i < graph.edge_count; i++)
		graph.edge[i].fuse = shape->fuse;
	CHECK(sl_lane_make(&graph, shape->lanes));
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	plan.worker_count = shape->workers;
	for (i = 0; i < shape->workers; i++)
		plan.worker[i] = (struct sl_place){ i % cpus, i / cpus };
	for (i = 0; i < plan.instance_count; i++)
		plan.instance[i].worker %= shape->workers;
}

static u64 any_set(u32 stage)
{
	u32 most = graph.stage[stage].lanes ? graph.lanes : 1;
	u64 on = 1ull << dice(plan.worker_count);

	while (dice(2))
		on |= 1ull << dice(plan.worker_count);
	while (members(on) > most)
		on &= on - 1;
	return on;
}

/* A cut, run to completion, or anything. */
static void deal(void)
{
	u64 all = (1ull << plan.worker_count) - 1;
	u64 on[SL_GRAPH_STAGES_MAX];
	u32 kind = dice(3), at = dice(graph.stage_count + 1);
	u32 left = dice(plan.worker_count), right = dice(plan.worker_count);
	u32 i;

	for (i = 0; i < graph.stage_count; i++) {
		on[i] = kind == 0 ? 1ull << (i < at ? left : right) :
			kind == 1 ? all : any_set(i);
		while (members(on[i]) > sl_graph_replicas(&graph, i))
			on[i] &= on[i] - 1;
	}
	sl_lane_spread(&plan, &graph, on);
}

static bool change(struct sl_pipeline *p)
{
	struct sl_plan kept = plan;
	int err;

	deal();
	err = sl_pipeline_replan(p, &plan);
	/* A busy machine may keep a core from its CPU for long. */
	if (err == -ETIMEDOUT)
		plan = kept;
	else
		CHECK_EQ(err, 0);
	return !err;
}

/* What came through each lane, if events never leave theirs. */
static bool check_lanes(struct sl_pipeline *p, const u64 *sent)
{
	u32 last = graph.stage_count - 1;
	bool good = true;
	u32 i;

	for (i = 0; i < plan.instance_count; i++) {
		const struct sl_instance *at = &plan.instance[i];
		u64 events = sl_pipeline_stage(p, i)->counters->events;

		/* Requests and replies, but a sink has no replies. */
		good &= CHECK_EQ(events, sent[at->replica] *
				 (at->stage == last ? 1 : 2));
	}
	return good;
}

/* Every event once through every stage, in order, and home. */
static void check_result(struct sl_pipeline *p, const struct shape *shape)
{
	u32 sources = sl_graph_replicas(&graph, 0);
	u64 sent[SL_LANE_MAX];
	struct sl_pipeline_link link;
	bool good = true, whole = true;
	u32 i;

	for (i = 0; i < graph.stage_count; i++)
		whole &= sl_graph_replicas(&graph, i) == graph.lanes;
	for (i = 0; i < sources; i++) {
		struct sl_stage *stage = sl_pipeline_stage(p, i);
		struct sl_source_result result;

		sl_source_result(stage, &result);
		sent[i] = result.sent;
		good &= CHECK(result.sent);
		good &= CHECK_EQ(result.answered, result.sent);
		good &= CHECK_EQ(result.disordered, 0);
		good &= CHECK_EQ(result.hops,
				 result.sent * (graph.stage_count - 1));
		sl_bank_collect(stage->bank);
		good &= CHECK_EQ(stage->bank->free_count, shape->bank);
		good &= CHECK_EQ(stage->bank->refused, 0);
	}
	if (whole)
		good &= check_lanes(p, sent);
	for (i = 0; i < sl_pipeline_link_count(p); i++) {
		sl_pipeline_link(p, i, &link);
		good &= CHECK_EQ(link.used, 0);
		good &= CHECK_EQ(link.fused, shape->fuse &&
				 plan.instance[link.from].worker ==
				 plan.instance[link.to].worker);
	}
	if (!good)
		fprintf(stderr, "with: %s\n", shape->name);
}

static bool all_sent(struct sl_pipeline *p)
{
	struct sl_source_result result;
	u32 i;

	for (i = 0; i < sl_graph_replicas(&graph, 0); i++) {
		sl_source_result(sl_pipeline_stage(p, i), &result);
		if (!result.sent)
			return false;
	}
	return true;
}

static u32 run_threads(struct sl_pipeline *p)
{
	u64 start = ktime_get_ns();
	struct timespec ms = { 0, 1000000 };
	u32 changes = 0;
	u64 spent;

	CHECK_EQ(sl_pipeline_start(p), 0);
	do {
		nanosleep(&ms, NULL);
		changes += change(p);
		spent = ktime_get_ns() - start;
	} while (changes < CHANGES_MIN || !all_sent(p) ? spent < WAIT_NS :
							 spent < THREADED_NS);
	CHECK_EQ(sl_pipeline_stop(p, WAIT_NS), 0);
	return changes;
}

static u32 run_turns(struct sl_pipeline *p)
{
	u32 changes = 0;
	bool moved = true;

	while (moved) {
		u32 turns = 1 + dice(5);

		while (turns--)
			moved = sl_pipeline_turn(p);
		changes += change(p);
	}
	return changes;
}

static void run(const struct shape *shape, bool threads)
{
	struct sl_pipeline *p;
	u32 changes;

	/* Threads go on while the plan changes; who turns has to end. */
	prepare(shape, threads ? 0 : TURNED_EVENTS);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return;
	changes = threads ? run_threads(p) : run_turns(p);
	if (!CHECK(changes >= CHANGES_MIN))
		fprintf(stderr, "with: %s, %u changes\n", shape->name, changes);
	check_result(p, shape);
	sl_pipeline_close(p);
}

int main(void)
{
	u32 i;

	make_types();
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		seed = i + 1;
		run(&shapes[i], false);
		run(&shapes[i], true);
	}
	TEST_END();
}
