// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From bytes to records.
 *
 * A record comes in fragments, each with its length in front.  One that lies
 * whole in what was received is taken right out of there.  Any other is put
 * together: a short one in memory of its connection, so that slow clients
 * cannot hold the bank; a long one, a WRITE, in the event that its call will
 * be, of which at most half are used for this.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/nfs/rpc_stage.h"

#define MARKER_BYTES	4

static u32 read_marker(const u8 *at)
{
	__be32 marker;

	memcpy(&marker, at, sizeof(marker));
	return be32_to_cpu(marker);
}

static void consume(struct sl_event *input, u32 bytes)
{
	input->data += bytes;
	input->data_bytes -= bytes;
}

/* Answers net's call; it may then bring more, or what is left again. */
static void give_back(struct sl_rpc *rpc, struct sl_rpc_connection *c,
		      u16 flags)
{
	struct sl_event *input = c->input;

	c->input = NULL;
	if (c->parked) {
		c->parked = false;
		sl_stage_hold(rpc->stage, --rpc->parked);
	}
	sl_bytes(input)->cookie = c;
	input->flags = flags;
	sl_stage_reply(rpc->stage, input);
}

/* What was gathered is not needed, or a call by now. */
static void begin_anew(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	if (c->gather) {
		c->gather = NULL;
		rpc->gathers--;
	}
	c->gathering = false;
	c->complete = false;
	c->marker_bytes = 0;
	c->record_bytes = 0;
	c->fragment_left = 0;
	sl_rpc_untime(rpc, c);
}

/**
 * sl_rpc_hang_up() - look at nothing more that a client says
 * @rpc: the stage's state
 * @c: connection, which is closed when what is in flight is answered
 */
void sl_rpc_hang_up(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	struct sl_event *gather = c->gather;

	begin_anew(rpc, c);
	if (gather)
		sl_stage_free(rpc->stage, gather);
	c->deaf = true;
}

static bool begin(struct sl_rpc *rpc, struct sl_rpc_connection *c,
		  struct sl_event *event, const u8 *record, u32 bytes)
{
	c->budget--;
	sl_rpc_begin(rpc->stage, c, event, record, bytes);
	return true;
}

/* A record has been gathered. */
static bool complete(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	struct sl_event *event = c->gather;
	u32 bytes = c->record_bytes;
	const u8 *record = c->partial;

	if (event) {
		record = event->buffer + SL_RPC_DATA_AT;
	} else {
		event = sl_stage_take(rpc->stage);
		if (unlikely(!event)) {
			sl_rpc_hunger(rpc, c);
			return false;
		}
	}
	begin_anew(rpc, c);
	return begin(rpc, c, event, record, bytes);
}

/* Is there a place for so much of a record?  If not now, it will go on. */
static bool make_room(struct sl_rpc *rpc, struct sl_rpc_connection *c,
		      u32 bytes)
{
	if (c->gather || bytes <= SL_RPC_PARTIAL_BYTES)
		return true;
	if (rpc->gathers < rpc->gathers_max)
		c->gather = sl_stage_take(rpc->stage);
	if (unlikely(!c->gather)) {
		sl_rpc_hunger(rpc, c);
		return false;
	}
	rpc->gathers++;
	memcpy(c->gather->buffer + SL_RPC_DATA_AT, c->partial,
	       c->record_bytes);
	return true;
}

static void end_fragment(struct sl_rpc_connection *c)
{
	c->marker_bytes = 0;
	c->complete = c->last_fragment;
}

/* The marker of a fragment, which may come in pieces as well. */
static bool gather_marker(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	struct sl_event *input = c->input;
	u32 n = min_t(u32, MARKER_BYTES - c->marker_bytes, input->data_bytes);
	u32 marker;

	c->gathering = true;
	sl_rpc_time(rpc, c, rpc->stage->now_ns);
	memcpy(c->marker + c->marker_bytes, input->data, n);
	c->marker_bytes += n;
	consume(input, n);
	if (c->marker_bytes < MARKER_BYTES)
		return true;
	marker = read_marker(c->marker);
	c->last_fragment = marker & SL_RPC_LAST;
	c->fragment_left = marker & ~SL_RPC_LAST;
	if (unlikely(c->fragment_left > rpc->record_max - c->record_bytes)) {
		sl_stage_drop(rpc->stage, SL_RPC_DROP_RECORD);
		sl_rpc_hang_up(rpc, c);
	} else if (!c->fragment_left) {
		end_fragment(c);
	}
	return true;
}

