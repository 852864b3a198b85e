// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the tasks of the sqlite stage do: read, write, checkpoint.
 */
#include <errno.h>

#include "stages/db/db.h"

/* So many times its usual length, and the WAL is brought to an end. */
#define WAL_TIMES_MAX	4

/* Waits for work; false when there will be none because all is over. */
static bool rest(struct sl_db *db)
{
	struct sl_sqlite *sqlite = db->sqlite;

	/* One that closes has not been taken off the stack. */
	if (db->reader && sqlite->state != SL_SQLITE_CLOSING)
		sqlite->idle[sqlite->idle_count++] = db;
	db->idle = true;
	sl_task_wait(&db->task, SL_WAIT_WORK);
	return !db->task.tasks->ending;
}

/* Why a query was answered with an error, for the counters. */
static void count(struct sl_sqlite *sqlite, int status)
{
	switch (status) {
	case -EBUSY:
		sl_stage_drop(sqlite->stage, SL_DB_BUSY);
		break;
	case -ENOSPC:
		sl_stage_drop(sqlite->stage, SL_DB_FULL);
		break;
	case -EIO:
		sl_stage_drop(sqlite->stage, SL_DB_IO);
		break;
	}
}

/**
 * sl_db_answer() - answer a query
 * @sqlite: the stage's state
 * @query: which
 * @status: 0 or a negative errno
 */
void sl_db_answer(struct sl_sqlite *sqlite, struct sl_event *query, int status)
{
	if (unlikely(sqlite->tasks.ending))
		return;
	if (unlikely(status < 0))
		count(sqlite, status);
	query->status = status;
	sl_stage_reply(sqlite->stage, query);
}

static int call(struct sl_db *db, struct sl_event *query)
{
	int status = db->sqlite->schema->procedures[query->op].run(db, query);

	sl_db_done(db);
	return status;
}

/* One snapshot for all statements of the procedure. */
static int read_once(struct sl_db *db, struct sl_event *query)
{
	int status = sl_db_step(db, SL_DB_READ);

	if (status)
		return status;
	status = call(db, query);
	/* An error may have ended the transaction already. */
	if (!sqlite3_get_autocommit(db->handle) &&
	    sl_db_step(db, SL_DB_COMMIT))
		sl_db_step(db, SL_DB_ROLLBACK);
	return status;
}

/**
 * sl_db_read() - what a reader does: one query each time that it is resumed
 * @task: of a reader
 */
void sl_db_read(struct sl_task *task)
{
	struct sl_db *db = container_of(task, struct sl_db, task);
	struct sl_sqlite *sqlite = db->sqlite;
	struct sl_event *query;
	int err;

	while (!task->tasks->ending) {
		if (sqlite->state == SL_SQLITE_CLOSING) {
			sl_db_close(db);
		} else {
			query = sl_fifo_get(&sqlite->reads);
			err = db->handle ? 0 : sl_db_open(db);
			if (!err)
				err = read_once(db, query);
			sl_db_answer(sqlite, query, err);
		}
		if (!rest(db))
			break;
	}
	sl_db_close(db);
}

static void answer_all(struct sl_db *db, struct sl_fifo *group, int status)
{
	struct sl_event *query;

	while ((query = sl_fifo_get(group)))
		sl_db_answer(db->sqlite, query, status);
}

/*
 * Runs one procedure so that it leaves nothing behind if it fails.  Returns
 * its status; sets *err if the whole transaction is gone with it.
 */
static int write_once(struct sl_db *db, struct sl_event *query, int *err)
{
	int lost = sl_db_step(db, SL_DB_SAVE);
	int status = lost;

	if (!lost) {
		status = call(db, query);
		/* On a full disk and the like SQLite undoes all by itself. */
		if (sqlite3_get_autocommit(db->handle))
			lost = status < 0 ? status : -EIO;
		else if (status < 0)
			lost = sl_db_step(db, SL_DB_UNDO);
		if (!lost)
			lost = sl_db_step(db, SL_DB_KEEP);
	}
	*err = lost;
	return lost ? lost : status;
}

/*
 * As many writes as wait, in one transaction: those that come while it runs
 * may still join it.  A write that fails by itself is answered at once, the
 * others when all is on stable storage, or undone.
 */
