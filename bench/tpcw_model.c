// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_model.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tpcw_words.h"

#define BLURB_BYTES 65536
/* The longest text, which may begin at the last word that is used. */
#define TEXT_MAX 500
/* Fixed, so that texts differ between seeds by where they are cut. */
#define BLURB_SEED 2005

#define DAY 86400ll
#define YEAR (365 * DAY)

enum { AUTHOR = 1, ITEM, ADDRESS, CUSTOMER, ORDER, BLURB };

static struct sl_tpcw_text word(const char *chars)
{
	return (struct sl_tpcw_text){ chars, strlen(chars) };
}

static void blurb_fill(struct sl_tpcw_model *model)
{
	struct sl_tpcw_dice dice;
	u32 at = 0;

	sl_dice_seed(&dice, BLURB_SEED, BLURB, 0);
	for (;;) {
		struct sl_tpcw_text next = word(sl_tpcw_vocabulary[sl_dice_below(
			&dice, sl_tpcw_vocabulary_count)]);

		if (at + next.count + 1 > BLURB_BYTES)
			break;
		if (at < BLURB_BYTES - 2 * TEXT_MAX)
			model->word[model->words++] = at;
		memcpy(model->blurb + at, next.chars, next.count);
		at += next.count;
		model->blurb[at++] = ' ';
	}
	memset(model->blurb + at, ' ', BLURB_BYTES - at);
}

struct sl_tpcw_model *sl_tpcw_model_create(u32 items, u32 browsers, u64 seed)
{
	struct sl_tpcw_model *model;

	if (items < SL_TPCW_ITEMS_MIN || items > SL_TPCW_ITEMS_MAX ||
	    browsers < 1 || browsers > SL_TPCW_BROWSERS_MAX) {
		errno = EINVAL;
		return NULL;
	}
	model = calloc(1, sizeof(*model));
	if (!model)
		return NULL;
	model->blurb = malloc(BLURB_BYTES);
	model->word = malloc(BLURB_BYTES / 2 * sizeof(*model->word));
	if (!model->blurb || !model->word) {
		sl_tpcw_model_destroy(model);
		errno = ENOMEM;
		return NULL;
	}
	model->items = items;
	model->browsers = browsers;
	model->seed = seed;
	model->authors = items / 4;
	model->customers = 2880 * browsers;
	model->addresses = 2 * model->customers;
	model->orders = model->customers / 10 * 9;
	model->title_keys = items / 5;
	model->author_keys = items / 10;
	blurb_fill(model);
	return model;
}

void sl_tpcw_model_destroy(struct sl_tpcw_model *model)
{
	if (!model)
		return;
	free(model->word);
	free(model->blurb);
	free(model);
}

u32 sl_tpcw_spell(u64 number, u32 digits, char *text)
{
	static const char syllable[10][3] = { "BA", "OG", "AL", "RI", "RE",
					      "SE", "AT", "UL", "IN", "NG" };
	u32 count = 1, i;
	u64 rest;

	for (rest = number / 10; rest; rest /= 10)
		count++;
	if (count < digits)
		count = digits;
	text[2 * count] = 0;
	for (i = count; i--; number /= 10)
		memcpy(text + 2 * i, syllable[number % 10], 2);
	return 2 * count;
}

void sl_tpcw_lower(char *text)
{
	for (; *text; text++)
		*text = tolower((unsigned char)*text);
}

struct sl_tpcw_text sl_tpcw_text_cut(const struct sl_tpcw_model *model,
				     struct sl_tpcw_dice *dice, u32 min,
				     u32 max)
{
	const char *from =
		model->blurb + model->word[sl_dice_below(dice, model->words)];
	u32 count = sl_dice_between(dice, min, max);

	while (count > min && from[count] != ' ')
		count--;
	/* No room for a whole word: cut one, but do not end in a space. */
	if (count > 1 && from[count - 1] == ' ')
		count--;
	return (struct sl_tpcw_text){ from, count };
}

