/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The http stage between two stages of the test's: "wire" has connections
 * made of memory, "app" answers as site_app says.  All of it runs on the
 * test's thread, a turn at a time, so every interleaving is the test's choice.
 */
#ifndef HTTP_SITE_TEST_H
#define HTTP_SITE_TEST_H

#include <linux/err.h>

#include "sched/pipeline.h"
#include "stages/stages.h"
#include "stages/web/http_connection.h"
#include "tools/test.h"

#define SITE_CONNECTIONS	200
#define SITE_OUTPUT_MAX		400000

struct site_connection {
	void *cookie;
	struct sl_event *kept;	/* to come again */
	u32 generation;
	bool calling;
	bool last;		/* nothing more may be sent */
	bool closed;
	u32 output_bytes;
	char output[SITE_OUTPUT_MAX + 1];
};

static struct site_connection site_connection[SITE_CONNECTIONS];
static struct sl_pipeline *site_pipeline;
static struct sl_stage *site_wire, *site_http, *site_stage;
static u64 site_sends;
/* Sends are kept back, as by a client that does not read. */
static bool site_slow;
static struct sl_fifo site_unsent;

/* What the app stage does with a request. */
static void (*site_app)(struct sl_stage *stage, struct sl_event *event);

static void site_write(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_bytes_args *args = sl_bytes(event);
	struct site_connection *c = &site_connection[args->connection];

	if (args->generation == c->generation && !c->closed) {
		CHECK(!c->last);
		CHECK(c->output_bytes + event->data_bytes <= SITE_OUTPUT_MAX);
		memcpy(c->output + c->output_bytes, event->data,
		       event->data_bytes);
		c->output_bytes += event->data_bytes;
		c->output[c->output_bytes] = 0;
		c->last = event->flags & SL_BYTES_LAST;
		site_sends++;
	}
	sl_stage_free(stage, event);
}

static u32 wire_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		struct site_connection *c =
			&site_connection[sl_bytes(event)->connection];

		if (event->op == SL_BYTES_SEND) {
			if (site_slow)
				sl_fifo_put(&site_unsent, event);
			else
				site_write(stage, event);
			continue;
		}
		CHECK(c->calling);
		c->calling = false;
		c->cookie = sl_bytes(event)->cookie;
		if (event->flags & SL_BYTES_AGAIN &&
		    event->op == SL_BYTES_RECEIVED)
			c->kept = event;
		else
			sl_stage_free(stage, event);
	}
	return batch->count;
}

static const struct sl_stage_type wire_type = {
	.name = "wire",
	.port = { { "next", "bytes", true, false } },
	.events = 400,
	.event_bytes = 16384,
	.run = wire_run,
};

static u32 app_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++)
		site_app(stage, batch->event[i]);
	return batch->count;
}

static const struct sl_stage_type app_type = {
	.name = "app",
	.port = { { "requests", "http", false, false } },
	.events = 64,
	.event_bytes = 16384,
	.run = app_run,
};

static const struct sl_http_options site_options = {
	.header_max = 1024,
	.body_max = 2048,
	.pipeline_max = 4,
	.connections_max = SITE_CONNECTIONS,
	.request_timeout_ns = 10000000000,
	.reply_bytes = 16,
};

/* Opens the site with so many events in http's bank; app may be left out. */
static void site_open(const struct sl_http_options *options, u32 events,
		      bool app)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	static struct sl_http_options copy;
	const u16 cpu = 0;
	int wire, http, right;

	copy = *options;
	memset(site_connection, 0, sizeof(site_connection));
	site_sends = 0;
	site_slow = false;
	sl_graph_init(&graph, "site");
	graph.huge = false;
	wire = sl_graph_add(&graph, "wire", &wire_type, NULL);
	http = sl_graph_add(&graph, "http", &sl_http_stage, &copy);
	graph.stage[http].events = events;
	CHECK_EQ(sl_graph_join(&graph, wire, http), 0);
	if (app) {
		right = sl_graph_add(&graph, "app", &app_type, NULL);
		CHECK_EQ(sl_graph_join(&graph, http, right), 0);
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, &cpu, 1), 0);
	site_pipeline = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(site_pipeline)))
		exit(1);
	site_wire = sl_pipeline_stage(site_pipeline, 0);
	site_http = sl_pipeline_stage(site_pipeline, 1);
	site_stage = app ? sl_pipeline_stage(site_pipeline, 2) : NULL;
}

