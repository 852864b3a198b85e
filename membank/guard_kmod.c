// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * No keys here: the processor's are for pages of processes, and Linux has none
 * for its own.  So who asks for them is told, and the rest does nothing.
 */
#include <linux/errno.h>

#include "membank/guard.h"

int sl_guard_probe(void)
{
	return -EOPNOTSUPP;
}

int sl_guard_take(const char *name)
{
	return -EOPNOTSUPP;
}

int sl_guard_cover(u32 key, void *memory, size_t bytes)
{
	return -EOPNOTSUPP;
}

u32 sl_guard_rights(u32 keys)
{
	return 0;
}

void sl_guard_enter(u32 rights, const char *who)
{
}

void sl_guard_give(u32 key)
{
}
