/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The planner: which stage should run on which core.
 *
 * Pure: a snapshot of what was measured goes in, a plan comes out.  It has no
 * clock, does no I/O, takes no memory of its own and knows integers only, so
 * the same code serves a process, the kernel and the simulator (sim/), where
 * it is compared with exhaustive search.  The same snapshot gives the same
 * plan everywhere.
 *
 * The model.  A stage costs its core call / batch + event for each event.  An
 * edge between two cores costs both of them: the sender a push, the receiver
 * a pop and its share of the way for each line of payload.  Over a fused edge
 * it costs next to nothing.  What all of this sums up to on a core, per event
 * that enters the pipeline, over what the core can do, is the core's time; the
 * longest one says how many events a second the plan can take.
 *
 * The search.  Contiguous cuts of the graph's order, with and without
 * replicas, by dynamic programming; run to completion on every core; and the
 * plan there is now.  From each of them the stages are parted into blocks
 * that share cores, in other ways as long as that helps, which get as many
 * cores as they need in the groups where their neighbours are; and that is
 * climbed from by fuse, split, shift, move, swap and replicate, looking two
 * moves ahead.
 *
 *   sl_planner_make()      the best plan that was found
 *   sl_planner_options()   several plans, to be tried out
 *   sl_planner_begin(), sl_planner_rate()   what the model says of any plan
 *   sl_planner_decide()    is it worth changing to?  (planner_when.c)
 *   sl_planner_graph()     fill a snapshot in from a graph
 *   sl_planner_from_plan(), sl_planner_to_plan()
 *
 * Units: picoseconds; visits and the like per 1024 events that enter; speeds
 * per mille; rates in events per 1000 seconds.  Numbers that are out of bounds
 * are taken for the bound, so a wrong measurement makes a bad plan and never
 * an overflow.
 */
#ifndef SL_PLANNER_H
#define SL_PLANNER_H

#include <linux/types.h>

#include "sched/graph.h"
#include "sched/plan.h"

#define SL_PLANNER_STAGES_MAX	SL_GRAPH_STAGES_MAX
#define SL_PLANNER_EDGES_MAX	SL_GRAPH_EDGES_MAX
#define SL_PLANNER_CORES_MAX	SL_CORES_MAX
#define SL_PLANNER_MOVES_MAX	SL_GRAPH_STAGES_MAX
#define SL_PLANNER_WORDS	(SL_PLANNER_STAGES_MAX / 64)
#define SL_PLANNER_ONE		1024	/* of visits, requests, shares */

/*
 * Plans looked at, unless a snapshot says otherwise; half as many more where
 * there are many stages.  A chain of seven stages takes a millisecond.
 */
#define SL_PLANNER_WORK		2000

static_assert(SL_PLANNER_CORES_MAX <= 64, "a set of cores is a word");

struct sl_planner_stage {
	u64 call_ps;		/* of each call, */
	u64 event_ps;		/* and of each event in it */
	u32 batch;		/* events per call, in sixteenths; seen */
	u32 visits;		/* events it takes: requests and replies */
	u32 lines;		/* cache lines that it works on: code, state */
	u32 replicas_max;	/* 0: as many as there are cores */
	u64 cores;		/* where it may run, as bits; 0: anywhere */
	u64 near[SL_PLANNER_WORDS];	/* stages to be close to, as bits */
	u64 apart[SL_PLANNER_WORDS];	/* stages to share no core with */
	u8 class;		/* enum sl_class */
	bool pinned;		/* it stays where it is now */
};

struct sl_planner_edge {
	u16 left, right;	/* stages */
	u32 requests;		/* to the right, */
	u32 replies;		/* and back */
	u32 request_lines;	/* cache lines that the receiver looks at */
	u32 reply_lines;
	bool fuse;		/* called directly if both are on one core */
};

struct sl_planner_core {
	u16 speed;		/* per mille of a core that costs are of */
	u16 taken;		/* per mille of its time, by others */
	bool usable;
};

