/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What it costs to wake a core that sleeps, as sched/core_user.c does it.
 *
 * Whoever wakes pays for a write to an eventfd, and is interrupted by the
 * barrier of the other one when that falls asleep again; until the sleeper runs
 * some more time goes by.
 */
#ifndef SL_WAKE_H
#define SL_WAKE_H

struct sl_wake {
	double cost_ns;		/* that whoever wakes loses, each time */
	double delay_ns;	/* until the sleeper runs */
};

int sl_wake_probe(int cpu_a, int cpu_b, struct sl_wake *wake);

#endif /* SL_WAKE_H */
