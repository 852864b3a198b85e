// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The parser, request by request: what is well formed is understood, what two
 * readers could understand differently is refused.  Each head is scanned as
 * it would arrive in two pieces, cut at every byte, and byte by byte; each
 * is parsed in a block of exactly its size, for AddressSanitizer to watch.
 */
#include "stages/web/http_parse.h"
#include "tools/test.h"

#define CLOSE	1
#define KEEP	2
#define CHUNKED	4
#define EXPECT	8
#define OPTIONS	16

#define L1	" HTTP/1.1\r\n"
#define H	"Host: a\r\n"
#define GET	"GET / HTTP/1.1\r\n" H
#define END	"\r\n"

static const struct {
	const char *head;
	int status;		/* sl_http_parse() */
	int refuse;
	int method;
	const char *path;
	const char *query;
	unsigned long long body_bytes;
	int flags;
} wanted[] = {
	/* request lines */
	{ GET END, 0, 0, SL_HTTP_GET, "/", "", 0, 0 },
	{ "HEAD /a/b?c=d&e" L1 H END, 0, 0, SL_HTTP_HEAD, "/a/b", "c=d&e", 0,
	  0 },
	{ "POST /x?" L1 H END, 0, 0, SL_HTTP_POST, "/x", "", 0, 0 },
	{ "GET /a??b?c" L1 H END, 0, 0, SL_HTTP_GET, "/a", "?b?c", 0, 0 },
	{ "GET //../%00" L1 H END, 0, 0, SL_HTTP_GET, "//../%00", "", 0, 0 },
	{ "GET http://a/b?c" L1 H END, 0, 0, SL_HTTP_GET, "/b", "c", 0, 0 },
	{ "GET HTTP://a:80" L1 H END, 0, 0, SL_HTTP_GET, "/", "", 0, 0 },
	{ "GET http://[::1]:80?q" L1 H END, 0, 0, SL_HTTP_GET, "/", "q", 0, 0 },
	{ "GET / HTTP/1.0\r\n\r\n", 0, 0, SL_HTTP_GET, "/", "", 0, CLOSE },
	{ "GET / HTTP/1.9\r\n" H END, 0, 0, SL_HTTP_GET, "/", "", 0, 0 },
	{ "OPTIONS *" L1 H END, 0, 0, 0, "*", "", 0, OPTIONS },
	{ "OPTIONS /a" L1 H END, 0, 0, 0, "/a", "", 0, OPTIONS },
	{ "PUT /a" L1 H END, 0, 405, 0, "/a", "", 0, 0 },
	{ "DELETE /a" L1 H END, 0, 405, 0, "/a", "", 0, 0 },
	{ "CONNECT a:1" L1 H END, 0, 405, 0, "a:1", "", 0, 0 },
	{ "get /" L1 H END, 0, 501, 0, "/", "", 0, 0 },
	{ "BREW /pot" L1 H END, 0, 501, 0, "/pot", "", 0, 0 },
	{ "GET *" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET a" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET http://" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET http:///a" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET http://u@h/a" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET https://a/" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /a#b" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /\x80" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /\x7f" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET  /" L1 H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET\t/" L1 H END, 400, 0, 0, "", "", 0, 0 },
	{ "GET /  HTTP/1.1\r\n" H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / HTTP/1.1 \r\n" H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / HTTP/1.1\r" H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / HTTP/11\r\n" H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / HTTP/1.\r\n" H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / http/1.1\r\n" H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / XTTP/1.1\r\n" H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /\r\n" H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / \r\n\r\n", 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET \r\n\r\n", 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET\r\n\r\n", 400, 0, 0, "", "", 0, 0 },
	{ " GET /" L1 H END, 400, 0, 0, "", "", 0, 0 },
	{ "G:T /" L1 H END, 400, 0, 0, "", "", 0, 0 },
	{ "GET / HTTP/2.0\r\n" H END, 505, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / HTTP/0.9\r\n" H END, 505, 0, SL_HTTP_GET, "", "", 0, 0 },

	/* fields */
	{ GET "A:\r\n" END, 0, 0, SL_HTTP_GET, "/", "", 0, 0 },
	{ GET "A: \t b\xe9 \t\r\n" END, 0, 0, SL_HTTP_GET, "/", "", 0, 0 },
	{ GET "A : b\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET " A: b\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "A: b\r\n c\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "A\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET ": b\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "A: b\rc\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "\rA: b\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "A: b\r\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "A: \x01\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "A\x80: b\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "A(: b\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /" L1 END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /" L1 H H END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /" L1 "HOST:\r\n" END, 0, 0, SL_HTTP_GET, "/", "", 0, 0 },
	{ "GET /" L1 "Host: a b\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /" L1 "Host: a/b\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET /" L1 "Host: [::1]:80\r\n" END, 0, 0, SL_HTTP_GET, "/", "", 0,
	  0 },

	/* keep-alive */
	{ GET "Connection: close\r\n" END, 0, 0, SL_HTTP_GET, "/", "", 0,
	  CLOSE },
	{ GET "connection: Upgrade , CLOSE\r\n" END, 0, 0, SL_HTTP_GET, "/",
	  "", 0, CLOSE },
	{ GET "Connection: closed, not-close\r\n" END, 0, 0, SL_HTTP_GET, "/",
	  "", 0, 0 },
	{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 0, 0,
	  SL_HTTP_GET, "/", "", 0, KEEP },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", 0, 0,
	  SL_HTTP_GET, "/", "", 0, KEEP | CLOSE },

	/* bodies */
	{ GET "Content-Length: 0\r\n" END, 0, 0, SL_HTTP_GET, "/", "", 0, 0 },
	{ GET "CONTENT-LENGTH:17 \r\n" END, 0, 0, SL_HTTP_GET, "/", "", 17,
	  0 },
	{ GET "Content-Length: 0009\r\n" END, 0, 0, SL_HTTP_GET, "/", "", 9,
	  0 },
	{ GET "Content-Length:\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "Content-Length: -1\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0,
	  0 },
	{ GET "Content-Length: +1\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0,
	  0 },
	{ GET "Content-Length: 0x1\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0,
	  0 },
	{ GET "Content-Length: 5, 5\r\n" END, 400, 0, SL_HTTP_GET, "", "", 0,
	  0 },
	{ GET "Content-Length: 5\r\nContent-Length: 5\r\n" END, 400, 0,
	  SL_HTTP_GET, "", "", 0, 0 },
	{ GET "Content-Length: 5\r\nContent-Length: 6\r\n" END, 400, 0,
	  SL_HTTP_GET, "", "", 0, 0 },
	{ GET "Transfer-Encoding: Chunked\r\n" END, 0, 0, SL_HTTP_GET, "/", "",
	  0, CHUNKED },
	{ GET "Transfer-Encoding: gzip, chunked\r\n" END, 501, 0, SL_HTTP_GET,
	  "", "", 0, 0 },
	{ GET "Transfer-Encoding: xchunked\r\n" END, 501, 0, SL_HTTP_GET, "",
	  "", 0, 0 },
	{ GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
	  END, 400, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END, 400,
	  0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END, 400,
	  0, SL_HTTP_GET, "", "", 0, 0 },
	{ GET "Transfer-Encoding : chunked\r\n" END, 400, 0, SL_HTTP_GET, "",
	  "", 0, 0 },
	{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, 0,
	  SL_HTTP_POST, "", "", 0, 0 },
	{ GET "Expect: 100-Continue\r\n" END, 0, 0, SL_HTTP_GET, "/", "", 0,
	  EXPECT },
	{ GET "Expect: 200-ok\r\n" END, 417, 0, SL_HTTP_GET, "", "", 0, 0 },
	{ "GET / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n", 0, 0, SL_HTTP_GET, "/",
	  "", 0, CLOSE },
};

static int flags_of(const struct sl_http_head *head)
{
	return (head->close ? CLOSE : 0) | (head->keep_alive ? KEEP : 0) |
	       (head->chunked ? CHUNKED : 0) | (head->expect ? EXPECT : 0) |
	       (head->options ? OPTIONS : 0);
}

static bool is_text(const u8 *data, u32 bytes, const char *text)
{
	return bytes == strlen(text) && !memcmp(data, text, bytes);
}

static void test_parse(size_t i)
{
	u32 bytes = strlen(wanted[i].head);
	u8 *data = memcpy(malloc(bytes), wanted[i].head, bytes);
	struct sl_http_head head;
	bool good = true;

	good &= CHECK_EQ(sl_http_parse(&head, data, bytes), wanted[i].status);
	good &= CHECK_EQ(head.method, wanted[i].method);
	if (!wanted[i].status) {
		good &= CHECK_EQ(head.refuse, wanted[i].refuse);
		good &= CHECK_EQ(head.head_bytes, bytes);
		good &= CHECK_EQ(head.body_bytes, wanted[i].body_bytes);
		good &= CHECK_EQ(flags_of(&head), wanted[i].flags);
		good &= CHECK(is_text(data + head.path_at, head.path_bytes,
				      wanted[i].path));
		good &= CHECK(is_text(data + head.query_at, head.query_bytes,
				      wanted[i].query));
	}
	if (!good)
		fprintf(stderr, "  of request %zu:\n%s", i, wanted[i].head);
	free(data);
}

/* What follows the head is none of its business. */
static void test_scan(const char *text)
{
	u32 bytes = strlen(text);
	u8 data[1024];
	struct sl_http_scan scan;
	bool good = true;
	u32 cut;

	memcpy(data, text, bytes);
	memcpy(data + bytes, "\n\r\n\r\n", 5);
	for (cut = 0; cut <= bytes; cut++) {
		scan = (struct sl_http_scan){ 0, 0 };
		if (cut < bytes)
			good &= CHECK_EQ(sl_http_scan(&scan, data, cut), 0);
		good &= CHECK_EQ(sl_http_scan(&scan, data, bytes + 5), bytes);
	}
	scan = (struct sl_http_scan){ 0, 0 };
	for (cut = 0; cut < bytes; cut++)
		good &= CHECK_EQ(sl_http_scan(&scan, data, cut), 0);
	good &= CHECK_EQ(sl_http_scan(&scan, data, bytes), bytes);
	if (!good)
		fprintf(stderr, "  of\n%s", text);
}

/* Lines that end in nothing but a line feed are seen at once. */
static void test_scan_refuses(void)
{
	static const char *const bad[] = {
		"\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nA: b\n",
		"GET / HTTP/1.1\r\n\n", "\r\r\n\n",
	};
	size_t i;
	u32 cut;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		u32 bytes = strlen(bad[i]);

		for (cut = 0; cut < bytes; cut++) {
			struct sl_http_scan scan = { 0, 0 };

			CHECK_EQ(sl_http_scan(&scan, (const u8 *)bad[i], cut),
				 0);
			CHECK(sl_http_scan(&scan, (const u8 *)bad[i],
					   bytes) < 0);
		}
	}
}

/* Length too large for any number stays too large. */
static void test_huge_length(void)
{
	char text[200];
	struct sl_http_head head;
	int digits;

	for (digits = 1; digits < 60; digits++) {
		int n = snprintf(text, sizeof(text), GET "Content-Length: ");

		memset(text + n, '9', digits);
		strcpy(text + n + digits, "\r\n\r\n");
		CHECK_EQ(sl_http_parse(&head, (u8 *)text, strlen(text)), 0);
		CHECK(head.body_bytes >= (digits > 15 ? 1000000000000000u : 9));
	}
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		test_parse(i);
		test_scan(wanted[i].head);
	}
	test_scan("\r\n");
	test_scan_refuses();
	test_huge_length();
	TEST_END();
}
