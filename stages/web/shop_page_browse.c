// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The pages for those who look around: home, lists, searches, items.
 */
#include <linux/kernel.h>

#include "stages/web/shop_page.h"

/* Lists by subject: one form, two ways to send it. */
static void put_subject_form(struct sl_shop_page *page, const char *subject)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<form action=\"/new_products\">");
	sl_shop_page_session(page);
	sl_shop_page_subjects(page, subject);
	sl_text_say(text, " <button>New books</button> <button formaction=\""
		    "/best_sellers\">Best sellers</button></form>\n");
}

static void put_search_form(struct sl_shop_page *page)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<form action=\"/search_results\">");
	sl_shop_page_session(page);
	sl_text_say(text, "<select name=\"type\"><option value=\"author\">"
		    "Author's last name<option value=\"title\">Title"
		    "<option value=\"subject\">Subject</select> "
		    "<input name=\"q\" maxlength=\"60\" required> "
		    "<button>Search</button></form>\n"
		    "<p class=\"small\">Authors and titles are found by what"
		    " they begin with.</p>\n");
}

void sl_shop_show_home(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_promotions_out *home = out;
	struct sl_text *text = &page->text;

	sl_shop_page_begin(page);
	if (home->fname[0]) {
		sl_text_say(text, "<h1>Welcome back, ");
		sl_text_html(text, home->fname);
		sl_text_say(text, " ");
		sl_text_html(text, home->lname);
		sl_text_say(text, "</h1>\n");
	} else {
		sl_text_say(text, "<h1>Welcome</h1>\n");
	}
	put_subject_form(page, NULL);
	sl_text_say(text, "<p>You might like:</p>\n");
	sl_shop_page_rows(page, home->row, home->count);
}

static void put_list(struct sl_shop_page *page, const struct sl_shop_rows *rows)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<p class=\"age\">as of ");
	sl_text_number(text, page->age_s);
	sl_text_say(text, " seconds ago</p>\n");
	if (!rows->count)
		sl_text_say(text, "<p>There is nothing to list.</p>\n");
	sl_shop_page_rows(page, rows->row, rows->count);
}

static void show_subject(struct sl_shop_page *page, const char *title,
			 const struct sl_shop_rows *rows)
{
	struct sl_text *text = &page->text;
	const char *subject = sl_shop_subject[page->key->subject];

	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>");
	sl_text_say(text, title);
	sl_text_say(text, subject);
	sl_text_say(text, "</h1>\n");
	put_subject_form(page, subject);
	put_list(page, rows);
}

void sl_shop_show_new_products(struct sl_shop_page *page, const void *out)
{
	show_subject(page, "New books: ", out);
}

void sl_shop_show_best_sellers(struct sl_shop_page *page, const void *out)
{
	show_subject(page, "Best sellers: ", out);
}

void sl_shop_show_search_request(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_promotions_out *promotions = out;

	sl_shop_page_begin(page);
	sl_text_say(&page->text, "<h1>Search</h1>\n");
	put_search_form(page);
	put_subject_form(page, NULL);
	sl_text_say(&page->text, "<p>You might like:</p>\n");
	sl_shop_page_rows(page, promotions->row, promotions->count);
}

void sl_shop_show_search_results(struct sl_shop_page *page, const void *out)
{
	static const char *const by[] = { "author", "title", "subject" };
	const struct sl_shop_list_in *key = page->key;
	struct sl_text *text = &page->text;

	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>Books by ");
	sl_text_say(text, by[key->by]);
	sl_text_say(text, ": ");
	if (key->by == SL_SHOP_BY_SUBJECT)
		sl_text_say(text, sl_shop_subject[key->subject]);
	else
		sl_text_html(text, key->text);
	sl_text_say(text, "</h1>\n");
	put_search_form(page);
	put_list(page, out);
}

static void put_fact(struct sl_shop_page *page, const char *name,
		     const char *value)
{
	struct sl_text *text = &page->text;

	if (!value[0])
		return;
	sl_text_say(text, "<dt>");
	sl_text_say(text, name);
	sl_text_say(text, "</dt><dd>");
	sl_text_html(text, value);
	sl_text_say(text, "</dd>\n");
}

static void put_facts(struct sl_shop_page *page,
		      const struct sl_shop_detail_out *item)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<dl>\n");
	if (item->subject < SL_SHOP_SUBJECTS)
		put_fact(page, "Subject", sl_shop_subject[item->subject]);
	put_fact(page, "About the book", item->desc);
	put_fact(page, "About the author", item->bio);
	put_fact(page, "Publisher", item->publisher);
	sl_text_say(text, "<dt>Published</dt><dd>");
	sl_text_date(text, item->pub_date);
	sl_text_say(text, "</dd>\n<dt>Available</dt><dd>from ");
	sl_text_date(text, item->avail);
	sl_text_say(text, ", ");
	sl_text_number(text, item->stock);
	sl_text_say(text, " in stock</dd>\n");
	put_fact(page, "ISBN", item->isbn);
	put_fact(page, "Binding", item->backing);
	put_fact(page, "Dimensions", item->dimensions);
	sl_text_say(text, "<dt>Pages</dt><dd>");
	sl_text_number(text, item->pages);
	sl_text_say(text, "</dd></dl>\n");
}

void sl_shop_show_detail(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_detail_out *item = out;
	struct sl_text *text = &page->text;

	sl_shop_page_begin(page);
	sl_text_say(text, "<img class=\"cover\" src=\"/images/");
	sl_text_html(text, item->image);
	sl_text_say(text, "\" alt=\"cover\"><h1>");
	sl_text_html(text, item->title);
	sl_text_say(text, "</h1>\n<p>by ");
	sl_text_html(text, item->author);
	sl_text_say(text, "</p>\n<p><b>");
	sl_text_money(text, item->cost);
	sl_text_say(text, "</b> <span class=\"small\">suggested retail price ");
	sl_text_money(text, item->srp);
	sl_text_say(text, "</span></p>\n"
		    "<form method=\"post\" action=\"/shopping_cart\">");
	sl_shop_page_session(page);
	sl_text_say(text, "<button name=\"add\" value=\"");
	sl_text_number(text, item->i_id);
	sl_text_say(text, "\">Add to cart</button></form>\n");
	put_facts(page, item);
	sl_text_say(text, "<p class=\"small\"><a href=\"");
	sl_shop_page_product(page, "/admin_request", item->i_id);
	sl_text_say(text, "\">Edit this item</a></p>\n");
}
