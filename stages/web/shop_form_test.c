// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that forms are read as browsers write them and strictly otherwise,
 * and that texts come out fit for HTML, for queries and for people, in
 * whatever room they have.
 */
#include <errno.h>
#include <time.h>

#include "stages/web/shop_form.h"
#include "stages/web/text.h"
#include "tools/test.h"

static struct sl_form form;

static int parse(const char *text)
{
	form.count = 0;
	return sl_form_add(&form, (const u8 *)text, strlen(text));
}

static void test_text(void)
{
	static const struct {
		const char *form;
		int got;
		const char *value;
	} texts[] = {
		{ "", 0, "" },
		{ "a=x", 1, "x" },
		{ "b=1&a=x", 1, "x" },
		{ "a=x&a=y", 1, "x" },
		{ "&&a=x&&", 1, "x" },
		{ "aa=y&a=x", 1, "x" },
		{ "a", 0, "" },
		{ "a=", 0, "" },
		{ "a=&a=x", 0, "" },
		{ "=x", 0, "" },
		{ "%61=x", 1, "x" },
		{ "%6=x&a=y", 1, "y" },
		{ "a=b=c", 1, "b=c" },
		{ "a=x+y%20z", 1, "x y z" },
		{ "a=+x+", 1, "x" },
		{ "a=+%20+", 0, "" },
		{ "a=%3Cb%3e%26%22", 1, "<b>&\"" },
		{ "a=%", -EINVAL, "" },
		{ "a=%4", -EINVAL, "" },
		{ "a=%4&b=1", -EINVAL, "" },
		{ "a=%g0", -EINVAL, "" },
		{ "a=%00", -EINVAL, "" },
		{ "a=x%00y", -EINVAL, "" },
		{ "a=%01", -EINVAL, "" },
		{ "a=%7f", -EINVAL, "" },
		{ "a=x%0d%0a%09y", 1, "x   y" },
		{ "a=0123456", 1, "0123456" },
		{ "a=0123456+", 1, "0123456" },
		{ "a=01234567", -EINVAL, "" },
		{ "a=%C3%A4", 1, "\xc3\xa4" },
		{ "a=%E2%82%AC", 1, "\xe2\x82\xac" },
		{ "a=%F0%9F%93%96", 1, "\xf0\x9f\x93\x96" },
		{ "a=%C3", -EINVAL, "" },
		{ "a=%C3x", -EINVAL, "" },
		{ "a=%A4", -EINVAL, "" },
		{ "a=%C0%AF", -EINVAL, "" },	/* '/' the long way */
		{ "a=%C1%81", -EINVAL, "" },
		{ "a=%E0%80%AF", -EINVAL, "" },
		{ "a=%F0%80%80%AF", -EINVAL, "" },
		{ "a=%ED%A0%80", -EINVAL, "" },	/* half a pair */
		{ "a=%F4%90%80%80", -EINVAL, "" },
		{ "a=%FF", -EINVAL, "" },
		{ "a=%C2%85", -EINVAL, "" },	/* a control character */
	};
	u32 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char value[8];

		CHECK_EQ(parse(texts[i].form), 0);
		if (!CHECK_EQ(sl_form_text(&form, "a", value, sizeof(value)),
			      texts[i].got) ||
		    !CHECK_STR(value, texts[i].value))
			fprintf(stderr, "  in %s\n", texts[i].form);
	}
}

static void test_numbers(void)
{
	static const struct {
		const char *form;
		int number;
		u32 value;
		int money;
		s64 cents;
	} numbers[] = {
		{ "b=1", 0, 0, 0, 0 },
		{ "a=0", 1, 0, 1, 0 },
		{ "a=42", 1, 42, 1, 4200 },
		{ "a=+42+", 1, 42, 1, 4200 },
		{ "a=007", 1, 7, 1, 700 },
		{ "a=1000", 1, 1000, 1, 100000 },
		{ "a=1001", -EINVAL, 0, 1, 100100 },
		{ "a=4294967297", -EINVAL, 0, -EINVAL, 0 },
		{ "a=18446744073709551617", -EINVAL, 0, -EINVAL, 0 },
		{ "a=99999999999999999999999999", -EINVAL, 0, -EINVAL, 0 },
		{ "a=-1", -EINVAL, 0, -EINVAL, 0 },
		{ "a=%2b1", -EINVAL, 0, -EINVAL, 0 },
		{ "a=0x10", -EINVAL, 0, -EINVAL, 0 },
		{ "a=1e2", -EINVAL, 0, -EINVAL, 0 },
		{ "a=1+2", -EINVAL, 0, -EINVAL, 0 },
		{ "a=1.5", -EINVAL, 0, 1, 150 },
		{ "a=12.34", -EINVAL, 0, 1, 1234 },
		{ "a=12.05", -EINVAL, 0, 1, 1205 },
		{ "a=12.345", -EINVAL, 0, -EINVAL, 0 },
		{ "a=12.", -EINVAL, 0, -EINVAL, 0 },
		{ "a=.5", -EINVAL, 0, -EINVAL, 0 },
		{ "a=1.-5", -EINVAL, 0, -EINVAL, 0 },
		{ "a=1.2.3", -EINVAL, 0, -EINVAL, 0 },
		{ "a=9999999.99", -EINVAL, 0, 1, 999999999 },
		{ "a=10000000", -EINVAL, 0, -EINVAL, 0 },
	};
	u32 i, value;
	s64 cents;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		CHECK_EQ(parse(numbers[i].form), 0);
		if (!CHECK_EQ(sl_form_number(&form, "a", 1000, &value),
			      numbers[i].number) ||
		    !CHECK_EQ(value, numbers[i].value) ||
		    !CHECK_EQ(sl_form_money(&form, "a", &cents),
			      numbers[i].money) ||
		    !CHECK_EQ(cents, numbers[i].cents))
			fprintf(stderr, "  in %s\n", numbers[i].form);
	}
}

