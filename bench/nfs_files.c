// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Preparations are calls like others, as many at once as may be: hundreds of
 * thousands of files would take too long one after the other.
 */
#include "bench/nfs_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "stages/nfs/file.h"
#include "stages/nfs/nfs.h"
#include "stages/nfs/rpc.h"

#define FILL_BYTES     32768
#define MODE_FILE      0644
#define MODE_DIRECTORY 0755

/* Names that are being asked for: prefix0, prefix1, ... of one directory. */
struct search {
	struct nfs_wire *wire;
	const struct nfs_handle *parent;
	enum nfs_kind kind;
	const char *prefix;
	struct nfs_handle *handle;
	u32 index[NFS_WIRE_SLOTS];  /* of the name that a slot is about */
	bool makes[NFS_WIRE_SLOTS]; /* it, and does not look it up */
};

u8 *nfs_put_handle(u8 *at, const struct nfs_handle *handle)
{
	return sl_xdr_put_opaque(at, handle->data, handle->bytes);
}

/* Return: whether there is a handle. */
bool nfs_take_handle(struct sl_xdr *in, struct nfs_handle *handle)
{
	const u8 *data = sl_xdr_opaque(in, &handle->bytes, NFS_HANDLE_MAX);

	memcpy(handle->data, data, handle->bytes);
	return !in->bad && handle->bytes;
}

static int complain(const struct nfs_wire *wire, const char *what, u32 status)
{
	fprintf(stderr, "%s: %s: %s\n", wire->who, what,
		status ? strerror(-sl_nfs_error(status)) : "a wrong answer");
	return -EIO;
}

/* Sends what was put and waits for the reply of one slot. */
static int exchange(struct nfs_wire *wire, struct nfs_reply *reply)
{
	int got = nfs_wire_send(wire);

	while (!got) {
		got = nfs_wire_receive(wire);
		if (!got)
			got = nfs_wire_next(wire, reply);
	}
	return got < 0 ? got : 0;
}

/**
 * nfs_files_mount() - the handle of an export
 * @target: server that has it
 * @who: what to call the server in complaints
 * @root: gets it
 *
 * Return: 0, or a negative errno after a line on stderr.
 */
int nfs_files_mount(const struct nfs_target *target, const char *who,
		    struct nfs_handle *root)
{
	struct nfs_reply reply;
	struct nfs_wire wire;
	u32 status;
	u8 *at;
	int err = nfs_wire_open(&wire, who, target->address,
				target->mount_port);

	if (err)
		return err;
	at = nfs_wire_call(&wire, 0, SL_RPC_MOUNT, 3, SL_MOUNT_MNT);
	if (strlen(target->path) > NFS_WIRE_CALL / 2) {
		err = complain(&wire, target->path, SL_NFS_NAMETOOLONG);
		goto out;
	}
	at = sl_xdr_put_opaque(at, target->path, strlen(target->path));
	nfs_wire_end(&wire, 0, at);
	nfs_wire_put(&wire, 0);
	err = exchange(&wire, &reply);
	if (err)
		goto out;
	status = sl_xdr_u32(&reply.results);
	if (status || !nfs_take_handle(&reply.results, root))
		err = complain(&wire, "cannot mount", status);
out:
	nfs_wire_close(&wire);
	return err;
}

/* Attributes of something new: its mode, and otherwise what is usual. */
static u8 *put_attributes(u8 *at, u32 mode)
{
	at = sl_xdr_put_u32(at, 1);
	at = sl_xdr_put_u32(at, mode);
	at = sl_xdr_put_u64(at, 0);   /* no owner, no group, */
	at = sl_xdr_put_u32(at, 0);   /* no size */
	return sl_xdr_put_u64(at, 0); /* and the server's times */
}

/* Asks for a name, by looking it up or by making it. */
static void ask(struct search *search, u32 slot, bool makes)
{
	const bool file = search->kind == NFS_KIND_FILE;
	u32 procedure = SL_FILE_LOOKUP;
	char name[32];
	u8 *at;

	if (makes)
		procedure = file ? SL_FILE_CREATE : SL_FILE_MKDIR;
	search->makes[slot] = makes;
	snprintf(name, sizeof(name), "%s%u", search->prefix,
		 search->index[slot]);
	at = nfs_wire_call(search->wire, slot, SL_RPC_NFS, 3, procedure);
	at = nfs_put_handle(at, search->parent);
	at = sl_xdr_put_opaque(at, name, strlen(name));
	if (makes && file)
		at = sl_xdr_put_u32(at, SL_FILE_UNCHECKED);
	if (makes)
		at = put_attributes(at, file ? MODE_FILE : MODE_DIRECTORY);
	nfs_wire_end(search->wire, slot, at);
	nfs_wire_put(search->wire, slot);
}

