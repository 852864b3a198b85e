// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a bank hands every event out once, takes it back from any core,
 * refuses and counts what is not its own or is at home already, by whatever
 * way it comes, and never grows.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "membank/bank.h"
#include "tools/test.h"

#define EVENTS	37
#define ROUNDS	200000
#define STRAYS	20000

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
		{ ~0u, 1, 64, -EINVAL },
		{ 0, SL_BANK_EVENTS_MAX + 1, 64, -EINVAL },
		{ 0, ~0u, 64, -EINVAL },
		{ 0, 1, (1u << 30) + 1, -EINVAL },
		{ 0, 1, ~0u, -EINVAL },
		{ 0, ~0u, ~0u, -EINVAL },
		/* more than any machine has */
		{ 0, SL_BANK_EVENTS_MAX, 1u << 30, -EINVAL },
		{ 0, 257, 1u << 30, -EINVAL },
	};
	struct sl_region *region = sl_region_create("test", false, -1);
	struct sl_bank bank;
	size_t bytes = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_EQ(sl_bank_open(&bank, region, cases[i].owner,
				      cases[i].count, cases[i].bytes),
			 cases[i].err);
		/* Only the first has had memory. */
		bytes = bytes ? bytes : sl_region_bytes(region);
		CHECK_EQ(sl_region_bytes(region), bytes);
		/* Closing what did not open is no crime. */
		sl_bank_close(&bank);
	}
	CHECK(!sl_region_carve(region, ~(size_t)0));
	CHECK_EQ(sl_region_bytes(region), bytes);
	sl_region_destroy(region);
}

/* What dividing would say. */
static u32 divide(const struct sl_bank *bank, uintptr_t event)
{
	uintptr_t at = event - (uintptr_t)bank->memory;

	if (event < (uintptr_t)bank->memory || at >= bank->bytes ||
	    at % bank->event_bytes)
		return bank->event_count;
	return at / bank->event_bytes;
}

static void check_number(const struct sl_bank *bank, uintptr_t event)
{
	u32 index = sl_bank_index(bank, (void *)event);

	if (index != divide(bank, event))
		CHECK_EQ(index, divide(bank, event));
}

/* Events of every shape, and pointers of every kind around them. */
static void test_numbers(void)
{
	static const u32 sizes[] = { 64, 128, 192, 448, 576, 2432, 4096, 4160,
				     12288, 65600, 1 << 20, (1 << 20) + 64,
				     1 << 30, (1 << 30) - 64 };
	u64 seed = 1;
	size_t i;
	u32 j, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct sl_region *region = sl_region_create("test", false, -1);
		struct sl_bank bank;
		uintptr_t base;
		int err;

		err = sl_bank_open(&bank, region, 0, EVENTS, sizes[i]);
		/* Some systems lend no more addresses than they have memory. */
		if (err != -ENOMEM || sizes[i] < 1 << 29)
			CHECK_EQ(err, 0);
		if (err) {
			sl_region_destroy(region);
			continue;
		}
		base = (uintptr_t)bank.memory;
		for (j = 0; j < EVENTS; j++) {
			uintptr_t at = base + (uintptr_t)j * sizes[i];

			CHECK_EQ(sl_bank_index(&bank, (void *)at), j);
			for (k = 1; k < 300; k++) {
				check_number(&bank, at + k);
				check_number(&bank, at - k);
			}
		}
		for (j = 0; j < 100000; j++) {
			seed = seed * 6364136223846793005ull + 1;
			check_number(&bank, seed >> (j % 40));
			check_number(&bank, base + ((seed >> (j % 40)) << 6));
			check_number(&bank, base - ((seed >> (j % 40)) << 6));
		}
		check_number(&bank, 0);
		check_number(&bank, UINTPTR_MAX);
		check_number(&bank, base + bank.bytes);
		check_number(&bank, base - sizes[i]);
		sl_bank_close(&bank);
		sl_region_destroy(region);
	}
}

