/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_NOSPEC_H
#define TOOLS_LINUX_NOSPEC_H

/* A process keeps no secrets from itself. */
#define array_index_nospec(index, size)	((void)(size), (index))

#endif
