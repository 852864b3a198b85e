/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Complaints: the one line a person gets about a mistake in a pipeline file.
 *
 *	shop.yaml:7:10: unknown option 'lisen'; did you mean 'listen'?
 *
 * Where, what, and how to mend it.  The first complaint stays, as what follows
 * a mistake is often its consequence.  Whatever the file holds, the line is
 * one line, printable, and of bounded length.
 */
#ifndef SL_COMPLAINT_H
#define SL_COMPLAINT_H

#include <linux/types.h>

#define SL_COMPLAINT_MAX	512

/* How much of somebody's text is shown: printf("%.*s", SL_SHOW(text)). */
#define SL_SHOW(text)		40, (text)

/* Where something was said; line 0 if origin has no lines, as --set. */
struct sl_spot {
	const char *origin;
	u32 line;
	u32 column;
};

struct sl_complaint {
	char text[SL_COMPLAINT_MAX];
};

int sl_complain(struct sl_complaint *complaint, const struct sl_spot *spot,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Finds the word that was meant among those there are:
 *
 *	sl_nearest_start(&nearest, "lisen");
 *	sl_nearest_try(&nearest, "listen");	for each there is
 *	sl_complain(..., "unknown option 'lisen'%s", sl_nearest_hint(&nearest));
 */
struct sl_nearest {
	const char *word;
	const char *best;
	u32 distance;
	char known[200];
	char hint[240];
};

void sl_nearest_start(struct sl_nearest *nearest, const char *word);
void sl_nearest_try(struct sl_nearest *nearest, const char *candidate);
const char *sl_nearest_hint(struct sl_nearest *nearest);

#endif /* SL_COMPLAINT_H */
