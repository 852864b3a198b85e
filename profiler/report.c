// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>

#include <linux/kernel.h>

#include "membank/pressure_user.h"
#include "profiler/report.h"

/* A core that is busy for less than this has no bottleneck on it. */
#define BUSY_ENOUGH 0.6
#define ALMOST	    0.9 /* of the busiest core: as busy */

/* Of a counter; a file that was scribbled over may have it run backwards. */
static u64 grown(u64 before, u64 after)
{
	return after > before ? after - before : 0;
}

static void report_stage(struct sl_report_stage *row,
			 const struct sl_stats *before,
			 const struct sl_stats *after, u32 i, double cycles)
{
	const struct sl_stats_stage *s0 = sl_stats_stage(before, i);
	const struct sl_stats_stage *s1 = sl_stats_stage(after, i);
	const struct sl_stage_counters *c0 = sl_stats_stage_counters(before, i);
	const struct sl_stage_counters *c1 = sl_stats_stage_counters(after, i);
	double samples = grown(before->samples, after->samples);
	double ns_per_cycle = grown(before->now_ns, after->now_ns) / cycles;
	u64 busy = grown(c0->busy_cycles, c1->busy_cycles);
	u64 batches = grown(c0->batches, c1->batches);
	double empty;
	u32 d;

	row->name = s1->name;
	row->type = s1->type;
	row->worker = s1->worker;
	row->cpu = sl_stats_core(after, s1->worker)->cpu;
	row->thread = sl_stats_core(after, s1->worker)->thread;
	row->replica = s1->replica;
	row->events = grown(c0->events, c1->events);
	row->rate = row->events * 1e9 / grown(before->now_ns, after->now_ns);
	row->service_ns = row->events ? busy * ns_per_cycle / row->events : 0;
	row->batch = batches ? (double)row->events / batches : 0;
	row->queue_now = s1->queue_now;
	row->queue_max = s1->queue_max;
	row->busy = min(busy / cycles, 1.0);
	if (samples) {
		row->queue_mean = grown(s0->queue_sum, s1->queue_sum) / samples;
		row->blocked = grown(s0->blocked_samples, s1->blocked_samples) /
			       samples;
		empty = grown(s0->empty_samples, s1->empty_samples) / samples;
		row->blocked = min(row->blocked, 1 - row->busy);
		row->starved = min(empty, 1 - row->busy - row->blocked);
	}
	for (d = 0; d < SL_DROPS_MAX; d++)
		row->drops += grown(c0->drops[d], c1->drops[d]);
	row->perf_events = grown(c0->perf.events, c1->perf.events);
	row->perf_cycles = grown(c0->perf.cycles, c1->perf.cycles);
	row->instructions = grown(c0->perf.instructions, c1->perf.instructions);
	row->cache_misses = grown(c0->perf.cache_misses, c1->perf.cache_misses);
	row->icache_misses = grown(c0->perf.icache_misses,
				   c1->perf.icache_misses);
}

static void report_core(struct sl_report_core *row,
			const struct sl_stats *before,
			const struct sl_stats *after, u32 i, double cycles)
{
	const struct sl_stats_core *core = sl_stats_core(after, i);
	const struct sl_core_counters *c0 = sl_stats_core_counters(before, i);
	const struct sl_core_counters *c1 = sl_stats_core_counters(after, i);

	row->cpu = core->cpu;
	row->thread = core->thread;
	row->node = core->node;
	row->speed = core->speed;
	row->busy = min(grown(c0->busy_cycles, c1->busy_cycles) / cycles, 1.0);
	row->idle = min(grown(c0->idle_ns, c1->idle_ns) /
				(double)grown(before->now_ns, after->now_ns),
			1.0);
	row->sleeps = grown(c0->sleeps, c1->sleeps);
	row->crowded = grown(c0->crowded, c1->crowded);
	row->late = min(grown(c0->late_turns, c1->late_turns) /
				max((double)grown(c0->work_turns,
						  c1->work_turns), 1.0),
			1.0);
}

