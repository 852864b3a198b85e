// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that images come whole and in order whatever their size and however
 * few events there are, that handles are kept and thrown away when they are
 * stale, in the middle of an image, too, that an image that cannot be read to
 * its end is seen to be cut short, that no name leads out of the images' directory, and that parts which have
 * to wait for other replies never take the last event.
 */
#include "stages/web/shop_test.h"

static bool image_is_good(const struct ask *a, u64 size)
{
	u64 i;

	if (!CHECK_EQ(a->code, 200) || !CHECK_EQ(a->content_bytes, size) ||
	    !CHECK_EQ(a->bytes, size) || !CHECK_EQ(a->status, 0))
		return false;
	CHECK_EQ(a->type, SL_HTTP_BMP);
	CHECK_EQ(a->max_age, 3600);
	for (i = 0; i < size && a->reply[i] == image_byte(size, i); i++)
		;
	return CHECK_EQ(i, size);
}

static void test_sizes(void)
{
	static const struct {
		const char *target;
		u64 size;
		u32 parts;	/* of 40000 bytes, and the head */
	} images[] = {
		{ "/images/0.bmp", 0, 1 },
		{ "/images/1.bmp", 1, 2 },
		{ "/images/5094.bmp", 5094, 2 },
		{ "/images/39999.bmp", 39999, 2 },
		{ "/images/40000.bmp", 40000, 2 },
		{ "/images/40001.bmp?c_id=4", 40001, 3 },
		{ "/images/80000.bmp", 80000, 3 },
		{ "/images/255846.bmp", 255846, 8 },
	};
	u32 i, twice;

	for (twice = 0; twice < 2; twice++) {
		for (i = 0; i < ARRAY_SIZE(images); i++) {
			struct ask *a = get(images[i].target);

			image_is_good(a, images[i].size);
			CHECK_EQ(a->parts, images[i].parts);
		}
		/* The directory was mounted once, each name looked up once. */
		CHECK_EQ(files_calls[SL_FILE_MOUNT], 1);
		CHECK_EQ(files_calls[SL_FILE_LOOKUP], ARRAY_SIZE(images));
	}
}

static void test_head(void)
{
	static const char *const target[] = { "/images/255846.bmp",
					      "/images/123456.bmp" };
	u32 reads = files_calls[SL_FILE_READ], i;

	for (i = 0; i < 2; i++) {
		struct ask *a = ask(SL_HTTP_HEAD, target[i], NULL);

		turn();
		CHECK_EQ(a->code, 200);
		CHECK_EQ(a->content_bytes, i ? 123456 : 255846);
		CHECK_EQ(a->bytes, 0);
		CHECK_EQ(a->parts, 1);
	}
	CHECK_EQ(files_calls[SL_FILE_READ], reads);
}

static void test_names(void)
{
	static const char *const bad[] = {
		"/images/", "/images/.bmp", "/images/../shop.db",
		"/images/%2e%2e/shop.db", "/images/..%2fshop.db",
		"/images/a/b.bmp", "/images/a%00.bmp", "/images/A.bmp",
		"/images/1.BMP", "/images/1.bmp/", "/images/1.bmp%00",
		"/images//1.bmp", "/images/1..bmp", "/images/shop.db",
		"/images/..bmp", "/images/\\1.bmp", "/images/ 1.bmp",
		"/imagesx1.bmp", "/images",
		"/images/1234567890123456789012345678901234567890abcd.bmp",
	};
	static const char *const missing[] = {
		"/images/nothing.bmp", "/images/9.bmp" /* a directory */,
	};
	u32 lookups = files_calls[SL_FILE_LOOKUP], i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ask *a = get(bad[i]);

		if (!CHECK_EQ(a->code, 404))
			fprintf(stderr, "  %s\n", bad[i]);
	}
	/* None of them even reached the files. */
	CHECK_EQ(files_calls[SL_FILE_LOOKUP], lookups);
	for (i = 0; i < ARRAY_SIZE(missing); i++)
		CHECK_EQ(get(missing[i])->code, 404);
}

static void test_stale(void)
{
	u32 lookups = files_calls[SL_FILE_LOOKUP];
	u32 mounts = files_calls[SL_FILE_MOUNT];

	image_is_good(get("/images/100.bmp"), 100);
	CHECK_EQ(files_calls[SL_FILE_LOOKUP], lookups + 1);
	files_stale_names = 1;
	image_is_good(get("/images/100.bmp"), 100);
	CHECK_EQ(files_calls[SL_FILE_LOOKUP], lookups + 2);
	/* The directory is another one. */
	files_stale_names = 1;
	files_stale_directory = 1;
	image_is_good(get("/images/100.bmp"), 100);
	CHECK_EQ(files_calls[SL_FILE_MOUNT], mounts + 1);
	/* All handles of before mean nothing any more. */
	files_generation++;
	files_stale_directory = 1;
	image_is_good(get("/images/100.bmp"), 100);
	/* It does not try for ever. */
	files_stale_names = 1000;
	CHECK_EQ(get("/images/100.bmp")->code, 500);
	CHECK(files_stale_names > 900);
	files_stale_names = 0;
	image_is_good(get("/images/100.bmp"), 100);
}

