// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the bookstore's procedures that read find what they should, that
 * SQL's metacharacters mean nothing to them, and that no statement at all
 * reads a table from end to end: on a real SQLite database in memory.
 */
#include "stages/web/shop_sql_test.h"

/* Tables may be searched, never scanned; the countries' names are so few. */
static bool plan_is_good(const char *plan)
{
	static const char *const table[] = {
		"population", "author", "item", "address", "customer", "orders",
		"order_line", "this", "other", "cc_xacts", "shopping_cart",
		"shopping_cart_line",
	};
	u32 i;

	if (strncmp(plan, "SCAN ", 5))
		return true;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t bytes = strlen(table[i]);

		if (!strncmp(plan + 5, table[i], bytes) &&
		    (!plan[5 + bytes] || plan[5 + bytes] == ' '))
			return false;
	}
	return true;
}

static void test_plans(void)
{
	u32 i, sorts = 0;

	CHECK(!plan_is_good("SCAN item") && !plan_is_good("SCAN item USING X"));
	for (i = 0; i < db.stmts; i++) {
		char text[4096];
		sqlite3_stmt *stmt;

		snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s",
			 sl_shop_schema.statements[i]);
		if (!CHECK(!sqlite3_prepare_v2(db.sqlite, text, -1, &stmt,
					       NULL)))
			continue;
		while (sqlite3_step(stmt) == SQLITE_ROW) {
			const char *plan =
				(const char *)sqlite3_column_text(stmt, 3);

			if (!CHECK(plan_is_good(plan)))
				fprintf(stderr, "%s\n  %s\n", text, plan);
			sorts += !!strstr(plan, "TEMP B-TREE");
		}
		sqlite3_finalize(stmt);
	}
	/* Best sellers and related items group and sort; no list does. */
	CHECK(sorts <= 6);
}

static void test_promotions(void)
{
	struct sl_shop_promotions_in in = { .c_id = 3, .random = 206,
					    .count = 5 };
	const struct sl_shop_promotions_out *out =
		REPLY(sl_shop_promotions_out);

	/* 206 % 200 + 1 = 7, whose related items are 8, 9, 10, 11, 12. */
	CHECK_EQ(CALL(SL_SHOP_PROMOTIONS, in), 0);
	CHECK_EQ(query->data_bytes, sizeof(*out));
	CHECK_EQ(out->count, 5);
	CHECK_STR(out->fname, "Ann");
	CHECK_EQ(out->row[0].i_id, 8);
	CHECK_STR(out->row[0].title, TITLE_8);
	CHECK_STR(out->row[0].author, "First9 LAST9");
	CHECK_EQ(out->row[4].i_id, 12);
	in.count = 2;
	in.c_id = 0;
	CHECK_EQ(CALL(SL_SHOP_PROMOTIONS, in), 0);
	CHECK_EQ(out->count, 2);
	CHECK_STR(out->fname, "");
	in.c_id = 21;
	CHECK_EQ(CALL(SL_SHOP_PROMOTIONS, in), -ENOENT);
	/* Parameters of another size are refused, not read. */
	CHECK_EQ(call(SL_SHOP_PROMOTIONS, &in, 4), -EINVAL);
}

static void test_lists(void)
{
	struct sl_shop_list_in in = { .subject = 0 };
	const struct sl_shop_rows *out = REPLY(sl_shop_rows);

	CHECK_EQ(CALL(SL_SHOP_NEW_PRODUCTS, in), 0);
	CHECK_EQ(out->count, 8);	/* 24, 48, ... 192 */
	CHECK_EQ(out->row[0].i_id, 192);
	CHECK_EQ(out->row[7].i_id, 24);

	/* 38 x 1 of item 24; 12 of 48, 13 x 2 of 72, 13 x 3 of 96. */
	CHECK_EQ(CALL(SL_SHOP_BEST_SELLERS, in), 0);
	CHECK_EQ(out->count, 4);
	CHECK_EQ(out->row[0].i_id, 96);
	CHECK_EQ(out->row[0].sold, 39);
	CHECK_EQ(out->row[1].i_id, 24);
	CHECK_EQ(out->row[1].sold, 38);
	CHECK_EQ(out->row[2].sold, 26);
	CHECK_EQ(out->row[3].i_id, 48);
	in.subject = 5;
	CHECK_EQ(CALL(SL_SHOP_BEST_SELLERS, in), 0);
	CHECK_EQ(out->count, 0);

	/* Only the latest 3333 orders count. */
	sql("SAVEPOINT many; INSERT INTO orders(o_id) VALUES(3333 + 37)");
	in.subject = 0;
	CHECK_EQ(CALL(SL_SHOP_BEST_SELLERS, in), 0);
	CHECK_EQ(out->count, 2);
	CHECK_EQ(out->row[0].sold, 3);	/* of 96, in order 38 */
	sql("ROLLBACK TO many; RELEASE many");
}

