// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a bank knows how much of it was needed, that what is not needed
 * gathers in pages of its own and is lent to the system on request, and that
 * no event in flight is touched by that, whatever goes on meanwhile.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "membank/bank.h"
#include "membank/present_test.h"
#include "tools/test.h"

#define EVENTS_MAX	40000
#define LANE_EVENTS	2048
#define LANE_ROUNDS	60000

static void *event[EVENTS_MAX];

static u32 draw(u64 *seed, u32 below)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (*seed >> 33) % below;
}

static void take(struct sl_bank *bank, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		event[i] = sl_bank_take(bank);
		CHECK(event[i]);
	}
}

/* In any order. */
static void give(struct sl_bank *bank, u32 count, u64 *seed)
{
	u32 i, j;

	for (i = count; i; i--) {
		j = draw(seed, i);
		sl_bank_give(bank, bank->owner, event[j]);
		event[j] = event[i - 1];
	}
}

static void tend(struct sl_bank *bank, u32 ticks)
{
	while (ticks--)
		sl_bank_tend(bank);
}

static struct sl_bank_use use_of(const struct sl_bank *bank)
{
	struct sl_bank_use use;

	sl_bank_use(bank, &use);
	return use;
}

static void test_estimate(void)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	struct sl_bank bank;
	u64 seed = 1;
	u32 i, last;

	CHECK_EQ(sl_bank_open(&bank, region, 0, 1000, 64), 0);
	CHECK_EQ(use_of(&bank).events, 1000);
	CHECK_EQ(use_of(&bank).peak, 0);
	CHECK(sl_bank_advice(&bank) >= 1 && sl_bank_advice(&bank) < 20);

	take(&bank, 600);
	CHECK_EQ(use_of(&bank).in_use, 600);
	CHECK_EQ(use_of(&bank).peak, 600);
	give(&bank, 600, &seed);
	tend(&bank, 1);
	CHECK_EQ(use_of(&bank).in_use, 0);
	CHECK_EQ(use_of(&bank).lately, 600);
	CHECK_EQ(use_of(&bank).advice, 600 + 150 + 8);

	/* It decays while less is needed, to what is needed. */
	for (i = 0, last = 600; i < 44; i++) {
		take(&bank, 100);
		give(&bank, 100, &seed);
		tend(&bank, 1);
		CHECK(use_of(&bank).lately <= last);
		last = use_of(&bank).lately;
	}
	CHECK(last > 330 && last < 370);
	for (i = 0; i < 700; i++) {
		take(&bank, 100);
		give(&bank, 100, &seed);
		tend(&bank, 1);
	}
	CHECK(use_of(&bank).lately >= 100 && use_of(&bank).lately <= 101);
	tend(&bank, 700);
	CHECK(use_of(&bank).lately <= 1);

	/* Events that stay away count in every interval. */
	take(&bank, 300);
	tend(&bank, 1000);
	CHECK_EQ(use_of(&bank).lately, 300);
	give(&bank, 300, &seed);

	/* The peak is for ever, and the advice is about that. */
	CHECK_EQ(use_of(&bank).peak, 600);
	CHECK_EQ(use_of(&bank).advice, 600 + 150 + 8);
	take(&bank, 990);
	CHECK_EQ(use_of(&bank).advice, 1000);
	take(&bank, 10);
	CHECK_EQ(use_of(&bank).exhausted, 0);
	CHECK_EQ(use_of(&bank).advice, 1000);
	CHECK(!sl_bank_take(&bank));
	CHECK_EQ(use_of(&bank).exhausted, 1);
	CHECK_EQ(use_of(&bank).advice, 2000);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

/* Once less is needed, only low numbers are in use. */
static void test_gather(u32 count)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	struct sl_bank bank;
	u32 i, j, away, highest = 0;
	u64 seed = 2;

	CHECK_EQ(sl_bank_open(&bank, region, 0, count, 64), 0);
	take(&bank, count);
	give(&bank, count, &seed);
	tend(&bank, 1000);
	/* First it has to find out how many are needed. */
	for (i = 0; i < 4000; i++) {
		take(&bank, 40);
		give(&bank, 40, &seed);
		if (i > 2000 && i % 100 == 0)
			tend(&bank, 1);
	}
	for (i = 0; i < 100; i++) {
		take(&bank, 40);
		for (j = 0; j < 40; j++)
			highest = max(highest, sl_bank_index(&bank, event[j]));
		give(&bank, 40, &seed);
	}
	CHECK(highest < 40 + 10 + 8 + 1);

	/* All are there nevertheless, each once, however often. */
	for (j = 0; j < 3; j++) {
		take(&bank, count);
		CHECK(!sl_bank_take(&bank));
		for (i = 0, away = 0; i < count; i++)
			away += bank.away[i];
		CHECK_EQ(away, count);
		give(&bank, count, &seed);
	}
	CHECK_EQ(use_of(&bank).refused, 0);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

