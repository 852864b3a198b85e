// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a browser asks as docs/bookstore.md says, goes through the shop
 * by what the pages say, takes right pages and refuses wrong ones: each of a
 * list of faults is planted into right pages, and none may pass.
 */
#include <math.h>

#include "bench/tpcw_pages_test.h"
#include "tools/test.h"

#define ITEMS	 100
#define VISITS	 20
#define REQUESTS 3000

static struct sl_tpcw_model *model;
static struct sl_tpcw_shop *shop;
static struct sl_tpcw_deeds deeds;
static struct sl_tpcw_visit visit[VISITS];
static struct pages pages;
static u64 now_ns = 1000;

static void open_shop(const char *mix)
{
	u32 i;

	memset(&deeds, 0, sizeof(deeds));
	shop = sl_tpcw_shop_create(model, true, &deeds);
	pages_open(&pages, model);
	for (i = 0; i < VISITS; i++)
		sl_tpcw_visit_start(&visit[i], shop, sl_tpcw_mix_find(mix),
				    "h:1", 7, i);
}

static void close_shop(void)
{
	sl_tpcw_shop_destroy(shop);
	sl_tpcw_deeds_free(&deeds);
}

static const char *reply(struct sl_tpcw_visit *one)
{
	struct sl_tpcw_page page;

	sl_tpcw_page_read(&page, pages.text, pages.count);
	return sl_tpcw_visit_reply(one, &page, pages.text, pages.count,
				   ++now_ns);
}

/* A request is one: a line, a host, an empty line, a body of its length. */
static void check_request(const struct sl_tpcw_visit *one, const char *text,
			  u32 count)
{
	const char *body = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");
	char path[64];

	CHECK_EQ(count, strlen(text));
	CHECK(count < SL_TPCW_REQUEST_BYTES);
	CHECK(strstr(text, "\r\nHost: h:1\r\n"));
	if (!CHECK(body))
		return;
	body += 4;
	snprintf(path, sizeof(path), "%s /%s", length ? "POST" : "GET",
		 sl_tpcw_names_of[one->now]);
	CHECK(!strncmp(text, path, strlen(path)));
	CHECK_EQ(length ? atol(length + 16) : 0, strlen(body));
	CHECK(!strpbrk(body, " <>\"'\r\n"));
}

/* Many visits to an honest shop: no complaint, and all interactions come. */
static void test_honest(const char *mix)
{
	u32 seen[SL_TPCW_INTERACTIONS] = { 0 }, i, known = 0, sessions = 0;
	char text[SL_TPCW_REQUEST_BYTES];
	const char *wrong;

	open_shop(mix);
	for (i = 0; i < VISITS * REQUESTS; i++) {
		struct sl_tpcw_visit *one = &visit[i % VISITS];
		bool starts = one->fresh || one->left <= 0;
		u32 count = sl_tpcw_visit_request(one, ++now_ns, text);

		if (i < 10000)
			check_request(one, text, count);
		if (starts) {
			CHECK_EQ(one->now, SL_TPCW_HOME);
			sessions++;
			known += one->customer != 0;
		}
		pages_make(&pages, one);
		wrong = reply(one);
		if (!CHECK(!wrong))
			fprintf(stderr, "%s %s\n", sl_tpcw_names_of[one->now],
				wrong);
		seen[one->now]++;
		sl_tpcw_visit_think(one);
	}
	for (i = 0; i < SL_TPCW_INTERACTIONS; i++)
		CHECK(seen[i] > 0);
	/* 15 minutes are 129 requests; four in five customers are known. */
	CHECK(fabs(VISITS * REQUESTS / (double)sessions - 129) < 25);
	CHECK(fabs(known / (double)sessions - 0.8) <
	      5 * sqrt(0.16 / sessions));
	CHECK(deeds.count > 0 && !deeds.lost);
	CHECK(pages.next_order > model->orders);
	CHECK(pages.next_customer > model->customers);
	close_shop();
}

/*
 * In pages of one interaction, one text is replaced by another, wherever it
 * is; if that is a newline, all that follows in the line goes as well.
 */
/* Some pages are right with the fault: they are about a new cart. */
#define SOME 0x100

