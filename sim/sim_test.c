// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The simulator: agrees with arithmetic where there is some, with the planner's
 * model on 16 and 64 cores, with itself each time, loses no event, and lets the
 * planner mend what goes wrong.
 */
#include <linux/err.h>

#include "sched/planner_site_test.h"
#include "sim/own.h"
#include "tools/test.h"

static struct sl_planner_snapshot s;
static struct sl_sim_config config;

/* A chain of stages of 100 ns an event, hops that cost nothing. */
static void begin(u32 stages, u32 cores)
{
	u32 i;

	make_chain(&s, stages, 1, cores);
	memset(&s.costs, 0, sizeof(s.costs));
	for (i = 0; i < stages; i++) {
		s.stage[i].call_ps = 0;
		s.on[i] = 1;
	}
	s.placed = true;
	sl_sim_defaults(&config, &s);
	config.turn_ns = 0;
	config.seconds = 0.02;
}

static struct sl_sim_result *run(void)
{
	struct sl_sim_result *r = sl_sim_run(&config);

	if (!CHECK(!IS_ERR(r)))
		exit(sl_test_end());
	return r;
}

static bool about(double got, double want, double share)
{
	if (got > want * (1 - share) && got < want * (1 + share))
		return true;
	fprintf(stderr, "%g, expected %g\n", got, want);
	return false;
}

/* One core does the sum of all, two cores the larger half. */
static void test_rates(void)
{
	struct sl_sim_result *r;

	begin(4, 2);
	r = run();
	CHECK(about(r->rate, 1e9 / 700, 0.01));
	CHECK(about(r->busy[0], 1, 0.01));
	CHECK(r->busy[1] == 0);
	sl_sim_free(r);

	s.on[2] = s.on[3] = 2;
	r = run();
	CHECK(about(r->rate, 1e9 / 400, 0.02));
	CHECK(about(r->busy[1], 0.75, 0.05));
	sl_sim_free(r);

	s.core[0].speed = 500;
	r = run();
	CHECK(about(r->rate, 1e9 / 800, 0.02));
	sl_sim_free(r);

	/* A hop costs both sides, for each event and each line. */
	s.core[0].speed = 1000;
	s.costs.push_ps = 10000;
	s.costs.pop_ps = 10000;
	s.costs.receive_share = SL_PLANNER_ONE / 10;
	r = run();
	CHECK(about(r->rate, 1e9 / 440, 0.02));
	sl_sim_free(r);

	/* Replicas beside each other share the work. */
	begin(4, 2);
	s.on[0] = s.on[1] = s.on[2] = s.on[3] = 3;
	r = run();
	CHECK(about(r->rate, 2e9 / 700, 0.01));
	sl_sim_free(r);
}

/* Who does little sleeps between two batches, and the other one pays. */
static void test_wake(void)
{
	struct sl_sim_result *r;

	begin(2, 2);
	s.on[1] = 2;
	s.stage[0].event_ps = 2000000;
	config.seconds = 0.2;
	r = run();
	CHECK(about(r->rate, 1e9 / 4000, 0.01));
	sl_sim_free(r);
	config.rouse_ns = 20000;
	r = run();
	CHECK(about(r->rate, 1e9 / 4000, 0.01));
	sl_sim_free(r);
	config.wake_ns = 64 * 500;
	r = run();
	CHECK(about(r->rate, 1e9 / 4500, 0.01));
	sl_sim_free(r);
	/* It polls for longer than a batch takes. */
	config.poll_ns = 1e6;
	r = run();
	CHECK(about(r->rate, 1e9 / 4000, 0.01));
	sl_sim_free(r);

	/* Latency of a single event now and then. */
	begin(1, 1);
	s.edge_count = 0;
	config.rate = 1000;
	config.even = true;
	config.seconds = 0.1;
	config.rouse_ns = 20000;
	r = run();
	CHECK(about(r->mean_ns, 20000, 0.01));
	sl_sim_free(r);
}

