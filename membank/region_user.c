// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/kernel.h>

#include "membank/guard.h"
#include "membank/numa.h"
#include "membank/region.h"

#define CHUNK_BYTES	((size_t)2 << 20)	/* one huge page */
#define POOL_PAGE	(21 << MAP_HUGE_SHIFT)	/* its size, as mmap() has it */
#define LOOK_PAGES	512		/* whose presence is asked at once */

struct chunk {
	struct chunk *next;
	u8 *memory;
	size_t bytes;
	size_t used;
	bool pool;		/* of the system's pool of huge pages */
	bool small;		/* has given up huge pages; set once */
};

struct sl_region {
	char name[32];
	bool huge;
	int node;		/* of memory, or -1: any */
	size_t bytes;
	struct chunk *chunk;
};

/**
 * sl_region_create() - make a region without memory
 * @name: name of the stage or group it is for
 * @huge: whether to ask for huge pages
 * @cpu: CPU that the memory is to be near to, or -1
 *
 * Return: the region, or ERR_PTR(-ENOMEM).
 */
struct sl_region *sl_region_create(const char *name, bool huge, int cpu)
{
	struct sl_region *region = calloc(1, sizeof(*region));

	if (!region)
		return ERR_PTR(-ENOMEM);
	strncpy(region->name, name, sizeof(region->name) - 1);
	region->huge = huge;
	region->node = sl_numa_node(cpu);
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

		munmap(chunk->memory, chunk->bytes);
		free(chunk);
		chunk = next;
	}
	free(region);
}

/*
 * Pages of the pool that an administrator has set aside (vm.nr_hugepages).
 * They are touched at once, for a limit on them would else be a signal later,
 * in the midst of things; they are gone from the pool in any case.
 */
static void *map_pool(const struct sl_region *region, size_t bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | POOL_PAGE;
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	sl_numa_bind(at, bytes, region->node);
	if (!madvise(at, bytes, MADV_POPULATE_WRITE))
		return at;
	munmap(at, bytes);
	return NULL;
}

static void *map_pages(const struct sl_region *region, size_t bytes)
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
	sl_numa_bind(aligned, bytes, region->node);
	return aligned;
}

static struct chunk *add_chunk(struct sl_region *region, size_t bytes)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk));

	if (!chunk)
		return NULL;
	chunk->bytes = ALIGN(bytes, CHUNK_BYTES);
	if (region->huge)
		chunk->memory = map_pool(region, chunk->bytes);
	chunk->pool = chunk->memory;
	if (!chunk->memory)
		chunk->memory = map_pages(region, chunk->bytes);
	if (!chunk->memory) {
		free(chunk);
		return NULL;
	}
	chunk->next = region->chunk;
	region->chunk = chunk;
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
	for (chunk = region->chunk; chunk; chunk = chunk->next)
		if (chunk->bytes - ALIGN(chunk->used, align) >= bytes)
			break;
	if (!chunk)
		chunk = add_chunk(region, bytes);
	if (!chunk)
		return NULL;
	at = ALIGN(chunk->used, align);
	chunk->used = at + bytes;
	return chunk->memory + at;
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
	return carve(region, bytes, L1_CACHE_BYTES);
}

/**
 * sl_region_carve_pages() - take whole pages for good
 * @region: region of the calling stage
 * @bytes: how much; the rest of the last page is the caller's, too
 *
 * Return: zeroed memory that starts on a page, or NULL.
 */
void *sl_region_carve_pages(struct sl_region *region, size_t bytes)
{
	return carve(region, bytes, sl_region_page_bytes());
}

static struct chunk *find_chunk(const struct sl_region *region,
				const u8 *memory, size_t bytes)
{
	struct chunk *chunk;

	for (chunk = region->chunk; chunk; chunk = chunk->next)
		if (memory >= chunk->memory && bytes <= chunk->used &&
		    memory <= chunk->memory + chunk->used - bytes)
			return chunk;
	return NULL;
}

/* How many of these pages are there; all, if the system does not say. */
static size_t count_present(u8 *memory, size_t pages)
{
	unsigned char present[LOOK_PAGES];
	size_t count = 0;
	size_t i;

	if (mincore(memory, pages * sl_region_page_bytes(), present))
		return pages;
	for (i = 0; i < pages; i++)
		count += present[i] & 1;
	return count;
}

