/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the command sluice bench nfsmix and its load, a plug-in that needs
 * libnfs, know of each other.
 *
 * Every client has a connection, a user and a directory of its own, and a
 * reference of what must be in it: names, kinds, links, modes, sizes, and of
 * each piece of a file, when it was written last.  It makes one call after the
 * other, chosen by dice, and compares every answer with the reference.  One
 * that finds a difference says so and stops, for it no longer knows what is
 * right.
 */
#ifndef SL_NFS_MIX_H
#define SL_NFS_MIX_H

#include <stdbool.h>
#include <stdint.h>

struct sl_nfs_mix {
	/* What is wanted. */
	uint16_t port;		/* of a server on this host */
	uint32_t clients;
	uint64_t rate;		/* calls a second of all of them; 0: any */
	uint64_t seed;
	uint32_t uid;		/* of the first client */
	uint32_t users;		/* that clients take turns to be */
	/* Called often, once all are connected; says whether to go on. */
	bool (*look)(struct sl_nfs_mix *mix);

	/* What became of it. */
	uint64_t calls;		/* answered */
	uint64_t errors;
	uint64_t connections;	/* made */
};

/* The directory of a client; takes its number. */
#define SL_NFS_MIX_DIRECTORY	"client%u"

/* Makes the load; returns 0, or 1 if it could not begin and has said why. */
typedef int sl_nfs_mix_load(struct sl_nfs_mix *mix);
#define SL_NFS_MIX_LOAD		"sl_nfs_mix_load_libnfs"

#endif /* SL_NFS_MIX_H */
