// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the datagram stage brings each message to the right, and each
 * answer to whom it is for, from the address that was asked: many at a time,
 * with few events, over both protocols; that what does not fit is dropped, and
 * that no answer goes to the wrong one because it came late.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/err.h>

#include "sched/pipeline.h"
#include "stages/net/address_user.h"
#include "stages/stage.h"
#include "stages/stages.h"
#include "tools/test.h"

#define EVENTS		8
#define EVENT_BYTES	2048
#define CLIENTS		20

/* What the stage on the right does. */
static enum { ANSWER, SILENT, KEEP } mode;
static struct sl_fifo kept;
static u32 asked;
static struct sl_bytes_args last;

static struct sl_pipeline *pipeline;
static struct sl_stage *net, *echo;

/* "abc" is answered by "ABC". */
static void answer(struct sl_stage *stage, const struct sl_event *call,
		   const struct sl_bytes_args *to)
{
	struct sl_event *event = sl_stage_take(stage);
	u32 i;

	if (!CHECK(event))
		return;
	for (i = 0; i < call->data_bytes; i++)
		event->data[i] = call->data[i] ^ 32;
	event->data_bytes = call->data_bytes;
	event->op = SL_BYTES_SEND;
	*sl_bytes(event) = *to;
	sl_stage_send(stage, stage->port[0].first, event);
}

static u32 echo_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		CHECK_EQ(event->op, SL_BYTES_RECEIVED);
		asked++;
		last = *sl_bytes(event);
		if (mode == KEEP) {
			sl_fifo_put(&kept, event);
			continue;
		}
		if (mode == ANSWER)
			answer(stage, event, &last);
		sl_stage_reply(stage, event);
	}
	return batch->count;
}

static const struct sl_stage_type echo_type = {
	.name = "echo",
	.port = { { "messages", "messages", false, false } },
	.events = 64,
	.event_bytes = EVENT_BYTES,
	.sends = 1,
	.run = echo_run,
};

/* As in datagram_user.c. */
struct options {
	const char *listen;
	u64 buffer;
};

static struct sockaddr_storage server;
static socklen_t server_bytes;

/* A port that nobody has just now; asked for one, the stage would say which. */
static const char *any_port(const char *format)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	static char text[64];

	CHECK(!bind(fd, (struct sockaddr *)&address, bytes));
	CHECK(!getsockname(fd, (struct sockaddr *)&address, &bytes));
	close(fd);
	snprintf(text, sizeof(text), format, ntohs(address.sin_port));
	return text;
}

static bool start(const char *address, u32 event_bytes)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	static struct options options;
	const u16 cpu = 0;

	mode = ANSWER;
	asked = 0;
	options = (struct options){ address, 1 << 20 };
	sl_graph_init(&graph, "post");
	graph.huge = false;
	sl_graph_add(&graph, "net", &sl_datagram_stage, &options);
	sl_graph_add(&graph, "echo", &echo_type, NULL);
	graph.stage[0].events = EVENTS;
	graph.stage[0].event_bytes = event_bytes;
	CHECK_EQ(sl_graph_join(&graph, 0, 1), 0);
	CHECK_EQ(sl_plan_make(&plan, &graph, &cpu, 1), 0);
	pipeline = sl_pipeline_open(&graph, &plan, NULL);
	if (IS_ERR(pipeline))
		return false;
	net = sl_pipeline_stage(pipeline, 0);
	echo = sl_pipeline_stage(pipeline, 1);
	/* The first of its state is its socket. */
	server_bytes = sizeof(server);
	CHECK(!getsockname(*(int *)net->private, (struct sockaddr *)&server,
			   &server_bytes));
	return true;
}

static void turn(u32 times)
{
	while (times--)
		while (sl_pipeline_turn(pipeline))
			;
}

static void stop(void)
{
	turn(2);
	CHECK(sl_datagram_stage.drain(net));
	CHECK_EQ(net->bank->free_count, EVENTS);
	CHECK_EQ(echo->bank->free_count, 64);
	sl_pipeline_close(pipeline);
}

