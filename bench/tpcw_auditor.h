/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_AUDITOR_H
#define BENCH_TPCW_AUDITOR_H

/*
 * Inside the audit: what its parts have in common.
 *
 * Tables are gone through in the order of their keys, tables that belong
 * together side by side, and the deeds in the same order beside them.
 */
#include <sqlite3.h>

#include <linux/types.h>
#include "bench/tpcw_deed.h"
#include "bench/tpcw_model.h"

/* Deeds of one kind, by key; those of one key in the order they were done. */
struct sl_tpcw_deed_list {
	const struct sl_tpcw_deed **deed;
	u64 count;
	u64 unknown;
};

/**
 * struct sl_tpcw_auditor - an audit under way
 * @db: the database
 * @model: as it was populated
 * @alone: are the deeds all that was done?
 * @deeds: of each kind
 * @customers: how many there are
 * @addresses: likewise
 * @orders: likewise
 * @carts: likewise
 * @discount: of each customer
 * @sold: of each item since the population
 * @why: for the first things that are wrong
 * @room: bytes there
 * @used: of them
 * @wrong: how many things are wrong in all
 */
struct sl_tpcw_auditor {
	sqlite3 *db;
	struct sl_tpcw_model *model;
	bool alone;
	struct sl_tpcw_deed_list deeds[SL_TPCW_DEED_KINDS];
	s64 customers;
	s64 addresses;
	s64 orders;
	s64 carts;
	u8 *discount;
	s64 *sold;
	char *why;
	u32 room;
	u32 used;
	u64 wrong;
};

/* Something is wrong. */
__attribute__((format(printf, 2, 3)))
void sl_tpcw_wrong(struct sl_tpcw_auditor *auditor, const char *format, ...);

/* Return: 0, or -EIO if SQLite does not take the statement. */
int sl_tpcw_prepare(struct sl_tpcw_auditor *auditor, const char *sql,
		    sqlite3_stmt **stmt);

/* Return: 1 if there is a row, 0 if there is none left, -EIO. */
int sl_tpcw_step(sqlite3_stmt *stmt);

/* The hash of a row's text columns, as sl_tpcw_hash() of what was sent. */
u64 sl_tpcw_column_hash(sqlite3_stmt *stmt, int first, int count);

/**
 * sl_tpcw_deed_row() - the deeds of a key, when keys are gone through in order
 * @list: deeds of one kind
 * @at: where we are in it; moved to the next key
 * @key: the row's
 * @missing: called for each deed of a key that was left out
 * @auditor: handed to @missing
 *
 * Return: the last deed of the key; NULL if there is none.
 */
const struct sl_tpcw_deed *
sl_tpcw_deed_row(const struct sl_tpcw_deed_list *list, u64 *at, s64 key,
		 void (*missing)(struct sl_tpcw_auditor *auditor,
				 const struct sl_tpcw_deed *deed),
		 struct sl_tpcw_auditor *auditor);

/* The parts; each returns 0 or a negative errno. */
int sl_tpcw_audit_customers(struct sl_tpcw_auditor *auditor);
int sl_tpcw_audit_orders(struct sl_tpcw_auditor *auditor);
int sl_tpcw_audit_items(struct sl_tpcw_auditor *auditor);
int sl_tpcw_audit_carts(struct sl_tpcw_auditor *auditor);

#endif
