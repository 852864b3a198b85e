// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Is this the page that was asked for?  Each check returns NULL, or what is
 * wrong in words that end a sentence which begins with the page's name.
 */
#include "bench/tpcw_visit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stages/web/shop.h"

/* Buttons on each page, promotions on some, seconds that lists may be old. */
#define BUTTONS	   3
#define PROMOTIONS 5
#define AGE_MAX	   30

/* A page and who asked for it. */
struct check {
	struct sl_tpcw_visit *visit;
	const struct sl_tpcw_asked *asked;
	const struct sl_tpcw_page *page;
	const char *body;
	u64 count;
};

__attribute__((format(printf, 2, 3)))
static const char *wrong(struct check *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(check->visit->why, sizeof(check->visit->why), format, args);
	va_end(args);
	return check->visit->why;
}

static const char *find(const struct check *check, const char *chars,
			u32 count)
{
	return memmem(check->body, check->count, chars, count);
}

static bool shows(const struct check *check, struct sl_tpcw_text text)
{
	return find(check, text.chars, text.count) != NULL;
}

static const char *check_customer(struct check *check)
{
	const struct sl_tpcw_visit *visit = check->visit;

	if (visit->customer &&
	    (!shows(check, visit->fname) || !shows(check, visit->lname)))
		return wrong(check, "does not greet customer %u, %.*s %.*s",
			     visit->customer, visit->fname.count,
			     visit->fname.chars, visit->lname.count,
			     visit->lname.chars);
	return NULL;
}

static const char *check_promotions(struct check *check)
{
	const struct sl_tpcw_page *page = check->page;
	u32 i;

	if (page->items != PROMOTIONS)
		return wrong(check, "has %u promotional items", page->items);
	for (i = 0; i < page->items; i++)
		if (!page->item[i] ||
		    page->item[i] > check->visit->shop->model->items)
			return wrong(check, "promotes item %u", page->item[i]);
	return NULL;
}

static const char *check_age(struct check *check)
{
	static const char mark[] = "<p class=\"age\">as of ";
	const char *age = find(check, mark, sizeof(mark) - 1);
	u32 seconds = 0;

	if (!age)
		return "does not say how old it is";
	for (age += sizeof(mark) - 1;
	     *age >= '0' && *age <= '9' && seconds < 1000; age++)
		seconds = seconds * 10 + *age - '0';
	if (seconds > AGE_MAX)
		return wrong(check, "is %u seconds old", seconds);
	return NULL;
}

static const char *check_search(struct check *check)
{
	const struct sl_tpcw_shop *shop = check->visit->shop;
	const struct sl_tpcw_asked *asked = check->asked;
	const struct sl_tpcw_page *page = check->page;

	if (asked->by == SL_TPCW_BY_AUTHOR)
		return sl_tpcw_shop_written(shop, asked->key, page->item,
					    page->items);
	if (asked->by == SL_TPCW_BY_TITLE)
		return sl_tpcw_shop_titled(shop, asked->key, page->item,
					   page->items);
	return sl_tpcw_shop_subject(shop, asked->subject, page->item,
				    page->items);
}

static const char *check_list(struct check *check)
{
	const struct sl_tpcw_shop *shop = check->visit->shop;
	const struct sl_tpcw_asked *asked = check->asked;
	const struct sl_tpcw_page *page = check->page;
	const char *why = check_age(check);
	u32 thumbs = 0, i;

	if (why)
		return why;
	for (i = 0; i < page->images; i++)
		thumbs += page->image[i].kind == SL_TPCW_THUMB;
	if (thumbs != page->items)
		return wrong(check, "has %u thumbnails for %u items", thumbs,
			     page->items);
	if (check->visit->now == SL_TPCW_NEW_PRODUCTS)
		return sl_tpcw_shop_newest(shop, asked->subject, page->item,
					   page->items);
	if (check->visit->now == SL_TPCW_BEST_SELLERS)
		return sl_tpcw_shop_sold(shop, asked->subject, page->item,
					 page->items);
	return check_search(check);
}

