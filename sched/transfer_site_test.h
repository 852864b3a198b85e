/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Stages that check every byte that crosses an edge: asker <-> relay <->
 * answerer.  A request says by its sequence what it must look like; the answer
 * looks different in all that an answer may change; and the answerer tells
 * things that nobody asked for, one way, through the relay.
 */
#ifndef SL_TRANSFER_SITE_TEST_H
#define SL_TRANSFER_SITE_TEST_H

#include <string.h>

#include "stages/stage.h"
#include "tools/test.h"

#define ROOM		20000	/* of an asker's event */
#define AFAR		6000	/* bytes of data that lies elsewhere */
#define FLOWS		5
#define TELL_EVERY	3

enum { ASK = 1, TELL };
enum { NEAR, FAR, FAR_LONG, ANSWER_FAR, ANSWER_LONG, SHAPES };

struct shape_args {
	u64 sequence;
	u8 *name;
	u32 name_bytes;
	u32 shape;
	struct sl_event *self;	/* the asker's own pointer to it */
};

static_assert(sizeof(struct shape_args) <= SL_EVENT_ARGS, "they fit");

struct asker {
	u64 count, sent, answered, told, wrong, refused;
	u64 expected[FLOWS];	/* after the last answer of the flow */
	u64 tell_expected[FLOWS];
	struct sl_fifo kept;	/* told, and let go of later */
};

static u8 afar[AFAR];
static u8 answer_afar[ROOM + 5000];

static struct shape_args *shape_of(struct sl_event *event)
{
	return (struct shape_args *)event->args;
}

static u32 scramble(u64 a, u32 b)
{
	u64 x = (a + 1) * 0x9e3779b97f4a7c15ull + b * 0xbf58476d1ce4e5b9ull;

	return (x ^ x >> 29) * 0x94d049bb133111ebull >> 33;
}

static void paint(u8 *at, u32 bytes, u64 seed)
{
	u32 word = scramble(seed, 77);
	u32 i;

	for (i = 0; i < bytes; i++, word += 0x01020305)
		at[i] = word >> 13;
}

static bool is_painted(const u8 *at, u32 bytes, u64 seed)
{
	u32 word = scramble(seed, 77);
	u32 i;

	for (i = 0; i < bytes; i++, word += 0x01020305)
		if (at[i] != (u8)(word >> 13))
			return false;
	return true;
}

/* Mostly little, sometimes several pages. */
static u32 bytes_for(u64 seed)
{
	u32 r = scramble(seed, 1);

	return r % 8 ? r % 300 : r % 15000;
}

static u32 shape_for(u64 sequence)
{
	u32 r = scramble(sequence, 2) % 16;

	return r < SHAPES ? r : NEAR;
}

static void wrong(struct asker *asker, u64 sequence, const char *what)
{
	if (asker->wrong++ < 5)
		fprintf(stderr, "event %llu: %s\n",
			(unsigned long long)sequence, what);
}

static void fill_request(struct sl_event *event, u64 sequence)
{
	struct shape_args *args = shape_of(event);
	u32 name_at = ROOM - 200 + sequence % 100;

	event->op = ASK;
	event->flags = sequence & 0xfff;
	event->flow = sequence % FLOWS;
	event->context = (void *)(uintptr_t)(sequence + 1);
	*args = (struct shape_args){
		.sequence = sequence,
		.name = event->buffer + name_at,
		.name_bytes = sequence % 7 ? 1 + sequence % 90 : 0,
		.shape = shape_for(sequence),
		.self = event,
	};
	paint(args->name, args->name_bytes, ~sequence);
	if (args->shape == FAR || args->shape == FAR_LONG) {
		event->data = afar;
		event->data_bytes = args->shape == FAR ? AFAR : 2 * ROOM;
		return;
	}
	event->data = event->buffer + scramble(sequence, 3) % 4500;
	event->data_bytes = bytes_for(sequence);
	paint(event->data, event->data_bytes, sequence);
}

