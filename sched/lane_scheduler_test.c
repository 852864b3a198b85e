// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the slow loop spreads lanes over cores when one stage takes most
 * of the work, or all of them do, gathers them when that did not pay, says so
 * in words, and leaves alone what can be there only once.
 *
 * Nothing runs: the test counts for instances what they would have counted, at
 * two cycles a nanosecond, and the loop has its times from it.
 */
#include <string.h>

#include <linux/err.h>

#include "sched/lane.h"
#include "sched/scheduler_own.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

#define STAGES		4
#define WORKERS		2
#define LANES		2
#define CYCLES_A_NS	2
#define BATCHES		100	/* between two looks, of each lane */

static struct sl_source_options source_options = { .flows = 4 };
static struct sl_flow_options flow_options;
static struct sl_stage_type serial;
static struct sl_stage_counters stage_counters[STAGES * LANES];
static struct sl_core_counters core_counters[WORKERS];
static u64 event_cycles[STAGES];
static struct sl_graph graph;
static struct sl_plan plan;
static u64 now_ns;

/* The source is where it is; all others are in lanes, but for one perhaps. */
static struct sl_pipeline *make(bool source_placed, int serial_stage)
{
	struct sl_pipeline_memory memory = { stage_counters, core_counters };
	struct sl_pipeline *p;
	u32 i;

	memset(stage_counters, 0, sizeof(stage_counters));
	memset(core_counters, 0, sizeof(core_counters));
	sl_graph_init(&graph, "test");
	graph.movable = true;
	graph.huge = false;
	for (i = 0; i < STAGES; i++) {
		const struct sl_stage_type *type =
			i == 0 ? &sl_source_stage : (int)i == serial_stage ?
			&serial : i == STAGES - 1 ? &sl_sink_stage
						  : &sl_pass_stage;
		char name[8] = { 's', '0' + i };

		event_cycles[i] = 40;
		sl_graph_add(&graph, name, type, i ? (void *)&flow_options
						   : &source_options);
		if (i)
			sl_graph_join(&graph, i - 1, i);
	}
	graph.stage[0].place_count = source_placed;
	sl_lane_make(&graph, LANES);
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0, 1 }, WORKERS), 0);
	for (i = 0; i < plan.instance_count; i++)
		plan.instance[i].worker = 0;
	p = sl_pipeline_open(&graph, &plan, &memory);
	CHECK(!IS_ERR(p));
	return p;
}

/* A stage's events of a batch are shared by as many instances as it has. */
static void count_batch(struct sl_pipeline *p, u64 n)
{
	u32 i;

	for (i = 0; i < p->plan.instance_count; i++) {
		u32 stage = p->plan.instance[i].stage;
		u32 calls = LANES / sl_graph_replicas(&p->graph, stage);
		struct sl_stage_counters *c = &stage_counters[i];
		u64 cycles = 400 + event_cycles[stage] * n;

		c->events += calls * n;
		c->batches += calls;
		c->sample.calls += calls;
		c->sample.events += calls * n;
		c->sample.cycles += calls * cycles;
		c->sample.squares += calls * n * n;
		c->sample.products += calls * n * cycles;
		core_counters[p->plan.instance[i].worker].busy_cycles +=
			calls * cycles;
	}
	for (i = 0; i < p->way_count; i++) {
		const struct sl_way *way = &p->way[i];
		u32 from = p->plan.instance[way->from].stage;
		u32 to = p->plan.instance[way->to].stage;
		u32 ways = max(sl_graph_replicas(&p->graph, from),
			       sl_graph_replicas(&p->graph, to));

		way->out->handed += n * LANES / ways;
	}
}

/* Looks so many times; true when a change was made. */
static bool look(struct sl_scheduler *s, struct sl_pipeline *p, u32 looks,
		 u32 permille, struct sl_scheduler_change *change)
{
	u32 i;

	while (looks--) {
		for (i = 0; i < BATCHES * permille / 1000; i++)
			count_batch(p, 16 + i % 33);
		now_ns += SL_SCHEDULER_LOOK_NS;
		if (sl_scheduler_look(s, now_ns, now_ns * CYCLES_A_NS, change))
			return true;
	}
	return false;
}

/* On how many workers a stage is. */
static u32 spread_of(const struct sl_pipeline *p, u32 stage)
{
	u64 on = 0;
	u32 i;

	for (i = 0; i < p->plan.instance_count; i++)
		if (p->plan.instance[i].stage == stage)
			on |= 1ull << p->plan.instance[i].worker;
	return __builtin_popcountll(on);
}

