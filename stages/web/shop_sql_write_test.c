// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the bookstore's procedures that write leave what they should:
 * exact sums, refilled stock, dense keys, one order for one confirmation; and
 * nothing at all if they fail, at whatever statement that is.
 */
#include "stages/web/shop_sql_test.h"

static int change(u32 sc_id, u32 add, u32 i_id, u32 qty)
{
	struct sl_shop_change_in in = {
		.sc_id = sc_id, .add = add, .random = 41,
		.count = i_id ? 1 : 0, .change = { { i_id, qty } },
	};

	return CALL(SL_SHOP_CART_CHANGE, in);
}

static void test_cart(void)
{
	const struct sl_shop_cart_out *out = REPLY(sl_shop_cart_out);
	struct sl_shop_cart_in show = { .sc_id = 1 };

	/* A new cart; nothing in it, so that chance decides: 41 % 200 + 1. */
	CHECK_EQ(change(0, 0, 0, 0), 0);
	CHECK_EQ(out->sc_id, 1);
	CHECK_EQ(out->lines.count, 1);
	CHECK_EQ(out->lines.line[0].i_id, 42);
	CHECK_EQ(out->sums.sub_total, 4200);
	CHECK_EQ(change(0, 7, 0, 0), 0);
	CHECK_EQ(out->sc_id, 2);
	CHECK_EQ(out->lines.line[0].i_id, 7);

	CHECK_EQ(change(1, 8, 42, 3), 0);
	CHECK_EQ(out->lines.count, 2);
	CHECK_STR(out->lines.line[0].title, TITLE_8);
	CHECK_EQ(out->lines.line[1].qty, 3);
	CHECK_EQ(out->sums.sub_total, 3 * 4200 + 800);
	CHECK_EQ(out->sums.quantity, 4);
	CHECK_EQ(change(1, 8, 0, 0), 0);
	CHECK_EQ(out->lines.line[0].qty, 2);
	/* An item that is not in it yet can be given a quantity, too. */
	CHECK_EQ(change(1, 0, 9, 9999), 0);
	CHECK_EQ(change(1, 9, 0, 0), 0);
	CHECK_EQ(out->lines.line[1].qty, 9999);
	CHECK_EQ(change(1, 0, 9, 0), 0);
	CHECK_EQ(change(1, 0, 9, 0), 0);
	CHECK_EQ(out->lines.count, 2);
	CHECK_EQ(CALL(SL_SHOP_CART_SHOW, show), 0);
	CHECK_EQ(out->lines.count, 2);

	CHECK_EQ(change(3, 0, 0, 0), -ENOENT);
	CHECK_EQ(change(1, 201, 0, 0), -ENOENT);
	CHECK_EQ(change(1, 0, 201, 1), -ENOENT);
	CHECK_EQ(change(1, 0, 9, 10000), -EINVAL);
	/* A cart that was not made leaves no gap in the keys. */
	CHECK_EQ(change(0, 201, 0, 0), -ENOENT);
	CHECK_EQ(number("SELECT max(sc_id) FROM shopping_cart"), 2);
	CHECK_EQ(change(1, 0, 42, 0), 0);
	CHECK_EQ(change(1, 0, 8, 0), 0);
	CHECK_EQ(out->lines.line[0].i_id, 42);	/* never empty */
	sql("DELETE FROM shopping_cart_line WHERE scl_sc_id = 1");
	CHECK_EQ(CALL(SL_SHOP_CART_SHOW, show), -ENODATA);
	show.sc_id = 3;
	CHECK_EQ(CALL(SL_SHOP_CART_SHOW, show), -ENOENT);
}

