/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Within perf_user.c and its test. */
#ifndef SL_PERF_USER_H
#define SL_PERF_USER_H

#include <linux/perf_event.h>
#include <stdbool.h>

#include "sched/perf.h"

/* What a counter's page says at one moment. */
struct sl_perf_value {
	u64 count;
	u64 enabled_ns;		/* for which it was to count, */
	u64 running_ns;		/* and did; other events may have its place */
};

/* The instruction that reads counter `index` of this CPU. */
typedef u64 (*sl_perf_rdpmc)(u32 index);

/* One of perf_event_open(2)'s events. */
struct sl_perf_event {
	u32 type;
	u64 config;
};

bool sl_perf_page_read(const struct perf_event_mmap_page *page,
		       sl_perf_rdpmc rdpmc, u64 cycles,
		       struct sl_perf_value *value);
bool sl_perf_between(const struct sl_perf_value *before,
		     const struct sl_perf_value *after, u64 *count);
struct sl_perf *sl_perf_open_events(const struct sl_perf_event *event,
				    struct sl_perf_status *status);

#endif /* SL_PERF_USER_H */
