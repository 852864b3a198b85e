// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/string.h>

#include "sched/plan.h"
#include "sched/text.h"

/* Worker of a place; a new one if there is none yet. */
static int worker_at(struct sl_plan *plan, struct sl_place place)
{
	u32 i;

	for (i = 0; i < plan->worker_count; i++)
		if (plan->worker[i].cpu == place.cpu &&
		    plan->worker[i].thread == place.thread)
			return i;
	if (plan->worker_count == SL_CORES_MAX)
		return -E2BIG;
	plan->worker[plan->worker_count] = place;
	return plan->worker_count++;
}

/*
 * Cuts the stages, in the graph's order, into runs of neighbours, one for
 * each CPU, so that the heaviest run is as light as can be: the smallest limit
 * under which a greedy cut needs no more runs than there are CPUs.
 */
static u32 runs_under(const struct sl_graph *graph, u64 limit, u16 *run)
{
	u32 runs = 1;
	u64 sum = 0;
	u32 i;

	for (i = 0; i < graph->stage_count; i++) {
		u64 weight = sl_graph_weight(&graph->stage[i]);

		if (sum + weight > limit && sum) {
			runs++;
			sum = 0;
		}
		sum += weight;
		run[i] = runs - 1;
	}
	return runs;
}

static void cut(const struct sl_graph *graph, u32 cpu_count, u16 *run)
{
	u64 low = 0, high = 0;
	u32 i;

	for (i = 0; i < graph->stage_count; i++) {
		u64 weight = sl_graph_weight(&graph->stage[i]);

		high += weight;
		if (weight > low)
			low = weight;
	}
	while (low < high) {
		u64 middle = low + (high - low) / 2;

		if (runs_under(graph, middle, run) <= cpu_count)
			high = middle;
		else
			low = middle + 1;
	}
	runs_under(graph, low, run);
}

/* Where a stage goes that names no place. */
static struct sl_place open_place(const struct sl_graph *graph, u32 stage,
				  const u16 *cpus, const u16 *run)
{
	if (graph->unbound)
		return (struct sl_place){ cpus[0], stage };
	return (struct sl_place){ cpus[run[stage]], 0 };
}

/**
 * sl_plan_make() - a plan for a graph
 * @plan: where to put it
 * @graph: a graph that sl_graph_check() finds no fault with
 * @cpus: CPUs that may be used
 * @cpu_count: how many
 *
 * If the graph is unbound, every stage gets a worker of its own, numbered as
 * threads of the first CPU though they may run anywhere.
 *
 * Places that the graph names are kept; the stages it leaves open are cut
 * into runs of neighbours by their weights, and then moved if they are to be
 * near others or apart (settle.c).  All lanes of a stage are where it is.  If
 * the plan may change later, every CPU gets a worker, though it have nothing to
 * do yet.
 *
 * Return: 0, -ENODEV if the graph names a CPU that may not be used, -E2BIG.
 */
int sl_plan_make(struct sl_plan *plan, const struct sl_graph *graph,
		 const u16 *cpus, u32 cpu_count)
{
	u16 run[SL_GRAPH_STAGES_MAX];
	u32 i, j, k;

	if (!cpu_count)
		return -ENODEV;
	memset(plan, 0, sizeof(*plan));
	cut(graph, cpu_count, run);
	sl_plan_settle(graph, cpus, cpu_count, run);

	for (i = 0; i < graph->stage_count; i++) {
		const struct sl_graph_stage *stage = &graph->stage[i];
		struct sl_place open = open_place(graph, i, cpus, run);
		u32 count = sl_graph_replicas(graph, i);

		for (j = 0; j < count; j++) {
			struct sl_place place =
				stage->place_count ? stage->place[j] : open;
			int worker = worker_at(plan, place);

			for (k = 0; k < cpu_count; k++)
				if (cpus[k] == place.cpu)
					break;
			if (k == cpu_count)
				return -ENODEV;
			if (worker < 0 ||
			    plan->instance_count == SL_INSTANCES_MAX)
				return -E2BIG;
			plan->instance[plan->instance_count++] =
				(struct sl_instance){ i, j, worker };
		}
	}
	for (k = 0; graph->movable && k < cpu_count; k++)
		if (worker_at(plan, (struct sl_place){ cpus[k], 0 }) < 0)
			break;
	return 0;
}

