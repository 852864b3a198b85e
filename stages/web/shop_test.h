/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The shop in a pipeline, for its tests:
 *
 *	web -> shop -> db
 *	            -> files
 *
 * web stands in for the http stage: it sends what is in asks[], keeps replies
 * of a connection in order as the http stage does, and gathers them.  db runs
 * the real procedures on the small bookstore of shop_sql_test.h; files has the
 * directory "images" in memory.  Both answer when and in which order the test
 * wants it.  Everything runs on the test's thread, turn by turn.
 */
#ifndef SL_SHOP_TEST_H
#define SL_SHOP_TEST_H

#include <linux/err.h>

#include "sched/pipeline.h"
#include "stages/stages.h"
#include "stages/web/shop_sql_test.h"
#include "stages/web/shop_stage.h"

#define ASKS_MAX	4096
#define BODY_MAX	300000
#define HTTP_BYTES	32768

/* A request, and what has come of it. */
struct ask {
	u8 method;
	const char *target;
	const char *body;
	u32 connection;
	struct ask *before;	/* on the same connection */
	struct sl_fifo early;	/* what came before its turn */
	bool sent;
	bool done;
	s32 status;		/* the first that is not 0 */
	u32 code;
	u32 type;
	u32 max_age;
	u32 parts;
	u64 content_bytes;
	u32 bytes;
	u8 *reply;		/* ends in a zero byte */
};

static struct ask asks[ASKS_MAX];
static u32 ask_count, asks_sent, asks_done, in_flight_max = 64;
static bool web_slow;		/* clients do not read: nothing is freed */
static struct sl_fifo web_kept;

static struct sl_fifo db_waiting;
static bool db_hold, db_reverse;
static int db_fail;		/* status of the next call instead of its own */
static u32 db_calls[SL_SHOP_PROCEDURES];

/* Files of size i are named i.bmp; "gone" ones are not there any more. */
#define IMAGES_DIRECTORY	77
static struct sl_fifo files_waiting;
static bool files_hold;
static u32 files_calls[SL_FILE_OPS];
static u32 files_stale_names, files_stale_directory;	/* so many more times */
static u64 files_stale_from;	/* files_stale_names: of READs from here on */
static u64 files_replaced_at;	/* one READ there is of another file; 0: none */
static u32 files_generation;
static int files_fail;		/* of READs from this offset on */
static u64 files_fail_from;
static u64 files_shrink_to = ~0ull;

static inline u8 image_byte(u64 size, u64 at)
{
	return size * 31 + at * 7 + (at >> 8);
}

static inline void gather(struct sl_stage *stage, struct ask *ask,
			  struct sl_event *event)
{
	if (event->op == SL_HTTP_REQUEST) {
		ask->code = sl_http(event)->code;
		ask->type = sl_http(event)->type;
		ask->max_age = sl_http(event)->max_age;
		ask->content_bytes = sl_http(event)->content_bytes;
		CHECK(event->data == event->buffer + SL_HTTP_HEADROOM);
	}
	if (event->status && !ask->status)
		ask->status = event->status;
	CHECK(event->data + event->data_bytes <=
	      event->buffer + event->data_max);
	if (!CHECK(ask->bytes + event->data_bytes <= BODY_MAX))
		exit(1);
	ask->reply = realloc(ask->reply, ask->bytes + event->data_bytes + 1);
	memcpy(ask->reply + ask->bytes, event->data, event->data_bytes);
	ask->bytes += event->data_bytes;
	ask->reply[ask->bytes] = 0;
	ask->parts++;
	if (!(event->flags & SL_HTTP_MORE)) {
		CHECK(!ask->done);
		ask->done = true;
		asks_done++;
	}
	if (web_slow)
		sl_fifo_put(&web_kept, event);
	else
		sl_stage_free(stage, event);
}

static inline u32 web_run(struct sl_stage *stage, u32 edge,
			  struct sl_batch *batch)
{
	u32 i, k;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		struct ask *ask = sl_http(event)->connection;

		CHECK_EQ(sl_http(event)->sequence, ask - asks);
		CHECK_EQ(event->depth, 0);
		sl_fifo_put(&ask->early, event);
	}
	/* A reply whose turn it is goes out, and those behind it. */
	for (k = 0; k < asks_sent; k++) {
		struct sl_event *event;

		if (asks[k].before && !asks[k].before->done)
			continue;
		while ((event = sl_fifo_get(&asks[k].early)))
			gather(stage, &asks[k], event);
	}
	return batch->count;
}

/* Writes the request where the page will be, as the http stage does. */
static inline void send_ask(struct sl_stage *stage, struct ask *ask,
			    struct sl_event *event)
{
	struct sl_http_args *http = sl_http(event);
	const char *mark = strchr(ask->target, '?');
	u8 *at = event->buffer + SL_HTTP_HEADROOM;
	u32 path = mark ? (size_t)(mark - ask->target) : strlen(ask->target);
	u32 query = mark ? strlen(mark + 1) : 0;
	u32 body = ask->body ? strlen(ask->body) : 0;

