// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Requests that make something, or set what a file is like. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "stages/fuse/fuse_stage.h"

#define NS_IN_S		1000000000u
#define MODE_BITS	07777u
#define FORMAT_BITS	0170000u
#define SUID_BIT	04000u
#define SGID_BIT	02000u
#define GROUP_EXEC_BIT	00010u
#define FLAG_EXCL	0200u
/* What no kernel sends by accident, and NFS has no name for. */
#define SET_ATIME_NOW	(1u << 7)
#define SET_MTIME_NOW	(1u << 8)

/* Returns -EINVAL for a time that the protocol cannot tell. */
static int take_time(u64 s, u32 ns, bool now, u64 *to)
{
	if (now) {
		*to = SL_FILE_NOW;
		return 0;
	}
	if (s > S64_MAX / NS_IN_S - 1 || ns >= NS_IN_S)
		return -EINVAL;
	*to = s * NS_IN_S + ns;
	return 0;
}

/* What the kernel sets besides (ctime, lock owners) the host sees to. */
int sl_fuse_setattr(struct sl_fuse *fuse, struct sl_event *event,
		    const struct sl_fuse_request *request)
{
	const struct fuse_setattr_in *in = request->in;
	struct sl_file_args *nfs = sl_file(event);
	struct sl_file_attr *attr = &nfs->attr;
	int err = 0;

	/* The lowest six bits are the same, one by one. */
	nfs->set = in->valid & (SL_FILE_SET_MTIME * 2 - 1);
	nfs->guarded = false;
	attr->mode = in->mode & MODE_BITS;
	attr->uid = in->uid;
	attr->gid = in->gid;
	attr->size = in->size;
	if (nfs->set & SL_FILE_SET_ATIME)
		err = take_time(in->atime, in->atimensec,
				in->valid & SET_ATIME_NOW, &attr->atime_ns);
	if (!err && nfs->set & SL_FILE_SET_MTIME)
		err = take_time(in->mtime, in->mtimensec,
				in->valid & SET_MTIME_NOW, &attr->mtime_ns);
	return err ? err : sl_fuse_ask(fuse, event, SL_FILE_SETATTR);
}

/*
 * Makes a file for its caller.  He is a member of at most one group that
 * matters: that of the directory, and the kernel says so if he is.
 */
static int make(struct sl_fuse *fuse, struct sl_event *event,
		const struct sl_fuse_request *request, u16 op, u32 mode)
{
	struct sl_file_args *nfs = sl_file(event);

	if (!sl_fuse_nodes_reserve(&fuse->nodes))
		return -ENFILE;
	sl_fuse_call(event)->reserved = true;
	nfs->caller.known = true;
	nfs->caller.uid = request->head.uid;
	nfs->caller.gid = request->head.gid;
	nfs->caller.group_count = request->has_group;
	nfs->caller.group[0] = request->group;
	nfs->set = SL_FILE_SET_MODE;
	nfs->attr.mode = mode & MODE_BITS;
	return sl_fuse_ask_named(fuse, event, op, request->name,
				 request->name_bytes);
}

/*
 * The kernel has looked: there is no such name.  If there is one now, nobody
 * has asked whether the caller may open what it stands for; so he is told that
 * what the kernel knows is old (ESTALE), and the kernel starts again.
 */
int sl_fuse_create(struct sl_fuse *fuse, struct sl_event *event,
		   const struct sl_fuse_request *request)
{
	const struct fuse_create_in *in = request->in;

	sl_fuse_call(event)->flags = in->flags & FLAG_EXCL;
	sl_file(event)->how = SL_FILE_GUARDED;
	return make(fuse, event, request, SL_FILE_CREATE, in->mode);
}

int sl_fuse_mknod(struct sl_fuse *fuse, struct sl_event *event,
		  const struct sl_fuse_request *request)
{
	static const u8 types[] = {
		[001] = SL_FILE_FIFO, [002] = SL_FILE_CHR, [006] = SL_FILE_BLK,
		[010] = SL_FILE_REG,  [014] = SL_FILE_SOCK,
	};
	const struct fuse_mknod_in *in = request->in;
	struct sl_file_args *nfs = sl_file(event);
	u32 format = (in->mode & FORMAT_BITS) >> 12;
	u8 type = format < ARRAY_SIZE(types) ? types[format] : 0;

	if (!type)
		return -EINVAL;
	nfs->how = SL_FILE_GUARDED;
	nfs->attr.type = type;
	nfs->attr.major = in->rdev >> 8 & 0xfff;
	nfs->attr.minor = (in->rdev & 0xff) | (in->rdev >> 12 & 0xfff00);
	return make(fuse, event, request,
		    type == SL_FILE_REG ? SL_FILE_CREATE : SL_FILE_MKNOD,
		    in->mode);
}

int sl_fuse_mkdir(struct sl_fuse *fuse, struct sl_event *event,
		  const struct sl_fuse_request *request)
{
	const struct fuse_mkdir_in *in = request->in;

	return make(fuse, event, request, SL_FILE_MKDIR, in->mode);
}

/* The kernel's names end in 0 each, NFS has one behind the other. */
int sl_fuse_symlink(struct sl_fuse *fuse, struct sl_event *event,
		    const struct sl_fuse_request *request)
{
	struct sl_fuse_request joined = *request;

	memmove(request->name + request->name_bytes, request->name2,
		request->name2_bytes);
	sl_file(event)->name2_at = request->name_bytes;
	joined.name_bytes += request->name2_bytes;
	return make(fuse, event, &joined, SL_FILE_SYMLINK, 0777);
}

/* nodeid is of the directory, the file's number is in the request. */
int sl_fuse_link(struct sl_fuse *fuse, struct sl_event *event,
		 const struct sl_fuse_request *request)
{
	const struct fuse_link_in *in = request->in;
	struct sl_file_args *nfs = sl_file(event);
	const struct sl_fuse_node *file;

	file = sl_fuse_nodes_find(&fuse->nodes, in->oldnodeid);
	if (!file)
		return -ESTALE;
	nfs->object = nfs->handle;
	nfs->handle = file->handle;
	return sl_fuse_ask_named(fuse, event, SL_FILE_LINK, request->name,
				 request->name_bytes);
}

/**
 * sl_fuse_strip() - what a file was like that somebody writes to
 * @fuse: the stage
 * @event: his WRITE, for which that was asked, or its bits were taken away
 *
 * Whoever writes to a program takes its set-user-id bits away, but root.
 *
 * Return: a fate or a negative errno.
 */
int sl_fuse_strip(struct sl_fuse *fuse, struct sl_event *event)
{
	struct sl_fuse_call *call = sl_fuse_call(event);
	struct sl_file_args *nfs = sl_file(event);
	u32 mode = nfs->attr.mode & ~SUID_BIT;

	if (event->status)
		return event->status;
	if (mode & GROUP_EXEC_BIT)
		mode &= ~SGID_BIT;
	if (call->step == SL_FUSE_CHECK && mode != nfs->attr.mode) {
		call->step = SL_FUSE_STRIP;
		nfs->set = SL_FILE_SET_MODE;
		nfs->guarded = false;
		nfs->attr.mode = mode;
		return sl_fuse_ask(fuse, event, SL_FILE_SETATTR);
	}
	call->step = SL_FUSE_ONLY;
	nfs->count = call->wanted;
	return sl_fuse_ask(fuse, event, SL_FILE_WRITE);
}