static void site_run(void)
{
	while (sl_pipeline_turn(site_pipeline))
		;
}

static void site_call(u32 number, struct sl_event *event, u16 op)
{
	struct site_connection *c = &site_connection[number];

	CHECK(!c->calling);
	event->op = op;
	event->flags = 0;
	sl_bytes(event)->cookie = c->cookie;
	sl_bytes(event)->connection = number;
	sl_bytes(event)->generation = c->generation;
	c->calling = true;
	sl_stage_call(site_wire, 0, event);
}

/* Brings what was to come again, if its time has come. */
static void site_again(u32 number)
{
	struct site_connection *c = &site_connection[number];

	while (c->kept && !site_slow) {
		struct sl_event *event = c->kept;

		c->kept = NULL;
		site_call(number, event, SL_BYTES_RECEIVED);
		site_run();
	}
}

/* The client sends something; no bytes: nothing more. */
static void site_receive(u32 number, const void *data, u32 bytes)
{
	struct sl_event *event = sl_stage_take(site_wire);

	if (!CHECK(event) || !CHECK(bytes <= event->data_max))
		exit(1);
	memcpy(event->data, data, bytes);
	event->data_bytes = bytes;
	site_call(number, event, SL_BYTES_RECEIVED);
	site_run();
	site_again(number);
}

static inline void site_say(u32 number, const char *text)
{
	site_receive(number, text, strlen(text));
}

/* The connection is gone; its number is used for another one. */
static void site_close(u32 number)
{
	struct site_connection *c = &site_connection[number];
	struct sl_event *event = c->kept;

	c->kept = NULL;
	if (!event)
		event = sl_stage_take(site_wire);
	event->data_bytes = 0;
	c->closed = true;
	site_call(number, event, SL_BYTES_CLOSED);
	site_run();
	CHECK(!c->calling);
	c->cookie = NULL;
	c->generation++;
	c->last = false;
	c->closed = false;
	c->output_bytes = 0;
	c->output[0] = 0;
}

/* Writes what a slow client had not read. */
static inline void site_hurry(void)
{
	struct sl_event *event;
	u32 i;

	site_slow = false;
	while ((event = sl_fifo_get(&site_unsent)))
		site_write(site_wire, event);
	site_run();
	for (i = 0; i < SITE_CONNECTIONS; i++)
		site_again(i);
}

/* Every event is at home, every connection free. */
static void site_check_home(void)
{
	struct sl_http *http = site_http->private;

	CHECK_EQ(site_wire->bank->free_count, site_wire->bank->event_count);
	CHECK_EQ(site_http->bank->free_count, site_http->bank->event_count);
	if (site_stage)
		CHECK_EQ(site_stage->bank->free_count,
			 site_stage->bank->event_count);
	CHECK_EQ(http->requests, 0);
	CHECK_EQ(http->parked, 0);
	CHECK(!http->hungry);
	CHECK(!http->oldest);
}

static inline void site_shut(void)
{
	struct sl_http *http = site_http->private;
	struct sl_http_connection *c;
	u32 count = 0;
	u32 i;

	for (i = 0; i < SITE_CONNECTIONS; i++)
		if (site_connection[i].cookie)
			site_close(i);
	site_check_home();
	for (c = http->free; c; c = c->next)
		count++;
	CHECK_EQ(count, ((struct sl_http_options *)site_http->options)
				->connections_max);
	sl_pipeline_close(site_pipeline);
}

static inline u64 site_drops(enum sl_http_drop reason)
{
	return site_http->counters->drops[reason];
}

#endif
