// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a population is what its parameters say: the rows that TPC-W
 * asks for, the same for the same seed, pictures that are bitmaps of the
 * sizes it distributes; and that half a population is never taken for one.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/tpcw_image.h"
#include "bench/tpcw_population.h"
#include "bench/tpcw_scratch_test.h"
#include "bench/tpcw_words.h"
#include "stages/web/shop.h"
#include "tools/test.h"

#define ITEMS 200

static char one[PATH_MAX - 128], two[PATH_MAX - 128];

static const char *in(const char *dir, const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static long long ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	long long answer = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL)) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
		return -1;
	}
	if (sqlite3_step(stmt) == SQLITE_ROW)
		answer = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return answer;
}

static const struct {
	const char *sql;
	long long least, most;
} facts[] = {
	{ "SELECT count(*) FROM country", 92, 92 },
	{ "SELECT count(DISTINCT co_name) FROM country", 92, 92 },
	{ "SELECT count(*) FROM author", 50, 50 },
	{ "SELECT count(DISTINCT i_a_id) FROM item", 50, 50 },
	{ "SELECT count(*) FROM item", 200, 200 },
	{ "SELECT max(i_id) FROM item", 200, 200 },
	{ "SELECT count(*) FROM customer", 2880, 2880 },
	{ "SELECT max(c_id) FROM customer", 2880, 2880 },
	{ "SELECT count(*) FROM address", 5760, 5760 },
	{ "SELECT count(*) FROM orders", 2592, 2592 },
	{ "SELECT count(*) FROM cc_xacts", 2592, 2592 },
	/* Three lines for an order, within five standard deviations. */
	{ "SELECT count(*) FROM order_line", 7416, 8136 },
	{ "SELECT max(ol_id) FROM order_line", 5, 5 },
	{ "SELECT min(ol_id) FROM order_line", 1, 1 },
	{ "SELECT count(*) FROM shopping_cart", 0, 0 },
	{ "SELECT count(DISTINCT i_subject) FROM item", 20, 24 },
	{ "SELECT max(i_subject) FROM item", 20, 23 },
	{ "SELECT min(i_stock) FROM item", 10, 12 },
	{ "SELECT max(i_stock) FROM item", 28, 30 },
	{ "SELECT count(*) FROM item WHERE i_stock = i_stock_start AND"
	  " i_refills = 0", 200, 200 },
	{ "SELECT count(*) FROM item WHERE i_cost <= i_srp AND i_cost >="
	  " i_srp / 2 AND i_srp BETWEEN 100 AND 999999", 200, 200 },
	{ "SELECT count(*) FROM item WHERE length(i_title) <= 60 AND"
	  " length(i_desc) BETWEEN 99 AND 500", 200, 200 },
	{ "SELECT count(*) FROM item WHERE i_related1 NOT IN (i_id,"
	  " i_related2, i_related3, i_related4, i_related5) AND i_related5 NOT"
	  " IN (i_id, i_related2, i_related3, i_related4)", 200, 200 },
	{ "SELECT count(*) FROM item WHERE i_title LIKE 'BABABA%'", 200, 200 },
	{ "SELECT count(*) FROM item WHERE i_title < 'babababababaal'"
	  " AND i_title >= 'babababababaog'", 0, 5 },
	{ "SELECT count(*) FROM author WHERE a_lname LIKE 'BABABABA%'"
	  " AND length(a_lname) = 14", 50, 50 },
	{ "SELECT count(*) FROM customer WHERE c_id = 2075 AND c_uname ="
	  " 'ALBAULSE' AND c_passwd = 'albaulse'", 1, 1 },
	{ "SELECT max(c_discount) FROM customer", 45, 50 },
	{ "SELECT count(*) FROM orders WHERE o_sub_total = (SELECT sum(ol_qty"
	  " * ol_cost) FROM order_line WHERE ol_o_id = o_id)", 2592, 2592 },
	{ "SELECT count(*) FROM orders, (SELECT o_id AS id, o_sub_total * (100"
	  " - o_discount) / 100 AS d FROM orders) WHERE id = o_id AND o_tax ="
	  " (d * 825 + 5000) / 10000 AND o_total = d + o_tax + o_shipping",
	  2592, 2592 },
	{ "SELECT count(*) FROM orders WHERE o_shipping = 300 + 100 * (SELECT"
	  " sum(ol_qty) FROM order_line WHERE ol_o_id = o_id)", 2592, 2592 },
	{ "SELECT count(*) FROM orders JOIN cc_xacts ON cx_o_id = o_id WHERE"
	  " cx_xact_amt = o_total", 2592, 2592 },
	{ "SELECT count(*) FROM orders JOIN customer ON c_id = o_c_id WHERE"
	  " o_discount = c_discount AND o_bill_addr_id = c_addr_id",
	  2592, 2592 },
	{ "SELECT value FROM population WHERE name = 'items'", 200, 200 },
	{ "SELECT value FROM population WHERE name = 'customers'", 2880,
	  2880 },
	{ "SELECT count(*) FROM population", 8, 8 },
	{ "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql IS"
	  " NOT NULL", 6, 6 },
	{ "PRAGMA page_size", 4096, 4096 },
};

