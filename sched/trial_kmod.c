// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A trial of the executor in the kernel: a source, two stages that pass events
 * on, and a sink, on four CPUs or as many as there are.  Every event must come
 * back once and in order, and be at home in its bank afterwards.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "ring/selftest_kmod.h"
#include "sched/core.h"
#include "sched/pipeline.h"
#include "sched/trial_kmod.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"

#define TRIAL_NS_MAX	60000000000ull
#define DRAIN_NS	1000000000ull
#define STAGES		4

struct trial {
	struct sl_graph graph;
	struct sl_plan plan;
	struct sl_source_options source;
	struct sl_flow_options flow;
};

/* Waits until all events have come back, or for so long that one is lost. */
static int await(struct sl_pipeline *pipeline, u64 events, u32 workers)
{
	const struct sl_stage *source = sl_pipeline_stage(pipeline, 0);
	u64 start = ktime_get_ns();
	struct sl_source_result result;
	int err;

	do {
		sl_core_pause();
		sl_source_result(source, &result);
	} while (result.answered < events &&
		 ktime_get_ns() - start < TRIAL_NS_MAX);
	pr_info("sluice: trial: %u CPUs, %llu events sent, %llu answered, %llu overtaken, %llu hops, %llu us\n",
		workers, result.sent, result.answered, result.disordered,
		result.hops, (ktime_get_ns() - start) / 1000);

	err = sl_pipeline_stop(pipeline, DRAIN_NS);
	if (err)
		return err;
	sl_bank_collect(source->bank);
	return SL_EXPECT(result.answered == events) &&
	       SL_EXPECT(!result.disordered) &&
	       SL_EXPECT(result.hops == (STAGES - 1) * events) &&
	       SL_EXPECT(source->bank->free_count ==
			 source->bank->event_count) &&
	       SL_EXPECT(!source->bank->refused) ? 0 : -EIO;
}

static int make_graph(struct trial *t, u64 events, u32 slots)
{
	static const struct sl_stage_type *const types[STAGES] = {
		&sl_source_stage, &sl_pass_stage, &sl_pass_stage,
		&sl_sink_stage,
	};
	static const char *const names[STAGES] = { "source", "p1", "p2",
						   "sink" };
	u16 cpus[STAGES];
	u32 count = 0;
	int cpu;
	u32 i;

	for_each_online_cpu(cpu)
		if (count < STAGES)
			cpus[count++] = cpu;
	t->source = (struct sl_source_options){ .count = events, .flows = 16 };
	sl_graph_init(&t->graph, "trial");
	t->graph.ring_slots = slots;
	for (i = 0; i < STAGES; i++) {
		sl_graph_add(&t->graph, names[i], types[i],
			     i ? (void *)&t->flow : &t->source);
		t->graph.stage[i].place_count = 1;
		t->graph.stage[i].place[0].cpu = cpus[i % count];
		if (i)
			sl_graph_join(&t->graph, i - 1, i);
	}
	return sl_plan_make(&t->plan, &t->graph, cpus, count);
}

static int run(struct trial *t, u64 events, u32 slots)
{
	struct sl_pipeline *pipeline;
	int err = make_graph(t, events, slots);

	if (err)
		return err;
	pipeline = sl_pipeline_open(&t->graph, &t->plan, NULL);
	if (IS_ERR(pipeline))
		return PTR_ERR(pipeline);
	err = sl_pipeline_start(pipeline);
	if (!err)
		err = await(pipeline, events, t->plan.worker_count);
	sl_pipeline_close(pipeline);
	return err;
}

/**
 * sl_trial_run() - move events through a pipeline and back
 * @events: how many
 *
 * Return: 0, or a negative errno if one was lost or overtaken.
 */
int sl_trial_run(u64 events)
{
	struct trial *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	int err;

	if (!t)
		return -ENOMEM;
	err = run(t, events, 1024);
	kvfree(t);
	return err;
}

/* The same, briefly, also with rings so small that they are full mostly. */
int sl_pipeline_selftest(void)
{
	struct trial *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	int err;

	if (!t)
		return -ENOMEM;
	err = run(t, 5000, 1024);
	if (!err)
		err = run(t, 1000, 32);
	kvfree(t);
	return err;
}
