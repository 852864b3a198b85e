// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that replies are read as they are meant, at every point at which
 * they may be cut, and that what is no reply is refused.
 */
#include <errno.h>

#include "bench/tpcw_dice.h"
#include "bench/tpcw_reply.h"
#include "tools/test.h"

#define OK "HTTP/1.1 200 OK\r\n"

static const struct {
	const char *text;
	bool good;
	u32 status;
	u64 bytes;
	bool chunked;
	bool closes;
} heads[] = {
	{ OK "Content-Length: 12\r\n\r\n", true, 200, 12, false, false },
	{ OK "content-length:0\r\n\r\n", true, 200, 0, false, false },
	{ OK "X: y\r\nCONTENT-LENGTH: \t7 \r\n\r\n", true, 200, 7, false,
	  false },
	{ "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n"
	  "Connection: close\r\n\r\n", true, 404, 5, false, true },
	{ "HTTP/1.0 200\r\nContent-Length: 5\r\n\r\n", true, 200, 5, false,
	  true },
	{ "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n"
	  "\r\n", true, 200, 5, false, false },
	{ OK "Transfer-Encoding: chunked\r\n\r\n", true, 200, 0, true, false },
	{ OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", true, 200, 5,
	  false, false },
	/* No reply that could be read. */
	{ OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", .good = false },
	{ OK "\r\n", .good = false },
	{ OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	  .good = false },
	{ OK "Transfer-Encoding: gzip\r\n\r\n", .good = false },
	{ OK "Content-Length: -5\r\n\r\n", .good = false },
	{ OK "Content-Length: \r\n\r\n", .good = false },
	{ OK "Content-Length: 5x\r\n\r\n", .good = false },
	{ OK "Content-Length: 99999999999999999999\r\n\r\n", .good = false },
	{ OK ": 5\r\n\r\n", .good = false },
	{ OK "no field\r\nContent-Length: 5\r\n\r\n", .good = false },
	{ OK "Content-Length: 5\nX: y\r\n\r\n", .good = false },
	{ "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\n", .good = false },
	{ "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\n", .good = false },
	{ "HTTP/1.1 2000\r\nContent-Length: 5\r\n\r\n", .good = false },
	{ "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n",
	  .good = false },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n",
	  .good = false },
	{ "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", .good = false },
	{ "\r\n\r\n", .good = false },
};

static void test_heads(void)
{
	struct sl_tpcw_reply reply;
	u32 i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const char *text = heads[i].text;
		u32 count = strlen(text), cut;
		int got = sl_tpcw_reply_head(text, count, &reply);

		if (!CHECK_EQ(got, heads[i].good ? (int)count : -EBADMSG))
			fprintf(stderr, "%s", text);
		for (cut = 0; cut < count; cut++)
			CHECK_EQ(sl_tpcw_reply_head(text, cut, &reply), 0);
		if (!heads[i].good)
			continue;
		sl_tpcw_reply_head(text, count, &reply);
		CHECK_EQ(reply.status, heads[i].status);
		CHECK_EQ(reply.bytes, heads[i].bytes);
		CHECK_EQ(reply.chunked, heads[i].chunked);
		CHECK_EQ(reply.closes, heads[i].closes);
	}
}

static void test_endless_head(void)
{
	static char text[2 * SL_TPCW_REPLY_HEAD_MAX];
	struct sl_tpcw_reply reply;

	memset(text, 'x', sizeof(text));
	CHECK_EQ(sl_tpcw_reply_head(text, SL_TPCW_REPLY_HEAD_MAX - 1, &reply),
		 0);
	CHECK_EQ(sl_tpcw_reply_head(text, sizeof(text), &reply), -EBADMSG);
}

static void test_chunks(void)
{
	static const char whole[] = "5\r\nhello\r\nA;x=y\r\n, wide wor\r\n"
				    "2\r\nld\r\n0\r\n\r\nHTTP/1.1";
	char text[sizeof(whole)];
	u64 bytes = 0, used = 0, cut;

	for (cut = 0; cut < sizeof(whole) - 9; cut++) {
		memcpy(text, whole, sizeof(whole));
		CHECK_EQ(sl_tpcw_reply_chunks(text, cut, &bytes, &used), 0);
		CHECK(!memcmp(text, whole, sizeof(whole)));
	}
	CHECK_EQ(sl_tpcw_reply_chunks(text, sizeof(whole) - 1, &bytes, &used),
		 1);
	CHECK_EQ(bytes, 17);
	CHECK_EQ(used, sizeof(whole) - 9);
	CHECK(!memcmp(text, "hello, wide world", 17));
}

static void test_bad_chunks(void)
{
	static const char *const bad[] = {
		"\r\n",	       "x\r\n",		 "5\r\nhelloworld",
		"5\nhello\r\n", "123456789\r\n", "5 \nhello",
		"5\r\rhello",  "-1\r\n",
	};
	char text[32];
	u64 bytes, used;
	u32 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(text, bad[i]);
		if (!CHECK_EQ(sl_tpcw_reply_chunks(text, strlen(text), &bytes,
						   &used), -EBADMSG))
			fprintf(stderr, "%s\n", bad[i]);
	}
}

/* Whatever a byte is changed to, reading stays within what was received. */
static void test_noise(void)
{
	struct sl_tpcw_reply reply;
	struct sl_tpcw_dice dice;
	u64 bytes, used;
	u32 i, round;

	sl_dice_seed(&dice, 5, 0, 0);
	for (round = 0; round < 20000; round++) {
		const char *from = heads[sl_dice_below(
			&dice, sizeof(heads) / sizeof(heads[0]))].text;
		u32 count = strlen(from);
		char *text = malloc(count);
		int got;

		memcpy(text, from, count);
		for (i = sl_dice_below(&dice, 4); i; i--)
			text[sl_dice_below(&dice, count)] =
				sl_dice_roll(&dice);
		got = sl_tpcw_reply_head(text, count, &reply);
		CHECK(got == -EBADMSG || (got >= 0 && (u32)got <= count));
		got = sl_tpcw_reply_chunks(text, count, &bytes, &used);
		CHECK(got != 1 || (used <= count && bytes <= used));
		free(text);
	}
}

int main(void)
{
	test_heads();
	test_endless_head();
	test_chunks();
	test_bad_chunks();
	test_noise();
	TEST_END();
}
