// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/nfs_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stages/nfs/rpc.h"

#define INPUT_BYTES (1 << 20)
#define PATIENCE_MS 30000 /* a COMMIT may have a slow disk below it */
#define LOOKS		5000	/* before it sleeps; one takes some 200 ns */
#define PORT_FIRST  600	  /* of those that only root may use */
#define PORT_LAST   1023
#define MARK_BYTES  4

static int complain(const struct nfs_wire *wire, const char *what)
{
	fprintf(stderr, "%s: %s\n", wire->who, what);
	return -EIO;
}

/* From one port of ours, 0 for any; returns a descriptor or a negative errno. */
static int connect_from(const struct sockaddr_in *to, u16 port)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	struct sockaddr_in from = { .sin_family = AF_INET,
				    .sin_port = htons(port) };
	const int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* Low ports are few: closed with a reset, they can be had again. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if ((port && bind(fd, (struct sockaddr *)&from, sizeof(from))) ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* A server may believe ports of root alone; if we are not, it may not mind. */
static int connect_to(const struct sockaddr_in *to)
{
	u16 port;
	int fd;

	for (port = PORT_LAST; port >= PORT_FIRST; port--) {
		fd = connect_from(to, port);
		if (fd == -EACCES)
			break;
		if (fd != -EADDRINUSE && fd != -EADDRNOTAVAIL)
			return fd;
	}
	return connect_from(to, 0);
}

/**
 * nfs_wire_open() - connect
 * @wire: gets the connection, with no calls in its slots
 * @who: what to call the server in complaints; stays the caller's
 * @address: as text, IPv4
 * @port: in host byte order
 *
 * Return: 0, or a negative errno after a line on stderr; then there is nothing
 * to be closed.
 */
int nfs_wire_open(struct nfs_wire *wire, const char *who, const char *address,
		  u16 port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	memset(wire, 0, sizeof(*wire));
	wire->who = who;
	wire->fd = -EINVAL;
	if (inet_pton(AF_INET, address, &to.sin_addr) == 1)
		wire->fd = connect_to(&to);
	if (wire->fd < 0) {
		fprintf(stderr, "%s: cannot connect to %s port %u: %s\n", who,
			address, port, strerror(-wire->fd));
		return wire->fd;
	}
	wire->input = malloc(INPUT_BYTES);
	wire->calls = malloc(NFS_WIRE_SLOTS * NFS_WIRE_CALL);
	if (!wire->input || !wire->calls) {
		nfs_wire_close(wire);
		return complain(wire, "no memory");
	}
	nfs_wire_lay_out(wire, NFS_WIRE_CALL);
	return 0;
}

void nfs_wire_close(struct nfs_wire *wire)
{
	close(wire->fd);
	free(wire->input);
	free(wire->calls);
}

/**
 * nfs_wire_lay_out() - say how long calls will be
 * @wire: with nothing out; what was in the slots is lost
 * @call_bytes: of each call with its mark; if all have just as many, they
 *		leave as one piece
 */
void nfs_wire_lay_out(struct nfs_wire *wire, u32 call_bytes)
{
	u32 i;

	for (i = 0; i < NFS_WIRE_SLOTS; i++)
		wire->slot[i].call = wire->calls + i * call_bytes;
}

/**
 * nfs_wire_call() - begin a call of root's
 * @wire: connection
 * @slot: slot that is not out
 * @program: RPC's number
 * @version: of the program
 * @procedure: of the version
 *
 * Return: where its arguments begin.
 */
u8 *nfs_wire_call(struct nfs_wire *wire, u32 slot, u32 program, u32 version,
		  u32 procedure)
{
	u8 *at = wire->slot[slot].call + MARK_BYTES + sizeof(u32);

	wire->slot[slot].data = NULL;
	wire->slot[slot].data_bytes = 0;
	at = sl_xdr_put_u32(at, SL_RPC_CALL);
	at = sl_xdr_put_u32(at, SL_RPC_VERSION);
	at = sl_xdr_put_u32(at, program);
	at = sl_xdr_put_u32(at, version);
	at = sl_xdr_put_u32(at, procedure);
	at = sl_xdr_put_u32(at, SL_RPC_AUTH_SYS);
	at = sl_xdr_put_u32(at, 28);
	at = sl_xdr_put_u32(at, 0);
	at = sl_xdr_put_opaque(at, "sluice", 6);
	at = sl_xdr_put_u32(at, 0); /* user, group, no more groups */
	at = sl_xdr_put_u32(at, 0);
	at = sl_xdr_put_u32(at, 0);
	at = sl_xdr_put_u32(at, SL_RPC_AUTH_NONE);
	return sl_xdr_put_u32(at, 0);
}

/**
 * nfs_wire_end() - a call is encoded
 * @wire: connection
 * @slot: its slot; data that goes behind it has been set
 * @end: behind its last argument
 */
void nfs_wire_end(struct nfs_wire *wire, u32 slot, const u8 *end)
{
	struct nfs_slot *s = &wire->slot[slot];

	s->bytes = end - s->call;
	sl_xdr_put_u32(s->call, SL_RPC_LAST | (s->bytes + s->data_bytes -
					       MARK_BYTES));
}

static void add_piece(struct nfs_wire *wire, const u8 *at, u32 bytes)
{
	struct iovec *last = wire->pieces ? &wire->piece[wire->pieces - 1]
					  : NULL;

	if (last && (u8 *)last->iov_base + last->iov_len == at) {
		last->iov_len += bytes;
		return;
	}
	wire->piece[wire->pieces].iov_base = (u8 *)at;
	wire->piece[wire->pieces++].iov_len = bytes;
}

/* Puts a call among those that nfs_wire_send() will send. */
void nfs_wire_put(struct nfs_wire *wire, u32 slot)
{
	struct nfs_slot *s = &wire->slot[slot];

	s->xid = wire->round++ * NFS_WIRE_SLOTS + slot;
	s->out = true;
	wire->out++;
	sl_xdr_put_u32(s->call + MARK_BYTES, s->xid);
	add_piece(wire, s->call, s->bytes);
	if (s->data_bytes)
		add_piece(wire, s->data, s->data_bytes);
}

/* Leaves of the pieces what is behind the first bytes. */
static u32 skip(struct nfs_wire *wire, u32 first, size_t bytes)
{
	while (first < wire->pieces && bytes >= wire->piece[first].iov_len)
		bytes -= wire->piece[first++].iov_len;
	if (first < wire->pieces) {
		wire->piece[first].iov_base =
			(u8 *)wire->piece[first].iov_base + bytes;
		wire->piece[first].iov_len -= bytes;
	}
	return first;
}

/**
 * nfs_wire_send() - send what was put
 * @wire: connection
 *
 * It waits for room while nobody takes replies, which is well as long as a
 * load has either short calls or short replies.
 *
 * Return: 0, or a negative errno.
 */
int nfs_wire_send(struct nfs_wire *wire)
{
	struct msghdr message = { 0 };
	u32 first = 0;
	ssize_t n;

	while (first < wire->pieces) {
		message.msg_iov = wire->piece + first;
		message.msg_iovlen = wire->pieces - first;
		n = sendmsg(wire->fd, &message, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return complain(wire, strerror(errno));
		if (n > 0)
			first = skip(wire, first, n);
	}
	wire->pieces = 0;
	return 0;
}

/* Waits for input: a sleep and its end cost more than most answers take. */
static ssize_t receive(struct nfs_wire *wire)
{
	struct pollfd readable = { .fd = wire->fd, .events = POLLIN };
	u32 looks = wire->spins ? LOOKS : 1;
	ssize_t n;

	for (;;) {
		n = recv(wire->fd, wire->input + wire->end,
			 INPUT_BYTES - wire->end, MSG_DONTWAIT);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		if (--looks)
			continue;
		looks = 1;
		if (!poll(&readable, 1, PATIENCE_MS)) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

/**
 * nfs_wire_receive() - wait for replies, or parts of them
 * @wire: connection with something out, of which all that came was looked at
 *
 * Return: 0, or a negative errno.
 */
int nfs_wire_receive(struct nfs_wire *wire)
{
	ssize_t n;

	memmove(wire->input, wire->input + wire->at, wire->end - wire->at);
	wire->end -= wire->at;
	wire->at = 0;
	n = receive(wire);
	if (n < 0)
		return complain(wire, errno == ETIMEDOUT ? "does not answer" : strerror(errno));
	if (!n)
		return complain(wire, "has closed the connection");
	wire->end += n;
	return 0;
}

/* Which slot a reply is for, and what it has; or a negative errno. */
static int look(struct nfs_wire *wire, struct nfs_reply *reply)
{
	struct sl_xdr *in = &reply->results;
	u32 xid = sl_xdr_u32(in), kind = sl_xdr_u32(in);
	u32 accepted = sl_xdr_u32(in), status, bytes;
	struct nfs_slot *s = &wire->slot[xid % NFS_WIRE_SLOTS];

	sl_xdr_u32(in);
	sl_xdr_opaque(in, &bytes, SL_RPC_AUTH_MAX);
	status = sl_xdr_u32(in);
	if (kind != SL_RPC_REPLY || !s->out || s->xid != xid)
		return complain(wire, "sent a reply to what was not asked");
	if (in->bad || accepted != SL_RPC_ACCEPTED || status != SL_RPC_SUCCESS)
		return complain(wire, "refused a call, as RPC");
	s->out = false;
	wire->out--;
	reply->slot = xid % NFS_WIRE_SLOTS;
	return 1;
}

/**
 * nfs_wire_next() - the next reply of what was received
 * @wire: connection
 * @reply: gets it; what it points to is there until the next receive
 *
 * Return: 1; 0 if no whole one is left; a negative errno.
 */
int nfs_wire_next(struct nfs_wire *wire, struct nfs_reply *reply)
{
	struct sl_xdr *in = &reply->results;
	u32 mark, bytes;

	in->at = wire->input + wire->at;
	in->end = wire->input + wire->end;
	in->bad = false;
	mark = sl_xdr_u32(in);
	bytes = mark & ~SL_RPC_LAST;
	if (!in->bad && (!(mark & SL_RPC_LAST) ||
			 bytes > INPUT_BYTES - MARK_BYTES))
		return complain(wire, "sent a record in pieces, or a huge one");
	if (in->bad || sl_xdr_left(in) < bytes)
		return 0;
	in->end = in->at + bytes;
	wire->at += MARK_BYTES + bytes;
	return look(wire, reply);
}