static int take(struct search *search, struct nfs_reply *reply)
{
	u32 status = sl_xdr_u32(&reply->results), slot = reply->slot;
	struct nfs_handle *handle = search->handle + search->index[slot];
	const bool makes = search->makes[slot];

	if (status == SL_NFS_NOENT && !makes) {
		ask(search, slot, true);
		return 0;
	}
	if (status)
		return complain(search->wire, search->prefix, status);
	/* Who makes something need not be told its handle. */
	if (makes && !sl_xdr_u32(&reply->results)) {
		ask(search, slot, false);
		return 0;
	}
	if (!nfs_take_handle(&reply->results, handle))
		return complain(search->wire, search->prefix, 0);
	return 0;
}

/**
 * nfs_files_find() - handles of names in one directory
 * @wire: connection with nothing out
 * @parent: the directory
 * @kind: what those are made as that are not there
 * @prefix: what the names begin with; a number follows, from 0 on
 * @count: how many
 * @handle: gets them
 *
 * Return: 0, or a negative errno after a line on stderr.
 */
int nfs_files_find(struct nfs_wire *wire, const struct nfs_handle *parent,
		   enum nfs_kind kind, const char *prefix, u32 count,
		   struct nfs_handle *handle)
{
	struct search search = { .wire = wire, .parent = parent, .kind = kind, .prefix = prefix, .handle = handle };
	struct nfs_reply reply;
	u32 next = 0, slot;
	int err, got;

	while (next < count || wire->out) {
		for (slot = 0; slot < NFS_WIRE_SLOTS && next < count; slot++)
			if (!wire->slot[slot].out) {
				search.index[slot] = next++;
				ask(&search, slot, false);
			}
		err = nfs_wire_send(wire);
		err = err ?: nfs_wire_receive(wire);
		while (!err && (got = nfs_wire_next(wire, &reply)))
			err = got < 0 ? got : take(&search, &reply);
		if (err)
			return err;
	}
	return 0;
}

/**
 * nfs_files_fill() - make a file NFS_FILE_BYTES long, on the server's disk
 * @wire: connection with nothing out
 * @file: whatever it holds
 *
 * Return: 0, or a negative errno after a line on stderr.
 */
int nfs_files_fill(struct nfs_wire *wire, const struct nfs_handle *file)
{
	static const u8 data[FILL_BYTES] = "what a file is filled with";
	struct nfs_reply reply;
	u32 offset, status;
	int err;
	u8 *at;

	for (offset = 0; offset < NFS_FILE_BYTES; offset += FILL_BYTES) {
		at = nfs_wire_call(wire, 0, SL_RPC_NFS, 3, SL_FILE_WRITE);
		at = nfs_put_handle(at, file);
		at = sl_xdr_put_u64(at, offset);
		at = sl_xdr_put_u32(at, FILL_BYTES);
		at = sl_xdr_put_u32(at, offset + FILL_BYTES < NFS_FILE_BYTES ? SL_FILE_UNSTABLE : SL_FILE_SYNC);
		at = sl_xdr_put_u32(at, FILL_BYTES);
		wire->slot[0].data = data;
		wire->slot[0].data_bytes = FILL_BYTES;
		nfs_wire_end(wire, 0, at);
		nfs_wire_put(wire, 0);
		err = exchange(wire, &reply);
		if (err)
			return err;
		status = sl_xdr_u32(&reply.results);
		if (status)
			return complain(wire, "cannot write", status);
	}
	return 0;
}

/**
 * nfs_files_many() - handles of many files, in directories of a thousand each
 * @wire: connection with nothing out
 * @parent: directory that those directories are in
 * @count: files
 * @handle: gets them
 *
 * Return: 0, or a negative errno after a line on stderr.
 */
int nfs_files_many(struct nfs_wire *wire, const struct nfs_handle *parent,
		   u32 count, struct nfs_handle *handle)
{
	struct nfs_handle directory[NFS_NAMES_MAX];
	u32 directories = (count + NFS_NAMES_MAX - 1) / NFS_NAMES_MAX, i;
	int err;

	if (directories > NFS_NAMES_MAX)
		return complain(wire, "so many files", SL_NFS_FBIG);
	err = nfs_files_find(wire, parent, NFS_KIND_DIRECTORY, "d",
			     directories, directory);
	for (i = 0; i < directories && !err; i++) {
		u32 first = i * NFS_NAMES_MAX;

		err = nfs_files_find(wire, directory + i, NFS_KIND_FILE, "f",
				     min_t(u32, NFS_NAMES_MAX, count - first),
				     handle + first);
	}
	return err;
}
