/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A schema and a client for tests: accounts whose sum never changes, and
 * entries that are only ever added.
 *
 * The client is a stage that keeps as many queries under way as its bank has
 * events.  ask() fills one in, or says that there is none now; answer() looks
 * at what has come of it.  Both run on the client's core.
 */
#ifndef LEDGER_TEST_H
#define LEDGER_TEST_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "sched/pipeline.h"
#include "stages/db/disk_test.h"
#include "stages/db/schema.h"
#include "stages/db/sqlite.h"
#include "stages/fs/fs.h"
#include "stages/nfs/nfs.h"
#include "stages/stages.h"
#include "tools/test.h"

#define ACCOUNTS	500
#define BALANCE		1000
#define LEDGER_PATH_MAX	256

enum ledger_op {
	LEDGER_BALANCE,		/* a: account -> result */
	LEDGER_SUM,		/* -> result, a: count */
	LEDGER_TWICE,		/* sum, then sum again -> result: difference */
	LEDGER_LONG,		/* a: steps -> result */
	LEDGER_TRANSFER,	/* a, b: accounts, c: amount */
	LEDGER_ADD,		/* a: number, b: bytes */
	LEDGER_OPS,
};

struct ledger_query {
	s64 a, b, c;
	s64 result;
	u64 begun_ns;
};

enum { BALANCE_OF, SUM_OF, RECURSE, TAKE_FROM, GIVE_TO, ADD_ENTRY };

static const char *const ledger_statements[] = {
	[BALANCE_OF] = "SELECT balance FROM account WHERE id = ?",
	[SUM_OF] = "SELECT sum(balance), count(*) FROM account",
	[RECURSE] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
		    "SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n",
	[TAKE_FROM] = "UPDATE account SET balance = balance - ?2 WHERE id = ?1",
	[GIVE_TO] = "UPDATE account SET balance = balance + ?2 WHERE id = ?1",
	[ADD_ENTRY] = "INSERT INTO entry(number, text) VALUES(?, zeroblob(?))",
	NULL,
};

static inline struct ledger_query *ledger_query(struct sl_event *event)
{
	return (struct ledger_query *)event->data;
}

/* One row of one column, or two. */
static int ledger_get(sqlite3_stmt *st, s64 *first, s64 *second)
{
	int code = sqlite3_step(st);

	if (code == SQLITE_DONE)
		return -ENOENT;
	if (code != SQLITE_ROW)
		return sl_db_error(code);
	*first = sqlite3_column_int64(st, 0);
	if (second)
		*second = sqlite3_column_int64(st, 1);
	return 0;
}

static int ledger_balance(struct sl_db *db, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);
	sqlite3_stmt *st = sl_db_statement(db, BALANCE_OF);

	sqlite3_bind_int64(st, 1, q->a);
	return ledger_get(st, &q->result, NULL);
}

static int ledger_sum(struct sl_db *db, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);

	return ledger_get(sl_db_statement(db, SUM_OF), &q->result, &q->a);
}

static int ledger_twice(struct sl_db *db, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);
	s64 first = 0, second = 0;
	sqlite3_stmt *st = sl_db_statement(db, BALANCE_OF);
	int err;

	sqlite3_bind_int64(st, 1, q->a);
	err = ledger_get(st, &first, NULL);
	if (!err)
		err = ledger_sum(db, event);
	st = sl_db_statement(db, BALANCE_OF);
	sqlite3_bind_int64(st, 1, q->b);
	if (!err)
		err = ledger_get(st, &second, NULL);
	q->result = second - first;
	return err;
}

static int ledger_long(struct sl_db *db, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);
	sqlite3_stmt *st = sl_db_statement(db, RECURSE);

	sqlite3_bind_int64(st, 1, q->a);
	return ledger_get(st, &q->result, NULL);
}

static int ledger_move(struct sl_db *db, u32 statement, s64 account, s64 amount)
{
	sqlite3_stmt *st = sl_db_statement(db, statement);

	sqlite3_bind_int64(st, 1, account);
	sqlite3_bind_int64(st, 2, amount);
	return sl_db_error(sqlite3_step(st));
}

/* Refuses an overdraft only after it has changed something. */
static int ledger_transfer(struct sl_db *db, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);
	sqlite3_stmt *st;
	int err;

	err = ledger_move(db, TAKE_FROM, q->a, q->c);
	if (err)
		return err;
	st = sl_db_statement(db, BALANCE_OF);
	sqlite3_bind_int64(st, 1, q->a);
	err = ledger_get(st, &q->result, NULL);
	if (err)
		return err;
	if (q->result < 0)
		return -EINVAL;
	return ledger_move(db, GIVE_TO, q->b, q->c);
}

static int ledger_add(struct sl_db *db, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);
	sqlite3_stmt *st = sl_db_statement(db, ADD_ENTRY);

	sqlite3_bind_int64(st, 1, q->a);
	sqlite3_bind_int64(st, 2, q->b);
	return sl_db_error(sqlite3_step(st));
}