static void test_full_cart(void)
{
	const struct sl_shop_cart_out *out = REPLY(sl_shop_cart_out);
	u32 i;

	CHECK_EQ(change(0, 100, 0, 0), 0);
	for (i = 101; i < 100 + SL_SHOP_LINES_MAX; i++)
		CHECK_EQ(change(3, i, 0, 0), 0);
	CHECK_EQ(out->lines.count, SL_SHOP_LINES_MAX);
	CHECK_EQ(change(3, i, 0, 0), -EOVERFLOW);
	CHECK_EQ(change(3, 100, 0, 0), 0);
	CHECK_EQ(out->lines.count, SL_SHOP_LINES_MAX);
}

static struct sl_shop_buy_request_in newcomer(u32 sc_id)
{
	return (struct sl_shop_buy_request_in){
		.sc_id = sc_id, .random = 51 * 7 + 25, .birthdate = -86400,
		.fname = "Robert'); DROP TABLE customer;--",
		.lname = "\"<Tables>\"",
		.address = { "1 Main", "", "Here", "There", "1", "ICELAND" },
		.phone = "1", .email = "r@example.com", .data = "%s%n",
	};
}

static void test_register(void)
{
	const struct sl_shop_buy_request_out *out =
		REPLY(sl_shop_buy_request_out);
	struct sl_shop_buy_request_in in = newcomer(2);

	in.fname[31] = 0;
	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), 0);
	CHECK_EQ(out->c_id, 21);
	CHECK_EQ(out->registered, 1);
	CHECK_STR(out->uname, "ALOG");
	CHECK_STR(out->lname, "\"<Tables>\"");
	CHECK_STR(out->address.country, "Iceland");
	CHECK_EQ(out->cart.sums.discount, 25);
	CHECK_EQ(out->cart.sums.sub_total, 700);
	CHECK_EQ(out->cart.sums.tax, (525 * 825 + 5000) / 10000);
	CHECK_EQ(out->cart.sums.shipping, 400);
	CHECK_EQ(out->cart.sums.total, 525 + 43 + 400);
	CHECK_EQ(number("SELECT c_id FROM customer WHERE c_passwd = 'alog' AND"
			" c_birthdate = -86400 AND c_data = '%s%n' AND"
			" c_addr_id = 21 AND c_discount = 25 AND"
			" c_since = c_last_login AND c_phone = '1'"), 21);
	CHECK_EQ(number("SELECT addr_co_id FROM address WHERE addr_id = 21"), 1);

	/* Whoever cannot go on to buy is not stored either. */
	in.sc_id = 99;
	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), -ENOENT);
	in.sc_id = 1;
	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), -ENODATA);
	in.sc_id = 2;
	strcpy(in.address.country, "Atlantis");
	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), -EINVAL);
	strcpy(in.address.country, "3");
	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), -EINVAL);
	CHECK_EQ(number("SELECT max(c_id) FROM customer"), 21);
	CHECK_EQ(number("SELECT max(addr_id) FROM address"), 21);
	strcpy(in.address.country, "2");
	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), 0);
	CHECK_STR(out->uname, "ALAL");
	CHECK_STR(out->address.country, "Chad");
}

static void test_login(void)
{
	const struct sl_shop_buy_request_out *out =
		REPLY(sl_shop_buy_request_out);
	struct sl_shop_buy_request_in in = { .sc_id = 2, .uname = "USER5",
					     .passwd = "pass5" };

	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), 0);
	CHECK_EQ(out->c_id, 5);
	CHECK_EQ(out->registered, 0);
	CHECK_EQ(out->cart.sums.discount, 10);
	CHECK(number("SELECT c_last_login FROM customer WHERE c_id = 5") > 0);
	strcpy(in.passwd, "PASS5");
	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), -EACCES);
	strcpy(in.uname, "USER77");
	CHECK_EQ(CALL(SL_SHOP_BUY_REQUEST, in), -ENOENT);
}

static struct sl_shop_buy_confirm_in confirmation(u32 c_id, u32 sc_id)
{
	return (struct sl_shop_buy_confirm_in){
		.c_id = c_id, .sc_id = sc_id, .random = 3, .shipping = 2,
		.cc_type = "VISA", .cc_number = "4111111111111111",
		.cc_name = "O'Hara \"x\"", .cc_expiry = "2030-01",
	};
}

