// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The requests of the 14 interactions, as docs/bookstore.md describes them.
 */
#include "bench/tpcw_visit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stages/web/shop.h"

/* NURand's A for items. */
#define ITEMS_A 511

/* A request's line and head, or its body. */
struct ask {
	struct sl_tpcw_visit *visit;
	struct sl_tpcw_dice *dice;
	const struct sl_tpcw_model *model;
	char path[256];
	u32 path_bytes;
	char body[2048];
	u32 body_bytes;
};

static u32 some_item(struct ask *ask)
{
	return sl_dice_nurand(ask->dice, ITEMS_A, 1, ask->model->items);
}

__attribute__((format(printf, 2, 3)))
static void path(struct ask *ask, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ask->path_bytes += vsnprintf(ask->path + ask->path_bytes,
				     sizeof(ask->path) - ask->path_bytes,
				     format, args);
	va_end(args);
}

/* name=value, percent-encoded; a value is at most 500 letters and spaces. */
static void field(struct ask *ask, const char *name, const char *chars,
		  u32 count)
{
	static const char hex[] = "0123456789ABCDEF";
	char *to = ask->body + ask->body_bytes;
	u32 i;

	if (ask->body_bytes)
		*to++ = '&';
	to = stpcpy(to, name);
	*to++ = '=';
	for (i = 0; i < count; i++) {
		u8 c = chars[i];

		if (c == ' ') {
			*to++ = '+';
		} else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			   (c >= '0' && c <= '9') || c == '-' || c == '.' ||
			   c == '_') {
			*to++ = c;
		} else {
			*to++ = '%';
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		}
	}
	ask->body_bytes = to - ask->body;
}

static void field_text(struct ask *ask, const char *name, const char *value)
{
	field(ask, name, value, strlen(value));
}

static void field_number(struct ask *ask, const char *name, u32 value)
{
	char digits[12];

	field(ask, name, digits, sprintf(digits, "%u", value));
}

static void field_login(struct ask *ask, u32 customer)
{
	char name[SL_TPCW_SPELLED];

	sl_tpcw_spell(customer, 1, name);
	field_text(ask, "uname", name);
	sl_tpcw_lower(name);
	field_text(ask, "passwd", name);
}

/* Remembers a hash of the address, for the audit. */
static void field_address(struct ask *ask)
{
	static const char *const names[] = { "street1", "street2", "city",
					     "state" };
	static const u32 min[] = { 15, 15, 4, 2 }, max[] = { 40, 40, 30, 20 };
	u64 hash = 0;
	char zip[8];
	u32 i;

	for (i = 0; i < 4; i++) {
		struct sl_tpcw_text text = sl_tpcw_text_cut(
			ask->model, ask->dice, min[i], max[i]);

		field(ask, names[i], text.chars, text.count);
		hash = sl_tpcw_hash(hash, text.chars, text.count);
	}
	i = sprintf(zip, "%05u", sl_dice_below(ask->dice, 100000));
	field(ask, "zip", zip, i);
	hash = sl_tpcw_hash(hash, zip, i);
	i = sl_dice_below(ask->dice, SL_TPCW_COUNTRIES);
	field_text(ask, "country", sl_tpcw_countries[i].name);
	ask->visit->asked.address_hash = hash;
}

static void ask_subject(struct ask *ask)
{
	u32 subject = sl_dice_below(ask->dice, SL_SHOP_SUBJECTS);

	ask->visit->asked.subject = subject;
	path(ask, "?subject=%s", sl_shop_subject[subject]);
}

static void ask_product_detail(struct ask *ask)
{
	struct sl_tpcw_visit *visit = ask->visit;

	if (visit->listed)
		visit->asked.item =
			visit->list[sl_dice_below(ask->dice, visit->listed)];
	else
		visit->asked.item = some_item(ask);
	path(ask, "?i_id=%u", visit->asked.item);
}

static void ask_search_results(struct ask *ask)
{
	static const char *const by[] = { "author", "title" };
	struct sl_tpcw_asked *asked = &ask->visit->asked;
	char word[SL_TPCW_SPELLED];
	u32 keys;

	asked->by = sl_dice_below(ask->dice, 3);
	if (asked->by == SL_TPCW_BY_SUBJECT) {
		asked->subject = sl_dice_below(ask->dice, SL_SHOP_SUBJECTS);
		path(ask, "?type=subject&q=%s",
		     sl_shop_subject[asked->subject]);
		return;
	}
	keys = asked->by == SL_TPCW_BY_AUTHOR ? ask->model->author_keys :
						ask->model->title_keys;
	asked->key = sl_dice_nurand(ask->dice, ITEMS_A, 1, keys);
	sl_tpcw_spell(asked->key, SL_TPCW_KEY_DIGITS, word);
	/* Capitals must not matter. */
	if (sl_dice_percent(ask->dice, 50))
		sl_tpcw_lower(word);
	path(ask, "?type=%s&q=%s", by[asked->by], word);
}

