/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A stage's private stock of equal-sized events.
 *
 * Its owner, one core, takes events from it.  An event may travel far; who is
 * done with it gives it back, and if that is another core it comes home over
 * a ring of that core's own, so there is no free list that two cores write.
 * A bank never grows: an empty bank is how a pipeline says "enough", and its
 * stage then leaves its input where it is (back-pressure).
 *
 *   sl_bank_take(), sl_bank_collect()  owner's core only
 *   sl_bank_give()                     any core that has a home ring
 *   counters                           anyone
 *
 * An event that is not the bank's, or that is at home already, is refused
 * and counted in `refused`.
 */
#ifndef SL_BANK_H
#define SL_BANK_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "membank/region.h"
#include "ring/ring.h"

#define SL_CORES_MAX	64

struct sl_bank {
	/* Constant after sl_bank_open() and sl_bank_join(). */
	u32 event_bytes;	/* padded to cache lines */
	u32 event_lines;	/* the same in cache lines */
	u32 event_count;
	size_t bytes;
	u32 owner;		/* core that takes */
	u32 home_count;
	u8 *memory;
	struct sl_ring *home[SL_CORES_MAX];	/* by giving core, or NULL */
	u8 home_core[SL_CORES_MAX];		/* the giving cores, listed */

	/* Written by the owner alone. */
	u32 free_count ____cacheline_aligned;
	u32 free_min;		/* low-water mark, to size the bank by */
	u64 taken;
	u64 exhausted;		/* times that there was nothing to take */
	u64 refused;
	u32 *free;		/* a stack of numbers: what came last is warmest */
	u8 *away;		/* by event: is it out of the house? */
};

int sl_bank_open(struct sl_bank *bank, struct sl_region *region, u32 owner,
		 u32 event_count, u32 event_bytes);
int sl_bank_join(struct sl_bank *bank, u32 core);
void sl_bank_close(struct sl_bank *bank);
u32 sl_bank_collect(struct sl_bank *bank);
void sl_bank_home(struct sl_bank *bank, void *event);
void *sl_bank_refill(struct sl_bank *bank);
u32 sl_bank_index(const struct sl_bank *bank, const void *event);

/**
 * sl_bank_take() - take a free event
 * @bank: bank of the calling core
 *
 * Return: an event with contents of no meaning, or NULL if all are away.
 */
static inline void *sl_bank_take(struct sl_bank *bank)
{
	u32 index;

	if (unlikely(!bank->free_count))
		return sl_bank_refill(bank);
	WRITE_ONCE(bank->free_count, bank->free_count - 1);
	if (bank->free_count < bank->free_min)
		bank->free_min = bank->free_count;
	index = bank->free[bank->free_count];
	bank->away[index] = 1;
	WRITE_ONCE(bank->taken, bank->taken + 1);
	return bank->memory + (size_t)index * bank->event_bytes;
}

/**
 * sl_bank_give() - bring an event home; there is always room
 * @bank: bank that the event was taken from
 * @core: core of the caller
 * @event: event of which the caller lets go
 */
static inline void sl_bank_give(struct sl_bank *bank, u32 core, void *event)
{
	if (core == bank->owner)
		sl_bank_home(bank, event);
	else
		sl_ring_push(bank->home[core], event);
}

#endif /* SL_BANK_H */
