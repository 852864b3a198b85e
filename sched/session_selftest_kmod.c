// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Self-test of a session without a process: messages go through a gate and a
 * buffer stage, run turn by turn on this thread; good ones are worked on, bad
 * ones refused, and all come back in order.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "ring/selftest_kmod.h"
#include "sched/pipeline.h"
#include "sched/trial_kmod.h"
#include "stages/kernel/buffer.h"
#include "stages/kernel/gate.h"
#include "stages/kernel/memory_kmod.h"

struct sketch {
	struct sl_graph graph;
	struct sl_plan plan;
	struct sl_session session;
	struct sl_memory memory;
	struct sl_gate_options options;
	/* The process's sides of the rings. */
	struct sl_line_tx submit;
	struct sl_line_rx complete;
	u32 wakes;
};

static const struct {
	struct sl_device_message message;
	int status;
	u64 result;
} cases[] = {
	{ { .op = SL_DEVICE_ECHO }, 0, 0 },
	/* "123456789", as RFC 3720 has it */
	{ { .op = SL_DEVICE_CRC32C, .bytes = 9 }, 0, 0xe3069283 },
	{ { .op = SL_DEVICE_CRC32C, .bytes = 129 }, -EFAULT, 0 },
	{ { .op = SL_DEVICE_CRC32C, .bytes = 4 }, 0, 0xf63af4ee },
	/* "56789" behind "1234" */
	{ { .op = SL_DEVICE_CRC32C, .offset = 4, .bytes = 5,
	    .argument = 0xf63af4ee }, 0, 0xe3069283 },
	{ { .op = 77 }, -EOPNOTSUPP, 0 },
	{ { .op = SL_DEVICE_XOR, .offset = 256 }, -EFAULT, 0 },
	{ { .op = SL_DEVICE_XOR, .offset = 1ull << 32, .bytes = 1 },
	  -EFAULT, 0 },
	{ { .op = SL_DEVICE_ECHO, .spare = 1 }, -EINVAL, 0 },
	{ { .op = SL_DEVICE_XOR, .offset = 1, .bytes = 9,
	    .argument = 0x4040404040404040 }, 0, 0 },
};

static void fence(struct sl_session *session)
{
	smp_mb();
}

static void wake(struct sl_session *session)
{
	container_of(session, struct sketch, session)->wakes++;
}

static const struct sl_session_host host = { .fence = fence, .wake = wake };

static int exchange(struct sketch *s, struct sl_pipeline *pipeline)
{
	struct sl_device_message m;
	u32 i;

	memcpy(s->session.bank, "123456789", 10);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		m = cases[i].message;
		m.tag = i + 1;
		if (!SL_EXPECT(sl_line_push(&s->submit, (void *)&m)))
			return -EIO;
	}
	s->session.user_sleeping = 1;
	while (sl_pipeline_turn(pipeline))
		;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (!SL_EXPECT(sl_line_pop(&s->complete, (void *)&m)) ||
		    !SL_EXPECT(m.tag == i + 1) ||
		    !SL_EXPECT(m.status == cases[i].status) ||
		    !SL_EXPECT(m.result == cases[i].result))
			return -EIO;
	return SL_EXPECT(!memcmp(s->session.bank, "1rstuvwxy\x40", 10)) &&
	       SL_EXPECT(s->wakes == 1) &&
	       SL_EXPECT(!sl_line_pop(&s->complete, (void *)&m)) ? 0 : -EIO;
}

static int run(struct sketch *s)
{
	struct sl_device_setup setup = { .slots = 16, .buffers = 2,
					 .buffer_bytes = 128 };
	u16 cpus[1] = { raw_smp_processor_id() };
	struct sl_pipeline *pipeline;
	int err;

	err = sl_session_layout(&setup, PAGE_SIZE);
	if (err)
		return err;
	err = sl_memory_create(&s->memory, setup.map_bytes, numa_node_id());
	if (err)
		return err;
	s->options.session = &s->session;
	sl_graph_init(&s->graph, "self-test");
	sl_graph_add(&s->graph, "gate", &sl_gate_stage, &s->options);
	sl_graph_add(&s->graph, "buffer", &sl_buffer_stage, NULL);
	sl_graph_join(&s->graph, 0, 1);
	if (sl_session_open(&s->session, &setup, s->memory.address, &host) ||
	    sl_line_tx_open(&s->submit, s->memory.address + setup.submit_at,
			    setup.slots) ||
	    sl_line_rx_open(&s->complete, s->session.answers, setup.slots) ||
	    sl_plan_make(&s->plan, &s->graph, cpus, 1)) {
		err = -EINVAL;
		goto err_memory;
	}
	pipeline = sl_pipeline_open(&s->graph, &s->plan, NULL);
	err = PTR_ERR_OR_ZERO(pipeline);
	if (err)
		goto err_memory;
	err = exchange(s, pipeline);
	sl_pipeline_close(pipeline);
err_memory:
	sl_memory_destroy(&s->memory);
	return err;
}

int sl_session_selftest(void)
{
	struct sketch *s = kvzalloc(sizeof(*s), GFP_KERNEL);
	int err;

	if (!s)
		return -ENOMEM;
	err = run(s);
	kvfree(s);
	return err;
}
