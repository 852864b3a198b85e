// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "pipelines/tree.h"

struct sl_stored {
	struct sl_stored *next;
	max_align_t memory[];
};

/* A text on its way to become a tree. */
struct reading {
	struct sl_store *store;
	struct sl_complaint *complaint;
	const char *origin;
	const char *text;
	yaml_parser_t parser;
	struct sl_node *root;
	struct sl_node *open[SL_TREE_DEPTH_MAX];
	u32 depth;
	u32 nodes;
	u32 documents;
	/* The key whose value comes next; NULL outside of maps. */
	const char *key;
	struct sl_spot key_spot;
};

/**
 * sl_store_take() - zeroed memory that lives as long as the store
 * @store: the store
 * @bytes: how much
 *
 * Return: the memory, or NULL if there is none.
 */
void *sl_store_take(struct sl_store *store, size_t bytes)
{
	struct sl_stored *stored = calloc(1, sizeof(*stored) + bytes);

	if (!stored)
		return NULL;
	stored->next = store->first;
	store->first = stored;
	return stored->memory;
}

/**
 * sl_store_copy() - text that lives as long as the store
 * @store: the store
 * @text: what to copy
 * @bytes: its length
 *
 * Return: the copy, with an end, or NULL if there is no memory.
 */
char *sl_store_copy(struct sl_store *store, const char *text, size_t bytes)
{
	char *copy = sl_store_take(store, bytes + 1);

	if (copy)
		memcpy(copy, text, bytes);
	return copy;
}

/**
 * sl_store_close() - give everything back
 * @store: the store, empty afterwards
 */
void sl_store_close(struct sl_store *store)
{
	while (store->first) {
		struct sl_stored *stored = store->first;

		store->first = stored->next;
		free(stored);
	}
}

/**
 * sl_node_get() - value of a key
 * @map: a map, or NULL
 * @key: what to look for
 *
 * Return: the node, or NULL.
 */
struct sl_node *sl_node_get(const struct sl_node *map, const char *key)
{
	struct sl_node *node;

	for (node = map ? map->first : NULL; node; node = node->next)
		if (!strcmp(node->key, key))
			return node;
	return NULL;
}

static void append(struct sl_node *parent, struct sl_node *node)
{
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
}

/**
 * sl_node_set() - give a key another value, or a first one
 * @store: where the tree lives
 * @map: the map
 * @key: the key, which lives as long as the tree
 * @value: its value, copied; what is below it is shared
 *
 * Return: the node in the map, or NULL if there is no memory.
 */
struct sl_node *sl_node_set(struct sl_store *store, struct sl_node *map,
			    const char *key, const struct sl_node *value)
{
	struct sl_node *node = sl_node_get(map, key);
	struct sl_node *next = NULL;

	if (node) {
		next = node->next;
	} else {
		node = sl_store_take(store, sizeof(*node));
		if (!node)
			return NULL;
		append(map, node);
	}
	*node = *value;
	node->key = key;
	node->key_spot = value->spot;
	node->next = next;
	return node;
}

static struct sl_spot spot_of(const struct reading *reading, yaml_mark_t mark)
{
	return (struct sl_spot){ reading->origin, mark.line + 1,
				 mark.column + 1 };
}

static int no_memory(struct reading *reading)
{
	struct sl_spot spot = { reading->origin, 0, 0 };

	sl_complain(reading->complaint, &spot, "out of memory");
	return -ENOMEM;
}

