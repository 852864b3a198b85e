// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that /metrics is OpenMetrics text, by a strict reader of that format:
 * families are named before they have samples, once, and stand together;
 * names end as their kinds demand; labels are escaped; histograms add up; and
 * the text ends with # EOF.  The reader is tried on texts that are wrong.
 */
#include <ctype.h>
#include <math.h>

#include "profiler/segment_test.h"
#include "tools/web.h"

#define FAMILIES_MAX	128

struct reader {
	char family[FAMILIES_MAX][80];
	u32 families;
	char type[16];
	double bucket, bound;	/* of the histogram that is being read */
	u32 samples;
	bool ended;
};

static bool fault(const char *what, const char *line, bool quiet)
{
	if (!quiet)
		fprintf(stderr, "metrics: %s: %s\n", what, line);
	return false;
}

static const char *skip_name(const char *at)
{
	if (isalpha((unsigned char)*at) || *at == '_' || *at == ':')
		while (isalnum((unsigned char)*at) || *at == '_' || *at == ':')
			at++;
	return at;
}

/* Past {a="b",c="d"}, or NULL; *le is set to that label's value. */
static const char *skip_labels(const char *at, double *le)
{
	if (*at != '{')
		return at;
	do {
		const char *name = ++at;

		at = skip_name(at);
		if (at == name || at[0] != '=' || at[1] != '"')
			return NULL;
		if (!strncmp(name, "le=", 3))
			*le = strtod(at + 2, NULL);
		for (at += 2; *at && *at != '"'; at++)
			if (*at == '\\' && !strchr("\\\"n", *++at))
				return NULL;
		if (*at++ != '"')
			return NULL;
	} while (*at == ',');
	return *at == '}' ? at + 1 : NULL;
}

/* "# TYPE name type", "# UNIT name unit" or "# HELP name text". */
static bool read_comment(struct reader *r, const char *line, bool quiet)
{
	const char *name = line + 7;
	const char *end = skip_name(name);
	const char *latest = r->families ? r->family[r->families - 1] : "";
	u32 i;

	if (!strcmp(line, "# EOF")) {
		r->ended = true;
		return true;
	}
	if (end == name || *end != ' ')
		return fault("no name", line, quiet);
	if (strncmp(line, "# TYPE ", 7)) {
		if (strncmp(line, "# UNIT ", 7) && strncmp(line, "# HELP ", 7))
			return fault("unknown comment", line, quiet);
		if (strncmp(latest, name, end - name) || latest[end - name])
			return fault("of another family", line, quiet);
		/* A unit is the end of the name. */
		return line[2] != 'U' ||
		       (end - name > (long)strlen(end + 1) &&
			!strncmp(end - strlen(end + 1), end + 1,
				 strlen(end + 1))) ||
		       fault("a unit that the name lacks", line, quiet);
	}
	for (i = 0; i < r->families; i++)
		if (!strncmp(r->family[i], name, end - name) &&
		    !r->family[i][end - name])
			return fault("named twice", line, quiet);
	if (r->families == FAMILIES_MAX)
		return fault("too many families", line, quiet);
	snprintf(r->family[r->families++], 80, "%.*s", (int)(end - name), name);
	snprintf(r->type, sizeof(r->type), "%s", end + 1);
	return !strcmp(r->type, "counter") || !strcmp(r->type, "gauge") ||
	       !strcmp(r->type, "histogram") || !strcmp(r->type, "summary") ||
	       !strcmp(r->type, "info") || fault("unknown type", line, quiet);
}

static bool suffix_fits(const char *type, const char *suffix)
{
	if (!strcmp(type, "counter"))
		return !strcmp(suffix, "_total");
	if (!strcmp(type, "info"))
		return !strcmp(suffix, "_info");
	if (!strcmp(type, "histogram") && !strcmp(suffix, "_bucket"))
		return true;
	if (!strcmp(type, "histogram") || !strcmp(type, "summary"))
		return !strcmp(suffix, "_count") || !strcmp(suffix, "_sum");
	return !*suffix;
}

/* Buckets grow, with their bounds; the last one is the count. */
static bool adds_up(struct reader *r, const char *suffix, double le,
		    double value)
{
	bool good = true;

	if (!strcmp(suffix, "_bucket")) {
		good = value >= r->bucket && le > r->bound;
		r->bucket = value;
		r->bound = le;
		return good;
	}
	if (!strcmp(suffix, "_count") && !strcmp(r->type, "histogram")) {
		good = value == r->bucket && isinf(r->bound);
		r->bucket = 0;
		r->bound = -1;
	}
	return good;
}

