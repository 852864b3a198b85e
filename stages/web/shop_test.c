// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that each of the 14 interactions yields the page that
 * docs/bookstore.md promises, that what people and the database say appears
 * in it as text and as nothing else, and that every bad request gets its
 * status: the shop stage in a pipeline, over the real procedures.
 */
#include "stages/web/shop_test.h"

#define LOGIN	"uname=USER3&passwd=pass3"
#define NEW	"fname=%3Cscript%3Ealert(1)%3C/script%3E&lname=O%27%22Neil" \
		"&street1=1+Main&street2=&city=Rome&state=&zip=1" \
		"&country=iceland&phone=1&email=a%40b.c&birthdate=1970-11-23" \
		"&data=x%0d%0ay"
#define CARD	"cc_type=VISA&cc_number=4111111111111111&cc_name=Ann+%3CB%3E" \
		"&cc_expiry=2030-01&shipping=air"

/* What every page has: its title, three buttons, and an end. */
static struct ask *check_page(struct ask *a, const char *name)
{
	char title[80];

	snprintf(title, sizeof(title), "<title>Bookstore: %s</title>", name);
	if (!CHECK_EQ(a->code, 200) || !CHECK(shows(a, title)))
		fprintf(stderr, "%s: %u\n%s\n", a->target, a->code, a->reply);
	CHECK_EQ(a->status, 0);
	CHECK_EQ(a->type, SL_HTTP_HTML);
	CHECK_EQ(a->content_bytes, a->bytes);
	CHECK_EQ(a->parts, 1);
	CHECK_EQ(times(a, "/images/button_"), 3);
	CHECK(!strncmp((char *)a->reply, "<!DOCTYPE html>", 15));
	CHECK_STR((char *)a->reply + a->bytes - 7, "</html>");
	/* What it opens it closes. */
	CHECK_EQ(times(a, "<form"), times(a, "</form>"));
	CHECK_EQ(times(a, "<a "), times(a, "</a>"));
	CHECK_EQ(times(a, "<li>"), times(a, "</li>"));
	CHECK_EQ(times(a, "<tr>"), times(a, "</tr>"));
	CHECK_EQ(times(a, "<select"), times(a, "</select>"));
	CHECK_EQ(times(a, "<b>") + times(a, "<b "), times(a, "</b>"));
	CHECK_EQ(times(a, "<script"), 0);
	return a;
}

static void check_error(const struct ask *a, u32 code)
{
	if (!CHECK_EQ(a->code, code))
		fprintf(stderr, "  %s %s\n", a->target, a->body ? a->body : "");
	CHECK(shows(a, "<title>Bookstore: error</title>"));
	CHECK(shows(a, "</html>"));
	CHECK_EQ(a->content_bytes, a->bytes);
	CHECK_EQ(a->max_age, 0);
}

static void test_browsing(void)
{
	struct ask *a = check_page(get("/home?c_id=3&sc_id=9"), "home");

	CHECK(shows(a, "Ann Smith"));
	CHECK_EQ(times(a, "<a href=\"/product_detail?i_id="), 5);
	CHECK_EQ(times(a, "&amp;c_id=3&amp;sc_id=9\"><img src=\"/images/thumb_"),
		 5);
	CHECK(shows(a, "name=\"sc_id\" value=\"9\""));
	CHECK(shows(a, "name=\"c_id\" value=\"3\""));
	a = check_page(get("/"), "home");
	CHECK(!shows(a, "name=\"sc_id\""));
	CHECK(shows(a, "href=\"/search_request\""));

	a = check_page(get("/new_products?subject=ARTS"), "new_products");
	CHECK_EQ(times(a, "<li>"), 8);
	CHECK(shows(a, "<p class=\"age\">as of 0 seconds ago</p>"));
	CHECK(shows(a, "i_id=192\"><img src=\"/images/thumb_192.bmp\" alt=\"\">"
		       "TITLE 192</a>"));
	a = check_page(get("/best_sellers?c_id=1&subject=arts"),
		       "best_sellers");
	CHECK(shows(a, "39 sold"));
	CHECK(shows(a, "as of 0 seconds ago"));

	a = check_page(get("/product_detail?i_id=8"), "product_detail");
	CHECK(shows(a, "TITLE 8 &lt;b&gt;&amp;&quot;quoted&quot;&lt;/b&gt;"));
	CHECK(shows(a, "<img class=\"cover\" src=\"/images/image_8.bmp\""));
	CHECK(shows(a, "<b>8.00</b>"));
	CHECK(shows(a, "BUSINESS") || shows(a, "HEALTH") ||
	      shows(a, "REFERENCE") || shows(a, "HOME"));
	check_page(get("/product_detail?x=%zz&i_id=1&i_id=999"),
		   "product_detail");
}

