/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Options of the sqlite stage; public for graphs that are made by hand. */
#ifndef SL_SQLITE_H
#define SL_SQLITE_H

#include <linux/types.h>

struct sl_schema;

enum { SL_SQLITE_FULL, SL_SQLITE_NORMAL };	/* sync */

struct sl_sqlite_options {
	const char *schema;
	const char *file;	/* "": the schema's */
	u64 readers;
	u64 cache_bytes;	/* of each connection */
	u64 pool_bytes;		/* of pages, for all of them; 0: none */
	u64 sync;
	u64 group_max;		/* writes in one transaction */
	u64 checkpoint;		/* pages of WAL from which it is due */
	u64 busy_ns;
	const struct sl_schema *given;	/* instead of one that has a name */
};

#endif /* SL_SQLITE_H */
