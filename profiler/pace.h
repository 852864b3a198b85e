/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What sets the pace of a pipeline: which stage limits it, why, and what next.
 *
 * All stages of a chain move at one pace, so a stage's share of the time is
 * its demand: what an event costs there, times how often an event comes by.
 * The core that is busiest, or has the longest queue in front of it, sets the
 * pace; the stage with the greatest demand on it is the bottleneck.  If no core
 * is busy, something else sets the pace: a device, a loop of events that are
 * all on their way, or whoever asks.
 */
#ifndef SL_PACE_H
#define SL_PACE_H

#include <stdio.h>

#include "profiler/report.h"

enum sl_pace_kind {
	SL_PACE_INPUT,	/* there is not more to do */
	SL_PACE_CORE,	/* a core that has no time left */
	SL_PACE_DEVICE, /* events wait inside a stage for something */
	SL_PACE_LOOP,	/* all events are out, and no core is busy */
	SL_PACE_KEPT,	/* and most of them wait for one that ought to be */
};

/* What a stage's time goes to. */
enum sl_cost {
	SL_COST_UNKNOWN,	/* not measured */
	SL_COST_COMPUTING,
	SL_COST_MEMORY, /* waits for cache lines */
	SL_COST_CODE,	/* waits for instructions */
};

/*
 * A loop of requests and answers, bounded by a bank: request n cannot begin
 * before request n - events is answered, however idle all cores are.  So the
 * rate is `events` in the time of a round.
 */
struct sl_pace_loop {
	int from;	   /* stage of the bank; -1: no loop is known */
	int to;		   /* the furthest stage that its requests lead to */
	u32 events;	   /* of the bank: the distance of this dependency */
	u32 hops;	   /* from one end to the other, */
	u32 rings;	   /* and those of them over rings */
	double in_flight;  /* events, on average */
	double rate;	   /* rounds a second */
	double round_ns;   /* of one, by Little's law */
	double ring_ns;	   /* of that, in rings, as far as it was timed, */
	double stage_ns;   /* and in calls of stages */
};

struct sl_pace {
	enum sl_pace_kind kind;
	int core;	   /* that sets the pace, or -1 */
	int stage;	   /* the bottleneck, or -1 */
	enum sl_cost cost; /* of the bottleneck */
	double waiting;	   /* requests in front of it, or inside */
	struct sl_pace_loop loop; /* if that is what sets the pace */
	u32 count;
	u16 order[SL_INSTANCES_MAX]; /* stages, the most limiting one first */
};

void sl_pace_make(struct sl_pace *pace,
		  const struct sl_report *report);
void sl_pace_print(const struct sl_pace *pace,
		   const struct sl_report *report,
		   const struct sl_stats *stats, FILE *out);
void sl_pace_json(const struct sl_pace *pace,
		  const struct sl_report *report,
		  const struct sl_stats *stats, FILE *out);

#endif /* SL_PACE_H */
