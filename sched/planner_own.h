/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the parts of the planner share.  Within planner*.c only.
 *
 *   planner.c        checks a snapshot, tries every start, says what was won
 *   planner_prepare.c  what all plans have in common
 *   planner_cost.c   the model: what a plan costs
 *   planner_cut.c    contiguous cuts
 *   planner_blocks.c which stages go together
 *   planner_layout.c which cores they get
 *   planner_climb.c  the search from a plan to better ones
 *   planner_moves.c  which changes there are to a plan
 *   planner_options.c  several plans, to be tried out
 *   planner_steps.c  what leads from one plan to another, for people
 *   planner_when.c   whether it is worth it
 */
#ifndef SL_PLANNER_OWN_H
#define SL_PLANNER_OWN_H

#include <linux/kernel.h>
#include <linux/math64.h>

#include "sched/planner.h"

/* Bounds, so that no product of theirs leaves 64 bits; see planner_cost.c. */
#define SL_PS_MAX	(1ull << 36)	/* of a call or an event: 69 ms */
#define SL_HOP_PS_MAX	(1u << 22)	/* of a push or pop: 4 us */
#define SL_WAY_PS_MAX	(1u << 24)	/* of a round trip: 17 us */
#define SL_MISS_PS_MAX	(1u << 19)
#define SL_VISITS_MAX	(1u << 18)	/* 256 for each event that enters */
#define SL_LINES_MAX	(1u << 12)	/* of an event's payload */
#define SL_STATE_MAX	(1u << 16)	/* lines of a stage's own */
#define SL_SPEED_MAX	8000
#define SL_SPREAD_MAX	(1u << 28)
#define SL_NEVER	(~0ull)
#define SL_RATE_ONE	1000000000000000ull	/* ps in 1000 s */

#define SL_GROUPS_MAX		16
#define SL_LAYOUT_BLOCKS_MAX	16
#define SL_CHEAP		8	/* of what takes less than a look */
#define SL_CANDIDATES_MAX	4096
#define SL_BEAM			32	/* first steps that get a second one */

/* How good a plan is; the first difference decides, less is better. */
struct sl_score {
	u32 broken;		/* constraints that it breaks */
	u64 worst_ps;		/* time of the slowest core per event */
	u64 spread;		/* how uneven the cores are */
};

/* A change to a plan. */
struct sl_candidate {
	u8 move;
	u8 block;		/* with all stages that are where it is */
	u8 from, to;
	u16 stage, other;
};

/* Of the ways that meet at one end of an edge. */
struct sl_meeting {
	u64 weight;		/* of the events that come that way */
	u64 way_ps;		/* sum of weight times distance */
};

/* What a plan sums up to. */
struct sl_sums_of {
	u64 load_ps[SL_PLANNER_CORES_MAX];
	u64 miss_ps[SL_PLANNER_CORES_MAX];	/* if nothing were in the cache */
	u32 state[SL_PLANNER_CORES_MAX];	/* lines */
	u64 latency_ps;
	u64 entries;		/* replicas of stages that nobody calls */
	u32 instances;		/* replicas of all */
	u32 crowded;		/* stages that have too many edges */
};

/* What hops from one block to another cost more if they are far. */
struct sl_pair {
	u8 from, to;
	u64 more_ps;
};

/* Stages that are on the same cores. */
struct sl_block {
	u64 own_ps;		/* stages, and hops to other blocks */
	u64 miss_ps;		/* of missing all lines */
	u64 sum_ps;		/* with what it misses */
	u64 time_ps;		/* of each of its cores */
	u32 lines;
	u32 stages, serial;
	u32 cores;
};