static bool read_sample(struct reader *r, const char *line, bool quiet)
{
	const char *family = r->families ? r->family[r->families - 1] : "?";
	const char *end = skip_name(line);
	const char *at;
	char suffix[16];
	double value, le = -1;
	char *rest;

	if (strncmp(line, family, strlen(family)) ||
	    end - line < (long)strlen(family))
		return fault("not of the family before it", line, quiet);
	snprintf(suffix, sizeof(suffix), "%.*s",
		 (int)(end - line - strlen(family)), line + strlen(family));
	if (!suffix_fits(r->type, suffix))
		return fault("its name does not fit its type", line, quiet);
	at = skip_labels(end, &le);
	if (!at || *at != ' ')
		return fault("labels", line, quiet);
	value = strtod(at + 1, &rest);
	if (rest == at + 1 || *rest || isnan(value) || value < 0)
		return fault("value", line, quiet);
	r->samples++;
	return adds_up(r, suffix, le, value) ||
	       fault("does not add up", line, quiet);
}

static bool is_open_metrics(const char *text, bool quiet, u32 *samples)
{
	struct reader r = { .bound = -1 };
	char line[4096];

	while (*text) {
		const char *end = strchr(text, '\n');

		if (!end || end - text >= (long)sizeof(line))
			return fault("no end of line", text, quiet);
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		text = end + 1;
		if (r.ended)
			return fault("after # EOF", line, quiet);
		if (!(*line == '#' ? read_comment(&r, line, quiet)
				   : read_sample(&r, line, quiet)))
			return false;
	}
	*samples = r.samples;
	return r.ended || fault("no # EOF", "", quiet);
}

static const char *const wrong[] = {
	"", "a 1\n# EOF\n", "# TYPE a counter\na 1\n# EOF\n",
	"# TYPE a gauge\na 1\n", "# TYPE a gauge\na 1\n# EOF\na 1\n",
	"# TYPE a gauge\na{b=\"c} 1\n# EOF\n",
	"# TYPE a gauge\na{b=\"\\c\"} 1\n# EOF\n",
	"# TYPE a gauge\na{b=c} 1\n# EOF\n", "# TYPE a gauge\na nan\n# EOF\n",
	"# TYPE a gauge\na x\n# EOF\n", "# TYPE a gauge\nb 1\n# EOF\n",
	"# TYPE a gauge\na 1\n# TYPE b gauge\na 1\n# EOF\n",
	"# TYPE a gauge\n# TYPE a gauge\n# EOF\n",
	"# TYPE a gauge\n# UNIT a seconds\n# EOF\n",
	"# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n"
	"a_count 1\n# EOF\n",
	"# TYPE a histogram\na_bucket{le=\"1\"} 2\na_count 2\n# EOF\n",
};

static void test_reader(void)
{
	u32 i, samples;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(!is_open_metrics(wrong[i], true, &samples));
	CHECK(is_open_metrics("# TYPE a_seconds counter\n"
			      "# UNIT a_seconds seconds\n# HELP a_seconds b\n"
			      "a_seconds_total{b=\"c\\\"\",d=\"\"} 1.5\n# EOF\n",
			      false, &samples));
	CHECK_EQ(samples, 1);
}

static void test_metrics(u32 stages)
{
	char *text = NULL;
	struct sl_stats head, *stats;
	size_t bytes;
	u32 samples = 0;
	FILE *out;

	segment_head(&head, stages);
	stats = calloc(1, head.bytes);
	*stats = head;
	segment_fill(stats);
	segment_pass(stats, 1);
	out = open_memstream(&text, &bytes);
	sl_web_metrics(stats, out);
	fclose(out);
	CHECK(is_open_metrics(text, false, &samples));
	CHECK(samples > 20 * stages);
	CHECK(strstr(text, "plan=\"cpu0: half | cpu1: \\\"the\\\" other\""));
	CHECK(strstr(text, "sluice_stage_events_total{stage=\"st0\","
			   "replica=\"0\"} 1000\n"));
	CHECK(strstr(text, "sluice_stage_instructions_total{stage=\"st0\","
			   "replica=\"0\"} 600000\n"));
	CHECK(strstr(text, "sluice_hardware_counters{says=\"hardware"));
	CHECK(stages < 2 || strstr(text, "direction=\"request\",link=\"1\"}"
					 " 0.03\n"));
	CHECK(stages < 2 || strstr(text, "sluice_stage_queue_length{stage="
					 "\"st1\",replica=\"0\"} 300\n"));
	free(text);
	free(stats);
}

int main(void)
{
	test_reader();
	test_metrics(1);
	test_metrics(7);
	test_metrics(100);
	TEST_END();
}