/* One more of the item in what the cart must hold afterwards. */
static void cart_add(struct ask *ask, u32 item)
{
	struct sl_tpcw_cart *cart = &ask->visit->asked.cart;
	u32 i;

	for (i = 0; i < cart->lines && cart->line[i].item != item; i++)
		;
	/* A full cart stays as it is: the page would be refused. */
	if (i == SL_TPCW_CART_LINES_MAX)
		return;
	if (i == cart->lines)
		cart->line[cart->lines++] =
			(struct sl_tpcw_cart_line){ item, 0 };
	if (cart->line[i].quantity == SL_SHOP_QTY_MAX)
		return;
	cart->line[i].quantity++;
	field_number(ask, "add", item);
}

/* New quantities for about half of the lines; one in eleven goes. */
static void cart_refresh(struct ask *ask)
{
	struct sl_tpcw_cart *cart = &ask->visit->asked.cart;
	char name[20];
	u32 i, kept = 0;

	for (i = 0; i < cart->lines; i++) {
		struct sl_tpcw_cart_line line = cart->line[i];

		if (sl_dice_percent(ask->dice, 50)) {
			line.quantity = sl_dice_below(ask->dice, 11);
			sprintf(name, "qty_%u", line.item);
			field_number(ask, name, line.quantity);
		}
		if (line.quantity)
			cart->line[kept++] = line;
	}
	cart->lines = kept;
}

static void ask_shopping_cart(struct ask *ask, u32 after)
{
	struct sl_tpcw_visit *visit = ask->visit;

	visit->asked.cart = visit->cart;
	field_number(ask, "sc_id", visit->cart.id);
	if (after == SL_TPCW_PRODUCT_DETAIL)
		cart_add(ask, visit->item);
	else if (after == SL_TPCW_SHOPPING_CART)
		cart_refresh(ask);
}

static void field_registration(struct ask *ask)
{
	struct sl_tpcw_visit *visit = ask->visit;
	struct sl_tpcw_customer like;
	u64 hash;

	/* Somebody with the names and the data of a customer by chance. */
	sl_tpcw_customer_fill(ask->model, sl_tpcw_some_customer(visit), &like);
	visit->fname = like.fname;
	visit->lname = like.lname;
	hash = sl_tpcw_hash(0, like.fname.chars, like.fname.count);
	hash = sl_tpcw_hash(hash, like.lname.chars, like.lname.count);
	visit->asked.names_hash = hash;
	visit->asked.registers = true;
	field(ask, "fname", like.fname.chars, like.fname.count);
	field(ask, "lname", like.lname.chars, like.lname.count);
	field_address(ask);
	field_text(ask, "phone", like.phone);
	field_text(ask, "email", like.email);
	field_text(ask, "birthdate", "1970-11-23");
	field(ask, "data", like.data.chars, like.data.count);
}

static void ask_buy_request(struct ask *ask)
{
	field_number(ask, "sc_id", ask->visit->cart.id);
	if (ask->visit->customer)
		field_login(ask, ask->visit->customer);
	else
		field_registration(ask);
}

static void ask_buy_confirm(struct ask *ask)
{
	struct sl_tpcw_visit *visit = ask->visit;
	struct sl_tpcw_dice *dice = ask->dice;
	u64 number = sl_dice_roll(dice) % 10000000000000000ull;
	char text[64];
	u32 count;

	field_number(ask, "c_id", visit->customer);
	field_number(ask, "sc_id", visit->cart.id);
	field_text(ask, "cc_type", sl_tpcw_cards[sl_dice_below(
					   dice, sl_tpcw_cards_count)]);
	sprintf(text, "%016llu", (unsigned long long)number);
	field_text(ask, "cc_number", text);
	count = sprintf(text, "%.*s %.*s", visit->fname.count,
			visit->fname.chars, visit->lname.count,
			visit->lname.chars);
	field(ask, "cc_name", text, count);
	count = sl_dice_between(dice, 12 * 2030, 12 * 2040 - 1);
	sprintf(text, "%u-%02u", count / 12, count % 12 + 1);
	field_text(ask, "cc_expiry", text);
	field_text(ask, "shipping",
		   sl_shop_shipping[sl_dice_below(dice, SL_SHOP_SHIPPINGS)]);
	if (sl_dice_percent(dice, 5))
		field_address(ask);
}

