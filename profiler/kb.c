// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <linux/kernel.h>

#include "profiler/kb_own.h"

#define PLANS_KEPT	100	/* of each pipeline */
#define AGE_MAX		"-1 day"	/* of distances that are read back */
#define WEIGHT_NS_MAX	1e9
#define TRIP_NS_MAX	1e8

/**
 * sl_kb_begin() - begin to write facts
 * @kb: the knowledge base, open for writing
 *
 * Return: 0, or -EIO if somebody else does not stop writing.
 */
int sl_kb_begin(struct sl_kb *kb)
{
	return sl_kb_execute(kb, "BEGIN IMMEDIATE") ? -EIO : 0;
}

/**
 * sl_kb_end() - keep what was written
 * @kb: the knowledge base
 * @err: if not 0, nothing is kept
 *
 * Return: @err, or -EIO.
 */
int sl_kb_end(struct sl_kb *kb, int err)
{
	if (sl_kb_execute(kb, err ? "ROLLBACK" : "COMMIT") && !err) {
		sl_kb_execute(kb, "ROLLBACK");
		err = -EIO;
	}
	return err;
}

/**
 * sl_kb_why() - what went wrong first
 * @kb: the knowledge base
 *
 * Return: that, for people; "" if nothing did.
 */
const char *sl_kb_why(const struct sl_kb *kb)
{
	return kb->why;
}

/*
 * Prepares a statement with its values: each kind is t, a text; i, an int, of
 * which -1 is not known; l, a long long; r, a double.
 */
static sqlite3_stmt *vprepare(struct sl_kb *kb, const char *sql,
			      const char *kinds, va_list values)
{
	sqlite3_stmt *s;
	int i, number;

	if (sl_kb_note(kb, sqlite3_prepare_v2(kb->db, sql, -1, &s, NULL),
		       SQLITE_OK))
		return NULL;
	for (i = 0; kinds[i]; i++) {
		switch (kinds[i]) {
		case 't':
			sqlite3_bind_text(s, i + 1, va_arg(values, const char *),
					  -1, SQLITE_TRANSIENT);
			break;
		case 'i':
			number = va_arg(values, int);
			if (number != -1)
				sqlite3_bind_int(s, i + 1, number);
			break;
		case 'l':
			sqlite3_bind_int64(s, i + 1, va_arg(values, long long));
			break;
		default:
			sqlite3_bind_double(s, i + 1, va_arg(values, double));
		}
	}
	return s;
}

static sqlite3_stmt *prepare(struct sl_kb *kb, const char *sql,
			     const char *kinds, ...)
{
	sqlite3_stmt *s;
	va_list values;

	va_start(values, kinds);
	s = vprepare(kb, sql, kinds, values);
	va_end(values);
	return s;
}

static int put(struct sl_kb *kb, const char *sql, const char *kinds, ...)
{
	sqlite3_stmt *s;
	va_list values;
	int status;

	va_start(values, kinds);
	s = vprepare(kb, sql, kinds, values);
	va_end(values);
	if (!s)
		return -EIO;
	status = sl_kb_note(kb, sqlite3_step(s), SQLITE_DONE);
	sqlite3_finalize(s);
	return status == SQLITE_DONE ? 0 : -EIO;
}

/**
 * sl_kb_cpu() - write down what is known of a CPU
 * @kb: the knowledge base
 * @cpu: the CPU
 *
 * Return: 0 or -EIO.
 */
int sl_kb_cpu(struct sl_kb *kb, const struct sl_kb_cpu *cpu)
{
	return put(kb,
		   "REPLACE INTO cpu (cpu, core, package, node, kind, speed,"
		   " model, measured) VALUES (?, ?, ?, ?, ?, ?, ?,"
		   " datetime('now'))",
		   "iiiiiit", cpu->cpu, cpu->core, cpu->package, cpu->node,
		   cpu->kind, cpu->speed ? (int)cpu->speed : -1, kb->model);
}

