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
 *   sl_kb_open(), sl_kb_of()      whose facts these are
 *   sl_kb_begin() ... sl_kb_end() around all that one run writes
 *   sl_kb_distances(), sl_kb_weight()  what earlier runs have written
 *
 * A pipeline that cannot write or read them runs all the same.  Files that
 * earlier versions made are brought up to date when facts are written, and
 * until then hold nothing that could be read back; those of later versions
 * are left alone, but a person may ask either.
 */
#ifndef SL_KB_H
#define SL_KB_H

#include <stdio.h>

#include "profiler/report.h"

struct sl_kb;

enum sl_kb_mode {
	SL_KB_ASK,	/* any file, for sl_kb_ask() alone */
	SL_KB_READ,	/* facts; what is there must be of this version */
	SL_KB_WRITE,	/* likewise; made if it is not there */
};

/* What is known of a CPU; -1: nothing. */
struct sl_kb_cpu {
	u32 cpu;
	s32 core, package, node;
	s32 kind;		/* CPUs of one kind are alike */
	u32 speed;		/* per mille of the fastest; 0: not known */
};

int sl_kb_path(char *path, size_t bytes);
struct sl_kb *sl_kb_open(const char *path, enum sl_kb_mode mode,
			 const char **why);
void sl_kb_of(struct sl_kb *kb, const char *boot, const char *model);
void sl_kb_close(struct sl_kb *kb);

int sl_kb_begin(struct sl_kb *kb);
int sl_kb_end(struct sl_kb *kb, int err);
const char *sl_kb_why(const struct sl_kb *kb);
int sl_kb_cpu(struct sl_kb *kb, const struct sl_kb_cpu *cpu);
int sl_kb_distance(struct sl_kb *kb, u32 from, u32 to, u32 trip_ns,
		   const char *joint);
int sl_kb_report(struct sl_kb *kb, const struct sl_report *report,
		 const struct sl_stats *stats);

int sl_kb_distances(struct sl_kb *kb,
		    void (*found)(void *arg, u32 from, u32 to, u32 trip_ns),
		    void *arg);
u32 sl_kb_weight(struct sl_kb *kb, const char *pipeline, const char *stage,
		 const char *type);

int sl_kb_ask(struct sl_kb *kb, const char *query, bool json, FILE *out,
	      const char **why);

#endif /* SL_KB_H */
