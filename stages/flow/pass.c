// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * pass: hands requests to the right and answers to the left.
 *
 * Left port "previous", right port "next".  `work` is spent on each request.
 * Touches two lines of an event and no state, so it may be replicated.
 */
#include <linux/ktime.h>

#include "stages/flow/flow.h"
#include "stages/stage.h"
#include "stages/stages.h"

enum { PREVIOUS, NEXT };

/**
 * sl_flow_work() - be busy for a time
 * @work_ns: nanoseconds
 */
void sl_flow_work(u64 work_ns)
{
	u64 until;

	if (!work_ns)
		return;
	until = ktime_get_ns() + work_ns;
	while (ktime_get_ns() < until)
		barrier();
}

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	const struct sl_flow_options *options = stage->options;
	u32 i;

	if (sl_stage_port(stage, edge) == NEXT) {
		for (i = 0; i < batch->count; i++)
			sl_stage_reply(stage, batch->event[i]);
		return batch->count;
	}
	for (i = 0; i < batch->count; i++) {
		sl_flow_work(options->work_ns);
		sl_flow(batch->event[i])->hops++;
		sl_stage_call(stage, NEXT, batch->event[i]);
	}
	return batch->count;
}

static const struct sl_option options[] = {
	{ "work", SL_OPTION_DURATION, offsetof(struct sl_flow_options, work_ns),
	  0, 1000000000, "0ns", NULL, "time to spend on each event" },
	{ .name = NULL },
};

const struct sl_stage_type sl_pass_stage = {
	.name = "pass",
	.summary = "hands requests on, for measuring and trying out plans",
	.class = SL_STATELESS,
	.port = {
		{ "previous", "flow", false, false },
		{ "next", "flow", true, false },
	},
	.options = options,
	.options_bytes = sizeof(struct sl_flow_options),
	.weight_ns = 10,
	.run = run,
};
