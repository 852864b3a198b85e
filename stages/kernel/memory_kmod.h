/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Memory that the kernel shares with a process: single pages, mapped in one
 * piece on both sides.
 *
 * Pages are charged to the caller's memory cgroup.  Whoever still holds one
 * after sl_memory_destroy(), by a mapping or by I/O under way, keeps it alive
 * and touches nobody else's.
 */
#ifndef SL_MEMORY_KMOD_H
#define SL_MEMORY_KMOD_H

#include <linux/types.h>

struct page;
struct vm_area_struct;

struct sl_memory {
	struct page **page;
	u32 page_count;
	void *address;		/* where the kernel sees it */
};

int sl_memory_create(struct sl_memory *memory, u64 bytes, int node);
int sl_memory_map(const struct sl_memory *memory, struct vm_area_struct *vma);
void sl_memory_destroy(struct sl_memory *memory);

#endif /* SL_MEMORY_KMOD_H */
