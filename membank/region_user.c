// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/cache.h>
#include <linux/err.h>
#include <linux/kernel.h>

#include "membank/region.h"

#define CHUNK_BYTES	(2u << 20)	/* one huge page */

struct chunk {
	struct chunk *next;
	size_t bytes;		/* of the whole mapping */
	size_t used;
};

struct sl_region {
	char name[32];
	bool huge;
	size_t bytes;
	struct chunk *chunk;	/* the one that is carved, then the full ones */
};

/**
 * sl_region_create() - make a region without memory
 * @name: name of the stage or group it is for
 * @huge: whether to ask for huge pages
 *
 * Return: the region, or ERR_PTR(-ENOMEM).
 */
struct sl_region *sl_region_create(const char *name, bool huge)
{
	struct sl_region *region = calloc(1, sizeof(*region));

	if (!region)
		return ERR_PTR(-ENOMEM);
	strncpy(region->name, name, sizeof(region->name) - 1);
	region->huge = huge;
	return region;
}

/**
 * sl_region_destroy() - give all memory back
 * @region: a region in whose memory nobody is any more
 */
void sl_region_destroy(struct sl_region *region)
{
	struct chunk *chunk = region->chunk;

	while (chunk) {
		struct chunk *next = chunk->next;

		munmap(chunk, chunk->bytes);
		chunk = next;
	}
	free(region);
}

static struct chunk *map(const struct sl_region *region, size_t bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	char *at, *aligned;

	/* Aligned by hand, for a huge page must start on its own size. */
	at = mmap(NULL, bytes + CHUNK_BYTES, PROT_READ | PROT_WRITE, flags, -1,
		  0);
	if (at == MAP_FAILED)
		return NULL;
	aligned = (char *)ALIGN((uintptr_t)at, (uintptr_t)CHUNK_BYTES);
	if (aligned > at)
		munmap(at, aligned - at);
	munmap(aligned + bytes, at + CHUNK_BYTES - aligned);
	madvise(aligned, bytes, region->huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return (struct chunk *)aligned;
}

/**
 * sl_region_carve() - take memory for good
 * @region: region of the calling stage
 * @bytes: how much
 *
 * Pages are touched when they are used, so carving much costs little.
 *
 * Return: zeroed memory that starts on a cache line, or NULL.
 */
void *sl_region_carve(struct sl_region *region, size_t bytes)
{
	size_t head = ALIGN(sizeof(struct chunk), (size_t)L1_CACHE_BYTES);
	struct chunk *chunk = region->chunk;
	size_t used;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	bytes = ALIGN(bytes ? bytes : 1, (size_t)L1_CACHE_BYTES);
	if (!chunk || chunk->bytes - chunk->used < bytes) {
		size_t whole = ALIGN(head + bytes, (size_t)CHUNK_BYTES);

		chunk = map(region, whole);
		if (!chunk)
			return NULL;
		chunk->bytes = whole;
		chunk->used = head;
		chunk->next = region->chunk;
		region->chunk = chunk;
		region->bytes += whole;
	}
	used = chunk->used;
	chunk->used += bytes;
	return (char *)chunk + used;
}

const char *sl_region_name(const struct sl_region *region)
{
	return region->name;
}

size_t sl_region_bytes(const struct sl_region *region)
{
	return region->bytes;
}