static void ask_order_display(struct ask *ask)
{
	struct sl_tpcw_visit *visit = ask->visit;
	struct sl_tpcw_asked *asked = &visit->asked;

	asked->buyer = visit->customer ?: sl_tpcw_some_customer(visit);
	if (asked->buyer <= ask->model->customers)
		asked->least_order = visit->shop->last_order[asked->buyer];
	else
		asked->least_order = visit->order;
	field_login(ask, asked->buyer);
}

static void ask_admin_request(struct ask *ask)
{
	/* The item that was looked at, as the page links to it. */
	ask->visit->asked.item = ask->visit->item ?: some_item(ask);
	path(ask, "?i_id=%u", ask->visit->asked.item);
}

static void ask_admin_confirm(struct ask *ask)
{
	struct sl_tpcw_asked *asked = &ask->visit->asked;
	struct sl_tpcw_book *book;
	char text[32];

	asked->item = ask->visit->item ?: some_item(ask);
	asked->cost = sl_dice_between(ask->dice, 100, 999999);
	asked->picture = sl_dice_between(ask->dice, 1, ask->model->items);
	field_number(ask, "i_id", asked->item);
	sprintf(text, "%u.%02u", asked->cost / 100, asked->cost % 100);
	field_text(ask, "cost", text);
	sl_tpcw_image_name(SL_TPCW_IMAGE, asked->picture, text);
	field_text(ask, "image", text);
	sl_tpcw_image_name(SL_TPCW_THUMB, asked->picture, text);
	field_text(ask, "thumbnail", text);

	book = &ask->visit->shop->book[asked->item];
	book->touched = true;
	/* Of two changes at once, nobody knows which will be the last. */
	if (book->changing++)
		book->muddled = true;
}

static void ask_fields(struct ask *ask, u32 after)
{
	switch (ask->visit->now) {
	case SL_TPCW_NEW_PRODUCTS:
	case SL_TPCW_BEST_SELLERS:
		ask_subject(ask);
		break;
	case SL_TPCW_PRODUCT_DETAIL:
		ask_product_detail(ask);
		break;
	case SL_TPCW_SEARCH_RESULTS:
		ask_search_results(ask);
		break;
	case SL_TPCW_SHOPPING_CART:
		ask_shopping_cart(ask, after);
		break;
	case SL_TPCW_BUY_REQUEST:
		ask_buy_request(ask);
		break;
	case SL_TPCW_BUY_CONFIRM:
		ask_buy_confirm(ask);
		break;
	case SL_TPCW_ORDER_DISPLAY:
		ask_order_display(ask);
		break;
	case SL_TPCW_ADMIN_REQUEST:
		ask_admin_request(ask);
		break;
	case SL_TPCW_ADMIN_CONFIRM:
		ask_admin_confirm(ask);
		break;
	}
}

/* Links repeat who is asking and their cart; a form's fields are its body. */
static void path_session(struct ask *ask)
{
	const struct sl_tpcw_visit *visit = ask->visit;
	char mark = strchr(ask->path, '?') ? '&' : '?';

	if (visit->customer) {
		path(ask, "%cc_id=%u", mark, visit->customer);
		mark = '&';
	}
	if (visit->cart.id)
		path(ask, "%csc_id=%u", mark, visit->cart.id);
}

u32 sl_tpcw_ask(struct sl_tpcw_visit *visit, char *text, u32 after)
{
	struct ask ask;

	ask.visit = visit;
	ask.dice = &visit->dice;
	ask.model = visit->shop->model;
	ask.path_bytes = 0;
	ask.body_bytes = 0;
	memset(&visit->asked, 0, offsetof(struct sl_tpcw_asked, cart));
	path(&ask, "/%s", sl_tpcw_names_of[visit->now]);
	ask_fields(&ask, after);
	if (!ask.body_bytes) {
		path_session(&ask);
		return sprintf(text, "GET %.*s HTTP/1.1\r\nHost: %s\r\n\r\n",
			       ask.path_bytes, ask.path, visit->host);
	}
	return sprintf(text, "POST %.*s HTTP/1.1\r\nHost: %s\r\n"
		       "Content-Type: application/x-www-form-urlencoded\r\n"
		       "Content-Length: %u\r\n\r\n%.*s", ask.path_bytes,
		       ask.path, visit->host, ask.body_bytes, ask.body_bytes,
		       ask.body);
}
