/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Callers: doing for others only what they may.
 *
 * The host knows best who may do what: of modes, owners, groups, access lists,
 * sticky directories, immutable files.  So the thread becomes the caller, and
 * the host checks him as it checks everybody.  To become somebody and oneself
 * again costs as much as ten look-ups, so
 *
 *  - events of one caller in a batch are done together, and the thread stays
 *    who it is until another one is wanted or the batch ends;
 *  - what needs a permission but no identity (LOOKUP, READ, WRITE, ...) asks
 *    the host once what the caller may do with that inode, and remembers the
 *    answer as long as the inode's ctime, mode and owners are the same.
 *
 *   sl_callers_become()	be a caller
 *   sl_callers_self()		be the user that runs the pipeline again
 *   sl_callers_ask()		what may a caller do with an open inode?
 *
 * Only the calling thread changes, by its fsuid, fsgid, groups and umask;
 * leaving root's fsuid also takes those capabilities away that override
 * permissions.
 *
 * A process that is not root's cannot become anybody.  It serves its own user,
 * and everybody what needs no permission.
 */
#ifndef SL_CALLER_USER_H
#define SL_CALLER_USER_H

#include <linux/compiler.h>
#include <linux/siphash.h>
#include <linux/types.h>

#include "stages/nfs/file.h"

struct sl_stage;

/* What a caller may do with an inode. */
struct sl_right {
	u64 version;		/* of the inode, as its entry counts them; 0: none */
	u64 caller;		/* sl_callers_id() */
	u8 known;		/* bits that the host was asked for: S_IRWXO */
	u8 may;			/* those of them that it granted */
};

struct sl_callers {
	bool able;		/* can this process become others? */
	bool switched;		/* the thread is `now`, not us, */
	bool unmasked;		/* and has no umask, or a sandbox forbids that */
	struct sl_file_caller now;
	u32 umask;		/* ours, meanwhile */
	u32 uid, gid;		/* ours */
	u32 group_count;
	u32 *group;
	siphash_key_t key;	/* so that nobody finds two with one number */
	struct sl_right *right;
	u32 right_mask;
	u64 switches;
};

int sl_callers_open(struct sl_callers *callers, struct sl_stage *stage,
		    u32 rights);
u64 sl_callers_id(const struct sl_callers *callers,
		  const struct sl_file_caller *caller);
bool sl_callers_same(const struct sl_file_caller *a,
		     const struct sl_file_caller *b);
int sl_callers_become(struct sl_callers *callers,
		      const struct sl_file_caller *caller);
int sl_callers_return(struct sl_callers *callers);
struct sl_right *sl_callers_right(struct sl_callers *callers, u64 version,
				  u64 caller);
int sl_callers_ask(struct sl_callers *callers, struct sl_right *right,
		   const struct sl_file_caller *caller, int fd, u8 any);

/**
 * sl_callers_self() - be the user that runs the pipeline again
 * @callers: the stage's
 *
 * Return: 0, or -ENOMEM if the host has no memory for that.
 */
static inline int sl_callers_self(struct sl_callers *callers)
{
	return likely(!callers->switched) ? 0 : sl_callers_return(callers);
}

#endif /* SL_CALLER_USER_H */