/* Every event is either at home, once, or away. */
static void check_house(const struct sl_bank *bank)
{
	u8 seen[EVENTS] = { 0 };
	u32 away = 0;
	u32 i;

	CHECK_EQ(bank->event_count, EVENTS);
	for (i = 0; i < EVENTS; i++)
		away += bank->away[i];
	CHECK_EQ(bank->free_count + away, EVENTS);
	for (i = 0; i < bank->free_count && i < EVENTS; i++) {
		if (!CHECK(bank->free[i] < EVENTS))
			continue;
		CHECK(!seen[bank->free[i]]++);
		CHECK(!bank->away[bank->free[i]]);
	}
}

static u64 refused(const struct sl_bank *bank)
{
	struct sl_bank_use use;

	sl_bank_use(bank, &use);
	return use.refused;
}

static void test_take(void)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	void *event[EVENTS];
	struct sl_bank bank;
	u32 i, j;

	CHECK_EQ(sl_bank_open(&bank, region, 3, EVENTS, 100), 0);
	CHECK_EQ(bank.event_bytes, 128);
	CHECK_EQ((uintptr_t)bank.memory % sl_region_page_bytes(), 0);
	for (i = 0; i < EVENTS; i++) {
		event[i] = sl_bank_take(&bank);
		if (!CHECK(event[i]))
			return;
		CHECK_EQ((uintptr_t)event[i] % L1_CACHE_BYTES, 0);
		memset(event[i], i, 100);
		for (j = 0; j < i; j++)
			CHECK(event[j] != event[i]);
		CHECK_EQ(bank.free_min, EVENTS - 1 - i);
	}
	CHECK(!sl_bank_take(&bank));
	CHECK_EQ(bank.exhausted, 1);

	sl_bank_give(&bank, 3, event[5]);
	CHECK_EQ(bank.free_count, 1);
	/* twice, in the middle of one, before, behind, nothing, elsewhere */
	sl_bank_give(&bank, 3, event[5]);
	sl_bank_give(&bank, 3, (u8 *)event[6] + 1);
	sl_bank_give(&bank, 3, (u8 *)event[6] + L1_CACHE_BYTES);
	sl_bank_give(&bank, 3, bank.memory - bank.event_bytes);
	sl_bank_give(&bank, 3, bank.memory + bank.bytes);
	sl_bank_give(&bank, 3, NULL);
	sl_bank_give(&bank, 3, &bank);
	CHECK_EQ(refused(&bank), 7);
	CHECK_EQ(bank.free_count, 1);
	CHECK(sl_bank_take(&bank) == event[5]);
	CHECK(!sl_bank_take(&bank));
	check_house(&bank);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

/* The same mistakes, made by a core that is not the owner. */
static void test_strays(void)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	u8 *one, *other;
	struct sl_bank bank;
	u32 i, room;

	CHECK_EQ(sl_bank_open(&bank, region, 0, EVENTS, 100), 0);
	CHECK_EQ(sl_bank_join(&bank, 1), 0);
	CHECK_EQ(sl_bank_join(&bank, 1), 0);
	CHECK_EQ(bank.home_count, 1);
	one = sl_bank_take(&bank);
	other = sl_bank_take(&bank);

	/* A core without a ring, and nothing at all. */
	sl_bank_give(&bank, 2, one);
	sl_bank_give(&bank, SL_CORES_MAX - 1, one);
	sl_bank_give(&bank, 1, NULL);
	CHECK_EQ(bank.giver[1].refused, 1);
	CHECK_EQ(bank.giver[2].refused, 1);
	CHECK_EQ(bank.giver[SL_CORES_MAX - 1].refused, 1);
	CHECK_EQ(sl_bank_collect(&bank), 0);

	/* Twice, by two cores; whichever comes first. */
	sl_bank_give(&bank, 1, one);
	sl_bank_give(&bank, 0, one);
	CHECK_EQ(sl_bank_collect(&bank), 1);
	CHECK_EQ(refused(&bank), 4);
	sl_bank_give(&bank, 1, other);
	CHECK_EQ(sl_bank_collect(&bank), 1);
	sl_bank_give(&bank, 0, other);
	CHECK_EQ(refused(&bank), 5);
	CHECK_EQ(bank.free_count, EVENTS);
	check_house(&bank);

	/* What is no event comes over the ring, and is refused at the door. */
	sl_bank_give(&bank, 1, one + 64);
	sl_bank_give(&bank, 1, &bank);
	CHECK_EQ(sl_bank_collect(&bank), 2);
	CHECK_EQ(refused(&bank), 7);

	/* So often that the ring is full. */
	CHECK(sl_bank_take(&bank));
	for (i = 0; i < 100; i++)
		sl_bank_give(&bank, 1, other);
	room = sl_bank_collect(&bank);
	CHECK(room >= EVENTS && room < 100);
	CHECK_EQ(bank.giver[1].refused, 1 + 100 - room);
	CHECK_EQ(refused(&bank), 7 + 99);
	CHECK_EQ(bank.free_count, EVENTS);
	check_house(&bank);

	/* And honest events come home afterwards as before. */
	for (i = 0; i < 3 * EVENTS; i++)
		sl_bank_give(&bank, 1, sl_bank_take(&bank));
	sl_bank_collect(&bank);
	CHECK_EQ(refused(&bank), 7 + 99);
	check_house(&bank);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