/* Do two stages have their replicas on the same workers? */
static bool are_beside(const struct sl_plan *plan, u32 a, u32 b)
{
	u32 i, j;
	u32 count[2] = { 0, 0 };

	for (i = 0; i < plan->instance_count; i++) {
		count[0] += plan->instance[i].stage == a;
		count[1] += plan->instance[i].stage == b;
		if (plan->instance[i].stage != a)
			continue;
		for (j = 0; j < plan->instance_count; j++)
			if (plan->instance[j].stage == b &&
			    plan->instance[j].worker ==
			    plan->instance[i].worker)
				break;
		if (j == plan->instance_count)
			return false;
	}
	return count[0] == count[1];
}

/**
 * sl_plan_pairing() - how replicas of two stages that are joined find partners
 * @plan: a plan that sl_plan_make() made, not one that it became
 * @graph: of which it is
 * @a: a stage
 * @b: its neighbour
 *
 * Return: SL_PAIR_WORKER if each replica has one of the other stage beside it;
 * SL_PAIR_LANE if one of both is in lanes, of which the other has as many.
 */
enum sl_pairing sl_plan_pairing(const struct sl_plan *plan,
				const struct sl_graph *graph, u32 a, u32 b)
{
	if (graph->stage[a].lanes || graph->stage[b].lanes)
		return sl_graph_replicas(graph, a) ==
		       sl_graph_replicas(graph, b) ? SL_PAIR_LANE : SL_PAIR_ALL;
	return are_beside(plan, a, b) ? SL_PAIR_WORKER : SL_PAIR_ALL;
}

/**
 * sl_plan_paired() - do two instances talk to each other
 * @plan: the plan
 * @pairing: of their stages
 * @i: an instance
 * @j: one of the other stage
 */
bool sl_plan_paired(const struct sl_plan *plan, enum sl_pairing pairing,
		    u32 i, u32 j)
{
	const struct sl_instance *a = &plan->instance[i];
	const struct sl_instance *b = &plan->instance[j];

	switch (pairing) {
	case SL_PAIR_WORKER:
		return a->worker == b->worker;
	case SL_PAIR_LANE:
		return a->replica == b->replica;
	default:
		return true;
	}
}

/**
 * sl_plan_together() - how many replicas are on one worker
 * @plan: the plan
 * @first: an instance
 *
 * Return: replicas of its stage on its worker, if it is the first of them, and
 * else 0, so that each worker is counted once.
 */
u32 sl_plan_together(const struct sl_plan *plan, u32 first)
{
	const struct sl_instance *at = &plan->instance[first];
	u32 count = 0;
	u32 i;

	for (i = 0; i < plan->instance_count; i++) {
		if (plan->instance[i].stage != at->stage ||
		    plan->instance[i].worker != at->worker)
			continue;
		if (i < first)
			return 0;
		count++;
	}
	return count;
}

/**
 * sl_plan_print() - a plan in one line, for people
 * @plan: the plan
 * @graph: what it is a plan of
 * @text: where to put it
 * @bytes: room there
 *
 * As "cpu0: net+http+app | cpu1: db+nfs"; a second thread of a CPU is "cpu1/1",
 * two lanes of a stage on one worker are "db*2", and a worker without a stage is
 * "idle".
 *
 * Return: length of the line.
 */
u32 sl_plan_print(const struct sl_plan *plan, const struct sl_graph *graph,
		  char *text, u32 bytes)
{
	struct sl_text line = { text, bytes, 0 };
	u32 w, i;

	sl_text_add(&line, "");
	for (w = 0; w < plan->worker_count; w++) {
		bool first = true;

		sl_text_add(&line, w ? " | cpu" : "cpu");
		sl_text_number(&line, plan->worker[w].cpu);
		if (plan->worker[w].thread) {
			sl_text_add(&line, "/");
			sl_text_number(&line, plan->worker[w].thread);
		}
		sl_text_add(&line, ": ");
		for (i = 0; i < plan->instance_count; i++) {
			u32 stage = plan->instance[i].stage;
			u32 count = sl_plan_together(plan, i);

			if (plan->instance[i].worker != w || !count)
				continue;
			sl_text_add(&line, first ? "" : "+");
			sl_text_add(&line, graph->stage[stage].name);
			if (count > 1) {
				sl_text_add(&line, "*");
				sl_text_number(&line, count);
			}
			first = false;
		}
		if (first)
			sl_text_add(&line, "idle");
	}
	return line.used;
}
