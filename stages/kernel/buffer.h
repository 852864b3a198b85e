/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The "buffer" protocol: work on bytes where they lie.
 *
 * op is one of device.h; data and data_bytes are the bytes.  A request that
 * comes with a status is answered as it is.
 */
#ifndef SL_BUFFER_H
#define SL_BUFFER_H

#include "stages/event.h"

struct sl_buffer_args {
	u64 argument;
	u64 result;
};

static inline struct sl_buffer_args *sl_buffer(struct sl_event *event)
{
	return (struct sl_buffer_args *)event->args;
}

struct sl_stage_type;
extern const struct sl_stage_type sl_buffer_stage;

#endif /* SL_BUFFER_H */
