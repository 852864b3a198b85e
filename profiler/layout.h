/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Layouts: where dashboards draw stages, in columns from left to right.
 *
 * A stage stands in the column behind the last of those that call it; stages
 * of a column stand in rows, near those who call them.  An edge that passes by
 * other columns has a row for itself there, its lane.  Pure: links in,
 * columns and rows out.
 */
#ifndef SL_LAYOUT_H
#define SL_LAYOUT_H

#include "profiler/stats.h"

#define SL_LAYOUT_EDGES_MAX	512
#define SL_LAYOUT_ROWS_MAX	32	/* what comes below shares the last */

struct sl_layout_edge {
	u16 from, to;		/* stages, by row of the segment */
	s16 requests, replies;	/* links, likewise; -1: none */
	u16 lane;		/* row in the columns between the two */
};

struct sl_layout {
	u32 columns;
	u32 rows;
	u32 stage_count;
	u32 edge_count;
	u16 column[SL_INSTANCES_MAX];	/* by stage */
	u16 row[SL_INSTANCES_MAX];
	struct sl_layout_edge edge[SL_LAYOUT_EDGES_MAX];
};

void sl_layout_make(struct sl_layout *layout, const struct sl_stats *stats);

#endif /* SL_LAYOUT_H */
