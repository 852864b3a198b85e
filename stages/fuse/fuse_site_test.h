/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The fuse stage without a kernel: requests are made of memory, replies are
 * kept, and "export" answers as site_export says, on the test's thread.
 */
#ifndef FUSE_SITE_TEST_H
#define FUSE_SITE_TEST_H

#include <errno.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "sched/pipeline.h"
#include "stages/fuse/fuse_stage.h"
#include "tools/test.h"

#define SITE_EVENTS	8
#define SITE_PAYLOAD	16384
#define SITE_OPS	64

static struct sl_pipeline *site_pipeline;
static struct sl_stage *site_stage;
static struct sl_fuse *site_fuse;

/* The last reply, and how many there were. */
static int site_error;
static u32 site_bytes;
static u8 site_payload[SITE_PAYLOAD] __attribute__((aligned(8)));
static u32 site_replies;
/* The kernel does not want the next success. */
static bool site_gone;

/* What the export was asked, and how it answers. */
static u8 site_op[SITE_OPS];
static u32 site_ops;
static void (*site_export)(struct sl_event *event);

/* How often it had something to say. */
static u32 site_said;

void sl_stage_log(const struct sl_stage *stage, const char *format, ...)
{
	(void)stage;
	(void)format;
	site_said++;
}

/* In place of that in fuse_user.c, which has a kernel. */
void sl_fuse_send(struct sl_fuse *fuse, struct sl_event *event, int error,
		  u32 payload_bytes)
{
	CHECK(error <= 0 || error == SL_FUSE_SILENCE);
	CHECK(!error || !payload_bytes);
	if (CHECK(payload_bytes <= SITE_PAYLOAD))
		memcpy(site_payload, sl_fuse_payload(event), payload_bytes);
	site_error = error < 0 ? sl_fuse_error(error) : error;
	site_bytes = payload_bytes;
	site_replies += error != SL_FUSE_SILENCE;
	if (site_gone && !error)
		sl_fuse_undo(fuse, event);
	sl_stage_free(fuse->stage, event);
}

static u32 front_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++)
		sl_fuse_answered(stage->private, batch->event[i]);
	return batch->count;
}

static const struct sl_stage_type front_type = {
	.name = "front",
	.port = { { "files", "file", true, false } },
	.private_bytes = sizeof(struct sl_fuse),
	.events = SITE_EVENTS,
	.event_bytes = SL_FUSE_PAYLOAD_AT + SITE_PAYLOAD,
	.run = front_run,
};

static u32 export_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (site_ops < SITE_OPS)
			site_op[site_ops++] = event->op;
		event->status = 0;
		site_export(event);
		sl_stage_reply(stage, event);
	}
	return batch->count;
}

static const struct sl_stage_type export_type = {
	.name = "export",
	.port = { { "callers", "file", false, false } },
	.run = export_run,
};

static struct sl_fuse_options site_options = {
	.entry_timeout_ns = 1500000000,
	.attr_timeout_ns = 2000000000,
	.max_write = SITE_PAYLOAD,
	.nodes = 16,
};

static inline void site_run(void)
{
	while (sl_pipeline_turn(site_pipeline))
		;
}

static inline void site_open(void)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	const u16 cpu = 0;
	int front, export;

	sl_graph_init(&graph, "site");
	graph.huge = false;
	front = sl_graph_add(&graph, "front", &front_type, NULL);
	export = sl_graph_add(&graph, "export", &export_type, NULL);
	CHECK_EQ(sl_graph_join(&graph, front, export), 0);
	CHECK_EQ(sl_plan_make(&plan, &graph, &cpu, 1), 0);
	site_pipeline = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(site_pipeline)))
		exit(1);
	site_stage = sl_pipeline_stage(site_pipeline, 0);
	site_fuse = site_stage->private;
	site_fuse->stage = site_stage;
	site_fuse->options = &site_options;
	site_fuse->max_write = site_fuse->payload_max = SITE_PAYLOAD;
	site_fuse->salt = 0x0123456789abcdef;
	CHECK_EQ(sl_fuse_nodes_open(&site_fuse->nodes, site_stage->region,
				    site_options.nodes), 0);
	CHECK_EQ(sl_fuse_ask_root(site_fuse), SL_FUSE_AWAY);
	site_run();
	CHECK(site_fuse->rooted);
}

/* Brings bytes as /dev/fuse would; fewer of them than it could be. */
static inline void site_message(const void *message, u32 bytes)
{
	struct sl_event *event = sl_stage_take(site_stage);
	struct sl_fuse_request request;
	u8 *at;
	int err;

	if (!CHECK(event))
		exit(1);
	at = event->buffer + SL_FUSE_MESSAGE_AT;
	memcpy(at, message, bytes);
	sl_fuse_call(event)->way = SL_FUSE_DEVICE;
	err = sl_fuse_request_read(&request, at, bytes);
	if (err == -EBADMSG)
		sl_stage_free(site_stage, event);
	else
		sl_fuse_begin(site_fuse, event, &request, err);
	site_run();
}

/* Makes a request of a struct and what follows it; returns how it went. */
static inline int site_ask(u32 opcode, u64 node, const void *in, u32 in_bytes,
			   const void *rest, u32 rest_bytes)
{
	u8 message[8192];
	struct fuse_in_header head = {
		.len = sizeof(head) + in_bytes + rest_bytes,
		.opcode = opcode,
		.unique = 77,
		.nodeid = node,
		.uid = 1000,
		.gid = 1001,
	};

	memcpy(message, &head, sizeof(head));
	if (in_bytes)
		memcpy(message + sizeof(head), in, in_bytes);
	if (rest_bytes)
		memcpy(message + sizeof(head) + in_bytes, rest, rest_bytes);
	site_ops = 0;
	site_message(message, head.len);
	return site_error;
}

/* The same of names, each with the 0 that ends it. */
#define site_ask_name(opcode, node, in, names) \
	site_ask(opcode, node, in, sizeof(*(in)), names, sizeof(names))
#define site_ask_plain(opcode, node, names) \
	site_ask(opcode, node, NULL, 0, names, sizeof(names))

/* Whatever has happened: nothing is away, and all counts agree. */
static inline void site_check(void)
{
	const struct sl_fuse_nodes *nodes = &site_fuse->nodes;
	u32 count = 0, opens = 0, asides = 0;
	struct sl_event *event[SITE_EVENTS];
	u32 i;

	for (i = 0; i < nodes->fresh; i++) {
		if (!nodes->node[i].used)
			continue;
		count++;
		opens += nodes->node[i].opens;
		asides += nodes->node[i].aside;
	}
	CHECK_EQ(nodes->count, count);
	CHECK_EQ(nodes->opens, opens);
	CHECK_EQ(nodes->asides, asides);
	CHECK_EQ(nodes->reserved, 0);
	CHECK_EQ(site_fuse->away, 0);
	site_run();
	for (i = 0; i < SITE_EVENTS; i++)
		if (!CHECK(event[i] = sl_stage_take(site_stage)))
			exit(1);
	while (i--)
		sl_stage_free(site_stage, event[i]);
	site_run();
}

#endif /* FUSE_SITE_TEST_H */
