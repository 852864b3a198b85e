// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/shop_form.h"

#define NUMBER_BYTES	24	/* of a number or a date, with its end */

static int hex_digit(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character at *at, which moves on; negative if its coding is bad. */
static int decode_one(const u8 **at, const u8 *end)
{
	int high, low;
	u8 c = *(*at)++;

	if (c == '+')
		return ' ';
	if (c != '%')
		return c;
	if (end - *at < 2)
		return -EINVAL;
	high = hex_digit(*(*at)++);
	low = hex_digit(*(*at)++);
	return high < 0 || low < 0 ? -EINVAL : high << 4 | low;
}

/* How long a character of UTF-8 is, by its first byte; 0: it is none. */
static u32 utf8_bytes(u8 first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* Is this text?  Shortest forms only, no surrogates, no control characters. */
static bool text_is_good(const u8 *text, u32 bytes)
{
	u32 i, k;

	for (i = 0; i < bytes;) {
		u32 more = utf8_bytes(text[i]);

		if (!more || more > bytes - i || text[i] < 0x20 ||
		    text[i] == 0x7f)
			return false;
		for (k = 1; k < more; k++)
			if ((text[i + k] & 0xc0) != 0x80)
				return false;
		if ((text[i] == 0xe0 && text[i + 1] < 0xa0) ||
		    (text[i] == 0xed && text[i + 1] >= 0xa0) ||
		    (text[i] == 0xf0 && text[i + 1] < 0x90) ||
		    (text[i] == 0xf4 && text[i + 1] >= 0x90) ||
		    (text[i] == 0xc2 && text[i + 1] < 0xa0))
			return false;
		i += more;
	}
	return true;
}

/* Decodes without the blanks around it; bytes, or -EINVAL. */
static int decode_text(const struct sl_form_field *field, char *to, u32 room)
{
	const u8 *at = field->value, *end = at + field->value_bytes;
	u32 bytes = 0, kept = 0;

	while (at < end) {
		int c = decode_one(&at, end);

		if (c < 0)
			return -EINVAL;
		/* Lines of a longer text become one. */
		if (c == '\r' || c == '\n' || c == '\t')
			c = ' ';
		/* Blanks may be left out at the beginning and at the end. */
		if (c == ' ' && (!bytes || bytes + 1 == room))
			continue;
		if (bytes + 1 == room)
			return -EINVAL;
		to[bytes++] = c;
		if (c != ' ')
			kept = bytes;
	}
	return text_is_good((u8 *)to, kept) ? (int)kept : -EINVAL;
}

/* A value as text with a zero byte behind it; 1, 0 or -EINVAL. */
static int decode(const struct sl_form_field *field, char *to, u32 room)
{
	int bytes = decode_text(field, to, room);

	to[bytes > 0 ? bytes : 0] = 0;
	return bytes > 0 ? 1 : bytes;
}

/* What follows if a field's name begins like that; NULL if it does not. */
static const u8 *name_after(const struct sl_form_field *field,
			    const char *start)
{
	const u8 *at = field->name, *end = at + field->name_bytes;

	for (; *start; start++)
		if (at == end || decode_one(&at, end) != (u8)*start)
			return NULL;
	return at;
}

/**
 * sl_form_add() - find the fields of a query or a body
 * @form: the form, with count 0 or with the fields found before
 * @chars: as they came; they must stay while the form is used
 * @bytes: how many
 *
 * Return: 0, or -EINVAL if there are too many fields or one is too long.
 */
int sl_form_add(struct sl_form *form, const u8 *chars, u32 bytes)
{
	const u8 *at = chars, *end;

	if (!bytes)
		return 0;
	end = chars + bytes;
	while (at < end) {
		const u8 *stop = memchr(at, '&', end - at);
		const u8 *equals;

		if (!stop)
			stop = end;
		equals = memchr(at, '=', stop - at);
		if (!equals)
			equals = stop;
		if (stop - at > 0xffff)
			return -EINVAL;
		if (stop > at) {
			if (form->count == SL_FORM_FIELDS_MAX)
				return -EINVAL;
			form->field[form->count++] = (struct sl_form_field){
				.name = at, .name_bytes = equals - at,
				.value = equals < stop ? equals + 1 : stop,
				.value_bytes = equals < stop ?
					       stop - equals - 1 : 0,
			};
		}
		at = stop + 1;
	}
	return 0;
}

/**
 * sl_form_find() - the first field of a name
 * @form: the form
 * @name: its name
 *
 * Return: the field, or NULL if there is none.
 */
const struct sl_form_field *sl_form_find(const struct sl_form *form,
					 const char *name)
{
	u32 i;

	for (i = 0; i < form->count; i++) {
		const struct sl_form_field *field = &form->field[i];

		if (name_after(field, name) == field->name + field->name_bytes)
			return field;
	}
	return NULL;
}

/* Digits and nothing else; negative if they are no number up to max. */
static int parse_number(const char *text, u32 max, u32 *number)
{
	u64 value = 0;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + *text - '0';
		if (value > max)
			return -EINVAL;
	}
	*number = value;
	return 1;
}

/**
 * sl_form_name_begins() - is this one of a row of numbered fields?
 * @field: the field
 * @start: how the names of the row begin; a number ends them
 * @number: gets it
 *
 * Return: whether it is one.
 */
bool sl_form_name_begins(const struct sl_form_field *field, const char *start,
			 u32 *number)
{
	const u8 *at = name_after(field, start);
	struct sl_form_field rest;
	char digits[NUMBER_BYTES];

	if (!at)
		return false;
	rest.value = at;
	rest.value_bytes = field->name + field->name_bytes - at;
	return decode(&rest, digits, sizeof(digits)) > 0 &&
	       parse_number(digits, ~0u, number) > 0;
}

/**
 * sl_form_field_number() - a field's value as a number
 * @field: the field
 * @max: what it may be at most
 * @number: gets it
 *
 * Return: 1, 0 or -EINVAL, as above.
 */
int sl_form_field_number(const struct sl_form_field *field, u32 max,
			 u32 *number)
{
	char digits[NUMBER_BYTES];
	int got = decode(field, digits, sizeof(digits));

	*number = 0;
	return got > 0 ? parse_number(digits, max, number) : got;
}

/**
 * sl_form_number() - a number by its field's name
 * @form: the form
 * @name: of the field
 * @max: what it may be at most
 * @number: gets it
 *
 * Return: 1, 0 or -EINVAL, as above.
 */
int sl_form_number(const struct sl_form *form, const char *name, u32 max,
		   u32 *number)
{
	const struct sl_form_field *field = sl_form_find(form, name);

	*number = 0;
	return field ? sl_form_field_number(field, max, number) : 0;
}

/**
 * sl_form_text() - a text by its field's name
 * @form: the form
 * @name: of the field
 * @to: gets it, without blanks around it and with a zero byte behind it
 * @room: bytes there, at least 1
 *
 * Return: 1, 0 or -EINVAL, as above.
 */
int sl_form_text(const struct sl_form *form, const char *name, char *to,
		 u32 room)
{
	const struct sl_form_field *field = sl_form_find(form, name);

	to[0] = 0;
	return field ? decode(field, to, room) : 0;
}

/**
 * sl_form_money() - an amount by its field's name
 * @form: the form
 * @name: of the field
 * @cents: gets it; "12", "12.3" and "12.34" are amounts below ten million
 *
 * Return: 1, 0 or -EINVAL, as above.
 */
int sl_form_money(const struct sl_form *form, const char *name, s64 *cents)
{
	char text[NUMBER_BYTES];
	char *point;
	u32 whole, part = 0;
	int got = sl_form_text(form, name, text, sizeof(text));

	*cents = 0;
	if (got <= 0)
		return got;
	point = strchr(text, '.');
	if (point) {
		*point++ = 0;
		if (!point[0] || (point[1] && point[2]) || point == text + 1 ||
		    parse_number(point, 99, &part) < 0)
			return -EINVAL;
		if (!point[1])
			part *= 10;
	}
	if (parse_number(text, 9999999, &whole) < 0)
		return -EINVAL;
	*cents = 100ll * whole + part;
	return 1;
}

/* Days from 1970 to a day of the Gregorian calendar; years begin in March. */
static s64 days_until(u32 year, u32 month, u32 day)
{
	u32 y = month > 2 ? year : year - 1;
	u32 m = month > 2 ? month - 3 : month + 9;
	u32 of_era = y % 400 * 365 + y % 400 / 4 - y % 400 / 100 +
		     (153 * m + 2) / 5 + day - 1;

	return (s64)(y / 400) * 146097 + of_era - 719468;
}

static u32 days_in(u32 year, u32 month)
{
	if (month == 2)
		return 28 + (year % 4 == 0 &&
			     (year % 100 != 0 || year % 400 == 0));
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/**
 * sl_form_date() - a day by its field's name
 * @form: the form
 * @name: of the field
 * @seconds: gets its first second since 1970; 1970-11-23 is a day
 *
 * Return: 1, 0 or -EINVAL, as above.
 */
int sl_form_date(const struct sl_form *form, const char *name, s64 *seconds)
{
	char text[NUMBER_BYTES];
	u32 year, month, day;
	int got = sl_form_text(form, name, text, sizeof(text));

	*seconds = 0;
	if (got <= 0)
		return got;
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return -EINVAL;
	text[4] = text[7] = 0;
	if (parse_number(text, 9999, &year) < 0 ||
	    parse_number(text + 5, 12, &month) < 0 ||
	    parse_number(text + 8, 31, &day) < 0 || !year || !month || !day ||
	    day > days_in(year, month))
		return -EINVAL;
	*seconds = 86400 * days_until(year, month, day);
	return 1;
}

static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char x = *a >= 'a' && *a <= 'z' ? *a - 32 : *a;

		if (x != *b)
			return false;
	}
	return *a == *b;
}

/**
 * sl_form_choice() - which of some words a field has
 * @form: the form
 * @name: of the field
 * @choices: words in capitals; small letters are as good
 * @count: how many
 * @choice: gets the index
 *
 * Return: 1, 0 or -EINVAL, as above.
 */
int sl_form_choice(const struct sl_form *form, const char *name,
		   const char *const *choices, u32 count, u32 *choice)
{
	char word[32];
	int got = sl_form_text(form, name, word, sizeof(word));

	*choice = 0;
	if (got <= 0)
		return got;
	for (; *choice < count; ++*choice)
		if (same_word(word, choices[*choice]))
			return 1;
	*choice = 0;
	return -EINVAL;
}
