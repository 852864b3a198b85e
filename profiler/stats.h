/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The stats segment: what anyone may read about a running pipeline.
 *
 * One shared-memory file per pipeline.  Cores write their own counters into
 * it, each on lines of its own; the process that runs the pipeline samples
 * queues a few hundred times a second and writes the rest.  Readers map it
 * read-only, so a reader that crashes harms nobody, and a pipeline that was
 * killed leaves a file that still reads.
 *
 * The layout has a version and every table an offset and a row size, which
 * sl_stats_attach() checks against the size of the file before it believes
 * them.  Numbers only grow; a reader that wants rates takes two snapshots.
 * plan_version is odd while rows' workers and the plan's text change; whoever
 * takes a snapshot waits for that, though not for ever.
 *
 * stats.c writes, stats_read.c reads.
 */
#ifndef SL_STATS_H
#define SL_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "sched/core.h"
#include "sched/pipeline.h"

#define SL_STATS_MAGIC		0x7374617473756c73ull	/* "slustats" */
#define SL_STATS_VERSION	4
#define SL_STATS_PREFIX		"/dev/shm/sluice."
#define SL_STATS_LINKS_MAX	1024

enum sl_stats_state { SL_STATS_STARTING, SL_STATS_RUNNING, SL_STATS_ENDED };

struct sl_stats_stage {
	char name[SL_NAME_MAX];
	char type[SL_NAME_MAX];
	u32 worker;
	u32 replica;
	u32 bank_events;	/* 0: it has none */
	s32 node;		/* of its memory; -1: any */
	/* sampled: requests that wait in front of the stage and inside it */
	u64 queue_now;
	u64 queue_sum;		/* over all samples */
	u64 queue_max;
	u64 empty_samples;	/* no request waited and it was not blocked */
	u64 blocked_samples;	/* it left requests behind */
	u64 bank_in_use;	/* events that are not at home */
	u64 bank_peak;		/* of these, since the pipeline started */
	u64 bank_lately;	/* and in the last seconds */
	u64 bank_advice;	/* events that are enough */
	u64 bank_exhausted;	/* times that none was at home */
	u64 bank_refused;	/* what came home and was not of it */
	u64 bank_released;	/* bytes lent to the system */
	u64 bank_sum;		/* of bank_in_use over all samples */
};

struct sl_stats_core {
	u32 cpu;
	u32 thread;
	u32 node;		/* of memory */
	u32 speed;		/* per mille of the fastest CPU's; 0: not known */
	u64 spare[6];
};

/* Lengths of a queue go by powers of two: 0, 1, 2-3, 4-7, ... */
#define SL_STATS_LENGTHS	20

struct sl_stats_link {
	u32 from, to;		/* stages, by row */
	u32 right;		/* requests; else replies */
	u32 slots;		/* 0: fused, now */
	u64 handed;		/* events that passed */
	u64 used_now;
	u64 used_sum;
	u64 used_max;
	u64 full_samples;	/* the ring was full, or nearly */
	/* while there is a ring, see sched/dwell.h */
	u64 timed;		/* events whose wait was timed, */
	u64 timed_events;	/* all those for which they stand, */
	u64 timed_ns;		/* and how long these waited, together */
	u64 timed_cycles;	/* the same, by the cores' clock */
	u64 length[SL_STATS_LENGTHS];	/* samples of each length */
};

/* What was done about the plan, and why; rows are used in turns. */
#define SL_STATS_CHANGES	64

enum sl_stats_change_kind {
	SL_STATS_CHANGE_START,	/* the plan that it began with */
	SL_STATS_CHANGE_SHIFT,	/* a stage to a neighbouring core */
	SL_STATS_CHANGE_MOVE,	/* to any other */
	SL_STATS_CHANGE_SWAP,
	SL_STATS_CHANGE_FUSE,	/* all of a core's to another one */
	SL_STATS_CHANGE_SPLIT,	/* some of a core's to an idle one */
	SL_STATS_CHANGE_REPLICATE,
	SL_STATS_CHANGE_ASKED,	/* by a person */
	SL_STATS_CHANGE_TRIAL,	/* to see what becomes of it, */
	SL_STATS_CHANGE_BACK,	/* and back, if that was nothing good */
};

struct sl_stats_change {
	u64 at_ns;
	u32 kind;
	u32 pause_ns;		/* that cores stood still for it */
	u64 rate_before;	/* milli-events a second at the entry, */
	u64 rate_expected;	/* and what the planner promised */
	char why[128];
	char plan[256];		/* afterwards */
};

