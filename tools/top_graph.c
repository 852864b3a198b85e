// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The pipeline as boxes from left to right, with the queue in front of each
 * box as a bar that fills from the box on.
 *
 * A pipeline that is wider than the screen goes on below, as text does: a
 * band holds as many columns as fit.  Lines between boxes are first written
 * down as directions, which add up where they meet.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "tools/top.h"

enum { LEFT = 1, RIGHT = 2, UP = 4, DOWN = 8 };

#define BOX_LINES	3
#define GAP_MIN		4
#define GAP_MAX		12
#define INNER_MIN	5
#define INNER_MAX	14

struct canvas {
	const struct sl_top *top;
	int inner;		/* width within a box */
	int gap;		/* between two */
	int per_band;		/* columns */
	int bands;
	int lines;		/* of all bands */
	int width;
	u8 *lined;		/* directions, a byte a cell */
};

static void measure(struct canvas *canvas, const struct sl_top *top)
{
	const struct sl_layout *layout = &top->scope.layout;
	int columns = layout->columns;
	int longest = INNER_MIN;
	int unit;
	u32 i;

	canvas->top = top;
	canvas->width = top->columns;
	for (i = 0; i < layout->stage_count; i++)
		longest = max_t(int, longest,
				strlen(sl_stats_stage(top->scope.after, i)->name));
	longest = min(longest, 8);
	unit = longest + 2 + GAP_MIN;
	canvas->per_band = max((top->columns + GAP_MIN) / unit, 1);
	if (canvas->per_band > columns)
		canvas->per_band = max(columns, 1);
	unit = (top->columns + GAP_MIN) / canvas->per_band;
	canvas->gap = min(max(unit * 2 / 5, GAP_MIN), GAP_MAX);
	canvas->gap = min(canvas->gap, max(unit - 2 - longest, GAP_MIN));
	canvas->inner = min(max(unit - 2 - canvas->gap, INNER_MIN), INNER_MAX);
	canvas->bands = (columns + canvas->per_band - 1) / canvas->per_band;
	canvas->lines = canvas->bands * layout->rows * BOX_LINES;
}

int sl_top_graph_lines(const struct sl_top *top)
{
	struct canvas canvas;

	measure(&canvas, top);
	return canvas.lines;
}

static int left_of(const struct canvas *canvas, int column)
{
	return column % canvas->per_band * (canvas->inner + 2 + canvas->gap);
}

/* The middle line of a row of boxes. */
static int middle_of(const struct canvas *canvas, int column, int row)
{
	int rows = canvas->top->scope.layout.rows;

	return (column / canvas->per_band * rows + row) * BOX_LINES + 1;
}

static void line(struct canvas *canvas, int y, int x, u8 directions)
{
	if (x >= 0 && x < canvas->width && y >= 0 && y < canvas->lines)
		canvas->lined[y * canvas->width + x] |= directions;
}

static void line_across(struct canvas *canvas, int y, int from, int to)
{
	for (; from <= to; from++)
		line(canvas, y, from, LEFT | RIGHT);
}

static void line_down(struct canvas *canvas, int x, int from, int to)
{
	int low = min(from, to);
	int high = max(from, to);

	line(canvas, low, x, DOWN);
	line(canvas, high, x, UP);
	while (++low < high)
		line(canvas, low, x, UP | DOWN);
}

/* The part of an edge between a column and the next one. */
static void line_gap(struct canvas *canvas, int column, int row, int next_row)
{
	int x = left_of(canvas, column) + canvas->inner + 2;
	int y = middle_of(canvas, column, row);
	int next_y = middle_of(canvas, column + 1, next_row);

	if ((column + 1) % canvas->per_band == 0) {
		/* It goes on in the next band: out here, in again there. */
		line_across(canvas, y, x, x + 1);
		return;
	}
	if (y == next_y) {
		line_across(canvas, y, x, x + canvas->gap - 1);
		return;
	}
	line(canvas, y, x, LEFT);
	line_down(canvas, x, y, next_y);
	line(canvas, next_y, x, RIGHT);
	line_across(canvas, next_y, x + 1, x + canvas->gap - 1);
}

static void line_edge(struct canvas *canvas, const struct sl_layout_edge *edge)
{
	const struct sl_layout *layout = &canvas->top->scope.layout;
	int from = layout->column[edge->from];
	int to = layout->column[edge->to];
	int column;

	for (column = from; column < to; column++) {
		int row = column == from ? layout->row[edge->from] : edge->lane;
		int next = column + 1 == to ? layout->row[edge->to] : edge->lane;
		int x = left_of(canvas, column);

		if (column > from)
			line_across(canvas, middle_of(canvas, column, row), x,
				    x + canvas->inner + 1);
		line_gap(canvas, column, row, next);
	}
}

static bool is_fused(const struct sl_top *top, u32 stage)
{
	const struct sl_layout *layout = &top->scope.layout;
	u32 i;

	for (i = 0; i < layout->edge_count; i++)
		if (layout->edge[i].to == stage &&
		    (layout->edge[i].requests < 0 ||
		     sl_stats_link(top->scope.after,
				   layout->edge[i].requests)->slots))
			return false;
	return true;
}

