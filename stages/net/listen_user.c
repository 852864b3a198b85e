// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stages/net/connection_user.h"

#define ACCEPT_MAX	64	/* in a turn; requests must not wait for more */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "127.0.0.1:8080" or "[::1]:8080"; returns the address's size, 0 if bad. */
static socklen_t read_address(const char *text, union address *address)
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

static int set_up(int fd, const struct sl_stage *stage,
		  const union address *address, socklen_t bytes)
{
	const struct sl_socket_options *options = stage->options;
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Connections inherit it: replies leave at once, batched by us. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (stage->replica_count > 1 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)))
		return -errno;
	if (bind(fd, &address->any, bytes) || listen(fd, options->backlog))
		return -errno;
	return 0;
}

/* Port 0 is any that is free; then only we know which. */
static void say_port(const struct sl_stage *stage, int fd)
{
	union address address;
	socklen_t bytes = sizeof(address);

	/* The port lies in the same place for both protocols. */
	if (!getsockname(fd, &address.any, &bytes))
		sl_stage_log(stage, "listens on port %u",
			     ntohs(address.v4.sin_port));
}

/**
 * sl_socket_listen() - open the socket that connections come from
 * @stage: the socket stage, its epoll open
 *
 * Return: 0 or a negative errno, and then it has been said why.
 */
int sl_socket_listen(struct sl_stage *stage)
{
	const struct sl_socket_options *options = stage->options;
	struct sl_socket *net = stage->private;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	union address address;
	socklen_t bytes = read_address(options->listen, &address);
	int err = 0;

	if (!bytes) {
		sl_stage_log(stage, "listen: '%s' is no address; write it as 127.0.0.1:8080 or [::1]:8080",
			     options->listen);
		return -EINVAL;
	}
	net->listener = socket(address.any.sa_family,
			       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (net->listener < 0)
		err = -errno;
	else
		err = set_up(net->listener, stage, &address, bytes);
	if (!err && epoll_ctl(net->epoll, EPOLL_CTL_ADD, net->listener, &event))
		err = -errno;
	if (err) {
		sl_stage_log(stage, "cannot listen on %s: %s", options->listen,
			     remedy(-err));
		if (net->listener >= 0)
			close(net->listener);
		net->listener = -1;
		return err;
	}
	net->listening = true;
	if (!address.v4.sin_port)
		say_port(stage, net->listener);
	return 0;
}

/**
 * sl_socket_watch() - begin or stop to wait for new connections
 * @stage: the socket stage
 * @watch: which of the two
 *
 * While it is not watched, connections wait in the kernel's backlog, and a
 * listener that cannot be served does not keep the core awake.
 */
void sl_socket_watch(struct sl_stage *stage, bool watch)
{
	struct sl_socket *net = stage->private;
	struct epoll_event event = { .events = watch ? EPOLLIN : 0 };

	if (net->listener < 0 || net->listening == watch)
		return;
	if (!epoll_ctl(net->epoll, EPOLL_CTL_MOD, net->listener, &event))
		net->listening = watch;
}

/* Takes in one connection; false if there is none, or no room for it. */
static bool accept_one(struct sl_stage *stage, u32 *count)
{
	struct sl_socket *net = stage->private;
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
	};
	int fd = accept4(net->listener, NULL, NULL,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		switch (errno) {
		case EAGAIN:
			return false;
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM:
			/* tick() tries again; asking on would only spin. */
			sl_stage_drop(stage, SL_SOCKET_DROP_DESCRIPTORS);
			net->short_of_fds = true;
			sl_socket_watch(stage, false);
			return false;
		default:
			/* The connection's fault, and it is gone. */
			sl_stage_drop(stage, SL_SOCKET_DROP_ABORTED);
			return true;
		}
	}
	event.data.ptr = sl_connection_take(net, fd, stage->now_ns);
	if (epoll_ctl(net->epoll, EPOLL_CTL_ADD, fd, &event)) {
		sl_stage_drop(stage, SL_SOCKET_DROP_DESCRIPTORS);
		sl_connection_end(stage, event.data.ptr, false);
	}
	++*count;
	return true;
}

/**
 * sl_socket_accept() - take in new connections, a bounded number
 * @stage: the socket stage
 *
 * Return: how many.
 */
u32 sl_socket_accept(struct sl_stage *stage)
{
	struct sl_socket *net = stage->private;
	u32 count = 0;
	u32 i;

	for (i = 0; i < ACCEPT_MAX; i++) {
		if (net->in_use == net->connections_max) {
			/* settle() watches again when there is room. */
			sl_socket_watch(stage, false);
			break;
		}
		if (!accept_one(stage, &count))
			break;
	}
	return count;
}