static void test_searching(void)
{
	struct ask *a = check_page(get("/search_request"), "search_request");

	CHECK_EQ(times(a, "<li>"), 5);
	a = check_page(get("/search_results?type=title&q=TITLE+8+%3Cb"),
		       "search_results");
	CHECK_EQ(times(a, "<li>"), 1);
	CHECK(shows(a, "Books by title: title 8 &lt;b</h1>"));
	CHECK(shows(a, "as of 0 seconds ago"));
	a = check_page(get("/search_results?type=author&q=o%27HARA"),
		       "search_results");
	CHECK_EQ(times(a, "<li>"), 4);
	CHECK(shows(a, "o&#39;hara"));
	CHECK(shows(a, "O&#39;HARA</i>"));
	a = check_page(get("/search_results?type=subject&q=Arts"),
		       "search_results");
	CHECK_EQ(times(a, "<li>"), 8);
	a = check_page(get("/search_results?type=title&q=%25"),
		       "search_results");
	CHECK_EQ(times(a, "<li>"), 0);
	a = check_page(get("/search_results?type=title&q=%27%20OR%201%3D1--"),
		       "search_results");
	CHECK_EQ(times(a, "<li>"), 0);
}

static void test_cart(void)
{
	struct ask *a = check_page(post("/shopping_cart", "sc_id=0"),
				   "shopping_cart");

	CHECK_EQ(times(a, "name=\"qty_"), 1);
	CHECK(shows(a, "name=\"sc_id\" value=\"1\""));
	a = check_page(post("/shopping_cart", "add=8"), "shopping_cart");
	CHECK(shows(a, "name=\"sc_id\" value=\"2\""));
	CHECK(shows(a, "<b id=\"sub_total\">8.00</b>"));
	CHECK(shows(a, "<input name=\"qty_8\" value=\"1\""));
	a = check_page(post("/shopping_cart?c_id=4",
			    "sc_id=2&add=9&qty_8=3&qty_8=5&qty%5f10=2&qty_x=1"),
		       "shopping_cart");
	CHECK(shows(a, "<input name=\"qty_8\" value=\"3\""));
	CHECK(shows(a, "<b id=\"sub_total\">53.00</b>"));
	CHECK(shows(a, "name=\"c_id\" value=\"4\""));
	/* Nothing to change: the cart is only read. */
	db_calls[SL_SHOP_CART_CHANGE] = 0;
	a = check_page(post("/shopping_cart", "sc_id=2"), "shopping_cart");
	CHECK(shows(a, "<b id=\"sub_total\">53.00</b>"));
	CHECK_EQ(db_calls[SL_SHOP_CART_CHANGE], 0);
	/* Unless it is empty. */
	sql("DELETE FROM shopping_cart_line WHERE scl_sc_id = 1");
	a = check_page(post("/shopping_cart", "sc_id=1"), "shopping_cart");
	CHECK_EQ(times(a, "name=\"qty_"), 1);
	CHECK_EQ(db_calls[SL_SHOP_CART_CHANGE], 1);
}

static void test_buying(void)
{
	struct ask *a;

	a = check_page(get("/customer_registration?sc_id=2"),
		       "customer_registration");
	CHECK_EQ(times(a, "name=\"sc_id\" value=\"2\""), 3);
	a = check_page(post("/buy_request", "sc_id=2&" NEW), "buy_request");
	CHECK(shows(a, "<b id=\"uname\">ALOG</b>"));
	CHECK(shows(a, "name=\"c_id\" value=\"21\""));
	CHECK(shows(a, "&lt;script&gt;alert(1)&lt;/script&gt; O&#39;&quot;Neil"));
	CHECK(shows(a, "Iceland"));
	CHECK_EQ(number("SELECT c_birthdate FROM customer WHERE c_id = 21 AND"
			" c_data = 'x  y'"), 28166400);
	a = check_page(post("/buy_request", "sc_id=2&" LOGIN), "buy_request");
	CHECK(!shows(a, "id=\"uname\""));
	CHECK(shows(a, "name=\"c_id\" value=\"3\""));
	CHECK(shows(a, "name=\"sc_id\" value=\"2\""));
	CHECK(shows(a, "<b id=\"sub_total\">53.00</b>"));
	/* 53.00 less 10 % is 47.70; 3.94 tax, 3.00 and 6 x 1.00 shipping. */
	CHECK(shows(a, "<b id=\"total\">60.64</b>"));

	a = check_page(post("/buy_confirm", "c_id=3&sc_id=2&" CARD),
		       "buy_confirm");
	CHECK(shows(a, "<b id=\"o_id\">39</b>"));
	CHECK(shows(a, "<b id=\"total\">60.64</b>"));
	check_error(post("/buy_confirm", "c_id=3&sc_id=2&" CARD), 409);
	check_error(post("/buy_request", "sc_id=2&" LOGIN), 409);
	check_page(post("/shopping_cart", "sc_id=2&add=1"), "shopping_cart");
	a = check_page(post("/buy_confirm", "c_id=3&sc_id=2&street1=2+Side&"
			    "city=Oslo&zip=1&country=Chad&" CARD),
		       "buy_confirm");
	CHECK_EQ(number("SELECT o_ship_type FROM orders JOIN address ON"
			" addr_id = o_ship_addr_id AND addr_city = 'Oslo'"
			" WHERE o_id = 40"), 0);

	check_page(get("/order_inquiry"), "order_inquiry");
	a = check_page(post("/order_display", LOGIN), "order_display");
	CHECK(shows(a, "<b id=\"o_id\">40</b>"));
	CHECK(shows(a, "name=\"c_id\" value=\"3\""));
	CHECK(shows(a, "Oslo"));
	a = check_page(post("/order_display", "uname=USER20&passwd=pass20"),
		       "order_display");
	CHECK(shows(a, "no order yet"));
	CHECK(!shows(a, "id=\"o_id\""));
}

