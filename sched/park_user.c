// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/futex.h>
#include <limits.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sched/park.h"

void sl_park_wait(u32 *word, u32 value, u64 wait_ns)
{
	struct timespec wait = { wait_ns / 1000000000, wait_ns % 1000000000 };

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &wait, NULL, 0);
}

void sl_park_wake(u32 *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
