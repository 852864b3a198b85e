// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a timed wait is that of the event it is said to be: events carry
 * when they were made, the stage that gets them notes when it was called with
 * each, and whatever sl_dwell_see() adds up must lie between.  Turns of two
 * cores alternate at random on one thread, with rings and batches of many
 * sizes, while the plan changes: ends of the link come together and part.
 */
#include <linux/err.h>
#include <linux/timex.h>

#include "sched/replan.h"
#include "sched/wiring.h"
#include "stages/flow/flow.h"
#include "tools/test.h"

#define TURNS	60000

static const struct shape {
	const char *name;
	u32 slots;
	u32 batch;
	u32 bank;
	u32 changes;		/* a change of the plan for so many turns */
	u32 greedy;		/* turns of the sender for one of the receiver */
} shapes[] = {
	{ "apart",	 1024, 64, 512, 0,   1 },
	{ "singles",	 64,   1,  512, 0,   1 },
	{ "one slot",	 1,    64, 100, 0,   1 },
	{ "full rings",	 16,   64, 512, 0,   3 },
	{ "overflows",	 16,   7,  512, 0,   3 },
	{ "moves",	 64,   64, 512, 5,   1 },
	{ "moves, full", 16,   7,  300, 3,   3 },
	{ "moves, tiny", 1,    3,  50,  2,   1 },
	{ "rare moves",	 256,  64, 512, 400, 2 },
};

/* What an event carries. */
struct cargo {
	u64 made;		/* get_cycles() */
};

enum { NEXT };

static struct sl_graph graph;
static struct sl_plan plan;
static const struct sl_way *way;
static u64 seed;
/* By number of the event on the link; it holds no more than these. */
static u64 made[4096], called[4096];
static u64 came;		/* over the link, so far */

static u32 dice(u32 sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % sides;
}

static struct cargo *cargo(struct sl_event *event)
{
	return (struct cargo *)event->args;
}

static u32 spring_poll(struct sl_stage *stage)
{
	u32 left = dice(SL_BATCH_MAX) + 1;
	struct sl_event *event;
	u32 done = 0;

	while (left-- && (event = sl_stage_take(stage))) {
		cargo(event)->made = get_cycles();
		sl_stage_call(stage, NEXT, event);
		done++;
	}
	return done;
}

static u32 spring_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	(void)stage;
	(void)edge;
	return batch->count;
}

static const struct sl_stage_type spring = {
	.name = "spring",
	.class = SL_SERIAL,
	.port = { { "next", "flow", true, false } },
	.event_bytes = 64,
	.run = spring_run,
	.poll = spring_poll,
};

/* At times it leaves some behind, as if its bank were empty. */
static u32 drain_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 taken = dice(4) ? batch->count : dice(batch->count + 1);
	u64 now = get_cycles();
	u32 i;

	(void)edge;
	for (i = 0; i < taken; i++) {
		struct sl_event *event = batch->event[i];

		if (!way->out->plain) {
			made[came % ARRAY_SIZE(made)] = cargo(event)->made;
			called[came++ % ARRAY_SIZE(made)] = now;
		}
		sl_stage_free(stage, event);
	}
	return taken;
}

static const struct sl_stage_type drain = {
	.name = "drain",
	.class = SL_SERIAL,
	.port = { { "previous", "flow", false, false } },
	.run = drain_run,
};

static struct sl_pipeline *make(const struct shape *shape)
{
	struct sl_pipeline *p;
	u32 i;

	sl_graph_init(&graph, "dwell");
	graph.ring_slots = shape->slots;
	graph.batch_max = shape->batch;
	graph.movable = true;
	sl_graph_add(&graph, "spring", &spring, NULL);
	sl_graph_add(&graph, "drain", &drain, NULL);
	CHECK_EQ(sl_graph_join(&graph, 0, 1), 0);
	graph.stage[0].events = shape->bank;
	graph.edge[0].fuse = true;
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	plan.worker_count = 2;
	for (i = 0; i < 2; i++) {
		plan.worker[i] = (struct sl_place){ 0, i };
		plan.instance[i].worker = i;
	}
	p = sl_pipeline_open(&graph, &plan, NULL);
	for (i = 0; !IS_ERR(p) && i < p->way_count; i++)
		if (p->way[i].out->right)
			way = &p->way[i];
	came = 0;
	return p;
}

static void change(struct sl_pipeline *p)
{
	plan.instance[dice(2)].worker = dice(2);
	CHECK_EQ(sl_pipeline_replan(p, &plan), 0);
}

