/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What files include for ktime_get_ns(); the kernel's timekeeping.h needs it. */
#ifndef TOOLS_LINUX_KTIME_H
#define TOOLS_LINUX_KTIME_H

#include <linux/timekeeping.h>

#endif
