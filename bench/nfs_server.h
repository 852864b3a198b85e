/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * NFS servers in processes of their own: sluice and nfs-ganesha.
 *
 * ganesha does not start without an rpcbind to register with, nor leave the
 * host's alone.  So it gets one of its own, and all of it a loopback network
 * of its own, which the benchmark enters for good: nfs_server_isolate().  Its
 * processes are in a PID namespace whose init ends with the benchmark, however
 * that ends.
 */
#ifndef SL_NFS_SERVER_H
#define SL_NFS_SERVER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "bench/nfs_sender.h"

/* That either remembers: more than there are. */
#define NFS_SERVER_FILES	262144
#define NFS_SERVER_SETTINGS	32

enum nfs_peer { NFS_SLUICE, NFS_GANESHA, NFS_PEERS };

extern const char *const nfs_peer_name[NFS_PEERS];

struct nfs_server {
	/* Set by the caller. */
	enum nfs_peer peer;
	char directory[PATH_MAX];	/* where it may write */
	char export[PATH_MAX];		/* what it serves */
	int cpu[2];	/* where it runs; both the same: on one */
	const char *setting[NFS_SERVER_SETTINGS]; /* sluice's, the last wins */
	u32 settings;
	/* Set by nfs_server_start(). */
	struct nfs_target target;
	pid_t pid;
};

/**
 * nfs_server_isolate() - a loopback network of our own, for good
 *
 * Return: 0 or a negative errno; -EPERM takes root to avoid.
 */
int nfs_server_isolate(void);

/**
 * nfs_server_start() - start a server and wait until it answers
 * @server: what to start
 *
 * Return: 0, or -EIO after it has been said why.
 */
int nfs_server_start(struct nfs_server *server);

/**
 * nfs_server_stop() - stop a server, by force if need be
 * @server: the server; with none running, nothing happens
 */
void nfs_server_stop(struct nfs_server *server);

#endif /* SL_NFS_SERVER_H */
