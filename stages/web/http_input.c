// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From bytes to requests.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/http_connection.h"

static void consume(struct sl_event *input, u32 bytes)
{
	input->data += bytes;
	input->data_bytes -= bytes;
}

/* Answers net's call; it may then bring more, or what is left again. */
static void give_back(struct sl_stage *stage, struct sl_http_connection *c,
		      u16 flags)
{
	struct sl_http *http = stage->private;
	struct sl_event *input = c->input;

	if (!input)
		return;
	c->input = NULL;
	if (c->parked) {
		c->parked = false;
		sl_stage_hold(stage, --http->parked);
	}
	sl_bytes(input)->cookie = c;
	input->flags = flags;
	sl_stage_reply(stage, input);
}

/* Gets ready for the next request. */
static void begin_anew(struct sl_http_connection *c)
{
	c->phase = c->eof ? SL_HTTP_GOODBYE : SL_HTTP_READ_HEAD;
	c->partial_bytes = 0;
	c->blank = false;
	c->scan.at = 0;
	c->scan.line = 0;
}

static enum sl_http_drop drop_of(u16 status)
{
	switch (status) {
	case 405:
		return SL_HTTP_DROP_METHOD;
	case 408:
		return SL_HTTP_DROP_TIMEOUT;
	case 413:
		return SL_HTTP_DROP_BODY_SIZE;
	case 414:
		return SL_HTTP_DROP_TARGET_SIZE;
	case 417:
		return SL_HTTP_DROP_EXPECTATION;
	case 431:
		return SL_HTTP_DROP_HEAD_SIZE;
	case 501:
		return SL_HTTP_DROP_CODING;
	case 505:
		return SL_HTTP_DROP_VERSION;
	default:
		return SL_HTTP_DROP_MALFORMED;
	}
}

/**
 * sl_http_refuse() - answer what is coming in with an error, then close
 * @stage: the http stage
 * @c: connection that is reading; to be advanced afterwards
 * @status: of the reply
 *
 * Where the next request would begin is not known any more.
 */
void sl_http_refuse(struct sl_stage *stage, struct sl_http_connection *c,
		    u16 status)
{
	sl_stage_drop(stage, drop_of(status));
	/* What head holds is of the request before, if of any. */
	if (c->phase == SL_HTTP_READ_HEAD)
		memset(&c->head, 0, sizeof(c->head));
	c->refuse = status;
	c->owes_continue = false;
	c->phase = SL_HTTP_READY;
	sl_http_untime(stage->private, c);
}

static void complete(struct sl_stage *stage, struct sl_http_connection *c)
{
	u16 refuse = c->head.refuse;

	if (unlikely(refuse))
		sl_stage_drop(stage, refuse == 405 ? SL_HTTP_DROP_METHOD
						   : SL_HTTP_DROP_CODING);
	c->owes_continue = false;
	c->phase = SL_HTTP_READY;
	sl_http_untime(stage->private, c);
}

/* Will gather a body that is not all here, and the head that it follows. */
static void begin_body(struct sl_stage *stage, struct sl_http_connection *c)
{
	struct sl_http *http = stage->private;

	if (c->head_data != c->partial) {
		memcpy(c->partial, c->head_data, c->head.head_bytes);
		c->head_data = c->partial;
	}
	c->body = c->partial + http->header_max;
	c->body_bytes = 0;
	memset(&c->chunk, 0, sizeof(c->chunk));
	/* Who has begun to send the body does not wait to be asked for it. */
	c->owes_continue = c->head.expect && !c->input->data_bytes;
	sl_http_time(http, c, stage->now_ns);
}

