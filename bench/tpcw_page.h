/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_PAGE_H
#define BENCH_TPCW_PAGE_H

/*
 * What an emulated browser takes from one of the shop's pages, in one pass.
 *
 * docs/bookstore.md says how pages mark what programs look for.
 */
#include <linux/types.h>
#include "bench/tpcw_image.h"
#include "bench/tpcw_mix.h"
#include "bench/tpcw_model.h"

#define SL_TPCW_PAGE_ITEMS_MAX	128
#define SL_TPCW_PAGE_IMAGES_MAX 128
#define SL_TPCW_CART_LINES_MAX	50

/* A line of a cart. */
struct sl_tpcw_cart_line {
	u32 item;
	u32 quantity;
};

struct sl_tpcw_page_image {
	u32 number;
	u8 kind;		/* enum sl_tpcw_image_kind */
};

/**
 * struct sl_tpcw_page - a page's marks
 * @interaction: by its title; SL_TPCW_INTERACTIONS if it has none of them
 * @whole: does it end in </html>?
 * @crowded: are there more items, images or lines than the arrays hold, or
 *	     an image that is none of the shop's?
 * @cart: the hidden sc_id, 0 if there is none
 * @customer: the hidden c_id
 * @order: the o_id shown
 * @sub_total: in cents, -1 if there is none
 * @total: in cents, -1 if there is none
 * @uname: of a new customer, no characters if there is none
 * @items: how many products it links to; several times in a row is once
 * @images: how many pictures are to be fetched
 * @lines: how many quantity fields of a cart there are
 * @item: the products, in order
 * @image: the pictures, in order
 * @line: the cart's lines, in order
 */
struct sl_tpcw_page {
	u32 interaction;
	bool whole;
	bool crowded;
	u32 cart;
	u32 customer;
	u32 order;
	s64 sub_total;
	s64 total;
	struct sl_tpcw_text uname;
	u32 items;
	u32 images;
	u32 lines;
	u32 item[SL_TPCW_PAGE_ITEMS_MAX];
	struct sl_tpcw_page_image image[SL_TPCW_PAGE_IMAGES_MAX];
	struct sl_tpcw_cart_line line[SL_TPCW_CART_LINES_MAX];
};

/**
 * sl_tpcw_page_read() - find a page's marks
 * @page: filled
 * @text: the body of a reply; any bytes do, none outside are looked at
 * @count: its length
 */
void sl_tpcw_page_read(struct sl_tpcw_page *page, const char *text, u64 count);

#endif
