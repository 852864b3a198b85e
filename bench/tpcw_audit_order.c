// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The audit of customers and their orders.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tpcw_auditor.h"

#define LL(x) ((long long)(x))

static bool text_is(sqlite3_stmt *stmt, int column, const char *want)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text && !strcmp(text, want);
}

/* Does the address have what was sent?  0 if nothing was. */
static bool address_is(sqlite3_stmt *address, s64 id, u64 hash)
{
	bool is;

	if (!hash)
		return true;
	sqlite3_bind_int64(address, 1, id);
	is = sl_tpcw_step(address) == 1 &&
	     sl_tpcw_column_hash(address, 0, 5) == hash;
	sqlite3_reset(address);
	return is;
}

static int address_prepare(struct sl_tpcw_auditor *auditor,
			   sqlite3_stmt **stmt)
{
	return sl_tpcw_prepare(auditor,
			       "SELECT addr_street1, addr_street2, addr_city,"
			       " addr_state, addr_zip FROM address"
			       " WHERE addr_id = ?", stmt);
}

static void customer_missing(struct sl_tpcw_auditor *auditor,
			     const struct sl_tpcw_deed *deed)
{
	sl_tpcw_wrong(auditor, "customer %u was acknowledged and is missing",
		      deed->id);
}

static void customer_check(struct sl_tpcw_auditor *auditor,
			   sqlite3_stmt *row, sqlite3_stmt *address,
			   const struct sl_tpcw_deed *deed)
{
	s64 id = sqlite3_column_int64(row, 0);
	s64 home = sqlite3_column_int64(row, 3);
	s64 discount = sqlite3_column_int64(row, 4);
	char name[SL_TPCW_SPELLED];

	sl_tpcw_spell(id, 1, name);
	if (!text_is(row, 1, name))
		sl_tpcw_wrong(auditor, "customer %lld is not named %s", LL(id),
			      name);
	sl_tpcw_lower(name);
	if (!text_is(row, 2, name))
		sl_tpcw_wrong(auditor, "customer %lld has another password",
			      LL(id));
	if (home < 1 || home > auditor->addresses)
		sl_tpcw_wrong(auditor, "customer %lld has no address",
			      LL(id));
	if (discount < 0 || discount > 100 ||
	    (id <= auditor->model->customers &&
	     discount != sl_tpcw_customer_discount(auditor->model, id)))
		sl_tpcw_wrong(auditor, "customer %lld has a discount of %lld",
			      LL(id), LL(discount));
	auditor->discount[id] = discount;
	if (deed && deed->hash != sl_tpcw_column_hash(row, 5, 2))
		sl_tpcw_wrong(auditor, "customer %lld has another name than "
			      "was sent", LL(id));
	if (deed && !address_is(address, home, deed->address_hash))
		sl_tpcw_wrong(auditor, "customer %lld has another address "
			      "than was sent", LL(id));
}

/* Rows that came since the population are acknowledged, or may be so. */
static void grown(struct sl_tpcw_auditor *auditor, const char *name, s64 rows,
		  const struct sl_tpcw_deed_list *list)
{
	u64 known = 0, twice = 0, i;

	for (i = 0; i < list->count; i++) {
		known += list->deed[i]->known;
		twice += i && list->deed[i]->id == list->deed[i - 1]->id;
	}
	if (twice)
		sl_tpcw_wrong(auditor, "%llu %s were acknowledged twice",
			      (unsigned long long)twice, name);
	if (auditor->alone && (rows < 0 || (u64)rows > known + list->unknown))
		sl_tpcw_wrong(auditor, "%lld new %s are there, but only %llu "
			      "were acknowledged and %llu asked for", LL(rows),
			      name, (unsigned long long)known,
			      (unsigned long long)list->unknown);
}

int sl_tpcw_audit_customers(struct sl_tpcw_auditor *auditor)
{
	const struct sl_tpcw_deed_list *list =
		&auditor->deeds[SL_TPCW_DEED_CUSTOMER];
	sqlite3_stmt *row = NULL, *address = NULL;
	u64 at = 0;
	int err;

	err = address_prepare(auditor, &address);
	err = err ?: sl_tpcw_prepare(auditor,
				     "SELECT c_id, c_uname, c_passwd,"
				     " c_addr_id, c_discount, c_fname, c_lname"
				     " FROM customer WHERE c_id > 0"
				     " ORDER BY c_id", &row);
	while (!err && (err = sl_tpcw_step(row)) == 1) {
		err = 0;
		customer_check(auditor, row, address,
			       sl_tpcw_deed_row(list, &at,
						sqlite3_column_int64(row, 0),
						customer_missing, auditor));
	}
	if (!err) {
		sl_tpcw_deed_row(list, &at, INT64_MAX, customer_missing,
				 auditor);
		grown(auditor, "customers",
		      auditor->customers - auditor->model->customers, list);
	}
	sqlite3_finalize(row);
	sqlite3_finalize(address);
	return err;
}

/* The tables of an order, gone through side by side. */
struct books {
	sqlite3_stmt *order;
	sqlite3_stmt *line;
	sqlite3_stmt *payment;
	sqlite3_stmt *address;
	/* Is there a row at hand that has not been looked at? */
	int has_line;
	int has_payment;
};