static void test_rows(void)
{
	sqlite3 *db;
	u32 i;

	CHECK_EQ(sqlite3_open_v2(in(one, "shop.db"), &db,
				 SQLITE_OPEN_READWRITE, NULL), 0);
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		long long got = ask(db, facts[i].sql);

		if (!CHECK(got >= facts[i].least && got <= facts[i].most))
			fprintf(stderr, "%s: %lld\n", facts[i].sql, got);
	}
	CHECK_EQ(ask(db, "SELECT 1 FROM pragma_journal_mode WHERE"
			 " journal_mode = 'wal'"), 1);
	CHECK_EQ(ask(db, "SELECT 1 FROM pragma_integrity_check WHERE"
			 " integrity_check = 'ok'"), 1);
	sqlite3_close(db);
	CHECK(access(in(one, "shop.db-wal"), F_OK));
}

static bool same(const char *a, const char *b)
{
	FILE *x = fopen(a, "r"), *y = fopen(b, "r");
	bool is = x && y;
	int c = 0;

	while (is && c != EOF) {
		c = getc(x);
		is = c == getc(y);
	}
	if (x)
		fclose(x);
	if (y)
		fclose(y);
	return is;
}

static bool same_in(const char *a, const char *b, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", in(a, name));
	return same(path, in(b, name));
}

static void test_seed(void)
{
	CHECK_EQ(sl_tpcw_populate(two, ITEMS, 1, 5, NULL), 0);
	CHECK(same_in(one, two, "shop.db"));
	CHECK(same_in(one, two, "images/image_77.bmp"));
	CHECK_EQ(sl_tpcw_remove(two), 0);
	CHECK_EQ(sl_tpcw_populate(two, ITEMS, 1, 6, NULL), 0);
	CHECK(!same_in(one, two, "shop.db"));
	CHECK(!same_in(one, two, "images/image_77.bmp"));
	CHECK_EQ(sl_tpcw_remove(two), 0);
}

/* What is there is kept, what is half there is made anew. */
static void test_again(void)
{
	struct sl_tpcw_model *model;
	struct stat before, after;
	FILE *file;

	stat(in(one, "shop.db"), &before);
	CHECK_EQ(sl_tpcw_populate(one, ITEMS, 1, 5, NULL), 0);
	stat(in(one, "shop.db"), &after);
	CHECK_EQ(before.st_ino, after.st_ino);
	CHECK_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	model = sl_tpcw_population_read(one);
	if (CHECK(model)) {
		CHECK_EQ(model->items, ITEMS);
		CHECK_EQ(model->browsers, 1);
		CHECK_EQ(model->seed, 5);
	}
	sl_tpcw_model_destroy(model);

	/* An interrupted population of the same name. */
	snprintf(two, sizeof(two), "%s/two.part", scratch);
	CHECK_EQ(mkdir(two, 0755), 0);
	file = fopen(in(two, "shop.db"), "w");
	fputs("half", file);
	fclose(file);
	snprintf(two, sizeof(two), "%s/two", scratch);
	CHECK(!sl_tpcw_population_read(two));
	CHECK_EQ(sl_tpcw_populate(two, ITEMS, 1, 5, NULL), 0);
	CHECK(same_in(one, two, "shop.db"));
	CHECK(access(in(scratch, "two.part"), F_OK));
	CHECK_EQ(sl_tpcw_remove(two), 0);
}

