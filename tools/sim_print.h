/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a simulation said, for people, for programs, and as a picture. */
#ifndef SL_SIM_PRINT_H
#define SL_SIM_PRINT_H

#include <stdio.h>

#include "sim/sim.h"

#define SL_SIM_ROWS_MAX	64

struct sl_sim_row {
	u32 cores;
	double expected;	/* events a second, by the planner's model */
	char plan[1024];
	struct sl_sim_result *result;
};

void sl_sim_print(const struct sl_sim_row *row, u32 count, bool plot);
void sl_sim_json(const struct sl_sim_row *row, u32 count, const char *name);
int sl_sim_svg(const struct sl_sim_row *row, u32 count, const char *name,
	       const char *path);

#endif /* SL_SIM_PRINT_H */
