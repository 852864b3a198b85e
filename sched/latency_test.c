// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what a latency target does: turns that take too long get smaller
 * batches, which grow back when they may, a burst is broken off between two
 * batches, and nothing is lost or overtaken meanwhile.
 *
 * The clock is this program's: it goes on by a step each time it is read, so
 * time passes only where work is done, and every run is the same.
 */
#include <stdlib.h>
#include <time.h>

#include <linux/err.h>

#include "sched/wiring.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

#define STEP_NS		50
#define US		1000ull
#define TIMES_MAX	(1 << 16)
#define BURST		300

static u64 clock_ns;

int clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	clock_ns += STEP_NS;
	t->tv_sec = clock_ns / 1000000000;
	t->tv_nsec = clock_ns % 1000000000;
	return 0;
}

/* Begins as much as it may each turn, and notes how long each event is away. */
struct watcher {
	u64 next, expected;
	u64 disordered;
	u32 count;
	u32 time_ns[TIMES_MAX];
};

enum { NEXT };

static u32 watcher_poll(struct sl_stage *stage)
{
	u32 most = sl_stage_share(stage, SL_BATCH_MAX);
	struct watcher *watcher = stage->private;
	struct sl_event *event;
	u32 done = 0;

	while (done < most && (event = sl_stage_take(stage))) {
		sl_flow(event)->sequence = watcher->next++;
		sl_flow(event)->hops = 0;
		event->context = (void *)(uintptr_t)clock_ns;
		sl_stage_call(stage, NEXT, event);
		done++;
	}
	return done;
}

static u32 watcher_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct watcher *watcher = stage->private;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		watcher->disordered += sl_flow(event)->sequence !=
				       watcher->expected++;
		watcher->time_ns[watcher->count++ % TIMES_MAX] =
			clock_ns - (uintptr_t)event->context;
		sl_stage_free(stage, event);
	}
	return batch->count;
}

static const struct sl_stage_type watcher_stage = {
	.name = "watcher",
	.class = SL_SERIAL,
	.port = { { "next", "flow", true, false } },
	.private_bytes = sizeof(struct watcher),
	.events = 512,
	.event_bytes = 64,
	.run = watcher_run,
	.poll = watcher_poll,
};

/* Makes many requests of one, and answers it when all have been answered. */
enum { PREVIOUS, MANY };

static u32 burst_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 *left = stage->private;
	u32 i;

	if (sl_stage_port(stage, edge) == MANY) {
		for (i = 0; i < batch->count; i++) {
			struct sl_event *asked = batch->event[i]->context;

			sl_stage_free(stage, batch->event[i]);
			if (!--*left)
				sl_stage_reply(stage, asked);
		}
		return batch->count;
	}
	if (*left)
		return 0;
	for (*left = 0; *left < BURST; ++*left) {
		struct sl_event *event = sl_stage_take(stage);

		event->context = batch->event[0];
		sl_stage_call(stage, MANY, event);
	}
	return 1;
}

static const struct sl_stage_type burst_stage = {
	.name = "burst",
	.class = SL_SERIAL,
	.port = {
		{ "previous", "flow", false, false },
		{ "many", "flow", true, false },
	},
	.private_bytes = sizeof(u32),
	.events = BURST,
	.event_bytes = 64,
	.run = burst_run,
};

static struct sl_flow_options heavy, light;
static struct sl_graph graph;
static struct sl_plan plan;

/*
 * watcher, a stage between, and a heavy sink; if split, that has a worker of its
 * own, and another watcher beside the first.
 */
