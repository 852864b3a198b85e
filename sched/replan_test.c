// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a change of the plan loses, doubles and overtakes nothing.
 *
 * Chains and fan-ins of sources, passes and sinks run while their instances
 * are dealt out anew, at random but seeded, every millisecond on threads and
 * after every few turns without them.  Sources check the order within flows;
 * at the end every event was counted once at every stage and is at home.
 *
 * One shape goes on until ten million events are through, however long that
 * takes; the others until some time is over.
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
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SLOWER	8
#endif
#endif
#ifndef SLOWER
#define SLOWER	1
#endif

#define LONG_EVENTS	(10000000ull / SLOWER)
#define LONG_CHANGES	(1000 / SLOWER)
#define LONG_WAIT_NS	80000000000ull	/* below what runtests allows */

/* Of each source in each other shape; where CPUs are rare, time ends it before. */
#define THREADED_EVENTS	(1500000ull / SLOWER)
#define THREADED_NS	600000000ull
#define TURNED_EVENTS	(60000ull / SLOWER)
#define CHANGES_MIN	20
#define WAIT_NS		40000000000ull	/* nothing takes so long */

/*
 * Stages by letter: S a source, p a pass, k a sink; "p2" has two replicas.  A
 * second source calls the stage before the last one, as an app calls files.
 * From a spring, F, events go one way to a drain, d, and home over the bank's
 * rings.
 */
static const struct shape {
	const char *name;
	const char *chain;
	bool fan_in;
	bool fuse;
	u32 workers;
	u32 slots;
	u32 batch;
	u32 bank;
	u32 flows;
	bool is_long;
} shapes[] = {
	{ "chain",	    "Spppppk", false, true,  2, 1024, 64, 512,	7, true },
	{ "fan-in",	    "Spppk",   true,  true,  2, 256,  64, 300,	5, false },
	{ "tiny rings",	    "Sppppk",  true,  true,  3, 2,    64, 512,	3, false },
	{ "one slot",	    "Sppk",    false, true,  2, 1,    64, 100,	2, false },
	{ "tiny banks",	    "Spppk",   true,  true,  3, 16,   64, 1,	1, false },
	{ "odd batches",    "Spppk",   false, true,  4, 32,   7,  65,	4, false },
	{ "replicas",	    "Sp2p3pk", false, true,  3, 64,   64, 257,	9, false },
	{ "never fused",    "Spppk",   true,  false, 2, 64,   64, 512,	3, false },
	{ "one way",	    "Fppd",    false, true,  2, 64,   64, 300,	5, false },
	{ "one way, three", "Fp2pd",   false, true,  3, 8,    16, 50,	4, false },
};

#define FLOWS_MAX	16

/* Private state of both ends of a one-way chain. */
struct end {
	u64 next[FLOWS_MAX];	/* by flow */
	u64 count;
	u64 disordered;
	u32 flow;
	bool stopping;
};

enum { NEXT };

static u32 spring_poll(struct sl_stage *stage)
{
	const struct sl_source_options *options = stage->options;
	struct end *end = stage->private;
	struct sl_event *event;
	u32 done = 0;

	while (!end->stopping && done < SL_BATCH_MAX &&
	       !(options->count && end->count == options->count) &&
	       (event = sl_stage_take(stage))) {
		event->flow = end->flow++ % options->flows;
		sl_flow(event)->sequence = end->next[event->flow]++;
		WRITE_ONCE(end->count, end->count + 1);
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

static bool spring_drain(struct sl_stage *stage)
{
	struct end *end = stage->private;

	end->stopping = true;
	return stage->bank->free_count == stage->bank->event_count;
}

static const struct sl_stage_type spring = {
	.name = "spring",
	.class = SL_SERIAL,
	.port = { { "next", "flow", true, false } },
	.private_bytes = sizeof(struct end),
	.events = 1,
	.event_bytes = 64,
	.run = spring_run,
	.poll = spring_poll,
	.drain = spring_drain,
};

static u32 drain_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct end *end = stage->private;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		u64 sequence = sl_flow(event)->sequence;

		end->disordered += sequence != end->next[event->flow];
		end->next[event->flow] = sequence + 1;
		sl_stage_free(stage, event);
	}
	WRITE_ONCE(end->count, end->count + batch->count);
	return batch->count;
}

static const struct sl_stage_type drain = {
	.name = "drain",
	.class = SL_SERIAL,
	.port = { { "previous", "flow", false, false } },
	.private_bytes = sizeof(struct end),
	.run = drain_run,
};

