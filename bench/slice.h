/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Slices: a few milliseconds in which two CPUs do something together.
 *
 * The CPUs of a virtual machine move about and are taken away at times.  So a
 * slice is short, is bracketed by a probe of how far the two are from each
 * other, and tells whether either thread was preempted meanwhile; whoever
 * measures compares slices of the same kind and throws the others away.
 *
 * One pair of threads serves all slices: the calling one and another, which
 * polls for work from sl_slice_open() to sl_slice_close().
 */
#ifndef SL_SLICE_H
#define SL_SLICE_H

#include <linux/types.h>

#include "bench/distance.h"

struct sl_slice {
	double ns;		/* from the start to the end of the later half */
	double trip_ns;		/* round trip of a line, the mean of two probes */
	enum sl_distance where;
	bool steady;		/* equally far before and after */
	long preempted;		/* times that a thread lost its CPU */
	u64 wrong;		/* what both halves returned */
};

/* Half of a slice; returns how much went wrong. */
typedef u64 (*sl_slice_half)(void *arg);

bool sl_slice_cpus(int cpu[2]);
int sl_slice_open(int cpu_here, int cpu_there);
void sl_slice_close(void);
void sl_slice_run(struct sl_slice *slice, sl_slice_half here,
		  sl_slice_half there, void *arg);

/* Fit to be counted: nobody interfered. */
static inline bool sl_slice_clean(const struct sl_slice *slice)
{
	return slice->steady && !slice->preempted && !slice->wrong;
}

#endif /* SL_SLICE_H */
