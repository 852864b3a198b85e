// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/slab.h>

#include "sched/reach.h"

static void put(struct sl_reach_set *set, u32 bank)
{
	set->word[bank / 64] |= 1ull << bank % 64;
}

static bool is_empty(const struct sl_reach_set *set)
{
	u32 i;

	for (i = 0; i < SL_REACH_BANKS_MAX / 64; i++)
		if (set->word[i])
			return false;
	return true;
}

/* Returns whether that was news. */
static bool join(struct sl_reach_set *set, const struct sl_reach_set *more)
{
	u64 news = 0;
	u32 i;

	for (i = 0; i < SL_REACH_BANKS_MAX / 64; i++) {
		news |= more->word[i] & ~set->word[i];
		set->word[i] |= more->word[i];
	}
	return news;
}

/**
 * sl_reach_over() - what crosses a way of itself, not as an answer
 * @reach: what is known
 * @p: the pipeline
 * @way: one of its ways
 *
 * Return: whose events, or NULL if there are none.
 */
const struct sl_reach_set *sl_reach_over(const struct sl_reach *reach,
					 const struct sl_pipeline *p,
					 const struct sl_way *way)
{
	if (way->out->right)
		return &reach->asks[way->from];
	if (p->stage[way->from].type->sends >> way->port & 1)
		return &reach->tells[way->from];
	return NULL;
}

/* Lets events cross a way; returns whether that was news. */
static bool cross(struct sl_reach *reach, const struct sl_pipeline *p, u32 w)
{
	const struct sl_way *way = &p->way[w];
	const struct sl_reach_set *over = sl_reach_over(reach, p, way);
	struct sl_reach_set landing = { .word = { 0 } };
	bool news;

	if (!over || is_empty(over))
		return false;
	if (p->graph.edge[way->edge].transfer != SL_PASS) {
		put(&landing, SL_INSTANCES_MAX + w);
		over = &landing;
	}
	news = join(&reach->meets[way->to], over);
	if (!way->out->right)
		news |= join(&reach->tells[way->to], over);
	else if (!p->stage[way->to].type->own_requests)
		news |= join(&reach->asks[way->to], over);
	return news;
}

/**
 * sl_reach_create() - find out which events can get where
 * @p: a pipeline whose instances are joined
 *
 * Return: that, or NULL if there is no memory for it.
 */
struct sl_reach *sl_reach_create(const struct sl_pipeline *p)
{
	struct sl_reach *reach = kvzalloc(sizeof(*reach), GFP_KERNEL);
	bool news = true;
	u32 i;

	for (i = 0; reach && i < p->plan.instance_count; i++) {
		if (!p->stage[i].bank)
			continue;
		put(&reach->asks[i], i);
		put(&reach->tells[i], i);
		put(&reach->meets[i], i);
	}
	/* Nothing goes round in a circle, so this ends. */
	while (reach && news) {
		news = false;
		for (i = 0; i < p->way_count; i++)
			news |= cross(reach, p, i);
	}
	return reach;
}

void sl_reach_destroy(struct sl_reach *reach)
{
	kvfree(reach);
}