static struct sl_source_options source_options;
static struct sl_flow_options flow_options;
static struct sl_graph graph;
static struct sl_plan plan;
static u64 seed;
static u32 sources[2];		/* their instances */
static u32 source_count;

static u32 dice(u32 sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % sides;
}

/* All on the first worker; there are others, on the CPUs by turns. */
static void place_all(const struct shape *shape)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u16 cpu[SL_CORES_MAX];
	u32 i;

	for (i = 0; i < (u32)cpus && i < SL_CORES_MAX; i++)
		cpu[i] = i;
	CHECK_EQ(sl_plan_make(&plan, &graph, cpu, i), 0);
	plan.worker_count = shape->workers;
	for (i = 0; i < shape->workers; i++)
		plan.worker[i] = (struct sl_place){ i % cpus, i / cpus };
	for (i = 0; i < plan.instance_count; i++)
		plan.instance[i].worker = 0;
}

static int add(const char *name, char kind)
{
	switch (kind) {
	case 'S':
		return sl_graph_add(&graph, name, &sl_source_stage,
				    &source_options);
	case 'F':
		return sl_graph_add(&graph, name, &spring, &source_options);
	case 'd':
		return sl_graph_add(&graph, name, &drain, NULL);
	case 'k':
		return sl_graph_add(&graph, name, &sl_sink_stage,
				    &flow_options);
	default:
		return sl_graph_add(&graph, name, &sl_pass_stage,
				    &flow_options);
	}
}

static void make_graph(const struct shape *shape, u64 events)
{
	const char *at;
	u32 i, s = 0, instances = 0;

	source_options = (struct sl_source_options){ events, shape->flows };
	sl_graph_init(&graph, "replan");
	graph.ring_slots = shape->slots;
	graph.batch_max = shape->batch;
	graph.movable = true;
	source_count = 1;
	sources[0] = 0;
	for (at = shape->chain; *at; at++) {
		char name[8] = { 's', '0' + s };

		if (*at >= '2' && *at <= '9') {
			struct sl_graph_stage *stage = &graph.stage[s - 1];

			/* Any places will do: they are all dealt out anew. */
			stage->place_count = *at - '0';
			for (i = 0; i < stage->place_count; i++)
				stage->place[i].thread = i;
			instances += stage->place_count - 1;
			continue;
		}
		CHECK_EQ(add(name, *at), s);
		if (s)
			CHECK_EQ(sl_graph_join(&graph, s - 1, s), 0);
		s++;
		instances++;
	}
	if (shape->fan_in) {
		sources[source_count++] = instances;
		CHECK_EQ(add("other", 'S'), s);
		CHECK_EQ(sl_graph_join(&graph, s, s - 2), 0);
	}
	graph.stage[0].events = shape->bank;
	graph.stage[graph.stage_count - 1].events = shape->bank;
	for (i = 0; i < graph.edge_count; i++)
		graph.edge[i].fuse = shape->fuse;
	place_all(shape);
}

