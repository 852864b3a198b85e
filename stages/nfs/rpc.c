// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * rpc: speaks NFS version 3, MOUNT and the port mapper's language to clients.
 *
 * Left ports "clients" (bytes) and "messages" (messages): stages that have
 * connections and datagrams, as many as there are edges.  Right port "files"
 * (file): who answers.  Takes records of ONC RPC out of bytes,
 * in however many fragments and pieces they come, and puts the replies back as
 * they are done, in any order, all of a batch together.  Clients that are not
 * listed get no handle and no file.  Replies to calls that must not be done
 * twice are kept, for clients that ask again over a new connection.
 *
 * One event of the bank is a call in flight, or replies on their way out;
 * with none left a connection waits, and net with it.  May be replicated: a
 * connection stays with the replica it began with, and each replica keeps
 * replies of its own.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "stages/nfs/rpc_stage.h"
#include "stages/stages.h"

static int open_path(struct sl_stage *stage)
{
	const struct sl_rpc_options *options = stage->options;
	struct sl_rpc *rpc = stage->private;
	u32 bytes = strlen(options->path);

	if (*options->path != '/' || bytes > SL_NFS_PATH_MAX) {
		sl_stage_log(stage, "path: '%s' is no name that a client could mount; let it begin with a / and have at most %u bytes",
			     options->path, SL_NFS_PATH_MAX);
		return -EINVAL;
	}
	while (bytes && options->path[bytes - 1] == '/')
		bytes--;
	rpc->path_bytes = bytes;
	return 0;
}

static int rpc_open(struct sl_stage *stage)
{
	const struct sl_rpc_options *options = stage->options;
	struct sl_rpc *rpc = stage->private;
	u32 room = stage->bank ? stage->bank->event_bytes -
				 sizeof(struct sl_event) : 0;
	u32 events = stage->bank ? stage->bank->event_count : 0;
	int err;

	if (room < SL_RPC_ROOM_MIN || events < 2) {
		sl_stage_log(stage, "events must be 2 or more, event_bytes %u or more",
			     SL_RPC_ROOM_MIN);
		return -EINVAL;
	}
	rpc->stage = stage;
	rpc->options = options;
	rpc->record_max = room - SL_RPC_DATA_AT;
	/* What is beside the data of a WRITE takes less than a page. */
	rpc->transfer_max = (rpc->record_max - 1024) & ~4095u;
	rpc->gathers_max = events / 2;
	err = open_path(stage);
	if (!err)
		err = sl_rpc_open_clients(stage);
	if (err)
		return err;
	err = sl_rpc_open_pool(stage);
	if (!err)
		err = sl_replay_open(&rpc->replay, stage->region,
				     max_t(u64, options->replies, events),
				     options->replies_ns);
	if (err) {
		sl_stage_log(stage, "no memory for %llu connections and %llu replies; lower connections_max or replies",
			     (unsigned long long)options->connections_max,
			     (unsigned long long)options->replies);
		return err;
	}
	if (!options->port)
		return 0;
	err = sl_rpc_register(stage, options->port);
	rpc->registered = !err;
	return err;
}

/* Net has let go of a connection; calls in flight still know it. */
static void take_closed(struct sl_rpc *rpc, struct sl_event *event)
{
	struct sl_rpc_connection *c = sl_bytes(event)->cookie;

	if (c) {
		sl_rpc_hang_up(rpc, c);
		c->gone = true;
		sl_rpc_settle(rpc, c);
	}
	sl_stage_reply(rpc->stage, event);
}

/* Tells a client, by hanging up, that there is no room for it. */
static bool turn_away(struct sl_rpc *rpc, u32 edge, struct sl_event *call)
{
	struct sl_event *event = sl_stage_take(rpc->stage);

	if (!event)
		return false;
	sl_stage_drop(rpc->stage, SL_RPC_DROP_CROWDED);
	event->op = SL_BYTES_SEND;
	event->flags = SL_BYTES_LAST;
	sl_bytes(event)->connection = sl_bytes(call)->connection;
	sl_bytes(event)->generation = sl_bytes(call)->generation;
	sl_stage_send(rpc->stage, edge, event);
	call->flags = 0;
	sl_stage_reply(rpc->stage, call);
	return true;
}