/* The title, and the author and the price where a page must show them. */
static const char *check_item(struct check *check)
{
	const struct sl_tpcw_shop *shop = check->visit->shop;
	u32 id = check->asked->item;
	struct sl_tpcw_author author;
	struct sl_tpcw_item item;
	char price[24];
	s64 cost;

	sl_tpcw_item_fill(shop->model, id, &item);
	if (!shows(check, item.title))
		return wrong(check, "does not show the title of item %u", id);
	if (check->visit->now != SL_TPCW_PRODUCT_DETAIL)
		return NULL;
	sl_tpcw_author_fill(shop->model, item.author, &author);
	if (!shows(check, author.lname) || !shows(check, item.desc))
		return wrong(check, "does not show everything about item %u",
			     id);
	cost = sl_tpcw_shop_cost(shop, id, check->visit->begun_ns);
	if (cost < 0)
		return NULL;
	sprintf(price, "%lld.%02lld", (long long)cost / 100,
		(long long)cost % 100);
	if (!find(check, price, strlen(price)))
		return wrong(check, "does not show the cost of item %u, %s", id,
			     price);
	return NULL;
}

static const char *check_image(struct check *check)
{
	const struct sl_tpcw_page *page = check->page;
	u32 i;

	for (i = 0; i < page->images; i++)
		if (page->image[i].kind == SL_TPCW_IMAGE)
			return NULL;
	return "has no large image";
}

static const char *check_admin(struct check *check)
{
	char price[16];

	sprintf(price, "%u.%02u", check->asked->cost / 100,
		check->asked->cost % 100);
	if (!find(check, price, strlen(price)))
		return wrong(check, "does not show the new cost, %s", price);
	return NULL;
}

/*
 * What the cart comes to at the prices that are certain.
 * Return: cents, or -1 if a price is not.
 */
static s64 cart_value(const struct check *check,
		      const struct sl_tpcw_cart_line *line, u32 lines)
{
	s64 sum = 0;
	u32 i;

	for (i = 0; i < lines; i++) {
		s64 cost = sl_tpcw_shop_cost(check->visit->shop, line[i].item,
					     check->visit->begun_ns);

		if (cost < 0)
			return -1;
		sum += cost * line[i].quantity;
	}
	return sum;
}

static const char *check_cart(struct check *check)
{
	const struct sl_tpcw_visit *visit = check->visit;
	const struct sl_tpcw_cart *want = &check->asked->cart;
	const struct sl_tpcw_page *page = check->page;
	s64 value;
	u32 i;

	if (!page->cart || (visit->cart.id && page->cart != visit->cart.id))
		return wrong(check, "shows cart %u instead of %u", page->cart,
			     visit->cart.id);
	for (i = 0; i < page->lines; i++)
		if (!page->line[i].item ||
		    page->line[i].item > visit->shop->model->items)
			return wrong(check, "has item %u in cart %u",
				     page->line[i].item, page->cart);
	if (!want->lines && (page->lines != 1 || page->line[0].quantity != 1))
		return wrong(check, "has %u lines in cart %u, which was empty",
			     page->lines, page->cart);
	if (want->lines &&
	    (page->lines != want->lines ||
	     sl_tpcw_lines_hash(page->line, page->lines) !=
		     sl_tpcw_lines_hash(want->line, want->lines)))
		return wrong(check, "shows other lines in cart %u than were "
			     "put there, %u for %u", page->cart, page->lines,
			     want->lines);
	value = cart_value(check, page->line, page->lines);
	if (page->sub_total < 0 || (value >= 0 && page->sub_total != value))
		return wrong(check, "says %lld cents for cart %u, worth %lld",
			     (long long)page->sub_total, page->cart,
			     (long long)value);
	return NULL;
}

static const char *check_buy_request(struct check *check)
{
	const struct sl_tpcw_visit *visit = check->visit;
	const struct sl_tpcw_page *page = check->page;
	char uname[SL_TPCW_SPELLED];
	u32 count;

	if (page->cart != visit->cart.id)
		return wrong(check, "is about cart %u instead of %u",
			     page->cart, visit->cart.id);
	if (!check->asked->registers)
		return page->customer == visit->customer ?
			       NULL :
			       wrong(check, "is about customer %u instead of "
				     "%u", page->customer, visit->customer);
	if (page->customer <= visit->shop->model->customers)
		return wrong(check, "makes a new customer number %u",
			     page->customer);
	count = sl_tpcw_spell(page->customer, 1, uname);
	if (page->uname.count != count ||
	    memcmp(page->uname.chars, uname, count))
		return wrong(check, "names customer %u \"%.*s\"",
			     page->customer,
			     page->uname.count > 40 ? 40 : page->uname.count,
			     page->uname.chars ?: "");
	return NULL;
}

