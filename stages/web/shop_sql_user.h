/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the bookstore's procedures share: the names of their statements, and
 * how to ask one and to read its rows.
 *
 * A statement is asked with numbers bound from ?1 on; a text is bound after
 * that, by its number.  Nothing that came from a person is ever part of SQL.
 */
#ifndef SL_SHOP_SQL_USER_H
#define SL_SHOP_SQL_USER_H

#include <sqlite3.h>

#include "stages/db/schema.h"
#include "stages/web/shop.h"

/* In the order of the table in shop_sql_user.c. */
enum sl_shop_statement {
	SQL_ITEM_LAST, SQL_ITEM_FROM, SQL_ITEM_COST, SQL_ITEM_ROW,
	SQL_ITEM_RELATED, SQL_ITEM_DETAIL, SQL_NEW_PRODUCTS, SQL_BEST_SELLERS,
	SQL_BY_AUTHOR, SQL_BY_TITLE, SQL_CUSTOMER, SQL_CUSTOMER_UNAME,
	SQL_ADDRESS, SQL_ADDRESS_COUNTRY, SQL_COUNTRY, SQL_COUNTRY_NAME, SQL_CART, SQL_CART_LINES,
	SQL_ORDER_LAST, SQL_ORDER, SQL_ORDER_LINES, SQL_TOGETHER,

	SQL_CART_NEW, SQL_CART_TIME, SQL_LINE_ADD, SQL_LINE_SET, SQL_LINE_DROP,
	SQL_LINES_DROP, SQL_LOGIN, SQL_CUSTOMER_LAST, SQL_CUSTOMER_NEW,
	SQL_ADDRESS_NEW, SQL_ORDER_NEW, SQL_ORDER_LINE_NEW, SQL_PAYMENT_NEW,
	SQL_ITEM_SOLD, SQL_ITEM_UPDATE,
	SQL_STATEMENTS,
};

/* A customer's row, the part of it that the shop has a use for. */
struct sl_shop_customer {
	u32 c_id;
	u32 discount;
	s64 addr_id;
	char passwd[48];
	char fname[32];
	char lname[32];
	char phone[24];
	char email[64];
};

/**
 * sl_shop_ask() - a statement with numbers bound
 * @db: connection
 * @index: which statement
 * @...: numbers for ?1, ?2, ...; at least one
 *
 * Return: the statement, to be stepped.
 */
#define sl_shop_ask(db, index, ...)                               \
	sl_shop_bind(db, index, (const s64[]){ __VA_ARGS__ },     \
		     sizeof((const s64[]){ __VA_ARGS__ }) / sizeof(s64))

struct sqlite3_stmt *sl_shop_bind(struct sl_db *db, u32 index,
				  const s64 *number, u32 count);
void sl_shop_bind_text(struct sqlite3_stmt *stmt, u32 index, const char *text);

/* Steps: 1 there is a row, 0 there is none (any more), or a negative errno. */
int sl_shop_step(struct sqlite3_stmt *stmt);

/* Steps a statement that has no rows: 0 or a negative errno. */
int sl_shop_do(struct sqlite3_stmt *stmt);

/* Asks for one number: 0, -ENOENT if there is no row, or another errno. */
int sl_shop_number(struct sqlite3_stmt *stmt, s64 *number);

/* Copies a text of the current row, cut to whole characters that fit. */
#define sl_shop_text(field, stmt, column) \
	sl_shop_copy(field, sizeof(field), stmt, column)
void sl_shop_copy(char *to, u32 room, struct sqlite3_stmt *stmt, int column);

/*
 * A procedure's frame: takes the parameters out of the query, checks that
 * they are of the size they should be and that there is room for the rows.
 */
#define sl_shop_open(query, in, out)                                    \
	sl_shop_open_query(query, &(in), sizeof(in), (void **)&(out),   \
			   sizeof(*(out)))
int sl_shop_open_query(struct sl_event *query, void *in, u32 in_bytes,
		       void **out, u32 out_bytes);

int sl_shop_read_row(struct sqlite3_stmt *stmt, struct sl_shop_row *row);
int sl_shop_read_customer(struct sqlite3_stmt *stmt,
			  struct sl_shop_customer *customer);
int sl_shop_read_address(struct sl_db *db, s64 addr_id,
			 struct sl_shop_address *address);
int sl_shop_read_detail(struct sl_db *db, u32 i_id,
			struct sl_shop_detail_out *out);

/* -ENOENT without a cart, -ENODATA if there is nothing in it. */
int sl_shop_read_cart(struct sl_db *db, u32 sc_id, u32 discount,
		      struct sl_shop_cart_out *out);

/* Procedures; what they do is said at their parameters in shop.h. */
int sl_shop_promotions(struct sl_db *db, struct sl_event *query);
int sl_shop_new_products(struct sl_db *db, struct sl_event *query);
int sl_shop_best_sellers(struct sl_db *db, struct sl_event *query);
int sl_shop_search(struct sl_db *db, struct sl_event *query);
int sl_shop_detail(struct sl_db *db, struct sl_event *query);
int sl_shop_cart_show(struct sl_db *db, struct sl_event *query);
int sl_shop_cart_change(struct sl_db *db, struct sl_event *query);
int sl_shop_buy_request(struct sl_db *db, struct sl_event *query);
int sl_shop_buy_confirm(struct sl_db *db, struct sl_event *query);
int sl_shop_admin_confirm(struct sl_db *db, struct sl_event *query);
int sl_shop_order(struct sl_db *db, struct sl_event *query);

#endif /* SL_SHOP_SQL_USER_H */
