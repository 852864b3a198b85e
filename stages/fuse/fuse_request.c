// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/fuse/fuse_request.h"

/* What a request must have: so many bytes of a struct, so many names. */
static const struct {
	u8 in_bytes;
	u8 names;
	bool known;
} shapes[SL_FUSE_OPS] = {
	[FUSE_LOOKUP] = { 0, 1, true },
	[FUSE_FORGET] = { sizeof(struct fuse_forget_in), 0, true },
	[FUSE_GETATTR] = { sizeof(struct fuse_getattr_in), 0, true },
	[FUSE_SETATTR] = { sizeof(struct fuse_setattr_in), 0, true },
	[FUSE_READLINK] = { 0, 0, true },
	[FUSE_SYMLINK] = { 0, 2, true },
	[FUSE_MKNOD] = { sizeof(struct fuse_mknod_in), 1, true },
	[FUSE_MKDIR] = { sizeof(struct fuse_mkdir_in), 1, true },
	[FUSE_UNLINK] = { 0, 1, true },
	[FUSE_RMDIR] = { 0, 1, true },
	[FUSE_RENAME] = { sizeof(struct fuse_rename_in), 2, true },
	[FUSE_LINK] = { sizeof(struct fuse_link_in), 1, true },
	[FUSE_OPEN] = { sizeof(struct fuse_open_in), 0, true },
	[FUSE_READ] = { sizeof(struct fuse_read_in), 0, true },
	[FUSE_WRITE] = { sizeof(struct fuse_write_in), 0, true },
	[FUSE_STATFS] = { 0, 0, true },
	[FUSE_RELEASE] = { sizeof(struct fuse_release_in), 0, true },
	[FUSE_FSYNC] = { sizeof(struct fuse_fsync_in), 0, true },
	/* As short as older kernels send it. */
	[FUSE_INIT] = { offsetof(struct fuse_init_in, flags2), 0, true },
	[FUSE_OPENDIR] = { sizeof(struct fuse_open_in), 0, true },
	[FUSE_READDIR] = { sizeof(struct fuse_read_in), 0, true },
	[FUSE_RELEASEDIR] = { sizeof(struct fuse_release_in), 0, true },
	[FUSE_FSYNCDIR] = { sizeof(struct fuse_fsync_in), 0, true },
	[FUSE_CREATE] = { sizeof(struct fuse_create_in), 1, true },
	[FUSE_INTERRUPT] = { sizeof(struct fuse_interrupt_in), 0, true },
	[FUSE_DESTROY] = { 0, 0, true },
	[FUSE_IOCTL] = { sizeof(struct fuse_ioctl_in), 0, true },
	[FUSE_BATCH_FORGET] = { sizeof(struct fuse_batch_forget_in), 0, true },
	[FUSE_READDIRPLUS] = { sizeof(struct fuse_read_in), 0, true },
	[FUSE_RENAME2] = { sizeof(struct fuse_rename2_in), 2, true },
};

/* A name and the 0 behind it; NULL if that is not there. */
static u8 *take_name(u8 *at, const u8 *end, u32 *bytes)
{
	u8 *zero = memchr(at, 0, end - at);

	if (!zero)
		return NULL;
	*bytes = zero - at;
	return zero + 1;
}

static int take_names(struct sl_fuse_request *request, u32 names)
{
	u8 *at = request->rest;
	const u8 *end = at + request->rest_bytes;

	request->name = at;
	if (names)
		at = take_name(at, end, &request->name_bytes);
	request->name2 = at;
	if (at && names > 1)
		at = take_name(at, end, &request->name2_bytes);
	return at ? 0 : -EINVAL;
}

/*
 * Extensions come last, a multiple of 8 bytes.  The only one that we ask for
 * names a group; what else there may be is passed over.
 */
static int take_extensions(struct sl_fuse_request *request)
{
	u32 left = request->head.total_extlen * 8u;
	const u8 *at;

	if (left > request->rest_bytes)
		return -EINVAL;
	request->rest_bytes -= left;
	at = request->rest + request->rest_bytes;
	while (left >= sizeof(struct sl_fuse_extension)) {
		struct sl_fuse_extension extension;
		u32 group[2];	/* their number, the first one */

		memcpy(&extension, at, sizeof(extension));
		if (extension.bytes < sizeof(extension) ||
		    extension.bytes > left)
			return -EINVAL;
		if (extension.type == SL_FUSE_EXT_GROUPS &&
		    extension.bytes >= sizeof(extension) + sizeof(group)) {
			memcpy(group, at + sizeof(extension), sizeof(group));
			request->has_group = group[0];
			request->group = group[1];
		}
		at += extension.bytes;
		left -= extension.bytes;
	}
	return 0;
}

/* The header is there, rest is all that is behind the operation's struct. */
static int check(struct sl_fuse_request *request)
{
	u32 opcode = request->head.opcode;
	int err;

	if (opcode >= SL_FUSE_OPS || !shapes[opcode].known)
		return -ENOSYS;
	if (request->in_bytes < shapes[opcode].in_bytes)
		return -EINVAL;
	err = take_extensions(request);
	return err ? err : take_names(request, shapes[opcode].names);
}

/**
 * sl_fuse_request_read() - take a message of /dev/fuse apart
 * @request: where to put what it is
 * @message: the message, 8 bytes aligned; names stay in it
 * @bytes: of it
 *
 * Return: 0; -EBADMSG if there is not even a header, so that nobody can be
 * answered; another negative errno to be answered with.
 */
int sl_fuse_request_read(struct sl_fuse_request *request, u8 *message,
			 u32 bytes)
{
	u32 in_bytes;

	memset(request, 0, sizeof(*request));
	if (bytes < sizeof(request->head))
		return -EBADMSG;
	memcpy(&request->head, message, sizeof(request->head));
	if (request->head.len != bytes)
		return -EINVAL;
	bytes -= sizeof(request->head);
	in_bytes = request->head.opcode < SL_FUSE_OPS
			   ? shapes[request->head.opcode].in_bytes : 0;
	/* It has grown, and nothing comes behind it. */
	if (request->head.opcode == FUSE_INIT)
		in_bytes = bytes;
	request->in = message + sizeof(request->head);
	request->in_bytes = min(bytes, in_bytes);
	request->rest = message + sizeof(request->head) + request->in_bytes;
	request->rest_bytes = bytes - request->in_bytes;
	return check(request);
}

/**
 * sl_fuse_request_gather() - look at a request that io_uring has brought
 * @request: where to put what it is
 * @heads: its headers
 * @payload: what is behind them
 * @payload_max: how much can be
 *
 * Return: 0 or a negative errno to be answered with.
 */
int sl_fuse_request_gather(struct sl_fuse_request *request,
			   const struct sl_fuse_uring_heads *heads,
			   u8 *payload, u32 payload_max)
{
	memset(request, 0, sizeof(*request));
	memcpy(&request->head, heads->message, sizeof(request->head));
	if (heads->payload_bytes > payload_max)
		return -EINVAL;
	request->in = heads->operation;
	request->in_bytes = sizeof(heads->operation);
	request->rest = payload;
	request->rest_bytes = heads->payload_bytes;
	return check(request);
}
