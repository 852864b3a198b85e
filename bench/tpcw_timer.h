/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_TIMER_H
#define BENCH_TPCW_TIMER_H

/*
 * Who is due when: a heap with room for each browser once.
 */
#include <linux/types.h>

struct sl_tpcw_timer {
	u64 due_ns;
	u32 number;
};

struct sl_tpcw_timers {
	u32 count;
	struct sl_tpcw_timer *heap;
};

/* Adds a timer; there is room for it. */
static inline void sl_tpcw_timer_add(struct sl_tpcw_timers *timers, u64 due_ns,
				     u32 number)
{
	struct sl_tpcw_timer *heap = timers->heap;
	u32 at = timers->count++;

	for (; at && heap[(at - 1) / 2].due_ns > due_ns; at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = (struct sl_tpcw_timer){ due_ns, number };
}

/* Takes the first timer out, which there is.  Return: its number. */
static inline u32 sl_tpcw_timer_take(struct sl_tpcw_timers *timers)
{
	struct sl_tpcw_timer *heap = timers->heap;
	struct sl_tpcw_timer last = heap[--timers->count];
	u32 first = heap[0].number, at = 0, child;

	while ((child = 2 * at + 1) < timers->count) {
		if (child + 1 < timers->count &&
		    heap[child + 1].due_ns < heap[child].due_ns)
			child++;
		if (last.due_ns <= heap[child].due_ns)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return first;
}

#endif
