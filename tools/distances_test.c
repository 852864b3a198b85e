// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that distances are measured again while a pipeline has nothing to do,
 * twice a minute and no more, and never while it has; that one look is not
 * believed; and that a pair that has drifted is.  The clock is ours.
 */
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <asm/barrier.h>

#include "tools/distances.h"
#include "tools/test.h"

#define SECOND		1000000000ull
#define WRONG_PS	90000000

static struct sl_distances d;
static u64 now_ns;

static void begin(void)
{
	static const u16 cpus[] = { 0, 1 };

	sl_distances_stop(&d);
	memset(&d, 0, sizeof(d));
	sl_topology_describe(&d.topology, cpus, 2);
	sl_topology_correct(&d.topology, 0, 1, WRONG_PS);
	now_ns += 1000 * SECOND;
}

/* Looks ten times in each second; returns how many probes were begun. */
static u32 pass(u32 seconds, u64 events, u32 events_each)
{
	u32 begun = 0, i;

	for (i = 0; i < 10 * seconds; i++) {
		bool before = d.probe.started;

		now_ns += SECOND / 10;
		events += events_each;
		sl_distances_look(&d, now_ns, events);
		begun += d.probe.started && !before;
		while (d.probe.started && !smp_load_acquire(&d.probe.over))
			usleep(100);
	}
	return begun;
}

static void burn(u64 ns)
{
	struct timespec start, now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	} while ((now.tv_sec - start.tv_sec) * SECOND + now.tv_nsec -
			 start.tv_nsec < ns);
}

static void test_when(void)
{
	u32 i;

	/* With something to do, if only now and then. */
	begin();
	CHECK_EQ(pass(200, 0, 1), 0);
	begin();
	for (i = 0; i < 100; i++)
		CHECK_EQ(pass(1, i, 0), 0);
	/* With nothing to do, but not at rest. */
	begin();
	for (i = 0; i < 20; i++) {
		now_ns += SECOND / 10;
		burn(SECOND / 200);
		sl_distances_look(&d, now_ns, 7);
		CHECK(!d.probe.started);
	}
	/* At rest. */
	begin();
	CHECK_EQ(pass(60, 7, 0), 2);
	CHECK_EQ(pass(60, 7, 0), 2);
}

/* A result as a probe would leave it, whatever this machine measures. */
static void show(u32 round_ps)
{
	u32 i;

	for (i = 0; i < 700 && !d.probe.started; i++) {
		now_ns += SECOND / 10;
		sl_distances_look(&d, now_ns, 7);
	}
	if (!CHECK(d.probe.started))
		return;
	while (!smp_load_acquire(&d.probe.over))
		usleep(100);
	d.probe.round_ps = round_ps;
	now_ns += SECOND / 10;
	sl_distances_look(&d, now_ns, 7);
}

static void test_drift(void)
{
	static const struct {
		u32 shown_ps;
		u32 known_ps;	/* afterwards */
	} steps[] = {
		{ 80000000, WRONG_PS },	/* near enough */
		{ 0, WRONG_PS },	/* it could not tell */
		{ 70000, WRONG_PS },	/* one look is not believed, */
		{ 500000, WRONG_PS },	/* nor two that differ */
		{ 510000, 510000 },
		{ 70000, 510000 },
		{ 0, 510000 },		/* doubts do not last */
		{ 71000, 510000 },
		{ 72000, 72000 },
		{ 72000, 72000 },
	};
	u32 i;

	begin();
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		show(steps[i].shown_ps);
		if (!CHECK_EQ(d.topology.round_ps[0][1], steps[i].known_ps))
			fprintf(stderr, "step %u\n", i);
	}
	CHECK_EQ(d.topology.origin[0][1], SL_MEASURED);
	sl_distances_stop(&d);
}

/* Every pair has its turn. */
static void test_turns(void)
{
	static const u16 cpus[] = { 60001, 60002, 60003 };
	u32 seen[3][3] = { { 0 } };
	u32 i;

	begin();
	sl_topology_describe(&d.topology, cpus, 3);
	for (i = 0; i < 6; i++) {
		show(0);
		seen[d.a][d.b]++;
	}
	CHECK(seen[0][1] == 2 && seen[0][2] == 2 && seen[1][2] == 2);
	/* One CPU has no pair. */
	begin();
	sl_topology_describe(&d.topology, cpus, 1);
	CHECK_EQ(pass(120, 7, 0), 0);
}

int main(void)
{
	test_when();
	test_drift();
	test_turns();
	sl_distances_stop(&d);
	TEST_END();
}
