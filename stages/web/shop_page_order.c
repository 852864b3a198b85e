// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The pages for those who buy: cart, registration, orders.
 */
#include <linux/kernel.h>

#include "stages/web/shop_page.h"

#define LOGIN_MORE	" maxlength=\"40\" required"

static void put_title(struct sl_shop_page *page, const struct sl_shop_line *line)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<tr><td><a href=\"");
	sl_shop_page_product(page, "/product_detail", line->i_id);
	sl_text_say(text, "\"><img src=\"/images/thumb_");
	sl_text_number(text, line->i_id);
	sl_text_say(text, ".bmp\" alt=\"\">");
	sl_text_html(text, line->title);
	sl_text_say(text, "</a><br>");
	sl_text_html(text, line->backing);
	sl_text_say(text, "</td><td class=\"n\">");
	sl_text_money(text, line->cost);
	sl_text_say(text, "</td><td class=\"n\">");
}

/* Lines of a cart can be changed, those of an order cannot. */
static void put_lines(struct sl_shop_page *page,
		      const struct sl_shop_lines *lines, bool change)
{
	struct sl_text *text = &page->text;
	u32 i;

	sl_text_say(text, "<table><tr><th>Book</th><th class=\"n\">Price</th>"
		    "<th class=\"n\">Quantity</th><th class=\"n\">Sum</th>"
		    "</tr>\n");
	for (i = 0; i < lines->count; i++) {
		const struct sl_shop_line *line = &lines->line[i];

		put_title(page, line);
		if (change) {
			sl_text_say(text, "<input name=\"qty_");
			sl_text_number(text, line->i_id);
			sl_text_say(text, "\" value=\"");
			sl_text_number(text, line->qty);
			sl_text_say(text, "\" size=\"4\">");
		} else {
			sl_text_number(text, line->qty);
		}
		sl_text_say(text, "</td><td class=\"n\">");
		sl_text_money(text, line->qty * line->cost);
		sl_text_say(text, "</td></tr>\n");
	}
	sl_text_say(text, "</table>\n");
}

void sl_shop_show_cart(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_cart_out *cart = out;
	struct sl_text *text = &page->text;

	page->sc_id = cart->sc_id;
	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>Your cart</h1>\n"
		    "<form method=\"post\" action=\"/shopping_cart\">");
	sl_shop_page_session(page);
	put_lines(page, &cart->lines, true);
	sl_text_say(text, "<p>Subtotal: <b id=\"sub_total\">");
	sl_text_money(text, cart->sums.sub_total);
	sl_text_say(text, "</b></p>\n<p><button>Update quantities</button>"
		    " <a class=\"go\" href=\"");
	sl_shop_page_href(page, "/customer_registration");
	sl_text_say(text, "\">Check out</a></p></form>\n"
		    "<p class=\"small\">A quantity of 0 removes a book.</p>\n");
}

static void put_address_fields(struct sl_shop_page *page, const char *need)
{
	sl_shop_page_field(page, "Street", "street1", need, NULL);
	sl_shop_page_field(page, "", "street2", " maxlength=\"60\"", NULL);
	sl_shop_page_field(page, "City", "city", need, NULL);
	sl_shop_page_field(page, "State", "state", " maxlength=\"30\"", NULL);
	sl_shop_page_field(page, "Zip", "zip", need, NULL);
	sl_shop_page_field(page, "Country", "country", need, NULL);
}

void sl_shop_show_registration(struct sl_shop_page *page, const void *out)
{
	static const char need[] = " maxlength=\"30\" required";
	struct sl_text *text = &page->text;

	(void)out;
	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>Who are you?</h1>\n");
	if (!page->sc_id)
		sl_text_say(text, "<p>You have no cart yet: put something"
			    " into it before you go on.</p>\n");
	sl_text_say(text, "<form method=\"post\" action=\"/buy_request\">"
		    "<fieldset><legend>I have been here before</legend>\n");
	sl_shop_page_session(page);
	sl_shop_page_field(page, "User name", "uname", LOGIN_MORE, NULL);
	sl_shop_page_field(page, "Password", "passwd",
			   LOGIN_MORE " type=\"password\"", NULL);
	sl_text_say(text, "<button>Go on</button></fieldset></form>\n"
		    "<form method=\"post\" action=\"/buy_request\">"
		    "<fieldset><legend>I am new</legend>\n");
	sl_shop_page_session(page);
	sl_shop_page_field(page, "First name", "fname", need, NULL);
	sl_shop_page_field(page, "Last name", "lname", need, NULL);
	put_address_fields(page, need);
	sl_shop_page_field(page, "Telephone", "phone", need, NULL);
	sl_shop_page_field(page, "E-mail", "email",
			   " type=\"email\" maxlength=\"60\" required", NULL);
	sl_shop_page_field(page, "Birth date", "birthdate", " type=\"date\"",
			   NULL);
	sl_shop_page_field(page, "About you", "data", " maxlength=\"500\"",
			   NULL);
	sl_text_say(text, "<button>Register</button></fieldset></form>\n");
}

static void put_address(struct sl_shop_page *page, const char *title,
			const struct sl_shop_address *address)
{
	const char *const line[] = { address->street1, address->street2,
				     address->city, address->state,
				     address->zip, address->country };
	struct sl_text *text = &page->text;
	bool first = true;
	u32 i;

	sl_text_say(text, "<p><b>");
	sl_text_say(text, title);
	sl_text_say(text, "</b> ");
	for (i = 0; i < ARRAY_SIZE(line); i++) {
		if (!line[i][0])
			continue;
		if (!first)
			sl_text_say(text, ", ");
		sl_text_html(text, line[i]);
		first = false;
	}
	sl_text_say(text, "</p>\n");
}

