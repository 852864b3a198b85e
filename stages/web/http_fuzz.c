// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzzes the http stage with what a client might send.
 *
 * The first byte says how the rest is cut.  The stage gets it twice, cut and
 * as large pieces; it must understand both the same way, answer with replies
 * that a client can take apart, and have every event at home afterwards.
 * Each head found is parsed in a block of its own size.
 */
#include <stdint.h>

#include "stages/web/http_site_test.h"

#define INPUT_MAX	60000
#define PIECE_MAX	16000
#define REPLIES_MAX	(SITE_OUTPUT_MAX / 32)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Answers with what it was asked, summed up. */
static void sum_up(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_http_args *args = sl_http(event);
	u32 sum = args->method;
	u32 i;

	for (i = 0; i < args->path_bytes; i++)
		sum = 31 * sum + args->path[i];
	for (i = 0; i < args->query_bytes; i++)
		sum = 37 * sum + args->query[i];
	for (i = 0; i < args->body_bytes; i++)
		sum = 41 * sum + args->body[i];
	event->data = event->buffer + SL_HTTP_HEADROOM;
	event->data_bytes = sprintf((char *)event->data, "%08x", sum);
	args->content_bytes = event->data_bytes;
	sl_stage_reply(stage, event);
}

/* Parses every head there is, wherever it may begin. */
static void parse_heads(const u8 *data, u32 bytes)
{
	struct sl_http_scan scan = { 0, 0 };
	struct sl_http_head head;
	int n;

	while ((n = sl_http_scan(&scan, data, bytes)) > 0) {
		if (n > 2) {
			u8 *exact = malloc(n);

			memcpy(exact, data, n);
			if (!sl_http_parse(&head, exact, n)) {
				CHECK(head.path_bytes > 0);
				CHECK(head.path_at + head.path_bytes <=
				      head.query_at);
				CHECK(head.query_at + head.query_bytes + 13 <=
				      (u32)n);
			}
			free(exact);
		}
		data += n;
		bytes -= n;
		scan = (struct sl_http_scan){ 0, 0 };
	}
}

/*
 * Takes the next reply off a connection's output; sums up its status and body,
 * 0 at the end.  100 (Continue) depends on how the input was cut.
 */
static u32 next_reply(char **at, const char *end, bool to_head)
{
	u32 status, i;
	u32 length = 0;
	char *head_end, *field;
	u32 sum;

	do {
		if (*at == end)
			return 0;
		head_end = strstr(*at, "\r\n\r\n");
		if (!CHECK(head_end) ||
		    !CHECK(sscanf(*at, "HTTP/1.1 %u ", &status) == 1))
			return 0;
		field = strstr(*at, "Content-Length: ");
		*at = head_end + 4;
	} while (status == 100);
	if (CHECK(field && field < head_end))
		length = strtoul(field + 16, NULL, 10);
	sum = status;
	if (to_head || !CHECK(length <= (size_t)(end - *at)))
		return sum;
	for (i = 0; i < length; i++)
		sum = 43 * sum + (u8)(*at)[i];
	*at += length;
	return sum;
}

static void compare(struct site_connection *a, struct site_connection *b)
{
	char *at_a = a->output;
	char *at_b = b->output;
	u32 sum;

	CHECK_EQ(a->last, true);
	CHECK_EQ(b->last, true);
	do {
		/* Replies to HEAD end after their heads; look what follows. */
		char *end = strstr(at_a, "\r\n\r\n");
		bool to_head = end && (end + 4 == a->output + a->output_bytes ||
				       !strncmp(end + 4, "HTTP/1.1 ", 9));

		sum = next_reply(&at_a, a->output + a->output_bytes, to_head);
		CHECK_EQ(next_reply(&at_b, b->output + b->output_bytes,
				    to_head), sum);
	} while (sum && !sl_test_failed);
}

static void feed(u32 number, const u8 *data, size_t bytes, u32 piece)
{
	while (bytes) {
		u32 n = bytes < piece ? bytes : piece;

		site_receive(number, data, n);
		data += n;
		bytes -= n;
	}
	site_receive(number, "", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const u32 pieces[8] = { 1, 2, 3, 7, 31, 64, 500, 1025 };
	static bool open;

	if (!open) {
		struct sl_http_options options = site_options;

		options.request_timeout_ns = ~0ull / 2;
		site_app = sum_up;
		site_open(&options, 3, true);
		open = true;
	}
	if (!bytes || bytes > INPUT_MAX)
		return 0;
	parse_heads(data + 1, bytes - 1);
	feed(0, data + 1, bytes - 1, pieces[*data % 8]);
	feed(1, data + 1, bytes - 1, PIECE_MAX);
	compare(&site_connection[0], &site_connection[1]);
	site_close(0);
	site_close(1);
	site_check_home();
	if (sl_test_failed)
		abort();
	return 0;
}
