// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The bookstore's procedures that only read.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "stages/web/shop_sql_user.h"

/* "First Last" of two columns, cut where the field ends. */
static void copy_author(char *to, u32 room, struct sqlite3_stmt *stmt,
			int first, int last)
{
	u32 at;

	sl_shop_copy(to, room, stmt, first);
	at = strlen(to);
	if (at && at + 2 < room)
		to[at++] = ' ';
	sl_shop_copy(to + at, room - at, stmt, last);
}

/* Steps: 1 and a row of a list, 0 at its end, or a negative errno. */
int sl_shop_read_row(struct sqlite3_stmt *stmt, struct sl_shop_row *row)
{
	int got = sl_shop_step(stmt);

	if (got > 0) {
		row->i_id = sqlite3_column_int64(stmt, 0);
		sl_shop_text(row->title, stmt, 1);
		copy_author(row->author, sizeof(row->author), stmt, 2, 3);
		row->sold = sqlite3_column_int64(stmt, 4);
	}
	return got;
}

static int read_rows(struct sqlite3_stmt *stmt, struct sl_shop_rows *rows)
{
	int got = 1;

	rows->count = 0;
	while (rows->count < SL_SHOP_ROWS_MAX &&
	       (got = sl_shop_read_row(stmt, &rows->row[rows->count])) > 0)
		rows->count++;
	return got < 0 ? got : 0;
}

int sl_shop_read_customer(struct sqlite3_stmt *stmt,
			  struct sl_shop_customer *customer)
{
	int got = sl_shop_step(stmt);

	if (got <= 0)
		return got ? got : -ENOENT;
	customer->c_id = sqlite3_column_int64(stmt, 0);
	customer->discount = sqlite3_column_int64(stmt, 1);
	customer->addr_id = sqlite3_column_int64(stmt, 2);
	sl_shop_text(customer->passwd, stmt, 3);
	sl_shop_text(customer->fname, stmt, 4);
	sl_shop_text(customer->lname, stmt, 5);
	sl_shop_text(customer->phone, stmt, 6);
	sl_shop_text(customer->email, stmt, 7);
	return 0;
}

int sl_shop_read_address(struct sl_db *db, s64 addr_id,
			 struct sl_shop_address *address)
{
	struct sqlite3_stmt *stmt = sl_shop_ask(db, SQL_ADDRESS, addr_id);
	int got = sl_shop_step(stmt);

	if (got <= 0)
		return got ? got : -ENOENT;
	sl_shop_text(address->street1, stmt, 0);
	sl_shop_text(address->street2, stmt, 1);
	sl_shop_text(address->city, stmt, 2);
	sl_shop_text(address->state, stmt, 3);
	sl_shop_text(address->zip, stmt, 4);
	sl_shop_text(address->country, stmt, 5);
	return 0;
}

/* Lines of a cart or an order have the same columns. */
static int read_lines(struct sqlite3_stmt *stmt, struct sl_shop_lines *lines)
{
	struct sl_shop_line *line;
	int got;

	lines->count = 0;
	while ((got = sl_shop_step(stmt)) > 0) {
		if (lines->count == SL_SHOP_LINES_MAX)
			return -EOVERFLOW;
		line = &lines->line[lines->count++];
		line->i_id = sqlite3_column_int64(stmt, 0);
		line->qty = sqlite3_column_int64(stmt, 1);
		line->cost = sqlite3_column_int64(stmt, 2);
		sl_shop_text(line->title, stmt, 3);
		sl_shop_text(line->backing, stmt, 4);
	}
	return got;
}

int sl_shop_read_cart(struct sl_db *db, u32 sc_id, u32 discount,
		      struct sl_shop_cart_out *out)
{
	struct sl_shop_sums *sums = &out->sums;
	s64 found;
	u32 i;
	int err;

	err = sl_shop_number(sl_shop_ask(db, SQL_CART, sc_id), &found);
	if (err)
		return err;
	err = read_lines(sl_shop_ask(db, SQL_CART_LINES, sc_id), &out->lines);
	if (err)
		return err;

	out->sc_id = sc_id;
	*sums = (struct sl_shop_sums){ .discount = discount };
	for (i = 0; i < out->lines.count; i++) {
		const struct sl_shop_line *line = &out->lines.line[i];

		sums->quantity += line->qty;
		sums->sub_total += line->qty * line->cost;
	}
	sl_shop_add_up(sums);
	return out->lines.count ? 0 : -ENODATA;
}

