// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that fibres keep their own stacks, registers and order: each step of
 * many interleaved fibres is checked by its host, deep recursion fills most
 * of a stack, what lies beyond it is a fault, and a fibre may be left where it
 * is.  With the argument `measure` it prints what a switch costs instead.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "stages/db/fibre.h"
#include "tools/test.h"

#define FIBRES		100
#define STEPS		200
#define STACK_BYTES	(64u << 10)

struct counter {
	struct sl_fibre fibre;
	u64 seed;
	u64 steps;
	u64 sum;
	double product;
};

/* Keeps more values alive than there are registers to be preserved. */
static void count(void *arg)
{
	struct counter *c = arg;
	u64 a = c->seed, b = a * 3, d = a * 5, e = a * 7, f = a * 11;
	u64 g = a * 13, h = a * 17;
	double x = 1.0, y = (double)c->seed;
	u32 i;

	for (i = 0; i < STEPS; i++) {
		a += i, b += a, d ^= b, e += d, f ^= e, g += f, h ^= g;
		x += y / (i + 1.0);
		c->steps++;
		c->sum = a + b + d + e + f + g + h;
		c->product = x;
		sl_fibre_yield(&c->fibre);
	}
}

static void expect(const struct counter *c, struct counter *want)
{
	u64 a = c->seed, b = a * 3, d = a * 5, e = a * 7, f = a * 11;
	u64 g = a * 13, h = a * 17;
	double x = 1.0, y = (double)c->seed;
	u32 i;

	for (i = 0; i < STEPS; i++) {
		a += i, b += a, d ^= b, e += d, f ^= e, g += f, h ^= g;
		x += y / (i + 1.0);
	}
	want->sum = a + b + d + e + f + g + h;
	want->product = x;
}

static void test_many(void)
{
	static struct counter counter[FIBRES];
	struct counter want;
	u32 i, step;

	for (i = 0; i < FIBRES; i++) {
		CHECK_EQ(sl_fibre_open(&counter[i].fibre, STACK_BYTES, count,
				       &counter[i]), 0);
		counter[i].seed = i * 7919 + 1;
	}
	for (step = 1; step <= STEPS; step++) {
		for (i = 0; i < FIBRES; i++)
			sl_fibre_resume(&counter[i].fibre);
		for (i = 0; i < FIBRES; i++)
			if (counter[i].steps != step || counter[i].fibre.ended)
				CHECK_EQ(counter[i].steps, step);
	}
	for (i = 0; i < FIBRES; i++) {
		sl_fibre_resume(&counter[i].fibre);
		CHECK(counter[i].fibre.ended);
		expect(&counter[i], &want);
		CHECK_EQ(counter[i].sum, want.sum);
		CHECK(counter[i].product == want.product);
		sl_fibre_close(&counter[i].fibre);
	}
}

struct diver {
	struct sl_fibre fibre;
	u32 levels;
	u32 reached;
};

static u32 dive(struct diver *diver, u32 level)
{
	u8 room[512];
	u32 i, sum;

	memset(room, level, sizeof(room));
	diver->reached = level;
	if (level == diver->levels)
		sl_fibre_yield(&diver->fibre);
	else
		diver->reached = dive(diver, level + 1);
	for (i = 0, sum = 0; i < sizeof(room); i++)
		sum += room[i] != (u8)level;
	return sum ? 0 : diver->reached;
}

static void dive_in(void *arg)
{
	struct diver *diver = arg;

	dive(diver, 0);
}

static void test_deep(void)
{
	struct diver diver = { .levels = 200 };

	CHECK_EQ(sl_fibre_open(&diver.fibre, 512u << 10, dive_in, &diver), 0);
	sl_fibre_resume(&diver.fibre);
	CHECK_EQ(diver.reached, 200);
	sl_fibre_resume(&diver.fibre);
	CHECK(diver.fibre.ended);
	CHECK_EQ(diver.reached, 200);
	sl_fibre_close(&diver.fibre);
}

/* Too deep must kill the process, and not run into a neighbour's stack. */
static void test_guard(void)
{
	struct diver diver = { .levels = 1000000 };
	int status = 0;
	pid_t child = fork();

	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (sl_fibre_open(&diver.fibre, STACK_BYTES, dive_in, &diver))
			_exit(1);
		sl_fibre_resume(&diver.fibre);
		_exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV ||
				      WTERMSIG(status) == SIGBUS));
}

/* Dropped in mid-run, as happens to fibres whose pipeline was cut off. */
static void test_dropped(void)
{
	struct diver diver = { .levels = 20 };
	u32 i;

	for (i = 0; i < 100; i++) {
		CHECK_EQ(sl_fibre_open(&diver.fibre, STACK_BYTES, dive_in,
				       &diver), 0);
		if (i % 2)
			sl_fibre_resume(&diver.fibre);
		sl_fibre_close(&diver.fibre);
	}
}

static void spin(void *arg)
{
	for (;;)
		sl_fibre_yield(arg);
}

static int measure(u32 fibres)
{
	static struct sl_fibre fibre[FIBRES];
	const u64 rounds = 10000000;
	u64 start, ns;
	u64 i;

	for (i = 0; i < fibres; i++)
		sl_fibre_open(&fibre[i], STACK_BYTES, spin, &fibre[i]);
	start = ktime_get_ns();
	for (i = 0; i < rounds; i++)
		sl_fibre_resume(&fibre[i % fibres]);
	ns = ktime_get_ns() - start;
	printf("%3u fibres: %.2f ns a switch\n", fibres,
	       ns / (2.0 * rounds));
	for (i = 0; i < fibres; i++)
		sl_fibre_close(&fibre[i]);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "measure"))
		return measure(1) || measure(16) || measure(64);
	test_many();
	test_deep();
	test_guard();
	test_dropped();
	TEST_END();
}
