// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any bytes as a query: whatever a form yields keeps to its room, is text,
 * and cannot become a tag when it is written into a page.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stages/web/shop_form.h"
#include "stages/web/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *const names[] = { "q", "type", "sc_id", "qty_1", "" };
static const char *const choices[] = { "AUTHOR", "TITLE", "SUBJECT" };

static void want(bool held)
{
	if (!held)
		abort();
}

static void try_text(const struct sl_form *form, const char *name, u32 room)
{
	char value[256], page[6 * sizeof(value)];
	struct sl_text text;
	u32 i;
	int got;

	memset(value, '#', sizeof(value));
	got = sl_form_text(form, name, value, room);
	want(memchr(value, 0, room) != NULL);
	want(got > 0 ? value[0] != 0 : value[0] == 0);
	for (i = room; i < sizeof(value); i++)
		want(value[i] == '#');

	sl_text_open(&text, page, sizeof(page));
	sl_text_html(&text, value);
	want(sl_text_whole(&text));
	for (i = 0; i < sl_text_bytes(&text); i++)
		want(!strchr("<>\"'", page[i]) && page[i]);
	sl_text_open(&text, page, sizeof(page));
	sl_text_url(&text, value, strlen(value));
	want(sl_text_whole(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct sl_form form = { 0 };
	u32 i, number;
	s64 amount;

	if (bytes > 100000 || sl_form_add(&form, data, bytes) < 0)
		return 0;
	want(form.count <= SL_FORM_FIELDS_MAX);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		try_text(&form, names[i], 1);
		try_text(&form, names[i], 8);
		try_text(&form, names[i], 256);
		if (sl_form_number(&form, names[i], 1000, &number) > 0)
			want(number <= 1000);
		if (sl_form_money(&form, names[i], &amount) > 0)
			want(amount >= 0 && amount < 1000000000);
		if (sl_form_date(&form, names[i], &amount) > 0)
			want(amount % 86400 == 0);
		if (sl_form_choice(&form, names[i], choices, 3, &number) > 0)
			want(number < 3);
	}
	for (i = 0; i < form.count; i++)
		sl_form_name_begins(&form.field[i], "qty_", &number);
	return 0;
}
