// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/wait_bit.h>

#include "sched/park.h"

void sl_park_wait(u32 *word, u32 value, u64 wait_ns)
{
	wait_var_event_timeout(word, READ_ONCE(*word) != value,
			       nsecs_to_jiffies(wait_ns) + 1);
}

void sl_park_wake(u32 *word)
{
	/* Either the sleeper sees the word, or wake_up_var() the sleeper. */
	smp_mb();
	wake_up_var(word);
}
