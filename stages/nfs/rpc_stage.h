/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The rpc stage from within.
 *
 *   rpc.c            the stage: options, what comes in and when
 *   rpc_pool.c       connections, and the lists they wait in
 *   rpc_client.c     who may come, and as whom
 *   rpc_record.c     from bytes to records
 *   rpc_call.c       from records to calls: which program, on whose behalf
 *   rpc_decode.c     arguments of NFS
 *   rpc_reply.c      from answers to bytes
 *   rpc_encode.c     results of NFS, rpc_directory.c those of READDIR
 *   mount.c          the mount program, portmap.c the port mapper
 *   replay.c         replies to calls that must not be done twice
 *
 * An event of the bank is a call that is being done.  Its buffer holds
 *
 *   struct sl_rpc_call    what must be known when the answer comes
 *   SL_RPC_TEXT_AT        names of the call; afterwards the reply
 *   SL_RPC_DATA_AT        what a READ has read, with the reply put in front
 *                         of it; or a record that came in pieces
 *
 * A record that lies whole in what was received is decoded there, and what an
 * unstable WRITE writes is left there, too: net's event is then answered when
 * that is done (pins).  Replies that are made one after the other go into one
 * event as long as there is room (carrier), so that net has little to gather.
 *
 * A datagram is a connection for as long as its call is being done.
 */
#ifndef SL_RPC_STAGE_H
#define SL_RPC_STAGE_H

#include "stages/net/bytes.h"
#include "stages/nfs/file.h"
#include "stages/nfs/nfs.h"
#include "stages/nfs/replay.h"
#include "stages/nfs/rpc.h"
#include "stages/nfs/xdr.h"
#include "stages/stage.h"

enum { SL_RPC_CLIENTS_PORT, SL_RPC_FILES_PORT, SL_RPC_MESSAGES_PORT };

enum sl_rpc_drop {
	SL_RPC_DROP_RECORD,
	SL_RPC_DROP_TIMEOUT,
	SL_RPC_DROP_CALL,
	SL_RPC_DROP_VERSION,
	SL_RPC_DROP_CREDENTIAL,
	SL_RPC_DROP_CLIENT,
	SL_RPC_DROP_PROCEDURE,
	SL_RPC_DROP_ARGUMENTS,
	SL_RPC_DROP_REPLAYED,
	SL_RPC_DROP_REPEATED,
	SL_RPC_DROP_CROWDED,
	SL_RPC_DROP_CLOSED,
};

enum sl_rpc_squash { SL_RPC_SQUASH_ROOT, SL_RPC_SQUASH_ALL,
		     SL_RPC_SQUASH_NONE };

struct sl_rpc_options {
	const char *path;
	const char *clients;
	u64 squash;		/* enum sl_rpc_squash */
	u64 anonuid;
	u64 anongid;
	bool secure;
	u64 port;		/* to be registered; 0: none */
	u64 connections_max;
	u64 calls_max;
	u64 record_timeout_ns;
	u64 replies;
	u64 replies_ns;
};

#define SL_RPC_TEXT_AT		64
#define SL_RPC_DATA_AT		256
#define SL_RPC_LINK_AT		4608	/* what READLINK has read */
#define SL_RPC_SMALL		576	/* at most, but for what holds data */
#define SL_RPC_PARTIAL_BYTES	1024	/* gathered without an event */
#define SL_RPC_MESSAGE_MAX	32768	/* data of a datagram, as is usual */
#define SL_RPC_ROOM_MIN		16384	/* of a buffer */
#define SL_RPC_RULES_MAX	64	/* of clients */
#define SL_RPC_MOUNTS		64	/* that are remembered */
#define SL_RPC_MOUNT_BYTES	108	/* of a path that is */

/* What is known of a call, at the start of its event's buffer. */
struct sl_rpc_call {
	struct sl_rpc_connection *connection;
	u32 xid;
	u32 program;
	u8 version;
	u8 procedure;
	bool pins;		/* it uses data of its connection's input */
	u32 replay;		/* its entry, or SL_REPLAY_NONE */
	u32 count;		/* READDIR: bytes that the reply may have */
	u32 names_bytes;	/* READDIRPLUS: bytes of names, likewise */
};

