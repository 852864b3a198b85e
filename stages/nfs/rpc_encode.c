// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Results of NFS, from struct sl_file_args onto the wire.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "stages/nfs/rpc_stage.h"

#define NS_IN_S		1000000000u
/* FSINFO: links, symbolic links, PATHCONF is one for all, times can be set */
#define PROPERTIES	(1 | 2 | 8 | 16)
#define DIRECTORY_BYTES	65536u	/* of a listing that we like best */

static u8 *put_time(u8 *at, u64 ns)
{
	u32 nanoseconds;
	u64 seconds = div_u64_rem(ns, NS_IN_S, &nanoseconds);

	at = sl_xdr_put_u32(at, seconds);
	return sl_xdr_put_u32(at, nanoseconds);
}

/* fattr3 */
static u8 *put_attr(u8 *at, const struct sl_file_attr *attr)
{
	at = sl_xdr_put_u32(at, attr->type);
	at = sl_xdr_put_u32(at, attr->mode);
	at = sl_xdr_put_u32(at, attr->links);
	at = sl_xdr_put_u32(at, attr->uid);
	at = sl_xdr_put_u32(at, attr->gid);
	at = sl_xdr_put_u64(at, attr->size);
	at = sl_xdr_put_u64(at, attr->used);
	at = sl_xdr_put_u32(at, attr->major);
	at = sl_xdr_put_u32(at, attr->minor);
	at = sl_xdr_put_u64(at, attr->fsid);
	at = sl_xdr_put_u64(at, attr->fileid);
	at = put_time(at, attr->atime_ns);
	at = put_time(at, attr->mtime_ns);
	return put_time(at, attr->ctime_ns);
}

/**
 * sl_rpc_put_post_op_attr() - write attributes that may be missing
 * @at: where
 * @is_there: are they known
 * @attr: attributes
 *
 * Return: where to go on.
 */
u8 *sl_rpc_put_post_op_attr(u8 *at, bool is_there,
			    const struct sl_file_attr *attr)
{
	at = sl_xdr_put_u32(at, is_there);
	return is_there ? put_attr(at, attr) : at;
}

/**
 * sl_rpc_put_handle() - write a handle, as short as it can be
 * @at: where
 * @handle: handle
 *
 * Words of zeros at its end are added again when it comes back.
 *
 * Return: where to go on.
 */
u8 *sl_rpc_put_handle(u8 *at, const struct sl_file_handle *handle)
{
	u32 words = ARRAY_SIZE(handle->word);

	while (words && !handle->word[words - 1])
		words--;
	return sl_xdr_put_opaque(at, handle, words * sizeof(handle->word[0]));
}

static u8 *put_attr_of(u8 *at, const struct sl_file_args *nfs)
{
	return sl_rpc_put_post_op_attr(at, nfs->has_attr, &nfs->attr);
}

static u8 *put_directory(u8 *at, const struct sl_file_args *nfs)
{
	return sl_rpc_put_post_op_attr(at, nfs->has_directory, &nfs->directory);
}

/* wcc_data, but for what follows: attributes after the operation */
static u8 *put_before(u8 *at, const struct sl_file_args *nfs, u32 which)
{
	const struct sl_file_before *before = &nfs->before[which];

	at = sl_xdr_put_u32(at, nfs->has_before[which]);
	if (!nfs->has_before[which])
		return at;
	at = sl_xdr_put_u64(at, before->size);
	at = put_time(at, before->mtime_ns);
	return put_time(at, before->ctime_ns);
}

/* What has become of the file itself. */
static u8 *put_change(u8 *at, const struct sl_file_args *nfs)
{
	return put_attr_of(put_before(at, nfs, 0), nfs);
}

/* What has become of the directory that it is in. */
static u8 *put_directory_change(u8 *at, const struct sl_file_args *nfs)
{
	return put_directory(put_before(at, nfs, 0), nfs);
}

static u8 *put_lookup(u8 *at, const struct sl_file_args *nfs)
{
	if (!nfs->status) {
		at = sl_rpc_put_handle(at, &nfs->object);
		at = put_attr_of(at, nfs);
	}
	return put_directory(at, nfs);
}

static u8 *put_access(u8 *at, const struct sl_file_args *nfs)
{
	at = put_attr_of(at, nfs);
	return nfs->status ? at : sl_xdr_put_u32(at, nfs->access);
}

static u8 *put_write(u8 *at, const struct sl_file_args *nfs)
{
	at = put_change(at, nfs);
	if (nfs->status)
		return at;
	at = sl_xdr_put_u32(at, nfs->count);
	at = sl_xdr_put_u32(at, nfs->stable);
	return sl_xdr_put_u64(at, nfs->verifier);
}

static u8 *put_create(u8 *at, const struct sl_file_args *nfs)
{
	if (!nfs->status) {
		at = sl_xdr_put_u32(at, true);
		at = sl_rpc_put_handle(at, &nfs->object);
		at = put_attr_of(at, nfs);
	}
	return put_directory_change(at, nfs);
}

static u8 *put_rename(u8 *at, const struct sl_file_args *nfs)
{
	at = put_directory_change(at, nfs);
	return put_attr_of(put_before(at, nfs, 1), nfs);
}

static u8 *put_link(u8 *at, const struct sl_file_args *nfs)
{
	return put_directory_change(put_attr_of(at, nfs), nfs);
}

