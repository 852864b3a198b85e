/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The bookstore: what its pages ask of its database.
 *
 * The shop stage (shop.c) turns requests into calls of procedures and their
 * replies into pages; the procedures (shop_sql_*_user.c) run in the sqlite
 * stage.  event->op is the procedure, event->data holds its `_in` struct,
 * which the reply overwrites with its `_out` struct; that counts if its status
 * is 0.
 *
 * Texts are UTF-8, end in a zero byte, and are cut to their fields.  Money is
 * in cents, dates are seconds since 1970, discounts whole percent.
 *
 * status: -ENOENT unknown item, cart or customer; -EACCES wrong password;
 * -ENODATA empty cart; -EOVERFLOW the cart is full; -EINVAL a parameter that
 * makes no sense, or an unknown country; others are the database's own.
 */
#ifndef SL_SHOP_H
#define SL_SHOP_H

#include <linux/types.h>

#define SL_SHOP_SUBJECTS	24
#define SL_SHOP_SHIPPINGS	6
#define SL_SHOP_ROWS_MAX	50	/* of a list, as TPC-W has it */
#define SL_SHOP_RELATED		5
#define SL_SHOP_LINES_MAX	50	/* of a cart, lest its page burst */
#define SL_SHOP_QTY_MAX		9999	/* of one line */
#define SL_SHOP_LATEST		3333	/* orders that make best sellers */
#define SL_SHOP_TOGETHER	10000	/* orders that make related items */
#define SL_SHOP_REFILL_BELOW	10	/* in stock */
#define SL_SHOP_REFILL		21
#define SL_SHOP_TAX		825	/* hundredths of a percent */

/* i_subject is an index into this one, o_ship_type into that one. */
extern const char *const sl_shop_subject[SL_SHOP_SUBJECTS];
extern const char *const sl_shop_shipping[SL_SHOP_SHIPPINGS];

/* Numbers of the procedures. */
enum sl_shop_procedure {
	SL_SHOP_PROMOTIONS,	/* home and search_request */
	SL_SHOP_NEW_PRODUCTS,
	SL_SHOP_BEST_SELLERS,
	SL_SHOP_SEARCH,
	SL_SHOP_DETAIL,
	SL_SHOP_CART_SHOW,
	SL_SHOP_CART_CHANGE,	/* writes, as do all but ORDER from here on */
	SL_SHOP_BUY_REQUEST,
	SL_SHOP_BUY_CONFIRM,
	SL_SHOP_ADMIN_CONFIRM,
	SL_SHOP_ORDER,		/* only reads */
	SL_SHOP_PROCEDURES,
};

enum sl_shop_search { SL_SHOP_BY_AUTHOR, SL_SHOP_BY_TITLE, SL_SHOP_BY_SUBJECT };

/* A line of a list. */
struct sl_shop_row {
	u32 i_id;
	u32 sold;		/* best sellers only */
	char title[64];
	char author[56];
};

struct sl_shop_rows {
	u32 count;
	u32 spare;
	struct sl_shop_row row[SL_SHOP_ROWS_MAX];
};

/* PROMOTIONS: the related items of an item chosen at random. */
struct sl_shop_promotions_in {
	u32 c_id;		/* 0: nobody that is known */
	u32 random;
	u32 count;		/* at most SL_SHOP_RELATED */
};

struct sl_shop_promotions_out {
	u32 count;
	u32 spare;
	char fname[32];		/* of the customer */
	char lname[32];
	struct sl_shop_row row[SL_SHOP_RELATED];
};

/*
 * NEW_PRODUCTS, BEST_SELLERS, SEARCH: struct sl_shop_rows comes back.  The
 * three are one key, for the cache, so all of it counts: it is cleared first.
 */
struct sl_shop_list_in {
	u8 procedure;
	u8 by;			/* enum sl_shop_search */
	u8 subject;
	u8 text_bytes;
	char text[64];		/* ASCII letters in lower case */
};

/* DETAIL */
struct sl_shop_detail_in {
	u32 i_id;
};

struct sl_shop_detail_out {
	u32 i_id;
	u32 subject;
	u32 related[SL_SHOP_RELATED];
	u32 stock;
	u32 pages;
	s64 pub_date;
	s64 avail;
	s64 srp;
	s64 cost;
	char title[128];
	char author[128];
	char publisher[128];
	char desc[1024];
	char bio[1024];
	char thumbnail[64];
	char image[64];
	char isbn[24];
	char backing[32];
	char dimensions[48];
};

