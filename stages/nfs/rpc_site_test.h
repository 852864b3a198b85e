/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The rpc stage between two stages of the test's: "wire" has connections made
 * of memory, "export" answers as site_export says.  All of it runs on the
 * test's thread, a turn at a time, so every interleaving is the test's choice.
 *
 * What goes over the wire is written by hand, as text: digits are hexadecimal,
 * "quoted" are letters, blanks mean nothing.
 */
#ifndef RPC_SITE_TEST_H
#define RPC_SITE_TEST_H

#include <linux/err.h>

#include "sched/pipeline.h"
#include "stages/nfs/rpc_stage.h"
#include "stages/stages.h"
#include "tools/test.h"

#define SITE_CONNECTIONS	64
#define SITE_OUTPUT_MAX		400000
#define SITE_INPUT_MAX		32768

/* What a call begins with: number, procedure; ends with who asks. */
#define SITE_CALL(xid, program, version, procedure) \
	xid " 00000000 00000002 " program " " version " " procedure " "
#define SITE_NFS	"000186a3 00000003"
#define SITE_NONE	"00000000 00000000 00000000 00000000 "
/* User 1000, group 1001, in groups 4 and 27, of machine "box". */
#define SITE_SYS                                                          \
	"00000001 00000020 00000007 00000003 \"box\"00 000003e8 000003e9" \
	" 00000002 00000004 0000001b 00000000 00000000 "
#define SITE_CALL_NFS(xid, procedure) \
	xid " 00000000 00000002 000186a3 00000003 " procedure " " SITE_SYS
#define SITE_ACCEPTED(xid)	xid " 00000001 00000000 0000000000000000 00000000 "
/* Two handles: bytes 1 to 8, and 16 bytes. */
#define SITE_HANDLE	"00000008 0102030405060708 "
#define SITE_HANDLE_2	"00000010 1112131415161718 2122232425262728 "

struct site_connection {
	void *cookie;
	struct sl_event *kept;	/* to come again */
	u32 generation;
	u8 peer[16];
	u16 peer_port;
	bool calling;
	bool last;		/* nothing more may be sent */
	bool closed;
	u32 output_bytes;
	u8 output[SITE_OUTPUT_MAX];
};

static struct site_connection site_connection[SITE_CONNECTIONS];
static struct sl_pipeline *site_pipeline;
static struct sl_stage *site_wire, *site_rpc, *site_stage, *site_post;
static u64 site_sends;
/* Sends are kept back, as by a client that does not read. */
static bool site_slow;
static struct sl_fifo site_unsent;

/* What the export does with a call; NULL: keeps it in site_asked. */
static void (*site_export)(struct sl_event *event);
static struct sl_fifo site_asked;
static u64 site_calls;

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
	.events = 100,
	.event_bytes = SITE_INPUT_MAX,
	.run = wire_run,
};

static u32 export_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		site_calls++;
		if (!site_export) {
			sl_fifo_put(&site_asked, event);
			continue;
		}
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

/* Datagrams: what was sent last, and how many are being answered. */
static u8 site_letter[65536];
static u32 site_letter_bytes;
static u32 site_letters;

static u32 post_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (event->op == SL_BYTES_SEND) {
			CHECK(site_letters);
			CHECK(!(event->flags & SL_BYTES_LAST));
			site_letter_bytes = event->data_bytes;
			memcpy(site_letter, event->data, event->data_bytes);
		} else {
			site_letters--;
		}
		sl_stage_free(stage, event);
	}
	return batch->count;
}

static const struct sl_stage_type post_type = {
	.name = "post",
	.port = { { "next", "messages", true, false } },
	.events = 16,
	.event_bytes = 65536,
	.run = post_run,
};

static const struct sl_rpc_options site_options = {
	.path = "/srv/files/",
	.clients = "10.1.0.0/16 ::1",
	.squash = SL_RPC_SQUASH_ROOT,
	.anonuid = 65534,
	.anongid = 65533,
	.secure = true,
	.connections_max = SITE_CONNECTIONS,
	.calls_max = 64,
	.record_timeout_ns = 10000000000,
	.replies = 64,
	.replies_ns = 120000000000,
};

