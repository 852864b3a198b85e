// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "stages/fs/block_user.h"

/* Shares out what was written; returns the first part with something left. */
static u32 advance(struct sl_run *run, u32 first, size_t bytes)
{
	while (bytes) {
		struct iovec *part = &run->part[first];
		size_t n = min(bytes, part->iov_len);

		sl_file(run->event[first])->done += n;
		part->iov_base = (u8 *)part->iov_base + n;
		part->iov_len -= n;
		bytes -= n;
		if (!part->iov_len)
			first++;
	}
	return first;
}

static int write_all(struct sl_block *block, struct sl_run *run)
{
	u64 at = run->from;
	u32 first = 0;

	while (first < run->count) {
		ssize_t n = pwritev(run->fd, run->part + first,
				    run->count - first, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		block->totals.writes++;
		at += n;
		first = advance(run, first, n);
	}
	return 0;
}

/*
 * A WRITE that gets a part of its data in is a success, as short as it is; why
 * there was no more is told to those behind it.
 */
static void flush(struct sl_block *block, struct sl_run *run)
{
	u32 count = run->count;
	int err;
	u32 i;

	if (!count)
		return;
	err = write_all(block, run);
	run->count = 0;
	for (i = 0; i < count; i++) {
		struct sl_event *event = run->event[i];
		u8 stable = sl_file(event)->stable;

		block->totals.written_events++;
		if (!sl_file(event)->done)
			sl_block_reply(block, event, err);
		else if (stable == SL_FILE_UNSTABLE)
			sl_block_reply(block, event, 0);
		else
			sl_syncs_join(block, event, stable == SL_FILE_SYNC);
	}
}

/**
 * sl_writes_flush() - write what has been gathered, and answer it
 * @block: the stage
 */
void sl_writes_flush(struct sl_block *block)
{
	u32 i;

	for (i = 0; i < SL_RUNS; i++)
		flush(block, &block->run[i]);
}

/**
 * sl_writes_flush_file() - write what has been gathered of one file
 * @block: the stage
 * @fd: its descriptor
 */
void sl_writes_flush_file(struct sl_block *block, s32 fd)
{
	u32 i;

	for (i = 0; i < SL_RUNS; i++)
		if (block->run[i].fd == fd)
			flush(block, &block->run[i]);
}

/*
 * The run that a WRITE follows on, or an empty one.  A run that it touches in
 * any other way is written first, for of two WRITEs to one place the later one
 * wins.
 */
static struct sl_run *find(struct sl_block *block, s32 fd, u64 from, u64 to)
{
	struct sl_run *found = NULL, *empty = NULL;
	u32 i;

	for (i = 0; i < SL_RUNS; i++) {
		struct sl_run *run = &block->run[i];

		if (run->count && run->fd == fd) {
			if (run->to == from && run->count < SL_BATCH_MAX)
				found = run;
			else if (from < run->to && to > run->from)
				flush(block, run);
		}
		if (!run->count)
			empty = run;
	}
	if (found || empty)
		return found ?: empty;
	found = &block->run[block->next_run++ % SL_RUNS];
	flush(block, found);
	return found;
}

/**
 * sl_writes_add() - gather a WRITE
 * @block: the stage
 * @event: a WRITE of at least one byte; it is answered when flushed
 */
void sl_writes_add(struct sl_block *block, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);
	u64 to = nfs->offset + nfs->count;
	struct sl_run *run = find(block, nfs->fd, nfs->offset, to);

	if (!run->count) {
		run->fd = nfs->fd;
		run->from = nfs->offset;
	}
	run->event[run->count] = event;
	run->part[run->count++] = (struct iovec){ event->data, nfs->count };
	run->to = to;
}
