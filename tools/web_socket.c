// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "tools/web.h"

/* "ADDRESS:PORT", "[ADDRESS]:PORT", ":PORT" or "PORT", into two texts. */
static bool split(const char *listen, char *host, size_t bytes,
		  const char **port)
{
	const char *colon = strrchr(listen, ':');
	size_t length = colon ? (size_t)(colon - listen) : 0;

	*port = colon ? colon + 1 : listen;
	if (!length) {
		snprintf(host, bytes, "127.0.0.1");
	} else if (*listen == '[' && listen[length - 1] == ']' && length > 2) {
		snprintf(host, bytes, "%.*s", (int)length - 2, listen + 1);
	} else if (length < bytes) {
		snprintf(host, bytes, "%.*s", (int)length, listen);
	} else {
		return false;
	}
	if (!strcmp(host, "localhost"))
		snprintf(host, bytes, "127.0.0.1");
	return **port && strlen(*port) < 6 &&
	       strspn(*port, "0123456789") == strlen(*port) &&
	       strtoul(*port, NULL, 10) < 65536;
}

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *in = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* The address that it really has, as a browser wants it. */
static void say_address(int fd, char *address, size_t bytes)
{
	struct sockaddr_storage at;
	socklen_t length = sizeof(at);
	char host[64], port[8];

	if (getsockname(fd, (struct sockaddr *)&at, &length) ||
	    getnameinfo((struct sockaddr *)&at, length, host, sizeof(host),
			port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	snprintf(address, bytes, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host,
		 port);
}

/**
 * sl_web_listen() - open the dashboard's port
 * @options: where, and who complains if that fails
 * @address: set to what it became
 * @bytes: room there
 * @loopback: set to whether only this machine reaches it
 *
 * Return: a descriptor, or a negative errno after one line about it.
 */
int sl_web_listen(const struct sl_web_options *options, char *address,
		  size_t bytes, bool *loopback)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	struct addrinfo *found;
	const char *port;
	char host[64];
	int fd, err, on = 1;

	if (!split(options->listen, host, sizeof(host), &port) ||
	    getaddrinfo(host, port, &hints, &found)) {
		fprintf(stderr, "%s: '%s' is no address to listen on; give one"
			" like 127.0.0.1:8081\n", options->who,
			options->listen);
		return -EINVAL;
	}
	fd = socket(found->ai_family,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) ||
	    listen(fd, 64)) {
		err = -errno;
		fprintf(stderr, "%s: cannot show the dashboard on %s: %s%s\n",
			options->who, options->listen, strerror(-err),
			err == -EADDRINUSE ? "; choose another port" : "");
		if (fd >= 0)
			close(fd);
		freeaddrinfo(found);
		return err;
	}
	*loopback = is_loopback(found->ai_addr);
	freeaddrinfo(found);
	say_address(fd, address, bytes);
	return fd;
}
