// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Our ring once more, without vector registers, as the kernel has it. */
#define SL_LANES_SCALAR
#define RACE_CONTENDER	sl_race_scalar
#define RACE_NAME	"sluice, scalar"
#include "bench/race_sluice.c"
