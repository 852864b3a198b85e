// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_shop.h"

#include <stdlib.h>

/* qsort() has no argument for the comparison; one thread creates shops. */
static const struct sl_tpcw_book *sorted_books;

static int newest_compare(const void *a, const void *b)
{
	u32 i = *(const u32 *)a, j = *(const u32 *)b;
	const struct sl_tpcw_book *x = &sorted_books[i], *y = &sorted_books[j];

	if (x->subject != y->subject)
		return x->subject < y->subject ? -1 : 1;
	if (x->pub_date != y->pub_date)
		return x->pub_date > y->pub_date ? -1 : 1;
	return i < j ? -1 : i > j;
}

static void books_fill(struct sl_tpcw_shop *shop)
{
	u32 items = shop->model->items, i, subject = 0;

	for (i = 1; i <= items; i++) {
		struct sl_tpcw_item item;

		sl_tpcw_item_fill(shop->model, i, &item);
		shop->book[i].author = item.author;
		shop->book[i].cost = item.cost;
		shop->book[i].pub_date = item.pub_date;
		shop->book[i].subject = item.subject;
		shop->newest[i - 1] = i;
	}
	sorted_books = shop->book;
	qsort(shop->newest, items, sizeof(*shop->newest), newest_compare);
	for (i = 0; i < items; i++)
		while (subject < shop->book[shop->newest[i]].subject)
			shop->newest_from[++subject] = i;
	while (subject < SL_TPCW_SUBJECTS)
		shop->newest_from[++subject] = items;
}

/* A counting sort: numbers run from 1 to author_keys. */
static void authors_fill(struct sl_tpcw_shop *shop)
{
	const struct sl_tpcw_model *model = shop->model;
	u32 *from = shop->by_author_from;
	u32 i, key;

	for (i = 1; i <= model->items; i++)
		from[sl_tpcw_author_key(model, shop->book[i].author) + 1]++;
	for (key = 1; key <= model->author_keys + 1; key++)
		from[key] += from[key - 1];
	for (i = model->items; i >= 1; i--) {
		key = sl_tpcw_author_key(model, shop->book[i].author);
		shop->by_author[--from[key + 1]] = i;
	}
	/* Each entry has moved to where its number begins, one too high. */
	for (key = 1; key <= model->author_keys; key++)
		from[key] = from[key + 1];
	from[key] = model->items;
}

struct sl_tpcw_shop *sl_tpcw_shop_create(const struct sl_tpcw_model *model,
					 bool pristine,
					 struct sl_tpcw_deeds *deeds)
{
	struct sl_tpcw_shop *shop = calloc(1, sizeof(*shop));
	u32 i;

	if (!shop)
		return NULL;
	shop->model = model;
	shop->pristine = pristine;
	shop->deeds = deeds;
	shop->book = calloc(model->items + 1, sizeof(*shop->book));
	shop->newest = calloc(model->items, sizeof(*shop->newest));
	shop->by_author = calloc(model->items, sizeof(*shop->by_author));
	shop->by_author_from = calloc(model->author_keys + 2,
				      sizeof(*shop->by_author_from));
	shop->last_order = calloc(model->customers + 1,
				  sizeof(*shop->last_order));
	if (!shop->book || !shop->newest || !shop->by_author ||
	    !shop->by_author_from || !shop->last_order) {
		sl_tpcw_shop_destroy(shop);
		return NULL;
	}
	books_fill(shop);
	authors_fill(shop);
	for (i = 1; i <= model->orders; i++)
		shop->last_order[sl_tpcw_order_customer(model, i)] = i;
	return shop;
}

void sl_tpcw_shop_destroy(struct sl_tpcw_shop *shop)
{
	if (!shop)
		return;
	free(shop->last_order);
	free(shop->by_author_from);
	free(shop->by_author);
	free(shop->newest);
	free(shop->book);
	free(shop);
}

