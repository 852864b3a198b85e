// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_wire.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELD_LEAST 16384

int sl_tpcw_wire_connect(struct sl_tpcw_wire *wire,
			 const struct sockaddr_in *address)
{
	int one = 1, err;

	wire->held_bytes = 0;
	wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			  0);
	if (wire->fd < 0)
		return -errno;
	setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!connect(wire->fd, (const struct sockaddr *)address,
		     sizeof(*address)))
		return 0;
	err = -errno;
	if (err != -EINPROGRESS)
		sl_tpcw_wire_close(wire);
	return err;
}

void sl_tpcw_wire_close(struct sl_tpcw_wire *wire)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
	wire->held_bytes = 0;
}

void sl_tpcw_wire_free(struct sl_tpcw_wire *wire)
{
	sl_tpcw_wire_close(wire);
	free(wire->held);
	wire->held = NULL;
	wire->held_room = 0;
}

int sl_tpcw_wire_send(struct sl_tpcw_wire *wire)
{
	while (wire->out_at < wire->out_end) {
		ssize_t sent = send(wire->fd, wire->out + wire->out_at,
				    wire->out_end - wire->out_at,
				    MSG_NOSIGNAL);

		if (sent >= 0)
			wire->out_at += sent;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int sl_tpcw_wire_receive(struct sl_tpcw_wire *wire, char *buffer, u64 room,
			 u64 *count)
{
	u64 held = wire->held_bytes;
	ssize_t got;

	*count = held;
	do {
		got = recv(wire->fd, buffer + held, room - held, 0);
	} while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got ? -errno : 0;
	if (held)
		memcpy(buffer, wire->held, held);
	wire->held_bytes = 0;
	*count = held + got;
	return 1;
}

int sl_tpcw_wire_hold(struct sl_tpcw_wire *wire, const char *bytes, u64 count)
{
	u32 room = wire->held_room ?: HELD_LEAST;
	char *held;

	while (room < count)
		room *= 2;
	if (room > wire->held_room) {
		held = realloc(wire->held, room);
		if (!held)
			return -ENOMEM;
		wire->held = held;
		wire->held_room = room;
	}
	memcpy(wire->held, bytes, count);
	wire->held_bytes = count;
	return 0;
}
