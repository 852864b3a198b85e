// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that whichever request for memory fails while banks, and pipelines on
 * them, are made, the answer is -ENOMEM and nothing is left behind: this
 * program has the C library's allocator and mmap() behind its own, which
 * refuse the n-th request, for every n.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/err.h>

#include "membank/bank.h"
#include "membank/manager.h"
#include "sched/pipeline.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
int main(void)
{
	TEST_SKIP("a sanitizer has its own allocator");
	return 0;
}
#else

#define FAULTS_MAX	500

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t align, size_t bytes);
void __libc_free(void *memory);

static long left = -1;		/* requests until one fails; -1: none does */
static long blocks;		/* that were had and not yet freed */
static long mapped;		/* bytes, likewise */

static bool refuse(void)
{
	return left >= 0 && left-- == 0;
}

static void *had(void *memory)
{
	blocks += !!memory;
	return memory;
}

void *malloc(size_t bytes)
{
	return refuse() ? NULL : had(__libc_malloc(bytes));
}

void *calloc(size_t n, size_t bytes)
{
	return refuse() ? NULL : had(__libc_calloc(n, bytes));
}

void *realloc(void *old, size_t bytes)
{
	void *memory;

	if (refuse())
		return NULL;
	memory = __libc_realloc(old, bytes);
	blocks += !old && memory;
	return memory;
}

int posix_memalign(void **at, size_t align, size_t bytes)
{
	*at = refuse() ? NULL : had(__libc_memalign(align, bytes));
	return *at ? 0 : ENOMEM;
}

void free(void *memory)
{
	blocks -= !!memory;
	__libc_free(memory);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int fd,
	   off_t offset)
{
	void *memory = MAP_FAILED;

	if (refuse())
		errno = ENOMEM;
	else
		memory = (void *)syscall(SYS_mmap, at, bytes, protection, flags,
					 fd, offset);
	if (memory != MAP_FAILED)
		mapped += bytes;
	return memory;
}

int munmap(void *memory, size_t bytes)
{
	int err = syscall(SYS_munmap, memory, bytes);

	if (!err)
		mapped -= bytes;
	return err;
}

static int make_bank(void)
{
	struct sl_manager *manager = NULL;
	struct sl_region *region;
	struct sl_bank bank;
	int err;

	region = sl_region_create("test", true, 0);
	if (IS_ERR(region))
		return PTR_ERR(region);
	err = sl_region_carve(region, 100) ? 0 : -ENOMEM;
	err = err ?: sl_bank_open(&bank, region, 0, 5000, 1000);
	if (!err) {
		err = sl_bank_join(&bank, 1);
		err = err ?: sl_bank_join(&bank, 2);
		if (!err)
			manager = sl_manager_create("");
		if (IS_ERR(manager))
			err = PTR_ERR(manager);
		err = err ?: sl_manager_add(manager, &bank);
		/* However far it got, it is a bank. */
		sl_bank_give(&bank, 1, sl_bank_take(&bank));
		sl_bank_collect(&bank);
		if (!IS_ERR_OR_NULL(manager))
			sl_manager_destroy(manager);
		sl_bank_close(&bank);
	}
	sl_region_destroy(region);
	return err;
}

static struct sl_graph graph;
static struct sl_plan plan;

static void draw_graph(void)
{
	static struct sl_source_options source;
	static struct sl_flow_options flow;
	u32 i;

	sl_graph_init(&graph, "test");
	sl_graph_add(&graph, "source", &sl_source_stage, &source);
	sl_graph_add(&graph, "pass", &sl_pass_stage, &flow);
	sl_graph_add(&graph, "sink", &sl_sink_stage, &flow);
	sl_graph_join(&graph, 0, 1);
	sl_graph_join(&graph, 1, 2);
	for (i = 0; i < 3; i++) {
		graph.stage[i].place_count = 1;
		graph.stage[i].place[0] = (struct sl_place){ 0, i };
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
}

static int make_pipeline(void)
{
	struct sl_pipeline *p = sl_pipeline_open(&graph, &plan, NULL);

	if (IS_ERR(p))
		return PTR_ERR(p);
	sl_pipeline_close(p);
	return 0;
}

/* Says how often it failed; what it asks the kernel for is not counted. */
static long fail_everywhere(int (*make)(void))
{
	long blocks_before, mapped_before;
	long n, failed = 0;
	int err;

	/* What the C library keeps from then on is nobody's leak. */
	CHECK_EQ(make(), 0);
	for (n = 0; n < FAULTS_MAX; n++) {
		blocks_before = blocks;
		mapped_before = mapped;
		left = n;
		err = make();
		if (left >= 0)
			break;
		left = -1;
		/* A bank does without a huge page, for one. */
		failed += !!err;
		if (err)
			CHECK_EQ(err, -ENOMEM);
		CHECK_EQ(blocks, blocks_before);
		CHECK_EQ(mapped, mapped_before);
	}
	left = -1;
	CHECK_EQ(err, 0);
	CHECK(n < FAULTS_MAX);
	return failed;
}

int main(void)
{
	long before = READ_ONCE(blocks);
	void *volatile block = malloc(1);	/* unseen by the compiler */

	CHECK_EQ(READ_ONCE(blocks), before + 1);
	free(block);
	CHECK(fail_everywhere(make_bank) >= 7);
	draw_graph();
	CHECK(fail_everywhere(make_pipeline) >= 10);
	TEST_END();
}
#endif
