/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The "flow" protocol: events that say nothing.
 *
 * source -> pass -> ... -> sink is a pipeline without a subject: it loads the
 * executor, measures what a hop costs, and stands in for stages of a known
 * cost when a plan is tried out.
 */
#ifndef SL_FLOW_H
#define SL_FLOW_H

#include "stages/event.h"

struct sl_flow_args {
	u64 sequence;		/* within its flow */
	u64 hops;		/* stages that have seen it */
};

static inline struct sl_flow_args *sl_flow(struct sl_event *event)
{
	return (struct sl_flow_args *)event->args;
}

/* What pass and sink let people set. */
struct sl_flow_options {
	u64 work_ns;
};

/* Options of the source; made public for benchmarks that build graphs. */
struct sl_source_options {
	u64 count;
	u64 flows;
};

/* What a source has seen; for whoever made the graph. */
struct sl_source_result {
	u64 sent;
	u64 answered;
	u64 disordered;		/* answers that overtook one of their flow */
	u64 hops;		/* of all answers */
};

struct sl_stage;
void sl_source_result(const struct sl_stage *stage,
		      struct sl_source_result *result);
void sl_flow_work(u64 work_ns);

#endif /* SL_FLOW_H */