/* Anything in any order; what bank.h promises of its marks always holds. */
static void test_marks(u32 count)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	struct sl_bank bank;
	u64 seed = count;
	u32 out = 0;
	u32 i, n;

	CHECK_EQ(sl_bank_open(&bank, region, 0, count, 64), 0);
	for (i = 0; i < 6000; i++) {
		n = draw(&seed, draw(&seed, 50) ? 1 + count / 50 : 1 + count);
		switch (draw(&seed, 5)) {
		case 0:
		case 1:
			for (; n && out < count; n--)
				event[out++] = sl_bank_take(&bank);
			break;
		case 2:
		case 3:
			for (; n && out; n--) {
				u32 j = draw(&seed, out);

				sl_bank_give(&bank, 0, event[j]);
				event[j] = event[--out];
			}
			break;
		case 4:
			tend(&bank, draw(&seed, 3) ? 1 : 100);
			break;
		}
		if (!CHECK_EQ(bank.free_count, count - out) ||
		    !CHECK(bank.floor <= bank.free_count) ||
		    !CHECK(bank.cold_count <= bank.floor) ||
		    !CHECK(bank.free_low <= bank.floor) ||
		    !CHECK(bank.free_min <= bank.free_low) ||
		    !CHECK(bank.warm_count <= count))
			break;
	}
	for (i = 0; i < out; i++)
		sl_bank_give(&bank, 0, event[i]);
	CHECK_EQ(bank.free_count, count);
	CHECK_EQ(use_of(&bank).refused, 0);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

/* What was never needed is never touched, whatever the ticks make of it. */
static void test_untouched(void)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	struct sl_bank bank;
	u64 seed = 5;
	u32 i, j, count;

	CHECK_EQ(sl_bank_open(&bank, region, 0, 8000, 4096), 0);
	tend(&bank, 1);
	for (i = 0; i < 20000; i++) {
		count = draw(&seed, i < 10000 ? 100 : 10);
		take(&bank, count);
		for (j = 0; j < count; j++)
			memset(event[j], 1, 4096);
		give(&bank, count, &seed);
		if (!draw(&seed, 100))
			tend(&bank, draw(&seed, 200));
	}
	CHECK(present_bytes(bank.memory, bank.bytes) <= 100 * 4096);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

/* Until all that may be lent is lent. */
static void answer(struct sl_bank *bank)
{
	u32 ticks = 2 + bank->bytes / (1 << 20);

	sl_bank_ask(bank);
	while (ticks-- && bank->answered != bank->asked)
		sl_bank_tend(bank);
	CHECK_EQ(bank->answered, bank->asked);
}

/* All were needed; three of them, anywhere, still are: the first in event[]. */
static void fill(struct sl_bank *bank, u32 bytes, u64 *seed)
{
	u32 count = bank->event_count;
	u32 i, j;

	take(bank, count);
	for (i = 0; i < count; i++)
		memset(event[i], 0xa5, bytes);
	give(bank, count, seed);
	take(bank, count);
	give(bank, count - 3, seed);
	for (i = 0, j = 0; i < count && j < 3; i++)
		if (bank->away[i])
			event[j++] = bank->memory +
				     (size_t)i * bank->event_bytes;
}

static bool is_either(const u8 *memory, u32 bytes, u8 one, u8 other)
{
	while (bytes && (memory[bytes - 1] == one || memory[bytes - 1] == other))
		bytes--;
	return !bytes;
}

/* Lent pages are back when they are needed, with nobody's data. */
static void take_back(struct sl_bank *bank, u32 bytes, u64 *seed)
{
	u32 i;

	take(bank, bank->event_count);
	for (i = 0; i < bank->event_count; i++) {
		CHECK(is_either(event[i], bytes, 0xa5, 0));
		memset(event[i], 1, bytes);
	}
	give(bank, bank->event_count, seed);
	CHECK_EQ(use_of(bank).refused, 0);
}

