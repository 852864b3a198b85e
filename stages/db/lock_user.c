// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <asm/barrier.h>
#include <linux/build_bug.h>

#include "stages/db/lock.h"

static_assert(SL_NODE_SLOTS == SQLITE_SHM_NLOCK, "as many as SQLite has");

/* sl_node.file: how many have at least SHARED, and who has more. */
#define SHARED_MASK	0xffffu
#define RESERVED	0x10000u
#define PENDING		0x20000u
#define EXCLUSIVE	0x40000u

/* sl_node.slot: how many share it, or this. */
#define ALONE		0xffffffffu

/* Guards the list, and members' coming and going; not used while it runs. */
static pthread_mutex_t nodes_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sl_node *nodes;

static bool swap(u32 *word, u32 *old, u32 new)
{
	return __atomic_compare_exchange_n(word, old, new, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/*
 * A lock was given up: whoever waits for one may try again.  The caller's own
 * core is awake, and looks in its next turn.
 */
static void wake(struct sl_node *node, const struct sl_tasks *self)
{
	u64 waiting;
	u32 i;

	/* Pairs with the one in sl_node_await(). */
	smp_mb();
	if (likely(!READ_ONCE(node->waiting)))
		return;
	waiting = __atomic_exchange_n(&node->waiting, 0, __ATOMIC_SEQ_CST);
	/* Pairs with the load in may_go_on() of task_user.c. */
	__atomic_add_fetch(&node->released, 1, __ATOMIC_RELEASE);
	for (i = 0; waiting; i++, waiting >>= 1) {
		/* Written before the bit was set. */
		struct sl_tasks *member = READ_ONCE(node->member[i]);

		if (waiting & 1 && member != self)
			sl_tasks_ring(member);
	}
}

/**
 * sl_node_await() - be resumed when any lock is given up
 * @node: of the database
 * @task: the running task
 *
 * Must be followed by another try for the lock, and only if that fails too by
 * a wait for SL_WAIT_LOCK, or a release in between would be missed.
 */
void sl_node_await(struct sl_node *node, struct sl_task *task)
{
	u64 bit = 1ull << task->tasks->stage->replica;

	task->signal = &node->released;
	task->signal_seen = READ_ONCE(node->released);
	__atomic_fetch_or(&node->waiting, bit, __ATOMIC_SEQ_CST);
	/* Pairs with the one in wake(). */
	smp_mb();
}

/* Takes somebody out of the queue; false if he was not in it any more. */
static bool unqueue(struct sl_node *node, u32 who)
{
	u64 bit = 1ull << who / SL_NODE_ROLES;

	return __atomic_fetch_and(&node->queue[who % SL_NODE_ROLES], ~bit,
				  __ATOMIC_SEQ_CST) & bit;
}

/* Who comes after `me` in the queue, going round; false if nobody is there. */
static bool next_after(const struct sl_node *node, u32 me, u32 *next)
{
	u32 all = SL_NODE_ROLES * SL_CORES_MAX;
	u32 i;

	if (!(READ_ONCE(node->queue[0]) | READ_ONCE(node->queue[1])))
		return false;
	for (i = 1; i <= all; i++) {
		*next = (me + i) % all;
		if (READ_ONCE(node->queue[*next % SL_NODE_ROLES]) >>
		    *next / SL_NODE_ROLES & 1)
			return true;
	}
	return false;
}

static bool take_turn(struct sl_node *node, u32 who)
{
	u32 nobody = 0;

	return swap(&node->turn, &nobody, who + 1);
}

/**
 * sl_node_enter() - wait for one's turn at writing
 * @node: of the database
 * @task: the running task
 * @role: what it is in its replica
 * @wait_ns: how long at most
 *
 * SQLite's own lock is taken by whoever comes at the right moment, so one
 * that is always busy would keep all others out.  Turns are handed on in a
 * round.
 *
 * Return: 0, -EBUSY, or -ECANCELED when the tasks are being ended.
 */
int sl_node_enter(struct sl_node *node, struct sl_task *task,
		  enum sl_node_role role, u64 wait_ns)
{
	struct sl_tasks *tasks = task->tasks;
	u32 me = tasks->stage->replica * SL_NODE_ROLES + role;
	u64 until_ns = tasks->stage->now_ns + wait_ns;

	if (likely(take_turn(node, me)))
		return 0;
	__atomic_fetch_or(&node->queue[role], 1ull << tasks->stage->replica,
			  __ATOMIC_SEQ_CST);
	for (;;) {
		task->signal = &node->released;
		task->signal_seen = smp_load_acquire(&node->released);
		/* Pairs with the store in sl_node_leave(). */
		if (smp_load_acquire(&node->turn) == me + 1)
			return 0;
		if (take_turn(node, me)) {
			unqueue(node, me);
			return 0;
		}
		if (tasks->ending)
			return -ECANCELED;
		/* If it has been taken out already, its turn has come. */
		if (tasks->stage->now_ns >= until_ns && unqueue(node, me))
			return -EBUSY;
		task->until_ns = until_ns;
		sl_task_wait(task, SL_WAIT_LOCK);
	}
}

/**
 * sl_node_leave() - hand the turn on
 * @node: of the database
 * @task: the running task, whose turn it is
 * @role: what it is in its replica
 */
void sl_node_leave(struct sl_node *node, struct sl_task *task,
		   enum sl_node_role role)
{
	u32 me = task->tasks->stage->replica * SL_NODE_ROLES + role;
	u32 next;

	for (;;) {
		while (next_after(node, me, &next)) {
			if (!unqueue(node, next))
				continue;	/* has given up just now */
			smp_store_release(&node->turn, next + 1);
			__atomic_add_fetch(&node->released, 1,
					   __ATOMIC_RELEASE);
			if (next / SL_NODE_ROLES !=
			    task->tasks->stage->replica)
				sl_tasks_ring(READ_ONCE(
					node->member[next / SL_NODE_ROLES]));
			return;
		}
		smp_store_release(&node->turn, 0);
		/* Somebody may have queued up before that; pairs with the or. */
		smp_mb();
		if (!next_after(node, me, &next) || !take_turn(node, me))
			return;
	}
}

/**
 * sl_node_open() - the node of a file, for one more connection
 * @node: set to it
 * @tasks: of the stage; replicas are known by having the same options
 * @fileid: number of the file in its file system
 *
 * Return: 0, -ENOMEM, or -EBUSY if another stage has such a file open: it
 * might be the same file, and the two would not see each other's locks.
 */
int sl_node_open(struct sl_node **node, struct sl_tasks *tasks, u64 fileid)
{
	const void *owner = tasks->stage->options;
	struct sl_node *fresh = aligned_alloc(
		L1_CACHE_BYTES, ALIGN(sizeof(*fresh), (size_t)L1_CACHE_BYTES));
	struct sl_node *n;
	int err = 0;

	if (!fresh)
		return -ENOMEM;
	*fresh = (struct sl_node){ .owner = owner, .fileid = fileid };

	pthread_mutex_lock(&nodes_mutex);
	for (n = nodes; n && n->fileid != fileid; n = n->next)
		;
	if (!n) {
		n = fresh;
		fresh = NULL;
		n->next = nodes;
		nodes = n;
	}
	if (n->owner == owner) {
		n->users++;
		WRITE_ONCE(n->member[tasks->stage->replica], tasks);
		*node = n;
	} else {
		err = -EBUSY;
	}
	pthread_mutex_unlock(&nodes_mutex);
	free(fresh);
	return err;
}

/**
 * sl_node_pin() - keep the node for somebody who has it from a connection
 * @node: to be given back with sl_node_close()
 */
void sl_node_pin(struct sl_node *node)
{
	pthread_mutex_lock(&nodes_mutex);
	node->users++;
	pthread_mutex_unlock(&nodes_mutex);
}

/**
 * sl_node_close() - one connection less
 * @node: that the connection has opened, with nothing locked or mapped
 */
void sl_node_close(struct sl_node *node)
{
	struct sl_node **at;

	pthread_mutex_lock(&nodes_mutex);
	if (!--node->users) {
		for (at = &nodes; *at != node; at = &(*at)->next)
			;
		*at = node->next;
		free(node);
	}
	pthread_mutex_unlock(&nodes_mutex);
}

/* What the word becomes if somebody on `level` gets `wanted`; 0 if not. */
static u32 locked(u32 old, int level, int wanted)
{
	u32 others = old & (RESERVED | PENDING | EXCLUSIVE);

	switch (wanted) {
	case SQLITE_LOCK_SHARED:
		return old & (PENDING | EXCLUSIVE) ? 0 : old + 1;
	case SQLITE_LOCK_RESERVED:
		return others ? 0 : old | RESERVED;
	case SQLITE_LOCK_EXCLUSIVE:
		if (level < SQLITE_LOCK_RESERVED && others)
			return 0;
		/* Readers there are may stay, but none may come. */
		old |= RESERVED | PENDING;
		return (old & SHARED_MASK) == 1 ? old | EXCLUSIVE : old;
	default:
		return 0;
	}
}

/**
 * sl_node_lock() - take a lock on the file, as xLock() of SQLite
 * @node: of the file
 * @level: what the connection has, and has then
 * @wanted: what it wants, which is more
 *
 * Return: SQLITE_OK or SQLITE_BUSY.
 */
int sl_node_lock(struct sl_node *node, int *level, int wanted)
{
	u32 old = READ_ONCE(node->file);
	u32 new;

	if (*level >= wanted)
		return SQLITE_OK;
	do {
		new = locked(old, *level, wanted);
		if (!new)
			return SQLITE_BUSY;
	} while (!swap(&node->file, &old, new));

	if (wanted == SQLITE_LOCK_EXCLUSIVE && !(new & EXCLUSIVE)) {
		*level = SQLITE_LOCK_PENDING;
		return SQLITE_BUSY;
	}
	*level = wanted;
	return SQLITE_OK;
}

/**
 * sl_node_unlock() - give up a lock on the file, as xUnlock() of SQLite
 * @node: of the file
 * @self: tasks of the calling core
 * @level: what the connection has, and has then
 * @wanted: SQLITE_LOCK_SHARED or SQLITE_LOCK_NONE
 */
void sl_node_unlock(struct sl_node *node, const struct sl_tasks *self,
		    int *level, int wanted)
{
	u32 old = READ_ONCE(node->file);
	u32 new;

	if (*level <= wanted)
		return;
	do {
		new = old;
		if (*level > SQLITE_LOCK_SHARED)
			new &= SHARED_MASK;
		if (wanted == SQLITE_LOCK_NONE)
			new--;
	} while (!swap(&node->file, &old, new));
	*level = wanted;
	wake(node, self);
}

/* Does anybody hold more than SHARED? */
bool sl_node_reserved(const struct sl_node *node)
{
	return READ_ONCE(node->file) & ~SHARED_MASK;
}

/**
 * sl_node_hold() - take locks of the WAL's index
 * @node: of the database
 * @self: tasks of the calling core
 * @first: the first one
 * @count: how many: all of them or none is taken
 * @exclusive: for the connection alone; else shared
 *
 * Return: SQLITE_OK or SQLITE_BUSY.
 */
int sl_node_hold(struct sl_node *node, const struct sl_tasks *self, u32 first,
		 u32 count, bool exclusive)
{
	u32 i;

	for (i = first; i < first + count; i++) {
		u32 old = READ_ONCE(node->slot[i]);

		do {
			if (exclusive ? old : old == ALONE) {
				/* Others may have met what we had. */
				if (i > first)
					sl_node_release(node, self, first,
							i - first, exclusive);
				return SQLITE_BUSY;
			}
		} while (!swap(&node->slot[i], &old,
			       exclusive ? ALONE : old + 1));
	}
	return SQLITE_OK;
}

/**
 * sl_node_release() - give up locks of the WAL's index
 * @node: of the database
 * @self: tasks of the calling core
 * @first: the first one
 * @count: how many
 * @exclusive: as they were taken
 */
void sl_node_release(struct sl_node *node, const struct sl_tasks *self,
		     u32 first, u32 count, bool exclusive)
{
	u32 i;

	for (i = first; i < first + count; i++) {
		/* Pairs with the swap of whoever takes it next. */
		if (exclusive)
			smp_store_release(&node->slot[i], 0);
		else
			__atomic_sub_fetch(&node->slot[i], 1,
					   __ATOMIC_SEQ_CST);
	}
	wake(node, self);
}

/**
 * sl_node_join() - one more connection has the WAL's index open
 * @node: of the database
 */
void sl_node_join(struct sl_node *node)
{
	pthread_mutex_lock(&nodes_mutex);
	node->mapped++;
	pthread_mutex_unlock(&nodes_mutex);
}

/**
 * sl_node_map() - a part of the WAL's index
 * @node: of the database, joined
 * @index: number of the part
 * @bytes: size of a part, always the same
 * @extend: make it if it is not there
 * @region: set to it; to NULL if it is not there
 *
 * Parts are made while it runs, but rarely: one for each 4096 pages by which
 * the WAL has grown longer than it ever was.
 *
 * Return: SQLITE_OK, SQLITE_NOMEM or SQLITE_IOERR_SHMSIZE.
 */
int sl_node_map(struct sl_node *node, u32 index, u32 bytes, bool extend,
		void **region)
{
	void *there, *fresh;

	*region = NULL;
	if (index >= SL_NODE_REGIONS)
		return SQLITE_IOERR_SHMSIZE;
	there = smp_load_acquire(&node->region[index]);
	if (!there && extend) {
		fresh = calloc(1, bytes);
		if (!fresh)
			return SQLITE_NOMEM;
		/* Of two cores that make it at once, one finds it made. */
		if (__atomic_compare_exchange_n(&node->region[index], &there,
						fresh, false, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			there = fresh;
		else
			free(fresh);
	}
	*region = there;
	return SQLITE_OK;
}

/**
 * sl_node_unmap() - a connection has closed the WAL's index
 * @node: of the database, joined
 *
 * Without users the index is forgotten; who comes next reads the WAL.
 */
void sl_node_unmap(struct sl_node *node)
{
	u32 i;

	pthread_mutex_lock(&nodes_mutex);
	if (!--node->mapped) {
		for (i = 0; i < SL_NODE_REGIONS; i++) {
			free(node->region[i]);
			node->region[i] = NULL;
		}
	}
	pthread_mutex_unlock(&nodes_mutex);
}
