/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The NFS server of sluice bench nfsmix: this program once more, running
 * pipelines/nfs.yaml in a process of its own, and what can be seen of it.
 */
#ifndef SL_NFS_MIX_SERVER_H
#define SL_NFS_MIX_SERVER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include <linux/types.h>

#include "profiler/stats.h"

#define SL_NFS_MIX_SETTINGS	16u

struct sl_nfs_mix_seen {
	u64 memory_bytes;	/* resident */
	u32 descriptors;
	char banks[256];	/* events that were away at most, of how many */
};

struct sl_nfs_mix_server {
	const char *setting[SL_NFS_MIX_SETTINGS];
	u32 settings;
	u64 seconds;		/* then it ends by itself */
	u16 port;
	pid_t pid;
	char stats_path[64];
	char log_path[PATH_MAX];
	const struct sl_stats *stats;
	struct sl_nfs_mix_seen seen;
};

/**
 * sl_nfs_mix_server_set() - add an option of a stage
 * @server: not started yet
 * @setting: as for sluice run --set
 *
 * Return: false, after a line on stderr, if there are too many.
 */
bool sl_nfs_mix_server_set(struct sl_nfs_mix_server *server,
			   const char *setting);

/**
 * sl_nfs_mix_server_start() - start it, and wait until it can be reached
 * @server: the server
 * @export: directory that it serves; its log is beside that
 *
 * Return: 0, or 1 after a line on stderr.
 */
int sl_nfs_mix_server_start(struct sl_nfs_mix_server *server,
			    const char *export);

/* Looks at it; false, after a line on stderr, if it has ended by itself. */
bool sl_nfs_mix_server_look(struct sl_nfs_mix_server *server);

/**
 * sl_nfs_mix_server_stop() - end it, when its clients have gone
 * @server: a server that runs, or has ended by itself
 *
 * Return: how many things were wrong; a line on stdout has named each.
 */
u32 sl_nfs_mix_server_stop(struct sl_nfs_mix_server *server);

/* Ends it, if it is there, at once. */
void sl_nfs_mix_server_kill(struct sl_nfs_mix_server *server);

#endif