static void test_admin(void)
{
	struct ask *a = check_page(get("/admin_request?i_id=24"),
				   "admin_request");

	CHECK(shows(a, "value=\"24.00\""));
	a = check_page(post("/admin_confirm", "i_id=24&cost=12.34&image="
			    "image_9.bmp&thumbnail=thumb_9.bmp"),
		       "admin_confirm");
	CHECK(shows(a, "12.34"));
	CHECK(shows(a, "together with 96, 72, 48, 25, 26."));
	a = check_page(get("/product_detail?i_id=24"), "product_detail");
	CHECK(shows(a, "image_9.bmp"));
	CHECK(shows(a, "<b>12.34</b>"));
}

static const struct {
	u8 method;
	const char *target;
	const char *body;
	u32 code;
} bad[] = {
	{ SL_HTTP_GET, "/nothing", NULL, 404 },
	{ SL_HTTP_GET, "", NULL, 404 },
	{ SL_HTTP_GET, "home", NULL, 404 },
	{ SL_HTTP_GET, "/home/", NULL, 404 },
	{ SL_HTTP_GET, "/hom", NULL, 404 },
	{ SL_HTTP_GET, "/shopping_cart", NULL, 405 },
	{ SL_HTTP_HEAD, "/buy_confirm", NULL, 405 },
	{ SL_HTTP_POST, "/home", "", 405 },
	{ SL_HTTP_POST, "/images/5.bmp", "", 405 },
	{ SL_HTTP_POST, "/style.css", "", 405 },
	{ SL_HTTP_GET, "/home?c_id=x", NULL, 400 },
	{ SL_HTTP_GET, "/home?c_id=-1", NULL, 400 },
	{ SL_HTTP_GET, "/home?c_id=4294967296", NULL, 400 },
	{ SL_HTTP_GET, "/home?c_id=%3", NULL, 400 },
	{ SL_HTTP_GET, "/home?c_id=1e2", NULL, 400 },
	{ SL_HTTP_GET, "/home?c_id=%00", NULL, 400 },
	{ SL_HTTP_GET, "/home?c_id=4294967295", NULL, 404 },
	{ SL_HTTP_GET, "/new_products", NULL, 400 },
	{ SL_HTTP_GET, "/new_products?subject=ART", NULL, 400 },
	{ SL_HTTP_GET, "/new_products?subject=", NULL, 400 },
	{ SL_HTTP_GET, "/best_sellers?subject=ARTS%00", NULL, 400 },
	{ SL_HTTP_GET, "/search_results?type=isbn&q=1", NULL, 400 },
	{ SL_HTTP_GET, "/search_results?type=title", NULL, 400 },
	{ SL_HTTP_GET, "/search_results?type=title&q=+%20", NULL, 400 },
	{ SL_HTTP_GET, "/search_results?type=title&q=%ff", NULL, 400 },
	{ SL_HTTP_GET, "/search_results?type=title&q="
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaa", NULL, 400 },
	{ SL_HTTP_GET, "/product_detail", NULL, 400 },
	{ SL_HTTP_GET, "/product_detail?i_id=1+1", NULL, 400 },
	{ SL_HTTP_GET, "/product_detail?i_id=0", NULL, 404 },
	{ SL_HTTP_GET, "/admin_request?i_id=201", NULL, 404 },
	{ SL_HTTP_POST, "/shopping_cart", "sc_id=99", 404 },
	{ SL_HTTP_POST, "/shopping_cart", "add=999", 404 },
	{ SL_HTTP_POST, "/shopping_cart", "add=1&qty_2=10000", 400 },
	{ SL_HTTP_POST, "/shopping_cart", "qty_2=", 400 },
	{ SL_HTTP_POST, "/buy_request", LOGIN, 400 },
	{ SL_HTTP_POST, "/buy_request", "sc_id=1&uname=USER3", 400 },
	{ SL_HTTP_POST, "/buy_request", "sc_id=1&fname=A&lname=B", 400 },
	{ SL_HTTP_POST, "/buy_request", "sc_id=1&uname=USER3&passwd=no",
	  403 },
	{ SL_HTTP_POST, "/buy_request", "sc_id=1&uname=X&passwd=no", 404 },
	{ SL_HTTP_POST, "/buy_request", "sc_id=77&" LOGIN, 404 },
	{ SL_HTTP_POST, "/buy_request", "sc_id=1&country=Nowhere&" NEW,
	  400 },
	{ SL_HTTP_POST, "/buy_request", "sc_id=1&birthdate=1970-02-30&"
	  NEW, 400 },
	{ SL_HTTP_POST, "/buy_confirm", "sc_id=1&" CARD, 400 },
	{ SL_HTTP_POST, "/buy_confirm", "c_id=99&sc_id=1&" CARD, 404 },
	{ SL_HTTP_POST, "/buy_confirm", "c_id=3&sc_id=88&" CARD, 404 },
	{ SL_HTTP_POST, "/buy_confirm",
	  "c_id=3&sc_id=1&cc_number=12x&" CARD, 400 },
	{ SL_HTTP_POST, "/buy_confirm",
	  "c_id=3&sc_id=1&shipping=PIGEON&" CARD, 400 },
	{ SL_HTTP_POST, "/buy_confirm",
	  "c_id=3&sc_id=1&street1=Here&" CARD, 400 },
	{ SL_HTTP_POST, "/order_display", "uname=USER3", 400 },
	{ SL_HTTP_POST, "/order_display", "uname=USER3&passwd=x", 403 },
	{ SL_HTTP_POST, "/order_display", "uname=x&passwd=x", 404 },
	{ SL_HTTP_POST, "/admin_confirm", "i_id=1&cost=1.234&image="
	  "a.bmp&thumbnail=b.bmp", 400 },
	{ SL_HTTP_POST, "/admin_confirm", "i_id=1&cost=1&image=../a.bmp"
	  "&thumbnail=b.bmp", 400 },
	{ SL_HTTP_POST, "/admin_confirm", "i_id=999&cost=1&image=a.bmp"
	  "&thumbnail=b.bmp", 404 },
};

static void test_errors(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ask *a = ask(bad[i].method, bad[i].target, bad[i].body);

		turn();
		CHECK(a->done);
		check_error(a, bad[i].code);
	}
	CHECK_EQ(number("SELECT count(*) FROM orders"), 40);
	CHECK_EQ(number("SELECT count(*) FROM customer"), 21);
}