static void test_refusals(void)
{
	FILE *quiet = freopen("/dev/null", "w", stderr);

	CHECK(quiet);
	CHECK_EQ(sl_tpcw_populate(one, ITEMS + 10, 1, 5, NULL), -EEXIST);
	CHECK_EQ(sl_tpcw_populate(one, ITEMS, 2, 5, NULL), -EEXIST);
	CHECK_EQ(sl_tpcw_populate(one, ITEMS, 1, 7, NULL), -EEXIST);
	CHECK_EQ(mkdir(in(scratch, "other"), 0755), 0);
	CHECK_EQ(sl_tpcw_populate(in(scratch, "other"), ITEMS, 1, 5, NULL), -EEXIST);
	CHECK_EQ(sl_tpcw_populate(two, 99, 1, 5, NULL), -EINVAL);
	CHECK_EQ(sl_tpcw_populate(two, ITEMS, 0, 5, NULL), -EINVAL);
	CHECK_EQ(sl_tpcw_populate("/nonexistent/a", ITEMS, 1, 5, NULL),
		 -ENOENT);
	CHECK_EQ(sl_tpcw_copy("/nonexistent/a", two), -ENOENT);
	CHECK_EQ(sl_tpcw_copy(in(scratch, "other"), two), -ENOENT);
	CHECK(access(two, F_OK));
}

static void test_copy(void)
{
	int fd;

	/* A log that was left is a part of the database. */
	fd = open(in(one, "shop.db-wal"), O_WRONLY | O_CREAT, 0644);
	CHECK_EQ(write(fd, "log", 3), 3);
	close(fd);
	CHECK_EQ(sl_tpcw_copy(one, two), 0);
	CHECK(same_in(one, two, "shop.db"));
	CHECK(same_in(one, two, "shop.db-wal"));
	CHECK(same_in(one, two, "images/thumb_200.bmp"));
	CHECK(same_in(one, two, "images/button_logo.bmp"));
	unlink(in(one, "shop.db-wal"));

	/* A change of the copy is none of the original. */
	fd = open(in(two, "shop.db"), O_WRONLY);
	CHECK_EQ(pwrite(fd, "x", 1, 5000), 1);
	close(fd);
	CHECK(!same_in(one, two, "shop.db"));
	CHECK_EQ(sl_tpcw_remove(two), 0);
	CHECK(access(two, F_OK));
	CHECK(!access(in(one, "images/thumb_200.bmp"), F_OK));
	CHECK_EQ(sl_tpcw_remove(two), 0);
}

static u32 le32(const u8 *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (u32)at[3] << 24;
}

static void picture(const struct sl_tpcw_model *model, u32 kind, u32 number)
{
	static u8 file[SL_TPCW_IMAGE_BYTES_MAX];
	char name[32], path[64];
	enum sl_tpcw_image_kind parsed;
	u32 width, height, count, id = 0;
	ssize_t bytes;
	int fd;

	count = sl_tpcw_image_name(kind, number, name);
	CHECK_EQ(count, strlen(name));
	CHECK(sl_tpcw_image_parse(name, count, &parsed, &id));
	CHECK(parsed == kind && id == number);
	snprintf(path, sizeof(path), "images/%s", name);
	fd = open(in(one, path), O_RDONLY);
	bytes = read(fd, file, sizeof(file));
	close(fd);
	CHECK_EQ(bytes, sl_tpcw_image_bytes(model, kind, number));
	width = le32(file + 18);
	height = le32(file + 22);
	CHECK(file[0] == 'B' && file[1] == 'M' && file[28] == 24);
	CHECK_EQ(le32(file + 2), bytes);
	CHECK_EQ((width * 3 + 3) / 4 * 4 * height + le32(file + 10), bytes);
	CHECK(sl_tpcw_image_check(file, file + bytes - 3, bytes, kind,
				  number));
	CHECK(!sl_tpcw_image_check(file, file + bytes - 3, bytes, kind,
				   number + 1));
	CHECK(!sl_tpcw_image_check(file, file + bytes - 4, bytes, kind,
				   number));
}

