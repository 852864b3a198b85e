// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Connections: opened, prepared and closed on their own tasks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "stages/db/db.h"

/*
 * Virtual machine steps after which a query lets the others go first: some
 * hundred microseconds.  A best-seller query takes a dozen times that.
 */
#define STEPS_MAX	2000

static const char *const controls[SL_DB_CONTROLS] = {
	[SL_DB_READ] = "BEGIN",
	[SL_DB_WRITE] = "BEGIN IMMEDIATE",
	[SL_DB_COMMIT] = "COMMIT",
	[SL_DB_ROLLBACK] = "ROLLBACK",
	[SL_DB_SAVE] = "SAVEPOINT query",
	[SL_DB_KEEP] = "RELEASE query",
	[SL_DB_UNDO] = "ROLLBACK TO query",
};

/**
 * sl_db_configure() - how SQLite is to be in this process
 *
 * It may be in use here already; then it is slower, but as right.  Tasks of
 * several cores use it at once, but never one connection.
 */
void sl_db_configure(void)
{
	if (sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK)
		return;
	/* Counting allocations takes a lock for each of them. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	/* What statements need while they run; not in Debian's library. */
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1200, 100);
}

int sl_db_error(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CONSTRAINT:
		return code == SQLITE_CONSTRAINT_PRIMARYKEY ||
		       code == SQLITE_CONSTRAINT_ROWID ||
		       code == SQLITE_CONSTRAINT_UNIQUE ? -EEXIST : -EINVAL;
	case SQLITE_TOOBIG:
		return -EFBIG;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_INTERRUPT:
		return -ECANCELED;
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
		return -EINVAL;
	default:
		return -EIO;
	}
}

struct sqlite3_stmt *sl_db_statement(struct sl_db *db, u32 index)
{
	sqlite3_stmt *statement;

	if (index >= db->sqlite->statement_count)
		return NULL;
	statement = db->statement[index];
	if (db->used[index]) {
		sqlite3_reset(statement);
	} else {
		db->used[index] = true;
		db->used_list[db->used_count++] = index;
	}
	sqlite3_clear_bindings(statement);
	return statement;
}

/**
 * sl_db_done() - a procedure has returned: reset what it has used
 * @db: connection that it ran on
 */
void sl_db_done(struct sl_db *db)
{
	while (db->used_count) {
		u32 index = db->used_list[--db->used_count];

		sqlite3_reset(db->statement[index]);
		db->used[index] = false;
	}
}

/**
 * sl_db_step() - run a statement of the stage's own
 * @db: an open connection
 * @control: which
 *
 * Return: 0 or a negative errno.
 */
int sl_db_step(struct sl_db *db, enum sl_db_control control)
{
	sqlite3_stmt *statement = db->control[control];
	int code = sqlite3_step(statement);

	sqlite3_reset(statement);
	return sl_db_error(code);
}

/* Another task first; called by SQLite in the middle of a long query. */
static int progress(void *arg)
{
	struct sl_db *db = arg;

	sl_task_wait(&db->task, SL_WAIT_TURN);
	return db->task.tasks->ending;
}

/*
 * A lock was not to be had: called by SQLite, which tries again if this does
 * not return 0.  The first try again is at once, because only after that may
 * the task wait; see sl_node_await().
 */
static int busy(void *arg, int count)
{
	struct sl_db *db = arg;
	struct sl_task *task = &db->task;
	u64 now_ns = task->tasks->stage->now_ns;

	/* A checkpoint gives up first, as it may be what the others wait for. */
	if (!count)
		db->busy_until_ns = now_ns + db->sqlite->options->busy_ns /
				    (db == db->sqlite->checkpointer ? 4 : 1);
	if (now_ns >= db->busy_until_ns || task->tasks->ending)
		return 0;
	if (count) {
		task->until_ns = db->busy_until_ns;
		sl_task_wait(task, SL_WAIT_LOCK);
	}
	sl_node_await(db->node, task);
	return 1;
}

/* Pages in the WAL; from then on a checkpoint may be due. */
static int committed(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct sl_sqlite *sqlite = arg;

	(void)handle;
	(void)name;
	if ((u32)pages < sqlite->wal_pages)
		sqlite->checkpoint_at = sqlite->options->checkpoint;
	sqlite->wal_pages = pages;
	return SQLITE_OK;
}

