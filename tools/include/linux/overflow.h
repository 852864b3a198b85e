/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_OVERFLOW_H
#define TOOLS_LINUX_OVERFLOW_H

#include <linux/types.h>

static inline size_t array_end(size_t base, size_t one, size_t n)
{
	size_t bytes;

	if (__builtin_mul_overflow(one, n, &bytes) ||
	    __builtin_add_overflow(base, bytes, &bytes))
		return SIZE_MAX;
	return bytes;
}

#define struct_size(p, member, n) \
	array_end(sizeof(*(p)), sizeof(*(p)->member), (n))

#endif
