// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a browser goes by after a page that was right, and what it writes
 * down for the audit.
 */
#include "bench/tpcw_visit.h"

#include <string.h>

static void learn_list(struct sl_tpcw_visit *visit,
		       const struct sl_tpcw_page *page)
{
	if (!page->items)
		return;
	visit->listed = page->items;
	memcpy(visit->list, page->item, page->items * sizeof(page->item[0]));
}

static void learn_cart(struct sl_tpcw_visit *visit,
		       const struct sl_tpcw_page *page, u64 now_ns)
{
	struct sl_tpcw_deed deed = {
		.kind = SL_TPCW_DEED_CART,
		.known = true,
		.id = page->cart,
		.lines = page->lines,
		.hash = sl_tpcw_lines_hash(page->line, page->lines),
		.begun_ns = visit->begun_ns,
		.done_ns = now_ns,
	};

	visit->cart.id = page->cart;
	visit->cart.lines = page->lines;
	memcpy(visit->cart.line, page->line,
	       page->lines * sizeof(page->line[0]));
	sl_tpcw_deeds_add(visit->shop->deeds, &deed);
}

static void learn_customer(struct sl_tpcw_visit *visit,
			   const struct sl_tpcw_page *page, u64 now_ns)
{
	struct sl_tpcw_deed deed = {
		.kind = SL_TPCW_DEED_CUSTOMER,
		.known = true,
		.id = page->customer,
		.address_hash = visit->asked.address_hash,
		.hash = visit->asked.names_hash,
		.begun_ns = visit->begun_ns,
		.done_ns = now_ns,
	};

	if (!visit->asked.registers)
		return;
	visit->customer = page->customer;
	sl_tpcw_deeds_add(visit->shop->deeds, &deed);
}

/* The cart's lines became the order's, and the cart is empty. */
static void learn_order(struct sl_tpcw_visit *visit,
			const struct sl_tpcw_page *page, u64 now_ns)
{
	struct sl_tpcw_cart *cart = &visit->cart;
	struct sl_tpcw_shop *shop = visit->shop;
	struct sl_tpcw_deed deed = {
		.kind = SL_TPCW_DEED_ORDER,
		.known = true,
		.id = page->order,
		.customer = visit->customer,
		.lines = cart->lines,
		.total = page->total,
		.address_hash = visit->asked.address_hash,
		.hash = sl_tpcw_lines_hash(cart->line, cart->lines),
		.begun_ns = visit->begun_ns,
		.done_ns = now_ns,
	};

	sl_tpcw_deeds_add(shop->deeds, &deed);
	visit->order = page->order;
	if (visit->customer <= shop->model->customers &&
	    shop->last_order[visit->customer] < page->order)
		shop->last_order[visit->customer] = page->order;

	cart->lines = 0;
	memset(&deed, 0, sizeof(deed));
	deed.kind = SL_TPCW_DEED_CART;
	deed.known = true;
	deed.id = cart->id;
	deed.begun_ns = visit->begun_ns;
	deed.done_ns = now_ns;
	sl_tpcw_deeds_add(shop->deeds, &deed);
}

static void learn_item(struct sl_tpcw_visit *visit, u64 now_ns)
{
	const struct sl_tpcw_asked *asked = &visit->asked;
	struct sl_tpcw_book *book = &visit->shop->book[asked->item];
	struct sl_tpcw_deed deed = {
		.kind = SL_TPCW_DEED_ITEM,
		.known = true,
		.id = asked->item,
		.lines = asked->picture,
		.total = asked->cost,
		.begun_ns = visit->begun_ns,
		.done_ns = now_ns,
	};

	book->changing--;
	book->cost = asked->cost;
	book->cost_since_ns = book->muddled ? ~0ull : now_ns;
	if (!book->changing)
		book->muddled = false;
	sl_tpcw_deeds_add(visit->shop->deeds, &deed);
}

void sl_tpcw_learn(struct sl_tpcw_visit *visit,
		   const struct sl_tpcw_page *page, u64 now_ns)
{
	switch (visit->now) {
	case SL_TPCW_HOME:
	case SL_TPCW_NEW_PRODUCTS:
	case SL_TPCW_BEST_SELLERS:
	case SL_TPCW_SEARCH_REQUEST:
	case SL_TPCW_SEARCH_RESULTS:
		learn_list(visit, page);
		break;
	case SL_TPCW_PRODUCT_DETAIL:
		visit->item = visit->asked.item;
		break;
	case SL_TPCW_SHOPPING_CART:
		learn_cart(visit, page, now_ns);
		break;
	case SL_TPCW_BUY_REQUEST:
		learn_customer(visit, page, now_ns);
		break;
	case SL_TPCW_BUY_CONFIRM:
		learn_order(visit, page, now_ns);
		break;
	case SL_TPCW_ADMIN_CONFIRM:
		learn_item(visit, now_ns);
		break;
	}
}
