// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From records to calls: which program, which procedure, on whose behalf.
 */
#include <linux/kernel.h>

#include "stages/nfs/rpc_stage.h"

/* What came with a call about who makes it. */
struct credential {
	u32 flavor;
	u32 verifier_flavor;
	struct sl_xdr body;
};

static enum sl_rpc_fate reject(struct sl_rpc *rpc, struct sl_rpc_call *call,
			       u32 status)
{
	sl_stage_drop(rpc->stage, status == SL_RPC_AUTH_TOOWEAK
					  ? SL_RPC_DROP_CLIENT
					  : SL_RPC_DROP_CREDENTIAL);
	call->count = status;
	return SL_RPC_REJECT;
}

static enum sl_rpc_fate refuse(struct sl_rpc *rpc, struct sl_rpc_call *call,
			       u32 status)
{
	sl_stage_drop(rpc->stage, status == SL_RPC_GARBAGE_ARGS
					  ? SL_RPC_DROP_ARGUMENTS
					  : SL_RPC_DROP_PROCEDURE);
	call->count = status;
	return SL_RPC_REFUSE;
}

/* Who says to be asking, if that can be understood. */
static bool read_caller(struct credential *credential,
			struct sl_file_caller *caller)
{
	struct sl_xdr *body = &credential->body;
	u32 bytes, count, i;

	sl_xdr_u32(body);	/* a stamp */
	sl_xdr_opaque(body, &bytes, SL_RPC_MACHINE_MAX);
	caller->uid = sl_xdr_u32(body);
	caller->gid = sl_xdr_u32(body);
	count = sl_xdr_u32(body);
	if (unlikely(count > SL_FILE_GROUPS_MAX))
		return false;
	for (i = 0; i < count; i++)
		caller->group[i] = sl_xdr_u32(body);
	caller->group_count = count;
	return !body->bad;
}

static bool identify(struct sl_rpc *rpc, struct credential *credential,
		     struct sl_file_caller *caller)
{
	const struct sl_rpc_options *options = rpc->options;

	caller->known = true;
	if (likely(credential->flavor == SL_RPC_AUTH_SYS)) {
		if (unlikely(!read_caller(credential, caller)))
			return false;
		sl_rpc_squash(options, caller);
		return true;
	}
	caller->uid = options->anonuid;
	caller->gid = options->anongid;
	caller->group_count = 0;
	return true;
}

/* Asks the cache about a call that must not be done twice. */
static enum sl_rpc_fate look_back(struct sl_rpc *rpc, struct sl_event *event,
				  const struct sl_xdr *arguments)
{
	const struct sl_rpc_connection *c = sl_rpc_call(event)->connection;
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_replay_key key = {
		.xid = call->xid,
		.procedure = call->program << 8 | call->procedure,
	};
	u32 index;

	memcpy(key.client, c->address, sizeof(key.client));
	key.checksum = sl_replay_checksum(arguments->at, sl_xdr_left(arguments),
					  sl_file(event)->caller.uid);
	switch (sl_replay_begin(&rpc->replay, &key, rpc->stage->now_ns,
				&index)) {
	case SL_REPLAY_BUSY:
		sl_stage_drop(rpc->stage, SL_RPC_DROP_REPEATED);
		return SL_RPC_SILENCE;
	case SL_REPLAY_DONE:
		sl_stage_drop(rpc->stage, SL_RPC_DROP_REPLAYED);
		call->count = index;
		return SL_RPC_REPLAY;
	default:
		call->replay = index;
		return SL_RPC_AWAY;
	}
}

static enum sl_rpc_fate begin_nfs(struct sl_rpc *rpc, struct sl_event *event,
				  struct sl_xdr *in)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_xdr arguments = *in;
	enum sl_rpc_fate fate;

	if (unlikely(!sl_rpc_decode(rpc, event, in)))
		return refuse(rpc, call, SL_RPC_GARBAGE_ARGS);
	if (unlikely(sl_rpc_changes(call->procedure))) {
		fate = look_back(rpc, event, &arguments);
		if (fate != SL_RPC_AWAY)
			return fate;
	}
	event->op = call->procedure;
	event->flow = call->connection->connection;
	sl_stage_call(rpc->stage, SL_RPC_FILES_PORT, event);
	return SL_RPC_AWAY;
}

/* Is there such a procedure?  SL_RPC_SUCCESS if there is. */
static u32 find_procedure(const struct sl_rpc_call *call, u32 version,
			  u32 procedure)
{
	switch (call->program) {
	case SL_RPC_NFS:
		if (version != 3)
			return SL_RPC_PROG_MISMATCH;
		return procedure <= SL_FILE_COMMIT ? SL_RPC_SUCCESS
						   : SL_RPC_PROC_UNAVAIL;
	case SL_RPC_MOUNT:
		if (version < 1 || version > 3)
			return SL_RPC_PROG_MISMATCH;
		return procedure <= SL_MOUNT_EXPORT ? SL_RPC_SUCCESS
						    : SL_RPC_PROC_UNAVAIL;
	case SL_RPC_PORTMAP:
		if (version < 2 || version > 4)
			return SL_RPC_PROG_MISMATCH;
		return procedure <= SL_PORTMAP_DUMP ? SL_RPC_SUCCESS
						    : SL_RPC_PROC_UNAVAIL;
	default:
		return SL_RPC_PROG_UNAVAIL;
	}
}

