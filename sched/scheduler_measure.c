// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "sched/scheduler_own.h"
#include "sched/waited.h"

#define FADE_SHIFT	3	/* an eighth goes with each look */
#define BUSY_ENOUGH	500	/* per mille; below it nobody waits for long */
#define ENTERED_MIN	256	/* fewer events say nothing */
#define TAKEN_MAX	900	/* per mille */
#define RUN_MIN_NS	5000000
#define CALL_PS		25000	/* of a call, when it cannot be told */

static void fade(u64 *sum)
{
	*sum -= *sum >> FADE_SHIFT;
}

static void fade_sums(struct sl_sums *sums)
{
	fade(&sums->calls);
	fade(&sums->events);
	fade(&sums->cycles);
	fade(&sums->squares);
	fade(&sums->products);
}

static struct sl_sums read_sums(const struct sl_stage_counters *c)
{
	return (struct sl_sums){
		READ_ONCE(c->sample.calls), READ_ONCE(c->sample.events),
		READ_ONCE(c->sample.cycles), READ_ONCE(c->sample.squares),
		READ_ONCE(c->sample.products),
	};
}

/* What an instance has done since the last look, on a core of its own. */
static void gather_instance(struct sl_scheduler *s, u32 i)
{
	const struct sl_instance *at = &s->p->plan.instance[i];
	struct sl_sums now = read_sums(&s->p->stage_counters[i]);
	u64 events = READ_ONCE(s->p->stage_counters[i].events);
	struct sl_sums *last = &s->last[i];
	struct sl_sums *sums = &s->lately[at->stage];
	u64 own = 1000 - s->taken[at->worker];

	sums->calls += now.calls - last->calls;
	sums->events += now.events - last->events;
	sums->cycles += (now.cycles - last->cycles) * own / 1000;
	sums->squares += now.squares - last->squares;
	sums->products += (now.products - last->products) / 1000 * own;
	*last = now;
	s->taken_in[at->stage] += events - s->last_events[i];
	s->last_events[i] = events;
}

static void gather_core(struct sl_scheduler *s, u32 i)
{
	u64 now = READ_ONCE(s->p->core_counters[i].busy_cycles);

	fade(&s->busy[i]);
	s->busy[i] += now - s->last_busy[i];
	s->last_busy[i] = now;
}

static void gather_way(struct sl_scheduler *s, u32 i)
{
	const struct sl_way *way = &s->p->way[i];
	u64 now = READ_ONCE(way->out->handed);
	u64 handed = now - s->last_handed[i];

	s->last_handed[i] = now;
	if (way->out->right)
		s->requests[way->edge] += handed;
	else
		s->replies[way->edge] += handed;
}

static bool is_entry(const struct sl_graph *graph, u32 stage)
{
	u32 i;

	for (i = 0; i < graph->edge_count; i++)
		if (graph->edge[i].right == stage)
			return false;
	return true;
}

/* What enters is what the stages that nobody calls ask of others. */
static u64 count_entered(const struct sl_scheduler *s)
{
	const struct sl_pipeline *p = s->p;
	u64 entered = 0;
	u32 i;

	for (i = 0; i < p->way_count; i++)
		if (p->way[i].out->right &&
		    is_entry(&p->graph, p->plan.instance[p->way[i].from].stage))
			entered += s->last_handed[i];
	return entered;
}

/**
 * sl_scheduler_gather() - take in what was counted since the last look
 * @s: the scheduler
 * @now_ns: the time
 * @now_cycles: the same by the clock of the stages' counters
 */
void sl_scheduler_gather(struct sl_scheduler *s, u64 now_ns, u64 now_cycles)
{
	u64 before = s->entered_all;
	u32 i;

	for (i = 0; i < s->p->graph.stage_count; i++) {
		fade_sums(&s->lately[i]);
		fade(&s->taken_in[i]);
	}
	for (i = 0; i < s->p->graph.edge_count; i++) {
		fade(&s->requests[i]);
		fade(&s->replies[i]);
	}
	fade(&s->lately_ns);
	fade(&s->lately_cycles);
	fade(&s->entered);
	for (i = 0; i < s->p->plan.worker_count; i++)
		gather_core(s, i);
	for (i = 0; i < s->p->plan.instance_count; i++)
		gather_instance(s, i);
	for (i = 0; i < s->p->way_count; i++)
		gather_way(s, i);
	s->entered_all = count_entered(s);
	s->entered += s->entered_all - before;
	s->lately_ns += now_ns - s->look_ns;
	s->lately_cycles += now_cycles - s->look_cycles;
	s->look_ns = now_ns;
	s->look_cycles = now_cycles;
	s->history[s->looks % SL_HISTORY].ns = now_ns;
	s->history[s->looks % SL_HISTORY].entered = s->entered_all;
	s->looks++;
}

