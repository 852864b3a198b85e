// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sink: answers every request at once.
 *
 * Left port "previous".  `work` is spent on each request.  No state, so it may
 * be replicated.
 */
#include "stages/flow/flow.h"
#include "stages/stage.h"
#include "stages/stages.h"

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	const struct sl_flow_options *options = stage->options;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		sl_flow_work(options->work_ns);
		sl_flow(batch->event[i])->hops++;
		sl_stage_reply(stage, batch->event[i]);
	}
	return batch->count;
}

static const struct sl_option options[] = {
	{ "work", SL_OPTION_DURATION, offsetof(struct sl_flow_options, work_ns),
	  0, 1000000000, "0ns", NULL, "time to spend on each event" },
	{ .name = NULL },
};

const struct sl_stage_type sl_sink_stage = {
	.name = "sink",
	.summary = "answers every request, for measuring and trying out plans",
	.class = SL_STATELESS,
	.port = { { "previous", "flow", false, false } },
	.options = options,
	.options_bytes = sizeof(struct sl_flow_options),
	.weight_ns = 10,
	.run = run,
};
