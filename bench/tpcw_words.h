/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_WORDS_H
#define BENCH_TPCW_WORDS_H

/*
 * The words and names that a population is made of.
 *
 * They are letters alone: none needs escaping in HTML, in SQL or in a query.
 */
#include "bench/tpcw_model.h"

extern const char *const sl_tpcw_names[];
extern const u32 sl_tpcw_names_count;
extern const char *const sl_tpcw_surnames[];
extern const u32 sl_tpcw_surnames_count;
extern const char *const sl_tpcw_vocabulary[];
extern const u32 sl_tpcw_vocabulary_count;

#endif
