// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The page's files, built in, so that the command needs nothing beside it and
 * a browser asks nobody else.  Chart.js is Debian's, under the MIT licence,
 * whose notice stands at the top of the file and so is handed on with it.
 */
#include <string.h>

#include <linux/kernel.h>

#include "tools/web.h"

/* The assembler looks from where make runs; the Makefile knows these files. */
#define EMBED(name, file)						\
	__asm__(".pushsection .rodata\n"				\
		#name ": .incbin \"" file "\"\n"			\
		#name "_end: .byte 0\n"					\
		".popsection\n");					\
	extern const char name[], name##_end[]

EMBED(web_page_html, "tools/web/page.html");
EMBED(web_page_css, "tools/web/page.css");
EMBED(web_page_js, "tools/web/page.js");
EMBED(web_graph_js, "tools/web/graph.js");
EMBED(web_history_js, "tools/web/history.js");
EMBED(web_icon_svg, "tools/web/icon.svg");
EMBED(web_chart_js, "/usr/share/javascript/chart.js/chart.min.js");

#define SCRIPT	"text/javascript; charset=utf-8"

static const struct sl_web_file files[] = {
	{ "/", "text/html; charset=utf-8", web_page_html, web_page_html_end },
	{ "/page.css", "text/css; charset=utf-8", web_page_css,
	  web_page_css_end },
	{ "/page.js", SCRIPT, web_page_js, web_page_js_end },
	{ "/graph.js", SCRIPT, web_graph_js, web_graph_js_end },
	{ "/history.js", SCRIPT, web_history_js, web_history_js_end },
	{ "/chart.js", SCRIPT, web_chart_js, web_chart_js_end },
	{ "/icon.svg", "image/svg+xml", web_icon_svg, web_icon_svg_end },
};

/* The file of a path, or NULL. */
const struct sl_web_file *sl_web_file(const char *path)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(files[i].path, path))
			return &files[i];
	return NULL;
}
