// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <linux/err.h>

#include "sim/own.h"

#define WINDOWS_MAX	100000

void sl_sim_line_put(struct sim *sim, struct line *line, u32 id)
{
	if (line->count == line->room) {
		u32 room = line->room ? 2 * line->room : 64;
		u32 *grown = malloc(room * sizeof(*grown));
		u32 i;

		if (!grown) {
			sim->broken = true;
			return;
		}
		for (i = 0; i < line->count; i++)
			grown[i] = line->id[(line->head + i) % line->room];
		free(line->id);
		line->id = grown;
		line->head = 0;
		line->room = room;
	}
	line->id[(line->head + line->count++) % line->room] = id;
}

/* The line must not be empty. */
u32 sl_sim_line_get(struct line *line)
{
	u32 id = line->id[line->head];

	line->head = (line->head + 1) % line->room;
	line->count--;
	return id;
}

static void later(struct sim *sim, double at, u32 kind, u32 which)
{
	if (!sl_sim_heap_add(&sim->heap, at, kind, which))
		sim->broken = true;
}

/*
 * Polling that would have covered the wait is extended, other is cut short;
 * see await() in sched/core_user.c.  True if the core had fallen asleep.
 */
static bool was_asleep(const struct sim *sim, struct core *core, double at)
{
	double idle = at - core->idle_since;
	bool asleep = (sim->config.wake_ns > 0 || sim->config.rouse_ns > 0) &&
		      idle > core->poll_ns;

	if (idle < sim->config.poll_ns)
		core->poll_ns = min(sim->config.poll_ns,
				    2 * core->poll_ns + 1000);
	else
		core->poll_ns /= 2;
	return asleep;
}

/*
 * Lets an idle core look again; a busy one looks anyway.  Returns what it
 * costs whoever wakes it.
 */
double sl_sim_wake(struct sim *sim, u32 index, double at)
{
	struct core *core = &sim->core[index];
	bool asleep;

	if (!core->idle)
		return 0;
	core->idle = false;
	asleep = was_asleep(sim, core, at);
	later(sim, max(at + (asleep ? sim->config.rouse_ns : 0), core->free_at),
	      CORE_STEPS, index);
	return asleep ? sim->config.wake_ns : 0;
}

static void step(struct sim *sim, u32 index)
{
	struct core *core = &sim->core[index];
	double ns;

	if (sim->now < core->free_at) {	/* it stands still */
		later(sim, core->free_at, CORE_STEPS, index);
		return;
	}
	ns = sim->config.policy == SL_SIM_TURNS ? sl_sim_core_step(sim, index)
						: sl_sim_frames_step(sim, index);
	if (ns < 0) {
		core->idle = true;
		core->idle_since = sim->now;
		return;
	}
	if (sim->now >= sim->begin_ns)
		core->busy_ns += ns;
	later(sim, sim->now + ns, CORE_STEPS, index);
}

static double gap_ns(struct sim *sim)
{
	double mean = 1e9 / sim->config.rate;

	return sim->config.even ? mean : mean * sl_sim_dice_gamma(&sim->seed, 1);
}

static void end_window(struct sim *sim)
{
	struct sl_sim_result *r = sim->result;
	struct sl_sim_window *w;

	later(sim, sim->now + sim->config.window_s * 1e9, WINDOW_ENDS, 0);
	if (r->window_count == WINDOWS_MAX)
		return;
	w = &r->window[r->window_count++];
	w->at_s = sim->now / 1e9;
	w->rate = sim->window.count / (sim->now - sim->window_began) * 1e9;
	w->p50_ns = sl_sim_histogram_share(&sim->window, 0.5);
	w->p99_ns = sl_sim_histogram_share(&sim->window, 0.99);
	memset(&sim->window, 0, sizeof(sim->window));
	sim->window_began = sim->now;
}

static void shift(struct sim *sim, u32 which)
{
	const struct sl_sim_shift *shift = &sim->config.shift[which];
	struct sl_planner_stage *stage = &sim->s.stage[shift->stage];

	stage->event_ps *= shift->factor;
	stage->call_ps *= shift->factor;
}

static void happen(struct sim *sim, const struct happens *h)
{
	switch (h->kind) {
	case CORE_STEPS:
		step(sim, h->which);
		break;
	case EVENT_COMES:
		sl_sim_come(sim);
		later(sim, sim->now + gap_ns(sim), EVENT_COMES, 0);
		break;
	case PLANNER_LOOKS:
		sl_sim_look(sim);
		later(sim, sim->now + sim->config.look_s * 1e9, PLANNER_LOOKS,
		      0);
		break;
	case WINDOW_ENDS:
		end_window(sim);
		break;
	default:
		shift(sim, h->which);
	}
}

/* The calls that a stage makes for each request that it gets. */
static void find_calls(struct sim *sim)
{
	const struct sl_planner_snapshot *s = &sim->s;
	double in[SL_PLANNER_STAGES_MAX] = { 0 };
	double all = 0;
	u32 i, e;

	for (i = 0; i < s->stage_count; i++)
		sim->entry[i] = true;
	for (e = 0; e < s->edge_count; e++) {
		in[s->edge[e].right] += s->edge[e].requests;
		sim->entry[s->edge[e].right] = false;
	}
	for (i = 0; i < s->stage_count; i++) {
		if (!sim->entry[i])
			continue;
		/* Of what it takes, the rest are answers. */
		in[i] = s->stage[i].visits;
		for (e = 0; e < s->edge_count; e++)
			if (s->edge[e].left == i)
				in[i] -= s->edge[e].replies;
		in[i] = in[i] < 1 ? SL_PLANNER_ONE : in[i];
		all += in[i];
	}
	for (e = 0; e < s->edge_count; e++) {
		u32 left = s->edge[e].left;

		sim->edge_of[left][sim->edge_count[left]++] = e;
		sim->calls[e] = in[left] > 0 ? s->edge[e].requests / in[left] : 0;
	}
	for (i = 0; i < s->stage_count; i++)
		sim->entry_share[i] = sim->entry[i] ? in[i] / all : 0;
}

