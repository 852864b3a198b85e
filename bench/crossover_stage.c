// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The two stages of `sluice bench crossover`: some arithmetic for each event,
 * and some lines of a table that belongs to the stage.
 *
 * With run-to-completion both cores use both tables.  Where they write, they
 * do it with atomic additions, the cheapest way for two writers to be right;
 * a stage that has its table to itself adds plainly.
 */
#include <linux/timekeeping.h>

#include "bench/crossover.h"
#include "stages/flow/flow.h"

enum { PREVIOUS,
       NEXT };

/* What is computed goes somewhere, lest it be left out. */
static u64 work(const struct crossover_work *w, u64 seed)
{
	u64 x = seed * 0x9e3779b97f4a7c15ull + 1;
	u32 i;

	for (i = 0; i < w->steps; i++)
		x = x * 6364136223846793005ull + 1442695040888963407ull;
	if (!w->state.lines)
		return x;
	for (i = 0; i < CROSSOVER_TOUCHES; i++) {
		u64 at = (seed * CROSSOVER_TOUCHES + i) * 0x9e3779b97f4a7c15ull;
		u64 *word = &w->state.line[8 * ((at >> 32) &
						(w->state.lines - 1))];

		if (!w->written)
			x += READ_ONCE(*word);
		else if (w->atomic)
			__atomic_fetch_add(word, 1, __ATOMIC_RELAXED);
		else
			WRITE_ONCE(*word, READ_ONCE(*word) + 1);
	}
	return x;
}

static void work_batch(struct sl_stage *stage, struct sl_batch *batch)
{
	const struct crossover_work *w = stage->options;
	u32 i;

	for (i = 0; i < batch->count; i++) {
		struct sl_flow_args *flow = sl_flow(batch->event[i]);

		/* Odd is odd: the sum keeps the arithmetic alive. */
		flow->hops += 1 + (work(w, flow->sequence) == 0);
	}
}

static u32 run_first(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	if (sl_stage_port(stage, edge) == NEXT) {
		for (i = 0; i < batch->count; i++)
			sl_stage_reply(stage, batch->event[i]);
		return batch->count;
	}
	work_batch(stage, batch);
	for (i = 0; i < batch->count; i++)
		sl_stage_call(stage, NEXT, batch->event[i]);
	return batch->count;
}

static u32 run_last(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	work_batch(stage, batch);
	for (i = 0; i < batch->count; i++)
		sl_stage_reply(stage, batch->event[i]);
	return batch->count;
}

const struct sl_stage_type crossover_first_stage = {
	.name = "first",
	.summary = "the first of two stages that work",
	.class = SL_STATELESS,
	.port = {
		{ "previous", "flow", false, false },
		{ "next", "flow", true, false },
	},
	.weight_ns = 100,
	.run = run_first,
};

const struct sl_stage_type crossover_last_stage = {
	.name = "last",
	.summary = "the last of two stages that work",
	.class = SL_STATELESS,
	.port = { { "previous", "flow", false, false } },
	.weight_ns = 100,
	.run = run_last,
};

/**
 * crossover_step_ns() - how long a step of arithmetic takes here
 *
 * Return: nanoseconds, the least of several tries.
 */
double crossover_step_ns(void)
{
	struct crossover_work w = { .steps = 20000 };
	double least = 1e9;
	u64 sum = 0;
	int i;

	for (i = 0; i < 50; i++) {
		u64 start = ktime_get_ns();
		u64 ns;

		sum += work(&w, i);
		ns = ktime_get_ns() - start;
		if ((double)ns / w.steps < least)
			least = (double)ns / w.steps;
	}
	/* Never so, but the compiler does not know. */
	return sum == 1 ? 1 : least;
}