static struct sl_scheduler *make_scheduler(struct sl_pipeline *p)
{
	struct sl_scheduler *s = sl_scheduler_create(p);

	CHECK(!IS_ERR(s));
	sl_scheduler_distance(s, 0, 1, 100000);
	now_ns = 1000000000;
	return s;
}

static void end(struct sl_scheduler *s, struct sl_pipeline *p)
{
	sl_scheduler_destroy(s);
	sl_pipeline_close(p);
}

/* One stage takes most of the work: no cut helps, but replicas of it do. */
static void test_heavy(void)
{
	struct sl_scheduler_change change = { 0 };
	struct sl_pipeline *p = make(true, 0);
	struct sl_scheduler *s = make_scheduler(p);

	event_cycles[2] = 2000;
	CHECK(look(s, p, 100, 1000, &change));
	CHECK_EQ(spread_of(p, 2), 2);
	CHECK(strstr(change.why, "s2 on cpu0+cpu1"));
	CHECK(strstr(change.why, " % more"));
	CHECK(change.rate_expected > change.rate_before * 3 / 2);
	end(s, p);
}

/* It did not pay: all are gathered where they were. */
static void test_back(void)
{
	struct sl_scheduler_change change = { 0 };
	struct sl_pipeline *p = make(true, 0);
	struct sl_scheduler *s = make_scheduler(p);
	u32 i;

	event_cycles[2] = 2000;
	CHECK(look(s, p, 100, 1000, &change));
	CHECK(look(s, p, 60, 500, &change));
	CHECK_EQ(change.move, SL_PLANNER_BACK);
	for (i = 0; i < STAGES; i++)
		CHECK_EQ(spread_of(p, i), 1);
	end(s, p);
}

/* All can be replicated and weigh the same: lane 0 here, lane 1 there. */
static void test_complete(void)
{
	struct sl_scheduler_change change = { 0 };
	struct sl_pipeline *p = make(false, 0);
	struct sl_scheduler *s = make_scheduler(p);
	u32 i;

	/* Three stages of one weight cannot be cut in halves. */
	event_cycles[1] = event_cycles[2] = event_cycles[3] = 1000;
	CHECK(look(s, p, 100, 1000, &change));
	for (i = 0; i < p->plan.instance_count; i++)
		CHECK_EQ(p->plan.instance[i].worker,
			 p->plan.instance[i].replica);
	CHECK_EQ(change.move, SL_PLANNER_REPLICATE);
	CHECK(strstr(change.why, "all stages on each of cpu0+cpu1: "));
	end(s, p);
}

/* What is there once stays so, however much it takes. */
static void test_serial(void)
{
	struct sl_scheduler_change change = { 0 };
	struct sl_pipeline *p = make(true, 2);
	struct sl_scheduler *s = make_scheduler(p);

	CHECK_EQ(p->plan.instance_count, 6);
	event_cycles[2] = 2000;
	look(s, p, 100, 1000, &change);
	CHECK_EQ(spread_of(p, 2), 1);
	end(s, p);
}

/* Pushes and pops are taken out of costs as far as ways cross. */
static void test_crossing(void)
{
	struct sl_scheduler_change change = { 0 };
	u64 cost[3];
	u32 i;

	for (i = 0; i < 3; i++) {
		struct sl_pipeline *p = make(true, 0);
		struct sl_scheduler *s;

		/* None, one or both of the lanes of the sink are elsewhere. */
		p->plan.instance[5].worker = i > 0;
		p->plan.instance[6].worker = i > 1;
		s = make_scheduler(p);
		look(s, p, 25, 100, &change);
		CHECK(sl_scheduler_measure(s));
		cost[i] = s->snapshot.stage[3].event_ps;
		end(s, p);
	}
	CHECK(cost[0] > cost[1] && cost[1] > cost[2]);
	/* Halfway, but for rounding. */
	CHECK(2 * cost[1] <= cost[0] + cost[2] + 100);
	CHECK(2 * cost[1] + 100 >= cost[0] + cost[2]);
}

int main(void)
{
	serial = sl_pass_stage;
	serial.class = SL_SERIAL;
	test_heavy();
	test_back();
	test_complete();
	test_serial();
	test_crossing();
	TEST_END();
}
