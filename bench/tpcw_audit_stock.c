// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The audit of what is in stock and what is in carts.
 */
#include <errno.h>
#include <string.h>

#include "bench/tpcw_auditor.h"
#include "bench/tpcw_image.h"

#define LL(x) ((long long)(x))

static void stock_check(struct sl_tpcw_auditor *auditor, sqlite3_stmt *row)
{
	s64 id = sqlite3_column_int64(row, 0);
	s64 stock = sqlite3_column_int64(row, 2);
	s64 start = sqlite3_column_int64(row, 3);
	s64 refills = sqlite3_column_int64(row, 4);
	s64 sold = auditor->sold[id];
	s64 want = start - sold + SL_TPCW_STOCK_REFILL * refills;

	if (start != sl_tpcw_item_stock(auditor->model, id))
		sl_tpcw_wrong(auditor, "item %lld began with %lld in stock, "
			      "not as populated", LL(id), LL(start));
	if (stock != want)
		sl_tpcw_wrong(auditor, "item %lld has %lld in stock instead "
			      "of %lld: %lld at first, %lld sold, %lld refills",
			      LL(id), LL(stock), LL(want), LL(start), LL(sold),
			      LL(refills));
	/* A refill comes when it is needed and not before. */
	if (stock < SL_TPCW_STOCK_LEAST || refills < 0 ||
	    (refills && stock >= SL_TPCW_STOCK_LEAST + SL_TPCW_STOCK_REFILL))
		sl_tpcw_wrong(auditor, "item %lld has %lld in stock after "
			      "%lld refills", LL(id), LL(stock), LL(refills));
}

static void related_check(struct sl_tpcw_auditor *auditor, sqlite3_stmt *row)
{
	s64 id = sqlite3_column_int64(row, 0), related[SL_TPCW_RELATED];
	u32 i, j;

	for (i = 0; i < SL_TPCW_RELATED; i++) {
		related[i] = sqlite3_column_int64(row, 7 + i);
		for (j = 0; j < i && related[j] != related[i]; j++)
			;
		if (related[i] < 1 || related[i] > auditor->model->items ||
		    related[i] == id || j < i)
			sl_tpcw_wrong(auditor, "item %lld is related to %lld",
				      LL(id), LL(related[i]));
	}
}

static bool is_as_changed(sqlite3_stmt *row, u32 cost, u32 picture)
{
	const char *thumb = (const char *)sqlite3_column_text(row, 5);
	const char *image = (const char *)sqlite3_column_text(row, 6);
	char name[32];

	if (sqlite3_column_int64(row, 1) != cost || !thumb || !image)
		return false;
	sl_tpcw_image_name(SL_TPCW_THUMB, picture, name);
	if (strcmp(name, thumb))
		return false;
	sl_tpcw_image_name(SL_TPCW_IMAGE, picture, name);
	return !strcmp(name, image);
}

/*
 * The last change holds.  Which was the last of changes that overlapped is
 * not known: one after whose end none began.  A change of which nobody knows
 * may be the last one or not have happened.
 */
static void change_check(struct sl_tpcw_auditor *auditor, sqlite3_stmt *row,
			 const struct sl_tpcw_deed **deed, u64 count)
{
	s64 id = sqlite3_column_int64(row, 0);
	u64 begun = 0, i;

	for (i = 0; i < count; i++) {
		if (!deed[i]->known)
			return;
		if (deed[i]->begun_ns > begun)
			begun = deed[i]->begun_ns;
	}
	for (i = 0; i < count; i++)
		if (deed[i]->done_ns >= begun &&
		    is_as_changed(row, deed[i]->total, deed[i]->lines))
			return;
	if (count)
		sl_tpcw_wrong(auditor, "item %lld is not as the last change "
			      "that was acknowledged made it", LL(id));
	else if (auditor->alone &&
		 !is_as_changed(row, sl_tpcw_item_cost(auditor->model, id), id))
		sl_tpcw_wrong(auditor, "item %lld was changed by nobody",
			      LL(id));
}

static void item_missing(struct sl_tpcw_auditor *auditor,
			 const struct sl_tpcw_deed *deed)
{
	sl_tpcw_wrong(auditor, "item %u was changed and is missing", deed->id);
}

