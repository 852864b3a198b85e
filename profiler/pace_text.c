// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>

#include <linux/kernel.h>

#include "profiler/pace.h"

#define NEXT_MAX      3 /* stages that are named after the bottleneck */
#define CHANGES_SHOWN 5
#define BUSY	      0.6  /* a core that has others to serve */
#define IDLE	      0.01 /* a stage below this share is not worth a word */

static const char *const pace_name[] = {
	[SL_PACE_INPUT] = "input",
	[SL_PACE_CORE] = "core",
	[SL_PACE_DEVICE] = "device",
	[SL_PACE_LOOP] = "loop",
	[SL_PACE_KEPT] = "kept",
};

static const char *const cost_name[] = {
	[SL_COST_UNKNOWN] = "unknown",
	[SL_COST_COMPUTING] = "computing",
	[SL_COST_MEMORY] = "memory",
	[SL_COST_CODE] = "code",
};

static const char *const cost_words[] = {
	[SL_COST_UNKNOWN] = "whether it computes or waits for memory was not"
			    " measured",
	[SL_COST_COMPUTING] = "it computes; caches serve it well",
	[SL_COST_MEMORY] = "it waits for memory: what it touches is not in"
			   " the caches",
	[SL_COST_CODE] = "it waits for instructions: its code is not in the"
			 " cache; larger batches help",
};

static void print_stage(const struct sl_report_stage *stage, FILE *out)
{
	fprintf(out, "%.0f ns an event, %.0f events/s, %.1f a call",
		stage->service_ns, stage->rate, stage->batch);
}

static void print_core(const struct sl_pace *pace,
		       const struct sl_report *report, FILE *out)
{
	const struct sl_report_stage *stage = &report->stage[pace->stage];
	const struct sl_report_core *core = &report->core[pace->core];

	fprintf(out, "bottleneck  %s, on cpu%u\n",
		sl_report_title(stage).text, core->cpu);
	fprintf(out, "why         cpu%u is busy for %.0f %% of the time, for"
		     " %.0f %% in %s; %.1f requests wait there\n",
		core->cpu,
		100 * report->core_busy[pace->core], 100 * stage->busy,
		sl_report_title(stage).text, pace->waiting);
	fprintf(out, "cost        ");
	print_stage(stage, out);
	fprintf(out, "; %s\n", cost_words[pace->cost]);
}

static void print_loop(const struct sl_pace_loop *loop,
		       const struct sl_report *report, FILE *out)
{
	const char *from = report->stage[loop->from].name;
	double rest = max(loop->round_ns - loop->ring_ns - loop->stage_ns, 0.0);

	fprintf(out, "bottleneck  the loop from %s to %s and back, with all its"
		     " %u events out\n"
		     "why         no core is busy, and a request of %s waits for"
		     " the answer to the one %u before\n",
		from, report->stage[loop->to].name, loop->events, from,
		loop->events);
	fprintf(out, "round       %.1f us, by Little's law: %.1f in flight,"
		     " %.0f a second; %u hops and back, %u over rings\n"
		     "            %.1f us in rings until the other core looks,"
		     " %.1f us in stages, %.1f us elsewhere\n"
		     "help        more events of %s (events: %u), or fewer hops"
		     " between cores\n",
		loop->round_ns / 1e3, loop->in_flight, loop->rate, loop->hops,
		loop->rings, loop->ring_ns / 1e3, loop->stage_ns / 1e3,
		rest / 1e3, from, loop->events);
}

static void print_pace(const struct sl_pace *pace,
		       const struct sl_report *report, FILE *out)
{
	struct sl_report_title title = { "" };
	const char *name = title.text;

	if (pace->stage >= 0)
		title = sl_report_title(&report->stage[pace->stage]);
	switch (pace->kind) {
	case SL_PACE_CORE:
		print_core(pace, report, out);
		break;
	case SL_PACE_DEVICE:
		fprintf(out, "bottleneck  what %s waits for\n"
			     "why         %.1f events wait inside it while no core is"
			     " busy: a device, a disk or a lock sets the pace\n",
			name, pace->waiting);
		break;
	case SL_PACE_LOOP:
		print_loop(&pace->loop, report, out);
		break;
	case SL_PACE_KEPT:
		fprintf(out, "bottleneck  cpu%u, which is kept from working; %s"
			     " needs the most of it\n"
			     "why         most events that are under way wait"
			     " there, yet no core is busy: others have the CPU,"
			     " or it wakes late\n",
			report->core[pace->core].cpu, name);
		break;
	case SL_PACE_INPUT:
		fprintf(out, "bottleneck  none\n"
			     "why         no core is busy and nothing waits: there is"
			     " not more to do\n");
		break;
	}
}

static void print_next(const struct sl_pace *pace,
		       const struct sl_report *report, FILE *out)
{
	u32 i, shown = 0;

	for (i = 0; i < pace->count && shown < NEXT_MAX; i++) {
		const struct sl_report_stage *stage =
			&report->stage[pace->order[i]];

		if (pace->order[i] == pace->stage || stage->busy < IDLE)
			continue;
		fprintf(out, "%s%s (%.0f %% of cpu%u, ", shown++ ? "\n            " : "next        ",
			sl_report_title(stage).text, 100 * stage->busy, stage->cpu);
		print_stage(stage, out);
		fprintf(out, ")");
	}
	if (shown)
		fprintf(out, "\n");
}

