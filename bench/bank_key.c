// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What isolation costs: changing the keys of a core, and a chain of stages
 * fused on one core, each with memory of its own, with it and without.
 */
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "bench/bank.h"
#include "membank/guard.h"
#include "sched/pipeline.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"

#define SWITCHES	20000
#define PASSES		5	/* stages between source and sink */
#define SLICE_MS	5

static struct sl_source_options source_options = { .flows = 1 };
static struct sl_flow_options flow_options;
static u32 rights[2];
static int key[2];

/* Keys of two stages, as they would change between the two. */
bool sl_key_open(void)
{
	if (sl_guard_probe())
		return false;
	key[0] = sl_guard_take("bench");
	key[1] = sl_guard_take("bench");
	if (key[0] < 0 || key[1] < 0)
		return false;
	rights[0] = sl_guard_rights(1u << key[0]);
	rights[1] = sl_guard_rights(1u << key[1]);
	return true;
}

void sl_key_close(void)
{
	sl_guard_enter(sl_guard_rights(1u << key[0] | 1u << key[1]), NULL);
	sl_guard_give(key[0]);
	sl_guard_give(key[1]);
}

static long preemptions(void)
{
	struct rusage use;

	getrusage(RUSAGE_THREAD, &use);
	return use.ru_nivcsw;
}

/* Nanoseconds to change keys once, or NAN. */
double sl_key_switch(void)
{
	long preempted = preemptions();
	u64 start = ktime_get_ns();
	u32 i;

	for (i = 0; i < SWITCHES; i++)
		sl_guard_enter(rights[i & 1], "bench");
	start = ktime_get_ns() - start;
	return preemptions() == preempted ? (double)start / SWITCHES : NAN;
}

/* Hands on, as pass does, but has memory, and so a key. */
static struct sl_pipeline *make(bool isolate)
{
	static struct sl_stage_type walled;
	static struct sl_graph graph;
	static struct sl_plan plan;
	char name[8] = "s0";
	int i;

	walled = sl_pass_stage;
	walled.private_bytes = 64;
	sl_graph_init(&graph, "keys");
	graph.isolate = isolate ? SL_ISOLATE_PKEY : SL_ISOLATE_NONE;
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	for (i = 1; i <= PASSES + 1; i++) {
		name[1] = '0' + i;
		sl_graph_add(&graph, name, i > PASSES ? &sl_sink_stage
						      : &walled,
			     &flow_options);
		sl_graph_join(&graph, i - 1, i);
	}
	for (i = 0; i < (int)graph.stage_count; i++)
		graph.stage[i].place_count = 1;
	if (sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1))
		return ERR_PTR(-EINVAL);
	return sl_pipeline_open(&graph, &plan, NULL);
}

/**
 * sl_key_chain() - time for an event to go through a chain and back
 * @isolate: with keys
 *
 * Return: nanoseconds, or NAN if the slice was disturbed.
 */
double sl_key_chain(bool isolate)
{
	u64 until, start = 0, end = 0, events = 0;
	struct sl_source_result result = { 0 };
	struct sl_pipeline *p = make(isolate);
	long preempted = preemptions();

	if (IS_ERR(p))
		return NAN;
	/* The first events touch memory; they do not count. */
	while (result.answered < 10000) {
		sl_pipeline_turn(p);
		sl_source_result(sl_pipeline_stage(p, 0), &result);
	}
	events = result.answered;
	start = ktime_get_ns();
	until = start + SLICE_MS * 1000000ull;
	do {
		sl_pipeline_turn(p);
		end = ktime_get_ns();
	} while (end < until);
	sl_source_result(sl_pipeline_stage(p, 0), &result);
	preempted = preemptions() - preempted;
	sl_pipeline_close(p);
	if (preempted || result.disordered || result.answered == events)
		return NAN;
	return (double)(end - start) / (result.answered - events);
}
