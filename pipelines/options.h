/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Options: text from a person becomes a value in a stage's struct.
 *
 * stages/option.h says what a stage type lets people set; this is the one
 * place that reads such values, and that says how they are written.
 */
#ifndef SL_OPTIONS_H
#define SL_OPTIONS_H

#include "pipelines/tree.h"
#include "stages/option.h"

#define SL_OPTION_WHY_MAX	256

int sl_option_number(const struct sl_option *option, const char *text,
		     u64 *number, char *why);
int sl_option_store(const struct sl_option *option, const char *text,
		    void *options, struct sl_store *store, char *why);
void sl_option_show(const struct sl_option *option, const void *options,
		    char *text, u32 bytes);
void sl_option_range(const struct sl_option *option, char *text, u32 bytes);
const char *sl_option_kind_name(const struct sl_option *option);

#endif /* SL_OPTIONS_H */