/* As snprintf("%0*llu") does, in a tenth of the time. */
static void digits_print(u64 number, u32 digits, char *text)
{
	text[digits] = 0;
	while (digits--) {
		text[digits] = '0' + number % 10;
		number /= 10;
	}
}

/* The parts of an item that are asked for alone come first from its dice. */
struct item_head {
	struct sl_tpcw_dice dice;
	u32 srp;
	u32 cost;
	u32 stock;
	u32 author;
};

static inline void item_head_fill(const struct sl_tpcw_model *model, u32 id,
				  struct item_head *head)
{
	sl_dice_seed(&head->dice, model->seed, ITEM, id);
	head->srp = sl_dice_between(&head->dice, 100, 999999);
	head->cost = head->srp -
		     (u64)head->srp * sl_dice_below(&head->dice, 51) / 100;
	head->stock = sl_dice_between(&head->dice, 10, 30);
	head->author = sl_dice_between(&head->dice, 1, model->authors);
	/* Nobody is an author without a book. */
	if (id <= model->authors)
		head->author = id;
}

u32 sl_tpcw_item_author(const struct sl_tpcw_model *model, u32 item)
{
	struct item_head head;

	item_head_fill(model, item, &head);
	return head.author;
}

u32 sl_tpcw_item_cost(const struct sl_tpcw_model *model, u32 item)
{
	struct item_head head;

	item_head_fill(model, item, &head);
	return head.cost;
}

u32 sl_tpcw_item_stock(const struct sl_tpcw_model *model, u32 item)
{
	struct item_head head;

	item_head_fill(model, item, &head);
	return head.stock;
}

u32 sl_tpcw_title_key(const struct sl_tpcw_model *model, u32 item)
{
	return item % model->title_keys + 1;
}

u32 sl_tpcw_author_key(const struct sl_tpcw_model *model, u32 author)
{
	return author % model->author_keys + 1;
}

static void related_fill(const struct sl_tpcw_model *model, u32 id,
			 struct sl_tpcw_item *item, struct sl_tpcw_dice *dice)
{
	u32 i = 0, j;

	while (i < SL_TPCW_RELATED) {
		u32 other = sl_dice_between(dice, 1, model->items);

		for (j = 0; j < i && item->related[j] != other; j++)
			;
		if (j == i && other != id)
			item->related[i++] = other;
	}
}

/*
 * One draw for a statement: the order in which arguments are worked out is
 * the compiler's affair, and the rows must not be.
 */
static void size_print(struct sl_tpcw_dice *dice, char *text, u32 bytes)
{
	u32 height = sl_dice_between(dice, 100, 400);
	u32 width = sl_dice_between(dice, 50, 300);

	snprintf(text, bytes, "%u.%u x %u.%u", height / 10, height % 10,
		 width / 10, width % 10);
}

void sl_tpcw_item_fill(const struct sl_tpcw_model *model, u32 id,
		       struct sl_tpcw_item *item)
{
	static const char *const backing[] = { "HARDBACK", "PAPERBACK", "USED",
					       "AUDIO", "LIMITED-EDITION" };
	struct item_head head;
	struct sl_tpcw_dice *dice = &head.dice;
	struct sl_tpcw_text text;
	u32 count;

	item_head_fill(model, id, &head);
	item->srp = head.srp;
	item->cost = head.cost;
	item->stock = head.stock;
	item->author = head.author;
	item->subject = sl_dice_below(dice, SL_TPCW_SUBJECTS);
	item->pub_date = SL_TPCW_POPULATED - DAY -
			 sl_dice_below(dice, 35 * YEAR);
	item->avail = item->pub_date + DAY * sl_dice_between(dice, 1, 30);
	related_fill(model, id, item, dice);
	item->pages = sl_dice_between(dice, 20, 9999);
	item->backing = word(backing[sl_dice_below(dice, 5)]);

