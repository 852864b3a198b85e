/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The fuse stage from within.
 *
 *   fuse_user.c      the stage: options, start, turns, stop
 *   mount_user.c     mounting and unmounting, by libfuse's hand
 *   device_user.c    requests from /dev/fuse, and replies to it
 *   uring_user.c     the same through io_uring
 *   fuse_request.c   a request taken apart
 *   fuse_call.c      from requests to calls
 *   fuse_change.c    those that make or set something
 *   fuse_aside.c     those that take a name away from an open file
 *   fuse_reply.c     from answers to replies
 *   fuse_encode.c    structs of the kernel's, fuse_directory.c lists of them
 *   fuse_init.c      what is agreed upon at first
 *   fuse_nodes.c     the kernel's numbers for files
 *
 * An event of the bank is a request.  Its buffer holds
 *
 *   struct sl_fuse_call    what must be known when the answer comes
 *   SL_FUSE_HEADS_AT       headers, if io_uring brings them
 *   SL_FUSE_NAME_AT        a name of ours
 *   SL_FUSE_MESSAGE_AT     the request, if it comes from /dev/fuse
 *   SL_FUSE_PAYLOAD_AT     what follows its headers; afterwards the reply's
 *
 * so that the data of a WRITE, of a READ and of every reply starts at the same
 * place, however they travel.  An event whose buffers io_uring knows stays the
 * kernel's for as long as there is nothing to be done in it.
 */
#ifndef SL_FUSE_STAGE_H
#define SL_FUSE_STAGE_H

#include "stages/fuse/fuse_nodes.h"
#include "stages/fuse/fuse_request.h"
#include "stages/stage.h"

enum { SL_FUSE_FILES_PORT };

enum sl_fuse_drop {
	SL_FUSE_DROP_BAD,
	SL_FUSE_DROP_UNKNOWN,
	SL_FUSE_DROP_NODE,
	SL_FUSE_DROP_FULL,
	SL_FUSE_DROP_FAILED,
	SL_FUSE_DROP_GONE,
};

enum sl_fuse_uring_option { SL_FUSE_URING_AUTO, SL_FUSE_URING_ON,
			    SL_FUSE_URING_OFF };

struct sl_fuse_options {
	const char *mountpoint;
	const char *fsname;
	bool allow_other;
	bool direct_io;
	u64 entry_timeout_ns;
	u64 attr_timeout_ns;
	u64 max_write;
	u64 nodes;
	u64 uring;		/* enum sl_fuse_uring_option */
};

#define SL_FUSE_HEADS_AT	256
#define SL_FUSE_NAME_AT		1024
#define SL_FUSE_PAYLOAD_AT	4096
#define SL_FUSE_MESSAGE_AT						       \
	(SL_FUSE_PAYLOAD_AT - sizeof(struct fuse_in_header) -		       \
	 sizeof(struct fuse_write_in))
/* Where open files are whose names are gone, and how long those names are. */
#define SL_FUSE_ASIDE		".sluice-removed"
#define SL_FUSE_ASIDE_BYTES	32

/* How a request has come. */
enum sl_fuse_way { SL_FUSE_OURS, SL_FUSE_DEVICE, SL_FUSE_URING };

/* What a request that takes several calls is at, see fuse_aside.c. */
enum sl_fuse_step {
	SL_FUSE_ONLY,		/* it takes but one */
	SL_FUSE_LOOK,		/* what has the name that goes? */
	SL_FUSE_MAKE_ASIDE,
	SL_FUSE_FIND_ASIDE,
	SL_FUSE_PUT_ASIDE,
	SL_FUSE_DO,		/* what was asked for */
	SL_FUSE_SETTLE,		/* the handle learns the file's other name */
	SL_FUSE_CLEAR,		/* the last user of a file is gone */
	SL_FUSE_CHECK,		/* WRITE: has the file special bits? */
	SL_FUSE_STRIP,		/* it had */
};

/* What is known of a request, at the start of its event's buffer. */
struct sl_fuse_call {
	u64 unique;		/* the kernel's number for it */
	u64 node;
	u64 commit_id;		/* io_uring's number for it */
	u64 place[4];		/* an iovec of two, while it is registered */
	u64 aside;		/* node that is being put aside; 0: none */
	u32 opcode;
	u32 room;		/* bytes that the reply may have */
	u32 wanted;		/* READ, WRITE: bytes in all */
	u32 moved;		/* of them, so far */
	u32 flags;		/* of open(), rename() */
	u32 name_at;		/* in the buffer: one name, or two */
	u32 name_bytes;
	u32 name2_bytes;
	u16 queue;
	u8 way;			/* enum sl_fuse_way */
	u8 step;		/* enum sl_fuse_step */
	bool reserved;		/* a node is kept for what will be found */
	bool again;		/* it has been tried before */
	bool registered;
	struct sl_file_handle target;	/* RENAME: the other directory */
};

