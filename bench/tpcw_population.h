/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_POPULATION_H
#define BENCH_TPCW_POPULATION_H

/*
 * A bookstore's directory: the database and the pictures, ready to be served.
 *
 * Both calls make DIR.part and rename it to DIR once everything is on disk:
 * a directory of the right name is whole, whatever interrupted its making.
 */
#include <stdio.h>

#include <linux/types.h>
#include "bench/tpcw_model.h"

/**
 * sl_tpcw_populate() - make a bookstore, unless it is there already
 * @dir: directory to make; its parent exists
 * @items: books, as for sl_tpcw_model_create()
 * @browsers: emulated browsers that it is made for
 * @seed: the same seed gives the same rows
 * @progress: gets a line for each table; NULL for silence
 *
 * Two processes may call this for one directory at once: the second waits
 * and finds it done.
 *
 * Return: 0, also if DIR holds just this population; -EEXIST if it holds
 * something else; another negative errno, and a line on stderr, if it could
 * not be made.
 */
int sl_tpcw_populate(const char *dir, u32 items, u32 browsers, u64 seed,
		     FILE *progress);

/**
 * sl_tpcw_population_read() - what is in a bookstore's directory?
 * @dir: directory with a shop.db
 *
 * Return: the model of its population, to be destroyed by the caller; NULL
 * with errno if there is none, or one of another format (EPROTO).
 */
struct sl_tpcw_model *sl_tpcw_population_read(const char *dir);

/**
 * sl_tpcw_copy() - a working copy of a bookstore to which nobody writes
 * @from: directory to copy
 * @to: directory to make
 *
 * The database is copied with its log, if it has one.  The database's blocks are shared until written where the file system can
 * do that.  Pictures are hard links, as the shop never writes to them, or
 * copies where links cannot be made.
 *
 * Return: 0 or a negative errno; @to is not there then.
 */
int sl_tpcw_copy(const char *from, const char *to);

/* Removes a bookstore's directory and what such a directory may hold. */
int sl_tpcw_remove(const char *dir);

#endif
