// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The mount program (RFC 1813, appendix I): how a client gets its first handle.
 *
 * There is one export, known by the name that the option path gives it, and
 * what is below it may be mounted as well.  Who has mounted what is remembered
 * for people who ask, not for ever and not for any decision: clients come and
 * go without a word.  Versions 1 and 2 are there for tools that list and
 * unmount; their handles would be too short for ours.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/nfs/rpc_stage.h"

#define ADDRESS_TEXT	40	/* at most, in words of 16 bits */
#define EXPORT_BYTES	(SL_NFS_PATH_MAX + SL_RPC_RULES_MAX * 64 + 64)

/* Which of a path is below the export; -1 if it is not. */
static int below(const struct sl_rpc *rpc, const u8 *path, u32 bytes)
{
	u32 at = rpc->path_bytes;

	if (!bytes || bytes < at || *path != '/' ||
	    memcmp(path, rpc->options->path, at) ||
	    (bytes > at && path[at] != '/'))
		return -1;
	while (at < bytes && path[at] == '/')
		at++;
	return at;
}

static bool is_of(const struct sl_rpc_mount *mount,
		  const struct sl_rpc_connection *c)
{
	return mount->path_bytes &&
	       !memcmp(mount->address, c->address, sizeof(c->address));
}

static struct sl_rpc_mount *find(struct sl_rpc *rpc,
				 const struct sl_rpc_connection *c,
				 const u8 *path, u32 bytes)
{
	u32 i;

	for (i = 0; i < SL_RPC_MOUNTS; i++) {
		struct sl_rpc_mount *mount = &rpc->mount[i];

		if (is_of(mount, c) && mount->path_bytes == bytes &&
		    !memcmp(mount->path, path, bytes))
			return mount;
	}
	return NULL;
}

static void remember(struct sl_rpc *rpc, const struct sl_rpc_connection *c,
		     const u8 *path, u32 bytes)
{
	struct sl_rpc_mount *mount;

	if (!bytes || bytes > sizeof(mount->path) || find(rpc, c, path, bytes))
		return;
	mount = &rpc->mount[rpc->mount_next++ % SL_RPC_MOUNTS];
	memcpy(mount->address, c->address, sizeof(mount->address));
	memcpy(mount->path, path, bytes);
	mount->path_bytes = bytes;
}

static void forget(struct sl_rpc *rpc, const struct sl_rpc_connection *c)
{
	u32 i;

	for (i = 0; i < SL_RPC_MOUNTS; i++)
		if (is_of(&rpc->mount[i], c))
			rpc->mount[i].path_bytes = 0;
}

static void answer_status(struct sl_rpc *rpc, struct sl_event *event,
			  u32 status)
{
	u8 *at = sl_rpc_place(rpc, event, SL_RPC_SMALL);

	at = sl_rpc_accept(at, sl_rpc_call(event), SL_RPC_SUCCESS);
	sl_rpc_finish(rpc, event, sl_xdr_put_u32(at, status));
}

static void answer_nothing(struct sl_rpc *rpc, struct sl_event *event)
{
	u8 *at = sl_rpc_place(rpc, event, SL_RPC_SMALL);

	at = sl_rpc_accept(at, sl_rpc_call(event), SL_RPC_SUCCESS);
	sl_rpc_finish(rpc, event, at);
}

static u32 begin_mnt(struct sl_rpc *rpc, struct sl_event *event,
		     struct sl_xdr *in)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_file_args *nfs = sl_file(event);
	u8 *text = event->buffer + SL_RPC_TEXT_AT;
	const u8 *path;
	u32 bytes;
	int at;

	if (call->version != 3)
		return SL_RPC_PROC_UNAVAIL;
	path = sl_xdr_opaque(in, &bytes, SL_NFS_PATH_MAX);
	if (in->bad)
		return SL_RPC_GARBAGE_ARGS;
	if (!call->connection->trusted) {
		sl_stage_drop(rpc->stage, SL_RPC_DROP_CLIENT);
		answer_status(rpc, event, SL_NFS_ACCES);
		return SL_RPC_SUCCESS;
	}
	at = below(rpc, path, bytes);
	if (at < 0) {
		answer_status(rpc, event, SL_NFS_NOENT);
		return SL_RPC_SUCCESS;
	}
	memmove(text, path, bytes);
	call->count = bytes;
	event->data = text + at;
	event->data_bytes = bytes - at;
	event->op = SL_FILE_MOUNT;
	event->flow = call->connection->connection;
	nfs->status = SL_NFS_OK;
	nfs->has_attr = false;
	/* A client mounts for all of its users, so nobody in particular asks. */
	nfs->caller.known = false;
	sl_stage_call(rpc->stage, SL_RPC_FILES_PORT, event);
	return SL_RPC_SUCCESS;
}

/* mountstat3 has fewer names than nfsstat3. */
static u32 mount_status(const struct sl_file_args *nfs)
{
	switch (nfs->status) {
	case SL_NFS_OK:
		return !nfs->has_attr || nfs->attr.type == SL_FILE_DIR
			       ? SL_NFS_OK
			       : SL_NFS_NOTDIR;
	case SL_NFS_PERM:
	case SL_NFS_NOENT:
	case SL_NFS_ACCES:
	case SL_NFS_NOTDIR:
	case SL_NFS_INVAL:
	case SL_NFS_NAMETOOLONG:
	case SL_NFS_NOTSUPP:
		return nfs->status;
	case SL_NFS_STALE:
		return SL_NFS_NOENT;
	case SL_NFS_JUKEBOX:
		return SL_NFS_SERVERFAULT;
	default:
		return SL_NFS_IO;
	}
}

