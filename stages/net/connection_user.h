/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The socket stage from within: its connections.
 *
 *   socket_user.c      the stage: what comes in, what goes out, and when
 *   connection_user.c  one connection: read, write, end
 *   listen_user.c      the socket that connections come from
 *
 * A connection is in use until both its socket is closed and the right stage
 * has answered the CLOSED call.  Its number is its place in the table; the
 * generation tells its users apart.
 */
#ifndef SL_CONNECTION_USER_H
#define SL_CONNECTION_USER_H

#include "stages/net/bytes.h"
#include "stages/stage.h"

enum { SL_SOCKET_BYTES_PORT };

enum sl_socket_drop {
	SL_SOCKET_DROP_RESET,
	SL_SOCKET_DROP_IDLE,
	SL_SOCKET_DROP_SEND,
	SL_SOCKET_DROP_ABORTED,
	SL_SOCKET_DROP_DESCRIPTORS,
};

struct sl_socket_options {
	const char *listen;
	u64 backlog;
	u64 connections_max;
	u64 idle_timeout_ns;
	u64 send_timeout_ns;
	u64 unread_max;
};

struct sl_connection {
	int fd;			/* -1: closed */
	u32 generation;
	void *cookie;		/* of the right stage */
	struct sl_event *kept;	/* to be received again, see SL_BYTES_AGAIN */
	struct sl_fifo out;	/* not written yet */
	u64 active_ns;		/* when a byte was last read or written */
	u8 peer[16];		/* address, as in sl_bytes_args */
	u16 peer_port;
	struct sl_connection *next;	/* free, or to be attended to */
	bool used;		/* its place in the table is taken */
	bool known;		/* the right stage was called about it */
	bool calling;		/* and has not answered yet */
	bool told;		/* that it is closed */
	bool readable;		/* there may be bytes in the socket */
	bool hangup;		/* the last of which is followed by the end */
	bool eof;		/* the end has been read */
	bool blocked;		/* the socket takes no more bytes now */
	bool last;		/* nothing is to be sent after what is in out */
	bool lingering;		/* all is sent; waits for the peer to close */
	bool attended;		/* is in the queue */
	bool dirty;		/* got bytes to send in this batch */
	bool unsent;		/* counted in sl_socket.unsent */
};

struct sl_socket {
	int epoll;
	int listener;		/* -1: closed */
	bool listening;		/* does epoll watch it? */
	bool short_of_fds;	/* accept() said so */
	bool draining;
	u16 port;		/* that it listens on */
	struct sl_connection *connection;	/* the table */
	struct sl_connection *free;
	struct sl_connection *first;	/* to be attended to */
	struct sl_connection *last;
	u32 connections_max;
	u32 in_use;
	u32 high;		/* of the table, never used above */
	u32 sweep;		/* where the search for timeouts goes on */
	u32 calls;		/* open */
	u32 unsent;		/* connections with bytes to write */
	u32 held;		/* events with those bytes */
	u32 lingering;
};

/* connection_user.c */
struct sl_connection *sl_connection_take(struct sl_socket *net, int fd,
					 u64 now_ns);
void sl_connection_queue(struct sl_socket *net, struct sl_connection *c);
bool sl_connection_attend(struct sl_stage *stage, struct sl_connection *c);
void sl_connection_answered(struct sl_stage *stage, struct sl_connection *c,
			    struct sl_event *event);
void sl_connection_write(struct sl_stage *stage, struct sl_connection *c);
void sl_connection_end(struct sl_stage *stage, struct sl_connection *c,
		       bool abort);

/* listen_user.c */
int sl_socket_listen(struct sl_stage *stage);
void sl_socket_watch(struct sl_stage *stage, bool watch);
u32 sl_socket_accept(struct sl_stage *stage);

#endif /* SL_CONNECTION_USER_H */
