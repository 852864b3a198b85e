/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The loader: a pipeline file becomes a graph.
 *
 *	loaded = sl_load_file(&site, "pipelines/tpcw.yaml", set, &complaint);
 *	if (!loaded)
 *		errx(1, "%s", complaint.text);
 *	pipeline = sl_pipeline_open(&loaded->graph, ...);
 *	...
 *	sl_loaded_close(loaded);
 *
 * A file that loads can run as far as a file can tell: every key is known,
 * every value has its kind and range, ports fit, no request can come back to
 * its caller, and the CPUs named are there.  Anything else is one complaint.
 * sluice-pipeline(5) describes the format for people.
 *
 * Overrides have the form of the command line: "net.listen=127.0.0.1:80" for
 * a stage, "*.core=0" for every stage that has the option, "fuse=none" for
 * what stands outside of stages.  The last one wins.
 */
#ifndef SL_LOAD_H
#define SL_LOAD_H

#include "pipelines/tree.h"
#include "sched/graph.h"

/* What files may refer to. */
struct sl_load_site {
	const struct sl_stage_type *const *types;	/* NULL-terminated */
	const u16 *cpus;
	u32 cpu_count;
	/* why a CPU is not among them; NULL, or returns it: nobody knows */
	const char *(*absent)(u16 cpu);
};

struct sl_loaded {
	struct sl_graph graph;	/* what its options point to is in the store */
	struct sl_store store;
};

/* What a file may set outside of stages, and for any stage; for the manual. */
extern const struct sl_option sl_load_file_options[];
extern const struct sl_option sl_load_stage_options[];

struct sl_loaded *sl_load_file(const struct sl_load_site *site,
			       const char *path, const char *const *set,
			       struct sl_complaint *complaint);
struct sl_loaded *sl_load_text(const struct sl_load_site *site,
			       const char *name, const char *text, size_t bytes,
			       const char *const *set,
			       struct sl_complaint *complaint);
void sl_loaded_close(struct sl_loaded *loaded);

#endif /* SL_LOAD_H */
