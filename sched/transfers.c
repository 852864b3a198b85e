// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Setting transfers up: how many events may cross an edge, how large they are,
 * and whether their pages can be flipped.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "membank/flip.h"
#include "sched/isolate.h"
#include "sched/reach.h"
#include "sched/transfer.h"

#define NUMBERS(p)	(SL_INSTANCES_MAX + (p)->way_count)

static u8 kind_of(const struct sl_pipeline *p, const struct sl_way *way)
{
	return p->graph.edge[way->edge].transfer;
}

/* A bank as reach.h numbers them. */
static struct sl_bank *bank_of(struct sl_pipeline *p, u32 number)
{
	return number < SL_INSTANCES_MAX ? &p->bank[number] :
		       &p->way[number - SL_INSTANCES_MAX].transfer->land;
}

static u32 domain_of(const struct sl_pipeline *p, u32 number)
{
	return sl_isolate_domain(p, number < SL_INSTANCES_MAX ? number :
				 p->way[number - SL_INSTANCES_MAX].to);
}

/* All events that may cross, at once; -EAGAIN if that is not known yet. */
static int measure(struct sl_pipeline *p, const struct sl_reach_set *over,
		   u64 *events, u32 *event_bytes)
{
	u32 i;

	*events = 0;
	*event_bytes = 0;
	for (i = 0; over && i < NUMBERS(p); i++) {
		const struct sl_bank *bank;

		if (!sl_reach_has(over, i))
			continue;
		bank = bank_of(p, i);
		if (!bank->event_count)
			return -EAGAIN;
		*events += bank->event_count;
		*event_bytes = max(*event_bytes, bank->event_bytes);
	}
	return 0;
}

static int open_bank(struct sl_pipeline *p, struct sl_transfer *t, u32 to,
		     u64 events, u32 event_bytes)
{
	u32 w;
	int err;

	if (events > SL_RING_SLOTS_MAX) {
		sl_stage_log(t->to, "%llu events may come from %s, too many to copy; give the stages on its left smaller banks, or let the edge pass",
			     (unsigned long long)events, t->from->name);
		return -E2BIG;
	}
	t->landing = kvcalloc(events, sizeof(*t->landing), GFP_KERNEL);
	if (!t->landing)
		return -ENOMEM;
	err = sl_bank_open(&t->land, p->region[to], t->to->core, events,
			   event_bytes);
	/* Nobody's, so that all who give use a ring. */
	t->land.owner = SL_CORES_MAX;
	for (w = 0; !err && w < p->plan.worker_count; w++)
		err = sl_bank_join(&t->land, w);
	return err;
}

static int allow(struct sl_pipeline *p, const struct sl_transfer *t,
		 const struct sl_bank *bank)
{
	return sl_flip_allow(p->flip, bank->memory,
			     ALIGN(bank->bytes, (size_t)t->page_bytes));
}

/* Lets pages of what crosses be flipped, if there is a way to. */
static int open_flip(struct sl_pipeline *p, struct sl_transfer *t, u32 to,
		     const struct sl_reach_set *over, u32 event_bytes)
{
	size_t window = ALIGN((size_t)event_bytes, (size_t)t->page_bytes);
	int err = 0;
	u32 i;

	for (i = 0; over && !err && i < NUMBERS(p); i++) {
		if (!sl_reach_has(over, i))
			continue;
		/* A page keeps its key, and would take it along. */
		if (p->graph.isolate &&
		    domain_of(p, i) != sl_isolate_domain(p, to))
			return -EACCES;
		err = allow(p, t, bank_of(p, i));
	}
	if (!err && t->landing)
		err = allow(p, t, &t->land);
	if (err)
		return err;
	t->window = sl_region_carve_pages(p->region[to], window);
	return t->window ? sl_flip_allow(p->flip, t->window, window) : -ENOMEM;
}

