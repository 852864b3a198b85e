/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_MODEL_H
#define BENCH_TPCW_MODEL_H

/*
 * What is in a freshly populated bookstore.
 *
 * Each row is a pure function of the population's seed and the row's key.
 * The population writes the rows into a database; the emulated browsers and
 * the audit work out the same rows to check what the shop made of them.
 *
 * Texts point into the model or into the row that was filled, and live as
 * long as these.
 */
#include <linux/types.h>
#include "bench/tpcw_dice.h"

/* Bumped when the same parameters give other rows than before. */
#define SL_TPCW_FORMAT 1

#define SL_TPCW_COUNTRIES   92
#define SL_TPCW_SUBJECTS    24
#define SL_TPCW_RELATED	    5
#define SL_TPCW_LINES_MAX   5
#define SL_TPCW_BUTTONS	    5
#define SL_TPCW_ITEMS_MIN   100
#define SL_TPCW_ITEMS_MAX   1000000
#define SL_TPCW_BROWSERS_MAX 10000

/* The day of the population, 1 January 2025; no row is younger. */
#define SL_TPCW_POPULATED 1735689600ll

/* A refill adds so many as soon as fewer than the least are in stock. */
#define SL_TPCW_STOCK_LEAST  10
#define SL_TPCW_STOCK_REFILL 21

/* Room for any number spelled out, and its end. */
#define SL_TPCW_SPELLED 44

/* Digits that the spelled words in titles and authors' names have. */
#define SL_TPCW_KEY_DIGITS 7

/**
 * struct sl_tpcw_text - characters, not ended by a zero byte
 * @chars: where they are
 * @count: how many
 */
struct sl_tpcw_text {
	const char *chars;
	u32 count;
};

/**
 * struct sl_tpcw_model - a population's parameters and what follows from them
 * @items: books; an author has four on average
 * @browsers: emulated browsers that the population is made for
 * @seed: of all rows
 * @authors: a quarter of the items
 * @customers: 2880 for each browser
 * @addresses: two for each customer
 * @orders: nine for ten customers
 * @title_keys: titles begin with a spelled number from 1 to this
 * @author_keys: authors' last names are spelled numbers from 1 to this
 * @blurb: words to cut texts from
 * @word: where in blurb each word begins
 * @words: how many
 */
struct sl_tpcw_model {
	u32 items;
	u32 browsers;
	u64 seed;
	u32 authors;
	u32 customers;
	u32 addresses;
	u32 orders;
	u32 title_keys;
	u32 author_keys;
	char *blurb;
	u16 *word;
	u32 words;
};

struct sl_tpcw_country {
	const char *name;
	const char *currency;
	u32 exchange;
};

struct sl_tpcw_author {
	struct sl_tpcw_text fname;
	struct sl_tpcw_text lname;
	struct sl_tpcw_text mname;
	struct sl_tpcw_text bio;
	s64 dob;
	char lname_chars[SL_TPCW_SPELLED];
};

struct sl_tpcw_item {
	struct sl_tpcw_text title;
	struct sl_tpcw_text publisher;
	struct sl_tpcw_text desc;
	struct sl_tpcw_text backing;
	u32 author;
	u32 subject;
	u32 related[SL_TPCW_RELATED];
	u32 srp;
	u32 cost;
	u32 stock;
	u32 pages;
	s64 pub_date;
	s64 avail;
	char title_chars[64];
	char isbn[16];
	char dimensions[32];
};

struct sl_tpcw_address {
	struct sl_tpcw_text street1;
	struct sl_tpcw_text street2;
	struct sl_tpcw_text city;
	struct sl_tpcw_text state;
	char zip[8];
	u32 country;
};

struct sl_tpcw_customer {
	struct sl_tpcw_text fname;
	struct sl_tpcw_text lname;
	struct sl_tpcw_text data;
	u32 address;
	u32 discount;
	u32 ytd_pmt;
	s64 since;
	s64 last_login;
	s64 birthdate;
	char uname[SL_TPCW_SPELLED];
	char passwd[SL_TPCW_SPELLED];
	char phone[20];
	char email[64];
};

struct sl_tpcw_line {
	u32 item;
	u32 quantity;
	u32 cost;
	struct sl_tpcw_text comments;
};

