// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <string.h>

#include <linux/kernel.h>

#include "profiler/layout.h"

/* Rows that are taken, by column, as bits. */
struct taken {
	u32 rows[SL_INSTANCES_MAX];
};

/* Joins the two directions of an edge, whichever comes first. */
static void find_edges(struct sl_layout *layout, const struct sl_stats *stats)
{
	u32 i, e;

	for (i = 0; i < stats->link_count; i++) {
		const struct sl_stats_link *link = sl_stats_link(stats, i);
		u32 from = link->right ? link->from : link->to;
		u32 to = link->right ? link->to : link->from;
		struct sl_layout_edge *edge;

		for (e = 0; e < layout->edge_count; e++) {
			edge = &layout->edge[e];
			if (edge->from == from && edge->to == to &&
			    (link->right ? edge->requests : edge->replies) < 0)
				break;
		}
		edge = &layout->edge[e];
		if (e == SL_LAYOUT_EDGES_MAX)
			continue;
		if (e == layout->edge_count) {
			*edge = (struct sl_layout_edge){ from, to, -1, -1, 0 };
			layout->edge_count++;
		}
		*(link->right ? &edge->requests : &edge->replies) = i;
	}
}

/* As many rounds as there are stages; more would mean that edges go round. */
static void find_columns(struct sl_layout *layout)
{
	u32 left = layout->stage_count;
	bool changed = true;
	u32 i;

	while (changed && left--) {
		changed = false;
		for (i = 0; i < layout->edge_count; i++) {
			const struct sl_layout_edge *edge = &layout->edge[i];
			u32 least = layout->column[edge->from] + 1;

			if (layout->column[edge->to] >= least ||
			    least >= layout->stage_count)
				continue;
			layout->column[edge->to] = least;
			changed = true;
		}
	}
	for (i = 0; i < layout->stage_count; i++)
		layout->columns = max_t(u32, layout->columns,
					layout->column[i] + 1u);
}

/* The middle of its callers' rows, which have theirs already. */
static u32 wanted_row(const struct sl_layout *layout, u32 stage)
{
	u32 sum = 0, count = 0;
	u32 i;

	for (i = 0; i < layout->edge_count; i++)
		if (layout->edge[i].to == stage &&
		    layout->column[layout->edge[i].from] <
		    layout->column[stage]) {
			sum += layout->row[layout->edge[i].from];
			count++;
		}
	return count ? sum / count : 0;
}

static u32 nearest_free(u32 taken, u32 wanted)
{
	u32 by;

	for (by = 0; by < SL_LAYOUT_ROWS_MAX; by++) {
		if (wanted >= by && !(taken & 1u << (wanted - by)))
			return wanted - by;
		if (wanted + by < SL_LAYOUT_ROWS_MAX &&
		    !(taken & 1u << (wanted + by)))
			return wanted + by;
	}
	return SL_LAYOUT_ROWS_MAX - 1;
}

static void find_rows(struct sl_layout *layout, struct taken *taken)
{
	u32 column, i;

	for (column = 0; column < layout->columns; column++)
		for (i = 0; i < layout->stage_count; i++) {
			if (layout->column[i] != column)
				continue;
			layout->row[i] = nearest_free(taken->rows[column],
						      wanted_row(layout, i));
			taken->rows[column] |= 1u << layout->row[i];
		}
}

static void find_lane(const struct sl_layout *layout,
		      struct sl_layout_edge *edge, struct taken *taken)
{
	u32 first = layout->column[edge->from] + 1;
	u32 end = layout->column[edge->to];
	u32 all = 0;
	u32 column;

	edge->lane = layout->row[edge->from];
	for (column = first; column < end; column++)
		all |= taken->rows[column];
	if (first >= end)
		return;
	edge->lane = nearest_free(all, edge->lane);
	for (column = first; column < end; column++)
		taken->rows[column] |= 1u << edge->lane;
}

/**
 * sl_layout_make() - find columns, rows and lanes
 * @layout: to be made
 * @stats: a snapshot that was checked
 */
void sl_layout_make(struct sl_layout *layout, const struct sl_stats *stats)
{
	struct taken taken = { 0 };
	u32 i;

	memset(layout, 0, sizeof(*layout));
	layout->stage_count = stats->stage_count;
	find_edges(layout, stats);
	find_columns(layout);
	find_rows(layout, &taken);
	for (i = 0; i < layout->edge_count; i++)
		find_lane(layout, &layout->edge[i], &taken);
	for (i = 0; i < layout->columns; i++)
		while (taken.rows[i] >> layout->rows)
			if (++layout->rows == SL_LAYOUT_ROWS_MAX)
				break;
}