static u32 asker_poll(struct sl_stage *stage)
{
	struct asker *asker = stage->private;
	u32 done = 0;

	/* What was told is kept for a while, so that it comes home late. */
	while (asker->kept.count > 3 || (asker->kept.count &&
	       asker->answered == asker->count)) {
		sl_stage_free(stage, sl_fifo_get(&asker->kept));
		done++;
	}
	for (; done < 40 && asker->sent < asker->count; done++) {
		struct sl_event *event = sl_stage_take(stage);

		if (!event)
			break;
		fill_request(event, asker->sent++);
		sl_stage_call(stage, 0, event);
	}
	return done;
}

/* What was not copied comes back as it went. */
static bool is_refused(const struct sl_event *event, const struct asker *asker,
		       bool copied)
{
	(void)asker;
	return copied && event->status == -EMSGSIZE &&
	       event->data == afar && event->data_bytes == 2 * ROOM;
}

static void check_data(struct asker *asker, struct sl_event *event,
		       const struct shape_args *args, bool copied)
{
	u64 sequence = args->sequence;

	if (args->shape == FAR || args->shape == FAR_LONG) {
		if (event->data != afar)
			wrong(asker, sequence, "data elsewhere was not left");
		return;
	}
	if (args->shape == ANSWER_LONG && copied) {
		if (event->status != -EMSGSIZE || event->data_bytes)
			wrong(asker, sequence, "too long an answer came");
		return;
	}
	if (event->data_bytes != (args->shape == ANSWER_LONG ? ROOM + 5000 :
				  bytes_for(~sequence)) ||
	    !is_painted(event->data, event->data_bytes, args->shape < ANSWER_FAR ?
			~sequence : 5))
		wrong(asker, sequence, "the answer's data is not what was said");
	if (copied && (event->data < event->buffer || event->data +
		       event->data_bytes > event->buffer + event->data_max))
		wrong(asker, sequence, "the answer's data is not in its buffer");
}

static void take_answer(struct sl_stage *stage, struct sl_event *event,
			bool copied)
{
	struct asker *asker = stage->private;
	struct shape_args *args = shape_of(event);
	u64 sequence = args->sequence;

	WRITE_ONCE(asker->answered, asker->answered + 1);
	if (args->self != event || event->depth || event->bank != stage->bank ||
	    event->context != (void *)(uintptr_t)(sequence + 1))
		wrong(asker, sequence, "is not what was sent");
	if (args->name_bytes && (args->name < event->buffer ||
				 args->name > event->buffer + ROOM))
		wrong(asker, sequence, "args point elsewhere");
	if (args->shape == FAR_LONG && copied) {
		asker->refused++;
		if (!is_refused(event, asker, copied))
			wrong(asker, sequence, "what cannot be copied was");
		return;
	}
	/* But for what could not be copied, whose answer may overtake. */
	if (event->flow >= FLOWS || sequence < asker->expected[event->flow])
		wrong(asker, sequence, "out of order");
	asker->expected[event->flow % FLOWS] = sequence + 1;
	if (event->flags != ((sequence & 0xfff) ^ 0xffff))
		wrong(asker, sequence, "the answer's flags");
	check_data(asker, event, args, copied);
}

static bool edge_copies(const struct sl_stage *stage)
{
	return stage->options && *(const bool *)stage->options;
}

static u32 asker_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct asker *asker = stage->private;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		u64 sequence = shape_of(event)->sequence;

		if (event->op == ASK) {
			take_answer(stage, event, edge_copies(stage));
			sl_stage_free(stage, event);
			continue;
		}
		WRITE_ONCE(asker->told, asker->told + 1);
		if (sequence < asker->tell_expected[event->flow % FLOWS])
			wrong(asker, sequence, "told out of order");
		asker->tell_expected[event->flow % FLOWS] = sequence;
		if (event->op != TELL || event->data_bytes != bytes_for(sequence) ||
		    !is_painted(event->data, event->data_bytes, sequence))
			wrong(asker, sequence, "what was told is not what was said");
		sl_fifo_put(&asker->kept, event);
	}
	return batch->count;
}