/* Opens the site with so many events in rpc's bank; false if it will not. */
static bool site_try(const struct sl_rpc_options *options, u32 events,
		     u32 event_bytes)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	static struct sl_rpc_options copy;
	const u16 cpu = 0;
	int wire, rpc, export, post;
	u32 i;

	copy = *options;
	memset(site_connection, 0, sizeof(site_connection));
	for (i = 0; i < SITE_CONNECTIONS; i++) {
		struct site_connection *c = &site_connection[i];

		memcpy(c->peer, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x03",
		       sizeof(c->peer));
		c->peer_port = 700 + i;
	}
	site_sends = 0;
	site_calls = 0;
	site_slow = false;
	site_export = NULL;
	sl_graph_init(&graph, "site");
	graph.huge = false;
	wire = sl_graph_add(&graph, "wire", &wire_type, NULL);
	rpc = sl_graph_add(&graph, "rpc", &sl_rpc_stage, &copy);
	export = sl_graph_add(&graph, "export", &export_type, NULL);
	post = sl_graph_add(&graph, "post", &post_type, NULL);
	graph.stage[rpc].events = events;
	graph.stage[rpc].event_bytes = event_bytes;
	CHECK_EQ(sl_graph_join(&graph, wire, rpc), 0);
	CHECK_EQ(sl_graph_join(&graph, rpc, export), 0);
	CHECK_EQ(sl_graph_join(&graph, post, rpc), 0);
	CHECK_EQ(sl_plan_make(&plan, &graph, &cpu, 1), 0);
	site_pipeline = sl_pipeline_open(&graph, &plan, NULL);
	if (IS_ERR(site_pipeline))
		return false;
	site_wire = sl_pipeline_stage(site_pipeline, 0);
	site_rpc = sl_pipeline_stage(site_pipeline, 1);
	site_stage = sl_pipeline_stage(site_pipeline, 2);
	site_post = sl_pipeline_stage(site_pipeline, 3);
	return true;
}

static inline void site_open(const struct sl_rpc_options *options, u32 events)
{
	if (!CHECK(site_try(options, events, 65536)))
		exit(1);
}

static void site_run(void)
{
	while (sl_pipeline_turn(site_pipeline))
		;
}

