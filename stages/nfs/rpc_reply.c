// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From answers to bytes.
 *
 * A reply is written behind others of its connection, if there are any that
 * have not left yet and there is room; else its call's own event takes it, and
 * may carry others afterwards.  All leave when the batch has been looked at.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/nfs/rpc_stage.h"

#define MARKER_BYTES	4
#define HEAD_BYTES	24	/* of a reply that is accepted */

static bool is_lost(const struct sl_rpc_connection *c)
{
	return unlikely(c->gone || c->closing);
}

static u32 room_behind(const struct sl_event *event)
{
	return event->buffer + event->data_max -
	       (event->data + event->data_bytes);
}

/**
 * sl_rpc_place() - find a place for a reply
 * @rpc: the stage's state
 * @event: the call that is answered
 * @bytes_max: how long it may be, no more than an event holds
 *
 * Nothing of @event's but the text changes until sl_rpc_finish().
 *
 * Return: where to write.
 */
u8 *sl_rpc_place(struct sl_rpc *rpc, struct sl_event *event, u32 bytes_max)
{
	struct sl_rpc_connection *c = sl_rpc_call(event)->connection;
	struct sl_event *carrier = c->carrier;

	if (carrier && !is_lost(c) &&
	    room_behind(carrier) >= bytes_max + MARKER_BYTES) {
		rpc->target = carrier;
		return carrier->data + carrier->data_bytes + MARKER_BYTES;
	}
	rpc->target = event;
	return event->buffer + SL_RPC_TEXT_AT + MARKER_BYTES;
}

/**
 * sl_rpc_accept() - write the head of a reply
 * @at: where
 * @call: what is answered
 * @status: an accept_stat
 *
 * Return: where the results go.
 */
u8 *sl_rpc_accept(u8 *at, const struct sl_rpc_call *call, u32 status)
{
	at = sl_xdr_put_u32(at, call->xid);
	at = sl_xdr_put_u32(at, SL_RPC_REPLY);
	at = sl_xdr_put_u32(at, SL_RPC_ACCEPTED);
	at = sl_xdr_put_u64(at, 0);	/* no verifier */
	at = sl_xdr_put_u32(at, status);
	if (unlikely(status == SL_RPC_PROG_MISMATCH)) {
		bool nfs = call->program == SL_RPC_NFS;
		bool mount = call->program == SL_RPC_MOUNT;

		at = sl_xdr_put_u32(at, nfs ? 3 : mount ? 1 : 2);
		at = sl_xdr_put_u32(at, nfs || mount ? 3 : 4);
	}
	return at;
}

/**
 * sl_rpc_send() - have bytes written to a connection
 * @rpc: the stage's state, which owns the event
 * @c: connection that is neither gone nor closing
 * @event: event with the bytes at data
 * @flags: SL_BYTES_LAST or 0
 */
void sl_rpc_send(struct sl_rpc *rpc, struct sl_rpc_connection *c,
		 struct sl_event *event, u16 flags)
{
	event->op = SL_BYTES_SEND;
	event->flags = flags;
	sl_bytes(event)->connection = c->connection;
	sl_bytes(event)->generation = c->generation;
	if (flags)
		c->closing = true;
	sl_stage_send(rpc->stage, c->edge, event);
}

/**
 * sl_rpc_flush() - send all replies that are written
 * @rpc: the stage's state
 */
void sl_rpc_flush(struct sl_rpc *rpc)
{
	u32 i;

	for (i = 0; i < rpc->carrier_count; i++) {
		struct sl_rpc_connection *c = rpc->carrying[i];

		sl_rpc_send(rpc, c, c->carrier, 0);
		c->carrier = NULL;
	}
	rpc->carrier_count = 0;
}

/* Sends an event soon, if it can take more replies until then, or now. */
static void carry(struct sl_rpc *rpc, struct sl_rpc_connection *c,
		  struct sl_event *event)
{
	if (unlikely(c->message)) {
		event->data += MARKER_BYTES;
		event->data_bytes -= MARKER_BYTES;
		sl_rpc_send(rpc, c, event, 0);
		return;
	}
	if (c->carrier) {
		if (room_behind(c->carrier) > room_behind(event)) {
			sl_rpc_send(rpc, c, event, 0);
			return;
		}
		sl_rpc_send(rpc, c, c->carrier, 0);
		c->carrier = event;
		return;
	}
	if (unlikely(rpc->carrier_count == SL_BATCH_MAX))
		sl_rpc_flush(rpc);
	c->carrier = event;
	rpc->carrying[rpc->carrier_count++] = c;
}

/**
 * sl_rpc_let_go() - a call is not in flight any more
 * @rpc: the stage's state
 * @event: the call, which the caller sends or frees
 */
void sl_rpc_let_go(struct sl_rpc *rpc, struct sl_event *event)
{
	struct sl_rpc_call *call = sl_rpc_call(event);

	call->connection->calls--;
	rpc->calls--;
	if (call->pins)
		call->connection->pins--;
}

