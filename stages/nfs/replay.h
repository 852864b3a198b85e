/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The cache of replies to calls that must not be done twice.
 *
 * A client that has lost its connection sends again what it has no reply to.
 * If that was a REMOVE which has been done, doing it again fails, and the
 * client is told that its file was not there.  So replies are kept for a while
 * and given again; and a call that comes again while it is being done is known,
 * too.  A call is the same if client, number, procedure and arguments are; the
 * connection, and the client's port, may be others by then.
 *
 * Memory is had at the start.  An entry whose call is being done is never
 * taken away; of the others the one that was not asked for longest goes first.
 */
#ifndef SL_REPLAY_H
#define SL_REPLAY_H

#include <linux/cache.h>
#include <linux/types.h>

#define SL_REPLAY_BYTES	408	/* of a reply; none is longer that is kept */
#define SL_REPLAY_NONE	(~0u)

struct sl_region;

struct sl_replay_key {
	u8 client[16];		/* its address */
	u32 xid;
	u32 procedure;		/* program, version and procedure in one */
	u64 checksum;		/* of the arguments, see sl_replay_checksum() */
};

struct sl_replay_entry {
	struct sl_replay_key key;
	u64 since_ns;		/* when it was answered; 0: it is being done */
	u32 next;		/* in its bucket, or free */
	u32 older, newer;	/* of those that are answered */
	u32 bytes;		/* of the reply */
	u8 reply[SL_REPLAY_BYTES];
} ____cacheline_aligned;

struct sl_replay {
	struct sl_replay_entry *entry;
	u32 *bucket;
	u32 mask;		/* of buckets */
	u32 free;
	u32 oldest, newest;	/* of those that are answered */
	u64 keep_ns;		/* for so long */
};

enum sl_replay_state {
	SL_REPLAY_NEW,		/* to be done; the entry is the caller's now */
	SL_REPLAY_BUSY,		/* is being done */
	SL_REPLAY_DONE,		/* the entry has the reply */
};

int sl_replay_open(struct sl_replay *replay, struct sl_region *region,
		   u32 entries, u64 keep_ns);
u64 sl_replay_checksum(const u8 *at, u32 bytes, u64 seed);
enum sl_replay_state sl_replay_begin(struct sl_replay *replay,
				     const struct sl_replay_key *key,
				     u64 now_ns, u32 *index);
void sl_replay_end(struct sl_replay *replay, u32 index, const u8 *reply,
		   u32 bytes, u64 now_ns);
void sl_replay_forget(struct sl_replay *replay, u32 index);

#endif /* SL_REPLAY_H */
