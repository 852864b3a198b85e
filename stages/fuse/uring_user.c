// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Requests and replies through io_uring, where the kernel has that (Linux
 * 6.14, and /sys/module/fuse/parameters/enable_uring).
 *
 * The kernel keeps a queue for each CPU that there could be.  An event is told
 * to one of them once; then the kernel puts a request into its buffer and
 * completes, we put the reply where the request was and ask for the next one,
 * and that is one system call for all replies of a batch.  What is forgotten
 * and interrupted still comes from /dev/fuse.
 *
 * The kernel copies when the thread that asked is next within the kernel, so
 * there must be one (COOP_TASKRUN); the flag that says so is looked at.
 */
#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/bug.h>
#include <linux/kernel.h>

#include "membank/region.h"
#include "stages/fuse/fuse_user.h"

#define PARAMETER	"/sys/module/fuse/parameters/enable_uring"
#define POSSIBLE	"/sys/devices/system/cpu/possible"
#define EVENTS_LEFT	8	/* at least, for /dev/fuse and ourselves */

struct sl_fuse_uring {
	struct io_uring ring;
	u32 queues;
	u32 depth;		/* events of each */
	u32 pending;		/* entries that are not submitted */
	bool running;
	bool failed;		/* that was said */
};

/* How many CPUs "0-3,8" is. */
static u32 count_cpus(const char *list)
{
	u32 count = 0;
	int used;

	while (*list >= '0' && *list <= '9') {
		unsigned int from, to;

		if (sscanf(list, "%u%n", &from, &used) != 1)
			break;
		list += used;
		to = from;
		if (*list == '-' && sscanf(++list, "%u%n", &to, &used) == 1)
			list += used;
		count += to >= from ? to - from + 1 : 0;
		if (*list == ',')
			list++;
	}
	return count;
}

static bool read_line(const char *path, char *line, int bytes)
{
	FILE *file = fopen(path, "re");
	bool there = file && fgets(line, bytes, file);

	if (file)
		fclose(file);
	return there;
}

/* Returns NULL if it can be used, or why not. */
static const char *why_not(const struct sl_fuse *fuse, u32 *queues)
{
	char line[4096];

	if (fuse->stage->guarded)
		return "an isolated stage's events are not for the kernel to write to";
	if (!read_line(PARAMETER, line, sizeof(line)))
		return "the kernel has no " PARAMETER;
	if (*line != 'Y')
		return PARAMETER " is not Y";
	*queues = read_line(POSSIBLE, line, sizeof(line)) ? count_cpus(line)
							  : 0;
	if (!*queues)
		return "the kernel does not say how many CPUs there could be";
	if (fuse->stage->bank->event_count < *queues + EVENTS_LEFT)
		return "it takes an event for each CPU that there could be; raise events";
	return NULL;
}

/**
 * sl_fuse_uring_open() - make a ring if requests are to come by one
 * @fuse: the stage, not mounted yet
 *
 * Return: 0, also if they come from /dev/fuse; or a negative errno when the
 * reason has been said.
 */
int sl_fuse_uring_open(struct sl_fuse *fuse)
{
	u32 count = fuse->stage->bank->event_count;
	u64 option = fuse->options->uring;
	struct sl_fuse_uring *uring;
	const char *reason;
	u32 queues = 0;
	int err;

	if (option == SL_FUSE_URING_OFF)
		return 0;
	reason = why_not(fuse, &queues);
	uring = reason ? NULL : sl_region_carve(fuse->stage->region,
						sizeof(*uring));
	if (!reason && !uring)
		reason = "no memory";
	if (!reason) {
		err = io_uring_queue_init(count, &uring->ring,
					  IORING_SETUP_SQE128 |
					  IORING_SETUP_COOP_TASKRUN |
					  IORING_SETUP_TASKRUN_FLAG);
		if (err)
			reason = strerror(-err);
	}
	if (reason) {
		sl_stage_log(fuse->stage, "requests come from /dev/fuse, not by io_uring: %s",
			     reason);
		return option == SL_FUSE_URING_ON ? -EOPNOTSUPP : 0;
	}
	uring->queues = queues;
	uring->depth = (count - EVENTS_LEFT) / queues;
	err = sl_stage_watch(fuse->stage, uring->ring.ring_fd);
	if (err) {
		io_uring_queue_exit(&uring->ring);
		return err;
	}
	fuse->uring = uring;
	return 0;
}

void sl_fuse_uring_close(struct sl_fuse *fuse)
{
	if (fuse->uring)
		io_uring_queue_exit(&fuse->uring->ring);
	fuse->uring = NULL;
}

