// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_audit.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/tpcw_auditor.h"
#include "bench/tpcw_population.h"

/* Larger files get the check that does not compare indexes with rows. */
#define INTEGRITY_BYTES_MAX (256ll << 20)

void sl_tpcw_wrong(struct sl_tpcw_auditor *auditor, const char *format, ...)
{
	u32 left = auditor->room - auditor->used;
	char text[256];
	va_list args;
	int count;

	va_start(args, format);
	count = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (count >= (int)sizeof(text))
		count = sizeof(text) - 1;
	/* All of it or nothing, with what separates it and the end. */
	if ((u32)count + 3 <= left) {
		if (auditor->used) {
			memcpy(auditor->why + auditor->used, "; ", 2);
			auditor->used += 2;
		}
		memcpy(auditor->why + auditor->used, text, count + 1);
		auditor->used += count;
	}
	auditor->wrong++;
}

int sl_tpcw_prepare(struct sl_tpcw_auditor *auditor, const char *sql,
		    sqlite3_stmt **stmt)
{
	return sqlite3_prepare_v2(auditor->db, sql, -1, stmt, NULL) ? -EIO : 0;
}

int sl_tpcw_step(sqlite3_stmt *stmt)
{
	int got = sqlite3_step(stmt);

	if (got == SQLITE_ROW)
		return 1;
	return got == SQLITE_DONE ? 0 : -EIO;
}

u64 sl_tpcw_column_hash(sqlite3_stmt *stmt, int first, int count)
{
	u64 hash = 0;
	int i;

	for (i = first; i < first + count; i++) {
		const char *text = (const char *)sqlite3_column_text(stmt, i);

		hash = sl_tpcw_hash(hash, text ?: "",
				    sqlite3_column_bytes(stmt, i));
	}
	return hash;
}

const struct sl_tpcw_deed *
sl_tpcw_deed_row(const struct sl_tpcw_deed_list *list, u64 *at, s64 key,
		 void (*missing)(struct sl_tpcw_auditor *auditor,
				 const struct sl_tpcw_deed *deed),
		 struct sl_tpcw_auditor *auditor)
{
	const struct sl_tpcw_deed *last = NULL;

	for (; *at < list->count && list->deed[*at]->id <= key; ++*at) {
		if (list->deed[*at]->id == key)
			last = list->deed[*at];
		else if (list->deed[*at]->known)
			missing(auditor, list->deed[*at]);
	}
	return last;
}