static void report_link(struct sl_report_link *row, double ns, double samples,
			const struct sl_stats_link *l0,
			const struct sl_stats_link *l1)
{
	u64 timed = grown(l0->timed, l1->timed);
	u32 i;

	row->from = l1->from;
	row->to = l1->to;
	row->right = l1->right;
	row->slots = l1->slots;
	row->events = grown(l0->handed, l1->handed);
	row->rate = row->events * 1e9 / ns;
	row->queue_now = l1->used_now;
	row->queue_max = l1->used_max;
	if (samples) {
		row->queue_mean = grown(l0->used_sum, l1->used_sum) / samples;
		row->full = min(grown(l0->full_samples, l1->full_samples) /
					samples,
				1.0);
	}
	row->timed = timed;
	timed = grown(l0->timed_events, l1->timed_events);
	if (timed)
		row->wait_ns = (double)grown(l0->timed_ns, l1->timed_ns) / timed;
	/* Events that passed while it was fused did not wait. */
	row->queue_by_wait = l0->slots && l1->slots ?
			     row->wait_ns * row->rate / 1e9 :
			     grown(l0->timed_ns, l1->timed_ns) / ns;
	for (i = 0; i < SL_STATS_LENGTHS; i++)
		row->length[i] = grown(l0->length[i], l1->length[i]);
}

/* Requests that come over fused edges do not wait in front. */
static void report_residence(struct sl_report *report)
{
	double requests[SL_INSTANCES_MAX] = { 0 };
	double held[SL_INSTANCES_MAX] = { 0 };
	u32 i;

	for (i = 0; i < report->stage_count; i++)
		held[i] = report->stage[i].queue_mean;

	for (i = 0; i < report->link_count; i++) {
		const struct sl_report_link *link = &report->link[i];

		if (!link->right || link->to >= report->stage_count)
			continue;
		requests[link->to] += link->rate;
		held[link->to] -= link->queue_mean;
		report->stage[link->to].wait_ns += link->rate * link->wait_ns;
	}
	for (i = 0; i < report->stage_count; i++) {
		struct sl_report_stage *row = &report->stage[i];

		row->residence_ns = row->service_ns * row->batch;
		if (requests[i] <= 0)
			continue;
		row->wait_ns /= requests[i];
		row->residence_ns += row->wait_ns +
				     max(held[i], 0.0) / requests[i] * 1e9;
	}
}

static void report_bank(struct sl_report_stage *row, double samples,
			const struct sl_stats_stage *s0,
			const struct sl_stats_stage *s1)
{
	row->node = s1->node;
	if (samples)
		row->bank_mean = grown(s0->bank_sum, s1->bank_sum) / samples;
	row->bank = (struct sl_bank_use){
		.events = s1->bank_events,
		.in_use = s1->bank_in_use,
		.peak = s1->bank_peak,
		.lately = s1->bank_lately,
		.advice = s1->bank_advice,
		.exhausted = grown(s0->bank_exhausted, s1->bank_exhausted),
		.refused = grown(s0->bank_refused, s1->bank_refused),
		.released_bytes = grown(s0->bank_released, s1->bank_released),
	};
}

/*
 * The share of a core's own time that it works: time in which it was kept from
 * its CPU tells nothing of what it has to do.
 */
static double pressed(const struct sl_report *report, u32 core)
{
	double work = report->core_busy[core];

	return work > 0 ? work / max(work + report->core[core].idle, 0.01) : 0;
}

/*
 * The core that sets the pace, or -1 if all have time to spare: the busiest,
 * or one that is nearly as busy and has the longer queue.  A long queue alone
 * says little, as somebody else may have had the CPU for a moment.
 */
