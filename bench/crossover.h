/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * When does a pipeline beat run-to-completion?  What `sluice bench crossover`
 * measures, and how it shows that.
 */
#ifndef SL_CROSSOVER_H
#define SL_CROSSOVER_H

#include <linux/types.h>

#include "bench/distance.h"
#include "sched/graph.h"
#include "stages/stage.h"

/* A table that all replicas of a stage share. */
struct crossover_state {
	u64 *line; /* 8 words each */
	u32 lines; /* a power of two, or 0 */
};

/* Options of the two stages that work; the benchmark's own. */
struct crossover_work {
	u32 steps;    /* of arithmetic, each waiting for the last */
	bool written; /* else what is touched is only read */
	bool atomic;  /* several cores write: additions are atomic */
	struct crossover_state state;
};

#define CROSSOVER_TOUCHES 4 /* lines of the state, per event */

extern const struct sl_stage_type crossover_first_stage;
extern const struct sl_stage_type crossover_last_stage;

double crossover_step_ns(void);

enum crossover_plan { CROSSOVER_ONE,
		      CROSSOVER_SPLIT,
		      CROSSOVER_COMPLETE,
		      /* by the scheduler, if it is asked: of stages of which
			 there is one, and of some that are in two lanes */
		      CROSSOVER_CHOSEN,
		      CROSSOVER_CHOSEN_LANES,
		      CROSSOVER_PLANS };

#define CROSSOVER_RATIOS 4

struct crossover_kind {
	const char *name;
	u32 kib; /* of state, of each stage */
	bool written;
};

#define CROSSOVER_WORKS 7
#define CROSSOVER_KINDS 8

struct crossover_result {
	u32 work_ns[CROSSOVER_WORKS];
	struct crossover_kind kind[CROSSOVER_KINDS];
	int rounds;
	/* medians, a second; 0: not met */
	double rate[SL_DISTANCES][CROSSOVER_WORKS][CROSSOVER_KINDS]
		   [CROSSOVER_PLANS];
	/* medians of paired ratios: split to one core, split to complete,
	   chosen to the better one of split and one core, chosen in lanes
	   to the best of the three */
	double ratio[SL_DISTANCES][CROSSOVER_WORKS][CROSSOVER_KINDS]
		    [CROSSOVER_RATIOS];
	bool met[SL_DISTANCES];
	bool scheduled; /* the last two are there */
};

#define CROSSOVER_STAGES 3 /* the source, the first, the last */

/* Which of the two CPUs each stage is on, as bits. */
struct crossover_choice {
	u8 on[CROSSOVER_STAGES];
};

int crossover_choose(const struct sl_graph *graph, const u16 cpus[2],
		     u32 round_ps, u32 lanes, double seconds,
		     struct crossover_choice *choice);

void crossover_print(const struct crossover_result *result);
void crossover_json(const struct crossover_result *result);
int crossover_chart(const struct crossover_result *result, const char *path);

#endif /* SL_CROSSOVER_H */