static enum sl_rpc_fate begin_program(struct sl_rpc *rpc,
				      struct sl_event *event, struct sl_xdr *in,
				      struct credential *credential)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	u32 status;

	/* Who asks whether anybody is there need not say who it is. */
	if (!call->procedure)
		return SL_RPC_ANSWER;
	if (unlikely(credential->flavor > SL_RPC_AUTH_SYS))
		return reject(rpc, call, SL_RPC_AUTH_REJECTEDCRED);
	if (unlikely(credential->verifier_flavor != SL_RPC_AUTH_NONE))
		return reject(rpc, call, SL_RPC_AUTH_BADVERF);
	if (likely(call->program == SL_RPC_NFS)) {
		if (unlikely(!call->connection->trusted))
			return reject(rpc, call, SL_RPC_AUTH_TOOWEAK);
		if (unlikely(!identify(rpc, credential,
				       &sl_file(event)->caller)))
			return reject(rpc, call, SL_RPC_AUTH_BADCRED);
		return begin_nfs(rpc, event, in);
	}
	status = call->program == SL_RPC_MOUNT
			 ? sl_rpc_begin_mount(rpc, event, in)
			 : sl_rpc_begin_portmap(rpc, event, in);
	return status ? refuse(rpc, call, status) : SL_RPC_AWAY;
}

static enum sl_rpc_fate look_at(struct sl_rpc *rpc, struct sl_event *event,
				struct sl_xdr *in)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct credential credential;
	u32 version, procedure, bytes, status;

	call->xid = sl_xdr_u32(in);
	if (unlikely(sl_xdr_u32(in) != SL_RPC_CALL || in->bad)) {
		sl_stage_drop(rpc->stage, SL_RPC_DROP_CALL);
		return SL_RPC_HANG_UP;
	}
	if (unlikely(sl_xdr_u32(in) != SL_RPC_VERSION)) {
		sl_stage_drop(rpc->stage, SL_RPC_DROP_VERSION);
		return SL_RPC_OTHER_VERSION;
	}
	call->program = sl_xdr_u32(in);
	version = sl_xdr_u32(in);
	procedure = sl_xdr_u32(in);
	credential.flavor = sl_xdr_u32(in);
	credential.body.at = sl_xdr_opaque(in, &bytes, SL_RPC_AUTH_MAX);
	credential.body.end = credential.body.at + bytes;
	credential.body.bad = false;
	if (unlikely(in->bad))
		return reject(rpc, call, SL_RPC_AUTH_BADCRED);
	credential.verifier_flavor = sl_xdr_u32(in);
	sl_xdr_opaque(in, &bytes, SL_RPC_AUTH_MAX);
	if (unlikely(in->bad))
		return reject(rpc, call, SL_RPC_AUTH_BADVERF);
	status = find_procedure(call, version, procedure);
	if (unlikely(status))
		return refuse(rpc, call, status);
	call->version = version;
	call->procedure = procedure;
	return begin_program(rpc, event, in, &credential);
}

/* The reply to a call that never got to its program. */
static u8 *write_reply(struct sl_rpc *rpc, u8 *at, struct sl_rpc_call *call,
		       enum sl_rpc_fate fate)
{
	struct sl_replay_entry *entry;

	switch (fate) {
	case SL_RPC_REFUSE:
		return sl_rpc_accept(at, call, call->count);
	case SL_RPC_REPLAY:
		entry = &rpc->replay.entry[call->count];
		memcpy(at, entry->reply, entry->bytes);
		return at + entry->bytes;
	case SL_RPC_REJECT:
	case SL_RPC_OTHER_VERSION:
		at = sl_xdr_put_u32(at, call->xid);
		at = sl_xdr_put_u32(at, SL_RPC_REPLY);
		at = sl_xdr_put_u32(at, SL_RPC_DENIED);
		if (fate == SL_RPC_REJECT) {
			at = sl_xdr_put_u32(at, SL_RPC_AUTH_ERROR);
			return sl_xdr_put_u32(at, call->count);
		}
		at = sl_xdr_put_u32(at, SL_RPC_MISMATCH);
		at = sl_xdr_put_u32(at, SL_RPC_VERSION);
		return sl_xdr_put_u32(at, SL_RPC_VERSION);
	default:
		return sl_rpc_accept(at, call, SL_RPC_SUCCESS);
	}
}

/**
 * sl_rpc_begin() - have a call done, or answer it at once
 * @stage: the rpc stage
 * @c: connection that it came on
 * @event: event of the bank that it is to be from now on
 * @record: the call, as it came
 * @bytes: of it
 */
void sl_rpc_begin(struct sl_stage *stage, struct sl_rpc_connection *c,
		  struct sl_event *event, const u8 *record, u32 bytes)
{
	struct sl_xdr in = { record, record + bytes, false };
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_rpc *rpc = stage->private;
	enum sl_rpc_fate fate;
	u8 *at;

	call->connection = c;
	call->program = 0;
	call->pins = false;
	call->replay = SL_REPLAY_NONE;
	c->calls++;
	rpc->calls++;
	fate = look_at(rpc, event, &in);
	switch (fate) {
	case SL_RPC_AWAY:
		return;
	case SL_RPC_HANG_UP:
	case SL_RPC_SILENCE:
		if (fate == SL_RPC_HANG_UP)
			sl_rpc_hang_up(rpc, c);
		sl_rpc_let_go(rpc, event);
		sl_stage_free(stage, event);
		return;
	default:
		at = sl_rpc_place(rpc, event, SL_RPC_SMALL);
		at = write_reply(rpc, at, call, fate);
		sl_rpc_finish(rpc, event, at);
	}
}
