// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a bank hands every event out once, takes it back from any core,
 * refuses what is not its own or is at home already, and never grows.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <linux/err.h>

#include "membank/bank.h"
#include "tools/test.h"

#define EVENTS	37
#define ROUNDS	200000

static void test_sizes(void)
{
	static const struct {
		u32 owner, count, bytes;
		int err;
	} cases[] = {
		{ 0, 1, 1, 0 },
		{ 0, 0, 64, -EINVAL },
		{ 0, 64, 0, -EINVAL },
		{ SL_CORES_MAX, 1, 64, -EINVAL },
		{ 0, SL_RING_SLOTS_MAX + 1, 64, -EINVAL },
		{ 0, 1, (1u << 30) + 1, -EINVAL },
		/* more than any machine has */
		{ 0, SL_RING_SLOTS_MAX, 1u << 30, -EINVAL },
	};
	struct sl_region *region = sl_region_create("test", true);
	struct sl_bank bank;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_EQ(sl_bank_open(&bank, region, cases[i].owner,
				      cases[i].count, cases[i].bytes),
			 cases[i].err);
	CHECK(!sl_region_carve(region, ~(size_t)0));
	sl_region_destroy(region);
}

static void test_take(void)
{
	struct sl_region *region = sl_region_create("test", false);
	void *event[EVENTS];
	struct sl_bank bank;
	u32 i, j;

	CHECK_EQ(sl_bank_open(&bank, region, 3, EVENTS, 100), 0);
	CHECK_EQ(bank.event_bytes, 128);
	for (i = 0; i < EVENTS; i++) {
		event[i] = sl_bank_take(&bank);
		if (!CHECK(event[i]))
			return;
		CHECK_EQ((uintptr_t)event[i] % L1_CACHE_BYTES, 0);
		memset(event[i], i, 100);
		for (j = 0; j < i; j++)
			CHECK(event[j] != event[i]);
	}
	CHECK(!sl_bank_take(&bank));
	CHECK_EQ(bank.exhausted, 1);
	CHECK_EQ(bank.free_min, 0);

	sl_bank_give(&bank, 3, event[5]);
	CHECK_EQ(bank.free_count, 1);
	/* twice, in the middle of one, before, behind, somewhere else */
	sl_bank_give(&bank, 3, event[5]);
	sl_bank_give(&bank, 3, (u8 *)event[6] + 1);
	sl_bank_give(&bank, 3, (u8 *)event[6] + L1_CACHE_BYTES);
	sl_bank_give(&bank, 3, bank.memory - bank.event_bytes);
	sl_bank_give(&bank, 3, bank.memory + bank.bytes);
	sl_bank_give(&bank, 3, &bank);
	CHECK_EQ(bank.refused, 6);
	CHECK_EQ(bank.free_count, 1);
	CHECK(sl_bank_take(&bank) == event[5]);
	CHECK(!sl_bank_take(&bank));
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

static void test_group(void)
{
	struct sl_region *region = sl_region_create("storage", true);
	struct sl_bank a, b;
	u8 *memory;

	CHECK_STR(sl_region_name(region), "storage");
	CHECK_EQ(sl_bank_open(&a, region, 0, 10, 64), 0);
	CHECK_EQ(sl_bank_open(&b, region, 1, 10, 64), 0);
	memory = sl_region_carve(region, 3 << 20);
	if (CHECK(memory)) {
		CHECK_EQ(memory[0] | memory[(3 << 20) - 1], 0);
		memset(memory, 0xff, 3 << 20);
	}
	/* An event of one bank of a group is still not the other's. */
	sl_bank_give(&a, 0, sl_bank_take(&b));
	CHECK_EQ(a.refused, 1);
	CHECK(sl_region_bytes(region) >= 3 << 20);
	sl_bank_close(&a);
	sl_bank_close(&b);
	sl_region_destroy(region);
}

struct lane {
	struct sl_bank *bank;
	struct sl_ring *ring;
	u32 core;
};

static void *give_back(void *arg)
{
	struct lane *lane = arg;
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		void *event;

		while (!(event = sl_ring_pop(lane->ring)))
			sched_yield();
		(*(u64 *)event)++;
		sl_bank_give(lane->bank, lane->core, event);
	}
	return NULL;
}

/* Two other cores give back what the owner hands to them in turn. */
static void test_cores(void)
{
	struct sl_region *region = sl_region_create("test", true);
	struct lane lane[2];
	pthread_t thread[2];
	struct sl_bank bank;
	u64 sum = 0;
	u32 i;

	CHECK_EQ(sl_bank_open(&bank, region, 0, EVENTS, 64), 0);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(sl_bank_join(&bank, i + 1), 0);
		lane[i] = (struct lane){ &bank, sl_ring_create(64), i + 1 };
		pthread_create(&thread[i], NULL, give_back, &lane[i]);
	}
	CHECK_EQ(sl_bank_join(&bank, SL_CORES_MAX), -EINVAL);
	for (i = 0; i < 2 * ROUNDS; i++) {
		void *event;

		while (!(event = sl_bank_take(&bank)))
			sched_yield();
		while (!sl_ring_push(lane[i % 2].ring, event))
			sched_yield();
	}
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	sl_bank_collect(&bank);
	CHECK_EQ(bank.free_count, EVENTS);
	CHECK_EQ(bank.refused, 0);
	for (i = 0; i < EVENTS; i++)
		sum += *(u64 *)(bank.memory + i * bank.event_bytes);
	CHECK_EQ(sum, 2 * ROUNDS);
	sl_bank_close(&bank);
	for (i = 0; i < 2; i++)
		sl_ring_destroy(lane[i].ring);
	sl_region_destroy(region);
}

int main(void)
{
	test_sizes();
	test_take();
	test_group();
	test_cores();
	TEST_END();
}
