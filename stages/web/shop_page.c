// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What all pages have in common: head, buttons, links, lists, sums.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/shop_page.h"

const char sl_shop_style[] =
	"body{margin:0 auto;max-width:60em;padding:0 1em 2em;"
	"font:16px/1.5 sans-serif;color:#222;background:#fdfcf8}\n"
	"header{display:flex;flex-wrap:wrap;align-items:center;gap:1em;"
	"border-bottom:3px solid #7a1f2b;padding:.6em 0;margin-bottom:1em}\n"
	"header a.logo{font:bold 1.5em serif;color:#7a1f2b;"
	"text-decoration:none;margin-right:auto}\n"
	"header form,header button{display:contents;cursor:pointer}\n"
	"header img{display:block}\n"
	"h1{font:bold 1.6em serif;margin:.4em 0}\n"
	"a{color:#7a1f2b}\n"
	"ol{list-style:none;padding:0;display:grid;gap:.6em;"
	"grid-template-columns:repeat(auto-fill,minmax(17em,1fr))}\n"
	"li{background:#fff;border:1px solid #ddd;padding:.5em;"
	"overflow:hidden}\n"
	"li img,td img{float:left;margin-right:.7em;border:1px solid #ccc}\n"
	"li i{color:#666}\n"
	"table{border-collapse:collapse;background:#fff;width:100%}\n"
	"td,th{border:1px solid #ddd;padding:.4em .6em;text-align:left}\n"
	"td.n,th.n{text-align:right}\n"
	".age,.small{color:#666;font-size:.85em}\n"
	".cover{float:right;margin:0 0 1em 1em;max-width:45%}\n"
	"label{display:block;margin:.4em 0}\n"
	"label span{display:inline-block;width:9em}\n"
	"input,select,textarea{font:inherit;padding:.15em .3em}\n"
	"fieldset{border:1px solid #ddd;background:#fff;margin:1em 0}\n"
	"main button,.go{font:inherit;background:#7a1f2b;color:#fff;"
	"border:0;padding:.35em 1em;cursor:pointer;text-decoration:none;"
	"display:inline-block}\n"
	"dt{font-weight:bold}\n";

/* "&amp;c_id=N&amp;sc_id=N", for links that have a parameter already. */
static void make_link(struct sl_shop_page *page)
{
	struct sl_text link;

	sl_text_open(&link, page->link, sizeof(page->link));
	if (page->c_id) {
		sl_text_say(&link, "&amp;c_id=");
		sl_text_number(&link, page->c_id);
	}
	if (page->sc_id) {
		sl_text_say(&link, "&amp;sc_id=");
		sl_text_number(&link, page->sc_id);
	}
	page->link_bytes = sl_text_bytes(&link);
}

/**
 * sl_shop_page_href() - a link's address, with who is asking
 * @page: the page
 * @path: without parameters
 */
void sl_shop_page_href(struct sl_shop_page *page, const char *path)
{
	struct sl_text *text = &page->text;
	const u32 amp = sizeof("&amp;") - 1;

	sl_text_say(text, path);
	if (!page->link_bytes)
		return;
	sl_text_say(text, "?");
	sl_text_put(text, page->link + amp, page->link_bytes - amp);
}

/**
 * sl_shop_page_product() - the address of a page about an item
 * @page: the page
 * @path: of the interaction
 * @i_id: the item
 */
void sl_shop_page_product(struct sl_shop_page *page, const char *path, u32 i_id)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, path);
	sl_text_say(text, "?i_id=");
	sl_text_number(text, i_id);
	sl_text_put(text, page->link, page->link_bytes);
}

/**
 * sl_shop_page_session() - who is asking, as hidden fields of a form
 * @page: the page
 */
