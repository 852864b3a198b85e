// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* From answers of the nfs stage to replies of the kernel's. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/fuse/fuse_stage.h"

static int give(struct sl_event *event, u32 payload_bytes)
{
	event->data_bytes = payload_bytes;
	return SL_FUSE_ANSWER;
}

static int reply_entry(struct sl_fuse *fuse, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);
	u32 opcode = sl_fuse_call(event)->opcode;
	u32 bytes;

	bytes = sl_fuse_put_entry(fuse, sl_fuse_payload(event),
				  opcode == FUSE_LINK ? &nfs->handle
						      : &nfs->object,
				  &nfs->attr);
	/* A place was kept for it, but for one that was there already. */
	return bytes ? give(event, bytes) : -ENFILE;
}

static int reply_create(struct sl_fuse *fuse, struct sl_event *event)
{
	int fate = reply_entry(fuse, event);
	u8 *payload = sl_fuse_payload(event);
	struct sl_fuse_node *node;

	if (fate)
		return fate;
	node = sl_fuse_nodes_find(&fuse->nodes,
				  ((struct fuse_entry_out *)payload)->nodeid);
	node->opens++;
	fuse->nodes.opens++;
	event->data_bytes += sl_fuse_put_open(fuse,
					      payload + event->data_bytes,
					      true);
	return SL_FUSE_ANSWER;
}

static int reply_attr(struct sl_fuse *fuse, struct sl_event *event)
{
	const struct sl_fuse_node *node;

	node = sl_fuse_nodes_find(&fuse->nodes, sl_fuse_call(event)->node);
	if (!node || !sl_file(event)->has_attr)
		return -ESTALE;
	return give(event, sl_fuse_put_attr(fuse, sl_fuse_payload(event), node,
					    &sl_file(event)->attr));
}

/* The kernel takes less than it wanted for the end of the file. */
static int reply_read(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_file_args *nfs = sl_file(event);

	call->moved += nfs->count;
	if (likely(nfs->eof || call->moved >= call->wanted || !nfs->count))
		return give(event, call->moved);
	nfs->offset += nfs->count;
	nfs->count = call->wanted - call->moved;
	event->data = sl_fuse_payload(event) + call->moved;
	return sl_fuse_ask(fuse, event, SL_FILE_READ);
}

/*
 * Data that is not synced may be lost when the verifier changes.  NFS clients
 * write it again; we have it no more, so whoever syncs the file is told.
 */
static void note_write(struct sl_fuse *fuse, const struct sl_event *event)
{
	const struct sl_fuse_call *call = (const void *)event->buffer;
	const struct sl_file_args *nfs = (const void *)event->args;
	struct sl_fuse_node *node = sl_fuse_nodes_find(&fuse->nodes,
						       call->node);

	if (unlikely(!node) || nfs->stable)
		return;
	if (node->unsynced && node->verifier != nfs->verifier)
		node->lost = true;
	node->verifier = nfs->verifier;
	node->unsynced = true;
}

static int reply_write(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_file_args *nfs = sl_file(event);
	struct fuse_write_out *out = (void *)sl_fuse_payload(event);

	note_write(fuse, event);
	call->moved += nfs->count;
	if (unlikely(call->moved < call->wanted && nfs->count)) {
		nfs->offset += nfs->count;
		nfs->count = call->wanted - call->moved;
		return sl_fuse_ask_named(fuse, event, SL_FILE_WRITE,
					 event->data +
					 (event->data_bytes - nfs->count),
					 nfs->count);
	}
	*out = (struct fuse_write_out){ .size = call->moved };
	return give(event, sizeof(*out));
}

static int reply_sync(struct sl_fuse *fuse, struct sl_event *event)
{
	const struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_fuse_node *node = sl_fuse_nodes_find(&fuse->nodes,
						       call->node);
	bool lost;

	event->data_bytes = 0;
	if (!node)
		return SL_FUSE_ANSWER;
	lost = node->lost || (node->unsynced &&
			      node->verifier != sl_file(event)->verifier);
	node->lost = node->unsynced = false;
	return lost ? -EIO : SL_FUSE_ANSWER;
}

static int reply_space(struct sl_event *event)
{
	struct sl_file_space space;

	memcpy(&space, event->data, sizeof(space));
	return give(event, sl_fuse_put_space(sl_fuse_payload(event), &space));
}