/* What an order's lines come to. */
struct lines {
	u32 count;
	s64 quantity;
	s64 value;
	u64 hash;
};

static void line_check(struct sl_tpcw_auditor *auditor, sqlite3_stmt *row,
		       struct lines *lines)
{
	s64 order = sqlite3_column_int64(row, 0);
	s64 number = sqlite3_column_int64(row, 1);
	s64 item = sqlite3_column_int64(row, 2);
	s64 quantity = sqlite3_column_int64(row, 3);
	s64 cost = sqlite3_column_int64(row, 4);

	lines->count++;
	if (number != lines->count)
		sl_tpcw_wrong(auditor, "order %lld has a line %lld where %u "
			      "is due", LL(order), LL(number), lines->count);
	if (item < 1 || item > auditor->model->items || quantity < 1 ||
	    quantity > INT32_MAX || cost < 0 || cost > INT32_MAX) {
		sl_tpcw_wrong(auditor, "order %lld, line %lld: %lld of item "
			      "%lld at %lld", LL(order), LL(number),
			      LL(quantity), LL(item), LL(cost));
		return;
	}
	lines->quantity += quantity;
	lines->value += quantity * cost;
	lines->hash += sl_tpcw_line_hash(item, quantity);
	if (order > auditor->model->orders)
		auditor->sold[item] += quantity;
}

/* Return: 0 or -EIO; has_line is left as sl_tpcw_step() says. */
static int lines_read(struct sl_tpcw_auditor *auditor, struct books *books,
		      s64 order, struct lines *lines)
{
	memset(lines, 0, sizeof(*lines));
	while (books->has_line == 1) {
		s64 id = sqlite3_column_int64(books->line, 0);

		if (id > order)
			return 0;
		if (id < order)
			sl_tpcw_wrong(auditor, "order %lld has lines and does "
				      "not exist", LL(id));
		else
			line_check(auditor, books->line, lines);
		books->has_line = sl_tpcw_step(books->line);
	}
	return books->has_line;
}

static int payment_check(struct sl_tpcw_auditor *auditor, struct books *books,
			 s64 order, s64 total)
{
	bool paid = false;

	while (books->has_payment == 1) {
		s64 id = sqlite3_column_int64(books->payment, 0);
		s64 amount = sqlite3_column_int64(books->payment, 1);

		if (id > order)
			break;
		if (id < order)
			sl_tpcw_wrong(auditor, "payment %lld is for no order",
				      LL(id));
		else if (amount != total)
			sl_tpcw_wrong(auditor, "order %lld of %lld was paid "
				      "with %lld", LL(id), LL(total),
				      LL(amount));
		paid |= id == order;
		books->has_payment = sl_tpcw_step(books->payment);
	}
	if (!paid && order != INT64_MAX)
		sl_tpcw_wrong(auditor, "order %lld was not paid", LL(order));
	return books->has_payment < 0 ? books->has_payment : 0;
}

static void sums_check(struct sl_tpcw_auditor *auditor, sqlite3_stmt *row,
		       const struct lines *lines)
{
	s64 id = sqlite3_column_int64(row, 0);
	s64 discount = sqlite3_column_int64(row, 3);
	struct sl_tpcw_sums sums;

	if (!lines->count)
		sl_tpcw_wrong(auditor, "order %lld has no lines", LL(id));
	if (discount < 0 || discount > 100)
		return;
	sums = sl_tpcw_sums(lines->value, lines->quantity, discount);
	if (sqlite3_column_int64(row, 2) != sums.sub_total)
		sl_tpcw_wrong(auditor, "order %lld: lines come to %lld, "
			      "sub-total is %lld", LL(id), LL(sums.sub_total),
			      LL(sqlite3_column_int64(row, 2)));
	if (sqlite3_column_int64(row, 4) != sums.tax ||
	    sqlite3_column_int64(row, 5) != sums.shipping ||
	    sqlite3_column_int64(row, 6) != sums.total)
		sl_tpcw_wrong(auditor, "order %lld: tax, shipping and total "
			      "are %lld, %lld, %lld instead of %lld, %lld, "
			      "%lld", LL(id),
			      LL(sqlite3_column_int64(row, 4)),
			      LL(sqlite3_column_int64(row, 5)),
			      LL(sqlite3_column_int64(row, 6)), LL(sums.tax),
			      LL(sums.shipping), LL(sums.total));
}

static void parties_check(struct sl_tpcw_auditor *auditor, sqlite3_stmt *row)
{
	s64 id = sqlite3_column_int64(row, 0);
	s64 customer = sqlite3_column_int64(row, 1);
	s64 discount = sqlite3_column_int64(row, 3);
	s64 bill = sqlite3_column_int64(row, 7);
	s64 ship = sqlite3_column_int64(row, 8);

	if (customer < 1 || customer > auditor->customers)
		sl_tpcw_wrong(auditor, "order %lld is of customer %lld, who "
			      "does not exist", LL(id), LL(customer));
	else if (discount != auditor->discount[customer])
		sl_tpcw_wrong(auditor, "order %lld has a discount of %lld, "
			      "its customer of %u", LL(id), LL(discount),
			      auditor->discount[customer]);
	if (bill < 1 || bill > auditor->addresses || ship < 1 ||
	    ship > auditor->addresses)
		sl_tpcw_wrong(auditor, "order %lld has addresses %lld and "
			      "%lld, of which one does not exist", LL(id),
			      LL(bill), LL(ship));
}