static void put_payment_form(struct sl_shop_page *page,
			     const struct sl_shop_buy_request_out *buy)
{
	struct sl_text *text = &page->text;
	char name[sizeof(buy->fname) + sizeof(buy->lname) + 1];
	struct sl_text full;
	u32 i;

	sl_text_open(&full, name, sizeof(name) - 1);
	sl_text_say(&full, buy->fname);
	sl_text_say(&full, " ");
	sl_text_say(&full, buy->lname);
	name[sl_text_bytes(&full)] = 0;
	sl_text_say(text, "<form method=\"post\" action=\"/buy_confirm\">"
		    "<fieldset><legend>Payment</legend>\n");
	sl_shop_page_session(page);
	sl_text_say(text, "<label><span>Card</span><select name=\"cc_type\">"
		    "<option>VISA<option>MASTERCARD<option>DISCOVER"
		    "<option>AMEX<option>DINERS</select></label>\n");
	sl_shop_page_field(page, "Number", "cc_number",
			   " maxlength=\"20\" inputmode=\"numeric\" required",
			   NULL);
	sl_shop_page_field(page, "Name on it", "cc_name",
			   " maxlength=\"40\" required", name);
	sl_shop_page_field(page, "Expires", "cc_expiry",
			   " placeholder=\"2030-01\" maxlength=\"10\" required",
			   NULL);
	sl_text_say(text, "<label><span>Ship by</span>"
		    "<select name=\"shipping\">");
	for (i = 0; i < SL_SHOP_SHIPPINGS; i++) {
		sl_text_say(text, "<option>");
		sl_text_say(text, sl_shop_shipping[i]);
	}
	sl_text_say(text, "</select></label></fieldset>\n<fieldset><legend>"
		    "Ship to another address</legend>\n");
	put_address_fields(page, " maxlength=\"30\"");
	sl_text_say(text, "</fieldset><button>Buy</button></form>\n");
}

void sl_shop_show_buy_request(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_buy_request_out *buy = out;
	struct sl_text *text = &page->text;

	page->c_id = buy->c_id;
	page->sc_id = buy->cart.sc_id;
	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>Your order, ");
	sl_text_html(text, buy->fname);
	sl_text_say(text, " ");
	sl_text_html(text, buy->lname);
	sl_text_say(text, "</h1>\n");
	if (buy->registered) {
		sl_text_say(text, "<p>From now on your user name is"
			    " <b id=\"uname\">");
		sl_text_html(text, buy->uname);
		sl_text_say(text, "</b>; your password is the same in small"
			    " letters.</p>\n");
	}
	put_lines(page, &buy->cart.lines, false);
	sl_shop_page_sums(page, &buy->cart.sums);
	put_address(page, "Ships to", &buy->address);
	put_payment_form(page, buy);
}

void sl_shop_show_buy_confirm(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_buy_confirm_out *buy = out;
	struct sl_text *text = &page->text;

	page->c_id = buy->c_id;
	page->sc_id = buy->sc_id;
	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>Thank you</h1>\n<p>Your order has number"
		    " <b id=\"o_id\">");
	sl_text_number(text, buy->o_id);
	sl_text_say(text, "</b>.</p>\n");
	put_lines(page, &buy->lines, false);
	sl_shop_page_sums(page, &buy->sums);
}

void sl_shop_show_order_inquiry(struct sl_shop_page *page, const void *out)
{
	struct sl_text *text = &page->text;

	(void)out;
	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>Your last order</h1>\n<form method=\"post\""
		    " action=\"/order_display\"><fieldset>");
	sl_shop_page_session(page);
	sl_shop_page_field(page, "User name", "uname", LOGIN_MORE, NULL);
	sl_shop_page_field(page, "Password", "passwd",
			   LOGIN_MORE " type=\"password\"", NULL);
	sl_text_say(text, "<button>Show it</button></fieldset></form>\n");
}

static void put_order(struct sl_shop_page *page,
		      const struct sl_shop_order_out *order)
{
	struct sl_text *text = &page->text;

	sl_text_say(text, "<p>Order number <b id=\"o_id\">");
	sl_text_number(text, order->o_id);
	sl_text_say(text, "</b> of ");
	sl_text_date(text, order->date);
	sl_text_say(text, ": ");
	sl_text_html(text, order->status);
	sl_text_say(text, ", ships on ");
	sl_text_date(text, order->ship_date);
	if (order->ship_type < SL_SHOP_SHIPPINGS) {
		sl_text_say(text, " by ");
		sl_text_say(text, sl_shop_shipping[order->ship_type]);
	}
	sl_text_say(text, ", paid by ");
	sl_text_html(text, order->cc_type);
	sl_text_say(text, ".</p>\n");
	put_address(page, "Bill to", &order->bill);
	put_address(page, "Ship to", &order->ship);
	put_lines(page, &order->lines, false);
	sl_shop_page_sums(page, &order->sums);
}

void sl_shop_show_order_display(struct sl_shop_page *page, const void *out)
{
	const struct sl_shop_order_out *order = out;
	struct sl_text *text = &page->text;

	page->c_id = order->c_id;
	sl_shop_page_begin(page);
	sl_text_say(text, "<h1>Last order of ");
	sl_text_html(text, order->fname);
	sl_text_say(text, " ");
	sl_text_html(text, order->lname);
	sl_text_say(text, "</h1>\n<p class=\"small\">");
	sl_text_html(text, order->email);
	sl_text_say(text, ", ");
	sl_text_html(text, order->phone);
	sl_text_say(text, "</p>\n");
	if (order->o_id)
		put_order(page, order);
	else
		sl_text_say(text, "<p>no order yet</p>\n");
}
