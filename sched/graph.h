/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Graphs: which stages there are and how they are joined.
 *
 * What a pipeline file says, and nothing of how it runs; the plan says that.
 * A graph is made by pipelines/load.c from a file, or by hand:
 *
 *	sl_graph_init(graph, "hello");
 *	net = sl_graph_add(graph, "net", &sl_socket_stage, &net_options);
 *	web = sl_graph_add(graph, "http", &sl_http_stage, &http_options);
 *	sl_graph_join(graph, net, web);
 *	pipeline = sl_pipeline_open(graph, NULL);
 *
 * It is plain data: no host, no clock, no threads.  options of a stage are
 * the caller's, who keeps them until the pipeline is closed.
 */
#ifndef SL_GRAPH_H
#define SL_GRAPH_H

#include <linux/types.h>

#include "membank/bank.h"
#include "stages/stage.h"

#define SL_GRAPH_STAGES_MAX	128
#define SL_GRAPH_EDGES_MAX	256
#define SL_GRAPH_WORDS		(SL_GRAPH_STAGES_MAX / 64)
#define SL_NAME_MAX		32	/* with its end */

/* A worker: a thread bound to a CPU.  Several may share one. */
struct sl_place {
	u16 cpu;
	u16 thread;
};

struct sl_graph_stage {
	char name[SL_NAME_MAX];
	char bank[SL_NAME_MAX];	/* group whose memory it shares; "": alone */
	const struct sl_stage_type *type;
	void *options;
	u32 events;		/* in its bank; the type's unless set */
	u32 event_bytes;	/* buffer of each */
	u32 place_count;	/* 0: the planner chooses; more than 1: replicas */
	struct sl_place place[SL_CORES_MAX];
	u32 lanes;		/* replicas, one in each; 0: it is in none */
	u32 replicas_max;	/* that the planner may make of it; 0: any */
	u32 weight_ns;		/* measured, of each event that enters the
				   pipeline; 0: only its type's is known */
	u64 near[SL_GRAPH_WORDS];	/* stages to be close to, as bits */
	u64 apart[SL_GRAPH_WORDS];	/* stages to share no core with */
};

/* How events cross an edge: by pointer, or into memory of who gets them. */
enum sl_transfer_kind { SL_PASS, SL_COPY, SL_FLIP };

/* What keeps stages from each other's memory. */
enum sl_isolate { SL_ISOLATE_NONE, SL_ISOLATE_PKEY };

struct sl_graph_edge {
	u16 left;		/* the stage that calls, */
	u16 left_port;		/* on this right port of its, */
	u16 right;		/* the stage that is called, */
	u16 right_port;		/* on this left port */
	bool fuse;		/* call directly if both are on one core */
	u8 transfer;		/* enum sl_transfer_kind */
};

struct sl_graph {
	char name[SL_NAME_MAX];
	u32 stage_count;
	u32 edge_count;
	u32 ring_slots;		/* of each ring; a power of two */
	u32 batch_max;		/* 1 to SL_BATCH_MAX */
	u64 poll_ns;		/* polled at most before a core sleeps */
	u64 latency_ns;		/* that a turn may take; 0: no matter */
	bool huge;		/* ask for huge pages */
	bool reclaim;		/* lend idle pages when memory is short */
	bool movable;		/* the plan may change while it runs */
	bool unbound;		/* a thread for each stage, bound to no CPU: the
				   host places it; not in the kernel */
	u8 isolate;		/* enum sl_isolate */
	u32 lanes;		/* see lane.h; 0: none */
	struct sl_graph_stage stage[SL_GRAPH_STAGES_MAX];
	struct sl_graph_edge edge[SL_GRAPH_EDGES_MAX];
};

/* How many instances of a stage there are. */
static inline u32 sl_graph_replicas(const struct sl_graph *graph, u32 stage)
{
	const struct sl_graph_stage *s = &graph->stage[stage];

	return s->place_count ? s->place_count : s->lanes ? s->lanes : 1;
}

/**
 * sl_graph_weight() - how heavy a stage is beside others, for a first plan
 * @stage: a stage of a graph
 *
 * Return: nanoseconds.
 */
static inline u32 sl_graph_weight(const struct sl_graph_stage *stage)
{
	return stage->weight_ns ? stage->weight_ns : stage->type->weight_ns;
}

void sl_graph_init(struct sl_graph *graph, const char *name);
int sl_graph_add(struct sl_graph *graph, const char *name,
		 const struct sl_stage_type *type, void *options);
int sl_graph_join(struct sl_graph *graph, u32 left, u32 right);
int sl_graph_find(const struct sl_graph *graph, const char *name);

/* What is wrong with a graph as a whole; stage tells where. */
enum sl_graph_fault {
	SL_GRAPH_OK,
	SL_GRAPH_EMPTY,		/* no stage at all */
	SL_GRAPH_LONELY,	/* a port that must be joined is not */
	SL_GRAPH_CYCLE,		/* requests would come back to their caller */
	SL_GRAPH_DEEP,		/* a request would pass more than SL_ROUTE_MAX */
	SL_GRAPH_CROWDED,	/* more than SL_EDGES_MAX edges at a stage */
};

enum sl_graph_fault sl_graph_check(const struct sl_graph *graph, u32 *stage,
				   u32 *port);

#endif /* SL_GRAPH_H */