/* Forgotten in the middle: it goes on, but never with another file. */
static void test_forgotten(void)
{
	u64 cut = dropped(SL_SHOP_DROP_IMAGE);
	u32 lookups = files_calls[SL_FILE_LOOKUP];
	struct ask *a;

	files_stale_from = 100000;
	files_stale_names = 1;
	image_is_good(get("/images/200000.bmp"), 200000);
	CHECK_EQ(files_calls[SL_FILE_LOOKUP], lookups + 2);
	/* The directory, too, and several times in a row. */
	files_stale_names = 5;
	files_stale_directory = 2;
	image_is_good(get("/images/200000.bmp"), 200000);
	CHECK_EQ(files_stale_names, 0);
	CHECK_EQ(dropped(SL_SHOP_DROP_IMAGE), cut);

	files_stale_names = 1;
	files_replaced_at = 100000;
	a = get("/images/200000.bmp");
	CHECK_EQ(a->code, 200);
	CHECK_EQ(a->status, -ESTALE);
	CHECK(a->bytes >= 100000 && a->bytes < 200000);
	CHECK_EQ(dropped(SL_SHOP_DROP_IMAGE), cut + 1);
	CHECK_EQ(files_replaced_at, 0);
	files_stale_from = 0;
	image_is_good(get("/images/200000.bmp"), 200000);
}

static void test_failures(void)
{
	u64 cut = dropped(SL_SHOP_DROP_IMAGE);
	struct ask *a;

	files_fail = -EIO;
	files_fail_from = 0;
	a = get("/images/200000.bmp");
	CHECK_EQ(a->code, 500);
	CHECK(shows(a, "Bookstore: error"));
	files_fail_from = 100000;
	a = get("/images/200000.bmp");
	CHECK_EQ(a->code, 200);
	CHECK_EQ(a->content_bytes, 200000);
	CHECK_EQ(a->status, -EIO);
	CHECK(a->bytes < 200000);
	files_fail = -ESTALE;
	a = get("/images/200000.bmp");
	CHECK(a->status && a->bytes < 200000);
	files_fail = -EBUSY;
	files_fail_from = 0;
	CHECK_EQ(get("/images/200000.bmp")->code, 503);
	files_fail = 0;
	files_shrink_to = 90000;
	a = get("/images/200000.bmp");
	CHECK_EQ(a->status, -EIO);
	CHECK_EQ(a->bytes, 90000);
	files_shrink_to = ~0ull;
	image_is_good(get("/images/200000.bmp"), 200000);
	CHECK_EQ(dropped(SL_SHOP_DROP_IMAGE), cut + 3);
}

/* More names than there is room for: each of them is found all the same. */
static void test_many_names(void)
{
	static char target[300][32];
	u32 i;

	for (i = 0; i < 600; i++) {
		snprintf(target[i % 300], sizeof(target[0]),
			 "/images/%u.bmp", 1000 + i % 300);
		image_is_good(get(target[i % 300]), 1000 + i % 300);
	}
}

/*
 * Images of one connection, in a pipeline: the parts of the later ones wait
 * until the first one is out, and hold events meanwhile.
 */
static void test_pipelined(u32 events)
{
	static const char *const target[] = {
		"/images/250000.bmp", "/images/190000.bmp", "/home",
		"/images/120000.bmp", "/new_products?subject=ARTS",
		"/images/5000.bmp",
	};
	static const u64 size[] = { 250000, 190000, 0, 120000, 0, 5000 };
	u32 i, k;

	forget_asks();
	web_slow = events == 3;
	for (i = 0; i < 120; i++) {
		struct ask *a = ask(SL_HTTP_GET, target[i % 6], NULL);

		a->connection = i % 4;
		if (i >= 4)
			a->before = &asks[i - 4];
	}
	for (i = 0; i < 20000 && asks_done < ask_count; i++) {
		sl_pipeline_turn(pipeline);
		/* Clients that take what they got, now and then. */
		if (events == 3)
			web_slow = i % 7;
	}
	web_slow = false;
	turn();
	if (!CHECK_EQ(asks_done, ask_count))
		fprintf(stderr, "  with %u events\n", events);
	for (i = 0; i < ask_count; i++) {
		k = i % 6;
		if (size[k])
			image_is_good(&asks[i], size[k]);
		else
			CHECK_EQ(asks[i].code, 200);
	}
}

/* Clients who read nothing keep images to themselves, but not the pages. */
static void test_slow_clients(void)
{
	struct ask *a;
	u32 i;

	forget_asks();
	web_slow = true;
	for (i = 0; i < 40; i++)
		ask(SL_HTTP_GET, "/images/250000.bmp", NULL);
	for (i = 0; i < 1000; i++)
		sl_pipeline_turn(pipeline);
	CHECK(asks_done < 5);
	a = ask(SL_HTTP_GET, "/home", NULL);
	for (i = 0; i < 1000; i++)
		sl_pipeline_turn(pipeline);
	CHECK_EQ(a->code, 200);
	web_slow = false;
	turn();
	CHECK_EQ(asks_done, ask_count);
	for (i = 0; i < 40; i++)
		image_is_good(&asks[i], 250000);
}

int main(void)
{
	static const u32 events[] = { 1, 2, 3, 5, 16, 256 };
	u32 i;

	open_shop();
	default_options();
	CHECK_EQ(start(), 0);
	test_sizes();
	test_head();
	test_names();
	test_stale();
	test_forgotten();
	test_failures();
	test_many_names();
	stop();
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		shop_events = events[i];
		CHECK_EQ(start(), 0);
		test_pipelined(events[i]);
		stop();
	}
	shop_events = 16;
	web_events = 200;
	in_flight_max = 200;
	CHECK_EQ(start(), 0);
	test_slow_clients();
	stop();
	close_shop();
	TEST_END();
}
