// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that regions carve zeroed memory that nothing else is on, lend pages
 * and get them back, use huge pages where there are any and say how many, and
 * that running out of memory is an error and no more.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "membank/bank.h"
#include "membank/present_test.h"
#include "tools/test.h"

#define MIB	((size_t)1 << 20)

static bool is_filled(const u8 *memory, size_t bytes, u8 with)
{
	while (bytes && memory[bytes - 1] == with)
		bytes--;
	return !bytes;
}

static void test_carve(void)
{
	static const size_t sizes[] = { 0, 1, 64, 65, 4095, 4096, 100000,
					3 * MIB, 5, 4096, 2 * MIB, 1 };
	struct sl_region *region = sl_region_create("a name that is far too long to be kept",
						    true, -1);
	u8 *memory[2 * ARRAY_SIZE(sizes)];
	size_t page = sl_region_page_bytes();
	size_t bytes;
	u32 i;

	CHECK_EQ(strlen(sl_region_name(region)), 31);
	CHECK_EQ(sl_region_bytes(region), 0);
	CHECK_EQ(page, sysconf(_SC_PAGESIZE));
	for (i = 0; i < ARRAY_SIZE(memory); i++) {
		bytes = sizes[i / 2];
		memory[i] = i & 1 ? sl_region_carve_pages(region, bytes)
				  : sl_region_carve(region, bytes);
		if (!CHECK(memory[i]))
			return;
		CHECK_EQ((uintptr_t)memory[i] % (i & 1 ? page : 64), 0);
		if (i & 1)
			bytes = ALIGN(bytes ? bytes : 1, page);
		CHECK(is_filled(memory[i], bytes, 0));
		memset(memory[i], i + 1, bytes);
	}
	/* Nobody has written over anybody. */
	for (i = 0; i < ARRAY_SIZE(memory); i++) {
		bytes = sizes[i / 2];
		if (i & 1)
			bytes = ALIGN(bytes ? bytes : 1, page);
		CHECK(is_filled(memory[i], bytes, i + 1));
	}
	/* What is left of a chunk is not forgotten. */
	bytes = sl_region_bytes(region);
	for (i = 0; i < 20; i++)
		CHECK(sl_region_carve_pages(region, 4096));
	CHECK_EQ(sl_region_bytes(region), bytes);

	CHECK(!sl_region_carve(region, ~(size_t)0));
	CHECK(!sl_region_carve(region, SIZE_MAX / 2 + 1));
	CHECK(!sl_region_carve(region, SIZE_MAX / 2));
	CHECK(!sl_region_carve_pages(region, SIZE_MAX / 2));
	CHECK(!sl_region_carve(region, (size_t)1 << 60));
	CHECK_EQ(sl_region_bytes(region), bytes);
	CHECK(sl_region_carve(region, 64));
	sl_region_destroy(region);
}

static void test_release(void)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	size_t page = sl_region_page_bytes();
	size_t bytes = 5 * MIB;
	u8 *memory = sl_region_carve_pages(region, bytes);
	u8 other[64];

	if (!CHECK(memory))
		return;
	CHECK_EQ(sl_region_release(region, memory, bytes), 0);
	memset(memory, 7, bytes);
	CHECK_EQ(present_bytes(memory, bytes), bytes);

	/* Not a page, not of the region, beyond what is carved. */
	CHECK_EQ(sl_region_release(region, memory + 64, page), 0);
	CHECK_EQ(sl_region_release(region, memory, page - 1), 0);
	CHECK_EQ(sl_region_release(region, other, page), 0);
	CHECK_EQ(sl_region_release(region, NULL, page), 0);
	CHECK_EQ(sl_region_release(region, memory - page, page), 0);
	CHECK_EQ(sl_region_release(region, memory, bytes + page), 0);
	CHECK_EQ(sl_region_release(region, memory, ~(size_t)0 - page + 1), 0);
	CHECK_EQ(sl_region_release(region, memory, 0), 0);
	CHECK(is_filled(memory, bytes, 7));

	CHECK_EQ(sl_region_release(region, memory + page, bytes - 2 * page),
		 bytes - 2 * page);
	CHECK_EQ(present_bytes(memory, bytes), 2 * page);
	CHECK_EQ(sl_region_release(region, memory + page, bytes - 2 * page), 0);
	CHECK(is_filled(memory, page, 7));
	CHECK(is_filled(memory + bytes - page, page, 7));
	CHECK(is_filled(memory + page, bytes - 2 * page, 0));
	CHECK_EQ(sl_region_huge_bytes(region), 0);

	/* What is not there is not counted. */
	memset(memory, 7, bytes);
	CHECK_EQ(sl_region_release(region, memory + 5 * page, page), page);
	CHECK_EQ(sl_region_release(region, memory, bytes), bytes - page);
	sl_region_destroy(region);
}

