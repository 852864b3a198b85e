// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The first plan, once more: stages that want to be near others, or apart.
 *
 * How far CPUs are from each other is not known here, so near is the same CPU.
 */
#include <linux/string.h>

#include "sched/plan.h"

static bool has(const u64 *bits, u32 stage)
{
	return bits[stage / 64] >> (stage % 64) & 1;
}

static bool want_near(const struct sl_graph *graph, u32 a, u32 b)
{
	return has(graph->stage[a].near, b) || has(graph->stage[b].near, a);
}

static bool want_apart(const struct sl_graph *graph, u32 a, u32 b)
{
	return has(graph->stage[a].apart, b) || has(graph->stage[b].apart, a);
}

struct settling {
	const struct sl_graph *graph;
	const u16 *cpus;
	u32 cpu_count;
	u16 *run;		/* by stage: CPU, by its number in the list */
};

/* Is any replica of a stage on a CPU? */
static bool is_on(const struct settling *s, u32 stage, u32 cpu)
{
	const struct sl_graph_stage *at = &s->graph->stage[stage];
	u32 i;

	if (!at->place_count)
		return s->run[stage] == cpu;
	for (i = 0; i < at->place_count; i++)
		if (at->place[i].cpu == s->cpus[cpu])
			return true;
	return false;
}

/* Collects what has to go where a stage goes; false if that is given. */
static bool gather(const struct settling *s, u32 stage, bool *group)
{
	bool more = true;
	u32 i, j;

	memset(group, 0, SL_GRAPH_STAGES_MAX);
	group[stage] = true;
	while (more) {
		more = false;
		for (i = 0; i < s->graph->stage_count; i++) {
			for (j = 0; group[i] && j < s->graph->stage_count; j++)
				if (!group[j] && want_near(s->graph, i, j)) {
					group[j] = true;
					more = true;
				}
		}
	}
	for (i = 0; i < s->graph->stage_count; i++)
		if (group[i] && s->graph->stage[i].place_count)
			return false;
	return true;
}

static bool fits(const struct settling *s, const bool *group, u32 cpu)
{
	u32 i, j;

	for (i = 0; i < s->graph->stage_count; i++)
		for (j = 0; group[i] && j < s->graph->stage_count; j++)
			if (!group[j] && want_apart(s->graph, i, j) &&
			    is_on(s, j, cpu))
				return false;
	return true;
}

/* Of the CPUs where it may be, the one with the least to do. */
static void move_group(struct settling *s, const bool *group)
{
	u64 least = ~0ull;
	u32 best = s->run[0];
	bool found = false;
	u32 i, cpu;

	for (cpu = 0; cpu < s->cpu_count; cpu++) {
		u64 weight = 0;

		if (!fits(s, group, cpu))
			continue;
		for (i = 0; i < s->graph->stage_count; i++)
			if (!group[i] && is_on(s, i, cpu))
				weight += sl_graph_weight(&s->graph->stage[i]);
		if (weight < least) {
			least = weight;
			best = cpu;
			found = true;
		}
	}
	for (i = 0; found && i < s->graph->stage_count; i++)
		if (group[i])
			s->run[i] = best;
}

/* A group goes where a member is that has a place, or else its first one. */
static void join_group(struct settling *s, u32 stage, const bool *group)
{
	u32 cpu = s->run[stage];
	u32 i, k;

	for (i = 0; i < s->graph->stage_count; i++)
		for (k = 0; group[i] && s->graph->stage[i].place_count &&
			    k < s->cpu_count; k++)
			if (s->cpus[k] == s->graph->stage[i].place[0].cpu)
				cpu = k;
	for (i = 0; i < s->graph->stage_count; i++)
		if (group[i])
			s->run[i] = cpu;
}

/**
 * sl_plan_settle() - keep stages near and apart as their graph wants it
 * @graph: the graph
 * @cpus: CPUs that may be used
 * @cpu_count: how many
 * @run: by stage, which of them it is to be on; changed
 *
 * As far as that is possible; sl_plan_broken() says whether it was.
 */
void sl_plan_settle(const struct sl_graph *graph, const u16 *cpus,
		    u32 cpu_count, u16 *run)
{
	struct settling s = { graph, cpus, cpu_count, run };
	bool group[SL_GRAPH_STAGES_MAX];
	u32 i;

	for (i = 0; i < graph->stage_count; i++) {
		gather(&s, i, group);
		join_group(&s, i, group);
	}
	for (i = 0; i < graph->stage_count; i++)
		if (gather(&s, i, group) && !fits(&s, group, run[i]))
			move_group(&s, group);
}

static bool share_cpu(const struct sl_plan *plan, u32 a, u32 b)
{
	u32 i, j;

	for (i = 0; i < plan->instance_count; i++)
		for (j = 0; j < plan->instance_count; j++)
			if (plan->instance[i].stage == a &&
			    plan->instance[j].stage == b &&
			    plan->worker[plan->instance[i].worker].cpu ==
			    plan->worker[plan->instance[j].worker].cpu)
				return true;
	return false;
}

/**
 * sl_plan_broken() - does a first plan break what its graph wants
 * @plan: made by sl_plan_make()
 * @graph: the graph
 * @a: set to a stage
 * @b: set to another one that it is not near to, or not apart from
 *
 * Return: whether it does.
 */
bool sl_plan_broken(const struct sl_plan *plan, const struct sl_graph *graph,
		    u32 *a, u32 *b)
{
	for (*a = 0; *a < graph->stage_count; ++*a)
		for (*b = 0; *b < graph->stage_count; ++*b) {
			bool together = *a != *b && share_cpu(plan, *a, *b);

			if (has(graph->stage[*a].near, *b) && !together)
				return true;
			if (has(graph->stage[*a].apart, *b) && together)
				return true;
		}
	return false;
}
