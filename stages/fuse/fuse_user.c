// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * fuse: mounts the pipeline's files on this machine.
 *
 * Right port "files" (file): who answers.  The kernel's requests become calls
 * of the "file" protocol in place, each in an event of the bank, and the
 * answers replies, in any order.  With no event left requests wait in the
 * kernel.  libfuse mounts and unmounts, as people know it; the protocol is
 * ours, for requests are answered when the pipeline has done them, and with
 * nothing allocated meanwhile.
 *
 * There is one for a mount: numbers of files are its own, so it may not be
 * replicated.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fuse/fuse_user.h"
#include "stages/stages.h"

#define PAGE_BYTES	4096u

void sl_fuse_send(struct sl_fuse *fuse, struct sl_event *event, int error,
		  u32 payload_bytes)
{
	if (error < 0 && (error != -ENOSYS || event->op))
		error = sl_fuse_error(error);
	if (sl_fuse_call(event)->way == SL_FUSE_URING)
		sl_fuse_uring_send(fuse, event, error, payload_bytes);
	else
		sl_fuse_device_send(fuse, event, error, payload_bytes);
}

static int check_options(struct sl_stage *stage)
{
	const struct sl_fuse_options *options = stage->options;
	struct sl_fuse *fuse = stage->private;
	u32 room;

	if (stage->replica_count > 1) {
		sl_stage_log(stage, "a mount has one stage; give it one core");
		return -EINVAL;
	}
	room = stage->bank ? stage->bank->event_bytes -
			     sizeof(struct sl_event) : 0;
	if (room < SL_FUSE_PAYLOAD_AT + options->max_write ||
	    stage->bank->event_count < 4) {
		sl_stage_log(stage, "events must be 4 or more, event_bytes %llu or more for a max_write of %llu",
			     (unsigned long long)options->max_write +
			     SL_FUSE_PAYLOAD_AT,
			     (unsigned long long)options->max_write);
		return -EINVAL;
	}
	fuse->stage = stage;
	fuse->options = options;
	fuse->max_write = options->max_write & ~(PAGE_BYTES - 1);
	fuse->payload_max = (room - SL_FUSE_PAYLOAD_AT) & ~7u;
	fuse->window = 1;
	return 0;
}

static int fuse_open(struct sl_stage *stage)
{
	const struct sl_fuse_options *options = stage->options;
	struct sl_fuse *fuse = stage->private;
	int err = check_options(stage);

	if (err)
		return err;
	if (getrandom(&fuse->salt, sizeof(fuse->salt), 0) !=
	    sizeof(fuse->salt))
		return -EIO;
	err = sl_fuse_nodes_open(&fuse->nodes, stage->region, options->nodes);
	if (err) {
		sl_stage_log(stage, "no memory for %llu nodes",
			     (unsigned long long)options->nodes);
		return err;
	}
	err = sl_fuse_place_check(stage);
	if (!err)
		err = sl_fuse_uring_open(fuse);
	if (err)
		return err;
	fuse->mount = sl_fuse_mount_open(stage);
	if (IS_ERR(fuse->mount)) {
		sl_fuse_uring_close(fuse);
		return PTR_ERR(fuse->mount);
	}
	return 0;
}

static u32 fuse_poll(struct sl_stage *stage)
{
	struct sl_fuse *fuse = stage->private;
	u32 count;

	if (unlikely(!fuse->rooted)) {
		if (fuse->asked)
			return 0;
		fuse->asked = !sl_fuse_ask_root(fuse);
		return fuse->asked;
	}
	count = sl_fuse_uring_poll(fuse);
	if (likely(!fuse->gone))
		count += sl_fuse_device_poll(fuse);
	return count;
}

static u32 fuse_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct sl_fuse *fuse = stage->private;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++)
		sl_fuse_answered(fuse, batch->event[i]);
	sl_fuse_uring_flush(fuse);
	return batch->count;
}

/* Descriptors ring by themselves; but what has come before need not ring. */
static bool fuse_doze(struct sl_stage *stage, bool asleep)
{
	struct sl_fuse *fuse = stage->private;

	fuse->rest = 0;
	return asleep && sl_fuse_uring_ready(fuse);
}

enum { RUNNING, UNMOUNTING, CLEARING };

