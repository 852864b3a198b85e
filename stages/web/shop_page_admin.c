// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The pages for those who run the shop.
 */
#include <linux/kernel.h>

#include "stages/web/shop_page.h"

static void put_item(struct sl_shop_page *page, const char *title,
		     const struct sl_shop_detail_out *item)
{
	struct sl_text *text = &page->text;
	u32 i;

	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>");
	sl_text_say(text, title);
	sl_text_html(text, item->title);
	sl_text_say(text, "</h1>\n<img class=\"cover\" src=\"/images/");
	sl_text_html(text, item->image);
	sl_text_say(text, "\" alt=\"cover\"><p><img src=\"/images/");
	sl_text_html(text, item->thumbnail);
	sl_text_say(text, "\" alt=\"thumbnail\"> by ");
	sl_text_html(text, item->author);
	sl_text_say(text, "</p>\n<p>Published ");
	sl_text_date(text, item->pub_date);
	sl_text_say(text, ", costs ");
	sl_text_money(text, item->cost);
	sl_text_say(text, "; bought together with");
	for (i = 0; i < SL_SHOP_RELATED; i++) {
		sl_text_say(text, i ? ", " : " ");
		sl_text_number(text, item->related[i]);
	}
	sl_text_say(text, ".</p>\n");
}

void sl_shop_show_admin_request(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_detail_out *item = out;
	struct sl_text *text = &page->text;
	struct sl_text cost;
	char money[32];

	put_item(page, "Edit: ", item);
	sl_text_open(&cost, money, sizeof(money) - 1);
	sl_text_money(&cost, item->cost);
	money[sl_text_bytes(&cost)] = 0;
	sl_text_say(text, "<form method=\"post\" action=\"/admin_confirm\">"
		    "<fieldset>");
	sl_shop_page_session(page);
	sl_text_say(text, "<input type=\"hidden\" name=\"i_id\" value=\"");
	sl_text_number(text, item->i_id);
	sl_text_say(text, "\">");
	sl_shop_page_field(page, "Price", "cost", " required", money);
	sl_shop_page_field(page, "Image", "image", " required", item->image);
	sl_shop_page_field(page, "Thumbnail", "thumbnail", " required",
			   item->thumbnail);
	sl_text_say(text, "<button>Change</button></fieldset></form>\n");
}

void sl_shop_show_admin_confirm(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_detail_out *item = out;
	struct sl_text *text = &page->text;

	put_item(page, "Changed: ", item);
	sl_text_say(text, "<p><a href=\"");
	sl_shop_page_product(page, "/product_detail", item->i_id);
	sl_text_say(text, "\">See it in the shop</a></p>\n");
}