/**
 * sl_region_release() - let the system have pages until they are used again
 * @region: region that they are of
 * @memory: start of a page
 * @bytes: whole pages
 *
 * Their contents are lost: they read as zero next time.  A chunk that gives
 * up a part does without huge pages from then on, or the system would fill
 * the gap again to mend a huge page.  Pages of the pool stay, for the pool is
 * not what the system is short of.
 *
 * Return: how many bytes were there and are no longer.
 */
size_t sl_region_release(struct sl_region *region, void *memory, size_t bytes)
{
	size_t page = sl_region_page_bytes();
	struct chunk *chunk = find_chunk(region, memory, bytes);
	size_t released = 0;
	size_t at, pages;

	if (!chunk || chunk->pool || ((uintptr_t)memory | bytes) % page)
		return 0;
	for (at = 0; at < bytes; at += pages * page) {
		u8 *from = (u8 *)memory + at;
		size_t present;

		pages = min((bytes - at) / page, (size_t)LOOK_PAGES);
		present = count_present(from, pages);
		if (!present)
			continue;
		/* Cores of a group may both do this, to the same effect. */
		if (region->huge && !READ_ONCE(chunk->small)) {
			madvise(chunk->memory, chunk->bytes, MADV_NOHUGEPAGE);
			WRITE_ONCE(chunk->small, true);
		}
		if (!madvise(from, pages * page, MADV_DONTNEED))
			released += present * page;
	}
	return released;
}

/**
 * sl_region_guard() - put all memory of a region under a key
 * @region: region that will not be carved any more
 * @key: key of the calling thread's, see guard.h
 *
 * Return: 0 or a negative errno, with some of it under the key.
 */
int sl_region_guard(struct sl_region *region, u32 key)
{
	struct chunk *chunk;
	int err = 0;

	for (chunk = region->chunk; chunk && !err; chunk = chunk->next)
		err = sl_guard_cover(key, chunk->memory, chunk->bytes);
	return err;
}

const char *sl_region_name(const struct sl_region *region)
{
	return region->name;
}

size_t sl_region_bytes(const struct sl_region *region)
{
	return region->bytes;
}

/**
 * sl_region_node() - node of memory that the region is bound to
 * @region: any region
 *
 * Return: its number, or -1 if the memory may be anywhere.
 */
int sl_region_node(const struct sl_region *region)
{
	return region->node;
}

/* The smallest piece of memory that one can do something about. */
size_t sl_region_page_bytes(void)
{
	static size_t bytes;

	if (!READ_ONCE(bytes))
		WRITE_ONCE(bytes, (size_t)sysconf(_SC_PAGESIZE));
	return READ_ONCE(bytes);
}

/* Bytes of the region within a mapping; neighbours may be one mapping. */
static size_t overlap(const struct sl_region *region, uintptr_t from,
		      uintptr_t to)
{
	const struct chunk *chunk;
	size_t bytes = 0;

	for (chunk = region->chunk; chunk; chunk = chunk->next) {
		uintptr_t start = max(from, (uintptr_t)chunk->memory);
		uintptr_t end = min(to, (uintptr_t)chunk->memory +
					chunk->bytes);

		if (start < end && !chunk->pool)
			bytes += end - start;
	}
	return bytes;
}

/**
 * sl_region_huge_bytes() - how much of the region is in huge pages now
 * @region: any region
 *
 * Asks the system, which takes about a millisecond.
 *
 * Return: a number of bytes.
 */
size_t sl_region_huge_bytes(const struct sl_region *region)
{
	const struct chunk *chunk;
	unsigned long from, to, kib;
	size_t bytes = 0, here = 0;
	char line[256];
	FILE *maps;

	for (chunk = region->chunk; chunk; chunk = chunk->next)
		if (chunk->pool)
			bytes += chunk->bytes;
	maps = region->huge && bytes < region->bytes ?
	       fopen("/proc/self/smaps", "re") : NULL;
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = overlap(region, from, to);
		else if (here && sscanf(line, "AnonHugePages: %lu", &kib) == 1)
			bytes += min(here, (size_t)kib * 1024);
	}
	if (maps)
		fclose(maps);
	return bytes;
}