/* In the gap before a box: a bar that grows from the box leftwards. */
static void draw_queue(const struct canvas *canvas, int y, u32 stage)
{
	const struct sl_top *top = canvas->top;
	const struct sl_report_stage *row = &top->scope.report.stage[stage];
	int column = top->scope.layout.column[stage];
	int x = left_of(canvas, column) - canvas->gap;
	int cells = canvas->gap - 2;
	int filled = sl_top_share(row->queue_mean) * cells + 0.5;
	char text[16];
	int i;

	if (!column)
		return;
	if (column % canvas->per_band == 0) {
		/* At the left margin there is room for the number alone. */
		sl_top_glyph(top, y, 0, SL_INK_QUEUE, top->glyphs->arrow);
		return;
	}
	for (i = 0; i < cells; i++)
		if (i >= cells - filled)
			sl_top_glyph(top, y, x + 1 + i, SL_INK_QUEUE,
				     top->glyphs->full);
		else if (is_fused(top, stage))
			sl_top_glyph(top, y, x + 1 + i, SL_INK_PLAIN,
				     top->glyphs->fused);
	sl_top_glyph(top, y, x + canvas->gap - 1, SL_INK_PLAIN,
		     top->glyphs->arrow);
	sl_top_put(top, y + 1, x,
		   row->queue_mean >= 1 ? SL_INK_QUEUE : SL_INK_DIM, "%*s",
		   canvas->gap - 1,
		   sl_top_number(row->queue_mean, text, sizeof(text)));
}

static void draw_frame(const struct canvas *canvas, int y, int x,
		       enum sl_top_ink ink)
{
	const struct sl_top_glyphs *g = canvas->top->glyphs;
	int end = x + canvas->inner + 1;
	int i;

	for (i = x + 1; i < end; i++) {
		sl_top_glyph(canvas->top, y - 1, i, ink, g->line[LEFT | RIGHT]);
		sl_top_glyph(canvas->top, y + 1, i, ink, g->line[LEFT | RIGHT]);
		sl_top_glyph(canvas->top, y, i, ink, " ");
	}
	sl_top_glyph(canvas->top, y - 1, x, ink, g->corner[0]);
	sl_top_glyph(canvas->top, y - 1, end, ink, g->corner[1]);
	sl_top_glyph(canvas->top, y, x, ink, g->line[UP | DOWN]);
	sl_top_glyph(canvas->top, y, end, ink, g->line[UP | DOWN]);
	sl_top_glyph(canvas->top, y + 1, x, ink, g->corner[2]);
	sl_top_glyph(canvas->top, y + 1, end, ink, g->corner[3]);
}

static void draw_box(const struct canvas *canvas, int y, u32 stage)
{
	const struct sl_top *top = canvas->top;
	const struct sl_report_stage *row = &top->scope.report.stage[stage];
	enum sl_top_ink ink = sl_top_ink(top, stage);
	int x = left_of(canvas, top->scope.layout.column[stage]);
	/* Whoever sees no colours sees a mark. */
	bool hot = (int)stage == top->scope.report.bottleneck;
	char core[32];

	draw_frame(canvas, y, x, ink);
	sl_top_put(top, y - 1, x + 1, stage == top->chosen ? SL_INK_CHOSEN : ink,
		   "%.*s%s", canvas->inner - hot, sl_report_title(row).text,
		   hot ? "!" : "");
	sl_top_put(top, y, x + 1, ink, "%3.0f%%", 100 * row->busy);
	if (canvas->inner > 7)
		sl_top_spark(top, y, x + 6, canvas->inner - 5, stage,
			     offsetof(struct sl_moment, rate), ink);
	snprintf(core, sizeof(core), "cpu%u", row->cpu);
	sl_top_put(top, y + 1, x + 1, ink, "%.*s", canvas->inner, core);
}

/**
 * sl_top_graph() - draw the pipeline
 * @top: the screen
 * @y: line to begin at
 * @height: lines there; if too few, those around the chosen stage are drawn
 */
void sl_top_graph(const struct sl_top *top, int y, int height)
{
	const struct sl_layout *layout = &top->scope.layout;
	struct canvas canvas;
	int first = 0;
	int i, at, x;
	u32 stage;

	measure(&canvas, top);
	canvas.lined = calloc(canvas.lines + 1, canvas.width + 1);
	if (!canvas.lined || !layout->stage_count)
		goto out;
	for (i = 0; i < (int)layout->edge_count; i++)
		line_edge(&canvas, &layout->edge[i]);
	if (canvas.lines > height) {
		at = middle_of(&canvas, layout->column[top->chosen],
			       layout->row[top->chosen]);
		first = min(max(at - height / 2, 0), canvas.lines - height);
		first -= first % BOX_LINES;
	}
	for (i = 0; i < height && first + i < canvas.lines; i++)
		for (x = 0; x < canvas.width; x++) {
			u8 lined = canvas.lined[(first + i) * canvas.width + x];

			if (lined)
				sl_top_glyph(top, y + i, x, SL_INK_DIM,
					     top->glyphs->line[lined]);
		}
	for (stage = 0; stage < layout->stage_count; stage++) {
		at = middle_of(&canvas, layout->column[stage],
			       layout->row[stage]) - first;
		if (at < 1 || at + 1 >= height)
			continue;
		draw_queue(&canvas, y + at, stage);
		draw_box(&canvas, y + at, stage);
	}
out:
	free(canvas.lined);
}
