// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Self-test of banks: each event is handed out once, taken back once, and
 * nothing else is; then events go to another CPU and come home by its ring.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "membank/bank.h"
#include "membank/selftest_kmod.h"
#include "ring/selftest_kmod.h"

#define COUNT	37

enum { OWNER = 3, OTHER = 5 };

struct lane {
	struct sl_bank bank;
	struct sl_ring *ring;
};

static bool take_all(struct sl_bank *bank, void **event)
{
	u32 i, j;

	for (i = 0; i < COUNT; i++) {
		event[i] = sl_bank_take(bank);
		if (!SL_EXPECT(event[i]) ||
		    !SL_EXPECT(sl_bank_index(bank, event[i]) < COUNT))
			return false;
		for (j = 0; j < i; j++)
			if (!SL_EXPECT(event[i] != event[j]))
				return false;
	}
	return SL_EXPECT(!sl_bank_take(bank));
}

static bool take_and_give(struct sl_bank *bank)
{
	void *event[COUNT];
	u64 refused = bank->refused;
	u32 i;

	if (!take_all(bank, event))
		return false;
	sl_bank_give(bank, OWNER, event[5]);
	/* twice, in the middle of one, before, behind, somewhere else */
	sl_bank_give(bank, OWNER, event[5]);
	sl_bank_give(bank, OWNER, (u8 *)event[6] + 1);
	sl_bank_give(bank, OWNER, bank->memory - bank->event_bytes);
	sl_bank_give(bank, OWNER, bank->memory + bank->bytes);
	sl_bank_give(bank, OWNER, bank);
	if (!SL_EXPECT(bank->refused == refused + 5) ||
	    !SL_EXPECT(bank->free_count == 1))
		return false;
	for (i = 0; i < COUNT; i++)
		if (i != 5)
			sl_bank_give(bank, OWNER, event[i]);
	return SL_EXPECT(bank->refused == refused + 5) &&
	       SL_EXPECT(bank->free_count == COUNT);
}

/* The other side counts in each event, and sends it home. */
static int give_back(struct sl_pair *pair)
{
	struct lane *lane = pair->arg;
	u64 done = 0;

	while (sl_pair_expects(pair, done)) {
		u64 *event = sl_ring_pop(lane->ring);

		if (event) {
			++*event;
			sl_bank_give(&lane->bank, OTHER, event);
			done++;
		} else if (!sl_pair_pause(pair)) {
			return -EIO;
		}
	}
	return 0;
}

static int take_out(struct sl_pair *pair)
{
	struct lane *lane = pair->arg;
	void *event = NULL;
	u64 done = 0;

	while (event || !sl_pair_enough(pair, done)) {
		if (!event)
			event = sl_bank_take(&lane->bank);
		if (event && sl_ring_push(lane->ring, event)) {
			event = NULL;
			done++;
		} else if (!sl_pair_pause(pair)) {
			return -EIO;
		}
	}
	return 0;
}

static int there_and_back(struct lane *lane)
{
	struct sl_pair pair = { .send = take_out, .receive = give_back,
				.arg = lane };
	u64 sum = 0;
	int err = sl_pair_run(&pair);
	u32 i;

	if (err)
		return err;
	sl_bank_collect(&lane->bank);
	for (i = 0; i < COUNT; i++)
		sum += *(u64 *)(lane->bank.memory + i * lane->bank.event_bytes);
	return SL_EXPECT(sum == pair.sent) &&
	       SL_EXPECT(lane->bank.free_count == COUNT) &&
	       take_and_give(&lane->bank) ? 0 : -EIO;
}

static int with_bank(struct lane *lane)
{
	int err = sl_bank_join(&lane->bank, OTHER);

	if (err)
		return err;
	if (!SL_EXPECT(sl_bank_join(&lane->bank, SL_CORES_MAX) == -EINVAL) ||
	    !take_and_give(&lane->bank))
		return -EIO;
	lane->ring = sl_ring_create(8);
	if (IS_ERR(lane->ring))
		return PTR_ERR(lane->ring);
	err = there_and_back(lane);
	sl_ring_destroy(lane->ring);
	return err;
}

/* Events lie on pages that can be found, and handed on one by one. */
static bool is_made_of_pages(struct sl_bank *bank)
{
	struct page *first = sl_region_page(bank->region, bank->memory);
	struct page *next = sl_region_page(bank->region,
					   bank->memory + PAGE_SIZE);
	u8 *seen = kmap_local_page(next);
	bool same;

	bank->memory[PAGE_SIZE + 5] = 0x5a;
	same = READ_ONCE(seen[5]) == 0x5a;
	bank->memory[PAGE_SIZE + 5] = 0;
	kunmap_local(seen);
	return SL_EXPECT(same) && SL_EXPECT(first != next) &&
	       SL_EXPECT(page_count(first) == 1 && page_count(next) == 1);
}

int sl_bank_selftest(void)
{
	struct lane *lane = kvzalloc(sizeof(*lane), GFP_KERNEL);
	struct sl_region *region;
	int err;

	if (!lane)
		return -ENOMEM;
	region = sl_region_create("self-test", false, 0);
	err = PTR_ERR_OR_ZERO(region);
	if (err)
		goto err_lane;
	err = sl_bank_open(&lane->bank, region, OWNER, COUNT, 100);
	if (!err) {
		err = is_made_of_pages(&lane->bank) ? with_bank(lane) : -EIO;
		sl_bank_close(&lane->bank);
	}
	sl_region_destroy(region);
err_lane:
	kvfree(lane);
	return err;
}