/* The host's calendar must agree, both ways. */
static void test_dates(void)
{
	static const char *const bad[] = {
		"a=1970-1-1", "a=1970-13-01", "a=1970-00-01", "a=1970-01-00",
		"a=1970-01-32", "a=1970-04-31", "a=1900-02-29", "a=0000-01-01",
		"a=1970/01/01", "a=19700101", "a=1970-01-01T00", "a=yesterday",
	};
	struct sl_text text;
	char shown[16];
	s64 second, got;
	u32 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(parse(bad[i]), 0);
		if (!CHECK_EQ(sl_form_date(&form, "a", &got), -EINVAL))
			fprintf(stderr, "  in %s\n", bad[i]);
	}
	for (second = -62135596800; second < 253402300800;
	     second += 86400 * 1237) {
		char line[32];
		struct tm tm;
		time_t at = second;

		gmtime_r(&at, &tm);
		snprintf(line, sizeof(line), "a=%04d-%02d-%02d",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		CHECK_EQ(parse(line), 0);
		CHECK_EQ(sl_form_date(&form, "a", &got), 1);
		CHECK_EQ(got, second);
		sl_text_open(&text, shown, sizeof(shown) - 1);
		sl_text_date(&text, second + 86399);
		shown[sl_text_bytes(&text)] = 0;
		if (second < 200000000000)
			CHECK_STR(shown, line + 2);
	}
	/* Any number at all is some date. */
	sl_text_open(&text, shown, sizeof(shown));
	sl_text_date(&text, INT64_MAX);
	CHECK_EQ(sl_text_bytes(&text), 10);
	sl_text_open(&text, shown, sizeof(shown));
	sl_text_date(&text, INT64_MIN);
	CHECK(!memcmp(shown, "0001-01-01", 10));
}

static void test_fields(void)
{
	static const char *const choices[] = { "ARTS", "SELF-HELP" };
	static char many[SL_FORM_FIELDS_MAX * 4 + 8];
	static char wide[70000];
	u32 i, number, choice;

	CHECK_EQ(parse("qty_5=1&qty_=2&qty_x=3&qty_4294967296=4&xqty_1=5"
		       "&q%74y_7=6"), 0);
	CHECK(sl_form_name_begins(&form.field[0], "qty_", &number));
	CHECK_EQ(number, 5);
	for (i = 1; i < 5; i++)
		CHECK(!sl_form_name_begins(&form.field[i], "qty_", &number));
	CHECK(sl_form_name_begins(&form.field[5], "qty_", &number));
	CHECK_EQ(number, 7);

	CHECK_EQ(parse("a=self-Help&b=ART&c=ARTSY"), 0);
	CHECK_EQ(sl_form_choice(&form, "a", choices, 2, &choice), 1);
	CHECK_EQ(choice, 1);
	CHECK_EQ(sl_form_choice(&form, "b", choices, 2, &choice), -EINVAL);
	CHECK_EQ(sl_form_choice(&form, "c", choices, 2, &choice), -EINVAL);
	CHECK_EQ(sl_form_choice(&form, "d", choices, 2, &choice), 0);

	for (i = 0; i < SL_FORM_FIELDS_MAX; i++)
		memcpy(many + 4 * i, "a=1&", 4);
	CHECK_EQ(parse(many), 0);
	CHECK_EQ(form.count, SL_FORM_FIELDS_MAX);
	memcpy(many + 4 * i, "b", 2);
	CHECK_EQ(parse(many), -EINVAL);
	memset(wide, 'a', sizeof(wide) - 1);
	CHECK_EQ(parse(wide), -EINVAL);
	CHECK_EQ(sl_form_add(&form, NULL, 0), 0);
}

static void put_all(struct sl_text *text)
{
	sl_text_html(text, "a<b>&\"c\"'\x01\x7f\xc3\xa4");
	sl_text_url(text, "a b&\xc3", 5);
	sl_text_number(text, 0);
	sl_text_number(text, 18446744073709551615ull);
	sl_text_money(text, 5);
	sl_text_money(text, -123456);
	sl_text_money(text, INT64_MIN);
	sl_text_date(text, 0);
}

static void test_writing(void)
{
	static const char want[] = "a&lt;b&gt;&amp;&quot;c&quot;&#39;  \xc3\xa4"
		"a%20b%26%C3018446744073709551615"
		"0.05-1234.56-92233720368547758.081970-01-01";
	char room[sizeof(want) + 64];
	struct sl_text text;
	u32 bytes, k;

	/* In every room there is, from none to plenty. */
	for (bytes = 0; bytes < sizeof(room); bytes++) {
		memset(room, '#', sizeof(room));
		sl_text_open(&text, room, bytes);
		put_all(&text);
		CHECK_EQ(sl_text_whole(&text), bytes >= sizeof(want) - 1);
		CHECK(sl_text_bytes(&text) <= bytes);
		for (k = bytes; k < sizeof(room); k++)
			CHECK_EQ(room[k], '#');
		if (sl_text_whole(&text)) {
			room[sl_text_bytes(&text)] = 0;
			CHECK_STR(room, want);
		}
	}
}

int main(void)
{
	test_text();
	test_numbers();
	test_dates();
	test_fields();
	test_writing();
	TEST_END();
}
