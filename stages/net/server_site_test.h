/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A web server of the socket and the http stage on threads of its own, and
 * clients with blocking sockets, for the tests of the socket stage.
 */
#ifndef SERVER_SITE_TEST_H
#define SERVER_SITE_TEST_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>

#include "sched/pipeline.h"
#include "stages/net/connection_user.h"
#include "stages/stages.h"
#include "stages/web/http_connection.h"
#include "tools/test.h"

#define MS 1000000ull
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

struct server {
	struct sl_socket_options net;
	struct sl_http_options http;
	u32 http_event_bytes;
	u32 replicas;
	bool split;		/* each stage on a thread of its own */
	char address[64];
	struct sl_graph graph;
	struct sl_plan plan;
	struct sl_pipeline *pipeline;
};

static struct server server;

/* A port that nobody had just now. */
static int free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof(address)));
	CHECK(!getsockname(fd, (struct sockaddr *)&address, &bytes));
	close(fd);
	return ntohs(address.sin_port);
}

/* What a pipeline file would say if it said nothing. */
static void server_default(void)
{
	memset(&server, 0, sizeof(server));
	snprintf(server.address, sizeof(server.address), "127.0.0.1:%d",
		 free_port());
	server.net = (struct sl_socket_options){
		server.address, 1024, 2048, 60000 * MS, 30000 * MS, 64,
	};
	server.http = (struct sl_http_options){
		.header_max = 8192,
		.body_max = 16384,
		.pipeline_max = 16,
		.connections_max = 2048,
		.request_timeout_ns = 10000 * MS,
		.reply_bytes = 1024,
	};
	server.http_event_bytes = 32768;
	server.replicas = 1;
}

static struct sl_stage *server_net(void)
{
	return sl_pipeline_stage(server.pipeline, 0);
}

static struct sl_stage *server_http(void)
{
	return sl_pipeline_stage(server.pipeline, server.replicas);
}

static int server_open(void)
{
	struct sl_graph *graph = &server.graph;
	cpu_set_t set;
	u16 cpu = 0;
	u32 i;
	int net, http;

	sched_getaffinity(0, sizeof(set), &set);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	sl_graph_init(graph, "server");
	graph->huge = false;
	net = sl_graph_add(graph, "net", &sl_socket_stage, &server.net);
	http = sl_graph_add(graph, "http", &sl_http_stage, &server.http);
	graph->stage[http].event_bytes = server.http_event_bytes;
	CHECK_EQ(sl_graph_join(graph, net, http), 0);
	graph->stage[net].place_count = server.replicas;
	graph->stage[http].place_count = server.replicas;
	for (i = 0; i < server.replicas; i++) {
		graph->stage[net].place[i] = (struct sl_place){ cpu, i };
		graph->stage[http].place[i] =
			(struct sl_place){ cpu, server.split ? 10 + i : i };
	}
	CHECK_EQ(sl_plan_make(&server.plan, graph, &cpu, 1), 0);
	server.pipeline = sl_pipeline_open(graph, &server.plan, NULL);
	return IS_ERR(server.pipeline) ? (int)PTR_ERR(server.pipeline) : 0;
}

static void server_start(void)
{
	if (!CHECK_EQ(server_open(), 0) ||
	    !CHECK_EQ(sl_pipeline_start(server.pipeline), 0))
		exit(1);
}

/* Stops it, having answered all; nothing may be missing from its banks. */
static void server_stop(void)
{
	u32 i;

	CHECK_EQ(sl_pipeline_stop(server.pipeline, 5000 * MS), 0);
	for (i = 0; i < 2 * server.replicas; i++) {
		struct sl_bank *bank =
			sl_pipeline_stage(server.pipeline, i)->bank;

		while (sl_bank_collect(bank))
			;
		CHECK_EQ(bank->free_count, bank->event_count);
		CHECK_EQ(bank->refused, 0);
	}
	sl_pipeline_close(server.pipeline);
}

static inline u64 net_drops(enum sl_socket_drop reason)
{
	return READ_ONCE(server_net()->counters->drops[reason]);
}

static inline u64 http_drops(enum sl_http_drop reason)
{
	return READ_ONCE(server_http()->counters->drops[reason]);
}

static int client_connect(void)
{
	const struct timeval patience = { .tv_sec = 10 };
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_port = htons(atoi(strchr(server.address, ':') + 1));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!CHECK(fd >= 0) ||
	    !CHECK(!connect(fd, (struct sockaddr *)&address, sizeof(address))))
		exit(1);
	return fd;
}

static inline void client_say(int fd, const char *text)
{
	ssize_t bytes = strlen(text);

	CHECK_EQ(send(fd, text, bytes, MSG_NOSIGNAL), bytes);
}

/* Reads exactly that much, or to the end; returns how much there was. */
static ssize_t client_read(int fd, char *data, size_t bytes)
{
	size_t have = 0;

	while (have < bytes) {
		ssize_t n = recv(fd, data + have, bytes - have, 0);

		if (n < 0)
			return -errno;
		if (!n)
			break;
		have += n;
	}
	return have;
}

/* Reads one reply; returns its status, 0 at the end, or a negative errno. */
static int client_reply(int fd, size_t *body_bytes)
{
	static __thread char body[1 << 20];
	char head[1024];
	size_t n = 0;
	char *length;
	int status = 0;

	*body_bytes = 0;
	do {
		ssize_t got = client_read(fd, head + n, 1);

		if (got <= 0)
			return got;
	} while (++n < sizeof(head) - 1 &&
		 (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4)));
	head[n] = 0;
	length = strstr(head, "Content-Length: ");
	if (!CHECK_EQ(sscanf(head, "HTTP/1.1 %d ", &status), 1) ||
	    !CHECK(length))
		return -EBADMSG;
	*body_bytes = strtoul(length + 16, NULL, 10);
	CHECK_EQ(client_read(fd, body, *body_bytes), *body_bytes);
	if (status == 200 && *body_bytes)
		CHECK(body[0] == 'x' &&
		      !memcmp(body, body + 1, *body_bytes - 1));
	return status;
}

static inline void client_expect(int fd, int status)
{
	size_t bytes;

	CHECK_EQ(client_reply(fd, &bytes), status);
	if (status == 200)
		CHECK_EQ(bytes, server.http.reply_bytes);
}

/* The server closes, without a reset. */
static inline void client_expect_end(int fd)
{
	char c;

	CHECK_EQ(client_read(fd, &c, 1), 0);
	close(fd);
}

static inline void sleep_ms(u32 ms)
{
	usleep(ms * 1000);
}

#define WAIT_FOR(cond)                                           \
	do {                                                     \
		int wait_ms;                                     \
		for (wait_ms = 0; wait_ms < 10000 && !(cond);    \
		     wait_ms += 5)                               \
			sleep_ms(5);                             \
		CHECK(cond);                                     \
	} while (0)

#endif