/* What a turn of a core has added: all of marks that were made before it. */
static bool check_turn(struct sl_core *core)
{
	const struct sl_dwell before = *way->out->dwell;
	const struct sl_dwell *after = way->out->dwell;
	u64 start = get_cycles();
	u64 events = 0, least = 0, most = 0;
	u64 i, cycles;

	sl_core_turn(core);
	CHECK(after->timed_events <= way->in->popped);
	cycles = after->timed_cycles - before.timed_cycles;
	for (i = 0; i < after->timed - before.timed; i++) {
		const struct sl_dwell_mark *mark =
			&before.mark[(before.seen + i) % SL_DWELL_MARKS];
		u64 at = mark->event % ARRAY_SIZE(made);

		/* It was seen after it was made, and the call was now. */
		if (!CHECK(before.seen + i < before.marks) ||
		    !CHECK(mark->event < came) ||
		    !CHECK(mark->stamp >= made[at]))
			return false;
		events += mark->events;
		least += mark->events * (start - mark->stamp);
		most += mark->events * (called[at] - mark->stamp);
	}
	return CHECK_EQ(after->timed_events - before.timed_events, events) &&
	       CHECK(cycles >= least) && CHECK(cycles <= most);
}

static void run(const struct shape *shape)
{
	struct sl_pipeline *p = make(shape);
	const struct sl_dwell *dwell;
	bool good = true;
	u32 i;

	if (!CHECK(!IS_ERR_OR_NULL(p)))
		return;
	dwell = way->out->dwell;
	for (i = 0; good && i < TURNS; i++) {
		good = check_turn(&p->core[dice(shape->greedy + 1) ?
					   plan.instance[0].worker :
					   plan.instance[1].worker]);
		if (shape->changes && !dice(shape->changes))
			change(p);
	}
	/* All that was popped is with the stage, but for what it left. */
	good &= CHECK_EQ(came, way->in->popped - way->in->batch.count);
	good &= CHECK(way->out->pushed >= way->in->popped);
	good &= CHECK(dwell->timed > 1);
	good &= CHECK(dwell->seen >= dwell->timed);
	/* Marks are seldom forgotten unless the plan changes all the time. */
	if (!shape->changes) {
		good &= CHECK_EQ(dwell->seen, dwell->timed);
		good &= CHECK(dwell->timed_events > came / 2);
		good &= CHECK(came / dwell->timed > 30);
	}
	if (!good)
		fprintf(stderr, "with: %s, turn %u\n", shape->name, i);
	sl_pipeline_close(p);
}

/* Which events are marked is left to chance, each of them alike. */
static void test_chance(void)
{
	struct sl_dwell dwell = { 0 };
	u64 parts[8] = { 0 };
	u64 event = 0, end, next;
	u32 i;

	for (i = 0; i < 80000; i++) {
		parts[event % 8]++;
		/* In batches of eight, of which it is in the last one. */
		end = event / 8 * 8 + 8;
		next = sl_dwell_mark(&dwell, event, end, 8);
		CHECK(next >= end);
		CHECK(sl_dwell_due(&dwell, end));
		CHECK(!sl_dwell_due(&dwell, event));
		sl_dwell_see(&dwell, end, get_cycles());
		CHECK(!sl_dwell_due(&dwell, end));
		event = next;
	}
	for (i = 0; i < 8; i++)
		CHECK(parts[i] > 9000 && parts[i] < 11000);
	/* One batch of 64, on average. */
	CHECK(dwell.timed_events > 80000ull * 8 * 62);
	CHECK(dwell.timed_events < 80000ull * 8 * 68);
	CHECK_EQ(dwell.timed, 80000);
	CHECK_EQ(dwell.timed_events, dwell.behind);
}

/* Where nobody sees them there are ever fewer, and later as many as before. */
static void test_full(void)
{
	struct sl_dwell dwell = { 0 };
	u64 event = 0, asked = 0;

	while (dwell.marks < SL_DWELL_MARKS)
		event = sl_dwell_mark(&dwell, event, event + 1, 1);
	for (; event < 1000000; asked++)
		event = sl_dwell_mark(&dwell, event, event + 1, 1);
	CHECK(asked > 5 && asked < 40);
	CHECK_EQ(dwell.marks, SL_DWELL_MARKS);
	sl_dwell_see(&dwell, event, get_cycles());
	CHECK_EQ(dwell.seen, SL_DWELL_MARKS);
	CHECK_EQ(dwell.timed_events, dwell.behind);
	for (asked = 0; asked < 2000; asked++) {
		event = sl_dwell_mark(&dwell, event, event + 1, 1);
		sl_dwell_see(&dwell, event, get_cycles());
	}
	CHECK_EQ(dwell.marks, SL_DWELL_MARKS + asked);
	CHECK_EQ(dwell.rarely, 0);
	CHECK_EQ(dwell.timed_events, dwell.behind);
}

int main(void)
{
	u32 i;

	test_chance();
	test_full();
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		seed = i + 1;
		run(&shapes[i]);
	}
	TEST_END();
}
