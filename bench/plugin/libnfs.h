/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of the plug-in share: a client of libnfs's raw interface.
 *
 * A lane is one call outstanding: when its answer comes it is checked, and the
 * lane asks for the next thing at once.
 */
#ifndef SL_PLUGIN_LIBNFS_H
#define SL_PLUGIN_LIBNFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs-raw-nfs.h>

#include "bench/nfs_client.h"

#define PATIENCE_MS	60000

struct handle {
	char bytes[NFS3_FHSIZE];
	struct nfs_fh3 fh;
};

struct lane {
	struct nfs_client *client;
	uint64_t page;		/* that was asked for */
	uint32_t bytes;
	bool commit;		/* the call is a COMMIT */
	bool made;		/* its file in work is there */
	char name[16];
};

struct nfs_client {
	struct rpc_context *rpc;
	struct handle root, file, big, names, work;
	uint64_t big_bytes;
	uint32_t read_max, write_max;
	enum nfs_client_load load;
	struct lane lane[NFS_IN_FLIGHT_MAX];
	uint32_t out;		/* calls */
	uint64_t turn;
	uint64_t position;	/* in big */
	uint64_t done;
	bool over, wrong;
	char data[NFS_TRANSFER_MAX];
};

/* How a load asks, false if there is no more, and what it makes of answers. */
struct work {
	const char *name;
	bool (*ask)(struct nfs_client *client, struct lane *lane);
	/* What was done, 0 if nothing that counts; below 0 if it is wrong. */
	int64_t (*check)(struct lane *lane, void *data);
};

/* Of nfs_client_load. */
extern const struct work works[NFS_CLIENT_LOADS];

/* Every call's; its context is the lane. */
void answered(struct rpc_context *rpc, int status, void *data, void *context);

/* Queues a COMMIT of a file; 0 if it could. */
int commit(struct nfs_client *client, struct lane *lane,
	   const struct handle *file);

/* Says what went wrong, of which only the first is told. */
void complain(struct nfs_client *client, const char *what);

bool queued(struct nfs_client *client, int err);

/* Connects, mounts and finds the files; false if that failed. */
bool mount_files(struct nfs_client *client, const char *address, uint16_t port,
		 uint16_t mount_port, const char *path);
void disconnect(struct nfs_client *client);

#endif /* SL_PLUGIN_LIBNFS_H */
