/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Lists that may be a little old: new products, best sellers, searches.
 *
 * An entry holds the rows of one list.  It is as old as the query that filled
 * it: the age counts from when that was sent.  While it is away, all who want
 * the same list wait in the entry, so a list is asked for once however many
 * want it.  Room is fixed; entries that nobody has looked at since the clock's
 * hand last passed make room for others, those that are waited for never do.
 *
 *   VACANT   the caller may ask for the rows, or leave it
 *   LOADING  the caller may put its request into `waiting`
 *   FRESH    rows are there and young enough
 */
#ifndef SL_SHOP_CACHE_H
#define SL_SHOP_CACHE_H

#include "membank/region.h"
#include "stages/event.h"
#include "stages/web/shop.h"

enum sl_shop_entry_state { SL_SHOP_VACANT, SL_SHOP_LOADING, SL_SHOP_FRESH };

struct sl_shop_entry {
	struct sl_shop_list_in key;
	u32 next;		/* in its bucket: index and 1; 0 ends it */
	u8 state;		/* enum sl_shop_entry_state */
	bool keyed;		/* it is in a bucket */
	bool looked_at;
	u64 asked_ns;
	struct sl_fifo waiting;	/* requests */
	struct sl_shop_rows rows;
};

struct sl_shop_cache {
	struct sl_shop_entry *entry;
	u32 *bucket;		/* index and 1 of its first entry */
	u32 bucket_mask;
	u32 entries;
	u32 hand;
	u32 waiting;		/* requests, in all entries */
	u64 age_ns;
};

int sl_shop_cache_open(struct sl_shop_cache *cache, struct sl_region *region,
		       u32 entries, u64 age_ns);
struct sl_shop_entry *sl_shop_cache_find(struct sl_shop_cache *cache,
					 const struct sl_shop_list_in *key,
					 u64 now_ns);
void sl_shop_cache_load(struct sl_shop_entry *entry, u64 now_ns);
void sl_shop_cache_fill(struct sl_shop_entry *entry,
			const struct sl_shop_rows *rows);
void sl_shop_cache_fail(struct sl_shop_entry *entry);

#endif /* SL_SHOP_CACHE_H */
