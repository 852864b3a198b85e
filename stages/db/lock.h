/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the connections to one database share: its locks and its WAL's index.
 *
 * Both live in this process: all replicas of a stage, on whatever cores, see
 * them, and nobody else does.  Another process that opens the same file on
 * the host's file system at the same time is not kept out; it must not.
 *
 *   sl_node_open(), sl_node_close()	  once for each connection
 *   sl_node_lock(), sl_node_unlock()	  the file as a whole; levels are
 *					  SQLite's, SQLITE_LOCK_NONE, ...
 *   sl_node_hold(), sl_node_release()	  the eight locks of the WAL's index
 *   sl_node_join(), _map(), _unmap()	  the index itself
 *   sl_node_await()			  be told when a lock is given up
 *   sl_node_enter(), sl_node_leave()	  take turns at writing
 *
 * A lock is a word changed by compare-and-swap; taking one never waits.  This
 * is the one place where replicas of the stage write the same memory: a few
 * times a transaction.
 */
#ifndef SL_LOCK_H
#define SL_LOCK_H

#include <linux/cache.h>
#include <linux/types.h>

#include "stages/db/task.h"

#define SL_NODE_SLOTS	8	/* SQLITE_SHM_NLOCK */
#define SL_NODE_CHANGES	4096
#define SL_NODE_REGIONS	1024	/* of 32 KiB: a WAL of 4 million pages */

/* Who takes turns, in each replica. */
enum sl_node_role { SL_NODE_WRITER, SL_NODE_CHECKPOINTER, SL_NODE_ROLES };

struct sl_node {
	struct sl_node *next;
	const void *owner;	/* the options that all replicas share */
	u64 fileid;
	u32 users;
	u32 mapped;		/* users that have the index open */
	struct sl_tasks *member[SL_CORES_MAX];	/* by replica */

	/* Written by every core. */
	u32 file ____cacheline_aligned;
	u32 released;		/* changes when a waiter should try again */
	u64 waiting;		/* replicas that want to be told, by bit */
	u32 turn;		/* whose it is to write, plus one; 0: free */
	u64 queue[SL_NODE_ROLES];	/* replicas that want it, by bit */
	u32 slot[SL_NODE_SLOTS] ____cacheline_aligned;
	u32 resized ____cacheline_aligned;	/* counts what may change its size */
	u64 pages;		/* of the file that pools may hold */
	u32 change[SL_NODE_CHANGES];	/* counters of pools; see pool.h */
	void *region[SL_NODE_REGIONS] ____cacheline_aligned;
};

int sl_node_open(struct sl_node **node, struct sl_tasks *tasks, u64 fileid);
void sl_node_pin(struct sl_node *node);
void sl_node_close(struct sl_node *node);

int sl_node_lock(struct sl_node *node, int *level, int wanted);
void sl_node_unlock(struct sl_node *node, const struct sl_tasks *self,
		    int *level, int wanted);
bool sl_node_reserved(const struct sl_node *node);

int sl_node_hold(struct sl_node *node, const struct sl_tasks *self, u32 first,
		 u32 count, bool exclusive);
void sl_node_release(struct sl_node *node, const struct sl_tasks *self,
		     u32 first, u32 count, bool exclusive);

int sl_node_map(struct sl_node *node, u32 index, u32 bytes, bool extend,
		void **region);
void sl_node_join(struct sl_node *node);
void sl_node_unmap(struct sl_node *node);

void sl_node_await(struct sl_node *node, struct sl_task *task);
int sl_node_enter(struct sl_node *node, struct sl_task *task,
		  enum sl_node_role role, u64 wait_ns);
void sl_node_leave(struct sl_node *node, struct sl_task *task,
		   enum sl_node_role role);

#endif /* SL_LOCK_H */
