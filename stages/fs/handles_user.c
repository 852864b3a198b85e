// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysmacros.h>

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "membank/region.h"
#include "stages/fs/handles_user.h"

/* Of sl_handles.hand and, as bits, of sl_entry.touched. */
enum { CLOCK_ENTRIES, CLOCK_DESCRIPTORS, CLOCKS };

static u64 mix(u64 x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return x ^ x >> 32;
}

static u32 dev_of(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

static u64 btime_of(const struct statx *st)
{
	if (!(st->stx_mask & STATX_BTIME))
		return 0;
	return st->stx_btime.tv_sec * 1000000000ull + st->stx_btime.tv_nsec;
}

/**
 * sl_handles_open() - carve an empty table
 * @handles: where to put it
 * @region: memory of the stage
 * @max: entries at most
 * @fds_max: descriptors at most
 * @persistent: whether handles are the host's
 *
 * Return: 0 or a negative errno.
 */
int sl_handles_open(struct sl_handles *handles, struct sl_region *region,
		    u32 max, u32 fds_max, bool persistent)
{
	u32 buckets = roundup_pow_of_two(max);
	u64 random[2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	*handles = (struct sl_handles){
		.max = max,
		.fds_max = fds_max,
		.free = SL_SLOT_NONE,
		.bucket_mask = buckets - 1,
		.boot = random[0],
		.seed = random[1],
	};
	handles->entry = sl_region_carve(region, max * sizeof(struct sl_entry));
	if (persistent)
		handles->given = sl_region_carve(
			region, max * sizeof(*handles->given));
	else
		handles->name = sl_region_carve(region,
						max * sizeof(*handles->name));
	handles->bucket = sl_region_carve(region, buckets * sizeof(u32));
	if (!handles->entry || !(handles->name || handles->given) ||
	    !handles->bucket)
		return -ENOMEM;
	memset(handles->bucket, 0xff, buckets * sizeof(u32));
	return 0;
}

void sl_handles_close(struct sl_handles *handles)
{
	u32 slot;

	for (slot = 0; slot < handles->fresh; slot++)
		sl_handles_shut(handles, &handles->entry[slot]);
}

bool sl_handles_same(const struct sl_entry *entry, const struct statx *st)
{
	return entry->ino == st->stx_ino && entry->dev == dev_of(st) &&
	       entry->btime_ns == btime_of(st);
}

/**
 * sl_handles_idle() - the entry that has been of no use for longest
 * @handles: the table
 * @clock: 0 for one whose slot may be taken, 1 for one to be closed
 *
 * Return: the entry, or NULL if there is none.
 */
struct sl_entry *sl_handles_idle(struct sl_handles *handles, u32 clock)
{
	u8 bit = 1u << clock;
	u32 left;

	for (left = 2 * handles->fresh; left; left--) {
		struct sl_entry *entry = &handles->entry[handles->hand[clock]];

		if (++handles->hand[clock] >= handles->fresh)
			handles->hand[clock] = 0;
		if (entry->state == SL_ENTRY_FREE || entry->pins ||
		    (clock == CLOCK_ENTRIES ? entry->children : entry->fd < 0))
			continue;
		if (!(entry->touched & bit))
			return entry;
		entry->touched &= ~bit;
	}
	return NULL;
}

/* Is there room for an entry without forgetting another one? */
bool sl_handles_spare(const struct sl_handles *handles)
{
	return handles->free != SL_SLOT_NONE || handles->fresh < handles->max;
}

static struct sl_entry *take_slot(struct sl_handles *handles)
{
	struct sl_entry *entry;

	if (handles->free == SL_SLOT_NONE && handles->fresh < handles->max) {
		entry = &handles->entry[handles->fresh];
		/* Unguessable, lest somebody make up the next handle. */
		entry->generation = mix(handles->seed + handles->fresh++);
		return entry;
	}
	if (handles->free == SL_SLOT_NONE) {
		entry = sl_handles_idle(handles, CLOCK_ENTRIES);
		if (!entry)
			return NULL;
		handles->totals.evicted_handles++;
		sl_handles_forget(handles, entry);
	}
	entry = &handles->entry[handles->free];
	handles->free = entry->next;
	return entry;
}

/* Frees the slot of a dead entry once nothing refers to it any more. */
void sl_handles_bury(struct sl_handles *handles, struct sl_entry *entry)
{
	if (entry->pins)
		return;
	sl_handles_shut(handles, entry);
	if (entry->children)
		return;
	entry->state = SL_ENTRY_FREE;
	entry->next = handles->free;
	handles->free = sl_handles_slot(handles, entry);
}

/**
 * sl_handles_unname() - an entry is not where it was
 * @handles: the table
 * @entry: entry that keeps its descriptor, if it has one, but can have no other
 */
void sl_handles_unname(struct sl_handles *handles, struct sl_entry *entry)
{
	struct sl_entry *parent;

	if (entry->parent == SL_SLOT_NONE)
		return;
	parent = &handles->entry[entry->parent];
	entry->parent = SL_SLOT_NONE;
	entry->name_bytes = 0;
	parent->children--;
	if (parent->state == SL_ENTRY_DEAD)
		sl_handles_bury(handles, parent);
}

/**
 * sl_handles_forget() - make all handles of an entry stale
 * @handles: the table
 * @entry: a live entry; what is in flight for it goes on
 */
void sl_handles_forget(struct sl_handles *handles, struct sl_entry *entry)
{
	u32 slot = sl_handles_slot(handles, entry);
	u32 *at = sl_handles_bucket(handles, entry->ino);

	if (WARN_ON_ONCE(entry->state != SL_ENTRY_LIVE))
		return;
	while (*at != slot)
		at = &handles->entry[*at].next;
	*at = entry->next;
	entry->generation++;
	entry->state = SL_ENTRY_DEAD;
	handles->totals.handles--;
	sl_handles_unname(handles, entry);
	sl_handles_bury(handles, entry);
}

/*
 * Renames behind our back may have left a picture in which the new parent is
 * below the entry.  What is wrong then is where the entry's child was thought
 * to be.
 */
static void break_cycle(struct sl_handles *handles, struct sl_entry *entry,
			struct sl_entry *parent)
{
	while (parent->parent != SL_SLOT_NONE) {
		struct sl_entry *above = &handles->entry[parent->parent];

		if (above == entry) {
			sl_handles_unname(handles, parent);
			return;
		}
		parent = above;
	}
}

/**
 * sl_handles_rename() - an entry is known by another name now
 * @handles: the table
 * @entry: a live entry
 * @parent: directory that it is in
 * @name: its name there
 */
void sl_handles_rename(struct sl_handles *handles, struct sl_entry *entry,
		       struct sl_entry *parent, const char *name)
{
	u32 slot = sl_handles_slot(handles, entry);
	size_t bytes = strlen(name);

	if (!slot || entry == parent || handles->given)
		return;
	if (entry->parent == sl_handles_slot(handles, parent)) {
		if (entry->name_bytes == bytes &&
		    !memcmp(handles->name[slot], name, bytes))
			return;
	} else {
		if (entry->attr.type == SL_FILE_DIR)
			break_cycle(handles, entry, parent);
		/* First, for a dead parent goes with its last child. */
		parent->children++;
		sl_handles_unname(handles, entry);
		entry->parent = sl_handles_slot(handles, parent);
	}
	memcpy(handles->name[slot], name, bytes + 1);
	entry->name_bytes = bytes;
}

/**
 * sl_handles_known() - entry of an inode
 * @handles: the table
 * @st: what the host says of the inode
 *
 * Return: the live entry, or NULL.  One whose inode number lives on in another
 * file is forgotten.
 */
struct sl_entry *sl_handles_known(struct sl_handles *handles,
				  const struct statx *st)
{
	u32 slot = *sl_handles_bucket(handles, st->stx_ino);

	for (; slot != SL_SLOT_NONE; slot = handles->entry[slot].next) {
		struct sl_entry *entry = &handles->entry[slot];

		if (entry->ino != st->stx_ino || entry->dev != dev_of(st))
			continue;
		if (sl_handles_same(entry, st))
			return entry;
		sl_handles_forget(handles, entry);
		return NULL;
	}
	return NULL;
}

/**
 * sl_handles_add() - make an entry
 * @handles: the table
 * @st: what the host says of an inode that has none
 *
 * Return: the entry, without attributes, or NULL if every entry is in use.
 */
struct sl_entry *sl_handles_add(struct sl_handles *handles,
				const struct statx *st)
{
	struct sl_entry *entry = take_slot(handles);
	u32 generation;
	u32 *bucket;

	if (!entry)
		return NULL;
	bucket = sl_handles_bucket(handles, st->stx_ino);
	generation = entry->generation;
	*entry = (struct sl_entry){
		.ino = st->stx_ino,
		.dev = dev_of(st),
		.btime_ns = btime_of(st),
		.generation = generation,
		.next = *bucket,
		.parent = SL_SLOT_NONE,
		.fd = -1,
		.version = ++handles->versions,
		.state = SL_ENTRY_LIVE,
	};
	*bucket = sl_handles_slot(handles, entry);
	handles->totals.handles++;
	return entry;
}

/**
 * sl_handles_enter() - entry of a name that was looked up
 * @handles: the table
 * @parent: directory
 * @name: name in it
 * @st: what the host says is there
 * @fd: descriptor of it, if there is one, else -1
 *
 * Return: the entry, or an ERR_PTR(), -EJUKEBOX if every entry is in use.
 */
struct sl_entry *sl_handles_enter(struct sl_handles *handles,
				  struct sl_entry *parent, const char *name,
				  const struct statx *st, int fd)
{
	struct sl_entry *entry = sl_handles_known(handles, st);

	if (!entry) {
		sl_handles_pin(parent);
		if (handles->given)
			entry = sl_kept_meet(handles, parent, name, fd);
		else
			entry = sl_handles_add(handles, st);
		sl_handles_unpin(handles, parent);
		/* Attributes were taken anew on the way. */
		if (handles->given)
			return entry;
		if (!entry)
			return ERR_PTR(-EJUKEBOX);
	}
	entry->touched = ~0;
	sl_handles_note(handles, entry, st);
	sl_handles_rename(handles, entry, parent, name);
	return entry;
}

/**
 * sl_handles_root() - make the first entry
 * @handles: an empty table
 * @fd: descriptor of the export, the table's from now on
 * @st: what the host says of it
 *
 * Return: 0 or a negative errno.
 */
int sl_handles_root(struct sl_handles *handles, int fd, const struct statx *st)
{
	struct sl_entry *root = sl_handles_add(handles, st);

	root->fd = fd;
	root->open = SL_OPEN_ANY | SL_OPEN_READ;
	root->pins = 1;
	handles->root_fd = fd;
	handles->totals.descriptors++;
	handles->mount = st->stx_mnt_id;
	handles->dev = root->dev;
	sl_handles_note(handles, root, st);
	return handles->given ? sl_kept_root(handles, root) : 0;
}

/**
 * sl_handles_give() - the handle of an entry
 * @handles: the table
 * @entry: a live entry
 * @handle: where to put it
 */
void sl_handles_give(const struct sl_handles *handles,
		     const struct sl_entry *entry,
		     struct sl_file_handle *handle)
{
	u32 slot = sl_handles_slot(handles, entry);

	if (handles->given) {
		*handle = handles->given[slot];
		return;
	}
	*handle = (struct sl_file_handle){ {
		slot | (u64)entry->generation << 32,
		handles->boot,
		entry->ino,
		(u64)entry->dev << 32 | SL_FS_HANDLE_MAGIC,
	} };
}

/* Words that nothing is in must be empty, or two handles were one file's. */
static bool table_shaped(const struct sl_file_handle *handle)
{
	return (u32)handle->word[3] == SL_FS_HANDLE_MAGIC &&
	       !(handle->word[4] | handle->word[5] | handle->word[6] |
		 handle->word[7]);
}

/**
 * sl_handles_find() - entry of a handle
 * @handles: the table
 * @handle: whatever a caller has sent
 *
 * Return: the entry, ERR_PTR(-ESTALE) or ERR_PTR(-EBADHANDLE).
 */
struct sl_entry *sl_handles_find(struct sl_handles *handles,
				 const struct sl_file_handle *handle)
{
	u32 slot = handle->word[0];
	struct sl_entry *entry;

	if (handles->given)
		return sl_kept_find(handles, handle);
	if (!table_shaped(handle))
		return ERR_PTR(-EBADHANDLE);
	if (handle->word[1] != handles->boot || slot >= handles->fresh)
		return ERR_PTR(-ESTALE);
	entry = &handles->entry[slot];
	if (entry->generation != handle->word[0] >> 32 ||
	    entry->state != SL_ENTRY_LIVE || entry->ino != handle->word[2] ||
	    entry->dev != handle->word[3] >> 32)
		return ERR_PTR(-ESTALE);
	entry->touched = ~0;
	return entry;
}
