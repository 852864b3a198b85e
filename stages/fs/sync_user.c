// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "stages/fs/block_user.h"

/**
 * sl_syncs_open() - carve the syncs
 * @block: the stage
 * @count: files that may be synced at the same time
 *
 * Return: 0 or -ENOMEM.
 */
int sl_syncs_open(struct sl_block *block, u32 count)
{
	struct sl_region *region = block->stage->region;
	struct sl_syncs *syncs = &block->syncs;
	u32 buckets = roundup_pow_of_two(count);
	struct sl_sync *sync;
	u32 i;

	sync = sl_region_carve(region, count * sizeof(*sync));
	syncs->bucket = sl_region_carve(region, buckets * sizeof(void *));
	if (!sync || !syncs->bucket)
		return -ENOMEM;
	syncs->bucket_mask = buckets - 1;
	syncs->ready_end = &syncs->ready;
	for (i = 0; i < count; i++) {
		sync[i].next = syncs->free;
		syncs->free = &sync[i];
	}
	return 0;
}

/* Descriptors are small numbers close to each other: no need to mix them. */
static struct sl_sync **find(struct sl_syncs *syncs, s32 fd)
{
	struct sl_sync **at = &syncs->bucket[(u32)fd & syncs->bucket_mask];

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

static void make_ready(struct sl_syncs *syncs, struct sl_sync *sync)
{
	sync->ready = true;
	sync->next_ready = NULL;
	*syncs->ready_end = sync;
	syncs->ready_end = &sync->next_ready;
}

/**
 * sl_syncs_join() - let an event wait for the next sync of its file
 * @block: the stage, with fewer syncs in use than it opened
 * @event: a COMMIT, or a stable WRITE that is written
 * @full: times are wanted, too
 */
void sl_syncs_join(struct sl_block *block, struct sl_event *event, bool full)
{
	struct sl_syncs *syncs = &block->syncs;
	s32 fd = sl_file(event)->fd;
	struct sl_sync **at = find(syncs, fd);
	struct sl_sync *sync = *at;

	if (!sync) {
		sync = syncs->free;
		if (WARN_ON_ONCE(!sync)) {
			sl_block_reply(block, event, -EIO);
			return;
		}
		syncs->free = sync->next;
		*sync = (struct sl_sync){ .fd = fd };
		*at = sync;
		syncs->used++;
	}
	sync->full |= full;
	sl_fifo_put(&sync->waiting, event);
	syncs->waiting++;
	if (!sync->flying.first && !sync->ready)
		make_ready(syncs, sync);
}

static int sync_now(s32 fd, bool full)
{
	int err;

	do
		err = (full ? fsync(fd) : fdatasync(fd)) ? -errno : 0;
	while (err == -EINTR);
	return err;
}

/*
 * Does the file's system have no disk?  Then a sync is but a call that comes
 * back at once, while one through io_uring is a thread of the kernel's that
 * wants a CPU: 64 WRITEs of 4 KiB with a COMMIT took twice as long by it.
 */
static bool in_memory(s32 fd)
{
	struct statfs st;

	return !fstatfs(fd, &st) &&
	       (st.f_type == TMPFS_MAGIC || st.f_type == RAMFS_MAGIC);
}

/**
 * sl_syncs_begin() - begin all syncs that can be begun
 * @block: the stage, at the end of a batch
 */
void sl_syncs_begin(struct sl_block *block)
{
	struct sl_syncs *syncs = &block->syncs;
	struct sl_sync *sync;
	bool full;

	while ((sync = syncs->ready)) {
		if (block->uring.on && sl_uring_full(&block->uring))
			break;
		syncs->ready = sync->next_ready;
		if (!syncs->ready)
			syncs->ready_end = &syncs->ready;
		sync->ready = false;
		sync->flying = sync->waiting;
		sync->waiting = (struct sl_fifo){ .first = NULL };
		full = sync->full;
		sync->full = false;
		syncs->waiting -= sync->flying.count;
		block->totals.syncs++;
		if (block->uring.on && !in_memory(sync->fd))
			sl_uring_sync(&block->uring, sync, full);
		else
			sl_syncs_end(block, sync, sync_now(sync->fd, full));
	}
	sl_stage_hold(block->stage, syncs->waiting);
}

/**
 * sl_syncs_end() - answer everybody who waited for a sync
 * @block: the stage
 * @sync: sync that was in flight
 * @error: what came of it, for all of them: there is no second chance, for the
 *         kernel tells of lost data only once
 */
void sl_syncs_end(struct sl_block *block, struct sl_sync *sync, int error)
{
	struct sl_syncs *syncs = &block->syncs;
	struct sl_event *event;
	struct sl_sync **at;

	while ((event = sl_fifo_get(&sync->flying))) {
		block->totals.synced_events++;
		sl_block_reply(block, event, error);
	}
	if (sync->waiting.first) {
		make_ready(syncs, sync);
		return;
	}
	at = find(syncs, sync->fd);
	*at = sync->next;
	sync->next = syncs->free;
	syncs->free = sync;
	syncs->used--;
}
