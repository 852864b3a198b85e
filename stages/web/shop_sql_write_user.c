// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The bookstore's procedures that write: carts, customers, orders, items.
 *
 * Each of them runs in a savepoint: what it did is undone if it returns an
 * error, so none of them tidies up.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "stages/web/shop_sql_user.h"

#define DAY	86400

static s64 last_key(struct sqlite3_stmt *stmt)
{
	return sqlite3_last_insert_rowid(sqlite3_db_handle(stmt));
}

static bool changed(struct sqlite3_stmt *stmt)
{
	return sqlite3_changes(sqlite3_db_handle(stmt)) > 0;
}

/* Does an insert whose key is the next one. */
static int insert(struct sqlite3_stmt *stmt, s64 *key)
{
	int err = sl_shop_do(stmt);

	if (!err)
		*key = last_key(stmt);
	return err;
}

static int line_put(struct sl_db *db, u32 statement, s64 sc_id, s64 i_id,
		    s64 qty)
{
	s64 cost;
	int err = sl_shop_number(sl_shop_ask(db, SQL_ITEM_COST, i_id), &cost);

	return err ? err :
		     sl_shop_do(sl_shop_ask(db, statement, sc_id, i_id, qty));
}

/* An empty cart gets one item, as TPC-W has it. */
static int line_put_random(struct sl_db *db, s64 sc_id, u32 random)
{
	s64 last, i_id;
	int err = sl_shop_number(sl_db_statement(db, SQL_ITEM_LAST), &last);

	if (!err && last < 1)
		err = -ENOENT;
	if (!err)
		err = sl_shop_number(sl_shop_ask(db, SQL_ITEM_FROM,
						 1 + random % last), &i_id);
	return err ? err : line_put(db, SQL_LINE_ADD, sc_id, i_id, 1);
}

static int lines_change(struct sl_db *db, s64 sc_id,
			const struct sl_shop_change_in *in)
{
	u32 i;
	int err = 0;

	for (i = 0; !err && i < in->count; i++) {
		const struct sl_shop_change *change = &in->change[i];

		if (change->qty > SL_SHOP_QTY_MAX)
			err = -EINVAL;
		else if (change->qty)
			err = line_put(db, SQL_LINE_SET, sc_id, change->i_id,
				       change->qty);
		else
			err = sl_shop_do(sl_shop_ask(db, SQL_LINE_DROP, sc_id,
						     change->i_id));
	}
	if (!err && in->add)
		err = line_put(db, SQL_LINE_ADD, sc_id, in->add, 1);
	return err;
}

int sl_shop_cart_change(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_change_in in;
	struct sl_shop_cart_out *out;
	struct sqlite3_stmt *stmt;
	s64 sc_id;
	int err = sl_shop_open(query, in, out);

	if (err)
		return err;
	if (in.count > SL_SHOP_LINES_MAX)
		return -EINVAL;
	sc_id = in.sc_id;
	if (sc_id) {
		stmt = sl_shop_ask(db, SQL_CART_TIME, sc_id, time(NULL));
		err = sl_shop_do(stmt);
		if (!err && !changed(stmt))
			err = -ENOENT;
	} else {
		err = insert(sl_shop_ask(db, SQL_CART_NEW, time(NULL)), &sc_id);
	}
	if (!err)
		err = lines_change(db, sc_id, &in);
	if (!err)
		err = sl_shop_read_cart(db, sc_id, 0, out);
	if (err != -ENODATA)
		return err;
	err = line_put_random(db, sc_id, in.random);
	return err ? err : sl_shop_read_cart(db, sc_id, 0, out);
}

/* A country's number, or its name in any case; -EINVAL if there is none. */
static int find_country(struct sl_db *db, const char *country, s64 *co_id)
{
	struct sqlite3_stmt *stmt;
	const char *at;
	s64 number = 0;
	int err;

	for (at = country; *at >= '0' && *at <= '9' && number < 100000; at++)
		number = 10 * number + *at - '0';
	if (!*at && at > country) {
		stmt = sl_shop_ask(db, SQL_COUNTRY, number);
	} else {
		stmt = sl_db_statement(db, SQL_COUNTRY_NAME);
		sl_shop_bind_text(stmt, 1, country);
	}
	err = sl_shop_number(stmt, co_id);
	return err == -ENOENT ? -EINVAL : err;
}

static int address_new(struct sl_db *db, const struct sl_shop_address *address,
		       s64 *addr_id, s64 *co_id)
{
	struct sqlite3_stmt *stmt;
	int err = find_country(db, address->country, co_id);

	if (err)
		return err;
	stmt = sl_shop_ask(db, SQL_ADDRESS_NEW, *co_id);
	sl_shop_bind_text(stmt, 2, address->street1);
	sl_shop_bind_text(stmt, 3, address->street2);
	sl_shop_bind_text(stmt, 4, address->city);
	sl_shop_bind_text(stmt, 5, address->state);
	sl_shop_bind_text(stmt, 6, address->zip);
	return insert(stmt, addr_id);
}

