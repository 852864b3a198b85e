// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>

#include "sched/meter.h"

#define SAMPLE_OF	16	/* calls, where all are timed */
#define FADE_SHIFT	4	/* the mean is over some sixteen samples */
#define LONG_TIMES	1000	/* the length of a long turn: then exact */
#define TAKEN_TIMES	16	/* if others had the CPU, as far as is known */
#define LONG_NS_MAX	1000000000ull
#define BEGINNING_NS	10000000

/* Calls up to the next sample, evenly from 1 to nearly twice the average. */
static u32 draw(struct sl_core *core)
{
	u32 of = core->exact ? SAMPLE_OF : SL_METER_OF;

	/* Of Numerical Recipes; its upper bits are as good as chance here. */
	core->chance = core->chance * 1664525 + 1013904223;
	return 1 + ((u64)core->chance * (2 * of - 1) >> 32);
}

/* Where not all calls are timed, those that are timed are the sample. */
static bool is_sample(const struct sl_core *core)
{
	return !core->exact || core->until_sample <= 1;
}

/**
 * sl_meter_stamp() - what is timed begins now
 * @core: core of the caller, whose next call is timed
 */
void sl_meter_stamp(struct sl_core *core)
{
	if (core->perf && is_sample(core))
		sl_perf_begin(core->perf);
	core->stamp = get_cycles();
}

/* Notes what a call has cost, and whether all of them are timed from now on. */
static void sample(struct sl_core *core, struct sl_stage *stage, u32 events,
		   u64 cycles)
{
	u32 most = min_t(u64, cycles, SL_METER_LONG);

	core->call_cycles += (most >> FADE_SHIFT) -
			     (core->call_cycles >> FADE_SHIFT);
	core->exact = stage->now_ns < core->exact_ns ||
		      core->call_cycles > (core->exact ? SL_METER_SHORTER :
							 SL_METER_SHORT);
	core->until_sample = draw(core);
	sl_stage_sample(stage->counters, events, cycles);
}

/* Everything since the stamp is this stage's doing. */
static void time_call(struct sl_core *core, struct sl_stage *stage, u32 events)
{
	struct sl_stage_counters *c = stage->counters;
	u64 cycles = get_cycles() - core->stamp;
	bool exact = core->exact;

	/* Lest a stage that was interrupted look like a bottleneck. */
	if (unlikely(cycles > SL_METER_LONG))
		cycles -= min(cycles, sl_core_stolen(core));
	if (is_sample(core)) {
		if (core->perf)
			sl_perf_end(core->perf, c, events);
		sample(core, stage, events, cycles);
	} else {
		core->until_sample--;
	}
	/* One that is long is rare, or all of them would be timed. */
	if (!exact && likely(cycles < SL_METER_LONG))
		cycles *= SL_METER_OF;
	core->busy_cycles += cycles;
	sl_meter_count(&c->busy_cycles, cycles);
	WRITE_ONCE(core->counters->busy_cycles, core->busy_cycles);
}

/**
 * sl_meter_due() - a call has ended that was timed, or comes before one
 * @core: core of the caller
 * @stage: the stage that was called
 * @events: how many it took
 */
void sl_meter_due(struct sl_core *core, struct sl_stage *stage, u32 events)
{
	if (core->timing) {
		time_call(core, stage, events);
		core->timing = core->exact || core->until_sample == 1;
		core->until = core->timing ? 1 : core->until_sample - 1;
	} else {
		core->timing = true;
		core->until = 1;
	}
	if (core->timing)
		sl_meter_stamp(core);
}

/* Of a turn, that others did not have the CPU for; in units of get_cycles(). */
static u64 own_cycles(struct sl_core *core, u64 now_ns)
{
	u64 cycles = get_cycles() - core->first_cycles;
	u64 per_ns = (cycles << 10) / max(now_ns - core->first_ns, (u64)1);
	u64 took = (now_ns - core->turn_ns) * per_ns >> 10;

	return took - min(took, sl_core_stolen(core));
}

/**
 * sl_meter_long_turn() - the last turn was a long one
 * @core: core of the caller
 * @now_ns: when it ended; it began at core->turn_ns
 */
void sl_meter_long_turn(struct sl_core *core, u64 now_ns)
{
	u64 took_ns = now_ns - core->turn_ns;

	/* Memory is touched first then, which happens once. */
	if (!core->first_ns || now_ns - core->first_ns < BEGINNING_NS)
		return;
	took_ns *= own_cycles(core, now_ns) < SL_METER_LONG ? TAKEN_TIMES :
							      LONG_TIMES;
	core->exact_ns = max(core->exact_ns,
			     now_ns + min(took_ns, LONG_NS_MAX));
	core->exact = true;
	core->timing = true;
	core->until = 1;
	sl_meter_stamp(core);
}

/**
 * sl_meter_tick() - every now and then, and at the end of the first turn
 * @core: core of the caller
 * @now_ns: the time
 */
void sl_meter_tick(struct sl_core *core, u64 now_ns)
{
	if (!core->first_ns) {
		core->first_ns = now_ns;
		core->first_cycles = get_cycles();
		core->until = 1;
	}
	/* What others took up to now is not asked for later. */
	sl_core_stolen(core);
}
