/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A peer for sched/meter.h: the executor measures nothing.
 *
 * The include path puts this header in the place of the one that does, for
 * exec.c alone; all else is the same object code (sluice bench profile).
 */
#ifndef SL_METER_H
#define SL_METER_H

#include "sched/core.h"
#include "sched/dwell.h"

static inline void sl_meter_count(u64 *counter, u64 by)
{
	(void)counter;
	(void)by;
}

static inline void sl_meter_begin(struct sl_core *core, u64 now_ns)
{
	(void)core;
	(void)now_ns;
}

static inline void sl_meter_call(struct sl_core *core, struct sl_stage *stage,
				 u32 events)
{
	(void)core;
	(void)stage;
	(void)events;
}

static inline void sl_meter_tick(struct sl_core *core, u64 now_ns)
{
	(void)core;
	(void)now_ns;
}

static inline void sl_meter_end(struct sl_core *core, bool moved)
{
	(void)core;
	(void)moved;
}

static inline void sl_meter_push(struct sl_outbox *out)
{
	(void)out;
}

static inline void sl_meter_pushed(struct sl_outbox *out, u32 events)
{
	(void)out;
	(void)events;
}

static inline void sl_meter_popped(struct sl_inbox *in, u32 events)
{
	(void)in;
	(void)events;
}

static inline u64 sl_meter_offer(const struct sl_inbox *in)
{
	(void)in;
	return 0;
}

static inline void sl_meter_offered(const struct sl_inbox *in, u64 now)
{
	(void)in;
	(void)now;
}

#endif /* SL_METER_H */
