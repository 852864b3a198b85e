/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The "http" protocol: requests, parsed (RFC 9110, RFC 9112).
 *
 * The http stage calls the stage to its right once for each request.  path,
 * query and body point into the event's buffer, are not terminated, and are
 * as they came (percent-encoded); they hold until the event is answered.
 *
 * The right stage answers the same event: code, type, content_bytes, and the
 * body, or its first part, at event->data.  The body starts no earlier than
 * SL_HTTP_HEADROOM into event->buffer, so that the head of the reply can be
 * written before it without a copy.  If SL_HTTP_MORE is set in flags, parts
 * follow: events of op SL_HTTP_PART with connection, sequence and bytes
 * copied from the request (sl_http_part()), sent over the request's way, in
 * order; the last one has no SL_HTTP_MORE.  http puts the replies of pipelined
 * requests in order; a part may overtake nothing of its own request.
 *
 * An answer with an event->status other than 0 becomes a 500.
 */
#ifndef SL_HTTP_H
#define SL_HTTP_H

#include "stages/event.h"
#include "stages/net/bytes.h"

#define SL_HTTP_HEADROOM	256
#define SL_HTTP_MORE		0x0001	/* in event->flags */

enum sl_http_op { SL_HTTP_REQUEST = 1, SL_HTTP_PART };

enum sl_http_method { SL_HTTP_GET = 1, SL_HTTP_HEAD, SL_HTTP_POST };

enum sl_http_type {
	SL_HTTP_HTML, SL_HTTP_TEXT, SL_HTTP_BMP, SL_HTTP_JPEG, SL_HTTP_PNG,
	SL_HTTP_GIF, SL_HTTP_CSS, SL_HTTP_OCTETS,
};

struct sl_http_args {
	struct sl_bytes_args bytes;	/* of the connection; http's */
	void *connection;		/* http's */
	u32 sequence;			/* of the request on its connection */
	u8 method;
	u8 type;			/* of the reply: enum sl_http_type */
	u16 code;			/* of the reply: 200, 404, ... */
	const u8 *path;			/* "/home": up to the '?' */
	const u8 *query;		/* what follows the '?' */
	const u8 *body;
	u32 path_bytes;
	u32 query_bytes;
	u32 body_bytes;
	u32 max_age;			/* reply: seconds it may be kept; 0: none */
	u64 content_bytes;		/* reply: the whole body */
};

static_assert(sizeof(struct sl_http_args) <= SL_EVENT_ARGS, "they fit");

static inline struct sl_http_args *sl_http(struct sl_event *event)
{
	return (struct sl_http_args *)event->args;
}

/**
 * sl_http_part() - make an event a further part of a reply
 * @part: event of the caller's with the bytes at data
 * @to: connection and sequence, as in the request that is answered
 * @more: do more parts follow?
 *
 * To be sent with sl_stage_send() over the request's sl_stage_way().
 */
static inline void sl_http_part(struct sl_event *part,
				const struct sl_http_args *to, bool more)
{
	struct sl_http_args *http = sl_http(part);

	http->bytes = to->bytes;
	http->connection = to->connection;
	http->sequence = to->sequence;
	part->op = SL_HTTP_PART;
	part->flags = more ? SL_HTTP_MORE : 0;
}

#endif /* SL_HTTP_H */
