/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The inside of the sqlite stage.
 *
 * A connection belongs to a task, which alone uses it:
 *
 *   readers	   one query each at a time, in a snapshot of its own
 *   writer	   many queries to a transaction, answered when that is safe
 *   checkpointer  brings the WAL home beside them
 *
 * sqlite_user.c deals out queries, connection_user.c opens and closes,
 * query_user.c is what the tasks do.
 */
#ifndef SL_DB_H
#define SL_DB_H

#include <sqlite3.h>

#include "stages/db/schema.h"
#include "stages/db/sqlite.h"
#include "stages/db/task.h"
#include "stages/db/vfs.h"

#define SL_READERS_MAX	64

enum { SL_QUERY_PORT, SL_FILE_PORT };

/* Drop reasons: why queries were answered with an error. */
enum { SL_DB_UNKNOWN, SL_DB_UNOPENED, SL_DB_BUSY, SL_DB_FULL, SL_DB_IO };

/* Statements of the stage's own. */
enum sl_db_control {
	SL_DB_READ,		/* BEGIN */
	SL_DB_WRITE,		/* BEGIN IMMEDIATE */
	SL_DB_COMMIT,
	SL_DB_ROLLBACK,
	SL_DB_SAVE,		/* SAVEPOINT */
	SL_DB_KEEP,		/* RELEASE */
	SL_DB_UNDO,		/* ROLLBACK TO */
	SL_DB_CONTROLS,
};

struct sl_db {
	struct sl_task task;
	struct sl_sqlite *sqlite;
	sqlite3 *handle;	/* NULL: not open */
	struct sl_node *node;
	bool reader;
	bool idle;
	u64 busy_until_ns;
	sqlite3_stmt *control[SL_DB_CONTROLS];
	sqlite3_stmt **statement;	/* the schema's */
	bool *used;		/* by the procedure that runs, */
	u16 *used_list;		/* and in a row */
	u32 used_count;
};

enum sl_sqlite_state {
	SL_SQLITE_CLOSED,	/* a query opens it */
	SL_SQLITE_OPENING,	/* the writer is at it */
	SL_SQLITE_OPEN,
	SL_SQLITE_CLOSING,
	SL_SQLITE_FAILED,	/* and will not be tried again */
};

struct sl_sqlite {
	struct sl_tasks tasks;
	struct sl_vfs vfs;
	struct sl_stage *stage;
	const struct sl_sqlite_options *options;
	const struct sl_schema *schema;
	const char *file;
	u32 statement_count;

	enum sl_sqlite_state state;
	int error;		/* why it has failed */
	u32 quiet;		/* looks in a row at which nothing was left */
	bool said;		/* that a connection could not be opened, */
	bool said_checkpoint;	/* that one has failed */

	struct sl_fifo reads;	/* waiting */
	struct sl_fifo writes;
	u32 held;		/* what the counters say of them */
	u32 reader_count;
	u32 idle_count;
	struct sl_db *idle[SL_READERS_MAX];	/* a stack: the warmest is on top */
	struct sl_db *reader;
	struct sl_db *writer;
	struct sl_db *checkpointer;

	u32 wal_pages;		/* at the last commit */
	u32 checkpoint_at;	/* pages from which one is due */
};

/* connection_user.c */
int sl_db_open(struct sl_db *db);
void sl_db_close(struct sl_db *db);
int sl_db_step(struct sl_db *db, enum sl_db_control control);
void sl_db_done(struct sl_db *db);
void sl_db_configure(void);

/* query_user.c */
void sl_db_read(struct sl_task *task);
void sl_db_write(struct sl_task *task);
void sl_db_checkpoint(struct sl_task *task);
void sl_db_answer(struct sl_sqlite *sqlite, struct sl_event *query, int status);

static inline bool sl_db_checkpoint_due(const struct sl_sqlite *sqlite)
{
	return sqlite->wal_pages >= sqlite->checkpoint_at;
}

#endif /* SL_DB_H */
