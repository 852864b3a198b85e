/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Lines for people, put together where there is no printf().
 */
#ifndef SL_TEXT_H
#define SL_TEXT_H

#include <linux/types.h>

/* What does not fit is cut off; it ends with a 0 in any case. */
struct sl_text {
	char *at;
	u32 bytes;
	u32 used;
};

static inline void sl_text_add(struct sl_text *text, const char *what)
{
	while (*what && text->used + 1 < text->bytes)
		text->at[text->used++] = *what++;
	if (text->bytes)
		text->at[text->used] = 0;
}

static inline void sl_text_number(struct sl_text *text, u32 number)
{
	char digits[12];
	char *at = &digits[sizeof(digits) - 1];

	*at = 0;
	do
		*--at = '0' + number % 10;
	while (number /= 10);
	sl_text_add(text, at);
}

#endif /* SL_TEXT_H */