static const struct fault {
	u32 interaction;
	const char *from;
	const char *to;
	const char *named;
} faults[] = {
	{ SL_TPCW_HOME, "Bookstore: home", "Bookstore: error", "title" },
	{ SL_TPCW_HOME, "Bookstore: home", "Bookstore: best_sellers",
	  "the title of best_sellers" },
	{ SL_TPCW_HOME, "</html>", "</htm>", "</html>" },
	{ SL_TPCW_HOME, "</html>", "</html>x", "</html>" },
	{ SL_TPCW_HOME, "button_cart", "thumb_7", "2 buttons" },
	{ SL_TPCW_HOME, "button_cart", "button_cat", "unknown image" },
	{ SL_TPCW_HOME, "thumb_12.bmp", "thumb_101.bmp", "item 101" },
	{ SL_TPCW_HOME, "i_id=13", "i_id=12", "promotional items" },
	{ SL_TPCW_HOME, "i_id=13", "i_id=0", "promotes item 0" },
	{ SL_TPCW_HOME, "i_id=15", "i_id=101", "promotes item 101" },
	{ SL_TPCW_HOME, "Hello, ", "\n", "greet" },
	{ SL_TPCW_SEARCH_REQUEST, "i_id=11", "", "promotional items" },
	{ SL_TPCW_NEW_PRODUCTS, "as of 7", "as of 31", "31 seconds old" },
	{ SL_TPCW_NEW_PRODUCTS, "class=\"age\"", "", "how old" },
	{ SL_TPCW_NEW_PRODUCTS, "<img src=\"/images/thumb", "<b src=\"/thumb",
	  "thumbnails" },
	{ SL_TPCW_NEW_PRODUCTS, "<a href=\"/product_detail", "<a href=\"/x",
	  "thumbnails" },
	{ SL_TPCW_PRODUCT_DETAIL, "/image_", "/thumb_", "large image" },
	{ SL_TPCW_PRODUCT_DETAIL, "BABA", "baba", "title of item" },
	{ SL_TPCW_PRODUCT_DETAIL, " by BA", "\n", "everything" },
	{ SL_TPCW_PRODUCT_DETAIL, "<b id=\"cost\">", "<b id=\"cost\">9<b>",
	  NULL },
	{ SL_TPCW_PRODUCT_DETAIL, "<b id=\"cost\">", "\n", "cost of item" },
	{ SL_TPCW_SHOPPING_CART, "name=\"sc_id\" value=\"", "x=\"", "cart 0" },
	{ SL_TPCW_SHOPPING_CART | SOME, "name=\"sc_id\" value=\"",
	  "name=\"sc_id\" value=\"9999", "shows cart" },
	{ SL_TPCW_SHOPPING_CART, "name=\"qty_", "name=\"", "in cart" },
	{ SL_TPCW_SHOPPING_CART, "name=\"qty_", "name=\"qty_99", "in cart" },
	{ SL_TPCW_SHOPPING_CART, "\"sub_total\"", "\"total\"", "-1 cents" },
	{ SL_TPCW_SHOPPING_CART, "\"sub_total\">", "\"sub_total\">1",
	  "cents for cart" },
	{ SL_TPCW_BUY_REQUEST, "name=\"sc_id\"", "name=\"cart\"",
	  "about cart 0" },
	{ SL_TPCW_BUY_REQUEST, "name=\"c_id\"", "name=\"x_id\"",
	  "customer" },
	{ SL_TPCW_BUY_REQUEST | SOME, "\"uname\">", "\"uname\">X",
	  "names customer" },
	{ SL_TPCW_BUY_REQUEST | SOME, "\"uname\"", "\"name\"",
	  "names customer" },
	{ SL_TPCW_BUY_CONFIRM, "\"o_id\"", "\"id\"", "order number 0" },
	{ SL_TPCW_BUY_CONFIRM, "\"o_id\">", "\"o_id\">0*",
	  "order number 0" },
	{ SL_TPCW_BUY_CONFIRM, "\"total\">", "\"total\">7", "takes" },
	{ SL_TPCW_BUY_CONFIRM, "\"total\"", "\"all\"", "no total" },
	{ SL_TPCW_ADMIN_REQUEST, "BABA", "baba", "title of item" },
	{ SL_TPCW_ADMIN_CONFIRM, "<b id=\"cost\">", "<b id=\"cost\">x",
	  NULL },
	{ SL_TPCW_ADMIN_CONFIRM, "<b id=\"cost\">", "\n", "new cost" },
	{ SL_TPCW_CUSTOMER_REGISTRATION, "Bookstore: ", "", "title" },
	{ SL_TPCW_ORDER_INQUIRY, "Bookstore: ", "", "title" },
	{ SL_TPCW_ORDER_DISPLAY, "Bookstore: ", "", "title" },
	{ SL_TPCW_ORDER_DISPLAY | SOME, "\"o_id\">", "\"o_id\">0*",
	  "shows order 0" },
	{ SL_TPCW_ORDER_DISPLAY | SOME, "no order yet", "", "no order" },
};

