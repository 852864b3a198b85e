// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sqlite: answers queries from an SQLite database that lies behind it.
 *
 * Left port "query", right port "file": pages, WAL and all go over it as
 * READ, WRITE and COMMIT, see vfs.h.  What is asked and how it is answered
 * comes with a schema, see schema.h.
 *
 * Readers run side by side on fibres, each with a connection; a query that
 * waits for a page stops only itself.  Writes that wait together become one
 * transaction, and are answered once it has been committed to stable storage,
 * so a process that is killed loses nothing that was acknowledged.
 *
 * It may be replicated: replicas share the locks and the WAL's index of the
 * database, which are words in memory.  Nobody else sees these: a process
 * that opens the file by itself must not do so while the stage runs.
 */
#include <errno.h>
#include <linux/string.h>

#include "stages/db/db.h"
#include "stages/db/query.h"
#include "stages/stages.h"

/* Queries begun in one turn; the other stages of the core want theirs. */
#define BEGIN_MAX	SL_BATCH_MAX

/* Looks of drain() at an idle stage before it closes: about 20 ms. */
#define QUIET_MAX	20

static int open_db(struct sl_sqlite *sqlite, struct sl_db **out,
		   void (*run)(struct sl_task *task))
{
	struct sl_region *region = sqlite->stage->region;
	u32 n = sqlite->statement_count;
	struct sl_db *db = *out;

	if (!db)
		db = sl_region_carve(region, sizeof(*db));
	if (!db)
		return -ENOMEM;
	*out = db;
	db->sqlite = sqlite;
	db->idle = true;
	db->statement = sl_region_carve(region, n * sizeof(*db->statement));
	db->used = sl_region_carve(region, n * sizeof(*db->used));
	db->used_list = sl_region_carve(region, n * sizeof(*db->used_list));
	if (!db->statement || !db->used || !db->used_list)
		return -ENOMEM;
	return sl_task_open(&sqlite->tasks, &db->task, run);
}

static int open_all(struct sl_sqlite *sqlite)
{
	struct sl_db *reader;
	int err;
	u32 i;

	err = open_db(sqlite, &sqlite->writer, sl_db_write);
	if (!err)
		err = open_db(sqlite, &sqlite->checkpointer, sl_db_checkpoint);
	sqlite->reader = sl_region_carve(sqlite->stage->region,
					 sqlite->reader_count *
					 sizeof(*sqlite->reader));
	if (!sqlite->reader)
		return -ENOMEM;
	for (i = 0; !err && i < sqlite->reader_count; i++) {
		reader = &sqlite->reader[i];
		reader->reader = true;
		err = open_db(sqlite, &reader, sl_db_read);
		sqlite->idle[sqlite->idle_count++] = reader;
	}
	return err;
}

static int open_sqlite(struct sl_stage *stage)
{
	const struct sl_sqlite_options *options = stage->options;
	struct sl_sqlite *sqlite = stage->private;
	int err;

	sqlite->stage = stage;
	sqlite->options = options;
	sqlite->schema = options->given ? options->given
					: sl_schema_find(options->schema);
	if (!sqlite->schema) {
		sl_stage_log(stage, "there is no schema '%s'; the bookstore's "
			     "is 'shop'", options->schema);
		return -EINVAL;
	}
	sqlite->file = options->file && *options->file ? options->file
						       : sqlite->schema->file;
	if (strlen(sqlite->file) > SL_VFS_NAME_MAX - 16) {
		sl_stage_log(stage, "the name in `file` is too long; %u bytes "
			     "at most", SL_VFS_NAME_MAX - 16);
		return -ENAMETOOLONG;
	}
	while (sqlite->schema->statements[sqlite->statement_count])
		sqlite->statement_count++;
	sqlite->reader_count = options->readers;
	sqlite->checkpoint_at = options->checkpoint;
	sqlite->state = SL_SQLITE_OPENING;

	sl_db_configure();
	err = sl_tasks_open(&sqlite->tasks, stage, SL_FILE_PORT);
	if (err) {
		sl_stage_log(stage, "cannot make an eventfd: %d; raise the "
			     "number of open files (ulimit -n)", err);
		return err;
	}
	err = open_all(sqlite);
	if (!err)
		err = sl_pool_open(&sqlite->vfs.pool, stage->region,
				   options->pool_bytes);
	if (!err)
		err = sl_vfs_open(&sqlite->vfs, &sqlite->tasks);
	sqlite->vfs.lazy = options->sync == SL_SQLITE_NORMAL;
	if (err) {
		sl_stage_log(stage, "no memory for %u readers and the pool; "
			     "set less", sqlite->reader_count);
		sl_tasks_close(&sqlite->tasks);
	}
	return err;
}