static int reply(struct sl_fuse *fuse, struct sl_event *event)
{
	const struct sl_fuse_call *call = sl_fuse_call(event);

	switch (call->opcode) {
	case FUSE_LOOKUP:
	case FUSE_MKNOD:
	case FUSE_MKDIR:
	case FUSE_SYMLINK:
	case FUSE_LINK:
		return reply_entry(fuse, event);
	case FUSE_CREATE:
		return reply_create(fuse, event);
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		return reply_attr(fuse, event);
	case FUSE_READ:
		return reply_read(fuse, event);
	case FUSE_WRITE:
		return reply_write(fuse, event);
	case FUSE_READLINK:
		return give(event, event->data_bytes);
	case FUSE_READDIR:
	case FUSE_READDIRPLUS:
		return give(event, sl_fuse_put_entries(fuse, event));
	case FUSE_STATFS:
		return reply_space(event);
	default:
		return reply_sync(fuse, event);
	}
}

/* What a failure means to whoever asked. */
static int failed(struct sl_event *event)
{
	const struct sl_fuse_call *call = sl_fuse_call(event);

	if (call->opcode == FUSE_CREATE && event->status == -EEXIST &&
	    !call->flags)
		return -ESTALE;
	if (call->opcode == FUSE_WRITE && call->moved) {
		struct fuse_write_out *out = (void *)sl_fuse_payload(event);

		*out = (struct fuse_write_out){ .size = call->moved };
		return give(event, sizeof(*out));
	}
	return event->status;
}

/* An answer to what no request has asked for. */
static void take_ours(struct sl_fuse *fuse, struct sl_event *event)
{
	if (event->op == SL_FILE_MOUNT) {
		if (event->status) {
			sl_stage_log(fuse->stage, "the export cannot be served: error %d",
				     -event->status);
		} else {
			fuse->root = sl_file(event)->object;
			sl_fuse_nodes_root(&fuse->nodes, &fuse->root);
			fuse->rooted = true;
		}
	}
	sl_stage_free(fuse->stage, event);
}

/**
 * sl_fuse_answered() - the nfs stage has answered
 * @fuse: the stage
 * @event: the answer
 */
void sl_fuse_answered(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	int fate;

	fuse->away--;
	if (unlikely(call->way == SL_FUSE_OURS)) {
		take_ours(fuse, event);
		return;
	}
	if (call->reserved) {
		fuse->nodes.reserved--;
		call->reserved = false;
	}
	if (unlikely(call->step != SL_FUSE_ONLY))
		fate = sl_fuse_go_on(fuse, event);
	else if (unlikely(event->status))
		fate = failed(event);
	else
		fate = reply(fuse, event);
	if (fate == SL_FUSE_AWAY)
		return;
	if (unlikely(fate < 0) && fate != -ENOENT)
		sl_stage_drop(fuse->stage, SL_FUSE_DROP_FAILED);
	sl_fuse_send(fuse, event, fate, fate ? 0 : event->data_bytes);
}

/**
 * sl_fuse_undo() - the kernel did not want to hear of a success any more
 * @fuse: the stage
 * @event: the reply that it did not take
 */
void sl_fuse_undo(struct sl_fuse *fuse, struct sl_event *event)
{
	const struct sl_fuse_call *call = sl_fuse_call(event);
	const struct fuse_entry_out *entry = (void *)sl_fuse_payload(event);

	sl_stage_drop(fuse->stage, SL_FUSE_DROP_GONE);
	switch (call->opcode) {
	case FUSE_CREATE:
		sl_fuse_nodes_close_file(&fuse->nodes, entry->nodeid);
		sl_fuse_nodes_forget(&fuse->nodes, entry->nodeid, 1);
		break;
	case FUSE_LOOKUP:
	case FUSE_MKNOD:
	case FUSE_MKDIR:
	case FUSE_SYMLINK:
	case FUSE_LINK:
		sl_fuse_nodes_forget(&fuse->nodes, entry->nodeid, 1);
		break;
	case FUSE_OPEN:
		sl_fuse_nodes_close_file(&fuse->nodes, call->node);
		break;
	case FUSE_READDIRPLUS:
		sl_fuse_forget_entries(fuse, sl_fuse_payload(event),
				       event->data_bytes);
		break;
	}
}
