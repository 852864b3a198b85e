/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a simulation is made of.  Within sim/ only.
 *
 *   sim.c        set-up, the run, the result
 *   wire.c       a plan as instances and ways between them; changing it
 *   core.c       what a core does next, turn by turn as sched/exec.c
 *   frames.c     which queue, by sched/dispatch.c
 *   travel.c     where an event goes, and what it costs
 *   look.c       the planner's view, and its decisions
 *   heap.c, histogram.c, dice.c
 */
#ifndef SL_SIM_OWN_H
#define SL_SIM_OWN_H

#include "sched/dispatch.h"
#include "sim/sim.h"

#define INSTANCES_MAX	SL_INSTANCES_MAX
#define WAYS_MAX	8192
#define NOTHING		(-1.0)	/* a core has nothing to do */
#define NONE		0xffffffffu

/* heap.c: what happens when. */
enum happening { CORE_STEPS, EVENT_COMES, PLANNER_LOOKS, WINDOW_ENDS, STAGE_SHIFTS };

struct happens {
	double at;
	u32 kind;
	u32 which;
	u64 order;		/* of what is at the same time */
};

struct heap {
	struct happens *item;
	u32 count, room;
	u64 order;
};

bool sl_sim_heap_add(struct heap *heap, double at, u32 kind, u32 which);
struct happens sl_sim_heap_take(struct heap *heap);

/* histogram.c: of nanoseconds, to 3 %. */
#define BUCKETS		(64 * 32)

struct histogram {
	u64 count;
	double sum, max;
	u32 bucket[BUCKETS];
};

void sl_sim_histogram_add(struct histogram *h, double ns);
double sl_sim_histogram_share(const struct histogram *h, double share);

/* dice.c */
double sl_sim_dice(u64 *seed);
double sl_sim_dice_gamma(u64 *seed, double shape);
double sl_sim_dice_normal(u64 *seed);

/* First in, first out; grows. */
struct line {
	u32 *id;
	u32 head, count, room;
};

/* Where in a stage an event is. */
struct call {
	u8 stage;
	u8 replica;
	u16 edge;		/* of the stage's, that it is out on */
	u16 left;		/* calls over it that are left */
};

struct event {
	double born;
	u16 entry;		/* stage */
	u16 replica;		/* of it, whose bank it is of */
	u32 depth;
	struct call *call;
};

/* A way from one instance to another, in one direction. */
struct way {
	u16 from, to;		/* instances */
	u16 edge;
	bool right;		/* requests */
	bool fused;
	bool pending;		/* on the list of its core */
	struct line out;	/* outbox and what spilled over */
	struct line ring;
};

struct instance {
	u16 stage;
	u16 replica;
	u16 core;
	u32 out;		/* events of its bank that are away */
	struct line queue;	/* of arrivals that were not let in */
	double cold_ns;		/* to fetch what it works on, once */
	u32 way_count;		/* requests of its */
	u16 way[SL_PLANNER_EDGES_MAX];
};

struct stage_sum {
	double busy_ns;
	u64 events, calls, queue;
};

struct core {
	double free_at;		/* while it stands still */
	bool idle;
	double idle_since;
	double poll_ns;		/* how long it pays to poll, by experience */
	bool moved;
	bool full;		/* of this turn, as in sched/turn.h */
	u32 backlogs;
	u32 phase, index, served;
	u32 entry_count, inbox_count;
	u16 entry[INSTANCES_MAX];
	u16 inbox[WAYS_MAX / 8];
	struct line pending;
	struct line stuck;
	double busy_ns;
	/* frames.c: all queues, or with TURNS the rings to it */
	u32 queue_count;
	u16 queue_way[WAYS_MAX / 8];	/* an entry's: WAYS_MAX + instance */
	struct sl_dispatch dispatch;
	struct sl_dispatch_queue queue[WAYS_MAX / 8];
	u32 serving, frame_left;
};

struct sim {
	struct sl_sim_config config;
	struct sl_planner_snapshot s;	/* costs as they are, on[] as it is */
	struct sl_sim_result *result;
	double now;
	double begin_ns, end_ns;
	u64 seed;
	u64 sequence;
	struct heap heap;
	struct histogram latency;
	struct histogram window;
	double window_began;

	struct event *event;
	u32 event_count, event_room;
	struct line free;

	u32 instance_count;
	struct instance instance[INSTANCES_MAX];
	u16 instance_of[SL_PLANNER_STAGES_MAX][SL_PLANNER_CORES_MAX];
	u32 replica_count[SL_PLANNER_STAGES_MAX];
	u32 way_count;
	struct way way[WAYS_MAX];
	u16 way_of[INSTANCES_MAX][INSTANCES_MAX][2];
	bool beside[SL_PLANNER_EDGES_MAX];
	struct core core[SL_PLANNER_CORES_MAX];

	u32 edge_count[SL_PLANNER_STAGES_MAX];	/* to the right */
	u16 edge_of[SL_PLANNER_STAGES_MAX][SL_EDGES_MAX];
	double calls[SL_PLANNER_EDGES_MAX];	/* for each request */
	bool entry[SL_PLANNER_STAGES_MAX];
	double entry_share[SL_PLANNER_STAGES_MAX];
	double miss_ns[SL_PLANNER_STAGES_MAX][SL_PLANNER_CORES_MAX];

	struct stage_sum sum[SL_PLANNER_STAGES_MAX];
	struct stage_sum seen[SL_PLANNER_STAGES_MAX];	/* since the last look */
	u64 edge_seen[SL_PLANNER_EDGES_MAX];
	u64 entered;			/* since the last look */
	struct sl_planner_scratch *scratch;
	struct sl_planner_plan plan;
	struct sl_planner_snapshot view;	/* what the planner sees */
	struct sl_planner_state state;
	bool broken;			/* out of memory */
};

/* sim.c */
void sl_sim_line_put(struct sim *sim, struct line *line, u32 id);
u32 sl_sim_line_get(struct line *line);
double sl_sim_wake(struct sim *sim, u32 core, double at);

/* wire.c */
void sl_sim_wire(struct sim *sim);
void sl_sim_rewire(struct sim *sim, const u64 *on);
void sl_sim_unwire(struct sim *sim);

/* core.c, frames.c: how long it takes, or NOTHING */
double sl_sim_core_step(struct sim *sim, u32 core);
double sl_sim_frames_step(struct sim *sim, u32 core);
void sl_sim_frames_begin(struct sim *sim, u32 core);
void sl_sim_frames_wire(struct sim *sim, u32 core);

/* travel.c */
u32 sl_sim_ready(const struct sim *sim, u32 instance, u32 most);
void sl_sim_enter(struct sim *sim, u32 instance, u32 count);
void sl_sim_arrive(struct sim *sim, u32 id, u32 instance, bool request);
void sl_sim_come(struct sim *sim);
double sl_sim_call_ns(struct sim *sim, u32 instance, u32 events);
double sl_sim_hop_ns(const struct sim *sim, const struct way *way, bool push);
bool sl_sim_overflows(const struct sim *sim, u32 instance);

/* look.c */
void sl_sim_look(struct sim *sim);

static inline struct line *way_line(struct way *way)
{
	return way->fused ? &way->out : &way->ring;
}

#endif /* SL_SIM_OWN_H */
