// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A plan as instances and the ways between them, and from one plan to another.
 *
 * When the plan changes, the cores stand still for a time, what was under way
 * is put on the ways of the new plan in the order it was in, and what has
 * moved works from a cold cache once.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/own.h"

static void add_instance(struct sim *sim, u32 stage, u32 core)
{
	u32 replica = sim->replica_count[stage]++;
	u32 at = sim->instance_count++;

	sim->instance[at] = (struct instance){
		.stage = stage, .replica = replica, .core = core,
	};
	sim->instance_of[stage][replica] = at;
	if (sim->entry[stage]) {
		struct core *c = &sim->core[core];

		c->entry[c->entry_count++] = at;
	}
}

static void add_way(struct sim *sim, u32 edge, u32 from, u32 to, bool right)
{
	struct way *way = &sim->way[sim->way_count];
	struct core *core = &sim->core[sim->instance[to].core];

	if (sim->way_count == WAYS_MAX ||
	    core->inbox_count == ARRAY_SIZE(core->inbox)) {
		sim->broken = true;
		return;
	}
	memset(way, 0, sizeof(*way));
	way->from = from;
	way->to = to;
	way->edge = edge;
	way->right = right;
	way->fused = sim->instance[from].core == sim->instance[to].core &&
		     sim->s.edge[edge].fuse;
	sim->way_of[from][to][right] = sim->way_count;
	if (right && sim->instance[from].way_count < SL_PLANNER_EDGES_MAX)
		sim->instance[from].way[sim->instance[from].way_count++] =
			sim->way_count;
	if (!way->fused)
		core->inbox[core->inbox_count++] = sim->way_count;
	sim->way_count++;
}

/* Replies come before requests at each core, so they are added first. */
static void add_ways(struct sim *sim, bool right)
{
	u32 e, i, j;

	for (e = 0; e < sim->s.edge_count; e++) {
		u32 a = sim->s.edge[e].left, b = sim->s.edge[e].right;

		for (i = 0; i < sim->replica_count[a]; i++)
			for (j = 0; j < sim->replica_count[b]; j++) {
				u32 from = sim->instance_of[a][i];
				u32 to = sim->instance_of[b][j];

				if (sim->beside[e] && i != j)
					continue;
				if (right)
					add_way(sim, e, from, to, true);
				else
					add_way(sim, e, to, from, false);
			}
	}
}

/* See missed() in sched/planner_cost.c, which it must agree with. */
static void find_misses(struct sim *sim)
{
	const struct sl_planner_snapshot *s = &sim->s;
	double state[SL_PLANNER_CORES_MAX] = { 0 };
	u32 i, c;

	memset(sim->miss_ns, 0, sizeof(sim->miss_ns));
	if (!s->costs.core_lines)
		return;
	for (i = 0; i < s->stage_count; i++)
		for (c = 0; c < s->core_count; c++)
			if (s->on[i] >> c & 1)
				state[c] += s->stage[i].lines;
	for (i = 0; i < s->stage_count; i++)
		for (c = 0; c < s->core_count; c++)
			if (state[c] > s->costs.core_lines)
				sim->miss_ns[i][c] = s->stage[i].lines *
					(state[c] - s->costs.core_lines) /
					state[c] * s->costs.miss_ps / 1e3;
}

/* By the plan that is in sim->s.on. */
void sl_sim_wire(struct sim *sim)
{
	const struct sl_planner_snapshot *s = &sim->s;
	u32 i, c, e;

	sim->instance_count = 0;
	sim->way_count = 0;
	memset(sim->replica_count, 0, sizeof(sim->replica_count));
	for (c = 0; c < s->core_count; c++) {
		struct core *core = &sim->core[c];

		core->entry_count = 0;
		core->inbox_count = 0;
		core->phase = 0;
		core->index = 0;
		core->pending.count = 0;
		core->stuck.count = 0;
	}
	for (i = 0; i < s->stage_count; i++)
		for (c = 0; c < s->core_count; c++) {
			if (!(s->on[i] >> c & 1))
				continue;
			if (sim->instance_count == INSTANCES_MAX) {
				sim->broken = true;
				return;
			}
			add_instance(sim, i, c);
		}
	for (e = 0; e < s->edge_count; e++)
		sim->beside[e] = s->on[s->edge[e].left] ==
				 s->on[s->edge[e].right];
	add_ways(sim, false);
	add_ways(sim, true);
	find_misses(sim);
	for (c = 0; c < s->core_count; c++)
		sl_sim_frames_wire(sim, c);
}