static void test_confirm(void)
{
	const struct sl_shop_buy_confirm_out *out =
		REPLY(sl_shop_buy_confirm_out);
	struct sl_shop_buy_confirm_in in = confirmation(5, 2);

	/* 33 x 700 + 11 x 800 + 1 x 33, less 10 % rounded down */
	sql("UPDATE item SET i_cost = 33 WHERE i_id = 9");
	CHECK_EQ(change(2, 9, 7, 33), 0);
	CHECK_EQ(change(2, 0, 8, 11), 0);
	CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), 0);
	CHECK_EQ(out->o_id, 39);
	CHECK_EQ(out->sums.sub_total, 31933);
	CHECK_EQ(out->sums.tax, (28739 * 825 + 5000) / 10000);
	CHECK_EQ(out->sums.shipping, 300 + 4500);
	CHECK_EQ(out->sums.total, 28739 + 2371 + 4800);
	CHECK_EQ(number("SELECT o_total FROM orders JOIN cc_xacts ON"
			" cx_o_id = o_id AND cx_xact_amt = o_total WHERE"
			" o_id = 39 AND o_c_id = 5 AND o_ship_type = 2 AND"
			" o_discount = 10 AND o_bill_addr_id = 5 AND"
			" o_ship_addr_id = 5 AND o_status = 'PENDING' AND"
			" cx_name = 'O''Hara \"x\"' AND cx_co_id = 2 AND"
			" length(cx_auth_id) = 15"), out->sums.total);
	CHECK_EQ(number("SELECT sum(ol_qty * ol_cost) FROM order_line"
			" WHERE ol_o_id = 39"), 31933);
	CHECK_EQ(number("SELECT max(ol_id) FROM order_line"
			" WHERE ol_o_id = 39"), 3);
	/* 20 - 33 = -13 takes two refills, 20 - 11 = 9 one, 19 none. */
	CHECK_EQ(number("SELECT i_stock FROM item WHERE i_id = 7"), 29);
	CHECK_EQ(number("SELECT i_refills FROM item WHERE i_id = 7"), 2);
	CHECK_EQ(number("SELECT i_stock FROM item WHERE i_id = 8"), 30);
	CHECK_EQ(number("SELECT i_refills FROM item WHERE i_id = 8"), 1);
	CHECK_EQ(number("SELECT i_stock FROM item WHERE i_id = 9"), 19);
	CHECK_EQ(number("SELECT i_refills FROM item WHERE i_id = 9"), 0);

	/* Once is enough. */
	CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), -ENODATA);
	CHECK_EQ(number("SELECT max(o_id) FROM orders"), 39);
}

static void test_refills(void)
{
	struct sl_shop_buy_confirm_in in = confirmation(6, 2);
	s64 sold = number("SELECT i_stock_start + 21 * i_refills - i_stock"
			  " FROM item WHERE i_id = 50");
	u32 qty;

	for (qty = 1; qty <= 64; qty++) {
		CHECK_EQ(change(2, 0, 50, qty), 0);
		CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), 0);
		sold += qty;
		CHECK_EQ(number("SELECT i_stock_start + 21 * i_refills"
				" - i_stock FROM item WHERE i_id = 50"), sold);
		CHECK_EQ(number("SELECT i_stock BETWEEN 10 AND 30 FROM item"
				" WHERE i_id = 50"), 1);
	}
}

static void test_elsewhere(void)
{
	struct sl_shop_buy_confirm_in in = confirmation(6, 2);
	s64 addresses = number("SELECT max(addr_id) FROM address");

	in.elsewhere = 1;
	in.address = (struct sl_shop_address){ "2 Side", "", "A", "B", "2",
					       "iceland" };
	CHECK_EQ(change(2, 60, 0, 0), 0);
	CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), 0);
	CHECK_EQ(number("SELECT o_ship_addr_id FROM orders JOIN cc_xacts ON"
			" cx_o_id = o_id WHERE o_bill_addr_id = 6 AND"
			" cx_co_id = 1 ORDER BY o_id DESC LIMIT 1"),
		 addresses + 1);
	in.shipping = SL_SHOP_SHIPPINGS;
	CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), -EINVAL);
}