/* Asks for a request to be put into an event, and brings the reply if any. */
static void command(struct sl_fuse *fuse, struct sl_event *event, u32 what)
{
	struct sl_fuse_uring *uring = fuse->uring;
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_fuse_uring_command *command;
	struct io_uring_sqe *sqe;

	/* As many as there are events, so there is one. */
	sqe = io_uring_get_sqe(&uring->ring);
	if (WARN_ON_ONCE(!sqe))
		return;
	memset(sqe, 0, 2 * sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = sl_fuse_mount_fd(fuse->mount);
	sqe->cmd_op = what;
	sqe->user_data = (unsigned long)event;
	if (what == SL_FUSE_URING_REGISTER) {
		sqe->addr = (unsigned long)call->place;
		sqe->len = 2;
	}
	command = (void *)sqe->cmd;
	command->commit_id = call->commit_id;
	command->queue = call->queue;
	uring->pending++;
}

static void enlist(struct sl_fuse *fuse, struct sl_event *event, u32 queue)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct iovec place[2] = {
		{ event->buffer + SL_FUSE_HEADS_AT,
		  sizeof(struct sl_fuse_uring_heads) },
		{ sl_fuse_payload(event), fuse->payload_max },
	};

	static_assert(sizeof(place) == sizeof(call->place), "it fits");
	memset(call, 0, sizeof(*call));
	memcpy(call->place, place, sizeof(place));
	call->way = SL_FUSE_URING;
	call->queue = queue;
	command(fuse, event, SL_FUSE_URING_REGISTER);
}

/**
 * sl_fuse_uring_start() - give the kernel events for requests
 * @fuse: the stage, of which the kernel has heard that it wants to
 *
 * Until each queue has one, nobody's request goes on.
 */
void sl_fuse_uring_start(struct sl_fuse *fuse)
{
	struct sl_fuse_uring *uring = fuse->uring;
	u32 i;

	if (!fuse->by_uring || uring->running)
		return;
	uring->running = true;
	for (i = 0; i < uring->queues * uring->depth; i++) {
		struct sl_event *event = sl_stage_take(fuse->stage);

		if (!event)
			break;
		enlist(fuse, event, i % uring->queues);
	}
	sl_fuse_uring_flush(fuse);
}

void sl_fuse_uring_flush(struct sl_fuse *fuse)
{
	struct sl_fuse_uring *uring = fuse->uring;

	if (!uring || !uring->pending)
		return;
	uring->pending = 0;
	io_uring_submit(&uring->ring);
}

/* The kernel will not put requests into it any more. */
static void retire(struct sl_fuse *fuse, struct sl_event *event, int error)
{
	struct sl_fuse_uring *uring = fuse->uring;

	sl_stage_free(fuse->stage, event);
	if (uring->failed || fuse->gone || fuse->ending ||
	    error == -ENOTCONN || error == -ECANCELED || error == -ECONNABORTED)
		return;
	uring->failed = true;
	sl_stage_log(fuse->stage, "requests do not come by io_uring: %s",
		     strerror(-error));
}

static void begin(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_uring_heads *heads =
		(void *)(event->buffer + SL_FUSE_HEADS_AT);
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_fuse_request request;
	int err;

	call->commit_id = heads->commit_id;
	event->depth = 0;
	event->status = 0;
	err = sl_fuse_request_gather(&request, heads, sl_fuse_payload(event),
				     fuse->payload_max);
	sl_fuse_begin(fuse, event, &request, err);
}

/**
 * sl_fuse_uring_poll() - take what requests have come
 * @fuse: the stage, mounted
 *
 * Return: how many there were.
 */
u32 sl_fuse_uring_poll(struct sl_fuse *fuse)
{
	struct sl_fuse_uring *uring = fuse->uring;
	struct io_uring_cqe *cqe[SL_BATCH_MAX];
	u32 n, i;

	if (!uring || !uring->running)
		return 0;
	n = io_uring_peek_batch_cqe(&uring->ring, cqe, SL_BATCH_MAX);
	for (i = 0; i < n; i++) {
		struct sl_event *event =
			(void *)(unsigned long)cqe[i]->user_data;

		if (unlikely(cqe[i]->res < 0))
			retire(fuse, event, cqe[i]->res);
		else
			begin(fuse, event);
	}
	io_uring_cq_advance(&uring->ring, n);
	sl_fuse_uring_flush(fuse);
	return n;
}

/* Would sl_fuse_uring_poll() find anything? */
bool sl_fuse_uring_ready(const struct sl_fuse *fuse)
{
	const struct sl_fuse_uring *uring = fuse->uring;

	return uring && uring->running &&
	       (io_uring_cq_ready(&uring->ring) ||
		READ_ONCE(*uring->ring.sq.kflags) & IORING_SQ_TASKRUN);
}

/**
 * sl_fuse_uring_send() - reply to a request, and ask for another one
 * @fuse: the stage
 * @event: the request; the kernel's from now on
 * @error: a fate or a negative errno
 * @payload_bytes: of the reply, at the payload
 */
void sl_fuse_uring_send(struct sl_fuse *fuse, struct sl_event *event,
			int error, u32 payload_bytes)
{
	struct sl_fuse_uring_heads *heads =
		(void *)(event->buffer + SL_FUSE_HEADS_AT);
	const struct sl_fuse_call *call = sl_fuse_call(event);
	struct fuse_out_header head = {
		.len = sizeof(head) + payload_bytes,
		.error = error < 0 ? error : 0,
		.unique = call->unique,
	};

	memcpy(heads->message, &head, sizeof(head));
	heads->flags = 0;
	heads->payload_bytes = payload_bytes;
	command(fuse, event, SL_FUSE_URING_COMMIT_AND_FETCH);
}