static u8 *put_commit(u8 *at, const struct sl_file_args *nfs)
{
	at = put_change(at, nfs);
	return nfs->status ? at : sl_xdr_put_u64(at, nfs->verifier);
}

static u8 *put_readlink(u8 *at, const struct sl_file_args *nfs,
			const struct sl_event *event)
{
	at = put_attr_of(at, nfs);
	if (nfs->status)
		return at;
	return sl_xdr_put_opaque(at, event->data, event->data_bytes);
}

static u8 *put_space(u8 *at, const struct sl_file_args *nfs,
		     const struct sl_event *event)
{
	struct sl_file_space space;

	at = put_attr_of(at, nfs);
	if (nfs->status)
		return at;
	memcpy(&space, event->data, sizeof(space));
	at = sl_xdr_put_u64(at, space.total_bytes);
	at = sl_xdr_put_u64(at, space.free_bytes);
	at = sl_xdr_put_u64(at, space.avail_bytes);
	at = sl_xdr_put_u64(at, space.total_files);
	at = sl_xdr_put_u64(at, space.free_files);
	at = sl_xdr_put_u64(at, space.avail_files);
	return sl_xdr_put_u32(at, 0);	/* for so long that stays as it is */
}

static u8 *put_fsinfo(u8 *at, const struct sl_file_args *nfs,
		      struct sl_event *event, const struct sl_rpc *rpc)
{
	struct sl_file_limits limits;
	u32 read_max, write_max, transfer_max;

	at = put_attr_of(at, nfs);
	if (nfs->status)
		return at;
	memcpy(&limits, event->data, sizeof(limits));
	transfer_max = sl_rpc_transfer_max(rpc, sl_rpc_call(event)->connection);
	read_max = min(limits.read_max, transfer_max);
	write_max = min(limits.write_max, transfer_max);
	at = sl_xdr_put_u32(at, read_max);
	at = sl_xdr_put_u32(at, read_max);
	at = sl_xdr_put_u32(at, 4096);
	at = sl_xdr_put_u32(at, write_max);
	at = sl_xdr_put_u32(at, write_max);
	at = sl_xdr_put_u32(at, 4096);
	at = sl_xdr_put_u32(at, min(transfer_max, DIRECTORY_BYTES));
	at = sl_xdr_put_u64(at, limits.file_bytes_max);
	at = put_time(at, limits.time_unit_ns);
	return sl_xdr_put_u32(at, PROPERTIES);
}

static u8 *put_pathconf(u8 *at, const struct sl_file_args *nfs,
			const struct sl_event *event)
{
	struct sl_file_limits limits;

	at = put_attr_of(at, nfs);
	if (nfs->status)
		return at;
	memcpy(&limits, event->data, sizeof(limits));
	at = sl_xdr_put_u32(at, limits.links_max);
	at = sl_xdr_put_u32(at, limits.name_max);
	at = sl_xdr_put_u32(at, true);	/* long names are refused, not cut */
	at = sl_xdr_put_u32(at, true);	/* root alone gives files away */
	at = sl_xdr_put_u32(at, false);	/* A is not a */
	return sl_xdr_put_u32(at, true);
}

/**
 * sl_rpc_encode() - write the results of NFS, from the status on
 * @at: where; there is room for SL_RPC_SMALL bytes and for what data holds
 * @rpc: the stage's state
 * @event: the answered call, but for a READ that has read something
 *
 * Return: where they end.
 */
u8 *sl_rpc_encode(u8 *at, struct sl_rpc *rpc, struct sl_event *event)
{
	const struct sl_file_args *nfs = sl_file(event);
	u32 procedure = sl_rpc_call(event)->procedure;

	if (procedure == SL_FILE_READDIR || procedure == SL_FILE_READDIRPLUS)
		return sl_rpc_encode_entries(at, event);
	at = sl_xdr_put_u32(at, nfs->status);
	switch (procedure) {
	case SL_FILE_GETATTR:
		return nfs->status ? at : put_attr(at, &nfs->attr);
	case SL_FILE_SETATTR:
		return put_change(at, nfs);
	case SL_FILE_LOOKUP:
		return put_lookup(at, nfs);
	case SL_FILE_ACCESS:
		return put_access(at, nfs);
	case SL_FILE_READLINK:
		return put_readlink(at, nfs, event);
	case SL_FILE_WRITE:
		return put_write(at, nfs);
	case SL_FILE_CREATE:
	case SL_FILE_MKDIR:
	case SL_FILE_SYMLINK:
	case SL_FILE_MKNOD:
		return put_create(at, nfs);
	case SL_FILE_REMOVE:
	case SL_FILE_RMDIR:
		return put_directory_change(at, nfs);
	case SL_FILE_RENAME:
		return put_rename(at, nfs);
	case SL_FILE_LINK:
		return put_link(at, nfs);
	case SL_FILE_FSSTAT:
		return put_space(at, nfs, event);
	case SL_FILE_FSINFO:
		return put_fsinfo(at, nfs, event, rpc);
	case SL_FILE_PATHCONF:
		return put_pathconf(at, nfs, event);
	case SL_FILE_COMMIT:
		return put_commit(at, nfs);
	default:		/* a READ that has failed */
		return put_attr_of(at, nfs);
	}
}
