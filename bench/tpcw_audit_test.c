// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the audit finds what is wrong, and only that.
 *
 * A small bookstore is populated, things are bought and registered in it by
 * SQL as the shop would do, with the deeds that browsers would write down;
 * then one fault at a time is planted, and must be named.
 */
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/tpcw_audit.h"
#include "bench/tpcw_population.h"
#include "bench/tpcw_scratch_test.h"
#include "tools/test.h"

#define ITEMS 100

static char pristine[PATH_MAX - 128], sold[PATH_MAX - 128], faulty[PATH_MAX - 128];
static struct sl_tpcw_model *model;

static bool change(const char *dir, const char *sql)
{
	char path[PATH_MAX + 16];
	sqlite3 *db;
	char *error = NULL;
	int err;

	snprintf(path, sizeof(path), "%s/shop.db", dir);
	if (sqlite3_open(path, &db))
		return false;
	err = sqlite3_exec(db, sql, NULL, NULL, &error);
	if (err)
		fprintf(stderr, "%s: %s\n", sql, error);
	sqlite3_free(error);
	sqlite3_close(db);
	return !err;
}

/* A hash of these texts, as of the fields of a form. */
static u64 texts(const char *const *text, u32 count)
{
	u64 hash = 0;
	u32 i;

	for (i = 0; i < count; i++)
		hash = sl_tpcw_hash(hash, text[i], strlen(text[i]));
	return hash;
}

/*
 * Customer 2881 registers and buys 3 of item 5 and 25 of item 6, which are
 * sent to a new address; cart 1 is empty then, cart 2 has a line.  Item 7 is
 * changed.  A second order, 2593, was asked for and not acknowledged.
 */
static const char sales[] =
	"INSERT INTO address VALUES(5761, 'a', 'b', 'c', 'd', '12345', 1),"
	" (5762, 'e', 'f', 'g', 'h', '54321', 2);"
	"INSERT INTO customer VALUES(2881, 'ALININOG', 'alininog', 'Eva',"
	" 'Ash', 5761, '1', '2', 3, 4, 10, 0, 0, 5, 'x');"
	"INSERT INTO order_line SELECT 2593, 1, 5, 3, i_cost, '' FROM item"
	" WHERE i_id = 5;"
	"INSERT INTO order_line SELECT 2593, 2, 6, 25, i_cost, '' FROM item"
	" WHERE i_id = 6;"
	"INSERT INTO orders SELECT 2593, 2881, 1, sum(ol_qty * ol_cost), 10,"
	" 0, 300 + 100 * sum(ol_qty), 0, 1, 1, 5761, 5762, 'PENDING'"
	" FROM order_line WHERE ol_o_id = 2593;"
	"UPDATE orders SET o_tax = (o_sub_total * 90 / 100 * 825 + 5000)"
	" / 10000 WHERE o_id = 2593;"
	"UPDATE orders SET o_total = o_sub_total * 90 / 100 + o_tax +"
	" o_shipping WHERE o_id = 2593;"
	"INSERT INTO cc_xacts SELECT 2593, 'VISA', '1', 'x', '2030-01', '2',"
	" o_total, 1, 1 FROM orders WHERE o_id = 2593;"
	"UPDATE item SET i_stock = i_stock - 3 WHERE i_id = 5;"
	"UPDATE item SET i_stock = i_stock - 25 WHERE i_id = 6;"
	"UPDATE item SET i_stock = i_stock + 21, i_refills = i_refills + 1"
	" WHERE i_stock < 10;"
	"UPDATE item SET i_stock = i_stock + 21, i_refills = i_refills + 1"
	" WHERE i_stock < 10;"
	"INSERT INTO shopping_cart VALUES(1, 1), (2, 1);"
	"INSERT INTO shopping_cart_line VALUES(2, 9, 4);"
	"UPDATE item SET i_cost = 777, i_image = 'image_8.bmp',"
	" i_thumbnail = 'thumb_8.bmp' WHERE i_id = 7;";

