/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The handle table: what the fs stage knows of the files it gave out.
 *
 * An entry is one inode.  It remembers the directory entry by which it was
 * last seen (parent, name), so that its descriptor can be closed when there
 * are too many and opened again later; what is found under that name then
 * must still be the same inode (device, number, time of birth), or the handle
 * is stale.
 *
 *   sl_handles_find()     handle to entry
 *   sl_handles_enter()    a name was looked up: its entry, old or new
 *   sl_handles_forget()   the inode is gone: its handles are stale at once
 *   sl_handles_open_as()  a descriptor of the entry
 *
 * Everything is O(1) and carved at the start.  Two bounds hold: of entries
 * (the least recently used one that nothing needs makes room, and its handle
 * becomes stale) and of descriptors (the least recently used one is closed).
 * Recency is that of a clock's hand: a bit for each entry, set when it is
 * used, cleared when a hand passes.
 *
 * An entry that is pinned keeps its slot and its descriptor.
 *
 * Persistent handles (kept_user.c) are the host's own, signed.  Then entries
 * are but a cache: what was forgotten is found again by its handle, wherever
 * it is by now, so neither names nor parents are remembered, and no handle
 * becomes stale while its file is there.
 */
#ifndef SL_HANDLES_USER_H
#define SL_HANDLES_USER_H

#include <sys/stat.h>

#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/prefetch.h>
#include <linux/siphash.h>
#include <linux/types.h>

#include "stages/fs/caller_user.h"
#include "stages/fs/fs.h"

struct sl_region;
struct sl_stage;

#define SL_SLOT_NONE	(~0u)

/* Of sl_entry.open: what its descriptor is good for. */
enum { SL_OPEN_ANY = 1, SL_OPEN_READ = 2, SL_OPEN_WRITE = 4 };

enum sl_entry_state { SL_ENTRY_FREE, SL_ENTRY_LIVE, SL_ENTRY_DEAD };

struct sl_entry {
	u64 ino;
	u64 btime_ns;
	u32 dev;
	u32 generation;
	u32 next;		/* in its bucket, or of the free ones */
	u32 parent;		/* slot; none if its name is not known any more */
	u32 children;		/* entries whose parent it is */
	u32 pins;
	u32 away;		/* calls that the block stage has; pins, too */
	s32 fd;			/* -1: none */
	u8 open;
	u8 state;
	u8 touched;		/* a bit for each hand */
	u8 name_bytes;
	bool guessed;		/* times in attr are estimates since a WRITE */
	bool resized;		/* SETATTR while WRITEs were on their way */
	bool crowded;		/* several calls were on their way at once */
	bool written;		/* a WRITE went on its way since attr was taken */
	u64 checked_ns;		/* when attr was taken; 0: is out of date */
	u64 noted_turn;		/* the turn in which attr was taken */
	u64 version;		/* of all that decides who may do what */
	u64 doubted_ns;		/* since when it may be another one; 0: it is not */
	s64 listed_to;		/* of a directory: where its descriptor stands */
	struct sl_file_attr attr;
} ____cacheline_aligned;

static_assert(offsetof(struct sl_entry, checked_ns) < L1_CACHE_BYTES,
	      "whether an entry is the right one, and fresh, is one line");

struct sl_handles {
	struct sl_entry *entry;
	char (*name)[256];	/* by slot, terminated; NULL if persistent */
	struct sl_file_handle *given;	/* by slot, if persistent; else NULL */
	u32 *bucket;
	u32 bucket_mask;
	u32 max;
	u32 fresh;		/* slots from here on were never used */
	u32 free;		/* slots that were; a list */
	u32 hand[2];		/* of the two clocks: entries, descriptors */
	u32 swept;		/* where sl_handles_sweep() goes on */
	u32 fds_max;
	u64 now_ns;		/* of this turn */
	u64 turn;		/* counts batches */
	u64 attributes_ns;	/* how old attributes may be */
	bool read_only;
	u64 boot;		/* tells our handles from those of another start */
	u64 seed;
	u64 mount;		/* what is mounted below it is not ours */
	u32 dev;
	int root_fd;
	u64 fsid;		/* of the file system, as others may see it */
	bool plain_inodes;	/* a listing's numbers are those of the inodes */
	u64 versions;		/* the last one given */
	struct sl_callers *callers;	/* who we are just now */
	/* persistent handles */
	siphash_key_t key;
	u64 export_id;		/* so that one export's are no good for another */
	struct sl_fs_totals totals;
};

int sl_handles_open(struct sl_handles *handles, struct sl_region *region,
		    u32 max, u32 fds_max, bool persistent);
void sl_handles_close(struct sl_handles *handles);
int sl_handles_root(struct sl_handles *handles, int fd, const struct statx *st);
struct sl_entry *sl_handles_find(struct sl_handles *handles,
				 const struct sl_file_handle *handle);
struct sl_entry *sl_handles_enter(struct sl_handles *handles,
				  struct sl_entry *parent, const char *name,
				  const struct statx *st, int fd);
struct sl_entry *sl_handles_add(struct sl_handles *handles,
				const struct statx *st);
bool sl_handles_spare(const struct sl_handles *handles);
struct sl_entry *sl_handles_known(struct sl_handles *handles,
				  const struct statx *st);