static struct sl_pipeline *make(const struct sl_stage_type *between,
				u64 latency_ns, u64 work_ns, bool split)
{
	struct sl_pipeline *p;
	u32 i;

	heavy.work_ns = work_ns;
	sl_graph_init(&graph, "latency");
	graph.latency_ns = latency_ns;
	sl_graph_add(&graph, "watcher", &watcher_stage, NULL);
	sl_graph_add(&graph, "between", between, &light);
	sl_graph_add(&graph, "heavy", &sl_sink_stage, &heavy);
	sl_graph_join(&graph, 0, 1);
	sl_graph_join(&graph, 1, 2);
	if (split) {
		sl_graph_add(&graph, "other", &watcher_stage, NULL);
		sl_graph_join(&graph, 3, 2);
	}
	for (i = 0; i < graph.stage_count; i++) {
		graph.stage[i].place_count = 1;
		graph.stage[i].place[0] = (struct sl_place){
			0, split && i > 1 ? i - 1 : 0 };
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		exit(sl_test_end());
	return p;
}

struct seen {
	u32 batch;		/* of the core with the heavy stage, at the end */
	u32 smallest;
	u64 longest_ns;		/* of its turns, once settled */
	u64 p99_ns;
	u32 events;
};

static int by_size(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* So many turns; what is seen is of the second half. */
static struct seen turn(struct sl_pipeline *p, u32 turns)
{
	struct watcher *watcher = sl_pipeline_stage(p, 0)->private;
	struct sl_core *core = sl_pipeline_core(p, 2);
	struct seen seen = { .smallest = SL_BATCH_MAX };
	u32 i, c;

	for (i = 0; i < turns; i++) {
		if (i == turns / 2)
			watcher->count = 0;
		for (c = 0; c < plan.worker_count; c++) {
			u64 began = clock_ns;

			sl_core_turn(&p->core[c]);
			if (i >= turns / 2 && &p->core[c] == core)
				seen.longest_ns = max(seen.longest_ns,
						      clock_ns - began);
		}
		seen.smallest = min(seen.smallest, core->turn.batch);
	}
	seen.batch = core->turn.batch;
	seen.events = min(watcher->count, (u32)TIMES_MAX);
	CHECK(seen.events);
	qsort(watcher->time_ns, seen.events, sizeof(u32), by_size);
	seen.p99_ns = watcher->time_ns[seen.events * 99ull / 100];
	CHECK_EQ(watcher->disordered, 0);
	return seen;
}

static struct seen run(const struct sl_stage_type *between, u64 latency_ns,
		       u64 work_ns, bool split, u32 turns)
{
	struct sl_pipeline *p = make(between, latency_ns, work_ns, split);
	struct seen seen = turn(p, turns);

	sl_pipeline_close(p);
	return seen;
}

/* On one core an event is away for the turn it is in. */
static void test_fused(void)
{
	struct seen none = run(&sl_pass_stage, 0, 10 * US, false, 200);
	struct seen wide = run(&sl_pass_stage, 10000 * US, 10 * US, false, 200);
	struct seen tight = run(&sl_pass_stage, 200 * US, 10 * US, false, 200);

	CHECK_EQ(none.batch, 64);
	CHECK(none.longest_ns > 640 * US);
	CHECK(none.p99_ns > 600 * US);

	CHECK_EQ(wide.smallest, 64);

	/* Ten events take half of the target, twenty all of it. */
	CHECK(tight.batch >= 8 && tight.batch <= 20);
	CHECK(tight.longest_ns <= 200 * US);
	CHECK(tight.p99_ns <= 200 * US);
	CHECK(3 * tight.p99_ns < none.p99_ns);
}

/* What no batch can meet is met as nearly as can be, and counted. */
static void test_impossible(void)
{
	struct sl_pipeline *p = make(&sl_pass_stage, 5 * US, 20 * US, false);
	struct seen seen = turn(p, 100);
	struct sl_core *core = sl_pipeline_core(p, 2);

	CHECK_EQ(seen.batch, 1);
	CHECK_EQ(seen.events, 50);
	CHECK_EQ(core->counters->late_turns, core->counters->work_turns);
	sl_pipeline_close(p);
}

/* What was heavy becomes light, and heavy again. */
static void test_back(void)
{
	struct sl_pipeline *p = make(&sl_pass_stage, 200 * US, 10 * US, false);
	struct seen seen = turn(p, 100);
	u64 late = sl_pipeline_core(p, 2)->counters->late_turns;

	CHECK(seen.batch <= 20);
	heavy.work_ns = 0;
	CHECK_EQ(turn(p, 100).batch, 64);
	CHECK_EQ(sl_pipeline_core(p, 2)->counters->late_turns, late);
	heavy.work_ns = 10 * US;
	CHECK(turn(p, 100).batch <= 20);
	sl_pipeline_close(p);
}

/* Only the core that works gets smaller batches; frames end in time, too. */
static void test_split(void)
{
	struct sl_pipeline *p = make(&sl_pass_stage, 200 * US, 10 * US, true);
	struct seen seen = turn(p, 400);

	CHECK(seen.batch >= 4 && seen.batch <= 20);
	CHECK(seen.longest_ns <= 200 * US);
	CHECK_EQ(sl_pipeline_core(p, 0)->turn.batch, 64);
	sl_pipeline_close(p);
}

/*
 * One event makes a burst of 300 that take 3 ms: smaller batches of what comes
 * in do not help, so the burst is done a part a turn.
 */
static void test_burst(void)
{
	struct seen none = run(&burst_stage, 0, 10 * US, false, 200);
	struct seen tight = run(&burst_stage, 200 * US, 10 * US, false, 4000);

	CHECK(none.longest_ns >= BURST * 10 * US);
	CHECK(tight.longest_ns <= 400 * US);
	CHECK(tight.events > 100);
}

/* Without a target, and with events that cost nothing, nothing changes. */
static void test_light(void)
{
	struct seen none = run(&sl_pass_stage, 0, 0, true, 1000);
	struct seen some = run(&sl_pass_stage, 100 * US, 0, true, 1000);

	CHECK_EQ(some.smallest, 64);
	CHECK_EQ(some.events, none.events);
}

int main(void)
{
	test_fused();
	test_impossible();
	test_back();
	test_split();
	test_burst();
	test_light();
	TEST_END();
}
