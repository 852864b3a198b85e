// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Heads of replies: dates against the C library's calendar, heads word by
 * word, and the longest head there can be within the headroom.
 */
#include <time.h>

#include "stages/web/http_reply.h"
#include "tools/test.h"

#define DATE "Server: sluice\r\nDate: Thu, 01 Jan 1970 00:00:01 GMT\r\n"

static void test_dates(void)
{
	static struct sl_http_date date;
	/* Days and a bit, so that every hour and minute comes too. */
	const s64 step = 86400 + 3661;
	s64 second;

	for (second = 1; second < 4294967296; second += step) {
		time_t now = second;
		struct tm tm;
		char want[80];

		gmtime_r(&now, &tm);
		strftime(want, sizeof(want),
			 "Server: sluice\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\n",
			 &tm);
		sl_http_date(&date, second);
		if (!CHECK_EQ(date.bytes, strlen(want)) ||
		    !CHECK(!memcmp(date.text, want, date.bytes)))
			return;
	}
}

static const struct {
	struct sl_http_reply reply;
	const char *head;
} wanted[] = {
	{ { .code = 200, .type = SL_HTTP_HTML },
	  "HTTP/1.1 200 OK\r\n" DATE
	  "Content-Type: text/html; charset=utf-8\r\n"
	  "Content-Length: 0\r\n\r\n" },
	{ { .code = 404, .type = SL_HTTP_BMP, .content_bytes = 1234567890,
	    .close = true, .max_age = 60 },
	  "HTTP/1.1 404 Not Found\r\n" DATE "Content-Type: image/bmp\r\n"
	  "Content-Length: 1234567890\r\nCache-Control: max-age=60\r\n"
	  "Connection: close\r\n\r\n" },
	{ { .code = 204, .bodyless = true, .keep_alive = true },
	  "HTTP/1.1 204 No Content\r\n" DATE "Connection: keep-alive\r\n\r\n" },
	{ { .code = 405, .type = SL_HTTP_TEXT, .allow = true },
	  "HTTP/1.1 405 Method Not Allowed\r\n" DATE
	  "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 0\r\n"
	  "Allow: GET, HEAD, POST, OPTIONS\r\n\r\n" },
	/* Neither code nor type is known. */
	{ { .code = 299, .type = 99 },
	  "HTTP/1.1 500 Internal Server Error\r\n" DATE
	  "Content-Type: application/octet-stream\r\n"
	  "Content-Length: 0\r\n\r\n" },
};

static void test_heads(const struct sl_http_date *date)
{
	u8 buffer[SL_HTTP_HEADROOM + 1];
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		u32 n = sl_http_write_head(buffer + SL_HTTP_HEADROOM,
					   &wanted[i].reply, date);

		buffer[SL_HTTP_HEADROOM] = 0;
		CHECK_STR((char *)buffer + SL_HTTP_HEADROOM - n,
			  wanted[i].head);
	}
}

/* Whatever is said, there is room for it. */
static void test_longest(const struct sl_http_date *date)
{
	struct sl_http_reply reply = {
		.keep_alive = true, .max_age = ~0u, .content_bytes = ~0ull,
	};
	u8 buffer[SL_HTTP_HEADROOM];
	u32 longest = 0;

	for (reply.code = 200; reply.code < 600; reply.code++) {
		for (reply.type = 0; reply.type < 10; reply.type++) {
			u32 n = sl_http_write_head(buffer + sizeof(buffer),
						   &reply, date);

			CHECK(n > 0);
			longest = n > longest ? n : longest;
		}
	}
	reply.allow = true;
	reply.code = 405;
	CHECK(sl_http_write_head(buffer + sizeof(buffer), &reply, date) > 0);
	CHECK(longest > 200);
}

int main(void)
{
	struct sl_http_date date = { 0 };
	u8 notice[64];

	test_dates();
	sl_http_date(&date, 1);
	test_heads(&date);
	test_longest(&date);
	CHECK_EQ(sl_http_write_notice(notice, 408), 20);
	CHECK(!memcmp(notice, "408 Request Timeout\n", 20));
	TEST_END();
}
