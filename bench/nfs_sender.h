/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A client that costs next to nothing: NFS calls that were encoded before,
 * kept in flight over one TCP connection, so that what is measured is the
 * server and not who asks.
 *
 * It mounts the export of any NFS version 3 server, makes the files it needs
 * there, encodes as many calls as may be in flight, and then only changes
 * their xids.  Each reply is checked: its xid, its RPC and NFS status, and for
 * READ and WRITE the count.
 */
#ifndef SL_NFS_SENDER_H
#define SL_NFS_SENDER_H

#include <stdbool.h>

#include <linux/types.h>

/* A server that runs; numbers in host byte order. */
struct nfs_target {
	const char *address;	/* as text, IPv4 */
	u16 port;		/* of NFS */
	u16 mount_port;		/* of the mount program */
	const char *path;	/* of the export, as its clients call it */
};

enum nfs_load {
	NFS_NULL,		/* the echo of RPC: what the wire costs */
	NFS_GETATTR,		/* of one file */
	NFS_LOOKUP,
	NFS_READ,		/* 4 KiB, all over a file of 4 MiB */
	NFS_WRITE,		/* the same, unstable, a COMMIT every 64 */
	NFS_GETATTR_FAR,	/* of files in random order, as many as asked */
	NFS_LOADS,
};

struct nfs_sender;

/**
 * nfs_sender_open() - connect, mount, make files and encode calls
 * @target: server to ask
 * @load: what to ask for
 * @in_flight: calls outstanding, at most 64
 * @files: of NFS_GETATTR_FAR; they are made unless they are there
 *
 * Return: the sender, or NULL with one line on stderr that says why.
 */
struct nfs_sender *nfs_sender_open(const struct nfs_target *target,
				   enum nfs_load load, u32 in_flight,
				   u32 files);

/**
 * nfs_sender_run() - ask for some time
 * @sender: of nfs_sender_open()
 * @seconds: how long
 * @cpu: of the calling thread meanwhile, -1: any
 *
 * Return: calls a second, below 0 if an answer was wrong (said on stderr).
 */
double nfs_sender_run(struct nfs_sender *sender, double seconds, int cpu);

void nfs_sender_close(struct nfs_sender *sender);

#endif /* SL_NFS_SENDER_H */
