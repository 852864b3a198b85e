// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "stages/web/shop_cache.h"

static u32 hash(const struct sl_shop_list_in *key)
{
	const u8 *at = (const u8 *)key;
	u64 sum = 0;
	u32 i;

	/* Keys are cleared before they are filled in, so all of them counts. */
	for (i = 0; i + sizeof(u64) <= sizeof(*key); i += sizeof(u64)) {
		u64 word;

		memcpy(&word, at + i, sizeof(word));
		sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
		sum ^= sum >> 29;
	}
	for (; i < sizeof(*key); i++)
		sum = (sum ^ at[i]) * 0x9e3779b97f4a7c15u;
	return sum >> 32;
}

/**
 * sl_shop_cache_open() - carve an empty cache
 * @cache: where to put it
 * @region: memory of the stage
 * @entries: how many lists it holds; 0: nothing is kept
 * @age_ns: how old a list may be
 *
 * Return: 0 or -ENOMEM.
 */
int sl_shop_cache_open(struct sl_shop_cache *cache, struct sl_region *region,
		       u32 entries, u64 age_ns)
{
	u32 buckets = roundup_pow_of_two(entries + 1);

	*cache = (struct sl_shop_cache){
		.entries = entries, .age_ns = age_ns,
		.bucket_mask = buckets - 1,
	};
	if (!entries)
		return 0;
	cache->entry = sl_region_carve(region,
				       entries * sizeof(*cache->entry));
	cache->bucket = sl_region_carve(region, buckets * sizeof(u32));
	return cache->entry && cache->bucket ? 0 : -ENOMEM;
}

static void forget(struct sl_shop_cache *cache, struct sl_shop_entry *entry)
{
	u32 *link = &cache->bucket[hash(&entry->key) & cache->bucket_mask];
	u32 number = entry - cache->entry + 1;

	while (*link != number)
		link = &cache->entry[*link - 1].next;
	*link = entry->next;
	entry->keyed = false;
	entry->state = SL_SHOP_VACANT;
}

/* The clock's hand goes round twice at most: once to clear the marks. */
static struct sl_shop_entry *make_room(struct sl_shop_cache *cache)
{
	u32 i;

	for (i = 0; i < 2 * cache->entries; i++) {
		struct sl_shop_entry *entry = &cache->entry[cache->hand];

		if (++cache->hand == cache->entries)
			cache->hand = 0;
		if (entry->state == SL_SHOP_LOADING)
			continue;
		if (entry->keyed && entry->looked_at) {
			entry->looked_at = false;
			continue;
		}
		if (entry->keyed)
			forget(cache, entry);
		return entry;
	}
	return NULL;
}

/**
 * sl_shop_cache_find() - the entry of a list
 * @cache: the cache
 * @key: which list
 * @now_ns: time
 *
 * Return: the entry, whose state says what to do; NULL if every entry is
 * being waited for, and this list cannot be kept.
 */
struct sl_shop_entry *sl_shop_cache_find(struct sl_shop_cache *cache,
					 const struct sl_shop_list_in *key,
					 u64 now_ns)
{
	struct sl_shop_entry *entry;
	u32 number, *bucket;

	if (!cache->entries || !cache->age_ns)
		return NULL;
	bucket = &cache->bucket[hash(key) & cache->bucket_mask];
	for (number = *bucket; number; number = entry->next) {
		entry = &cache->entry[number - 1];
		if (memcmp(&entry->key, key, sizeof(*key)))
			continue;
		entry->looked_at = true;
		if (entry->state == SL_SHOP_FRESH &&
		    now_ns - entry->asked_ns >= cache->age_ns)
			entry->state = SL_SHOP_VACANT;
		return entry;
	}

	entry = make_room(cache);
	if (!entry)
		return NULL;
	entry->key = *key;
	entry->next = *bucket;
	entry->keyed = true;
	entry->looked_at = true;
	*bucket = entry - cache->entry + 1;
	return entry;
}

/**
 * sl_shop_cache_load() - the rows of a vacant entry are on their way
 * @entry: from sl_shop_cache_find()
 * @now_ns: when they were asked for
 */
void sl_shop_cache_load(struct sl_shop_entry *entry, u64 now_ns)
{
	entry->state = SL_SHOP_LOADING;
	entry->asked_ns = now_ns;
}

/**
 * sl_shop_cache_fill() - the rows have come
 * @entry: one that is loading
 * @rows: the rows, copied
 */
void sl_shop_cache_fill(struct sl_shop_entry *entry,
			const struct sl_shop_rows *rows)
{
	entry->rows.count = rows->count;
	memcpy(entry->rows.row, rows->row, rows->count * sizeof(rows->row[0]));
	entry->state = SL_SHOP_FRESH;
}

/**
 * sl_shop_cache_fail() - the rows will not come
 * @entry: one that is loading
 */
void sl_shop_cache_fail(struct sl_shop_entry *entry)
{
	entry->state = SL_SHOP_VACANT;
}
