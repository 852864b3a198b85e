// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From requests of the kernel's to calls of the "file" protocol.
 *
 * Who may do what has been found out by the kernel when a request gets here:
 * we mount with default_permissions, so it checks every name, every open() and
 * every change by the modes that we told it of, and it alone knows all groups
 * of a process.  What it allows is asked for by the pipeline itself; NFS would
 * ask again at each READ, but who has a file open may go on.  Only what is made
 * is made by its caller, for it is to be his from the first moment on, by the
 * rules of the host's directory; the kernel says of which group he is there.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "stages/fuse/fuse_stage.h"

/* As the kernel has them in open(); the second one is a part of O_SYNC. */
#define FLAG_DSYNC	010000u
#define FLAG_SYNC	04000000u

/**
 * sl_fuse_ask() - call the nfs stage
 * @fuse: the stage
 * @event: a request, its arguments set
 * @op: procedure
 *
 * Return: SL_FUSE_AWAY.
 */
int sl_fuse_ask(struct sl_fuse *fuse, struct sl_event *event, u16 op)
{
	event->op = op;
	event->flow = sl_fuse_call(event)->node;
	fuse->away++;
	sl_stage_call(fuse->stage, SL_FUSE_FILES_PORT, event);
	return SL_FUSE_AWAY;
}

/* The same of a name, which may lie anywhere; handle is set. */
int sl_fuse_ask_named(struct sl_fuse *fuse, struct sl_event *event, u16 op,
		      const u8 *name, u32 bytes)
{
	event->data = (u8 *)name;
	event->data_bytes = bytes;
	return sl_fuse_ask(fuse, event, op);
}

/* The first call of all; its event is ours. */
int sl_fuse_ask_root(struct sl_fuse *fuse)
{
	struct sl_event *event = sl_stage_take(fuse->stage);

	if (!event)
		return -ENOMEM;
	memset(sl_fuse_call(event), 0, sizeof(struct sl_fuse_call));
	sl_file(event)->caller.known = false;
	return sl_fuse_ask_named(fuse, event, SL_FILE_MOUNT,
				 sl_fuse_payload(event), 0);
}

static int look_up(struct sl_fuse *fuse, struct sl_event *event,
		   const struct sl_fuse_request *request)
{
	struct sl_fuse_call *call = sl_fuse_call(event);

	if (!sl_fuse_nodes_reserve(&fuse->nodes))
		return -ENFILE;
	call->reserved = true;
	return sl_fuse_ask_named(fuse, event, SL_FILE_LOOKUP, request->name,
				 request->name_bytes);
}

static int get_attr(struct sl_fuse *fuse, struct sl_event *event,
		    const struct sl_fuse_request *request)
{
	(void)request;
	return sl_fuse_ask(fuse, event, SL_FILE_GETATTR);
}

static int read_link(struct sl_fuse *fuse, struct sl_event *event,
		     const struct sl_fuse_request *request)
{
	(void)request;
	event->data = sl_fuse_payload(event);
	return sl_fuse_ask(fuse, event, SL_FILE_READLINK);
}

/* Nothing need be known of an open file but that it is open. */
static int open_file(struct sl_fuse *fuse, struct sl_event *event,
		     const struct sl_fuse_request *request)
{
	bool file = request->head.opcode == FUSE_OPEN;
	struct sl_fuse_node *node;

	if (file) {
		node = sl_fuse_nodes_find(&fuse->nodes, request->head.nodeid);
		node->opens++;
		fuse->nodes.opens++;
	}
	event->data_bytes = sl_fuse_put_open(fuse, sl_fuse_payload(event),
					     file);
	return SL_FUSE_ANSWER;
}

static int done(struct sl_fuse *fuse, struct sl_event *event,
		const struct sl_fuse_request *request)
{
	(void)fuse;
	(void)event;
	(void)request;
	return SL_FUSE_ANSWER;
}

static int read_file(struct sl_fuse *fuse, struct sl_event *event,
		     const struct sl_fuse_request *request)
{
	const struct fuse_read_in *in = request->in;
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_file_args *nfs = sl_file(event);

	if (in->size > fuse->payload_max || in->offset > S64_MAX)
		return -EINVAL;
	call->wanted = in->size;
	nfs->offset = in->offset;
	nfs->count = in->size;
	event->data = sl_fuse_payload(event);
	return sl_fuse_ask(fuse, event, SL_FILE_READ);
}

