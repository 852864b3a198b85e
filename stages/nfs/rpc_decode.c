// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Arguments of NFS, from the wire into struct sl_file_args.
 *
 * Only the form is looked at here; what the values mean is for the nfs stage
 * to judge.  Nothing is cleared that is not used: an event's arguments are
 * eight lines, of which GETATTR needs three.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/nfs/rpc_stage.h"

#define NS_IN_S		1000000000u
#define BAD_SET		0x80	/* not in the RFC: the nfs stage refuses it */

/* What decoding an operation needs to know, and where it puts things. */
struct decoder {
	struct sl_event *event;
	struct sl_file_args *nfs;
	struct sl_xdr *in;
	u32 transfer_max;
};

static void read_handle(struct sl_xdr *in, struct sl_file_handle *handle)
{
	u32 bytes;
	const u8 *at = sl_xdr_opaque(in, &bytes, sizeof(*handle));

	memcpy(handle, at, bytes);
	memset((u8 *)handle + bytes, 0, sizeof(*handle) - bytes);
}

/*
 * A name, copied behind those that are there.  It may come from further on in
 * the same buffer.  One that is too long is too long still when it is cut.
 */
static void read_name(struct decoder *d, u32 bytes_max)
{
	struct sl_event *event = d->event;
	const u8 *at;
	u32 bytes;

	at = sl_xdr_opaque(d->in, &bytes, ~0u);
	bytes = min(bytes, bytes_max + 1);
	memmove(event->data + event->data_bytes, at, bytes);
	event->data_bytes += bytes;
}

static void read_place(struct decoder *d)
{
	read_handle(d->in, &d->nfs->handle);
	read_name(d, SL_NFS_NAME_MAX);
}

static bool read_bool(struct sl_xdr *in)
{
	u32 value = sl_xdr_u32(in);

	if (unlikely(value > 1))
		in->bad = true;
	return value;
}

/* Nanoseconds since 1970; SL_FILE_NOW for what no clock can say. */
static u64 read_time(struct sl_xdr *in)
{
	u64 seconds = sl_xdr_u32(in);
	u32 nanoseconds = sl_xdr_u32(in);

	if (unlikely(nanoseconds >= NS_IN_S))
		return SL_FILE_NOW;
	return seconds * NS_IN_S + nanoseconds;
}

static void read_new_time(struct decoder *d, u8 bit, u64 *time)
{
	enum { LEAVE, SERVERS, CLIENTS };
	u32 how = sl_xdr_u32(d->in);

	if (how == LEAVE)
		return;
	d->nfs->set |= bit;
	*time = SL_FILE_NOW;
	if (how == CLIENTS) {
		*time = read_time(d->in);
		if (*time == SL_FILE_NOW)
			d->nfs->set |= BAD_SET;
	} else if (how != SERVERS) {
		d->in->bad = true;
	}
}

/* sattr3 */
static void read_new(struct decoder *d)
{
	struct sl_file_args *nfs = d->nfs;
	struct sl_file_attr *new = &nfs->attr;
	struct sl_xdr *in = d->in;

	if (read_bool(in)) {
		nfs->set |= SL_FILE_SET_MODE;
		/* Some send what kind of file it is as well. */
		new->mode = sl_xdr_u32(in) & 07777;
	}
	if (read_bool(in)) {
		nfs->set |= SL_FILE_SET_UID;
		new->uid = sl_xdr_u32(in);
	}
	if (read_bool(in)) {
		nfs->set |= SL_FILE_SET_GID;
		new->gid = sl_xdr_u32(in);
	}
	if (read_bool(in)) {
		nfs->set |= SL_FILE_SET_SIZE;
		new->size = sl_xdr_u64(in);
	}
	read_new_time(d, SL_FILE_SET_ATIME, &new->atime_ns);
	read_new_time(d, SL_FILE_SET_MTIME, &new->mtime_ns);
}

static void read_just_handle(struct decoder *d)
{
	read_handle(d->in, &d->nfs->handle);
	d->event->data = d->event->buffer + SL_RPC_DATA_AT;
}

