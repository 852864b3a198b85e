// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Where an event goes, and what that costs.
 */
#include <stdlib.h>

#include "sim/own.h"

static u32 draw_calls(struct sim *sim, u32 stage, u32 edge)
{
	double mean = sim->calls[sim->edge_of[stage][edge]];
	u32 whole = mean;

	return whole + (mean > whole && sl_sim_dice(&sim->seed) < mean - whole);
}

/* Of a stage's replicas, the one beside another, or by flow. */
static u32 choose(struct sim *sim, u32 edge, u32 from)
{
	u32 to = sim->s.edge[edge].right;
	u32 count = sim->replica_count[to];

	if (count == 1)
		return 0;
	if (sim->beside[edge])
		return sim->instance[from].replica;
	return sim->sequence++ % count;
}

static void announce(struct sim *sim, u32 way)
{
	struct way *w = &sim->way[way];

	if (w->pending)
		return;
	w->pending = true;
	sl_sim_line_put(sim, &sim->core[sim->instance[w->from].core].pending,
			way);
}

static void send(struct sim *sim, u32 id, u32 from, u32 to, bool right)
{
	u32 way = sim->way_of[from][to][right];

	sl_sim_line_put(sim, &sim->way[way].out, id);
	announce(sim, way);
}

static void finish(struct sim *sim, u32 id)
{
	struct event *event = &sim->event[id];
	u32 at = sim->instance_of[event->entry][event->replica %
			sim->replica_count[event->entry]];
	double ns = sim->now - event->born;

	sim->instance[at].out--;
	sl_sim_line_put(sim, &sim->free, id);
	if (sim->now >= sim->begin_ns)
		sl_sim_histogram_add(&sim->latency, ns);
	sl_sim_histogram_add(&sim->window, ns);
	/* Its source may be on another core only if the plan was changed. */
	sl_sim_wake(sim, sim->instance[at].core, sim->now);
}

/*
 * Who waits for an answer: the replica that called; the one beside this one if
 * they have been put beside each other meanwhile.
 */
static u32 caller_of(const struct sim *sim, const struct call *call,
		     u32 instance)
{
	u32 edge = sim->edge_of[call->stage][call->edge];
	u32 replica = sim->beside[edge] ? sim->instance[instance].replica :
		      call->replica % sim->replica_count[call->stage];

	return sim->instance_of[call->stage][replica];
}

/* To the next call, or back to the caller. */
static void go_on(struct sim *sim, u32 id, u32 instance)
{
	struct event *event = &sim->event[id];
	struct call *call = &event->call[event->depth - 1];
	u32 stage = sim->instance[instance].stage;

	while (!call->left) {
		if (++call->edge >= sim->edge_count[stage])
			break;
		call->left = draw_calls(sim, stage, call->edge);
	}
	if (call->left) {
		u32 edge = sim->edge_of[stage][call->edge];
		u32 to = sim->s.edge[edge].right;

		call->left--;
		sim->edge_seen[edge]++;
		send(sim, id, instance, sim->instance_of[to]
		     [choose(sim, edge, instance)], true);
		return;
	}
	if (!--event->depth) {
		finish(sim, id);
		return;
	}
	call--;
	send(sim, id, instance, caller_of(sim, call, instance), false);
}

/* An event has come to an instance, which has done its work on it. */
void sl_sim_arrive(struct sim *sim, u32 id, u32 instance, bool request)
{
	struct event *event = &sim->event[id];
	u32 stage = sim->instance[instance].stage;

	if (request) {
		event->call[event->depth++] = (struct call){
			.stage = stage,
			.replica = sim->instance[instance].replica,
			.left = sim->edge_count[stage] ?
				draw_calls(sim, stage, 0) : 0,
		};
	} else {
		/* The stage may have other replicas than when it was left. */
		event->call[event->depth - 1].replica =
			sim->instance[instance].replica;
	}
	go_on(sim, id, instance);
}

/* How many events could enter now. */
u32 sl_sim_ready(const struct sim *sim, u32 instance, u32 most)
{
	const struct instance *i = &sim->instance[instance];
	u32 ready = i->out < sim->config.in_flight ?
		    sim->config.in_flight - i->out : 0;

	if (sim->config.rate > 0)
		ready = min(ready, i->queue.count);
	return min(ready, most);
}

