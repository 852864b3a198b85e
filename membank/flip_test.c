// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a flip hands on contents, whatever state pages are in: touched,
 * never touched, huge, or held by somebody; and that pages really change
 * places, as far as the system lets one see that.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/err.h>

#include "membank/flip.h"
#include "membank/region.h"
#include "tools/test.h"

#define PAGES	600	/* more than a huge page */

static size_t page;
static struct sl_flip *flip;
static u8 *to, *from, *window;
static int end_status;		/* of a child */

static u8 *take(struct sl_region *region)
{
	u8 *memory = sl_region_carve_pages(region, PAGES * page);

	if (CHECK(memory))
		CHECK_EQ(sl_flip_allow(flip, memory, PAGES * page), 0);
	return memory;
}

static void fill(u8 *memory, size_t bytes, u32 seed)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		memory[i] = (i * 7 + i / page) + seed;
}

static bool is_filled(const u8 *memory, size_t bytes, u32 seed)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		if (memory[i] != (u8)((i * 7 + i / page) + seed))
			return false;
	return true;
}

static bool is_zero(const u8 *memory, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		if (memory[i])
			return false;
	return true;
}

/* Number of the page frame, or 0 if that is a secret. */
static u64 frame_of(const u8 *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	u64 entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), (uintptr_t)at / page * 8) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return entry & ((1ull << 55) - 1);
}

static void hand_over(size_t at, size_t pages)
{
	sl_flip_pages(flip, to + at * page, from + at * page, pages * page,
		      window);
}

static void test_contents(void)
{
	static const struct {
		size_t at, pages;
	} cases[] = {
		{ 0, 1 }, { 5, 1 }, { 3, 4 }, { PAGES - 1, 1 }, { 0, PAGES },
		{ 17, 512 }, { 1, PAGES - 1 },
	};
	size_t i, round;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t at = cases[i].at * page;
		size_t bytes = cases[i].pages * page;

		for (round = 0; round < 3; round++) {
			fill(to, PAGES * page, 1);
			fill(from, PAGES * page, 2 + round);
			memset(from + at, 40 + round, bytes);
			from[at + bytes - 1] = 90;
			hand_over(cases[i].at, cases[i].pages);
			CHECK_EQ(to[at], bytes > 1 ? 40 + round : 90);
			CHECK_EQ(to[at + bytes / 2], 40 + round);
			CHECK_EQ(to[at + bytes - 1], 90);
			/* What is beside stays. */
			CHECK(is_filled(to, at, 1));
			CHECK(is_filled(from, at, 2 + round));
		}
	}
}

static void test_places(void)
{
	u64 frame[2];

	memset(to, 1, page);
	memset(from, 2, page);
	frame[0] = frame_of(to);
	frame[1] = frame_of(from);
	if (!frame[0] || !frame[1])
		return;
	hand_over(0, 1);
	CHECK_EQ(frame_of(to), frame[1]);
	CHECK_EQ(frame_of(from), frame[0]);
	CHECK_EQ(frame_of(window), 0);
}

/* Pages that nobody has touched read as zero at the other end. */
static void test_holes(void)
{
	fill(to, 8 * page, 1);
	madvise(from, 8 * page, MADV_DONTNEED);
	memset(from + 3 * page, 5, page);
	hand_over(0, 8);
	CHECK(is_zero(to, 3 * page));
	CHECK_EQ(to[3 * page], 5);
	CHECK(is_zero(to + 4 * page, 4 * page));

	/* Nor need there be anything where they go; or they were only read. */
	madvise(to, 8 * page, MADV_DONTNEED);
	madvise(from, 8 * page, MADV_DONTNEED);
	CHECK(is_zero(from, 2 * page));
	memset(from + 2 * page, 6, page);
	hand_over(0, 8);
	CHECK(is_zero(to, 2 * page));
	CHECK_EQ(to[2 * page], 6);
	hand_over(0, 8);
	fill(from, 8 * page, 9);
	hand_over(0, 8);
	CHECK(is_filled(to, 8 * page, 9));
}

/* A page that the system holds, here for a pipe, cannot move: it is copied. */
static void test_held(void)
{
	struct iovec part = { from + page, page };
	u8 *seen = malloc(page);
	int ends[2];

	fill(from, 4 * page, 3);
	if (!CHECK_EQ(pipe(ends), 0) || !CHECK(seen))
		return;
	CHECK_EQ(vmsplice(ends[1], &part, 1, 0), page);
	hand_over(0, 4);
	CHECK(is_filled(to, 4 * page, 3));
	CHECK_EQ(read(ends[0], seen, page), page);
	CHECK(is_filled(seen, page, 3 + page * 7 + 1));
	hand_over(0, 4);
	fill(from, 4 * page, 4);
	hand_over(0, 4);
	CHECK(is_filled(to, 4 * page, 4));
	close(ends[0]);
	close(ends[1]);
	free(seen);
}

/* Nor can pages that a child shares, as long as nobody has written to them. */
static void test_shared(void)
{
	int ends[2];
	pid_t child;
	char end;

	fill(to, 6 * page, 1);
	fill(from, 6 * page, 2);
	if (!CHECK_EQ(pipe(ends), 0))
		return;
	child = fork();
	if (!child) {
		close(ends[1]);
		_exit(read(ends[0], &end, 1) || !is_filled(from, 6 * page, 2));
	}
	/* Two pages of the six are ours alone again. */
	from[page] ^= 1;
	from[2 * page] ^= 1;
	hand_over(0, 6);
	CHECK_EQ(frame_of(window), 0);
	to[page] ^= 1;
	to[2 * page] ^= 1;
	CHECK(is_filled(to, 6 * page, 2));
	fill(from, 6 * page, 3);
	hand_over(0, 6);
	CHECK(is_filled(to, 6 * page, 3));
	close(ends[1]);
	CHECK(waitpid(child, &end_status, 0) == child && !end_status);
	close(ends[0]);
}

static void test_region(bool huge)
{
	struct sl_region *region = sl_region_create("flip", huge, -1);

	to = take(region);
	from = take(region);
	window = take(region);
	if (to && from && window) {
		test_contents();
		test_places();
		test_holes();
		test_held();
		test_shared();
	}
	sl_region_destroy(region);
}

int main(void)
{
	page = sl_region_page_bytes();
	flip = sl_flip_open();
	if (IS_ERR(flip))
		TEST_SKIP("this system cannot move pages (Linux 6.8 can)");
	test_region(false);
	test_region(true);
	sl_flip_close(flip);
	TEST_END();
}