/* A queue with one server, Poisson and exponential: known since Erlang. */
static void test_queue(void)
{
	struct sl_sim_result *r;

	begin(1, 1);
	s.edge_count = 0;
	config.batch_max = 1;
	config.rate = 7e6;
	config.variation = 1;
	config.seconds = 0.1;
	r = run();
	CHECK(about(r->rate, 7e6, 0.02));
	/* Events leave as soon as their service begins: the wait is told. */
	CHECK(about(r->mean_ns, 0.7 / (1 - 0.7) * 100, 0.08));
	sl_sim_free(r);
}

/* Little's law holds whatever happens, and every run is as the last one. */
static void test_closed(void)
{
	u64 seed = 3;
	u32 i, k;

	for (i = 0; i < 12; i++) {
		struct sl_sim_result *r, *again;

		make_random(&s, 3 + roll(&seed, 5), 2, 2, &seed);
		for (k = 0; k < s.stage_count; k++) {
			s.stage[k].replicas_max = 0;
			s.on[k] = s.stage[k].class == SL_SERIAL ?
				  1ull << roll(&seed, 4) : 1 + roll(&seed, 15);
		}
		s.on[0] = 1;
		s.placed = true;
		sl_sim_defaults(&config, &s);
		config.in_flight = 64;
		config.ring_slots = 16 << roll(&seed, 4);
		config.policy = roll(&seed, 3);
		config.variation = roll(&seed, 2);
		config.seconds = 0.2;
		config.seed = i;
		r = run();
		CHECK(r->events > 0);
		/* There are never more than the bank has. */
		CHECK(r->rate * r->mean_ns / 1e9 < 64 * 1.05);
		again = run();
		CHECK(r->rate == again->rate && r->p99_ns == again->p99_ns);
		sl_sim_free(again);
		sl_sim_free(r);
	}
}

/* Three cores are enough when the planner may use them, not before. */
static void test_planner(void)
{
	struct sl_sim_result *r;

	begin(4, 4);
	config.rate = 1e9 / 700 * 1.6;
	config.seconds = 0.1;
	r = run();
	CHECK(r->unserved > 1000);
	sl_sim_free(r);

	config.look_s = 0.005;
	config.window_s = 0.005;
	r = run();
	CHECK(r->change_count >= 1);
	CHECK(about(r->rate, config.rate, 0.2));
	CHECK(r->unserved < 1000);
	CHECK(r->window_count >= 20);
	CHECK(r->on[0] != 1 || r->on[1] != 1 || r->on[2] != 1);
	sl_sim_free(r);

	/* A stage becomes slower meanwhile. */
	config.shift_count = 1;
	config.shift[0] = (struct sl_sim_shift){ 0.03, 2, 3 };
	config.rate = 1e6;
	r = run();
	CHECK(r->unserved < 1000);
	sl_sim_free(r);
}

/* Plans change all the time, under events of every kind; none is lost. */
static void test_changes(void)
{
	u64 seed = 21;
	u32 i, k;

	for (i = 0; i < 8; i++) {
		struct sl_sim_result *r;

		make_chain(&s, 6, 2, 3);
		for (k = 0; k < 6; k++) {
			s.stage[k].event_ps = 1000000 + roll(&seed, 9000000);
			s.on[k] = 1;
		}
		s.placed = true;
		s.work = 60;
		s.costs.pause_us = 0;
		s.costs.miss_ps = 0;
		sl_sim_defaults(&config, &s);
		config.in_flight = 32;
		config.look_s = 0.002;
		config.noise = 1;
		config.seconds = 1.7;
		config.seed = i;
		for (k = 0; k < 8; k++)
			config.shift[k] = (struct sl_sim_shift){
				0.2 * k, k % 6, k % 2 ? 0.1 : 10 };
		config.shift_count = 8;
		r = run();
		CHECK(r->change_count >= 1);
		CHECK(r->events > 100);
		sl_sim_free(r);
	}
}

/* Some cores of a machine, none of which another block has. */
static u64 some_cores(u64 *left, u32 count, u64 *seed)
{
	u64 cores = 0;

	while (count--) {
		u32 skip = roll(seed, __builtin_popcountll(*left));
		u64 at = *left;

		while (skip--)
			at &= at - 1;
		cores |= at & -at;
		*left &= ~(at & -at);
	}
	return cores;
}