static int search(u8 by, const char *text)
{
	struct sl_shop_list_in in = { .by = by, .text_bytes = strlen(text) };

	memcpy(in.text, text, in.text_bytes);
	return CALL(SL_SHOP_SEARCH, in);
}

static void test_search(void)
{
	static const struct {
		u8 by;
		const char *text;
		u32 count;
		u32 first;
	} wanted[] = {
		{ SL_SHOP_BY_TITLE, "title 1", 50, 1 },
		{ SL_SHOP_BY_TITLE, "TiTlE 19", 11, 19 },
		{ SL_SHOP_BY_TITLE, "title 8 <B>&\"q", 1, 8 },
		{ SL_SHOP_BY_TITLE, "title 201", 0, 0 },
		/* What LIKE, GLOB and SQL itself would make something of. */
		{ SL_SHOP_BY_TITLE, "%", 0, 0 },
		{ SL_SHOP_BY_TITLE, "100%_", 1, 9 },
		{ SL_SHOP_BY_TITLE, "100", 2, 10 },
		{ SL_SHOP_BY_TITLE, "title_1", 0, 0 },
		{ SL_SHOP_BY_TITLE, "*", 0, 0 },
		{ SL_SHOP_BY_TITLE, "' OR 1=1 --", 0, 0 },
		{ SL_SHOP_BY_TITLE, "'; DROP TABLE item; --", 0, 0 },
		{ SL_SHOP_BY_AUTHOR, "o'hara", 4, 2 },
		{ SL_SHOP_BY_AUTHOR, "o'", 4, 2 },
		{ SL_SHOP_BY_AUTHOR, "last50", 4, 49 },
		{ SL_SHOP_BY_AUTHOR, "\"", 0, 0 },
	};
	const struct sl_shop_rows *out = REPLY(sl_shop_rows);
	u32 i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		CHECK_EQ(search(wanted[i].by, wanted[i].text), 0);
		if (!CHECK_EQ(out->count, wanted[i].count))
			fprintf(stderr, "  searching for %s\n", wanted[i].text);
		if (wanted[i].count)
			CHECK_EQ(out->row[0].i_id, wanted[i].first);
	}
	CHECK_EQ(search(7, "x"), -EINVAL);
}

static void test_detail(void)
{
	struct sl_shop_detail_in in = { .i_id = 8 };
	const struct sl_shop_detail_out *out = REPLY(sl_shop_detail_out);

	CHECK_EQ(CALL(SL_SHOP_DETAIL, in), 0);
	CHECK_STR(out->title, TITLE_8);
	CHECK_STR(out->author, "First9 M LAST9");
	CHECK_STR(out->publisher, "Press");
	CHECK_STR(out->image, "image_8.bmp");
	CHECK_EQ(out->cost, 800);
	CHECK_EQ(out->related[4], 13);
	in.i_id = 201;
	CHECK_EQ(CALL(SL_SHOP_DETAIL, in), -ENOENT);

	/* A text that is too long is cut between characters. */
	sql("UPDATE item SET i_isbn = 'abcdefghijklmnopqrstuv\xc3\xa4' WHERE"
	    " i_id = 11; UPDATE item SET i_title = NULL WHERE i_id = 11");
	in.i_id = 11;
	CHECK_EQ(CALL(SL_SHOP_DETAIL, in), 0);
	CHECK_STR(out->isbn, "abcdefghijklmnopqrstuv");
	CHECK_STR(out->title, "");
}

static void test_order_display(void)
{
	struct sl_shop_order_in in = { .uname = "USER3", .passwd = "pass3" };
	const struct sl_shop_order_out *out = REPLY(sl_shop_order_out);

	CHECK_EQ(CALL(SL_SHOP_ORDER, in), 0);
	CHECK_EQ(out->o_id, 21);	/* 2 and 21 are customer 3's */
	CHECK_EQ(out->c_id, 3);
	CHECK_EQ(out->lines.count, 2);
	CHECK_EQ(out->lines.line[0].i_id, 24);
	CHECK_EQ(out->lines.line[0].cost, 2400);
	CHECK_EQ(out->sums.total, 498);
	CHECK_STR(out->status, "SHIPPED");
	CHECK_STR(out->cc_type, "VISA");
	CHECK_STR(out->ship.country, "Chad");
	strcpy(in.passwd, "pass4");
	CHECK_EQ(CALL(SL_SHOP_ORDER, in), -EACCES);
	strcpy(in.uname, "' OR '1'='1");
	CHECK_EQ(CALL(SL_SHOP_ORDER, in), -ENOENT);
	strcpy(in.uname, "USER20");
	strcpy(in.passwd, "pass20");
	CHECK_EQ(CALL(SL_SHOP_ORDER, in), 0);
	CHECK_EQ(out->o_id, 0);
}


int main(void)
{
	open_shop();
	test_plans();
	test_promotions();
	test_lists();
	test_search();
	test_detail();
	test_order_display();
	close_shop();
	TEST_END();
}
