/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What files include for get_cycles(). */
#ifndef TOOLS_LINUX_TIMEX_H
#define TOOLS_LINUX_TIMEX_H

#include <asm/timex.h>

#endif