int sl_shop_read_detail(struct sl_db *db, u32 i_id,
			struct sl_shop_detail_out *out)
{
	struct sqlite3_stmt *stmt = sl_shop_ask(db, SQL_ITEM_DETAIL, i_id);
	u32 i, at;
	int got = sl_shop_step(stmt);

	if (got <= 0)
		return got ? got : -ENOENT;
	out->i_id = sqlite3_column_int64(stmt, 0);
	out->subject = sqlite3_column_int64(stmt, 1);
	for (i = 0; i < SL_SHOP_RELATED; i++)
		out->related[i] = sqlite3_column_int64(stmt, 2 + i);
	out->stock = sqlite3_column_int64(stmt, 7);
	out->pages = sqlite3_column_int64(stmt, 8);
	out->pub_date = sqlite3_column_int64(stmt, 9);
	out->avail = sqlite3_column_int64(stmt, 10);
	out->srp = sqlite3_column_int64(stmt, 11);
	out->cost = sqlite3_column_int64(stmt, 12);
	sl_shop_text(out->title, stmt, 13);
	copy_author(out->author, sizeof(out->author), stmt, 14, 15);
	at = strlen(out->author);
	if (at && at + 2 < sizeof(out->author))
		out->author[at++] = ' ';
	sl_shop_copy(out->author + at, sizeof(out->author) - at, stmt, 16);
	sl_shop_text(out->publisher, stmt, 17);
	sl_shop_text(out->desc, stmt, 18);
	sl_shop_text(out->bio, stmt, 19);
	sl_shop_text(out->thumbnail, stmt, 20);
	sl_shop_text(out->image, stmt, 21);
	sl_shop_text(out->isbn, stmt, 22);
	sl_shop_text(out->backing, stmt, 23);
	sl_shop_text(out->dimensions, stmt, 24);
	return 0;
}

/* The related items of an item taken at random. */
static int read_promotions(struct sl_db *db, u32 random, u32 count,
			   struct sl_shop_promotions_out *out)
{
	struct sqlite3_stmt *stmt;
	s64 last = 0, i_id, related[SL_SHOP_RELATED];
	u32 i;
	int got;

	got = sl_shop_number(sl_db_statement(db, SQL_ITEM_LAST), &last);
	/* A shop without items has nothing to promote. */
	if (got || last < 1)
		return got;
	i_id = 1 + random % last;
	stmt = sl_shop_ask(db, SQL_ITEM_RELATED, i_id);
	got = sl_shop_step(stmt);
	if (got <= 0)
		return got;
	for (i = 0; i < SL_SHOP_RELATED; i++)
		related[i] = sqlite3_column_int64(stmt, i);
	for (i = 0; i < count && i < SL_SHOP_RELATED; i++) {
		stmt = sl_shop_ask(db, SQL_ITEM_ROW, related[i]);
		got = sl_shop_read_row(stmt, &out->row[out->count]);
		if (got < 0)
			return got;
		out->count += got;
	}
	return 0;
}

int sl_shop_promotions(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_promotions_in in;
	struct sl_shop_promotions_out *out;
	struct sl_shop_customer customer = { .c_id = 0 };
	int err = sl_shop_open(query, in, out);

	if (err)
		return err;
	if (in.c_id) {
		err = sl_shop_read_customer(
			sl_shop_ask(db, SQL_CUSTOMER, in.c_id), &customer);
		if (err)
			return err;
	}
	out->count = 0;
	memcpy(out->fname, customer.fname, sizeof(out->fname));
	memcpy(out->lname, customer.lname, sizeof(out->lname));
	return read_promotions(db, in.random, in.count, out);
}

int sl_shop_new_products(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_list_in in;
	struct sl_shop_rows *out;
	int err = sl_shop_open(query, in, out);

	if (err)
		return err;
	return read_rows(sl_shop_ask(db, SQL_NEW_PRODUCTS, in.subject), out);
}

int sl_shop_best_sellers(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_list_in in;
	struct sl_shop_rows *out;
	int err = sl_shop_open(query, in, out);

	if (err)
		return err;
	return read_rows(sl_shop_ask(db, SQL_BEST_SELLERS, in.subject), out);
}

/*
 * A prefix is a range: from the text itself up to the text with the last
 * character there is behind it.  LIKE would give '%' and '_' a meaning.
 */