/* Pages that cannot be flipped are copied, which is slower at worst. */
static void try_flip(struct sl_pipeline *p, struct sl_way *way,
		     const struct sl_reach_set *over, u32 event_bytes)
{
	struct sl_transfer *t = way->transfer;
	int err;

	/* Of answers no more than of requests. */
	if (kind_of(p, way) != SL_FLIP || (t->asked && !t->asked->flip))
		return;
	if (t->asked)
		event_bytes = max(event_bytes, t->asked->land.event_bytes);
	if (!p->flip)
		p->flip = sl_flip_open();
	err = IS_ERR(p->flip) ? PTR_ERR(p->flip) :
				open_flip(p, t, way->to, over, event_bytes);
	if (!err)
		t->flip = p->flip;
	else if (err == -EACCES)
		sl_stage_log(t->to, "pages from %s are copied, not flipped: they cannot change keys (isolate)",
			     t->from->name);
	else
		sl_stage_log(t->to, "pages from %s are copied, not flipped: this system cannot move them (%d)",
			     t->from->name, err);
}

static int open_way(struct sl_pipeline *p, struct sl_way *way)
{
	const struct sl_reach_set *over = sl_reach_over(p->reach, p, way);
	struct sl_transfer *t = way->transfer;
	u32 event_bytes;
	u64 events;
	int err;

	err = measure(p, over, &events, &event_bytes);
	if (!err && events)
		err = open_bank(p, t, way->to, events, event_bytes);
	if (err)
		return err;
	try_flip(p, way, over, event_bytes);
	if (!way->out->link) {
		way->out->transfer = t;
		way->out->plain = false;
	}
	return 0;
}

/* The other direction of the same edge between the same instances. */
static struct sl_way *opposite(struct sl_pipeline *p, const struct sl_way *way)
{
	u32 i;

	for (i = 0; i < p->way_count; i++)
		if (p->way[i].edge == way->edge && p->way[i].from == way->to &&
		    p->way[i].to == way->from)
			return &p->way[i];
	return NULL;
}

static int make(struct sl_pipeline *p)
{
	u32 i;

	for (i = 0; i < p->way_count; i++) {
		struct sl_way *way = &p->way[i];
		struct sl_transfer *t;

		if (kind_of(p, way) == SL_PASS)
			continue;
		t = kvzalloc(sizeof(*t), GFP_KERNEL);
		if (!t)
			return -ENOMEM;
		way->transfer = t;
		t->from = &p->stage[way->from];
		t->to = &p->stage[way->to];
		t->port = way->port;
		t->page_bytes = sl_region_page_bytes();
		if (way->out->right)
			t->parts = t->from->type->parts;
	}
	for (i = 0; i < p->way_count; i++) {
		struct sl_way *way = &p->way[i];

		if (way->transfer && !way->out->right)
			way->transfer->asked = opposite(p, way)->transfer;
	}
	return 0;
}

/* What has landed may go on and land again, so some wait for others. */
static int open_ways(struct sl_pipeline *p, bool right)
{
	bool open[SL_WAYS_MAX] = { false };
	bool more, waits;
	u32 i;
	int err;

	do {
		more = false;
		waits = false;
		for (i = 0; i < p->way_count; i++) {
			struct sl_way *way = &p->way[i];

			if (!way->transfer || way->out->right != right ||
			    open[i])
				continue;
			err = open_way(p, way);
			if (err && err != -EAGAIN)
				return err;
			open[i] = !err;
			more |= !err;
			waits |= err;
		}
	} while (more && waits);
	return waits ? -ELOOP : 0;
}

/**
 * sl_transfers_open() - make what edges need that do not pass by pointer
 * @p: a pipeline whose instances are joined, but have no inboxes yet
 *
 * Return: 0 or a negative errno.
 */
int sl_transfers_open(struct sl_pipeline *p)
{
	int err;

	if (!p->reach)
		return 0;
	err = make(p);
	if (!err)
		err = open_ways(p, true);
	return err ? err : open_ways(p, false);
}

/**
 * sl_transfers_close() - free it all; memory of events is their regions'
 * @p: a pipeline that does not run
 */
void sl_transfers_close(struct sl_pipeline *p)
{
	u32 i;

	for (i = 0; i < p->way_count; i++) {
		struct sl_transfer *t = p->way[i].transfer;

		if (!t)
			continue;
		sl_bank_close(&t->land);
		kvfree(t->landing);
		kvfree(t);
		p->way[i].transfer = NULL;
	}
	if (!IS_ERR_OR_NULL(p->flip))
		sl_flip_close(p->flip);
}
