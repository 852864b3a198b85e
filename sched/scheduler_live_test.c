// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the slow loop, over threads that run, follows a load that
 * changes: of a chain on two workers two stages are heavy, and they must part;
 * then two others are that share a worker, and these must.  Nothing is said of
 * how fast, but that it happens; and no event is lost or overtaken meanwhile.
 */
#include <time.h>
#include <unistd.h>

#include <asm/timex.h>
#include <linux/err.h>
#include <linux/timekeeping.h>

#include "sched/replan.h"
#include "sched/scheduler.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

#define STAGES		7	/* a source, five that may work, a sink */
#define WORKERS		2
#define PHASES		3
#define HEAVY_NS	10000
#define WAIT_NS		35000000000ull	/* of one phase; none takes so long */

static struct sl_source_options source_options = { .flows = 5 };
static struct sl_flow_options flow_options;
static struct sl_graph graph;
static u64 work_ns[STAGES];

enum { PREVIOUS, NEXT };

/* As a pass, but its work changes while it runs. */
static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	const u64 *work = stage->options;
	u32 i;

	if (sl_stage_port(stage, edge) == NEXT) {
		for (i = 0; i < batch->count; i++)
			sl_stage_reply(stage, batch->event[i]);
		return batch->count;
	}
	for (i = 0; i < batch->count; i++) {
		sl_flow_work(READ_ONCE(*work));
		sl_flow(batch->event[i])->hops++;
		sl_stage_call(stage, NEXT, batch->event[i]);
	}
	return batch->count;
}

static const struct sl_stage_type worker = {
	.name = "worker",
	.class = SL_STATELESS,
	.port = {
		{ "previous", "flow", false, false },
		{ "next", "flow", true, false },
	},
	.weight_ns = 10,
	.run = run,
};

/* All on the first of two workers. */
static struct sl_pipeline *make(void)
{
	static struct sl_plan plan;
	struct sl_pipeline *p;
	u16 cpu[WORKERS];
	u32 i;

	for (i = 0; i < WORKERS; i++)
		cpu[i] = i % sysconf(_SC_NPROCESSORS_ONLN);
	sl_graph_init(&graph, "live");
	graph.movable = true;
	for (i = 0; i < STAGES; i++) {
		char name[8] = { 's', '0' + i };

		sl_graph_add(&graph, name, !i ? &sl_source_stage :
			     i + 1 < STAGES ? &worker : &sl_sink_stage,
			     !i ? (void *)&source_options :
			     i + 1 < STAGES ? (void *)&work_ns[i] :
			     &flow_options);
		if (i)
			CHECK_EQ(sl_graph_join(&graph, i - 1, i), 0);
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, cpu, 1), 0);
	plan.worker_count = WORKERS;
	for (i = 0; i < WORKERS; i++)
		plan.worker[i] = (struct sl_place){ cpu[i], i && !cpu[i] };
	for (i = 0; i < plan.instance_count; i++)
		plan.instance[i].worker = 0;
	p = sl_pipeline_open(&graph, &plan, NULL);
	CHECK(!IS_ERR(p));
	return p;
}

static u32 worker_of(struct sl_pipeline *p, u32 stage)
{
	return sl_pipeline_plan(p)->instance[stage].worker;
}

/* Looks until two stages are on different workers; false: it takes forever. */
static bool await_parted(struct sl_pipeline *p, struct sl_scheduler *s, u32 a,
			 u32 b)
{
	struct timespec pause = { 0, SL_SCHEDULER_LOOK_NS };
	u64 end = ktime_get_ns() + WAIT_NS;
	struct sl_scheduler_change change;

	while (worker_of(p, a) == worker_of(p, b)) {
		if (ktime_get_ns() > end)
			return false;
		nanosleep(&pause, NULL);
		sl_scheduler_look(s, ktime_get_ns(), get_cycles(), &change);
	}
	return true;
}

/* Two of the stages that share a worker; of five at least one pair does. */
static void find_pair(struct sl_pipeline *p, u32 *a, u32 *b)
{
	for (*a = 1; *a + 1 < STAGES; ++*a)
		for (*b = *a + 1; *b + 1 < STAGES; ++*b)
			if (worker_of(p, *a) == worker_of(p, *b))
				return;
}

int main(void)
{
	struct sl_source_result result;
	struct sl_pipeline *p = make();
	struct sl_scheduler *s;
	u32 phase, a, b, i;

	if (IS_ERR(p))
		TEST_END();
	s = sl_scheduler_create(p);
	if (!CHECK(!IS_ERR(s)))
		TEST_END();
	sl_scheduler_distance(s, 0, 1, 200000);
	CHECK_EQ(sl_pipeline_start(p), 0);
	for (phase = 0; phase < PHASES; phase++) {
		find_pair(p, &a, &b);
		for (i = 0; i < STAGES; i++)
			WRITE_ONCE(work_ns[i], i == a || i == b ? HEAVY_NS : 0);
		if (!CHECK(await_parted(p, s, a, b))) {
			fprintf(stderr, "s%u and s%u, phase %u\n", a, b, phase);
			break;
		}
	}
	CHECK_EQ(sl_pipeline_stop(p, WAIT_NS), 0);
	sl_source_result(sl_pipeline_stage(p, 0), &result);
	CHECK(result.sent);
	CHECK_EQ(result.answered, result.sent);
	CHECK_EQ(result.disordered, 0);
	CHECK_EQ(result.hops, result.sent * (STAGES - 1));
	sl_scheduler_destroy(s);
	sl_pipeline_close(p);
	TEST_END();
}