static const struct sl_procedure ledger_procedures[LEDGER_OPS] = {
	[LEDGER_BALANCE] = { "balance", false, ledger_balance },
	[LEDGER_SUM] = { "sum", false, ledger_sum },
	[LEDGER_TWICE] = { "twice", false, ledger_twice },
	[LEDGER_LONG] = { "long", false, ledger_long },
	[LEDGER_TRANSFER] = { "transfer", true, ledger_transfer },
	[LEDGER_ADD] = { "add", true, ledger_add },
};

static const struct sl_schema ledger_schema = {
	.name = "ledger",
	.file = "ledger.db",
	.statements = ledger_statements,
	.procedures = ledger_procedures,
	.procedure_count = LEDGER_OPS,
};

/* A directory of its own with a fresh database, or without. */
static inline void ledger_make(char *directory, bool populate)
{
	static const char sql[] =
		"PRAGMA journal_mode=WAL; BEGIN;"
		"CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER,"
		" filler BLOB);"
		"CREATE TABLE entry(number INTEGER PRIMARY KEY, text BLOB);"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < 500) INSERT INTO account"
		" SELECT i, 1000, zeroblob(400) FROM n; COMMIT;";
	char path[LEDGER_PATH_MAX + 32];
	sqlite3 *db;

	snprintf(directory, LEDGER_PATH_MAX, "%s/sluice-ledger-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	CHECK(mkdtemp(directory));
	if (!populate)
		return;
	snprintf(path, sizeof(path), "%s/ledger.db", directory);
	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	CHECK_EQ(sqlite3_close(db), SQLITE_OK);
}

static inline void ledger_remove(const char *directory)
{
	static const char *const names[] = {
		"ledger.db", "ledger.db-wal", "ledger.db-shm",
		"ledger.db-journal",
	};
	char path[LEDGER_PATH_MAX + 32];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	CHECK(!rmdir(directory));
}

static inline bool ledger_has(const char *directory, const char *name)
{
	char path[LEDGER_PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return !access(path, F_OK);
}

/* One number, straight from the file, with SQLite's own file system. */
static inline s64 ledger_ask(const char *directory, const char *sql)
{
	sqlite3_stmt *st = NULL;
	char path[LEDGER_PATH_MAX + 32];
	sqlite3 *db;
	s64 result = -1;

	snprintf(path, sizeof(path), "%s/ledger.db", directory);
	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (CHECK_EQ(sqlite3_step(st), SQLITE_ROW))
		result = sqlite3_column_type(st, 0) == SQLITE_TEXT ?
			 strcmp((const char *)sqlite3_column_text(st, 0), "ok") :
			 sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return result;
}

/* Nothing broken, nothing lost, nothing made up. */
static inline void ledger_audit(const char *directory)
{
	CHECK_EQ(ledger_ask(directory, "PRAGMA integrity_check"), 0);
	CHECK_EQ(ledger_ask(directory, "SELECT sum(balance) FROM account"),
		 ACCOUNTS * BALANCE);
}

struct client_options {
	bool (*ask)(struct sl_stage *stage, struct sl_event *event);
	void (*answer)(struct sl_stage *stage, struct sl_event *event);
	void *arg;
};

static u32 client_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	const struct client_options *options = stage->options;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		options->answer(stage, batch->event[i]);
		sl_stage_free(stage, batch->event[i]);
	}
	return batch->count;
}

static u32 client_poll(struct sl_stage *stage)
{
	const struct client_options *options = stage->options;
	struct sl_event *event;
	u32 done = 0;

	while ((event = sl_stage_take(stage))) {
		memset(event->data, 0, sizeof(struct ledger_query));
		event->data_bytes = sizeof(struct ledger_query);
		if (!options->ask(stage, event)) {
			sl_stage_free(stage, event);
			break;
		}
		sl_stage_call(stage, 0, event);
		done++;
	}
	return done;
}

static bool client_drain(struct sl_stage *stage)
{
	sl_bank_collect(stage->bank);
	return stage->bank->free_count == stage->bank->event_count;
}

static const struct sl_stage_type client_stage = {
	.name = "client",
	.summary = "asks and looks at answers",
	.class = SL_STATELESS,
	.port = { { "queries", "query", true, false } },
	.options_bytes = sizeof(struct client_options),
	.events = 32,
	.event_bytes = sizeof(struct ledger_query),
	.run = client_run,
	.poll = client_poll,
	.drain = client_drain,
};

/* client - sqlite - disk, or nfs, fs and block in place of the last. */
struct ledger {
	struct client_options client;
	struct sl_sqlite_options sqlite;
	struct disk_options disk;
	struct sl_nfs_options nfs;
	struct sl_fs_options fs;
	struct sl_block_options block;
	struct sl_graph graph;
	struct sl_plan plan;
	struct sl_pipeline *pipeline;
	u32 replicas;
	char directory[LEDGER_PATH_MAX];
};

enum { LEDGER_CLIENT, LEDGER_SQLITE, LEDGER_DISK };

