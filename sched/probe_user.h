/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How long a cache line takes from one CPU to another and back, measured: two
 * threads, one on each CPU, hand it back and forth for a tenth of a millisecond.
 *
 *   sl_probe_line()    by the calling thread, while nothing runs
 *   sl_probe_start(), sl_probe_done(), sl_probe_end()
 *                      by threads of its own that any other one displaces, so
 *                      beside workers that sleep; nobody waits for it
 *
 * The median of several samples; an interruption spoils only some of them.
 */
#ifndef SL_PROBE_USER_H
#define SL_PROBE_USER_H

#include <pthread.h>

#include <linux/types.h>

u32 sl_probe_line(u16 from, u16 to, u64 time_ns);

/* All zeroes to begin with; must stay where it is while it is started. */
struct sl_probe {
	pthread_t thread;
	bool started;
	u16 from, to;
	u64 time_ns;
	u32 round_ps;	/* 0: it could not tell; to be read once it is done */
	u32 over;	/* set by its thread */
};

int sl_probe_start(struct sl_probe *probe, u16 from, u16 to, u64 time_ns);
bool sl_probe_done(struct sl_probe *probe);
void sl_probe_end(struct sl_probe *probe);

#endif /* SL_PROBE_USER_H */