void sl_handles_give(const struct sl_handles *handles,
		     const struct sl_entry *entry,
		     struct sl_file_handle *handle);
void sl_handles_forget(struct sl_handles *handles, struct sl_entry *entry);
void sl_handles_unname(struct sl_handles *handles, struct sl_entry *entry);
void sl_handles_rename(struct sl_handles *handles, struct sl_entry *entry,
		       struct sl_entry *parent, const char *name);
bool sl_handles_same(const struct sl_entry *entry, const struct statx *st);
struct sl_entry *sl_handles_idle(struct sl_handles *handles, u32 clock);
void sl_handles_bury(struct sl_handles *handles, struct sl_entry *entry);

/* descriptors_user.c */
int sl_handles_open_as(struct sl_handles *handles, struct sl_entry *entry,
		       u8 want);
bool sl_handles_room(struct sl_handles *handles);
int sl_handles_adopt(struct sl_handles *handles, struct sl_entry *entry, int fd,
		     u8 open);
void sl_handles_shut(struct sl_handles *handles, struct sl_entry *entry);
struct sl_entry *sl_handles_parent(struct sl_handles *handles,
				   struct sl_entry *entry);
int sl_handles_openat(struct sl_handles *handles, int fd, const char *name,
		      u64 flags, u32 mode);

/* inodes_user.c */
int sl_handles_stat(struct sl_handles *handles, struct sl_entry *parent,
		    const char *name, struct statx *st);
int sl_handles_stat_fd(int fd, struct statx *st);
bool sl_handles_outside(const struct sl_handles *handles,
			const struct statx *st);
void sl_handles_sweep(struct sl_handles *handles, u32 count);
int sl_handles_refresh(struct sl_handles *handles, struct sl_entry *entry);
void sl_handles_note(struct sl_handles *handles, struct sl_entry *entry,
		     const struct statx *st);

/* kept_user.c */
int sl_kept_start(struct sl_handles *handles, int fd);
int sl_kept_root(struct sl_handles *handles, struct sl_entry *root);
struct sl_entry *sl_kept_find(struct sl_handles *handles,
			      const struct sl_file_handle *handle);
struct sl_entry *sl_kept_meet(struct sl_handles *handles,
			      struct sl_entry *parent, const char *name,
			      int fd);
struct sl_entry *sl_kept_above(struct sl_handles *handles,
			       struct sl_entry *entry);
int sl_kept_open(struct sl_handles *handles, struct sl_entry *entry,
		 u64 flags);

/* key_user.c */
int sl_key_read(struct sl_stage *stage, const char *path, int export_fd,
		siphash_key_t *key);

/* Of inodes by their numbers alone: a persistent handle knows of no device. */
static inline u32 *sl_handles_bucket(const struct sl_handles *handles, u64 ino)
{
	u64 x = ino ^ ino >> 32;

	x *= 0xd6e8feb86659fd93u;
	return &handles->bucket[(x ^ x >> 32) & handles->bucket_mask];
}

static inline u32 sl_handles_slot(const struct sl_handles *handles,
				  const struct sl_entry *entry)
{
	return entry - handles->entry;
}

/**
 * sl_handles_foresee() - send for the memory of an entry before it is needed
 * @handles: the table
 * @handle: whatever a caller has sent
 * @near: false first, for all of a batch; then true, for all of it
 */
static inline void sl_handles_foresee(const struct sl_handles *handles,
				      const struct sl_file_handle *handle,
				      bool near)
{
	u32 slot = handle->word[0];
	const u8 *entry;

	if (handles->given) {
		const u32 *bucket = sl_handles_bucket(handles, handle->word[1]);

		if (!near) {
			prefetch(bucket);
			return;
		}
		slot = *bucket;
		if (slot >= handles->fresh)
			return;
		prefetch(&handles->given[slot]);
	} else if (near || slot >= handles->fresh) {
		return;
	}
	entry = (const u8 *)&handles->entry[slot];
	prefetchw(entry);
	prefetch(entry + L1_CACHE_BYTES);
	prefetch(entry + 2 * L1_CACHE_BYTES);
}

static inline void sl_handles_pin(struct sl_entry *entry)
{
	entry->pins++;
}

static inline void sl_handles_unpin(struct sl_handles *handles,
				    struct sl_entry *entry)
{
	if (!--entry->pins && entry->state == SL_ENTRY_DEAD)
		sl_handles_bury(handles, entry);
}

/**
 * sl_handles_fd() - a descriptor of an entry
 * @handles: the table
 * @entry: a live entry
 * @want: SL_OPEN_ANY for metadata, SL_OPEN_READ or SL_OPEN_WRITE for contents
 *
 * It stays open until something else is opened, or longer if @entry is pinned.
 *
 * Return: the descriptor, -ESTALE, -EMFILE if all of them are pinned, or why
 * the host does not open it.
 */
static inline int sl_handles_fd(struct sl_handles *handles,
				struct sl_entry *entry, u8 want)
{
	if (entry->open & want)
		return entry->fd;
	return sl_handles_open_as(handles, entry, want);
}

#endif /* SL_HANDLES_USER_H */
