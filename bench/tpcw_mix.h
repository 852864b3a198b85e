/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_MIX_H
#define BENCH_TPCW_MIX_H

/*
 * The 14 interactions, and what an emulated browser does after each.
 *
 * A mix is a table of transitions: after an interaction the next one is drawn
 * from the row of the one before.  In the long run the three mixes give
 * TPC-W's shares, which is what their names promise: 5, 20 or 50 % of the
 * interactions have to do with an order.
 */
#include <linux/types.h>
#include "bench/tpcw_dice.h"

/* In the order of the alphabet, as are the tables' rows and columns. */
enum sl_tpcw_interaction {
	SL_TPCW_ADMIN_CONFIRM,
	SL_TPCW_ADMIN_REQUEST,
	SL_TPCW_BEST_SELLERS,
	SL_TPCW_BUY_CONFIRM,
	SL_TPCW_BUY_REQUEST,
	SL_TPCW_CUSTOMER_REGISTRATION,
	SL_TPCW_HOME,
	SL_TPCW_NEW_PRODUCTS,
	SL_TPCW_ORDER_DISPLAY,
	SL_TPCW_ORDER_INQUIRY,
	SL_TPCW_PRODUCT_DETAIL,
	SL_TPCW_SEARCH_REQUEST,
	SL_TPCW_SEARCH_RESULTS,
	SL_TPCW_SHOPPING_CART,
	SL_TPCW_INTERACTIONS
};

/* A row of weights adds up to this. */
#define SL_TPCW_WEIGHTS 9999

/**
 * struct sl_tpcw_mix - one of the three mixes
 * @name: as on the command line
 * @weight: of each interaction (column) after each interaction (row)
 */
struct sl_tpcw_mix {
	const char *name;
	u16 weight[SL_TPCW_INTERACTIONS][SL_TPCW_INTERACTIONS];
};

/* Browsing, shopping, ordering; the last has no name. */
extern const struct sl_tpcw_mix sl_tpcw_mixes[];

/* The interaction's name, in paths, titles and reports. */
extern const char *const sl_tpcw_names_of[SL_TPCW_INTERACTIONS];

/* TPC-W's limits: 90 % of the interactions take no more, in milliseconds. */
extern const u32 sl_tpcw_limits_ms[SL_TPCW_INTERACTIONS];

/* The order in which people read them: as a visit to the shop goes. */
extern const u8 sl_tpcw_reading_order[SL_TPCW_INTERACTIONS];

/**
 * sl_tpcw_mix_find() - a mix by its name
 * @name: "browsing", "shopping" or "ordering"
 *
 * Return: the mix, NULL if there is none of that name.
 */
const struct sl_tpcw_mix *sl_tpcw_mix_find(const char *name);

/**
 * sl_tpcw_mix_next() - draw the interaction that follows
 * @mix: table to draw from
 * @after: interaction that has just been done
 * @dice: source
 *
 * Return: one whose weight is not 0.
 */
enum sl_tpcw_interaction sl_tpcw_mix_next(const struct sl_tpcw_mix *mix,
					  enum sl_tpcw_interaction after,
					  struct sl_tpcw_dice *dice);

#endif