static void read_setattr(struct decoder *d)
{
	struct sl_file_args *nfs = d->nfs;

	read_handle(d->in, &nfs->handle);
	read_new(d);
	nfs->guarded = read_bool(d->in);
	if (nfs->guarded)
		nfs->guard_ns = read_time(d->in);
}

static void read_access(struct decoder *d)
{
	read_handle(d->in, &d->nfs->handle);
	d->nfs->access = sl_xdr_u32(d->in) &
			 (SL_FILE_MAY_READ | SL_FILE_MAY_LOOKUP |
			  SL_FILE_MAY_MODIFY | SL_FILE_MAY_EXTEND |
			  SL_FILE_MAY_DELETE | SL_FILE_MAY_EXECUTE);
}

static void read_readlink(struct decoder *d)
{
	read_handle(d->in, &d->nfs->handle);
	d->event->data = d->event->buffer + SL_RPC_LINK_AT;
}

static void read_read(struct decoder *d)
{
	struct sl_file_args *nfs = d->nfs;

	read_handle(d->in, &nfs->handle);
	nfs->offset = sl_xdr_u64(d->in);
	nfs->count = sl_xdr_u32(d->in);
	nfs->count = min(nfs->count, d->transfer_max);
	d->event->data = d->event->buffer + SL_RPC_DATA_AT;
}

static bool lies_in(const struct sl_event *event, const u8 *at)
{
	return at >= event->buffer && at < event->buffer + event->data_max;
}

/*
 * What is to be written stays where it is if that is the event's own buffer,
 * or the connection's input and not for long: a stable WRITE waits for a disk,
 * during which its client could say nothing more.  A datagram stays anyway.
 */
static void read_write(struct decoder *d)
{
	struct sl_event *event = d->event;
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_rpc_connection *c = call->connection;
	struct sl_file_args *nfs = d->nfs;
	const u8 *at;
	u32 bytes;

	read_handle(d->in, &nfs->handle);
	nfs->offset = sl_xdr_u64(d->in);
	nfs->count = sl_xdr_u32(d->in);
	nfs->stable = min_t(u32, sl_xdr_u32(d->in), SL_FILE_SYNC + 1);
	at = sl_xdr_opaque(d->in, &bytes, ~0u);
	if (unlikely(d->in->bad || bytes < nfs->count)) {
		d->in->bad = true;
		return;
	}
	event->data_bytes = nfs->count;
	event->data = (u8 *)at;
	if (lies_in(event, at) || !nfs->count)
		return;
	if (c->input && lies_in(c->input, at) &&
	    (nfs->stable == SL_FILE_UNSTABLE || c->message)) {
		call->pins = true;
		c->pins++;
		return;
	}
	event->data = event->buffer + SL_RPC_DATA_AT;
	memcpy(event->data, at, nfs->count);
}

static void read_create(struct decoder *d)
{
	read_place(d);
	d->nfs->how = min_t(u32, sl_xdr_u32(d->in), SL_FILE_EXCLUSIVE + 1);
	if (d->nfs->how < SL_FILE_EXCLUSIVE)
		read_new(d);
	else if (d->nfs->how == SL_FILE_EXCLUSIVE)
		d->nfs->verifier = sl_xdr_u64(d->in);
	else
		d->in->bad = true;
}

static void read_mkdir(struct decoder *d)
{
	read_place(d);
	read_new(d);
}

static void read_symlink(struct decoder *d)
{
	read_place(d);
	d->nfs->name2_at = d->event->data_bytes;
	read_new(d);
	read_name(d, SL_NFS_TARGET_MAX);
}

static void read_mknod(struct decoder *d)
{
	struct sl_file_attr *new = &d->nfs->attr;

	read_place(d);
	new->type = min_t(u32, sl_xdr_u32(d->in), 255);
	new->major = 0;
	new->minor = 0;
	switch (new->type) {
	case SL_FILE_BLK:
	case SL_FILE_CHR:
		read_new(d);
		new->major = sl_xdr_u32(d->in);
		new->minor = sl_xdr_u32(d->in);
		break;
	case SL_FILE_SOCK:
	case SL_FILE_FIFO:
		read_new(d);
		break;
	}
}

