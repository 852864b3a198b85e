/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_PREFETCH_H
#define TOOLS_LINUX_PREFETCH_H

#define prefetch(p)	__builtin_prefetch((p), 0)
#define prefetchw(p)	__builtin_prefetch((p), 1)

#endif