/* Those that wait for the bottleneck, and those it keeps waiting. */
static void print_others(const struct sl_report *report, FILE *out)
{
	u32 i, shown = 0;

	for (i = 0; i < report->stage_count; i++) {
		const struct sl_report_stage *stage = &report->stage[i];

		if (stage->blocked > 0.2)
			fprintf(out, "%s%s (%.0f %%)", shown++ ? ", " : "blocked     by what is behind them: ",
				sl_report_title(stage).text, 100 * stage->blocked);
	}
	if (shown)
		fprintf(out, "\n");
	for (i = shown = 0; i < report->stage_count; i++) {
		const struct sl_report_stage *stage = &report->stage[i];

		/* Beside the bottleneck, it is only not its turn. */
		if (stage->starved > 0.5 &&
		    report->core_busy[stage->worker] < BUSY)
			fprintf(out, "%s%s (%.0f %%)", shown++ ? ", " : "starved     with nothing to do: ",
				sl_report_title(stage).text, 100 * stage->starved);
	}
	if (shown)
		fprintf(out, "\n");
}

/* Little: as many wait as come, times how long each waits. */
static void print_waits(const struct sl_report *report, FILE *out)
{
	u32 i, shown = 0;

	for (i = 0; i < report->link_count; i++) {
		const struct sl_report_link *link = &report->link[i];

		if (!link->timed || link->rate <= 0 || !link->slots)
			continue;
		fprintf(out, "%s%s > %s %.1f us (%.1f by Little's law)",
			shown++ ? "\n            " : "waits       ",
			sl_report_title(&report->stage[link->from]).text,
			sl_report_title(&report->stage[link->to]).text,
			link->wait_ns / 1e3,
			link->queue_mean / link->rate * 1e6);
	}
	if (shown)
		fprintf(out, "\n");
}

static void print_counters(const struct sl_stats *stats, FILE *out)
{
	char text[80];

	sl_report_perf(stats, text, sizeof(text));
	fprintf(out, "measured    %s\n", text);
}

static void print_changes(const struct sl_stats *stats, FILE *out)
{
	u64 first = stats->changes > CHANGES_SHOWN ? stats->changes - CHANGES_SHOWN : 0;
	u64 i;

	fprintf(out, "plan        %s\n", stats->plan);
	if (!stats->changes)
		return;
	for (i = first; i < stats->changes; i++) {
		const struct sl_stats_change *change =
			sl_stats_change(stats, i % stats->change_count);

		fprintf(out, "%s%.1f s: %s: %.*s (%u us)\n",
			i == first ? "scheduler   " : "            ",
			(change->at_ns - stats->start_ns) / 1e9,
			sl_report_change(change->kind),
			(int)sizeof(change->why), change->why,
			change->pause_ns / 1000);
	}
}

/**
 * sl_pace_print() - in words
 * @pace: of sl_pace_make()
 * @report: what it was made of
 * @stats: the later snapshot
 * @out: where to write it
 */
void sl_pace_print(const struct sl_pace *pace,
		   const struct sl_report *report,
		   const struct sl_stats *stats, FILE *out)
{
	print_pace(pace, report, out);
	print_next(pace, report, out);
	print_others(report, out);
	print_waits(report, out);
	print_counters(stats, out);
	print_changes(stats, out);
}

static void json_loop(const struct sl_pace_loop *loop,
		      const struct sl_report *report, FILE *out)
{
	if (loop->from < 0) {
		fprintf(out, ",\"loop\":null");
		return;
	}
	fprintf(out, ",\"loop\":{\"from\":");
	sl_report_string(report->stage[loop->from].name, out);
	fprintf(out, ",\"to\":");
	sl_report_string(report->stage[loop->to].name, out);
	fprintf(out, ",\"events\":%u,\"in_flight\":%.2f,\"rounds_per_s\":%.1f,"
		     "\"round_us\":%.2f,\"ring_us\":%.2f,\"stage_us\":%.2f,"
		     "\"hops\":%u,\"rings\":%u}",
		loop->events, loop->in_flight, loop->rate,
		loop->round_ns / 1e3, loop->ring_ns / 1e3,
		loop->stage_ns / 1e3, loop->hops, loop->rings);
}

/**
 * sl_pace_json() - the same for machines
 * @pace: of sl_pace_make()
 * @report: what it was made of
 * @stats: the later snapshot
 * @out: where to write it
 */
void sl_pace_json(const struct sl_pace *pace,
		  const struct sl_report *report,
		  const struct sl_stats *stats, FILE *out)
{
	u32 i;

	fprintf(out, "{\"pipeline\":");
	sl_report_string(stats->name, out);
	fprintf(out, ",\"pace\":\"%s\",\"bottleneck\":",
		pace_name[pace->kind]);
	sl_report_string(pace->stage < 0 ? "none" : report->stage[pace->stage].name, out);
	fprintf(out, ",\"cost\":\"%s\",\"waiting\":%.1f,\"changes\":%llu,"
		     "\"plan\":",
		cost_name[pace->cost], pace->waiting,
		(unsigned long long)stats->changes);
	sl_report_string(stats->plan, out);
	json_loop(&pace->loop, report, out);
	fprintf(out, ",\"order\":[");
	for (i = 0; i < pace->count; i++) {
		const struct sl_report_stage *stage =
			&report->stage[pace->order[i]];

		fprintf(out, "%s{\"stage\":", i ? "," : "");
		sl_report_string(stage->name, out);
		fprintf(out, ",\"replica\":%u,\"cpu\":%u,\"busy\":%.4f,"
			     "\"service_ns\":%.1f,\"waiting\":%.1f}",
			stage->replica, stage->cpu, stage->busy,
			stage->service_ns, stage->queue_mean);
	}
	fprintf(out, "]}\n");
}
