// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that timers come out in order, each once, however they went in.
 */
#include "bench/tpcw_dice.h"
#include "bench/tpcw_timer.h"
#include "tools/test.h"

#define NUMBERS 200

int main(void)
{
	struct sl_tpcw_timer heap[NUMBERS];
	struct sl_tpcw_timers timers = { .heap = heap };
	u64 due[NUMBERS] = { 0 }, last;
	struct sl_tpcw_dice dice;
	u32 round, i;

	sl_dice_seed(&dice, 1, 0, 0);
	for (round = 0; round < 300; round++) {
		/* Some are in it already; equal times are likely. */
		for (i = 0; i < NUMBERS; i++) {
			if (due[i] || sl_dice_percent(&dice, 30))
				continue;
			due[i] = sl_dice_between(&dice, 1, 100);
			sl_tpcw_timer_add(&timers, due[i], i);
		}
		last = 0;
		for (i = sl_dice_below(&dice, timers.count + 1); i; i--) {
			u64 first = heap[0].due_ns;
			u32 number = sl_tpcw_timer_take(&timers);

			CHECK_EQ(due[number], first);
			CHECK(first >= last);
			last = first;
			due[number] = 0;
		}
	}
	TEST_END();
}
