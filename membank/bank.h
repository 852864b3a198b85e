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
 *   sl_bank_take(), sl_bank_collect(),  owner's core only
 *   sl_bank_tend()
 *   sl_bank_give()                      any core that has a home ring
 *   sl_bank_move()                      anyone, while all of them stand still
 *   sl_bank_ask()                       one thread, the manager's
 *   sl_bank_use(), sl_bank_advice()     anyone
 *
 * An event that is not the bank's, or that is at home already, is refused
 * and counted.  One that was given twice and taken again in between cannot be
 * told from one that was given once: the second giver is believed.
 *
 * Free events are a stack: what came last is warmest.  Its bottom is cold:
 * events with high numbers, beyond what was needed lately, are put there, so
 * that low ones are used over and over and pages of high ones stay idle.  When
 * memory is short, these are lent to the system (manager.h).
 */
#ifndef SL_BANK_H
#define SL_BANK_H

#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "membank/region.h"
#include "ring/ring.h"

#define SL_CORES_MAX		64
/* So that a home ring has room for all of them, whatever is popped just now. */
#define SL_BANK_EVENTS_MAX	(SL_RING_SLOTS_MAX - SL_RING_SLACK)

/* Written by one giving core alone. */
struct sl_bank_giver {
	u64 refused;		/* what it could not even send home */
} ____cacheline_aligned;

struct sl_bank {
	/*
	 * Constant after sl_bank_open() and sl_bank_join(), but for who owns
	 * it and who gives, which sl_bank_move() changes while nobody looks.
	 */
	u8 *memory;		/* the events, on pages of their own */
	u64 inverse;		/* of the odd part of event_bytes, */
	u32 shift;		/* and the rest: see sl_bank_number() */
	u32 event_bytes;	/* padded to cache lines */
	u32 event_count;
	u32 owner;		/* core that takes */
	u32 home_count;
	size_t bytes;		/* of all events */
	struct sl_region *region;
	struct sl_ring *home[SL_CORES_MAX];	/* by giving core, or NULL */
	u8 home_core[SL_CORES_MAX];		/* that give by one, listed */

	/* Written by the owner alone. */
	u32 free_count ____cacheline_aligned;
	u32 floor;		/* to fall below it is worth a note: */
	u32 free_low;		/* the low-water mark since the last tick, */
	u32 cold_count;		/* or this bottom of the stack is touched */
	u32 free_min;		/* the low-water mark since the bank opened */
	u32 warm_count;		/* lower numbers than this are preferred */
	u32 *free;		/* the stack of numbers */
	u8 *away;		/* by event: is it out of the house? */
	u64 exhausted;		/* times that there was nothing to take */
	u64 refused;

	/* Written by the owner at its ticks. */
	u64 lately ____cacheline_aligned;	/* 256ths of events */
	u64 released;		/* bytes lent to the system, all in all */
	size_t swept;		/* bytes looked at for that, from the start */
	u32 sweeping;		/* the request that this is for */
	u32 answered;		/* the request that was done last */

	/* Written by the manager alone. */
	u32 asked ____cacheline_aligned;	/* counts requests for memory */

	struct sl_bank_giver giver[SL_CORES_MAX];
};

/* What a bank is used for, at one moment. */
struct sl_bank_use {
	u32 events;		/* that there are */
	u32 in_use;		/* now */
	u32 peak;		/* at most, since the bank opened */
	u32 lately;		/* at most, in the last seconds */
	u32 advice;		/* events that are enough, see below */
	u64 exhausted;
	u64 refused;		/* by the owner and by all givers */
	u64 released_bytes;
};

/* bank.c */
int sl_bank_open(struct sl_bank *bank, struct sl_region *region, u32 owner,
		 u32 event_count, u32 event_bytes);
int sl_bank_join(struct sl_bank *bank, u32 core);
int sl_bank_loosen(struct sl_bank *bank);
void sl_bank_move(struct sl_bank *bank, u32 owner);
void sl_bank_close(struct sl_bank *bank);
u32 sl_bank_collect(struct sl_bank *bank);
void *sl_bank_take_low(struct sl_bank *bank);
void sl_bank_home_cold(struct sl_bank *bank, u64 number);
void sl_bank_stray(struct sl_bank *bank, u32 core);

/* tend.c */
void sl_bank_tend(struct sl_bank *bank);
void sl_bank_ask(struct sl_bank *bank);
u32 sl_bank_advice(const struct sl_bank *bank);
void sl_bank_use(const struct sl_bank *bank, struct sl_bank_use *use);

/*
 * The number of an event, without dividing: multiplying by the inverse of an
 * odd number (modulo 2^64) divides by it what is a multiple of it, and takes
 * everything else beyond all quotients; so does rotating for the factors of
 * two.  Any pointer that is no event gives a number from event_count on.
 */
static inline u64 sl_bank_number(const struct sl_bank *bank, const void *event)
{
	u64 at = (uintptr_t)event - (uintptr_t)bank->memory;

	return ror64(at * bank->inverse, bank->shift);
}

/**
 * sl_bank_index() - number of an event within its bank
 * @bank: any bank
 * @event: any pointer
 *
 * Return: the number, or event_count if it is none of the bank's events.
 */
static inline u32 sl_bank_index(const struct sl_bank *bank, const void *event)
{
	u64 number = sl_bank_number(bank, event);

	return number < bank->event_count ? number : bank->event_count;
}

/**
 * sl_bank_take() - take a free event
 * @bank: bank of the calling core
 *
 * Return: an event with contents of no meaning, or NULL if all are away.
 */
static inline void *sl_bank_take(struct sl_bank *bank)
{
	u32 count = bank->free_count;
	u32 index;

	if (unlikely(count <= bank->floor))
		return sl_bank_take_low(bank);
	index = bank->free[--count];
	WRITE_ONCE(bank->free_count, count);
	bank->away[index] = 1;
	return bank->memory + (size_t)index * bank->event_bytes;
}

/**
 * sl_bank_home() - take an event back in
 * @bank: bank of the calling core
 * @event: event that is given back
 */
static inline void sl_bank_home(struct sl_bank *bank, void *event)
{
	u64 number = sl_bank_number(bank, event);
	u32 count = bank->free_count;

	if (unlikely(number >= bank->warm_count || !bank->away[number])) {
		sl_bank_home_cold(bank, number);
		return;
	}
	bank->away[number] = 0;
	bank->free[count] = number;
	WRITE_ONCE(bank->free_count, count + 1);
}

/**
 * sl_bank_give() - bring an event home; there is always room
 * @bank: bank that the event was taken from
 * @core: core of the caller
 * @event: event of which the caller lets go
 *
 * A ring is full only if its core has given what it did not own.
 */
static inline void sl_bank_give(struct sl_bank *bank, u32 core, void *event)
{
	struct sl_ring *ring;

	if (core == bank->owner) {
		sl_bank_home(bank, event);
		return;
	}
	ring = core < SL_CORES_MAX ? bank->home[core] : NULL;
	if (unlikely(!ring || !event || !sl_ring_push(ring, event)))
		sl_bank_stray(bank, core);
}

#endif /* SL_BANK_H */
