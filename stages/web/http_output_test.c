// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From answers to bytes: replies in the order of requests whatever the order
 * of answers, replies in parts, answers that break the contract, clients that
 * go away, and a bank that runs empty.
 */
#include <unistd.h>

#include "stages/web/http_site_test.h"

#define HELD_MAX 64

/* Requests that the app has not answered yet. */
static struct sl_event *held[HELD_MAX];
static u32 held_count;

static void hold(struct sl_stage *stage, struct sl_event *event)
{
	(void)stage;
	if (CHECK(held_count < HELD_MAX))
		held[held_count++] = event;
}

/* Answers a request with a text, said to be so many bytes long. */
static void answer(struct sl_event *event, const char *text, u64 bytes,
		   bool more)
{
	event->data = event->buffer + SL_HTTP_HEADROOM;
	event->data_bytes = strlen(text);
	memcpy(event->data, text, event->data_bytes);
	event->flags = more ? SL_HTTP_MORE : 0;
	sl_http(event)->content_bytes = bytes;
	sl_http(event)->type = SL_HTTP_TEXT;
	sl_stage_reply(site_stage, event);
	site_run();
}

struct way {
	struct sl_http_args args;
	u32 edge;
};

static struct way way_of(struct sl_event *event)
{
	return (struct way){ *sl_http(event), sl_stage_way(event) };
}

static void send_part(const struct way *way, const char *text, bool more)
{
	struct sl_event *part = sl_stage_take(site_stage);

	if (!CHECK(part))
		return;
	part->data_bytes = strlen(text);
	memcpy(part->data, text, part->data_bytes);
	sl_http_part(part, &way->args, more);
	sl_stage_send(site_stage, way->edge, part);
	site_run();
}

/* What came after the heads; heads must be as many as given. */
static void expect(u32 number, u32 heads, const char *bodies)
{
	static char got[SITE_OUTPUT_MAX + 1];
	struct site_connection *c = &site_connection[number];
	char *at = c->output;
	char *end;
	u32 found = 0;
	u32 n = 0;

	while (at < c->output + c->output_bytes) {
		if (!strncmp(at, "HTTP/1.1 ", 9) &&
		    (end = strstr(at, "\r\n\r\n"))) {
			at = end + 4;
			found++;
		} else {
			got[n++] = *at++;
		}
	}
	got[n] = 0;
	CHECK_EQ(found, heads);
	CHECK_STR(got, bodies);
	c->output_bytes = 0;
	c->output[0] = 0;
}

static void begin(u32 events)
{
	site_app = hold;
	held_count = 0;
	site_open(&site_options, events, true);
}

static const char three[] =
	"GET /1 HTTP/1.1\r\nHost:\r\n\r\nGET /2 HTTP/1.1\r\nHost:\r\n\r\n"
	"GET /3 HTTP/1.1\r\nHost:\r\n\r\n";
static const char one[] = "GET /1 HTTP/1.1\r\nHost:\r\n\r\n";
static const char head[] = "HEAD /1 HTTP/1.1\r\nHost:\r\n\r\n";

/* All orders in which three answers can come. */
static void test_order(void)
{
	static const u8 orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	char text[2] = "";
	u32 i, j;

	begin(4);
	for (i = 0; i < 6; i++) {
		site_say(0, three);
		CHECK_EQ(held_count, 3);
		for (j = 0; j < 3; j++) {
			text[0] = '1' + orders[i][j];
			answer(held[orders[i][j]], text, 1, false);
		}
		expect(0, 3, "123");
		held_count = 0;
	}
	site_shut();
}

/* More requests than may be in flight wait until one is answered. */
static void test_pipeline_max(void)
{
	begin(64);
	site_say(0, three);
	site_say(0, three);
	/* Four in flight, and net's call is kept with the rest. */
	CHECK_EQ(held_count, 4);
	CHECK(site_connection[0].calling);
	answer(held[1], "2", 1, false);
	CHECK_EQ(held_count, 4);
	answer(held[0], "1", 1, false);
	CHECK_EQ(held_count, 6);
	CHECK(!site_connection[0].calling);
	answer(held[5], "6", 1, false);
	answer(held[4], "5", 1, false);
	answer(held[3], "4", 1, false);
	expect(0, 2, "12");
	answer(held[2], "3", 1, false);
	expect(0, 4, "3456");
	site_shut();
}

