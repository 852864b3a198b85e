// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a page's marks are found, that odd pages are told from good
 * ones, and that no bytes whatever lead outside the page.
 */
#include "bench/tpcw_dice.h"
#include "bench/tpcw_page.h"
#include "tools/test.h"

static const char cart[] =
	"<!DOCTYPE html>\n<html><head><title>Bookstore: shopping_cart</title>"
	"</head><body><img src=\"/images/button_home.bmp\" alt=\"home\">"
	"<a href=\"/home?c_id=7\">home</a>"
	"<input type=\"hidden\" name=\"sc_id\" value=\"12\">"
	"<input type=\"hidden\" name=\"c_id\" value=\"7\">"
	"<a href=\"/product_detail?i_id=5&amp;c_id=7\">"
	"<img src=\"/images/thumb_5.bmp\"></a>"
	"<a href=\"/product_detail?i_id=5&amp;c_id=7\">a <i>book</i></a>"
	"<input name=\"qty_5\" value=\"3\" size=\"3\">"
	"<a href='x'>y</a>"
	"<a href=\"/product_detail?i_id=6\">another</a>"
	"<input value=\"1\" name=\"qty_6\">"
	"<b id=\"sub_total\">1234.56</b><b>bold</b>"
	"</body></html>\n";

static void test_cart(void)
{
	struct sl_tpcw_page page;

	sl_tpcw_page_read(&page, cart, strlen(cart));
	CHECK_EQ(page.interaction, SL_TPCW_SHOPPING_CART);
	CHECK(page.whole);
	CHECK(!page.crowded);
	CHECK_EQ(page.cart, 12);
	CHECK_EQ(page.customer, 7);
	CHECK_EQ(page.sub_total, 123456);
	CHECK_EQ(page.total, -1);
	CHECK_EQ(page.order, 0);
	CHECK_EQ(page.items, 2);
	CHECK_EQ(page.item[0], 5);
	CHECK_EQ(page.item[1], 6);
	CHECK_EQ(page.images, 2);
	CHECK_EQ(page.image[0].kind, SL_TPCW_BUTTON);
	CHECK_EQ(page.image[0].number, 1);
	CHECK_EQ(page.image[1].kind, SL_TPCW_THUMB);
	CHECK_EQ(page.image[1].number, 5);
	CHECK_EQ(page.lines, 2);
	CHECK_EQ(page.line[0].item, 5);
	CHECK_EQ(page.line[0].quantity, 3);
	CHECK_EQ(page.line[1].item, 6);
	CHECK_EQ(page.line[1].quantity, 1);
}

static void test_titles(void)
{
	struct sl_tpcw_page page;
	char text[200];
	u32 i;

	for (i = 0; i < SL_TPCW_INTERACTIONS; i++) {
		snprintf(text, sizeof(text),
			 "<title>Bookstore: %s</title><b id=\"o_id\">%u</b>"
			 "<b id=\"total\">0.0%u</b><b id=\"uname\">OGAL</b>"
			 "</html>", sl_tpcw_names_of[i], i + 1, i % 10);
		sl_tpcw_page_read(&page, text, strlen(text));
		CHECK_EQ(page.interaction, i);
		CHECK(page.whole);
		CHECK_EQ(page.order, i + 1);
		CHECK_EQ(page.total, i % 10);
		CHECK(page.uname.count == 4 &&
		      !memcmp(page.uname.chars, "OGAL", 4));
	}
}

static const struct {
	const char *text;
	bool whole;
	bool crowded;
	bool titled;
	s64 total;
} odd[] = {
	{ "", false, false, false, -1 },
	{ "<", false, false, false, -1 },
	{ "<>", false, false, false, -1 },
	{ "</html>", true, false, false, -1 },
	{ "</html> ", false, false, false, -1 },
	{ "/html>", false, false, false, -1 },
	{ "<title>Bookstore: home", false, false, true, -1 },
	{ "<title>Bookstore: home </title>", false, false, false, -1 },
	{ "<title>Bookstore: error</title></html>", true, false, false, -1 },
	{ "<title>home</title></html>", true, false, false, -1 },
	{ "<img src=\"/etc/passwd\"></html>", true, true, false, -1 },
	{ "<img src=\"/images/thumb_0.bmp\"></html>", true, true, false, -1 },
	{ "<img src=\"/images/thumb_1x.bmp\"></html>", true, true, false, -1 },
	{ "<img alt=\"x\"></html>", true, true, false, -1 },
	{ "<b id=\"total\">1.2</b></html>", true, false, false, -1 },
	{ "<b id=\"total\">12</b></html>", true, false, false, -1 },
	{ "<b id=\"total\">-1.20</b></html>", true, false, false, -1 },
	{ "<b id=\"total\">.20</b></html>", true, false, false, -1 },
	{ "<b id=\"total\">1.20", false, false, false, 120 },
	{ "<input name=\"qty_1", false, false, false, -1 },
};

static void test_odd(void)
{
	struct sl_tpcw_page page;
	u32 i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		u32 count = strlen(odd[i].text);
		char *text = malloc(count + 1);

		memcpy(text, odd[i].text, count);
		sl_tpcw_page_read(&page, text, count);
		if (!CHECK_EQ(page.whole, odd[i].whole) ||
		    !CHECK_EQ(page.crowded, odd[i].crowded) ||
		    !CHECK_EQ(page.interaction != SL_TPCW_INTERACTIONS,
			      odd[i].titled) ||
		    !CHECK_EQ(page.total, odd[i].total))
			fprintf(stderr, "%s\n", odd[i].text);
		free(text);
	}
}

static void test_crowded(void)
{
	static const char *const lines[] = {
		"<img src=\"/images/thumb_%u.bmp\">",
		"<a href=\"/product_detail?i_id=%u\">x</a>",
		"<input name=\"qty_%u\" value=\"1\">",
	};
	static const u32 most[] = { SL_TPCW_PAGE_IMAGES_MAX,
				    SL_TPCW_PAGE_ITEMS_MAX,
				    SL_TPCW_CART_LINES_MAX };
	static char text[16384];
	struct sl_tpcw_page page;
	u32 kind, i, count;

	for (kind = 0; kind < 3; kind++) {
		for (count = 0, i = 1; i <= most[kind]; i++)
			count += sprintf(text + count, lines[kind], i);
		sl_tpcw_page_read(&page, text, count);
		CHECK(!page.crowded);
		count += sprintf(text + count, lines[kind], i);
		sl_tpcw_page_read(&page, text, count);
		CHECK(page.crowded);
	}
}

/* Under the sanitizers, a step outside the page would end the test. */
static void test_noise(void)
{
	static const char signs[] = "<>\"/ =0a";
	struct sl_tpcw_page page;
	struct sl_tpcw_dice dice;
	u32 round, i;

	sl_dice_seed(&dice, 3, 0, 0);
	for (round = 0; round < 20000; round++) {
		u32 count = sl_dice_between(&dice, 1, sizeof(cart) - 1);
		char *text = malloc(count);

		memcpy(text, cart, count);
		for (i = sl_dice_below(&dice, 10); i; i--)
			text[sl_dice_below(&dice, count)] =
				signs[sl_dice_below(&dice, 8)];
		sl_tpcw_page_read(&page, text, count);
		CHECK(page.items <= SL_TPCW_PAGE_ITEMS_MAX);
		CHECK(!page.uname.count ||
		      page.uname.chars + page.uname.count <= text + count);
		free(text);
	}
}

int main(void)
{
	test_cart();
	test_titles();
	test_odd();
	test_crowded();
	test_noise();
	TEST_END();
}