void sl_shop_page_session(struct sl_shop_page *page)
{
	struct sl_text *text = &page->text;

	if (page->sc_id) {
		sl_text_say(text, "<input type=\"hidden\" name=\"sc_id\" value=\"");
		sl_text_number(text, page->sc_id);
		sl_text_say(text, "\">");
	}
	if (page->c_id) {
		sl_text_say(text, "<input type=\"hidden\" name=\"c_id\" value=\"");
		sl_text_number(text, page->c_id);
		sl_text_say(text, "\">");
	}
}

#define IMG(name, alt) "<img src=\"/images/button_" name ".bmp\" alt=\"" alt \
	"\" width=\"80\" height=\"24\">"

/* The cart is asked for with POST, so its button belongs to a form. */
static void put_buttons(struct sl_shop_page *page)
{
	struct sl_text *text = &page->text;
	bool home = page->name[0] == 'h';

	sl_text_say(text, "<a href=\"");
	if (home) {
		sl_shop_page_href(page, "/order_inquiry");
		sl_text_say(text, "\">" IMG("order", "Your order") "</a>");
	} else {
		sl_shop_page_href(page, "/home");
		sl_text_say(text, "\">" IMG("home", "Home") "</a>");
	}
	sl_text_say(text, "<a href=\"");
	sl_shop_page_href(page, "/search_request");
	sl_text_say(text, "\">" IMG("search", "Search") "</a>"
		    "<form method=\"post\" action=\"/shopping_cart\">");
	sl_shop_page_session(page);
	sl_text_say(text, "<button>" IMG("cart", "Cart") "</button></form>");
}

/**
 * sl_shop_page_begin() - write a page's head and its buttons
 * @page: with its name, c_id and sc_id, and an open text
 */
void sl_shop_page_begin(struct sl_shop_page *page)
{
	struct sl_text *text = &page->text;

	make_link(page);
	sl_text_say(text, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
		    "<meta charset=\"utf-8\"><meta name=\"viewport\""
		    " content=\"width=device-width\"><title>Bookstore: ");
	sl_text_say(text, page->name);
	sl_text_say(text, "</title><link rel=\"stylesheet\""
		    " href=\"/style.css\"></head>\n<body><header>"
		    "<a class=\"logo\" href=\"");
	sl_shop_page_href(page, "/home");
	sl_text_say(text, "\">Bookstore</a>");
	put_buttons(page);
	sl_text_say(text, "</header><main>\n");
}

/**
 * sl_shop_page_end() - write a page's end
 * @page: the page
 */
void sl_shop_page_end(struct sl_shop_page *page)
{
	sl_text_say(&page->text, "</main></body></html>");
}

static const char *reason(u16 code)
{
	switch (code) {
	case 400:
		return "That request makes no sense here: something is missing,"
		       " too long, or not what it should be.";
	case 403:
		return "That is not the password.";
	case 404:
		return "There is no such thing in this shop.";
	case 405:
		return "This page is to be asked for in another way: forms"
		       " with POST, everything else with GET.";
	case 409:
		return "The cart does not allow that: it is empty, or full.";
	case 503:
		return "The shop is busy; please try again.";
	case 507:
		return "The shop's disk is full; nothing was changed.";
	default:
		return "Something went wrong in the shop.";
	}
}

/**
 * sl_shop_page_error() - write a whole page that says what is wrong
 * @page: with an open text
 * @code: status
 */
void sl_shop_page_error(struct sl_shop_page *page, u16 code)
{
	page->name = "error";
	sl_shop_page_begin(page);
	sl_text_say(&page->text, "<p>");
	sl_text_say(&page->text, reason(code));
	sl_text_say(&page->text, "</p>\n");
	sl_shop_page_end(page);
}

/**
 * sl_shop_page_rows() - a list of items: thumbnail, title, author
 * @page: the page
 * @row: the items
 * @count: how many
 */
