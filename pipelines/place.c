// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Places: which worker, a thread on a CPU, runs a stage or its replicas.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pipelines/draft.h"

/* "0-1,3", for people. */
static void list_cpus(const struct sl_load_site *site, char *text, u32 bytes)
{
	u32 i, last, used = 0;

	text[0] = 0;
	for (i = 0; i < site->cpu_count && used + 16 < bytes; i = last + 1) {
		last = i;
		while (last + 1 < site->cpu_count &&
		       site->cpus[last + 1] == site->cpus[last] + 1)
			last++;
		used += sprintf(text + used, "%s%u", used ? "," : "",
				site->cpus[i]);
		if (last > i)
			used += sprintf(text + used, "-%u", site->cpus[last]);
	}
}

/* "1" or "1/0": a CPU, and which of several worker threads on it. */
static int read_place(struct sl_draft *draft, const struct sl_node *node,
		      struct sl_place *place)
{
	static const struct sl_option cpu = { .max = 65535 };
	static const struct sl_option thread = { .max = SL_CORES_MAX - 1 };
	char why[SL_OPTION_WHY_MAX], text[16], cpus[64];
	u64 number[2] = { 0, 0 };
	const char *absent;
	char *slash;
	u32 i;

	if (sl_draft_text(draft, node, "core"))
		return -EINVAL;
	snprintf(text, sizeof(text), "%s", node->text);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = 0;
	if (strlen(node->text) >= sizeof(text) ||
	    sl_option_number(&cpu, text, &number[0], why) ||
	    (slash && sl_option_number(&thread, slash, &number[1], why)))
		return sl_complain(draft->complaint, &node->spot,
				   "core: '%.*s' is not a core; give a CPU, as 1, or CPU/THREAD, as 1/0, with at most %u threads",
				   SL_SHOW(node->text), SL_CORES_MAX);

	place->cpu = number[0];
	place->thread = number[1];
	for (i = 0; i < draft->site->cpu_count; i++)
		if (draft->site->cpus[i] == place->cpu)
			return 0;
	list_cpus(draft->site, cpus, sizeof(cpus));
	absent = draft->site->absent ? draft->site->absent(place->cpu) : NULL;
	if (absent)
		return sl_complain(draft->complaint, &node->spot,
				   "core: CPU %u is there, but %s; give one of %s, or any",
				   place->cpu, absent, cpus);
	return sl_complain(draft->complaint, &node->spot,
			   "core: there is no CPU %u to run on; give one of %s, or any",
			   place->cpu, cpus);
}

static int add_place(struct sl_draft *draft, struct sl_graph_stage *stage,
		     const struct sl_node *node)
{
	struct sl_place place;
	u32 i;

	if (read_place(draft, node, &place))
		return -EINVAL;
	for (i = 0; i < stage->place_count; i++)
		if (stage->place[i].cpu == place.cpu &&
		    stage->place[i].thread == place.thread)
			return sl_complain(draft->complaint, &node->spot,
					   "core: '%.*s' is listed twice; name each core once",
					   SL_SHOW(node->text));
	if (stage->place_count == SL_CORES_MAX)
		return sl_complain(draft->complaint, &node->spot,
				   "core: more than %u replicas; list fewer",
				   SL_CORES_MAX);
	stage->place[stage->place_count++] = place;
	return 0;
}

/**
 * sl_draft_place() - read where a stage runs
 * @draft: the draft
 * @stage: the stage, in the graph already
 * @node: value of its option "core": "any", one place, or a list of them
 */
int sl_draft_place(struct sl_draft *draft, struct sl_graph_stage *stage,
		   const struct sl_node *node)
{
	const struct sl_node *each;
	int err;

	if (node->kind == SL_NODE_SCALAR && !strcmp(node->text, "any"))
		return 0;
	if (node->kind != SL_NODE_LIST)
		return add_place(draft, stage, node);
	if (!node->first)
		return sl_complain(draft->complaint, &node->spot,
				   "core: the list is empty; name a CPU, or remove it");
	for (each = node->first; each; each = each->next) {
		err = add_place(draft, stage, each);
		if (err)
			return err;
	}
	if (stage->place_count > 1 && stage->type->class == SL_SERIAL)
		return sl_complain(draft->complaint, &node->spot,
				   "core: '%s' cannot be replicated, as its type '%s' is serial; name one core",
				   stage->name, stage->type->name);
	return 0;
}
