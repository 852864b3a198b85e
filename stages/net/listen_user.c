// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stages/net/address_user.h"
#include "stages/net/connection_user.h"

#define ACCEPT_MAX	64	/* in a turn; requests must not wait for more */

static int set_up(int fd, const struct sl_stage *stage,
		  const union sl_address *address, socklen_t bytes)
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
	union sl_address address;
	socklen_t bytes = sl_address_read(options->listen, &address);
	int err = 0;

	if (!bytes) {
		sl_address_complain(stage, options->listen, 0);
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
		sl_address_complain(stage, options->listen, -err);
		if (net->listener >= 0)
			close(net->listener);
		net->listener = -1;
		return err;
	}
	net->listening = true;
	net->port = sl_address_port(net->listener);
	/* Port 0 is any that is free; then only we know which. */
	if (!address.v4.sin_port)
		sl_stage_log(stage, "listens on port %u", net->port);
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
	union sl_address peer = { .any.sa_family = AF_UNSPEC };
	socklen_t bytes = sizeof(peer);
	struct sl_connection *c;
	int fd = accept4(net->listener, &peer.any, &bytes,
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
	c = sl_connection_take(net, fd, stage->now_ns);
	sl_address_store(&peer, c->peer, &c->peer_port);
	event.data.ptr = c;
	if (epoll_ctl(net->epoll, EPOLL_CTL_ADD, fd, &event)) {
		sl_stage_drop(stage, SL_SOCKET_DROP_DESCRIPTORS);
		sl_connection_end(stage, c, false);
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
