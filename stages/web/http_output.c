// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From answers, in whatever order they come, to bytes in the order of the
 * requests.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/http_connection.h"

/**
 * sl_http_send() - have bytes written to a connection
 * @stage: the http stage, the event's owner
 * @c: connection that is neither gone nor closing
 * @event: event with the bytes at data
 * @flags: SL_BYTES_LAST or 0
 */
void sl_http_send(struct sl_stage *stage, struct sl_http_connection *c,
		  struct sl_event *event, u16 flags)
{
	event->op = SL_BYTES_SEND;
	event->flags = flags;
	sl_bytes(event)->connection = c->connection;
	sl_bytes(event)->generation = c->generation;
	if (flags)
		c->closing = true;
	sl_stage_send(stage, c->edge, event);
}

/**
 * sl_http_say_continue() - ask for a body, if its client waits for that
 * @stage: the http stage
 * @c: connection that reads a body
 *
 * Replies to earlier requests come first.
 */
void sl_http_say_continue(struct sl_stage *stage, struct sl_http_connection *c)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct sl_event *event;

	if (!c->owes_continue || c->gone || c->closing ||
	    c->sequence_in != c->sequence_out)
		return;
	event = sl_stage_take(stage);
	if (!event) {
		sl_http_hunger(stage->private, c);
		return;
	}
	c->owes_continue = false;
	memcpy(event->data, text, sizeof(text) - 1);
	event->data_bytes = sizeof(text) - 1;
	sl_http_send(stage, c, event, 0);
}

/* Has the right stage left room for a head and kept within its event? */
static bool is_sound(struct sl_event *event)
{
	const u8 *first = event->buffer + SL_HTTP_HEADROOM;
	const u8 *end = event->buffer + event->data_max;

	if (event->status || sl_http(event)->code < 200)
		return false;
	if (!event->data_bytes)
		return true;
	return event->data >= first && event->data <= end &&
	       event->data_bytes <= end - event->data;
}

/* Puts an error in the place of an answer that cannot be sent. */
static void make_failure(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_http_args *args = sl_http(event);

	sl_stage_drop(stage, SL_HTTP_DROP_FAILED);
	event->data = event->buffer + SL_HTTP_HEADROOM;
	event->data_bytes = sl_http_write_notice(event->data, 500);
	args->code = 500;
	args->type = SL_HTTP_TEXT;
	args->max_age = 0;
	args->content_bytes = event->data_bytes;
}

/* Lets out what the head has promised, no more; says what is missing. */
static void trim(struct sl_stage *stage, struct sl_http_slot *slot,
		 struct sl_event *event, bool last)
{
	if (event->data_bytes > slot->left) {
		if (!slot->mute)
			sl_stage_drop(stage, SL_HTTP_DROP_LENGTH);
		event->data_bytes = slot->left;
	}
	slot->left -= event->data_bytes;
	if (unlikely(last && slot->left)) {
		/* Only the end of the connection tells the client. */
		sl_stage_drop(stage, SL_HTTP_DROP_LENGTH);
		slot->close = true;
	}
}

/* Has a client none but this request with us, not even one just received? */
static bool is_last_of(const struct sl_http_connection *c)
{
	return c->sequence_out + 1 == c->sequence_in &&
	       c->phase != SL_HTTP_READY &&
	       (!c->input || !c->input->data_bytes);
}

/* Puts a head before the first part of a reply. */
static void begin_reply(struct sl_stage *stage, struct sl_http_connection *c,
			struct sl_http_slot *slot, struct sl_event *event,
			bool last)
{
	struct sl_http *http = stage->private;
	struct sl_http_args *args = sl_http(event);
	struct sl_http_reply reply;
	u32 head_bytes;

	if (unlikely(!is_sound(event)))
		make_failure(stage, event);
	if (!event->data_bytes)
		event->data = event->buffer + SL_HTTP_HEADROOM;
	if (http->draining && is_last_of(c))
		slot->close = true;

	reply.code = args->code;
	reply.type = args->type;
	reply.bodyless = args->code == 204 || args->code == 304;
	reply.close = slot->close;
	reply.keep_alive = slot->keep_alive;
	reply.allow = slot->allow;
	reply.max_age = args->max_age;
	reply.content_bytes = args->content_bytes;

	slot->answered = true;
	slot->mute |= reply.bodyless;
	slot->left = slot->mute ? 0 : reply.content_bytes;
	trim(stage, slot, event, last);
	head_bytes = sl_http_write_head(event->data, &reply, &http->date);
	event->data -= head_bytes;
	event->data_bytes += head_bytes;
}

