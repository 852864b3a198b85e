// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stages/net/address_user.h"
#include "stages/stage.h"

/**
 * sl_address_read() - read "127.0.0.1:8080" or "[::1]:8080"
 * @text: what was written
 * @address: takes the address
 *
 * Return: the address's size, 0 if it is none.
 */
socklen_t sl_address_read(const char *text, union sl_address *address)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t bytes = colon ? (size_t)(colon - text) : sizeof(host);
	unsigned long port;
	char *end;

	memset(address, 0, sizeof(*address));
	if (bytes >= sizeof(host) || colon[1] < '0' || colon[1] > '9')
		return 0;
	port = strtoul(colon + 1, &end, 10);
	if (*end || port > 65535)
		return 0;
	memcpy(host, text, bytes);
	host[bytes] = 0;
	if (host[0] == '[' && host[bytes - 1] == ']') {
		host[bytes - 1] = 0;
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons(port);
		if (inet_pton(AF_INET6, host + 1, &address->v6.sin6_addr) != 1)
			return 0;
		return sizeof(address->v6);
	}
	address->v4.sin_family = AF_INET;
	address->v4.sin_port = htons(port);
	if (inet_pton(AF_INET, host, &address->v4.sin_addr) != 1)
		return 0;
	return sizeof(address->v4);
}

/**
 * sl_address_store() - say who a peer is, as sl_bytes_args does
 * @address: the peer's
 * @peer: takes it; one of IPv4 as the one of IPv6 that stands for it
 * @port: takes its port
 */
void sl_address_store(const union sl_address *address, u8 peer[16], u16 *port)
{
	/* The port lies in the same place for both protocols. */
	*port = ntohs(address->v4.sin_port);
	if (address->any.sa_family == AF_INET6) {
		memcpy(peer, &address->v6.sin6_addr, 16);
		return;
	}
	memset(peer, 0, 10);
	memset(peer + 10, 0xff, 2);
	memcpy(peer + 12, &address->v4.sin_addr, 4);
}

/* What a person can do about it. */
static const char *remedy(int err)
{
	switch (err) {
	case EADDRINUSE:
		return "somebody listens there already; stop that, or set listen to another port";
	case EACCES:
	case EPERM:
		return "ports below 1024 are for root; set listen to a higher one";
	case EADDRNOTAVAIL:
		return "no interface has this address; see `ip address`";
	case EAFNOSUPPORT:
		return "this kernel does not speak that protocol; set listen to an IPv4 address";
	default:
		return strerror(err);
	}
}

/**
 * sl_address_complain() - say why nobody can listen on an address
 * @stage: who wanted to
 * @listen: the address as it was written
 * @err: what went wrong, a positive errno; 0: it is no address
 */
void sl_address_complain(struct sl_stage *stage, const char *listen, int err)
{
	if (err)
		sl_stage_log(stage, "cannot listen on %s: %s", listen,
			     remedy(err));
	else
		sl_stage_log(stage, "listen: '%s' is no address; write it as 127.0.0.1:8080 or [::1]:8080",
			     listen);
}

/**
 * sl_address_port() - find out which port a socket is bound to
 * @fd: the socket
 *
 * Return: the port; 0 if that cannot be told.
 */
u16 sl_address_port(int fd)
{
	union sl_address address;
	socklen_t bytes = sizeof(address);

	if (getsockname(fd, &address.any, &bytes))
		return 0;
	return ntohs(address.v4.sin_port);
}
