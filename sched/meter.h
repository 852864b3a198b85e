/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the executor measures as it goes.  Within sched/exec.c only.
 *
 * All counters are written by the core that runs the stage, with plain stores;
 * whoever reads them sees numbers that only grow.
 *
 * Asking for the time takes 15 to 20 ns here, and a stage may need no more than
 * ten times that for a batch.  So every call is timed while they are long, on
 * average, and one of 32 while they are short, which then stands for all 32.
 * That would miss what is rare and long: after a turn of more than 100 us every
 * call is timed for a thousand times as long.  So a stage's busy time is what
 * it was, or what a sample says of it, but for less than a thousandth.
 *
 * A call that is timed has taken everything since the last change of hands.
 */
#ifndef SL_METER_H
#define SL_METER_H

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/timex.h>

#include "sched/core.h"
#include "sched/dwell.h"

/* A call that is worth asking about; some 100 us. */
#define SL_METER_LONG	250000
#define SL_METER_LONG_NS 100000

/* How long a call must be on average for all to be timed, and for no longer. */
#define SL_METER_SHORT	1400
#define SL_METER_SHORTER 1000

/* Of how many short calls one is timed, on average; chance says which. */
#define SL_METER_OF	32

void sl_meter_stamp(struct sl_core *core);
void sl_meter_due(struct sl_core *core, struct sl_stage *stage, u32 events);
void sl_meter_long_turn(struct sl_core *core, u64 now_ns);
void sl_meter_tick(struct sl_core *core, u64 now_ns);

static inline void sl_meter_count(u64 *counter, u64 by)
{
	WRITE_ONCE(*counter, *counter + by);
}

/* A turn begins; what was before it is nobody's doing. */
static inline void sl_meter_begin(struct sl_core *core, u64 now_ns)
{
	if (core->timing)
		sl_meter_stamp(core);
	if (unlikely((s64)now_ns - core->turn_ns > SL_METER_LONG_NS))
		sl_meter_long_turn(core, now_ns);
	core->turn_ns = now_ns;
	sl_meter_count(&core->counters->turns, 1);
}

/* A stage was called, and took so many. */
static inline void sl_meter_call(struct sl_core *core, struct sl_stage *stage,
				 u32 events)
{
	sl_meter_count(&stage->counters->events, events);
	sl_meter_count(&stage->counters->batches, 1);
	if (unlikely(!--core->until))
		sl_meter_due(core, stage, events);
}

/* A turn ends, in which something may have moved. */
static inline void sl_meter_end(struct sl_core *core, bool moved)
{
	if (moved)
		sl_meter_count(&core->counters->work_turns, 1);
	else
		core->turn_ns = S64_MAX;
}

/* Before a push: is an event to be timed that has come into the outbox? */
static inline void sl_meter_push(struct sl_outbox *out)
{
	u64 end = out->pushed + out->batch.count + out->overflow.count;

	if (unlikely(out->mark_at < end))
		out->mark_at = sl_dwell_mark(out->dwell, out->mark_at, end,
					     out->batch.count);
}

static inline void sl_meter_pushed(struct sl_outbox *out, u32 events)
{
	out->pushed += events;
}

static inline void sl_meter_popped(struct sl_inbox *in, u32 events)
{
	in->popped += events;
}

/* Before a call: what time it is, if one of the batch is to be timed; or 0. */
static inline u64 sl_meter_offer(const struct sl_inbox *in)
{
	return unlikely(sl_dwell_due(in->dwell, in->popped)) ? get_cycles() : 0;
}

/* After it: has the stage taken that one, or several? */
static inline void sl_meter_offered(const struct sl_inbox *in, u64 now)
{
	if (unlikely(now))
		sl_dwell_see(in->dwell, in->popped - in->batch.count, now);
}

#endif /* SL_METER_H */