static int client(void)
{
	int fd = socket(server.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	/* Connected, it hears nobody else: the answer's address matters. */
	CHECK(!connect(fd, (struct sockaddr *)&server, server_bytes));
	return fd;
}

/* Is this what a client has got, and nothing else? */
static bool got_at(int fd, const char *text, int line)
{
	char data[EVENT_BYTES];
	ssize_t n = recv(fd, data, sizeof(data), 0);

	return sl_test_check(*text ? n == (ssize_t)strlen(text) &&
					     !memcmp(data, text, n)
				   : n < 0 && errno == EAGAIN,
			     __FILE__, line, "got what was expected");
}

#define got(fd, text) got_at(fd, text, __LINE__)

/* More clients than events, several messages each. */
static void test_many(void)
{
	char text[32];
	int fd[CLIENTS];
	u32 i, round;

	if (!CHECK(start(any_port("127.0.0.1:%u"), EVENT_BYTES)))
		return;
	for (i = 0; i < CLIENTS; i++)
		fd[i] = client();
	for (round = 0; round < 20; round++) {
		for (i = 0; i < CLIENTS; i++) {
			snprintf(text, sizeof(text), "hello-%c-%c", 'a' + i,
				 'a' + round);
			CHECK_EQ(send(fd[i], text, strlen(text), 0), 9);
		}
		turn(4);
		for (i = 0; i < CLIENTS; i++) {
			snprintf(text, sizeof(text), "HELLO\r%c\r%c", 'A' + i,
				 'A' + round);
			got(fd[i], text);
			got(fd[i], "");
		}
	}
	CHECK_EQ(asked, 20 * CLIENTS);
	for (i = 0; i < CLIENTS; i++)
		close(fd[i]);
	stop();
}

static void test_who(void)
{
	struct sockaddr_in address;
	socklen_t bytes = sizeof(address);
	int fd;

	if (!CHECK(start(any_port("127.0.0.1:%u"), EVENT_BYTES)))
		return;
	fd = client();
	send(fd, "a", 1, 0);
	turn(2);
	CHECK(!getsockname(fd, (struct sockaddr *)&address, &bytes));
	CHECK(!memcmp(last.peer, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16));
	CHECK_EQ(last.peer_port, ntohs(address.sin_port));
	CHECK_EQ(last.port,
		 ntohs(((struct sockaddr_in *)&server)->sin_port));
	close(fd);
	stop();
}

static void test_v6(void)
{
	int fd;

	/* Not every machine has it. */
	if (!start(any_port("[::1]:%u"), EVENT_BYTES))
		return;
	fd = client();
	send(fd, "abc", 3, 0);
	turn(2);
	got(fd, "ABC");
	CHECK(!memcmp(last.peer, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16));
	close(fd);
	stop();
}

/* Of all addresses the answer has the one that was asked. */
static void test_wildcard(void)
{
	int fd;

	if (!CHECK(start(any_port("0.0.0.0:%u"), EVENT_BYTES)))
		return;
	((struct sockaddr_in *)&server)->sin_addr.s_addr = htonl(0x7f000007);
	fd = client();
	send(fd, "abc", 3, 0);
	turn(2);
	got(fd, "ABC");
	close(fd);
	stop();
}

static void test_misfits(void)
{
	static char big[EVENT_BYTES + 1];
	int fd;

	if (!CHECK(start(any_port("127.0.0.1:%u"), EVENT_BYTES)))
		return;
	fd = client();
	send(fd, big, EVENT_BYTES + 1, 0);
	send(fd, big, 0, 0);
	send(fd, "abc", 3, 0);
	turn(2);
	got(fd, "ABC");
	got(fd, "");
	CHECK_EQ(asked, 1);
	CHECK_EQ(net->counters->drops[0], 1);
	CHECK_EQ(net->counters->drops[1], 1);
	mode = SILENT;
	send(fd, "abc", 3, 0);
	turn(2);
	got(fd, "");
	CHECK_EQ(asked, 2);
	close(fd);
	stop();
}

/* Events that are kept are missed, and what comes meanwhile waits. */
static void test_kept(void)
{
	struct sl_event *event;
	u32 i;
	int fd;

	if (!CHECK(start(any_port("127.0.0.1:%u"), EVENT_BYTES)))
		return;
	fd = client();
	mode = KEEP;
	for (i = 0; i < EVENTS + 3; i++)
		send(fd, "abc", 3, 0);
	turn(2);
	CHECK_EQ(asked, EVENTS);
	CHECK(!sl_datagram_stage.drain(net));
	got(fd, "");
	while ((event = sl_fifo_get(&kept))) {
		answer(echo, event, sl_bytes(event));
		sl_stage_reply(echo, event);
	}
	turn(2);
	for (i = 0; i < EVENTS; i++)
		got(fd, "ABC");
	got(fd, "");
	/* A stop was asked for, so the others are not taken any more. */
	CHECK_EQ(asked, EVENTS);
	close(fd);
	stop();
}

/* An answer to what is over is none to what has its number now. */
static void test_late(void)
{
	struct sl_bytes_args late;
	struct sl_event *event;
	u32 i;
	int fd;

	if (!CHECK(start(any_port("127.0.0.1:%u"), EVENT_BYTES)))
		return;
	fd = client();
	mode = SILENT;
	send(fd, "abc", 3, 0);
	turn(2);
	late = last;
	event = sl_stage_take(echo);
	event->data_bytes = 3;
	answer(echo, event, &late);
	turn(2);
	mode = KEEP;
	for (i = 0; i < EVENTS; i++)
		send(fd, "abc", 3, 0);
	turn(2);
	CHECK_EQ(kept.count, EVENTS);
	answer(echo, event, &late);
	late.connection = 1000;
	answer(echo, event, &late);
	turn(2);
	got(fd, "");
	CHECK_EQ(net->counters->drops[3], 3);
	sl_stage_free(echo, event);
	while ((event = sl_fifo_get(&kept)))
		sl_stage_reply(echo, event);
	close(fd);
	stop();
}

static void test_bad_addresses(void)
{
	static const char *const bad[] = {
		"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "here:80",
		"[::1:80", "192.0.2.1:80", "",
	};
	u32 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!start(bad[i], EVENT_BYTES));
}

int main(void)
{
	test_many();
	test_who();
	test_v6();
	test_wildcard();
	test_misfits();
	test_kept();
	test_late();
	/* It says why, which nobody has to read here. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	test_bad_addresses();
	TEST_END();
}