static_assert(sizeof(struct sl_fuse_call) <= SL_FUSE_HEADS_AT, "it fits");
static_assert(SL_FUSE_HEADS_AT + sizeof(struct sl_fuse_uring_heads) <=
		      SL_FUSE_NAME_AT, "they fit");
static_assert(SL_FUSE_MESSAGE_AT % 8 == 0, "headers are aligned");

struct sl_fuse_mount;
struct sl_fuse_uring;

struct sl_fuse {
	/* Constant after open(). */
	struct sl_stage *stage;
	const struct sl_fuse_options *options;
	struct sl_fuse_mount *mount;
	struct sl_fuse_uring *uring;	/* NULL: not to be used */
	u32 payload_max;
	u32 max_write;
	u64 salt;		/* of names that files are put aside under */

	struct sl_fuse_nodes nodes;
	struct sl_file_handle root;
	struct sl_file_handle aside;	/* directory of files put aside */
	bool asked;		/* for the root */
	bool rooted;
	bool aside_known;
	bool aside_used;	/* so it is to be removed at the end */
	bool complained;	/* that the table is full */
	bool by_uring;		/* requests come by io_uring */
	bool groups;		/* makers' groups come with the request */
	bool gone;		/* it is mounted no more */
	u32 away;		/* events that others have */
	u32 window;		/* how many requests are likely to be there */
	bool busy;		/* the last time there were as many */
	u32 rest;		/* turns until /dev/fuse is looked at again */
	u8 ending;		/* how far the end has come */
	u32 swept;		/* nodes looked at on the way there */
};

static inline struct sl_fuse_call *sl_fuse_call(struct sl_event *event)
{
	return (struct sl_fuse_call *)event->buffer;
}

static inline u8 *sl_fuse_payload(struct sl_event *event)
{
	return event->buffer + SL_FUSE_PAYLOAD_AT;
}

/* What becomes of a request that was looked at: an error, or */
enum sl_fuse_fate {
	SL_FUSE_ANSWER,		/* event->data_bytes at the payload */
	SL_FUSE_AWAY,		/* somebody else has the event now */
	SL_FUSE_SILENCE,	/* not to be answered */
};

/* Does what is to be done; returns a fate or a negative errno. */
typedef int sl_fuse_op(struct sl_fuse *fuse, struct sl_event *event,
		       const struct sl_fuse_request *request);

/* fuse_call.c */
void sl_fuse_begin(struct sl_fuse *fuse, struct sl_event *event,
		   const struct sl_fuse_request *request, int err);
int sl_fuse_ask(struct sl_fuse *fuse, struct sl_event *event, u16 op);
int sl_fuse_ask_root(struct sl_fuse *fuse);
int sl_fuse_ask_named(struct sl_fuse *fuse, struct sl_event *event, u16 op,
		      const u8 *name, u32 bytes);

/* fuse_change.c */
sl_fuse_op sl_fuse_setattr, sl_fuse_create, sl_fuse_mknod, sl_fuse_mkdir;
sl_fuse_op sl_fuse_symlink, sl_fuse_link;
int sl_fuse_strip(struct sl_fuse *fuse, struct sl_event *event);

/* fuse_aside.c */
sl_fuse_op sl_fuse_unlink, sl_fuse_rename, sl_fuse_release;
int sl_fuse_go_on(struct sl_fuse *fuse, struct sl_event *event);
bool sl_fuse_clear_all(struct sl_fuse *fuse);

/* fuse_reply.c */
void sl_fuse_answered(struct sl_fuse *fuse, struct sl_event *event);
void sl_fuse_undo(struct sl_fuse *fuse, struct sl_event *event);

/* fuse_encode.c */
u32 sl_fuse_put_entry(struct sl_fuse *fuse, void *to,
		      const struct sl_file_handle *handle,
		      const struct sl_file_attr *attr);
u32 sl_fuse_put_attr(const struct sl_fuse *fuse, void *to,
		     const struct sl_fuse_node *node,
		     const struct sl_file_attr *attr);
u32 sl_fuse_put_open(const struct sl_fuse *fuse, void *to, bool file);
u32 sl_fuse_put_space(void *to, const struct sl_file_space *space);
s32 sl_fuse_error(int error);

/* fuse_directory.c */
u32 sl_fuse_put_entries(struct sl_fuse *fuse, struct sl_event *event);
void sl_fuse_forget_entries(struct sl_fuse *fuse, const u8 *at, u32 bytes);

/* fuse_init.c */
int sl_fuse_init(struct sl_fuse *fuse, const struct fuse_init_in *in,
		 u32 in_bytes, struct fuse_init_out *out);

/* fuse_user.c: sends the reply, of which payload_bytes are at the payload */
void sl_fuse_send(struct sl_fuse *fuse, struct sl_event *event, int error,
		  u32 payload_bytes);

#endif /* SL_FUSE_STAGE_H */
