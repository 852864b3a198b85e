// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Path, edges, fuse and transfer: who calls whom, and how.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pipelines/draft.h"

/* One name in a path; the one before it, or NULL. */
struct step {
	char name[SL_NAME_MAX];
	struct sl_spot spot;
};

typedef int visit_fn(struct sl_draft *draft, const struct step *before,
		     const struct step *step);

static struct sl_spot spot_at(const struct sl_node *node, const char *at)
{
	struct sl_spot spot = node->spot;

	if (spot.line && node->as_written)
		spot.column += at - node->text;
	return spot;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\n");
}

/* Reads the name at a place in a path; what ends it is looked at later. */
static int read_step(struct sl_draft *draft, const struct sl_node *node,
		     const char **at, struct step *step)
{
	size_t bytes = strcspn(*at, " \t\n<>");

	step->spot = spot_at(node, *at);
	if (!bytes)
		return sl_complain(draft->complaint, &step->spot,
				   "a stage's name is missing; write STAGE <-> STAGE");
	snprintf(step->name, sizeof(step->name), "%.*s",
		 (int)(bytes < SL_NAME_MAX ? bytes : 0), *at);
	if (!sl_draft_is_name(step->name))
		return sl_complain(draft->complaint, &step->spot,
				   "'%.*s' is not a stage's name; give at most %u letters, digits and '_'",
				   (int)(bytes < 40 ? bytes : 40), *at,
				   SL_NAME_MAX - 1);
	*at += bytes;
	return 0;
}

/* Goes along a path, "net <-> http <-> app", and visits every step. */
static int walk(struct sl_draft *draft, const struct sl_node *node,
		const char *key, visit_fn *visit)
{
	struct step steps[2];
	const char *at;
	u32 i;
	int err;

	err = sl_draft_text(draft, node, key);
	if (err)
		return err;
	at = skip_blanks(node->text);
	for (i = 0;; i++) {
		err = read_step(draft, node, &at, &steps[i & 1]);
		err = err ?: visit(draft, i ? &steps[~i & 1] : NULL,
				   &steps[i & 1]);
		if (err)
			return err;
		at = skip_blanks(at);
		if (!*at)
			return 0;
		if (strncmp(at, "<->", 3)) {
			struct sl_spot spot = spot_at(node, at);

			return sl_complain(draft->complaint, &spot,
					   "'%.*s' joins nothing; write '<->' between stages",
					   (int)(strcspn(at, " \t\n") < 20
						 ? strcspn(at, " \t\n") : 20),
					   at);
		}
		at = skip_blanks(at + 3);
	}
}

/* Walks the path and each of the further edges. */
static int walk_all(struct sl_draft *draft, visit_fn *visit)
{
	const struct sl_node *path = sl_node_get(draft->root, "path");
	const struct sl_node *edges = sl_node_get(draft->root, "edges");
	const struct sl_node *edge;
	int err;

	err = path ? walk(draft, path, "path", visit) : 0;
	if (err || !edges)
		return err;
	if (edges->kind != SL_NODE_LIST)
		return sl_complain(draft->complaint, &edges->spot,
				   "edges takes a list; write - STAGE <-> STAGE on lines below it");
	for (edge = edges->first; edge; edge = edge->next) {
		err = walk(draft, edge, "edges", visit);
		if (err)
			return err;
	}
	return 0;
}

/**
 * sl_draft_find() - number of a stage
 * @draft: the draft
 * @name: of the stage
 *
 * Return: its number, or -ENOENT.
 */
int sl_draft_find(struct sl_draft *draft, const char *name)
{
	u32 i;

	for (i = 0; i < draft->stage_count; i++)
		if (!strcmp(draft->stage[i].name, name))
			return i;
	return -ENOENT;
}

static int collect_step(struct sl_draft *draft, const struct step *before,
			const struct step *step)
{
	struct sl_draft_stage *stage;

	(void)before;
	if (sl_draft_find(draft, step->name) >= 0)
		return 0;
	if (draft->stage_count == SL_GRAPH_STAGES_MAX)
		return sl_complain(draft->complaint, &step->spot,
				   "more than %u stages; split the pipeline",
				   SL_GRAPH_STAGES_MAX);
	stage = &draft->stage[draft->stage_count++];
	stage->name = sl_store_copy(draft->store, step->name,
				    strlen(step->name));
	stage->spot = step->spot;
	return stage->name ? 0 : sl_draft_no_memory(draft);
}