struct sl_planner_scratch {
	/* Made once for a snapshot. */
	const struct sl_planner_snapshot *s;
	u32 work;		/* plans looked at */
	u32 work_max;		/* of this climb */
	u32 beam_room;		/* as many as there is time for */
	bool ties;		/* are there any near: or apart:, */
	bool tied[SL_PLANNER_STAGES_MAX];	/* and at which stage */
	bool even;		/* are all cores equally fast? */
	bool called[SL_PLANNER_STAGES_MAX];
	u64 usable;		/* cores, as bits */
	u64 cores[SL_PLANNER_STAGES_MAX];	/* where a stage may run */
	u64 stage_ps[SL_PLANNER_STAGES_MAX];	/* per event that enters */
	u64 batch_ps[SL_PLANNER_STAGES_MAX];	/* of whole batches, likewise */
	u64 miss_ps[SL_PLANNER_STAGES_MAX];	/* of missing all its lines */
	u32 spread_shift;	/* so that squares of times fit */
	u32 capacity[SL_PLANNER_CORES_MAX];	/* per mille; 0: none */
	u16 place[SL_PLANNER_STAGES_MAX];	/* stage's in topological order */
	u16 order[SL_PLANNER_STAGES_MAX];	/* stages, callers first */
	u16 first[SL_PLANNER_STAGES_MAX + 1];	/* of its edges in edge_of */
	u16 edge_of[2 * SL_PLANNER_EDGES_MAX];	/* by stage */
	u32 walk_count;
	u8 walk[SL_PLANNER_CORES_MAX];	/* usable cores, each near the last */
	u8 stride[SL_PLANNER_CORES_MAX];	/* and each far from the last */
	bool edges_bind;	/* can there be too many edges at a stage? */
	u32 group_count;	/* 1: all are equally far from each other */
	u8 group_of[SL_PLANNER_CORES_MAX];	/* by core */
	u32 group_far[SL_GROUPS_MAX][SL_GROUPS_MAX];	/* of 1024; far_ps */
	u32 far_ps;		/* between the groups farthest from each other */
	bool limited;		/* may some stages have some replicas? */

	/* The plan that others differ from. */
	u64 base_on[SL_PLANNER_STAGES_MAX];
	bool weighted[SL_PLANNER_STAGES_MAX];
	struct sl_sums_of base;

	/* The latest look at a plan. */
	bool weighted_next[SL_PLANNER_STAGES_MAX];
	struct sl_sums_of sum;
	struct sl_meeting meeting[SL_PLANNER_CORES_MAX];
	u32 stamp;
	u32 stage_stamp[SL_PLANNER_STAGES_MAX];
	u32 edge_stamp[SL_PLANNER_EDGES_MAX];
	u64 time_ps[SL_PLANNER_CORES_MAX];
	u64 latency_ps;		/* as sl_cost() has found it */
	u32 worst;		/* core */
	u16 broken_stage, broken_other;
	u8 broken_fault;

	/* Of the search. */
	u64 best[SL_PLANNER_STAGES_MAX];
	u64 start[SL_PLANNER_ORIGINS][SL_PLANNER_STAGES_MAX];
	u64 now[SL_PLANNER_STAGES_MAX];
	u64 next[SL_PLANNER_STAGES_MAX];
	u64 trial[SL_PLANNER_STAGES_MAX];
	u64 last[SL_PLANNER_STAGES_MAX];
	u32 touched_count;	/* stages that the latest change has put elsewhere */
	u16 touched[SL_PLANNER_STAGES_MAX];
	u32 target_count;
	u8 target[SL_PLANNER_CORES_MAX];
	u32 candidate_count[2];
	struct sl_candidate candidate[2][SL_CANDIDATES_MAX];
	struct {
		struct sl_score score;
		u32 candidate;
	} beam[SL_BEAM];

	struct sl_planner_plan unused;

	/* Of blocks: by stage, and by block. */
	u8 parts[SL_PLANNER_STAGES_MAX];
	u8 parts_first[SL_PLANNER_STAGES_MAX];
	u8 parts_next[SL_PLANNER_STAGES_MAX];
	u8 parts_best[SL_PLANNER_STAGES_MAX];
	struct sl_block block[SL_PLANNER_CORES_MAX + 2];
	struct sl_block block_kept[SL_PLANNER_CORES_MAX + 2];
	u32 cheap;		/* what was worked out without a look */

	/* Of layouts. */
	u32 pair_count;
	struct sl_pair pair[2 * SL_PLANNER_EDGES_MAX];
	u32 hot;		/* block that is slowest */
	u64 layout_ps[SL_LAYOUT_BLOCKS_MAX][SL_GROUPS_MAX];
	u32 layout_far[SL_LAYOUT_BLOCKS_MAX][SL_GROUPS_MAX];

	u32 stage_edges[SL_PLANNER_STAGES_MAX];
	u16 caller_first[SL_PLANNER_CORES_MAX + 2];
	u16 caller_next[2 * SL_PLANNER_EDGES_MAX + 1];
	u8 caller[2 * SL_PLANNER_EDGES_MAX + 1];