/* Says once what is wrong with the database, and how to mend it. */
static int refuse(struct sl_db *db, int code)
{
	struct sl_sqlite *sqlite = db->sqlite;
	const char *text = db->handle ? sqlite3_errmsg(db->handle)
				      : sqlite3_errstr(code);
	int err = sqlite->vfs.error;
	const char *hint = "see to the storage and start again";
	char what[128];

	if (sqlite->tasks.ending)
		return -ECANCELED;
	snprintf(what, sizeof(what), "cannot use '%s'", sqlite->file);
	switch (code & 0xff) {
	case SQLITE_CANTOPEN:
		text = err ? strerror(-err) : text;
		if (err == -ENOENT)
			hint = "populate the export first, or set `file`";
		if (err == -EBUSY)
			hint = "another sqlite stage has it open (or a file "
			       "of that number); let one stage serve both";
		break;
	case SQLITE_ERROR:
		snprintf(what, sizeof(what), "'%s' does not fit schema '%s'",
			 sqlite->file, sqlite->schema->name);
		hint = "populate it anew, or set `schema`";
		break;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		hint = "populate it anew, or bring back a copy of it";
		break;
	}
	if (!sqlite->said)
		sl_stage_log(sqlite->stage, "%s: %s; %s", what, text, hint);
	sqlite->said = true;
	return (code & 0xff) == SQLITE_CANTOPEN && err == -ENOENT ? -ENOENT
								  : -EIO;
}

static int prepare(struct sl_db *db, const char *sql, sqlite3_stmt **statement)
{
	return sqlite3_prepare_v3(db->handle, sql, -1,
				  SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

static int prepare_all(struct sl_db *db)
{
	int code;
	u32 i;

	for (i = 0; i < SL_DB_CONTROLS; i++) {
		code = prepare(db, controls[i], &db->control[i]);
		if (code != SQLITE_OK)
			return code;
	}
	if (db == db->sqlite->checkpointer)
		return SQLITE_OK;
	for (i = 0; i < db->sqlite->statement_count; i++) {
		code = prepare(db, db->sqlite->schema->statements[i],
			       &db->statement[i]);
		if (code != SQLITE_OK)
			return code;
	}
	return SQLITE_OK;
}

static int is_wal(void *yes, int columns, char **value, char **name)
{
	(void)name;
	*(bool *)yes = columns == 1 && value[0] && !strcmp(value[0], "wal");
	return 0;
}

/* The writer comes first, and turns the journal into a WAL if it is none. */
static int set_up(struct sl_db *db)
{
	struct sl_sqlite *sqlite = db->sqlite;
	bool wal = true;
	char sql[256];
	int code;

	/*
	 * checkpoint_fullfsync is how sl_vfs_sync() tells the syncs around a
	 * checkpoint from that of a commit.
	 */
	snprintf(sql, sizeof(sql),
		 "PRAGMA synchronous=FULL; PRAGMA checkpoint_fullfsync=1;"
		 "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-%llu;"
		 "PRAGMA query_only=%d;",
		 (unsigned long long)sqlite->options->cache_bytes >> 10,
		 db != sqlite->writer && db != sqlite->checkpointer);
	code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	if (code == SQLITE_OK && db == sqlite->writer)
		code = sqlite3_exec(db->handle, "PRAGMA journal_mode=WAL",
				    is_wal, &wal, NULL);
	if (code == SQLITE_OK && !wal)
		code = SQLITE_READONLY;
	return code;
}

/**
 * sl_db_open() - open a connection
 * @db: one that is not open, of the running task
 *
 * Return: 0 or a negative errno; then it has said why.
 */
int sl_db_open(struct sl_db *db)
{
	struct sl_sqlite *sqlite = db->sqlite;
	struct sl_vfs_file *file;
	int code, err;

	sqlite->vfs.error = 0;
	code = sqlite3_open_v2(sqlite->file, &db->handle,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
			       SQLITE_OPEN_PRIVATECACHE, sqlite->vfs.name);
	if (code == SQLITE_OK)
		code = sqlite3_file_control(db->handle, "main",
					    SQLITE_FCNTL_FILE_POINTER, &file);
	if (code != SQLITE_OK)
		goto err;
	db->node = file->node;
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_handler(db->handle, busy, db);
	sqlite3_progress_handler(db->handle, STEPS_MAX, progress, db);
	code = set_up(db);
	if (code == SQLITE_OK)
		code = prepare_all(db);
	if (code != SQLITE_OK)
		goto err;
	/* Replaces SQLite's own, which would do checkpoints in between. */
	sqlite3_wal_hook(db->handle, committed, sqlite);
	return 0;
err:
	err = refuse(db, code);
	sl_db_close(db);
	return err;
}

/**
 * sl_db_close() - close a connection
 * @db: of the running task, open or not, with nothing under way
 *
 * The last one of the database brings the WAL home and removes it.
 */
void sl_db_close(struct sl_db *db)
{
	u32 i;

	sl_db_done(db);
	for (i = 0; i < SL_DB_CONTROLS; i++) {
		sqlite3_finalize(db->control[i]);
		db->control[i] = NULL;
	}
	for (i = 0; i < db->sqlite->statement_count; i++) {
		sqlite3_finalize(db->statement[i]);
		db->statement[i] = NULL;
	}
	sqlite3_close(db->handle);
	db->handle = NULL;
	db->node = NULL;
}