static u32 new_event(struct sim *sim)
{
	u32 depth = sim->s.stage_count;
	struct event *event;

	if (sim->free.count)
		return sl_sim_line_get(&sim->free);
	if (sim->event_count == sim->event_room) {
		u32 room = sim->event_room ? 2 * sim->event_room : 1024;

		event = realloc(sim->event, room * sizeof(*event));
		if (!event) {
			sim->broken = true;
			return 0;
		}
		sim->event = event;
		sim->event_room = room;
	}
	event = &sim->event[sim->event_count];
	event->call = malloc(depth * sizeof(event->call[0]));
	if (!event->call) {
		sim->broken = true;
		return 0;
	}
	return sim->event_count++;
}

/* Lets events in, which costs what a call of the stage costs. */
void sl_sim_enter(struct sim *sim, u32 instance, u32 count)
{
	struct instance *i = &sim->instance[instance];

	while (count--) {
		bool waited = sim->config.rate > 0;
		u32 id = waited ? sl_sim_line_get(&i->queue) : new_event(sim);
		struct event *event = &sim->event[id];

		if (sim->broken)
			return;
		if (!waited)
			event->born = sim->now;
		event->entry = i->stage;
		event->replica = i->replica;
		event->depth = 0;
		i->out++;
		sim->entered++;
		sl_sim_arrive(sim, id, instance, true);
	}
}

/* One more event has come to the pipeline. */
void sl_sim_come(struct sim *sim)
{
	double x = sl_sim_dice(&sim->seed);
	u32 id = new_event(sim);
	u32 stage, at;

	if (sim->broken)
		return;
	for (stage = 0; stage + 1 < sim->s.stage_count; stage++) {
		if (!sim->entry[stage])
			continue;
		x -= sim->entry_share[stage];
		if (x <= 0)
			break;
	}
	while (!sim->entry[stage])
		stage--;
	at = sim->instance_of[stage][sim->sequence++ %
				     sim->replica_count[stage]];
	sim->event[id].born = sim->now;
	sl_sim_line_put(sim, &sim->instance[at].queue, id);
	sl_sim_wake(sim, sim->instance[at].core, sim->now);
}

/* A stage with requests that cannot leave takes no new ones. */
bool sl_sim_overflows(const struct sim *sim, u32 instance)
{
	const struct instance *i = &sim->instance[instance];
	u32 k;

	for (k = 0; k < i->way_count; k++)
		if (sim->way[i->way[k]].out.count > sim->config.batch_max)
			return true;
	return false;
}

/* What an instance takes for so many events in one call. */
double sl_sim_call_ns(struct sim *sim, u32 instance, u32 events)
{
	struct instance *i = &sim->instance[instance];
	const struct sl_planner_stage *stage = &sim->s.stage[i->stage];
	const struct sl_planner_core *core = &sim->s.core[i->core];
	double ns = stage->event_ps / 1e3 * events, cv = sim->config.variation;
	struct stage_sum *sum = &sim->sum[i->stage];

	if (cv > 0)
		ns *= sl_sim_dice_gamma(&sim->seed, events / (cv * cv)) /
		      (events / (cv * cv));
	ns += stage->call_ps / 1e3 + sim->miss_ns[i->stage][i->core] + i->cold_ns;
	ns *= 1e6 / ((double)core->speed * (1000 - core->taken));
	i->cold_ns = 0;
	sum->busy_ns += ns;
	sum->events += events;
	sum->calls++;
	return ns;
}

/* What an event costs the core that pushes or pops it. */
double sl_sim_hop_ns(const struct sim *sim, const struct way *way, bool push)
{
	const struct sl_planner_costs *c = &sim->s.costs;
	const struct sl_planner_edge *e = &sim->s.edge[way->edge];
	u32 a = sim->instance[way->from].core, b = sim->instance[way->to].core;
	const struct sl_planner_core *core = &sim->s.core[push ? a : b];
	double ps = push ? c->push_ps : c->pop_ps;

	ps += (double)(way->right ? e->request_lines : e->reply_lines) *
	      (push ? c->send_share : c->receive_share) *
	      sim->s.distance_ps[a][b] / SL_PLANNER_ONE;
	return ps * 1e3 / ((double)core->speed * (1000 - core->taken));
}
