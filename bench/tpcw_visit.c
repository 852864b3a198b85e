// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_visit.h"

#include <math.h>
#include <string.h>

/* TPC-W's sessions: seconds on average and at most. */
#define SESSION_MEAN (15 * 60.0)
#define SESSION_MAX  (60 * 60.0)
#define THINK_MAX    70.0
#define RETURNING    80		/* percent */

/* Keeps the dice of the visits apart from those of the population. */
enum { VISIT = 200 };

static double exponential(struct sl_tpcw_dice *dice, double mean, double most)
{
	return fmin(-mean * log(1 - sl_dice_fraction(dice)), most);
}

static u32 customers_a(u32 customers)
{
	u32 a = 1023, from;

	for (from = 10000; customers >= from; from *= 4)
		a = a * 4 + 3;
	return a;
}

u32 sl_tpcw_some_customer(struct sl_tpcw_visit *visit)
{
	u32 customers = visit->shop->model->customers;

	return sl_dice_nurand(&visit->dice, customers_a(customers), 1,
			      customers);
}

static void session_start(struct sl_tpcw_visit *visit)
{
	struct sl_tpcw_customer customer;

	visit->fresh = false;
	visit->left = exponential(&visit->dice, SESSION_MEAN, SESSION_MAX);
	visit->customer = 0;
	visit->discount = -1;
	visit->order = 0;
	visit->cart.id = 0;
	visit->cart.lines = 0;
	visit->item = 0;
	visit->listed = 0;
	if (!sl_dice_percent(&visit->dice, RETURNING))
		return;
	visit->customer = sl_tpcw_some_customer(visit);
	sl_tpcw_customer_fill(visit->shop->model, visit->customer, &customer);
	visit->discount = customer.discount;
	visit->fname = customer.fname;
	visit->lname = customer.lname;
}

void sl_tpcw_visit_start(struct sl_tpcw_visit *visit,
			 struct sl_tpcw_shop *shop,
			 const struct sl_tpcw_mix *mix, const char *host,
			 u64 seed, u32 number)
{
	memset(visit, 0, sizeof(*visit));
	visit->shop = shop;
	visit->mix = mix;
	visit->host = host;
	visit->now = SL_TPCW_HOME;
	visit->fresh = true;
	sl_dice_seed(&visit->dice, seed, VISIT, number);
}

/* What an interaction needs has been done before it, or is done instead. */
static u32 possible(const struct sl_tpcw_visit *visit, u32 next)
{
	bool buys = next == SL_TPCW_CUSTOMER_REGISTRATION ||
		    next == SL_TPCW_BUY_REQUEST || next == SL_TPCW_BUY_CONFIRM;

	if (buys && !visit->cart.lines)
		return SL_TPCW_SHOPPING_CART;
	if (next == SL_TPCW_BUY_CONFIRM && !visit->customer)
		return SL_TPCW_BUY_REQUEST;
	return next;
}

u32 sl_tpcw_visit_request(struct sl_tpcw_visit *visit, u64 now_ns, char *text)
{
	u32 after = visit->now;

	if (visit->fresh || visit->left <= 0) {
		session_start(visit);
		visit->now = SL_TPCW_HOME;
	} else {
		visit->now = possible(visit, sl_tpcw_mix_next(visit->mix, after,
							      &visit->dice));
	}
	visit->begun_ns = now_ns;
	visit->waiting = true;
	return sl_tpcw_ask(visit, text, after);
}

static void deed_unknown(struct sl_tpcw_visit *visit, u32 kind, u32 id,
			 u64 now_ns)
{
	struct sl_tpcw_deed deed = {
		.kind = kind,
		.id = id,
		.begun_ns = visit->begun_ns,
		.done_ns = now_ns,
	};

	sl_tpcw_deeds_add(visit->shop->deeds, &deed);
}

void sl_tpcw_visit_lost(struct sl_tpcw_visit *visit, u64 now_ns)
{
	struct sl_tpcw_book *book = &visit->shop->book[visit->asked.item];

	visit->fresh = true;
	if (!visit->waiting)
		return;
	visit->waiting = false;
	switch (visit->now) {
	case SL_TPCW_SHOPPING_CART:
		deed_unknown(visit, SL_TPCW_DEED_CART, visit->cart.id, now_ns);
		break;
	case SL_TPCW_BUY_REQUEST:
		if (visit->asked.registers)
			deed_unknown(visit, SL_TPCW_DEED_CUSTOMER, 0, now_ns);
		break;
	case SL_TPCW_BUY_CONFIRM:
		deed_unknown(visit, SL_TPCW_DEED_ORDER, 0, now_ns);
		deed_unknown(visit, SL_TPCW_DEED_CART, visit->cart.id, now_ns);
		break;
	case SL_TPCW_ADMIN_CONFIRM:
		deed_unknown(visit, SL_TPCW_DEED_ITEM, visit->asked.item,
			     now_ns);
		book->changing--;
		book->cost_since_ns = ~0ull;
		book->muddled = book->changing > 0;
		break;
	}
}

void sl_tpcw_visit_refused(struct sl_tpcw_visit *visit)
{
	struct sl_tpcw_book *book = &visit->shop->book[visit->asked.item];

	visit->fresh = true;
	if (visit->waiting && visit->now == SL_TPCW_ADMIN_CONFIRM)
		book->changing--;
	visit->waiting = false;
}

const char *sl_tpcw_visit_reply(struct sl_tpcw_visit *visit,
				const struct sl_tpcw_page *page,
				const char *body, u64 count, u64 now_ns)
{
	const char *wrong = sl_tpcw_check(visit, page, body, count);

	if (wrong) {
		sl_tpcw_visit_lost(visit, now_ns);
		return wrong;
	}
	sl_tpcw_learn(visit, page, now_ns);
	visit->waiting = false;
	return NULL;
}

double sl_tpcw_visit_think(struct sl_tpcw_visit *visit)
{
	double think =
		exponential(&visit->dice, SL_TPCW_THINK_MEAN, THINK_MAX);

	visit->left -= think;
	return think;
}