	memset(event->buffer, '=', event->data_max);
	*http = (struct sl_http_args){
		.connection = ask, .sequence = ask - asks,
		.method = ask->method, .path = at, .path_bytes = path,
		.query = at + path, .query_bytes = query,
		.body = at + path + query, .body_bytes = body,
	};
	memcpy(at, ask->target, path);
	if (query)
		memcpy(at + path, mark + 1, query);
	if (body)
		memcpy(at + path + query, ask->body, body);
	event->op = SL_HTTP_REQUEST;
	event->flow = ask->connection;
	ask->sent = true;
	sl_stage_call(stage, 0, event);
}

static inline u32 web_poll(struct sl_stage *stage)
{
	struct sl_event *event;
	u32 sent = 0;

	while (asks_sent < ask_count &&
	       asks_sent - asks_done < in_flight_max &&
	       (event = sl_stage_take(stage))) {
		send_ask(stage, &asks[asks_sent++], event);
		sent++;
	}
	if (!web_slow)
		while ((event = sl_fifo_get(&web_kept))) {
			sl_stage_free(stage, event);
			sent++;
		}
	return sent;
}

static inline u32 take_all(struct sl_stage *stage, u32 edge,
			   struct sl_batch *batch)
{
	struct sl_fifo *to = stage->type->name[0] == 'd' ? &db_waiting :
							   &files_waiting;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++)
		sl_fifo_put(to, batch->event[i]);
	return batch->count;
}

static inline u32 db_poll(struct sl_stage *stage)
{
	struct sl_event *event, *last = NULL;
	u32 done = 0;

	while (!db_hold && (event = sl_fifo_get(&db_waiting))) {
		if (CHECK(event->op < SL_SHOP_PROCEDURES))
			db_calls[event->op]++;
		event->status = db_fail ? db_fail :
				run_procedure(event->op, event);
		db_fail = 0;
		done++;
		/* In reverse: the first one is answered last. */
		if (db_reverse && !last)
			last = event;
		else
			sl_stage_reply(stage, event);
	}
	if (last)
		sl_stage_reply(stage, last);
	return done;
}

static inline int read_image(struct sl_event *event)
{
	struct sl_file_args *file = sl_file(event);
	u64 size = file->handle.word[1], i;

	/* Sizes change only after the first part has been read. */
	if (file->offset && files_shrink_to < size)
		size = files_shrink_to;
	file->attr.type = SL_FILE_REG;
	file->attr.size = size;
	file->attr.fileid = file->handle.word[1];
	if (files_replaced_at && file->offset >= files_replaced_at) {
		file->attr.fileid++;
		files_replaced_at = 0;
	}
	if (file->handle.word[2] != files_generation)
		return -ESTALE;
	if (event->op == SL_FILE_GETATTR)
		return 0;
	if (files_fail && file->offset >= files_fail_from)
		return files_fail;
	CHECK(event->data + file->count <= event->buffer + event->data_max);
	event->data_bytes = 0;
	if (file->offset < size)
		event->data_bytes = min_t(u64, file->count,
					  size - file->offset);
	/* Reads may come up short without being at the end. */
	if (event->data_bytes > 40000)
		event->data_bytes = 40000;
	for (i = 0; i < event->data_bytes; i++)
		event->data[i] = image_byte(size, file->offset + i);
	return 0;
}

static inline int answer_file(struct sl_event *event)
{
	struct sl_file_args *file = sl_file(event);
	char name[64];
	char *end;

	files_calls[event->op]++;
	memset(name, 0, sizeof(name));
	memcpy(name, event->data, min_t(u32, event->data_bytes, 63));
	switch (event->op) {
	case SL_FILE_MOUNT:
		if (strcmp(name, "images"))
			return -ENOENT;
		file->object.word[0] = IMAGES_DIRECTORY;
		file->object.word[2] = files_generation;
		file->attr.type = SL_FILE_DIR;
		return 0;
	case SL_FILE_LOOKUP:
		CHECK_EQ(file->handle.word[0], IMAGES_DIRECTORY);
		if (files_stale_directory) {
			files_stale_directory--;
			return -ESTALE;
		}
		file->attr.size = strtoul(name, &end, 10);
		if (strcmp(end, ".bmp") || end == name)
			return -ENOENT;
		file->attr.type = name[0] == '9' ? SL_FILE_DIR : SL_FILE_REG;
		file->object.word[0] = 1;
		file->object.word[1] = file->attr.size;
		file->object.word[2] = files_generation;
		return 0;
	case SL_FILE_READ:
	case SL_FILE_GETATTR:
		if (files_stale_names && file->offset >= files_stale_from) {
			files_stale_names--;
			return -ESTALE;
		}
		return read_image(event);
	}
	return -EOPNOTSUPP;
}

