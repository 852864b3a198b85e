/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The file system as SQLite sees it: every operation is an NFS event.
 *
 *   xOpen	LOOKUP or CREATE	xFileSize	GETATTR
 *   xRead	READ			xTruncate	SETATTR
 *   xWrite	WRITE, unstable		xDelete		REMOVE
 *   xSync	COMMIT			xAccess		LOOKUP
 *
 * A task that calls SQLite stops where an answer has to be waited for, and
 * the stage's other tasks go on.  Locks and the WAL's index are not files
 * here but memory (lock.h).
 *
 * Writes do not wait.  Adjacent ones are gathered in the buffer of one event,
 * and several events are under way at once.  Only writes to the database
 * itself wait until they have arrived, because SQLite lets readers see pages
 * that a checkpoint has brought home without a word to us.  What this
 * promises:
 *
 *  - a read, a size or a change of size sees every write of the same task;
 *  - xSync succeeds only if every write since the last one has arrived and
 *    was committed by a server that had not forgotten any of them (the write
 *    verifier of RFC 1813);
 *  - of two writes to one place the later one wins;
 *  - an exclusive lock is given up only when everything written under it has
 *    arrived, so nothing late can hit what the next holder writes.
 *
 * A server may forget a handle, as one that remembers a bounded number of files
 * does.  Then the name is looked up again; if it still is the same file,
 * nothing has happened, and what was refused is sent once more.
 *
 * A lazy VFS commits the WAL only around checkpoints.  Should the server then
 * forget what it had not committed, the VFS is broken for good, because SQLite
 * would go on reading what is not there any more; a new start finds the WAL
 * as far as it is whole.
 */
#ifndef SL_VFS_H
#define SL_VFS_H

#include <sqlite3.h>

#include "stages/db/lock.h"
#include "stages/db/pool.h"
#include "stages/db/task.h"
#include "stages/nfs/file.h"

#define SL_VFS_NAME_MAX		255	/* bytes of a path, with its end */
#define SL_VFS_WRITES_MAX	8	/* events under way for one file */

struct sl_vfs {
	sqlite3_vfs base;
	struct sl_tasks *tasks;
	struct sl_pool pool;
	int error;		/* errno of the last thing that failed */
	bool lazy;		/* a commit waits for writes, not for the disk */
	bool known;		/* lazy: is there a verifier of the WAL's? */
	bool broken;		/* lazy: it has changed */
	u64 verifier;
	char name[32];		/* by which SQLite knows this one */
};

struct sl_vfs_file {
	sqlite3_file base;
	struct sl_vfs *vfs;
	struct sl_task *task;	/* whose it is */
	struct sl_vfs_file *next;	/* in task->files */
	struct sl_file_handle handle;
	u64 fileid;		/* what the handle must stand for */
	int flags;		/* of xOpen */
	char name[SL_VFS_NAME_MAX + 1];

	/* write_user.c */
	struct sl_event *gather;	/* not sent yet; NULL: none */
	u32 away;		/* writes under way */
	u32 away_max;		/* wake the task when there are no more */
	u64 away_from, away_to;	/* bytes that they may touch */
	struct sl_fifo stale;	/* those of them refused for a stale handle */
	int error;		/* of a write, not reported yet */
	bool unstable;		/* something was written since the last COMMIT */
	u64 verifier;		/* of the server that has it */

	struct sl_node *database;	/* whose file or WAL this is, or NULL */

	/* The database itself only. */
	struct sl_node *node;		/* the same */
	int level;		/* SQLITE_LOCK_NONE, ... */
	u8 shared, alone;	/* locks of the index held, by bit */
	bool mapped;
	bool sized;		/* size is what it was when ... */
	u32 sized_at;		/* ... node->resized was this */
	u64 size;
	bool unsure;		/* of what the checkpoint has brought home */
	u32 backfilled;		/* frames at home before it */
};

/* Everything here is asked by the pipeline itself, and without a condition. */
static inline void sl_vfs_own(struct sl_event *event)
{
	sl_file(event)->caller.known = false;
	sl_file(event)->guarded = false;
}

int sl_vfs_open(struct sl_vfs *vfs, struct sl_tasks *tasks);
void sl_vfs_close(struct sl_vfs *vfs);

/* vfs_user.c, for the others */
int sl_vfs_failed(struct sl_vfs *vfs, int err, int code);

/* vfs_name_user.c */
int sl_vfs_call(struct sl_vfs *vfs, struct sl_event **event, u32 op);
int sl_vfs_ask(struct sl_vfs *vfs, const char *path, u32 op, u8 how,
	       struct sl_event **event);
int sl_vfs_file_call(struct sl_vfs_file *file, struct sl_event **event, u32 op);
int sl_vfs_revive(struct sl_vfs_file *file);
int sl_vfs_remove(sqlite3_vfs *base, const char *path, int durably);
int sl_vfs_access(sqlite3_vfs *base, const char *path, int flags, int *yes);

/* vfs_write_user.c */
int sl_vfs_write(sqlite3_file *base, const void *from, int bytes,
		 sqlite3_int64 at);
int sl_vfs_sync(sqlite3_file *base, int flags);
int sl_vfs_report(struct sl_vfs_file *file, int code);
bool sl_vfs_pending(const struct sl_vfs_file *file, u64 at, u64 bytes);
void sl_vfs_resize(struct sl_vfs_file *file);
void sl_vfs_settle(struct sl_vfs_file *file);
void sl_vfs_settle_all(struct sl_task *task);
void sl_vfs_written(struct sl_event *event);
struct sl_event *sl_vfs_event(struct sl_vfs_file *file);

/* vfs_lock_user.c */
int sl_vfs_lock(sqlite3_file *base, int level);
int sl_vfs_unlock(sqlite3_file *base, int level);
int sl_vfs_reserved(sqlite3_file *base, int *reserved);
int sl_vfs_shm_map(sqlite3_file *base, int index, int bytes, int extend,
		   void volatile **region);
int sl_vfs_shm_lock(sqlite3_file *base, int first, int count, int flags);
void sl_vfs_shm_barrier(sqlite3_file *base);
int sl_vfs_shm_unmap(sqlite3_file *base, int forget);
void sl_vfs_checkpoint_start(struct sl_vfs_file *file);
void sl_vfs_checkpoint_done(struct sl_vfs_file *file);

#endif /* SL_VFS_H */