static void deeds_fill(struct sl_tpcw_deeds *deeds, bool order_known)
{
	static const char *const names[] = { "Eva", "Ash" };
	static const char *const home_address[] = { "a", "b", "c", "d",
						    "12345" };
	static const char *const ship_address[] = { "e", "f", "g", "h",
						    "54321" };
	const struct sl_tpcw_cart_line lines[] = { { 6, 25 }, { 5, 3 } };
	s64 value = 3ll * sl_tpcw_item_cost(model, 5) +
		    25ll * sl_tpcw_item_cost(model, 6);
	const struct sl_tpcw_deed all[] = {
		{ .kind = SL_TPCW_DEED_CUSTOMER, .known = true, .id = 2881,
		  .hash = texts(names, 2),
		  .address_hash = texts(home_address, 5) },
		{ .kind = SL_TPCW_DEED_CART, .known = true, .id = 1,
		  .lines = 2, .hash = sl_tpcw_lines_hash(lines, 2) },
		{ .kind = SL_TPCW_DEED_ORDER, .known = order_known,
		  .id = order_known ? 2593 : 0, .customer = 2881, .lines = 2,
		  .hash = sl_tpcw_lines_hash(lines, 2),
		  .total = sl_tpcw_sums(value, 28, 10).total,
		  .address_hash = texts(ship_address, 5) },
		{ .kind = SL_TPCW_DEED_CART, .known = order_known, .id = 1 },
		{ .kind = SL_TPCW_DEED_CART, .known = true, .id = 2,
		  .lines = 1, .hash = sl_tpcw_line_hash(9, 4) },
		/* The first two overlap, the third came afterwards. */
		{ .kind = SL_TPCW_DEED_ITEM, .known = true, .id = 7,
		  .total = 111, .lines = 1, .begun_ns = 10, .done_ns = 20 },
		{ .kind = SL_TPCW_DEED_ITEM, .known = true, .id = 7,
		  .total = 777, .lines = 8, .begun_ns = 40, .done_ns = 50 },
		{ .kind = SL_TPCW_DEED_ITEM, .known = true, .id = 7,
		  .total = 333, .lines = 3, .begun_ns = 45, .done_ns = 60 },
	};
	u32 i;

	memset(deeds, 0, sizeof(*deeds));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sl_tpcw_deeds_add(deeds, &all[i]);
}

#define NO_ORDER                                                       \
	"DELETE FROM orders WHERE o_id = 2593;"                        \
	"DELETE FROM cc_xacts WHERE cx_o_id = 2593;"                   \
	"DELETE FROM order_line WHERE ol_o_id = 2593;"                 \
	"UPDATE item SET i_stock = i_stock_start, i_refills = 0"

