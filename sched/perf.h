/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Hardware counters of a core's thread: what the CPU itself counts while a
 * stage runs.
 *
 * perf_user.c asks perf_event_open(2) for them and reads them with an
 * instruction, from the page that the kernel shows for each; a counter that
 * only a system call could read is not read at all.  They are read before and
 * after calls that the executor has chosen for its sample, so numbers are of
 * that part of the calls, and so are the events that stand beside them.
 * perf_kmod.c has none.
 *
 *   sl_perf_open(), sl_perf_close()   on the thread that is counted
 *   sl_perf_begin(), sl_perf_end()    likewise, around a call of a stage
 */
#ifndef SL_PERF_H
#define SL_PERF_H

#include <linux/types.h>

struct sl_perf;
struct sl_stage_counters;

enum sl_perf_counter {
	SL_PERF_CYCLES,		/* of the CPU; without it there is none */
	SL_PERF_INSTRUCTIONS,
	SL_PERF_CACHE_MISSES,	/* of the last cache, as a rule */
	SL_PERF_ICACHE_MISSES,	/* of the first one for code */
	SL_PERF_COUNTERS,
};

/* In sl_perf_status.works, beside a bit for each counter. */
#define SL_PERF_KERNEL	(1u << SL_PERF_COUNTERS) /* system calls count, too */

enum sl_perf_state {
	SL_PERF_UNTRIED,
	SL_PERF_COUNTS,
	SL_PERF_ABSENT,		/* the machine has none, or shows us none */
	SL_PERF_FORBIDDEN,
	SL_PERF_UNREADABLE,	/* but by a system call */
	SL_PERF_FAILED,		/* for another reason, see error */
};

struct sl_perf_status {
	u32 state;
	u32 works;		/* counters, as bits */
	u32 error;		/* errno of the first one that is not there */
};

struct sl_perf *sl_perf_open(struct sl_perf_status *status);
void sl_perf_close(struct sl_perf *perf);
void sl_perf_begin(struct sl_perf *perf);
void sl_perf_end(struct sl_perf *perf, struct sl_stage_counters *counters,
		 u32 events);

#endif /* SL_PERF_H */