struct sl_stats {
	u64 magic;
	u32 version;
	u32 head_bytes;
	u64 bytes;		/* of the whole file */
	u32 stage_count, stage_at, stage_bytes;
	u32 core_count, core_at, core_bytes;
	u32 link_count, link_at, link_bytes;
	u32 change_count, change_at, change_bytes;	/* rows, not changes */
	u32 stage_counters_at, stage_counters_bytes;
	u32 core_counters_at, core_counters_bytes;
	u32 pid;
	char name[SL_NAME_MAX];
	/* written by the sampler from here on */
	u32 state ____cacheline_aligned;
	u32 plan_version;	/* odd while plan and rows' workers change */
	u64 changes;		/* of the plan, so far; the latest is in row
				   (changes - 1) % change_count */
	char plan[1024];
	u32 stop_status;
	u64 samples;
	u64 start_ns, start_cycles;	/* the same instant on two clocks */
	u64 now_ns, now_cycles;		/* at the latest sample */
	u64 memory_ns;		/* when regions were looked at last */
	u64 bank_bytes;		/* of all regions */
	u64 huge_bytes;		/* of these in huge pages */
	u32 pressure;		/* an sl_pressure_why, by the manager */
	u32 perf;		/* hardware counters that work, as bits, */
	u32 perf_state;		/* or why there are none: an sl_perf_state */
	u32 perf_error;		/* errno of the first one that failed */
	u64 scheduler_ns;	/* CPU time that the scheduler has taken */
};

int sl_stats_create(const char *path, const struct sl_graph *graph,
		    const struct sl_plan *plan, struct sl_stats **stats);
void sl_stats_bind(struct sl_stats *stats, struct sl_pipeline_memory *memory);
void sl_stats_links(struct sl_stats *stats, struct sl_pipeline *pipeline);
void sl_stats_sample(struct sl_stats *stats, struct sl_pipeline *pipeline);
void sl_stats_memory(struct sl_stats *stats, struct sl_pipeline *pipeline);
void sl_stats_destroy(struct sl_stats *stats, const char *path);

/* A pipeline that runs on this machine. */
struct sl_stats_running {
	char name[SL_NAME_MAX];
	char path[300];
	u32 pid;
	u64 since_ns;
};

u32 sl_stats_pid(const char *file);
bool sl_stats_runs(u32 pid);
u32 sl_stats_list(struct sl_stats_running *list, u32 count_max);
int sl_stats_path(const char *name, char *path, size_t bytes);
int sl_stats_path_of(u32 pid, char *path, size_t bytes);
int sl_stats_check(const struct sl_stats *stats, u64 bytes);
void sl_stats_tidy(struct sl_stats *stats);
int sl_stats_open(const char *path, u64 *bytes);
int sl_stats_snapshot(int fd, u64 bytes, struct sl_stats **stats);
int sl_stats_attach(const char *path, const struct sl_stats **stats);
void sl_stats_detach(const struct sl_stats *stats);
bool sl_stats_alive(const struct sl_stats *stats);
struct sl_stats *sl_stats_copy(const struct sl_stats *stats);

/* Rows of a table; i below its count. */
static inline struct sl_stats_stage *
sl_stats_stage(const struct sl_stats *stats, u32 i)
{
	return (void *)((char *)stats + stats->stage_at + i * stats->stage_bytes);
}

static inline struct sl_stats_core *
sl_stats_core(const struct sl_stats *stats, u32 i)
{
	return (void *)((char *)stats + stats->core_at + i * stats->core_bytes);
}

static inline struct sl_stats_link *
sl_stats_link(const struct sl_stats *stats, u32 i)
{
	return (void *)((char *)stats + stats->link_at + i * stats->link_bytes);
}

static inline struct sl_stats_change *
sl_stats_change(const struct sl_stats *stats, u32 i)
{
	return (void *)((char *)stats + stats->change_at +
			i * stats->change_bytes);
}

static inline struct sl_stage_counters *
sl_stats_stage_counters(const struct sl_stats *stats, u32 i)
{
	return (void *)((char *)stats + stats->stage_counters_at +
			i * stats->stage_counters_bytes);
}

static inline struct sl_core_counters *
sl_stats_core_counters(const struct sl_stats *stats, u32 i)
{
	return (void *)((char *)stats + stats->core_counters_at +
			i * stats->core_counters_bytes);
}

#endif /* SL_STATS_H */
