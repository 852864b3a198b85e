// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * In the kernel all is copied.  Banks are of vmalloc(): to have their pages
 * change places, mappings would have to be torn down and all CPUs told, for
 * two mappings of each page, which is more than a flip costs a process; and no
 * module may, for neither init_mm nor the flushing of TLBs is exported.  What
 * could be handed on as it is, a struct page, is not what stages see.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "membank/flip.h"

struct sl_flip *sl_flip_open(void)
{
	return ERR_PTR(-EOPNOTSUPP);
}

int sl_flip_allow(struct sl_flip *flip, void *memory, size_t bytes)
{
	return -EOPNOTSUPP;
}

void sl_flip_pages(struct sl_flip *flip, void *to, void *from, size_t bytes,
		   void *window)
{
	memcpy(to, from, bytes);
}

void sl_flip_close(struct sl_flip *flip)
{
}