/* Mostly a stage or two, at times everything. */
static void deal(void)
{
	u32 moves = dice(4) ? 1 + dice(2) : plan.instance_count;

	while (moves--)
		plan.instance[dice(plan.instance_count)].worker =
			dice(plan.worker_count);
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

/* What a source or a spring has seen of its events. */
static struct sl_source_result result_of(struct sl_pipeline *p, u32 source)
{
	struct sl_stage *stage = sl_pipeline_stage(p, sources[source]);
	u32 last = plan.instance_count - 1;
	struct sl_source_result result;
	struct end *sent, *got;

	if (stage->type != &spring) {
		sl_source_result(stage, &result);
		return result;
	}
	sent = stage->private;
	got = sl_pipeline_stage(p, last)->private;
	return (struct sl_source_result){ READ_ONCE(sent->count),
					  READ_ONCE(got->count),
					  got->disordered, 0 };
}

static bool is_done(struct sl_pipeline *p, u64 events)
{
	u32 i;

	for (i = 0; i < source_count; i++)
		if (result_of(p, i).answered < events)
			return false;
	return true;
}

/* Every event once through every stage, in order, and home. */
static void check_result(struct sl_pipeline *p, const struct shape *shape)
{
	u64 hops[2] = { graph.stage_count - source_count, 2 };
	struct sl_pipeline_link link;
	bool good = true;
	u32 i;

	for (i = 0; i < source_count; i++) {
		struct sl_bank *bank = sl_pipeline_stage(p, sources[i])->bank;
		struct sl_source_result result = result_of(p, i);

		good &= CHECK(result.sent);
		good &= CHECK_EQ(result.answered, result.sent);
		good &= CHECK_EQ(result.disordered, 0);
		if (result.hops || *shape->chain == 'S')
			good &= CHECK_EQ(result.hops, result.sent * hops[i]);
		sl_bank_collect(bank);
		good &= CHECK_EQ(bank->free_count, shape->bank);
		good &= CHECK_EQ(bank->refused, 0);
		good &= CHECK_EQ(bank->owner,
				 plan.instance[sources[i]].worker);
	}
	for (i = 0; i < sl_pipeline_link_count(p); i++) {
		sl_pipeline_link(p, i, &link);
		good &= CHECK_EQ(link.used, 0);
		good &= CHECK_EQ(link.fused, shape->fuse &&
				 plan.instance[link.from].worker ==
				 plan.instance[link.to].worker);
		/* What is timed is known by its number at both ends. */
		good &= CHECK_EQ(p->way[i].in->popped, p->way[i].out->pushed);
		good &= CHECK_EQ(p->way[i].out->dwell->seen,
				 p->way[i].out->dwell->marks);
		good &= CHECK(link.timed_events <= p->way[i].out->pushed);
	}
	if (!good)
		fprintf(stderr, "with: %s\n", shape->name);
}

/* Has a shape seen enough, or no time left for more? */
static bool is_enough(struct sl_pipeline *p, const struct shape *shape,
		      u32 changes, u64 spent_ns)
{
	if (shape->is_long)
		return spent_ns > LONG_WAIT_NS ||
		       (changes >= LONG_CHANGES && is_done(p, LONG_EVENTS));
	if (changes < CHANGES_MIN)
		return spent_ns > WAIT_NS;
	return spent_ns > THREADED_NS || is_done(p, THREADED_EVENTS);
}

static u32 run_threads(struct sl_pipeline *p, const struct shape *shape)
{
	u64 start = ktime_get_ns();
	struct timespec ms = { 0, 1000000 };
	u32 changes = 0;

	CHECK_EQ(sl_pipeline_start(p), 0);
	do {
		nanosleep(&ms, NULL);
		changes += change(p);
	} while (!is_enough(p, shape, changes, ktime_get_ns() - start));
	CHECK_EQ(sl_pipeline_stop(p, WAIT_NS), 0);
	if (shape->is_long) {
		CHECK(is_done(p, LONG_EVENTS));
		CHECK(changes >= LONG_CHANGES);
	}
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
	make_graph(shape, threads ? 0 : TURNED_EVENTS);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return;
	CHECK(sl_pipeline_movable(p));
	changes = threads ? run_threads(p, shape) : run_turns(p);
	if (!CHECK(changes >= CHANGES_MIN))
		fprintf(stderr, "with: %s, %u changes\n", shape->name, changes);
	check_result(p, shape);
	sl_pipeline_close(p);
}

/* What cannot be is refused, and nothing has changed. */
static void run_refused(void)
{
	struct sl_stage_type settled = sl_pass_stage;
	struct sl_plan other;
	struct sl_pipeline *p;

	make_graph(&shapes[0], 1000);
	settled.settled = true;
	graph.stage[2].type = &settled;
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return;
	other = plan;
	other.instance[2].worker = 1;
	CHECK_EQ(sl_pipeline_replan(p, &other), -EBUSY);
	other = plan;
	other.instance[1].worker = plan.worker_count;
	CHECK_EQ(sl_pipeline_replan(p, &other), -EINVAL);
	other = plan;
	other.worker[1].thread++;
	CHECK_EQ(sl_pipeline_replan(p, &other), -EINVAL);
	other = plan;
	other.instance_count--;
	CHECK_EQ(sl_pipeline_replan(p, &other), -EINVAL);
	other = plan;
	other.instance[1].replica++;
	CHECK_EQ(sl_pipeline_replan(p, &other), -EINVAL);
	CHECK_EQ(sl_pipeline_plan(p)->instance[2].worker, 0);
	CHECK_EQ(sl_pipeline_replan(p, &plan), 0);
	sl_pipeline_close(p);

	graph.edge[1].transfer = SL_COPY;
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return;
	CHECK(!sl_pipeline_movable(p));
	plan.instance[1].worker = 1;
	CHECK_EQ(sl_pipeline_replan(p, &plan), -EOPNOTSUPP);
	sl_pipeline_close(p);
}

int main(void)
{
	u32 i;

	run_refused();
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		seed = i + 1;
		run(&shapes[i], false);
		run(&shapes[i], true);
	}
	TEST_END();
}
