// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The socket stage with the http stage behind it, on real sockets: clients
 * that behave, and clients that do not.  Every test ends with all events
 * back in their banks.
 */
#include <sys/resource.h>

#include "stages/net/server_site_test.h"

#define CLIENTS 1000

static void test_requests(void)
{
	char text[100 * sizeof(GET)] = "";
	int fd, i;

	server_start();
	fd = client_connect();
	for (i = 0; i < 10; i++) {
		client_say(fd, GET);
		client_expect(fd, 200);
	}
	/* Cut in two, and a hundred at once. */
	client_say(fd, "GET / HTTP/1.1\r\nHo");
	sleep_ms(10);
	client_say(fd, "st: a\r\n\r\n");
	client_expect(fd, 200);
	for (i = 0; i < 100; i++)
		strcat(text, GET);
	client_say(fd, text);
	for (i = 0; i < 100; i++)
		client_expect(fd, 200);
	client_say(fd, "GET / HTTP/1.0\r\n\r\n");
	client_expect(fd, 200);
	client_expect_end(fd);
	server_stop();
}

/* Who closes his side still gets what he asked for. */
static void test_half_close(void)
{
	int fd, i;

	server_start();
	for (i = 0; i < 20; i++) {
		fd = client_connect();
		client_say(fd, GET GET GET);
		shutdown(fd, SHUT_WR);
		client_expect(fd, 200);
		client_expect(fd, 200);
		client_expect(fd, 200);
		client_expect_end(fd);
	}
	/* Half a request, none at all. */
	fd = client_connect();
	client_say(fd, "GET /");
	shutdown(fd, SHUT_WR);
	client_expect(fd, 400);
	client_expect_end(fd);
	fd = client_connect();
	shutdown(fd, SHUT_WR);
	client_expect_end(fd);
	server_stop();
}

/*
 * An error must reach the client although it goes on sending: a close with
 * bytes unread would send a reset that overtakes it.
 */
static void test_linger(void)
{
	static char rest[1 << 20];
	int fd, i;

	server_start();
	memset(rest, 'x', sizeof(rest));
	for (i = 0; i < 10; i++) {
		fd = client_connect();
		client_say(fd, "BAD\n");
		CHECK_EQ(send(fd, rest, sizeof(rest), MSG_NOSIGNAL),
			 sizeof(rest));
		client_expect(fd, 400);
		client_expect_end(fd);
	}
	server_stop();
}

/* A head that drips in; a connection that says nothing. */
static void test_slow_head(void)
{
	int drip, idle, good;
	int i;

	server.http.request_timeout_ns = 200 * MS;
	server.net.idle_timeout_ns = 1000 * MS;
	server_start();
	drip = client_connect();
	idle = client_connect();
	good = client_connect();
	client_say(drip, "GET / HTTP/1.1\r\n");
	for (i = 0; i < 40 && !http_drops(SL_HTTP_DROP_TIMEOUT); i++) {
		send(drip, "a: b\r\n", 6, MSG_NOSIGNAL);
		sleep_ms(20);
		client_say(good, GET);
		client_expect(good, 200);
	}
	client_expect(drip, 408);
	client_expect_end(drip);
	client_expect_end(idle);
	client_expect_end(good);
	CHECK_EQ(http_drops(SL_HTTP_DROP_TIMEOUT), 1);
	WAIT_FOR(net_drops(SL_SOCKET_DROP_IDLE) == 2);
	server_stop();
}

/* Asks for much and reads nothing of it, while others are served. */
static void test_deaf_client(void)
{
	const int small = 4096;
	int deaf, good, i;

	server.net.send_timeout_ns = 300 * MS;
	server.http.reply_bytes = 30000;
	server_start();
	deaf = client_connect();
	good = client_connect();
	setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (i = 0; i < 2000; i++)
		if (send(deaf, GET, strlen(GET), MSG_NOSIGNAL | MSG_DONTWAIT) <
		    0)
			break;
	for (i = 0; i < 20; i++) {
		client_say(good, GET);
		client_expect(good, 200);
		sleep_ms(5);
	}
	WAIT_FOR(net_drops(SL_SOCKET_DROP_SEND) == 1);
	client_say(good, GET);
	client_expect(good, 200);
	close(deaf);
	close(good);
	server_stop();
}

/*
 * Enough clients that read nothing to fill the bank; they have half a minute
 * each, but not if that is at the cost of others.
 */
