// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The 14 interactions, the likeliest first.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/shop_stage.h"

static const struct sl_shop_interaction interactions[] = {
	{ "home", false, false, SL_SHOP_PROMOTIONS,
	  sl_shop_ask_promotions, sl_shop_show_home },
	{ "product_detail", false, false, SL_SHOP_DETAIL,
	  sl_shop_ask_detail, sl_shop_show_detail },
	{ "search_request", false, false, SL_SHOP_PROMOTIONS,
	  sl_shop_ask_promotions, sl_shop_show_search_request },
	{ "search_results", false, true, SL_SHOP_SEARCH,
	  sl_shop_ask_search, sl_shop_show_search_results },
	{ "shopping_cart", true, false, SL_SHOP_CART_CHANGE,
	  sl_shop_ask_cart, sl_shop_show_cart },
	{ "new_products", false, true, SL_SHOP_NEW_PRODUCTS,
	  sl_shop_ask_new_products, sl_shop_show_new_products },
	{ "best_sellers", false, true, SL_SHOP_BEST_SELLERS,
	  sl_shop_ask_best_sellers, sl_shop_show_best_sellers },
	{ "customer_registration", false, false, SL_SHOP_PROCEDURES,
	  NULL, sl_shop_show_registration },
	{ "buy_request", true, false, SL_SHOP_BUY_REQUEST,
	  sl_shop_ask_buy_request, sl_shop_show_buy_request },
	{ "buy_confirm", true, false, SL_SHOP_BUY_CONFIRM,
	  sl_shop_ask_buy_confirm, sl_shop_show_buy_confirm },
	{ "order_inquiry", false, false, SL_SHOP_PROCEDURES,
	  NULL, sl_shop_show_order_inquiry },
	{ "order_display", true, false, SL_SHOP_ORDER,
	  sl_shop_ask_order, sl_shop_show_order_display },
	{ "admin_request", false, false, SL_SHOP_DETAIL,
	  sl_shop_ask_detail, sl_shop_show_admin_request },
	{ "admin_confirm", true, false, SL_SHOP_ADMIN_CONFIRM,
	  sl_shop_ask_admin, sl_shop_show_admin_confirm },
};

/**
 * sl_shop_find() - the interaction of a path
 * @path: with its leading slash; "/" is home
 * @bytes: its length
 *
 * Return: the interaction, or NULL if there is none.
 */
const struct sl_shop_interaction *sl_shop_find(const u8 *path, u32 bytes)
{
	u32 i;

	if (!bytes || path[0] != '/')
		return NULL;
	if (bytes == 1)
		return &interactions[0];
	for (i = 0; i < ARRAY_SIZE(interactions); i++) {
		const char *name = interactions[i].name;

		if (path[1] == (u8)name[0] && strlen(name) == bytes - 1 &&
		    !memcmp(path + 1, name, bytes - 1))
			return &interactions[i];
	}
	return NULL;
}
