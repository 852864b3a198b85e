/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_ROWS_H
#define BENCH_TPCW_ROWS_H

/*
 * Writes a population's rows into a new database.
 */
#include <stdio.h>

#include <linux/types.h>
#include "bench/tpcw_model.h"

/**
 * sl_tpcw_rows_write() - create a database file with all rows and indexes
 * @path: file to create; not there yet
 * @model: the rows
 * @progress: gets a line for each table; NULL for silence
 *
 * Return: 0 with the file on disk, in WAL mode and without a log; -EIO after
 * a line on stderr that says what SQLite did not like.
 */
int sl_tpcw_rows_write(const char *path, const struct sl_tpcw_model *model,
		       FILE *progress);

#endif