static void test_deaf_crowd(void)
{
	const int small = 4096;
	int deaf[40], good, i, j;

	server.http.reply_bytes = 30000;
	server_start();
	good = client_connect();
	for (i = 0; i < 40; i++) {
		deaf[i] = client_connect();
		setsockopt(deaf[i], SOL_SOCKET, SO_RCVBUF, &small,
			   sizeof(small));
		for (j = 0; j < 500; j++)
			if (send(deaf[i], GET, strlen(GET),
				 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
				break;
	}
	/* Within the ten seconds that a client of ours waits. */
	for (i = 0; i < 20; i++) {
		client_say(good, GET);
		client_expect(good, 200);
	}
	WAIT_FOR(net_drops(SL_SOCKET_DROP_SEND) > 10);
	for (i = 0; i < 40; i++)
		close(deaf[i]);
	close(good);
	server_stop();
}

/* A long reply through a short socket, read slowly, arrives whole. */
static void test_slow_reader(void)
{
	const int small = 100000;
	int fd, i, j;

	server.http.reply_bytes = 500000;
	server.http_event_bytes = 501000;
	server_start();
	fd = client_connect();
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (i = 0; i < 2; i++) {
		for (j = 0; j < 8; j++)
			client_say(fd, GET);
		sleep_ms(20);
		for (j = 0; j < 8; j++)
			client_expect(fd, 200);
	}
	close(fd);
	server_stop();
}

/* Clients that vanish with their requests in flight. */
static void test_reset(void)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int fd, i;

	/* Too few places to lose any of them. */
	server.net.connections_max = 20;
	server.http.connections_max = 20;
	server_start();
	for (i = 0; i < 200; i++) {
		fd = client_connect();
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
		client_say(fd, i % 3 ? GET GET GET : "GET /");
		if (i % 2)
			sched_yield();
		close(fd);
	}
	fd = client_connect();
	client_say(fd, GET);
	client_expect(fd, 200);
	close(fd);
	server_stop();
}

static u32 raise_descriptors(u32 count)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

/* A thousand at once; as many as the host allows if that is fewer. */
static void test_thousand(void)
{
	static int fd[CLIENTS];
	u32 count = (raise_descriptors(2 * CLIENTS + 100) - 100) / 2;
	u32 i, round;

	count = count < CLIENTS ? count : CLIENTS;
	server_start();
	for (i = 0; i < count; i++)
		fd[i] = client_connect();
	for (round = 0; round < 3; round++) {
		for (i = 0; i < count; i++)
			client_say(fd[i], GET);
		for (i = 0; i < count; i++)
			client_expect(fd[i], 200);
	}
	for (i = 0; i < count; i++)
		close(fd[i]);
	server_stop();
}

/* The table is full: who comes later waits, and is served. */
static void test_full_table(void)
{
	int fd[6], i;

	server.net.connections_max = 4;
	server_start();
	for (i = 0; i < 6; i++) {
		fd[i] = client_connect();
		client_say(fd[i], GET);
	}
	for (i = 0; i < 4; i++)
		client_expect(fd[i], 200);
	CHECK_EQ(recv(fd[4], &i, 1, MSG_DONTWAIT), -1);
	close(fd[0]);
	close(fd[1]);
	client_expect(fd[4], 200);
	client_expect(fd[5], 200);
	for (i = 2; i < 6; i++)
		close(fd[i]);
	server_stop();
}

static u64 cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (u64)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* No descriptor left: the server neither dies nor spins, and goes on later. */
static void test_descriptors(void)
{
	struct rlimit limit, low;
	int fd[8], spare, i;
	u64 before;

	server_start();
	for (i = 0; i < 8; i++)
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
	spare = dup(0);
	close(spare);
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = spare;
	setrlimit(RLIMIT_NOFILE, &low);
	for (i = 0; i < 8; i++) {
		struct sockaddr_in address = { .sin_family = AF_INET };

		address.sin_port =
			htons(atoi(strchr(server.address, ':') + 1));
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		CHECK(!connect(fd[i], (struct sockaddr *)&address,
			       sizeof(address)));
		client_say(fd[i], GET);
	}
	WAIT_FOR(net_drops(SL_SOCKET_DROP_DESCRIPTORS) > 0);
	before = cpu_ns();
	sleep_ms(300);
	CHECK(cpu_ns() - before < 100 * MS);
	CHECK(net_drops(SL_SOCKET_DROP_DESCRIPTORS) < 20);
	setrlimit(RLIMIT_NOFILE, &limit);
	for (i = 0; i < 8; i++) {
		client_expect(fd[i], 200);
		close(fd[i]);
	}
	server_stop();
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "requests", test_requests },
	{ "half close", test_half_close },
	{ "linger", test_linger },
	{ "slow head", test_slow_head },
	{ "deaf client", test_deaf_client },
	{ "deaf crowd", test_deaf_crowd },
	{ "slow reader", test_slow_reader },
	{ "reset", test_reset },
	{ "thousand", test_thousand },
	{ "full table", test_full_table },
	{ "descriptors", test_descriptors },
};

int main(int argc, char **argv)
{
	size_t i;
	int split;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name))
			continue;
		for (split = 0; split < 2; split++) {
			unsigned long failed = sl_test_failed;

			server_default();
			server.split = split;
			tests[i].run();
			if (sl_test_failed != failed)
				fprintf(stderr, "  in test \"%s\", %s\n",
					tests[i].name,
					split ? "split" : "fused");
		}
	}
	TEST_END();
}
