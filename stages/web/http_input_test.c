// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From bytes to requests: what the http stage makes of good, bad, cut up,
 * oversized and slow input.  The app says what it was asked, so that a byte
 * which gets lost or into the wrong request is seen.
 */
#include <unistd.h>

#include "stages/web/http_site_test.h"

/* Answers with method, path, query and body, and overwrites nothing of them. */
static void echo(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_http_args *args = sl_http(event);
	u8 *at = event->buffer + SL_HTTP_HEADROOM;

	event->data = at;
	at += sprintf((char *)at, "%u|%.*s|%.*s|%.*s", args->method,
		      (int)args->path_bytes, args->path,
		      (int)args->query_bytes, args->query,
		      (int)args->body_bytes, args->body);
	event->data_bytes = at - event->data;
	args->content_bytes = event->data_bytes;
	args->type = SL_HTTP_TEXT;
	sl_stage_reply(stage, event);
}

/* Takes the next reply out of what a connection got; returns its status. */
static int next_reply(u32 number, char *body)
{
	struct site_connection *c = &site_connection[number];
	char *end = strstr(c->output, "\r\n\r\n");
	char *length = strstr(c->output, "Content-Length: ");
	u32 head_bytes, body_bytes;
	int status;

	*body = 0;
	if (!end || sscanf(c->output, "HTTP/1.1 %d ", &status) != 1)
		return 0;
	head_bytes = end + 4 - c->output;
	body_bytes = length && length < end ? atoi(length + 16) : 0;
	if (c->output_bytes < head_bytes + body_bytes)
		return 0;
	memcpy(body, end + 4, body_bytes);
	body[body_bytes] = 0;
	c->output_bytes -= head_bytes + body_bytes;
	memmove(c->output, end + 4 + body_bytes, c->output_bytes + 1);
	return status;
}

static void expect(u32 number, int status, const char *body)
{
	static char got[SITE_OUTPUT_MAX];

	CHECK_EQ(next_reply(number, got), status);
	if (body)
		CHECK_STR(got, body);
}

#define H " HTTP/1.1\r\nHost: a\r\n"

/* Good requests, and what the app must have been asked. */
static const struct {
	const char *text;
	const char *asked[3];
} good[] = {
	{ "GET /a?b" H "\r\n", { "1|/a|b|" } },
	{ "\r\nGET /a" H "\r\n", { "1|/a||" } },
	{ "POST /p" H "Content-Length: 5\r\n\r\nhello", { "3|/p||hello" } },
	{ "POST /p" H "Content-Length: 4\r\n\r\n\r\n\r\nGET /n" H "\r\n",
	  { "3|/p||\r\n\r\n", "1|/n||" } },
	{ "POST /c?d" H "Transfer-Encoding: chunked\r\n\r\n"
	  "5;x\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\nGET /" H "\r\n",
	  { "3|/c|d|hello world", "1|/||" } },
	{ "GET /1" H "\r\nGET /2" H "\r\nGET /3" H "\r\n",
	  { "1|/1||", "1|/2||", "1|/3||" } },
	{ "GET /b" H "Content-Length: 3\r\n\r\nabcGET /2" H "\r\n",
	  { "1|/b||abc", "1|/2||" } },
};

static void test_good(size_t i, u32 cut, u32 step)
{
	const char *text = good[i].text;
	u32 all = strlen(text);
	u32 at = 0;
	size_t j;

	while (at < all) {
		u32 end = at < cut ? cut : at + step < all ? at + step : all;

		site_receive(0, text + at, end - at);
		at = end;
	}
	for (j = 0; j < 3 && good[i].asked[j]; j++)
		expect(0, 200, good[i].asked[j]);
	CHECK_EQ(site_connection[0].output_bytes, 0);
	CHECK(!site_connection[0].last);
	site_close(0);
}

static void test_all_good(void)
{
	size_t i;
	u32 cut;

	site_app = echo;
	site_open(&site_options, 4, true);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		u32 all = strlen(good[i].text);

		for (cut = 0; cut < all; cut++)
			test_good(i, cut, all);
		test_good(i, 0, 1);
		test_good(i, 0, 7);
	}
	site_shut();
}