/* A plan of blocks with replicas, each on cores wherever they are. */
static void make_plan(u64 *seed)
{
	u64 left = s.core_count == 64 ? ~0ull : (1ull << s.core_count) - 1;
	u64 cores = 0;
	u32 i;

	for (i = 0; i < s.stage_count; i++) {
		u32 room = __builtin_popcountll(left);

		/* Mostly a block of its own, else that of its caller. */
		if (!i || (room && roll(seed, 3)))
			cores = some_cores(&left, 1 + roll(seed, room / 2 + 1 < 15 ?
							   room / 2 + 1 : 15),
					   seed);
		s.on[i] = cores;
	}
	s.placed = true;
}

/*
 * Event by event it comes to what the planner's model says of the plan, but for
 * replicas where events enter: one that has nearer neighbours than another
 * takes in more of them, where the model gives all the same.
 */
static void test_model(u32 groups, u32 cores, u32 plans)
{
	static struct sl_planner_scratch *scratch;
	u64 seed = 31 + groups, before;
	u32 i, k;

	scratch = malloc(sl_planner_scratch_bytes());
	if (!CHECK(scratch))
		return;
	for (i = 0; i < plans; i++) {
		struct sl_sim_result *r;
		double model;

		make_chain(&s, 3 + roll(&seed, 5), groups, cores);
		for (k = 0; k < s.stage_count; k++) {
			/* What a call costs depends on how many are in one. */
			s.stage[k].call_ps = 0;
			s.stage[k].event_ps = 100000 + roll(&seed, 1900000);
		}
		for (k = 0; k < s.edge_count; k++) {
			s.edge[k].request_lines = 1 + roll(&seed, 20);
			s.edge[k].reply_lines = 1 + roll(&seed, 20);
		}
		for (k = 0; k < s.core_count && i % 3 == 0; k++)
			s.core[k].speed = 500 + roll(&seed, 1000);
		before = seed;
		make_plan(&seed);
		CHECK_EQ(sl_planner_begin(&s, scratch), 0);
		model = sl_planner_rate(scratch, s.on) / 1e3;
		sl_sim_defaults(&config, &s);
		config.turn_ns = 0;
		/* Queues of the slowest fill up before anything is measured. */
		config.in_flight = 256;
		config.warmup_s = 24 * 256 / model *
				  __builtin_popcountll(s.on[0]);
		config.seconds = 20000 / model;
		r = run();
		if (!CHECK(about(r->rate, model, 0.06)))
			fprintf(stderr, "plan %u on %ux%u cores, seed %llu\n", i,
				groups, cores, (unsigned long long)before);
		sl_sim_free(r);
	}
	free(scratch);
}

static void test_wrong(void)
{
	begin(2, 2);
	s.on[1] = 4;
	CHECK(IS_ERR(sl_sim_run(&config)));
	s.on[1] = 0;
	CHECK(IS_ERR(sl_sim_run(&config)));
	s.on[1] = 1;
	s.edge[0].right = 0;
	CHECK(IS_ERR(sl_sim_run(&config)));
}

static void test_parts(void)
{
	static struct histogram h;
	struct heap heap = { 0 };
	double last = -1;
	u64 seed = 9;
	u32 i;

	for (i = 1; i <= 100000; i++)
		sl_sim_histogram_add(&h, i);
	CHECK(about(sl_sim_histogram_share(&h, 0.5), 50000, 0.04));
	CHECK(about(sl_sim_histogram_share(&h, 0.99), 99000, 0.04));
	for (i = 0; i < 1000; i++)
		sl_sim_heap_add(&heap, roll(&seed, 500), 0, i);
	for (i = 0; i < 1000; i++) {
		struct happens next = sl_sim_heap_take(&heap);

		CHECK(next.at >= last);
		last = next.at;
	}
	free(heap.item);
}

int main(void)
{
	test_parts();
	test_rates();
	test_wake();
	test_queue();
	test_closed();
	test_planner();
	test_changes();
	test_model(2, 8, 10);
	test_model(8, 8, 10);
	test_wrong();
	TEST_END();
}