/**
 * sl_kb_distance() - write down how far one CPU is from another
 * @kb: the knowledge base
 * @from: a CPU
 * @to: another one
 * @trip_ns: round trip of a cache line between them
 * @joint: what they have in common
 *
 * Return: 0 or -EIO.
 */
int sl_kb_distance(struct sl_kb *kb, u32 from, u32 to, u32 trip_ns,
		   const char *joint)
{
	return put(kb,
		   "REPLACE INTO distance (from_cpu, to_cpu, trip_ns, joint,"
		   " boot, model, measured) VALUES (?, ?, ?, ?, ?, ?,"
		   " datetime('now'))",
		   "iiittt", from, to, trip_ns, joint, kb->boot, kb->model);
}

/**
 * sl_kb_distances() - distances that were measured since this machine booted
 * @kb: the knowledge base
 * @found: called for each, not older than a day
 * @arg: its first argument
 *
 * Return: 0 or -EIO.
 */
int sl_kb_distances(struct sl_kb *kb,
		    void (*found)(void *arg, u32 from, u32 to, u32 trip_ns),
		    void *arg)
{
	sqlite3_stmt *s;
	int status;

	if (!*kb->boot)
		return 0;
	s = prepare(kb,
		    "SELECT from_cpu, to_cpu, trip_ns FROM distance WHERE"
		    " boot = ? AND model = ? AND measured <= datetime('now')"
		    " AND measured > datetime('now', '" AGE_MAX "')",
		    "tt", kb->boot, kb->model);
	if (!s)
		return -EIO;
	while ((status = sqlite3_step(s)) == SQLITE_ROW) {
		double from = sqlite3_column_double(s, 0);
		double to = sqlite3_column_double(s, 1);
		double trip_ns = sqlite3_column_double(s, 2);

		/* A person may have written there, too. */
		if (from >= 0 && from <= UINT16_MAX && to >= 0 &&
		    to <= UINT16_MAX && trip_ns >= 1 && trip_ns <= TRIP_NS_MAX)
			found(arg, from, to, trip_ns);
	}
	sl_kb_note(kb, status, SQLITE_DONE);
	sqlite3_finalize(s);
	return status == SQLITE_DONE ? 0 : -EIO;
}

/**
 * sl_kb_weight() - what a stage took of the time when its pipeline ran last
 * @kb: the knowledge base
 * @pipeline: its name
 * @stage: the stage's
 * @type: its type; if that was another one, nothing is known
 *
 * Return: nanoseconds, of all replicas, for each event that entered the
 * pipeline, at least 1; 0 if it is not known for processors of this model.
 */
u32 sl_kb_weight(struct sl_kb *kb, const char *pipeline, const char *stage,
		 const char *type)
{
	sqlite3_stmt *s = prepare(kb,
				  "SELECT sum(weight_ns) FROM stage WHERE"
				  " pipeline = ? AND stage = ? AND type = ?"
				  " AND model = ?",
				  "tttt", pipeline, stage, type, kb->model);
	double weight_ns = 0;

	if (!s)
		return 0;
	if (sl_kb_note(kb, sqlite3_step(s), SQLITE_ROW) == SQLITE_ROW)
		weight_ns = sqlite3_column_double(s, 0);
	sqlite3_finalize(s);
	if (!(weight_ns > 0))
		return 0;
	return fmax(1, fmin(round(weight_ns), WEIGHT_NS_MAX));
}

/* Events of the stages that nobody calls. */
static u64 count_entered(const struct sl_report *report)
{
	bool called[SL_INSTANCES_MAX] = { false };
	u64 entered = 0;
	u32 i;

	for (i = 0; i < report->link_count; i++)
		if (report->link[i].right)
			called[report->link[i].to] = true;
	for (i = 0; i < report->link_count; i++)
		if (report->link[i].right && !called[report->link[i].from])
			entered += report->link[i].events;
	return entered;
}

/* Is no earlier row one of the same stage that did something? */
static bool is_first(const struct sl_report *report, u32 row)
{
	u32 i;

	for (i = 0; i < row; i++)
		if (report->stage[i].events &&
		    !strcmp(report->stage[i].name, report->stage[row].name))
			return false;
	return true;
}