	count = sl_tpcw_spell(sl_tpcw_title_key(model, id), SL_TPCW_KEY_DIGITS,
			      item->title_chars);
	text = sl_tpcw_text_cut(model, dice, 4, 45);
	item->title_chars[count++] = ' ';
	memcpy(item->title_chars + count, text.chars, text.count);
	item->title = (struct sl_tpcw_text){ item->title_chars,
					     count + text.count };
	item->publisher = sl_tpcw_text_cut(model, dice, 14, 60);
	item->desc = sl_tpcw_text_cut(model, dice, 100, 500);
	digits_print(sl_dice_roll(dice), 13, item->isbn);
	size_print(dice, item->dimensions, sizeof(item->dimensions));
}

void sl_tpcw_author_fill(const struct sl_tpcw_model *model, u32 id,
			 struct sl_tpcw_author *author)
{
	struct sl_tpcw_dice dice;

	sl_dice_seed(&dice, model->seed, AUTHOR, id);
	author->fname =
		word(sl_tpcw_names[sl_dice_below(&dice, sl_tpcw_names_count)]);
	author->mname =
		word(sl_tpcw_names[sl_dice_below(&dice, sl_tpcw_names_count)]);
	author->lname.chars = author->lname_chars;
	author->lname.count = sl_tpcw_spell(sl_tpcw_author_key(model, id),
					    SL_TPCW_KEY_DIGITS,
					    author->lname_chars);
	author->dob = SL_TPCW_POPULATED - 25 * YEAR -
		      sl_dice_below(&dice, 120 * YEAR);
	author->bio = sl_tpcw_text_cut(model, &dice, 125, 500);
}

void sl_tpcw_address_fill(const struct sl_tpcw_model *model, u32 id,
			  struct sl_tpcw_address *address)
{
	struct sl_tpcw_dice dice;

	sl_dice_seed(&dice, model->seed, ADDRESS, id);
	address->street1 = sl_tpcw_text_cut(model, &dice, 15, 40);
	address->street2 = sl_tpcw_text_cut(model, &dice, 15, 40);
	address->city = sl_tpcw_text_cut(model, &dice, 4, 30);
	address->state = sl_tpcw_text_cut(model, &dice, 2, 20);
	digits_print(sl_dice_roll(&dice), 5, address->zip);
	address->country = sl_dice_between(&dice, 1, SL_TPCW_COUNTRIES);
}

u32 sl_tpcw_customer_discount(const struct sl_tpcw_model *model, u32 customer)
{
	struct sl_tpcw_dice dice;

	sl_dice_seed(&dice, model->seed, CUSTOMER, customer);
	return sl_dice_below(&dice, 51);
}

void sl_tpcw_customer_fill(const struct sl_tpcw_model *model, u32 id,
			   struct sl_tpcw_customer *customer)
{
	struct sl_tpcw_dice dice;
	u32 count;

	sl_dice_seed(&dice, model->seed, CUSTOMER, id);
	customer->discount = sl_dice_below(&dice, 51);
	customer->fname =
		word(sl_tpcw_names[sl_dice_below(&dice, sl_tpcw_names_count)]);
	customer->lname = word(sl_tpcw_surnames[sl_dice_below(
		&dice, sl_tpcw_surnames_count)]);
	/* The odd addresses are homes, the even ones those of friends. */
	customer->address = 2 * id - 1;
	customer->ytd_pmt = sl_dice_below(&dice, 100000);
	customer->since = SL_TPCW_POPULATED - DAY * sl_dice_between(&dice, 1, 730);
	customer->last_login = customer->since +
			       sl_dice_below(&dice, SL_TPCW_POPULATED -
							    customer->since);
	customer->birthdate = SL_TPCW_POPULATED - 20 * YEAR -
			      sl_dice_below(&dice, 80 * YEAR);
	customer->data = sl_tpcw_text_cut(model, &dice, 100, 500);
	count = sl_tpcw_spell(id, 1, customer->uname);
	memcpy(customer->passwd, customer->uname, count + 1);
	sl_tpcw_lower(customer->passwd);
	digits_print(sl_dice_roll(&dice), 10, customer->phone);
	memcpy(customer->email, customer->passwd, count);
	memcpy(customer->email + count, "@example.com", 13);
}

