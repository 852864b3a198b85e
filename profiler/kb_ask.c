// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "profiler/kb_own.h"

/* A value of a row, as JSON. */
static void json_value(sqlite3_stmt *s, int column, FILE *out)
{
	switch (sqlite3_column_type(s, column)) {
	case SQLITE_NULL:
		fputs("null", out);
		break;
	case SQLITE_INTEGER:
		fprintf(out, "%lld", sqlite3_column_int64(s, column));
		break;
	case SQLITE_FLOAT:
		fprintf(out, "%.17g", sqlite3_column_double(s, column));
		break;
	default:
		sl_report_string((const char *)sqlite3_column_text(s, column),
				 out);
	}
}

static void json_row(sqlite3_stmt *s, bool first, FILE *out)
{
	int i;

	fputs(first ? "[{" : ",\n {", out);
	for (i = 0; i < sqlite3_column_count(s); i++) {
		if (i)
			fputc(',', out);
		sl_report_string(sqlite3_column_name(s, i), out);
		fputc(':', out);
		json_value(s, i, out);
	}
	fputc('}', out);
}

static void text_row(sqlite3_stmt *s, bool first, FILE *out)
{
	int i;

	for (i = 0; first && i < sqlite3_column_count(s); i++)
		fprintf(out, "%s%s", i ? "\t" : "", sqlite3_column_name(s, i));
	if (first)
		fputc('\n', out);
	for (i = 0; i < sqlite3_column_count(s); i++) {
		const char *text = (const char *)sqlite3_column_text(s, i);

		fprintf(out, "%s%s", i ? "\t" : "", text ? text : "");
	}
	fputc('\n', out);
}

/**
 * sl_kb_ask() - a question, answered
 * @kb: the knowledge base, open for reading
 * @query: one SELECT
 * @json: an array of objects instead of lines with tabs
 * @out: where to write the answer
 * @why: set to what is wrong with the question
 *
 * Return: 0, or -EINVAL.
 */
int sl_kb_ask(struct sl_kb *kb, const char *query, bool json, FILE *out,
	      const char **why)
{
	sqlite3_stmt *s = NULL;
	const char *rest = "";
	int status = sqlite3_prepare_v2(kb->db, query, -1, &s, &rest);
	bool first = true;

	*why = "that is no question; give one SELECT";
	if (status)
		*why = sqlite3_errmsg(kb->db);
	if (status || !s)
		return -EINVAL;
	if (!sqlite3_stmt_readonly(s) || rest[strspn(rest, " \t\n;")]) {
		sqlite3_finalize(s);
		return -EINVAL;
	}
	while ((status = sqlite3_step(s)) == SQLITE_ROW) {
		(json ? json_row : text_row)(s, first, out);
		first = false;
	}
	if (json)
		fputs(first ? "[]\n" : "]\n", out);
	*why = sqlite3_errmsg(kb->db);
	sqlite3_finalize(s);
	return status == SQLITE_DONE ? 0 : -EINVAL;
}
