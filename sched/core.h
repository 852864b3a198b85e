/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Cores: a worker and its part of the plan.
 *
 * exec.c says what a core does in one turn; it is the same everywhere.
 * core_user.c runs turns in a thread and sleeps on epoll when there is
 * nothing to do; the kernel's twin does it with a kthread.
 *
 * A core polls for a bounded time before it sleeps, and less when polling
 * has not paid lately or somebody else wants the CPU.  Falling asleep is the
 * expensive side: the sleeper says so, makes every other core pass a barrier
 * (membarrier(2)), and looks once more; so whoever wakes it needs a plain
 * load, and no barrier, on the hot path (litmus: sched/litmus/sleep.pml).
 */
#ifndef SL_CORE_H
#define SL_CORE_H

#include <linux/cache.h>
#include <linux/types.h>

#include "sched/dispatch.h"
#include "sched/graph.h"
#include "sched/perf.h"
#include "sched/turn.h"
#include "stages/stage.h"

struct sl_dwell;
struct sl_host;

/* In the stats segment; written by the core alone. */
struct sl_core_counters {
	u64 turns;
	u64 work_turns;		/* turns in which something moved */
	u64 busy_cycles;	/* in stages and in moving events */
	u64 sleeps;
	u64 wakes;		/* of others, by this core */
	u64 crowded;		/* ticks in which the CPU was wanted by others */
	u64 idle_ns;		/* with nothing to do, awake or asleep */
	u64 late_turns;		/* longer than the pipeline's latency target */
} ____cacheline_aligned;

/* Where events of another worker come in. */
struct sl_inbox {
	struct sl_link *link;
	struct sl_stage *stage;
	u32 edge;
	bool request;		/* from the left; else replies */
	struct sl_transfer *transfer;	/* what copies events; NULL: pass */
	struct sl_outbox *joins;	/* passes events directly once this is
					   empty; NULL: the ends are apart */
	u32 waiting;		/* of the batch; for observers */
	u32 rate;		/* of frames: events in 2^20 cycles; 0: not known */
	u64 framed_events;	/* served in frames since the last tick, */
	u64 framed_cycles;	/* which took so long */
	u64 popped;		/* events, so far */
	struct sl_dwell *dwell;	/* of the link */
	struct sl_batch batch;	/* popped, not yet taken by the stage */
	/* Processors send for lines in pairs; the next one is another core's. */
	u64 between[L1_CACHE_BYTES / sizeof(u64)];
} ____cacheline_aligned;

struct sl_core {
	/* Constant while it runs. */
	u32 index;
	u32 core_count;		/* of the pipeline */
	u64 poll_ns;
	struct sl_place place;
	u32 transfer_count;
	bool guarded;		/* stages have no more rights than they need */
	bool unbound;		/* to no CPU, whatever its place says */
	u32 thread;		/* the host's number of it; 0: not known */
	struct sl_perf *perf;	/* of its thread; NULL: none to be read */
	struct sl_perf_status perf_status;	/* set when the thread begins */
	struct sl_transfer **transfer;	/* whose events land here */
	struct sl_core_counters *counters;
	struct sl_host *host;	/* what carries it: a thread, a kthread */
	struct sl_core *all;	/* every core of the pipeline, by index */

	/* Its part of the plan: it may change while the core stands still. */
	u32 stage_count;
	u32 inbox_count;	/* counted down by the core, see joins */
	struct sl_stage **stage;
	struct sl_inbox **inbox;

	/* Written by the core alone. */
	struct sl_pending pending ____cacheline_aligned;
	/* What is measured, see meter.h. */
	u64 stamp;		/* get_cycles() at the last change of hands */
	u64 busy_cycles;	/* so far; counters has it a little later */
	u32 until;		/* calls up to the next that matters; 0: 2^32 */
	u32 until_sample;	/* the same for the sample, where all matter */
	bool timing;		/* the next call is timed, from the stamp on */
	bool exact;		/* all are */
	u32 chance;
	u32 call_cycles;	/* what a call takes, as a fading mean */
	s64 turn_ns;		/* when a turn began that moved something */
	u64 exact_ns;		/* until then exact, for a long turn's sake */
	u64 first_ns;		/* when the first tick was, */
	u64 first_cycles;	/* the same by the other clock */
	u64 tick_ns;		/* when the next tick is due */
	u32 stuck_count;	/* outboxes that could not be emptied */
	struct sl_outbox **stuck;
	struct sl_turn turn;
	struct sl_dispatch dispatch;	/* see frames.h */
	struct sl_dispatch_queue *queue;	/* by inbox */

	/* Set by the core before it sleeps, cleared by whoever wakes it. */
	u32 sleeping ____cacheline_aligned;
	u32 stop;		/* set by the pipeline's owner, */
	u32 call;		/* this too; odd: stand still, see park.h */
	u32 drained;		/* set by the core: nothing is left in it */
	u32 standing;		/* this too: the call for which it stood last */
};

#define SL_TICK_NS	100000000u

/* Of sl_core.stop. */
enum { SL_STOP_NOT, SL_STOP_DRAIN, SL_STOP_NOW };

/* exec.c */
u32 sl_core_run_guarded(struct sl_stage *stage, u32 edge,
			struct sl_batch *batch);
bool sl_core_turn(struct sl_core *core);
bool sl_core_ready(const struct sl_core *core);
bool sl_core_hungry(const struct sl_core *core);
bool sl_core_doze(struct sl_core *core, bool asleep);

/* core_user.c, core_kmod.c */
int sl_core_open(struct sl_core *core);
int sl_core_start(struct sl_core *core);
void sl_core_wake(struct sl_core *core);
void sl_core_join(struct sl_core *core);
void sl_core_close(struct sl_core *core);
int sl_core_epoll(struct sl_core *core);
void sl_core_pause(void);
u64 sl_core_stolen(struct sl_core *core);

#endif /* SL_CORE_H */
