/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_CACHE_H
#define TOOLS_LINUX_CACHE_H

#define L1_CACHE_BYTES		64
#define ____cacheline_aligned	__attribute__((__aligned__(L1_CACHE_BYTES)))

#endif