static const struct {
	const char *sql;
	const char *named;
} faults[] = {
	/* Keys. */
	{ "DELETE FROM country WHERE co_id = 5", "country" },
	{ "DELETE FROM author WHERE a_id = 25", "author has 24 rows" },
	{ "DELETE FROM item WHERE i_id = 50", "keys of item are not dense" },
	{ "UPDATE item SET i_id = 200 WHERE i_id = 3", "item are not dense" },
	{ "DELETE FROM address WHERE addr_id = 77", "keys of address" },
	{ "UPDATE customer SET c_id = 2900 WHERE c_id = 2881",
	  "keys of customer are not dense" },
	{ "UPDATE orders SET o_id = 2594 WHERE o_id = 2593",
	  "keys of orders are not dense" },
	{ "DELETE FROM cc_xacts WHERE cx_o_id = 99", "order 99 was not paid" },
	{ "UPDATE shopping_cart SET sc_id = 3 WHERE sc_id = 2",
	  "keys of shopping_cart" },
	/* Customers. */
	{ "UPDATE customer SET c_uname = 'x' WHERE c_id = 2881",
	  "customer 2881 is not named ALININOG" },
	{ "UPDATE customer SET c_passwd = 'x' WHERE c_id = 17",
	  "customer 17 has another password" },
	{ "UPDATE customer SET c_addr_id = 5763 WHERE c_id = 18",
	  "customer 18 has no address" },
	{ "UPDATE customer SET c_discount = 101 WHERE c_id = 2881",
	  "customer 2881 has a discount of 101" },
	{ "UPDATE customer SET c_discount = 99 WHERE c_id = 20",
	  "customer 20 has a discount of 99" },
	{ "UPDATE customer SET c_lname = 'Elm' WHERE c_id = 2881",
	  "customer 2881 has another name" },
	{ "UPDATE address SET addr_zip = '12346' WHERE addr_id = 5761",
	  "customer 2881 has another address" },
	{ "DELETE FROM customer WHERE c_id = 2881",
	  "customer 2881 was acknowledged and is missing" },
	{ "INSERT INTO customer SELECT 2882, 'ALININAL', 'alininal', c_fname,"
	  " c_lname, 1, '', '', 1, 1, 0, 0, 0, 0, '' FROM customer"
	  " WHERE c_id = 2881", "2 new customers are there" },
	/* Orders. */
	{ NO_ORDER, "order 2593 was acknowledged and is missing" },
	{ "UPDATE orders SET o_c_id = 5 WHERE o_id = 2593",
	  "order 2593 is not the one that was acknowledged" },
	{ "UPDATE orders SET o_c_id = 9999 WHERE o_id = 2593",
	  "order 2593 is of customer 9999" },
	{ "UPDATE orders SET o_sub_total = o_sub_total + 1 WHERE o_id = 8",
	  "order 8: lines come to" },
	{ "UPDATE orders SET o_tax = o_tax + 1, o_total = o_total + 1"
	  " WHERE o_id = 9", "order 9: tax, shipping and total" },
	{ "UPDATE orders SET o_shipping = 0 WHERE o_id = 10",
	  "order 10: tax, shipping and total" },
	{ "UPDATE orders SET o_discount = 60 WHERE o_id = 11",
	  "order 11 has a discount of 60" },
	{ "UPDATE orders SET o_ship_addr_id = 0 WHERE o_id = 12",
	  "order 12 has addresses" },
	{ "UPDATE orders SET o_ship_addr_id = 1 WHERE o_id = 2593",
	  "order 2593 goes to another address" },
	{ "DELETE FROM order_line WHERE ol_o_id = 13",
	  "order 13 has no lines" },
	{ "UPDATE order_line SET ol_id = 3 WHERE ol_o_id = 2593 AND ol_id = 2",
	  "order 2593 has a line 3 where 2 is due" },
	{ "UPDATE order_line SET ol_i_id = 101 WHERE ol_o_id = 14",
	  "order 14, line 1" },
	{ "UPDATE order_line SET ol_qty = -1 WHERE ol_o_id = 15",
	  "order 15, line 1" },
	{ "UPDATE order_line SET ol_i_id = ol_i_id % 100 + 1 WHERE"
	  " ol_o_id = 16", "order 16 is not as populated" },
	{ "INSERT INTO order_line VALUES(0, 1, 1, 1, 1, '')",
	  "order 0 has lines and does not exist" },
	{ "INSERT INTO order_line VALUES(9999, 1, 1, 1, 1, '')",
	  "order 9999 has lines and does not exist" },
	{ "UPDATE cc_xacts SET cx_xact_amt = 5 WHERE cx_o_id = 2593",
	  "order 2593 of" },
	{ "INSERT INTO cc_xacts VALUES(2594, '', '', '', '', '', 1, 1, 1)",
	  "payment 2594 is for no order" },
	{ "INSERT INTO cc_xacts VALUES(0, '', '', '', '', '', 1, 1, 1)",
	  "payment 0 is for no order" },
	/* A whole and sound order that nobody asked for. */
	{ "INSERT INTO orders SELECT 2594, o_c_id, 1, 0, o_discount, 0, 300,"
	  " 300, 1, 1, 1, 1, '' FROM orders WHERE o_id = 2593;"
	  "INSERT INTO order_line VALUES(2594, 1, 1, 0, 0, '')",
	  "2 new orders are there" },
	/* Stock. */
	{ "UPDATE item SET i_stock = i_stock - 1 WHERE i_id = 5",
	  "item 5 has" },
	{ "UPDATE item SET i_stock = i_stock + 21, i_refills = i_refills + 1"
	  " WHERE i_id = 40", "item 40 has" },
	{ "UPDATE item SET i_stock_start = i_stock_start + 1, i_stock ="
	  " i_stock + 1 WHERE i_id = 41", "item 41 began with" },
	{ "UPDATE item SET i_related3 = 0 WHERE i_id = 42",
	  "item 42 is related to 0" },
	{ "UPDATE item SET i_related3 = 43 WHERE i_id = 43",
	  "item 43 is related to 43" },
	{ "UPDATE item SET i_related3 = i_related2 WHERE i_id = 44",
	  "item 44 is related to" },
	{ "UPDATE item SET i_cost = 111, i_image = 'image_1.bmp',"
	  " i_thumbnail = 'thumb_1.bmp' WHERE i_id = 7",
	  "item 7 is not as the last change" },
	{ "UPDATE item SET i_image = 'image_3.bmp' WHERE i_id = 7",
	  "item 7 is not as the last change" },
	{ "UPDATE item SET i_cost = i_cost + 1 WHERE i_id = 45",
	  "item 45 was changed by nobody" },
	/* Carts. */
	{ "DELETE FROM shopping_cart WHERE sc_id = 2",
	  "cart 2 has lines and does not exist" },
	{ "DELETE FROM shopping_cart WHERE sc_id = 2;"
	  "DELETE FROM shopping_cart_line",
	  "cart 2 was acknowledged and is missing" },
	{ "INSERT INTO shopping_cart_line VALUES(0, 1, 1)",
	  "cart 0 has lines and does not exist" },
	{ "INSERT INTO shopping_cart_line VALUES(1, 5, 3)",
	  "cart 1 does not hold what was acknowledged" },
	{ "UPDATE shopping_cart_line SET scl_qty = 5",
	  "cart 2 does not hold what was acknowledged" },
	{ "UPDATE shopping_cart_line SET scl_i_id = 101",
	  "cart 2 has 4 of item 101" },
	{ "UPDATE shopping_cart_line SET scl_qty = 0",
	  "cart 2 has 0 of item 9" },
	{ "INSERT INTO shopping_cart VALUES(3, 1)", "3 carts are there" },
	/* The file. */
	{ "DELETE FROM population WHERE name = 'items'",
	  "cannot be audited" },
	{ "DROP TABLE cc_xacts", "cannot be audited" },
};