/* A head is complete at c->head_data; what follows it is in c->input. */
static void begin_request(struct sl_stage *stage, struct sl_http_connection *c,
			  u32 head_bytes)
{
	struct sl_http *http = stage->private;
	struct sl_event *input = c->input;
	int status;

	if (head_bytes == 2) {
		bool second = c->blank;

		begin_anew(c);
		c->blank = true;
		if (second)
			sl_http_refuse(stage, c, 400);
		return;
	}
	c->phase = SL_HTTP_READ_BODY;
	status = sl_http_parse(&c->head, c->head_data, head_bytes);
	if (!status && c->head.body_bytes > http->body_max)
		status = 413;
	if (unlikely(status)) {
		sl_http_refuse(stage, c, status);
		return;
	}
	if (c->head.chunked || c->head.body_bytes > input->data_bytes) {
		begin_body(stage, c);
		return;
	}
	c->body = input->data;
	consume(input, c->head.body_bytes);
	complete(stage, c);
}

/* Looks for a head in what came, going on in partial[] if it began before. */
static int find_head(struct sl_http *http, struct sl_http_connection *c)
{
	struct sl_event *input = c->input;
	u32 before = c->partial_bytes;
	u32 n = min(input->data_bytes, http->header_max - before);
	int head_bytes;

	c->head_data = input->data;
	if (before) {
		memcpy(c->partial + before, input->data, n);
		c->head_data = c->partial;
	}
	head_bytes = sl_http_scan(&c->scan, c->head_data, before + n);
	if (head_bytes > 0)
		n = head_bytes - before;
	else if (!before)
		memcpy(c->partial, input->data, n);
	consume(input, n);
	c->partial_bytes = before + n;
	return head_bytes;
}

/* The phases return whether there may be more to do. */
static bool read_head(struct sl_stage *stage, struct sl_http_connection *c)
{
	struct sl_http *http = stage->private;
	int head_bytes;

	if (!c->input || !c->input->data_bytes) {
		give_back(stage, c, 0);
		return false;
	}
	/* First let the client read some of what it has asked for. */
	if (unlikely(!c->budget)) {
		give_back(stage, c, SL_BYTES_AGAIN);
		return false;
	}
	head_bytes = find_head(http, c);
	if (likely(head_bytes > 0))
		begin_request(stage, c, head_bytes);
	else if (head_bytes < 0)
		sl_http_refuse(stage, c, 400);
	else if (c->partial_bytes == http->header_max)
		sl_http_refuse(stage, c, c->scan.line ? 431 : 414);
	else
		sl_http_time(http, c, stage->now_ns);
	return true;
}

static bool read_body(struct sl_stage *stage, struct sl_http_connection *c)
{
	struct sl_http *http = stage->private;
	u8 *body = c->partial + http->header_max;
	struct sl_event *input = c->input;
	u32 n;
	int status;

	if (!input || !input->data_bytes) {
		sl_http_say_continue(stage, c);
		give_back(stage, c, 0);
		return false;
	}
	c->owes_continue = false;
	if (!c->head.chunked) {
		n = min_t(u64, input->data_bytes,
			  c->head.body_bytes - c->body_bytes);
		memcpy(body + c->body_bytes, input->data, n);
		c->body_bytes += n;
		consume(input, n);
		if (c->body_bytes == c->head.body_bytes)
			complete(stage, c);
		return true;
	}
	status = sl_http_dechunk(&c->chunk, input->data, input->data_bytes, &n,
				 body, &c->body_bytes, http->body_max);
	if (status) {
		sl_http_refuse(stage, c, status);
		return true;
	}
	consume(input, n);
	if (c->chunk.state == SL_CHUNK_DONE) {
		c->head.body_bytes = c->body_bytes;
		complete(stage, c);
	}
	return true;
}

/*
 * Copies what the right stage gets to read to the end of the event, so that
 * a reply can be written into its beginning while the request is looked at.
 */
static void fill(struct sl_event *event, const struct sl_http_connection *c)
{
	const struct sl_http_head *head = &c->head;
	struct sl_http_args *args = sl_http(event);
	u32 query = head->query_at - head->path_at;
	u32 target_bytes = query + head->query_bytes;
	u32 body_bytes = head->body_bytes;
	u8 *at = event->buffer + event->data_max -
		 ALIGN(target_bytes + body_bytes, 8);

	memcpy(at, c->head_data + head->path_at, target_bytes);
	if (body_bytes)
		memcpy(at + target_bytes, c->body, body_bytes);
	args->method = head->method;
	args->type = SL_HTTP_HTML;
	args->code = 200;
	args->path = at;
	args->path_bytes = head->path_bytes;
	args->query = at + query;
	args->query_bytes = head->query_bytes;
	args->body = at + target_bytes;
	args->body_bytes = body_bytes;
	args->max_age = 0;
	args->content_bytes = 0;
}

