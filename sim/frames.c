// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a core does next by sched/dispatch.c.  Where it is to decide all, queues
 * are the core's sources, the rings to it, and the edges within it; a step is
 * one call of a stage.  In turns, it chooses among rings when several have a
 * backlog, as sched/frames.c does.
 */
#include "sim/own.h"

static bool is_source(u32 queue_way)
{
	return queue_way >= WAYS_MAX;
}

static u32 stage_at(const struct sim *sim, u32 queue_way)
{
	return is_source(queue_way) ? queue_way - WAYS_MAX
				    : sim->way[queue_way].to;
}

static void add_queue(struct core *core, u32 way)
{
	if (core->queue_count < ARRAY_SIZE(core->queue))
		core->queue_way[core->queue_count++] = way;
}

void sl_sim_frames_wire(struct sim *sim, u32 index)
{
	bool turns = sim->config.policy == SL_SIM_TURNS;
	struct core *core = &sim->core[index];
	u32 i;

	core->queue_count = 0;
	core->frame_left = 0;
	core->serving = NONE;
	core->dispatch.switch_time = sim->config.switch_ns;
	core->dispatch.batch = turns ? sim->config.batch_max : 1;
	core->dispatch.frame_max = turns ? SL_DISPATCH_FRAME_MAX : 1u << 20;
	core->dispatch.last = 0;
	for (i = 0; i < core->entry_count && !turns; i++)
		add_queue(core, WAYS_MAX + core->entry[i]);
	for (i = 0; i < sim->way_count; i++)
		if (sim->instance[sim->way[i].to].core == index &&
		    !(turns && sim->way[i].fused))
			add_queue(core, i);
	for (i = 0; i < core->queue_count; i++)
		core->queue[i].passed = 0;
}

/* What an instance could still put into the queues behind it, and has put. */
static void look_below(const struct sim *sim, u32 instance, u32 *room,
		       u32 *below)
{
	const struct instance *i = &sim->instance[instance];
	u32 slots = sim->config.ring_slots;
	u32 k;

	*room = slots;
	*below = 0;
	for (k = 0; k < i->way_count; k++) {
		const struct way *way = &sim->way[i->way[k]];
		u32 used = way->out.count + way->ring.count;

		*room = min(*room, used < slots ? slots - used : 0);
		*below = max(*below, used);
	}
}

static void look_at(struct sim *sim, struct core *core, u32 q)
{
	struct sl_dispatch_queue *queue = &core->queue[q];
	u32 way = core->queue_way[q];
	u32 instance = stage_at(sim, way);
	const struct sl_planner_stage *stage =
		&sim->s.stage[sim->instance[instance].stage];
	double ns = (stage->call_ps / 64.0 + stage->event_ps) / 1e3;

	look_below(sim, instance, &queue->room, &queue->below);
	queue->rate = ns < 1 ? SL_DISPATCH_RATE_ONE : SL_DISPATCH_RATE_ONE / ns;
	queue->collects = false;
	queue->first = false;
	if (is_source(way)) {
		queue->here = sl_sim_ready(sim, instance, 1u << 20);
		return;
	}
	queue->here = way_line(&sim->way[way])->count;
	/* Replies are always taken. */
	queue->collects = !sim->way[way].right;
	if (queue->collects)
		queue->room = 1u << 20;
}

/* Chooses the ring that a turn ends with, and for how long. */
void sl_sim_frames_begin(struct sim *sim, u32 index)
{
	struct core *core = &sim->core[index];
	u32 i, frame, waiting = 0;

	for (i = 0; i < core->queue_count; i++) {
		const struct way *way = &sim->way[core->queue_way[i]];

		look_at(sim, core, i);
		core->queue[i].collects = false;
		core->queue[i].first = !way->right;
		core->queue[i].room =
			way->right && sl_sim_overflows(sim, way->to) ? 0 : NONE;
		waiting += core->queue[i].here && core->queue[i].room;
	}
	if (waiting < 2)
		return;
	i = sl_dispatch_choose(&core->dispatch, core->queue, core->queue_count,
			       &frame);
	core->serving = i;
	core->frame_left = frame;
}

/* What stands before rings goes in, as far as there is room. */
static double push_all(struct sim *sim, struct core *core)
{
	double ns = 0;
	u32 n = core->pending.count;

	while (n--) {
		u32 at = sl_sim_line_get(&core->pending);
		struct way *way = &sim->way[at];
		u32 to = sim->instance[way->to].core;
		u32 slots = sim->config.ring_slots;
		u32 count = 0;

		way->pending = false;
		if (way->fused)
			continue;
		while (way->out.count && way->ring.count < slots) {
			sl_sim_line_put(sim, &way->ring,
					sl_sim_line_get(&way->out));
			count++;
		}
		ns += count * sl_sim_hop_ns(sim, way, true);
		if (count)
			ns += sl_sim_wake(sim, to, sim->now + ns);
		if (way->out.count) {
			way->pending = true;
			sl_sim_line_put(sim, &core->pending, at);
		}
	}
	return ns;
}

static double serve(struct sim *sim, struct core *core, u32 q, u32 count)
{
	u32 at = core->queue_way[q];
	u32 instance = stage_at(sim, at);
	double ns = sl_sim_call_ns(sim, instance, count);
	struct way *way;

	if (is_source(at)) {
		sl_sim_enter(sim, instance, count);
		return ns;
	}
	way = &sim->way[at];
	sim->sum[sim->instance[instance].stage].queue += way_line(way)->count;
	if (way->fused)
		ns += sim->s.costs.fused_ps / 1e3 * count;
	else
		ns += sl_sim_hop_ns(sim, way, false) * count;
	while (count--)
		sl_sim_arrive(sim, sl_sim_line_get(way_line(way)), way->to,
			      way->right);
	if (!way->fused)
		sl_sim_wake(sim, sim->instance[way->from].core, sim->now + ns);
	return ns;
}

double sl_sim_frames_step(struct sim *sim, u32 index)
{
	struct core *core = &sim->core[index];
	double ns = push_all(sim, core);
	u32 q, frame, i;

	q = core->serving;
	if (q != NONE)
		look_at(sim, core, q);
	if (q == NONE || !core->frame_left || !core->queue[q].here ||
	    !core->queue[q].room) {
		for (i = 0; i < core->queue_count; i++)
			look_at(sim, core, i);
		i = sl_dispatch_choose(&core->dispatch, core->queue,
				       core->queue_count, &frame);
		if (i == core->queue_count) {
			core->serving = NONE;
			return ns > 0 ? ns : NOTHING;
		}
		ns += sim->config.turn_ns;
		if (i != q)
			ns += sim->config.switch_ns;
		core->serving = q = i;
		core->frame_left = sim->config.policy == SL_SIM_EACH ? 1 : frame;
	}
	i = min(min(core->frame_left, core->queue[q].here),
		min(core->queue[q].room, sim->config.batch_max));
	core->frame_left -= i;
	return ns + serve(sim, core, q, i);
}
