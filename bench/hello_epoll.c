// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/hello_epoll.h"

#define CONNECTIONS_MAX	1024
#define EVENTS_MAX	64

/* How much of "\r\n\r\n" has been seen at the end of what came. */
static unsigned char seen[CONNECTIONS_MAX];
static char reply[2 * SL_HELLO_BODY_BYTES];
static size_t reply_bytes;

static int listen_on(unsigned int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, CONNECTIONS_MAX))
		return -errno;
	return fd;
}

/* How many heads end in this piece? */
static int count_heads(int fd, const char *data, ssize_t bytes)
{
	static const char end[] = "\r\n\r\n";
	int heads = 0;
	ssize_t i;

	for (i = 0; i < bytes; i++) {
		if (data[i] == end[seen[fd]])
			seen[fd]++;
		else
			seen[fd] = data[i] == '\r';
		if (seen[fd] == 4) {
			seen[fd] = 0;
			heads++;
		}
	}
	return heads;
}

static void serve(int fd)
{
	char data[16384];
	ssize_t bytes = read(fd, data, sizeof(data));
	int heads;

	if (bytes <= 0) {
		if (bytes == 0 || errno != EAGAIN)
			close(fd);
		return;
	}
	/* Replies fit into any socket's buffer as long as clients read. */
	for (heads = count_heads(fd, data, bytes); heads; heads--)
		if (send(fd, reply, reply_bytes, MSG_NOSIGNAL) < 0)
			break;
}

static void accept_all(int epoll, int listener)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		event.data.fd = fd;
		if (fd >= CONNECTIONS_MAX ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
			close(fd);
		else
			seen[fd] = 0;
	}
}

/**
 * sl_hello_epoll() - serve until the process is killed
 * @port: on 127.0.0.1
 *
 * Return: only if it cannot: a negative errno.
 */
int sl_hello_epoll(unsigned int port)
{
	struct epoll_event event[EVENTS_MAX] = { { .events = EPOLLIN } };
	int listener = listen_on(port);
	int epoll = epoll_create1(0);
	int n, i;

	if (listener < 0 || epoll < 0)
		return listener < 0 ? listener : -errno;
	event[0].data.fd = listener;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event[0]))
		return -errno;
	reply_bytes = snprintf(reply, sizeof(reply),
			       "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			       "Content-Length: %d\r\n\r\n%0*d",
			       SL_HELLO_BODY_BYTES, SL_HELLO_BODY_BYTES, 0);
	for (;;) {
		n = epoll_wait(epoll, event, EVENTS_MAX, -1);
		for (i = 0; i < n; i++) {
			if (event[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				serve(event[i].data.fd);
		}
	}
}