/**
 * sl_rpc_end_mount() - the export has answered to MNT
 * @rpc: the stage's state
 * @event: the call
 */
void sl_rpc_end_mount(struct sl_rpc *rpc, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);
	struct sl_rpc_call *call = sl_rpc_call(event);
	u32 status = mount_status(nfs);
	u8 *at;

	if (status) {
		answer_status(rpc, event, status);
		return;
	}
	remember(rpc, call->connection, event->buffer + SL_RPC_TEXT_AT,
		 call->count);
	at = sl_rpc_place(rpc, event, SL_RPC_SMALL);
	at = sl_rpc_accept(at, call, SL_RPC_SUCCESS);
	at = sl_xdr_put_u32(at, SL_NFS_OK);
	at = sl_rpc_put_handle(at, &nfs->object);
	at = sl_xdr_put_u32(at, 1);
	at = sl_xdr_put_u32(at, SL_RPC_AUTH_SYS);
	sl_rpc_finish(rpc, event, at);
}

static char *put_number(char *at, u32 value, u32 base)
{
	char text[8];
	u32 digits = 0;

	do {
		text[digits++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (digits)
		*at++ = text[--digits];
	return at;
}

/* An address for people; returns its length. */
static u32 write_address(char *text, const u8 *address)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = !memcmp(address, mapped, sizeof(mapped));
	char *at = text;
	u32 i;

	for (i = v4 ? 12 : 0; i < 16; i += v4 ? 1 : 2) {
		if (at != text)
			*at++ = v4 ? '.' : ':';
		at = v4 ? put_number(at, address[i], 10)
			: put_number(at, address[i] << 8 | address[i + 1], 16);
	}
	return at - text;
}

static void answer_dump(struct sl_rpc *rpc, struct sl_event *event)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	char text[ADDRESS_TEXT];
	u8 *at;
	u32 i;

	at = sl_rpc_place(rpc, event,
			  SL_RPC_SMALL + SL_RPC_MOUNTS *
						 (12 + ADDRESS_TEXT +
						  SL_RPC_MOUNT_BYTES));
	at = sl_rpc_accept(at, call, SL_RPC_SUCCESS);
	for (i = 0; i < SL_RPC_MOUNTS && call->connection->trusted; i++) {
		const struct sl_rpc_mount *mount = &rpc->mount[i];

		if (!mount->path_bytes)
			continue;
		at = sl_xdr_put_u32(at, true);
		at = sl_xdr_put_opaque(at, text,
				       write_address(text, mount->address));
		at = sl_xdr_put_opaque(at, mount->path, mount->path_bytes);
	}
	sl_rpc_finish(rpc, event, sl_xdr_put_u32(at, false));
}

static void answer_export(struct sl_rpc *rpc, struct sl_event *event)
{
	const char *list = rpc->options->clients;
	const char *client;
	u32 bytes;
	u8 *at;

	at = sl_rpc_place(rpc, event, EXPORT_BYTES);
	at = sl_rpc_accept(at, sl_rpc_call(event), SL_RPC_SUCCESS);
	at = sl_xdr_put_u32(at, true);
	if (rpc->path_bytes)
		at = sl_xdr_put_opaque(at, rpc->options->path, rpc->path_bytes);
	else
		at = sl_xdr_put_opaque(at, "/", 1);
	while ((bytes = sl_rpc_next_client(&list, &client))) {
		at = sl_xdr_put_u32(at, true);
		at = sl_xdr_put_opaque(at, client, bytes);
	}
	at = sl_xdr_put_u32(at, false);
	sl_rpc_finish(rpc, event, sl_xdr_put_u32(at, false));
}

/**
 * sl_rpc_begin_mount() - do a call of the mount program, or have it done
 * @rpc: the stage's state
 * @event: its event, of which the call is known
 * @in: its arguments
 *
 * Return: SL_RPC_SUCCESS if the call is seen to, or why it is refused.
 */
u32 sl_rpc_begin_mount(struct sl_rpc *rpc, struct sl_event *event,
		       struct sl_xdr *in)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_rpc_mount *mount;
	const u8 *path;
	u32 bytes;

	switch (call->procedure) {
	case SL_MOUNT_MNT:
		return begin_mnt(rpc, event, in);
	case SL_MOUNT_DUMP:
		answer_dump(rpc, event);
		break;
	case SL_MOUNT_UMNT:
		path = sl_xdr_opaque(in, &bytes, SL_NFS_PATH_MAX);
		if (in->bad)
			return SL_RPC_GARBAGE_ARGS;
		mount = find(rpc, call->connection, path, bytes);
		if (mount)
			mount->path_bytes = 0;
		answer_nothing(rpc, event);
		break;
	case SL_MOUNT_UMNTALL:
		forget(rpc, call->connection);
		answer_nothing(rpc, event);
		break;
	default:
		answer_export(rpc, event);
	}
	return SL_RPC_SUCCESS;
}