/* By key, then as they were added: they lie one behind the other. */
static int deed_compare(const void *a, const void *b)
{
	const struct sl_tpcw_deed *x = *(const struct sl_tpcw_deed *const *)a;
	const struct sl_tpcw_deed *y = *(const struct sl_tpcw_deed *const *)b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int deeds_sort(struct sl_tpcw_auditor *auditor,
		      const struct sl_tpcw_deeds *deeds)
{
	u64 i, counts[SL_TPCW_DEED_KINDS] = { 0 };
	u32 kind;

	for (i = 0; i < deeds->count; i++)
		counts[deeds->deed[i].kind]++;
	for (kind = 0; kind < SL_TPCW_DEED_KINDS; kind++) {
		auditor->deeds[kind].deed = malloc(
			(counts[kind] + 1) * sizeof(struct sl_tpcw_deed *));
		if (!auditor->deeds[kind].deed)
			return -ENOMEM;
	}
	for (i = 0; i < deeds->count; i++) {
		const struct sl_tpcw_deed *deed = &deeds->deed[i];
		struct sl_tpcw_deed_list *list = &auditor->deeds[deed->kind];

		/* One without a key is of a row that may be there or not. */
		if (!deed->known)
			list->unknown++;
		if (deed->id)
			list->deed[list->count++] = deed;
	}
	for (kind = 0; kind < SL_TPCW_DEED_KINDS; kind++)
		qsort(auditor->deeds[kind].deed, auditor->deeds[kind].count,
		      sizeof(struct sl_tpcw_deed *), deed_compare);
	return 0;
}

static int integrity(struct sl_tpcw_auditor *auditor, s64 file_bytes)
{
	sqlite3_stmt *stmt;
	const char *text;
	int err, got;

	err = sl_tpcw_prepare(auditor, file_bytes > INTEGRITY_BYTES_MAX ?
					       "PRAGMA quick_check(3)" :
					       "PRAGMA integrity_check(3)",
			      &stmt);
	if (err)
		return err;
	while ((got = sl_tpcw_step(stmt)) == 1) {
		text = (const char *)sqlite3_column_text(stmt, 0);
		if (!text || strcmp(text, "ok"))
			sl_tpcw_wrong(auditor, "the file is damaged: %.200s",
				      text ?: "");
	}
	if (got < 0)
		sl_tpcw_wrong(auditor, "the file is damaged: %s",
			      sqlite3_errmsg(auditor->db));
	sqlite3_finalize(stmt);
	return 0;
}

/* Keys are dense from 1, and there are as many as there must be. */
static int table(struct sl_tpcw_auditor *auditor, const char *name,
		 const char *key, s64 least, bool grows, s64 *rows)
{
	sqlite3_stmt *stmt;
	char sql[128];
	s64 count, first, last;
	int err;

	snprintf(sql, sizeof(sql), "SELECT count(*), min(%s), max(%s) FROM %s",
		 key, key, name);
	err = sl_tpcw_prepare(auditor, sql, &stmt);
	if (err)
		return err;
	err = sl_tpcw_step(stmt);
	count = sqlite3_column_int64(stmt, 0);
	first = sqlite3_column_int64(stmt, 1);
	last = sqlite3_column_int64(stmt, 2);
	sqlite3_finalize(stmt);
	if (err != 1)
		return -EIO;
	if (rows)
		*rows = last;
	if (count && (first != 1 || last != count))
		sl_tpcw_wrong(auditor, "keys of %s are not dense: %lld rows "
			      "from %lld to %lld", name, (long long)count,
			      (long long)first, (long long)last);
	if (count < least || (count > least && !grows))
		sl_tpcw_wrong(auditor, "%s has %lld rows, populated with %lld",
			      name, (long long)count, (long long)least);
	return 0;
}

static int tables(struct sl_tpcw_auditor *auditor)
{
	const struct sl_tpcw_model *model = auditor->model;
	s64 payments;
	int err;

	err = table(auditor, "country", "co_id", SL_TPCW_COUNTRIES, false,
		    NULL);
	err = err ?: table(auditor, "author", "a_id", model->authors, false,
			   NULL);
	err = err ?: table(auditor, "item", "i_id", model->items, false, NULL);
	err = err ?: table(auditor, "address", "addr_id", model->addresses,
			   true, &auditor->addresses);
	err = err ?: table(auditor, "customer", "c_id", model->customers, true,
			   &auditor->customers);
	err = err ?: table(auditor, "orders", "o_id", model->orders, true,
			   &auditor->orders);
	err = err ?: table(auditor, "cc_xacts", "cx_o_id", model->orders, true,
			   &payments);
	return err ?: table(auditor, "shopping_cart", "sc_id", 0, true,
			    &auditor->carts);
}

static int audit(struct sl_tpcw_auditor *auditor, s64 file_bytes)
{
	int err = integrity(auditor, file_bytes);

	/* What is read from a damaged file could be anything. */
	if (err || auditor->wrong)
		return err;
	err = tables(auditor);
	if (err)
		return err;
	/* Dense or not, no key is larger, and none so large by itself. */
	if (auditor->customers > UINT_MAX || auditor->orders > UINT_MAX)
		return 0;
	auditor->discount = calloc(auditor->customers + 1, 1);
	auditor->sold = calloc(auditor->model->items + 1, sizeof(s64));
	if (!auditor->discount || !auditor->sold)
		return -ENOMEM;
	err = sl_tpcw_audit_customers(auditor);
	err = err ?: sl_tpcw_audit_orders(auditor);
	err = err ?: sl_tpcw_audit_items(auditor);
	return err ?: sl_tpcw_audit_carts(auditor);
}

static void auditor_free(struct sl_tpcw_auditor *auditor)
{
	u32 kind;

	for (kind = 0; kind < SL_TPCW_DEED_KINDS; kind++)
		free(auditor->deeds[kind].deed);
	free(auditor->discount);
	free(auditor->sold);
	sqlite3_close(auditor->db);
	sl_tpcw_model_destroy(auditor->model);
}

static const char *reason(const struct sl_tpcw_auditor *auditor, int err)
{
	if (err == -EIO)
		return sqlite3_errmsg(auditor->db);
	if (err == -EPROTO)
		return "it holds no population, or one of another version";
	return strerror(-err);
}

int sl_tpcw_audit(const char *dir, const struct sl_tpcw_deeds *deeds,
		  bool alone, char *why, u32 bytes)
{
	static const struct sl_tpcw_deeds none;
	struct sl_tpcw_auditor auditor = { .alone = alone, .why = why,
					   .room = bytes };
	char path[PATH_MAX];
	struct stat stat_of;
	int err = 0;

	snprintf(path, sizeof(path), "%s/shop.db", dir);
	auditor.model = sl_tpcw_population_read(dir);
	if (!auditor.model || stat(path, &stat_of))
		err = -errno;
	else if (sqlite3_open_v2(path, &auditor.db, SQLITE_OPEN_READWRITE,
				 NULL))
		err = -EIO;
	if (!err)
		sqlite3_exec(auditor.db, "PRAGMA mmap_size=4294967296", NULL,
			     NULL, NULL);
	err = err ?: deeds_sort(&auditor, deeds ?: &none);
	err = err ?: audit(&auditor, stat_of.st_size);
	if (err)
		snprintf(why, bytes, "%s cannot be audited: %s", path,
			 reason(&auditor, err));
	else if (!auditor.wrong)
		snprintf(why, bytes, "ok");
	else if (auditor.wrong > 1 && auditor.room - auditor.used > 32)
		snprintf(why + auditor.used, bytes - auditor.used,
			 " (%llu faults)", (unsigned long long)auditor.wrong);
	auditor_free(&auditor);
	return err ?: auditor.wrong > 0;
}
