/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_SHOP_H
#define BENCH_TPCW_SHOP_H

/*
 * What the emulated browsers know about the bookstore, all together.
 *
 * It is the model of the population, turned so that it answers what a list
 * has to show, plus what the browsers have changed since.  If the shop was
 * as populated when they began and nobody else uses it (pristine), they know
 * each price and each list; if not, they check less.
 */
#include <linux/types.h>
#include "bench/tpcw_deed.h"
#include "bench/tpcw_model.h"

#define SL_TPCW_LIST_MAX 50

/* What is known of an item. */
struct sl_tpcw_book {
	u32 author;
	u32 cost;
	s64 pub_date;
	/* When the cost became that, and how many are changing it now. */
	u64 cost_since_ns;
	u32 changing;
	u8 subject;
	/* Did two changes overlap, or was one lost? */
	bool muddled;
	/* Has anybody changed it, or tried to? */
	bool touched;
};

/**
 * struct sl_tpcw_shop - knowledge of a bookstore
 * @model: its population
 * @pristine: was it as populated at the beginning, and is it ours alone?
 * @book: of each item, from 1
 * @newest: items by subject, the newest first
 * @newest_from: where a subject begins in newest; one more for the end
 * @by_author: items by the number in their authors' last names, from 1
 * @by_author_from: where a number begins in by_author; one more for the end
 * @last_order: of each populated customer, from 1; 0 if there is none
 * @deeds: what the shop acknowledged
 */
struct sl_tpcw_shop {
	const struct sl_tpcw_model *model;
	bool pristine;
	struct sl_tpcw_book *book;
	u32 *newest;
	u32 newest_from[SL_TPCW_SUBJECTS + 1];
	u32 *by_author;
	u32 *by_author_from;
	u32 *last_order;
	struct sl_tpcw_deeds *deeds;
};

/**
 * sl_tpcw_shop_create() - know a bookstore
 * @model: its population; the caller keeps it
 * @pristine: is it as populated, and does nobody else use it?
 * @deeds: gets what the shop acknowledges; the caller keeps it
 *
 * Return: the knowledge, or NULL if there is no memory.
 */
struct sl_tpcw_shop *sl_tpcw_shop_create(const struct sl_tpcw_model *model,
					 bool pristine,
					 struct sl_tpcw_deeds *deeds);
void sl_tpcw_shop_destroy(struct sl_tpcw_shop *shop);

/**
 * sl_tpcw_shop_cost() - an item's price, if it is certain
 * @shop: knowledge
 * @item: valid number of an item
 * @since_ns: it has not changed since then
 *
 * Return: cents, or -1 if it is not known.
 */
s64 sl_tpcw_shop_cost(const struct sl_tpcw_shop *shop, u32 item, u64 since_ns);

/*
 * Do these items make the page that was asked for?  Each returns NULL if they
 * do, or what is wrong with them, for a message.
 */
const char *sl_tpcw_shop_newest(const struct sl_tpcw_shop *shop, u32 subject,
				const u32 *item, u32 items);
const char *sl_tpcw_shop_subject(const struct sl_tpcw_shop *shop, u32 subject,
				 const u32 *item, u32 items);
const char *sl_tpcw_shop_titled(const struct sl_tpcw_shop *shop, u32 key,
				const u32 *item, u32 items);
const char *sl_tpcw_shop_written(const struct sl_tpcw_shop *shop, u32 key,
				 const u32 *item, u32 items);
const char *sl_tpcw_shop_sold(const struct sl_tpcw_shop *shop, u32 subject,
			      const u32 *item, u32 items);

#endif
