// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sched/perf.h"

/* Of kthreads nothing is counted. */
struct sl_perf *sl_perf_open(struct sl_perf_status *status)
{
	status->state = SL_PERF_ABSENT;
	return NULL;
}

void sl_perf_close(struct sl_perf *perf)
{
}

void sl_perf_begin(struct sl_perf *perf)
{
}

void sl_perf_end(struct sl_perf *perf, struct sl_stage_counters *counters,
		 u32 events)
{
}
