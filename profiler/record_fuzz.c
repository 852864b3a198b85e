// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzzes what a recording's frames may be.  The input is the changes of one
 * frame against a sound segment; whatever comes out is refused or can be
 * reported on, drawn and printed.  So it covers segments as well, for a frame
 * may change any word of one.
 */
#include <stdint.h>

#include "profiler/layout.h"
#include "profiler/record.h"
#include "profiler/report.h"
#include "profiler/segment_test.h"
#include "tools/web.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void use(const struct sl_stats *before, struct sl_stats *after)
{
	static struct sl_report report;
	static struct sl_layout layout;
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "we");
	sl_stats_tidy(after);
	sl_report_make(&report, before, after);
	sl_report_print(&report, after, nowhere);
	sl_report_draw(&report, after, 120, nowhere);
	sl_report_json_whole(&report, after, nowhere);
	sl_web_metrics(after, nowhere);
	sl_layout_make(&layout, after);
	if (layout.rows > SL_LAYOUT_ROWS_MAX ||
	    layout.columns > SL_INSTANCES_MAX)
		abort();
	/* And back, as if it had run backwards. */
	sl_report_make(&report, after, before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct sl_stats *base, *changed;
	struct sl_stats head;

	if (!base) {
		segment_head(&head, 5);
		base = calloc(1, head.bytes);
		changed = malloc(head.bytes);
		if (!base || !changed)
			abort();
		*base = head;
		segment_fill(base);
	}
	memcpy(changed, base, base->bytes);
	segment_pass(changed, 2);
	if (!sl_record_unpack((u64 *)changed, base->bytes / sizeof(u64), data,
			      bytes) &&
	    !sl_stats_check(changed, base->bytes))
		use(base, changed);
	return 0;
}
