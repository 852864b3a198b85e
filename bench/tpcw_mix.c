// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_mix.h"

#include <string.h>

const char *const sl_tpcw_names_of[SL_TPCW_INTERACTIONS] = {
	[SL_TPCW_ADMIN_CONFIRM] = "admin_confirm",
	[SL_TPCW_ADMIN_REQUEST] = "admin_request",
	[SL_TPCW_BEST_SELLERS] = "best_sellers",
	[SL_TPCW_BUY_CONFIRM] = "buy_confirm",
	[SL_TPCW_BUY_REQUEST] = "buy_request",
	[SL_TPCW_CUSTOMER_REGISTRATION] = "customer_registration",
	[SL_TPCW_HOME] = "home",
	[SL_TPCW_NEW_PRODUCTS] = "new_products",
	[SL_TPCW_ORDER_DISPLAY] = "order_display",
	[SL_TPCW_ORDER_INQUIRY] = "order_inquiry",
	[SL_TPCW_PRODUCT_DETAIL] = "product_detail",
	[SL_TPCW_SEARCH_REQUEST] = "search_request",
	[SL_TPCW_SEARCH_RESULTS] = "search_results",
	[SL_TPCW_SHOPPING_CART] = "shopping_cart",
};

const u32 sl_tpcw_limits_ms[SL_TPCW_INTERACTIONS] = {
	[SL_TPCW_ADMIN_CONFIRM] = 20000,
	[SL_TPCW_ADMIN_REQUEST] = 3000,
	[SL_TPCW_BEST_SELLERS] = 5000,
	[SL_TPCW_BUY_CONFIRM] = 5000,
	[SL_TPCW_BUY_REQUEST] = 3000,
	[SL_TPCW_CUSTOMER_REGISTRATION] = 3000,
	[SL_TPCW_HOME] = 3000,
	[SL_TPCW_NEW_PRODUCTS] = 5000,
	[SL_TPCW_ORDER_DISPLAY] = 3000,
	[SL_TPCW_ORDER_INQUIRY] = 3000,
	[SL_TPCW_PRODUCT_DETAIL] = 3000,
	[SL_TPCW_SEARCH_REQUEST] = 3000,
	[SL_TPCW_SEARCH_RESULTS] = 10000,
	[SL_TPCW_SHOPPING_CART] = 3000,
};

const u8 sl_tpcw_reading_order[SL_TPCW_INTERACTIONS] = {
	SL_TPCW_HOME,		SL_TPCW_NEW_PRODUCTS,
	SL_TPCW_BEST_SELLERS,	SL_TPCW_PRODUCT_DETAIL,
	SL_TPCW_SEARCH_REQUEST, SL_TPCW_SEARCH_RESULTS,
	SL_TPCW_SHOPPING_CART,	SL_TPCW_CUSTOMER_REGISTRATION,
	SL_TPCW_BUY_REQUEST,	SL_TPCW_BUY_CONFIRM,
	SL_TPCW_ORDER_INQUIRY,	SL_TPCW_ORDER_DISPLAY,
	SL_TPCW_ADMIN_REQUEST,	SL_TPCW_ADMIN_CONFIRM,
};

/*
 * Columns, as rows: admin confirm and request, best sellers, buy confirm and
 * request, registration, home, new products, order display and inquiry,
 * product detail, search request and results, shopping cart.
 */
