// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "stages/fs/block_user.h"

/*
 * Reading the bell costs as much as a small read of a file, and nobody needs
 * it while the core is awake; but one that goes on ringing lets no core sleep.
 */
#define BELL_NS	100000u

/* The lowest bits of user_data tell syncs and staged reads from others. */
#define SYNC	1ul
#define STAGED	2ul
#define KINDS	3ul

/* A staged read gets so much at once. */
#define STAGED_BYTES	((size_t)64 << 10)

/*
 * Of an isolated stage the kernel may not write to events: when a read is
 * complete it has the rights of whichever stage, or thread of its own, it then
 * happens to interrupt.  So what is read goes where everybody may, and is
 * copied; it has been waited for much longer.
 */
static int open_staging(struct sl_uring *uring, u32 depth)
{
	size_t bytes = depth * STAGED_BYTES;
	u32 i;

	uring->staged = calloc(depth, sizeof(*uring->staged));
	if (!uring->staged)
		return -ENOMEM;
	uring->staging = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			      0);
	if (uring->staging == MAP_FAILED) {
		free(uring->staged);
		uring->staged = NULL;
		return -ENOMEM;
	}
	for (i = 0; i < depth; i++) {
		uring->staged[i].memory = uring->staging + i * STAGED_BYTES;
		uring->staged[i].next = uring->free;
		uring->free = &uring->staged[i];
	}
	return 0;
}

static void close_staging(struct sl_uring *uring)
{
	if (!uring->staged)
		return;
	munmap(uring->staging, uring->depth * STAGED_BYTES);
	free(uring->staged);
	uring->staged = NULL;
}

/**
 * sl_uring_open() - make a ring whose completions wake the stage's core
 * @uring: where to put it
 * @stage: the block stage
 * @depth: requests in flight at most
 *
 * Not tied to the calling thread: another one will run the stage.
 *
 * Return: 0 or a negative errno; -EPERM or -ENOSYS in many containers.
 */
int sl_uring_open(struct sl_uring *uring, struct sl_stage *stage, u32 depth)
{
	int err = io_uring_queue_init(depth, &uring->ring, 0);

	if (err < 0)
		return err;
	uring->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (uring->bell < 0) {
		err = -errno;
		goto err_ring;
	}
	err = io_uring_register_eventfd(&uring->ring, uring->bell);
	if (!err)
		err = sl_stage_watch(stage, uring->bell);
	if (!err && stage->guarded)
		err = open_staging(uring, depth);
	if (err)
		goto err_bell;
	uring->depth = depth;
	uring->in_flight = 0;
	uring->on = true;
	return 0;
err_bell:
	close(uring->bell);
err_ring:
	io_uring_queue_exit(&uring->ring);
	return err;
}

void sl_uring_close(struct sl_uring *uring)
{
	if (!uring->on)
		return;
	io_uring_queue_exit(&uring->ring);
	close(uring->bell);
	close_staging(uring);
	uring->on = false;
}

/* There is always one: no more are in flight than the ring has. */
static struct io_uring_sqe *take(struct sl_uring *uring)
{
	uring->in_flight++;
	return io_uring_get_sqe(&uring->ring);
}

/**
 * sl_uring_read() - read what a READ has not got yet
 * @uring: a ring that is not full
 * @event: the READ; it comes back by sl_block_read_end()
 */
void sl_uring_read(struct sl_uring *uring, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);
	struct io_uring_sqe *sqe = take(uring);
	struct sl_staged *staged = uring->free;
	u64 at = nfs->offset + nfs->done;
	u32 left = nfs->count - nfs->done;

	if (!uring->staged) {
		io_uring_prep_read(sqe, nfs->fd, event->data + nfs->done, left,
				   at);
		io_uring_sqe_set_data64(sqe, (unsigned long)event);
		return;
	}
	/* As many as may be in flight, so there is one. */
	uring->free = staged->next;
	staged->event = event;
	io_uring_prep_read(sqe, nfs->fd, staged->memory,
			   min((size_t)left, STAGED_BYTES), at);
	io_uring_sqe_set_data64(sqe, (unsigned long)staged | STAGED);
}

/* What a staged read has got goes to its event. */
static struct sl_event *unstage(struct sl_uring *uring,
				struct sl_staged *staged, int got)
{
	struct sl_event *event = staged->event;

	if (got > 0)
		memcpy(event->data + sl_file(event)->done, staged->memory, got);
	staged->next = uring->free;
	uring->free = staged;
	return event;
}

static void end(struct sl_block *block, u64 data, int got)
{
	void *what = (void *)(data & ~KINDS);

	if (data & SYNC)
		sl_syncs_end(block, what, got);
	else if (data & STAGED)
		sl_block_read_end(block, unstage(&block->uring, what, got),
				  got);
	else
		sl_block_read_end(block, what, got);
}

/**
 * sl_uring_sync() - begin a sync
 * @uring: a ring that is not full
 * @sync: the sync; it comes back by sl_syncs_end()
 * @full: times, too
 */
void sl_uring_sync(struct sl_uring *uring, struct sl_sync *sync, bool full)
{
	struct io_uring_sqe *sqe = take(uring);

	io_uring_prep_fsync(sqe, sync->fd, full ? 0 : IORING_FSYNC_DATASYNC);
	io_uring_sqe_set_data64(sqe, (unsigned long)sync | SYNC);
}

/* What the kernel does not take now, for lack of memory, it gets next turn. */
void sl_uring_submit(struct sl_uring *uring)
{
	if (uring->on && io_uring_sq_ready(&uring->ring))
		io_uring_submit(&uring->ring);
}

/**
 * sl_uring_poll() - take in what is complete
 * @block: the stage
 *
 * Return: how many requests were.
 */
u32 sl_uring_poll(struct sl_block *block)
{
	struct sl_uring *uring = &block->uring;
	u64 now_ns = block->stage->now_ns;
	struct io_uring_cqe *cqe;
	u32 count = 0;
	u32 head;
	u64 rung;

	if (!uring->on)
		return 0;
	io_uring_for_each_cqe(&uring->ring, head, cqe)
	{
		uring->in_flight--;
		count++;
		end(block, cqe->user_data, cqe->res);
	}
	io_uring_cq_advance(&uring->ring, count);

	if (count || now_ns - uring->answered_ns > BELL_NS) {
		uring->answered_ns = now_ns;
		if (read(uring->bell, &rung, sizeof(rung)) < 0)
			return count;	/* EAGAIN: it does not ring */
	}
	return count;
}
