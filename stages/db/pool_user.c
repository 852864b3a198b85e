// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <asm/barrier.h>
#include <linux/cache.h>
#include <linux/kernel.h>

#include "stages/db/pool.h"

#define WAYS	8

/* Of a WAL: its header, and before each page the frame's. */
#define WAL_HEADER	32u
#define FRAME_HEADER	24u
#define FRAME		(FRAME_HEADER + SL_POOL_PAGE)

/* Pages that may be in any of these places; the hand goes round. */
struct sl_pool_set {
	sl_pool_key key[WAYS];
	u32 change[WAYS];
	u8 used[WAYS];		/* since the hand came by */
	u32 hand;
} ____cacheline_aligned;

static u64 hash(sl_pool_key key)
{
	return (key * 0x9e3779b97f4a7c15ull) >> 32;
}

static u32 *counter(const struct sl_node *node, sl_pool_key key)
{
	return (u32 *)&node->change[hash(key) % SL_NODE_CHANGES];
}

static sl_pool_key key_of(bool wal, u64 number)
{
	return number << 2 | (wal ? 2 : 1);
}

/**
 * sl_pool_open() - make an empty pool
 * @pool: where to put it
 * @region: memory of the stage
 * @bytes: for how many bytes of pages; less than a few pages: no pool
 *
 * Return: 0 or -ENOMEM.
 */
int sl_pool_open(struct sl_pool *pool, struct sl_region *region, u64 bytes)
{
	u64 sets = 1;

	if (bytes < WAYS * SL_POOL_PAGE)
		return 0;
	while (sets * 2 * WAYS * SL_POOL_PAGE <= bytes)
		sets *= 2;
	pool->set = sl_region_carve(region, sets * sizeof(*pool->set));
	pool->pages = sl_region_carve(region, sets * WAYS * SL_POOL_PAGE);
	if (!pool->set || !pool->pages)
		return -ENOMEM;
	pool->set_count = sets;
	return 0;
}

/**
 * sl_pool_clear() - forget all pages
 * @pool: of a stage that has the database closed, so counters have no meaning
 */
void sl_pool_clear(struct sl_pool *pool)
{
	if (pool->set_count)
		memset(pool->set, 0, pool->set_count * sizeof(*pool->set));
}

/**
 * sl_pool_page() - what a range of a file is to a pool
 * @wal: a range of the WAL; else of the database
 * @at: first byte
 * @bytes: how many
 *
 * Return: its key; 0 if it is not exactly one page.
 */
sl_pool_key sl_pool_page(bool wal, u64 at, u32 bytes)
{
	if (bytes != SL_POOL_PAGE)
		return 0;
	if (!wal)
		return at % SL_POOL_PAGE ? 0 : key_of(false, at / SL_POOL_PAGE);
	if (at < WAL_HEADER + FRAME_HEADER)
		return 0;
	at -= WAL_HEADER + FRAME_HEADER;
	return at % FRAME ? 0 : key_of(true, at / FRAME);
}

/**
 * sl_pool_find() - look for a page
 * @pool: the stage's own
 * @node: of the database
 * @key: of the page
 *
 * Return: the page, good until the pool is changed; or NULL.
 */
const u8 *sl_pool_find(struct sl_pool *pool, const struct sl_node *node,
		       sl_pool_key key)
{
	u64 index = hash(key) >> 8 & (pool->set_count - 1);
	struct sl_pool_set *set = &pool->set[index];
	u32 way;

	for (way = 0; way < WAYS; way++) {
		if (set->key[way] != key)
			continue;
		/* Pairs with the add in sl_pool_change(). */
		if (smp_load_acquire(counter(node, key)) != set->change[way])
			break;
		set->used[way] = 1;
		pool->hits++;
		return pool->pages + (index * WAYS + way) * SL_POOL_PAGE;
	}
	pool->misses++;
	return NULL;
}

/**
 * sl_pool_before() - to be called before a page is read that is to be put in
 * @node: of the database
 * @key: of the page
 *
 * Return: what sl_pool_put() wants to be told.
 */
u32 sl_pool_before(struct sl_node *node, sl_pool_key key)
{
	u64 end = (key >> 2) + 1;
	u64 seen = READ_ONCE(node->pages);

	/* Said first, so that sl_pool_cut() knows how far pools may reach. */
	while (key & 1 && seen < end &&
	       !__atomic_compare_exchange_n(&node->pages, &seen, end, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	return smp_load_acquire(counter(node, key));
}

/**
 * sl_pool_put() - keep a page, in place of one that was not used lately
 * @pool: the stage's own
 * @key: of the page
 * @change: what sl_pool_before() returned
 * @page: its bytes
 */
void sl_pool_put(struct sl_pool *pool, sl_pool_key key, u32 change,
		 const u8 *page)
{
	u64 index = hash(key) >> 8 & (pool->set_count - 1);
	struct sl_pool_set *set = &pool->set[index];
	u32 way;

	for (way = 0; way < WAYS && set->key[way] != key; way++)
		;
	while (way == WAYS) {
		u32 here = set->hand++ % WAYS;

		if (!set->used[here])
			way = here;
		set->used[here] = 0;
	}
	set->key[way] = key;
	set->change[way] = change;
	memcpy(pool->pages + (index * WAYS + way) * SL_POOL_PAGE, page,
	       SL_POOL_PAGE);
}

/**
 * sl_pool_change() - bytes are about to change, or have changed
 * @node: of the database
 * @wal: bytes of the WAL; else of the database
 * @at: first byte
 * @bytes: how many
 *
 * Before and after a write, as a read in between may see either.  Once is
 * enough with a WAL, which is not read where it is written.
 */
void sl_pool_change(struct sl_node *node, bool wal, u64 at, u64 bytes)
{
	u32 unit = wal ? FRAME : SL_POOL_PAGE;
	u64 number, last;

	if (wal && at + bytes <= WAL_HEADER)
		return;
	if (wal)
		at = at < WAL_HEADER ? 0 : at - WAL_HEADER;
	last = (at + bytes - 1) / unit;
	for (number = at / unit; number <= last; number++)
		__atomic_add_fetch(counter(node, key_of(wal, number)), 1,
				   __ATOMIC_ACQ_REL);
}

/**
 * sl_pool_cut() - a file has been truncated
 * @node: of the database
 * @wal: it was the WAL; else the database
 * @size: its size now
 */
void sl_pool_cut(struct sl_node *node, bool wal, u64 size)
{
	u64 end = READ_ONCE(node->pages) * SL_POOL_PAGE;
	u32 i;

	if (!wal) {
		if (end > size)
			sl_pool_change(node, false, size, end - size);
		return;
	}
	for (i = 0; i < SL_NODE_CHANGES; i++)
		__atomic_add_fetch(&node->change[i], 1, __ATOMIC_ACQ_REL);
}