int sl_shop_search(struct sl_db *db, struct sl_event *query)
{
	static const char last[] = "\xf4\x8f\xbf\xbf";
	char end[sizeof(((struct sl_shop_list_in *)0)->text) + sizeof(last)];
	struct sl_shop_list_in in;
	struct sl_shop_rows *out;
	struct sqlite3_stmt *stmt;
	int err = sl_shop_open(query, in, out);

	if (err)
		return err;
	if (in.by == SL_SHOP_BY_SUBJECT)
		return read_rows(
			sl_shop_ask(db, SQL_NEW_PRODUCTS, in.subject), out);
	if (in.by > SL_SHOP_BY_SUBJECT || in.text_bytes >= sizeof(in.text))
		return -EINVAL;

	stmt = sl_db_statement(db, in.by == SL_SHOP_BY_AUTHOR ? SQL_BY_AUTHOR :
								SQL_BY_TITLE);
	memcpy(end, in.text, in.text_bytes);
	memcpy(end + in.text_bytes, last, sizeof(last));
	in.text[in.text_bytes] = 0;
	sl_shop_bind_text(stmt, 1, in.text);
	sl_shop_bind_text(stmt, 2, end);
	return read_rows(stmt, out);
}

int sl_shop_detail(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_detail_in in;
	struct sl_shop_detail_out *out;
	int err = sl_shop_open(query, in, out);

	return err ? err : sl_shop_read_detail(db, in.i_id, out);
}

int sl_shop_cart_show(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_cart_in in;
	struct sl_shop_cart_out *out;
	int err = sl_shop_open(query, in, out);

	return err ? err : sl_shop_read_cart(db, in.sc_id, 0, out);
}

static int read_order(struct sl_db *db, struct sl_shop_order_out *out)
{
	struct sqlite3_stmt *stmt = sl_shop_ask(db, SQL_ORDER, out->o_id);
	struct sl_shop_sums *sums = &out->sums;
	s64 bill, ship;
	u32 i;
	int err = sl_shop_step(stmt);

	if (err <= 0)
		return err ? err : -ENOENT;
	out->date = sqlite3_column_int64(stmt, 0);
	out->ship_date = sqlite3_column_int64(stmt, 1);
	out->ship_type = sqlite3_column_int64(stmt, 2);
	sl_shop_text(out->status, stmt, 3);
	sums->sub_total = sqlite3_column_int64(stmt, 4);
	sums->discount = sqlite3_column_int64(stmt, 5);
	sums->tax = sqlite3_column_int64(stmt, 6);
	sums->shipping = sqlite3_column_int64(stmt, 7);
	sums->total = sqlite3_column_int64(stmt, 8);
	bill = sqlite3_column_int64(stmt, 9);
	ship = sqlite3_column_int64(stmt, 10);
	sl_shop_text(out->cc_type, stmt, 11);

	err = sl_shop_read_address(db, bill, &out->bill);
	if (err)
		return err;
	err = sl_shop_read_address(db, ship, &out->ship);
	if (err)
		return err;
	err = read_lines(sl_shop_ask(db, SQL_ORDER_LINES, out->o_id),
			 &out->lines);
	sums->quantity = 0;
	for (i = 0; !err && i < out->lines.count; i++)
		sums->quantity += out->lines.line[i].qty;
	return err;
}

int sl_shop_order(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_order_in in;
	struct sl_shop_order_out *out;
	struct sl_shop_customer customer;
	struct sqlite3_stmt *stmt;
	s64 o_id;
	int err = sl_shop_open(query, in, out);

	if (err)
		return err;
	stmt = sl_db_statement(db, SQL_CUSTOMER_UNAME);
	sl_shop_bind_text(stmt, 1, in.uname);
	err = sl_shop_read_customer(stmt, &customer);
	if (err)
		return err;
	if (strcmp(customer.passwd, in.passwd))
		return -EACCES;

	out->c_id = customer.c_id;
	memcpy(out->fname, customer.fname, sizeof(out->fname));
	memcpy(out->lname, customer.lname, sizeof(out->lname));
	memcpy(out->phone, customer.phone, sizeof(out->phone));
	memcpy(out->email, customer.email, sizeof(out->email));
	err = sl_shop_number(sl_shop_ask(db, SQL_ORDER_LAST, customer.c_id),
			     &o_id);
	if (err)
		return err;
	out->o_id = o_id;
	return o_id ? read_order(db, out) : 0;
}
