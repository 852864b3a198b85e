// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdlib.h>

#include "sim/own.h"

static bool earlier(const struct happens *a, const struct happens *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

/* False when there is no memory. */
bool sl_sim_heap_add(struct heap *heap, double at, u32 kind, u32 which)
{
	struct happens new = { at, kind, which, heap->order++ };
	struct happens *item = heap->item;
	u32 i;

	if (heap->count == heap->room) {
		u32 room = heap->room ? 2 * heap->room : 256;

		item = realloc(item, room * sizeof(*item));
		if (!item)
			return false;
		heap->item = item;
		heap->room = room;
	}
	for (i = heap->count++; i > 0; i = (i - 1) / 2) {
		if (!earlier(&new, &item[(i - 1) / 2]))
			break;
		item[i] = item[(i - 1) / 2];
	}
	item[i] = new;
	return true;
}

/* The heap must not be empty. */
struct happens sl_sim_heap_take(struct heap *heap)
{
	struct happens *item = heap->item;
	struct happens first = item[0];
	struct happens last = item[--heap->count];
	u32 i = 0, child;

	while ((child = 2 * i + 1) < heap->count) {
		if (child + 1 < heap->count &&
		    earlier(&item[child + 1], &item[child]))
			child++;
		if (!earlier(&item[child], &last))
			break;
		item[i] = item[child];
		i = child;
	}
	item[i] = last;
	return first;
}
