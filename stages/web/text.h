/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Text that grows in a given room.
 *
 * What does not fit is left out and remembered, so a page is written from one
 * end to the other without a question, and asked at its end whether it is
 * whole: sl_text_whole().  Nothing is ever written outside the room.
 *
 *   sl_text_open()     begin in a room
 *   sl_text_put()      bytes as they are
 *   sl_text_say()      a string literal or a string as it is
 *   sl_text_html()     what somebody wrote, fit for HTML and its attributes
 *   sl_text_url()      likewise, fit for a value in a query
 *   sl_text_number()   in decimal
 *   sl_text_money()    cents as 12.34
 *   sl_text_date()     seconds since 1970 as 2025-01-01
 */
#ifndef SL_TEXT_H
#define SL_TEXT_H

#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

struct sl_text {
	u8 *start;
	u8 *at;
	u8 *end;
	bool burst;		/* something did not fit */
};

void sl_text_html(struct sl_text *text, const char *string);
void sl_text_url(struct sl_text *text, const char *chars, u32 bytes);
void sl_text_number(struct sl_text *text, u64 number);
void sl_text_money(struct sl_text *text, s64 cents);
void sl_text_date(struct sl_text *text, s64 seconds);

/**
 * sl_text_open() - begin an empty text
 * @text: the text
 * @room: where it goes
 * @bytes: how many there are
 */
static inline void sl_text_open(struct sl_text *text, void *room, u32 bytes)
{
	text->start = room;
	text->at = room;
	text->end = text->start + bytes;
	text->burst = false;
}

/**
 * sl_text_put() - append bytes, all or none of them
 * @text: the text
 * @from: the bytes
 * @bytes: how many
 */
static inline void sl_text_put(struct sl_text *text, const void *from,
			       u32 bytes)
{
	if (unlikely(bytes > text->end - text->at)) {
		text->burst = true;
		return;
	}
	memcpy(text->at, from, bytes);
	text->at += bytes;
}

/**
 * sl_text_say() - append a string as it is
 * @text: the text
 * @string: of the shop's own; the compiler knows a literal's length
 */
static inline void sl_text_say(struct sl_text *text, const char *string)
{
	sl_text_put(text, string, strlen(string));
}

/**
 * sl_text_bytes() - length so far
 * @text: the text
 */
static inline u32 sl_text_bytes(const struct sl_text *text)
{
	return text->at - text->start;
}

/**
 * sl_text_whole() - has everything found room?
 * @text: the text
 */
static inline bool sl_text_whole(const struct sl_text *text)
{
	return !text->burst;
}

#endif /* SL_TEXT_H */
