// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * SQLite's locking methods over lock.h, and how a checkpoint may fail.
 *
 * A checkpoint that cannot go to the end, because somebody still reads an
 * older part of the WAL or writes on, notes in the index how many frames it
 * has brought home, and does so without a sync of the database: it will be
 * synced when the rest follows.  But had the server forgotten these pages by
 * then, or failed to commit them, nobody would bring them home again.  So all
 * are committed at the end of each checkpoint, and should that fail the note
 * is put back to what it was, before the lock goes that guards it.
 */
#include <asm/barrier.h>

#include "stages/db/vfs.h"

/* Where the index has that note; see https://sqlite.org/walformat.html */
#define NOTE_AT		96

/* The lock under which pages are brought home: WAL_READ_LOCK(0). */
#define HOME_LOCK	3

static struct sl_vfs_file *file_of(sqlite3_file *base)
{
	return (struct sl_vfs_file *)base;
}

int sl_vfs_lock(sqlite3_file *base, int level)
{
	struct sl_vfs_file *file = file_of(base);

	return file->node ? sl_node_lock(file->node, &file->level, level)
			  : SQLITE_OK;
}

int sl_vfs_unlock(sqlite3_file *base, int level)
{
	struct sl_vfs_file *file = file_of(base);

	if (!file->node)
		return SQLITE_OK;
	if (file->level > SQLITE_LOCK_SHARED)
		sl_vfs_settle_all(file->task);
	sl_node_unlock(file->node, file->vfs->tasks, &file->level, level);
	return SQLITE_OK;
}

int sl_vfs_reserved(sqlite3_file *base, int *reserved)
{
	struct sl_vfs_file *file = file_of(base);

	*reserved = file->node && sl_node_reserved(file->node);
	return SQLITE_OK;
}

int sl_vfs_shm_map(sqlite3_file *base, int index, int bytes, int extend,
		   void volatile **region)
{
	struct sl_vfs_file *file = file_of(base);

	if (!file->node)
		return SQLITE_IOERR_SHMMAP;
	if (!file->mapped) {
		sl_node_join(file->node);
		file->mapped = true;
	}
	return sl_node_map(file->node, index, bytes, extend, (void **)region);
}

static u32 *note(struct sl_vfs_file *file)
{
	return (u32 *)((u8 *)file->node->region[0] + NOTE_AT);
}

void sl_vfs_checkpoint_start(struct sl_vfs_file *file)
{
	file->unsure = false;
	if (file->mapped)
		file->backfilled = READ_ONCE(*note(file));
}

/*
 * If the checkpoint was complete, a size and a sync follow and report the
 * error; if not, nothing does.
 */
void sl_vfs_checkpoint_done(struct sl_vfs_file *file)
{
	if (!file->mapped ||
	    sl_vfs_sync(&file->base, SQLITE_SYNC_FULL) == SQLITE_OK)
		return;
	file->error = file->vfs->error;
	file->unsure = true;
}

static void put_back(struct sl_vfs_file *file)
{
	WRITE_ONCE(*note(file), file->backfilled);
	file->unsure = false;
}

int sl_vfs_shm_lock(sqlite3_file *base, int first, int count, int flags)
{
	struct sl_vfs_file *file = file_of(base);
	bool alone = flags & SQLITE_SHM_EXCLUSIVE;
	u8 mask = ((1u << count) - 1) << first;
	u8 *held = alone ? &file->alone : &file->shared;
	int code;

	if (flags & SQLITE_SHM_UNLOCK) {
		if ((*held & mask) != mask)
			return SQLITE_OK;
		if (alone)
			sl_vfs_settle_all(file->task);
		if (unlikely(file->unsure) && first == HOME_LOCK)
			put_back(file);
		sl_node_release(file->node, file->vfs->tasks, first, count,
				alone);
		*held &= ~mask;
		return SQLITE_OK;
	}
	if ((*held & mask) == mask)
		return SQLITE_OK;
	code = sl_node_hold(file->node, file->vfs->tasks, first, count, alone);
	if (code == SQLITE_OK)
		*held |= mask;
	return code;
}

void sl_vfs_shm_barrier(sqlite3_file *base)
{
	(void)base;
	/* Between the two copies of the index's header, which readers compare. */
	smp_mb();
}

int sl_vfs_shm_unmap(sqlite3_file *base, int forget)
{
	struct sl_vfs_file *file = file_of(base);

	(void)forget;
	if (file->mapped)
		sl_node_unmap(file->node);
	file->mapped = false;
	return SQLITE_OK;
}
