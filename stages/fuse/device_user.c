// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Requests by read() from /dev/fuse, replies by writev() to it.
 *
 * A read brings one request, and with nothing there costs a system call for
 * nothing.  So more than one are tried for only as long as there were as many
 * each time: a single program that waits for each answer pays for one.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "stages/fuse/fuse_user.h"

/* Turns without a look where all but forgetting comes by io_uring. */
#define REST_TURNS	64

/*
 * Nothing is mounted any more.  A process that waits for a signal to stop,
 * as sluice run does, need not wait any longer.
 */
static void take_end(struct sl_fuse *fuse)
{
	sigset_t blocked;

	fuse->gone = true;
	if (fuse->ending)
		return;
	sl_stage_log(fuse->stage, "%s was unmounted by somebody else",
		     fuse->options->mountpoint);
	if (!pthread_sigmask(SIG_BLOCK, NULL, &blocked) &&
	    sigismember(&blocked, SIGTERM) == 1)
		kill(getpid(), SIGTERM);
}

/* Returns how many bytes there are, or 0 if there is nothing. */
static u32 receive(struct sl_fuse *fuse, struct sl_event *event)
{
	u8 *message = event->buffer + SL_FUSE_MESSAGE_AT;
	u32 room = event->data_max - SL_FUSE_MESSAGE_AT;
	ssize_t n;

	/* A request that was given up while it was read: there may be more. */
	do
		n = read(sl_fuse_mount_fd(fuse->mount), message, room);
	while (n < 0 && (errno == EINTR || errno == ENOENT));
	if (n < 0 && errno == ENODEV)
		take_end(fuse);
	return n < 0 ? 0 : n;
}

static void begin(struct sl_fuse *fuse, struct sl_event *event, u32 bytes)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_fuse_request request;
	int err;

	call->way = SL_FUSE_DEVICE;
	err = sl_fuse_request_read(&request, event->buffer +
					     SL_FUSE_MESSAGE_AT, bytes);
	if (unlikely(err == -EBADMSG)) {
		sl_stage_drop(fuse->stage, SL_FUSE_DROP_BAD);
		sl_stage_free(fuse->stage, event);
		return;
	}
	sl_fuse_begin(fuse, event, &request, err);
}

/**
 * sl_fuse_device_poll() - take requests from /dev/fuse
 * @fuse: the stage, mounted
 *
 * Return: how many there were.
 */
u32 sl_fuse_device_poll(struct sl_fuse *fuse)
{
	u32 limit = sl_stage_share(fuse->stage, fuse->window);
	u32 count;

	if (fuse->rest) {
		fuse->rest--;
		return 0;
	}
	for (count = 0; count < limit && !fuse->gone; count++) {
		struct sl_event *event = sl_stage_take(fuse->stage);
		u32 bytes;

		if (!event)
			break;
		bytes = receive(fuse, event);
		if (!bytes) {
			sl_stage_free(fuse->stage, event);
			break;
		}
		begin(fuse, event, bytes);
	}
	if (count == limit && fuse->busy)
		fuse->window = min_t(u32, limit * 2, SL_BATCH_MAX);
	else
		fuse->window = count ?: 1;
	fuse->busy = count == limit;
	if (fuse->by_uring && !count)
		fuse->rest = REST_TURNS;
	return count;
}

/**
 * sl_fuse_device_send() - reply to a request
 * @fuse: the stage
 * @event: the request; it goes home
 * @error: a fate or a negative errno
 * @payload_bytes: of the reply, at the payload
 */
void sl_fuse_device_send(struct sl_fuse *fuse, struct sl_event *event,
			 int error, u32 payload_bytes)
{
	const struct sl_fuse_call *call = sl_fuse_call(event);
	struct fuse_out_header head = {
		.len = sizeof(head) + payload_bytes,
		.error = error < 0 ? error : 0,
		.unique = call->unique,
	};
	struct iovec part[2] = {
		{ &head, sizeof(head) },
		{ sl_fuse_payload(event), payload_bytes },
	};
	bool start = call->opcode == FUSE_INIT && !error;
	ssize_t n = 0;

	if (error != SL_FUSE_SILENCE)
		do
			n = writev(sl_fuse_mount_fd(fuse->mount), part,
				   payload_bytes ? 2 : 1);
		while (n < 0 && errno == EINTR);
	if (unlikely(n < 0) && !error)
		sl_fuse_undo(fuse, event);
	sl_stage_free(fuse->stage, event);
	if (unlikely(start))
		sl_fuse_uring_start(fuse);
}
