// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Whatever a pipeline file holds, loading it ends, and leaves either a graph
 * that can be placed on cores or one printable line of complaint.
 *
 * Lines at the end that begin with "#set " are overrides, so that the fuzzer
 * reaches those too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pipelines/load_site.h"
#include "sched/plan.h"

#define SETS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

/* Cuts overrides off the end of the text; returns what is left of it. */
static size_t cut_sets(char *text, size_t bytes, const char **set)
{
	char *line;
	u32 count = 0;

	while (count < SETS_MAX) {
		line = memrchr(text, '\n', bytes);
		if (!line || strncmp(line, "\n#set ", 6))
			break;
		set[count++] = line + 6;
		bytes = line - text;
		*line = 0;
	}
	set[count] = NULL;
	return bytes;
}

static void check_complaint(const char *text)
{
	size_t length = strlen(text);

	demand(length > 0 && length < SL_COMPLAINT_MAX);
	for (; *text; text++)
		demand((unsigned char)*text >= ' ' && *text != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct sl_plan plan;
	const char *set[SETS_MAX + 1];
	struct sl_complaint complaint;
	struct sl_loaded *loaded;
	char *text = malloc(bytes + 1);

	if (!text)
		abort();
	memcpy(text, data, bytes);
	text[bytes] = 0;
	bytes = cut_sets(text, bytes, set);
	loaded = sl_load_text(&load_site, "fuzz.yaml", text, bytes, set,
			      &complaint);
	if (loaded) {
		demand(!complaint.text[0]);
		demand(loaded->graph.stage_count > 0);
		sl_plan_make(&plan, &loaded->graph, site_cpus, 3);
	} else {
		check_complaint(complaint.text);
	}
	sl_loaded_close(loaded);
	free(text);
	return 0;
}
