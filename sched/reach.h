/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which events can get where.
 *
 * A request travels right, to a stage that answers it or hands it on; an event
 * that is sent one way travels left.  Following them through the graph tells,
 * while a pipeline is set up, whose events a stage may have in its hands, and
 * how many may cross an edge before one must have come back.
 *
 * Sets are of banks: those of instances, by instance, and behind them those
 * that events land in when they are copied, by way (transfer.h).
 */
#ifndef SL_REACH_H
#define SL_REACH_H

#include "sched/wiring.h"

#define SL_REACH_BANKS_MAX	(SL_INSTANCES_MAX + SL_WAYS_MAX)

struct sl_reach_set {
	u64 word[SL_REACH_BANKS_MAX / 64];
};

struct sl_reach {
	struct sl_reach_set asks[SL_INSTANCES_MAX];	/* it may call with */
	struct sl_reach_set tells[SL_INSTANCES_MAX];	/* it may send left */
	struct sl_reach_set meets[SL_INSTANCES_MAX];	/* it may have at all */
};

static_assert(SL_REACH_BANKS_MAX % 64 == 0, "words are used in full");

struct sl_reach *sl_reach_create(const struct sl_pipeline *p);
void sl_reach_destroy(struct sl_reach *reach);
const struct sl_reach_set *sl_reach_over(const struct sl_reach *reach,
					 const struct sl_pipeline *p,
					 const struct sl_way *way);

static inline bool sl_reach_has(const struct sl_reach_set *set, u32 bank)
{
	return set->word[bank / 64] >> bank % 64 & 1;
}

#endif /* SL_REACH_H */