/* Parts pass straight through if it is their turn, and wait if it is not. */
static void test_parts(void)
{
	struct way way[3];
	u32 i;

	begin(4);
	site_say(0, three);
	for (i = 0; i < 3; i++)
		way[i] = way_of(held[i]);
	answer(held[1], "b", 3, true);
	send_part(&way[1], "c", true);
	answer(held[2], "", 2, true);
	expect(0, 0, "");
	answer(held[0], "", 2, true);
	expect(0, 1, "");
	send_part(&way[2], "yz", false);
	send_part(&way[0], "0", true);
	expect(0, 0, "0");
	send_part(&way[0], "1", false);
	expect(0, 1, "1bc");
	send_part(&way[1], "d", true);
	expect(0, 0, "d");
	send_part(&way[1], "", false);
	expect(0, 1, "yz");
	CHECK(!site_connection[0].last);
	site_shut();
}

/* An answer that is too long is cut; one too short ends the connection. */
static void test_length(void)
{
	struct way way;

	begin(4);
	site_say(0, three);
	answer(held[0], "abcdef", 4, false);
	way = way_of(held[1]);
	answer(held[1], "ab", 3, true);
	send_part(&way, "cd", true);
	send_part(&way, "ef", false);
	expect(0, 2, "abcdabc");
	CHECK_EQ(site_drops(SL_HTTP_DROP_LENGTH), 3);
	CHECK(!site_connection[0].last);
	answer(held[2], "ab", 3, false);
	expect(0, 1, "ab");
	CHECK(site_connection[0].last);
	site_close(0);

	/* What was asked after that gets nothing. */
	held_count = 0;
	site_say(0, three);
	way = way_of(held[0]);
	answer(held[1], "two", 3, false);
	answer(held[0], "a", 5, true);
	send_part(&way, "b", false);
	expect(0, 1, "ab");
	CHECK(site_connection[0].last);
	answer(held[2], "three", 5, false);
	site_shut();
}

/* Failures, and answers that are not where they should be, become 500. */
static void test_failures(void)
{
	struct way way;
	u32 i;

	begin(4);
	for (i = 0; i < 5; i++) {
		struct sl_event *event;

		held_count = 0;
		site_say(0, one);
		event = held[0];
		way = way_of(event);
		event->data = event->buffer + SL_HTTP_HEADROOM;
		event->data_bytes = 3;
		sl_http(event)->content_bytes = 3;
		if (i == 0)
			event->status = -EIO;
		if (i == 1)
			event->data--;
		if (i == 2)
			event->data_bytes = event->data_max;
		if (i == 3)
			event->data = event->buffer + event->data_max + 1;
		if (i == 4)
			sl_http(event)->code = 0;
		sl_stage_reply(site_stage, event);
		site_run();
		CHECK(!strncmp(site_connection[0].output, "HTTP/1.1 500 ", 13));
		expect(0, 1, "500 Internal Server Error\n");
	}
	CHECK_EQ(site_drops(SL_HTTP_DROP_FAILED), 5);
	/* A part of a request that has been answered belongs nowhere. */
	send_part(&way, "late", false);
	expect(0, 0, "");
	CHECK_EQ(site_drops(SL_HTTP_DROP_FAILED), 6);
	CHECK(!site_connection[0].last);
	site_shut();
}

/* Replies without a body: to HEAD, and by their code. */
static void test_bodyless(void)
{
	struct way way;

	begin(4);
	site_say(0, head);
	way = way_of(held[0]);
	answer(held[0], "ab", 300, true);
	send_part(&way, "cd", false);
	CHECK(strstr(site_connection[0].output, "Content-Length: 300\r\n"));
	expect(0, 1, "");

	held_count = 0;
	site_say(0, one);
	sl_http(held[0])->code = 304;
	answer(held[0], "ab", 2, false);
	CHECK(!strstr(site_connection[0].output, "Content-"));
	expect(0, 1, "");

	held_count = 0;
	site_say(0, one);
	sl_http(held[0])->max_age = 77;
	held[0]->data = NULL;
	held[0]->data_bytes = 0;
	sl_stage_reply(site_stage, held[0]);
	site_run();
	CHECK(strstr(site_connection[0].output, "max-age=77\r\n"));
	expect(0, 1, "");
	CHECK_EQ(site_drops(SL_HTTP_DROP_LENGTH), 0);
	CHECK(!site_connection[0].last);
	site_shut();
}

