// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>

#include "stages/web/text.h"

/*
 * What HTML would take for its own, quotes included: values stand in quotes.
 * Control characters have no place in a page; they become blanks.
 */
static const char *const html_of[256] = {
	['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;",
	['\''] = "&#39;", [0x7f] = " ",
	[1] = " ", [2] = " ", [3] = " ", [4] = " ", [5] = " ", [6] = " ",
	[7] = " ", [8] = " ", [9] = " ", [10] = "\n", [11] = " ", [12] = " ",
	[13] = " ", [14] = " ", [15] = " ", [16] = " ", [17] = " ", [18] = " ",
	[19] = " ", [20] = " ", [21] = " ", [22] = " ", [23] = " ", [24] = " ",
	[25] = " ", [26] = " ", [27] = " ", [28] = " ", [29] = " ", [30] = " ",
	[31] = " ",
};

/**
 * sl_text_html() - append a string that somebody wrote
 * @text: the text
 * @string: UTF-8 from a form or the database, ending in a zero byte
 *
 * Good between tags and within quoted attributes.
 */
void sl_text_html(struct sl_text *text, const char *string)
{
	const u8 *from = (const u8 *)string;
	u8 *at = text->at;

	/* Most of it is plain; only what is not costs a call. */
	for (; *from; from++) {
		if (likely(!html_of[*from])) {
			if (unlikely(at == text->end)) {
				text->burst = true;
				break;
			}
			*at++ = *from;
			continue;
		}
		text->at = at;
		sl_text_say(text, html_of[*from]);
		at = text->at;
	}
	text->at = at;
}

static bool stands_for_itself(u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

/**
 * sl_text_url() - append percent-encoded bytes
 * @text: the text
 * @chars: a value for a query
 * @bytes: its length
 */
void sl_text_url(struct sl_text *text, const char *chars, u32 bytes)
{
	static const char hex[] = "0123456789ABCDEF";
	u32 i;

	for (i = 0; i < bytes; i++) {
		u8 c = chars[i];
		char coded[3] = { '%', hex[c >> 4], hex[c & 15] };

		if (stands_for_itself(c))
			sl_text_put(text, &c, 1);
		else
			sl_text_put(text, coded, sizeof(coded));
	}
}

/**
 * sl_text_number() - append a number in decimal
 * @text: the text
 * @number: the number
 */
void sl_text_number(struct sl_text *text, u64 number)
{
	char digits[20];
	u32 at = sizeof(digits);

	do {
		digits[--at] = '0' + number % 10;
		number /= 10;
	} while (number);
	sl_text_put(text, digits + at, sizeof(digits) - at);
}

static void put_two(struct sl_text *text, u32 number)
{
	char two[2] = { '0' + number / 10 % 10, '0' + number % 10 };

	sl_text_put(text, two, sizeof(two));
}

/**
 * sl_text_money() - append an amount
 * @text: the text
 * @cents: hundredths; 1234 becomes 12.34
 */
void sl_text_money(struct sl_text *text, s64 cents)
{
	u64 amount = cents < 0 ? -(u64)cents : (u64)cents;

	if (cents < 0)
		sl_text_say(text, "-");
	sl_text_number(text, amount / 100);
	sl_text_say(text, ".");
	put_two(text, amount % 100);
}

/* No date that a form or a clock could mean is further from 1970. */
#define SECONDS_MAX	(200000000000ll)

/**
 * sl_text_date() - append the day of a time
 * @text: the text
 * @seconds: since 1970; times of other millennia are shown as the nearest
 *	     that is not
 *
 * Counts in years that begin in March, so that the leap day comes last.
 */
void sl_text_date(struct sl_text *text, s64 seconds)
{
	s64 within = clamp_t(s64, seconds, -62135596800ll, SECONDS_MAX);
	/* Since 1 March of the year 0, always positive. */
	u32 days = (u64)(within + 719468ll * 86400) / 86400;
	u32 era = days / 146097, of_era = days % 146097;
	u32 years = (of_era - of_era / 1460 + of_era / 36524 -
		     of_era / 146096) / 365;
	u32 of_year = of_era - (365 * years + years / 4 - years / 100);
	u32 month = (5 * of_year + 2) / 153;
	u32 day = of_year - (153 * month + 2) / 5 + 1;
	u32 year = era * 400 + years + (month >= 10);

	put_two(text, year / 100);
	put_two(text, year);
	sl_text_say(text, "-");
	put_two(text, month < 10 ? month + 3 : month - 9);
	sl_text_say(text, "-");
	put_two(text, day);
}
