// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves the table of nodes against a plain one: whatever is met, forgotten,
 * opened and closed, a handle has one number for as long as it is known, no
 * two have the same, and all of the table can be used again and again.
 */
#include <linux/err.h>

#include "membank/region.h"
#include "stages/fuse/fuse_nodes.h"
#include "tools/test.h"

#define NODES	32
#define HANDLES	64
#define STEPS	200000

static struct sl_fuse_nodes nodes;
static struct {
	u64 number;		/* 0: not known */
	u64 told;
	u32 opens;
} model[HANDLES];
static u32 known;

static struct sl_file_handle handle_of(u32 i)
{
	struct sl_file_handle handle = { { i % 4, i % 8, 0, 7, 0, 0, 0, i } };

	return handle;
}

static void drop(u32 i)
{
	if (!model[i].told && !model[i].opens) {
		model[i].number = 0;
		known--;
	}
}

static void meet(u32 i)
{
	struct sl_file_handle handle = handle_of(i);
	struct sl_fuse_node *node = sl_fuse_nodes_meet(&nodes, &handle);
	u32 j;

	if (!model[i].number && known == NODES) {
		CHECK(!node);
		return;
	}
	if (!CHECK(node))
		return;
	if (!model[i].number) {
		model[i].number = sl_fuse_nodes_number(&nodes, node);
		model[i].told = model[i].opens = 0;
		known++;
		for (j = 0; j < HANDLES; j++)
			if (j != i && model[j].number == model[i].number)
				CHECK_EQ(j, i);
	}
	model[i].told++;
	if (sl_fuse_nodes_number(&nodes, node) != model[i].number ||
	    node->told != model[i].told)
		CHECK_EQ(node->told, model[i].told);
}

static void forget(u32 i, u64 times)
{
	if (!model[i].number)
		return;
	sl_fuse_nodes_forget(&nodes, model[i].number, times);
	model[i].told -= times < model[i].told ? times : model[i].told;
	if (i)
		drop(i);
}

static void open_or_close(u32 i, bool open)
{
	struct sl_fuse_node *node;

	if (!i || !model[i].number)
		return;
	node = sl_fuse_nodes_find(&nodes, model[i].number);
	if (!CHECK(node))
		return;
	if (open) {
		node->opens++;
		nodes.opens++;
		model[i].opens++;
	} else if (model[i].opens) {
		sl_fuse_nodes_close_file(&nodes, model[i].number);
		model[i].opens--;
		drop(i);
	}
}

static void test_model(void)
{
	u32 i, step, dice = 1;

	for (step = 0; step < STEPS; step++) {
		dice = dice * 1664525 + 1013904223;
		i = dice >> 8 & (HANDLES - 1);
		switch (dice >> 20 & 7) {
		case 0:
		case 1:
		case 2:
			meet(i);
			break;
		case 3:
		case 4:
			forget(i, dice >> 24 & 3);
			break;
		case 5:
			forget(i, ~0ull);
			break;
		default:
			open_or_close(i, dice >> 24 & 1);
		}
	}
	CHECK_EQ(nodes.count, known);
	for (i = 0; i < HANDLES; i++) {
		struct sl_file_handle handle = handle_of(i);
		struct sl_fuse_node *node = sl_fuse_nodes_peek(&nodes, &handle);

		CHECK_EQ(node ? sl_fuse_nodes_number(&nodes, node) : 0,
			 model[i].number);
	}
}

static void test_numbers(void)
{
	static const u64 wrong[] = { 0, NODES + 1, ~0ull, 1ull << 32 };
	u32 i;

	for (i = 0; i < 4; i++) {
		CHECK(!sl_fuse_nodes_find(&nodes, wrong[i]));
		sl_fuse_nodes_forget(&nodes, wrong[i], 1);
		sl_fuse_nodes_close_file(&nodes, wrong[i]);
	}
	/* The root stays, however often it is forgotten. */
	sl_fuse_nodes_forget(&nodes, 1, ~0ull);
	CHECK(sl_fuse_nodes_find(&nodes, 1));
}

int main(void)
{
	struct sl_region *region = sl_region_create("nodes", false, 0);
	struct sl_file_handle root = handle_of(0);

	if (!CHECK(!IS_ERR(region)))
		return 1;
	CHECK_EQ(sl_fuse_nodes_open(&nodes, region, NODES), 0);
	sl_fuse_nodes_root(&nodes, &root);
	model[0].number = model[0].told = known = 1;
	test_model();
	test_numbers();
	sl_region_destroy(region);
	TEST_END();
}
