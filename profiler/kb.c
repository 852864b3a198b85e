// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>

#include "profiler/kb.h"

#define BUSY_MS	   1000 /* others write facts, too */
#define PLANS_KEPT	100	/* of each pipeline */

struct sl_kb {
	sqlite3 *db;
};

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS cpu ("
	" cpu INTEGER PRIMARY KEY, node INTEGER,"
	" speed INTEGER," /* per mille of the fastest */
	" measured TEXT);"
	"CREATE TABLE IF NOT EXISTS distance ("
	" from_cpu INTEGER, to_cpu INTEGER,"
	" trip_ns INTEGER," /* round trip of a cache line */
	" measured TEXT, PRIMARY KEY (from_cpu, to_cpu));"
	"CREATE TABLE IF NOT EXISTS stage ("
	" pipeline TEXT, stage TEXT, replica INTEGER, type TEXT, cpu INTEGER,"
	" events INTEGER, service_ns REAL, batch REAL, busy REAL, blocked REAL,"
	" queue REAL, measured TEXT, PRIMARY KEY (pipeline, stage, replica));"
	"CREATE TABLE IF NOT EXISTS edge ("
	" pipeline TEXT, from_stage TEXT, from_replica INTEGER,"
	" to_stage TEXT, to_replica INTEGER, requests INTEGER,"
	" events INTEGER, per_second REAL, queue REAL, measured TEXT,"
	" PRIMARY KEY (pipeline, from_stage, from_replica, to_stage, to_replica,"
	" requests));"
	"CREATE TABLE IF NOT EXISTS plan ("
	" pipeline TEXT, began TEXT, at_s REAL, kind TEXT, why TEXT, plan TEXT,"
	" pause_us REAL, PRIMARY KEY (pipeline, began, at_s));";

/* Each directory of a path, as mkdir -p would. */
static void make_directories(const char *path)
{
	char part[300];
	char *at;

	snprintf(part, sizeof(part), "%s", path);
	for (at = strchr(part + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		mkdir(part, 0755);
		*at = '/';
	}
}

/**
 * sl_kb_path() - where facts are kept
 * @path: where to put the name of the file
 * @bytes: room there
 *
 * $SLUICE_KB if that is set; else among the system's state if root asks, and
 * among the user's else.
 *
 * Return: 0, or -ENOENT if there is no such place.
 */
int sl_kb_path(char *path, size_t bytes)
{
	const char *own = getenv("SLUICE_KB");
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int length;

	if (own)
		length = snprintf(path, bytes, "%s", own);
	else if (!geteuid())
		length = snprintf(path, bytes, "/var/lib/sluice/kb.sqlite");
	else if (state && *state)
		length = snprintf(path, bytes, "%s/sluice/kb.sqlite", state);
	else if (home && *home)
		length = snprintf(path, bytes,
				  "%s/.local/state/sluice/kb.sqlite", home);
	else
		return -ENOENT;
	return length > 0 && (size_t)length < bytes && *path ? 0 : -ENOENT;
}

/**
 * sl_kb_open() - open the knowledge base
 * @path: of sl_kb_path()
 * @write: make it if it is not there, and write facts
 * @why: set to what is wrong if it cannot be opened
 *
 * Return: the knowledge base, or NULL.
 */
struct sl_kb *sl_kb_open(const char *path, bool write, const char **why)
{
	struct sl_kb *kb = calloc(1, sizeof(*kb));
	int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
			  : SQLITE_OPEN_READONLY;
	int status;

	*why = "no memory";
	if (!kb)
		return NULL;
	if (write)
		make_directories(path);
	status = sqlite3_open_v2(path, &kb->db, flags, NULL);
	if (!status) {
		sqlite3_busy_timeout(kb->db, BUSY_MS);
		/* Asked for early: a file that is no database is found here. */
		status = write ? sqlite3_exec(kb->db, schema, NULL, NULL, NULL)
			       : sqlite3_exec(kb->db, "SELECT count(*) FROM"
						      " sqlite_master",
					      NULL, NULL,
					      NULL);
	}
	if (!status)
		return kb;
	*why = sqlite3_errstr(status);
	sl_kb_close(kb);
	return NULL;
}

void sl_kb_close(struct sl_kb *kb)
{
	sqlite3_close(kb->db);
	free(kb);
}

static int prepare(struct sl_kb *kb, const char *sql, sqlite3_stmt **statement)
{
	return sqlite3_prepare_v2(kb->db, sql, -1, statement, NULL) ? -EIO : 0;
}

/* Runs a statement whose values are bound, and ends it. */
static int finish(sqlite3_stmt *statement)
{
	int status = sqlite3_step(statement);

	sqlite3_finalize(statement);
	return status == SQLITE_DONE ? 0 : -EIO;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

/**
 * sl_kb_cpu() - what is known of a CPU
 * @kb: the knowledge base
 * @cpu: its number
 * @node: of its memory
 * @speed: per mille of the fastest one's
 *
 * Return: 0 or -EIO.
 */
int sl_kb_cpu(struct sl_kb *kb, u32 cpu, u32 node, u32 speed)
{
	sqlite3_stmt *s;

	if (prepare(kb, "REPLACE INTO cpu VALUES (?, ?, ?,"
			" datetime('now'))",
		    &s))
		return -EIO;
	sqlite3_bind_int64(s, 1, cpu);
	sqlite3_bind_int64(s, 2, node);
	sqlite3_bind_int64(s, 3, speed);
	return finish(s);
}

/**
 * sl_kb_distance() - how far one CPU is from another
 * @kb: the knowledge base
 * @from: a CPU
 * @to: another one
 * @trip_ns: round trip of a cache line between them
 *
 * Return: 0 or -EIO.
 */
int sl_kb_distance(struct sl_kb *kb, u32 from, u32 to, u32 trip_ns)
{
	sqlite3_stmt *s;

	if (prepare(kb, "REPLACE INTO distance VALUES (?, ?, ?,"
			" datetime('now'))",
		    &s))
		return -EIO;
	sqlite3_bind_int64(s, 1, from);
	sqlite3_bind_int64(s, 2, to);
	sqlite3_bind_int64(s, 3, trip_ns);
	return finish(s);
}

static int put_stage(struct sl_kb *kb, const char *pipeline,
		     const struct sl_report_stage *row)
{
	sqlite3_stmt *s;

	if (prepare(kb, "REPLACE INTO stage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
			" ?, ?, datetime('now'))",
		    &s))
		return -EIO;
	bind_text(s, 1, pipeline);
	bind_text(s, 2, row->name);
	sqlite3_bind_int64(s, 3, row->replica);
	bind_text(s, 4, row->type);
	sqlite3_bind_int64(s, 5, row->cpu);
	sqlite3_bind_int64(s, 6, row->events);
	sqlite3_bind_double(s, 7, row->service_ns);
	sqlite3_bind_double(s, 8, row->batch);
	sqlite3_bind_double(s, 9, row->busy);
	sqlite3_bind_double(s, 10, row->blocked);
	sqlite3_bind_double(s, 11, row->queue_mean);
	return finish(s);
}

static int put_edge(struct sl_kb *kb, const char *pipeline,
		    const struct sl_report *report,
		    const struct sl_report_link *row)
{
	sqlite3_stmt *s;

	if (prepare(kb, "REPLACE INTO edge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
			" datetime('now'))",
		    &s))
		return -EIO;
	bind_text(s, 1, pipeline);
	bind_text(s, 2, report->stage[row->from].name);
	sqlite3_bind_int64(s, 3, report->stage[row->from].replica);
	bind_text(s, 4, report->stage[row->to].name);
	sqlite3_bind_int64(s, 5, report->stage[row->to].replica);
	sqlite3_bind_int64(s, 6, row->right);
	sqlite3_bind_int64(s, 7, row->events);
	sqlite3_bind_double(s, 8, row->rate);
	sqlite3_bind_double(s, 9, row->queue_mean);
	return finish(s);
}

/* When the pipeline began, as SQLite writes times. */
static void began(const struct sl_stats *stats, char *text, size_t bytes)
{
	time_t at = time(NULL) - (stats->now_ns - stats->start_ns) / 1000000000;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(text, bytes, "%Y-%m-%d %H:%M:%S", &tm);
}

static int put_plan(struct sl_kb *kb, const struct sl_stats *stats,
		    const char *when, const struct sl_stats_change *change)
{
	sqlite3_stmt *s;

	if (prepare(kb, "REPLACE INTO plan VALUES (?, ?, ?, ?, ?, ?, ?)", &s))
		return -EIO;
	bind_text(s, 1, stats->name);
	bind_text(s, 2, when);
	sqlite3_bind_double(s, 3, (change->at_ns - stats->start_ns) / 1e9);
	bind_text(s, 4, sl_report_change(change->kind));
	bind_text(s, 5, change->why);
	bind_text(s, 6, change->plan);
	sqlite3_bind_double(s, 7, change->pause_ns / 1e3);
	return finish(s);
}

static int put_plans(struct sl_kb *kb, const struct sl_stats *stats)
{
	u64 first = stats->changes > stats->change_count ? stats->changes - stats->change_count : 0;
	char when[32];
	sqlite3_stmt *s;
	u64 i;
	int err = 0;

	began(stats, when, sizeof(when));
	for (i = first; !err && i < stats->changes; i++)
		err = put_plan(kb, stats, when, sl_stats_change(stats, i % stats->change_count));
	if (err || prepare(kb, "DELETE FROM plan WHERE pipeline = ?1 AND rowid"
			       " NOT IN (SELECT rowid FROM plan WHERE pipeline ="
			       " ?1 ORDER BY began DESC, at_s DESC LIMIT ?2)",
			   &s))
		return -EIO;
	bind_text(s, 1, stats->name);
	sqlite3_bind_int64(s, 2, PLANS_KEPT);
	return finish(s);
}

/**
 * sl_kb_report() - write down what a pipeline has shown
 * @kb: the knowledge base
 * @report: what happened in a while
 * @stats: the later snapshot
 *
 * Return: 0, or -EIO with nothing written.
 */
int sl_kb_report(struct sl_kb *kb, const struct sl_report *report,
		 const struct sl_stats *stats)
{
	int err = sqlite3_exec(kb->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	u32 i;

	if (err)
		return -EIO;
	/* A stage that did nothing has no cost that one could know. */
	for (i = 0; !err && i < report->stage_count; i++)
		if (report->stage[i].events)
			err = put_stage(kb, stats->name, &report->stage[i]);
	for (i = 0; !err && i < report->link_count; i++)
		if (report->link[i].events)
			err = put_edge(kb, stats->name, report,
				       &report->link[i]);
	if (!err)
		err = put_plans(kb, stats);
	if (sqlite3_exec(kb->db, err ? "ROLLBACK" : "COMMIT", NULL, NULL, NULL))
		err = -EIO;
	return err;
}

/* A value of a row, as JSON. */
static void json_value(sqlite3_stmt *s, int column, FILE *out)
{
	switch (sqlite3_column_type(s, column)) {
	case SQLITE_NULL:
		fputs("null", out);
		break;
	case SQLITE_INTEGER:
		fprintf(out, "%lld", sqlite3_column_int64(s, column));
		break;
	case SQLITE_FLOAT:
		fprintf(out, "%.17g", sqlite3_column_double(s, column));
		break;
	default:
		sl_report_string((const char *)sqlite3_column_text(s, column),
				 out);
	}
}

static void json_row(sqlite3_stmt *s, bool first, FILE *out)
{
	int i;

	fputs(first ? "[{" : ",\n {", out);
	for (i = 0; i < sqlite3_column_count(s); i++) {
		if (i)
			fputc(',', out);
		sl_report_string(sqlite3_column_name(s, i), out);
		fputc(':', out);
		json_value(s, i, out);
	}
	fputc('}', out);
}

static void text_row(sqlite3_stmt *s, bool first, FILE *out)
{
	int i;

	for (i = 0; first && i < sqlite3_column_count(s); i++)
		fprintf(out, "%s%s", i ? "\t" : "", sqlite3_column_name(s, i));
	if (first)
		fputc('\n', out);
	for (i = 0; i < sqlite3_column_count(s); i++) {
		const char *text = (const char *)sqlite3_column_text(s, i);

		fprintf(out, "%s%s", i ? "\t" : "", text ? text : "");
	}
	fputc('\n', out);
}

/**
 * sl_kb_ask() - a question, answered
 * @kb: the knowledge base, open for reading
 * @query: one SELECT
 * @json: an array of objects instead of lines with tabs
 * @out: where to write the answer
 * @why: set to what is wrong with the question
 *
 * Return: 0, or -EINVAL.
 */
int sl_kb_ask(struct sl_kb *kb, const char *query, bool json, FILE *out,
	      const char **why)
{
	sqlite3_stmt *s = NULL;
	const char *rest = "";
	int status = sqlite3_prepare_v2(kb->db, query, -1, &s, &rest);
	bool first = true;

	*why = "that is no question; give one SELECT";
	if (status)
		*why = sqlite3_errmsg(kb->db);
	if (status || !s)
		return -EINVAL;
	if (!sqlite3_stmt_readonly(s) || rest[strspn(rest, " \t\n;")]) {
		sqlite3_finalize(s);
		return -EINVAL;
	}
	while ((status = sqlite3_step(s)) == SQLITE_ROW) {
		(json ? json_row : text_row)(s, first, out);
		first = false;
	}
	if (json)
		fputs(first ? "[]\n" : "]\n", out);
	*why = sqlite3_errmsg(kb->db);
	sqlite3_finalize(s);
	return status == SQLITE_DONE ? 0 : -EINVAL;
}
