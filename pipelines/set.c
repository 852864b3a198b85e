// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Overrides change the tree, so that whatever looks at it later needs not know
 * that they exist; only their spots tell, in complaints.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipelines/draft.h"

struct override {
	struct sl_spot spot;
	const char *stage;	/* NULL: outside of stages; "*": all */
	const char *key;
	struct sl_node value;
};

/* Both are written as in the file. */
static bool is_list_or_map(const char *text)
{
	char end = text[0] ? text[strlen(text) - 1] : 0;

	return (text[0] == '[' && end == ']') || (text[0] == '{' && end == '}');
}

/*
 * All but lists and maps is taken as it is.  "[::1]:80" begins like a list,
 * but does not end like one.
 */
static int read_value(struct sl_draft *draft, struct override *override,
		      const char *text)
{
	struct sl_node *list, *node;
	int err;

	override->value = (struct sl_node){
		.kind = SL_NODE_SCALAR,
		.spot = override->spot,
		.text = text,
		.quoted = true,
	};
	if (!is_list_or_map(text))
		return 0;
	err = sl_tree_read(draft->store, override->spot.origin, text,
			   strlen(text), &list, draft->complaint);
	if (err)
		return err;
	override->value = *list;
	override->value.spot = override->spot;
	for (node = list->first; node; node = node->next) {
		node->spot = override->spot;
		node->key_spot = override->spot;
	}
	return 0;
}

static int read_override(struct sl_draft *draft, const char *text,
			 struct override *override)
{
	const char *equals = strchr(text, '=');
	char *origin, *key, *dot;
	size_t bytes = strlen(text) + sizeof("--set ");

	memset(override, 0, sizeof(*override));
	origin = sl_store_take(draft->store, bytes);
	if (!origin)
		return sl_draft_no_memory(draft);
	snprintf(origin, bytes, "--set %s", text);
	override->spot.origin = origin;
	if (!equals)
		return sl_complain(draft->complaint, &override->spot,
				   "no '='; write STAGE.OPTION=VALUE or KEY=VALUE");

	key = sl_store_copy(draft->store, text, equals - text);
	if (!key)
		return sl_draft_no_memory(draft);
	dot = strchr(key, '.');
	if (dot) {
		*dot = 0;
		override->stage = key;
		key = dot + 1;
	}
	override->key = key;
	text = sl_store_copy(draft->store, equals + 1, strlen(equals + 1));
	return text ? read_value(draft, override, text)
		    : sl_draft_no_memory(draft);
}

/**
 * sl_draft_set_file() - apply the overrides of what stands outside of stages
 * @draft: a draft with its tree read
 */
int sl_draft_set_file(struct sl_draft *draft)
{
	const char *const *set;
	struct override override;
	int err;

	for (set = draft->set; *set; set++) {
		err = read_override(draft, *set, &override);
		if (err)
			return err;
		if (override.stage)
			continue;
		if (!strcmp(override.key, "stages") ||
		    !strcmp(override.key, "edges"))
			return sl_complain(draft->complaint, &override.spot,
					   "'%s' cannot be set as a whole; change the file",
					   override.key);
		if (!sl_node_set(draft->store, draft->root, override.key,
				 &override.value))
			return sl_draft_no_memory(draft);
	}
	return 0;
}

static int set_stage(struct sl_draft *draft, struct sl_draft_stage *stage,
		     const struct override *override)
{
	if (!stage->node) {
		stage->node = sl_store_take(draft->store, sizeof(*stage->node));
		if (!stage->node)
			return sl_draft_no_memory(draft);
		stage->node->kind = SL_NODE_MAP;
		stage->node->spot = stage->spot;
	}
	if (!sl_node_set(draft->store, stage->node, override->key,
			 &override->value))
		return sl_draft_no_memory(draft);
	return 0;
}

static bool has_option(const struct sl_option *option, const char *key)
{
	for (; option && option->name; option++)
		if (!strcmp(option->name, key))
			return true;
	return false;
}

/*
 * "*.core=[0, 1]" is meant to spread a pipeline; what cannot be replicated
 * takes the first place, for it would be tedious to except it each time.
 */
static struct override for_type(const struct override *override,
				const struct sl_stage_type *type)
{
	struct override adapted = *override;

	if (type->class == SL_SERIAL && !strcmp(override->key, "core") &&
	    override->value.kind == SL_NODE_LIST && override->value.first)
		adapted.value = *override->value.first;
	return adapted;
}

/* Every stage that has the option; one must. */
static int set_all(struct sl_draft *draft, const struct override *override)
{
	bool common = has_option(sl_load_stage_options, override->key);
	bool found = false;
	u32 i;
	int err;

	for (i = 0; i < draft->stage_count; i++) {
		const struct sl_stage_type *type = sl_draft_type(draft, i);
		struct override adapted;

		if (!type)
			return -EINVAL;
		if (!common && !has_option(type->options, override->key))
			continue;
		found = true;
		adapted = for_type(override, type);
		err = set_stage(draft, &draft->stage[i], &adapted);
		if (err)
			return err;
	}
	if (!found)
		return sl_complain(draft->complaint, &override->spot,
				   "no stage has an option '%.*s'; see sluice check --options",
				   SL_SHOW(override->key));
	return 0;
}

/**
 * sl_draft_set_stages() - apply the overrides of stages' options
 * @draft: a draft with its stages collected
 */
int sl_draft_set_stages(struct sl_draft *draft)
{
	const char *const *set;
	struct override override;
	struct sl_nearest nearest;
	int stage, err;
	u32 i;

	for (set = draft->set; *set; set++) {
		err = read_override(draft, *set, &override);
		if (err)
			return err;
		if (!override.stage)
			continue;
		if (!strcmp(override.stage, "*")) {
			err = set_all(draft, &override);
			if (err)
				return err;
			continue;
		}
		stage = sl_draft_find(draft, override.stage);
		if (stage < 0) {
			sl_nearest_start(&nearest, override.stage);
			for (i = 0; i < draft->stage_count; i++)
				sl_nearest_try(&nearest, draft->stage[i].name);
			return sl_complain(draft->complaint, &override.spot,
					   "no stage '%.*s'%s",
					   SL_SHOW(override.stage),
					   sl_nearest_hint(&nearest));
		}
		err = set_stage(draft, &draft->stage[stage], &override);
		if (err)
			return err;
	}
	return 0;
}