static inline void ledger_add_storage(struct ledger *l)
{
	int nfs, fs, block;

	l->nfs = (struct sl_nfs_options){ false, 1 << 20, 1 << 20 };
	l->fs = (struct sl_fs_options){
		.export = l->directory, .handles = 64,
		.attributes_ns = 100000000,
	};
	l->block = (struct sl_block_options){ .queue_depth = 64,
					      .io_uring = true };
	nfs = sl_graph_add(&l->graph, "nfs", &sl_nfs_stage, &l->nfs);
	fs = sl_graph_add(&l->graph, "fs", &sl_fs_stage, &l->fs);
	block = sl_graph_add(&l->graph, "block", &sl_block_stage, &l->block);
	CHECK_EQ(sl_graph_join(&l->graph, LEDGER_SQLITE, nfs), 0);
	CHECK_EQ(sl_graph_join(&l->graph, nfs, fs), 0);
	CHECK_EQ(sl_graph_join(&l->graph, fs, block), 0);
}

static inline void ledger_init(struct ledger *l, bool storage)
{
	memset(l, 0, sizeof(*l));
	ledger_make(l->directory, true);
	l->sqlite = (struct sl_sqlite_options){
		.schema = "ledger", .readers = 8, .cache_bytes = 64 << 10, .pool_bytes = 4 << 20,
		.group_max = 16, .checkpoint = 100,
		.busy_ns = 5000000000ull, .given = &ledger_schema,
	};
	l->disk.directory = l->directory;
	l->disk.verifier = 1;
	sl_graph_init(&l->graph, "ledger");
	l->graph.huge = false;
	sl_graph_add(&l->graph, "client", &client_stage, &l->client);
	sl_graph_add(&l->graph, "db", &sl_sqlite_stage, &l->sqlite);
	CHECK_EQ(sl_graph_join(&l->graph, LEDGER_CLIENT, LEDGER_SQLITE), 0);
	if (storage) {
		ledger_add_storage(l);
		return;
	}
	sl_graph_add(&l->graph, "disk", &disk_stage, &l->disk);
	CHECK_EQ(sl_graph_join(&l->graph, LEDGER_SQLITE, LEDGER_DISK), 0);
}

/*
 * A letter a stage says on which worker it is; the last one is that of all
 * further stages.  With replicas, all stages have as many, side by side.
 */
static inline bool ledger_open(struct ledger *l, const char *cut, u32 replicas)
{
	u32 cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u16 cpu[SL_CORES_MAX];
	u32 s, r;

	for (s = 0; s < cpus && s < SL_CORES_MAX; s++)
		cpu[s] = s;
	cpus = s;
	for (s = 0; s < l->graph.stage_count; s++) {
		struct sl_graph_stage *stage = &l->graph.stage[s];
		u32 letter = cut[1] ? *cut++ : *cut;

		stage->place_count = replicas;
		for (r = 0; r < replicas; r++) {
			u32 worker = letter - 'a' + r;

			stage->place[r].cpu = worker % cpus;
			stage->place[r].thread = worker / cpus;
		}
	}
	l->replicas = replicas;
	if (!CHECK_EQ(sl_plan_make(&l->plan, &l->graph, cpu, cpus), 0))
		return false;
	l->pipeline = sl_pipeline_open(&l->graph, &l->plan, NULL);
	return CHECK(!IS_ERR(l->pipeline));
}

static inline struct sl_stage *ledger_stage(struct ledger *l, u32 stage)
{
	return sl_pipeline_stage(l->pipeline, stage * l->replicas);
}

/* Runs it until the client has all its answers; true if that came about. */
static inline bool ledger_run(struct ledger *l, const u64 *left, bool threads)
{
	u64 until = ktime_get_ns() + 60000000000ull;
	struct timespec ms = { 0, 1000000 };
	struct sl_stage *client = ledger_stage(l, LEDGER_CLIENT);

	if (threads && !CHECK_EQ(sl_pipeline_start(l->pipeline), 0))
		return false;
	while (READ_ONCE(*left) && ktime_get_ns() < until) {
		if (threads)
			nanosleep(&ms, NULL);
		else
			sl_pipeline_turn(l->pipeline);
	}
	if (threads)
		CHECK_EQ(sl_pipeline_stop(l->pipeline, 10000000000ull), 0);
	else
		while (!client_drain(client) && ktime_get_ns() < until)
			sl_pipeline_turn(l->pipeline);
	return CHECK_EQ(*left, 0);
}

/* As sl_pipeline_stop() does it, but turn by turn. */
static inline bool ledger_drain(struct ledger *l)
{
	struct sl_stage *db = ledger_stage(l, LEDGER_SQLITE);
	u32 i;

	for (i = 0; i < 100000; i++) {
		sl_pipeline_turn(l->pipeline);
		if (db->type->drain(db))
			return true;
	}
	return false;
}

static inline void ledger_close(struct ledger *l)
{
	if (!IS_ERR_OR_NULL(l->pipeline))
		sl_pipeline_close(l->pipeline);
	ledger_audit(l->directory);
	ledger_remove(l->directory);
}

#endif /* LEDGER_TEST_H */