/**
 * sl_scheduler_look_around() - find out what others have of the CPUs
 * @s: the scheduler
 *
 * Of the time for which a worker was to run, how much it waited.  Where the
 * system does not say, it is taken to have waited for nobody.
 */
void sl_scheduler_look_around(struct sl_scheduler *s)
{
	u64 run_ns, wait_ns, run, wait;
	u32 i, permille;

	for (i = 0; i < s->p->plan.worker_count; i++) {
		u32 thread = READ_ONCE(s->p->core[i].thread);

		if (!thread || !sl_thread_waited(thread, &run_ns, &wait_ns))
			continue;
		run = run_ns - s->last_run_ns[i];
		wait = wait_ns - s->last_wait_ns[i];
		s->last_run_ns[i] = run_ns;
		s->last_wait_ns[i] = wait_ns;
		/* A worker that hardly runs meets others by chance. */
		if (run + wait < RUN_MIN_NS)
			continue;
		permille = min_t(u64, div64_u64(wait * 1000, run + wait),
				 TAKEN_MAX);
		s->taken[i] = (3 * s->taken[i] + permille) / 4;
	}
}

/* The product of two sums, scaled so that no two of them overflow. */
static s64 times(u64 a, u64 b, u32 shift)
{
	return (s64)((a >> shift) * (b >> shift));
}

/* Picoseconds of so many cycles, over so many events or calls. */
static u64 ps_of(u64 cycles, u64 count, u64 ns, u64 clock)
{
	u64 ps_1024;	/* picoseconds of 1024 cycles */

	if (!count || !clock)
		return 0;
	ps_1024 = div64_u64(ns * 1000, max_t(u64, clock >> 10, 1));
	for (; cycles >> 56; cycles >>= 4)
		count = max_t(u64, count >> 4, 1);
	cycles = min_t(u64, div64_u64(cycles << 4, count), 1ull << 34);
	return cycles * ps_1024 >> 14;
}

/**
 * sl_scheduler_fit() - what a call costs and what each event adds
 * @sums: over calls
 * @ns: a time
 * @cycles: the same in cycles
 * @call_ps: set to picoseconds of a call
 * @event_ps: set to picoseconds of an event
 *
 * The straight line through cycles over events with the least squares.  Where
 * batches are all of one size, or the line makes no sense, a call costs what
 * it does usually and the events the rest.
 */
void sl_scheduler_fit(const struct sl_sums *sums, u64 ns, u64 cycles,
		      u64 *call_ps, u64 *event_ps)
{
	u64 largest = max(max(sums->squares, sums->products),
			  max(sums->cycles, sums->events));
	u64 mean_ps = ps_of(sums->cycles, sums->events, ns, cycles);
	s64 spread, slope, base;
	u32 shift = 0;

	*event_ps = mean_ps;
	*call_ps = 0;
	if (!sums->events || !sums->calls)
		return;
	while (largest >> shift >> 31)
		shift++;
	shift = shift > 12 ? 12 : shift;
	spread = times(sums->calls, sums->squares, 0) -
		 times(sums->events, sums->events, 0);
	slope = times(sums->calls, sums->products, shift) -
		times(sums->cycles, sums->events, shift);
	base = times(sums->cycles, sums->squares, shift) -
	       times(sums->products, sums->events, shift);
	/* Sizes that differ by less than a twentieth tell nothing. */
	if (spread > 0 && slope > 0 && base > 0 &&
	    (u64)spread > sums->events / 400 * sums->events) {
		spread >>= 2 * shift;
		*event_ps = ps_of(slope, max_t(u64, spread, 1), ns, cycles);
		*call_ps = ps_of(base, max_t(u64, spread, 1), ns, cycles);
		return;
	}
	*call_ps = min_t(u64, CALL_PS, div64_u64(mean_ps * sums->events,
						 2 * sums->calls));
	*event_ps = mean_ps - div64_u64(*call_ps * sums->calls, sums->events);
}

/* How many of 1024 that enter; 0 stays 0, and the least is 1. */
static u32 share_of(u64 events, u64 entered)
{
	return min_t(u64, div64_u64(events * SL_PLANNER_ONE + entered / 2,
				    entered) ?: !!events, 1u << 30);
}