const struct sl_tpcw_mix sl_tpcw_mixes[] = {
	{
		.name = "browsing",
		.weight = {
			{ 0, 0, 0, 0, 0, 0, 9877, 0, 0, 0, 0, 122, 0, 0 },
			{ 8999, 0, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },
			{ 0, 0, 0, 0, 0, 0, 4607, 0, 0, 0, 652, 4683, 0, 57 },
			{ 0, 0, 0, 0, 0, 0, 342, 0, 0, 0, 0, 9657, 0, 0 },
			{ 0, 0, 0, 9199, 0, 0, 396, 0, 0, 0, 0, 0, 0, 404 },
			{ 0, 0, 0, 0, 9145, 0, 474, 0, 0, 0, 0, 380, 0, 0 },
			{ 0, 0, 3792, 0, 0, 0, 0, 3793, 0, 103,
			  0, 1871, 0, 440 },
			{ 0, 0, 0, 0, 0, 0, 299, 0, 0, 0, 9568, 74, 0, 58 },
			{ 0, 0, 0, 0, 0, 0, 802, 0, 0, 0, 0, 9197, 0, 0 },
			{ 0, 0, 0, 0, 0, 0, 523, 0, 8333, 0, 0, 1143, 0, 0 },
			{ 0, 47, 0, 0, 0, 0, 8299, 0, 0, 0, 1403, 141, 0, 109 },
			{ 0, 0, 0, 0, 0, 0, 788, 0, 0, 0, 0, 0, 9167, 44 },
			{ 0, 0, 0, 0, 0, 0, 3674, 0, 0, 0, 6194, 74, 0, 57 },
			{ 0, 0, 0, 0, 0, 4099, 4784, 0, 0, 0, 0, 0, 0, 1116 },
		},
	},
	{
		.name = "shopping",
		.weight = {
			{ 0, 0, 0, 0, 0, 0, 9952, 0, 0, 0, 0, 47, 0, 0 },
			{ 8999, 0, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },
			{ 0, 0, 0, 0, 0, 0, 167, 0, 0, 0, 305, 9455, 0, 72 },
			{ 0, 0, 0, 0, 0, 0, 84, 0, 0, 0, 0, 9915, 0, 0 },
			{ 0, 0, 0, 4614, 0, 0, 1932, 0, 0, 0, 0, 0, 0, 3453 },
			{ 0, 0, 0, 0, 8666, 0, 94, 0, 0, 0, 0, 1239, 0, 0 },
			{ 0, 0, 3124, 0, 0, 0, 0, 3125, 0, 469,
			  0, 308, 0, 2973 },
			{ 0, 0, 0, 0, 0, 0, 156, 0, 0, 0, 9579, 49, 0, 215 },
			{ 0, 0, 0, 0, 0, 0, 69, 0, 0, 0, 0, 9930, 0, 0 },
			{ 0, 0, 0, 0, 0, 0, 72, 0, 8800, 0, 0, 1127, 0, 0 },
			{ 0, 58, 0, 0, 0, 0, 774, 0, 0, 0, 456, 7315, 0, 1396 },
			{ 0, 0, 0, 0, 0, 0, 635, 0, 0, 0, 0, 0, 8500, 864 },
			{ 0, 0, 0, 0, 0, 0, 2657, 0, 0, 0, 6637, 10, 0, 695 },
			{ 0, 0, 0, 0, 0, 2585, 6967, 0, 0, 0, 0, 0, 0, 447 },
		},
	},
	{
		.name = "ordering",
		.weight = {
			{ 0, 0, 0, 0, 0, 0, 8348, 0, 0, 0, 0, 1651, 0, 0 },
			{ 8999, 0, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },
			{ 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 332, 9665, 0, 1 },
			{ 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 9997, 0, 0 },
			{ 0, 0, 0, 7999, 0, 0, 1454, 0, 0, 0, 0, 0, 0, 546 },
			{ 0, 0, 0, 0, 9899, 0, 2, 0, 0, 0, 0, 98, 0, 0 },
			{ 0, 0, 499, 0, 0, 0, 0, 500, 0, 270, 0, 26, 0, 8704 },
			{ 0, 0, 0, 0, 0, 0, 504, 0, 0, 0, 9438, 34, 0, 23 },
			{ 0, 0, 0, 0, 0, 0, 9939, 0, 0, 0, 0, 60, 0, 0 },
			{ 0, 0, 0, 0, 0, 0, 1168, 0, 8800, 0, 0, 31, 0, 0 },
			{ 0, 99, 0, 0, 0, 0, 3651, 0, 0, 0,
			  1871, 720, 0, 3658 },
			{ 0, 0, 0, 0, 0, 0, 815, 0, 0, 0, 0, 0, 9000, 184 },
			{ 0, 0, 0, 0, 0, 0, 486, 0, 0, 0, 7331, 2181, 0, 1 },
			{ 0, 0, 0, 0, 0, 9499, 419, 0, 0, 0, 0, 0, 0, 81 },
		},
	},
	{ .name = NULL },
};

const struct sl_tpcw_mix *sl_tpcw_mix_find(const char *name)
{
	const struct sl_tpcw_mix *mix;

	for (mix = sl_tpcw_mixes; mix->name; mix++)
		if (!strcmp(mix->name, name))
			return mix;
	return NULL;
}

enum sl_tpcw_interaction sl_tpcw_mix_next(const struct sl_tpcw_mix *mix,
					  enum sl_tpcw_interaction after,
					  struct sl_tpcw_dice *dice)
{
	const u16 *weight = mix->weight[after];
	u32 left = sl_dice_below(dice, SL_TPCW_WEIGHTS);
	u32 next = 0;

	while (left >= weight[next])
		left -= weight[next++];
	return next;
}