static_assert(sizeof(struct sl_rpc_call) <= SL_RPC_TEXT_AT, "it fits");

struct sl_rpc_connection {
	struct sl_event *input;	/* call that is not answered yet */
	struct sl_event *gather;	/* record in pieces; NULL: in partial[] */
	struct sl_event *carrier;	/* replies that go out soon */
	u8 *partial;
	bool gone;		/* net said so; kept for calls in flight */
	bool deaf;		/* what comes is not looked at any more */
	bool closing;		/* the last byte is on its way */
	bool eof;		/* the client sends nothing more */
	bool queued;		/* waits for the bank */
	bool parked;		/* keeps its input for later */
	bool timed;		/* is on the list of unfinished records */
	bool gathering;		/* a record is in pieces */
	bool last_fragment;	/* of it is what comes now */
	bool complete;		/* it is all there */
	bool trusted;		/* may do more than ask who is there */
	bool message;		/* is a datagram, and over when that is done */
	u8 marker_bytes;	/* that have come of marker[] */
	u8 marker[4];
	u16 edge;		/* where its net stage is */
	u16 port;		/* of ours that it came to */
	u32 connection;		/* net's name for it */
	u32 generation;
	u32 budget;		/* calls that this input may still make */
	u32 calls;		/* in flight */
	u32 pins;		/* of them, that use data of the input */
	u32 fragment_left;	/* bytes to come */
	u32 record_bytes;	/* gathered */
	u8 address[16];
	struct sl_rpc_connection *next;	/* free, or waiting for the bank */
	struct sl_rpc_connection *older;	/* unfinished record */
	struct sl_rpc_connection *newer;
	u64 since_ns;		/* its first byte */
};

/* Addresses of which the first bits are these. */
struct sl_rpc_rule {
	u8 address[16];
	u8 bits;
};

/* That somebody has mounted something; of interest to people alone. */
struct sl_rpc_mount {
	u8 address[16];
	u16 path_bytes;		/* 0: unused */
	char path[SL_RPC_MOUNT_BYTES];
};

struct sl_rpc {
	/* Constant after open(). */
	struct sl_stage *stage;
	const struct sl_rpc_options *options;
	u32 record_max;		/* bytes */
	u32 transfer_max;	/* of one READ or WRITE */
	u32 gathers_max;
	u32 path_bytes;		/* of options->path, without a last '/' */
	u32 rule_count;
	struct sl_rpc_rule rule[SL_RPC_RULES_MAX];
	bool registered;

	struct sl_rpc_connection *free;
	struct sl_rpc_connection *oldest;	/* unfinished record */
	struct sl_rpc_connection *newest;
	struct sl_rpc_connection *hungry;	/* first that waits for the bank */
	struct sl_rpc_connection *hungry_last;
	u32 hungry_count;
	u32 parked;		/* connections that keep their input */
	u32 calls;		/* in flight */
	u32 gathers;		/* events that records are gathered in */
	struct sl_event *target;	/* that a reply is being written into */
	u32 carrier_count;
	struct sl_rpc_connection *carrying[SL_BATCH_MAX];
	struct sl_replay replay;
	struct sl_rpc_mount *mount;
	u32 mount_next;		/* to be used for a new one */
};

/* Most that one READ or WRITE of a connection may be about. */
static inline u32 sl_rpc_transfer_max(const struct sl_rpc *rpc,
				      const struct sl_rpc_connection *c)
{
	if (unlikely(c->message) && rpc->transfer_max > SL_RPC_MESSAGE_MAX)
		return SL_RPC_MESSAGE_MAX;
	return rpc->transfer_max;
}

static inline struct sl_rpc_call *sl_rpc_call(struct sl_event *event)
{
	return (struct sl_rpc_call *)event->buffer;
}

/* What becomes of a call that was looked at. */
enum sl_rpc_fate {
	SL_RPC_AWAY,		/* somebody else has the event now */
	SL_RPC_ANSWER,		/* to be answered at once with results */
	SL_RPC_REFUSE,		/* with call->count, an accept_stat */
	SL_RPC_REJECT,		/* with call->count, an auth_stat */
	SL_RPC_OTHER_VERSION,	/* that there is no such version of RPC */
	SL_RPC_REPLAY,		/* with what was answered before */
	SL_RPC_SILENCE,		/* not to be answered */
	SL_RPC_HANG_UP,		/* nor is anything else of its connection */
};

