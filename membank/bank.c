// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "membank/bank.h"

#define COLLECT_MAX	64

static_assert(offsetof(struct sl_bank, free_count) % L1_CACHE_BYTES == 0,
	      "what the owner writes is on lines of its own");

/**
 * sl_bank_open() - carve every event the bank will ever hold
 * @bank: where to put it
 * @region: memory of the stage or of its group
 * @owner: core that takes from it
 * @event_count: number of events, at least 1
 * @event_bytes: bytes of one event
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sl_bank_open(struct sl_bank *bank, struct sl_region *region, u32 owner,
		 u32 event_count, u32 event_bytes)
{
	u32 i;

	if (!event_count || event_count > SL_RING_SLOTS_MAX || !event_bytes ||
	    event_bytes > (1u << 30) || owner >= SL_CORES_MAX)
		return -EINVAL;

	*bank = (struct sl_bank){
		.event_bytes = ALIGN(event_bytes, L1_CACHE_BYTES),
		.event_count = event_count,
		.event_lines = ALIGN(event_bytes, L1_CACHE_BYTES) /
			       L1_CACHE_BYTES,
		.owner = owner,
		.free_count = event_count,
		.free_min = event_count,
	};
	bank->bytes = (size_t)event_count * bank->event_bytes;
	if (bank->bytes / L1_CACHE_BYTES > U32_MAX)
		return -EINVAL;
	bank->memory = sl_region_carve(region, bank->bytes);
	bank->free = sl_region_carve(region, event_count * sizeof(u32));
	bank->away = sl_region_carve(region, event_count);
	if (!bank->memory || !bank->free || !bank->away)
		return -ENOMEM;

	/* Lowest on top: what is never needed is never touched. */
	for (i = 0; i < event_count; i++)
		bank->free[i] = event_count - 1 - i;
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
	struct sl_ring *ring;

	if (core >= SL_CORES_MAX)
		return -EINVAL;
	if (core == bank->owner || bank->home[core])
		return 0;

	/* Slots for all events and the ring's slack: a give never fails. */
	ring = sl_ring_create(roundup_pow_of_two(bank->event_count +
						 SL_RING_SLACK));
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	bank->home[core] = ring;
	bank->home_core[bank->home_count++] = core;
	return 0;
}

/**
 * sl_bank_close() - free the home rings; the memory is the region's
 * @bank: an open bank that no core uses any more
 */
void sl_bank_close(struct sl_bank *bank)
{
	u32 i;

	for (i = 0; i < bank->home_count; i++)
		sl_ring_destroy(bank->home[bank->home_core[i]]);
	bank->home_count = 0;
}

/**
 * sl_bank_index() - number of an event within its bank
 * @bank: any bank
 * @event: any pointer
 *
 * Return: the number, or event_count if it is none of the bank's events.
 */
u32 sl_bank_index(const struct sl_bank *bank, const void *event)
{
	size_t at = (const u8 *)event - bank->memory;
	u32 index;

	if (unlikely((const u8 *)event < bank->memory || at >= bank->bytes))
		return bank->event_count;

	/* In lines, for a short division is twice as fast as a long one. */
	index = (u32)(at / L1_CACHE_BYTES) / bank->event_lines;
	if (unlikely((size_t)index * bank->event_bytes != at))
		return bank->event_count;
	return index;
}

/**
 * sl_bank_home() - take an event back in
 * @bank: bank of the calling core
 * @event: event that is given back
 */
void sl_bank_home(struct sl_bank *bank, void *event)
{
	u32 index = sl_bank_index(bank, event);

	if (index == bank->event_count || !bank->away[index]) {
		WRITE_ONCE(bank->refused, bank->refused + 1);
		return;
	}
	bank->away[index] = 0;
	bank->free[bank->free_count] = index;
	WRITE_ONCE(bank->free_count, bank->free_count + 1);
}

/**
 * sl_bank_collect() - take in what other cores gave back
 * @bank: bank of the calling core
 *
 * Return: how many events were waiting at the door.
 */
u32 sl_bank_collect(struct sl_bank *bank)
{
	void *event[COLLECT_MAX];
	u32 count = 0;
	u32 i, j, n;

	for (i = 0; i < bank->home_count; i++) {
		struct sl_ring *ring = bank->home[bank->home_core[i]];

		do {
			n = sl_ring_pop_batch(ring, event, COLLECT_MAX);
			for (j = 0; j < n; j++)
				sl_bank_home(bank, event[j]);
			count += n;
		} while (n == COLLECT_MAX);
	}
	return count;
}

/**
 * sl_bank_refill() - take an event when the stack is empty
 * @bank: bank of the calling core
 *
 * Return: an event, or NULL if all are away.
 */
void *sl_bank_refill(struct sl_bank *bank)
{
	sl_bank_collect(bank);
	if (!bank->free_count) {
		bank->free_min = 0;
		WRITE_ONCE(bank->exhausted, bank->exhausted + 1);
		return NULL;
	}
	return sl_bank_take(bank);
}
