// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tells the host's rpcbind on which port the server is, by the port mapper's
 * version 2 (RFC 1833).  A few datagrams over loopback, at start and at stop.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "stages/nfs/rpc_stage.h"

#define RPCBIND_PORT	111
#define TRIES		3
#define TRY_US		500000
#define PORT_FIRST	600	/* of those that only root may use */
#define PORT_LAST	1023

static const struct {
	u32 program, version;
} services[] = {
	{ SL_RPC_NFS, 3 }, { SL_RPC_MOUNT, 1 }, { SL_RPC_MOUNT, 3 },
};

/* A socket to rpcbind, which believes ports of root more than others. */
static int open_socket(void)
{
	const struct timeval patience = { 0, TRY_US };
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	u32 port;

	if (fd < 0)
		return -errno;
	for (port = PORT_LAST; port >= PORT_FIRST; port--) {
		address.sin_port = htons(port);
		if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
			break;
	}
	address.sin_port = htons(RPCBIND_PORT);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/* What a reply says: 1 or 0, or -EBADMSG if it is none to this call. */
static int read_reply(const u8 *data, u32 bytes, u32 xid)
{
	struct sl_xdr in = { data, data + bytes, false };
	u32 result;

	if (sl_xdr_u32(&in) != xid || sl_xdr_u32(&in) != SL_RPC_REPLY ||
	    sl_xdr_u32(&in) != SL_RPC_ACCEPTED)
		return -EBADMSG;
	sl_xdr_u32(&in);
	sl_xdr_opaque(&in, &bytes, SL_RPC_AUTH_MAX);
	if (sl_xdr_u32(&in) != SL_RPC_SUCCESS)
		return -EBADMSG;
	result = sl_xdr_u32(&in);
	return in.bad ? -EBADMSG : result == 1;
}

/* Returns what rpcbind answers, or a negative errno. */
static int ask(int fd, u32 procedure, u32 service, u32 protocol, u32 port)
{
	u32 xid = service << 16 | protocol << 8 | procedure;
	u8 call[64], reply[512];
	u8 *at = call;
	u32 try;
	ssize_t n;

	at = sl_xdr_put_u32(at, xid);
	at = sl_xdr_put_u32(at, SL_RPC_CALL);
	at = sl_xdr_put_u32(at, SL_RPC_VERSION);
	at = sl_xdr_put_u32(at, SL_RPC_PORTMAP);
	at = sl_xdr_put_u32(at, 2);
	at = sl_xdr_put_u32(at, procedure);
	at = sl_xdr_put_u64(at, 0);
	at = sl_xdr_put_u64(at, 0);
	at = sl_xdr_put_u32(at, services[service].program);
	at = sl_xdr_put_u32(at, services[service].version);
	at = sl_xdr_put_u32(at, protocol);
	at = sl_xdr_put_u32(at, port);
	for (try = 0; try < TRIES; try++) {
		if (send(fd, call, at - call, 0) < 0)
			return -errno;
		n = recv(fd, reply, sizeof(reply), 0);
		if (n >= 0)
			return read_reply(reply, n, xid);
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -ETIMEDOUT;
}

/* Has rpcbind forget the first services, each for all protocols at once. */
static void take_back(const struct sl_stage *stage, u32 count)
{
	int fd = open_socket();
	u32 i;

	for (i = 0; fd >= 0 && i < count; i++)
		if (ask(fd, SL_PORTMAP_UNSET, i, 0, 0) < 0)
			break;
	if (fd < 0 || i < count)
		sl_stage_log(stage, "rpcbind was not told that this server stops; see rpcinfo -p");
	if (fd >= 0)
		close(fd);
}

/**
 * sl_rpc_unregister() - have rpcbind forget the server
 * @stage: the rpc stage
 */
void sl_rpc_unregister(struct sl_stage *stage)
{
	take_back(stage, ARRAY_SIZE(services));
}

/* Tells of all services; 1 if rpcbind agrees, and to how many it did. */
static int tell(const struct sl_stage *stage, u32 port, u32 *told)
{
	static const struct {
		u32 port, protocol;
	} ways[] = {
		{ SL_RPC_CLIENTS_PORT, SL_PORTMAP_TCP },
		{ SL_RPC_MESSAGES_PORT, SL_PORTMAP_UDP },
	};
	int fd = open_socket();
	int answer = fd < 0 ? fd : 1;
	u32 i, way;

	*told = 0;
	for (i = 0; answer == 1 && i < ARRAY_SIZE(services); i++) {
		for (way = 0; answer == 1 && way < ARRAY_SIZE(ways); way++) {
			if (!sl_stage_joined(stage, ways[way].port))
				continue;
			answer = ask(fd, SL_PORTMAP_SET, i, ways[way].protocol,
				     port);
			if (answer == 1)
				*told = i + 1;
		}
	}
	if (fd >= 0)
		close(fd);
	return answer;
}

/**
 * sl_rpc_register() - tell rpcbind where the server is
 * @stage: the rpc stage
 * @port: where that is
 *
 * Return: 0 or a negative errno, and then it has been said why.
 */
int sl_rpc_register(struct sl_stage *stage, u32 port)
{
	u32 told;
	int answer = tell(stage, port, &told);

	if (answer == 1)
		return 0;
	if (told)
		take_back(stage, told);
	if (!answer) {
		sl_stage_log(stage, "rpcbind refuses: another NFS server is registered, or this one is not run by root; see rpcinfo -p, or set register to 0");
		return -EADDRINUSE;
	}
	sl_stage_log(stage, "cannot register with rpcbind: %s; start it, or set register to 0",
		     strerror(-answer));
	return answer;
}
