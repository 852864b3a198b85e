// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pipelines/complaint.h"

/* Longer words are not names of ours, whatever was meant. */
#define WORD_MAX 31

/* Bytes of a well-formed, visible UTF-8 character; 0 if there is none. */
static u32 character_bytes(const unsigned char *at)
{
	u32 bytes, i;

	if (at[0] >= 0x20 && at[0] < 0x7f)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	bytes = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < bytes; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Terminals obey the controls of Latin 1, too. */
	return at[0] == 0xc2 && at[1] < 0xa0 ? 0 : bytes;
}

/* A file may hold anything; what reaches a terminal may not. */
static void make_printable(char *text)
{
	u32 bytes;

	while (*text) {
		bytes = character_bytes((const unsigned char *)text);
		if (!bytes)
			*text = '?';
		text += bytes ? bytes : 1;
	}
}

/**
 * sl_complain() - say what is wrong, unless something was said already
 * @complaint: where to put it
 * @spot: where the mistake is
 * @format: as printf(): what is wrong; how to mend it
 *
 * Return: -EINVAL, for the caller to return.
 */
int sl_complain(struct sl_complaint *complaint, const struct sl_spot *spot,
		const char *format, ...)
{
	char *text = complaint->text;
	size_t used;
	va_list args;

	if (text[0])
		return -EINVAL;
	if (spot->line)
		snprintf(text, SL_COMPLAINT_MAX, "%.200s:%u:%u: ", spot->origin,
			 spot->line, spot->column);
	else
		snprintf(text, SL_COMPLAINT_MAX, "%.200s: ", spot->origin);
	used = strlen(text);
	va_start(args, format);
	vsnprintf(text + used, SL_COMPLAINT_MAX - used, format, args);
	va_end(args);
	make_printable(text);
	return -EINVAL;
}

/**
 * sl_nearest_start() - begin to look for what was meant
 * @nearest: state of the search
 * @word: what was written; kept by pointer
 */
void sl_nearest_start(struct sl_nearest *nearest, const char *word)
{
	memset(nearest, 0, sizeof(*nearest));
	nearest->word = word;
	nearest->distance = ~0u;
}

static u32 least(u32 a, u32 b)
{
	return a < b ? a : b;
}

/*
 * Typing errors between two words: letters missing, added, wrong, or swapped
 * with their neighbour (optimal string alignment, three rows).
 */
static u32 distance_of(const char *a, const char *b)
{
	u32 row[3][WORD_MAX + 1];
	u32 a_length = strlen(a), b_length = strlen(b);
	u32 i, j;

	for (j = 0; j <= b_length; j++)
		row[0][j] = j;
	for (i = 1; i <= a_length; i++) {
		u32 *now = row[i % 3];
		u32 *before = row[(i + 2) % 3];

		now[0] = i;
		for (j = 1; j <= b_length; j++) {
			now[j] = before[j - 1] + (a[i - 1] != b[j - 1]);
			now[j] = least(now[j], before[j] + 1);
			now[j] = least(now[j], now[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j],
					       row[(i + 1) % 3][j - 2] + 1);
		}
	}
	return row[a_length % 3][b_length];
}

/**
 * sl_nearest_try() - compare with a word that there is
 * @nearest: state of the search
 * @candidate: the word; kept by pointer
 */
void sl_nearest_try(struct sl_nearest *nearest, const char *candidate)
{
	size_t used = strlen(nearest->known);
	size_t length = strlen(candidate);
	u32 distance;

	if (used + length + 8 < sizeof(nearest->known))
		sprintf(nearest->known + used, "%s%s", used ? ", " : "",
			candidate);
	else if (used && nearest->known[used - 1] != '.')
		strcat(nearest->known, ", ...");

	if (length > WORD_MAX || strlen(nearest->word) > WORD_MAX)
		return;
	distance = distance_of(nearest->word, candidate);
	/* One error in three letters; more is another word. */
	if (distance < nearest->distance && distance <= (length + 2) / 3) {
		nearest->distance = distance;
		nearest->best = candidate;
	}
}

/**
 * sl_nearest_hint() - how to mend the word
 * @nearest: state of the search, everything tried
 *
 * Return: "; did you mean ...?", or a list of what there is.
 */
const char *sl_nearest_hint(struct sl_nearest *nearest)
{
	if (nearest->best)
		snprintf(nearest->hint, sizeof(nearest->hint),
			 "; did you mean '%s'?", nearest->best);
	else if (nearest->known[0])
		snprintf(nearest->hint, sizeof(nearest->hint),
			 "; known here: %s", nearest->known);
	return nearest->hint;
}