/* Returns false if there is no event to say that there is no room. */
static bool take_bytes(struct sl_rpc *rpc, u32 edge, struct sl_event *event)
{
	struct sl_rpc_connection *c = sl_bytes(event)->cookie;

	if (unlikely(!c)) {
		c = sl_rpc_take(rpc, event, edge);
		if (!c)
			return turn_away(rpc, edge, event);
	}
	c->input = event;
	c->budget = rpc->options->calls_max;
	if (unlikely(!event->data_bytes))
		c->eof = true;
	sl_rpc_advance(rpc->stage, c);
	return true;
}

/* Is the bank empty, and nothing on its way home to it? */
static bool is_starved(struct sl_bank *bank)
{
	return unlikely(!bank->free_count) && !sl_bank_collect(bank);
}

static u32 run_messages(struct sl_rpc *rpc, u32 edge, struct sl_batch *batch)
{
	u32 i;

	for (i = 0; i < batch->count; i++)
		if (is_starved(rpc->stage->bank) ||
		    !sl_rpc_take_message(rpc, edge, batch->event[i]))
			break;
	return i;
}

static u32 run_clients(struct sl_rpc *rpc, u32 edge, struct sl_batch *batch)
{
	u32 i;

	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (event->op == SL_BYTES_CLOSED)
			take_closed(rpc, event);
		else if (is_starved(rpc->stage->bank) ||
			 !take_bytes(rpc, edge, event))
			break;
	}
	return i;
}

static u32 run_files(struct sl_rpc *rpc, struct sl_batch *batch)
{
	u32 i;

	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		struct sl_rpc_connection *c = sl_rpc_call(event)->connection;

		sl_rpc_answer(rpc->stage, event);
		if (unlikely(c->message)) {
			sl_rpc_end_message(rpc, c);
			continue;
		}
		if (unlikely(c->input || c->deaf || c->eof))
			sl_rpc_advance(rpc->stage, c);
		sl_rpc_settle(rpc, c);
	}
	return batch->count;
}

static u32 rpc_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct sl_rpc *rpc = stage->private;
	u32 taken;

	switch (sl_stage_port(stage, edge)) {
	case SL_RPC_CLIENTS_PORT:
		taken = run_clients(rpc, edge, batch);
		break;
	case SL_RPC_MESSAGES_PORT:
		taken = run_messages(rpc, edge, batch);
		break;
	default:
		taken = run_files(rpc, batch);
	}
	sl_rpc_flush(rpc);
	return taken;
}

/* Connections that found the bank empty go on, first come first served. */
static u32 rpc_poll(struct sl_stage *stage)
{
	struct sl_rpc *rpc = stage->private;
	u32 count = rpc->hungry_count;
	u32 done = 0;

	while (unlikely(count) && !is_starved(stage->bank)) {
		struct sl_rpc_connection *c = sl_rpc_hungry(rpc);

		sl_rpc_advance(stage, c);
		done += !c->queued;
		count--;
		sl_rpc_settle(rpc, c);
	}
	if (done)
		sl_rpc_flush(rpc);
	return done;
}

static void rpc_tick(struct sl_stage *stage, u64 now_ns)
{
	struct sl_rpc *rpc = stage->private;
	struct sl_rpc_connection *c;

	while ((c = rpc->oldest) &&
	       c->since_ns + rpc->options->record_timeout_ns <= now_ns) {
		sl_stage_drop(stage, SL_RPC_DROP_TIMEOUT);
		sl_rpc_hang_up(rpc, c);
		sl_rpc_advance(stage, c);
	}
	sl_rpc_flush(rpc);
}

static bool rpc_drain(struct sl_stage *stage)
{
	const struct sl_rpc *rpc = stage->private;

	return !rpc->calls && !rpc->parked && !rpc->hungry;
}