static bool total_possible(const struct check *check, s64 value, u32 quantity)
{
	s32 discount = check->visit->discount;

	if (discount >= 0)
		return check->page->total ==
		       sl_tpcw_sums(value, quantity, discount).total;
	/* The discount of a new customer is the shop's own affair. */
	for (discount = 0; discount <= 100; discount++)
		if (check->page->total ==
		    sl_tpcw_sums(value, quantity, discount).total)
			return true;
	return false;
}

static const char *check_buy_confirm(struct check *check)
{
	const struct sl_tpcw_visit *visit = check->visit;
	const struct sl_tpcw_page *page = check->page;
	u32 quantity = 0, i;
	s64 value;

	if (page->order <= visit->shop->model->orders)
		return wrong(check, "makes a new order number %u", page->order);
	if (page->total < 0)
		return "shows no total";
	for (i = 0; i < visit->cart.lines; i++)
		quantity += visit->cart.line[i].quantity;
	value = cart_value(check, visit->cart.line, visit->cart.lines);
	if (value >= 0 && !total_possible(check, value, quantity))
		return wrong(check, "takes %lld cents for goods of %lld, "
			     "quantity %u, discount %d",
			     (long long)page->total, (long long)value,
			     quantity, visit->discount);
	return NULL;
}

static const char *check_order(struct check *check)
{
	u32 least = check->asked->least_order;

	if (check->page->order < least)
		return wrong(check, "shows order %u of customer %u, who had "
			     "%u already", check->page->order,
			     check->asked->buyer, least);
	if (!check->page->order && !find(check, "no order yet", 12))
		return "shows no order";
	return NULL;
}

static const char *check_interaction(struct check *check)
{
	const char *why;

	switch (check->visit->now) {
	case SL_TPCW_HOME:
		why = check_customer(check);
		return why ?: check_promotions(check);
	case SL_TPCW_SEARCH_REQUEST:
		return check_promotions(check);
	case SL_TPCW_NEW_PRODUCTS:
	case SL_TPCW_BEST_SELLERS:
	case SL_TPCW_SEARCH_RESULTS:
		return check_list(check);
	case SL_TPCW_PRODUCT_DETAIL:
		why = check_item(check);
		return why ?: check_image(check);
	case SL_TPCW_ADMIN_REQUEST:
		return check_item(check);
	case SL_TPCW_ADMIN_CONFIRM:
		why = check_item(check);
		return why ?: check_admin(check);
	case SL_TPCW_SHOPPING_CART:
		return check_cart(check);
	case SL_TPCW_BUY_REQUEST:
		why = check_buy_request(check);
		return why ?: check_customer(check);
	case SL_TPCW_BUY_CONFIRM:
		return check_buy_confirm(check);
	case SL_TPCW_ORDER_DISPLAY:
		return check_order(check);
	}
	return NULL;
}

const char *sl_tpcw_check(struct sl_tpcw_visit *visit,
			  const struct sl_tpcw_page *page, const char *body,
			  u64 count)
{
	struct check check = { visit, &visit->asked, page, body, count };
	u32 items = visit->shop->model->items, buttons = 0, i;

	if (page->interaction != visit->now)
		return wrong(&check, "has the title of %s",
			     page->interaction == SL_TPCW_INTERACTIONS ?
				     "no interaction" :
				     sl_tpcw_names_of[page->interaction]);
	if (!page->whole)
		return "does not end in </html>";
	if (page->crowded)
		return "has too many items or an unknown image";
	for (i = 0; i < page->images; i++) {
		buttons += page->image[i].kind == SL_TPCW_BUTTON;
		if (page->image[i].kind != SL_TPCW_BUTTON &&
		    page->image[i].number > items)
			return wrong(&check, "shows an image of item %u",
				     page->image[i].number);
	}
	if (buttons < BUTTONS)
		return wrong(&check, "has %u buttons", buttons);
	return check_interaction(&check);
}