s64 sl_tpcw_shop_cost(const struct sl_tpcw_shop *shop, u32 item, u64 since_ns)
{
	const struct sl_tpcw_book *book = &shop->book[item];

	if (!shop->pristine || book->changing || book->cost_since_ns > since_ns)
		return -1;
	return book->cost;
}

static bool valid(const struct sl_tpcw_shop *shop, u32 item)
{
	return item >= 1 && item <= shop->model->items;
}

static u32 most(u32 items)
{
	return items < SL_TPCW_LIST_MAX ? items : SL_TPCW_LIST_MAX;
}

static const char *distinct(const struct sl_tpcw_shop *shop, const u32 *item,
			    u32 items)
{
	u32 i, j;

	for (i = 0; i < items; i++) {
		if (!valid(shop, item[i]))
			return "lists an item that does not exist";
		for (j = 0; j < i; j++)
			if (item[i] == item[j])
				return "lists an item twice";
	}
	return NULL;
}

const char *sl_tpcw_shop_subject(const struct sl_tpcw_shop *shop, u32 subject,
				 const u32 *item, u32 items)
{
	const char *wrong = distinct(shop, item, items);
	u32 i;

	if (wrong)
		return wrong;
	for (i = 0; i < items; i++)
		if (shop->book[item[i]].subject != subject)
			return "lists an item of another subject";
	if (items != most(shop->newest_from[subject + 1] -
			  shop->newest_from[subject]))
		return "lists too few or too many items";
	return NULL;
}

/*
 * Items that were changed became the newest at some time.  All the others
 * must be the newest of those that were never changed, in order: that holds
 * however old the list is.
 */
const char *sl_tpcw_shop_newest(const struct sl_tpcw_shop *shop, u32 subject,
				const u32 *item, u32 items)
{
	const char *wrong = sl_tpcw_shop_subject(shop, subject, item, items);
	const u32 *next = &shop->newest[shop->newest_from[subject]];
	u32 i;

	if (wrong || !shop->pristine)
		return wrong;
	for (i = 0; i < items; i++) {
		if (shop->book[item[i]].touched)
			continue;
		while (shop->book[*next].touched)
			next++;
		/* Books of one date may come in either order. */
		if (shop->book[item[i]].pub_date != shop->book[*next].pub_date)
			return "does not list the newest items";
		next++;
	}
	return NULL;
}

/* Which books sell best is known to the shop alone. */
const char *sl_tpcw_shop_sold(const struct sl_tpcw_shop *shop, u32 subject,
			      const u32 *item, u32 items)
{
	const char *wrong = distinct(shop, item, items);
	u32 i;

	if (wrong)
		return wrong;
	for (i = 0; i < items; i++)
		if (shop->book[item[i]].subject != subject)
			return "lists an item of another subject";
	if (items > SL_TPCW_LIST_MAX)
		return "lists too many items";
	return NULL;
}

const char *sl_tpcw_shop_titled(const struct sl_tpcw_shop *shop, u32 key,
				const u32 *item, u32 items)
{
	const struct sl_tpcw_model *model = shop->model;
	const char *wrong = distinct(shop, item, items);
	/* Items whose remainder by title_keys is that, of 1 to items. */
	u32 rest = key - 1, all, i;

	if (wrong)
		return wrong;
	all = (model->items - rest) / model->title_keys + (rest ? 1 : 0);
	for (i = 0; i < items; i++)
		if (sl_tpcw_title_key(model, item[i]) != key)
			return "lists an item of another title";
	return items == most(all) ? NULL : "lists too few or too many items";
}

const char *sl_tpcw_shop_written(const struct sl_tpcw_shop *shop, u32 key,
				 const u32 *item, u32 items)
{
	const char *wrong = distinct(shop, item, items);
	u32 all = shop->by_author_from[key + 1] - shop->by_author_from[key];
	u32 i;

	if (wrong)
		return wrong;
	for (i = 0; i < items; i++)
		if (sl_tpcw_author_key(shop->model,
				       shop->book[item[i]].author) != key)
			return "lists an item of another author";
	return items == most(all) ? NULL : "lists too few or too many items";
}
