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
 */
#ifndef SL_HANDLES_USER_H
#define SL_HANDLES_USER_H

#include <sys/stat.h>

#include <linux/types.h>

#include "stages/fs/fs.h"

struct sl_region;

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
	u64 checked_ns;		/* when attr was taken; 0: is out of date */
	s64 listed_to;		/* of a directory: where its descriptor stands */
	bool guessed;		/* times in attr are estimates since a WRITE */
	bool resized;		/* SETATTR while WRITEs were on their way */
	struct sl_file_attr attr;
};

struct sl_handles {
	struct sl_entry *entry;
	char (*name)[256];	/* by slot, terminated */
	u32 *bucket;
	u32 bucket_mask;
	u32 max;
	u32 fresh;		/* slots from here on were never used */
	u32 free;		/* slots that were; a list */
	u32 hand[2];		/* of the two clocks: entries, descriptors */
	u32 swept;		/* where sl_handles_sweep() goes on */
	u32 fds_max;
	u64 now_ns;		/* of this turn */
	bool read_only;
	u64 boot;		/* tells our handles from those of another start */
	u64 seed;
	u64 mount;		/* what is mounted below it is not ours */
	u32 dev;
	struct sl_fs_totals totals;
};

int sl_handles_open(struct sl_handles *handles, struct sl_region *region,
		    u32 max, u32 fds_max);
void sl_handles_close(struct sl_handles *handles);
struct sl_entry *sl_handles_root(struct sl_handles *handles, int fd,
				 const struct statx *st);
struct sl_entry *sl_handles_find(struct sl_handles *handles,
				 const struct sl_file_handle *handle);
struct sl_entry *sl_handles_enter(struct sl_handles *handles,
				  struct sl_entry *parent, const char *name,
				  const struct statx *st);
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
int sl_handles_adopt(struct sl_handles *handles, struct sl_entry *entry, int fd,
		     u8 open);
void sl_handles_shut(struct sl_handles *handles, struct sl_entry *entry);
int sl_handles_openat(struct sl_handles *handles, int fd, const char *name,
		      u64 flags, u32 mode);
int sl_handles_stat(struct sl_handles *handles, struct sl_entry *parent,
		    const char *name, struct statx *st);
int sl_handles_stat_fd(int fd, struct statx *st);
int sl_handles_at(struct sl_handles *handles, struct sl_entry *entry,
		  const char **name);
void sl_handles_sweep(struct sl_handles *handles, u32 count);
int sl_handles_refresh(struct sl_handles *handles, struct sl_entry *entry);
void sl_handles_note(struct sl_handles *handles, struct sl_entry *entry,
		     const struct statx *st);

static inline u32 sl_handles_slot(const struct sl_handles *handles,
				  const struct sl_entry *entry)
{
	return entry - handles->entry;
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
