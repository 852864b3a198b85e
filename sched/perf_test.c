// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that hardware counters are read as the kernel's pages say: pages are
 * made up here, and so is the instruction that reads the CPU's part, which may
 * also change the page half-way as the kernel does.  And that a thread bears
 * whatever perf_event_open(2) says: counters that do not exist, that are
 * forbidden, that only a system call could read.  Whether this machine has real
 * ones is not known, so only what must hold either way is asked of those.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/err.h>

#include "sched/perf_user.h"
#include "sched/pipeline.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

static struct perf_event_mmap_page page;
static u64 pmc;			/* what the instruction finds */
static u32 asked;		/* of which counter, */
static u32 reads;		/* and how often */
static u32 interruptions;	/* yet to come, each between two reads */

static u64 made_up_rdpmc(u32 index)
{
	u64 found = pmc;

	asked = index;
	reads++;
	if (interruptions) {
		interruptions--;
		/* Others had the CPU: it counts from elsewhere, in another one. */
		page.lock += 2;
		page.index++;
		page.offset += 1000;
		page.time_enabled += 50;
		pmc += 7;
	}
	return found;
}

static bool look(struct sl_perf_value *value)
{
	reads = 0;
	return sl_perf_page_read(&page, made_up_rdpmc, 0, value);
}

static void reset(void)
{
	memset(&page, 0, sizeof(page));
	page.cap_user_rdpmc = 1;
	page.index = 3;
	page.pmc_width = 48;
	page.lock = 8;
	interruptions = 0;
}

static void test_values(void)
{
	/* width, offset, what the instruction finds, the count */
	static const struct {
		u32 width;
		s64 offset;
		u64 pmc;
		u64 count;
	} values[] = {
		{ 48, 0, 0, 0 },
		{ 48, 100, 5, 105 },
		{ 48, 1ll << 47, 1ull << 47, 0 },
		{ 48, 1000, 0xffffffffffffull, 999 },
		{ 48, 1000, 0xabcdfffffffffff0ull, 984 },
		{ 48, 0, 0x7fffffffffffull, 0x7fffffffffffull },
		{ 40, 0x8000000000ll, 0x8000000001ull, 1 },
		{ 32, 5, 0x80000000ull, 5 - 0x80000000ull },
		{ 64, 1, U64_MAX, 0 },
		{ 64, -1, 1, 0 },
		{ 1, 3, 1, 2 },
	};
	struct sl_perf_value value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		reset();
		page.pmc_width = values[i].width;
		page.offset = values[i].offset;
		pmc = values[i].pmc;
		CHECK(look(&value));
		CHECK_EQ(value.count, values[i].count);
		CHECK_EQ(asked, 2);
		CHECK_EQ(reads, 1);
	}
}

/* None of these is read with the instruction: it would be a fault. */
static void test_refused(void)
{
	struct sl_perf_value value;

	reset();
	page.index = 0;
	CHECK(!look(&value));
	reset();
	page.cap_user_rdpmc = 0;
	CHECK(!look(&value));
	reset();
	page.pmc_width = 0;
	CHECK(!look(&value));
	reset();
	page.pmc_width = 65;
	CHECK(!look(&value));
	CHECK_EQ(reads, 0);
}

static void test_interruptions(void)
{
	struct sl_perf_value value;

	/* Whatever is in between, all of it is of one moment. */
	reset();
	page.offset = 10;
	pmc = 1;
	interruptions = 3;
	CHECK(look(&value));
	CHECK_EQ(reads, 4);
	CHECK_EQ(value.count, 10 + 3 * 1000 + 1 + 3 * 7);
	CHECK_EQ(value.enabled_ns, 150);
	CHECK_EQ(asked, 5);

	/* It gives up, and when the kernel is in the middle of it, too. */
	interruptions = 1000;
	CHECK(!look(&value));
	CHECK(interruptions > 900);
	reset();
	page.lock = 7;
	CHECK(!look(&value));

	/* Taken away meanwhile: it counts no more. */
	reset();
	page.index = ~0u;
	interruptions = 1;
	CHECK(!look(&value));
	CHECK_EQ(reads, 1);
}

static void test_times(void)
{
	struct sl_perf_value value;

	reset();
	page.time_enabled = 1000;
	page.time_running = 400;
	page.time_shift = 10;
	page.time_mult = 512;	/* half a nanosecond a cycle */
	page.time_offset = 30;
	CHECK(sl_perf_page_read(&page, made_up_rdpmc, 4100, &value));
	CHECK_EQ(value.enabled_ns, 1000);
	CHECK_EQ(value.running_ns, 400);
	page.cap_user_time = 1;
	CHECK(sl_perf_page_read(&page, made_up_rdpmc, 4100, &value));
	CHECK_EQ(value.enabled_ns, 1000 + 30 + 2050);
	CHECK_EQ(value.running_ns, 400 + 30 + 2050);
	/* No product of cycles and multiplier is too large. */
	page.time_offset = 0;
	CHECK(sl_perf_page_read(&page, made_up_rdpmc, 1ull << 60, &value));
	CHECK_EQ(value.enabled_ns, 1000 + (1ull << 59));
	page.time_shift = 64;
	CHECK(sl_perf_page_read(&page, made_up_rdpmc, 4100, &value));
	CHECK_EQ(value.enabled_ns, 1000);
}