/* What moving events costs on this machine. */
struct sl_planner_costs {
	u32 push_ps;		/* of an event into a ring, */
	u32 pop_ps;		/* and out of it */
	u32 fused_ps;		/* or handed on within a core */
	u32 send_share;		/* of a round trip, for each line sent */
	u32 receive_share;	/* of it, for each line received */
	u32 miss_ps;		/* to fetch a line that was displaced */
	u32 core_lines;		/* that a core's own cache has; 0: plenty */
	u32 near_ps;		/* round trip that still counts as near */
	u32 pause_us;		/* that cores stand still for a change */
};

struct sl_planner_snapshot {
	u32 stage_count;
	u32 edge_count;
	u32 core_count;
	u32 in_flight;		/* events at most, of each replica where they
				   enter; 0: no limit */
	u64 demand;		/* events in 1000 s that come; 0: no limit */
	u32 work;		/* plans to look at; 0: as many as usual */
	u32 instances_max;	/* replicas of all stages; 0: no limit */
	u32 edges_max;		/* replicas that one may talk to; likewise */
	struct sl_planner_costs costs;
	struct sl_planner_stage stage[SL_PLANNER_STAGES_MAX];
	struct sl_planner_edge edge[SL_PLANNER_EDGES_MAX];
	struct sl_planner_core core[SL_PLANNER_CORES_MAX];
	/* of a line between two cores, there and back */
	u32 distance_ps[SL_PLANNER_CORES_MAX][SL_PLANNER_CORES_MAX];
	/* by stage: the cores that its replicas are on now, as bits */
	u64 on[SL_PLANNER_STAGES_MAX];
	bool placed;		/* is there a plan now? */
};

/* In the order of enum sl_stats_change_kind. */
enum sl_planner_move {
	SL_PLANNER_START,
	SL_PLANNER_SHIFT,	/* a stage to a core of its neighbour's */
	SL_PLANNER_MOVE,	/* to any other */
	SL_PLANNER_SWAP,
	SL_PLANNER_FUSE,	/* all of a core's to another one */
	SL_PLANNER_SPLIT,	/* some of a core's to an idle one */
	SL_PLANNER_REPLICATE,
	SL_PLANNER_ASKED,
	SL_PLANNER_TRIAL,	/* any, to see what becomes of it, */
	SL_PLANNER_BACK,	/* and back, if that was nothing good */
	SL_PLANNER_MOVES,
};

struct sl_planner_step {
	u8 move;		/* enum sl_planner_move */
	u8 from, to;		/* cores */
	u16 stage;
	u16 other;		/* of a swap; else the stage itself */
};

/* Where the best plan came from. */
enum sl_planner_origin {
	SL_PLANNER_KEPT,	/* the plan there is now */
	SL_PLANNER_CUT,		/* a contiguous cut */
	SL_PLANNER_WIDE,	/* one with replicas */
	SL_PLANNER_COMPLETE,	/* run to completion */
	SL_PLANNER_GREEDY,	/* one stage after another */
	SL_PLANNER_ORIGINS,
};

/* Why there is no plan. */
enum sl_planner_fault {
	SL_PLANNER_OK,
	SL_PLANNER_EMPTY,	/* no stage, or no core that may be used */
	SL_PLANNER_INVALID,	/* numbers of stages and edges make no sense */
	SL_PLANNER_CYCLE,	/* requests would come back to their caller */
	SL_PLANNER_NOWHERE,	/* a stage may run on no usable core */
	SL_PLANNER_NEAR,	/* two stages cannot be near each other */
	SL_PLANNER_APART,	/* two stages cannot be kept apart */
	SL_PLANNER_CROWDED,	/* there would be too many replicas */
	SL_PLANNER_FAULTS,
};

