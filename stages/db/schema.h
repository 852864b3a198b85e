/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Schemas: what an application adds to the sqlite stage.
 *
 * A schema is a list of SQL statements and a list of procedures in C over
 * them.  Each connection of the stage prepares every statement once.  A
 * procedure runs on a fibre: a statement that has to wait for a page lets
 * other procedures go on, so it may be written as if it were alone.  It must
 * not block in any other way, and keeps nothing but what is in the event.
 *
 * Procedures that only read run in parallel, each in a snapshot of its own.
 * Procedures that write run one after another on the one writing connection,
 * inside a savepoint of a transaction that is committed for several of them
 * at once: if one returns an error, its changes alone are undone.
 */
#ifndef SL_SCHEMA_H
#define SL_SCHEMA_H

#include <linux/types.h>

#include "stages/event.h"

struct sqlite3_stmt;
struct sl_db;		/* a connection */

struct sl_procedure {
	const char *name;
	bool writes;
	/* Answers the query in place: data, data_bytes. Returns its status. */
	int (*run)(struct sl_db *db, struct sl_event *query);
};

struct sl_schema {
	const char *name;		/* as in the pipeline file: schema: shop */
	const char *file;		/* default file name within the export */
	const char *const *statements;	/* NULL-terminated SQL */
	const struct sl_procedure *procedures;
	u32 procedure_count;
};

/**
 * sl_db_statement() - a prepared statement of the schema
 * @db: connection that the procedure runs on
 * @index: its place in schema->statements
 *
 * Reset and with no bindings; it is reset again when the procedure returns.
 */
struct sqlite3_stmt *sl_db_statement(struct sl_db *db, u32 index);

/**
 * sl_db_error() - an SQLite result as a negative errno
 * @code: SQLITE_FULL becomes -ENOSPC, SQLITE_BUSY -EBUSY, and so on;
 *        SQLITE_OK, SQLITE_ROW and SQLITE_DONE become 0
 */
int sl_db_error(int code);

/* Schemas by name; NULL if there is none of that name: schemas.c. */
const struct sl_schema *sl_schema_find(const char *name);

#endif /* SL_SCHEMA_H */
