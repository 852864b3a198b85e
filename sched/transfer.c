// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * How a batch crosses an edge that does not pass events by pointer.
 *
 * It is the core that gets a batch which copies it: so each line of an event
 * moves from one CPU's cache to another's once, and what it lands on is in the
 * right one already.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "membank/flip.h"
#include "membank/guard.h"
#include "sched/transfer.h"

#define COLLECT_MAX	64

/* Where in the buffer a piece of memory is, or -EFAULT if not all of it is. */
static s64 place_in(const struct sl_event *event, u32 room, const u8 *at,
		    u32 bytes)
{
	uintptr_t start = (uintptr_t)event->buffer;
	uintptr_t place = (uintptr_t)at - start;

	if ((uintptr_t)at < start || place > room || bytes > room - place)
		return -EFAULT;
	return place;
}

/* Brings bytes over; whole pages at the same place of a page can be flipped. */
static void carry(const struct sl_transfer *t, u8 *to, u8 *from, u32 bytes)
{
	u32 in_page = t->page_bytes - 1;
	u32 head = -(uintptr_t)from & in_page;
	u32 pages;

	if (!bytes)
		return;
	if (likely(!t->flip) || bytes < head + t->page_bytes ||
	    ((uintptr_t)to ^ (uintptr_t)from) & in_page) {
		memcpy(to, from, bytes);
		return;
	}
	pages = (bytes - head) & ~in_page;
	memcpy(to, from, head);
	sl_flip_pages(t->flip, to + head, from + head, pages, t->window);
	memcpy(to + head + pages, from + head + pages, bytes - head - pages);
}

static u8 **pointer_of(struct sl_event *event, const struct sl_part *part)
{
	return (u8 **)(event->args + part->pointer);
}

static u32 bytes_of(const struct sl_event *event, const struct sl_part *part)
{
	return *(const u32 *)(event->args + part->bytes);
}

/* Copies what args point to; they are those of the origin still. */
static int carry_parts(const struct sl_transfer *t, struct sl_event *event,
		       const struct sl_event *origin, u32 room)
{
	const struct sl_part *part;
	s64 place;

	for (part = t->parts; part && part->bytes; part++) {
		u8 **pointer = pointer_of(event, part);
		u32 bytes = bytes_of(event, part);

		if (part->port != t->port || !bytes)
			continue;
		place = place_in(origin, room, *pointer, bytes);
		if (place < 0)
			return place;
		memcpy(event->buffer + place, *pointer, bytes);
		*pointer = event->buffer + place;
	}
	return 0;
}

static int carry_data(const struct sl_transfer *t, struct sl_event *event,
		      const struct sl_event *origin, struct sl_landing *landing)
{
	u32 bytes = origin->data_bytes;
	s64 place = place_in(origin, landing->room, origin->data, bytes);

	landing->afar = place < 0;
	if (unlikely(place < 0)) {
		if (bytes > landing->room)
			return -EMSGSIZE;
		if (bytes)
			memcpy(event->buffer, origin->data, bytes);
		return 0;
	}
	event->data = event->buffer + place;
	carry(t, event->data, origin->data, bytes);
	return 0;
}

/* The origin of what has landed and is done with goes home. */
static void come_home(struct sl_transfer *t, struct sl_event *event)
{
	u32 index = sl_bank_index(&t->land, event);
	struct sl_event *origin;

	if (likely(index != t->land.event_count) && t->land.away[index]) {
		origin = t->landing[index].origin;
		t->landing[index].origin = NULL;
		if (origin)
			sl_bank_give(origin->bank, t->to->core, origin);
	}
	sl_bank_home(&t->land, event);
}

/* Tells once, for then somebody looks. */
static void refuse(struct sl_transfer *t, const char *why)
{
	if (!t->refused)
		sl_stage_log(t->from, "what goes to %s cannot be copied: %s",
			     t->to->name, why);
	WRITE_ONCE(t->refused, t->refused + 1);
}

/* Cannot be copied: a request is answered, all else has an end here. */
static void turn_back(struct sl_transfer *t, struct sl_event *event,
		      struct sl_landing *landing)
{
	refuse(t, "it points to memory of others, or holds more than its buffer; let the edge pass");
	if (t->asked || !event->depth) {
		come_home(t, event);
		return;
	}
	/* As from far away and unchanged, the origin stays as it is. */
	landing->afar = true;
	memcpy(event->args, landing->origin->args, sizeof(event->args));
	event->data = event->buffer;
	event->status = -EMSGSIZE;
	sl_stage_reply(t->to, event);
}

/* Returns the copy; NULL if there is none to be offered to the stage. */
static struct sl_event *land(struct sl_transfer *t, struct sl_event *origin)
{
	struct sl_landing *landing;
	struct sl_event *event;