static u8 stable_how(u32 flags)
{
	if (!(flags & FLAG_DSYNC))
		return SL_FILE_UNSTABLE;
	return flags & FLAG_SYNC ? SL_FILE_SYNC : SL_FILE_DATA_SYNC;
}

static int write_file(struct sl_fuse *fuse, struct sl_event *event,
		      const struct sl_fuse_request *request)
{
	const struct fuse_write_in *in = request->in;
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_file_args *nfs = sl_file(event);

	if (in->size > request->rest_bytes)
		return -EINVAL;
	call->wanted = in->size;
	nfs->offset = in->offset;
	nfs->count = in->size;
	/* What the kernel writes on its own has nobody's flags. */
	nfs->stable = in->write_flags & FUSE_WRITE_CACHE
			      ? SL_FILE_UNSTABLE : stable_how(in->flags);
	event->data = request->rest;
	event->data_bytes = in->size;
	/* Where it keeps no contents, it leaves set-user-id bits to us. */
	if (unlikely(fuse->options->direct_io && request->head.uid &&
		     !(in->write_flags & FUSE_WRITE_CACHE))) {
		call->step = SL_FUSE_CHECK;
		return sl_fuse_ask(fuse, event, SL_FILE_GETATTR);
	}
	return sl_fuse_ask(fuse, event, SL_FILE_WRITE);
}

/* What fs lists lies behind what it will be made into. */
static int read_directory(struct sl_fuse *fuse, struct sl_event *event,
			  const struct sl_fuse_request *request)
{
	bool plus = request->head.opcode == FUSE_READDIRPLUS;
	const struct fuse_read_in *in = request->in;
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_file_args *nfs = sl_file(event);
	u32 half = fuse->payload_max / 2 & ~7u;

	call->room = min(in->size, half);
	nfs->offset = in->offset;
	/* So much that it is no longer than the room when it has grown. */
	nfs->count = plus ? call->room : call->room / 4 * 3;
	event->data = sl_fuse_payload(event) + half;
	return sl_fuse_ask(fuse, event, plus ? SL_FILE_READDIRPLUS
					     : SL_FILE_READDIR);
}

static int get_space(struct sl_fuse *fuse, struct sl_event *event,
		     const struct sl_fuse_request *request)
{
	(void)request;
	event->data = sl_fuse_payload(event);
	return sl_fuse_ask(fuse, event, SL_FILE_FSSTAT);
}

/* Of a file, or of a directory's names. */
static int sync_file(struct sl_fuse *fuse, struct sl_event *event,
		     const struct sl_fuse_request *request)
{
	struct sl_file_args *nfs = sl_file(event);

	(void)request;
	nfs->offset = 0;
	nfs->count = 0;
	event->data_bytes = 0;
	return sl_fuse_ask(fuse, event, SL_FILE_COMMIT);
}

static int forget(struct sl_fuse *fuse, struct sl_event *event,
		  const struct sl_fuse_request *request)
{
	const struct fuse_forget_in *in = request->in;

	(void)event;
	sl_fuse_nodes_forget(&fuse->nodes, request->head.nodeid, in->nlookup);
	return SL_FUSE_SILENCE;
}

static int forget_batch(struct sl_fuse *fuse, struct sl_event *event,
			const struct sl_fuse_request *request)
{
	const struct fuse_batch_forget_in *in = request->in;
	u32 count = request->rest_bytes / sizeof(struct fuse_forget_one);
	u32 i;

	(void)event;
	count = min(count, in->count);
	for (i = 0; i < count; i++) {
		struct fuse_forget_one one;

		memcpy(&one, request->rest + i * sizeof(one), sizeof(one));
		sl_fuse_nodes_forget(&fuse->nodes, one.nodeid, one.nlookup);
	}
	return SL_FUSE_SILENCE;
}

static int init(struct sl_fuse *fuse, struct sl_event *event,
		const struct sl_fuse_request *request)
{
	struct fuse_init_out out;
	int err = sl_fuse_init(fuse, request->in, request->in_bytes, &out);

	if (err)
		return err;
	memcpy(sl_fuse_payload(event), &out, sizeof(out));
	event->data_bytes = sizeof(out);
	return SL_FUSE_ANSWER;
}

/* Nothing here takes long, so there is nothing to be interrupted. */
static int refuse(struct sl_fuse *fuse, struct sl_event *event,
		  const struct sl_fuse_request *request)
{
	(void)fuse;
	(void)event;
	return request->head.opcode == FUSE_IOCTL ? -ENOTTY : -ENOSYS;
}

