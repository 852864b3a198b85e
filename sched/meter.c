// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>

#include "sched/meter.h"

#define FADE_SHIFT	4	/* the mean is over some sixteen samples */
#define LONG_TIMES	1000	/* the length of a long turn: then exact */
#define LONG_NS_MAX	1000000000ull
#define BEGINNING_NS	10000000

/**
 * sl_meter_sample() - note what a call has cost that is one of the sample
 * @core: core of the caller
 * @stage: the stage that was called
 * @events: how many it took
 * @cycles: how long that was
 *
 * Decides whether all calls are timed from now on.
 */
void sl_meter_sample(struct sl_core *core, struct sl_stage *stage, u32 events,
		     u64 cycles)
{
	u32 most = min_t(u64, cycles, SL_METER_LONG);

	core->call_cycles += (most >> FADE_SHIFT) -
			     (core->call_cycles >> FADE_SHIFT);
	core->exact = stage->now_ns < core->exact_ns ||
		      core->call_cycles > (core->exact ? SL_METER_SHORTER :
							 SL_METER_SHORT);
	sl_stage_sample(stage->counters, events, cycles);
	/* For turns may be long in which many calls are. */
	WRITE_ONCE(core->counters->busy_cycles, core->busy_cycles);
	if (core->perf)
		sl_perf_end(core->perf, stage->counters, events);
}

/* Of a turn, that others did not have the CPU for; in units of get_cycles(). */
static u64 own_cycles(struct sl_core *core, u64 now_ns)
{
	u64 cycles = get_cycles() - core->first_cycles;
	u64 per_ns = (cycles << 10) / (now_ns - core->first_ns);
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
	if (now_ns - core->first_ns < BEGINNING_NS ||
	    own_cycles(core, now_ns) < SL_METER_LONG)
		return;
	core->exact_ns = now_ns + min(took_ns * LONG_TIMES, LONG_NS_MAX);
	core->exact = true;
	core->timing = true;
	core->stamp = get_cycles();
}

/**
 * sl_meter_first_turn() - the first turn begins
 * @core: core of the caller
 * @now_ns: the time
 */
void sl_meter_first_turn(struct sl_core *core, u64 now_ns)
{
	core->first_ns = now_ns;
	core->first_cycles = get_cycles();
	/* From now on, when it is asked again. */
	sl_core_stolen(core);
}