/* Connection: as clients of both versions ask for it. */
static void test_keep_alive(void)
{
	begin(4);
	site_say(0, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	answer(held[0], "a", 1, false);
	CHECK(strstr(site_connection[0].output, "Connection: keep-alive\r\n"));
	CHECK(!site_connection[0].last);
	expect(0, 1, "a");
	/* What follows a close is not asked any more. */
	site_say(0, "GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"
		 "GET /more HTTP/1.1\r\nHost:\r\n\r\n");
	CHECK_EQ(held_count, 2);
	answer(held[1], "b", 1, false);
	CHECK(strstr(site_connection[0].output, "Connection: close\r\n"));
	CHECK(site_connection[0].last);
	expect(0, 1, "b");
	site_shut();
}

/* Clients that go while their requests are in flight, in every state. */
static void test_gone(void)
{
	struct way way;

	begin(4);
	site_say(0, three);
	way = way_of(held[0]);
	answer(held[1], "2", 1, false);
	answer(held[0], "1", 3, true);
	site_close(0);
	/* The next client there must see nothing of it. */
	site_say(0, one);
	send_part(&way, "1", true);
	send_part(&way, "1", false);
	answer(held[2], "3", 1, false);
	expect(0, 0, "");
	answer(held[3], "mine", 4, false);
	expect(0, 1, "mine");
	site_shut();
}

/* An empty bank makes connections wait their turn, and all are served. */
static void test_empty_bank(void)
{
	u32 i;

	begin(2);
	for (i = 0; i < 10; i++) {
		/* Without this the wire's calls would wait in its outbox. */
		struct sl_event *event = sl_stage_take(site_wire);

		memcpy(event->data, three, sizeof(three) - 1);
		event->data_bytes = sizeof(three) - 1;
		site_call(i, event, SL_BYTES_RECEIVED);
	}
	sl_pipeline_turn(site_pipeline);
	CHECK_EQ(held_count, 2);
	CHECK_EQ(site_http->counters->blocked, 1);
	for (i = 0; i < 30; i++) {
		if (!CHECK(i < held_count))
			break;
		answer(held[i], "x", 1, false);
	}
	for (i = 0; i < 10; i++)
		expect(i, 3, "xxx");
	site_shut();
}

/* Of two that wait for the bank, to get their 408, one goes away. */
static void test_gone_hungry(void)
{
	struct sl_http_options options = site_options;
	int ms;

	options.request_timeout_ns = 1000000;
	site_app = hold;
	held_count = 0;
	site_open(&options, 1, true);
	site_say(1, "GET");
	site_say(2, "GET");
	site_say(0, one);
	CHECK_EQ(held_count, 1);
	for (ms = 0; ms < 5000 && site_drops(SL_HTTP_DROP_TIMEOUT) < 2; ms++) {
		usleep(1000);
		site_run();
	}
	CHECK_EQ(site_drops(SL_HTTP_DROP_TIMEOUT), 2);
	site_close(1);
	answer(held[0], "1", 1, false);
	expect(0, 1, "1");
	expect(2, 1, "408 Request Timeout\n");
	site_say(1, one);
	answer(held[1], "2", 1, false);
	expect(1, 1, "2");
	site_shut();
}

/* Told to stop: what is in flight is answered, and then it is over. */
static void test_drain(void)
{
	u32 i;

	begin(64);
	site_say(0, three);
	answer(held[0], "1", 1, false);
	CHECK(!sl_http_stage.drain(site_http));
	answer(held[1], "2", 1, false);
	CHECK(!strstr(site_connection[0].output, "Connection: close"));
	answer(held[2], "3", 1, false);
	CHECK(strstr(site_connection[0].output, "Connection: close"));
	CHECK(site_connection[0].last);
	expect(0, 3, "123");
	CHECK(sl_http_stage.drain(site_http));
	site_close(0);

	/* What had been received but could not be asked yet is begun, too. */
	held_count = 0;
	site_say(1, three);
	site_say(1, three);
	for (i = 0; i < 6; i++) {
		CHECK(!site_connection[1].last);
		CHECK(!sl_http_stage.drain(site_http));
		answer(held[i], "x", 1, false);
	}
	expect(1, 6, "xxxxxx");
	CHECK(site_connection[1].last);
	CHECK(sl_http_stage.drain(site_http));
	site_shut();
}

int main(void)
{
	test_order();
	test_pipeline_max();
	test_parts();
	test_length();
	test_failures();
	test_bodyless();
	test_keep_alive();
	test_gone();
	test_empty_bank();
	test_gone_hungry();
	test_drain();
	TEST_END();
}