static bool plant(const char *from, const char *to)
{
	u32 put = strlen(to), cut;
	char *at = pages.text;
	bool planted = false;

	while ((at = strstr(at, from))) {
		cut = *to == '\n' ? strcspn(at, "\n") : strlen(from);
		memmove(at + put, at + cut, strlen(at + cut) + 1);
		memcpy(at, to, put);
		at += put;
		planted = true;
	}
	pages.count = strlen(pages.text);
	return planted;
}

static void test_fault(const struct fault *fault)
{
	char text[SL_TPCW_REQUEST_BYTES];
	u32 i, planted = 0, refused = 0;

	open_shop("ordering");
	for (i = 0; i < VISITS * REQUESTS && planted < 20; i++) {
		struct sl_tpcw_visit *one = &visit[i % VISITS];
		const char *wrong;
		bool is;

		sl_tpcw_visit_request(one, ++now_ns, text);
		pages_make(&pages, one);
		is = one->now == (fault->interaction & ~SOME) &&
		     plant(fault->from, fault->to);
		wrong = reply(one);
		sl_tpcw_visit_think(one);
		if (!is) {
			CHECK(!wrong);
			continue;
		}
		planted++;
		if (!wrong)
			continue;
		refused++;
		CHECK(one->fresh && !one->waiting);
		if (!CHECK(!fault->named || strstr(wrong, fault->named)))
			fprintf(stderr, "%s\n", wrong);
	}
	CHECK(planted > 0);
	/* Those without a name leave the page right as far as it matters. */
	if (!CHECK(fault->interaction & SOME ? refused > 0 :
				 refused == (fault->named ? planted : 0)))
		fprintf(stderr, "%s: %s\n",
			sl_tpcw_names_of[fault->interaction & ~SOME], fault->to);
	close_shop();
}

