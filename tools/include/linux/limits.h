/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_LIMITS_H
#define TOOLS_LINUX_LIMITS_H

#include_next <linux/limits.h>
#include <linux/types.h>

#ifndef U64_MAX
#define U64_MAX		((u64)~0ull)
#endif
#ifndef S64_MAX
#define S64_MAX		((s64)(~0ull >> 1))
#endif

#endif