/* Bad requests: the status, the reason it is counted under, open or closed. */
static const struct {
	const char *text;
	int status;
	enum sl_http_drop reason;
	bool open;
} bad[] = {
	{ "\n", 400, SL_HTTP_DROP_MALFORMED, false },
	{ "\r\n\r\nGET /" H "\r\n", 400, SL_HTTP_DROP_MALFORMED, false },
	{ "GET / HTTP/1.1\n\n", 400, SL_HTTP_DROP_MALFORMED, false },
	{ "GET / HTTP/1.1\r\n\r\n", 400, SL_HTTP_DROP_MALFORMED, false },
	{ "GET /\x01" H "\r\n", 400, SL_HTTP_DROP_MALFORMED, false },
	{ "POST /" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400,
	  SL_HTTP_DROP_MALFORMED, false },
	{ "POST /" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "0\r\n\r\nGET /smuggled" H "\r\n", 400, SL_HTTP_DROP_MALFORMED,
	  false },
	{ "POST /" H "Transfer-Encoding: chunked\r\n\r\nx", 400,
	  SL_HTTP_DROP_MALFORMED, false },
	{ "POST /" H "Transfer-Encoding: gzip\r\n\r\n", 501,
	  SL_HTTP_DROP_CODING, false },
	{ "POST /" H "Content-Length: 2049\r\n\r\n", 413,
	  SL_HTTP_DROP_BODY_SIZE, false },
	{ "POST /" H "Content-Length: 99999999999999999999999\r\n\r\n", 413,
	  SL_HTTP_DROP_BODY_SIZE, false },
	{ "POST /" H "Transfer-Encoding: chunked\r\n\r\n801\r\na", 413,
	  SL_HTTP_DROP_BODY_SIZE, false },
	{ "GET / HTTP/2.0\r\n\r\n", 505, SL_HTTP_DROP_VERSION, false },
	{ "GET /" H "Expect: miracles\r\n\r\n", 417,
	  SL_HTTP_DROP_EXPECTATION, false },
	{ "PUT /" H "Content-Length: 3\r\n\r\nabc", 405, SL_HTTP_DROP_METHOD,
	  true },
	{ "BREW /" H "\r\n", 501, SL_HTTP_DROP_CODING, true },
	{ "BREW /" H "Connection: close\r\n\r\n", 501, SL_HTTP_DROP_CODING,
	  false },
};

static void test_bad(void)
{
	size_t i;

	site_app = echo;
	site_open(&site_options, 4, true);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		u64 before = site_drops(bad[i].reason);

		/* A good one before must get its answer, first. */
		site_say(1, "GET /first" H "\r\n");
		site_say(1, bad[i].text);
		expect(1, 200, "1|/first||");
		expect(1, bad[i].status, NULL);
		CHECK_EQ(site_drops(bad[i].reason), before + 1);
		CHECK_EQ(site_connection[1].last, !bad[i].open);
		site_say(1, "GET /after" H "\r\n");
		expect(1, bad[i].open ? 200 : 0, NULL);
		site_close(1);
	}
	site_say(0, "OPTIONS *" H "\r\n");
	CHECK(strstr(site_connection[0].output, "Allow: GET, HEAD, POST"));
	expect(0, 200, "");
	site_say(0, "BREW /" H "\r\nHEAD /" H "\r\nGET / HTTP/1.0\r\n\r\n");
	expect(0, 501, "501 Not Implemented\n");
	CHECK(!strncmp(site_connection[0].output, "HTTP/1.1 200 OK", 15));
	CHECK(strstr(site_connection[0].output, "\r\n\r\nHTTP/1.1 200 OK"));
	CHECK(site_connection[0].last);
	site_shut();
}

/* The longest head and body that fit, and those a byte longer. */
static void test_limits(void)
{
	static const char tail[] = H "A: b\r\n\r\n";
	char text[8192];
	u32 n, step;

	site_open(&site_options, 4, true);
	for (step = 1; step < 2000; step += 333) {
		u32 at;

		for (n = 1023; n <= 1026; n++) {
			memset(text, 'a', sizeof(text));
			memcpy(text, "GET /", 5);
			memcpy(text + n - sizeof(tail) + 1, tail,
			       sizeof(tail) - 1);
			for (at = 0; at < n; at += step)
				site_receive(0, text + at,
					     n - at < step ? n - at : step);
			expect(0, n <= 1024 ? 200 : 431, NULL);
			CHECK_EQ(site_connection[0].last, n > 1024);
			site_close(0);
		}
		memset(text, 'a', sizeof(text));
		memcpy(text, "GET /", 5);
		for (at = 0; at < 1030; at += step)
			site_receive(0, text + at, step);
		expect(0, 414, NULL);
		CHECK(site_connection[0].last);
		site_close(0);
	}
	for (n = 2047; n <= 2049; n++) {
		int head = sprintf(text, "POST /" H "Content-Length: %u\r\n\r\n",
				   n);

		memset(text + head, 'b', n);
		site_receive(0, text, head + n);
		expect(0, n <= 2048 ? 200 : 413, NULL);
		site_close(0);
	}
	site_shut();
}

/* A hundred requests in one piece: answered in order, some at a time. */
static void test_pipeline(bool app)
{
	static char text[16384];
	char want[40];
	u32 n = 0;
	u32 i;

	site_open(&site_options, 10, app);
	for (i = 0; i < 100; i++)
		n += sprintf(text + n, "GET /%u HTTP/1.1\r\nHost:\r\n\r\n", i);
	/* Who does not read is not answered without end. */
	site_slow = true;
	site_receive(0, text, n);
	CHECK_EQ(site_unsent.count, 4);
	CHECK(site_connection[0].kept != NULL);
	site_hurry();
	for (i = 0; i < 100; i++) {
		snprintf(want, sizeof(want), "1|/%u||", i);
		expect(0, 200, app ? want : "xxxxxxxxxxxxxxxx");
	}
	CHECK_EQ(site_connection[0].output_bytes, 0);

	/* Its connection may end in between, too. */
	site_slow = true;
	site_receive(1, text, n);
	CHECK(site_connection[1].kept != NULL);
	site_close(1);
	site_hurry();
	site_shut();
}

