/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Options: what a stage lets people set in a pipeline file.
 *
 * A stage type describes each option once, in a table; the loader, `sluice
 * check`, the help and the manual all read it.  The loader fills in a struct
 * of the stage's own, at `offset`, with the default or the value set.
 */
#ifndef SL_OPTION_H
#define SL_OPTION_H

#include <linux/types.h>

enum sl_option_kind {
	SL_OPTION_NUMBER,	/* u64 */
	SL_OPTION_BYTES,	/* u64; 64K, 1M, 2G */
	SL_OPTION_DURATION,	/* u64 nanoseconds; 50us, 10ms, 30s */
	SL_OPTION_BOOL,		/* bool */
	SL_OPTION_STRING,	/* const char * */
	SL_OPTION_PATH,		/* const char *; relative to where sluice runs */
	SL_OPTION_ADDRESS,	/* const char *; "127.0.0.1:8080", "[::1]:80" */
	SL_OPTION_CHOICE,	/* u64, index into choices */
};

struct sl_option {
	const char *name;	/* NULL ends the table */
	enum sl_option_kind kind;
	u32 offset;		/* within the stage's options */
	u64 min, max;		/* of numbers, bytes, durations; inclusive */
	const char *standard;	/* default as a person would write it; NULL: required */
	const char *const *choices;	/* NULL-terminated */
	const char *help;	/* one line */
};

#endif /* SL_OPTION_H */
