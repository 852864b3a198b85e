/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A small bookstore in memory, for the tests of its procedures.
 *
 * It stands in for the sqlite stage: statements are prepared once, and a
 * procedure that writes runs in a savepoint that is undone if it fails.
 * The shop has 200 items by 50 authors, 20 customers (customer 20 never
 * bought anything) and 38 orders.
 */
#ifndef SL_SHOP_SQL_TEST_H
#define SL_SHOP_SQL_TEST_H

#include <errno.h>
#include <sqlite3.h>

#include "stages/web/shop.h"
#include "stages/web/shop_schema.h"
#include "stages/db/schema.h"
#include "tools/test.h"

#define STATEMENTS_MAX	64
#define TITLE_8		"TITLE 8 <b>&\"quoted\"</b>"

struct sl_db {
	sqlite3 *sqlite;
	sqlite3_stmt *stmt[STATEMENTS_MAX];
	u32 stmts;
};

extern const struct sl_schema sl_shop_schema;

static struct sl_db db;
static u8 query_room[sizeof(struct sl_event) + 65536]
	____cacheline_aligned;
static struct sl_event *const query = (struct sl_event *)query_room;

struct sqlite3_stmt *sl_db_statement(struct sl_db *of, u32 index)
{
	sqlite3_reset(of->stmt[index]);
	sqlite3_clear_bindings(of->stmt[index]);
	return of->stmt[index];
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
	default:
		return -EIO;
	}
}

static inline void sql(const char *text)
{
	char *error = NULL;

	if (!CHECK(!sqlite3_exec(db.sqlite, text, NULL, NULL, &error)))
		fprintf(stderr, "%s: %s\n", text, error);
	sqlite3_free(error);
}

static inline s64 number(const char *text)
{
	sqlite3_stmt *stmt;
	s64 value = -1;

	if (CHECK(!sqlite3_prepare_v2(db.sqlite, text, -1, &stmt, NULL)) &&
	    CHECK(sqlite3_step(stmt) == SQLITE_ROW))
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

/* As the sqlite stage does: in a savepoint, undone if it fails. */
static inline int run_procedure(u32 procedure, struct sl_event *event)
{
	const struct sl_procedure *p = &sl_shop_schema.procedures[procedure];
	u32 i;
	int err;

	if (p->writes)
		sql("SAVEPOINT one");
	err = p->run(&db, event);
	for (i = 0; i < db.stmts; i++)
		sqlite3_reset(db.stmt[i]);
	if (p->writes && err)
		sql("ROLLBACK TO one");
	if (p->writes)
		sql("RELEASE one");
	return err;
}

static inline int call(u32 procedure, const void *in, u32 bytes)
{
	query->data = query->buffer;
	query->data_max = sizeof(query_room) - sizeof(*query);
	query->data_bytes = bytes;
	memset(query->buffer, 0xa5, query->data_max);
	memcpy(query->data, in, bytes);
	return run_procedure(procedure, query);
}

#define CALL(procedure, in) call(procedure, &(in), sizeof(in))
#define REPLY(type) ((const struct type *)query->buffer)

static inline void populate(void)
{
	sql("WITH n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
	    "INSERT INTO author SELECT i, 'First' || i, 'LAST' || i, 'M', 0,"
	    " 'bio' FROM n");
	sql("WITH n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
	    "INSERT INTO item SELECT i, 'TITLE ' || i, i % 50 + 1, 1000 + i,"
	    " 'Press', i % 24, 'about ' || i, i % 200 + 1, (i + 1) % 200 + 1,"
	    " (i + 2) % 200 + 1, (i + 3) % 200 + 1, (i + 4) % 200 + 1,"
	    " 'thumb_' || i || '.bmp', 'image_' || i || '.bmp', 2000, 100 * i,"
	    " 5, 20, 20, 0, 'isbn', 100, 'USED', '1x2x3' FROM n");
	sql("UPDATE item SET i_title = '" TITLE_8 "' WHERE i_id = 8;"
	    "UPDATE item SET i_title = '100%_ PROOF' WHERE i_id = 9;"
	    "UPDATE item SET i_title = '100 PROOF' WHERE i_id = 10;"
	    "UPDATE author SET a_lname = 'O''HARA' WHERE a_id = 3;"
	    "INSERT INTO country VALUES(1, 'Iceland', 1, 'ISK'),"
	    " (2, 'Chad', 1, 'XAF')");
	sql("WITH n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 20)"
	    "INSERT INTO customer SELECT i, 'USER' || i, 'pass' || i, 'Ann',"
	    " 'Smith', i, '123', 'a@example.com', 0, 0, 10, 0, 0, 0, '' FROM n");
	sql("WITH n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 20)"
	    "INSERT INTO address SELECT i, 'street', '', 'city', 'state',"
	    " '12345', 2 FROM n");
	sql("WITH n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 38)"
	    "INSERT INTO orders SELECT i, i % 19 + 1, 1000 + i, 100, 10, 8, 400,"
	    " 498, 1, 2000, 1, 1, 'SHIPPED' FROM n");
	/* Each order has item 24 once and one more, up to three times. */
	sql("INSERT INTO order_line SELECT o_id, 1, 24, 1, 2400, 'fast'"
	    " FROM orders;"
	    "INSERT INTO order_line SELECT o_id, 2, 48 + 24 * (o_id % 3),"
	    " 1 + o_id % 3, 100, '' FROM orders;"
	    "INSERT INTO cc_xacts SELECT o_id, 'VISA', '1', 'n', '2030-01', 'a',"
	    " 498, 1000, 1 FROM orders");
}

static inline void open_shop(void)
{
	const char *const *text = sl_shop_schema.statements;

	CHECK(!sqlite3_open(":memory:", &db.sqlite));
	sql(SL_SHOP_SCHEMA);
	populate();
	for (; text[db.stmts]; db.stmts++) {
		if (!CHECK(db.stmts < STATEMENTS_MAX))
			exit(1);
		if (!CHECK(!sqlite3_prepare_v2(db.sqlite, text[db.stmts], -1,
					       &db.stmt[db.stmts], NULL)))
			fprintf(stderr, "%s: %s\n", text[db.stmts],
				sqlite3_errmsg(db.sqlite));
	}
}

static inline void close_shop(void)
{
	while (db.stmts)
		sqlite3_finalize(db.stmt[--db.stmts]);
	CHECK_EQ(sqlite3_close(db.sqlite), SQLITE_OK);
}

#endif /* SL_SHOP_SQL_TEST_H */
