/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A pool of pages, shared by all connections of a stage.
 *
 * SQLite drops all that a connection has cached as soon as another one has
 * committed, so without this most pages would be read again and again, by
 * each connection on its own.
 *
 * A pool belongs to one replica, which alone reads and writes it.  Replicas
 * tell each other what they have changed through counters in the database's
 * node: every write of a page counts up one of them, and what a pool holds is
 * good only as long as the counter is what it was before the page was read.
 * Pages share counters, which costs a page now and then, never a mistake.
 *
 *   sl_pool_find()	the page, if it is there and good
 *   sl_pool_before()	before reading: the counter to put the page in with
 *   sl_pool_put()	a page that was read, or will be once it is committed
 *   sl_pool_change()	these bytes of the file are not what they were
 *
 * It holds pages of 4096 bytes, which is what SQLite's files have unless told
 * otherwise; others go past it.
 */
#ifndef SL_POOL_H
#define SL_POOL_H

#include <linux/types.h>

#include "stages/db/lock.h"

#define SL_POOL_PAGE	4096u

/* A page of the database, or of its WAL; 0: not one that a pool holds. */
typedef u64 sl_pool_key;

struct sl_pool_set;

struct sl_pool {
	u32 set_count;		/* a power of two; 0: there is no pool */
	struct sl_pool_set *set;
	u8 *pages;
	u64 hits;
	u64 misses;
};

int sl_pool_open(struct sl_pool *pool, struct sl_region *region, u64 bytes);
void sl_pool_clear(struct sl_pool *pool);
sl_pool_key sl_pool_page(bool wal, u64 at, u32 bytes);
const u8 *sl_pool_find(struct sl_pool *pool, const struct sl_node *node,
		       sl_pool_key key);
u32 sl_pool_before(struct sl_node *node, sl_pool_key key);
void sl_pool_put(struct sl_pool *pool, sl_pool_key key, u32 change,
		 const u8 *page);
void sl_pool_change(struct sl_node *node, bool wal, u64 at, u64 bytes);
void sl_pool_cut(struct sl_node *node, bool wal, u64 size);

#endif /* SL_POOL_H */
