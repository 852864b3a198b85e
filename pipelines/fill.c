// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Keys and values: tables say which there are, and of which kind and range.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "pipelines/draft.h"

struct file_options {
	u64 ring;
	u64 batch;
	u64 poll;
	u64 latency;
	bool huge;
	u64 reclaim;
	u64 isolate;
	u64 schedule;
	const char *lanes;
};

static const char *const isolate_choices[] = {
	[SL_ISOLATE_NONE] = "none",
	[SL_ISOLATE_PKEY] = "pkey",
	NULL,
};

/* Of reclaim and schedule. */
enum { AUTO, OFF, HOST };
static const char *const reclaim_choices[] = { "auto", "off", NULL };
static const char *const schedule_choices[] = { "auto", "static", "host",
						NULL };

const struct sl_option sl_load_file_options[] = {
	{ "ring", SL_OPTION_NUMBER, offsetof(struct file_options, ring), 2,
	  1 << 20, "1024", NULL,
	  "slots of each ring between cores, a power of two" },
	{ "batch", SL_OPTION_NUMBER, offsetof(struct file_options, batch), 1,
	  SL_BATCH_MAX, "64", NULL, "events that a stage gets at once, at most" },
	{ "poll", SL_OPTION_DURATION, offsetof(struct file_options, poll), 0,
	  10000000000, "50us", NULL,
	  "how long an idle core looks for work before it sleeps" },
	{ "latency", SL_OPTION_DURATION, offsetof(struct file_options, latency),
	  0, 10000000000, "0", NULL,
	  "how long a core's turn is to take, at most; 0: no matter" },
	{ "huge", SL_OPTION_BOOL, offsetof(struct file_options, huge), 0, 0,
	  "true", NULL, "use huge pages for events when there are any" },
	{ "reclaim", SL_OPTION_CHOICE, offsetof(struct file_options, reclaim),
	  0, 0, "auto", reclaim_choices,
	  "give idle pages of banks back when memory is short" },
	{ "isolate", SL_OPTION_CHOICE, offsetof(struct file_options, isolate),
	  0, 0, "none", isolate_choices,
	  "keep stages from each other's memory, by protection keys" },
	{ "schedule", SL_OPTION_CHOICE, offsetof(struct file_options, schedule),
	  0, 0, "auto", schedule_choices,
	  "move stages that name no core while they run, let them stay, or leave threads to the host" },
	{ "lanes", SL_OPTION_STRING, offsetof(struct file_options, lanes), 1, 0,
	  "1", NULL, "replicas that schedule may spread over cores; or auto: as many as CPUs" },
	{ NULL, 0, 0, 0, 0, NULL, NULL, NULL },
};

struct stage_options {
	const char *type;
	const char *core;
	const char *bank;
	u64 events;
	u64 event_bytes;
	const char *near;
	const char *apart;
	u64 max;
};

/* What type and core default to cannot be written as a value. */
const struct sl_option sl_load_stage_options[] = {
	{ "type", SL_OPTION_STRING, offsetof(struct stage_options, type), 1,
	  SL_NAME_MAX - 1, "", NULL, "what the stage does; its name by default" },
	{ "core", SL_OPTION_STRING, offsetof(struct stage_options, core), 1, 0,
	  "any", NULL, "CPU, or CPU/THREAD, or a list of them: one replica each" },
	{ "bank", SL_OPTION_STRING, offsetof(struct stage_options, bank), 1,
	  SL_NAME_MAX - 1, "", NULL, "group of stages that share their memory" },
	{ "events", SL_OPTION_NUMBER, offsetof(struct stage_options, events), 1,
	  1 << 20, "", NULL, "events in the stage's bank" },
	{ "event_bytes", SL_OPTION_BYTES,
	  offsetof(struct stage_options, event_bytes), 64, 16 << 20, "", NULL,
	  "buffer of each event" },
	{ "near", SL_OPTION_STRING, offsetof(struct stage_options, near), 1, 0,
	  "", NULL, "stage, or a list of them, to run on or near their cores" },
	{ "apart", SL_OPTION_STRING, offsetof(struct stage_options, apart), 1,
	  0, "", NULL, "stage, or a list of them, to share no core with" },
	{ "max", SL_OPTION_NUMBER, offsetof(struct stage_options, max), 1,
	  SL_CORES_MAX, "", NULL, "replicas, at most" },
	{ NULL, 0, 0, 0, 0, NULL, NULL, NULL },
};

/* To look at the clock and at rings takes as long. */
#define LATENCY_NS_MIN 1000

/* Beyond this it is a slip of the keyboard, and no machine would bear it. */
#define BANK_BYTES_MAX (16ull << 30)

int sl_draft_no_memory(struct sl_draft *draft)
{
	sl_complain(draft->complaint, &draft->start,
		    "out of memory; free some and try again");
	return -ENOMEM;
}

/**
 * sl_draft_is_name() - may a pipeline, stage or bank be called this
 * @name: the name
 */
bool sl_draft_is_name(const char *name)
{
	return *name && strlen(name) < SL_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(name);
}