struct sl_planner_plan {
	u64 on[SL_PLANNER_STAGES_MAX];	/* by stage: its cores, as bits */
	u64 rate;		/* that it can take */
	u64 rate_now;		/* and the plan there is now; 0: none */
	u64 latency_ps;		/* of an event, when batches are full */
	u64 rate_of[SL_PLANNER_ORIGINS];	/* before climbing; 0: not possible */
	u32 busy[SL_PLANNER_CORES_MAX];	/* per mille, at that rate */
	u8 origin;		/* enum sl_planner_origin */
	u8 bottleneck_core;
	u16 bottleneck;		/* the stage that costs most there */
	u32 work;		/* plans that were looked at */
	u32 step_count;		/* from the plan there is now */
	struct sl_planner_step step[SL_PLANNER_MOVES_MAX];
	u8 fault;		/* enum sl_planner_fault; then no plan, */
	u16 fault_stage;	/* and where */
	u16 fault_other;
};

/* One of several plans. */
struct sl_planner_option {
	u64 on[SL_PLANNER_STAGES_MAX];	/* by stage: its cores, as bits */
	u64 rate;		/* that it can take */
};

/* Whether, and why, a plan should be changed. */
enum sl_planner_verdict {
	SL_PLANNER_SAME,	/* there is nothing to change */
	SL_PLANNER_DWELL,	/* it was changed too short a time ago */
	SL_PLANNER_SMALL,	/* too little is won */
	SL_PLANNER_UNSURE,	/* it was not seen often enough */
	SL_PLANNER_DEAR,	/* the change costs more than it wins */
	SL_PLANNER_CHANGE,
	SL_PLANNER_VERDICTS,
};

/* What decide() remembers; the caller's.  All zeroes to begin with. */
struct sl_planner_state {
	bool begun;
	u64 changed_ns;		/* when the plan was changed last */
	u64 dwell_ns;		/* how long it must stay, now */
	u64 credit_ns;		/* changes are paid from here up to now */
	u32 seen;		/* looks at the plan that is on trial */
	s64 gain_sum;		/* per mille, of all but the first look */
	u64 trial[SL_PLANNER_STAGES_MAX];
	u64 from[SL_PLANNER_STAGES_MAX];	/* before its last change */
	u64 moved_ns[SL_PLANNER_STAGES_MAX];
};

struct sl_planner_scratch;
size_t sl_planner_scratch_bytes(void);

int sl_planner_make(const struct sl_planner_snapshot *snapshot,
		    struct sl_planner_scratch *scratch,
		    struct sl_planner_plan *plan);
u32 sl_planner_options(const struct sl_planner_snapshot *snapshot,
		       struct sl_planner_scratch *scratch,
		       struct sl_planner_option *option, u32 count_max);
int sl_planner_begin(const struct sl_planner_snapshot *snapshot,
		     struct sl_planner_scratch *scratch);
u64 sl_planner_rate(struct sl_planner_scratch *scratch, const u64 *on);
bool sl_planner_allowed(struct sl_planner_scratch *scratch, const u64 *on);
enum sl_planner_verdict
sl_planner_decide(struct sl_planner_state *state,
		  const struct sl_planner_snapshot *snapshot,
		  struct sl_planner_scratch *scratch,
		  struct sl_planner_plan *plan, u64 now_ns);
void sl_planner_reckon(const struct sl_planner_snapshot *snapshot,
		       struct sl_planner_scratch *scratch,
		       struct sl_planner_plan *plan);

const char *sl_planner_move_name(enum sl_planner_move move);
const char *sl_planner_origin_name(enum sl_planner_origin origin);
const char *sl_planner_fault_name(enum sl_planner_fault fault);
const char *sl_planner_verdict_name(enum sl_planner_verdict verdict);

/* planner_graph.c */
void sl_planner_costs_typical(struct sl_planner_costs *costs);
void sl_planner_graph(struct sl_planner_snapshot *snapshot,
		      const struct sl_graph *graph);
void sl_planner_cores(struct sl_planner_snapshot *snapshot, u32 groups,
		      u32 cores, u32 near_ps, u32 far_ps);
int sl_planner_from_plan(struct sl_planner_snapshot *snapshot,
			 const struct sl_plan *plan,
			 const struct sl_place *place);
int sl_planner_to_plan(const struct sl_planner_plan *planned, u32 stage_count,
		       const struct sl_place *place, struct sl_plan *plan);

#endif /* SL_PLANNER_H */
