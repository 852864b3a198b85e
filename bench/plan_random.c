// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <math.h>
#include <string.h>

#include "bench/plan_random.h"

/* The time of a line between cores that share a cache, and others. */
#define NEAR_PS		110000
#define FAR_PS		460000

u64 sl_plan_dice(u64 *seed)
{
	u64 x = *seed += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* Between both, as likely to be doubled as to be halved. */
static double scaled(u64 *seed, double low, double high)
{
	double x = (sl_plan_dice(seed) >> 11) / 9007199254740992.0;

	return low * pow(high / low, x);
}

/**
 * sl_plan_random() - a chain of stages on a machine
 * @s: where to put it
 * @stages: how many
 * @groups: of cores
 * @cores: in each of them
 * @seed: which chain; moves on
 *
 * An event costs 20 ns to 5 us at a stage and a call up to 400 ns more.  Half
 * of the stages may have replicas freely, a quarter by flow, a quarter not at
 * all.  A stage makes a quarter of a call to four for each that it gets, a
 * payload has 1 to 32 lines, a stage works on up to 512 KiB.
 */
void sl_plan_random(struct sl_planner_snapshot *s, u32 stages, u32 groups,
		    u32 cores, u64 *seed)
{
	double calls = SL_PLANNER_ONE;
	u32 i;

	memset(s, 0, sizeof(*s));
	sl_planner_costs_typical(&s->costs);
	sl_planner_cores(s, groups, cores, NEAR_PS, FAR_PS);
	s->stage_count = stages;
	s->instances_max = SL_INSTANCES_MAX;
	s->edges_max = SL_EDGES_MAX;
	s->edge_count = stages - 1;
	for (i = 0; i < stages; i++) {
		u32 class = sl_plan_dice(seed) % 4;
		double more = sl_plan_dice(seed) % 2 ? 1 :
			      scaled(seed, 0.25, 4);

		s->stage[i] = (struct sl_planner_stage){
			.call_ps = scaled(seed, 20e3, 400e3),
			.event_ps = scaled(seed, 20e3, 5e6),
			.batch = 16 * scaled(seed, 1, 64),
			.visits = calls,
			.lines = scaled(seed, 64, 8192),
			.class = class < 2 ? SL_STATELESS :
				 class == 2 ? SL_FLOW : SL_SERIAL,
		};
		if (i + 1 == stages)
			break;
		if (calls * more > 16 * SL_PLANNER_ONE || calls * more < 32)
			more = 1;
		s->edge[i] = (struct sl_planner_edge){
			.left = i, .right = i + 1,
			.requests = calls * more, .replies = calls * more,
			.request_lines = scaled(seed, 1, 32),
			.reply_lines = scaled(seed, 1, 32),
			.fuse = true,
		};
		s->stage[i].visits += calls * more;
		calls *= more;
	}
}
