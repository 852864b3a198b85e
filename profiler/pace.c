// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>

#include <linux/kernel.h>

#include "profiler/pace.h"

#define HELD_ENOUGH	1.0	/* events inside a stage that wait for a device */
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

/* The stage whose bank is empty while nobody is busy. */
static int find_empty_bank(const struct sl_report *report)
{
	u32 i;

	for (i = 0; i < report->stage_count; i++) {
		const struct sl_bank_use *bank = &report->stage[i].bank;

		if (bank->events && bank->exhausted &&
		    bank->in_use + bank->in_use / 8 >= bank->events)
			return i;
	}
	return -1;
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
	if (pace->stage >= 0) {
		pace->waiting = stage_queue(report, pace->stage);
		pace->cost = find_cost(&report->stage[pace->stage]);
	}
	sort(pace, report);
}