static bool begin(struct sim *sim, const struct sl_sim_config *config)
{
	u32 edges[SL_PLANNER_STAGES_MAX] = { 0 };
	u32 i;

	sim->config = *config;
	sim->s = *config->snapshot;
	sim->view = sim->s;
	sim->seed = config->seed;
	sim->scratch = malloc(sl_planner_scratch_bytes());
	sim->result = calloc(1, sizeof(*sim->result));
	if (!sim->scratch || !sim->result ||
	    sl_planner_begin(&sim->s, sim->scratch) ||
	    !sl_planner_allowed(sim->scratch, sim->s.on))
		return false;
	for (i = 0; i < sim->s.edge_count; i++)
		if (++edges[sim->s.edge[i].left] > SL_EDGES_MAX)
			return false;
	if (config->window_s > 0) {
		sim->result->window = calloc(WINDOWS_MAX,
					     sizeof(*sim->result->window));
		if (!sim->result->window)
			return false;
		later(sim, config->window_s * 1e9, WINDOW_ENDS, 0);
	}
	find_calls(sim);
	sl_sim_wire(sim);
	sim->begin_ns = config->warmup_s * 1e9;
	sim->end_ns = sim->begin_ns + config->seconds * 1e9;
	for (i = 0; i < sim->s.core_count; i++) {
		sim->core[i].poll_ns = config->poll_ns;
		later(sim, 0, CORE_STEPS, i);
	}
	if (config->rate > 0)
		later(sim, gap_ns(sim), EVENT_COMES, 0);
	if (config->look_s > 0)
		later(sim, config->look_s * 1e9, PLANNER_LOOKS, 0);
	for (i = 0; i < config->shift_count; i++)
		later(sim, config->shift[i].at_s * 1e9, STAGE_SHIFTS, i);
	return !sim->broken;
}

static void tell(struct sim *sim)
{
	struct sl_sim_result *r = sim->result;
	const struct histogram *h = &sim->latency;
	double ns = sim->end_ns - sim->begin_ns;
	u32 i;

	r->events = h->count;
	r->rate = h->count / ns * 1e9;
	r->mean_ns = h->count ? h->sum / h->count : 0;
	r->p50_ns = sl_sim_histogram_share(h, 0.5);
	r->p90_ns = sl_sim_histogram_share(h, 0.9);
	r->p99_ns = sl_sim_histogram_share(h, 0.99);
	r->p999_ns = sl_sim_histogram_share(h, 0.999);
	r->max_ns = h->max;
	for (i = 0; i < sim->s.core_count; i++)
		r->busy[i] = sim->core[i].busy_ns / ns;
	for (i = 0; i < sim->instance_count; i++)
		r->unserved += sim->instance[i].queue.count;
	for (i = 0; i < sim->s.stage_count; i++) {
		const struct stage_sum *sum = &sim->sum[i];

		if (!sum->calls)
			continue;
		r->stage_batch[i] = (double)sum->events / sum->calls;
		r->stage_queue[i] = (double)sum->queue / sum->calls;
	}
	memcpy(r->on, sim->s.on, sizeof(r->on));
}

static void end(struct sim *sim)
{
	u32 i;

	sl_sim_unwire(sim);
	for (i = 0; i < sim->event_count; i++)
		free(sim->event[i].call);
	free(sim->event);
	free(sim->free.id);
	free(sim->heap.item);
	free(sim->scratch);
	free(sim);
}

/**
 * sl_sim_defaults() - a closed load, a tenth of a second, no planner
 * @config: where to put it
 * @snapshot: what to simulate, with a plan
 */
void sl_sim_defaults(struct sl_sim_config *config,
		     const struct sl_planner_snapshot *snapshot)
{
	*config = (struct sl_sim_config){
		.snapshot = snapshot,
		.batch_max = 64,
		.ring_slots = 1024,
		.in_flight = 512,
		.seconds = 0.1,
		.warmup_s = 0.01,
		.turn_ns = 40,
		.switch_ns = 100,
		.poll_ns = 50000,
		.seed = 1,
	};
}

/**
 * sl_sim_run() - simulate
 * @config: what, and how
 *
 * Return: the result, for sl_sim_free(), or ERR_PTR(-EINVAL) if the snapshot
 * is wrong or too large, -ENOMEM.
 */
struct sl_sim_result *sl_sim_run(const struct sl_sim_config *config)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct sl_sim_result *result;

	if (!sim)
		return ERR_PTR(-ENOMEM);
	if (!begin(sim, config)) {
		sl_sim_free(sim->result);
		end(sim);
		return ERR_PTR(-EINVAL);
	}
	while (!sim->broken && sim->heap.count) {
		struct happens h = sl_sim_heap_take(&sim->heap);

		if (h.at > sim->end_ns)
			break;
		sim->now = h.at;
		happen(sim, &h);
	}
	tell(sim);
	result = sim->result;
	if (sim->broken) {
		sl_sim_free(result);
		result = ERR_PTR(-ENOMEM);
	}
	end(sim);
	return result;
}

void sl_sim_free(struct sl_sim_result *result)
{
	if (!result)
		return;
	free(result->window);
	free(result);
}