static void rpc_close(struct sl_stage *stage)
{
	const struct sl_rpc *rpc = stage->private;

	if (rpc->registered)
		sl_rpc_unregister(stage);
}

#define OFFSET(field) offsetof(struct sl_rpc_options, field)

/* In the order of enum sl_rpc_squash. */
static const char *const squashes[] = { "root", "all", "none", NULL };

static const struct sl_option options[] = {
	{ "path", SL_OPTION_STRING, OFFSET(path), 0, 0, "/", NULL,
	  "name by which clients mount the export" },
	{ "clients", SL_OPTION_STRING, OFFSET(clients), 0, 0,
	  "127.0.0.0/8, ::1", NULL,
	  "addresses and networks that may mount it and use its files" },
	{ "squash", SL_OPTION_CHOICE, OFFSET(squash), 0, 0, "root", squashes,
	  "which of the clients' users are nobody here" },
	{ "anonuid", SL_OPTION_NUMBER, OFFSET(anonuid), 0, 4294967294u,
	  "65534", NULL, "user that nobody is" },
	{ "anongid", SL_OPTION_NUMBER, OFFSET(anongid), 0, 4294967294u,
	  "65534", NULL, "and the group" },
	{ "secure", SL_OPTION_BOOL, OFFSET(secure), 0, 0, "true", NULL,
	  "only clients whose port is below 1024, which takes their root" },
	{ "register", SL_OPTION_NUMBER, OFFSET(port), 0, 65535, "0", NULL,
	  "port of net, to be told to the host's rpcbind; 0: none is" },
	{ "connections_max", SL_OPTION_NUMBER, OFFSET(connections_max), 1,
	  1 << 20, "1024", NULL, "connections; more are closed" },
	{ "calls_max", SL_OPTION_NUMBER, OFFSET(calls_max), 1, 65536, "64",
	  NULL, "calls of one connection that may be in flight" },
	{ "record_timeout", SL_OPTION_DURATION, OFFSET(record_timeout_ns),
	  1000000, 3600000000000, "10s", NULL,
	  "time from a call's first byte to its last" },
	{ "replies", SL_OPTION_NUMBER, OFFSET(replies), 1, 1 << 20, "2048",
	  NULL, "replies kept for calls that must not be done twice" },
	{ "replies_age", SL_OPTION_DURATION, OFFSET(replies_ns), 1000000,
	  3600000000000, "120s", NULL, "for how long" },
	{ .name = NULL },
};

/* In the order of enum sl_rpc_drop. */
static const char *const drop_reasons[] = {
	"record too long", "record timeout", "not a call", "RPC version",
	"credential", "client not allowed", "no such procedure",
	"garbage arguments", "replayed", "repeated in progress",
	"too many connections", "connection closed", NULL,
};

const struct sl_stage_type sl_rpc_stage = {
	.name = "rpc",
	.summary = "NFSv3 server: calls from bytes, replies to bytes",
	.class = SL_FLOW,
	.port = {
		[SL_RPC_CLIENTS_PORT] = { "clients", "bytes", false, true },
		[SL_RPC_FILES_PORT] = { "files", "file", true, false },
		[SL_RPC_MESSAGES_PORT] = { "messages", "messages", false,
					   true },
	},
	.options = options,
	.options_bytes = sizeof(struct sl_rpc_options),
	.private_bytes = sizeof(struct sl_rpc),
	.events = 256,
	.event_bytes = 266240,
	.weight_ns = 200,
	/* What a WRITE is about may lie in net's memory. */
	.own_requests = false,
	.sends = 1 << SL_RPC_CLIENTS_PORT | 1 << SL_RPC_MESSAGES_PORT,
	.drop_reasons = drop_reasons,
	.open = rpc_open,
	.run = rpc_run,
	.poll = rpc_poll,
	.tick = rpc_tick,
	.drain = rpc_drain,
	.close = rpc_close,
};
