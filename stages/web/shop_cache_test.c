// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a list is asked for once however many want it, is never served
 * older than allowed nor to the wrong people, and that the shop does what it
 * should when there is little room: few events, few entries, small pages.
 */
#include <fcntl.h>
#include <unistd.h>

#include "stages/web/shop_test.h"

static u32 list_calls(void)
{
	return db_calls[SL_SHOP_NEW_PRODUCTS] + db_calls[SL_SHOP_SEARCH] +
	       db_calls[SL_SHOP_BEST_SELLERS];
}

/* Sends all that was asked, and gives nothing of the database's back. */
static void turn_held(void)
{
	u32 i;

	db_hold = true;
	for (i = 0; i < 100; i++)
		sl_pipeline_turn(pipeline);
	db_hold = false;
}

static void test_keys(void)
{
	static const struct {
		const char *target;
		bool asks;
	} steps[] = {
		{ "/new_products?subject=ARTS", true },
		{ "/new_products?c_id=3&subject=arts", false },
		{ "/new_products?subject=%41RTS&sc_id=7", false },
		{ "/best_sellers?subject=ARTS", true },
		{ "/new_products?subject=TRAVEL", true },
		{ "/search_results?type=subject&q=ARTS", true },
		{ "/search_results?type=title&q=arts", true },
		{ "/search_results?type=author&q=arts", true },
		{ "/search_results?type=title&q=ARTS", false },
		{ "/search_results?type=title&q=+Arts+", false },
		{ "/search_results?type=title&q=art", true },
		{ "/search_results?q=art&type=title", false },
		{ "/new_products?subject=ARTS", false },
		{ "/new_products?subject=TRAVEL", false },
	};
	u32 i;

	CHECK_EQ(start(), 0);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		u32 calls = list_calls();

		CHECK_EQ(get(steps[i].target)->code, 200);
		if (!CHECK_EQ(list_calls() - calls, steps[i].asks))
			fprintf(stderr, "  %s\n", steps[i].target);
	}
	/* What is kept is the rows, not the page of whoever came first. */
	CHECK(shows(&asks[1], "i_id=192&amp;c_id=3\""));
	CHECK(!shows(&asks[12], "c_id=3"));
	stop();
}

static void test_together(void)
{
	static char target[50][64];
	u32 calls = list_calls(), i, fails;

	CHECK_EQ(start(), 0);
	for (fails = 0; fails < 2; fails++) {
		for (i = 0; i < 50; i++) {
			snprintf(target[i], sizeof(target[i]),
				 "/best_sellers?subject=ARTS&c_id=%u", 1000 + i);
			ask(SL_HTTP_GET, target[i], NULL);
		}
		turn_held();
		CHECK_EQ(the_shop()->counters->held, 49);
		db_fail = fails ? 0 : -EBUSY;
		turn();
		CHECK_EQ(asks_done, ask_count);
		CHECK_EQ(list_calls(), calls + 1 + fails);
		for (i = 0; i < 50; i++) {
			struct ask *a = &asks[i + 50 * fails];
			char link[40];

			CHECK_EQ(a->code, fails ? 200 : 503);
			snprintf(link, sizeof(link), "i_id=96&amp;c_id=%u\"",
				 1000 + i);
			CHECK_EQ(shows(a, link), fails);
		}
	}
	stop();
}

static void test_ages(void)
{
	u32 calls;

	CHECK_EQ(start(), 0);
	get("/new_products?subject=ARTS");
	usleep(1100000);
	CHECK(shows(get("/new_products?subject=ARTS"), "as of 1 seconds ago"));
	stop();

	shop_options.cache_age_ns = 100000000;
	CHECK_EQ(start(), 0);
	calls = list_calls();
	get("/new_products?subject=ARTS");
	usleep(120000);
	get("/new_products?subject=ARTS");
	CHECK_EQ(list_calls(), calls + 2);
	stop();

	/* Nothing may be old: everyone asks, even at the same time. */
	shop_options.cache_age_ns = 0;
	CHECK_EQ(start(), 0);
	ask(SL_HTTP_GET, "/new_products?subject=ARTS", NULL);
	ask(SL_HTTP_GET, "/new_products?subject=ARTS", NULL);
	turn_held();
	turn();
	CHECK_EQ(list_calls(), calls + 4);
	CHECK(shows(&asks[1], "as of 0 seconds ago"));
	stop();
	shop_options.cache_age_ns = 30000000000;
}

