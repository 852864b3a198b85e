/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Heats: one discipline of the race, all contenders by turns.
 *
 * Contenders run a slice each, in an order that changes from round to round.
 * What counts is the median, over the rounds, of the ratio of two contenders
 * within a round, near and far apart: whatever else the machine does in a
 * round hits both.  Before that each contender tries out its back-offs, and
 * the peers their sizes as well, and keeps what suited it best.
 */
#ifndef SL_HEAT_H
#define SL_HEAT_H

#include "bench/median.h"
#include "bench/race.h"
#include "bench/slice.h"

#define SL_HEAT_CONTENDERS_MAX	16
#define SL_HEAT_ROUNDS_MAX	SL_MEDIAN_MAX

/* SL_DRAIN: what it takes to receive what has been sent already. */
enum sl_discipline { SL_SINGLE, SL_BATCH, SL_LINE, SL_TRIP, SL_DRAIN };

struct sl_entry {
	const struct sl_contender *contender;
	bool fixed;		/* of our own: in the size people get */
	u32 slots;
	u32 pause;
	u64 count;		/* items of a slice */
	double ns[SL_DISTANCES][SL_HEAT_ROUNDS_MAX];	/* per item; NAN */
};

struct sl_heat {
	const char *name;
	enum sl_discipline discipline;
	u32 batch;
	u32 entry_count;
	struct sl_entry entry[SL_HEAT_CONTENDERS_MAX];	/* ours is the first */
	u64 end_ns;		/* no more than what must be once it is past */
	int rounds[SL_DISTANCES];
	u64 wrong;		/* items that were not what was sent */
	u64 dropped;		/* slices in which somebody interfered */
};

void sl_heat_init(struct sl_heat *heat, const char *name,
		  enum sl_discipline discipline, u32 batch);
void sl_heat_enter(struct sl_heat *heat, const struct sl_contender *contender,
		   bool ours);
void sl_heat_run(struct sl_heat *heat, double seconds);
double sl_heat_ns(const struct sl_heat *heat, u32 entry,
		  enum sl_distance where);
double sl_heat_ratio(const struct sl_heat *heat, u32 entry,
		     enum sl_distance where);

#endif /* SL_HEAT_H */
