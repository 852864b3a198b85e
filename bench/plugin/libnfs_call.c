// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What each load asks for, and what an answer to it must be. */
#include <stdio.h>
#include <string.h>

#include "bench/plugin/libnfs.h"

#define STRIDE		421	/* no two pages that are neighbours */
#define NAMES_BYTES	(1 << 16)

static bool ask_getattr(struct nfs_client *client, struct lane *lane)
{
	struct GETATTR3args args = { .object = client->file.fh };

	return queued(client, rpc_nfs3_getattr_async(client->rpc, answered,
						     &args, lane));
}

static int64_t check_getattr(struct lane *lane, void *data)
{
	struct GETATTR3res *res = data;

	(void)lane;
	if (res->status != NFS3_OK ||
	    res->GETATTR3res_u.resok.obj_attributes.size !=
		    NFS_FILE_PAGES * NFS_PAGE_BYTES)
		return -1;
	return 1;
}

static bool ask_lookup(struct nfs_client *client, struct lane *lane)
{
	struct LOOKUP3args args = {
		.what = { .dir = client->names.fh, .name = lane->name },
	};

	snprintf(lane->name, sizeof(lane->name), NFS_NAME_FORMAT,
		 (unsigned int)(client->turn++ % NFS_NAMES));
	return queued(client, rpc_nfs3_lookup_async(client->rpc, answered,
						    &args, lane));
}

static int64_t check_lookup(struct lane *lane, void *data)
{
	struct LOOKUP3res *res = data;

	(void)lane;
	return res->status == NFS3_OK &&
	       res->LOOKUP3res_u.resok.object.data.data_len ? 1 : -1;
}

static int read_at(struct nfs_client *client, struct lane *lane,
		   const struct handle *file)
{
	struct READ3args args = {
		.file = file->fh,
		.offset = lane->page * NFS_PAGE_BYTES,
		.count = lane->bytes,
	};

	return rpc_nfs3_read_async(client->rpc, answered, &args, lane);
}

static bool ask_read(struct nfs_client *client, struct lane *lane)
{
	lane->page = client->turn++ * STRIDE % NFS_FILE_PAGES;
	lane->bytes = NFS_PAGE_BYTES;
	return queued(client, read_at(client, lane, &client->file));
}

/* The next piece of big, if there is one. */
static bool take_piece(struct nfs_client *client, struct lane *lane,
		       uint32_t bytes_max)
{
	uint64_t left = client->big_bytes - client->position;

	lane->page = client->position / NFS_PAGE_BYTES;
	lane->bytes = left < bytes_max ? left : bytes_max;
	client->position += lane->bytes;
	return lane->bytes;
}

static bool ask_read_on(struct nfs_client *client, struct lane *lane)
{
	return take_piece(client, lane, client->read_max) &&
	       queued(client, read_at(client, lane, &client->big));
}

static int64_t check_read(struct lane *lane, void *data)
{
	struct READ3res *res = data;
	struct READ3resok *ok = &res->READ3res_u.resok;
	uint64_t page;

	if (res->status != NFS3_OK || ok->count != lane->bytes ||
	    ok->data.data_len != lane->bytes)
		return -1;
	memcpy(&page, ok->data.data_val, sizeof(page));
	if (page != lane->page)
		return -1;
	return lane->client->load == NFS_CLIENT_READ ? 1 : lane->bytes;
}

static int write_at(struct nfs_client *client, struct lane *lane,
		    const struct handle *file)
{
	struct WRITE3args args = {
		.file = file->fh,
		.offset = lane->page * NFS_PAGE_BYTES,
		.count = lane->bytes,
		.stable = UNSTABLE,
		.data = { lane->bytes, client->data },
	};
	uint64_t page = lane->page;
	uint32_t at;

	/* libnfs copies it before it returns. */
	for (at = 0; at < lane->bytes; at += NFS_PAGE_BYTES, page++)
		memcpy(client->data + at, &page, sizeof(page));
	return rpc_nfs3_write_async(client->rpc, answered, &args, lane);
}

int commit(struct nfs_client *client, struct lane *lane,
	   const struct handle *file)
{
	struct COMMIT3args args = { .file = file->fh };

	lane->commit = true;
	return rpc_nfs3_commit_async(client->rpc, answered, &args, lane);
}

