// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What the page shows, as JSON. */
#include "tools/web.h"

static void print_layout(const struct sl_layout *layout, FILE *out)
{
	u32 i;

	fprintf(out, "{\"columns\":%u,\"rows\":%u,\"cells\":[", layout->columns,
		layout->rows);
	for (i = 0; i < layout->stage_count; i++)
		fprintf(out, "%s[%u,%u]", i ? "," : "", layout->column[i],
			layout->row[i]);
	fprintf(out, "],\"edges\":[");
	for (i = 0; i < layout->edge_count; i++) {
		const struct sl_layout_edge *edge = &layout->edge[i];

		fprintf(out, "%s{\"from\":%u,\"to\":%u,\"requests\":%d,"
			"\"replies\":%d,\"lane\":%u}", i ? "," : "",
			edge->from, edge->to, edge->requests, edge->replies,
			edge->lane);
	}
	fputs("]}", out);
}

/**
 * sl_web_state() - the latest report, and how to draw it
 * @scope: the scope
 * @out: where to
 */
void sl_web_state(const struct sl_scope *scope, FILE *out)
{
	fprintf(out, "{\"state\":\"%s\",\"recorded\":%s,\"pid\":%u,"
		"\"at_s\":%.3f,\"samples\":%llu,",
		scope->ended ? "ended" : "running",
		scope->feed.record ? "true" : "false", scope->after->pid,
		sl_scope_seconds(scope),
		(unsigned long long)scope->report.samples);
	sl_report_json_whole(&scope->report, scope->after, out);
	fputs(",\"layout\":", out);
	print_layout(&scope->layout, out);
	fputs("}", out);
}

static void print_series(const struct sl_scope *scope, const char *name,
			 size_t member, FILE *out)
{
	u64 kept = sl_scope_kept(scope);
	u32 stage;
	u64 i;

	fprintf(out, ",\"%s\":[", name);
	for (stage = 0; stage < scope->after->stage_count; stage++) {
		fputs(stage ? ",[" : "[", out);
		for (i = 0; i < kept; i++)
			fprintf(out, "%s%.5g", i ? "," : "",
				sl_scope_past(scope, kept - 1 - i, stage,
					      member));
		fputc(']', out);
	}
	fputc(']', out);
}

/**
 * sl_web_history() - what was seen lately, oldest first, a row for each stage
 * @scope: the scope
 * @out: where to
 */
void sl_web_history(const struct sl_scope *scope, FILE *out)
{
	u64 kept = sl_scope_kept(scope);
	u64 i;

	fprintf(out, "{\"pid\":%u,\"at_s\":[", scope->after->pid);
	for (i = 0; i < kept; i++)
		fprintf(out, "%s%.3f", i ? "," : "",
			scope->at_s[(scope->moments - kept + i) %
				    SL_SCOPE_MOMENTS]);
	fputc(']', out);
	print_series(scope, "rate", offsetof(struct sl_moment, rate), out);
	print_series(scope, "queue", offsetof(struct sl_moment, queue), out);
	print_series(scope, "busy", offsetof(struct sl_moment, busy), out);
	fputs("}", out);
}
