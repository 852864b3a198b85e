/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Our rings in the race. */
#ifndef SL_RACE_SLUICE_H
#define SL_RACE_SLUICE_H

#include "bench/race.h"

extern const struct sl_contender sl_race_sluice;
extern const struct sl_contender sl_race_scalar;	/* as in the kernel */

/* Events of which two cache lines are touched: added up, or acted upon. */
extern const struct sl_contender sl_race_sum;
extern const struct sl_contender sl_race_sum_fetched;
extern const struct sl_contender sl_race_choice;
extern const struct sl_contender sl_race_choice_fetched;

#endif /* SL_RACE_SLUICE_H */