static void test_faults(void)
{
	struct sl_tpcw_deeds deeds;
	char why[512];
	u32 i;

	deeds_fill(&deeds, true);
	CHECK_EQ(sl_tpcw_audit(sold, &deeds, true, why, sizeof(why)), 0);
	CHECK_STR(why, "ok");
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		CHECK_EQ(sl_tpcw_copy(sold, faulty), 0);
		CHECK(change(faulty, faults[i].sql));
		CHECK(sl_tpcw_audit(faulty, &deeds, true, why,
				    sizeof(why)) != 0);
		if (!CHECK(strstr(why, faults[i].named)))
			fprintf(stderr, "%s\n  gave %s\n", faults[i].sql, why);
		CHECK_EQ(sl_tpcw_remove(faulty), 0);
	}
	sl_tpcw_deeds_free(&deeds);
}

/* What was asked for and never answered may be there or not, but whole. */
static void test_unknown(void)
{
	struct sl_tpcw_deeds deeds;
	char why[512];

	deeds_fill(&deeds, false);
	CHECK_EQ(sl_tpcw_audit(sold, &deeds, true, why, sizeof(why)), 0);
	CHECK_STR(why, "ok");
	CHECK_EQ(sl_tpcw_copy(sold, faulty), 0);
	CHECK(change(faulty, NO_ORDER));
	CHECK_EQ(sl_tpcw_audit(faulty, &deeds, true, why, sizeof(why)), 0);
	CHECK_STR(why, "ok");
	sl_tpcw_remove(faulty);
	sl_tpcw_deeds_free(&deeds);
}

