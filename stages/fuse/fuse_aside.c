// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Requests that take a name away: UNLINK, RENAME; and RELEASE.
 *
 * NFS has no open files: with its last name a file is gone, whoever has it
 * open.  So while any file is open, what has the name is looked at first, and
 * an open file with no other name is put aside: into a directory of its own at
 * the top of the export, where nobody but the pipeline looks, until its last
 * user closes it.  A directory that it was in can then be removed, too, which
 * is what NFS clients with their hidden names do not get.
 *
 * A file that RENAME replaces gets its other name before, so at every moment
 * there is a file of the new name.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/fuse/fuse_stage.h"

#define FLAG_NOREPLACE	1u

static u8 *put_digits(u8 *at, u64 value, u32 digits)
{
	while (digits)
		*at++ = "0123456789abcdef"[value >> 4 * --digits & 15];
	return at;
}

/* Under which name a node is put aside: one that was never there before. */
static void put_aside_name(const struct sl_fuse *fuse, u8 *at,
			   const struct sl_fuse_node *node)
{
	at = put_digits(at, fuse->salt, 16);
	at = put_digits(at, sl_fuse_nodes_number(&fuse->nodes, node), 8);
	put_digits(at, node->generation, 8);
}

/* One or two names one behind the other, and room for another one. */
static void keep_names(struct sl_event *event,
		       const struct sl_fuse_request *request)
{
	struct sl_fuse_call *call = sl_fuse_call(event);

	call->name_at = request->name - event->buffer;
	call->name_bytes = request->name_bytes;
	call->name2_bytes = request->name2_bytes;
	memmove(request->name + request->name_bytes, request->name2,
		request->name2_bytes);
}

static void take_off_aside(struct sl_fuse *fuse, struct sl_fuse_node *node)
{
	node->aside = false;
	fuse->nodes.asides--;
}

/* Nobody needs a file any more that was put aside. */
static int clear(struct sl_fuse *fuse, struct sl_event *event,
		 struct sl_fuse_node *node, int status)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_file_args *nfs = sl_file(event);
	u8 *name = event->buffer + SL_FUSE_NAME_AT;

	put_aside_name(fuse, name, node);
	take_off_aside(fuse, node);
	sl_fuse_nodes_forget(&fuse->nodes,
			     sl_fuse_nodes_number(&fuse->nodes, node), 0);
	call->step = SL_FUSE_CLEAR;
	call->wanted = -status;
	nfs->handle = fuse->aside;
	nfs->caller.known = false;
	return sl_fuse_ask_named(fuse, event, SL_FILE_REMOVE, name,
				 SL_FUSE_ASIDE_BYTES);
}

/* What was asked for, now that nothing is lost by it. */
static int do_it(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	const u8 *names = event->buffer + call->name_at;
	struct sl_file_args *nfs = sl_file(event);
	struct sl_fuse_node *parent;

	parent = sl_fuse_nodes_find(&fuse->nodes, call->node);
	if (!parent)
		return -ESTALE;
	call->step = SL_FUSE_DO;
	nfs->handle = parent->handle;
	if (call->opcode == FUSE_UNLINK || call->opcode == FUSE_RMDIR)
		return sl_fuse_ask_named(fuse, event,
					 call->opcode == FUSE_UNLINK
						 ? SL_FILE_REMOVE
						 : SL_FILE_RMDIR,
					 names, call->name_bytes);
	nfs->object = call->target;
	nfs->name2_at = call->name_bytes;
	return sl_fuse_ask_named(fuse, event, SL_FILE_RENAME, names,
				 call->name_bytes + call->name2_bytes);
}

/* What has the name that goes? */
static int look(struct sl_fuse *fuse, struct sl_event *event,
		const struct sl_file_handle *directory, u32 skip, u32 bytes)
{
	struct sl_fuse_call *call = sl_fuse_call(event);

	call->step = SL_FUSE_LOOK;
	sl_file(event)->handle = *directory;
	return sl_fuse_ask_named(fuse, event, SL_FILE_LOOKUP,
				 event->buffer + call->name_at + skip, bytes);
}

int sl_fuse_unlink(struct sl_fuse *fuse, struct sl_event *event,
		   const struct sl_fuse_request *request)
{
	struct sl_file_handle directory = sl_file(event)->handle;

	keep_names(event, request);
	if (!fuse->nodes.opens || request->head.opcode == FUSE_RMDIR)
		return do_it(fuse, event);
	return look(fuse, event, &directory, 0, request->name_bytes);
}