struct sl_tpcw_sums sl_tpcw_sums(s64 sub_total, u32 quantity, u32 discount)
{
	s64 discounted = sub_total * (100 - (s64)discount) / 100;
	struct sl_tpcw_sums sums = {
		.sub_total = sub_total,
		.tax = (discounted * 825 + 5000) / 10000,
		.shipping = 300 + 100 * (s64)quantity,
	};

	sums.total = discounted + sums.tax + sums.shipping;
	return sums;
}

u32 sl_tpcw_order_customer(const struct sl_tpcw_model *model, u32 order)
{
	struct sl_tpcw_dice dice;

	sl_dice_seed(&dice, model->seed, ORDER, order);
	return sl_dice_between(&dice, 1, model->customers);
}

static void lines_fill(const struct sl_tpcw_model *model,
		       struct sl_tpcw_order *order, struct sl_tpcw_dice *dice)
{
	s64 sub_total = 0;
	u32 quantity = 0, i = 0, j;

	order->lines = sl_dice_between(dice, 1, SL_TPCW_LINES_MAX);
	while (i < order->lines) {
		struct sl_tpcw_line *line = &order->line[i];

		line->item = sl_dice_between(dice, 1, model->items);
		for (j = 0; order->line[j].item != line->item; j++)
			;
		if (j < i)
			continue;
		line->quantity = sl_dice_between(dice, 1, 10);
		line->cost = sl_tpcw_item_cost(model, line->item);
		line->comments = sl_tpcw_text_cut(model, dice, 20, 100);
		sub_total += (s64)line->quantity * line->cost;
		quantity += line->quantity;
		i++;
	}
	order->sums = sl_tpcw_sums(sub_total, quantity, order->discount);
}

static void payment_fill(const struct sl_tpcw_model *model,
			 struct sl_tpcw_order *order, struct sl_tpcw_dice *dice)
{
	u32 month;

	order->card_type = sl_tpcw_cards[sl_dice_below(dice,
						       sl_tpcw_cards_count)];
	order->card_name = sl_tpcw_text_cut(model, dice, 14, 30);
	order->card_country = sl_dice_between(dice, 1, SL_TPCW_COUNTRIES);
	digits_print(sl_dice_roll(dice), 16, order->card_number);
	month = sl_dice_between(dice, 12 * 2026, 12 * 2036 - 1);
	digits_print(month / 12, 4, order->card_expiry);
	order->card_expiry[4] = '-';
	digits_print(month % 12 + 1, 2, order->card_expiry + 5);
	digits_print(sl_dice_roll(dice), 15, order->card_auth);
}

void sl_tpcw_order_fill(const struct sl_tpcw_model *model, u32 id,
			struct sl_tpcw_order *order)
{
	static const char *const status[] = { "PROCESSING", "SHIPPED",
					      "PENDING", "DENIED" };
	struct sl_tpcw_dice dice;

	sl_dice_seed(&dice, model->seed, ORDER, id);
	order->customer = sl_dice_between(&dice, 1, model->customers);
	order->discount = sl_tpcw_customer_discount(model, order->customer);
	/* Later orders have higher keys, as with orders that are bought. */
	order->date = SL_TPCW_POPULATED - 60 * DAY +
		      60 * DAY * (id - 1) / model->orders;
	order->ship_date = order->date + DAY * sl_dice_below(&dice, 8);
	order->ship_type = sl_dice_below(&dice, 6);
	order->bill_address = 2 * order->customer - 1;
	order->ship_address = order->bill_address + sl_dice_below(&dice, 2);
	order->status = status[sl_dice_below(&dice, 4)];
	lines_fill(model, order, &dice);
	payment_fill(model, order, &dice);
}