static void read_rename(struct decoder *d)
{
	read_place(d);
	d->nfs->name2_at = d->event->data_bytes;
	read_handle(d->in, &d->nfs->object);
	read_name(d, SL_NFS_NAME_MAX);
}

static void read_link(struct decoder *d)
{
	read_handle(d->in, &d->nfs->handle);
	read_handle(d->in, &d->nfs->object);
	read_name(d, SL_NFS_NAME_MAX);
}

/*
 * Cookies are good for as long as the directory is, so there is no verifier
 * that could go out of date while names are removed.
 */
static void read_readdir(struct decoder *d)
{
	struct sl_rpc_call *call = sl_rpc_call(d->event);

	read_handle(d->in, &d->nfs->handle);
	d->nfs->offset = sl_xdr_u64(d->in);
	sl_xdr_u64(d->in);
	call->count = sl_xdr_u32(d->in);
	call->names_bytes = ~0u;
	if (call->procedure == SL_FILE_READDIRPLUS) {
		call->names_bytes = call->count;
		call->count = sl_xdr_u32(d->in);
	}
	call->count = min(call->count, d->transfer_max);
	sl_rpc_expect_entries(d->event);
}

static void read_commit(struct decoder *d)
{
	read_handle(d->in, &d->nfs->handle);
	d->nfs->offset = sl_xdr_u64(d->in);
	d->nfs->count = sl_xdr_u32(d->in);
}

static const struct {
	void (*read)(struct decoder *d);
	bool changes;		/* and must not be done twice */
} procedures[] = {
	[SL_FILE_GETATTR] = { read_just_handle, false },
	[SL_FILE_SETATTR] = { read_setattr, true },
	[SL_FILE_LOOKUP] = { read_place, false },
	[SL_FILE_ACCESS] = { read_access, false },
	[SL_FILE_READLINK] = { read_readlink, false },
	[SL_FILE_READ] = { read_read, false },
	/* Twice the same data in the same place is no harm. */
	[SL_FILE_WRITE] = { read_write, false },
	[SL_FILE_CREATE] = { read_create, true },
	[SL_FILE_MKDIR] = { read_mkdir, true },
	[SL_FILE_SYMLINK] = { read_symlink, true },
	[SL_FILE_MKNOD] = { read_mknod, true },
	[SL_FILE_REMOVE] = { read_place, true },
	[SL_FILE_RMDIR] = { read_place, true },
	[SL_FILE_RENAME] = { read_rename, true },
	[SL_FILE_LINK] = { read_link, true },
	[SL_FILE_READDIR] = { read_readdir, false },
	[SL_FILE_READDIRPLUS] = { read_readdir, false },
	[SL_FILE_FSSTAT] = { read_just_handle, false },
	[SL_FILE_FSINFO] = { read_just_handle, false },
	[SL_FILE_PATHCONF] = { read_just_handle, false },
	[SL_FILE_COMMIT] = { read_commit, false },
};

/**
 * sl_rpc_changes() - would it matter if a call were done twice
 * @procedure: of NFS, any but NULL
 */
bool sl_rpc_changes(u32 procedure)
{
	return procedures[procedure].changes;
}

/**
 * sl_rpc_decode() - read the arguments of a call of NFS
 * @rpc: the stage's state
 * @event: its event, of which the call is known, but for the arguments
 * @in: where they are
 *
 * Return: false if they are no arguments of this procedure.
 */
bool sl_rpc_decode(const struct sl_rpc *rpc, struct sl_event *event,
		   struct sl_xdr *in)
{
	const struct sl_rpc_call *call = sl_rpc_call(event);
	struct decoder d = {
		.event = event,
		.nfs = sl_file(event),
		.in = in,
		.transfer_max = sl_rpc_transfer_max(rpc, call->connection),
	};

	d.nfs->set = 0;
	d.nfs->guarded = false;
	d.nfs->status = SL_NFS_OK;
	d.nfs->has_attr = false;
	d.nfs->has_directory = false;
	d.nfs->has_before[0] = false;
	d.nfs->has_before[1] = false;
	event->data = event->buffer + SL_RPC_TEXT_AT;
	procedures[call->procedure].read(&d);
	return !in->bad;
}
