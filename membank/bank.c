// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "membank/bank.h"

#define COLLECT_MAX	64
#define LOOK_MAX	8	/* events that one give looks at */
#define BANK_BYTES_MAX	(1ull << 38)	/* no machine has more for one stage */

static_assert(offsetof(struct sl_bank, home) <= L1_CACHE_BYTES,
	      "what giving reads is one line");
static_assert(offsetof(struct sl_bank, free_count) % L1_CACHE_BYTES == 0,
	      "what the owner writes is on lines of its own");
static_assert(offsetof(struct sl_bank, lately) -
		      offsetof(struct sl_bank, free_count) == L1_CACHE_BYTES,
	      "what taking and giving write is one line");

/* Of an odd number, modulo 2^64: each step doubles the bits that are right. */
static u64 invert(u64 odd)
{
	u64 inverse = odd;
	u32 i;

	for (i = 0; i < 5; i++)
		inverse *= 2 - odd * inverse;
	return inverse;
}

/* Events, stack and marks in one piece: either all is there or nothing. */
static int carve(struct sl_bank *bank, u32 event_count)
{
	size_t page = sl_region_page_bytes();
	size_t events = ALIGN(bank->bytes, page);
	size_t stack = event_count * sizeof(*bank->free);

	bank->memory = sl_region_carve_pages(bank->region,
					     events + stack + event_count);
	if (!bank->memory)
		return -ENOMEM;
	bank->free = (u32 *)(bank->memory + events);
	bank->away = (u8 *)bank->free + stack;
	return 0;
}

/**
 * sl_bank_open() - carve every event the bank will ever hold
 * @bank: where to put it
 * @region: memory of the stage or of its group
 * @owner: core that takes from it
 * @event_count: number of events, at least 1
 * @event_bytes: bytes of one event
 *
 * Events are on pages that hold nothing else.
 *
 * Return: 0, or -EINVAL or -ENOMEM and nothing is carved.
 */
int sl_bank_open(struct sl_bank *bank, struct sl_region *region, u32 owner,
		 u32 event_count, u32 event_bytes)
{
	u32 i;
	int err;

	memset(bank, 0, sizeof(*bank));
	if (!event_count || event_count > SL_BANK_EVENTS_MAX || !event_bytes ||
	    event_bytes > (1u << 30) || owner >= SL_CORES_MAX)
		return -EINVAL;
	event_bytes = ALIGN(event_bytes, (u32)L1_CACHE_BYTES);
	if ((u64)event_count * event_bytes > BANK_BYTES_MAX)
		return -EINVAL;

	bank->region = region;
	bank->bytes = (size_t)event_count * event_bytes;
	err = carve(bank, event_count);
	if (err)
		return err;
	bank->owner = owner;
	bank->event_bytes = event_bytes;
	bank->shift = __ffs(event_bytes);
	bank->inverse = invert(event_bytes >> bank->shift);

	/* Lowest on top: what is never needed is never touched. */
	for (i = 0; i < event_count; i++)
		bank->free[i] = event_count - 1 - i;
	bank->event_count = event_count;
	bank->warm_count = event_count;
	bank->free_count = event_count;
	bank->free_low = event_count;
	bank->free_min = event_count;
	bank->floor = event_count;
	return 0;
}

static int make_home(struct sl_bank *bank, u32 core)
{
	struct sl_ring *ring;

	/* Slots for all events and the ring's slack: an honest give never fails. */
	ring = sl_ring_create(roundup_pow_of_two(bank->event_count +
						 SL_RING_SLACK));
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	bank->home[core] = ring;
	return 0;
}

/**
 * sl_bank_join() - let a core bring events home
 * @bank: an open bank; nothing runs yet
 * @core: core that will call sl_bank_give()
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sl_bank_join(struct sl_bank *bank, u32 core)
{
	int err;

	if (core >= SL_CORES_MAX)
		return -EINVAL;
	if (core == bank->owner || bank->home[core])
		return 0;
	err = make_home(bank, core);
	if (!err)
		bank->home_core[bank->home_count++] = core;
	return err;
}

/**
 * sl_bank_loosen() - make what it takes that another core can own the bank
 * @bank: an open bank that those cores have joined which may own it
 *
 * The ring by which the owner will give when it is not the owner any more.
 *
 * Return: 0 or -ENOMEM.
 */
int sl_bank_loosen(struct sl_bank *bank)
{
	return bank->home[bank->owner] ? 0 : make_home(bank, bank->owner);
}

