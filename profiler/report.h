/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reports: what two snapshots of a stats segment say.
 *
 * Queues are the interface: the stage with a long queue in front of it is the
 * bottleneck, one whose queue is empty starves, one that leaves requests in
 * its queue although it has time is blocked by what is behind it.
 */
#ifndef SL_REPORT_H
#define SL_REPORT_H

#include <stdio.h>

#include "profiler/stats.h"

struct sl_report_stage {
	const char *name;
	const char *type;
	u32 worker;
	u32 cpu;
	u32 thread;
	u32 replica;
	u64 events;		/* requests and replies that it took */
	double rate;		/* of those, a second */
	double service_ns;	/* time in the stage per event */
	double batch;		/* events per call */
	double queue_mean;
	u64 queue_now;
	u64 queue_max;		/* since the pipeline started */
	double busy;		/* shares of the time, together at most 1; */
	double starved;		/* the rest: ready, but its core was at others */
	double blocked;
	u64 drops;
	s32 node;		/* of memory; -1: any */
	struct sl_bank_use bank;	/* events 0: it has none */
	double bank_mean;	/* of its events, in use */
	double wait_ns;		/* of a request in rings, if that was timed */
	/*
	 * From its coming to its going: that wait; what it waits inside, by
	 * Little's law; and the call that takes it, which takes others, too.
	 */
	double residence_ns;
	/* of the core's hardware counters; 0: they could not be read */
	u64 instructions;
	u64 cache_misses;
	u64 icache_misses;
	u64 perf_cycles;	/* over which these were counted, */
	u64 perf_events;	/* for so many events */
};

/* What people call it: "net", and its second replica "net.1". */
struct sl_report_title {
	char text[SL_NAME_MAX + 12];
};

struct sl_report_core {
	u32 cpu;
	u32 thread;
	u32 node;
	u32 speed;		/* per mille of the fastest; 0: not known */
	double busy;		/* in stages and in moving events */
	double idle;		/* with nothing to do; else others had the CPU */
	u64 sleeps;
	u64 crowded;
	double late;		/* of the turns in which something moved, those
				   longer than the pipeline's latency target */
};

struct sl_report_link {
	u32 from, to;		/* stages, by row */
	u32 right;		/* requests; else replies */
	u32 slots;		/* 0: fused */
	u64 events;
	double rate;
	double queue_mean;
	u64 queue_now;
	u64 queue_max;		/* since the pipeline started */
	double full;		/* share of the samples */
	u64 timed;		/* events whose wait was measured, */
	double wait_ns;		/* how long it was on average, */
	double queue_by_wait;	/* and how long the queue must have been then:
				   Little's law, beside queue_mean */
	u64 length[SL_STATS_LENGTHS];
};

struct sl_report {
	double seconds;
	u64 samples;
	u32 stage_count;	/* 0: no time has passed between the two */
	u32 core_count;
	u32 link_count;
	int bottleneck;		/* a stage, or -1: none, it waits for input */
	struct sl_report_stage stage[SL_INSTANCES_MAX];
	double core_busy[SL_CORES_MAX];	/* in stages */
	struct sl_report_core core[SL_CORES_MAX];
	struct sl_report_link link[SL_STATS_LINKS_MAX];
	u64 memory_bytes;	/* of all regions */
	u64 huge_bytes;
	u64 released_bytes;	/* in the time between */
	const char *pressure;	/* why memory is short, or "none" */
};

void sl_report_make(struct sl_report *report, const struct sl_stats *before,
		    const struct sl_stats *after);
struct sl_report_title sl_report_title(const struct sl_report_stage *row);
void sl_report_print(const struct sl_report *report,
		     const struct sl_stats *stats, FILE *out);
void sl_report_json(const struct sl_report *report, FILE *out);
void sl_report_json_memory(const struct sl_report *report, FILE *out);
void sl_report_json_whole(const struct sl_report *report,
			  const struct sl_stats *stats, FILE *out);
void sl_report_perf(const struct sl_stats *stats, char *text, size_t bytes);
void sl_report_json_perf(const struct sl_stats *stats, FILE *out);
void sl_report_string(const char *text, FILE *out);
const char *sl_report_change(u32 kind);
const char *sl_report_bottleneck(const struct sl_report *report);
u32 sl_report_draw(const struct sl_report *report,
		   const struct sl_stats *stats, u32 columns, FILE *out);

#endif /* SL_REPORT_H */