static void test_continue(void)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	site_open(&site_options, 4, true);
	site_say(0, "POST /" H "Expect: 100-continue\r\n"
		 "Content-Length: 3\r\n\r\n");
	CHECK_STR(site_connection[0].output, go_on);
	site_connection[0].output_bytes = 0;
	site_say(0, "abc");
	expect(0, 200, "3|/||abc");
	/* Who sends the body without waiting is not asked for it. */
	site_say(0, "POST /" H "Expect: 100-continue\r\n"
		 "Content-Length: 3\r\n\r\nabc");
	expect(0, 200, "3|/||abc");
	site_say(0, "POST /" H "Expect: 100-continue\r\n"
		 "Content-Length: 3\r\n\r\na");
	site_say(0, "bc");
	expect(0, 200, "3|/||abc");
	/* Nor who sends too much. */
	site_say(0, "POST /" H "Expect: 100-continue\r\n"
		 "Content-Length: 3000\r\n\r\n");
	expect(0, 413, NULL);
	site_shut();
}

/* The client closes its side: idle, with a request in flight, within one. */
static void test_end(void)
{
	site_open(&site_options, 4, true);
	site_say(0, "GET /" H "\r\n");
	site_receive(0, "", 0);
	expect(0, 200, "1|/||");
	CHECK(site_connection[0].last);

	site_say(1, "GET /" H "\r\nGET /h");
	site_receive(1, "", 0);
	expect(1, 200, "1|/||");
	expect(1, 400, NULL);
	CHECK(site_connection[1].last);

	site_say(2, "POST /" H "Content-Length: 3\r\n\r\na");
	site_receive(2, "", 0);
	expect(2, 400, NULL);
	CHECK(site_connection[2].last);
	site_shut();
}

static void wait_for_reply(u32 number)
{
	int ms;

	for (ms = 0; ms < 5000 && !site_connection[number].output_bytes; ms++) {
		usleep(1000);
		site_run();
	}
}

/* Heads and bodies that come too slowly; a quick one beside them lives. */
static void test_slow(void)
{
	struct sl_http_options options = site_options;

	options.request_timeout_ns = 20000000;
	site_open(&options, 4, true);
	site_say(0, "GET / HT");
	site_say(1, "POST /" H "Content-Length: 3\r\n\r\na");
	site_say(2, "POST /" H "Transfer-Encoding: chunked\r\n\r\n1\r\n");
	site_say(3, "GET /" H "\r\n");
	site_say(4, "G");
	site_close(4);
	wait_for_reply(2);
	expect(0, 408, "408 Request Timeout\n");
	expect(1, 408, NULL);
	expect(2, 408, NULL);
	expect(3, 200, NULL);
	CHECK(site_connection[0].last && site_connection[1].last);
	CHECK(!site_connection[3].last);
	CHECK_EQ(site_drops(SL_HTTP_DROP_TIMEOUT), 3);
	site_shut();
}

/*
 * Many that have begun and do not go on hold no event, so one more is served
 * from a bank of a single event; then they all go on.
 */
static void test_partial(void)
{
	u32 i;

	site_open(&site_options, 1, true);
	for (i = 0; i < 150; i++) {
		site_say(i, i % 2 ? "GET /a" : "POST /b" H
			 "Content-Length: 4\r\n\r\nab");
	}
	site_say(199, "GET /whole" H "\r\n");
	expect(199, 200, "1|/whole||");
	for (i = 0; i < 150; i++) {
		site_say(i, i % 2 ? H "\r\n" : "cd");
		expect(i, 200, i % 2 ? "1|/a||" : "3|/b||abcd");
	}
	site_shut();
}

/* More connections than there is room for get 503, and may come back. */
static void test_crowd(void)
{
	struct sl_http_options options = site_options;

	options.connections_max = 2;
	site_open(&options, 4, true);
	site_say(0, "GET /" H "\r\n");
	site_say(1, "GET /");
	site_say(2, "GET /" H "\r\n");
	expect(0, 200, NULL);
	expect(2, 503, "503 Service Unavailable\n");
	CHECK(site_connection[2].last);
	CHECK_EQ(site_drops(SL_HTTP_DROP_CROWDED), 1);
	site_close(2);
	site_close(1);
	site_say(1, "GET /" H "\r\n");
	expect(1, 200, NULL);
	site_shut();
}

int main(void)
{
	test_all_good();
	test_bad();
	test_limits();
	test_pipeline(true);
	test_pipeline(false);
	test_continue();
	test_end();
	test_slow();
	test_partial();
	test_crowd();
	TEST_END();
}
