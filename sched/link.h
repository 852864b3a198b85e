/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Links: how batches cross from one worker to another, one way.
 *
 * A link is a ring.  It is a noun of its own only so that another kind of
 * queue can be put in its place and compared (bench/blocking).
 */
#ifndef SL_LINK_H
#define SL_LINK_H

#include "ring/ring.h"
#include "stages/event.h"

struct sl_link {
	struct sl_ring ring;
};

static inline struct sl_link *sl_link_create(u32 slots)
{
	return (struct sl_link *)sl_ring_create(slots);
}

static inline void sl_link_destroy(struct sl_link *link)
{
	sl_ring_destroy(&link->ring);
}

/* Producer only.  Returns how many went in, from the front. */
static inline u32 sl_link_push(struct sl_link *link,
			       struct sl_event *const *event, u32 count)
{
	return sl_ring_push_batch(&link->ring, (void *const *)event, count);
}

/* Consumer only.  Returns how many were taken. */
static inline u32 sl_link_pop(struct sl_link *link, struct sl_event **event,
			      u32 count)
{
	return sl_ring_pop_batch(&link->ring, (void **)event, count);
}

/* Consumer only. */
static inline bool sl_link_ready(const struct sl_link *link)
{
	return sl_ring_ready(&link->ring);
}

/* Consumer only: at least so many events wait. */
static inline u32 sl_link_seen(const struct sl_link *link)
{
	return sl_ring_seen(&link->ring);
}

/* Anyone; a snapshot. */
static inline u32 sl_link_used(const struct sl_link *link)
{
	return sl_ring_used(&link->ring);
}

#endif /* SL_LINK_H */
