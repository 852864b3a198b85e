/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * An NFS client that is not ours: libnfs, with its asynchronous calls of NFS
 * version 3, in a plug-in, bench/plugin/libnfs.c, so that the command does not
 * depend on it.
 *
 * It keeps calls outstanding over one connection and checks each answer.  The
 * files that it uses are there already, made by bench/nfs_scratch.c:
 *
 *   file	NFS_FILE_PAGES pages, each begins with its number
 *   big	the same, as long as it is
 *   names/	NFS_NAMES files, n00 and so on
 *   work/	empty
 *
 * This header is plain C, for plug-ins see the C library's headers only.
 */
#ifndef SL_NFS_CLIENT_H
#define SL_NFS_CLIENT_H

#include <stdint.h>

#define NFS_PAGE_BYTES		4096
#define NFS_FILE_PAGES		1024
#define NFS_NAMES		100
#define NFS_NAME_FORMAT		"n%02u"
#define NFS_COMMIT_EVERY	64	/* WRITEs */
#define NFS_IN_FLIGHT_MAX	64
#define NFS_TRANSFER_MAX	(1 << 20)

enum nfs_client_load {
	NFS_CLIENT_GETATTR,
	NFS_CLIENT_LOOKUP,
	NFS_CLIENT_READ,
	NFS_CLIENT_WRITE,	/* unstable; COMMITs are not counted */
	NFS_CLIENT_CREATE,	/* and REMOVE; pairs are counted */
	NFS_CLIENT_READDIRPLUS,
	NFS_CLIENT_READ_ON,	/* big, from its start to its end; bytes */
	NFS_CLIENT_WRITE_ON,	/* likewise, with a COMMIT at the end */
	NFS_CLIENT_LOADS,
};

struct nfs_client;

struct nfs_client_plugin {
	/* Connects and mounts; NULL after a line on stderr. */
	struct nfs_client *(*open)(const char *address, uint16_t port,
				   uint16_t mount_port, const char *path);
	/*
	 * Asks for some time; loads over big for at least one pass.  Returns
	 * what was done a second, below 0 after a line on stderr.
	 */
	double (*run)(struct nfs_client *client, enum nfs_client_load load,
		      uint32_t in_flight, double seconds);
	void (*close)(struct nfs_client *client);
};

/* What the plug-in exports. */
#define NFS_CLIENT_PLUGIN	"nfs_client_plugin"

#endif /* SL_NFS_CLIENT_H */