/* Hands on what it gets, both ways. */
static u32 relay_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (sl_stage_port(stage, edge) == 0)
			sl_stage_call(stage, 1, event);
		else if (event->op == TELL)
			sl_stage_send(stage, stage->port[0].first, event);
		else
			sl_stage_reply(stage, event);
	}
	return batch->count;
}

struct answerer {
	u64 wrong;
	u64 told;
	u64 answered;
};

static void tell(struct sl_stage *stage, const struct sl_event *request,
		 u64 sequence)
{
	struct answerer *answerer = stage->private;
	struct sl_event *event = sl_stage_take(stage);

	event->op = TELL;
	event->flow = request->flow;
	shape_of(event)->sequence = sequence;
	event->data += 100 + sequence % 50;
	event->data_bytes = bytes_for(sequence);
	paint(event->data, event->data_bytes, sequence);
	sl_stage_send(stage, sl_stage_way(request), event);
	WRITE_ONCE(answerer->told, answerer->told + 1);
}

static void answer(struct sl_stage *stage, struct sl_event *event)
{
	struct answerer *answerer = stage->private;
	struct shape_args *args = shape_of(event);
	u64 sequence = args->sequence;

	if (event->op != ASK || event->data_max < ROOM ||
	    event->flags != (sequence & 0xfff) ||
	    !is_painted(args->name, args->name_bytes, ~sequence) ||
	    (args->shape == FAR ? memcmp(event->data, afar, AFAR) :
	     args->shape != FAR_LONG &&
	     !is_painted(event->data, event->data_bytes, sequence)))
		answerer->wrong++;
	event->flags ^= 0xffff;
	if (args->shape == NEAR) {
		event->data = event->buffer + scramble(sequence, 4) % 4500;
		event->data_bytes = bytes_for(~sequence);
		paint(event->data, event->data_bytes, ~sequence);
	} else if (args->shape == ANSWER_FAR || args->shape == ANSWER_LONG) {
		event->data = answer_afar;
		event->data_bytes = args->shape == ANSWER_FAR ?
				    bytes_for(~sequence) : ROOM + 5000;
	}
	answerer->answered++;
	sl_stage_reply(stage, event);
}

static u32 answerer_run(struct sl_stage *stage, u32 edge,
			struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		u64 sequence = shape_of(event)->sequence;

		if (sequence % TELL_EVERY == 0) {
			/* Nothing to tell with: it must wait. */
			if (!stage->bank->free_count &&
			    !sl_bank_collect(stage->bank))
				break;
			tell(stage, event, sequence);
		}
		answer(stage, event);
	}
	return i;
}

static const struct sl_part asker_parts[] = {
	{ 0, offsetof(struct shape_args, name),
	  offsetof(struct shape_args, name_bytes) },
	{ 0, 0, 0 },
};

static const struct sl_stage_type asker_type = {
	.name = "asker",
	.class = SL_SERIAL,
	.port = { { "next", "shape", true, false } },
	.private_bytes = sizeof(struct asker),
	.events = 64,
	.event_bytes = ROOM,
	.parts = asker_parts,
	.run = asker_run,
	.poll = asker_poll,
};

static const struct sl_stage_type relay_type = {
	.name = "relay",
	.class = SL_FLOW,
	.port = { { "previous", "shape", false, false },
		  { "next", "shape", true, false } },
	.sends = 1,
	.parts = (const struct sl_part[]){
		{ 1, offsetof(struct shape_args, name),
		  offsetof(struct shape_args, name_bytes) },
		{ 0, 0, 0 },
	},
	.run = relay_run,
};

static const struct sl_stage_type answerer_type = {
	.name = "answerer",
	.class = SL_FLOW,
	.port = { { "previous", "shape", false, false } },
	.private_bytes = sizeof(struct answerer),
	.events = 16,
	.event_bytes = ROOM,
	.own_requests = true,
	.sends = 1,
	.run = answerer_run,
};

#endif /* SL_TRANSFER_SITE_TEST_H */
