// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Calls one after the other, until the files have handles. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "bench/plugin/libnfs.h"

struct search {
	struct nfs_client *client;
	struct handle *handle;
	bool done, found;
};

static void keep(struct handle *handle, const char *bytes, uint32_t count)
{
	if (count > sizeof(handle->bytes))
		count = 0;
	memcpy(handle->bytes, bytes, count);
	handle->fh.data.data_val = handle->bytes;
	handle->fh.data.data_len = count;
}

static void connected(struct rpc_context *rpc, int status, void *data,
		      void *context)
{
	struct search *search = context;

	(void)rpc;
	(void)data;
	search->done = true;
	search->found = status == RPC_STATUS_SUCCESS;
}

static void mounted(struct rpc_context *rpc, int status, void *data,
		    void *context)
{
	struct search *search = context;
	struct mountres3 *res = data;
	fhandle3 *handle;

	connected(rpc, status, data, context);
	search->found = search->found && res->fhs_status == MNT3_OK;
	if (!search->found)
		return;
	handle = &res->mountres3_u.mountinfo.fhandle;
	keep(search->handle, handle->fhandle3_val, handle->fhandle3_len);
}

static void looked_up(struct rpc_context *rpc, int status, void *data,
		      void *context)
{
	struct search *search = context;
	struct LOOKUP3res *res = data;
	struct LOOKUP3resok *ok;

	connected(rpc, status, data, context);
	search->found = search->found && res->status == NFS3_OK;
	if (!search->found)
		return;
	ok = &res->LOOKUP3res_u.resok;
	keep(search->handle, ok->object.data.data_val,
	     ok->object.data.data_len);
	if (search->handle == &search->client->big)
		search->client->big_bytes =
			ok->obj_attributes.post_op_attr_u.attributes.size;
}

static uint32_t transfer(uint32_t limit)
{
	limit = limit < NFS_TRANSFER_MAX ? limit : NFS_TRANSFER_MAX;
	return limit / NFS_PAGE_BYTES * NFS_PAGE_BYTES;
}

static void told(struct rpc_context *rpc, int status, void *data,
		 void *context)
{
	struct search *search = context;
	struct FSINFO3res *res = data;

	connected(rpc, status, data, context);
	search->found = search->found && res->status == NFS3_OK;
	if (!search->found)
		return;
	search->client->read_max = transfer(res->FSINFO3res_u.resok.rtmax);
	search->client->write_max = transfer(res->FSINFO3res_u.resok.wtmax);
}

/* Waits for the answer to a call of which err says whether it was sent. */
static bool finish(struct search *search, int err)
{
	struct rpc_context *rpc = search->client->rpc;

	while (!err && !search->done) {
		struct pollfd poll_fd = { .fd = rpc_get_fd(rpc),
					  .events = rpc_which_events(rpc) };

		err = poll(&poll_fd, 1, PATIENCE_MS) <= 0 ||
		      rpc_service(rpc, poll_fd.revents);
	}
	return !err && search->found;
}

static bool connect_to(struct nfs_client *client, const char *address,
		       uint16_t port)
{
	struct search search = { .client = client };

	client->rpc = rpc_init_context();
	return client->rpc &&
	       finish(&search, rpc_connect_async(client->rpc, address, port,
						 connected, &search));
}

static bool mount_export(struct nfs_client *client, const char *path)
{
	struct search search = { client, &client->root, false, false };
	char name[1024];

	snprintf(name, sizeof(name), "%s", path);
	return finish(&search, rpc_mount3_mnt_async(client->rpc, mounted, name,
						    &search));
}

static bool find(struct nfs_client *client, const char *file,
		 struct handle *handle)
{
	struct search search = { client, handle, false, false };
	char name[16];
	struct LOOKUP3args args = {
		.what = { .dir = client->root.fh, .name = name },
	};

	snprintf(name, sizeof(name), "%s", file);
	return finish(&search, rpc_nfs3_lookup_async(client->rpc, looked_up,
						     &args, &search));
}

static bool ask_limits(struct nfs_client *client)
{
	struct search search = { .client = client };
	struct FSINFO3args args = { .fsroot = client->root.fh };

	return finish(&search, rpc_nfs3_fsinfo_async(client->rpc, told, &args,
						     &search)) &&
	       client->read_max && client->write_max;
}

void disconnect(struct nfs_client *client)
{
	if (client->rpc)
		rpc_destroy_context(client->rpc);
	client->rpc = NULL;
}

bool mount_files(struct nfs_client *client, const char *address, uint16_t port,
		 uint16_t mount_port, const char *path)
{
	if (!connect_to(client, address, mount_port) ||
	    !mount_export(client, path))
		return false;
	disconnect(client);
	return connect_to(client, address, port) && ask_limits(client) &&
	       find(client, "file", &client->file) &&
	       find(client, "big", &client->big) &&
	       find(client, "names", &client->names) &&
	       find(client, "work", &client->work);
}