/* What stages: says of a stage that the path has named. */
static int collect_node(struct sl_draft *draft, struct sl_node *node)
{
	int found = sl_draft_find(draft, node->key);
	struct sl_nearest nearest;
	u32 i;

	if (found < 0) {
		sl_nearest_start(&nearest, node->key);
		for (i = 0; i < draft->stage_count; i++)
			sl_nearest_try(&nearest, draft->stage[i].name);
		return sl_complain(draft->complaint, &node->key_spot,
				   "stage '%.*s' is joined to nothing; %s%s",
				   SL_SHOW(node->key),
				   nearest.best ? "did you mean " :
						  "name it in path or edges",
				   nearest.best ? nearest.best : "");
	}
	draft->stage[found].spot = node->key_spot;
	if (node->kind == SL_NODE_MAP)
		draft->stage[found].node = node;
	else if (node->kind == SL_NODE_LIST || node->text[0])
		return sl_complain(draft->complaint, &node->spot,
				   "'%.*s' takes options; write %.*s: { OPTION: VALUE }",
				   SL_SHOW(node->key), SL_SHOW(node->key));
	return 0;
}

/**
 * sl_draft_collect() - find out which stages there are
 * @draft: a draft with its tree read
 */
int sl_draft_collect(struct sl_draft *draft)
{
	const struct sl_node *stages = sl_node_get(draft->root, "stages");
	struct sl_node *node;
	int err;

	err = walk_all(draft, collect_step);
	if (err)
		return err;
	if (!draft->stage_count)
		return sl_complain(draft->complaint, &draft->start,
				   "no path; add one, as path: net <-> http");
	if (!stages)
		return 0;
	if (stages->kind != SL_NODE_MAP && stages->kind != SL_NODE_SCALAR)
		return sl_complain(draft->complaint, &stages->spot,
				   "stages takes a map; write STAGE: { OPTION: VALUE } on lines below it");
	if (stages->kind == SL_NODE_SCALAR && stages->text[0])
		return sl_complain(draft->complaint, &stages->spot,
				   "stages takes a map; write STAGE: { OPTION: VALUE } on lines below it");
	for (node = stages->first; node; node = node->next) {
		err = collect_node(draft, node);
		if (err)
			return err;
	}
	return 0;
}

/* "bytes or web": what the ports of one side of a type speak. */
static void list_protocols(const struct sl_stage_type *type, bool right,
			   char *text, u32 bytes)
{
	u32 i, used = 0;

	snprintf(text, bytes, "nothing");
	for (i = 0; i < SL_PORTS_MAX && type->port[i].name; i++)
		if (type->port[i].right == right && used < bytes)
			used += snprintf(text + used, bytes - used, "%s%s",
					 used ? " or " : "",
					 type->port[i].protocol);
}

static int join_step(struct sl_draft *draft, const struct step *before,
		     const struct step *step)
{
	struct sl_graph *graph = draft->graph;
	char asks[96], answers[96];
	int left, right;

	if (!before)
		return 0;
	left = sl_draft_find(draft, before->name);
	right = sl_draft_find(draft, step->name);
	if (left == right)
		return sl_complain(draft->complaint, &step->spot,
				   "'%s' cannot be joined to itself; name another stage",
				   step->name);
	switch (sl_graph_join(graph, left, right)) {
	case 0:
		return 0;
	case -EEXIST:
		return sl_complain(draft->complaint, &before->spot,
				   "'%s' and '%s' are joined already; remove one of the edges",
				   before->name, step->name);
	case -E2BIG:
		return sl_complain(draft->complaint, &step->spot,
				   "more than %u edges; split the pipeline",
				   SL_GRAPH_EDGES_MAX);
	}
	list_protocols(graph->stage[left].type, true, asks, sizeof(asks));
	list_protocols(graph->stage[right].type, false, answers,
		       sizeof(answers));
	return sl_complain(draft->complaint, &step->spot,
			   "'%s' does not fit right of '%s', which asks for %s, while '%s' answers %s; put a stage between or change a type",
			   step->name, before->name, asks, step->name, answers);
}

/**
 * sl_draft_join() - put the edges into the graph
 * @draft: a draft with its stages in the graph
 */