/* Makes the reply that the stage gives itself. */
static void fill_reply(struct sl_stage *stage, struct sl_event *event,
		       const struct sl_http_connection *c)
{
	const struct sl_http *http = stage->private;
	struct sl_http_args *args = sl_http(event);

	args->type = SL_HTTP_TEXT;
	args->max_age = 0;
	args->code = c->refuse ? c->refuse : c->head.refuse;
	if (args->code) {
		event->data_bytes = sl_http_write_notice(event->data,
							 args->code);
	} else if (c->head.options) {
		args->code = 200;
	} else {
		args->code = 200;
		memset(event->data, 'x', http->reply_bytes);
		event->data_bytes = http->reply_bytes;
	}
	args->content_bytes = event->data_bytes;
}

static bool submit(struct sl_stage *stage, struct sl_http_connection *c)
{
	struct sl_http *http = stage->private;
	const struct sl_http_head *head = &c->head;
	struct sl_http_slot *slot;
	struct sl_event *event;

	/* Goes on when the oldest one has been answered. */
	if (c->sequence_in - c->sequence_out == http->pipeline_max)
		return false;
	event = sl_stage_take(stage);
	if (unlikely(!event)) {
		sl_http_hunger(http, c);
		return false;
	}
	slot = sl_http_slot(http, c, c->sequence_in);
	slot->answered = false;
	slot->mute = head->method == SL_HTTP_HEAD;
	slot->close = c->refuse || head->close;
	slot->keep_alive = head->keep_alive && !head->minor;
	slot->allow = head->options || head->refuse == 405;

	event->op = SL_HTTP_REQUEST;
	event->flow = c->connection;
	event->data = event->buffer + SL_HTTP_HEADROOM;
	sl_http(event)->bytes.connection = c->connection;
	sl_http(event)->bytes.generation = c->generation;
	sl_http(event)->connection = c;
	sl_http(event)->sequence = c->sequence_in++;
	http->requests++;
	if (c->budget)
		c->budget--;
	if (slot->close)
		c->phase = SL_HTTP_DEAF;
	else
		begin_anew(c);
	if (c->refuse || head->refuse || head->options || !http->joined) {
		fill_reply(stage, event, c);
		sl_http_answer(stage, event);
	} else {
		fill(event, c);
		sl_stage_call(stage, SL_HTTP_NEXT_PORT, event);
	}
	return true;
}

static bool say_goodbye(struct sl_stage *stage, struct sl_http_connection *c)
{
	struct sl_event *event;

	give_back(stage, c, 0);
	if (c->sequence_in != c->sequence_out)
		return false;
	event = sl_stage_take(stage);
	if (!event) {
		sl_http_hunger(stage->private, c);
		return false;
	}
	sl_http_send(stage, c, event, SL_BYTES_LAST);
	c->phase = SL_HTTP_DEAF;
	return true;
}

/**
 * sl_http_advance() - go on with a connection as far as it goes
 * @stage: the http stage
 * @c: connection with new input, a free slot, or events in the bank
 */
void sl_http_advance(struct sl_stage *stage, struct sl_http_connection *c)
{
	struct sl_http *http = stage->private;
	bool more = true;

	while (more) {
		switch (c->phase) {
		case SL_HTTP_READ_HEAD:
			more = read_head(stage, c);
			break;
		case SL_HTTP_READ_BODY:
			more = read_body(stage, c);
			break;
		case SL_HTTP_READY:
			more = submit(stage, c);
			break;
		case SL_HTTP_GOODBYE:
			more = say_goodbye(stage, c);
			break;
		default:
			give_back(stage, c, 0);
			more = false;
		}
	}
	if (c->input && !c->parked) {
		c->parked = true;
		sl_stage_hold(stage, ++http->parked);
	}
}
