// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/ktime.h>

#include "membank/guard.h"
#include "sched/frames.h"
#include "sched/isolate.h"
#include "sched/reach.h"
#include "sched/transfer.h"
#include "sched/watch.h"
#include "sched/wiring.h"

static int make_cores(struct sl_pipeline *p)
{
	u32 outboxes = roundup_pow_of_two(p->way_count + 1);
	u32 i;

	for (i = 0; i < p->plan.worker_count; i++) {
		struct sl_core *core = &p->core[i];

		core->inbox = kvcalloc(p->way_count + 1, sizeof(*core->inbox),
				       GFP_KERNEL);
		core->stage = kvcalloc(p->plan.instance_count,
				       sizeof(*core->stage), GFP_KERNEL);
		core->stuck = kvcalloc(outboxes, sizeof(*core->stuck),
				       GFP_KERNEL);
		core->pending.outbox = kvcalloc(outboxes, sizeof(void *),
						GFP_KERNEL);
		core->queue = kvcalloc(p->way_count + 1, sizeof(*core->queue),
				       GFP_KERNEL);
		if (!core->inbox || !core->stage || !core->stuck ||
		    !core->pending.outbox || !core->queue)
			return -ENOMEM;
		core->pending.mask = outboxes - 1;
		core->transfer = kvcalloc(p->way_count + 1, sizeof(void *),
					  GFP_KERNEL);
		if (!core->transfer)
			return -ENOMEM;
	}
	sl_wiring_place(p);
	for (i = 0; i < p->way_count; i++) {
		struct sl_way *way = &p->way[i];
		struct sl_core *core = sl_pipeline_core(p, way->to);

		if (way->transfer && way->transfer->land.event_count)
			core->transfer[core->transfer_count++] = way->transfer;
	}
	return 0;
}

/* The region of an instance: its group's if it names one. */
static int make_region(struct sl_pipeline *p, u32 instance)
{
	const struct sl_graph *graph = &p->graph;
	const struct sl_graph_stage *stage;
	struct sl_region *region;
	u32 i;

	stage = &graph->stage[p->plan.instance[instance].stage];
	p->region_of[instance] = instance;
	for (i = 0; *stage->bank && i < instance; i++) {
		if (strcmp(graph->stage[p->plan.instance[i].stage].bank,
			   stage->bank))
			continue;
		p->region_of[instance] = p->region_of[i];
		p->region[instance] = p->region[i];
		return 0;
	}
	region = sl_region_create(*stage->bank ? stage->bank : stage->name,
				  graph->huge,
				  sl_pipeline_core(p, instance)->place.cpu);
	if (IS_ERR(region))
		return PTR_ERR(region);
	p->region[instance] = region;
	return 0;
}

/*
 * Where pages are flipped all large events begin with a page, so that a page
 * of one event is in the same place as one of another.
 */
static u32 event_bytes(const struct sl_graph *graph, u32 buffer_bytes)
{
	u32 bytes = sizeof(struct sl_event) + buffer_bytes;
	u32 page = sl_region_page_bytes();
	u32 i;

	for (i = 0; i < graph->edge_count; i++)
		if (graph->edge[i].transfer == SL_FLIP && bytes > page)
			return ALIGN(bytes, page);
	return bytes;
}

static int make_stage(struct sl_pipeline *p, u32 instance)
{
	const struct sl_instance *at = &p->plan.instance[instance];
	const struct sl_graph_stage *from = &p->graph.stage[at->stage];
	struct sl_stage *stage = &p->stage[instance];
	struct sl_bank *bank = &p->bank[instance];
	u32 w;
	int err;

	err = make_region(p, instance);
	if (err)
		return err;
	stage->type = from->type;
	stage->run = from->type->run;
	stage->name = from->name;
	stage->options = from->options;
	stage->region = p->region[instance];
	stage->counters = &p->stage_counters[instance];
	stage->core = at->worker;
	stage->watch = sl_watch_create(&p->core[at->worker], p->movable);
	if (!stage->watch)
		return -ENOMEM;
	stage->replica = at->replica;
	stage->replica_count = sl_graph_replicas(&p->graph, at->stage);
	if (from->type->private_bytes) {
		stage->private = sl_region_carve(stage->region,
						 from->type->private_bytes);
		if (!stage->private)
			return -ENOMEM;
	}
	if (!from->event_bytes || !from->events)
		return 0;
	err = sl_bank_open(bank, stage->region, at->worker, from->events,
			   event_bytes(&p->graph, from->event_bytes));
	for (w = 0; !err && w < p->plan.worker_count; w++)
		err = sl_bank_join(bank, w);
	if (!err && p->movable)
		err = sl_bank_loosen(bank);
	stage->bank = bank;
	return err;
}

