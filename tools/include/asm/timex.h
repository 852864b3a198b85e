/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_ASM_TIMEX_H
#define TOOLS_ASM_TIMEX_H

#include <linux/timekeeping.h>
#include <linux/types.h>

typedef u64 cycles_t;

/* A clock of constant rate that costs no system call. */
static inline cycles_t get_cycles(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	u64 t;

	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(t));
	return t;
#else
	return ktime_get_ns();
#endif
}

#endif
