/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_PAGES_TEST_H
#define BENCH_TPCW_PAGES_TEST_H

/*
 * The smallest shop that emulated browsers accept: pages with all marks that
 * docs/bookstore.md promises, made from what the browser asked for.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/tpcw_visit.h"

struct pages {
	char text[65536];
	u32 count;
	u32 next_cart;
	u32 next_order;
	u32 next_customer;
	/* The discount that new customers get. */
	u32 discount;
};

__attribute__((format(printf, 2, 3)))
static inline void say(struct pages *pages, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pages->count += vsnprintf(pages->text + pages->count,
				  sizeof(pages->text) - pages->count, format,
				  args);
	va_end(args);
}

static inline void say_item(struct pages *pages, u32 item)
{
	say(pages, "<a href=\"/product_detail?i_id=%u\">"
	    "<img src=\"/images/thumb_%u.bmp\"></a>"
	    "<a href=\"/product_detail?i_id=%u\">x</a>\n", item, item, item);
}

static inline void say_money(struct pages *pages, const char *id, s64 cents)
{
	say(pages, "<b id=\"%s\">%lld.%02lld</b>\n", id, (long long)cents / 100,
	    (long long)cents % 100);
}

static inline void say_hidden(struct pages *pages, const char *name, u32 value)
{
	say(pages, "<input type=\"hidden\" name=\"%s\" value=\"%u\">\n", name,
	    value);
}

static inline bool is_listed(const struct sl_tpcw_visit *visit, u32 item)
{
	const struct sl_tpcw_shop *shop = visit->shop;
	const struct sl_tpcw_asked *asked = &visit->asked;

	if (visit->now != SL_TPCW_SEARCH_RESULTS ||
	    asked->by == SL_TPCW_BY_SUBJECT)
		return shop->book[item].subject == asked->subject;
	if (asked->by == SL_TPCW_BY_TITLE)
		return sl_tpcw_title_key(shop->model, item) == asked->key;
	return sl_tpcw_author_key(shop->model, shop->book[item].author) ==
	       asked->key;
}

/* The newest first: by looking for the next younger one again and again. */
static inline void say_list(struct pages *pages,
			    const struct sl_tpcw_visit *visit)
{
	const struct sl_tpcw_shop *shop = visit->shop;
	bool said[1024] = { false };
	u32 count, item, best;

	say(pages, "<p class=\"age\">as of 7 seconds ago</p>");
	for (count = 0; count < SL_TPCW_LIST_MAX; count++) {
		for (best = 0, item = 1; item <= shop->model->items; item++)
			if (!said[item] && is_listed(visit, item) &&
			    (!best || shop->book[item].pub_date >
					      shop->book[best].pub_date))
				best = item;
		if (!best)
			break;
		said[best] = true;
		say_item(pages, best);
	}
}

static inline void say_detail(struct pages *pages,
			      const struct sl_tpcw_visit *visit)
{
	u32 id = visit->asked.item;
	struct sl_tpcw_author author;
	struct sl_tpcw_item item;

	sl_tpcw_item_fill(visit->shop->model, id, &item);
	sl_tpcw_author_fill(visit->shop->model, item.author, &author);
	say(pages, "<img src=\"/images/image_%u.bmp\">%.*s by %.*s: %.*s\n",
	    id, item.title.count, item.title.chars, author.lname.count,
	    author.lname.chars, item.desc.count, item.desc.chars);
	say_money(pages, "cost", visit->now == SL_TPCW_ADMIN_CONFIRM ?
					 visit->asked.cost :
					 visit->shop->book[id].cost);
}

static inline s64 value_of(const struct sl_tpcw_visit *visit,
			   const struct sl_tpcw_cart *cart, u32 *quantity)
{
	s64 value = 0;
	u32 i;

	*quantity = 0;
	for (i = 0; i < cart->lines; i++) {
		*quantity += cart->line[i].quantity;
		value += (s64)cart->line[i].quantity *
			 visit->shop->book[cart->line[i].item].cost;
	}
	return value;
}

