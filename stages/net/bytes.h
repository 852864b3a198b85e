/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The "bytes" protocol: a stage that has connections, and one that speaks.
 *
 * The net stage owns connections and calls the stage to its right with what
 * they received; at most one such call is open for a connection, so a peer
 * that is not listened to fills its own socket and nothing of ours.  The
 * right stage answers the call when it has no more use for the bytes, and
 * sends what is to be written as events of its own, or of stages further
 * right, with sl_stage_send(); net frees them when they are written.
 *
 *   RECEIVED  call: data holds what came; cookie is what the right stage left
 *             in it when it answered the connection's last call, first NULL.
 *             No data at all: the peer has sent all it wants to, but may still
 *             read; send SL_BYTES_LAST when there is nothing more to say.
 *             Answered with SL_BYTES_AGAIN, what is left in data comes again
 *             when all that was sent before has been written; so a peer that
 *             asks and never reads cannot make the right stage answer it all.
 *   CLOSED    call: the connection is gone, nothing more will come or can be
 *             sent; the last call that the cookie is used in
 *   SEND      one way, leftwards: write data to the connection; with
 *             SL_BYTES_LAST close it afterwards.  Unknown or closed
 *             connections are no error: the event is just freed.
 *
 * The "messages" protocol is the same without connections: what was RECEIVED
 * is a whole message, and what is sent is one as well.  The connection is that
 * of this message alone, cookie means nothing, and nobody says CLOSED: it is
 * over when the call is answered, so what there is to say has to be sent
 * before.  There may be as many calls at once as net has events.
 */
#ifndef SL_BYTES_H
#define SL_BYTES_H

#include "stages/event.h"

enum sl_bytes_op { SL_BYTES_RECEIVED = 1, SL_BYTES_CLOSED, SL_BYTES_SEND };

#define SL_BYTES_LAST	0x8000	/* in event->flags of SEND */
#define SL_BYTES_AGAIN	0x4000	/* in event->flags of a RECEIVED answered */

struct sl_bytes_args {
	void *cookie;		/* of the right stage */
	u32 connection;		/* net's number for it */
	u32 generation;		/* numbers are used again, generations are not */
	/* of a call: */
	u8 peer[16];		/* address of the other end; ::ffff:a.b.c.d */
	u16 peer_port;
	u16 port;		/* of this end */
};

static inline struct sl_bytes_args *sl_bytes(struct sl_event *event)
{
	return (struct sl_bytes_args *)event->args;
}

#endif /* SL_BYTES_H */
