// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice.ko: rings, banks, stages and the executor, in the kernel.
 *
 *	insmod sluice.ko trial=1000000
 *
 * moves that many events from a source over two CPUs to a sink and back, and
 * fails to load if one of them is lost or overtaken.  Without trial= it only
 * loads; stages that join the kernel's own paths come on top.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "sched/core.h"
#include "sched/pipeline.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"

#define TRIAL_NS_MAX	60000000000ull
#define DRAIN_NS	1000000000ull

static ulong trial;
module_param(trial, ulong, 0444);
MODULE_PARM_DESC(trial, "events to move through a trial pipeline at start");

struct trial {
	struct sl_graph graph;
	struct sl_plan plan;
	struct sl_source_options source;
	struct sl_flow_options flow;
};

/* Waits until all events have come back, or for so long that one is lost. */
static int await(struct sl_pipeline *pipeline)
{
	const struct sl_stage *source = sl_pipeline_stage(pipeline, 0);
	u64 start = ktime_get_ns();
	struct sl_source_result result;
	int err;

	do {
		sl_core_pause();
		sl_source_result(source, &result);
	} while (result.answered < trial &&
		 ktime_get_ns() - start < TRIAL_NS_MAX);
	pr_info("sluice: trial: %llu events sent, %llu answered, %llu overtaken, %llu hops, %llu us\n",
		result.sent, result.answered, result.disordered, result.hops,
		(ktime_get_ns() - start) / 1000);

	err = sl_pipeline_stop(pipeline, DRAIN_NS);
	if (err)
		return err;
	return result.answered == trial && !result.disordered &&
	       result.hops == 2 * trial ? 0 : -EIO;
}

static int run_trial(struct trial *t)
{
	struct sl_pipeline *pipeline;
	u16 cpus[2];
	int cpu, err;
	u32 count = 0;

	for_each_online_cpu(cpu)
		if (count < ARRAY_SIZE(cpus))
			cpus[count++] = cpu;

	t->source = (struct sl_source_options){ .count = trial, .flows = 16 };
	sl_graph_init(&t->graph, "trial");
	sl_graph_add(&t->graph, "source", &sl_source_stage, &t->source);
	sl_graph_add(&t->graph, "pass", &sl_pass_stage, &t->flow);
	sl_graph_add(&t->graph, "sink", &sl_sink_stage, &t->flow);
	sl_graph_join(&t->graph, 0, 1);
	sl_graph_join(&t->graph, 1, 2);
	err = sl_plan_make(&t->plan, &t->graph, cpus, count);
	if (err)
		return err;

	pipeline = sl_pipeline_open(&t->graph, &t->plan, NULL);
	if (IS_ERR(pipeline))
		return PTR_ERR(pipeline);
	err = sl_pipeline_start(pipeline);
	if (!err)
		err = await(pipeline);
	sl_pipeline_close(pipeline);
	return err;
}

static int __init sluice_init(void)
{
	struct trial *t;
	int err;

	if (!trial)
		return 0;
	t = kvzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	err = run_trial(t);
	kvfree(t);
	return err;
}

static void __exit sluice_exit(void)
{
}

module_init(sluice_init);
module_exit(sluice_exit);

MODULE_DESCRIPTION("operating-system paths as parallel pipelines");
MODULE_AUTHOR("the sluice authors");
MODULE_LICENSE("Dual BSD/GPL");
