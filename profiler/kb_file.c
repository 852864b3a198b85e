// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/kb_own.h"

#define BUSY_MS		1000	/* others write facts, too */
#define READ_BUSY_MS	100	/* a pipeline starts without rather than late */

/* In the file; those without one are of before there were versions. */
#define VERSION		2

static const char schema[] =
	"CREATE TABLE cpu ("
	" cpu INTEGER PRIMARY KEY, node INTEGER,"
	" speed INTEGER," /* per mille of the fastest */
	" measured TEXT, core INTEGER, package INTEGER, kind INTEGER,"
	" model TEXT);"
	"CREATE TABLE distance ("
	" from_cpu INTEGER, to_cpu INTEGER,"
	" trip_ns INTEGER," /* round trip of a cache line */
	" measured TEXT, joint TEXT, boot TEXT, model TEXT,"
	" PRIMARY KEY (from_cpu, to_cpu));"
	"CREATE TABLE stage ("
	" pipeline TEXT, stage TEXT, replica INTEGER, type TEXT, cpu INTEGER,"
	" events INTEGER, service_ns REAL, batch REAL, busy REAL, blocked REAL,"
	" queue REAL, measured TEXT,"
	" weight_ns REAL," /* of each event that enters the pipeline */
	" model TEXT, PRIMARY KEY (pipeline, stage, replica));"
	"CREATE TABLE edge ("
	" pipeline TEXT, from_stage TEXT, from_replica INTEGER,"
	" to_stage TEXT, to_replica INTEGER, requests INTEGER,"
	" events INTEGER, per_second REAL, queue REAL, measured TEXT,"
	" PRIMARY KEY (pipeline, from_stage, from_replica, to_stage, to_replica,"
	" requests));"
	"CREATE TABLE plan ("
	" pipeline TEXT, began TEXT, at_s REAL, kind TEXT, why TEXT, plan TEXT,"
	" pause_us REAL, PRIMARY KEY (pipeline, began, at_s));";

/* What files without a version lack.  Their facts stay. */
static const char upgrade[] =
	"ALTER TABLE cpu ADD COLUMN core INTEGER;"
	"ALTER TABLE cpu ADD COLUMN package INTEGER;"
	"ALTER TABLE cpu ADD COLUMN kind INTEGER;"
	"ALTER TABLE cpu ADD COLUMN model TEXT;"
	"ALTER TABLE distance ADD COLUMN joint TEXT;"
	"ALTER TABLE distance ADD COLUMN boot TEXT;"
	"ALTER TABLE distance ADD COLUMN model TEXT;"
	"ALTER TABLE stage ADD COLUMN weight_ns REAL;"
	"ALTER TABLE stage ADD COLUMN model TEXT;";

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

/* A number that a query yields; the status says whether there is one. */
static int ask_number(struct sl_kb *kb, const char *sql, int *number)
{
	sqlite3_stmt *s;
	int status = sqlite3_prepare_v2(kb->db, sql, -1, &s, NULL);

	if (status)
		return status;
	status = sqlite3_step(s);
	if (status == SQLITE_ROW)
		*number = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return status == SQLITE_ROW ? SQLITE_OK : status;
}

/* Makes the tables, or what they lack; others may be about to do the same. */
static int make_tables(struct sl_kb *kb, const char **why)
{
	int version = 0, tables = 0;
	int status = sl_kb_execute(kb, "BEGIN IMMEDIATE");
	char set[40];

	snprintf(set, sizeof(set), "PRAGMA user_version = %d", VERSION);
	if (!status)
		status = ask_number(kb, "PRAGMA user_version", &version);
	if (!status)
		status = ask_number(kb, "SELECT count(*) FROM sqlite_master",
				    &tables);
	if (!status && version < VERSION) {
		status = sl_kb_execute(kb, tables ? upgrade : schema);
		if (status == SQLITE_ERROR)
			*why = "this is a database of something else";
	}
	if (!status)
		status = sl_kb_execute(kb, set);
	if (!status)
		status = sl_kb_execute(kb, "COMMIT");
	/* Closing it takes back what was begun. */
	return status;
}

/* Is it what the mode needs?  Anything that is no database is found here. */
static int check(struct sl_kb *kb, enum sl_kb_mode mode, const char **why)
{
	int version;
	int status = ask_number(kb, "PRAGMA user_version", &version);

	if (status || mode == SL_KB_ASK || version == VERSION)
		return status;
	if (version > VERSION)
		*why = "a later version of sluice made it";
	else if (mode == SL_KB_WRITE)
		return make_tables(kb, why);
	else
		*why = NULL;
	return SQLITE_ERROR;
}

/* Opening a pipe might take for ever. */
static bool can_open(const char *path, enum sl_kb_mode mode, const char **why)
{
	struct stat file;

	*why = NULL;
	if (stat(path, &file))
		return mode != SL_KB_READ || errno != ENOENT;
	if (!S_ISREG(file.st_mode))
		*why = "this is no regular file";
	return !*why;
}

/**
 * sl_kb_open() - open the knowledge base
 * @path: of sl_kb_path()
 * @mode: what for
 * @why: set to what is wrong if it cannot be opened; to NULL if nothing is
 *	wrong and there is nothing in it to be read
 *
 * Return: the knowledge base, or NULL.
 */
struct sl_kb *sl_kb_open(const char *path, enum sl_kb_mode mode,
			 const char **why)
{
	bool write = mode == SL_KB_WRITE;
	int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
			  : SQLITE_OPEN_READONLY;
	const char *own = "";
	struct sl_kb *kb;
	int status;

	if (!can_open(path, mode, why))
		return NULL;
	kb = calloc(1, sizeof(*kb));
	*why = "no memory";
	if (!kb)
		return NULL;
	if (write)
		make_directories(path);
	status = sqlite3_open_v2(path, &kb->db, flags, NULL);
	if (!status) {
		sqlite3_busy_timeout(kb->db, mode == SL_KB_READ ? READ_BUSY_MS
								: BUSY_MS);
		status = check(kb, mode, &own);
	}
	*why = NULL;
	if (!status)
		return kb;
	*why = own && !*own ? sqlite3_errstr(status) : own;
	sl_kb_close(kb);
	return NULL;
}

/**
 * sl_kb_of() - say what machine facts are of
 * @kb: the knowledge base
 * @boot: what tells its boots apart; "": nothing does
 * @model: of its processor; "": not known
 *
 * Only facts of the same machine are read back: costs of one with the same
 * processor, distances of the same boot of it.
 */
void sl_kb_of(struct sl_kb *kb, const char *boot, const char *model)
{
	snprintf(kb->boot, sizeof(kb->boot), "%s", boot);
	snprintf(kb->model, sizeof(kb->model), "%s", model);
}

void sl_kb_close(struct sl_kb *kb)
{
	sqlite3_close(kb->db);
	free(kb);
}