static bool gather(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	struct sl_event *input = c->input;
	u32 n = min(c->fragment_left, input->data_bytes);
	u8 *to = c->partial;

	if (!make_room(rpc, c, c->record_bytes + c->fragment_left))
		return false;
	if (c->gather)
		to = c->gather->buffer + SL_RPC_DATA_AT;
	memcpy(to + c->record_bytes, input->data, n);
	consume(input, n);
	c->record_bytes += n;
	c->fragment_left -= n;
	if (!c->fragment_left)
		end_fragment(c);
	return true;
}

/* The next record, if all of it is there; false if there is nothing to do. */
static bool read_record(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	struct sl_event *input = c->input;
	struct sl_event *event;
	const u8 *record;
	u32 marker, bytes;

	if (unlikely(c->gathering || input->data_bytes < MARKER_BYTES))
		return c->marker_bytes < MARKER_BYTES ? gather_marker(rpc, c)
						      : gather(rpc, c);
	marker = read_marker(input->data);
	bytes = marker & ~SL_RPC_LAST;
	if (unlikely(!(marker & SL_RPC_LAST) || bytes > rpc->record_max ||
		     bytes > input->data_bytes - MARKER_BYTES))
		return gather_marker(rpc, c);
	event = sl_stage_take(rpc->stage);
	if (unlikely(!event)) {
		sl_rpc_hunger(rpc, c);
		return false;
	}
	record = input->data + MARKER_BYTES;
	consume(input, MARKER_BYTES + bytes);
	return begin(rpc, c, event, record, bytes);
}

/* Nothing is left to be said. */
static void say_goodbye(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	struct sl_event *event;

	if (c->closing || c->calls)
		return;
	event = sl_stage_take(rpc->stage);
	if (unlikely(!event)) {
		sl_rpc_hunger(rpc, c);
		return;
	}
	sl_rpc_flush(rpc);
	sl_rpc_send(rpc, c, event, SL_BYTES_LAST);
}

/* Does one thing; returns whether there may be more to do. */
static bool step(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	if (unlikely(c->gone))
		return false;
	if (unlikely(c->deaf)) {
		if (c->input && !c->pins)
			give_back(rpc, c, 0);
		say_goodbye(rpc, c);
		return false;
	}
	if (unlikely(c->calls >= rpc->options->calls_max))
		return false;
	if (unlikely(c->complete))
		return complete(rpc, c);
	if (!c->input) {
		/* What is in pieces now will stay so. */
		if (unlikely(c->eof))
			sl_rpc_hang_up(rpc, c);
		return c->eof;
	}
	if (c->input->data_bytes && c->budget)
		return read_record(rpc, c);
	if (c->pins)
		return false;
	/* First let the client read some of what it has asked for. */
	give_back(rpc, c, c->input->data_bytes ? SL_BYTES_AGAIN : 0);
	return c->eof;
}

/**
 * sl_rpc_advance() - go on with a connection as far as it goes
 * @stage: the rpc stage
 * @c: connection with new input, fewer calls in flight, or events in the bank
 */
void sl_rpc_advance(struct sl_stage *stage, struct sl_rpc_connection *c)
{
	struct sl_rpc *rpc = stage->private;

	while (step(rpc, c))
		;
	if (c->input && !c->parked) {
		c->parked = true;
		sl_stage_hold(stage, ++rpc->parked);
	}
}

/**
 * sl_rpc_take_message() - a datagram has come
 * @rpc: the stage's state
 * @edge: by which it came
 * @event: net's call about it
 *
 * Return: false if the bank is empty, and it has to come again.
 */
bool sl_rpc_take_message(struct sl_rpc *rpc, u32 edge, struct sl_event *event)
{
	struct sl_event *call = sl_stage_take(rpc->stage);
	struct sl_rpc_connection *c;

	if (unlikely(!call))
		return false;
	c = sl_rpc_take(rpc, event, edge);
	if (unlikely(!c)) {
		sl_stage_drop(rpc->stage, SL_RPC_DROP_CROWDED);
		sl_stage_free(rpc->stage, call);
		sl_stage_reply(rpc->stage, event);
		return true;
	}
	c->message = true;
	c->input = event;
	sl_rpc_begin(rpc->stage, c, call, event->data, event->data_bytes);
	sl_rpc_end_message(rpc, c);
	return true;
}

/**
 * sl_rpc_end_message() - let a datagram go, if its call is done
 * @rpc: the stage's state
 * @c: its connection; gone then
 */
void sl_rpc_end_message(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	if (c->calls)
		return;
	/* Behind the reply, on the same way. */
	give_back(rpc, c, 0);
	c->gone = true;
	sl_rpc_settle(rpc, c);
}