/* Whichever table refuses, nothing of the order remains in the others. */
static void test_undone(void)
{
	static const char *const broken[] = { "orders", "order_line",
					      "cc_xacts", "address" };
	static const char counts[] = "SELECT (SELECT count(*) FROM orders) +"
		" (SELECT count(*) FROM order_line) * 1000 +"
		" (SELECT count(*) FROM cc_xacts) * 1000000 +"
		" (SELECT sum(i_stock) FROM item) * 1000000000 +"
		" (SELECT count(*) FROM address)";
	struct sl_shop_buy_confirm_in in = confirmation(6, 2);
	s64 before;
	u32 i;

	CHECK_EQ(change(2, 0, 70, 15), 0);
	in.elsewhere = 1;
	in.address = newcomer(2).address;
	before = number(counts);
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		char text[200];

		snprintf(text, sizeof(text), "CREATE TRIGGER no BEFORE INSERT"
			 " ON %s BEGIN SELECT raise(FAIL, 'no'); END",
			 broken[i]);
		sql(text);
		CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), -EIO);
		sql("DROP TRIGGER no");
		CHECK_EQ(number(counts), before);
	}
	sql("CREATE TRIGGER no BEFORE DELETE ON shopping_cart_line BEGIN"
	    " SELECT raise(FAIL, 'no'); END");
	CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), -EIO);
	sql("DROP TRIGGER no");
	CHECK_EQ(number(counts), before);
	in.c_id = 999;
	CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), -ENOENT);
	in = confirmation(6, 999);
	CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), -ENOENT);
	CHECK_EQ(number(counts), before);
	in.sc_id = 2;
	CHECK_EQ(CALL(SL_SHOP_BUY_CONFIRM, in), 0);
	CHECK_EQ(number("SELECT count(*) FROM orders"),
		 number("SELECT max(o_id) FROM orders"));
}

static void test_admin(void)
{
	struct sl_shop_admin_in in = { .i_id = 24, .cost = 1234,
				       .image = "image_1.bmp",
				       .thumbnail = "thumb_2.bmp" };
	const struct sl_shop_detail_out *out = REPLY(sl_shop_detail_out);

	/* Bought with item 24: 96 (39), 72 (26), 48 (12); then as before. */
	CHECK_EQ(CALL(SL_SHOP_ADMIN_CONFIRM, in), 0);
	CHECK_EQ(out->related[0], 96);
	CHECK_EQ(out->related[1], 72);
	CHECK_EQ(out->related[2], 48);
	CHECK_EQ(out->related[3], 25);
	CHECK_EQ(out->related[4], 26);
	CHECK_EQ(out->cost, 1234);
	CHECK_STR(out->image, "image_1.bmp");
	CHECK_EQ(number("SELECT i_related1 FROM item WHERE i_id = 24 AND"
			" i_thumbnail = 'thumb_2.bmp' AND i_cost = 1234 AND"
			" i_pub_date > 1700000000"), 96);
	/* Nobody bought this one: all stays. */
	in.i_id = 199;
	CHECK_EQ(CALL(SL_SHOP_ADMIN_CONFIRM, in), 0);
	CHECK_EQ(out->related[0], 200);
	CHECK_EQ(out->related[4], 4);
	in.i_id = 201;
	CHECK_EQ(CALL(SL_SHOP_ADMIN_CONFIRM, in), -ENOENT);
}

int main(void)
{
	open_shop();
	test_cart();
	test_full_cart();
	test_register();
	test_login();
	test_confirm();
	test_refills();
	test_elsewhere();
	test_undone();
	test_admin();
	close_shop();
	TEST_END();
}