static inline u32 files_poll(struct sl_stage *stage)
{
	struct sl_event *event;
	u32 done = 0;

	while (!files_hold && (event = sl_fifo_get(&files_waiting))) {
		event->status = answer_file(event);
		sl_stage_reply(stage, event);
		done++;
	}
	return done;
}

static const struct sl_stage_type web_type = {
	.name = "web", .port = { { "next", "http", true, false } },
	.run = web_run, .poll = web_poll, .events = 64,
	.event_bytes = HTTP_BYTES,
};

static const struct sl_stage_type db_type = {
	.name = "db", .port = { { "left", "query", false, false } },
	.run = take_all, .poll = db_poll,
};

static const struct sl_stage_type files_type = {
	.name = "files", .port = { { "left", "file", false, false } },
	.run = take_all, .poll = files_poll,
};

static struct sl_shop_options shop_options;
static struct sl_graph graph;
static struct sl_plan plan;
static struct sl_pipeline *pipeline;
static u32 shop_events, shop_event_bytes;	/* 0: the type's */
static u32 web_events, web_event_bytes;

static inline struct sl_stage *the_shop(void)
{
	return sl_pipeline_stage(pipeline, 1);
}

static inline u64 dropped(enum sl_shop_drop reason)
{
	return the_shop()->counters->drops[reason];
}

static inline int start(void)
{
	sl_graph_init(&graph, "test");
	graph.huge = false;
	sl_graph_add(&graph, "web", &web_type, NULL);
	sl_graph_add(&graph, "shop", &sl_shop_stage, &shop_options);
	sl_graph_add(&graph, "db", &db_type, NULL);
	sl_graph_add(&graph, "files", &files_type, NULL);
	CHECK_EQ(sl_graph_join(&graph, 0, 1), 0);
	CHECK_EQ(sl_graph_join(&graph, 1, 2), 0);
	CHECK_EQ(sl_graph_join(&graph, 1, 3), 0);
	if (shop_events)
		graph.stage[1].events = shop_events;
	if (shop_event_bytes)
		graph.stage[1].event_bytes = shop_event_bytes;
	if (web_events)
		graph.stage[0].events = web_events;
	if (web_event_bytes)
		graph.stage[0].event_bytes = web_event_bytes;
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	pipeline = sl_pipeline_open(&graph, &plan, NULL);
	return IS_ERR(pipeline) ? (int)PTR_ERR(pipeline) : 0;
}

static inline void default_options(void)
{
	shop_options = (struct sl_shop_options){
		.cache_age_ns = 30000000000, .cache_entries = 16,
		.promotions = 5, .names = 64, .image_age_ns = 3600000000000,
		.images = "images",
	};
	shop_events = shop_event_bytes = web_events = web_event_bytes = 0;
	in_flight_max = 64;
}

static inline void forget_asks(void)
{
	while (ask_count)
		free(asks[--ask_count].reply);
	memset(asks, 0, sizeof(asks));
	asks_sent = asks_done = 0;
}

static inline void stop(void)
{
	struct sl_bank *bank = the_shop()->bank;

	/* Clients take what is left; then every event is at home again. */
	web_slow = false;
	while (sl_pipeline_turn(pipeline))
		;
	sl_bank_collect(bank);
	CHECK_EQ(bank->free_count, bank->event_count);
	CHECK_EQ(bank->refused, 0);
	CHECK_EQ(the_shop()->counters->held, 0);
	CHECK(sl_shop_stage.drain(the_shop()));
	sl_pipeline_close(pipeline);
	forget_asks();
}

static inline struct ask *ask(u8 method, const char *target, const char *body)
{
	struct ask *a = &asks[ask_count];

	if (!CHECK(ask_count < ASKS_MAX))
		exit(1);
	a->method = method;
	a->target = target;
	a->body = body;
	a->connection = ask_count++;
	return a;
}

/* Turns until all is answered, or until nothing moves for a while. */
static inline void turn(void)
{
	u32 idle = 0;

	while (asks_done < ask_count && idle < 1000)
		idle = sl_pipeline_turn(pipeline) ? 0 : idle + 1;
}

static inline struct ask *get(const char *target)
{
	struct ask *a = ask(SL_HTTP_GET, target, NULL);

	turn();
	CHECK(a->done);
	return a;
}

static inline struct ask *post(const char *target, const char *body)
{
	struct ask *a = ask(SL_HTTP_POST, target, body);

	turn();
	CHECK(a->done);
	return a;
}

static inline bool shows(const struct ask *a, const char *text)
{
	return a->reply && strstr((const char *)a->reply, text);
}

static inline u32 times(const struct ask *a, const char *text)
{
	const char *at = (const char *)a->reply;
	u32 n = 0;

	while (at && (at = strstr(at, text))) {
		at += strlen(text);
		n++;
	}
	return n;
}

#endif /* SL_SHOP_TEST_H */