/* Lets an idle task see what there is to do. */
static void wake(struct sl_db *db)
{
	db->idle = false;
	sl_task_resume(&db->task);
}

/* Queries cannot be begun now: open the database, or turn them away. */
static u32 wait_or_fail(struct sl_sqlite *sqlite)
{
	struct sl_event *query;
	u32 done = 0;

	if (sqlite->state == SL_SQLITE_CLOSED &&
	    (sqlite->reads.count || sqlite->writes.count))
		sqlite->state = SL_SQLITE_OPENING;
	if (sqlite->state == SL_SQLITE_OPENING && sqlite->writer->idle) {
		wake(sqlite->writer);
		return 1;
	}
	if (sqlite->state != SL_SQLITE_FAILED)
		return 0;
	while ((query = sl_fifo_get(&sqlite->reads)) ||
	       (query = sl_fifo_get(&sqlite->writes))) {
		sl_stage_drop(sqlite->stage, SL_DB_UNOPENED);
		sl_db_answer(sqlite, query, sqlite->error);
		done++;
	}
	return done;
}

/* Begins what can be begun. */
static u32 begin(struct sl_sqlite *sqlite)
{
	u32 done = 0;

	if (unlikely(sqlite->state != SL_SQLITE_OPEN))
		return wait_or_fail(sqlite);
	while (sqlite->reads.count && sqlite->idle_count && done < BEGIN_MAX) {
		wake(sqlite->idle[--sqlite->idle_count]);
		done++;
	}
	if (sqlite->writes.count && sqlite->writer->idle) {
		wake(sqlite->writer);
		done++;
	}
	if (unlikely(sl_db_checkpoint_due(sqlite)) &&
	    sqlite->checkpointer->idle) {
		wake(sqlite->checkpointer);
		done++;
	}
	return done;
}

static void take(struct sl_sqlite *sqlite, struct sl_event *query)
{
	const struct sl_schema *schema = sqlite->schema;

	if (unlikely(query->op >= schema->procedure_count)) {
		sl_stage_drop(sqlite->stage, SL_DB_UNKNOWN);
		sl_db_answer(sqlite, query, -EINVAL);
	} else if (schema->procedures[query->op].writes) {
		sl_fifo_put(&sqlite->writes, query);
	} else {
		sl_fifo_put(&sqlite->reads, query);
	}
}

/* How many queries wait; told only when it has changed. */
static void tell(struct sl_sqlite *sqlite)
{
	u32 held = sqlite->reads.count + sqlite->writes.count;

	if (held == sqlite->held)
		return;
	sqlite->held = held;
	sl_stage_hold(sqlite->stage, held);
}

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct sl_sqlite *sqlite = stage->private;
	u32 i;

	if (sl_stage_port(stage, edge) == SL_QUERY_PORT) {
		for (i = 0; i < batch->count; i++)
			take(sqlite, batch->event[i]);
	} else {
		for (i = 0; i < batch->count; i++) {
			struct sl_event *event = batch->event[i];

			if (event->op == SL_FILE_WRITE)
				sl_vfs_written(event);
			else
				sl_tasks_reply(&sqlite->tasks, event);
		}
	}
	begin(sqlite);
	tell(sqlite);
	return batch->count;
}

static u32 poll(struct sl_stage *stage)
{
	struct sl_sqlite *sqlite = stage->private;
	u32 done = sl_tasks_turn(&sqlite->tasks);

	done += begin(sqlite);
	tell(sqlite);
	return done;
}

/* Closes one connection after the other; the last one is the writer's. */
static bool close_all(struct sl_sqlite *sqlite)
{
	struct sl_db *db;
	u32 i;

	for (i = 0; i < sqlite->reader_count + 2; i++) {
		db = i < sqlite->reader_count ? &sqlite->reader[i] :
		     i == sqlite->reader_count ? sqlite->checkpointer :
		     sqlite->writer;
		if (!db->idle)
			return false;
		if (db->handle)
			wake(db);
		if (!db->idle)
			return false;
	}
	return true;
}