/*
 * That there is nothing to be replaced the kernel has found out with both
 * directories locked, so among those who use the mount that is for sure.
 */
int sl_fuse_rename(struct sl_fuse *fuse, struct sl_event *event,
		   const struct sl_fuse_request *request)
{
	/* Both structs begin with the other directory. */
	const struct fuse_rename2_in *in = request->in;
	struct sl_fuse_call *call = sl_fuse_call(event);
	const struct sl_fuse_node *target;

	if (request->head.opcode == FUSE_RENAME2 &&
	    in->flags & ~FLAG_NOREPLACE)
		return -EINVAL;
	target = sl_fuse_nodes_find(&fuse->nodes, in->newdir);
	if (!target)
		return -ESTALE;
	call->target = target->handle;
	keep_names(event, request);
	if (!fuse->nodes.opens)
		return do_it(fuse, event);
	return look(fuse, event, &target->handle, call->name_bytes,
		    call->name2_bytes);
}

int sl_fuse_release(struct sl_fuse *fuse, struct sl_event *event,
		    const struct sl_fuse_request *request)
{
	struct sl_fuse_node *node;

	node = sl_fuse_nodes_find(&fuse->nodes, request->head.nodeid);
	if (!node)
		return SL_FUSE_ANSWER;
	if (node->aside && node->opens == 1) {
		node->opens = 0;
		fuse->nodes.opens--;
		return clear(fuse, event, node, 0);
	}
	sl_fuse_nodes_close_file(&fuse->nodes, request->head.nodeid);
	return SL_FUSE_ANSWER;
}

/* About the directory for what is put aside. */
static int ask_aside(struct sl_fuse *fuse, struct sl_event *event, u16 op)
{
	u8 *name = event->buffer + SL_FUSE_NAME_AT;

	memcpy(name, SL_FUSE_ASIDE, sizeof(SL_FUSE_ASIDE) - 1);
	sl_file(event)->handle = fuse->root;
	return sl_fuse_ask_named(fuse, event, op, name,
				 sizeof(SL_FUSE_ASIDE) - 1);
}

static int ask_for_aside(struct sl_fuse *fuse, struct sl_event *event, u8 step)
{
	struct sl_file_args *nfs = sl_file(event);

	sl_fuse_call(event)->step = step;
	nfs->set = SL_FILE_SET_MODE;
	nfs->attr.mode = 0700;
	return ask_aside(fuse, event, step == SL_FUSE_MAKE_ASIDE
					      ? SL_FILE_MKDIR
					      : SL_FILE_LOOKUP);
}

/* Gives an open file another name: by RENAME for UNLINK, by LINK for RENAME. */
static int put_aside(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	u8 *names = event->buffer + call->name_at;
	u8 *hidden = names + call->name_bytes + call->name2_bytes;
	struct sl_file_args *nfs = sl_file(event);
	struct sl_fuse_node *node, *parent;

	node = sl_fuse_nodes_find(&fuse->nodes, call->aside);
	parent = sl_fuse_nodes_find(&fuse->nodes, call->node);
	if (!node || !parent)
		return -ESTALE;
	if (!fuse->aside_known)
		return ask_for_aside(fuse, event, SL_FUSE_MAKE_ASIDE);
	call->step = SL_FUSE_PUT_ASIDE;
	put_aside_name(fuse, hidden, node);
	nfs->object = fuse->aside;
	if (call->opcode == FUSE_UNLINK) {
		nfs->handle = parent->handle;
		nfs->name2_at = call->name_bytes;
		return sl_fuse_ask_named(fuse, event, SL_FILE_RENAME, names,
					 call->name_bytes +
					 SL_FUSE_ASIDE_BYTES);
	}
	nfs->handle = node->handle;
	return sl_fuse_ask_named(fuse, event, SL_FILE_LINK, hidden,
				 SL_FUSE_ASIDE_BYTES);
}

static int looked(struct sl_fuse *fuse, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);
	struct sl_fuse_call *call = sl_fuse_call(event);
	const struct sl_fuse_node *node;

	if (event->status)
		return do_it(fuse, event);
	node = sl_fuse_nodes_peek(&fuse->nodes, &nfs->object);
	if (!node || !node->opens || node->aside || nfs->attr.links > 1 ||
	    nfs->attr.type == SL_FILE_DIR)
		return do_it(fuse, event);
	call->aside = sl_fuse_nodes_number(&fuse->nodes, node);
	return put_aside(fuse, event);
}