/* What a cart or an order adds up to, see docs/bookstore.md. */
struct sl_shop_sums {
	s64 sub_total;
	s64 tax;
	s64 shipping;
	s64 total;
	u32 quantity;
	u32 discount;
};

struct sl_shop_line {
	u32 i_id;
	u32 qty;
	s64 cost;
	char title[64];
	char backing[32];
};

struct sl_shop_lines {
	u32 count;
	u32 spare;
	struct sl_shop_line line[SL_SHOP_LINES_MAX];
};

/* CART_SHOW, -ENODATA if there is nothing in it; out is cart_out. */
struct sl_shop_cart_in {
	u32 sc_id;
};

/* CART_CHANGE */
struct sl_shop_change {
	u32 i_id;
	u32 qty;		/* that there shall be; 0 removes the line */
};

struct sl_shop_change_in {
	u32 sc_id;		/* 0: a new cart */
	u32 add;		/* one more of this item; 0: none */
	u32 random;		/* chooses what an empty cart gets */
	u32 count;
	struct sl_shop_change change[SL_SHOP_LINES_MAX];
};

struct sl_shop_cart_out {
	u32 sc_id;
	struct sl_shop_sums sums;
	struct sl_shop_lines lines;
};

struct sl_shop_address {
	char street1[64];
	char street2[64];
	char city[48];
	char state[32];
	char zip[16];
	char country[64];	/* its name, or its co_id in digits */
};

/* BUY_REQUEST: who knows a uname is returning, others register. */
struct sl_shop_buy_request_in {
	u32 sc_id;
	u32 random;
	char uname[48];		/* "": a new customer */
	char passwd[48];
	char fname[32];
	char lname[32];
	struct sl_shop_address address;
	char phone[24];
	char email[64];
	s64 birthdate;
	char data[512];
};

struct sl_shop_buy_request_out {
	u32 c_id;
	u32 registered;		/* just now */
	char uname[48];
	char fname[32];
	char lname[32];
	struct sl_shop_address address;
	struct sl_shop_cart_out cart;
};

/* BUY_CONFIRM */
struct sl_shop_buy_confirm_in {
	u32 c_id;
	u32 sc_id;
	u32 random;
	u8 shipping;		/* index into sl_shop_shipping[] */
	u8 elsewhere;		/* is there an address to ship to? */
	char cc_type[16];
	char cc_number[24];
	char cc_name[48];
	char cc_expiry[16];
	struct sl_shop_address address;
};

struct sl_shop_buy_confirm_out {
	u32 o_id;
	u32 sc_id;
	u32 c_id;
	u32 spare;
	struct sl_shop_sums sums;
	struct sl_shop_lines lines;
};

/* ORDER: a customer's last one. */
struct sl_shop_order_in {
	char uname[48];
	char passwd[48];
};

struct sl_shop_order_out {
	u32 c_id;
	u32 o_id;		/* 0: no order yet, and nothing below counts */
	char fname[32];
	char lname[32];
	char email[64];
	char phone[24];
	s64 date;
	s64 ship_date;
	u32 ship_type;
	char status[24];
	char cc_type[16];
	struct sl_shop_sums sums;
	struct sl_shop_address bill;
	struct sl_shop_address ship;
	struct sl_shop_lines lines;
};

/* ADMIN_CONFIRM: detail_out comes back, with what is new. */
struct sl_shop_admin_in {
	u32 i_id;
	s64 cost;
	char image[64];
	char thumbnail[64];
};

/**
 * sl_shop_add_up() - work out the sums of a cart or an order
 * @sums: sub_total, quantity and discount are set, the rest gets set
 */
static inline void sl_shop_add_up(struct sl_shop_sums *sums)
{
	s64 discounted = sums->sub_total * (100 - (s64)sums->discount) / 100;

	sums->tax = (discounted * SL_SHOP_TAX + 5000) / 10000;
	sums->shipping = 300 + 100 * (s64)sums->quantity;
	sums->total = discounted + sums->tax + sums->shipping;
}

#endif /* SL_SHOP_H */