	if (unlikely(!t->land.event_count)) {
		refuse(t, "its type does not say that it sends there (sends)");
		sl_bank_give(origin->bank, t->to->core, origin);
		return NULL;
	}
	if (!t->land.free_count)
		sl_transfer_collect(t);
	/* As many events as there are origins: see the top of the header. */
	if (WARN_ON_ONCE(!t->land.free_count)) {
		sl_bank_give(origin->bank, t->to->core, origin);
		return NULL;
	}
	event = sl_bank_take(&t->land);
	landing = &t->landing[sl_bank_index(&t->land, event)];
	landing->origin = origin;
	landing->room = min(origin->bank->event_bytes, t->land.event_bytes) -
			sizeof(*event);
	landing->room = min(landing->room, origin->data_max);
	memcpy(event, origin, sizeof(*event));
	event->next = NULL;
	event->bank = &t->land;
	event->context = NULL;
	event->data = event->buffer;
	event->data_max = landing->room;
	if (likely(!carry_parts(t, event, origin, landing->room) &&
		   !carry_data(t, event, origin, landing)))
		return event;
	turn_back(t, event, landing);
	return NULL;
}

/* Args that point into the buffer of one event are to point into another's. */
static void turn_parts(const struct sl_transfer *t, struct sl_event *origin,
		       const struct sl_event *event, u32 room)
{
	const struct sl_part *part;

	for (part = t->parts; part && part->bytes; part++) {
		u8 **pointer = pointer_of(origin, part);
		s64 place = place_in(event, room, *pointer, 0);

		if (part->port == t->port && place >= 0)
			*pointer = origin->buffer + place;
	}
}

/* Where an answer's data is, if it can be had at all; NULL if it cannot. */
static u8 *find_data(struct sl_event *origin, const struct sl_event *event,
		     u32 room)
{
	s64 place = place_in(event, room, event->data, event->data_bytes);

	if (likely(place >= 0))
		return origin->buffer + place;
	return event->data_bytes <= room ? origin->buffer : NULL;
}

/* The answer to a request that landed at the other end, into its origin. */
static struct sl_event *bring(struct sl_transfer *t, struct sl_event *event,
			      struct sl_landing *landing)
{
	struct sl_event *origin = landing->origin;
	u8 *data;

	if (WARN_ON_ONCE(!origin))
		return NULL;	/* it was answered twice */
	landing->origin = NULL;
	origin->op = event->op;
	origin->flags = event->flags;
	origin->status = event->status;
	origin->depth--;
	memcpy(origin->args, event->args, sizeof(origin->args));
	turn_parts(t->asked, origin, event, landing->room);
	if (!landing->afar || event->data != event->buffer ||
	    event->data_bytes != origin->data_bytes) {
		data = find_data(origin, event, landing->room);
		origin->data = data ? data : origin->buffer;
		origin->data_bytes = data ? event->data_bytes : 0;
		if (likely(data)) {
			carry(t, data, event->data, event->data_bytes);
		} else {
			refuse(t, "the answer is longer than the buffer of who asked");
			origin->status = -EMSGSIZE;
		}
	}
	sl_bank_give(&t->asked->land, t->to->core, event);
	return origin;
}

static struct sl_event *cross(struct sl_transfer *t, struct sl_event *event)
{
	u32 index;

	if (!t->asked)
		return land(t, event);
	index = sl_bank_index(&t->asked->land, event);
	if (unlikely(index == t->asked->land.event_count))
		return land(t, event);
	return bring(t, event, &t->asked->landing[index]);
}

/**
 * sl_transfer_cross() - have what came to an edge land beyond it
 * @transfer: of the edge, in this direction
 * @batch: what came; what cannot be copied is taken out of it
 * @first: the events before this one have landed already
 */
void sl_transfer_cross(struct sl_transfer *transfer, struct sl_batch *batch,
		       u32 first)
{
	u32 landed = first;
	u32 i;

	if (transfer->guarded)
		sl_guard_enter(transfer->rights, transfer->from->name);
	for (i = first; i < batch->count; i++) {
		struct sl_event *event = cross(transfer, batch->event[i]);

		if (likely(event))
			batch->event[landed++] = event;
	}
	batch->count = landed;
}

/**
 * sl_transfer_collect() - take in landing events that were given back
 * @transfer: one whose events land on the calling core
 *
 * Return: how many there were.
 */
u32 sl_transfer_collect(struct sl_transfer *transfer)
{
	struct sl_bank *land = &transfer->land;
	void *event[COLLECT_MAX];
	u32 count = 0;
	u32 i, j, n;

	for (i = 0; i < land->home_count; i++) {
		struct sl_ring *ring = land->home[land->home_core[i]];

		n = sl_ring_pop_batch(ring, event, COLLECT_MAX);
		if (n && transfer->guarded)
			sl_guard_enter(transfer->rights, transfer->to->name);
		for (j = 0; j < n; j++)
			come_home(transfer, event[j]);
		count += n;
	}
	return count;
}