static int find_core(const struct sl_report *report)
{
	double queue[SL_CORES_MAX] = { 0 };
	double most = BUSY_ENOUGH;
	int found = -1;
	u32 i;

	for (i = 0; i < report->stage_count; i++)
		queue[report->stage[i].worker] += report->stage[i].queue_mean;
	for (i = 0; i < report->core_count; i++)
		most = max(most, pressed(report, i));
	for (i = 0; i < report->core_count; i++) {
		double busy = pressed(report, i);

		if (busy < ALMOST * most)
			continue;
		if (found < 0 || (queue[i] >= 1 && queue[i] > 2 * queue[found]) ||
		    (!(queue[found] >= 1 && queue[found] > 2 * queue[i]) &&
		     busy > pressed(report, found)))
			found = i;
	}
	return found >= 0 && pressed(report, found) >= BUSY_ENOUGH ? found : -1;
}

/* The stage with the greatest demand on the core that sets the pace. */
static int find_bottleneck(const struct sl_report *report)
{
	int core = find_core(report);
	int found = -1;
	u32 i;

	for (i = 0; i < report->stage_count; i++)
		if ((int)report->stage[i].worker == core &&
		    (found < 0 ||
		     report->stage[i].busy > report->stage[found].busy))
			found = i;
	return found;
}

/**
 * sl_report_make() - what happened between two snapshots
 * @report: where to put it; names point into @after
 * @before: the earlier snapshot
 * @after: the later one, of the same segment
 */
void sl_report_make(struct sl_report *report, const struct sl_stats *before,
		    const struct sl_stats *after)
{
	double cycles = grown(before->now_cycles, after->now_cycles);
	double ns = grown(before->now_ns, after->now_ns);
	u32 i;

	memset(report, 0, sizeof(*report));
	report->bottleneck = -1;
	report->pressure = sl_pressure_name(after->pressure);
	report->memory_bytes = after->bank_bytes;
	report->huge_bytes = after->huge_bytes;
	report->seconds = ns / 1e9;
	if (cycles <= 0 || ns <= 0 ||
	    before->stage_count != after->stage_count ||
	    before->core_count != after->core_count)
		return;
	report->samples = grown(before->samples, after->samples);
	report->stage_count = after->stage_count;
	report->core_count = after->core_count;
	for (i = 0; i < report->stage_count; i++) {
		report_stage(&report->stage[i], before, after, i, cycles);
		report_bank(&report->stage[i], report->samples,
			    sl_stats_stage(before, i), sl_stats_stage(after, i));
		report->released_bytes += report->stage[i].bank.released_bytes;
		report->core_busy[report->stage[i].worker] +=
			report->stage[i].busy;
	}
	for (i = 0; i < report->core_count; i++)
		report_core(&report->core[i], before, after, i, cycles);
	/* Links that came between the two have rows of zeroes in the first. */
	report->link_count = after->link_count;
	for (i = 0; i < report->link_count; i++)
		report_link(&report->link[i], ns, report->samples,
			    sl_stats_link(before, i), sl_stats_link(after, i));
	report_residence(report);
	report->bottleneck = find_bottleneck(report);
}

const char *sl_report_bottleneck(const struct sl_report *report)
{
	return report->bottleneck < 0 ? "none"
				      : report->stage[report->bottleneck].name;
}

/**
 * sl_report_change() - what kind of change of the plan it was, in a word
 * @kind: an sl_stats_change_kind, as it was found in a segment
 */
const char *sl_report_change(u32 kind)
{
	static const char *const names[] = {
		[SL_STATS_CHANGE_START] = "start",
		[SL_STATS_CHANGE_SHIFT] = "shift",
		[SL_STATS_CHANGE_MOVE] = "move",
		[SL_STATS_CHANGE_SWAP] = "swap",
		[SL_STATS_CHANGE_FUSE] = "fuse",
		[SL_STATS_CHANGE_SPLIT] = "split",
		[SL_STATS_CHANGE_REPLICATE] = "replicate",
		[SL_STATS_CHANGE_ASKED] = "asked",
		[SL_STATS_CHANGE_TRIAL] = "trial",
		[SL_STATS_CHANGE_BACK] = "back",
	};

	return kind < ARRAY_SIZE(names) ? names[kind] : "unknown";
}
