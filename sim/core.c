// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a core does next, as sched/exec.c does it: sources, rings with replies
 * before requests, then outboxes first in, first out, then a frame of a ring if
 * several have a backlog.  A step is one call of a stage or one batch into a
 * ring.
 */
#include "sim/own.h"

enum { SOURCES, RINGS, OUTBOXES, FRAME };

#define SERVE_MAX	256	/* as in sched/exec.c */

/* What it costs to serve a queue, if it was another one before. */
static double change(const struct sim *sim, struct core *core, u32 queue)
{
	double ns = core->served == queue ? 0 : sim->config.change_ns;

	core->served = queue;
	return ns;
}

/* Events of a way come to its end; what the stage takes for them. */
static double take(struct sim *sim, struct way *way, u32 count)
{
	struct core *core = &sim->core[sim->instance[way->to].core];
	struct line *line = way_line(way);
	double ns = sl_sim_call_ns(sim, way->to, count) +
		    change(sim, core, way - sim->way);

	sim->sum[sim->instance[way->to].stage].queue += line->count;
	if (way->fused)
		ns += sim->s.costs.fused_ps / 1e3 * count;
	else
		ns += sl_sim_hop_ns(sim, way, false) * count;
	while (count--)
		sl_sim_arrive(sim, sl_sim_line_get(line), way->to, way->right);
	return ns;
}

static bool refuses(const struct sim *sim, const struct way *way)
{
	return way->right && sl_sim_overflows(sim, way->to);
}

static double from_source(struct sim *sim, struct core *core)
{
	while (core->index < core->entry_count) {
		u32 at = core->entry[core->index++];
		u32 count = sl_sim_ready(sim, at, sim->config.batch_max);
		double ns;

		if (!count || sl_sim_overflows(sim, at))
			continue;
		core->full |= count == sim->config.batch_max;
		ns = sl_sim_call_ns(sim, at, count) +
		     change(sim, core, WAYS_MAX + at);
		sl_sim_enter(sim, at, count);
		return ns;
	}
	return NOTHING;
}

/* A batch; `count` is set to how many there were in it. */
static double receive(struct sim *sim, struct way *way, u32 *count)
{
	bool was_full = way->ring.count >= sim->config.ring_slots;
	double ns;

	*count = min(way->ring.count, sim->config.batch_max);
	if (!*count || refuses(sim, way)) {
		*count = 0;
		return NOTHING;
	}
	ns = take(sim, way, *count);
	if (was_full)
		sl_sim_wake(sim, sim->instance[way->from].core, sim->now + ns);
	return ns;
}

static double from_ring(struct sim *sim, struct core *core)
{
	while (core->index < core->inbox_count) {
		u32 at = core->inbox[core->index++], count;
		double ns = receive(sim, &sim->way[at], &count);

		core->backlogs += count == sim->config.batch_max;
		if (ns >= 0)
			return ns;
	}
	return NOTHING;
}

static double from_frame(struct sim *sim, struct core *core)
{
	double ns;
	u32 count;

	if (!core->frame_left)
		return NOTHING;
	ns = receive(sim, &sim->way[core->queue_way[core->serving]], &count);
	core->frame_left = count < sim->config.batch_max ||
			   count >= core->frame_left ?
			   0 : core->frame_left - count;
	return ns;
}

/* A batch into the ring, as much of it as there is room for. */
static double push(struct sim *sim, struct way *way)
{
	u32 room = sim->config.ring_slots > way->ring.count ?
		   sim->config.ring_slots - way->ring.count : 0;
	u32 count = min(min(way->out.count, sim->config.batch_max), room);
	u32 to = sim->instance[way->to].core;
	double ns = sl_sim_hop_ns(sim, way, true) * count;
	u32 i;

	if (!count)
		return NOTHING;
	for (i = 0; i < count; i++)
		sl_sim_line_put(sim, &way->ring, sl_sim_line_get(&way->out));
	/* It is there when the first line of it is. */
	return ns + sl_sim_wake(sim, to, sim->now + ns +
				sim->s.distance_ps[sim->instance[way->from].core]
				[to] / 2e3);
}

static double serve(struct sim *sim, struct core *core)
{
	while (core->pending.count && core->index < SERVE_MAX) {
		u32 at = core->pending.id[core->pending.head];
		struct way *way = &sim->way[at];
		u32 count = min(way->out.count, sim->config.batch_max);
		double ns = NOTHING;

		if (count && !way->fused)
			ns = push(sim, way);
		else if (count && !refuses(sim, way))
			ns = take(sim, way, count);
		/* Once more, until it is empty or stuck. */
		if (ns >= 0 && way->out.count)
			return ns;
		sl_sim_line_get(&core->pending);
		core->index++;
		if (way->out.count)
			sl_sim_line_put(sim, &core->stuck, at);
		else
			way->pending = false;
		if (ns >= 0)
			return ns;
	}
	while (core->stuck.count)
		sl_sim_line_put(sim, &core->pending,
				sl_sim_line_get(&core->stuck));
	return NOTHING;
}

static double phase_of(struct sim *sim, struct core *core)
{
	switch (core->phase) {
	case SOURCES:
		return from_source(sim, core);
	case RINGS:
		return from_ring(sim, core);
	case OUTBOXES:
		return serve(sim, core);
	default:
		return from_frame(sim, core);
	}
}

/* A turn is over.  Returns what it cost by itself, if anything was done. */
static double end_turn(struct sim *sim, struct core *core)
{
	bool moved = core->moved;

	core->phase = SOURCES;
	core->full = false;
	core->moved = false;
	return moved ? sim->config.turn_ns : NOTHING;
}

/* Until something was done, or a whole turn brought nothing. */
double sl_sim_core_step(struct sim *sim, u32 index)
{
	struct core *core = &sim->core[index];

	for (;;) {
		double ns = phase_of(sim, core);

		if (ns >= 0)
			core->moved = true;
		else
			core->index = 0;
		/* A batch of a frame goes all its way. */
		if (ns >= 0 && core->phase == FRAME)
			core->phase = OUTBOXES;
		if (ns >= 0)
			return ns;
		/* Not after the outboxes that a frame itself has filled. */
		if (core->phase == OUTBOXES && core->backlogs > 1 &&
		    !core->full)
			sl_sim_frames_begin(sim, index);
		if (core->phase == OUTBOXES)
			core->backlogs = 0;
		if (core->phase++ != FRAME)
			continue;
		return end_turn(sim, core);
	}
}
