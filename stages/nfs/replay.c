// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "membank/region.h"
#include "stages/nfs/replay.h"

#define ODD	0x9e3779b97f4a7c15ull	/* the golden ratio */

static u64 mix(u64 hash, u64 word)
{
	hash = (hash ^ word) * ODD;
	return hash ^ hash >> 29;
}

/**
 * sl_replay_checksum() - tell calls with different arguments apart
 * @at: arguments as they came
 * @bytes: how many
 * @seed: what else makes a difference
 *
 * A client makes mistakes here, not attacks: it could only get its own replies.
 *
 * Return: the sum.
 */
u64 sl_replay_checksum(const u8 *at, u32 bytes, u64 seed)
{
	u64 hash = mix(seed, bytes);
	u64 word;

	for (; bytes >= sizeof(word); bytes -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = mix(hash, word);
		at += sizeof(word);
	}
	word = 0;
	memcpy(&word, at, bytes);
	return mix(hash, word);
}

static u32 *bucket_of(const struct sl_replay *replay,
		      const struct sl_replay_key *key)
{
	u64 hash = mix(key->checksum, key->xid);

	return &replay->bucket[(hash >> 32) & replay->mask];
}

/**
 * sl_replay_open() - set up a cache
 * @replay: zeroed
 * @region: where its memory comes from
 * @entries: replies that it keeps
 * @keep_ns: for how long
 *
 * Return: 0 or -ENOMEM.
 */
int sl_replay_open(struct sl_replay *replay, struct sl_region *region,
		   u32 entries, u64 keep_ns)
{
	u32 buckets = roundup_pow_of_two(entries);
	u32 i;

	replay->entry = sl_region_carve(region,
					entries * sizeof(*replay->entry));
	replay->bucket = sl_region_carve(region,
					 buckets * sizeof(*replay->bucket));
	if (!replay->entry || !replay->bucket)
		return -ENOMEM;
	replay->mask = buckets - 1;
	replay->keep_ns = keep_ns;
	replay->oldest = SL_REPLAY_NONE;
	replay->newest = SL_REPLAY_NONE;
	replay->free = SL_REPLAY_NONE;
	for (i = 0; i < buckets; i++)
		replay->bucket[i] = SL_REPLAY_NONE;
	/* Lowest first, so that memory never needed is never touched. */
	for (i = entries; i--;) {
		replay->entry[i].next = replay->free;
		replay->free = i;
	}
	return 0;
}

/* Takes an answered entry out of the order of age. */
static void unlist(struct sl_replay *replay, struct sl_replay_entry *entry)
{
	if (entry->older != SL_REPLAY_NONE)
		replay->entry[entry->older].newer = entry->newer;
	else
		replay->oldest = entry->newer;
	if (entry->newer != SL_REPLAY_NONE)
		replay->entry[entry->newer].older = entry->older;
	else
		replay->newest = entry->older;
}

static void list_newest(struct sl_replay *replay, u32 index)
{
	struct sl_replay_entry *entry = &replay->entry[index];

	entry->newer = SL_REPLAY_NONE;
	entry->older = replay->newest;
	if (replay->newest != SL_REPLAY_NONE)
		replay->entry[replay->newest].newer = index;
	else
		replay->oldest = index;
	replay->newest = index;
}

static void unhash(struct sl_replay *replay, u32 index)
{
	struct sl_replay_entry *entry = &replay->entry[index];
	u32 *at = bucket_of(replay, &entry->key);

	while (*at != index)
		at = &replay->entry[*at].next;
	*at = entry->next;
}

/* A free entry, or the oldest that is answered; NONE if all are being done. */
static u32 take(struct sl_replay *replay)
{
	u32 index = replay->free;

	if (index != SL_REPLAY_NONE) {
		replay->free = replay->entry[index].next;
		return index;
	}
	index = replay->oldest;
	if (index != SL_REPLAY_NONE) {
		unlist(replay, &replay->entry[index]);
		unhash(replay, index);
	}
	return index;
}

static bool is_same(const struct sl_replay_key *a,
		    const struct sl_replay_key *b)
{
	return a->xid == b->xid && a->checksum == b->checksum &&
	       a->procedure == b->procedure &&
	       !memcmp(a->client, b->client, sizeof(a->client));
}

/**
 * sl_replay_begin() - has this call been here before
 * @replay: the cache
 * @key: the call
 * @now_ns: the time
 * @index: takes the entry; NONE if the call is new and nothing can be kept
 *
 * Return: what is known of it.
 */
enum sl_replay_state sl_replay_begin(struct sl_replay *replay,
				     const struct sl_replay_key *key,
				     u64 now_ns, u32 *index)
{
	struct sl_replay_entry *entry;
	u32 *bucket = bucket_of(replay, key);
	u32 i;

	for (i = *bucket; i != SL_REPLAY_NONE; i = entry->next) {
		entry = &replay->entry[i];
		if (!is_same(&entry->key, key))
			continue;
		*index = i;
		if (!entry->since_ns)
			return SL_REPLAY_BUSY;
		unlist(replay, entry);
		if (now_ns - entry->since_ns < replay->keep_ns) {
			list_newest(replay, i);
			return SL_REPLAY_DONE;
		}
		/* Too old: a client begins to use its numbers again. */
		entry->since_ns = 0;
		return SL_REPLAY_NEW;
	}
	i = take(replay);
	*index = i;
	if (i == SL_REPLAY_NONE)
		return SL_REPLAY_NEW;
	entry = &replay->entry[i];
	entry->key = *key;
	entry->since_ns = 0;
	/* Taking may have changed the bucket, so only now. */
	entry->next = *bucket;
	*bucket = i;
	return SL_REPLAY_NEW;
}

/**
 * sl_replay_end() - keep the reply of a call that is done
 * @replay: the cache
 * @index: entry that sl_replay_begin() gave
 * @reply: the reply
 * @bytes: of it
 * @now_ns: the time, not 0
 */
void sl_replay_end(struct sl_replay *replay, u32 index, const u8 *reply,
		   u32 bytes, u64 now_ns)
{
	struct sl_replay_entry *entry = &replay->entry[index];

	if (WARN_ON_ONCE(bytes > sizeof(entry->reply))) {
		sl_replay_forget(replay, index);
		return;
	}
	memcpy(entry->reply, reply, bytes);
	entry->bytes = bytes;
	entry->since_ns = now_ns;
	list_newest(replay, index);
}

/**
 * sl_replay_forget() - a call may be done again
 * @replay: the cache
 * @index: entry that sl_replay_begin() gave
 */
void sl_replay_forget(struct sl_replay *replay, u32 index)
{
	unhash(replay, index);
	replay->entry[index].next = replay->free;
	replay->free = index;
}
