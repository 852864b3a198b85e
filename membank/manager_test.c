// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves in a control group with a limit, as root may make one, that a bank
 * which has had its peak makes room when the group is short of memory: other
 * memory can then be had that would not have fitted beside it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/err.h>

#include "membank/manager.h"
#include "membank/present_test.h"
#include "tools/test.h"

#if defined(__SANITIZE_THREAD__)
#define SHADOWED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SHADOWED 1
#endif
#endif

#define MIB		((size_t)1 << 20)
#define LIMIT_BYTES	(128 * MIB)
#define BANK_BYTES	(117 * MIB)
#define EVENT_BYTES	4096
#define TICKS_MAX	2000

static char group[512];

static bool put(const char *name, unsigned long number)
{
	char path[600], text[32];
	int fd, bytes;
	bool done;

	snprintf(path, sizeof(path), "%s/%s", group, name);
	bytes = snprintf(text, sizeof(text), "%lu", number);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, text, bytes) == bytes;
	close(fd);
	return done;
}

/* Below the one that we are in, or at the top of version 2. */
static bool make_group(void)
{
	char line[256], path[256] = "";
	FILE *groups = fopen("/proc/self/cgroup", "re");

	while (groups && fgets(line, sizeof(line), groups))
		if (sscanf(line, "%*u:memory:%255s", path) == 1)
			break;
	if (groups)
		fclose(groups);
	snprintf(group, sizeof(group), "/sys/fs/cgroup/memory%s/sluice_test.%d",
		 path, getpid());
	if (!mkdir(group, 0700)) {
		if (put("memory.limit_in_bytes", LIMIT_BYTES))
			return true;
		rmdir(group);
	}
	snprintf(group, sizeof(group), "/sys/fs/cgroup/sluice_test.%d",
		 getpid());
	if (!mkdir(group, 0700)) {
		if (put("memory.max", LIMIT_BYTES))
			return true;
		rmdir(group);
	}
	return false;
}

/* All of the bank is needed once, and then next to nothing. */
static void use_bank(struct sl_bank *bank)
{
	static void *event[BANK_BYTES / EVENT_BYTES];
	u32 i;

	for (i = 0; i < bank->event_count; i++) {
		event[i] = sl_bank_take(bank);
		memset(event[i], 1, EVENT_BYTES);
	}
	for (i = 0; i < bank->event_count; i++)
		sl_bank_give(bank, 0, event[i]);
	for (i = 0; i < 600; i++) {
		event[0] = sl_bank_take(bank);
		sl_bank_give(bank, 0, event[0]);
		sl_bank_tend(bank);
	}
}

/* A whole process, for that is what has a control group. */
static void live_in_group(void)
{
	struct sl_manager *manager = sl_manager_create("");
	struct sl_region *region = sl_region_create("test", false, -1);
	size_t bytes = 100 * MIB;
	struct sl_bank bank;
	u64 now_ns = 1;
	u8 *more;
	u32 i;

	if (!CHECK(put("cgroup.procs", getpid())) ||
	    !CHECK_EQ(sl_bank_open(&bank, region, 0, BANK_BYTES / EVENT_BYTES,
				   EVENT_BYTES), 0) ||
	    !CHECK_EQ(sl_manager_add(manager, &bank), 0))
		return;
	CHECK(sl_manager_look(manager, now_ns) != SL_PRESSURE_GROUP);
	use_bank(&bank);
	CHECK_EQ(present_bytes(bank.memory, BANK_BYTES), BANK_BYTES);

	now_ns += 1000000000;
	CHECK_EQ(sl_manager_look(manager, now_ns), SL_PRESSURE_GROUP);
	for (i = 0; i < TICKS_MAX && bank.answered != bank.asked; i++)
		sl_bank_tend(&bank);
	CHECK(bank.released > BANK_BYTES - MIB);
	CHECK_EQ(present_bytes(bank.memory, BANK_BYTES),
		 BANK_BYTES - bank.released);
	now_ns += 1000000000;
	sl_manager_look(manager, now_ns);
	now_ns += 1000000000;
	CHECK(sl_manager_look(manager, now_ns) != SL_PRESSURE_GROUP);

	/* Beside a bank that kept its pages this would be the end of us. */
	more = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (CHECK(more != MAP_FAILED))
		memset(more, 1, bytes);
	munmap(more, bytes);
	sl_manager_destroy(manager);
	sl_bank_close(&bank);
	sl_region_destroy(region);
}

int main(void)
{
	int status = -1;
	pid_t pid;

#ifdef SHADOWED
	TEST_SKIP("shadow memory does not fit into the control group");
#endif
	if (!make_group())
		TEST_SKIP("no memory control group can be made here");
	pid = fork();
	if (!pid) {
		live_in_group();
		_exit(sl_test_failed || !sl_test_passed);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(rmdir(group), 0);
	TEST_END();
}