static bool ask_write(struct nfs_client *client, struct lane *lane)
{
	lane->commit = client->turn % (NFS_COMMIT_EVERY + 1) ==
		       NFS_COMMIT_EVERY;
	lane->page = client->turn++ * STRIDE % NFS_FILE_PAGES;
	lane->bytes = NFS_PAGE_BYTES;
	return queued(client, lane->commit ?
		      commit(client, lane, &client->file) :
		      write_at(client, lane, &client->file));
}

static bool ask_write_on(struct nfs_client *client, struct lane *lane)
{
	lane->commit = false;
	return take_piece(client, lane, client->write_max) &&
	       queued(client, write_at(client, lane, &client->big));
}

static int64_t check_write(struct lane *lane, void *data)
{
	struct COMMIT3res *committed = data;
	struct WRITE3res *res = data;

	if (lane->commit)
		return committed->status == NFS3_OK ? 0 : -1;
	if (res->status != NFS3_OK ||
	    res->WRITE3res_u.resok.count != lane->bytes)
		return -1;
	return lane->client->load == NFS_CLIENT_WRITE ? 1 : lane->bytes;
}

static bool ask_create(struct nfs_client *client, struct lane *lane)
{
	const struct diropargs3 where = { client->work.fh, lane->name };
	struct CREATE3args create = {
		.where = where,
		.how = { .mode = GUARDED },
	};
	struct REMOVE3args remove = { .object = where };
	struct set_mode3 *mode =
		&create.how.createhow3_u.g_obj_attributes.mode;

	mode->set_it = 1;
	mode->set_mode3_u.mode = 0644;
	snprintf(lane->name, sizeof(lane->name), "w%02d",
		 (int)(lane - client->lane));
	if (lane->made)
		return queued(client,
			      rpc_nfs3_remove_async(client->rpc, answered,
						    &remove, lane));
	return queued(client, rpc_nfs3_create_async(client->rpc, answered,
						    &create, lane));
}

static int64_t check_create(struct lane *lane, void *data)
{
	struct CREATE3res *created = data;
	struct REMOVE3res *removed = data;
	bool made = lane->made;

	lane->made = !made;
	if ((made ? removed->status : created->status) != NFS3_OK) {
		lane->made = false;
		return -1;
	}
	return made;
}

static bool ask_readdirplus(struct nfs_client *client, struct lane *lane)
{
	struct READDIRPLUS3args args = {
		.dir = client->names.fh,
		.dircount = NAMES_BYTES,
		.maxcount = NAMES_BYTES,
	};

	return queued(client, rpc_nfs3_readdirplus_async(client->rpc, answered,
							 &args, lane));
}

static int64_t check_readdirplus(struct lane *lane, void *data)
{
	struct READDIRPLUS3res *res = data;
	struct READDIRPLUS3resok *ok = &res->READDIRPLUS3res_u.resok;
	struct entryplus3 *entry;
	uint32_t names = 0;

	(void)lane;
	if (res->status != NFS3_OK || !ok->reply.eof)
		return -1;
	/* "." and ".." may be there or not, but each name whole. */
	for (entry = ok->reply.entries; entry; entry = entry->nextentry)
		names += *entry->name != '.' &&
			 entry->name_attributes.attributes_follow &&
			 entry->name_handle.handle_follows;
	return names == NFS_NAMES ? 1 : -1;
}

const struct work works[NFS_CLIENT_LOADS] = {
	[NFS_CLIENT_GETATTR] = { "GETATTR", ask_getattr, check_getattr },
	[NFS_CLIENT_LOOKUP] = { "LOOKUP", ask_lookup, check_lookup },
	[NFS_CLIENT_READ] = { "READ", ask_read, check_read },
	[NFS_CLIENT_WRITE] = { "WRITE", ask_write, check_write },
	[NFS_CLIENT_CREATE] = { "CREATE, REMOVE", ask_create, check_create },
	[NFS_CLIENT_READDIRPLUS] = { "READDIRPLUS", ask_readdirplus,
				     check_readdirplus },
	[NFS_CLIENT_READ_ON] = { "READ of all", ask_read_on, check_read },
	[NFS_CLIENT_WRITE_ON] = { "WRITE of all", ask_write_on, check_write },
};
