/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Is memory short?  What the system says of itself and of the control group
 * (version 1 or 2) that the process is in, as bare numbers.
 */
#ifndef SL_PRESSURE_H
#define SL_PRESSURE_H

#include <linux/types.h>

struct sl_pressure {
	u32 stalled;		/* some tasks waited for memory, of the last
				   10 s: in hundredths of a per cent */
	u64 machine_bytes;	/* 0: unknown */
	u64 available_bytes;	/* of these */
	u64 group_bytes;	/* limit of the group; 0: none */
	u64 group_used_bytes;	/* but for file pages that are easily had */
	u64 group_hits;		/* times that it met a limit */
};

enum sl_pressure_why {
	SL_PRESSURE_NONE,
	SL_PRESSURE_STALLS,	/* tasks wait for memory */
	SL_PRESSURE_MACHINE,	/* little is available */
	SL_PRESSURE_GROUP,	/* the control group is at its limit */
};

void sl_pressure_read(struct sl_pressure *pressure, const char *root);
enum sl_pressure_why sl_pressure_judge(const struct sl_pressure *before,
				       const struct sl_pressure *now);
const char *sl_pressure_name(enum sl_pressure_why why);

#endif /* SL_PRESSURE_H */