/* Spells a number in syllables, one for each decimal digit. */
static void spell(char *text, s64 number, bool small)
{
	static const char syllable[10][2] = {
		{ 'B', 'A' }, { 'O', 'G' }, { 'A', 'L' }, { 'R', 'I' },
		{ 'R', 'E' }, { 'S', 'E' }, { 'A', 'T' }, { 'U', 'L' },
		{ 'I', 'N' }, { 'N', 'G' },
	};
	char digit[20];
	u32 digits = 0;

	do {
		digit[digits++] = number % 10;
		number /= 10;
	} while (number);
	while (digits--) {
		const char *say = syllable[(u8)digit[digits]];

		*text++ = small ? say[0] | 0x20 : say[0];
		*text++ = small ? say[1] | 0x20 : say[1];
	}
	*text = 0;
}

static int customer_new(struct sl_db *db,
			const struct sl_shop_buy_request_in *in,
			struct sl_shop_buy_request_out *out, u32 *discount)
{
	char passwd[48];
	struct sqlite3_stmt *stmt;
	s64 now = time(NULL), addr_id, co_id, c_id;
	int err = address_new(db, &in->address, &addr_id, &co_id);

	if (!err)
		err = sl_shop_number(sl_db_statement(db, SQL_CUSTOMER_LAST),
				     &c_id);
	if (err)
		return err;
	c_id++;
	spell(out->uname, c_id, false);
	spell(passwd, c_id, true);
	/* As the population has them: everyone gets up to half off. */
	*discount = in->random % 51;
	stmt = sl_shop_ask(db, SQL_CUSTOMER_NEW, c_id, addr_id, now, now,
			   *discount, 0, in->birthdate);
	sl_shop_bind_text(stmt, 8, out->uname);
	sl_shop_bind_text(stmt, 9, passwd);
	sl_shop_bind_text(stmt, 10, in->fname);
	sl_shop_bind_text(stmt, 11, in->lname);
	sl_shop_bind_text(stmt, 12, in->phone);
	sl_shop_bind_text(stmt, 13, in->email);
	sl_shop_bind_text(stmt, 14, in->data);
	err = sl_shop_do(stmt);
	if (err)
		return err;
	out->c_id = c_id;
	out->registered = true;
	memcpy(out->fname, in->fname, sizeof(out->fname));
	memcpy(out->lname, in->lname, sizeof(out->lname));
	return sl_shop_read_address(db, addr_id, &out->address);
}

static int customer_login(struct sl_db *db,
			  const struct sl_shop_buy_request_in *in,
			  struct sl_shop_buy_request_out *out, u32 *discount)
{
	struct sl_shop_customer customer;
	struct sqlite3_stmt *stmt = sl_db_statement(db, SQL_CUSTOMER_UNAME);
	int err;

	sl_shop_bind_text(stmt, 1, in->uname);
	err = sl_shop_read_customer(stmt, &customer);
	if (err)
		return err;
	if (strcmp(customer.passwd, in->passwd))
		return -EACCES;
	err = sl_shop_do(sl_shop_ask(db, SQL_LOGIN, customer.c_id, time(NULL)));
	if (err)
		return err;
	out->c_id = customer.c_id;
	out->registered = false;
	*discount = customer.discount;
	memcpy(out->uname, in->uname, sizeof(out->uname));
	memcpy(out->fname, customer.fname, sizeof(out->fname));
	memcpy(out->lname, customer.lname, sizeof(out->lname));
	return sl_shop_read_address(db, customer.addr_id, &out->address);
}

int sl_shop_buy_request(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_buy_request_in in;
	struct sl_shop_buy_request_out *out;
	u32 discount = 0;
	int err = sl_shop_open(query, in, out);

	if (err)
		return err;
	if (in.uname[0])
		err = customer_login(db, &in, out, &discount);
	else
		err = customer_new(db, &in, out, &discount);
	return err ? err : sl_shop_read_cart(db, in.sc_id, discount,
					     &out->cart);
}

static int order_new(struct sl_db *db, const struct sl_shop_buy_confirm_in *in,
		     const struct sl_shop_sums *sums, s64 bill, s64 ship,
		     s64 *o_id)
{
	s64 now = time(NULL);

	return insert(sl_shop_ask(db, SQL_ORDER_NEW, in->c_id, now,
				  sums->sub_total, sums->discount, sums->tax,
				  sums->shipping, sums->total, in->shipping,
				  now + in->random % 8 * DAY, bill, ship),
		      o_id);
}

static int order_lines_new(struct sl_db *db, s64 o_id,
			   const struct sl_shop_lines *lines)
{
	u32 i;
	int err = 0;

	for (i = 0; !err && i < lines->count; i++) {
		const struct sl_shop_line *line = &lines->line[i];

		err = sl_shop_do(sl_shop_ask(db, SQL_ORDER_LINE_NEW, o_id,
					     i + 1, line->i_id, line->qty,
					     line->cost));
		if (!err)
			err = sl_shop_do(sl_shop_ask(db, SQL_ITEM_SOLD,
						     line->i_id, line->qty));
	}
	return err;
}

