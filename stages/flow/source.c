// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * source: makes events as fast as they come back.
 *
 * Right port "next".  Each event goes to one of `flows` flows in turn; answers
 * must come back in order within each flow, which is counted.  The bank's
 * size is the number of events in flight.  One instance only knows its own.
 */
#include <linux/err.h>
#include <linux/limits.h>

#include "stages/flow/flow.h"
#include "stages/stage.h"
#include "stages/stages.h"

#define FLOWS_MAX	4096

enum { NEXT };
enum { DISORDERED };

struct source {
	struct sl_source_result result;
	u64 *next;		/* by flow: sequence of the next event */
	u64 *expected;		/* by flow: sequence of the next answer */
	u32 flow;
	bool stopping;
};

static int open_source(struct sl_stage *stage)
{
	const struct sl_source_options *options = stage->options;
	struct source *source = stage->private;

	source->next = sl_region_carve(stage->region,
				       options->flows * sizeof(u64));
	source->expected = sl_region_carve(stage->region,
					   options->flows * sizeof(u64));
	return source->next && source->expected ? 0 : -ENOMEM;
}

static u32 poll(struct sl_stage *stage)
{
	const struct sl_source_options *options = stage->options;
	struct source *source = stage->private;
	u32 most = sl_stage_share(stage, SL_BATCH_MAX);
	u32 done;

	for (done = 0; done < most; done++) {
		struct sl_event *event;

		if (source->stopping || (options->count &&
		    source->result.sent == options->count))
			break;
		event = sl_stage_take(stage);
		if (!event)
			break;
		event->flow = source->flow;
		sl_flow(event)->sequence = source->next[source->flow]++;
		sl_flow(event)->hops = 0;
		if (++source->flow == options->flows)
			source->flow = 0;
		WRITE_ONCE(source->result.sent, source->result.sent + 1);
		sl_stage_call(stage, NEXT, event);
	}
	return done;
}

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct source *source = stage->private;
	struct sl_source_result *result = &source->result;
	u64 hops = 0;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (sl_flow(event)->sequence !=
		    source->expected[event->flow]) {
			result->disordered++;
			sl_stage_drop(stage, DISORDERED);
		}
		source->expected[event->flow] = sl_flow(event)->sequence + 1;
		hops += sl_flow(event)->hops;
		sl_stage_free(stage, event);
	}
	WRITE_ONCE(result->hops, result->hops + hops);
	WRITE_ONCE(result->answered, result->answered + batch->count);
	return batch->count;
}

static bool drain(struct sl_stage *stage)
{
	struct source *source = stage->private;

	source->stopping = true;
	return source->result.answered == source->result.sent;
}

/**
 * sl_source_result() - how far a source has come
 * @stage: instance of a source
 * @result: where to put it; a snapshot while it runs
 */
void sl_source_result(const struct sl_stage *stage,
		      struct sl_source_result *result)
{
	const struct source *source = stage->private;

	result->sent = READ_ONCE(source->result.sent);
	result->answered = READ_ONCE(source->result.answered);
	result->hops = READ_ONCE(source->result.hops);
	result->disordered = READ_ONCE(source->result.disordered);
}

static const char *const drop_reasons[] = {
	[DISORDERED] = "disordered",
	NULL,
};

static const struct sl_option options[] = {
	{ "count", SL_OPTION_NUMBER, offsetof(struct sl_source_options, count),
	  0, U64_MAX, "0", NULL, "events to send in all; 0: no end" },
	{ "flows", SL_OPTION_NUMBER, offsetof(struct sl_source_options, flows),
	  1, FLOWS_MAX, "1", NULL, "flows among which events are dealt out" },
	{ .name = NULL },
};

const struct sl_stage_type sl_source_stage = {
	.name = "source",
	.summary = "makes events as fast as they come back",
	.class = SL_STATELESS,
	.port = { { "next", "flow", true, false } },
	.options = options,
	.options_bytes = sizeof(struct sl_source_options),
	.private_bytes = sizeof(struct source),
	.events = 512,
	.event_bytes = 64,
	.weight_ns = 20,
	.drop_reasons = drop_reasons,
	.open = open_source,
	.run = run,
	.poll = poll,
	.drain = drain,
};
