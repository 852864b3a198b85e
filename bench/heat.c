// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <asm/barrier.h>

#include "bench/heat.h"

#define SLICE_NS	3e6
#define SLOTS		4096	/* ours */
#define TRIES		4	/* of a slice that somebody disturbed */
#define TRIAL_ITEMS	60000	/* of a slice that only chooses */
#define TRIAL_TRIPS	2000
#define TRIALS		3

static const u32 slots_tried[] = { 1024, 4096, 16384 };
static const u32 pauses_tried[] = { 0, 1, 16 };

/* One slice: what both threads are given. */
struct run {
	const struct sl_contender *contender;
	enum sl_discipline discipline;
	void *queue;
	void *back;		/* of round trips */
	struct sl_lap lap;
	bool sent;		/* of SL_DRAIN: all of it */
	u64 drain_ns;
};

static u64 fill(struct run *run)
{
	u64 wrong = run->contender->send(run->queue, &run->lap);

	/* Pairs with drain(). */
	smp_store_release(&run->sent, true);
	return wrong;
}

static u64 drain(struct run *run)
{
	u64 start, wrong;

	/* Pairs with fill(). */
	while (!smp_load_acquire(&run->sent))
		sl_race_pause(1);
	start = ktime_get_ns();
	wrong = run->contender->receive(run->queue, &run->lap);
	run->drain_ns = ktime_get_ns() - start;
	return wrong;
}

static u64 here(void *arg)
{
	struct run *run = arg;

	switch (run->discipline) {
	case SL_SINGLE:
		return run->contender->send(run->queue, &run->lap);
	case SL_BATCH:
		return run->contender->send_batch(run->queue, &run->lap);
	case SL_LINE:
		return run->contender->send_line(run->queue, &run->lap);
	case SL_DRAIN:
		return fill(run);
	default:
		return run->contender->ping(run->queue, run->back, &run->lap);
	}
}

static u64 there(void *arg)
{
	struct run *run = arg;

	switch (run->discipline) {
	case SL_SINGLE:
		return run->contender->receive(run->queue, &run->lap);
	case SL_BATCH:
		return run->contender->receive_batch(run->queue, &run->lap);
	case SL_LINE:
		return run->contender->receive_line(run->queue, &run->lap);
	case SL_DRAIN:
		return drain(run);
	default:
		return run->contender->pong(run->queue, run->back, &run->lap);
	}
}

/* Nanoseconds per item of one slice; NAN if it does not count. */
static double slice(struct sl_heat *heat, const struct sl_entry *entry,
		    enum sl_distance *where)
{
	const struct sl_contender *c = entry->contender;
	bool lines = heat->discipline == SL_LINE;
	void *(*create)(u32) = lines ? c->create_lines : c->create;
	void (*destroy)(void *) = lines ? c->destroy_lines : c->destroy;
	struct run run = {
		.contender = c,
		.discipline = heat->discipline,
		.queue = create(entry->slots),
		.back = create(entry->slots),
		.lap = { entry->count, heat->batch, entry->pause },
	};
	struct sl_slice result = { 0 };

	if (run.queue && run.back)
		sl_slice_run(&result, here, there, &run);
	if (run.queue)
		destroy(run.queue);
	if (run.back)
		destroy(run.back);
	heat->wrong += result.wrong;
	*where = result.where;
	if (result.ns && sl_slice_clean(&result))
		return (double)(run.drain_ns ? run.drain_ns : result.ns) /
		       entry->count;
	heat->dropped++;
	return NAN;
}

static double slice_retried(struct sl_heat *heat, const struct sl_entry *entry,
			    enum sl_distance *where)
{
	double ns = NAN;
	int i;

	for (i = 0; i < TRIES && isnan(ns); i++) {
		if (i && ktime_get_ns() > heat->end_ns)
			break;
		ns = slice(heat, entry, where);
	}
	return ns;
}

static u64 default_count(const struct sl_heat *heat)
{
	return heat->discipline == SL_TRIP ? TRIAL_TRIPS :
	       heat->discipline == SL_DRAIN ? SLOTS : TRIAL_ITEMS;
}

/* The median of a few slices with some size and back-off. */
static double trial(struct sl_heat *heat, struct sl_entry *entry, u32 slots,
		    u32 pause)
{
	enum sl_distance where;
	double ns[TRIALS];
	int i, count = 0;

	entry->slots = slots;
	entry->pause = pause;
	entry->count = default_count(heat);
	for (i = 0; i < TRIALS; i++) {
		ns[count] = slice_retried(heat, entry, &where);
		count += !isnan(ns[count]);
	}
	return sl_median(ns, count);
}