static int make_arrays(struct sl_pipeline *p,
		       const struct sl_pipeline_memory *memory)
{
	u32 n = p->plan.instance_count;
	u32 w = p->plan.worker_count;

	p->stage = kvcalloc(n, sizeof(*p->stage), GFP_KERNEL);
	p->bank = kvcalloc(n, sizeof(*p->bank), GFP_KERNEL);
	p->core = kvcalloc(w, sizeof(*p->core), GFP_KERNEL);
	p->region = kvcalloc(n, sizeof(*p->region), GFP_KERNEL);
	p->region_of = kvcalloc(n, sizeof(*p->region_of), GFP_KERNEL);
	if (memory) {
		p->stage_counters = memory->stages;
		p->core_counters = memory->cores;
	}
	p->own_counters[0] = !p->stage_counters;
	p->own_counters[1] = !p->core_counters;
	if (!p->stage_counters)
		p->stage_counters = kvcalloc(n, sizeof(*p->stage_counters),
					     GFP_KERNEL);
	if (!p->core_counters)
		p->core_counters = kvcalloc(w, sizeof(*p->core_counters),
					    GFP_KERNEL);
	if (!p->stage || !p->bank || !p->core || !p->region || !p->region_of ||
	    !p->stage_counters || !p->core_counters)
		return -ENOMEM;
	return 0;
}

static int open_cores(struct sl_pipeline *p)
{
	int err;

	for (; p->cores_opened < p->plan.worker_count; p->cores_opened++) {
		struct sl_core *core = &p->core[p->cores_opened];

		core->index = p->cores_opened;
		core->place = p->plan.worker[core->index];
		sl_turn_open(&core->turn, p->graph.latency_ns,
			     p->graph.batch_max);
		sl_frames_open(core);
		core->poll_ns = p->graph.poll_ns;
		core->unbound = p->graph.unbound;
		core->counters = &p->core_counters[core->index];
		core->all = p->core;
		core->core_count = p->plan.worker_count;
		err = sl_core_open(core);
		if (err)
			return err;
	}
	return 0;
}

/* Stages open from the right, so that whoever calls finds somebody there. */
static int open_stages(struct sl_pipeline *p)
{
	u32 n = p->plan.instance_count;
	int err;

	for (; p->opened < n; p->opened++) {
		struct sl_stage *stage = &p->stage[n - 1 - p->opened];

		err = stage->type->open ? stage->type->open(stage) : 0;
		if (err)
			return err;
	}
	return 0;
}

/* What is to be known of where events go, if anything depends on it. */
static int make_reach(struct sl_pipeline *p)
{
	bool needed = p->graph.isolate != SL_ISOLATE_NONE;
	u32 i;

	for (i = 0; i < p->graph.edge_count; i++)
		needed |= p->graph.edge[i].transfer != SL_PASS;
	if (needed)
		p->reach = sl_reach_create(p);
	return needed && !p->reach ? -ENOMEM : 0;
}

/* What is set up for where events go, once for all, cannot be changed. */
static bool can_move(const struct sl_graph *graph)
{
	u32 i;

	for (i = 0; i < graph->edge_count; i++)
		if (graph->edge[i].transfer != SL_PASS)
			return false;
	return graph->movable && graph->isolate == SL_ISOLATE_NONE;
}

/**
 * sl_pipeline_open() - make a pipeline that does not run yet
 * @graph: a graph that sl_graph_check() finds no fault with; it is copied
 * @plan: a plan of it
 * @memory: where counters are to be, or NULL
 *
 * A stage that cannot open has said why.
 *
 * Return: the pipeline, or an ERR_PTR() with nothing left allocated.
 */
struct sl_pipeline *sl_pipeline_open(const struct sl_graph *graph,
				     const struct sl_plan *plan,
				     const struct sl_pipeline_memory *memory)
{
	struct sl_pipeline *p = kvzalloc(sizeof(*p), GFP_KERNEL);
	u32 i;
	int err;

	if (!p)
		return ERR_PTR(-ENOMEM);
	p->graph = *graph;
	p->plan = *plan;
	p->movable = can_move(graph);
	err = make_arrays(p, memory);
	if (!err)
		err = open_cores(p);
	for (i = 0; !err && i < p->plan.instance_count; i++)
		err = make_stage(p, i);
	if (!err)
		err = sl_isolate_open(p);
	if (!err)
		err = sl_wiring_join(p);
	if (!err)
		err = make_reach(p);
	if (!err)
		err = sl_transfers_open(p);
	if (!err)
		err = sl_wiring_inboxes(p);
	if (!err)
		err = make_cores(p);
	if (!err)
		err = open_stages(p);
	if (!err)
		err = sl_isolate_guard(p);
	sl_reach_destroy(p->reach);
	p->reach = NULL;
	if (err) {
		sl_pipeline_close(p);
		return ERR_PTR(err);
	}
	return p;
}