enum { ANY = 1 };	/* nodeid need not be a node */

static const struct {
	sl_fuse_op *run;
	u8 traits;
} ops[SL_FUSE_OPS] = {
	[FUSE_LOOKUP] = { look_up, 0 },
	[FUSE_FORGET] = { forget, ANY },
	[FUSE_GETATTR] = { get_attr, 0 },
	[FUSE_SETATTR] = { sl_fuse_setattr, 0 },
	[FUSE_READLINK] = { read_link, 0 },
	[FUSE_SYMLINK] = { sl_fuse_symlink, 0 },
	[FUSE_MKNOD] = { sl_fuse_mknod, 0 },
	[FUSE_MKDIR] = { sl_fuse_mkdir, 0 },
	[FUSE_UNLINK] = { sl_fuse_unlink, 0 },
	[FUSE_RMDIR] = { sl_fuse_unlink, 0 },
	[FUSE_RENAME] = { sl_fuse_rename, 0 },
	[FUSE_LINK] = { sl_fuse_link, 0 },
	[FUSE_OPEN] = { open_file, 0 },
	[FUSE_READ] = { read_file, 0 },
	[FUSE_WRITE] = { write_file, 0 },
	[FUSE_STATFS] = { get_space, 0 },
	[FUSE_RELEASE] = { sl_fuse_release, ANY },
	[FUSE_FSYNC] = { sync_file, 0 },
	[FUSE_INIT] = { init, ANY },
	[FUSE_OPENDIR] = { open_file, 0 },
	[FUSE_READDIR] = { read_directory, 0 },
	[FUSE_RELEASEDIR] = { done, ANY },
	[FUSE_FSYNCDIR] = { sync_file, 0 },
	[FUSE_CREATE] = { sl_fuse_create, 0 },
	[FUSE_INTERRUPT] = { refuse, ANY },
	[FUSE_DESTROY] = { done, ANY },
	[FUSE_IOCTL] = { refuse, ANY },
	[FUSE_BATCH_FORGET] = { forget_batch, ANY },
	[FUSE_READDIRPLUS] = { read_directory, 0 },
	[FUSE_RENAME2] = { sl_fuse_rename, 0 },
};

static int begin(struct sl_fuse *fuse, struct sl_event *event,
		 const struct sl_fuse_request *request)
{
	struct sl_file_args *nfs = sl_file(event);
	const struct sl_fuse_node *node;

	if (ops[request->head.opcode].traits & ANY)
		return ops[request->head.opcode].run(fuse, event, request);
	node = sl_fuse_nodes_find(&fuse->nodes, request->head.nodeid);
	if (!node) {
		sl_stage_drop(fuse->stage, SL_FUSE_DROP_NODE);
		return -ESTALE;
	}
	nfs->handle = node->handle;
	nfs->caller.known = false;
	return ops[request->head.opcode].run(fuse, event, request);
}

/* Once in a life is enough to tell people what they can do about it. */
static void complain_of_nodes(struct sl_fuse *fuse)
{
	sl_stage_drop(fuse->stage, SL_FUSE_DROP_FULL);
	if (fuse->complained)
		return;
	fuse->complained = true;
	sl_stage_log(fuse->stage, "the kernel knows %u files already; what is beyond gets 'Too many open files in system', so raise nodes",
		     fuse->nodes.count);
}

/**
 * sl_fuse_begin() - see to a request
 * @fuse: the stage
 * @event: its event; the transport has set way, queue, commit_id
 * @request: what it is
 * @err: what was found wrong with it already, else 0
 */
void sl_fuse_begin(struct sl_fuse *fuse, struct sl_event *event,
		   const struct sl_fuse_request *request, int err)
{
	struct sl_fuse_call *call = sl_fuse_call(event);

	call->unique = request->head.unique;
	call->node = request->head.nodeid;
	call->opcode = request->head.opcode;
	call->aside = 0;
	call->moved = 0;
	call->step = SL_FUSE_ONLY;
	call->reserved = call->again = false;
	event->op = 0;
	event->data_bytes = 0;
	if (unlikely(err))
		sl_stage_drop(fuse->stage, err == -ENOSYS ? SL_FUSE_DROP_UNKNOWN
							  : SL_FUSE_DROP_BAD);
	else
		err = begin(fuse, event, request);
	if (err == SL_FUSE_AWAY)
		return;
	if (unlikely(err == -ENFILE))
		complain_of_nodes(fuse);
	sl_fuse_send(fuse, event, err, err ? 0 : event->data_bytes);
}