/*
 * Programs that use the mount go on until it is unmounted: what they have
 * written into memory of files is written on the way.  If it is in use, it
 * ends all the same when close() takes it away.
 */
static bool fuse_drain(struct sl_stage *stage)
{
	struct sl_fuse *fuse = stage->private;

	if (fuse->ending == RUNNING) {
		fuse->ending = UNMOUNTING;
		if (!fuse->gone)
			sl_fuse_mount_end(fuse->mount);
	}
	if (fuse->ending == UNMOUNTING) {
		if (!fuse->gone && sl_fuse_mount_state(fuse->mount) ==
				   SL_FUSE_MOUNTED)
			return false;
		fuse->ending = CLEARING;
	}
	return sl_fuse_clear_all(fuse) && !fuse->away;
}

static void fuse_close(struct sl_stage *stage)
{
	struct sl_fuse *fuse = stage->private;

	/* First, for it keeps the connection, and so the mount, alive. */
	sl_fuse_uring_close(fuse);
	sl_fuse_mount_close(fuse->mount);
}

#define OFFSET(field) offsetof(struct sl_fuse_options, field)

static const char *const urings[] = {
	[SL_FUSE_URING_AUTO] = "auto",
	[SL_FUSE_URING_ON] = "on",
	[SL_FUSE_URING_OFF] = "off",
	NULL,
};

static const struct sl_option options[] = {
	{ "mountpoint", SL_OPTION_PATH, OFFSET(mountpoint), 0, 0, NULL, NULL,
	  "directory to mount on, outside of the export" },
	{ "fsname", SL_OPTION_STRING, OFFSET(fsname), 0, 0, "sluice", NULL,
	  "what the mount is called in df and mount" },
	{ "allow_other", SL_OPTION_BOOL, OFFSET(allow_other), 0, 0, "false",
	  NULL, "all users may use the mount, as far as modes allow" },
	{ "entry_timeout", SL_OPTION_DURATION, OFFSET(entry_timeout_ns), 0,
	  3600000000000ull, "1s", NULL,
	  "how long the kernel may take a name for what it was" },
	{ "attr_timeout", SL_OPTION_DURATION, OFFSET(attr_timeout_ns), 0,
	  3600000000000ull, "1s", NULL,
	  "how long the kernel may take attributes and contents for what they were" },
	{ "direct_io", SL_OPTION_BOOL, OFFSET(direct_io), 0, 0, "false", NULL,
	  "the kernel keeps no contents of files" },
	{ "max_write", SL_OPTION_BYTES, OFFSET(max_write), 4096, 1 << 20,
	  "128K", NULL, "most that one READ or WRITE of the kernel's moves" },
	{ "uring", SL_OPTION_CHOICE, OFFSET(uring), 0, 0, "auto", urings,
	  "requests by io_uring; auto: where the kernel allows it" },
	{ "nodes", SL_OPTION_NUMBER, OFFSET(nodes), 16, 1 << 26, "262144",
	  NULL, "files that the kernel may know at once" },
	{ .name = NULL },
};

static const char *const drop_reasons[] = {
	[SL_FUSE_DROP_BAD] = "bad request",
	[SL_FUSE_DROP_UNKNOWN] = "unknown request",
	[SL_FUSE_DROP_NODE] = "unknown file",
	[SL_FUSE_DROP_FULL] = "too many files",
	[SL_FUSE_DROP_FAILED] = "failed",
	[SL_FUSE_DROP_GONE] = "given up",
	NULL,
};

const struct sl_stage_type sl_fuse_stage = {
	.name = "fuse",
	.summary = "mounts the pipeline's files on this machine",
	.class = SL_SERIAL,
	.port = {
		[SL_FUSE_FILES_PORT] = { "files", "file", true, false },
	},
	.options = options,
	.options_bytes = sizeof(struct sl_fuse_options),
	.private_bytes = sizeof(struct sl_fuse),
	.events = 128,
	.event_bytes = SL_FUSE_PAYLOAD_AT + (128 << 10),
	.weight_ns = 2000,
	.own_requests = true,
	.drop_reasons = drop_reasons,
	.open = fuse_open,
	.run = fuse_run,
	.poll = fuse_poll,
	.doze = fuse_doze,
	.drain = fuse_drain,
	.close = fuse_close,
};
