// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "stages/kernel/memory_kmod.h"

/* Rather an error for the caller than the end of somebody else. */
#define PAGE_FLAGS (GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_RETRY_MAYFAIL | \
		    __GFP_NOWARN)

static int fill(struct sl_memory *memory, u32 pages, int node)
{
	while (memory->page_count < pages) {
		struct page *page;

		if (fatal_signal_pending(current))
			return -EINTR;
		page = alloc_pages_node(node, PAGE_FLAGS, 0);
		if (!page)
			return -ENOMEM;
		memory->page[memory->page_count++] = page;
		cond_resched();
	}
	return 0;
}

/**
 * sl_memory_create() - allocate zeroed pages
 * @memory: where to put them
 * @bytes: how much, a multiple of the page size, bounded by the caller
 * @node: on which they should be
 *
 * Return: 0, -ENOMEM, or -EINTR if the caller is being killed.
 */
int sl_memory_create(struct sl_memory *memory, u64 bytes, int node)
{
	u32 pages = bytes >> PAGE_SHIFT;
	int err;

	*memory = (struct sl_memory){};
	memory->page = kvcalloc(pages, sizeof(*memory->page),
				GFP_KERNEL_ACCOUNT);
	if (!memory->page)
		return -ENOMEM;
	err = fill(memory, pages, node);
	if (!err) {
		memory->address = vmap(memory->page, pages, VM_MAP,
				       PAGE_KERNEL);
		if (!memory->address)
			err = -ENOMEM;
	}
	if (err)
		sl_memory_destroy(memory);
	return err;
}

/**
 * sl_memory_map() - show all of it to a process
 * @memory: pages
 * @vma: the whole, shared; it will not grow, nor be seen by a child
 *
 * Return: 0 or a negative errno.
 */
int sl_memory_map(const struct sl_memory *memory, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff || vma_pages(vma) != memory->page_count ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTCOPY | VM_DONTDUMP,
		     VM_MAYEXEC);
	return vm_map_pages(vma, memory->page, memory->page_count);
}

/**
 * sl_memory_destroy() - let go of the pages
 * @memory: pages that the kernel does not touch any more
 */
void sl_memory_destroy(struct sl_memory *memory)
{
	vunmap(memory->address);
	while (memory->page_count)
		__free_page(memory->page[--memory->page_count]);
	kvfree(memory->page);
	*memory = (struct sl_memory){};
}
