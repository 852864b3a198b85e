// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>

#include <linux/kernel.h>

#include "profiler/pace.h"

#define HELD_ENOUGH	1.0	/* events inside a stage that wait for a device */
#define CROWD		16.0	/* events that are a queue, not a loop */
#define EMPTY_ENOUGH	0.75	/* of a bank's events, in use on average */
/* A miss of the last cache costs about so long where it is not hidden. */
#define MISS_CYCLES	200.0
#define CODE_CYCLES	15.0	/* a miss of the instruction cache */
#define COST_SHARE	0.4	/* of its cycles, to be named after it */

static double stage_queue(const struct sl_report *report, u32 stage)
{
	return report->stage[stage].queue_mean;
}

/* Requests on their way to a stage, which are in front of it. */
static double link_queue(const struct sl_report *report, u32 stage)
{
	double sum = 0;
	u32 i;

	for (i = 0; i < report->link_count; i++)
		if (report->link[i].right && report->link[i].to == stage)
			sum += report->link[i].queue_mean;
	return sum;
}

/* The stage inside which most events wait, for what is not a core. */
static int find_holder(const struct sl_report *report)
{
	double most = HELD_ENOUGH;
	int found = -1;
	u32 i;

	for (i = 0; i < report->stage_count; i++) {
		double held = stage_queue(report, i) - link_queue(report, i);

		if (held >= most) {
			most = held;
			found = i;
		}
	}
	return found;
}

/*
 * The stage whose bank is empty while nobody is busy.  Of several it is the
 * rightmost: those on its left wait for it.
 */
static int find_empty_bank(const struct sl_report *report)
{
	int found = -1;
	u32 i;

	for (i = 0; i < report->stage_count; i++) {
		const struct sl_report_stage *stage = &report->stage[i];

		if (stage->bank.events && stage->bank.exhausted &&
		    stage->bank_mean >= EMPTY_ENOUGH * stage->bank.events)
			found = i;
	}
	return found;
}

/* The busiest way for requests from a stage, if most of a loop goes there. */
static const struct sl_report_link *
next_link(const struct sl_report *report, const struct sl_pace_loop *loop,
	  u32 stage)
{
	const struct sl_report_link *found = NULL;
	u32 i;

	for (i = 0; i < report->link_count; i++) {
		const struct sl_report_link *link = &report->link[i];

		if (link->right && link->from == stage &&
		    link->rate >= loop->rate / 2 &&
		    (!found || link->rate > found->rate))
			found = link;
	}
	return found;
}

static double wait_between(const struct sl_report *report, u32 from, u32 to,
			   bool right)
{
	u32 i;

	for (i = 0; i < report->link_count; i++) {
		const struct sl_report_link *link = &report->link[i];

		if (link->from == from && link->to == to && link->right == right)
			return link->wait_ns;
	}
	return 0;
}

/* A stage is called with a request, and but for the last with its answer. */
static void follow(struct sl_pace_loop *loop, const struct sl_report *report)
{
	const struct sl_report_stage *stage = &report->stage[loop->from];
	const struct sl_report_link *link;

	while (loop->hops < report->stage_count &&
	       (link = next_link(report, loop, loop->to))) {
		loop->stage_ns += 2 * stage->service_ns * stage->batch;
		stage = &report->stage[link->to];
		loop->ring_ns += link->wait_ns + wait_between(report, link->to,
							      link->from, false);
		loop->hops++;
		loop->rings += link->slots > 0;
		loop->to = link->to;
	}
	loop->stage_ns += stage->service_ns * stage->batch;
}

/* The core in front of which most of the events in flight wait, or -1. */
static int find_crowd(const struct sl_report *report, double in_flight)
{
	double waiting[SL_CORES_MAX] = { 0 };
	u32 i;

	for (i = 0; i < report->link_count; i++)
		waiting[report->stage[report->link[i].to].worker] +=
			report->link[i].queue_mean;
	for (i = 0; i < report->core_count; i++)
		if (waiting[i] >= max(CROWD, in_flight / 2))
			return i;
	return -1;
}

/* The stage of a core that takes the most of its time. */
static int find_greatest(const struct sl_report *report, int core)
{
	int found = -1;
	u32 i;

	for (i = 0; i < report->stage_count; i++)
		if ((int)report->stage[i].worker == core &&
		    (found < 0 ||
		     report->stage[i].busy > report->stage[found].busy))
			found = i;
	return found;
}

/* How long a round takes and why, unless most of it is waiting in one queue. */
static void find_loop(struct sl_pace *pace, const struct sl_report *report)
{
	struct sl_pace_loop *loop = &pace->loop;
	int from = pace->stage;
	int crowded;
	u32 i;

	loop->from = loop->to = from;
	loop->events = report->stage[from].bank.events;
	loop->in_flight = report->stage[from].bank_mean;
	for (i = 0; i < report->link_count; i++)
		if (report->link[i].right && (int)report->link[i].from == from)
			loop->rate += report->link[i].rate;
	crowded = find_crowd(report, loop->in_flight);
	if (crowded >= 0) {
		pace->kind = SL_PACE_KEPT;
		pace->core = crowded;
		pace->stage = find_greatest(report, crowded);
		loop->from = -1;
		return;
	}
	if (loop->rate > 0)
		loop->round_ns = loop->in_flight / loop->rate * 1e9;
	follow(loop, report);
}

static enum sl_cost find_cost(const struct sl_report_stage *stage)
{
	double cycles = stage->perf_cycles;

	if (!stage->perf_cycles || !stage->instructions)
		return SL_COST_UNKNOWN;
	if (stage->cache_misses * MISS_CYCLES > COST_SHARE * cycles)
		return SL_COST_MEMORY;
	if (stage->icache_misses * CODE_CYCLES > COST_SHARE * cycles)
		return SL_COST_CODE;
	return SL_COST_COMPUTING;
}

/* The bottleneck first, then by demand. */
static void sort(struct sl_pace *pace, const struct sl_report *report)
{
	u32 i, j;

	for (i = 0; i < report->stage_count; i++) {
		for (j = i; j; j--) {
			u16 before = pace->order[j - 1];

			if (before == pace->stage)
				break;
			if ((int)i != pace->stage &&
			    report->stage[before].busy >=
				    report->stage[i].busy)
				break;
			pace->order[j] = before;
		}
		pace->order[j] = i;
	}
	pace->count = report->stage_count;
}

/**
 * sl_pace_make() - find what limits a pipeline
 * @pace: where to put it
 * @report: what happened in a while
 */
void sl_pace_make(struct sl_pace *pace, const struct sl_report *report)
{
	memset(pace, 0, sizeof(*pace));
	pace->core = -1;
	pace->loop.from = -1;
	pace->stage = report->bottleneck;
	if (pace->stage >= 0) {
		pace->kind = SL_PACE_CORE;
		pace->core = report->stage[pace->stage].worker;
	} else {
		pace->kind = SL_PACE_DEVICE;
		pace->stage = find_holder(report);
		if (pace->stage < 0) {
			pace->kind = SL_PACE_LOOP;
			pace->stage = find_empty_bank(report);
		}
		if (pace->stage < 0)
			pace->kind = SL_PACE_INPUT;
	}
	if (pace->kind == SL_PACE_LOOP)
		find_loop(pace, report);
	if (pace->stage >= 0) {
		pace->waiting = stage_queue(report, pace->stage);
		pace->cost = find_cost(&report->stage[pace->stage]);
	}
	sort(pace, report);
}
