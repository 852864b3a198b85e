/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_SLAB_H
#define TOOLS_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>
#include <linux/cache.h>
#include <linux/types.h>

#define GFP_KERNEL	0

static inline void *kvzalloc(size_t size, int gfp)
{
	void *p;

	(void)gfp;
	if (posix_memalign(&p, L1_CACHE_BYTES, size))
		return NULL;
	return memset(p, 0, size);
}

static inline void kvfree(const void *p)
{
	free((void *)p);
}

static inline void *kvcalloc(size_t n, size_t size, int gfp)
{
	if (size && n > SIZE_MAX / size)
		return NULL;
	return kvzalloc(n * size, gfp);
}

#define kzalloc(size, gfp)	kvzalloc((size), (gfp))
#define kfree(p)		kvfree(p)

#endif