/* A page in the middle of the file is not what SQLite wrote there. */
static void test_damage(void)
{
	char path[PATH_MAX + 16], why[512], noise[256];
	int fd;

	CHECK_EQ(sl_tpcw_copy(pristine, faulty), 0);
	snprintf(path, sizeof(path), "%s/shop.db", faulty);
	fd = open(path, O_WRONLY);
	memset(noise, 0x5a, sizeof(noise));
	CHECK_EQ(pwrite(fd, noise, sizeof(noise), 200 * 4096),
		 sizeof(noise));
	close(fd);
	CHECK_EQ(sl_tpcw_audit(faulty, NULL, true, why, sizeof(why)), 1);
	CHECK(strstr(why, "the file is damaged"));
	CHECK_EQ(truncate(path, 4096 * 100), 0);
	CHECK(sl_tpcw_audit(faulty, NULL, true, why, sizeof(why)) != 0);
	CHECK_EQ(truncate(path, 0), 0);
	CHECK(sl_tpcw_audit(faulty, NULL, true, why, sizeof(why)) < 0);
	sl_tpcw_remove(faulty);
}

/* Others may have bought as well; what they did must be consistent. */
static void test_others(void)
{
	char why[512];

	CHECK_EQ(sl_tpcw_audit(sold, NULL, false, why, sizeof(why)), 0);
	CHECK_STR(why, "ok");
	CHECK_EQ(sl_tpcw_audit(sold, NULL, true, why, sizeof(why)), 1);
	CHECK(strstr(why, "1 new orders are there"));
	CHECK_EQ(sl_tpcw_audit(pristine, NULL, true, why, sizeof(why)), 0);
	CHECK(sl_tpcw_audit("/nonexistent", NULL, true, why, sizeof(why)) < 0);
	/* What does not fit is left out, not cut. */
	CHECK_EQ(sl_tpcw_audit(sold, NULL, true, why, 100), 1);
	CHECK(strlen(why) < 100);
}

/* Deeds that were written to a file come back. */
static void test_file(void)
{
	struct sl_tpcw_deeds deeds, loaded = { 0 };
	char path[PATH_MAX], why[512];
	u64 i, n;

	snprintf(path, sizeof(path), "%s/deeds", scratch);
	deeds_fill(&deeds, true);
	deeds.file = fopen(path, "w");
	if (!CHECK(deeds.file != NULL))
		return;
	for (i = 0, n = deeds.count; i < n; i++) {
		struct sl_tpcw_deed deed = deeds.deed[i];

		sl_tpcw_deeds_add(&deeds, &deed);
	}
	fputs("order\t1\t25", deeds.file);	/* cut off by a crash */
	sl_tpcw_deeds_flush(&deeds);
	CHECK_EQ(sl_tpcw_deeds_load(&loaded, path), 0);
	CHECK_EQ(loaded.count * 2, deeds.count);
	for (i = 0; i < loaded.count; i++)
		CHECK(!memcmp(&loaded.deed[i].id, &deeds.deed[i].id,
			      sizeof(deeds.deed[i]) -
				      offsetof(struct sl_tpcw_deed, id)));
	CHECK_EQ(sl_tpcw_audit(sold, &loaded, true, why, sizeof(why)), 0);
	CHECK_EQ(sl_tpcw_audit(sold, &deeds, true, why, sizeof(why)), 1);
	CHECK(strstr(why, "acknowledged twice"));
	CHECK_EQ(deeds.lost, 0);
	sl_tpcw_deeds_free(&deeds);
	sl_tpcw_deeds_free(&loaded);
}

int main(void)
{
	if (!scratch_make())
		return 1;
	snprintf(pristine, sizeof(pristine), "%s/pristine", scratch);
	snprintf(sold, sizeof(sold), "%s/sold", scratch);
	snprintf(faulty, sizeof(faulty), "%s/faulty", scratch);
	model = sl_tpcw_model_create(ITEMS, 1, 3);
	CHECK_EQ(sl_tpcw_populate(pristine, ITEMS, 1, 3, NULL), 0);
	CHECK_EQ(sl_tpcw_copy(pristine, sold), 0);
	CHECK(change(sold, sales));
	test_faults();
	test_unknown();
	test_damage();
	test_others();
	test_file();
	sl_tpcw_model_destroy(model);
	CHECK_EQ(sl_tpcw_remove(scratch), 0);
	TEST_END();
}