static void site_call(u32 number, struct sl_event *event, u16 op)
{
	struct site_connection *c = &site_connection[number];
	struct sl_bytes_args *args = sl_bytes(event);

	CHECK(!c->calling);
	event->op = op;
	event->flags = 0;
	args->cookie = c->cookie;
	args->connection = number;
	args->generation = c->generation;
	memcpy(args->peer, c->peer, sizeof(args->peer));
	args->peer_port = c->peer_port;
	args->port = 2049;
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

/* Text to bytes, see above; returns how many. */
static u32 site_bytes(u8 *to, const char *text)
{
	u8 *at = to;

	while (*text) {
		char pair[3] = { text[0], text[1], 0 };

		if (*text == ' ' || *text == '\n') {
			text++;
		} else if (*text == '"') {
			while (*++text != '"')
				*at++ = *text;
			text++;
		} else {
			*at++ = strtoul(pair, NULL, 16);
			text += 2;
		}
	}
	return at - to;
}

/* The same as a record of one fragment. */
static u32 site_record(u8 *to, const char *text)
{
	u32 bytes = site_bytes(to + 4, text);

	to[0] = 0x80;
	to[1] = bytes >> 16;
	to[2] = bytes >> 8;
	to[3] = bytes;
	return bytes + 4;
}

static inline void site_say(u32 number, const char *text)
{
	static u8 data[SITE_INPUT_MAX];

	site_receive(number, data, site_record(data, text));
}

/* Bytes as text, for people who look for a difference. */
static void site_show(const char *what, const u8 *data, u32 bytes)
{
	u32 i;

	fprintf(stderr, "%s %u bytes:", what, bytes);
	for (i = 0; i < bytes && i < 600; i++)
		fprintf(stderr, "%s%02x", i % 4 ? "" : " ", data[i]);
	fprintf(stderr, "\n");
}

/* Takes the next reply off the output, which must be this; "": nothing. */
static inline bool site_heard_at(u32 number, const char *text, int line)
{
	static u8 want[SITE_OUTPUT_MAX];
	struct site_connection *c = &site_connection[number];
	u32 bytes = *text ? site_record(want, text) : 0;
	u32 got = c->output_bytes;

	if (*text && got >= 4)
		got = 4 + (c->output[1] << 16 | c->output[2] << 8 |
			   c->output[3]);
	if (!sl_test_check(got == bytes && !memcmp(c->output, want, bytes),
			   __FILE__, line, "reply as expected")) {
		site_show("got", c->output, c->output_bytes);
		site_show("expected", want, bytes);
		c->output_bytes = 0;
		return false;
	}
	c->output_bytes -= bytes;
	memmove(c->output, c->output + bytes, c->output_bytes);
	return true;
}

#define site_heard(number, text) site_heard_at(number, text, __LINE__)

/* A datagram comes, from the same client as connection 0. */
static inline void site_post_letter(const void *data, u32 bytes)
{
	struct sl_event *event = sl_stage_take(site_post);
	struct sl_bytes_args *args;

	if (!CHECK(event) || !CHECK(bytes <= event->data_max))
		exit(1);
	args = sl_bytes(event);
	memcpy(event->data, data, bytes);
	event->data_bytes = bytes;
	event->op = SL_BYTES_RECEIVED;
	args->cookie = NULL;
	args->connection = sl_bank_index(site_post->bank, event);
	args->generation = 7;
	memcpy(args->peer, site_connection[0].peer, sizeof(args->peer));
	args->peer_port = 1000;
	args->port = 2049;
	site_letters++;
	site_letter_bytes = 0;
	sl_stage_call(site_post, 0, event);
	site_run();
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

/* The export answers what it was asked first; returns false if nothing was. */
static inline bool site_answer(void (*answer)(struct sl_event *event))
{
	struct sl_event *event = sl_fifo_get(&site_asked);
	u32 i;

	if (!event)
		return false;
	event->status = 0;
	answer(event);
	sl_stage_reply(site_stage, event);
	site_run();
	for (i = 0; i < SITE_CONNECTIONS; i++)
		site_again(i);
	return true;
}

/* Every event is at home, every connection free. */
static void site_check_home(void)
{
	struct sl_rpc *rpc = site_rpc->private;

	CHECK_EQ(site_wire->bank->free_count, site_wire->bank->event_count);
	CHECK_EQ(site_rpc->bank->free_count, site_rpc->bank->event_count);
	CHECK_EQ(site_post->bank->free_count, site_post->bank->event_count);
	CHECK_EQ(site_letters, 0);
	CHECK_EQ(rpc->calls, 0);
	CHECK_EQ(rpc->parked, 0);
	CHECK_EQ(rpc->gathers, 0);
	CHECK_EQ(rpc->carrier_count, 0);
	CHECK_EQ(rpc->hungry_count, 0);
	CHECK(!rpc->hungry);
	CHECK(!rpc->oldest);
}

static inline void site_shut(void)
{
	struct sl_rpc *rpc = site_rpc->private;
	struct sl_rpc_connection *c;
	u32 count = 0;
	u32 i;

	for (i = 0; i < SITE_CONNECTIONS; i++)
		if (site_connection[i].cookie)
			site_close(i);
	site_check_home();
	for (c = rpc->free; c; c = c->next)
		count++;
	CHECK_EQ(count, rpc->options->connections_max);
	sl_pipeline_close(site_pipeline);
}

static inline u64 site_drops(enum sl_rpc_drop reason)
{
	return site_rpc->counters->drops[reason];
}

#endif