int sl_draft_join(struct sl_draft *draft)
{
	return walk_all(draft, join_step);
}

/* "net-http": both names of an edge.  NULL, having complained, if it is none. */
static struct sl_graph_edge *find_edge(struct sl_draft *draft, const char *key,
				       const char *text,
				       const struct sl_spot *spot)
{
	struct sl_graph *graph = draft->graph;
	char name[2 * SL_NAME_MAX];
	u32 i;

	for (i = 0; i < graph->edge_count; i++) {
		snprintf(name, sizeof(name), "%s-%s",
			 graph->stage[graph->edge[i].left].name,
			 graph->stage[graph->edge[i].right].name);
		if (!strcmp(name, text))
			return &graph->edge[i];
	}
	sl_complain(draft->complaint, spot,
		    "%s: there is no edge '%.*s'; give LEFT-RIGHT, two stages that are joined",
		    key, SL_SHOW(text));
	return NULL;
}

static int fuse_edge(struct sl_draft *draft, const struct sl_node *node)
{
	struct sl_graph_edge *edge;

	if (sl_draft_text(draft, node, "fuse"))
		return -EINVAL;
	edge = find_edge(draft, "fuse", node->text, &node->spot);
	if (!edge)
		return -EINVAL;
	edge->fuse = true;
	return 0;
}

/**
 * sl_draft_fuse() - decide which edges may be direct calls
 * @draft: a draft with its edges in the graph
 */
int sl_draft_fuse(struct sl_draft *draft)
{
	const struct sl_node *node = sl_node_get(draft->root, "fuse");
	const struct sl_node *each;
	u32 i;
	int err;

	if (!node)
		return 0;
	if (node->kind == SL_NODE_SCALAR) {
		err = sl_draft_text(draft, node, "fuse");
		if (err || !strcmp(node->text, "all"))
			return err;
	}
	for (i = 0; i < draft->graph->edge_count; i++)
		draft->graph->edge[i].fuse = false;
	if (node->kind == SL_NODE_SCALAR && !strcmp(node->text, "none"))
		return 0;
	if (node->kind != SL_NODE_LIST)
		return sl_complain(draft->complaint, &node->spot,
				   "fuse: not all, none or a list; give one, as [net-http, app-db]");
	for (each = node->first; each; each = each->next) {
		err = fuse_edge(draft, each);
		if (err)
			return err;
	}
	return 0;
}

static int read_transfer(struct sl_draft *draft, const struct sl_node *node,
			 u8 *kind)
{
	static const char *const words[] = {
		[SL_PASS] = "pass",
		[SL_COPY] = "copy",
		[SL_FLIP] = "flip",
	};
	struct sl_nearest nearest;
	u32 i;

	if (sl_draft_text(draft, node, "transfer"))
		return -EINVAL;
	sl_nearest_start(&nearest, node->text);
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(words[i], node->text)) {
			*kind = i;
			return 0;
		}
		sl_nearest_try(&nearest, words[i]);
	}
	return sl_complain(draft->complaint, &node->spot,
			   "transfer: '%.*s' is not pass, copy or flip%s",
			   SL_SHOW(node->text), sl_nearest_hint(&nearest));
}

/**
 * sl_draft_transfer() - decide how events cross the edges
 * @draft: a draft with its edges in the graph
 */
int sl_draft_transfer(struct sl_draft *draft)
{
	const struct sl_node *node = sl_node_get(draft->root, "transfer");
	const struct sl_node *each;
	u8 kind = SL_PASS;
	u32 i;
	int err;

	if (!node)
		return 0;
	if (node->kind == SL_NODE_LIST)
		return sl_complain(draft->complaint, &node->spot,
				   "transfer: not pass, copy, flip or a map; give one, as { net-http: copy }");
	if (node->kind == SL_NODE_SCALAR) {
		err = read_transfer(draft, node, &kind);
		for (i = 0; !err && i < draft->graph->edge_count; i++)
			draft->graph->edge[i].transfer = kind;
		return err;
	}
	for (each = node->first; each; each = each->next) {
		struct sl_graph_edge *edge;

		edge = find_edge(draft, "transfer", each->key, &each->key_spot);
		err = edge ? read_transfer(draft, each, &edge->transfer)
			   : -EINVAL;
		if (err)
			return err;
	}
	return 0;
}
