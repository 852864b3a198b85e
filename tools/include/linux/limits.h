/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_LIMITS_H
#define TOOLS_LINUX_LIMITS_H

#include_next <linux/limits.h>

#ifndef S64_MAX
#define S64_MAX		((s64)(~0ull >> 1))
#endif

#endif