/* Sums of an order in cents, as docs/bookstore.md defines them. */
struct sl_tpcw_sums {
	s64 sub_total;
	s64 tax;
	s64 shipping;
	s64 total;
};

struct sl_tpcw_order {
	u32 customer;
	u32 discount;
	u32 ship_type;
	u32 bill_address;
	u32 ship_address;
	u32 lines;
	s64 date;
	s64 ship_date;
	const char *status;
	struct sl_tpcw_sums sums;
	struct sl_tpcw_line line[SL_TPCW_LINES_MAX];
	/* The payment, a row of cc_xacts. */
	struct sl_tpcw_text card_name;
	const char *card_type;
	u32 card_country;
	char card_number[20];
	char card_expiry[12];
	char card_auth[20];
};

extern const struct sl_tpcw_country sl_tpcw_countries[SL_TPCW_COUNTRIES];
extern const char *const sl_tpcw_cards[];
extern const u32 sl_tpcw_cards_count;

/**
 * sl_tpcw_model_create() - the model of a population
 * @items: SL_TPCW_ITEMS_MIN to SL_TPCW_ITEMS_MAX
 * @browsers: 1 to SL_TPCW_BROWSERS_MAX
 * @seed: of all rows
 *
 * Return: the model, to be given to sl_tpcw_model_destroy(); NULL with errno
 * EINVAL (a number out of range) or ENOMEM.
 */
struct sl_tpcw_model *sl_tpcw_model_create(u32 items, u32 browsers, u64 seed);
void sl_tpcw_model_destroy(struct sl_tpcw_model *model);

/**
 * sl_tpcw_spell() - spell a number in syllables, one for each digit
 * @number: to spell
 * @digits: leading zeros are spelled until there are that many
 * @text: SL_TPCW_SPELLED bytes, gets upper-case letters and a zero byte
 *
 * Return: the number of letters.
 */
u32 sl_tpcw_spell(u64 number, u32 digits, char *text);

/* Changes letters to lower case in place, up to the zero byte. */
void sl_tpcw_lower(char *text);

/*
 * The parts of a row that are asked for often, without the rest of it: who
 * wrote an item and its cost when populated, a customer's discount and the
 * customer of an order.
 */
u32 sl_tpcw_item_author(const struct sl_tpcw_model *model, u32 item);
u32 sl_tpcw_item_cost(const struct sl_tpcw_model *model, u32 item);
u32 sl_tpcw_item_stock(const struct sl_tpcw_model *model, u32 item);
u32 sl_tpcw_customer_discount(const struct sl_tpcw_model *model, u32 customer);
u32 sl_tpcw_order_customer(const struct sl_tpcw_model *model, u32 order);

/* The number whose spelling an item's title or an author's name begins with. */
u32 sl_tpcw_title_key(const struct sl_tpcw_model *model, u32 item);
u32 sl_tpcw_author_key(const struct sl_tpcw_model *model, u32 author);

/* Whole rows; keys are from 1 to the model's count, not checked here. */
void sl_tpcw_author_fill(const struct sl_tpcw_model *model, u32 id,
			 struct sl_tpcw_author *author);
void sl_tpcw_item_fill(const struct sl_tpcw_model *model, u32 id,
		       struct sl_tpcw_item *item);
void sl_tpcw_address_fill(const struct sl_tpcw_model *model, u32 id,
			  struct sl_tpcw_address *address);
void sl_tpcw_customer_fill(const struct sl_tpcw_model *model, u32 id,
			   struct sl_tpcw_customer *customer);
void sl_tpcw_order_fill(const struct sl_tpcw_model *model, u32 id,
			struct sl_tpcw_order *order);

/**
 * sl_tpcw_sums() - work out an order's sums
 * @sub_total: sum of quantity times cost, in cents
 * @quantity: sum of quantities
 * @discount: whole percent
 *
 * Return: the sums.
 */
struct sl_tpcw_sums sl_tpcw_sums(s64 sub_total, u32 quantity, u32 discount);

/* A text of min to max characters of whole words; max is at most 500. */
struct sl_tpcw_text sl_tpcw_text_cut(const struct sl_tpcw_model *model,
				     struct sl_tpcw_dice *dice, u32 min,
				     u32 max);

#endif
