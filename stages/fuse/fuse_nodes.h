/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Nodes: the kernel's numbers for files, and the handles behind them.
 *
 * A node is one handle.  The kernel counts how often it was told of a node and
 * says so when it forgets it, so a node is free when nothing of that is left
 * and nobody has it open.  One handle is one node, whatever name it was found
 * by: hard links are one inode to those who use the mount.
 *
 *   sl_fuse_nodes_find()    number to node
 *   sl_fuse_nodes_peek()    handle to node, if there is one
 *   sl_fuse_nodes_meet()    handle to node, told of once more
 *   sl_fuse_nodes_forget()  the kernel forgets
 *
 * All is O(1) and carved at the start.  The root is number 1, for ever.
 */
#ifndef SL_FUSE_NODES_H
#define SL_FUSE_NODES_H

#include <linux/types.h>

#include "stages/nfs/file.h"

struct sl_region;

#define SL_FUSE_NONE	(~0u)

struct sl_fuse_node {
	struct sl_file_handle handle;
	u64 told;		/* how often the kernel was told of it */
	u64 verifier;		/* of its first WRITE that is not synced */
	u32 generation;
	u32 next;		/* in its bucket, or of the free ones */
	u32 opens;		/* files that are open; of directories 0 */
	bool used;
	bool unsynced;		/* verifier is that of a WRITE */
	bool lost;		/* another WRITE had another one */
	bool aside;		/* it has no name but ours, for it is open */
};

struct sl_fuse_nodes {
	struct sl_fuse_node *node;
	u32 *bucket;
	u32 bucket_mask;
	u32 max;
	u32 fresh;		/* those from here on were never used */
	u32 free;		/* those that were; a list */
	u32 count;
	u32 reserved;		/* for what is about to be found or made */
	u32 opens;		/* of all of them */
	u32 asides;		/* nodes that have no name but ours */
};

int sl_fuse_nodes_open(struct sl_fuse_nodes *nodes, struct sl_region *region,
		       u32 max);
void sl_fuse_nodes_root(struct sl_fuse_nodes *nodes,
			const struct sl_file_handle *handle);
struct sl_fuse_node *sl_fuse_nodes_peek(const struct sl_fuse_nodes *nodes,
					const struct sl_file_handle *handle);
struct sl_fuse_node *sl_fuse_nodes_meet(struct sl_fuse_nodes *nodes,
					const struct sl_file_handle *handle);
void sl_fuse_nodes_forget(struct sl_fuse_nodes *nodes, u64 number, u64 times);
void sl_fuse_nodes_close_file(struct sl_fuse_nodes *nodes, u64 number);

static inline u64 sl_fuse_nodes_number(const struct sl_fuse_nodes *nodes,
				       const struct sl_fuse_node *node)
{
	return node - nodes->node + 1;
}

/* Whatever the number; NULL if it is nobody's. */
static inline struct sl_fuse_node *
sl_fuse_nodes_find(const struct sl_fuse_nodes *nodes, u64 number)
{
	struct sl_fuse_node *node;

	if (number - 1 >= nodes->fresh)
		return NULL;
	node = &nodes->node[number - 1];
	return node->used ? node : NULL;
}

/* Is there one for a file that may have none yet?  Keeps it, if so. */
static inline bool sl_fuse_nodes_reserve(struct sl_fuse_nodes *nodes)
{
	if (nodes->count + nodes->reserved >= nodes->max)
		return false;
	nodes->reserved++;
	return true;
}

#endif /* SL_FUSE_NODES_H */