/* What is under way: from where, to where, in order. */
struct moving {
	u32 id;
	u16 from_stage, to_stage;
	u16 from_replica, to_replica;
	bool right;
};

static u32 collect(struct sim *sim, struct moving *moving)
{
	u32 count = 0;
	u32 i, part;

	for (i = 0; i < sim->way_count; i++) {
		struct way *way = &sim->way[i];

		for (part = 0; part < 2; part++) {
			struct line *line = part ? &way->out : &way->ring;

			while (line->count)
				moving[count++] = (struct moving){
					.id = sl_sim_line_get(line),
					.from_stage = sim->instance[way->from].stage,
					.to_stage = sim->instance[way->to].stage,
					.from_replica = sim->instance[way->from].replica,
					.to_replica = sim->instance[way->to].replica,
					.right = way->right,
				};
			free(line->id);
		}
	}
	return count;
}

static void put_back(struct sim *sim, const struct moving *m)
{
	u32 a = m->from_replica % sim->replica_count[m->from_stage];
	u32 b = m->to_replica % sim->replica_count[m->to_stage];
	u32 from, to, way;

	/* Beside each other, both are the caller's replica. */
	if (sim->s.on[m->from_stage] == sim->s.on[m->to_stage]) {
		if (m->right)
			b = a;
		else
			a = b;
	}
	from = sim->instance_of[m->from_stage][a];
	to = sim->instance_of[m->to_stage][b];
	way = sim->way_of[from][to][m->right];
	sl_sim_line_put(sim, &sim->way[way].out, m->id);
	if (!sim->way[way].pending) {
		sim->way[way].pending = true;
		sl_sim_line_put(sim, &sim->core[sim->instance[from].core].pending,
				way);
	}
}

/* Events are of the bank of a replica that is there. */
static void find_banks(struct sim *sim, const struct instance *before, u32 count)
{
	u32 i, at;

	for (i = 0; i < count; i++) {
		const struct instance *old = &before[i];
		struct instance *now;

		at = sim->instance_of[old->stage][old->replica %
				sim->replica_count[old->stage]];
		now = &sim->instance[at];
		now->out += old->out;
		while (old->queue.count)
			sl_sim_line_put(sim, &now->queue, sl_sim_line_get(
					(struct line *)&old->queue));
		free(old->queue.id);
	}
}

/* Changes the plan while it runs. */
void sl_sim_rewire(struct sim *sim, const u64 *on)
{
	static struct instance before[INSTANCES_MAX];
	struct moving *moving = malloc((sim->event_count + 1) * sizeof(*moving));
	double until = sim->now + sim->s.costs.pause_us * 1e3;
	u64 was[SL_PLANNER_STAGES_MAX];
	u32 before_count = sim->instance_count;
	u32 count, i;

	if (!moving) {
		sim->broken = true;
		return;
	}
	count = collect(sim, moving);
	memcpy(before, sim->instance, sizeof(before));
	memcpy(was, sim->s.on, sizeof(was));
	memcpy(sim->s.on, on, sizeof(sim->s.on));
	sl_sim_wire(sim);
	find_banks(sim, before, before_count);
	for (i = 0; i < count; i++)
		put_back(sim, &moving[i]);
	free(moving);
	for (i = 0; i < sim->instance_count; i++) {
		struct instance *now = &sim->instance[i];

		if (!(was[now->stage] >> now->core & 1))
			now->cold_ns = (double)sim->s.stage[now->stage].lines *
				       sim->s.costs.miss_ps / 1e3;
	}
	for (i = 0; i < sim->s.core_count; i++) {
		sim->core[i].free_at = until;
		sl_sim_wake(sim, i, until);
	}
}

void sl_sim_unwire(struct sim *sim)
{
	u32 i;

	for (i = 0; i < sim->way_count; i++) {
		free(sim->way[i].out.id);
		free(sim->way[i].ring.id);
	}
	for (i = 0; i < sim->instance_count; i++)
		free(sim->instance[i].queue.id);
	for (i = 0; i < SL_PLANNER_CORES_MAX; i++) {
		free(sim->core[i].pending.id);
		free(sim->core[i].stuck.id);
	}
}
