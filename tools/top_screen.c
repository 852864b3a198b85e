// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <curses.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#undef lines	/* names that term.h takes for itself */
#undef columns

#include <linux/kernel.h>

#include "tools/top.h"

#define LINES_MIN	12
#define COLUMNS_MIN	40

static const struct sl_top_glyphs unicode = {
	.line = { " ", "─", "─", "─", "│", "╯", "╰", "┴", "│", "╮", "╭", "┬",
		  "│", "┤", "├", "┼" },
	.corner = { "╭", "╮", "╰", "╯" },
	.level = { "▁", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
	.full = "█", .empty = "░", .fused = "═", .arrow = "▶",
};

/* The fonts of the Linux console have half blocks, and corners with edges. */
static const struct sl_top_glyphs console = {
	.line = { " ", "─", "─", "─", "│", "┘", "└", "┴", "│", "┐", "┌", "┬",
		  "│", "┤", "├", "┼" },
	.corner = { "┌", "┐", "└", "┘" },
	.level = { "_", "_", "_", "▄", "▄", "▄", "▄", "█", "█" },
	.full = "█", .empty = "░", .fused = "═", .arrow = "►",
};

static const struct sl_top_glyphs ascii = {
	.line = { " ", "-", "-", "-", "|", "+", "+", "+", "|", "+", "+", "+",
		  "|", "+", "+", "+" },
	.corner = { "+", "+", "+", "+" },
	.level = { "_", "_", ".", ".", ":", ":", "|", "|", "#" },
	.full = "#", .empty = ".", .fused = "=", .arrow = ">",
};

static const struct sl_top_glyphs *choose_glyphs(void)
{
	const char *term = getenv("TERM");

	if (strcmp(nl_langinfo(CODESET), "UTF-8"))
		return &ascii;
	if (term && !strncmp(term, "vt", 2))
		return &ascii;
	return term && !strcmp(term, "linux") ? &console : &unicode;
}

static int attributes[SL_INKS];

static void choose_inks(void)
{
	static const short colour[SL_INKS] = {
		[SL_INK_BUSY] = COLOR_GREEN, [SL_INK_STARVED] = COLOR_CYAN,
		[SL_INK_BLOCKED] = COLOR_YELLOW, [SL_INK_HOT] = COLOR_RED,
		[SL_INK_QUEUE] = COLOR_MAGENTA,
	};
	int i;

	attributes[SL_INK_TITLE] = A_BOLD;
	attributes[SL_INK_CHOSEN] = A_REVERSE;
	attributes[SL_INK_HOT] = A_BOLD;
	if (!has_colors()) {
		attributes[SL_INK_BLOCKED] = A_UNDERLINE;
		return;
	}
	attributes[SL_INK_DIM] = A_DIM;
	start_color();
	use_default_colors();
	for (i = 0; i < SL_INKS; i++)
		if (colour[i]) {
			init_pair(i, colour[i], -1);
			attributes[i] |= COLOR_PAIR(i);
		}
}

void sl_top_put(const struct sl_top *top, int y, int x, enum sl_top_ink ink,
		const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (y < 0 || y >= top->lines || x < 0 || x >= top->columns)
		return;
	attrset(attributes[ink]);
	mvaddnstr(y, x, text, top->columns - x);
}

void sl_top_glyph(const struct sl_top *top, int y, int x, enum sl_top_ink ink,
		  const char *glyph)
{
	if (y < 0 || y >= top->lines || x < 0 || x >= top->columns)
		return;
	attrset(attributes[ink]);
	mvaddstr(y, x, glyph);
}

void sl_top_bar(const struct sl_top *top, int y, int x, int width, double share,
		enum sl_top_ink ink)
{
	int filled = share * width + 0.5;
	int i;

	for (i = 0; i < width; i++)
		sl_top_glyph(top, y, x + i, i < filled ? ink : SL_INK_DIM,
			     i < filled ? top->glyphs->full
					: top->glyphs->empty);
}

/**
 * sl_top_spark() - draw a stage's history in one line, the latest rightmost
 * @top: the screen
 * @y: line
 * @x: where to begin
 * @width: moments that are shown at most
 * @stage: the stage
 * @member: offset of a float in struct sl_moment
 * @ink: to draw it with
 */
void sl_top_spark(const struct sl_top *top, int y, int x, int width, u32 stage,
		  size_t member, enum sl_top_ink ink)
{
	int kept = min_t(u64, sl_scope_kept(&top->scope), max(width, 0));
	double most = 0;
	int i;

	for (i = 0; i < kept; i++)
		most = max(most, sl_scope_past(&top->scope, i, stage, member));
	for (i = 0; i < kept; i++) {
		double value = sl_scope_past(&top->scope, i, stage, member);
		int level = most > 0 ? value / most * 8 + 0.5 : 0;

		sl_top_glyph(top, y, x + width - 1 - i, ink,
			     top->glyphs->level[min(max(level, 0), 8)]);
	}
}

/* In four places at most: 0.1, 99.9, 999, 1.2k, 12k, 999k. */
const char *sl_top_number(double number, char *text, size_t bytes)
{
	static const char units[] = " kMGTPE";
	u32 unit = 0;

	while (number >= 999.5 && unit + 2 < sizeof(units)) {
		number /= 1000;
		unit++;
	}
	if (!unit)
		snprintf(text, bytes, number < 99.95 ? "%.1f" : "%.0f", number);
	else
		snprintf(text, bytes, number < 9.95 ? "%.1f%c" : "%.0f%c",
			 number, units[unit]);
	return text;
}

/* In six places at most. */
const char *sl_top_time(double ns, char *text, size_t bytes)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	u32 unit = 0;

	while (ns >= 999.5 && unit + 1 < ARRAY_SIZE(units)) {
		ns /= 1000;
		unit++;
	}
	snprintf(text, bytes, ns < 9.95 ? "%.1f%s" : "%.0f%s", ns, units[unit]);
	return text;
}