/* Tries all sizes and back-offs while there is time; the rest go untried. */
static void tune(struct sl_heat *heat, struct sl_entry *entry, u64 until_ns)
{
	u32 best_slots = SLOTS, best_pause = pauses_tried[1];
	double best = NAN, ns;
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(slots_tried); i++) {
		if (entry->fixed && slots_tried[i] != SLOTS)
			continue;
		for (j = 0; j < ARRAY_SIZE(pauses_tried); j++) {
			if (ktime_get_ns() > until_ns)
				break;
			ns = trial(heat, entry, slots_tried[i],
				   pauses_tried[j]);
			if (isnan(ns) || ns >= best)
				continue;
			best = ns;
			best_slots = slots_tried[i];
			best_pause = pauses_tried[j];
		}
	}
	entry->slots = best_slots;
	entry->pause = best_pause;
	entry->count = default_count(heat);
	if (!isnan(best) && heat->discipline != SL_DRAIN)
		entry->count = SLICE_NS / best + 1;
}

static void shuffle(u32 *order, u32 count)
{
	u32 i, j, swap;

	for (i = 0; i < count; i++)
		order[i] = i;
	for (i = count; i-- > 1;) {
		j = rand() % (i + 1);
		swap = order[i];
		order[i] = order[j];
		order[j] = swap;
	}
}

/* Everyone once; a round counts where ours ran, and for whom ran there too. */
static void run_round(struct sl_heat *heat)
{
	enum sl_distance where[SL_HEAT_CONTENDERS_MAX] = { 0 };
	double ns[SL_HEAT_CONTENDERS_MAX] = { NAN };
	u32 order[SL_HEAT_CONTENDERS_MAX];
	enum sl_distance ours;
	int round;
	u32 i;

	shuffle(order, heat->entry_count);
	for (i = 0; i < heat->entry_count; i++)
		ns[order[i]] = slice_retried(heat, &heat->entry[order[i]],
					     &where[order[i]]);
	ours = where[0];
	if (isnan(ns[0]) || heat->rounds[ours] == SL_HEAT_ROUNDS_MAX)
		return;
	round = heat->rounds[ours]++;
	for (i = 0; i < heat->entry_count; i++)
		heat->entry[i].ns[ours][round] = where[i] == ours ? ns[i] : NAN;
}

/**
 * sl_heat_init() - a heat without contenders
 * @heat: where to put it
 * @name: for people
 * @discipline: what is raced
 * @batch: items at a time, if it is SL_BATCH
 */
void sl_heat_init(struct sl_heat *heat, const char *name,
		  enum sl_discipline discipline, u32 batch)
{
	memset(heat, 0, sizeof(*heat));
	heat->name = name;
	heat->discipline = discipline;
	heat->batch = batch;
}

/**
 * sl_heat_enter() - let a contender take part, if it can
 * @heat: a heat that has not run
 * @contender: who
 * @ours: it does not choose its size
 */
void sl_heat_enter(struct sl_heat *heat, const struct sl_contender *contender,
		   bool ours)
{
	struct sl_entry *entry = &heat->entry[heat->entry_count];

	if (heat->entry_count == SL_HEAT_CONTENDERS_MAX)
		return;
	if (heat->discipline == SL_LINE && !contender->send_line)
		return;
	entry->contender = contender;
	entry->fixed = ours;
	heat->entry_count++;
}

/**
 * sl_heat_run() - race
 * @heat: a heat with its contenders; sl_slice_open() was called
 * @seconds: how long, about: half of it for tuning, and one round in any case
 */
void sl_heat_run(struct sl_heat *heat, double seconds)
{
	u64 start = ktime_get_ns(), half = seconds * 1e9 / 2;
	u32 i, count = heat->entry_count;

	heat->end_ns = start + 2 * half;
	for (i = 0; i < count; i++)
		tune(heat, &heat->entry[i], start + half / count * (i + 1));
	do
		run_round(heat);
	while (ktime_get_ns() < heat->end_ns);
}

/* Values of those rounds that count for both, or for one if they are one. */
static int pair_up(const struct sl_heat *heat, u32 a, u32 b,
		   enum sl_distance where, double *x, double *y)
{
	int i, count = 0;

	for (i = 0; i < heat->rounds[where]; i++) {
		x[count] = heat->entry[a].ns[where][i];
		y[count] = heat->entry[b].ns[where][i];
		count += !isnan(x[count]) && !isnan(y[count]);
	}
	return count;
}

/* The median time per item of an entry; NAN if it never ran there. */
double sl_heat_ns(const struct sl_heat *heat, u32 entry,
		  enum sl_distance where)
{
	double x[SL_HEAT_ROUNDS_MAX + 1], y[SL_HEAT_ROUNDS_MAX + 1];
	int count = pair_up(heat, entry, entry, where, x, y);

	return sl_median(x, count);
}

/* How many times as long as ours it takes, the median over rounds; or NAN. */
double sl_heat_ratio(const struct sl_heat *heat, u32 entry,
		     enum sl_distance where)
{
	double x[SL_HEAT_ROUNDS_MAX + 1], y[SL_HEAT_ROUNDS_MAX + 1];
	int count = pair_up(heat, entry, 0, where, x, y);

	return sl_median_ratio(x, y, count);
}
