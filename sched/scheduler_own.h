/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the parts of the scheduler share.  Within scheduler*.c only.
 *
 *   scheduler.c          when to look, whether to change, and to change back
 *   scheduler_explore.c  plans are tried while the load stays what it is
 *   scheduler_measure.c  counters become a snapshot for the planner
 *   scheduler_say.c      a change in words
 */
#ifndef SL_SCHEDULER_OWN_H
#define SL_SCHEDULER_OWN_H

#include "sched/scheduler.h"
#include "sched/wiring.h"

#define SL_BANS_MAX	32
#define SL_OPTIONS_MAX	12	/* plans that are worth a trial */
#define SL_HISTORY	64	/* looks that are remembered; a power of two */

/* Sums over a sample of batches of n events that took c cycles. */
struct sl_sums {
	u64 calls;
	u64 events;		/* of n */
	u64 cycles;		/* of c */
	u64 squares;		/* of n times n */
	u64 products;		/* of n times c */
};

/* A plan that was tried and carried less. */
struct sl_ban {
	u64 on[SL_PLANNER_STAGES_MAX];
	u64 until_ns;
	u64 time_ns;		/* the next one lasts twice as long */
};

/*
 * Trials of plans.  They begin anew when the load has become another one: when
 * what stages cost is clearly divided otherwise among them.
 */
struct sl_explore {
	bool listed;
	u32 count;
	u32 next;		/* option that is tried next */
	struct sl_planner_option option[SL_OPTIONS_MAX];
	u64 next_ns;		/* no trial before */
	u64 quiet_ns;		/* after which the load is another one */
	bool known;		/* what follows is set */
	u32 share[SL_PLANNER_STAGES_MAX];	/* per mille of all costs */
};

struct sl_scheduler {
	struct sl_pipeline *p;
	struct sl_planner_snapshot snapshot;
	struct sl_planner_plan planned;
	struct sl_planner_state state;
	struct sl_planner_scratch *scratch;
	struct sl_plan next;		/* the planner's, for the pipeline */

	/* At the latest look, and what has come since, fading. */
	u64 look_ns;
	u64 look_cycles;
	struct sl_sums last[SL_INSTANCES_MAX];
	u64 last_events[SL_INSTANCES_MAX];
	u64 last_handed[SL_WAYS_MAX];
	u64 last_busy[SL_CORES_MAX];
	u64 lately_ns;
	u64 lately_cycles;
	struct sl_sums lately[SL_PLANNER_STAGES_MAX];
	u64 taken_in[SL_PLANNER_STAGES_MAX];	/* events, all of them */
	u64 busy[SL_CORES_MAX];	/* cycles of each worker */
	u64 requests[SL_PLANNER_EDGES_MAX];
	u64 replies[SL_PLANNER_EDGES_MAX];
	u16 ways[SL_PLANNER_EDGES_MAX];	/* at the latest question */
	u16 crossing[SL_PLANNER_EDGES_MAX];
	u64 entered;		/* events of all entries */
	u64 entered_all;	/* the same, from the start; does not fade */
	u32 taken[SL_CORES_MAX];
	u64 last_run_ns[SL_CORES_MAX];
	u64 last_wait_ns[SL_CORES_MAX];

	u64 ask_ns;		/* when the planner is asked next */
	u64 spent_ns;		/* what that costs, fading */

	/* When looks were, and what had entered by then; the latest one is
	   at (looks - 1). */
	struct {
		u64 ns;
		u64 entered;
	} history[SL_HISTORY];
	u32 looks;
	u64 changed_ns;		/* when the plan was, last */

	struct sl_explore explore;

	/* Of the latest change, until it has proved itself. */
	bool on_trial;
	bool strict;		/* it must be better than what was before */
	u64 trial_ns;		/* when it began to count, */
	u64 trial_end_ns;	/* and when that ends */
	u64 trial_entered;
	u64 rate_before;
	struct sl_plan before;
	struct sl_ban ban[SL_BANS_MAX];
	u32 ban_count;
};

/* scheduler.c */
bool sl_scheduler_banned(const struct sl_scheduler *s, const u64 *on);
bool sl_scheduler_try(struct sl_scheduler *s, const u64 *on, bool strict,
		      struct sl_scheduler_change *change);

/* scheduler_explore.c */
void sl_scheduler_follow(struct sl_scheduler *s);
bool sl_scheduler_explore(struct sl_scheduler *s,
			  struct sl_scheduler_change *change);

/* scheduler_measure.c */
bool sl_scheduler_steady(const struct sl_scheduler *s);
u64 sl_scheduler_steady_rate(const struct sl_scheduler *s);
void sl_scheduler_gather(struct sl_scheduler *s, u64 now_ns, u64 now_cycles);
void sl_scheduler_look_around(struct sl_scheduler *s);
bool sl_scheduler_measure(struct sl_scheduler *s);
bool sl_scheduler_busy(const struct sl_scheduler *s);
u64 sl_scheduler_rate(u64 events, u64 ns);
void sl_scheduler_fit(const struct sl_sums *sums, u64 ns, u64 cycles,
		      u64 *call_ps, u64 *event_ps);

/* scheduler_say.c */
void sl_scheduler_say(const struct sl_scheduler *s, bool trial,
		      struct sl_scheduler_change *change);
void sl_scheduler_say_back(const struct sl_scheduler *s, u64 rate,
			   struct sl_scheduler_change *change);

#endif /* SL_SCHEDULER_OWN_H */
