/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How commands find the pipeline that a person means. */
#ifndef SL_ATTACH_H
#define SL_ATTACH_H

#include "profiler/stats.h"

int sl_attach(const char *command, const char *name,
	      const struct sl_stats **stats);

#endif /* SL_ATTACH_H */