/* Of each edge, how many ways there are, and how many of them cross now. */
static void count_crossing(struct sl_scheduler *s)
{
	u32 i;

	memset(s->ways, 0, sizeof(s->ways));
	memset(s->crossing, 0, sizeof(s->crossing));
	for (i = 0; i < s->p->way_count; i++) {
		const struct sl_way *way = &s->p->way[i];

		s->ways[way->edge]++;
		s->crossing[way->edge] += !sl_wiring_direct(s->p, way);
	}
}

/*
 * What stages seem to cost holds the pushes and pops of edges that cross now,
 * which the planner adds to its plans itself; so they are taken out, but not
 * more than half of it, for they are only estimated.  Where some replicas have
 * their neighbours beside them and others have not, that is a part of them.
 */
static void take_out_hops(struct sl_scheduler *s)
{
	struct sl_planner_snapshot *snapshot = &s->snapshot;
	const struct sl_planner_costs *costs = &snapshot->costs;
	u64 hops[SL_PLANNER_STAGES_MAX] = { 0 };
	u32 i;

	count_crossing(s);
	for (i = 0; i < snapshot->edge_count; i++) {
		const struct sl_planner_edge *e = &snapshot->edge[i];
		u64 requests, replies;

		if (!s->crossing[i])
			continue;
		requests = (u64)e->requests * s->crossing[i] / s->ways[i];
		replies = (u64)e->replies * s->crossing[i] / s->ways[i];
		hops[e->left] += requests * costs->push_ps +
				 replies * costs->pop_ps;
		hops[e->right] += requests * costs->pop_ps +
				  replies * costs->push_ps;
	}
	for (i = 0; i < snapshot->stage_count; i++) {
		struct sl_planner_stage *stage = &snapshot->stage[i];

		if (stage->visits)
			stage->event_ps -= min_t(u64, stage->event_ps / 2,
						 div64_u64(hops[i],
							   stage->visits));
	}
}

/**
 * sl_scheduler_measure() - bring the snapshot up to date
 * @s: the scheduler
 *
 * Return: whether there was enough to measure.
 */
bool sl_scheduler_measure(struct sl_scheduler *s)
{
	struct sl_planner_snapshot *snapshot = &s->snapshot;
	u32 i;

	if (s->entered < ENTERED_MIN)
		return false;
	for (i = 0; i < snapshot->stage_count; i++) {
		struct sl_planner_stage *stage = &snapshot->stage[i];
		const struct sl_sums *sums = &s->lately[i];

		stage->visits = share_of(s->taken_in[i], s->entered);
		if (!sums->events)
			continue;
		sl_scheduler_fit(sums, s->lately_ns, s->lately_cycles,
				 &stage->call_ps, &stage->event_ps);
		stage->batch = clamp_t(u64, div64_u64(sums->events * 16,
						      max_t(u64, sums->calls, 1)),
				       16, 16 * SL_BATCH_MAX);
	}
	for (i = 0; i < snapshot->edge_count; i++) {
		snapshot->edge[i].requests = share_of(s->requests[i], s->entered);
		snapshot->edge[i].replies = share_of(s->replies[i], s->entered);
	}
	for (i = 0; i < snapshot->core_count; i++)
		snapshot->core[i].taken = s->taken[i];
	take_out_hops(s);
	return true;
}

/**
 * sl_scheduler_busy() - has any worker so much to do that a plan matters
 * @s: the scheduler
 */
bool sl_scheduler_busy(const struct sl_scheduler *s)
{
	u32 i;

	for (i = 0; i < s->p->plan.worker_count; i++)
		if (s->busy[i] >= s->lately_cycles / 1000 * BUSY_ENOUGH)
			return true;
	return false;
}

/**
 * sl_scheduler_rate() - milli-events a second
 * @events: how many
 * @ns: in which time
 */
u64 sl_scheduler_rate(u64 events, u64 ns)
{
	return div64_u64(events * 1000000, max_t(u64, div64_u64(ns, 1000000), 1));
}

/**
 * sl_scheduler_steady() - was the plan the same in all that is remembered
 * @s: the scheduler
 */
bool sl_scheduler_steady(const struct sl_scheduler *s)
{
	u32 first = s->looks % SL_HISTORY;

	return s->looks > SL_HISTORY &&
	       s->history[first].ns > s->changed_ns;
}

/**
 * sl_scheduler_steady_rate() - what has entered in the last half second or so
 * @s: the scheduler; steady
 *
 * Return: milli-events a second.
 */
u64 sl_scheduler_steady_rate(const struct sl_scheduler *s)
{
	u32 first = s->looks % SL_HISTORY;

	return sl_scheduler_rate(s->entered_all - s->history[first].entered,
				 s->look_ns - s->history[first].ns);
}
