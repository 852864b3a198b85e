/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Pages: the shop's HTML.
 *
 * A page is written from the head to the end into the room it is given; what
 * comes from a form or the database goes through sl_text_html().  Its links
 * and forms repeat who is asking and their cart.
 */
#ifndef SL_SHOP_PAGE_H
#define SL_SHOP_PAGE_H

#include "stages/web/shop.h"
#include "stages/web/text.h"

struct sl_shop_page {
	struct sl_text text;
	const char *name;	/* of the interaction */
	u32 c_id;		/* 0: not known */
	u32 sc_id;		/* 0: no cart */
	u32 age_s;		/* of a list */
	const struct sl_shop_list_in *key;	/* of a list */
	u32 link_bytes;
	char link[64];		/* "&amp;c_id=N&amp;sc_id=N" */
};

void sl_shop_page_begin(struct sl_shop_page *page);
void sl_shop_page_end(struct sl_shop_page *page);
void sl_shop_page_error(struct sl_shop_page *page, u16 code);

/* What several pages have; all of them belong between begin and end. */
void sl_shop_page_session(struct sl_shop_page *page);
void sl_shop_page_href(struct sl_shop_page *page, const char *path);
void sl_shop_page_product(struct sl_shop_page *page, const char *path,
			  u32 i_id);
void sl_shop_page_rows(struct sl_shop_page *page, const struct sl_shop_row *row,
		       u32 count);
void sl_shop_page_field(struct sl_shop_page *page, const char *label,
			const char *name, const char *more, const char *value);
void sl_shop_page_amount(struct sl_shop_page *page, const char *label,
			 const char *id, s64 cents);
void sl_shop_page_sums(struct sl_shop_page *page,
		       const struct sl_shop_sums *sums);
void sl_shop_page_subjects(struct sl_shop_page *page, const char *subject);

/* The interactions' own; `out` is what their procedure answers. */
void sl_shop_show_home(struct sl_shop_page *page, const void *out);
void sl_shop_show_new_products(struct sl_shop_page *page, const void *out);
void sl_shop_show_best_sellers(struct sl_shop_page *page, const void *out);
void sl_shop_show_search_request(struct sl_shop_page *page, const void *out);
void sl_shop_show_search_results(struct sl_shop_page *page, const void *out);
void sl_shop_show_detail(struct sl_shop_page *page, const void *out);
void sl_shop_show_cart(struct sl_shop_page *page, const void *out);
void sl_shop_show_registration(struct sl_shop_page *page, const void *out);
void sl_shop_show_buy_request(struct sl_shop_page *page, const void *out);
void sl_shop_show_buy_confirm(struct sl_shop_page *page, const void *out);
void sl_shop_show_order_inquiry(struct sl_shop_page *page, const void *out);
void sl_shop_show_order_display(struct sl_shop_page *page, const void *out);
void sl_shop_show_admin_request(struct sl_shop_page *page, const void *out);
void sl_shop_show_admin_confirm(struct sl_shop_page *page, const void *out);

extern const char sl_shop_style[];

#endif /* SL_SHOP_PAGE_H */
