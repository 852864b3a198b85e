// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
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
	size_t bytes;
	struct list_head chunks;	/* the one that is carved comes first */
};

/* huge: the kernel's own mapping is of huge pages where it can be, anyway. */
struct sl_region *sl_region_create(const char *name, bool huge)
{
	struct sl_region *region = kzalloc(sizeof(*region), GFP_KERNEL);

	if (!region)
		return ERR_PTR(-ENOMEM);
	strscpy(region->name, name, sizeof(region->name));
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
	chunk->memory = vzalloc(chunk->bytes);
	if (!chunk->memory) {
		kfree(chunk);
		return NULL;
	}
	list_add(&chunk->list, &region->chunks);
	region->bytes += chunk->bytes;
	return chunk;
}

void *sl_region_carve(struct sl_region *region, size_t bytes)
{
	struct chunk *chunk = list_first_entry_or_null(&region->chunks,
						       struct chunk, list);
	void *memory;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	bytes = ALIGN(bytes ? bytes : 1, (size_t)L1_CACHE_BYTES);
	if (!chunk || chunk->bytes - chunk->used < bytes)
		chunk = add_chunk(region, bytes);
	if (!chunk)
		return NULL;
	memory = chunk->memory + chunk->used;
	chunk->used += bytes;
	return memory;
}

const char *sl_region_name(const struct sl_region *region)
{
	return region->name;
}

size_t sl_region_bytes(const struct sl_region *region)
{
	return region->bytes;
}