static void test_db_errors(void)
{
	static const struct {
		int status;
		u32 code;
	} errors[] = {
		{ -EBUSY, 503 }, { -ENOSPC, 507 }, { -EIO, 500 },
		{ -EOVERFLOW, 409 }, { -ENOMEM, 500 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		db_fail = errors[i].status;
		check_error(get("/home"), errors[i].code);
		/* An error is not kept. */
		db_fail = errors[i].status;
		check_error(get("/new_products?subject=TRAVEL"),
			    errors[i].code);
		db_fail = errors[i].status;
		check_error(post("/shopping_cart", "sc_id=1"), errors[i].code);
	}
	check_page(get("/new_products?subject=TRAVEL"), "new_products");
	CHECK_EQ(dropped(SL_SHOP_DROP_BUSY), 3);
	CHECK_EQ(dropped(SL_SHOP_DROP_FULL), 3);
}

static void test_style(void)
{
	struct ask *a = get("/style.css");

	CHECK_EQ(a->code, 200);
	CHECK_EQ(a->type, SL_HTTP_CSS);
	CHECK_EQ(a->max_age, 3600);
	CHECK_EQ(a->content_bytes, a->bytes);
	CHECK(shows(a, "body{"));
}

int main(void)
{
	open_shop();
	default_options();
	CHECK_EQ(start(), 0);
	test_browsing();
	test_searching();
	test_cart();
	test_buying();
	test_admin();
	test_errors();
	test_db_errors();
	test_style();
	stop();
	close_shop();
	TEST_END();
}
