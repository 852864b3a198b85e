// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a stage's busy time is what it was, although of short calls only
 * some are timed: stages spin for a known time and add up how long they really
 * did.  So they do with calls that are short, that are long, and that are short
 * but for one of thousands, which must not be missed.
 *
 * What others take of the CPU is no stage's doing; calls that were interrupted
 * are left out on both sides as far as they are known, and a run that differs
 * is done again, a few times.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include <linux/err.h>
#include <linux/timex.h>

#include "sched/meter.h"
#include "sched/wiring.h"
#include "stages/flow/flow.h"
#include "tools/test.h"

#define STAGES	5
#define CALLS	400000
#define TRIES	40
#define APART	0.06		/* of a share of all the time */

enum { PREVIOUS, NEXT };

/* What each stage spins for in a call, in cycles. */
static const struct shape {
	const char *name;
	u32 spin[STAGES];
	u32 calls;		/* of all stages together */
	u32 rarely;		/* of stage 2: one call of so many is long, */
	u32 long_spin;		/* by so much */
	bool exact;		/* all calls are to be timed at the end */
} shapes[] = {
	{ "short",	  { 100, 500, 60, 900, 200 }, CALLS, 0, 0, false },
	{ "alike",	  { 300, 300, 300, 300, 300 }, CALLS, 0, 0, false },
	{ "long",	  { 2000, 100, 9000, 500, 100 }, CALLS / 8, 0, 0, true },
	{ "rarely long",  { 100, 200, 100, 300, 100 }, CALLS, 3000, 1000000,
	  true },
	/* The first one is seen by the length of its turn alone. */
	{ "very rarely",  { 100, 200, 100, 300, 100 }, 2 * CALLS, 10000,
	  10000000, true },
};

static const struct shape *shape;
static struct sl_graph graph;
static struct sl_plan plan;
static struct {
	u64 calls;
	u64 cycles;		/* within run() and poll() */
} truth[STAGES];

static u64 spin_for(u32 cycles)
{
	u64 start = get_cycles();
	u64 now;

	do
		now = get_cycles();
	while (now < start + cycles);
	/* Who was interrupted has not spun all that time. */
	return min(now - start, cycles + 1000ull);
}

static u64 cpu_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* It is interrupted now and then, so it counts for what it had of the CPU. */
static u64 spin_long(u32 cycles)
{
	u64 had = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
	u64 passed = cpu_ns(CLOCK_MONOTONIC);
	u64 start = get_cycles();

	spin_for(cycles);
	had = cpu_ns(CLOCK_THREAD_CPUTIME_ID) - had;
	passed = cpu_ns(CLOCK_MONOTONIC) - passed;
	return (get_cycles() - start) * (double)had / passed;
}

static void spin(u32 stage)
{
	bool is_long = stage == 2 && shape->rarely &&
		truth[2].calls % shape->rarely == shape->rarely / 2;

	truth[stage].cycles += is_long ? spin_long(shape->long_spin) :
					 spin_for(shape->spin[stage]);
	truth[stage].calls++;
}

static u32 index_of(const struct sl_stage *stage)
{
	return stage->name[1] - '0';
}

static u32 begin(struct sl_stage *stage)
{
	struct sl_event *event = sl_stage_take(stage);

	if (!event)
		return 0;
	spin(index_of(stage));
	sl_stage_call(stage, NEXT, event);
	return 1;
}

static u32 hand_on(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	spin(index_of(stage));
	for (i = 0; i < batch->count; i++)
		if (sl_stage_joined(stage, NEXT))
			sl_stage_call(stage, NEXT, batch->event[i]);
		else
			sl_stage_free(stage, batch->event[i]);
	return batch->count;
}

static const struct sl_stage_type first = {
	.name = "first",
	.class = SL_SERIAL,
	.port = { { "previous", "flow", false, true },
		  { "next", "flow", true, false } },
	.events = 4,
	.event_bytes = 64,
	.run = hand_on,
	.poll = begin,
};

static const struct sl_stage_type other = {
	.name = "other",
	.class = SL_SERIAL,
	.port = { { "previous", "flow", false, false },
		  { "next", "flow", true, true } },
	.run = hand_on,
};

static struct sl_pipeline *make(void)
{
	u32 i;

	sl_graph_init(&graph, "meter");
	for (i = 0; i < STAGES; i++) {
		char name[8] = { 's', '0' + i };

		sl_graph_add(&graph, name, i ? &other : &first, NULL);
		if (i)
			CHECK_EQ(sl_graph_join(&graph, i - 1, i), 0);
		graph.stage[i].place_count = 1;
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	memset(truth, 0, sizeof(truth));
	return sl_pipeline_open(&graph, &plan, NULL);
}

static bool is_near(double got, double wanted)
{
	return fabs(got - wanted) < APART;
}

/* Busy times are those of stages, and of what the executor does in between. */
static bool compare(const struct sl_core *core, bool says)
{
	double busy = 0, spun = 0, own;
	bool good = true;
	u32 i;

	for (i = 0; i < STAGES; i++) {
		busy += core->stage[i]->counters->busy_cycles;
		spun += truth[i].cycles;
	}
	/* The executor's share of a call is the same for each of them. */
	own = (busy - spun) / STAGES;
	good &= own > -APART * spun / STAGES;
	for (i = 0; i < STAGES; i++) {
		const struct sl_stage_counters *c = core->stage[i]->counters;
		double share = (own + truth[i].cycles) / busy;

		good &= is_near(c->busy_cycles / busy, share);
		if (says)
			fprintf(stderr, "  %s: %.3f, expected %.3f\n",
				core->stage[i]->name, c->busy_cycles / busy,
				share);
	}
	/* It may be for another reason, if a turn was interrupted. */
	return good && (core->exact == shape->exact ||
			(core->exact && core->exact_ns));
}

/* Returns whether all is as it should be; what must be in any case is checked. */
static bool run_once(bool says)
{
	struct sl_pipeline *p = make();
	struct sl_core *core;
	u64 samples = 0, timed_events = 0, calls = 0;
	bool good;
	u32 i;

	if (!CHECK(!IS_ERR_OR_NULL(p)))
		return true;
	core = &p->core[0];
	while (calls < shape->calls) {
		sl_pipeline_turn(p);
		for (i = 0, calls = 0; i < STAGES; i++)
			calls += truth[i].calls;
	}
	for (i = 0; i < STAGES; i++) {
		const struct sl_stage_counters *c = core->stage[i]->counters;

		CHECK_EQ(c->batches, truth[i].calls);
		CHECK(c->events >= c->batches);
		samples += c->sample.calls;
		timed_events += c->sample.events;
	}
	CHECK(timed_events + samples / 4 >= samples);
	/* A turn was long if it was interrupted, as far as is known. */
	CHECK(samples > calls / SL_METER_OF - calls / 100);
	CHECK(samples < calls / (shape->exact || core->exact_ns ?
				 16 : SL_METER_OF) + calls / 50);
	CHECK_EQ(core->counters->busy_cycles, core->busy_cycles);
	good = compare(core, says);
	if (says)
		fprintf(stderr, "  all calls are timed: %d, of %u cycles\n",
			core->exact, core->call_cycles);
	sl_pipeline_close(p);
	return good;
}

int main(void)
{
	u32 tries;

	for (shape = shapes; shape < shapes + ARRAY_SIZE(shapes); shape++) {
		for (tries = TRIES; tries && !run_once(tries == 1); tries--)
			;
		if (!CHECK(tries))
			fprintf(stderr, "with: %s\n", shape->name);
	}
	TEST_END();
}