/* All events of a bank come home at once, whatever came before them. */
static void test_room(void)
{
	static const u32 counts[] = { 1, 7, 8, 9, 16, 57, 58, 64, 65, 512 };
	void *event[512];
	struct sl_bank bank;
	u32 i, j, phase;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		struct sl_region *region = sl_region_create("test", false, -1);

		CHECK_EQ(sl_bank_open(&bank, region, 0, counts[i], 64), 0);
		CHECK_EQ(sl_bank_join(&bank, 1), 0);
		for (phase = 0; phase < 70; phase++) {
			sl_bank_give(&bank, 1, sl_bank_take(&bank));
			sl_bank_collect(&bank);
			for (j = 0; j < counts[i]; j++)
				event[j] = sl_bank_take(&bank);
			for (j = 0; j < counts[i]; j++)
				sl_bank_give(&bank, 1, event[j]);
			CHECK_EQ(sl_bank_collect(&bank), counts[i]);
		}
		CHECK_EQ(refused(&bank), 0);
		CHECK_EQ(bank.free_count, counts[i]);
		sl_bank_close(&bank);
		sl_region_destroy(region);
	}
}

static void test_group(void)
{
	struct sl_region *region = sl_region_create("storage", true, -1);
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
	CHECK_EQ(refused(&a), 1);
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
	struct sl_region *region = sl_region_create("test", true, -1);
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
	CHECK_EQ(refused(&bank), 0);
	for (i = 0; i < EVENTS; i++)
		sum += *(u64 *)(bank.memory + i * bank.event_bytes);
	CHECK_EQ(sum, 2 * ROUNDS);
	sl_bank_close(&bank);
	for (i = 0; i < 2; i++)
		sl_ring_destroy(lane[i].ring);
	sl_region_destroy(region);
}

static void *give_anything(void *arg)
{
	struct lane *lane = arg;
	u64 seed = lane->core;
	u32 i;

	for (i = 0; i < STRAYS; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		sl_bank_give(lane->bank, lane->core, lane->bank->memory +
			     ((seed >> 33) % (2 * EVENTS)) * 32);
	}
	return NULL;
}

/* Two cores give what they never had, while the owner does its work. */
static void test_hostile(void)
{
	struct sl_region *region = sl_region_create("test", true, -1);
	struct lane lane[2];
	pthread_t thread[2];
	struct sl_bank bank;
	u32 i, j;

	CHECK_EQ(sl_bank_open(&bank, region, 0, EVENTS, 64), 0);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(sl_bank_join(&bank, i + 1), 0);
		lane[i] = (struct lane){ &bank, NULL, i + 1 };
		pthread_create(&thread[i], NULL, give_anything, &lane[i]);
	}
	for (i = 0; i < STRAYS; i++) {
		void *event[8];

		for (j = 0; j < 8; j++)
			event[j] = sl_bank_take(&bank);
		sl_bank_collect(&bank);
		for (j = 0; j < 8; j++)
			sl_bank_give(&bank, 0, event[j]);
		if (i % 64 == 0)
			sl_bank_tend(&bank);
	}
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	sl_bank_collect(&bank);
	check_house(&bank);
	CHECK(refused(&bank) >= STRAYS);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

int main(void)
{
	test_sizes();
	test_numbers();
	test_take();
	test_strays();
	test_room();
	test_group();
	test_cores();
	test_hostile();
	TEST_END();
}