static void put_marker(u8 *at, u32 bytes)
{
	sl_xdr_put_u32(at, SL_RPC_LAST | bytes);
}

/**
 * sl_rpc_finish() - a reply has been written where sl_rpc_place() said
 * @rpc: the stage's state
 * @event: the call that is answered
 * @end: where the reply ends
 */
void sl_rpc_finish(struct sl_rpc *rpc, struct sl_event *event, u8 *end)
{
	struct sl_rpc_connection *c = sl_rpc_call(event)->connection;
	struct sl_event *target = rpc->target;

	sl_rpc_let_go(rpc, event);
	if (is_lost(c)) {
		sl_stage_drop(rpc->stage, SL_RPC_DROP_CLOSED);
		sl_stage_free(rpc->stage, event);
		return;
	}
	if (target == event) {
		event->data = event->buffer + SL_RPC_TEXT_AT;
		event->data_bytes = 0;
	} else {
		sl_stage_free(rpc->stage, event);
	}
	put_marker(target->data + target->data_bytes,
		   end - (target->data + target->data_bytes) - MARKER_BYTES);
	target->data_bytes = end - target->data;
	if (target == event)
		carry(rpc, c, event);
}

/* Remembers the reply to a call that must not be done twice. */
static void keep(struct sl_rpc *rpc, struct sl_event *event, const u8 *reply,
		 u32 bytes)
{
	u32 index = sl_rpc_call(event)->replay;

	/* What had no time is to be tried again. */
	if (sl_file(event)->status == SL_NFS_JUKEBOX)
		sl_replay_forget(&rpc->replay, index);
	else
		sl_replay_end(&rpc->replay, index, reply, bytes,
			      rpc->stage->now_ns);
}

/* Puts all that comes before the data of a READ in front of it. */
static void finish_read(struct sl_rpc *rpc, struct sl_event *event)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_rpc_connection *c = call->connection;
	const struct sl_file_args *nfs = sl_file(event);
	u8 *data = event->data;
	u32 bytes = event->data_bytes;
	u32 head = MARKER_BYTES + HEAD_BYTES + 20 + (nfs->has_attr ? 84 : 0);
	u8 *start = data - head;
	u8 *at = start + MARKER_BYTES;

	sl_rpc_let_go(rpc, event);
	at = sl_rpc_accept(at, call, SL_RPC_SUCCESS);
	at = sl_xdr_put_u32(at, SL_NFS_OK);
	at = sl_rpc_put_post_op_attr(at, nfs->has_attr, &nfs->attr);
	at = sl_xdr_put_u32(at, bytes);
	at = sl_xdr_put_u32(at, nfs->eof);
	sl_xdr_put_u32(at, bytes);
	memset(data + bytes, 0, sl_xdr_padded(bytes) - bytes);
	event->data = start;
	event->data_bytes = head + sl_xdr_padded(bytes);
	put_marker(start, event->data_bytes - MARKER_BYTES);
	carry(rpc, c, event);
}

/* Has a READ read something, where it should, that somebody wants to have? */
static bool has_read(const struct sl_rpc *rpc, const struct sl_event *event,
		     const struct sl_rpc_call *call)
{
	const u8 *data = event->buffer + SL_RPC_DATA_AT;

	return call->procedure == SL_FILE_READ && !event->status &&
	       event->data == data && event->data_bytes <= rpc->transfer_max &&
	       !is_lost(call->connection);
}

/**
 * sl_rpc_answer() - an answer has come from the right
 * @stage: the rpc stage
 * @event: the call
 */
void sl_rpc_answer(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_file_args *nfs = sl_file(event);
	struct sl_rpc *rpc = stage->private;
	u32 bytes_max = SL_RPC_SMALL;
	u8 *at, *end;

	if (unlikely(event->status && !nfs->status))
		nfs->status = sl_nfs_status(event->status);
	if (unlikely(call->program == SL_RPC_MOUNT)) {
		sl_rpc_end_mount(rpc, event);
		return;
	}
	if (has_read(rpc, event, call)) {
		finish_read(rpc, event);
		return;
	}
	if (unlikely(call->procedure == SL_FILE_READ && !nfs->status))
		nfs->status = SL_NFS_SERVERFAULT;
	if (call->procedure == SL_FILE_READLINK)
		bytes_max += event->data_bytes;
	else if (call->procedure == SL_FILE_READDIR ||
		 call->procedure == SL_FILE_READDIRPLUS)
		bytes_max += call->count;
	at = sl_rpc_place(rpc, event, bytes_max);
	end = sl_rpc_accept(at, call, SL_RPC_SUCCESS);
	end = sl_rpc_encode(end, rpc, event);
	if (call->replay != SL_REPLAY_NONE)
		keep(rpc, event, at, end - at);
	sl_rpc_finish(rpc, event, end);
}
