// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The bookstore's schema: its statements and its procedures.
 *
 * Every statement finds its rows by a key or an index.  Two read a range of
 * the latest orders, whose length is fixed; one compares the 92 countries'
 * names.  CROSS JOIN is SQLite's way to say which table comes first.
 */
#include <errno.h>
#include <string.h>

#include "stages/web/shop_sql_user.h"

#define TEXT_OF(x)	TEXT_OF_(x)
#define TEXT_OF_(x)	#x

#define ROW	"i_id, i_title, a_fname, a_lname"
#define AUTHOR	" LEFT JOIN author ON a_id = i_a_id"
#define ROWS	" LIMIT " TEXT_OF(SL_SHOP_ROWS_MAX)
#define CUSTOMER "SELECT c_id, c_discount, c_addr_id, c_passwd, c_fname," \
	" c_lname, c_phone, c_email FROM customer"
#define LINE_NEW "INSERT INTO shopping_cart_line VALUES(?1, ?2, ?3)" \
	" ON CONFLICT(scl_sc_id, scl_i_id) DO UPDATE SET scl_qty = "
#define REFILLS "max(0, (" TEXT_OF(SL_SHOP_REFILL_BELOW) " + " \
	TEXT_OF(SL_SHOP_REFILL) " - 1 + ?2 - i_stock) / " \
	TEXT_OF(SL_SHOP_REFILL) ")"

