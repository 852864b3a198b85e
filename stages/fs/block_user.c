// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * block: the contents of open files.
 *
 * Left port "callers" ("block").  A READ of what is in memory is one system
 * call, and so are WRITEs of a batch that follow each other.  A READ that
 * would wait for a disk, and every sync, goes through io_uring, so that
 * others go on meanwhile; COMMITs of one file are one sync as long as it has
 * not begun.  Where io_uring is not allowed, all of them are blocking calls.
 *
 * When queue_depth requests are in flight, it leaves the others where they
 * are, and READs of more than a turn's worth wait for the next turn.  It may
 * be replicated; events of one file have to come to one replica, or their
 * syncs are not merged.
 */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include <linux/kernel.h>

#include "stages/fs/block_user.h"
#include "stages/stages.h"

/*
 * What is read in a turn before it is sent: more of it would push its own
 * beginning out of the cache, and clients would have nothing to do meanwhile.
 * READs of 256 KiB, 16 in flight, are 1.1 to 1.2 times as fast as without.
 */
#define TURN_BYTES	262144

enum { SPACE, IO, OTHER };

/**
 * sl_block_reply() - answer an event
 * @block: the stage
 * @event: event that is done with
 * @error: 0 or a negative errno
 */
void sl_block_reply(struct sl_block *block, struct sl_event *event, int error)
{
	event->status = error;
	/* So much is there to be had, on an edge that copies. */
	if (event->op == SL_FILE_READ)
		event->data_bytes = sl_file(event)->done;
	if (unlikely(error))
		sl_stage_drop(block->stage,
			      error == -ENOSPC || error == -EDQUOT ? SPACE :
			      error == -EIO			  ? IO :
								    OTHER);
	sl_stage_reply(block->stage, event);
}

/* Returns 0 or a negative errno; -EAGAIN if the rest is not in memory. */
static int read_now(struct sl_block *block, struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);

	while (nfs->done < nfs->count) {
		struct iovec part = { event->data + nfs->done,
				      nfs->count - nfs->done };
		ssize_t n = preadv2(nfs->fd, &part, 1, nfs->offset + nfs->done,
				    block->read_flags);

		if (n > 0) {
			nfs->done += n;
		} else if (!n) {
			nfs->eof = true;
			break;
		} else if (errno == EOPNOTSUPP && block->read_flags) {
			/* Such file systems tend to be memory all over. */
			block->read_flags = 0;
		} else if (errno != EINTR) {
			return errno == EAGAIN || !nfs->done ? -errno : 0;
		}
	}
	return 0;
}

/* Returns whether the READ was taken. */
static bool begin_read(struct sl_block *block, struct sl_event *event)
{
	int err = read_now(block, event);

	if (unlikely(err == -EAGAIN && block->read_flags)) {
		if (sl_uring_full(&block->uring))
			return false;
		block->totals.cold_reads++;
		sl_uring_read(&block->uring, event);
		return true;
	}
	sl_block_reply(block, event, err);
	return true;
}

/**
 * sl_block_read_end() - a cold READ has got something
 * @block: the stage
 * @event: the READ
 * @got: bytes, or a negative errno
 */
void sl_block_read_end(struct sl_block *block, struct sl_event *event, int got)
{
	struct sl_file_args *nfs = sl_file(event);

	if (got > 0)
		nfs->done += got;
	if ((got > 0 && nfs->done < nfs->count) || got == -EAGAIN ||
	    got == -EINTR) {
		sl_uring_read(&block->uring, event);
		return;
	}
	nfs->eof = !got;
	sl_block_reply(block, event, got < 0 && !nfs->done ? got : 0);
}

/* Returns whether the event was taken. */
static bool begin(struct sl_block *block, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);
	bool sync = event->op == SL_FILE_COMMIT ||
		    (event->op == SL_FILE_WRITE && nfs->stable);

	if (sync && block->syncs.used >= block->options->queue_depth)
		return false;
	switch (event->op) {
	case SL_FILE_WRITE:
		if (nfs->count)
			sl_writes_add(block, event);
		else
			sl_block_reply(block, event, 0);
		return true;
	case SL_FILE_READ:
		/* It may ask for what was gathered before it. */
		sl_writes_flush_file(block, nfs->fd);
		return begin_read(block, event);
	case SL_FILE_COMMIT:
		sl_syncs_join(block, event,
			      block->options->sync == SL_BLOCK_SYNC_FULL);
		return true;
	default:
		sl_block_reply(block, event, -EOPNOTSUPP);
		return true;
	}
}

