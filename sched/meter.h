/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the executor measures as it goes.  Within sched/exec.c only.
 *
 * All counters are written by the core that runs the stage, with plain stores;
 * whoever reads them sees numbers that only grow.
 */
#ifndef SL_METER_H
#define SL_METER_H

#include <linux/compiler.h>
#include <linux/timex.h>

#include "sched/core.h"
#include "sched/dwell.h"

/* A call that is worth asking about; some 100 us. */
#define SL_METER_LONG	250000

/*
 * Which batches are a sample: one of sixteen, in no order that a stage could
 * have, such as requests and replies by turns (Knuth's multiplier).
 */
#define SL_METER_STEP	2654435761u
#define SL_METER_SHARE	(1u << 28)

static inline void sl_meter_count(u64 *counter, u64 by)
{
	WRITE_ONCE(*counter, *counter + by);
}

/* A turn begins; what was before it is nobody's doing. */
static inline void sl_meter_begin(struct sl_core *core)
{
	core->stamp = get_cycles();
	sl_meter_count(&core->counters->turns, 1);
}

static inline bool sl_meter_samples(u64 batches)
{
	return (u32)batches * SL_METER_STEP < SL_METER_SHARE;
}

/* Before a stage is called: will this call be one of the sample? */
static inline void sl_meter_ahead(struct sl_core *core,
				  const struct sl_stage *stage)
{
	if (unlikely(core->perf) &&
	    sl_meter_samples(stage->counters->batches + 1))
		sl_perf_begin(core->perf);
}

static inline void sl_meter_publish(struct sl_core *core)
{
	WRITE_ONCE(core->counters->busy_cycles, core->busy_cycles);
}

/*
 * Everything since the last change of hands is this stage's doing.
 *
 * Of what is written here all but the stage's first line is the core's own: a
 * line more, written with each call, was seen in the time that events take.
 */
static inline void sl_meter_call(struct sl_core *core, struct sl_stage *stage,
				 u32 events)
{
	struct sl_stage_counters *c = stage->counters;
	u64 now = get_cycles();
	u64 cycles = now - core->stamp;
	u64 batches = c->batches + 1;

	core->stamp = now;
	/* Lest a stage that was interrupted look like a bottleneck. */
	if (unlikely(cycles > SL_METER_LONG))
		cycles -= min(cycles, sl_core_stolen(core));
	core->busy_cycles += cycles;
	sl_meter_count(&c->busy_cycles, cycles);
	sl_meter_count(&c->events, events);
	WRITE_ONCE(c->batches, batches);
	if (likely(!sl_meter_samples(batches)))
		return;
	sl_stage_sample(c, events, cycles);
	sl_meter_publish(core);
	if (core->perf)
		sl_perf_end(core->perf, c, events);
}

/* A turn ends, in which something may have moved. */
static inline void sl_meter_end(struct sl_core *core, bool moved)
{
	sl_meter_publish(core);
	if (moved)
		sl_meter_count(&core->counters->work_turns, 1);
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
