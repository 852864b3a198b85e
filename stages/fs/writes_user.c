// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "stages/fs/block_user.h"

/* Shares out what was written; returns the first part with something left. */
static u32 advance(struct sl_writes *writes, u32 first, size_t bytes)
{
	while (bytes) {
		struct iovec *part = &writes->part[first];
		size_t n = min(bytes, part->iov_len);

		sl_file(writes->event[first])->done += n;
		part->iov_base = (u8 *)part->iov_base + n;
		part->iov_len -= n;
		bytes -= n;
		if (!part->iov_len)
			first++;
	}
	return first;
}

static int write_all(struct sl_block *block)
{
	struct sl_writes *writes = &block->writes;
	u32 first = 0;

	while (first < writes->count) {
		ssize_t n = pwritev(writes->fd, writes->part + first,
				    writes->count - first, writes->from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		block->totals.writes++;
		writes->from += n;
		first = advance(writes, first, n);
	}
	return 0;
}

/**
 * sl_writes_flush() - write what has been gathered, and answer it
 * @block: the stage
 *
 * A WRITE that gets a part of its data in is a success, as short as it is;
 * why there was no more is told to those behind it.
 */
void sl_writes_flush(struct sl_block *block)
{
	struct sl_writes *writes = &block->writes;
	u32 count = writes->count;
	int err;
	u32 i;

	if (!count)
		return;
	err = write_all(block);
	writes->count = 0;
	for (i = 0; i < count; i++) {
		struct sl_event *event = writes->event[i];
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
 * sl_writes_add() - gather a WRITE
 * @block: the stage
 * @event: a WRITE of at least one byte; it is answered when flushed
 *
 * Flushes first what it does not follow on.
 */
void sl_writes_add(struct sl_block *block, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);
	struct sl_writes *writes = &block->writes;

	if (writes->count &&
	    (writes->fd != nfs->fd || writes->to != nfs->offset ||
	     writes->count == SL_BATCH_MAX))
		sl_writes_flush(block);
	if (!writes->count) {
		writes->fd = nfs->fd;
		writes->from = nfs->offset;
	}
	writes->event[writes->count] = event;
	writes->part[writes->count++] = (struct iovec){ event->data,
							nfs->count };
	writes->to = nfs->offset + nfs->count;
}
