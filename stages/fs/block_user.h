/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the block stage share. */
#ifndef SL_BLOCK_USER_H
#define SL_BLOCK_USER_H

#include <liburing.h>
#include <sys/uio.h>

#include <linux/types.h>

#include "stages/fs/fs.h"
#include "stages/stage.h"

/* Where a read goes first, if not straight to its event. */
struct sl_staged {
	struct sl_staged *next;	/* of the free ones */
	struct sl_event *event;
	u8 *memory;
};

/* io_uring, for what would block: cold reads and syncs. */
struct sl_uring {
	struct io_uring ring;
	bool on;		/* else everything is done by blocking calls */
	int bell;		/* eventfd that completions ring */
	u32 depth;
	u32 in_flight;
	u64 answered_ns;	/* when the bell was last looked at */
	struct sl_staged *staged;	/* as many as depth; NULL: none */
	struct sl_staged *free;
	u8 *staging;		/* the memory of all of them */
};

/*
 * The syncs of one file.  Whoever asks while one is in flight waits for the
 * next: the one in flight may have passed over what was written since.
 */
struct sl_sync {
	s32 fd;
	bool ready;		/* on the list of those to begin */
	bool full;		/* the next one: times, too (fsync) */
	struct sl_fifo flying;
	struct sl_fifo waiting;
	struct sl_sync *next;	/* in its bucket, or of the free ones */
	struct sl_sync *next_ready;
};

struct sl_syncs {
	struct sl_sync *free;
	struct sl_sync **bucket;
	u32 bucket_mask;
	u32 used;
	struct sl_sync *ready;	/* to begin when the batch is done */
	struct sl_sync **ready_end;
	u32 waiting;		/* events */
};

/* WRITEs of a batch that follow each other: one system call. */
struct sl_run {
	s32 fd;
	u32 count;
	u64 from;
	u64 to;
	struct sl_event *event[SL_BATCH_MAX];
	struct iovec part[SL_BATCH_MAX];
};

/* Several clients, or one in several places, write side by side. */
#define SL_RUNS		4

struct sl_block {
	struct sl_stage *stage;
	const struct sl_block_options *options;
	int read_flags;		/* RWF_NOWAIT, while the file system knows it */
	struct sl_uring uring;
	struct sl_syncs syncs;
	struct sl_run run[SL_RUNS];
	u32 next_run;		/* that is given up if all are in use */
	u64 turn_ns;		/* which turn it is, */
	u64 turn_bytes;		/* and what it has read */
	struct sl_block_totals totals;
};

/* uring_user.c */
int sl_uring_open(struct sl_uring *uring, struct sl_stage *stage, u32 depth);
void sl_uring_close(struct sl_uring *uring);
void sl_uring_read(struct sl_uring *uring, struct sl_event *event);
void sl_uring_sync(struct sl_uring *uring, struct sl_sync *sync, bool full);
void sl_uring_submit(struct sl_uring *uring);
u32 sl_uring_poll(struct sl_block *block);

static inline bool sl_uring_full(const struct sl_uring *uring)
{
	return uring->in_flight >= uring->depth;
}

/* sync_user.c */
int sl_syncs_open(struct sl_block *block, u32 count);
void sl_syncs_join(struct sl_block *block, struct sl_event *event, bool full);
void sl_syncs_begin(struct sl_block *block);
void sl_syncs_end(struct sl_block *block, struct sl_sync *sync, int error);

/* writes_user.c */
void sl_writes_add(struct sl_block *block, struct sl_event *event);
void sl_writes_flush(struct sl_block *block);
void sl_writes_flush_file(struct sl_block *block, s32 fd);

/* block_user.c */
void sl_block_read_end(struct sl_block *block, struct sl_event *event, int got);
void sl_block_reply(struct sl_block *block, struct sl_event *event, int error);

#endif /* SL_BLOCK_USER_H */
