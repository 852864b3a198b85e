// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * http: speaks HTTP/1.1 (and 1.0) to clients, and requests to the right.
 *
 * Left port "clients" (bytes): net stages, as many as there are edges.  Right
 * port "next" (http): who answers; without it the stage answers everything
 * itself with `reply_bytes` of text.  Keeps connections alive, takes pipelined
 * requests (at most `pipeline_max` of a connection are in flight) and puts
 * the replies in order.  What is malformed, too big or too slow gets its
 * status, is counted, and never reaches the right.
 *
 * One event of the bank is a request in flight, or a reply on its way out;
 * with none left a connection waits, and net with it.  May be replicated: a
 * connection stays with the replica it began with.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/ktime.h>

#include "stages/stages.h"
#include "stages/web/http_connection.h"

static int http_open(struct sl_stage *stage)
{
	const struct sl_http_options *options = stage->options;
	struct sl_http *http = stage->private;
	u64 request = SL_HTTP_HEADROOM + options->header_max +
		      options->body_max + 8;
	u64 reply = SL_HTTP_HEADROOM + options->reply_bytes;
	u64 room = stage->bank ? stage->bank->event_bytes -
				 sizeof(struct sl_event) : 0;
	int err;

	if (max(request, reply) > room) {
		sl_stage_log(stage, "event_bytes is %llu, too small for header_max + body_max and for reply_bytes; set it to %llu or more",
			     (unsigned long long)room,
			     (unsigned long long)max(request, reply));
		return -EINVAL;
	}
	http->header_max = options->header_max;
	http->body_max = options->body_max;
	http->pipeline_max = options->pipeline_max;
	http->slot_mask = roundup_pow_of_two(options->pipeline_max) - 1;
	http->reply_bytes = options->reply_bytes;
	http->joined = sl_stage_joined(stage, SL_HTTP_NEXT_PORT);
	sl_http_date(&http->date, ktime_get_real_seconds());
	err = sl_http_open_pool(stage);
	if (err)
		sl_stage_log(stage, "no memory for %llu connections; lower connections_max",
			     (unsigned long long)options->connections_max);
	return err;
}

/* Net has let go of a connection; requests in flight still know it. */
static void take_closed(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_http *http = stage->private;
	struct sl_http_connection *c = sl_bytes(event)->cookie;

	if (c) {
		c->gone = true;
		c->phase = SL_HTTP_DEAF;
		c->owes_continue = false;
		sl_http_untime(http, c);
		sl_http_settle(http, c);
	}
	sl_stage_reply(stage, event);
}

/* The client has sent all it wants to, maybe in the middle of a request. */
static void take_end(struct sl_stage *stage, struct sl_http_connection *c)
{
	c->eof = true;
	if (c->phase == SL_HTTP_READ_BODY ||
	    (c->phase == SL_HTTP_READ_HEAD && c->partial_bytes))
		sl_http_refuse(stage, c, 400);
	else if (c->phase == SL_HTTP_READ_HEAD)
		c->phase = SL_HTTP_GOODBYE;
}

/* Returns false if there is no event to say that there is no room. */
static bool take_bytes(struct sl_stage *stage, u32 edge,
		       struct sl_event *event)
{
	struct sl_http_connection *c = sl_bytes(event)->cookie;

	if (unlikely(!c)) {
		c = sl_http_take(stage->private, event, edge);
		if (!c) {
			if (!sl_http_turn_away(stage, edge, event))
				return false;
			sl_stage_reply(stage, event);
			return true;
		}
	}
	c->input = event;
	c->budget = ((struct sl_http *)stage->private)->pipeline_max;
	if (unlikely(!event->data_bytes))
		take_end(stage, c);
	sl_http_advance(stage, c);
	return true;
}

/* Is the bank empty, and nothing on its way home to it? */
static bool is_starved(struct sl_bank *bank)
{
	return unlikely(!bank->free_count) && !sl_bank_collect(bank);
}

static u32 run_left(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (event->op == SL_BYTES_CLOSED)
			take_closed(stage, event);
		else if (is_starved(stage->bank) ||
			 !take_bytes(stage, edge, event))
			break;
	}
	return i;
}