static void test_lend(u32 count, u32 bytes, bool huge)
{
	struct sl_region *region = sl_region_create("test", huge, -1);
	size_t page = sl_region_page_bytes();
	struct sl_bank_use use;
	struct sl_bank bank;
	size_t whole, left;
	u64 seed = 3;
	long before;
	u32 i;

	CHECK_EQ(sl_bank_open(&bank, region, 0, count, bytes), 0);
	whole = ALIGN(bank.bytes, page);
	fill(&bank, bytes, &seed);

	/* What was needed just now is not lent. */
	sl_bank_tend(&bank);
	answer(&bank);
	CHECK_EQ(use_of(&bank).released_bytes, 0);
	CHECK_EQ(present_bytes(bank.memory, whole), whole);
	tend(&bank, 1000);
	CHECK_EQ(use_of(&bank).released_bytes, 0);

	before = kib_of("/proc/self/smaps_rollup", "Rss:");
	answer(&bank);
	use = use_of(&bank);
	left = present_bytes(bank.memory, whole);
	CHECK_EQ(use.released_bytes, whole - left);
	CHECK(left <= ALIGN(20 * (size_t)bank.event_bytes, page) +
		      3 * (ALIGN(bank.event_bytes, page) + page));
	before -= kib_of("/proc/self/smaps_rollup", "Rss:");
	/* Sanitizers' own memory comes and goes, too. */
	CHECK(before > (long)(whole - left) / 1024 * 3 / 4 - 1024);

	/* Once is enough. */
	answer(&bank);
	CHECK_EQ(use_of(&bank).released_bytes, use.released_bytes);

	for (i = 0; i < 3; i++)
		CHECK(is_either(event[i], bytes, 0xa5, 0xa5));
	give(&bank, 3, &seed);
	take_back(&bank, bytes, &seed);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

struct lane {
	struct sl_bank *bank;
	struct sl_ring *ring;
	u64 wrong;
	bool done;
};

/* Looks at what came, and sends it home. */
static void *check_and_give(void *arg)
{
	struct lane *lane = arg;
	u32 words = lane->bank->event_bytes / sizeof(u64);
	u32 i, j;

	for (i = 0; i < LANE_ROUNDS; i++) {
		u64 *one;

		while (!(one = sl_ring_pop(lane->ring)))
			sched_yield();
		for (j = 1; j < words; j++)
			lane->wrong += one[j] != one[0] + j;
		sl_bank_give(lane->bank, 1, one);
	}
	return NULL;
}

/* As the manager does, but without end. */
static void *ask(void *arg)
{
	struct lane *lane = arg;

	while (!READ_ONCE(lane->done)) {
		sl_bank_ask(lane->bank);
		sched_yield();
	}
	return NULL;
}

/* Bursts of any size, while pages are lent all the time. */
static void test_traffic(void)
{
	struct sl_region *region = sl_region_create("test", true, -1);
	pthread_t thread[2];
	struct sl_bank bank;
	struct lane lane;
	u64 seed = 4;
	u32 sent = 0;
	u32 burst, j;
	u64 *one;

	CHECK_EQ(sl_bank_open(&bank, region, 0, LANE_EVENTS, 1088), 0);
	CHECK_EQ(sl_bank_join(&bank, 1), 0);
	lane = (struct lane){ .bank = &bank,
			      .ring = sl_ring_create(LANE_EVENTS) };
	pthread_create(&thread[0], NULL, check_and_give, &lane);
	pthread_create(&thread[1], NULL, ask, &lane);
	while (sent < LANE_ROUNDS) {
		burst = draw(&seed, 20) ? draw(&seed, 16) :
					  draw(&seed, LANE_EVENTS);
		for (; burst && sent < LANE_ROUNDS; burst--, sent++) {
			while (!(one = sl_bank_take(&bank)))
				sched_yield();
			one[0] = draw(&seed, ~0u);
			for (j = 1; j < 1088 / sizeof(u64); j++)
				one[j] = one[0] + j;
			while (!sl_ring_push(lane.ring, one))
				sched_yield();
		}
		/* Time flies: what was needed is forgotten between bursts. */
		if (!draw(&seed, 10)) {
			while (bank.free_count < LANE_EVENTS) {
				sl_bank_collect(&bank);
				sched_yield();
			}
			tend(&bank, 400);
		}
		sl_bank_collect(&bank);
		sl_bank_tend(&bank);
	}
	pthread_join(thread[0], NULL);
	WRITE_ONCE(lane.done, true);
	pthread_join(thread[1], NULL);
	sl_bank_collect(&bank);
	CHECK_EQ(lane.wrong, 0);
	CHECK_EQ(use_of(&bank).refused, 0);
	CHECK_EQ(bank.free_count, LANE_EVENTS);
	if (sl_region_huge_bytes(region) < sl_region_bytes(region))
		CHECK(use_of(&bank).released_bytes > 0);
	sl_ring_destroy(lane.ring);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

/* Pages of the pool stay; the tests of lending want others. */
static bool has_pool(void)
{
	return kib_of("/proc/meminfo", "HugePages_Free:") > 0;
}

int main(void)
{
	static const u32 counts[] = { 1, 2, 7, 100, 3000, EVENTS_MAX };
	u32 i;

	test_estimate();
	test_gather(1000);
	test_gather(EVENTS_MAX);
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		test_marks(counts[i]);
	test_untouched();
	test_lend(4096, 4096, false);
	test_lend(8192, 448, false);
	test_lend(3000, 2432, false);
	test_lend(777, 9984, false);
	test_lend(9, 3 << 20, false);
	test_lend(100, 64, false);
	if (!has_pool()) {
		test_lend(4096, 4096, true);
		test_lend(8192, 832, true);
	}
	test_traffic();
	TEST_END();
}