void sl_shop_page_rows(struct sl_shop_page *page, const struct sl_shop_row *row,
		       u32 count)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<ol>\n");
	for (; count; count--, row++) {
		sl_text_say(text, "<li><a href=\"");
		sl_shop_page_product(page, "/product_detail", row->i_id);
		sl_text_say(text, "\"><img src=\"/images/thumb_");
		sl_text_number(text, row->i_id);
		sl_text_say(text, ".bmp\" alt=\"\">");
		sl_text_html(text, row->title);
		sl_text_say(text, "</a><br><i>");
		sl_text_html(text, row->author);
		if (row->sold) {
			sl_text_say(text, "</i> ");
			sl_text_number(text, row->sold);
			sl_text_say(text, " sold</li>\n");
		} else {
			sl_text_say(text, "</i></li>\n");
		}
	}
	sl_text_say(text, "</ol>\n");
}

/**
 * sl_shop_page_field() - an input with its label
 * @page: the page
 * @label: what people read
 * @name: the field's name
 * @more: further attributes, each with a blank before it
 * @value: what is in it; NULL: nothing
 */
void sl_shop_page_field(struct sl_shop_page *page, const char *label,
			const char *name, const char *more, const char *value)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<label><span>");
	sl_text_say(text, label);
	sl_text_say(text, "</span><input name=\"");
	sl_text_say(text, name);
	sl_text_say(text, "\"");
	sl_text_say(text, more);
	if (value) {
		sl_text_say(text, " value=\"");
		sl_text_html(text, value);
		sl_text_say(text, "\"");
	}
	sl_text_say(text, "></label>\n");
}

/**
 * sl_shop_page_amount() - a line of a table of sums
 * @page: the page
 * @label: what people read
 * @id: what programs look for; NULL: nothing
 * @cents: the amount
 */
void sl_shop_page_amount(struct sl_shop_page *page, const char *label,
			 const char *id, s64 cents)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<tr><td>");
	sl_text_say(text, label);
	sl_text_say(text, "</td><td class=\"n\">");
	if (id) {
		sl_text_say(text, "<b id=\"");
		sl_text_say(text, id);
		sl_text_say(text, "\">");
	}
	sl_text_money(text, cents);
	sl_text_say(text, id ? "</b></td></tr>\n" : "</td></tr>\n");
}

/**
 * sl_shop_page_sums() - what a cart or an order comes to
 * @page: the page
 * @sums: the sums
 */
void sl_shop_page_sums(struct sl_shop_page *page,
		       const struct sl_shop_sums *sums)
{
	struct sl_text *text = &page->text;
	s64 discount = sums->total - sums->tax - sums->shipping -
		       sums->sub_total;

	sl_text_say(text, "<table>");
	sl_shop_page_amount(page, "Subtotal", "sub_total", sums->sub_total);
	if (sums->discount) {
		sl_text_say(text, "<tr><td>Your discount of ");
		sl_text_number(text, sums->discount);
		sl_text_say(text, " %</td><td class=\"n\">");
		sl_text_money(text, discount);
		sl_text_say(text, "</td></tr>\n");
	}
	sl_shop_page_amount(page, "Tax, 8.25 %", NULL, sums->tax);
	sl_shop_page_amount(page, "Shipping", NULL, sums->shipping);
	sl_shop_page_amount(page, "Total", "total", sums->total);
	sl_text_say(text, "</table>\n");
}

/**
 * sl_shop_page_subjects() - a choice of the 24 subjects
 * @page: the page
 * @subject: the one that is chosen already; NULL: none
 */
void sl_shop_page_subjects(struct sl_shop_page *page, const char *subject)
{
	struct sl_text *text = &page->text;
	u32 i;

	sl_text_say(text, "<select name=\"subject\">");
	for (i = 0; i < SL_SHOP_SUBJECTS; i++) {
		sl_text_say(text, sl_shop_subject[i] == subject ?
			    "<option selected>" : "<option>");
		sl_text_say(text, sl_shop_subject[i]);
	}
	sl_text_say(text, "</select>");
}
