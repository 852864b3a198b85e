/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The http stage from within: its connections.
 *
 *   http.c         the stage: options, what comes in and when
 *   http_pool.c    connections, and the lists they wait in
 *   http_input.c   from bytes to requests
 *   http_output.c  from answers, in whatever order, to bytes in order
 *
 * A connection goes through phases as a request comes in.  A request that
 * lies whole in what was received is called right out of there; one that
 * comes in pieces is gathered in the connection's own buffer, never in an
 * event, so that slow clients cannot hold the bank.  A connection that cannot
 * go on keeps the event it was given (input), which is how its client is
 * held back: net reads no more until that is answered.
 */
#ifndef SL_HTTP_CONNECTION_H
#define SL_HTTP_CONNECTION_H

#include "stages/stage.h"
#include "stages/web/http_parse.h"
#include "stages/web/http_reply.h"

enum { SL_HTTP_BYTES_PORT, SL_HTTP_NEXT_PORT };

enum sl_http_drop {
	SL_HTTP_DROP_MALFORMED,
	SL_HTTP_DROP_METHOD,
	SL_HTTP_DROP_TIMEOUT,
	SL_HTTP_DROP_BODY_SIZE,
	SL_HTTP_DROP_TARGET_SIZE,
	SL_HTTP_DROP_HEAD_SIZE,
	SL_HTTP_DROP_EXPECTATION,
	SL_HTTP_DROP_CODING,
	SL_HTTP_DROP_VERSION,
	SL_HTTP_DROP_CROWDED,
	SL_HTTP_DROP_FAILED,
	SL_HTTP_DROP_LENGTH,
};

struct sl_http_options {
	u64 header_max;
	u64 body_max;
	u64 pipeline_max;
	u64 connections_max;
	u64 request_timeout_ns;
	u64 reply_bytes;
};

/* A request whose reply is not complete. */
struct sl_http_slot {
	struct sl_fifo waiting;	/* its answers, until its turn comes */
	u64 left;		/* of the body, to be sent */
	bool answered;		/* the head is out, parts follow */
	bool mute;		/* there is to be no body */
	bool close;		/* nothing is to follow */
	bool keep_alive;	/* of HTTP/1.0 */
	bool allow;
};

enum sl_http_phase {
	SL_HTTP_READ_HEAD,
	SL_HTTP_READ_BODY,
	SL_HTTP_READY,		/* a request is complete, or refused */
	SL_HTTP_GOODBYE,	/* nothing more comes; close behind the replies */
	SL_HTTP_DEAF,		/* what comes is not looked at */
};

struct sl_http_connection {
	struct sl_event *input;	/* call that is not answered yet */
	u8 phase;		/* enum sl_http_phase */
	bool closing;		/* the last byte is on its way */
	bool gone;		/* net said so; kept for requests in flight */
	bool queued;		/* waits for the bank */
	bool parked;		/* keeps its input for later */
	bool eof;		/* the client sends nothing more */
	bool timed;		/* is on the list of unfinished requests */
	bool owes_continue;	/* the client waits for a 100 */
	bool blank;		/* a blank line came before the request */
	u16 refuse;		/* status, if the request is to be refused */
	u16 edge;		/* where its net stage is */
	u32 budget;		/* requests that this input may still make */
	u32 connection;		/* net's name for it */
	u32 generation;
	u32 sequence_in;	/* of the next request */
	u32 sequence_out;	/* of the next reply */
	u32 partial_bytes;	/* gathered in partial[] */
	u32 body_bytes;		/* of the body, so far */
	struct sl_http_scan scan;
	struct sl_http_head head;
	struct sl_http_chunk chunk;
	const u8 *head_data;	/* the head, in input or in partial[] */
	const u8 *body;
	u8 *partial;		/* header_max + body_max, touched when needed */
	struct sl_http_slot *slot;	/* pipeline_max of them */
	struct sl_http_connection *next;	/* free, or waiting for the bank */
	struct sl_http_connection *older;	/* unfinished request */
	struct sl_http_connection *newer;
	u64 since_ns;		/* its first byte */
};

struct sl_http {
	struct sl_http_date date;
	struct sl_http_connection *free;
	struct sl_http_connection *oldest;	/* unfinished request */
	struct sl_http_connection *newest;
	struct sl_http_connection *hungry;	/* first that waits for the bank */
	struct sl_http_connection *hungry_last;
	u32 parked;		/* connections that keep their input */
	u32 requests;		/* in flight */
	u32 pipeline_max;
	u32 slot_mask;
	u32 header_max;
	u32 body_max;
	u32 reply_bytes;
	bool joined;		/* is there anyone to ask? */
	bool draining;
};

static inline struct sl_http_slot *
sl_http_slot(const struct sl_http *http, struct sl_http_connection *c,
	     u32 sequence)
{
	return &c->slot[sequence & http->slot_mask];
}

/* http_pool.c */
int sl_http_open_pool(struct sl_stage *stage);
struct sl_http_connection *sl_http_take(struct sl_http *http,
					const struct sl_event *event, u32 edge);
void sl_http_settle(struct sl_http *http, struct sl_http_connection *c);
void sl_http_hunger(struct sl_http *http, struct sl_http_connection *c);
struct sl_http_connection *sl_http_hungry(struct sl_http *http);
void sl_http_time(struct sl_http *http, struct sl_http_connection *c,
		  u64 now_ns);
void sl_http_untime(struct sl_http *http, struct sl_http_connection *c);

/* http_input.c */
void sl_http_advance(struct sl_stage *stage, struct sl_http_connection *c);
void sl_http_refuse(struct sl_stage *stage, struct sl_http_connection *c,
		    u16 status);

/* http_output.c */
void sl_http_send(struct sl_stage *stage, struct sl_http_connection *c,
		  struct sl_event *event, u16 flags);
void sl_http_say_continue(struct sl_stage *stage,
			  struct sl_http_connection *c);
struct sl_http_connection *sl_http_answer(struct sl_stage *stage,
					  struct sl_event *event);
bool sl_http_turn_away(struct sl_stage *stage, u32 edge,
		       const struct sl_event *event);

#endif /* SL_HTTP_CONNECTION_H */
