/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_VISIT_H
#define BENCH_TPCW_VISIT_H

/*
 * One emulated browser's way through the shop, without its connection.
 *
 * A visit goes from interaction to interaction.  For each it writes a request
 * and, when the page has come, checks it and remembers what follows from it:
 *
 *	bytes = sl_tpcw_visit_request(visit, now, text);
 *	...
 *	wrong = sl_tpcw_visit_reply(visit, body, count, now);
 *	wait for sl_tpcw_visit_think(visit)
 *
 * A visit consists of sessions, each of one customer, who either is known
 * (80 %) or registers when it comes to buying.  The session's clock runs at
 * TPC-W's pace whatever the real one: it has as many interactions then.
 */
#include <linux/types.h>
#include "bench/tpcw_dice.h"
#include "bench/tpcw_mix.h"
#include "bench/tpcw_page.h"
#include "bench/tpcw_shop.h"

/* A request is shorter than that. */
#define SL_TPCW_REQUEST_BYTES 4096

/* TPC-W's mean time between a page and the next request, in seconds. */
#define SL_TPCW_THINK_MEAN 7.0

struct sl_tpcw_cart {
	u32 id;
	u32 lines;
	struct sl_tpcw_cart_line line[SL_TPCW_CART_LINES_MAX];
};

enum sl_tpcw_search { SL_TPCW_BY_AUTHOR, SL_TPCW_BY_TITLE, SL_TPCW_BY_SUBJECT };

/* What was asked for, to be compared with what comes. */
struct sl_tpcw_asked {
	u32 item;
	u32 subject;
	u32 by;			/* enum sl_tpcw_search */
	u32 key;		/* of the title or the author */
	u32 buyer;		/* whose order is displayed */
	u32 least_order;	/* a younger order than that must be shown */
	u32 cost;		/* that admin_confirm sets */
	u32 picture;		/* likewise */
	bool registers;
	u64 names_hash;
	u64 address_hash;
	/* What must be in the cart afterwards; nothing: one item of any. */
	struct sl_tpcw_cart cart;
};

/**
 * struct sl_tpcw_visit - where an emulated browser is
 * @shop: what all browsers know
 * @mix: what follows what
 * @host: of the requests' Host field
 * @dice: its luck
 * @now: interaction that is under way
 * @waiting: is there a request without a reply?
 * @begun_ns: when it began
 * @fresh: does the next request begin a session?
 * @left: seconds of the session that are left, at TPC-W's pace
 * @customer: 0 while unknown
 * @discount: of the customer, -1 while unknown
 * @fname: of the customer
 * @lname: of the customer
 * @order: the last one acknowledged in this session
 * @cart: as the last page of it said
 * @item: the one looked at last
 * @listed: how many items the last list had
 * @list: these
 * @asked: see above
 * @why: room for what is wrong with a page
 */
struct sl_tpcw_visit {
	struct sl_tpcw_shop *shop;
	const struct sl_tpcw_mix *mix;
	const char *host;
	struct sl_tpcw_dice dice;
	u32 now;
	bool waiting;
	bool fresh;
	u64 begun_ns;
	double left;
	u32 customer;
	s32 discount;
	struct sl_tpcw_text fname;
	struct sl_tpcw_text lname;
	u32 order;
	struct sl_tpcw_cart cart;
	u32 item;
	u32 listed;
	u32 list[SL_TPCW_PAGE_ITEMS_MAX];
	struct sl_tpcw_asked asked;
	char why[160];
};

/**
 * sl_tpcw_visit_start() - a browser is opened
 * @visit: to start
 * @shop: what all browsers know
 * @mix: what follows what
 * @host: for the Host field; the caller keeps it
 * @seed: of the run
 * @number: of the browser
 */
void sl_tpcw_visit_start(struct sl_tpcw_visit *visit,
			 struct sl_tpcw_shop *shop,
			 const struct sl_tpcw_mix *mix, const char *host,
			 u64 seed, u32 number);

/**
 * sl_tpcw_visit_request() - choose the next interaction and ask for its page
 * @visit: whose turn it is; no request of it waits
 * @now_ns: time
 * @text: room for SL_TPCW_REQUEST_BYTES
 *
 * Return: bytes of the request.
 */
u32 sl_tpcw_visit_request(struct sl_tpcw_visit *visit, u64 now_ns, char *text);

/**
 * sl_tpcw_visit_reply() - check the page that came and go by it
 * @visit: whose request was answered with status 200
 * @page: the page's marks
 * @body: the page
 * @count: its length
 * @now_ns: time
 *
 * Return: NULL, or what is wrong with the page; then the visit is as after
 * sl_tpcw_visit_lost().
 */
const char *sl_tpcw_visit_reply(struct sl_tpcw_visit *visit,
				const struct sl_tpcw_page *page,
				const char *body, u64 count, u64 now_ns);

/**
 * sl_tpcw_visit_lost() - the reply will not come; nobody knows what was done
 * @visit: whose request waits; its next one begins a session
 * @now_ns: time
 */
void sl_tpcw_visit_lost(struct sl_tpcw_visit *visit, u64 now_ns);

/* The same, if the shop refused: what was asked for has not been done. */
void sl_tpcw_visit_refused(struct sl_tpcw_visit *visit);

/**
 * sl_tpcw_visit_think() - draw the time until the next request
 * @visit: whose page has come
 *
 * Return: seconds, at TPC-W's pace.
 */
double sl_tpcw_visit_think(struct sl_tpcw_visit *visit);

/*
 * What tpcw_visit.c and its parts do for each other: tpcw_ask.c writes the
 * request, tpcw_check.c compares the page with it, tpcw_learn.c draws the
 * conclusions from a page that is right.
 */
u32 sl_tpcw_some_customer(struct sl_tpcw_visit *visit);
u32 sl_tpcw_ask(struct sl_tpcw_visit *visit, char *text, u32 after);
const char *sl_tpcw_check(struct sl_tpcw_visit *visit,
			  const struct sl_tpcw_page *page, const char *body,
			  u64 count);
void sl_tpcw_learn(struct sl_tpcw_visit *visit,
		   const struct sl_tpcw_page *page, u64 now_ns);

#endif
