/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Drafts: a pipeline file half way to a graph.  Within the loader only.
 *
 *   load.c   the order of things, and reading files
 *   set.c    overrides change the tree before it is looked at
 *   fill.c   keys and values, stages and their options
 *   place.c  option core
 *   join.c   path, edges, fuse and transfer become edges
 *   bond.c   options near, apart and max; can the plan change
 *   lane.c   how many lanes there are
 *   fault.c  what is wrong with the whole
 *
 * Each step returns 0 or a negative errno, having complained.
 */
#ifndef SL_DRAFT_H
#define SL_DRAFT_H

#include "pipelines/load.h"
#include "pipelines/options.h"

/* A stage that the file mentions, in the order of the graph. */
struct sl_draft_stage {
	const char *name;
	struct sl_spot spot;	/* where it is described, or else mentioned */
	struct sl_node *node;	/* its map of options, or NULL */
};

struct sl_draft {
	const struct sl_load_site *site;
	struct sl_complaint *complaint;
	struct sl_graph *graph;
	struct sl_store *store;
	const char *const *set;
	struct sl_spot start;	/* of the file, for what is missing in it */
	struct sl_node *root;
	u32 stage_count;
	struct sl_draft_stage stage[SL_GRAPH_STAGES_MAX];
};

/* fill.c */
int sl_draft_check_keys(struct sl_draft *draft);
int sl_draft_fill_file(struct sl_draft *draft);
int sl_draft_fill_stages(struct sl_draft *draft);
int sl_draft_text(struct sl_draft *draft, const struct sl_node *node,
		  const char *key);
const struct sl_stage_type *sl_draft_type(struct sl_draft *draft, u32 stage);
bool sl_draft_is_name(const char *name);
int sl_draft_no_memory(struct sl_draft *draft);

/* place.c */
int sl_draft_place(struct sl_draft *draft, struct sl_graph_stage *stage,
		   const struct sl_node *node);

/* join.c */
int sl_draft_collect(struct sl_draft *draft);
int sl_draft_find(struct sl_draft *draft, const char *name);
int sl_draft_join(struct sl_draft *draft);
int sl_draft_fuse(struct sl_draft *draft);
int sl_draft_transfer(struct sl_draft *draft);

/* bond.c */
int sl_draft_bond(struct sl_draft *draft);
int sl_draft_schedule(struct sl_draft *draft);

/* lane.c */
int sl_draft_lanes(struct sl_draft *draft);

/* fault.c */
int sl_draft_check(struct sl_draft *draft);

/* set.c */
int sl_draft_set_file(struct sl_draft *draft);
int sl_draft_set_stages(struct sl_draft *draft);

#endif /* SL_DRAFT_H */