static const char *const statements[SQL_STATEMENTS + 1] = {
	[SQL_ITEM_LAST] = "SELECT max(i_id) FROM item",
	[SQL_ITEM_FROM] =
		"SELECT i_id FROM item WHERE i_id >= ?1 ORDER BY i_id LIMIT 1",
	[SQL_ITEM_COST] = "SELECT i_cost FROM item WHERE i_id = ?1",
	[SQL_ITEM_ROW] = "SELECT " ROW ", 0 FROM item" AUTHOR
		" WHERE i_id = ?1",
	[SQL_ITEM_RELATED] = "SELECT i_related1, i_related2, i_related3,"
		" i_related4, i_related5 FROM item WHERE i_id = ?1",
	[SQL_ITEM_DETAIL] = "SELECT i_id, i_subject, i_related1, i_related2,"
		" i_related3, i_related4, i_related5, i_stock, i_page,"
		" i_pub_date, i_avail, i_srp, i_cost, i_title, a_fname,"
		" a_mname, a_lname, i_publisher, i_desc, a_bio, i_thumbnail,"
		" i_image, i_isbn, i_backing, i_dimensions"
		" FROM item" AUTHOR " WHERE i_id = ?1",
	[SQL_NEW_PRODUCTS] = "SELECT " ROW ", 0 FROM item" AUTHOR
		" WHERE i_subject = ?1 ORDER BY i_pub_date DESC, i_title" ROWS,
	/* The subject's items are found first: that leaves little to group. */
	[SQL_BEST_SELLERS] = "SELECT " ROW ", sold FROM ("
		"SELECT ol_i_id, sum(ol_qty) AS sold FROM order_line"
		" WHERE ol_o_id > (SELECT max(o_id) FROM orders) - "
		TEXT_OF(SL_SHOP_LATEST)
		" AND ol_i_id IN (SELECT i_id FROM item WHERE i_subject = ?1)"
		" GROUP BY ol_i_id ORDER BY sold DESC, ol_i_id" ROWS ")"
		" CROSS JOIN item ON i_id = ol_i_id" AUTHOR
		" ORDER BY sold DESC, i_id",
	[SQL_BY_AUTHOR] = "SELECT " ROW ", 0 FROM author"
		" CROSS JOIN item ON i_a_id = a_id"
		" WHERE a_lname >= ?1 AND a_lname < ?2"
		" ORDER BY a_lname, a_id, i_id" ROWS,
	[SQL_BY_TITLE] = "SELECT " ROW ", 0 FROM item" AUTHOR
		" WHERE i_title >= ?1 AND i_title < ?2"
		" ORDER BY i_title, i_id" ROWS,
	[SQL_CUSTOMER] = CUSTOMER " WHERE c_id = ?1",
	[SQL_CUSTOMER_UNAME] = CUSTOMER " WHERE c_uname = ?1",
	[SQL_ADDRESS] = "SELECT addr_street1, addr_street2, addr_city,"
		" addr_state, addr_zip, co_name FROM address"
		" LEFT JOIN country ON co_id = addr_co_id WHERE addr_id = ?1",
	[SQL_ADDRESS_COUNTRY] =
		"SELECT addr_co_id FROM address WHERE addr_id = ?1",
	[SQL_COUNTRY] = "SELECT co_id FROM country WHERE co_id = ?1",
	[SQL_COUNTRY_NAME] =
		"SELECT co_id FROM country WHERE co_name = ?1 COLLATE NOCASE",
	[SQL_CART] = "SELECT sc_id FROM shopping_cart WHERE sc_id = ?1",
	[SQL_CART_LINES] = "SELECT scl_i_id, scl_qty, i_cost, i_title,"
		" i_backing FROM shopping_cart_line"
		" CROSS JOIN item ON i_id = scl_i_id"
		" WHERE scl_sc_id = ?1 ORDER BY scl_i_id",
	[SQL_ORDER_LAST] = "SELECT max(o_id) FROM orders WHERE o_c_id = ?1",
	[SQL_ORDER] = "SELECT o_date, o_ship_date, o_ship_type, o_status,"
		" o_sub_total, o_discount, o_tax, o_shipping, o_total,"
		" o_bill_addr_id, o_ship_addr_id, cx_type FROM orders"
		" LEFT JOIN cc_xacts ON cx_o_id = o_id WHERE o_id = ?1",
	[SQL_ORDER_LINES] = "SELECT ol_i_id, ol_qty, ol_cost, i_title,"
		" i_backing FROM order_line LEFT JOIN item ON i_id = ol_i_id"
		" WHERE ol_o_id = ?1 ORDER BY ol_id",
	[SQL_TOGETHER] = "SELECT other.ol_i_id FROM order_line AS this"
		" CROSS JOIN order_line AS other"
		" ON other.ol_o_id = this.ol_o_id"
		" WHERE this.ol_o_id > (SELECT max(o_id) FROM orders) - "
		TEXT_OF(SL_SHOP_TOGETHER)
		" AND this.ol_i_id = ?1 AND other.ol_i_id <> ?1"
		" GROUP BY other.ol_i_id"
		" ORDER BY sum(other.ol_qty) DESC, other.ol_i_id LIMIT "
		TEXT_OF(SL_SHOP_RELATED),

	/* A NULL key becomes the largest one and 1. */
	[SQL_CART_NEW] = "INSERT INTO shopping_cart VALUES(NULL, ?1)",
	[SQL_CART_TIME] =
		"UPDATE shopping_cart SET sc_time = ?2 WHERE sc_id = ?1",
	[SQL_LINE_ADD] = LINE_NEW
		"min(scl_qty + ?3, " TEXT_OF(SL_SHOP_QTY_MAX) ")",
	[SQL_LINE_SET] = LINE_NEW "?3",
	[SQL_LINE_DROP] = "DELETE FROM shopping_cart_line"
		" WHERE scl_sc_id = ?1 AND scl_i_id = ?2",
	[SQL_LINES_DROP] =
		"DELETE FROM shopping_cart_line WHERE scl_sc_id = ?1",
	[SQL_LOGIN] = "UPDATE customer SET c_last_login = ?2 WHERE c_id = ?1",
	[SQL_CUSTOMER_LAST] = "SELECT ifnull(max(c_id), 0) FROM customer",
	[SQL_CUSTOMER_NEW] = "INSERT INTO customer VALUES(?1, ?8, ?9, ?10,"
		" ?11, ?2, ?12, ?13, ?3, ?4, ?5, 0, ?6, ?7, ?14)",
	[SQL_ADDRESS_NEW] =
		"INSERT INTO address VALUES(NULL, ?2, ?3, ?4, ?5, ?6, ?1)",
	[SQL_ORDER_NEW] = "INSERT INTO orders VALUES(NULL, ?1, ?2, ?3, ?4, ?5,"
		" ?6, ?7, ?8, ?9, ?10, ?11, 'PENDING')",
	[SQL_ORDER_LINE_NEW] =
		"INSERT INTO order_line VALUES(?1, ?2, ?3, ?4, ?5, '')",
	[SQL_PAYMENT_NEW] = "INSERT INTO cc_xacts VALUES(?1, ?5, ?6, ?7, ?8,"
		" ?9, ?2, ?3, ?4)",
	/* As many refills as it takes to have the least again. */
	[SQL_ITEM_SOLD] = "UPDATE item SET i_stock = i_stock - ?2 + "
		TEXT_OF(SL_SHOP_REFILL) " * " REFILLS
		", i_refills = i_refills + " REFILLS " WHERE i_id = ?1",
	[SQL_ITEM_UPDATE] = "UPDATE item SET i_cost = ?2, i_pub_date = ?3,"
		" i_related1 = ?4, i_related2 = ?5, i_related3 = ?6,"
		" i_related4 = ?7, i_related5 = ?8, i_image = ?9,"
		" i_thumbnail = ?10 WHERE i_id = ?1",
};