/* A stage that did nothing has no cost that one could know. */
static int put_stage(struct sl_kb *kb, const char *pipeline,
		     const struct sl_report *report, u32 i, u64 entered)
{
	const struct sl_report_stage *row = &report->stage[i];
	double weight_ns = entered ? row->events * row->service_ns / entered
				   : NAN; /* which SQLite takes for NULL */

	if (!row->events)
		return 0;
	/* It may have had more replicas. */
	if (is_first(report, i) &&
	    put(kb, "DELETE FROM stage WHERE pipeline = ? AND stage = ?", "tt",
		pipeline, row->name))
		return -EIO;
	return put(kb,
		   "REPLACE INTO stage (pipeline, stage, replica, type, cpu,"
		   " events, service_ns, batch, busy, blocked, queue, weight_ns,"
		   " model, measured) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
		   " ?, ?, datetime('now'))",
		   "ttitilrrrrrrt", pipeline, row->name, row->replica,
		   row->type, row->cpu, (long long)row->events, row->service_ns,
		   row->batch, row->busy, row->blocked, row->queue_mean,
		   weight_ns, kb->model);
}

static int put_edge(struct sl_kb *kb, const char *pipeline,
		    const struct sl_report *report,
		    const struct sl_report_link *row)
{
	const struct sl_report_stage *from = &report->stage[row->from];
	const struct sl_report_stage *to = &report->stage[row->to];

	if (!row->events)
		return 0;
	return put(kb,
		   "REPLACE INTO edge (pipeline, from_stage, from_replica,"
		   " to_stage, to_replica, requests, events, per_second, queue,"
		   " measured) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
		   " datetime('now'))",
		   "ttitiilrr", pipeline, from->name, from->replica, to->name,
		   to->replica, row->right, (long long)row->events, row->rate,
		   row->queue_mean);
}

/* When the pipeline began, as SQLite writes times. */
static void began(const struct sl_stats *stats, char *text, size_t bytes)
{
	time_t at = time(NULL) - (stats->now_ns - stats->start_ns) / 1000000000;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(text, bytes, "%Y-%m-%d %H:%M:%S", &tm);
}

static int put_plans(struct sl_kb *kb, const struct sl_stats *stats)
{
	u32 rows = stats->change_count;
	u64 i = stats->changes > rows ? stats->changes - rows : 0;
	char when[32];
	int err = 0;

	began(stats, when, sizeof(when));
	for (; !err && i < stats->changes; i++) {
		const struct sl_stats_change *change =
			sl_stats_change(stats, i % rows);

		err = put(kb,
			  "REPLACE INTO plan (pipeline, began, at_s, kind, why,"
			  " plan, pause_us) VALUES (?, ?, ?, ?, ?, ?, ?)",
			  "ttrtttr", stats->name, when,
			  (change->at_ns - stats->start_ns) / 1e9,
			  sl_report_change(change->kind), change->why,
			  change->plan, change->pause_ns / 1e3);
	}
	if (err)
		return err;
	return put(kb,
		   "DELETE FROM plan WHERE pipeline = ?1 AND rowid NOT IN"
		   " (SELECT rowid FROM plan WHERE pipeline = ?1 ORDER BY"
		   " began DESC, at_s DESC LIMIT ?2)",
		   "ti", stats->name, PLANS_KEPT);
}

/**
 * sl_kb_report() - write down what a pipeline has shown
 * @kb: the knowledge base
 * @report: what happened in a while
 * @stats: the later snapshot
 *
 * Return: 0 or -EIO.
 */
int sl_kb_report(struct sl_kb *kb, const struct sl_report *report,
		 const struct sl_stats *stats)
{
	u64 entered = count_entered(report);
	int err = 0;
	u32 i;

	for (i = 0; !err && i < report->stage_count; i++)
		err = put_stage(kb, stats->name, report, i, entered);
	for (i = 0; !err && i < report->link_count; i++)
		err = put_edge(kb, stats->name, report, &report->link[i]);
	return err ?: put_plans(kb, stats);
}
