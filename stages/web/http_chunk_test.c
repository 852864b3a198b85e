// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The chunked coding: every body is decoded whole, in two pieces cut at every
 * byte, and byte by byte, with the same result, and what follows the body is
 * left alone.
 */
#include "stages/web/http_parse.h"
#include "tools/test.h"

#define BODY_MAX 16

static const struct {
	const char *coded;
	int status;		/* -1: the end does not come */
	const char *body;
} wanted[] = {
	{ "0\r\n\r\n", 0, "" },
	{ "5\r\nhello\r\n0\r\n\r\n", 0, "hello" },
	{ "1\r\na\r\n2\r\nbc\r\n00\r\n\r\n", 0, "abc" },
	{ "a\r\n0123456789\r\n0\r\n\r\n", 0, "0123456789" },
	{ "00000010\r\n0123456789abcdef\r\n0\r\n\r\n", 0, "0123456789abcdef" },
	{ "B;x=\"y z\"\r\n01234567\r\n9\r\n0;q\r\n\r\n", 0, "01234567\r\n9" },
	{ "1\r\na\r\n0\r\nA: b\r\nC:\r\n\r\n", 0, "a" },
	{ "", -1, "" },
	{ "5\r\nhello\r\n0\r\n", -1, "hello" },
	{ "5\r\nhe", -1, "he" },
	{ "11\r\n0123456789abcdefg\r\n", 413, "" },
	{ "8\r\n01234567\r\n9\r\n", -1, "01234567" },
	{ "8\r\n01234567\r\n9\r\na", 413, "" },
	{ "ffffffff\r\na", 413, "" },
	{ "000000001\r\n", 413, "" },
	{ "\r\n", 400, "" },
	{ "x\r\n", 400, "" },
	{ "-1\r\n", 400, "" },
	{ "0x1\r\n", 400, "" },
	{ " 1\r\n", 400, "" },
	{ "1 \r\n", 400, "" },
	{ "1\n", 400, "" },
	{ "1\r\r\n", 400, "" },
	{ ";a\r\n", 400, "" },
	{ "1;\x01\r\n", 400, "" },
	{ "1;a\n", 400, "" },
	{ "1\r\nab\r\n", 400, "" },
	{ "1\r\na\n", 400, "" },
	{ "1\r\na\r0", 400, "" },
	{ "0\r\n\n", 400, "" },
	{ "0\r\n\rx", 400, "" },
	{ "0\r\nA\r\n", 400, "" },
	{ "0\r\n: b\r\n", 400, "" },
	{ "0\r\nA : b\r\n", 400, "" },
	{ "0\r\n A: b\r\n", 400, "" },
	{ "0\r\nA: b\n", 400, "" },
	{ "0\r\nA: \x7f", 400, "" },
};

/* Decodes in pieces that end at @cut and then every @step bytes. */
static void decode(size_t i, u32 cut, u32 step)
{
	const char *coded = wanted[i].coded;
	u32 all = strlen(coded);
	struct sl_http_chunk chunk = { 0 };
	u8 body[BODY_MAX];
	u32 body_bytes = 0;
	u32 at = 0;
	int status = 0;
	bool good = true;

	while (at < all && !status && chunk.state != SL_CHUNK_DONE) {
		u32 end = at < cut ? cut : at + step < all ? at + step : all;
		u32 used = 0;

		status = sl_http_dechunk(&chunk, (const u8 *)coded + at,
					 end - at, &used, body, &body_bytes,
					 BODY_MAX);
		if (!status)
			at += used;
	}
	if (!status && chunk.state != SL_CHUNK_DONE)
		status = -1;
	good &= CHECK_EQ(status, wanted[i].status);
	if (!status)
		good &= CHECK_EQ(at, all);
	if (status <= 0) {
		good &= CHECK_EQ(body_bytes, strlen(wanted[i].body));
		good &= CHECK(!memcmp(body, wanted[i].body, body_bytes));
	}
	if (!good)
		fprintf(stderr, "  of %zu, cut at %u:\n%s\n", i, cut, coded);
}

/* The next request begins right behind the body. */
static void test_rest(void)
{
	static const char coded[] = "3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
	struct sl_http_chunk chunk = { 0 };
	u8 body[BODY_MAX];
	u32 body_bytes = 0;
	u32 used = 0;

	CHECK_EQ(sl_http_dechunk(&chunk, (const u8 *)coded, sizeof(coded) - 1,
				 &used, body, &body_bytes, BODY_MAX), 0);
	CHECK_EQ(chunk.state, SL_CHUNK_DONE);
	CHECK_EQ(used, 13);
}

/* Extensions and trailers without end are refused. */
static void test_extra(void)
{
	static const char *const begin[] = { "1;", "0\r\nA: ", "0\r\n" };
	size_t i;

	for (i = 0; i < 3; i++) {
		struct sl_http_chunk chunk = { 0 };
		u32 body_bytes = 0;
		u32 used, fed = 0;
		u8 body[BODY_MAX];
		int status;

		status = sl_http_dechunk(&chunk, (const u8 *)begin[i],
					 strlen(begin[i]), &used, body,
					 &body_bytes, BODY_MAX);
		while (!status && fed++ < 100000)
			status = sl_http_dechunk(&chunk, (const u8 *)"x", 1,
						 &used, body, &body_bytes,
						 BODY_MAX);
		CHECK_EQ(status, 431);
		CHECK(fed < 10000);
	}
}

int main(void)
{
	size_t i;
	u32 cut;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		u32 all = strlen(wanted[i].coded);

		decode(i, 0, 1);
		for (cut = 0; cut <= all; cut++)
			decode(i, cut, all ? all : 1);
	}
	test_rest();
	test_extra();
	TEST_END();
}
