/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The knowledge base: what has been measured, as facts in SQLite that a person
 * can ask for with `sluice kb "SELECT ..."`.
 *
 * Facts of this machine: its CPUs, how far they are from each other.  Facts of
 * each pipeline that ran: what its stages cost, how many events crossed each
 * edge, and which plans it had.  Facts are replaced when they are measured
 * again; plans are history, of which the latest are kept.
 *
 * A pipeline that cannot write them runs all the same.
 */
#ifndef SL_KB_H
#define SL_KB_H

#include <stdio.h>

#include "profiler/report.h"

struct sl_kb;

int sl_kb_path(char *path, size_t bytes);
struct sl_kb *sl_kb_open(const char *path, bool write, const char **why);
void sl_kb_close(struct sl_kb *kb);

int sl_kb_cpu(struct sl_kb *kb, u32 cpu, u32 node, u32 speed);
int sl_kb_distance(struct sl_kb *kb, u32 from, u32 to, u32 trip_ns);
int sl_kb_report(struct sl_kb *kb, const struct sl_report *report,
		 const struct sl_stats *stats);

int sl_kb_ask(struct sl_kb *kb, const char *query, bool json, FILE *out,
	      const char **why);

#endif /* SL_KB_H */