static void write_group(struct sl_db *db)
{
	struct sl_sqlite *sqlite = db->sqlite;
	struct sl_fifo group = { 0 };
	struct sl_event *query;
	u32 left = sqlite->options->group_max;
	int status, err;

	err = sl_db_step(db, SL_DB_WRITE);
	/* If it cannot even begin, that is the answer to all who wait. */
	while (err && left && (query = sl_fifo_get(&sqlite->writes))) {
		sl_fifo_put(&group, query);
		left--;
	}
	while (!err && left-- && (query = sl_fifo_get(&sqlite->writes))) {
		status = write_once(db, query, &err);
		if (status < 0)
			sl_db_answer(sqlite, query, status);
		else
			sl_fifo_put(&group, query);
	}
	if (!err)
		err = sl_db_step(db, group.count ? SL_DB_COMMIT
						 : SL_DB_ROLLBACK);
	if (err && !sqlite3_get_autocommit(db->handle))
		sl_db_step(db, SL_DB_ROLLBACK);
	answer_all(db, &group, err);
}

static void write_in_turn(struct sl_db *db)
{
	struct sl_sqlite *sqlite = db->sqlite;
	int err = sl_node_enter(db->node, &db->task, SL_NODE_WRITER,
				sqlite->options->busy_ns);

	if (err) {
		answer_all(db, &sqlite->writes, err);
		return;
	}
	write_group(db);
	sl_node_leave(db->node, &db->task, SL_NODE_WRITER);
}

/*
 * The last connection to close must find itself alone with the database, or
 * the WAL remains; so replicas do it one after the other.
 */
static void close_in_turn(struct sl_db *db)
{
	struct sl_node *node = db->node;
	int err;

	sl_node_pin(node);
	err = sl_node_enter(node, &db->task, SL_NODE_WRITER,
			    db->sqlite->options->busy_ns);
	sl_db_close(db);
	if (!err)
		sl_node_leave(node, &db->task, SL_NODE_WRITER);
	sl_node_close(node);
}

/**
 * sl_db_write() - what the writer does
 * @task: of the writer
 *
 * It is the first to open its connection, and so for all says whether the
 * database can be used.
 */
void sl_db_write(struct sl_task *task)
{
	struct sl_db *db = container_of(task, struct sl_db, task);
	struct sl_sqlite *sqlite = db->sqlite;

	while (!task->tasks->ending) {
		switch (sqlite->state) {
		case SL_SQLITE_OPENING:
			sl_pool_clear(&sqlite->vfs.pool);
			sqlite->error = sl_db_open(db);
			sqlite->state = sqlite->error ? SL_SQLITE_FAILED
						      : SL_SQLITE_OPEN;
			break;
		case SL_SQLITE_CLOSING:
			close_in_turn(db);
			break;
		default:
			write_in_turn(db);
		}
		if (!rest(db))
			break;
	}
	sl_db_close(db);
}

/*
 * Passive ones disturb nobody, but while writes go on they never come to the
 * end, and the WAL starts anew only when one has.  If it has become too long,
 * a checkpoint that holds up the writers, and waits for the readers that
 * still need the WAL, ends that.
 */
static int bring_home(struct sl_db *db, bool all)
{
	int mode = all ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
	int code;

	if (!db->handle && sl_db_open(db))
		return SQLITE_CANTOPEN;
	if (all && sl_node_enter(db->node, &db->task, SL_NODE_CHECKPOINTER,
				 db->sqlite->options->busy_ns))
		return SQLITE_BUSY;
	code = sqlite3_wal_checkpoint_v2(db->handle, NULL, mode, NULL, NULL);
	if (all)
		sl_node_leave(db->node, &db->task, SL_NODE_CHECKPOINTER);
	return code;
}

static void checkpoint(struct sl_db *db)
{
	struct sl_sqlite *sqlite = db->sqlite;
	u64 usual = sqlite->options->checkpoint;
	bool all = sqlite->wal_pages >= WAL_TIMES_MAX * usual;
	int code = bring_home(db, all);

	sqlite->checkpoint_at = sqlite->wal_pages + usual / 2 + 1;
	/* Busy is a replica's checkpointer, or a reader that takes long. */
	if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) {
		sqlite->said_checkpoint = false;
		return;
	}
	if (!sqlite->said_checkpoint && !sqlite->tasks.ending)
		sl_stage_log(sqlite->stage, "checkpoint of '%s': %s; the WAL "
			     "grows until there is room and it can be written",
			     sqlite->file, sqlite3_errstr(code));
	sqlite->said_checkpoint = true;
}

/**
 * sl_db_checkpoint() - what the checkpointer does
 * @task: of the checkpointer
 */
void sl_db_checkpoint(struct sl_task *task)
{
	struct sl_db *db = container_of(task, struct sl_db, task);

	while (!task->tasks->ending) {
		if (db->sqlite->state == SL_SQLITE_CLOSING)
			sl_db_close(db);
		else
			checkpoint(db);
		if (!rest(db))
			break;
	}
	sl_db_close(db);
}
