/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Explanations: what a pipeline file amounts to, before it runs.
 *
 *   sl_explain_print()    graph and plan, for people
 *   sl_explain_json()     the same as one JSON object
 *   sl_explain_options()  what a file may set, from the tables of the types
 */
#ifndef SL_EXPLAIN_H
#define SL_EXPLAIN_H

#include <stdio.h>

#include "pipelines/load.h"
#include "sched/plan.h"

void sl_explain_print(const struct sl_graph *graph, const struct sl_plan *plan,
		      FILE *out);
void sl_explain_json(const struct sl_graph *graph, const struct sl_plan *plan,
		     FILE *out);
int sl_explain_options(const struct sl_load_site *site, const char *type,
		       FILE *out);

#endif /* SL_EXPLAIN_H */
