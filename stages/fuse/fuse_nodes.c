// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "membank/region.h"
#include "stages/fuse/fuse_nodes.h"

/* Which words say what a handle is depends on its kind, so it is all of them. */
static u32 *bucket_of(const struct sl_fuse_nodes *nodes,
		      const struct sl_file_handle *handle)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(handle->word); i++) {
		sum = (sum ^ handle->word[i]) * 0xd6e8feb86659fd93u;
		sum ^= sum >> 32;
	}
	return &nodes->bucket[sum & nodes->bucket_mask];
}

/**
 * sl_fuse_nodes_open() - carve an empty table
 * @nodes: where to put it
 * @region: memory of the stage
 * @max: nodes at most
 *
 * Return: 0 or -ENOMEM.
 */
int sl_fuse_nodes_open(struct sl_fuse_nodes *nodes, struct sl_region *region,
		       u32 max)
{
	u32 buckets = roundup_pow_of_two(max);

	*nodes = (struct sl_fuse_nodes){
		.max = max,
		.bucket_mask = buckets - 1,
		.free = SL_FUSE_NONE,
	};
	/* From the first on, so that memory never needed is never touched. */
	nodes->node = sl_region_carve(region, (size_t)max *
					      sizeof(*nodes->node));
	nodes->bucket = sl_region_carve(region, buckets * sizeof(u32));
	if (!nodes->node || !nodes->bucket)
		return -ENOMEM;
	memset(nodes->bucket, 0xff, buckets * sizeof(u32));
	return 0;
}

static struct sl_fuse_node *take(struct sl_fuse_nodes *nodes)
{
	struct sl_fuse_node *node;

	if (nodes->free != SL_FUSE_NONE) {
		node = &nodes->node[nodes->free];
		nodes->free = node->next;
		return node;
	}
	return nodes->fresh < nodes->max ? &nodes->node[nodes->fresh++] : NULL;
}

/**
 * sl_fuse_nodes_peek() - node of a handle
 * @nodes: the table
 * @handle: any handle
 *
 * Return: the node, or NULL if the kernel knows of none.
 */
struct sl_fuse_node *sl_fuse_nodes_peek(const struct sl_fuse_nodes *nodes,
					const struct sl_file_handle *handle)
{
	u32 at = *bucket_of(nodes, handle);

	for (; at != SL_FUSE_NONE; at = nodes->node[at].next)
		if (!memcmp(&nodes->node[at].handle, handle, sizeof(*handle)))
			return &nodes->node[at];
	return NULL;
}

/**
 * sl_fuse_nodes_meet() - the kernel will be told of a file
 * @nodes: the table
 * @handle: the file's
 *
 * Return: its node, old or new, or NULL if there are as many as may be.
 */
struct sl_fuse_node *sl_fuse_nodes_meet(struct sl_fuse_nodes *nodes,
					const struct sl_file_handle *handle)
{
	struct sl_fuse_node *node = sl_fuse_nodes_peek(nodes, handle);
	u32 generation;
	u32 *bucket;

	if (!node) {
		node = take(nodes);
		if (!node)
			return NULL;
		bucket = bucket_of(nodes, handle);
		generation = node->generation + 1;
		*node = (struct sl_fuse_node){
			.handle = *handle,
			.generation = generation,
			.next = *bucket,
			.used = true,
		};
		*bucket = node - nodes->node;
		nodes->count++;
	}
	node->told++;
	return node;
}

/**
 * sl_fuse_nodes_root() - make the first node
 * @nodes: an empty table
 * @handle: of the export
 */
void sl_fuse_nodes_root(struct sl_fuse_nodes *nodes,
			const struct sl_file_handle *handle)
{
	sl_fuse_nodes_meet(nodes, handle);
}

/* Frees a node that nobody has an interest in any more. */
static void settle(struct sl_fuse_nodes *nodes, struct sl_fuse_node *node)
{
	u32 slot = node - nodes->node;
	u32 *at;

	if (node->told || node->opens || node->aside || !slot)
		return;
	at = bucket_of(nodes, &node->handle);
	while (*at != slot)
		at = &nodes->node[*at].next;
	*at = node->next;
	node->used = false;
	node->next = nodes->free;
	nodes->free = slot;
	nodes->count--;
}

/**
 * sl_fuse_nodes_forget() - the kernel forgets what it was told of a node
 * @nodes: the table
 * @number: the kernel's number; whatever it is
 * @times: how many of the times that it was told
 */
void sl_fuse_nodes_forget(struct sl_fuse_nodes *nodes, u64 number, u64 times)
{
	struct sl_fuse_node *node = sl_fuse_nodes_find(nodes, number);

	if (!node)
		return;
	node->told -= min(node->told, times);
	settle(nodes, node);
}

/**
 * sl_fuse_nodes_close_file() - somebody has closed a file, or it lost its aside
 * @nodes: the table
 * @number: the kernel's number; whatever it is
 */
void sl_fuse_nodes_close_file(struct sl_fuse_nodes *nodes, u64 number)
{
	struct sl_fuse_node *node = sl_fuse_nodes_find(nodes, number);

	if (!node)
		return;
	if (node->opens) {
		node->opens--;
		nodes->opens--;
	}
	settle(nodes, node);
}
