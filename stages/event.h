/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Events: what travels through a pipeline.
 *
 * An event is a message in a bank's buffer.  It has exactly one owner at a
 * time and is handed on by pointer, never copied unless a pipeline file asks
 * for it.  A request travels right, is answered in place, and comes back to
 * its caller by the route that it carries: each call pushes the edge on which
 * the answer must leave, each reply pops one.  So a stage with many neighbours
 * keeps no table of who asked.
 *
 *   line 0      routing, read by every stage
 *   lines 1-8   arguments, typed by the protocol of the edge (web/http.h,
 *               db/query.h, nfs/file.h, ...)
 *   then        the event's own buffer, to which data points at first
 */
#ifndef SL_EVENT_H
#define SL_EVENT_H

#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/types.h>

#define SL_EVENT_ARGS		512	/* bytes */
#define SL_ROUTE_MAX		7	/* calls that may be open at once */
#define SL_BATCH_MAX		64

struct sl_bank;

struct sl_event {
	struct sl_event *next;	/* for a list of the owner's */
	struct sl_bank *bank;	/* home; constant while it is away */
	void *context;		/* of whoever called; others leave it alone */
	u8 *data;		/* payload */
	u32 data_bytes;		/* how much of it there is */
	u32 data_max;		/* room from the start of buffer[] */
	u16 op;			/* what is asked, by protocol */
	u16 flags;		/* by protocol */
	s32 status;		/* of a reply: 0 or a negative errno */
	u32 flow;		/* events of one flow stay in order */
	u8 depth;		/* of route[] */
	u8 route[SL_ROUTE_MAX];	/* edges by which the replies leave */

	u8 args[SL_EVENT_ARGS] ____cacheline_aligned;

	u8 buffer[] ____cacheline_aligned;
};

static_assert(offsetof(struct sl_event, args) == L1_CACHE_BYTES,
	      "routing is one line");

/* Events on their way together; handlers get batches, never single events. */
struct sl_batch {
	u32 count;
	struct sl_event *event[SL_BATCH_MAX];
};

/* A first-in first-out list of events of one owner. */
struct sl_fifo {
	struct sl_event *first;
	struct sl_event *last;
	u32 count;
};

static inline void sl_fifo_put(struct sl_fifo *fifo, struct sl_event *event)
{
	event->next = NULL;
	if (fifo->first)
		fifo->last->next = event;
	else
		fifo->first = event;
	fifo->last = event;
	fifo->count++;
}

static inline struct sl_event *sl_fifo_get(struct sl_fifo *fifo)
{
	struct sl_event *event = fifo->first;

	if (event) {
		fifo->first = event->next;
		fifo->count--;
	}
	return event;
}

#endif /* SL_EVENT_H */