static const struct sl_procedure procedures[SL_SHOP_PROCEDURES] = {
	[SL_SHOP_PROMOTIONS] = { "promotions", false, sl_shop_promotions },
	[SL_SHOP_NEW_PRODUCTS] = { "new_products", false,
				   sl_shop_new_products },
	[SL_SHOP_BEST_SELLERS] = { "best_sellers", false,
				   sl_shop_best_sellers },
	[SL_SHOP_SEARCH] = { "search", false, sl_shop_search },
	[SL_SHOP_DETAIL] = { "detail", false, sl_shop_detail },
	[SL_SHOP_CART_SHOW] = { "cart_show", false, sl_shop_cart_show },
	[SL_SHOP_CART_CHANGE] = { "cart_change", true, sl_shop_cart_change },
	[SL_SHOP_BUY_REQUEST] = { "buy_request", true, sl_shop_buy_request },
	[SL_SHOP_BUY_CONFIRM] = { "buy_confirm", true, sl_shop_buy_confirm },
	[SL_SHOP_ADMIN_CONFIRM] = { "admin_confirm", true,
				    sl_shop_admin_confirm },
	[SL_SHOP_ORDER] = { "order", false, sl_shop_order },
};

const struct sl_schema sl_shop_schema = {
	.name = "shop",
	.file = "shop.db",
	.statements = statements,
	.procedures = procedures,
	.procedure_count = SL_SHOP_PROCEDURES,
};

struct sqlite3_stmt *sl_shop_bind(struct sl_db *db, u32 index,
				  const s64 *number, u32 count)
{
	struct sqlite3_stmt *stmt = sl_db_statement(db, index);
	u32 i;

	for (i = 0; i < count; i++)
		sqlite3_bind_int64(stmt, i + 1, number[i]);
	return stmt;
}

void sl_shop_bind_text(struct sqlite3_stmt *stmt, u32 index, const char *text)
{
	/* It outlives the call: texts are in the procedure's frame. */
	sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC);
}

int sl_shop_step(struct sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	return code == SQLITE_ROW ? 1 : sl_db_error(code);
}

int sl_shop_do(struct sqlite3_stmt *stmt)
{
	return sl_db_error(sqlite3_step(stmt));
}

int sl_shop_number(struct sqlite3_stmt *stmt, s64 *number)
{
	int got = sl_shop_step(stmt);

	if (got <= 0)
		return got ? got : -ENOENT;
	*number = sqlite3_column_int64(stmt, 0);
	return 0;
}

void sl_shop_copy(char *to, u32 room, struct sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	u32 bytes = text ? strnlen(text, room) : 0;

	if (bytes == room) {
		bytes--;
		/* Not in the middle of a character. */
		while (bytes && ((u8)text[bytes] & 0xc0) == 0x80)
			bytes--;
	}
	if (bytes)
		memcpy(to, text, bytes);
	to[bytes] = 0;
}

int sl_shop_open_query(struct sl_event *query, void *in, u32 in_bytes,
		       void **out, u32 out_bytes)
{
	u64 room = query->buffer + query->data_max - query->data;

	if (query->data_bytes != in_bytes || room < out_bytes)
		return -EINVAL;
	memcpy(in, query->data, in_bytes);
	*out = query->data;
	query->data_bytes = out_bytes;
	return 0;
}
