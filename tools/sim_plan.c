// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Plans as people write and read them: "cpu0: net+http | cpu1: db".
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim_input.h"

static int complain(const char *what, const char *which)
{
	fprintf(stderr, "sluice sim: --plan: %s '%.40s'; write \"cpu0: a+b |"
		" cpu1: c\"\n", what, which);
	return -EINVAL;
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = 0;
	return text;
}

static int read_core(struct sl_planner_snapshot *s,
		     const struct sl_graph *graph, char *part)
{
	char *colon = strchr(part, ':'), *save = NULL, *name, *end;
	unsigned long core;
	int stage;

	part = trim(part);
	if (!colon || strncmp(part, "cpu", 3) || !isdigit((unsigned char)part[3]))
		return complain("no core in", part);
	*colon = 0;
	core = strtoul(part + 3, &end, 10);
	if (*trim(end) || core >= s->core_count)
		return complain("there is no core", part);
	for (name = strtok_r(colon + 1, "+", &save); name;
	     name = strtok_r(NULL, "+", &save)) {
		name = trim(name);
		stage = sl_graph_find(graph, name);
		if (stage < 0)
			return complain("there is no stage", name);
		s->on[stage] |= 1ull << core;
	}
	return 0;
}

/**
 * sl_sim_plan() - read a plan
 * @s: of the graph, with cores; its plan is set
 * @graph: the graph
 * @text: the plan
 */
int sl_sim_plan(struct sl_planner_snapshot *s, const struct sl_graph *graph,
		const char *text)
{
	char *copy = strdup(text), *save = NULL, *part;
	u32 i;
	int err = copy ? 0 : -ENOMEM;

	memset(s->on, 0, sizeof(s->on));
	for (part = copy ? strtok_r(copy, "|", &save) : NULL; part && !err;
	     part = strtok_r(NULL, "|", &save))
		err = read_core(s, graph, part);
	for (i = 0; i < graph->stage_count && !err; i++)
		if (!s->on[i])
			err = complain("it has no place for stage",
				       graph->stage[i].name);
	s->placed = !err;
	free(copy);
	return err;
}