/*
 * Sends an answer, or a part of it, whose turn it is.  Returns whether that
 * was the last of its request.
 */
static bool emit(struct sl_stage *stage, struct sl_http_connection *c,
		 struct sl_http_slot *slot, struct sl_event *event)
{
	bool last = !(event->flags & SL_HTTP_MORE);

	if (unlikely(c->gone || c->closing)) {
		sl_stage_free(stage, event);
		return last;
	}
	if (event->op == SL_HTTP_REQUEST)
		begin_reply(stage, c, slot, event, last);
	else
		trim(stage, slot, event, last);

	if (last && slot->close)
		sl_http_send(stage, c, event, SL_BYTES_LAST);
	else if (event->data_bytes)
		sl_http_send(stage, c, event, 0);
	else
		sl_stage_free(stage, event);
	return last;
}

/* Is an answer one that its connection waits for? */
static bool is_expected(const struct sl_http *http,
			struct sl_http_connection *c, struct sl_event *event)
{
	u32 sequence = sl_http(event)->sequence;
	struct sl_http_slot *slot = sl_http_slot(http, c, sequence);

	if (sequence - c->sequence_out >= c->sequence_in - c->sequence_out)
		return false;
	if (event->op == SL_HTTP_REQUEST)
		return true;
	return event->op == SL_HTTP_PART &&
	       (slot->answered || slot->waiting.first);
}

/**
 * sl_http_answer() - take in an answer, or a part of one
 * @stage: the http stage, the event's owner
 * @event: what came from the right, or was made here
 *
 * Return: the connection, which may have room for a request now, or NULL.
 */
struct sl_http_connection *sl_http_answer(struct sl_stage *stage,
					  struct sl_event *event)
{
	struct sl_http *http = stage->private;
	struct sl_http_connection *c = sl_http(event)->connection;
	struct sl_http_slot *slot;

	if (unlikely(!is_expected(http, c, event))) {
		sl_stage_drop(stage, SL_HTTP_DROP_FAILED);
		sl_stage_free(stage, event);
		return NULL;
	}
	slot = sl_http_slot(http, c, sl_http(event)->sequence);
	if (sl_http(event)->sequence != c->sequence_out) {
		sl_fifo_put(&slot->waiting, event);
		return NULL;
	}
	while (event) {
		if (emit(stage, c, slot, event)) {
			c->sequence_out++;
			http->requests--;
			if (c->sequence_out == c->sequence_in)
				break;
			slot = sl_http_slot(http, c, c->sequence_out);
		}
		event = sl_fifo_get(&slot->waiting);
	}
	return c;
}

/**
 * sl_http_turn_away() - tell a client that there is no room for it
 * @stage: the http stage
 * @edge: where its net stage is
 * @call: net's first call about it
 *
 * Return: false if the bank is empty, and nothing was said.
 */
bool sl_http_turn_away(struct sl_stage *stage, u32 edge,
		       const struct sl_event *call)
{
	const struct sl_bytes_args *args = (const void *)call->args;
	struct sl_http *http = stage->private;
	struct sl_http_reply reply = { .code = 503, .close = true };
	struct sl_event *event = sl_stage_take(stage);
	u32 head_bytes;

	if (!event)
		return false;
	sl_stage_drop(stage, SL_HTTP_DROP_CROWDED);
	event->data += SL_HTTP_HEADROOM;
	event->data_bytes = sl_http_write_notice(event->data, 503);
	reply.type = SL_HTTP_TEXT;
	reply.content_bytes = event->data_bytes;
	head_bytes = sl_http_write_head(event->data, &reply, &http->date);
	event->data -= head_bytes;
	event->data_bytes += head_bytes;
	event->op = SL_BYTES_SEND;
	event->flags = SL_BYTES_LAST;
	sl_bytes(event)->connection = args->connection;
	sl_bytes(event)->generation = args->generation;
	sl_stage_send(stage, edge, event);
	return true;
}