static inline void say_cart(struct pages *pages,
			    const struct sl_tpcw_visit *visit)
{
	struct sl_tpcw_cart cart = visit->asked.cart;
	u32 quantity, i;

	if (!cart.id)
		cart.id = ++pages->next_cart;
	if (!cart.lines)
		cart.line[cart.lines++] = (struct sl_tpcw_cart_line){ 9, 1 };
	say_hidden(pages, "sc_id", cart.id);
	for (i = 0; i < cart.lines; i++)
		say(pages, "<a href=\"/product_detail?i_id=%u\">x</a>"
		    "<input name=\"qty_%u\" value=\"%u\">\n",
		    cart.line[i].item, cart.line[i].item,
		    cart.line[i].quantity);
	say_money(pages, "sub_total", value_of(visit, &cart, &quantity));
}

static inline void say_buyer(struct pages *pages,
			     const struct sl_tpcw_visit *visit)
{
	u32 customer = visit->customer;
	char name[SL_TPCW_SPELLED];

	if (visit->asked.registers) {
		customer = ++pages->next_customer;
		sl_tpcw_spell(customer, 1, name);
		say(pages, "<b id=\"uname\">%s</b>", name);
	}
	say_hidden(pages, "sc_id", visit->cart.id);
	say_hidden(pages, "c_id", customer);
	say(pages, "%.*s %.*s\n", visit->fname.count, visit->fname.chars,
	    visit->lname.count, visit->lname.chars);
}

static inline void say_order(struct pages *pages,
			     const struct sl_tpcw_visit *visit)
{
	u32 quantity, discount = pages->discount;
	s64 value = value_of(visit, &visit->cart, &quantity);

	if (visit->discount >= 0)
		discount = visit->discount;
	say(pages, "<b id=\"o_id\">%u</b>\n", ++pages->next_order);
	say_money(pages, "total",
		  sl_tpcw_sums(value, quantity, discount).total);
}

static inline void say_body(struct pages *pages,
			    const struct sl_tpcw_visit *visit)
{
	u32 i;

	switch (visit->now) {
	case SL_TPCW_HOME:
		if (visit->customer)
			say(pages, "Hello, %.*s %.*s\n", visit->fname.count,
			    visit->fname.chars, visit->lname.count,
			    visit->lname.chars);
		/* fall through */
	case SL_TPCW_SEARCH_REQUEST:
		for (i = 11; i < 16; i++)
			say_item(pages, i);
		break;
	case SL_TPCW_NEW_PRODUCTS:
	case SL_TPCW_BEST_SELLERS:
	case SL_TPCW_SEARCH_RESULTS:
		say_list(pages, visit);
		break;
	case SL_TPCW_PRODUCT_DETAIL:
	case SL_TPCW_ADMIN_REQUEST:
	case SL_TPCW_ADMIN_CONFIRM:
		say_detail(pages, visit);
		break;
	case SL_TPCW_SHOPPING_CART:
		say_cart(pages, visit);
		break;
	case SL_TPCW_BUY_REQUEST:
		say_buyer(pages, visit);
		break;
	case SL_TPCW_BUY_CONFIRM:
		say_order(pages, visit);
		break;
	case SL_TPCW_ORDER_DISPLAY:
		if (visit->asked.least_order)
			say(pages, "<b id=\"o_id\">%u</b>\n",
			    visit->asked.least_order);
		else
			say(pages, "no order yet\n");
		break;
	}
}

/* Makes the page that the visit's request asks for. */
static inline void pages_make(struct pages *pages,
			      const struct sl_tpcw_visit *visit)
{
	pages->count = 0;
	say(pages, "<!DOCTYPE html>\n<html><head><title>Bookstore: %s</title>"
	    "</head><body>\n<img src=\"/images/button_home.bmp\">"
	    "<img src=\"/images/button_cart.bmp\">"
	    "<img src=\"/images/button_search.bmp\">\n",
	    sl_tpcw_names_of[visit->now]);
	say_body(pages, visit);
	say(pages, "</body></html>\n");
}

static inline void pages_open(struct pages *pages,
			      const struct sl_tpcw_model *model)
{
	pages->next_cart = 0;
	pages->next_order = model->orders;
	pages->next_customer = model->customers;
	pages->discount = 13;
}

#endif
