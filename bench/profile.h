/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Within bench profile: slices of a chain of seven stages, which a process runs
 * when its standard input asks for one.  So two builds of the executor can take
 * turns, every few milliseconds, each warm in a process of its own.
 */
#ifndef SL_PROFILE_H
#define SL_PROFILE_H

#include <linux/types.h>
#include <stdbool.h>

struct sl_profile_slice {
	u32 cores;		/* 1: fused, or 2 */
	u32 work_ns;		/* of each stage, an event */
	u32 ms;
	u32 sampled;		/* are queues looked at 200 times a second? */
};

/* What the two ends of the pipe say to each other, a line each. */
#define SL_PROFILE_ASKS	"%u %u %u %u\n"

int sl_profile_serve(void);

#endif /* SL_PROFILE_H */