/**
 * sl_draft_text() - see to it that a key has one value
 * @draft: the draft
 * @node: value of the key
 * @key: the key
 */
int sl_draft_text(struct sl_draft *draft, const struct sl_node *node,
		  const char *key)
{
	if (node->kind != SL_NODE_SCALAR)
		return sl_complain(draft->complaint, &node->spot,
				   "%.*s takes one value, not a %s; write %.*s: VALUE",
				   SL_SHOW(key),
				   node->kind == SL_NODE_LIST ? "list" : "map",
				   SL_SHOW(key));
	if (!node->quoted && (!node->text[0] || !strcmp(node->text, "~") ||
			      !strcmp(node->text, "null")))
		return sl_complain(draft->complaint, &node->spot,
				   "%.*s has no value; write %.*s: VALUE, or remove it",
				   SL_SHOW(key), SL_SHOW(key));
	return 0;
}

static bool knows(struct sl_nearest *nearest, const struct sl_option *option,
		  const char *key)
{
	for (; option && option->name; option++) {
		if (!strcmp(option->name, key))
			return true;
		sl_nearest_try(nearest, option->name);
	}
	return false;
}

/* Every key of a map must be in one of two tables. */
static int check_keys(struct sl_draft *draft, const struct sl_node *map,
		      const char *what, const struct sl_option *special,
		      const struct sl_option *common)
{
	struct sl_nearest nearest;
	struct sl_node *node;

	for (node = map->first; node; node = node->next) {
		sl_nearest_start(&nearest, node->key);
		if (!knows(&nearest, special, node->key) &&
		    !knows(&nearest, common, node->key))
			return sl_complain(draft->complaint, &node->key_spot,
					   "unknown %s '%.*s'%s", what,
					   SL_SHOW(node->key),
					   sl_nearest_hint(&nearest));
	}
	return 0;
}

/**
 * sl_draft_check_keys() - are the outermost keys known
 * @draft: a draft with its tree read
 */
int sl_draft_check_keys(struct sl_draft *draft)
{
	static const struct sl_option structure[] = {
		{ .name = "pipeline" }, { .name = "path" }, { .name = "edges" },
		{ .name = "fuse" },	{ .name = "transfer" },
		{ .name = "stages" },	{ .name = NULL },
	};

	return check_keys(draft, draft->root, "key", structure,
			  sl_load_file_options);
}

/* Fills in a struct from what a map says and from the table's defaults. */
static int fill(struct sl_draft *draft, const struct sl_option *option,
		const struct sl_node *map, const char *who,
		const struct sl_spot *spot, void *options)
{
	char why[SL_OPTION_WHY_MAX];
	struct sl_node *node;
	const char *text;
	int err;

	for (; option && option->name; option++) {
		node = sl_node_get(map, option->name);
		text = option->standard;
		if (node) {
			err = sl_draft_text(draft, node, option->name);
			if (err)
				return err;
			text = node->text;
		}
		if (!text)
			return sl_complain(draft->complaint, spot,
					   "%.*s lacks '%s' (%s); add %s: VALUE",
					   SL_SHOW(who), option->name,
					   option->help, option->name);
		err = sl_option_store(option, text, options, draft->store, why);
		if (err == -ENOMEM)
			return sl_draft_no_memory(draft);
		if (err)
			return sl_complain(draft->complaint,
					   node ? &node->spot : spot, "%s: %s",
					   option->name, why);
	}
	return 0;
}

/* "my shop.yaml" makes "my_shop". */
static void name_after_file(char *name)
{
	char one[2] = "";

	for (; *name && *name != '.'; name++) {
		one[0] = *name;
		if (!sl_draft_is_name(one))
			*name = '_';
	}
	*name = 0;
}

/* The pipeline is called as its file is, unless that says otherwise. */
static int fill_name(struct sl_draft *draft)
{
	const struct sl_node *node = sl_node_get(draft->root, "pipeline");
	const char *name = strrchr(draft->start.origin, '/');
	int err;

	if (!node) {
		name = name ? name + 1 : draft->start.origin;
		sl_graph_init(draft->graph, name);
		name_after_file(draft->graph->name);
		return 0;
	}
	err = sl_draft_text(draft, node, "pipeline");
	if (err)
		return err;
	if (!sl_draft_is_name(node->text))
		return sl_complain(draft->complaint, &node->spot,
				   "'%.*s' is not a name; give at most %u letters, digits and '_'",
				   SL_SHOW(node->text), SL_NAME_MAX - 1);
	sl_graph_init(draft->graph, node->text);
	return 0;
}

/**
 * sl_draft_fill_file() - read what stands outside of stages
 * @draft: a draft with its keys checked
 */