/* Has this turn seen as much as it should? */
static bool enough(struct sl_block *block, struct sl_event *event)
{
	u64 now_ns = block->stage->now_ns;

	if (block->turn_ns != now_ns) {
		block->turn_ns = now_ns;
		block->turn_bytes = 0;
	}
	if (block->turn_bytes >= TURN_BYTES)
		return true;
	if (event->op == SL_FILE_READ)
		block->turn_bytes += sl_file(event)->count;
	return false;
}

/* COMMITs begin last, when everything before them has been written. */
static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct sl_block *block = stage->private;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++)
		if (enough(block, batch->event[i]) ||
		    !begin(block, batch->event[i]))
			break;
	sl_writes_flush(block);
	sl_syncs_begin(block);
	sl_uring_submit(&block->uring);
	return i;
}

static u32 poll(struct sl_stage *stage)
{
	struct sl_block *block = stage->private;
	u32 done = sl_uring_poll(block);

	if (done)
		sl_syncs_begin(block);
	sl_uring_submit(&block->uring);
	return done;
}

static bool drain(struct sl_stage *stage)
{
	const struct sl_block *block = stage->private;

	return !block->uring.in_flight && !block->syncs.used;
}

static int open_block(struct sl_stage *stage)
{
	struct sl_block *block = stage->private;
	u32 depth;
	int err;

	block->stage = stage;
	block->options = stage->options;
	depth = block->options->queue_depth;
	/* A batch that passed the check may still bring its WRITEs. */
	err = sl_syncs_open(block, depth + SL_BATCH_MAX);
	if (err)
		return err;
	if (!block->options->io_uring)
		return 0;
	err = sl_uring_open(&block->uring, stage, depth);
	if (err) {
		sl_stage_log(stage, "io_uring is not available (%s); cold "
			     "reads and syncs will block", strerror(-err));
		return 0;
	}
	block->read_flags = RWF_NOWAIT;
	return 0;
}

static void close_block(struct sl_stage *stage)
{
	struct sl_block *block = stage->private;

	sl_uring_close(&block->uring);
}

void sl_block_totals(const struct sl_stage *stage,
		     struct sl_block_totals *totals)
{
	const struct sl_block *block = stage->private;

	*totals = block->totals;
	totals->io_uring = block->uring.on;
}

static const char *const drop_reasons[] = {
	[SPACE] = "no space",
	[IO] = "input/output error",
	[OTHER] = "other",
	NULL,
};

static const char *const syncs[] = {
	[SL_BLOCK_SYNC_DATA] = "data",
	[SL_BLOCK_SYNC_FULL] = "full",
	NULL,
};

static const struct sl_option options[] = {
	{ "queue_depth", SL_OPTION_NUMBER,
	  offsetof(struct sl_block_options, queue_depth), 1, 4096, "256", NULL,
	  "cold reads and syncs in flight at most" },
	{ "sync", SL_OPTION_CHOICE, offsetof(struct sl_block_options, sync), 0,
	  0, "data", syncs,
	  "what a COMMIT makes stable: data and what finds it, or times, too" },
	{ "io_uring", SL_OPTION_BOOL,
	  offsetof(struct sl_block_options, io_uring), 0, 0, "true", NULL,
	  "cold reads and syncs through io_uring; else by blocking calls" },
	{ .name = NULL },
};

const struct sl_stage_type sl_block_stage = {
	.name = "block",
	.summary = "reads, writes and syncs open files",
	.class = SL_FLOW,
	.port = { { "callers", "block", false, false } },
	.options = options,
	.options_bytes = sizeof(struct sl_block_options),
	.private_bytes = sizeof(struct sl_block),
	.weight_ns = 400,
	.drop_reasons = drop_reasons,
	.open = open_block,
	.run = run,
	.poll = poll,
	.drain = drain,
	.close = close_block,
};
