/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Forms: the fields of a query or of a body in
 * application/x-www-form-urlencoded.
 *
 * sl_form_add() only finds where fields begin and end; names and values stay
 * where they are and as they came, and are decoded when they are asked for.
 * The first of several fields of one name counts.  A field without a value
 * counts as not there, for that is what browsers send for an empty input.
 *
 * Everything asked for yields a value, 0 fields, or a refusal:
 *
 *   1	it was there and is good
 *   0	it was not there; what was to be filled in is 0 or ""
 *   -EINVAL	bad coding, no UTF-8, a control character, no number, or too
 *		long for its field
 */
#ifndef SL_SHOP_FORM_H
#define SL_SHOP_FORM_H

#include <linux/types.h>

/* A cart's page has two fields for each form and one for each line. */
#define SL_FORM_FIELDS_MAX	96

struct sl_form_field {
	const u8 *name;
	const u8 *value;
	u16 name_bytes;
	u16 value_bytes;
};

struct sl_form {
	u32 count;
	struct sl_form_field field[SL_FORM_FIELDS_MAX];
};

int sl_form_add(struct sl_form *form, const u8 *chars, u32 bytes);
const struct sl_form_field *sl_form_find(const struct sl_form *form,
					 const char *name);
bool sl_form_name_begins(const struct sl_form_field *field, const char *start,
			 u32 *number);
int sl_form_field_number(const struct sl_form_field *field, u32 max,
			 u32 *number);
int sl_form_number(const struct sl_form *form, const char *name, u32 max,
		   u32 *number);
int sl_form_text(const struct sl_form *form, const char *name, char *to,
		 u32 room);
int sl_form_money(const struct sl_form *form, const char *name, s64 *cents);
int sl_form_date(const struct sl_form *form, const char *name, s64 *seconds);
int sl_form_choice(const struct sl_form *form, const char *name,
		   const char *const *choices, u32 count, u32 *choice);

#endif /* SL_SHOP_FORM_H */