static void test_between(void)
{
	/* enabled, running, counted between; what that makes, 0 for nothing */
	static const struct {
		u64 enabled, running, count, scaled;
	} values[] = {
		{ 0, 0, 17, 17 },
		{ 100, 100, 17, 17 },
		{ 100, 50, 17, 34 },
		{ 300, 100, 1ull << 40, 3ull << 40 },
		{ 1ull << 40, 1ull << 39, 1ull << 50, 1ull << 51 },
		{ 100, 0, 5, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		struct sl_perf_value before = { U64_MAX - 3, 1000, 700 };
		struct sl_perf_value after = {
			before.count + values[i].count,
			before.enabled_ns + values[i].enabled,
			before.running_ns + values[i].running,
		};
		u64 count = 0;
		bool good = sl_perf_between(&before, &after, &count);

		CHECK_EQ(good, values[i].scaled > 0);
		if (good)
			CHECK_EQ(count, values[i].scaled);
	}
}

/* A clock of the kernel's, which every machine has and no instruction reads. */
#define TASK_CLOCK	{ PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK }
#define NO_SUCH		{ PERF_TYPE_HARDWARE, 12345 }

static void test_opening(void)
{
	static const struct sl_perf_event clocks[SL_PERF_COUNTERS] = {
		TASK_CLOCK, TASK_CLOCK, TASK_CLOCK, TASK_CLOCK
	};
	static const struct sl_perf_event nothing[SL_PERF_COUNTERS] = {
		NO_SUCH, TASK_CLOCK, TASK_CLOCK, TASK_CLOCK
	};
	struct sl_stage_counters counters = { 0 };
	struct sl_perf_status status;
	struct sl_perf *perf;

	CHECK(!sl_perf_open_events(nothing, &status));
	CHECK(status.state == SL_PERF_ABSENT ||
	      status.state == SL_PERF_FORBIDDEN);
	CHECK(status.error);
	CHECK_EQ(status.works, 0);

	CHECK(!sl_perf_open_events(clocks, &status));
	CHECK(status.state == SL_PERF_UNREADABLE ||
	      status.state == SL_PERF_FORBIDDEN);
	CHECK_EQ(status.works, 0);

	/* What this machine has. */
	perf = sl_perf_open(&status);
	CHECK_EQ(!!perf, status.state == SL_PERF_COUNTS);
	CHECK_EQ(status.works & 1, !!perf);
	CHECK(status.state != SL_PERF_UNTRIED);
	if (!perf)
		return;
	sl_perf_begin(perf);
	sl_perf_end(perf, &counters, 3);
	CHECK(!counters.perf.cycles == !counters.perf.events);
	/* Without a beginning there is no end. */
	counters.perf.events = 0;
	sl_perf_end(perf, &counters, 3);
	CHECK_EQ(counters.perf.events, 0);
	sl_perf_close(perf);
}

/* What a chain on two threads says of its counters. */
static struct sl_perf_status status_of_chain(void)
{
	static struct sl_source_options source_options = { .flows = 1 };
	static struct sl_flow_options flow_options;
	static struct sl_graph graph;
	static struct sl_plan plan;
	struct sl_perf_status status = { 0 };
	struct sl_pipeline *p;
	u32 tries = 20000;

	sl_graph_init(&graph, "perf");
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	sl_graph_add(&graph, "sink", &sl_sink_stage, &flow_options);
	sl_graph_join(&graph, 0, 1);
	graph.stage[0].place_count = graph.stage[1].place_count = 1;
	graph.stage[1].place[0].thread = 1;
	if (!CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0))
		return status;
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return status;
	sl_pipeline_perf(p, &status);
	CHECK_EQ(status.state, SL_PERF_UNTRIED);
	CHECK_EQ(sl_pipeline_start(p), 0);
	do {
		usleep(1000);
		sl_pipeline_perf(p, &status);
	} while (status.state == SL_PERF_UNTRIED && --tries);
	/* It runs, whatever became of that. */
	CHECK_EQ(sl_pipeline_stop(p, 10000000000ull), 0);
	sl_pipeline_close(p);
	return status;
}

/* In a process that may not ask, because of a filter, as in containers. */
static void run_filtered(u32 error, u32 state)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };
	struct sl_perf_status status;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		fprintf(stderr, "no filters of system calls here\n");
		return;
	}
	status = status_of_chain();
	CHECK_EQ(status.state, state);
	CHECK_EQ(status.error, error);
	CHECK_EQ(status.works, 0);
}

static void test_filtered(u32 error, u32 state)
{
	pid_t pid = fork();
	int ended = 0;

	if (!pid) {
		sl_test_failed = 0;
		run_filtered(error, state);
		_exit(sl_test_failed ? 1 : 0);
	}
	CHECK_EQ(waitpid(pid, &ended, 0), pid);
	CHECK_EQ(ended, 0);
}

int main(void)
{
	struct sl_perf_status status;

	test_values();
	test_refused();
	test_interruptions();
	test_times();
	test_between();
	test_opening();
	test_filtered(EPERM, SL_PERF_FORBIDDEN);
	test_filtered(EACCES, SL_PERF_FORBIDDEN);
	test_filtered(ENOSYS, SL_PERF_ABSENT);
	test_filtered(EMFILE, SL_PERF_FAILED);
	status = status_of_chain();
	CHECK(status.state != SL_PERF_UNTRIED);
	TEST_END();
}