/* What a stage mostly does. */
enum sl_top_ink sl_top_ink(const struct sl_top *top, u32 stage)
{
	const struct sl_report_stage *row = &top->scope.report.stage[stage];

	if ((int)stage == top->scope.report.bottleneck)
		return SL_INK_HOT;
	if (row->blocked > row->busy && row->blocked > row->starved)
		return SL_INK_BLOCKED;
	return row->busy >= row->starved ? SL_INK_BUSY : SL_INK_STARVED;
}

/* Half a bar is a queue of 32, three quarters one of 96: all are seen. */
double sl_top_share(double queue)
{
	return queue / (queue + 32);
}

static void draw_title(const struct sl_top *top)
{
	const struct sl_scope *scope = &top->scope;
	const char *state = scope->feed.record ? "recorded" : "running";
	char text[256];
	int used;

	if (scope->ended)
		state = "ended";
	used = snprintf(text, sizeof(text), "%s  pid %u  %s %.0f s",
			scope->after->name, scope->after->pid, state,
			sl_scope_seconds(scope));
	sl_top_put(top, 0, 0, SL_INK_TITLE, "%s", text);
	if (top->paused)
		sl_top_put(top, 0, used + 2, SL_INK_CHOSEN, "paused");
	snprintf(text, sizeof(text), "bottleneck: %s",
		 sl_report_bottleneck(&scope->report));
	sl_top_put(top, 0, max(top->columns - (int)strlen(text), used + 10),
		   scope->report.bottleneck < 0 ? SL_INK_DIM : SL_INK_HOT,
		   "%s", text);
}

/* Blank lines between the parts are the first thing to be given up. */
static void draw_main(struct sl_top *top)
{
	int cores = min_t(int, top->scope.report.core_count,
			  max(top->lines / 6, 2));
	int changes = min_t(u64, top->scope.after->changes,
			    max(top->lines / 10, 1));
	int graph = sl_top_graph_lines(top);
	int room = top->lines - 2 - cores - changes;
	int table, blank, y;

	/* At least as much room for the table as for the pipeline. */
	graph = min(graph, max(room / 2 / 3 * 3, 3));
	table = min_t(int, room - graph, top->scope.report.stage_count + 1);
	room -= graph + table;
	blank = room >= 4;
	y = 1 + blank;
	sl_top_graph(top, y, graph);
	y += graph + blank;
	sl_top_table(top, y, table);
	y += table + blank;
	sl_top_cores(top, y, cores);
	y += cores + blank;
	sl_top_changes(top, y, changes);
}