static void populated_check(struct sl_tpcw_auditor *auditor,
			    sqlite3_stmt *row, const struct lines *lines)
{
	s64 id = sqlite3_column_int64(row, 0);
	struct sl_tpcw_order order;
	u64 hash = 0;
	u32 i;

	if (id < 1 || id > auditor->model->orders)
		return;
	sl_tpcw_order_fill(auditor->model, id, &order);
	for (i = 0; i < order.lines; i++)
		hash += sl_tpcw_line_hash(order.line[i].item,
					  order.line[i].quantity);
	if (sqlite3_column_int64(row, 1) != order.customer ||
	    sqlite3_column_int64(row, 6) != order.sums.total ||
	    lines->hash != hash)
		sl_tpcw_wrong(auditor, "order %lld is not as populated",
			      LL(id));
}

static void order_missing(struct sl_tpcw_auditor *auditor,
			  const struct sl_tpcw_deed *deed)
{
	sl_tpcw_wrong(auditor, "order %u was acknowledged and is missing",
		      deed->id);
}

static void deed_check(struct sl_tpcw_auditor *auditor, struct books *books,
		       const struct lines *lines,
		       const struct sl_tpcw_deed *deed)
{
	if (!deed)
		return;
	if (sqlite3_column_int64(books->order, 1) != deed->customer ||
	    sqlite3_column_int64(books->order, 6) != deed->total ||
	    lines->count != deed->lines || lines->hash != deed->hash)
		sl_tpcw_wrong(auditor, "order %u is not the one that was "
			      "acknowledged: customer %u, total %lld, %u lines",
			      deed->id, deed->customer, LL(deed->total),
			      deed->lines);
	if (!address_is(books->address,
			sqlite3_column_int64(books->order, 8),
			deed->address_hash))
		sl_tpcw_wrong(auditor, "order %u goes to another address than "
			      "was sent", deed->id);
}

static int books_open(struct sl_tpcw_auditor *auditor, struct books *books)
{
	int err;

	err = sl_tpcw_prepare(auditor,
			      "SELECT o_id, o_c_id, o_sub_total, o_discount,"
			      " o_tax, o_shipping, o_total, o_bill_addr_id,"
			      " o_ship_addr_id FROM orders ORDER BY o_id",
			      &books->order);
	err = err ?: sl_tpcw_prepare(auditor,
				     "SELECT ol_o_id, ol_id, ol_i_id, ol_qty,"
				     " ol_cost FROM order_line"
				     " ORDER BY ol_o_id, ol_id", &books->line);
	err = err ?: sl_tpcw_prepare(auditor,
				     "SELECT cx_o_id, cx_xact_amt"
				     " FROM cc_xacts ORDER BY cx_o_id",
				     &books->payment);
	err = err ?: address_prepare(auditor, &books->address);
	if (err)
		return err;
	books->has_line = sl_tpcw_step(books->line);
	books->has_payment = sl_tpcw_step(books->payment);
	return 0;
}

static int books_read(struct sl_tpcw_auditor *auditor, struct books *books)
{
	const struct sl_tpcw_deed_list *list =
		&auditor->deeds[SL_TPCW_DEED_ORDER];
	struct lines lines;
	u64 at = 0;
	int err, got;

	while ((got = sl_tpcw_step(books->order)) == 1) {
		s64 id = sqlite3_column_int64(books->order, 0);

		err = lines_read(auditor, books, id, &lines);
		if (err < 0)
			return err;
		err = payment_check(auditor, books, id,
				    sqlite3_column_int64(books->order, 6));
		if (err)
			return err;
		sums_check(auditor, books->order, &lines);
		parties_check(auditor, books->order);
		populated_check(auditor, books->order, &lines);
		deed_check(auditor, books, &lines,
			   sl_tpcw_deed_row(list, &at, id, order_missing,
					    auditor));
	}
	if (got)
		return got;
	/* What is left belongs to no order. */
	sl_tpcw_deed_row(list, &at, INT64_MAX, order_missing, auditor);
	grown(auditor, "orders", auditor->orders - auditor->model->orders,
	      list);
	err = lines_read(auditor, books, INT64_MAX, &lines);
	return err < 0 ? err : payment_check(auditor, books, INT64_MAX, 0);
}

int sl_tpcw_audit_orders(struct sl_tpcw_auditor *auditor)
{
	struct books books = { 0 };
	int err = books_open(auditor, &books);

	err = err ?: books_read(auditor, &books);
	sqlite3_finalize(books.order);
	sqlite3_finalize(books.line);
	sqlite3_finalize(books.payment);
	sqlite3_finalize(books.address);
	return err;
}
