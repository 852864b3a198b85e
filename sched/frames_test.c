// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what frames do, turn by turn: of several backlogs the one that weighs
 * most is served further, replies before requests; none where there is nothing
 * to choose, or where a source would wait; and every inbox gets its batch.
 */
#include <linux/err.h>

#include "sched/wiring.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

static struct sl_graph graph;
static struct sl_plan plan;
static struct sl_source_options source_options;
static struct sl_flow_options flow_options;

static void place(u32 stage, u32 worker)
{
	graph.stage[stage].place_count = 1;
	graph.stage[stage].place[0] = (struct sl_place){ 0, worker };
}

static struct sl_pipeline *open_it(void)
{
	struct sl_pipeline *p = sl_pipeline_open(&graph, &plan, NULL);

	if (!CHECK(!IS_ERR(p)))
		exit(sl_test_end());
	return p;
}

/* Two sources, each on a core of its own, and a core that they share. */
static struct sl_pipeline *make_shared(u32 a, u32 b)
{
	u32 i;

	source_options = (struct sl_source_options){ 0, 1 };
	sl_graph_init(&graph, "shared");
	graph.ring_slots = 1024;
	for (i = 0; i < 2; i++) {
		sl_graph_add(&graph, i ? "b" : "a", &sl_source_stage,
			     &source_options);
		graph.stage[i].events = i ? b : a;
	}
	for (i = 0; i < 2; i++) {
		sl_graph_add(&graph, i ? "sink_b" : "sink_a", &sl_sink_stage,
			     &flow_options);
		sl_graph_join(&graph, i, 2 + i);
	}
	place(0, 1);
	place(1, 2);
	place(2, 0);
	place(3, 0);
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	return open_it();
}

static struct sl_core *core_of(struct sl_pipeline *p, u32 instance)
{
	return sl_pipeline_core(p, instance);
}

static u64 served(struct sl_pipeline *p, u32 instance)
{
	return sl_pipeline_stage(p, instance)->counters->events;
}

static void turns(struct sl_core *core, u32 count)
{
	while (count--)
		sl_core_turn(core);
}

/* A batch of each, then a frame of the longer queue. */
static void test_backlog(void)
{
	struct sl_pipeline *p = make_shared(512, 512);
	u64 most = SL_BATCH_MAX + SL_DISPATCH_FRAME_MAX;

	turns(core_of(p, 0), 8);
	turns(core_of(p, 1), 3);
	turns(core_of(p, 2), 1);
	CHECK_EQ(served(p, 3), 64);
	CHECK(served(p, 2) >= 128 && served(p, 2) <= most);
	/* Whatever weighs most, the other one gets something each turn. */
	turns(core_of(p, 2), 2);
	CHECK_EQ(served(p, 3), 192);
	sl_pipeline_close(p);
}

/* No backlog, no frame: batches that are not full end the turn. */
static void test_short(void)
{
	struct sl_pipeline *p = make_shared(63, 32);

	turns(core_of(p, 0), 2);
	turns(core_of(p, 1), 2);
	turns(core_of(p, 2), 1);
	CHECK_EQ(served(p, 2), 63);
	CHECK_EQ(served(p, 3), 32);
	sl_pipeline_close(p);
}

/* One backlog, no choice: the turn loop comes back to it soon enough. */
static void test_alone(void)
{
	struct sl_pipeline *p = make_shared(512, 63);

	turns(core_of(p, 0), 8);
	turns(core_of(p, 1), 1);
	turns(core_of(p, 2), 1);
	CHECK_EQ(served(p, 2), 64);
	CHECK_EQ(served(p, 3), 63);
	sl_pipeline_close(p);
}

/* source, pass on a core of its own, sink: what the pass does in a turn. */
static struct sl_pipeline *make_chain(void)
{
	source_options = (struct sl_source_options){ 0, 1 };
	sl_graph_init(&graph, "chain");
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	sl_graph_add(&graph, "pass", &sl_pass_stage, &flow_options);
	sl_graph_add(&graph, "sink", &sl_sink_stage, &flow_options);
	sl_graph_join(&graph, 0, 1);
	sl_graph_join(&graph, 1, 2);
	graph.stage[0].events = 2048;
	place(0, 1);
	place(1, 0);
	place(2, 2);
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	return open_it();
}

static u64 waiting(struct sl_pipeline *p, u32 from, u32 to)
{
	struct sl_pipeline_link link;
	u32 i;

	for (i = 0; i < sl_pipeline_link_count(p); i++) {
		sl_pipeline_link(p, i, &link);
		if (link.from == from && link.to == to)
			return link.used;
	}
	CHECK(false);
	return 0;
}

/* Both wait: the frame is of replies, though more requests wait. */
static void test_replies_first(void)
{
	struct sl_pipeline *p = make_chain();
	u64 before[2], after[2];

	turns(core_of(p, 0), 16);
	while (waiting(p, 0, 1) > 600)
		sl_core_turn(core_of(p, 1));
	while (waiting(p, 1, 2))
		sl_core_turn(core_of(p, 2));
	turns(core_of(p, 0), 16);
	before[0] = waiting(p, 0, 1);
	before[1] = waiting(p, 2, 1);
	CHECK(before[1] > 300 && before[0] > before[1]);
	sl_core_turn(core_of(p, 1));
	after[0] = waiting(p, 0, 1);
	after[1] = waiting(p, 2, 1);
	CHECK_EQ(before[0] - after[0], 64);
	CHECK(before[1] - after[1] >= 128);
	sl_pipeline_close(p);
}

/*
 * A source has answers in two inboxes.  If it has more to send it would wait, so
 * there is no frame; if all its events are away there is.
 */
static void test_source(u32 events, u32 most)
{
	struct sl_pipeline *p;
	u64 before, taken;
	u32 i;

	source_options = (struct sl_source_options){ 0, 2 };
	sl_graph_init(&graph, "source");
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	for (i = 1; i < 3; i++) {
		sl_graph_add(&graph, i == 1 ? "a" : "b", &sl_sink_stage,
			     &flow_options);
		sl_graph_join(&graph, 0, i);
	}
	graph.stage[0].events = events;
	for (i = 0; i < 3; i++)
		place(i, i);
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	p = open_it();
	turns(core_of(p, 0), 8);
	turns(core_of(p, 1), 8);
	turns(core_of(p, 2), 8);
	before = waiting(p, 1, 0) + waiting(p, 2, 0);
	CHECK_EQ(before, 512);
	sl_core_turn(core_of(p, 0));
	taken = before - waiting(p, 1, 0) - waiting(p, 2, 0);
	CHECK(taken >= 128 && taken <= most);
	CHECK(most == 128 || taken >= 192);
	sl_pipeline_close(p);
}

int main(void)
{
	test_backlog();
	test_short();
	test_alone();
	test_replies_first();
	test_source(2048, 128);
	test_source(512, 128 + SL_DISPATCH_FRAME_MAX);
	TEST_END();
}