static void draw_help(const struct sl_top *top)
{
	static const char *const text[] = {
		"arrows, j k  choose a stage          enter  all about it",
		"s S          sort by the next or the previous column; r  reverse",
		"p, space     pause, and go on        l  other pipelines",
		"+ -          faster or slower        h  this help",
		"q            back, and out",
		"",
		"A box is a stage: its share of the time that it was busy, its rate",
		"lately, its CPU.  The bar before a box is its queue: half of it is",
		"32 requests.  A double line is fused: no queue, a call a batch.",
		"!  is the bottleneck: the busiest stage behind the longest queue.",
		"busy     it works          starved  nothing waits for it",
		"blocked  it leaves requests waiting, for what is behind it is full",
	};
	u32 i;

	sl_top_put(top, 1, 0, SL_INK_TITLE, "sluice top: keys, and what is seen");
	for (i = 0; i < ARRAY_SIZE(text); i++)
		sl_top_put(top, 3 + i, 0, SL_INK_PLAIN, "%s", text[i]);
	i += 4;
	sl_top_put(top, i, 0, SL_INK_BUSY, "busy");
	sl_top_put(top, i, 6, SL_INK_STARVED, "starved");
	sl_top_put(top, i, 15, SL_INK_BLOCKED, "blocked");
	sl_top_put(top, i, 24, SL_INK_HOT, "bottleneck");
	sl_top_put(top, i, 36, SL_INK_QUEUE, "queue");
}

static void draw_list(const struct sl_top *top)
{
	u32 i;

	sl_top_put(top, 1, 0, SL_INK_TITLE, "pipelines that run here");
	for (i = 0; i < top->running_count; i++)
		sl_top_put(top, 3 + i, 2, i == top->running_chosen ?
			   SL_INK_CHOSEN : SL_INK_PLAIN, "%-24s pid %u",
			   top->running[i].name, top->running[i].pid);
	if (!top->running_count)
		sl_top_put(top, 3, 2, SL_INK_DIM, "none");
}

/**
 * sl_top_draw_begin() - find out what the terminal can do
 * @top: the screen, which curses has begun
 *
 * Return: whether it can be drawn on.
 */
bool sl_top_draw_begin(struct sl_top *top)
{
	top->glyphs = choose_glyphs();
	choose_inks();
	return cursor_address;
}

/* Draws the view that was chosen, whatever the size of the terminal is now. */
void sl_top_draw(struct sl_top *top)
{
	static const char *const keys[] = {
		[SL_VIEW_MAIN] = ("q quit  h help  p pause  s sort  enter zoom"
				  "  l pipelines"),
		[SL_VIEW_ZOOM] = "q back  arrows other stages  p pause",
		[SL_VIEW_HELP] = "q back",
		[SL_VIEW_LIST] = "q back  arrows choose  enter watch it",
	};

	getmaxyx(stdscr, top->lines, top->columns);
	erase();
	if (top->lines < LINES_MIN || top->columns < COLUMNS_MIN) {
		sl_top_put(top, 0, 0, SL_INK_PLAIN,
			   "%dx%d is too small; %dx%d will do", top->columns,
			   top->lines, COLUMNS_MIN, LINES_MIN);
		refresh();
		return;
	}
	sl_top_sort(top);
	draw_title(top);
	if (top->view == SL_VIEW_ZOOM)
		sl_top_zoom(top, 1, top->lines - 2);
	else if (top->view == SL_VIEW_HELP)
		draw_help(top);
	else if (top->view == SL_VIEW_LIST)
		draw_list(top);
	else
		draw_main(top);
	sl_top_put(top, top->lines - 1, 0, SL_INK_CHOSEN, "%-*.*s",
		   top->columns - 1, top->columns - 1, keys[top->view]);
	if (top->view == SL_VIEW_MAIN && top->sort && top->columns >= 79)
		sl_top_put(top, top->lines - 1, top->columns - 20,
			   SL_INK_CHOSEN, "by %s", sl_top_sort_name(top));
	attrset(0);
	refresh();
}