/* More lists than entries, one after the other and all at once. */
static void test_room(void)
{
	static const u32 entries[] = { 0, 1, 2, 5 };
	static char target[SL_SHOP_SUBJECTS][64];
	u32 i, k, calls;

	for (k = 0; k < SL_SHOP_SUBJECTS; k++)
		snprintf(target[k], sizeof(target[k]),
			 "/new_products?subject=%s", sl_shop_subject[k]);
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		shop_options.cache_entries = entries[i];
		CHECK_EQ(start(), 0);
		for (k = 0; k < 3 * SL_SHOP_SUBJECTS; k++)
			get(target[k % SL_SHOP_SUBJECTS]);
		/* The one asked for last is there, if there is any room. */
		calls = list_calls();
		get(target[SL_SHOP_SUBJECTS - 1]);
		CHECK_EQ(list_calls() - calls, !entries[i]);
		for (k = 0; k < 2 * SL_SHOP_SUBJECTS; k++)
			ask(SL_HTTP_GET, target[k / 2], NULL);
		turn_held();
		db_reverse = true;
		turn();
		db_reverse = false;
		CHECK_EQ(asks_done, ask_count);
		for (k = 0; k < ask_count; k++) {
			const char *subject = strchr(asks[k].target, '=') + 1;
			char title[64];

			snprintf(title, sizeof(title), "New books: %s</h1>",
				 subject);
			CHECK_EQ(asks[k].code, 200);
			CHECK(shows(&asks[k], title));
		}
		stop();
	}
	shop_options.cache_entries = 16;
}

/* Few events and many requests of all kinds, answered in any order. */
static void test_few_events(u32 events)
{
	static const struct {
		const char *target;
		const char *shows;
	} mix[] = {
		{ "/home?c_id=3", "Ann Smith" },
		{ "/product_detail?i_id=77", "TITLE 77" },
		{ "/images/5000.bmp", NULL },
		{ "/search_results?type=title&q=title+1", "TITLE 100" },
		{ "/customer_registration", "customer_registration" },
		{ "/admin_request?i_id=9", "100%_ PROOF" },
		{ "/product_detail?i_id=999", "Bookstore: error" },
		{ "/new_products?subject=ARTS", "TITLE 192" },
		{ "/images/70000.bmp", NULL },
		{ "/style.css", "body{" },
	};
	u32 i;

	shop_events = events;
	CHECK_EQ(start(), 0);
	db_reverse = true;
	for (i = 0; i < 1000; i++)
		ask(SL_HTTP_GET, mix[i % 10].target, NULL);
	turn();
	db_reverse = false;
	CHECK_EQ(asks_done, 1000);
	for (i = 0; i < 1000; i++) {
		const char *text = mix[i % 10].shows;

		if (text)
			CHECK(shows(&asks[i], text));
		else
			CHECK_EQ(asks[i].bytes, asks[i].content_bytes);
		CHECK_EQ(asks[i].code, i % 10 == 6 ? 404 : 200);
	}
	stop();
	shop_events = 0;
}

/* A page that does not fit is an error; so is an error that does not fit. */
static void test_small_pages(void)
{
	static const u32 bytes[] = { 3000, 2000, 1200, 400 };
	u64 burst = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		struct ask *a;

		web_event_bytes = bytes[i];
		CHECK_EQ(start(), 0);
		a = get("/best_sellers?subject=ARTS");
		if (a->status)
			CHECK(a->bytes + SL_HTTP_HEADROOM <= bytes[i] + 64);
		else
			CHECK(a->code == 500 || a->code == 200);
		if (!a->status && a->code == 500)
			CHECK(shows(a, "Bookstore: error"));
		burst += dropped(SL_SHOP_DROP_PAGE_SIZE);
		stop();
	}
	CHECK(burst >= 2);
	web_event_bytes = 0;
}

static void test_open(void)
{
	shop_event_bytes = 4096;
	CHECK_EQ(start(), -EINVAL);
	shop_event_bytes = 0;
	shop_options.images = "";
	CHECK_EQ(start(), -EINVAL);
	shop_options.images = "images";
}

/* A mistake must be said once, but not by a test that expects it. */
static void quietly(void (*test)(void))
{
	int saved = dup(2), null = open("/dev/null", O_WRONLY);

	dup2(null, 2);
	test();
	dup2(saved, 2);
	close(saved);
	close(null);
}

int main(void)
{
	static const u32 events[] = { 1, 2, 3, 64 };
	u32 i;

	open_shop();
	default_options();
	test_keys();
	test_together();
	test_ages();
	test_room();
	for (i = 0; i < ARRAY_SIZE(events); i++)
		test_few_events(events[i]);
	test_small_pages();
	quietly(test_open);
	close_shop();
	TEST_END();
}