static bool all_idle(const struct sl_sqlite *sqlite)
{
	return sqlite->idle_count == sqlite->reader_count &&
	       sqlite->writer->idle && sqlite->checkpointer->idle &&
	       !sqlite->reads.count && !sqlite->writes.count;
}

/*
 * Others may still have queries for us when we have none, so it is open for
 * some time longer, and opened again should that have been too short.
 */
static bool drain(struct sl_stage *stage)
{
	struct sl_sqlite *sqlite = stage->private;

	switch (sqlite->state) {
	case SL_SQLITE_OPEN:
		if (!all_idle(sqlite))
			sqlite->quiet = 0;
		else if (++sqlite->quiet == QUIET_MAX)
			sqlite->state = SL_SQLITE_CLOSING;
		return false;
	case SL_SQLITE_CLOSING:
		if (close_all(sqlite)) {
			sqlite->quiet = 0;
			sqlite->state = SL_SQLITE_CLOSED;
		}
		return false;
	case SL_SQLITE_OPENING:
		return false;
	default:
		return true;
	}
}

static void close_sqlite(struct sl_stage *stage)
{
	struct sl_sqlite *sqlite = stage->private;

	sl_tasks_end(&sqlite->tasks);
	sl_vfs_close(&sqlite->vfs);
	sl_tasks_close(&sqlite->tasks);
}

static const char *const drop_reasons[] = {
	[SL_DB_UNKNOWN] = "no_procedure",
	[SL_DB_UNOPENED] = "not_open",
	[SL_DB_BUSY] = "busy",
	[SL_DB_FULL] = "disk_full",
	[SL_DB_IO] = "io_error",
	NULL,
};

static const char *const syncs[] = {
	[SL_SQLITE_FULL] = "full",
	[SL_SQLITE_NORMAL] = "normal",
	NULL,
};

#define AT(member) offsetof(struct sl_sqlite_options, member)

static const struct sl_option options[] = {
	{ "schema", SL_OPTION_STRING, AT(schema), 0, 0, NULL, NULL,
	  "tables and queries: shop" },
	{ "file", SL_OPTION_STRING, AT(file), 0, 0, "", NULL,
	  "database within the export; the schema's own if empty" },
	{ "readers", SL_OPTION_NUMBER, AT(readers), 1, SL_READERS_MAX, "16",
	  NULL, "queries that may read at once, each with a connection" },
	{ "cache", SL_OPTION_BYTES, AT(cache_bytes), 64 << 10, 1ull << 40,
	  "2M", NULL, "pages that each connection keeps" },
	{ "pool", SL_OPTION_BYTES, AT(pool_bytes), 0, 1ull << 40, "0", NULL,
	  "pages kept for all of them, so that fewer are read; 0: none" },
	{ "sync", SL_OPTION_CHOICE, AT(sync), 0, 0, "full", syncs,
	  "what a write waits for: full: stable storage; normal: the server, "
	  "so a crash of the host may lose the latest" },
	{ "group_max", SL_OPTION_NUMBER, AT(group_max), 1, 4096, "64", NULL,
	  "writes in one transaction at most" },
	{ "checkpoint", SL_OPTION_NUMBER, AT(checkpoint), 1, 1 << 20, "1000",
	  NULL, "pages in the WAL from which they are brought home" },
	{ "busy_timeout", SL_OPTION_DURATION, AT(busy_ns), 0, 600000000000ull,
	  "5s", NULL, "how long to wait for a lock of another replica" },
	{ .name = NULL },
};

const struct sl_stage_type sl_sqlite_stage = {
	.name = "sqlite",
	.summary = "answers queries from an SQLite database",
	.class = SL_STATELESS,
	.port = {
		[SL_QUERY_PORT] = { "queries", "query", false, false },
		[SL_FILE_PORT] = { "files", "file", true, false },
	},
	.options = options,
	.options_bytes = sizeof(struct sl_sqlite_options),
	.private_bytes = sizeof(struct sl_sqlite),
	.events = 64,
	.event_bytes = 65536,
	.weight_ns = 10000,
	.own_requests = true,
	.drop_reasons = drop_reasons,
	.open = open_sqlite,
	.run = run,
	.poll = poll,
	.drain = drain,
	.close = close_sqlite,
};