/**
 * sl_pipeline_start() - let the workers run
 * @p: an open pipeline
 *
 * Return: 0 or a negative errno, with no worker running.
 */
int sl_pipeline_start(struct sl_pipeline *p)
{
	u32 i;
	int err;

	p->running = true;
	for (i = 0; i < p->plan.worker_count; i++) {
		err = sl_core_start(&p->core[i]);
		if (err) {
			sl_pipeline_stop(p, 0);
			return err;
		}
	}
	return 0;
}

/**
 * sl_pipeline_turn() - run every core once, on the calling thread
 * @p: an open pipeline that was not started
 *
 * Return: whether anything moved.
 */
bool sl_pipeline_turn(struct sl_pipeline *p)
{
	bool moved = false;
	u32 i;

	for (i = 0; i < p->plan.worker_count; i++)
		moved |= sl_core_turn(&p->core[i]);
	if (p->keys)
		sl_guard_enter(p->rights, NULL);
	return moved;
}

/**
 * sl_pipeline_close() - free everything
 * @p: a pipeline that does not run
 */
void sl_pipeline_close(struct sl_pipeline *p)
{
	u32 n = p->plan.instance_count;
	u32 i;

	for (i = n - p->opened; i < n; i++)
		if (p->stage[i].type->close)
			p->stage[i].type->close(&p->stage[i]);
	for (i = 0; i < p->way_count; i++)
		if (p->way[i].out->link)
			sl_link_destroy(p->way[i].out->link);
	sl_transfers_close(p);
	for (i = 0; p->stage && i < n; i++)
		if (p->stage[i].watch)
			sl_watch_destroy(p->stage[i].watch);
	for (i = 0; p->core && i < p->plan.worker_count; i++) {
		if (i < p->cores_opened)
			sl_core_close(&p->core[i]);
		kvfree(p->core[i].inbox);
		kvfree(p->core[i].queue);
		kvfree(p->core[i].stage);
		kvfree(p->core[i].stuck);
		kvfree(p->core[i].transfer);
		kvfree(p->core[i].pending.outbox);
	}
	for (i = 0; p->bank && i < n; i++)
		sl_bank_close(&p->bank[i]);
	for (i = 0; p->region && p->region_of && i < n; i++)
		if (p->region[i] && p->region_of[i] == i)
			sl_region_destroy(p->region[i]);
	sl_isolate_close(p);
	if (p->own_counters[0])
		kvfree(p->stage_counters);
	if (p->own_counters[1])
		kvfree(p->core_counters);
	kvfree(p->inbox);
	kvfree(p->dwell);
	kvfree(p->stage);
	kvfree(p->bank);
	kvfree(p->core);
	kvfree(p->region);
	kvfree(p->region_of);
	kvfree(p);
}

struct sl_stage *sl_pipeline_stage(struct sl_pipeline *p, u32 instance)
{
	return &p->stage[instance];
}

const struct sl_plan *sl_pipeline_plan(const struct sl_pipeline *p)
{
	return &p->plan;
}

static bool all_drained(const struct sl_pipeline *p)
{
	u32 i;

	for (i = 0; i < p->plan.worker_count; i++)
		if (!READ_ONCE(p->core[i].drained))
			return false;
	return true;
}

/**
 * sl_pipeline_stop() - finish what was begun, then stop the workers
 * @p: a started pipeline
 * @drain_ns: how long to wait for that
 *
 * Return: 0, or -ETIMEDOUT if something was left undone.
 */
int sl_pipeline_stop(struct sl_pipeline *p, u64 drain_ns)
{
	u64 until = ktime_get_ns() + drain_ns;
	bool drained;
	u32 i;

	if (!p->running)
		return 0;
	for (i = 0; i < p->plan.worker_count; i++) {
		WRITE_ONCE(p->core[i].stop, SL_STOP_DRAIN);
		sl_core_wake(&p->core[i]);
	}
	while (!(drained = all_drained(p)) && ktime_get_ns() < until)
		sl_core_pause();
	for (i = 0; i < p->plan.worker_count; i++) {
		WRITE_ONCE(p->core[i].stop, SL_STOP_NOW);
		sl_core_wake(&p->core[i]);
	}
	for (i = 0; i < p->plan.worker_count; i++)
		sl_core_join(&p->core[i]);
	p->running = false;
	return drained ? 0 : -ETIMEDOUT;
}