static int found_aside(struct sl_fuse *fuse, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);

	if (event->status == -EEXIST &&
	    sl_fuse_call(event)->step == SL_FUSE_MAKE_ASIDE)
		return ask_for_aside(fuse, event, SL_FUSE_FIND_ASIDE);
	if (event->status || nfs->attr.type != SL_FILE_DIR)
		return -EBUSY;
	fuse->aside = nfs->object;
	fuse->aside_known = fuse->aside_used = true;
	return put_aside(fuse, event);
}

static int was_put_aside(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_fuse_node *node;

	/* Perhaps somebody has removed the directory. */
	if ((event->status == -ESTALE || event->status == -ENOENT) &&
	    !call->again) {
		call->again = true;
		fuse->aside_known = false;
		return put_aside(fuse, event);
	}
	if (event->status)
		return event->status == -ENOENT ? -ENOENT : -EBUSY;
	node = sl_fuse_nodes_find(&fuse->nodes, call->aside);
	if (!node)
		return -ESTALE;
	node->aside = true;
	fuse->nodes.asides++;
	if (call->opcode != FUSE_UNLINK)
		return do_it(fuse, event);
	/* It may have been closed meanwhile. */
	return node->opens ? SL_FUSE_ANSWER : clear(fuse, event, node, 0);
}

/* A table of handles knows by which name to find the file; not by this one. */
static int settle(struct sl_fuse *fuse, struct sl_event *event,
		  const struct sl_fuse_node *node)
{
	u8 *name = event->buffer + SL_FUSE_NAME_AT;

	put_aside_name(fuse, name, node);
	sl_fuse_call(event)->step = SL_FUSE_SETTLE;
	sl_file(event)->handle = fuse->aside;
	return sl_fuse_ask_named(fuse, event, SL_FILE_LOOKUP, name,
				 SL_FUSE_ASIDE_BYTES);
}

static int did_it(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_fuse_node *node;

	node = call->aside ? sl_fuse_nodes_find(&fuse->nodes, call->aside)
			   : NULL;
	if (!node || !node->aside)
		return event->status;
	/* Then it still has its name, or is of no use any more. */
	if (event->status || !node->opens)
		return clear(fuse, event, node, event->status);
	return settle(fuse, event, node);
}

/**
 * sl_fuse_go_on() - take the next step of a request that takes several
 * @fuse: the stage
 * @event: the answer to the last one
 *
 * Return: a fate or a negative errno.
 */
int sl_fuse_go_on(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);

	/* A WRITE's data is still to be written. */
	if (call->opcode != FUSE_WRITE)
		event->data_bytes = 0;
	switch (call->step) {
	case SL_FUSE_CHECK:
	case SL_FUSE_STRIP:
		return sl_fuse_strip(fuse, event);
	case SL_FUSE_LOOK:
		return looked(fuse, event);
	case SL_FUSE_MAKE_ASIDE:
	case SL_FUSE_FIND_ASIDE:
		return found_aside(fuse, event);
	case SL_FUSE_PUT_ASIDE:
		return was_put_aside(fuse, event);
	case SL_FUSE_DO:
		return did_it(fuse, event);
	case SL_FUSE_CLEAR:
		return -(int)call->wanted;
	default:
		return SL_FUSE_ANSWER;
	}
}

/* Takes an event of ours for a call without a request. */
static struct sl_event *take(struct sl_fuse *fuse)
{
	struct sl_event *event = sl_stage_take(fuse->stage);

	if (event)
		memset(sl_fuse_call(event), 0, sizeof(struct sl_fuse_call));
	return event;
}

/**
 * sl_fuse_clear_all() - remove what was put aside, for nobody can use it now
 * @fuse: the stage, no longer mounted
 *
 * Return: whether all of it has been seen to; if not, call again.
 */
bool sl_fuse_clear_all(struct sl_fuse *fuse)
{
	struct sl_event *event;

	for (; fuse->nodes.asides && fuse->swept < fuse->nodes.fresh;
	     fuse->swept++) {
		struct sl_fuse_node *node = &fuse->nodes.node[fuse->swept];

		if (!node->used || !node->aside)
			continue;
		event = take(fuse);
		if (!event)
			return false;
		clear(fuse, event, node, 0);
	}
	if (fuse->away)
		return false;
	if (!fuse->aside_used || !fuse->aside_known)
		return true;
	event = take(fuse);
	if (!event)
		return false;
	/* Others may have something in it; then it stays. */
	fuse->aside_used = false;
	sl_file(event)->caller.known = false;
	ask_aside(fuse, event, SL_FILE_RMDIR);
	return false;
}