/* Is this memory never to be made of huge pages? */
static bool is_small(const void *memory)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	bool here = false, is = false;
	unsigned long from, to;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from <= (uintptr_t)memory &&
			       to > (uintptr_t)memory;
		if (here && !strncmp(line, "VmFlags:", 8))
			is = strstr(line, " nh");
	}
	if (maps)
		fclose(maps);
	return is;
}

static bool is_offered(const char *path, const char *no)
{
	FILE *file = fopen(path, "re");
	char line[256] = "";
	bool offered = file && fgets(line, sizeof(line), file) &&
		       !strstr(line, no);

	if (file)
		fclose(file);
	return offered;
}

/* Of the pool, if it has enough; else as the system makes them up. */
static void test_huge(void)
{
	struct sl_region *region = sl_region_create("test", true, -1);
	size_t pool = kib_of("/proc/meminfo", "HugePages_Free:");
	u8 *memory = sl_region_carve_pages(region, 8 * MIB);
	size_t page = sl_region_page_bytes();
	size_t huge;

	if (!CHECK(memory))
		return;
	CHECK_EQ((uintptr_t)memory % (2 * MIB), 0);
	if (pool >= 4 && kib_of("/proc/meminfo", "Hugepagesize:") == 2048) {
		/* They are there before they are touched. */
		CHECK_EQ(sl_region_huge_bytes(region), 8 * MIB);
		memset(memory, 1, 8 * MIB);
		CHECK_EQ(sl_region_huge_bytes(region), 8 * MIB);
		CHECK_EQ(sl_region_release(region, memory, 8 * MIB), 0);
		CHECK(is_filled(memory, 8 * MIB, 1));

		/* More than there are: all of it of normal pages. */
		memory = sl_region_carve_pages(region, (pool + 1) * 2 * MIB);
		CHECK(memory);
		CHECK_EQ(sl_region_huge_bytes(region), 8 * MIB);
		CHECK_EQ(sl_region_bytes(region), (pool + 5) * 2 * MIB);
		memory[(pool + 1) * 2 * MIB - 1] = 1;
	} else if (is_offered("/sys/kernel/mm/transparent_hugepage/enabled",
			      "[never]")) {
		CHECK_EQ(sl_region_huge_bytes(region), 0);
		memset(memory, 1, 8 * MIB);
		huge = sl_region_huge_bytes(region);
		CHECK(huge >= 2 * MIB && huge <= 8 * MIB);
		CHECK(!is_small(memory));
		/* Without some page, one of them is no more, for good. */
		CHECK_EQ(sl_region_release(region, memory + 3 * page, page),
			 page);
		CHECK(is_small(memory));
		CHECK(sl_region_huge_bytes(region) < 8 * MIB);
		CHECK_EQ(present_bytes(memory, 8 * MIB), 8 * MIB - page);
		CHECK(is_filled(memory, 3 * page, 1));
		CHECK(is_filled(memory + 4 * page, 8 * MIB - 4 * page, 1));
	}
	sl_region_destroy(region);
}

/* Lets the process have that many bytes more of addresses. */
static bool limit(size_t bytes)
{
	struct rlimit limit;

	bytes += kib_of("/proc/self/status", "VmSize:") * 1024;
	limit = (struct rlimit){ bytes, bytes };
	return !setrlimit(RLIMIT_AS, &limit);
}

static void run_out(void)
{
	struct sl_region *region = sl_region_create("test", true, 0);
	struct sl_bank bank, other;
	u32 i;

	if (!CHECK(!IS_ERR(region)) ||
	    !CHECK_EQ(sl_bank_open(&other, region, 0, 64, 1024), 0) ||
	    !CHECK(limit(32 * MIB)))
		return;
	CHECK(!sl_region_carve(region, 64 * MIB));
	CHECK(!sl_region_carve_pages(region, 64 * MIB));
	for (i = 0; i < 100; i++) {
		size_t before = sl_region_bytes(region);

		CHECK_EQ(sl_bank_open(&bank, region, 0, 65536, 1024), -ENOMEM);
		CHECK_EQ(sl_region_bytes(region), before);
		sl_bank_close(&bank);
	}
	/* What fits is still to be had, and what was there works. */
	CHECK_EQ(sl_bank_open(&bank, region, 0, 4096, 1024), 0);
	CHECK(sl_bank_take(&bank));
	CHECK(sl_bank_take(&other));
	sl_bank_close(&bank);
	sl_bank_close(&other);
	sl_region_destroy(region);
}

/* In a process of its own, which does not get its limit back. */
static void test_limit(void)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		sl_test_failed = 0;
		run_out();
		_exit(sl_test_failed || !sl_test_passed);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

int main(void)
{
	test_carve();
	test_release();
	test_huge();
	test_limit();
	TEST_END();
}