/* The parser says what it met in its own terms; the usual slips get ours. */
static const char *hint_for(const char *problem)
{
	static const char *const hints[][2] = {
		{ "cannot start any token",
		  "quote the value; indent with blanks, not tabs" },
		{ "tab character", "indent with blanks, not tabs" },
		{ "mapping values are not allowed",
		  "quote a value that holds ': ', and check the indentation" },
		{ "expected ',' or", "close the bracket, or put a comma" },
		{ "did not find expected", "check indentation and brackets" },
		{ "could not find expected ':'", "write KEY: VALUE" },
		{ "unexpected end of stream", "close the quotes" },
		{ "UTF-8", "save the file as UTF-8" },
		{ "control characters", "save it as plain text" },
	};
	size_t i;

	for (i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (strstr(problem, hints[i][0]))
			return hints[i][1];
	return "see sluice-pipeline(5) for the format";
}

static int complain_of_syntax(struct reading *reading)
{
	const yaml_parser_t *parser = &reading->parser;
	const char *problem = parser->problem ? parser->problem : "unreadable";
	struct sl_spot spot = spot_of(reading, parser->problem_mark);
	size_t i;

	if (parser->error == YAML_MEMORY_ERROR)
		return no_memory(reading);
	if (parser->error == YAML_READER_ERROR) {
		/* Bad bytes have an offset only. */
		spot.line = spot.column = 1;
		for (i = 0; i < parser->problem_offset; i++) {
			spot.column++;
			if (reading->text[i] == '\n') {
				spot.line++;
				spot.column = 1;
			}
		}
	}
	return sl_complain(reading->complaint, &spot, "not YAML: %s; %s",
			   problem, hint_for(problem));
}

/* Puts a value where it belongs: below the innermost open map or list. */
static void add(struct reading *reading, struct sl_node *node)
{
	node->key = reading->key;
	node->key_spot = reading->key_spot;
	reading->key = NULL;
	if (reading->depth)
		append(reading->open[reading->depth - 1], node);
	else
		reading->root = node;
}

/* The parent wants a key first; a scalar becomes one. */
static int take_key(struct reading *reading, const struct sl_node *node)
{
	const struct sl_node *twin;

	if (node->kind != SL_NODE_SCALAR)
		return sl_complain(reading->complaint, &node->spot,
				   "a key cannot be a list or a map; write KEY: VALUE");
	twin = sl_node_get(reading->open[reading->depth - 1], node->text);
	if (twin)
		return sl_complain(reading->complaint, &node->spot,
				   "'%.*s' was set on line %u already; remove one of them",
				   SL_SHOW(node->text), twin->key_spot.line);
	reading->key = node->text;
	reading->key_spot = node->spot;
	return 0;
}

static int take_node(struct reading *reading, struct sl_node *node)
{
	const struct sl_node *parent = NULL;

	if (++reading->nodes > SL_TREE_NODES_MAX)
		return sl_complain(reading->complaint, &node->spot,
				   "more than %u values; no pipeline needs as many",
				   SL_TREE_NODES_MAX);
	if (reading->depth)
		parent = reading->open[reading->depth - 1];
	if (parent && parent->kind == SL_NODE_MAP && !reading->key)
		return take_key(reading, node);
	add(reading, node);
	if (node->kind == SL_NODE_SCALAR)
		return 0;
	if (reading->depth == SL_TREE_DEPTH_MAX)
		return sl_complain(reading->complaint, &node->spot,
				   "nested deeper than %u levels; close brackets, or indent less",
				   SL_TREE_DEPTH_MAX);
	reading->open[reading->depth++] = node;
	return 0;
}

static int take_scalar(struct reading *reading, struct sl_node *node,
		       const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t bytes = event->data.scalar.length;
	yaml_scalar_style_t style = event->data.scalar.style;
	size_t columns = event->end_mark.column - event->start_mark.column;

	if (memchr(text, 0, bytes))
		return sl_complain(reading->complaint, &node->spot,
				   "a value cannot hold a NUL; remove it");
	node->kind = SL_NODE_SCALAR;
	node->text = sl_store_copy(reading->store, text, bytes);
	if (!node->text)
		return no_memory(reading);
	if (event->start_mark.line == event->end_mark.line)
		node->as_written = columns == bytes;
	node->quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
		       style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	if (node->quoted)
		node->as_written = false;
	return take_node(reading, node);
}

/* What YAML can do and a pipeline file must not. */
static int refuse(struct reading *reading, const struct sl_spot *spot,
		  const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return sl_complain(reading->complaint, spot,
				   "aliases (*name) are refused; write the value out");
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return sl_complain(reading->complaint, spot,
				   "anchors (&name) are refused; remove it");
	if (tag)
		return sl_complain(reading->complaint, spot,
				   "tags (!name) mean nothing here; remove it");
	return 0;
}

static int take_event(struct reading *reading, const yaml_event_t *event)
{
	struct sl_spot spot = spot_of(reading, event->start_mark);
	struct sl_node *node;
	int err;

	err = refuse(reading, &spot, event);
	if (err)
		return err;
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++reading->documents > 1)
			return sl_complain(reading->complaint, &spot,
					   "a second document; one pipeline a file");
		return 0;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reading->depth--;
		return 0;
	case YAML_SCALAR_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		break;
	default:
		return 0;
	}

	node = sl_store_take(reading->store, sizeof(*node));
	if (!node)
		return no_memory(reading);
	node->spot = spot;
	if (event->type == YAML_SCALAR_EVENT)
		return take_scalar(reading, node, event);
	node->kind = event->type == YAML_MAPPING_START_EVENT ? SL_NODE_MAP
							     : SL_NODE_LIST;
	return take_node(reading, node);
}

static int read_events(struct reading *reading)
{
	yaml_event_t event;
	bool more = true;
	int err = 0;

	while (more && !err) {
		if (!yaml_parser_parse(&reading->parser, &event))
			return complain_of_syntax(reading);
		more = event.type != YAML_STREAM_END_EVENT;
		err = take_event(reading, &event);
		yaml_event_delete(&event);
	}
	return err;
}

/**
 * sl_tree_read() - read YAML text
 * @store: where the tree is to live
 * @origin: name of the text for complaints, which lives as long
 * @text: the text
 * @bytes: its length
 * @root: set to the outermost value; NULL if the text holds none
 * @complaint: says what is wrong, if something is
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sl_tree_read(struct sl_store *store, const char *origin, const char *text,
		 size_t bytes, struct sl_node **root,
		 struct sl_complaint *complaint)
{
	struct sl_spot start = { origin, 1, 1 };
	struct reading reading = {
		.store = store,
		.complaint = complaint,
		.origin = origin,
		.text = text,
	};
	int err;

	*root = NULL;
	if (bytes > SL_TREE_BYTES_MAX)
		return sl_complain(complaint, &start,
				   "larger than 1 MiB; this is no pipeline file");
	if (!yaml_parser_initialize(&reading.parser))
		return no_memory(&reading);
	yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reading.parser,
				     (const unsigned char *)text, bytes);
	err = read_events(&reading);
	yaml_parser_delete(&reading.parser);
	if (!err)
		*root = reading.root;
	return err;
}