/**
 * sl_bank_move() - let another core own the bank
 * @bank: a bank that was loosened; all cores that know it stand still
 * @owner: core that has joined it, and takes from it from now on
 *
 * The new owner may have given by a ring before, from which nobody would take
 * what it gave last: so everything is taken home first.
 */
void sl_bank_move(struct sl_bank *bank, u32 owner)
{
	u32 i;

	if (owner == bank->owner ||
	    WARN_ON_ONCE(owner >= SL_CORES_MAX || !bank->home[owner] ||
			 !bank->home[bank->owner]))
		return;
	sl_bank_collect(bank);
	for (i = 0; i < bank->home_count; i++)
		if (bank->home_core[i] == owner)
			bank->home_core[i] = bank->owner;
	bank->owner = owner;
}

/**
 * sl_bank_close() - free the home rings; the memory is the region's
 * @bank: a bank that no core uses any more
 */
void sl_bank_close(struct sl_bank *bank)
{
	u32 i;

	for (i = 0; i < SL_CORES_MAX; i++) {
		if (bank->home[i])
			sl_ring_destroy(bank->home[i]);
		bank->home[i] = NULL;
	}
	bank->home_count = 0;
}

/**
 * sl_bank_home_cold() - take in what sl_bank_home() does not see every day
 * @bank: bank of the calling core
 * @number: what sl_bank_number() made of a pointer
 *
 * No event, an event that is at home, or one with a high number: that goes to
 * the bottom of the stack, in the place of the first low one there, which goes
 * to the top.  If that is not found soon, it stays on top itself: what is cold
 * must not be warmed, and the next search goes on from there.
 */
void sl_bank_home_cold(struct sl_bank *bank, u64 number)
{
	u32 count = bank->free_count;
	u32 cold = bank->cold_count;
	u32 look;

	if (number >= bank->event_count || !bank->away[number]) {
		WRITE_ONCE(bank->refused, bank->refused + 1);
		return;
	}
	bank->away[number] = 0;
	bank->free[count] = number;
	for (look = LOOK_MAX; look && cold < count &&
			      bank->free[cold] >= bank->warm_count; look--)
		cold++;
	if (bank->free[cold] < bank->warm_count) {
		bank->free[count] = bank->free[cold];
		bank->free[cold++] = number;
	}
	bank->cold_count = cold;
	bank->floor = max(bank->floor, cold);
	WRITE_ONCE(bank->free_count, count + 1);
}

/**
 * sl_bank_stray() - count an event that has no way home
 * @bank: bank that it was said to be of
 * @core: core of the caller
 */
void sl_bank_stray(struct sl_bank *bank, u32 core)
{
	u64 *refused;

	if (WARN_ON_ONCE(core >= SL_CORES_MAX))
		return;
	refused = &bank->giver[core].refused;
	WRITE_ONCE(*refused, *refused + 1);
}

/**
 * sl_bank_collect() - take in what other cores gave back
 * @bank: bank of the calling core
 *
 * Not more from a core than there can be honestly, or one that floods its
 * ring would keep the owner here.
 *
 * Return: how many events were waiting at the door.
 */
u32 sl_bank_collect(struct sl_bank *bank)
{
	void *event[COLLECT_MAX];
	u32 count = 0;
	u32 i, j, n, of_core;

	for (i = 0; i < bank->home_count; i++) {
		struct sl_ring *ring = bank->home[bank->home_core[i]];

		of_core = 0;
		do {
			n = sl_ring_pop_batch(ring, event, COLLECT_MAX);
			for (j = 0; j < n; j++)
				sl_bank_home(bank, event[j]);
			of_core += n;
		} while (n == COLLECT_MAX && of_core < bank->event_count);
		count += of_core;
	}
	return count;
}

/**
 * sl_bank_take_low() - take an event when that sets a mark, or there is none
 * @bank: bank of the calling core
 *
 * Return: an event, or NULL if all are away.
 */
void *sl_bank_take_low(struct sl_bank *bank)
{
	u32 count, index;

	if (!bank->free_count)
		sl_bank_collect(bank);
	if (!bank->free_count) {
		WRITE_ONCE(bank->exhausted, bank->exhausted + 1);
		return NULL;
	}
	count = bank->free_count - 1;
	index = bank->free[count];
	WRITE_ONCE(bank->free_count, count);
	if (bank->cold_count > count)
		bank->cold_count = count;
	if (bank->free_low > count)
		bank->free_low = count;
	if (bank->free_min > count)
		WRITE_ONCE(bank->free_min, count);
	bank->floor = max(bank->cold_count, bank->free_low);
	bank->away[index] = 1;
	return bank->memory + (size_t)index * bank->event_bytes;
}
