/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Between the parts of the knowledge base.  Within kb*.c only.
 *
 *   kb_file.c  the file and its tables
 *   kb.c       facts in and out
 *   kb_ask.c   what a person asks
 */
#ifndef SL_KB_OWN_H
#define SL_KB_OWN_H

#include <sqlite3.h>

#include "profiler/kb.h"

struct sl_kb {
	sqlite3 *db;
	char boot[64];		/* "": nothing is known of this machine's */
	char model[64];
	char why[96];		/* the first thing that went wrong; "": nothing */
};

/* Returns a status, and notes what is wrong if it is not the one wanted. */
static inline int sl_kb_note(struct sl_kb *kb, int status, int wanted)
{
	if (status != wanted && !*kb->why)
		snprintf(kb->why, sizeof(kb->why), "%s",
			 sqlite3_errmsg(kb->db));
	return status;
}

static inline int sl_kb_execute(struct sl_kb *kb, const char *sql)
{
	return sl_kb_note(kb, sqlite3_exec(kb->db, sql, NULL, NULL, NULL),
			  SQLITE_OK);
}

#endif /* SL_KB_OWN_H */