static void test_pictures(void)
{
	static const u32 kib[] = { 5, 10, 50, 100, 250 };
	static const double percent[] = { 45, 35, 15, 4, 1 };
	struct sl_tpcw_model *model = sl_tpcw_model_create(ITEMS, 1, 5);
	struct sl_tpcw_model *large = sl_tpcw_model_create(100000, 1, 5);
	u32 count[5] = { 0 }, i, class;

	for (i = 1; i <= SL_TPCW_BUTTONS; i++)
		picture(model, SL_TPCW_BUTTON, i);
	for (i = 1; i <= ITEMS; i++) {
		picture(model, SL_TPCW_THUMB, i);
		picture(model, SL_TPCW_IMAGE, i);
	}
	for (i = 1; i <= large->items; i++) {
		u32 bytes = sl_tpcw_image_bytes(large, SL_TPCW_IMAGE, i);

		for (class = 0; class < 5; class++)
			if (fabs(bytes / 1024.0 - kib[class]) <
			    0.05 * kib[class])
				count[class]++;
		CHECK(bytes <= SL_TPCW_IMAGE_BYTES_MAX);
	}
	for (class = 0; class < 5; class++)
		CHECK(fabs(count[class] / 1000.0 - percent[class]) < 0.5);
	sl_tpcw_model_destroy(model);
	sl_tpcw_model_destroy(large);
}

static void test_spelling(void)
{
	char text[SL_TPCW_SPELLED];

	CHECK_EQ(sl_tpcw_spell(1234567890, 1, text), 20);
	CHECK_STR(text, "OGALRIRESEATULINNGBA");
	CHECK_EQ(sl_tpcw_spell(0, 1, text), 2);
	CHECK_STR(text, "BA");
	CHECK_EQ(sl_tpcw_spell(42, 7, text), 14);
	CHECK_STR(text, "BABABABABAREAL");
	CHECK_EQ(sl_tpcw_spell(~0ull, 1, text), 40);
	sl_tpcw_lower(text);
	CHECK_STR(text, "oginrereatulrereba" "ulriulbangseseogatogse");
}

/* What the shop keeps must have room for what is in its database. */
static void test_sizes(void)
{
	struct sl_tpcw_model *model = sl_tpcw_model_create(1000, 100, 5);
	struct sl_tpcw_customer customer;
	struct sl_tpcw_item item;
	u32 i;

	CHECK_EQ(SL_TPCW_SUBJECTS, SL_SHOP_SUBJECTS);
	CHECK_EQ(SL_TPCW_STOCK_REFILL, SL_SHOP_REFILL);
	CHECK_EQ(SL_TPCW_STOCK_LEAST, SL_SHOP_REFILL_BELOW);
	for (i = 1; i <= model->items; i++) {
		sl_tpcw_item_fill(model, i, &item);
		CHECK(item.title.count <
		      sizeof(((struct sl_shop_row *)0)->title));
		CHECK(item.title.count <= sizeof(item.title_chars));
		CHECK(item.desc.count <= 500);
	}
	for (i = 1; i <= model->customers; i += 97) {
		sl_tpcw_customer_fill(model, i, &customer);
		CHECK(customer.fname.count && customer.fname.count < 32 &&
		      customer.lname.count < 32 && customer.data.count < 512);
	}
	for (i = 0; i < sl_tpcw_vocabulary_count; i++)
		CHECK(strspn(sl_tpcw_vocabulary[i],
			     "abcdefghijklmnopqrstuvwxyz") ==
		      strlen(sl_tpcw_vocabulary[i]));
	sl_tpcw_model_destroy(model);
}

int main(void)
{
	if (!scratch_make())
		return 1;
	snprintf(one, sizeof(one), "%s/one%%20?#", scratch);
	snprintf(two, sizeof(two), "%s/two", scratch);
	CHECK_EQ(sl_tpcw_populate(one, ITEMS, 1, 5, NULL), 0);
	test_rows();
	test_seed();
	test_again();
	test_copy();
	test_pictures();
	test_spelling();
	test_sizes();
	test_refusals();
	CHECK_EQ(sl_tpcw_remove(scratch), 0);
	TEST_END();
}
