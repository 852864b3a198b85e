/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * sluice top on a whole screen: what its files share.
 *
 *   top.c         the command line; tables and JSON
 *   top_keys.c    looks now and then, and does what keys ask for
 *   top_screen.c  the terminal, and which view is shown
 *   top_graph.c   the pipeline, from left to right
 *   top_table.c   stages as rows, cores, changes of the plan
 *   top_zoom.c    one stage, all that is known of it
 *
 * Everything is drawn with sl_top_put() and sl_top_glyph(), which keep within
 * the screen, so that a view need not care how large that is.
 */
#ifndef SL_TOP_H
#define SL_TOP_H

#include "profiler/scope.h"

/* What a terminal's characters allow. */
struct sl_top_glyphs {
	const char *line[16];	/* by directions: 1 left, 2 right, 4 up, 8 down */
	const char *corner[4];	/* of boxes: top left and right, then bottom */
	const char *level[9];	/* of a sparkline; 0 is next to nothing */
	const char *full;	/* of a bar */
	const char *empty;
	const char *fused;	/* there is no ring */
	const char *arrow;
};

enum sl_top_ink {
	SL_INK_PLAIN,
	SL_INK_DIM,
	SL_INK_BUSY,
	SL_INK_STARVED,
	SL_INK_BLOCKED,
	SL_INK_HOT,		/* the bottleneck */
	SL_INK_QUEUE,
	SL_INK_TITLE,
	SL_INK_CHOSEN,
	SL_INKS,
};

enum sl_top_view { SL_VIEW_MAIN, SL_VIEW_ZOOM, SL_VIEW_HELP, SL_VIEW_LIST };

struct sl_top {
	struct sl_scope scope;
	const char *name;	/* that it was called with, or NULL */
	double interval;
	double speed;		/* of a recording */
	const struct sl_top_glyphs *glyphs;
	int lines, columns;
	enum sl_top_view view;
	bool paused;
	bool quit;
	u32 chosen;		/* stage */
	u32 sort;		/* column of the table */
	bool backwards;
	u32 order[SL_INSTANCES_MAX];	/* stages as the table shows them */
	u32 first;		/* row of the table that is shown first */
	struct sl_stats_running running[64];	/* for the list of pipelines */
	u32 running_count;
	u32 running_chosen;
};

/* top.c */
bool sl_top_option(const char *who, const char *text, double least,
		   double *value);
int sl_top_show(struct sl_top *top, bool plain, bool json, unsigned long count);

/* top_keys.c */
int sl_top_screen(struct sl_top *top);

/* top_screen.c */
bool sl_top_draw_begin(struct sl_top *top);
void sl_top_draw(struct sl_top *top);
void sl_top_put(const struct sl_top *top, int y, int x, enum sl_top_ink ink,
		const char *format, ...) __attribute__((format(printf, 5, 6)));
void sl_top_glyph(const struct sl_top *top, int y, int x, enum sl_top_ink ink,
		  const char *glyph);
void sl_top_bar(const struct sl_top *top, int y, int x, int width, double share,
		enum sl_top_ink ink);
void sl_top_spark(const struct sl_top *top, int y, int x, int width, u32 stage,
		  size_t member, enum sl_top_ink ink);
const char *sl_top_number(double number, char *text, size_t bytes);
const char *sl_top_time(double ns, char *text, size_t bytes);
enum sl_top_ink sl_top_ink(const struct sl_top *top, u32 stage);
double sl_top_share(double queue);

/* top_graph.c: draws into lines y to y + height - 1 */
int sl_top_graph_lines(const struct sl_top *top);
void sl_top_graph(const struct sl_top *top, int y, int height);

/* top_table.c */
#define SL_TOP_SORTS	9
void sl_top_sort(struct sl_top *top);
void sl_top_table(struct sl_top *top, int y, int height);
void sl_top_cores(const struct sl_top *top, int y, int height);
void sl_top_changes(const struct sl_top *top, int y, int height);
const char *sl_top_sort_name(const struct sl_top *top);

/* top_zoom.c */
void sl_top_zoom(const struct sl_top *top, int y, int height);

#endif /* SL_TOP_H */