int sl_draft_fill_file(struct sl_draft *draft)
{
	struct file_options options = { 0 };
	int err;

	err = fill_name(draft);
	err = err ?: fill(draft, sl_load_file_options, draft->root,
			  "the pipeline", &draft->start, &options);
	if (err)
		return err;
	if (options.ring & (options.ring - 1))
		return sl_complain(draft->complaint,
				   &sl_node_get(draft->root, "ring")->spot,
				   "ring: %llu is not a power of two; give 512, 1024, 2048, ...",
				   (unsigned long long)options.ring);
	if (options.latency && options.latency < LATENCY_NS_MIN)
		return sl_complain(draft->complaint,
				   &sl_node_get(draft->root, "latency")->spot,
				   "latency: no turn is as short as %lluns; give 1us or more, or 0 for no target",
				   (unsigned long long)options.latency);
	draft->graph->ring_slots = options.ring;
	draft->graph->batch_max = options.batch;
	draft->graph->poll_ns = options.poll;
	draft->graph->latency_ns = options.latency;
	draft->graph->huge = options.huge;
	draft->graph->reclaim = options.reclaim == AUTO;
	draft->graph->isolate = options.isolate;
	draft->graph->movable = options.schedule == AUTO;
	draft->graph->unbound = options.schedule == HOST;
	return 0;
}

/**
 * sl_draft_type() - what a stage does
 * @draft: the draft
 * @stage: number of the stage
 *
 * Return: its type, or NULL having complained.
 */
const struct sl_stage_type *sl_draft_type(struct sl_draft *draft, u32 stage)
{
	const struct sl_stage_type *const *type;
	const struct sl_draft_stage *s = &draft->stage[stage];
	const struct sl_node *node = sl_node_get(s->node, "type");
	const char *name = node ? node->text : s->name;
	struct sl_nearest nearest;

	if (node && sl_draft_text(draft, node, "type"))
		return NULL;
	sl_nearest_start(&nearest, name);
	for (type = draft->site->types; *type; type++) {
		if (!strcmp((*type)->name, name))
			return *type;
		sl_nearest_try(&nearest, (*type)->name);
	}
	sl_complain(draft->complaint, node ? &node->spot : &s->spot,
		    "unknown stage type '%.*s'%s", SL_SHOW(name),
		    sl_nearest_hint(&nearest));
	return NULL;
}

static int fill_bank(struct sl_draft *draft, struct sl_graph_stage *stage,
		     const struct sl_node *map)
{
	const struct sl_node *bank = sl_node_get(map, "bank");
	const struct sl_node *size[2] = { sl_node_get(map, "events"),
					  sl_node_get(map, "event_bytes") };
	u32 *const field[2] = { &stage->events, &stage->event_bytes };
	char why[SL_OPTION_WHY_MAX];
	u64 number;
	u32 i;

	if (bank && sl_draft_text(draft, bank, "bank"))
		return -EINVAL;
	if (bank && !sl_draft_is_name(bank->text))
		return sl_complain(draft->complaint, &bank->spot,
				   "bank: '%.*s' is not a name; give at most %u letters, digits and '_'",
				   SL_SHOW(bank->text), SL_NAME_MAX - 1);
	if (bank)
		strcpy(stage->bank, bank->text);

	for (i = 0; i < 2; i++) {
		const struct sl_option *option = &sl_load_stage_options[3 + i];

		if (!size[i])
			continue;
		if (sl_draft_text(draft, size[i], option->name))
			return -EINVAL;
		if (!stage->type->event_bytes)
			return sl_complain(draft->complaint, &size[i]->key_spot,
					   "%s: a stage of type '%s' makes no events; remove it",
					   option->name, stage->type->name);
		if (sl_option_number(option, size[i]->text, &number, why))
			return sl_complain(draft->complaint, &size[i]->spot,
					   "%s: %s", option->name, why);
		*field[i] = number;
	}
	if ((u64)stage->events * stage->event_bytes > BANK_BYTES_MAX)
		return sl_complain(draft->complaint,
				   &(size[0] ?: size[1])->spot,
				   "%u events of %u bytes are more than 16G; lower events or event_bytes",
				   stage->events, stage->event_bytes);
	return 0;
}

static int fill_stage(struct sl_draft *draft, u32 number)
{
	const struct sl_draft_stage *s = &draft->stage[number];
	const struct sl_stage_type *type = sl_draft_type(draft, number);
	const struct sl_node *core = sl_node_get(s->node, "core");
	struct sl_graph_stage *stage;
	void *options = NULL;
	int err;

	if (!type)
		return -EINVAL;
	if (s->node && check_keys(draft, s->node, "option", type->options,
				  sl_load_stage_options))
		return -EINVAL;
	if (type->options_bytes) {
		options = sl_store_take(draft->store, type->options_bytes);
		if (!options)
			return sl_draft_no_memory(draft);
	}
	/* Collecting has seen to it that the name is new and fits. */
	sl_graph_add(draft->graph, s->name, type, options);
	stage = &draft->graph->stage[number];

	err = fill(draft, type->options, s->node, s->name, &s->spot, options);
	err = err ?: fill_bank(draft, stage, s->node);
	if (!err && core)
		err = sl_draft_place(draft, stage, core);
	return err;
}

/**
 * sl_draft_fill_stages() - add the stages to the graph
 * @draft: a draft with its stages collected
 */
int sl_draft_fill_stages(struct sl_draft *draft)
{
	u32 i;
	int err;

	for (i = 0; i < draft->stage_count; i++) {
		err = fill_stage(draft, i);
		if (err)
			return err;
	}
	return 0;
}
