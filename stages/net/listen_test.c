// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Opening and closing: addresses good and bad and what is said about them,
 * IPv6, replicas that share a port, and a stop under load that cuts nothing.
 */
#include <pthread.h>

#include "stages/net/server_site_test.h"

/* Opens, expecting failure, and checks the one line that is said about it. */
static void expect_refusal(int err, const char *words)
{
	char text[1024] = "";
	int said[2];
	int saved = dup(2);
	int got;
	ssize_t n;

	if (!CHECK(!pipe(said)))
		return;
	dup2(said[1], 2);
	got = server_open();
	dup2(saved, 2);
	close(saved);
	close(said[1]);
	n = read(said[0], text, sizeof(text) - 1);
	close(said[0]);
	CHECK_EQ(got, err);
	if (!CHECK(n > 0 && strstr(text, words)) ||
	    !CHECK(strchr(text, '\n') == text + n - 1))
		fprintf(stderr, "  said: %s", text);
	if (!got)
		sl_pipeline_close(server.pipeline);
}

static void test_bad_addresses(void)
{
	static const char *const bad[] = {
		"", ":", "8080", ":8080", "127.0.0.1", "127.0.0.1:",
		"127.0.0.1:x", "127.0.0.1:+1", "127.0.0.1:80 ",
		"127.0.0.1:65536", "127.0.0.1:99999999999999999999",
		"::1:8080", "[::1:8080", "[]:80", "[::g]:80", "localhost:80",
		"[00000000000000000000000000000000000000000000000000000]:1",
	};
	size_t i;

	server_default();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		server.net.listen = bad[i];
		expect_refusal(-EINVAL, "write it as 127.0.0.1:8080");
	}
	server.net.listen = "192.0.2.1:8080";
	expect_refusal(-EADDRNOTAVAIL, "no interface has this address");
}

static void test_port_in_use(void)
{
	struct sl_pipeline *first;

	server_default();
	CHECK_EQ(server_open(), 0);
	first = server.pipeline;
	expect_refusal(-EADDRINUSE, "set listen to another port");
	sl_pipeline_close(first);
	/* And now it is free again. */
	CHECK_EQ(server_open(), 0);
	sl_pipeline_close(server.pipeline);
}

static void test_small_events(void)
{
	server_default();
	server.http_event_bytes = 8192;
	expect_refusal(-EINVAL, "event_bytes is 8192");
}

static void test_ipv6(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
	int port = free_port();
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	address.sin6_port = htons(port);
	address.sin6_addr = in6addr_loopback;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		/* This host has no IPv6. */
		close(fd);
		return;
	}
	close(fd);
	server_default();
	snprintf(server.address, sizeof(server.address), "[::1]:%d", port);
	server_start();
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK(!connect(fd, (struct sockaddr *)&address, sizeof(address)));
	client_say(fd, GET);
	client_expect(fd, 200);
	close(fd);
	server_stop();
}

/* Three of each share the port, and every connection finds one of them. */
static void test_replicas(void)
{
	int fd[60], i, round;
	u32 used = 0;

	server_default();
	server.replicas = 3;
	server_start();
	for (i = 0; i < 60; i++)
		fd[i] = client_connect();
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 60; i++)
			client_say(fd[i], GET);
		for (i = 0; i < 60; i++)
			client_expect(fd[i], 200);
	}
	for (i = 0; i < 3; i++) {
		struct sl_stage *http =
			sl_pipeline_stage(server.pipeline, 3 + i);

		used += READ_ONCE(http->counters->events) > 0;
	}
	/* All on one of three would happen once in 3^59 times. */
	CHECK(used > 1);
	for (i = 0; i < 60; i++)
		close(fd[i]);
	server_stop();
}

/* Asks until the server says goodbye; counts replies that were cut off. */
static void *ask_on(void *arg)
{
	unsigned long *replies = arg;
	int fd = client_connect();

	for (;;) {
		size_t bytes;
		int status;

		if (send(fd, GET, strlen(GET), MSG_NOSIGNAL) < 0)
			break;
		status = client_reply(fd, &bytes);
		if (status == 0 || status == -ECONNRESET)
			break;
		CHECK_EQ(status, 200);
		++*replies;
	}
	close(fd);
	return NULL;
}

static void test_stop(bool split)
{
	unsigned long replies[8] = { 0 };
	pthread_t thread[8];
	int idle, i;

	server_default();
	server.split = split;
	server_start();
	idle = client_connect();
	for (i = 0; i < 8; i++)
		CHECK(!pthread_create(&thread[i], NULL, ask_on, &replies[i]));
	sleep_ms(100);
	server_stop();
	for (i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		CHECK(replies[i] > 0);
	}
	close(idle);
}

int main(void)
{
	test_bad_addresses();
	test_port_in_use();
	test_small_events();
	test_ipv6();
	test_replicas();
	test_stop(false);
	test_stop(true);
	TEST_END();
}
