/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Snapshots for tests: chains and whatever a seed makes of a graph. */
#ifndef SL_PLANNER_SITE_TEST_H
#define SL_PLANNER_SITE_TEST_H

#include <string.h>

#include "sched/planner.h"

static u32 roll(u64 *seed, u32 sides)
{
	u64 x = *seed += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (x ^ x >> 31) % sides;
}

static inline void make_chain(struct sl_planner_snapshot *s, u32 stages,
			      u32 groups, u32 cores)
{
	u32 i;

	memset(s, 0, sizeof(*s));
	sl_planner_costs_typical(&s->costs);
	sl_planner_cores(s, groups, cores, 100000, 450000);
	s->stage_count = stages;
	s->edge_count = stages - 1;
	for (i = 0; i < stages; i++) {
		s->stage[i] = (struct sl_planner_stage){
			.call_ps = 30000, .event_ps = 100000, .batch = 64 * 16,
			.visits = SL_PLANNER_ONE * (i + 1 < stages ? 2 : 1),
			.class = SL_STATELESS,
		};
		s->edge[i] = (struct sl_planner_edge){
			.left = i, .right = i + 1, .requests = SL_PLANNER_ONE,
			.replies = SL_PLANNER_ONE, .request_lines = 2,
			.reply_lines = 2, .fuse = true,
		};
	}
}

/* A graph in which everyone but the first is called by some before it. */
static inline void make_random(struct sl_planner_snapshot *s, u32 stages,
			       u32 groups, u32 cores, u64 *seed)
{
	u32 i;

	make_chain(s, stages, groups, cores);
	for (i = 0; i < stages; i++) {
		struct sl_planner_stage *stage = &s->stage[i];

		stage->call_ps = roll(seed, 300000);
		stage->event_ps = roll(seed, 2000000) + 10000;
		stage->batch = 16 + roll(seed, 1000);
		stage->visits = 64 + roll(seed, 6000);
		stage->lines = roll(seed, 9000);
		stage->class = roll(seed, 3);
		if (roll(seed, 4) == 0)
			stage->replicas_max = 1 + roll(seed, 4);
		if (i == 0)
			continue;
		s->edge[i - 1].right = i;
		s->edge[i - 1].left = roll(seed, i);
		s->edge[i - 1].requests = roll(seed, 4000);
		s->edge[i - 1].replies = roll(seed, 4000);
		s->edge[i - 1].request_lines = roll(seed, 40);
		s->edge[i - 1].fuse = roll(seed, 8) != 0;
	}
	for (i = 0; i < s->core_count; i++) {
		s->core[i].speed = 400 + roll(seed, 800);
		s->core[i].taken = roll(seed, 3) ? 0 : roll(seed, 700);
	}
}

#endif /* SL_PLANNER_SITE_TEST_H */