int sl_tpcw_audit_items(struct sl_tpcw_auditor *auditor)
{
	const struct sl_tpcw_deed_list *list =
		&auditor->deeds[SL_TPCW_DEED_ITEM];
	sqlite3_stmt *row;
	u64 at = 0, from;
	int err;

	err = sl_tpcw_prepare(auditor,
			      "SELECT i_id, i_cost, i_stock, i_stock_start,"
			      " i_refills, i_thumbnail, i_image, i_related1,"
			      " i_related2, i_related3, i_related4, i_related5"
			      " FROM item ORDER BY i_id", &row);
	if (err)
		return err;
	while ((err = sl_tpcw_step(row)) == 1) {
		s64 id = sqlite3_column_int64(row, 0);

		/* That keys are not dense has been said already. */
		if (id < 1 || id > auditor->model->items)
			continue;
		sl_tpcw_deed_row(list, &at, id - 1, item_missing, auditor);
		from = at;
		sl_tpcw_deed_row(list, &at, id, item_missing, auditor);
		stock_check(auditor, row);
		related_check(auditor, row);
		change_check(auditor, row, list->deed + from, at - from);
	}
	sl_tpcw_deed_row(list, &at, INT64_MAX, item_missing, auditor);
	sqlite3_finalize(row);
	return err;
}

static void cart_missing(struct sl_tpcw_auditor *auditor,
			 const struct sl_tpcw_deed *deed)
{
	sl_tpcw_wrong(auditor, "cart %u was acknowledged and is missing",
		      deed->id);
}

/* Adds up a cart's lines.  Return: as sl_tpcw_step() for the next line. */
static int cart_lines(struct sl_tpcw_auditor *auditor, sqlite3_stmt *line,
		      int has_line, s64 cart, u32 *count, u64 *hash)
{
	*count = 0;
	*hash = 0;
	for (; has_line == 1; has_line = sl_tpcw_step(line)) {
		s64 id = sqlite3_column_int64(line, 0);
		s64 item = sqlite3_column_int64(line, 1);
		s64 quantity = sqlite3_column_int64(line, 2);

		if (id > cart)
			break;
		if (id < cart) {
			sl_tpcw_wrong(auditor, "cart %lld has lines and does "
				      "not exist", LL(id));
			continue;
		}
		if (item < 1 || item > auditor->model->items || quantity < 1)
			sl_tpcw_wrong(auditor, "cart %lld has %lld of item "
				      "%lld", LL(id), LL(quantity), LL(item));
		++*count;
		*hash += sl_tpcw_line_hash(item, quantity);
	}
	return has_line;
}

/* Carts come from acknowledged changes or from those nobody knows of. */
static void carts_grown(struct sl_tpcw_auditor *auditor,
			const struct sl_tpcw_deed_list *list)
{
	u64 possible = list->unknown, i;

	for (i = 0; i < list->count; i++) {
		possible += !i || list->deed[i]->id != list->deed[i - 1]->id;
		/* It was counted with those that have no key. */
		possible -= !list->deed[i]->known;
	}
	if (auditor->alone && (u64)auditor->carts > possible)
		sl_tpcw_wrong(auditor, "%lld carts are there, but only %llu "
			      "were asked for", LL(auditor->carts),
			      (unsigned long long)possible);
}

static int carts_read(struct sl_tpcw_auditor *auditor, sqlite3_stmt *cart,
		      sqlite3_stmt *line)
{
	const struct sl_tpcw_deed_list *list =
		&auditor->deeds[SL_TPCW_DEED_CART];
	int has_line = sl_tpcw_step(line), got;
	u64 at = 0, hash;
	u32 count;

	while ((got = sl_tpcw_step(cart)) == 1 && has_line >= 0) {
		s64 id = sqlite3_column_int64(cart, 0);
		const struct sl_tpcw_deed *deed = sl_tpcw_deed_row(
			list, &at, id, cart_missing, auditor);

		has_line = cart_lines(auditor, line, has_line, id, &count,
				      &hash);
		if (deed && deed->known &&
		    (deed->lines != count || deed->hash != hash))
			sl_tpcw_wrong(auditor, "cart %lld does not hold what "
				      "was acknowledged: %u lines instead of "
				      "%u", LL(id), count, deed->lines);
	}
	if (got < 0 || has_line < 0)
		return -EIO;
	sl_tpcw_deed_row(list, &at, INT64_MAX, cart_missing, auditor);
	carts_grown(auditor, list);
	has_line = cart_lines(auditor, line, has_line, INT64_MAX, &count,
			      &hash);
	return has_line < 0 ? has_line : 0;
}

int sl_tpcw_audit_carts(struct sl_tpcw_auditor *auditor)
{
	sqlite3_stmt *cart = NULL, *line = NULL;
	int err;

	err = sl_tpcw_prepare(auditor,
			      "SELECT sc_id FROM shopping_cart ORDER BY sc_id",
			      &cart);
	err = err ?: sl_tpcw_prepare(auditor,
				     "SELECT scl_sc_id, scl_i_id, scl_qty"
				     " FROM shopping_cart_line"
				     " ORDER BY scl_sc_id, scl_i_id", &line);
	err = err ?: carts_read(auditor, cart, line);
	sqlite3_finalize(cart);
	sqlite3_finalize(line);
	return err;
}