static u32 http_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	if (sl_stage_port(stage, edge) == SL_HTTP_BYTES_PORT)
		return run_left(stage, edge, batch);
	for (i = 0; i < batch->count; i++) {
		struct sl_http_connection *c;

		c = sl_http_answer(stage, batch->event[i]);
		if (!c)
			continue;
		if (c->phase != SL_HTTP_READ_HEAD)
			sl_http_advance(stage, c);
		sl_http_settle(stage->private, c);
	}
	return batch->count;
}

/* Connections that found the bank empty go on, first come first served. */
static u32 http_poll(struct sl_stage *stage)
{
	struct sl_http *http = stage->private;
	u32 done = 0;

	while (unlikely(http->hungry) && !is_starved(stage->bank)) {
		struct sl_http_connection *c = sl_http_hungry(http);

		sl_http_advance(stage, c);
		sl_http_settle(http, c);
		done++;
	}
	return done;
}

static void http_tick(struct sl_stage *stage, u64 now_ns)
{
	const struct sl_http_options *options = stage->options;
	struct sl_http *http = stage->private;
	struct sl_http_connection *c;

	sl_http_date(&http->date, ktime_get_real_seconds());
	while ((c = http->oldest) &&
	       c->since_ns + options->request_timeout_ns <= now_ns) {
		sl_http_refuse(stage, c, 408);
		sl_http_advance(stage, c);
	}
}

static bool http_drain(struct sl_stage *stage)
{
	struct sl_http *http = stage->private;

	http->draining = true;
	return !http->requests && !http->parked && !http->hungry;
}

#define OFFSET(field) offsetof(struct sl_http_options, field)

static const struct sl_option options[] = {
	{ "header_max", SL_OPTION_BYTES, OFFSET(header_max), 256, 1 << 20,
	  "8K", NULL, "longest head of a request, its first line included" },
	{ "body_max", SL_OPTION_BYTES, OFFSET(body_max), 0, 1 << 28, "16K",
	  NULL, "longest body of a request" },
	{ "pipeline_max", SL_OPTION_NUMBER, OFFSET(pipeline_max), 1, 1024,
	  "16", NULL, "requests of one connection that may be in flight" },
	{ "connections_max", SL_OPTION_NUMBER, OFFSET(connections_max), 1,
	  1 << 20, "4096", NULL, "connections; more get 503" },
	{ "request_timeout", SL_OPTION_DURATION, OFFSET(request_timeout_ns),
	  1000000, 3600000000000, "10s", NULL,
	  "time from a request's first byte to its last; then 408" },
	{ "reply_bytes", SL_OPTION_BYTES, OFFSET(reply_bytes), 0, 1 << 28,
	  "1K", NULL, "body of every reply if no stage is joined to answer" },
	{ .name = NULL },
};

/* In the order of enum sl_http_drop. */
static const char *const drop_reasons[] = {
	"malformed", "method not allowed", "request timeout", "body too big",
	"target too long", "head too big", "expectation", "not implemented",
	"version", "too many connections", "no answer", "answer's length",
	NULL,
};

#define PART(field) { SL_HTTP_NEXT_PORT, offsetof(struct sl_http_args, field), \
		      offsetof(struct sl_http_args, field##_bytes) }

static const struct sl_part parts[] = {
	PART(path), PART(query), PART(body), { 0, 0, 0 },
};

const struct sl_stage_type sl_http_stage = {
	.name = "http",
	.summary = "HTTP/1.1 server: requests from bytes, replies to bytes",
	.class = SL_FLOW,
	.port = {
		[SL_HTTP_BYTES_PORT] = { "clients", "bytes", false, false },
		[SL_HTTP_NEXT_PORT] = { "next", "http", true, true },
	},
	.options = options,
	.options_bytes = sizeof(struct sl_http_options),
	.private_bytes = sizeof(struct sl_http),
	.events = 256,
	.event_bytes = 32768,
	.weight_ns = 500,
	.own_requests = true,
	.sends = 1 << SL_HTTP_BYTES_PORT,
	.parts = parts,
	.drop_reasons = drop_reasons,
	.open = http_open,
	.run = http_run,
	.poll = http_poll,
	.tick = http_tick,
	.drain = http_drain,
};