/* What the shop did a moment ago must show, and lists be the right ones. */
static void test_lists(void)
{
	u32 items[60], count, wanted, i;

	open_shop("browsing");
	for (i = 0; i < SL_TPCW_SUBJECTS; i++) {
		count = shop->newest_from[i + 1] - shop->newest_from[i];
		memcpy(items, shop->newest + shop->newest_from[i],
		       count * sizeof(items[0]));
		CHECK(!sl_tpcw_shop_newest(shop, i, items, count));
		CHECK(!sl_tpcw_shop_sold(shop, i, items, count / 2));
		if (count < 2)
			continue;
		CHECK(sl_tpcw_shop_newest(shop, i, items, count - 1));
		CHECK(sl_tpcw_shop_subject(shop, (i + 1) % 24, items, count));
		CHECK(sl_tpcw_shop_sold(shop, (i + 1) % 24, items, count));
		items[0] = items[1];
		items[1] = shop->newest[shop->newest_from[i]];
		CHECK(sl_tpcw_shop_newest(shop, i, items, count));
		CHECK(!sl_tpcw_shop_subject(shop, i, items, count));
		/* Who was changed may be anywhere. */
		shop->book[items[0]].touched = true;
		CHECK(!sl_tpcw_shop_newest(shop, i, items, count));
		shop->book[items[0]].touched = false;
		items[1] = items[0];
		CHECK(sl_tpcw_shop_subject(shop, i, items, count));
		items[1] = ITEMS + 1;
		CHECK(sl_tpcw_shop_subject(shop, i, items, count));
	}
	for (i = 1; i <= model->title_keys; i++) {
		for (count = 0, wanted = 1; wanted <= ITEMS; wanted++)
			if (sl_tpcw_title_key(model, wanted) == i)
				items[count++] = wanted;
		CHECK_EQ(count, 5);
		CHECK(!sl_tpcw_shop_titled(shop, i, items, count));
		CHECK(sl_tpcw_shop_titled(shop, i, items, count - 1));
		CHECK(sl_tpcw_shop_titled(shop, i % model->title_keys + 1,
					  items, count));
	}
	for (i = 1; i <= model->author_keys; i++) {
		for (count = 0, wanted = 1; wanted <= ITEMS; wanted++)
			if (sl_tpcw_author_key(model,
					       shop->book[wanted].author) == i)
				items[count++] = wanted;
		CHECK(count > 0 && count < 50);
		CHECK(!sl_tpcw_shop_written(shop, i, items, count));
		CHECK(sl_tpcw_shop_written(shop, i, items, count - 1));
		CHECK(sl_tpcw_shop_written(shop, i % model->author_keys + 1,
					   items, count));
	}
	close_shop();
}

/* Prices are certain unless changes overlap or one was lost. */
static void test_prices(void)
{
	char text[SL_TPCW_REQUEST_BYTES];
	struct sl_tpcw_visit *a = &visit[0], *b = &visit[1];
	u32 i;

	open_shop("ordering");
	CHECK_EQ(sl_tpcw_shop_cost(shop, 5, 1), sl_tpcw_item_cost(model, 5));
	for (i = 0; i < 2; i++) {
		visit[i].fresh = false;
		visit[i].left = 1000;
		visit[i].item = 5;
		visit[i].now = SL_TPCW_ADMIN_REQUEST;
		while (visit[i].now != SL_TPCW_ADMIN_CONFIRM) {
			visit[i].now = SL_TPCW_ADMIN_REQUEST;
			sl_tpcw_visit_request(&visit[i], ++now_ns, text);
		}
		visit[i].waiting = true;
	}
	CHECK_EQ(sl_tpcw_shop_cost(shop, 5, now_ns), -1);
	pages_make(&pages, a);
	CHECK(!reply(a));
	CHECK_EQ(sl_tpcw_shop_cost(shop, 5, now_ns + 1), -1);
	pages_make(&pages, b);
	CHECK(!reply(b));
	/* Nobody knows which of the two was the last. */
	CHECK_EQ(sl_tpcw_shop_cost(shop, 5, now_ns + 1), -1);
	do {
		a->now = SL_TPCW_ADMIN_REQUEST;
		sl_tpcw_visit_request(a, ++now_ns, text);
	} while (a->now != SL_TPCW_ADMIN_CONFIRM);
	pages_make(&pages, a);
	CHECK(!reply(a));
	CHECK_EQ(sl_tpcw_shop_cost(shop, 5, now_ns + 1), a->asked.cost);
	CHECK_EQ(sl_tpcw_shop_cost(shop, 5, now_ns - 1), -1);
	do {
		a->now = SL_TPCW_ADMIN_REQUEST;
		sl_tpcw_visit_request(a, ++now_ns, text);
	} while (a->now != SL_TPCW_ADMIN_CONFIRM);
	sl_tpcw_visit_lost(a, ++now_ns);
	CHECK_EQ(sl_tpcw_shop_cost(shop, 5, now_ns + 1), -1);
	CHECK(!deeds.deed[deeds.count - 1].known);
	CHECK_EQ(shop->book[5].changing, 0);
	close_shop();
}

int main(void)
{
	u32 i;

	model = sl_tpcw_model_create(ITEMS, 1, 3);
	test_honest("browsing");
	test_honest("shopping");
	test_honest("ordering");
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		test_fault(&faults[i]);
	test_lists();
	test_prices();
	sl_tpcw_model_destroy(model);
	TEST_END();
}
