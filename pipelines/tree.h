/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Trees: YAML text as nodes that know where they were written.
 *
 * Only what pipeline files need: maps with plain keys, each key once, lists,
 * and scalars.  Anchors, aliases, tags and further documents are refused, and
 * so are files that are too large or too deep, so that no text costs more than
 * its length.
 *
 * Everything is taken from a store, which is given back as a whole.
 */
#ifndef SL_TREE_H
#define SL_TREE_H

#include <stddef.h>

#include <linux/types.h>

#include "pipelines/complaint.h"

#define SL_TREE_BYTES_MAX	(1u << 20)
#define SL_TREE_NODES_MAX	4096
#define SL_TREE_DEPTH_MAX	8

/* Memory that goes as a whole. */
struct sl_store {
	struct sl_stored *first;
};

void *sl_store_take(struct sl_store *store, size_t bytes);
char *sl_store_copy(struct sl_store *store, const char *text, size_t bytes);
void sl_store_close(struct sl_store *store);

enum sl_node_kind { SL_NODE_SCALAR, SL_NODE_LIST, SL_NODE_MAP };

struct sl_node {
	enum sl_node_kind kind;
	struct sl_spot spot;
	const char *key;	/* in a map */
	struct sl_spot key_spot;
	const char *text;	/* of a scalar */
	bool as_written;	/* text[i] stands i columns right of spot */
	bool quoted;		/* "" is a value, nothing at all is none */
	struct sl_node *first;	/* of a list or map */
	struct sl_node *last;
	struct sl_node *next;	/* sibling */
};

int sl_tree_read(struct sl_store *store, const char *origin, const char *text,
		 size_t bytes, struct sl_node **root,
		 struct sl_complaint *complaint);
struct sl_node *sl_node_get(const struct sl_node *map, const char *key);
struct sl_node *sl_node_set(struct sl_store *store, struct sl_node *map,
			    const char *key, const struct sl_node *value);

#endif /* SL_TREE_H */