/* rpc_pool.c */
int sl_rpc_open_pool(struct sl_stage *stage);
struct sl_rpc_connection *sl_rpc_take(struct sl_rpc *rpc,
				      const struct sl_event *event, u32 edge);
void sl_rpc_settle(struct sl_rpc *rpc, struct sl_rpc_connection *c);
void sl_rpc_hunger(struct sl_rpc *rpc, struct sl_rpc_connection *c);
struct sl_rpc_connection *sl_rpc_hungry(struct sl_rpc *rpc);
void sl_rpc_time(struct sl_rpc *rpc, struct sl_rpc_connection *c, u64 now_ns);
void sl_rpc_untime(struct sl_rpc *rpc, struct sl_rpc_connection *c);

/* rpc_client.c */
int sl_rpc_open_clients(struct sl_stage *stage);
bool sl_rpc_trusts(const struct sl_rpc *rpc, const u8 *address, u32 port);
void sl_rpc_squash(const struct sl_rpc_options *options,
		   struct sl_file_caller *caller);
u32 sl_rpc_next_client(const char **at, const char **client);

/* rpc_record.c */
void sl_rpc_advance(struct sl_stage *stage, struct sl_rpc_connection *c);
void sl_rpc_hang_up(struct sl_rpc *rpc, struct sl_rpc_connection *c);
bool sl_rpc_take_message(struct sl_rpc *rpc, u32 edge, struct sl_event *event);
void sl_rpc_end_message(struct sl_rpc *rpc, struct sl_rpc_connection *c);

/* rpc_call.c */
void sl_rpc_begin(struct sl_stage *stage, struct sl_rpc_connection *c,
		  struct sl_event *event, const u8 *record, u32 bytes);

/* rpc_decode.c */
bool sl_rpc_decode(const struct sl_rpc *rpc, struct sl_event *event,
		   struct sl_xdr *in);
bool sl_rpc_changes(u32 procedure);

/* rpc_reply.c */
u8 *sl_rpc_place(struct sl_rpc *rpc, struct sl_event *event, u32 bytes_max);
u8 *sl_rpc_accept(u8 *at, const struct sl_rpc_call *call, u32 status);
void sl_rpc_finish(struct sl_rpc *rpc, struct sl_event *event, u8 *end);
void sl_rpc_let_go(struct sl_rpc *rpc, struct sl_event *event);
void sl_rpc_send(struct sl_rpc *rpc, struct sl_rpc_connection *c,
		 struct sl_event *event, u16 flags);
void sl_rpc_flush(struct sl_rpc *rpc);
void sl_rpc_answer(struct sl_stage *stage, struct sl_event *event);

/* rpc_encode.c */
u8 *sl_rpc_encode(u8 *at, struct sl_rpc *rpc, struct sl_event *event);
u8 *sl_rpc_put_handle(u8 *at, const struct sl_file_handle *handle);
u8 *sl_rpc_put_post_op_attr(u8 *at, bool is_there,
			    const struct sl_file_attr *attr);

/* rpc_directory.c */
void sl_rpc_expect_entries(struct sl_event *event);
u8 *sl_rpc_encode_entries(u8 *at, struct sl_event *event);

/* mount.c and portmap.c: an accept_stat; SUCCESS: the call is seen to */
u32 sl_rpc_begin_mount(struct sl_rpc *rpc, struct sl_event *event,
		       struct sl_xdr *in);
void sl_rpc_end_mount(struct sl_rpc *rpc, struct sl_event *event);
u32 sl_rpc_begin_portmap(struct sl_rpc *rpc, struct sl_event *event,
			 struct sl_xdr *in);

/* rpc_register_user.c or rpc_register_kmod.c */
int sl_rpc_register(struct sl_stage *stage, u32 port);
void sl_rpc_unregister(struct sl_stage *stage);

#endif /* SL_RPC_STAGE_H */
