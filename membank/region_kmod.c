// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "membank/region.h"

#define CHUNK_BYTES	(256u << 10)	/* at least; memory here is never lazy */

struct chunk {
	struct list_head list;
	size_t bytes;
	size_t used;
	u8 *memory;
};

struct sl_region {
	char name[32];
	int node;
	size_t bytes;
	struct list_head chunks;
};

/* huge: events here are single pages, so that each can be handed on. */
struct sl_region *sl_region_create(const char *name, bool huge, int cpu)
{
	struct sl_region *region = kzalloc(sizeof(*region), GFP_KERNEL);

	if (!region)
		return ERR_PTR(-ENOMEM);
	strscpy(region->name, name, sizeof(region->name));
	region->node = cpu >= 0 && cpu < nr_cpu_ids ? cpu_to_node(cpu)
						    : NUMA_NO_NODE;
	INIT_LIST_HEAD(&region->chunks);
	return region;
}

void sl_region_destroy(struct sl_region *region)
{
	struct chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &region->chunks, list) {
		vfree(chunk->memory);
		kfree(chunk);
	}
	kfree(region);
}

static struct chunk *add_chunk(struct sl_region *region, size_t bytes)
{
	struct chunk *chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);

	if (!chunk)
		return NULL;
	chunk->bytes = max_t(size_t, PAGE_ALIGN(bytes), CHUNK_BYTES);
	/* Of another node, if this one is full. */
	chunk->memory = vzalloc_node(chunk->bytes, region->node);
	if (!chunk->memory) {
		kfree(chunk);
		return NULL;
	}
	list_add(&chunk->list, &region->chunks);
	region->bytes += chunk->bytes;
	return chunk;
}

static void *carve(struct sl_region *region, size_t bytes, size_t align)
{
	struct chunk *chunk;
	size_t at;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	bytes = ALIGN(bytes ? bytes : 1, align);
	list_for_each_entry(chunk, &region->chunks, list)
		if (chunk->bytes - ALIGN(chunk->used, align) >= bytes)
			goto found;
	chunk = add_chunk(region, bytes);
	if (!chunk)
		return NULL;
found:
	at = ALIGN(chunk->used, align);
	chunk->used = at + bytes;
	return chunk->memory + at;
}

void *sl_region_carve(struct sl_region *region, size_t bytes)
{
	return carve(region, bytes, L1_CACHE_BYTES);
}

void *sl_region_carve_pages(struct sl_region *region, size_t bytes)
{
	return carve(region, bytes, PAGE_SIZE);
}

/*
 * Nothing is released: the kernel's mapping of memory cannot lack single
 * pages, for nobody could bring them back when they are touched.
 */
size_t sl_region_release(struct sl_region *region, void *memory, size_t bytes)
{
	return 0;
}

/**
 * sl_region_page() - the page that holds an address
 * @region: any region
 * @at: address of something carved from it
 *
 * Each page has a count of users of its own, so it can be handed on alone.
 *
 * Return: the page, of which the region keeps its reference.
 */
struct page *sl_region_page(const struct sl_region *region, const void *at)
{
	return vmalloc_to_page(at);
}

int sl_region_guard(struct sl_region *region, u32 key)
{
	return -EOPNOTSUPP;
}

const char *sl_region_name(const struct sl_region *region)
{
	return region->name;
}

size_t sl_region_bytes(const struct sl_region *region)
{
	return region->bytes;
}

size_t sl_region_huge_bytes(const struct sl_region *region)
{
	return 0;
}

int sl_region_node(const struct sl_region *region)
{
	return region->node;
}

size_t sl_region_page_bytes(void)
{
	return PAGE_SIZE;
}