	/* Of cuts: by core and stage, or by stage. */
	u64 cut_ps[SL_PLANNER_CORES_MAX + 1][SL_PLANNER_STAGES_MAX + 1];
	u8 cut_from[SL_PLANNER_CORES_MAX + 1][SL_PLANNER_STAGES_MAX + 1];
	u64 segment_ps[SL_PLANNER_STAGES_MAX + 1];
	u64 left_hop_ps[SL_PLANNER_EDGES_MAX];
	u64 right_hop_ps[SL_PLANNER_EDGES_MAX];
	u64 left_far_ps[SL_PLANNER_EDGES_MAX];
	u64 right_far_ps[SL_PLANNER_EDGES_MAX];
	u64 inner_ps[SL_PLANNER_EDGES_MAX];	/* if its ends are together */
};

/* planner.c */
bool sl_run_to_completion(const struct sl_planner_scratch *w, u64 *on);

/* planner_prepare.c, planner_cost.c */
int sl_cost_prepare(struct sl_planner_scratch *w,
		    const struct sl_planner_snapshot *s,
		    struct sl_planner_plan *plan);
struct sl_score sl_cost(struct sl_planner_scratch *w, const u64 *on);
struct sl_score sl_cost_of(struct sl_planner_scratch *w, const u64 *on,
			   u16 *stage, u32 count);
u64 sl_cost_fused(const struct sl_planner_snapshot *s,
		  const struct sl_planner_edge *edge);
void sl_cost_hop(const struct sl_planner_snapshot *s,
		 const struct sl_planner_edge *edge, u32 way_ps,
		 u64 *left_ps, u64 *right_ps);

/* planner_cut.c */
bool sl_cut(struct sl_planner_scratch *w, u64 *on);
bool sl_cut_wide(struct sl_planner_scratch *w, u64 *on);
void sl_cut_weigh_hops(struct sl_planner_scratch *w);

/* planner_blocks.c */
struct sl_score sl_blocks(struct sl_planner_scratch *w, u64 *on);
u32 sl_block_most(const struct sl_planner_scratch *w, const u8 *block, u32 b);

/* planner_layout.c */
struct sl_score sl_layout_guess(struct sl_planner_scratch *w, const u8 *block,
				u32 count);
bool sl_layout(struct sl_planner_scratch *w, const u8 *block, u32 count,
	       u64 good_ps, u64 *on);

/* planner_climb.c, planner_moves.c */
struct sl_score sl_climb(struct sl_planner_scratch *w, u64 *on);
void sl_beam_add(struct sl_planner_scratch *w, u32 *count,
		 const struct sl_score *score, u32 candidate);
void sl_moves_list(struct sl_planner_scratch *w, const u64 *on, u32 level);
bool sl_moves_apply(struct sl_planner_scratch *w, u64 *on,
		    const struct sl_candidate *c);
bool sl_moves_allowed(const struct sl_planner_scratch *w, u32 stage, u64 on);

/* planner_steps.c */
void sl_steps(const struct sl_planner_snapshot *s, struct sl_planner_plan *plan);

static inline bool sl_score_less(const struct sl_score *a,
				 const struct sl_score *b)
{
	if (a->broken != b->broken)
		return a->broken < b->broken;
	if (a->worst_ps != b->worst_ps)
		return a->worst_ps < b->worst_ps;
	return a->spread < b->spread;
}

/* Less than a thousandth is not worth a move. */
static inline bool sl_score_better(const struct sl_score *a,
				   const struct sl_score *b)
{
	if (a->broken != b->broken)
		return a->broken < b->broken;
	if (a->worst_ps + a->worst_ps / 1024 < b->worst_ps)
		return true;
	if (a->worst_ps > b->worst_ps)
		return false;
	return a->spread + a->spread / 256 < b->spread;
}

static inline bool sl_bit(const u64 *bits, u32 n)
{
	return bits[n / 64] >> (n % 64) & 1;
}

static inline u64 cut_off(u64 value, u64 max)
{
	return value < max ? value : max;
}

static inline u32 sl_lowest(u64 bits)
{
	return __builtin_ctzll(bits);
}

/* The compiler's own would call into libgcc. */
static inline u32 sl_members(u64 bits)
{
	if (!(bits & (bits - 1)))
		return !!bits;
	bits -= bits >> 1 & 0x5555555555555555ull;
	bits = (bits & 0x3333333333333333ull) +
	       (bits >> 2 & 0x3333333333333333ull);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return bits * 0x0101010101010101ull >> 56;
}

#endif /* SL_PLANNER_OWN_H */
