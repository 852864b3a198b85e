// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that moving events allocates nothing and takes no lock: this program
 * has counters in front of the C library's allocator and mutexes, and a chain
 * of stages over two workers moves half a million events between two looks at
 * them.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <linux/err.h>

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
	TEST_SKIP("a sanitizer has its own allocator and mutexes");
	return 0;
}
#else

static unsigned long allocations, locks;

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t align, size_t bytes);

static void count(unsigned long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t bytes)
{
	count(&allocations);
	return __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes)
{
	count(&allocations);
	return __libc_calloc(n, bytes);
}

void *realloc(void *old, size_t bytes)
{
	count(&allocations);
	return __libc_realloc(old, bytes);
}

int posix_memalign(void **at, size_t align, size_t bytes)
{
	count(&allocations);
	*at = __libc_memalign(align, bytes);
	return *at ? 0 : ENOMEM;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	static int (*next)(pthread_mutex_t *mutex);

	if (!next)
		next = (int (*)(pthread_mutex_t *))
			dlsym(RTLD_NEXT, "pthread_mutex_lock");
	count(&locks);
	return next(mutex);
}

static void wait_for(struct sl_pipeline *p, u64 events)
{
	struct sl_source_result result = { 0 };
	struct timespec ms = { 0, 1000000 };
	int left;

	for (left = 20000; left && result.answered < events; left--) {
		nanosleep(&ms, NULL);
		sl_source_result(sl_pipeline_stage(p, 0), &result);
	}
	CHECK(result.answered >= events);
}

int main(void)
{
	static struct sl_source_options source_options = { .flows = 1 };
	static struct sl_flow_options flow_options;
	pthread_mutex_t probe = PTHREAD_MUTEX_INITIALIZER;
	static struct sl_graph graph;
	static struct sl_plan plan;
	unsigned long allocations_before, locks_before;
	struct sl_pipeline *p;
	void *volatile block;	/* lest the compiler see through it */
	u32 i;

	/* The counters count. */
	pthread_mutex_lock(&probe);
	pthread_mutex_unlock(&probe);
	CHECK_EQ(locks, 1);
	block = malloc(1);
	free(block);
	CHECK(allocations >= 1);

	sl_graph_init(&graph, "hotpath");
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	for (i = 1; i < 7; i++) {
		char name[8] = { 's', '0' + i };

		sl_graph_add(&graph, name, i == 6 ? &sl_sink_stage
			     : &sl_pass_stage, &flow_options);
		sl_graph_join(&graph, i - 1, i);
	}
	for (i = 0; i < 7; i++) {
		graph.stage[i].place_count = 1;
		graph.stage[i].place[0] = (struct sl_place){ 0, i > 3 };
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)) || !CHECK_EQ(sl_pipeline_start(p), 0))
		TEST_END();

	wait_for(p, 10000);
	allocations_before = allocations;
	locks_before = locks;
	wait_for(p, 500000);
	CHECK_EQ(allocations - allocations_before, 0);
	CHECK_EQ(locks - locks_before, 0);

	CHECK_EQ(sl_pipeline_stop(p, 1000000000), 0);
	sl_pipeline_close(p);
	TEST_END();
}
#endif