static int payment_new(struct sl_db *db,
		       const struct sl_shop_buy_confirm_in *in, s64 o_id,
		       s64 total, s64 co_id)
{
	struct sqlite3_stmt *stmt;
	u64 dice = ((u64)in->random << 32) + o_id;
	char auth[16];
	u32 i;

	/* What a bank would answer: 15 digits that look like nothing. */
	for (i = 0; i < sizeof(auth) - 1; i++) {
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		auth[i] = '0' + (dice >> 33) % 10;
	}
	auth[i] = 0;
	stmt = sl_shop_ask(db, SQL_PAYMENT_NEW, o_id, total, time(NULL), co_id);
	sl_shop_bind_text(stmt, 5, in->cc_type);
	sl_shop_bind_text(stmt, 6, in->cc_number);
	sl_shop_bind_text(stmt, 7, in->cc_name);
	sl_shop_bind_text(stmt, 8, in->cc_expiry);
	sl_shop_bind_text(stmt, 9, auth);
	return sl_shop_do(stmt);
}

/* Where it goes, which is also the country that the card is charged in. */
static int find_shipping(struct sl_db *db,
			 const struct sl_shop_buy_confirm_in *in, s64 home,
			 s64 *addr_id, s64 *co_id)
{
	if (in->elsewhere)
		return address_new(db, &in->address, addr_id, co_id);
	*addr_id = home;
	return sl_shop_number(sl_shop_ask(db, SQL_ADDRESS_COUNTRY, home),
			      co_id);
}

int sl_shop_buy_confirm(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_buy_confirm_in in;
	struct sl_shop_cart_out cart;
	struct sl_shop_buy_confirm_out *out;
	struct sl_shop_customer customer;
	s64 ship, co_id, o_id;
	int err = sl_shop_open(query, in, out);

	if (err)
		return err;
	if (in.shipping >= SL_SHOP_SHIPPINGS)
		return -EINVAL;
	err = sl_shop_read_customer(sl_shop_ask(db, SQL_CUSTOMER, in.c_id),
				    &customer);
	if (!err)
		err = sl_shop_read_cart(db, in.sc_id, customer.discount, &cart);
	if (!err)
		err = find_shipping(db, &in, customer.addr_id, &ship, &co_id);
	if (!err)
		err = order_new(db, &in, &cart.sums, customer.addr_id, ship,
				&o_id);
	if (!err)
		err = order_lines_new(db, o_id, &cart.lines);
	if (!err)
		err = payment_new(db, &in, o_id, cart.sums.total, co_id);
	if (!err)
		err = sl_shop_do(sl_shop_ask(db, SQL_LINES_DROP, in.sc_id));
	if (err)
		return err;
	*out = (struct sl_shop_buy_confirm_out){
		.o_id = o_id, .sc_id = in.sc_id, .c_id = in.c_id,
		.sums = cart.sums, .lines = cart.lines,
	};
	return 0;
}

/* What was bought together with an item, then what was related before. */
static int find_related(struct sl_db *db, u32 i_id, const u32 *before,
			s64 *related)
{
	struct sqlite3_stmt *stmt = sl_shop_ask(db, SQL_TOGETHER, i_id);
	u32 count = 0, i, j;
	int got;

	while (count < SL_SHOP_RELATED && (got = sl_shop_step(stmt)) != 0) {
		if (got < 0)
			return got;
		related[count++] = sqlite3_column_int64(stmt, 0);
	}
	for (i = 0; count < SL_SHOP_RELATED && i < SL_SHOP_RELATED; i++) {
		for (j = 0; j < count && related[j] != before[i]; j++)
			;
		if (j == count)
			related[count++] = before[i];
	}
	/* The ones before were not all different from each other. */
	for (; count < SL_SHOP_RELATED; count++)
		related[count] = before[0];
	return 0;
}

int sl_shop_admin_confirm(struct sl_db *db, struct sl_event *query)
{
	struct sl_shop_admin_in in;
	struct sl_shop_detail_out *out;
	struct sqlite3_stmt *stmt;
	s64 related[SL_SHOP_RELATED] = { 0 };
	int err = sl_shop_open(query, in, out);

	if (!err)
		err = sl_shop_read_detail(db, in.i_id, out);
	if (!err)
		err = find_related(db, in.i_id, out->related, related);
	if (err)
		return err;
	stmt = sl_shop_ask(db, SQL_ITEM_UPDATE, in.i_id, in.cost, time(NULL),
			   related[0], related[1], related[2], related[3],
			   related[4]);
	sl_shop_bind_text(stmt, 9, in.image);
	sl_shop_bind_text(stmt, 10, in.thumbnail);
	err = sl_shop_do(stmt);
	return err ? err : sl_shop_read_detail(db, in.i_id, out);
}
