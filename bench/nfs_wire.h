/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One TCP connection to a server of ONC RPC, with up to 64 calls out.
 *
 * A call lies in a slot, encoded, and can be sent again: only its xid changes.
 * What is put is sent by nfs_wire_send(), all of it with one sendmsg() unless
 * the kernel takes less; slots that follow each other leave as one piece.
 * Replies are taken as they come, many with one recv(); the xid says whose
 * each is.
 *
 *   at = nfs_wire_call(wire, slot, program, version, procedure);
 *   ...                           arguments, written behind at
 *   nfs_wire_end(wire, slot, at)
 *   nfs_wire_put(wire, slot)      as often as the slot is not out
 *   nfs_wire_send(wire)
 *   nfs_wire_receive(wire)        waits
 *   while (nfs_wire_next(wire, &reply) > 0)
 *
 * Whatever goes wrong is said on stderr, once, where it is found.
 */
#ifndef SL_NFS_WIRE_H
#define SL_NFS_WIRE_H

#include <sys/uio.h>

#include <linux/types.h>

#include "stages/nfs/xdr.h"

#define NFS_WIRE_SLOTS 64
#define NFS_WIRE_CALL  512 /* bytes of a call, without data of a WRITE */

struct nfs_slot {
	u8 *call;
	const u8 *data; /* goes behind the call; NULL: nothing does */
	u32 bytes;
	u32 data_bytes;
	u32 xid;
	bool out;
};

struct nfs_wire {
	const char *who; /* at the other end, for complaints */
	int fd;
	bool spins; /* looks for replies a while before it sleeps */
	u32 out;    /* slots that are */
	u32 round;
	struct nfs_slot slot[NFS_WIRE_SLOTS];

	/* What is to be sent: pieces, the next of them first. */
	struct iovec piece[2 * NFS_WIRE_SLOTS];
	u32 pieces;

	/* What has come: from at on. */
	u8 *input;
	u32 at;
	u32 end;
	u8 *calls; /* of all slots, one behind the other */
};

/* What a call that was accepted got, and of which slot. */
struct nfs_reply {
	u32 slot;
	struct sl_xdr results;
};

int nfs_wire_open(struct nfs_wire *wire, const char *who, const char *address,
		  u16 port);
void nfs_wire_close(struct nfs_wire *wire);

void nfs_wire_lay_out(struct nfs_wire *wire, u32 call_bytes);
u8 *nfs_wire_call(struct nfs_wire *wire, u32 slot, u32 program, u32 version,
		  u32 procedure);
void nfs_wire_end(struct nfs_wire *wire, u32 slot, const u8 *end);

void nfs_wire_put(struct nfs_wire *wire, u32 slot);
int nfs_wire_send(struct nfs_wire *wire);
int nfs_wire_receive(struct nfs_wire *wire);
int nfs_wire_next(struct nfs_wire *wire, struct nfs_reply *reply);

#endif /* SL_NFS_WIRE_H */
