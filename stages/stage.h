/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Stages: a function over a batch, plus a table.
 *
 * A stage is run by one core at a time and shares nothing with other stages
 * but events in flight.  It has ports: left ones take requests, right ones
 * make them.  An edge joins a right port to a left port that speaks the same
 * protocol; a port may have several edges (a fan-in, or replicas).  Events
 * come in through run() and leave by
 *
 *   sl_stage_call()   ask the neighbour on a right port; the same event comes
 *                     back to run() of the caller, on that edge
 *   sl_stage_reply()  answer a request, by the way it came
 *   sl_stage_send()   one way, over a known edge; to the left only where the
 *                     type says so (sends)
 *   sl_stage_free()   the event's way ends here: home to its bank
 *
 * None of them waits or fails; the executor moves what was said once run()
 * has returned, so a handler is never entered while it runs.
 *
 * Back-pressure: run() returns how many events of the batch it has taken, from
 * the front; the others come again.  It takes every reply (events on right
 * ports), and leaves requests only when its bank has no event for them.
 *
 * A stage allocates nothing, takes no lock and does not sleep while it runs;
 * open() carves what it needs from stage->region.
 */
#ifndef SL_STAGE_H
#define SL_STAGE_H

#include <linux/kernel.h>

#include "membank/bank.h"
#include "stages/event.h"
#include "stages/option.h"

#define SL_EDGES_MAX	16	/* of one stage */
#define SL_PORTS_MAX	4	/* of one stage type */
#define SL_DROPS_MAX	12

struct sl_stage;
struct sl_dwell;
struct sl_link;
struct sl_transfer;
struct sl_watch;

/* What replicas may do: any event anywhere, a flow stays with one, only one. */
enum sl_class { SL_STATELESS, SL_FLOW, SL_SERIAL };

struct sl_port_type {
	const char *name;
	const char *protocol;
	bool right;		/* it makes requests */
	bool optional;		/* it need not be joined */
};

/*
 * What a request's args point to within the event's own buffer, so that it can
 * be copied with the request: offsets in args of the pointer and of its u32
 * length.  A 0 in `bytes` ends the list.
 */
struct sl_part {
	u16 port;		/* right port that the request leaves by */
	u16 pointer;
	u16 bytes;
};

struct sl_stage_type {
	const char *name;
	const char *summary;	/* one line, for people */
	enum sl_class class;
	struct sl_port_type port[SL_PORTS_MAX];	/* a NULL name ends it */
	const struct sl_option *options;	/* NULL: none */
	u32 options_bytes;	/* size of the struct the options fill in */
	u32 private_bytes;	/* zeroed state, stage->private */
	u32 events;		/* size of the bank unless the file says else */
	u32 event_bytes;	/* buffer of each event, likewise; 0: no bank */
	u32 weight_ns;		/* rough cost of an event, for a first plan */
	/*
	 * It calls with events of its own bank alone, and these refer to no
	 * memory of those who call it: so whom it calls needs no rights to
	 * that.  See sched/reach.h, which also asks for the next one.
	 */
	bool own_requests;
	bool settled;		/* it cannot move to another core meanwhile */
	/*
	 * What a replica tells its callers means nothing to another one: so
	 * each wants callers of its own, as far as to where events enter.
	 */
	bool beside;
	u32 sends;		/* left ports, as bits, on which it also sends */
	const struct sl_part *parts;	/* NULL: args point to nothing */
	const char *const *drop_reasons;	/* NULL-terminated; NULL: none */

	/* Returns 0 or a negative errno, and then says why with sl_stage_log(). */
	int (*open)(struct sl_stage *stage);
	/* Returns how many events were taken. */
	u32 (*run)(struct sl_stage *stage, u32 edge, struct sl_batch *batch);
	/*
	 * Sources and completions; each turn.  Returns how much was done.
	 * What it begins is at most sl_stage_share().
	 */
	u32 (*poll)(struct sl_stage *stage);
	/* About ten times a second, busy or idle. */
	void (*tick)(struct sl_stage *stage, u64 now_ns);
	/*
	 * The core is about to sleep: tell whoever pushes from outside to wake
	 * it, and look once more.  Returns whether poll() would find anything.
	 * Called again, with false, when it is awake.
	 */
	bool (*doze)(struct sl_stage *stage, bool asleep);
	/* A stop was asked for: begin nothing new.  True when nothing is left. */
	bool (*drain)(struct sl_stage *stage);
	/* Called once if open() succeeded; nothing runs any more. */
	void (*close)(struct sl_stage *stage);
};

/*
 * What everyone may read about a stage, in the stats segment.  Written by the
 * core that runs the stage and by nobody else.
 */
struct sl_stage_counters {
	u64 events;		/* taken by run() or begun by poll() */
	u64 batches;		/* calls that did something */
	u64 busy_cycles;	/* of get_cycles(), within the stage */
	u64 blocked_turns;	/* turns in which it left requests behind */
	u64 held;		/* events waiting inside the stage, now */
	u64 blocked;		/* is it leaving requests behind, now? */
	u64 drops[SL_DROPS_MAX];	/* by reason */
	/*
	 * Over a sample of batches of n events that took c cycles: how many,
	 * and sums of n, c, n times n, and n times c.  They say what a batch
	 * costs and what each event adds, see sched/scheduler.h.
	 */
	struct {
		u64 calls;
		u64 events;
		u64 cycles;
		u64 squares;
		u64 products;
	} sample;
	/*
	 * Hardware counters over those calls of the sample for which they could
	 * be read, and the events of these; see sched/perf.h.
	 */
	struct {
		u64 events;
		u64 cycles;
		u64 instructions;
		u64 cache_misses;
		u64 icache_misses;
	} perf;
	u64 spare[4];
} ____cacheline_aligned;

/* The way out of a stage over one edge.  Written by the stage's core alone. */
struct sl_outbox {
	struct sl_batch batch;
	struct sl_fifo overflow;	/* what came when the batch was full */
	u32 limit;		/* of the batch */
	u32 waiting;		/* not taken yet; for observers */
	u32 to_edge;		/* what the edge is called at the other end */
	u32 landed;		/* fused: of the batch, have crossed already */
	bool pending;		/* on the core's list already */
	bool right;		/* towards the right: requests */
	bool plain;		/* fused, and nothing is copied */
	struct sl_link *link;	/* NULL: the edge is fused, for good */
	struct sl_dwell *dwell;	/* of the link; NULL if there is none */
	struct sl_transfer *transfer;	/* fused: what copies; NULL: pass */
	struct sl_stage *from;
	struct sl_stage *to;
	u64 handed;		/* events that have left by it, */
	u64 pushed;		/* and of these, through the link */
	u64 mark_at;		/* which of those is to be timed next */
};

/* Outboxes with something in them, per core; an outbox is in it once. */
struct sl_pending {
	struct sl_outbox **outbox;
	u32 mask;
	u32 head;
	u32 tail;
};

struct sl_edge {
	u32 port;		/* of this stage */
	struct sl_outbox out;
};

struct sl_stage {
	/* Constant while it runs; core and pending are of where it does. */
	const struct sl_stage_type *type;
	/* The type's run(), or the executor's around it. */
	u32 (*run)(struct sl_stage *stage, u32 edge, struct sl_batch *batch);
	const char *name;
	void *options;
	void *private;
	struct sl_bank *bank;
	struct sl_region *region;
	struct sl_stage_counters *counters;
	struct sl_pending *pending;	/* its core's */
	struct sl_watch *watch;		/* for sl_stage_watch() */
	u32 core;
	u32 replica;
	u32 replica_count;
	bool guarded;		/* others may not touch its region, see guard.h */
	u32 rights;		/* then: what it may touch itself */
	u32 edge_count;
	struct {
		u32 first;	/* edges of a port are neighbours */
		u32 count;
	} port[SL_PORTS_MAX];

	/* Written by its core alone. */
	u64 now_ns;		/* time at the start of this turn */
	u32 share;		/* see sl_stage_share(); 0: all */
	u32 overflowing;	/* events in overflow lists to the right */
	struct sl_edge edge[SL_EDGES_MAX];
};

/* How a stage of another type is found by name: stages/stages.c. */
const struct sl_stage_type *sl_stage_type_find(const char *name);
extern const struct sl_stage_type *const sl_stage_types[];	/* NULL-terminated */

/**
 * sl_stage_log() - say something to the person who runs the pipeline
 * @stage: who says it
 * @format: as printk(), one line without its end
 *
 * Not for the hot path.
 */
void sl_stage_log(const struct sl_stage *stage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sl_stage_watch() - wake the stage's core when a descriptor is readable
 * @stage: a stage that has poll(), within open() or later on its own core
 * @fd: pollable descriptor
 *
 * A sleeping core wakes up and calls poll(); a busy core polls anyway.
 *
 * Return: 0 or a negative errno.
 */
int sl_stage_watch(struct sl_stage *stage, int fd);

/**
 * sl_stage_wake() - wake the core of a stage
 * @stage: a stage of a pipeline that is open; called by any thread
 *
 * For what comes to poll() from outside and has no descriptor.
 */
void sl_stage_wake(struct sl_stage *stage);

void sl_stage_sample(struct sl_stage_counters *counters, u32 events,
		     u64 cycles);
void sl_outbox_spill(struct sl_outbox *out, struct sl_event *event);
void sl_outbox_announce(struct sl_outbox *out);

/* Puts an event on its way over an edge; see sl_stage_send(). */
static inline void sl_outbox_put(struct sl_outbox *out, struct sl_event *event)
{
	u32 count = out->batch.count;

	if (unlikely(count >= out->limit || out->overflow.first)) {
		sl_outbox_spill(out, event);
		return;
	}
	out->batch.event[count] = event;
	out->batch.count = count + 1;
	if (!out->pending)
		sl_outbox_announce(out);
}

/**
 * sl_stage_port() - port of an edge
 * @stage: the stage
 * @edge: edge that run() was called with
 */
static inline u32 sl_stage_port(const struct sl_stage *stage, u32 edge)
{
	return stage->edge[edge].port;
}

/**
 * sl_stage_joined() - is anyone at a port
 * @stage: the stage
 * @port: one of its ports
 */
static inline bool sl_stage_joined(const struct sl_stage *stage, u32 port)
{
	return stage->port[port].count;
}

/**
 * sl_stage_take() - take an event from the stage's bank
 * @stage: the running stage
 *
 * Its routing is clear, and data is its whole buffer; args are as they were.
 *
 * Return: the event, or NULL if all are away: then leave requests where they are.
 */
static inline struct sl_event *sl_stage_take(struct sl_stage *stage)
{
	struct sl_event *event = sl_bank_take(stage->bank);

	if (unlikely(!event))
		return NULL;
	event->bank = stage->bank;
	event->next = NULL;
	event->context = NULL;
	event->data = event->buffer;
	event->data_bytes = 0;
	event->data_max = stage->bank->event_bytes - sizeof(*event);
	event->op = 0;
	event->flags = 0;
	event->status = 0;
	event->flow = 0;
	event->depth = 0;
	return event;
}

/**
 * sl_stage_free() - send an event home
 * @stage: the running stage, the event's owner
 * @event: event of any bank of the pipeline
 */
static inline void sl_stage_free(struct sl_stage *stage, struct sl_event *event)
{
	sl_bank_give(event->bank, stage->core, event);
}

/**
 * sl_stage_send() - put an event on its way, one way
 * @stage: the running stage, the event's owner
 * @edge: one of its edges
 * @event: event that now belongs to the neighbour
 */
static inline void sl_stage_send(struct sl_stage *stage, u32 edge,
				 struct sl_event *event)
{
	sl_outbox_put(&stage->edge[edge].out, event);
}

/**
 * sl_stage_call() - ask the neighbour on a right port
 * @stage: the running stage, the event's owner
 * @port: right port that is joined
 * @event: the request; the same event comes back as the reply
 *
 * Where the port has several edges, event->flow chooses.
 */
static inline void sl_stage_call(struct sl_stage *stage, u32 port,
				 struct sl_event *event)
{
	u32 edge = stage->port[port].first;
	struct sl_outbox *out;

	if (unlikely(stage->port[port].count > 1))
		edge += event->flow % stage->port[port].count;
	out = &stage->edge[edge].out;
	event->route[event->depth++] = out->to_edge;
	sl_outbox_put(out, event);
}

/**
 * sl_stage_reply() - answer a request
 * @stage: the running stage, the event's owner
 * @event: event that came in on a left port, answered
 */
static inline void sl_stage_reply(struct sl_stage *stage,
				  struct sl_event *event)
{
	sl_stage_send(stage, event->route[--event->depth], event);
}

/**
 * sl_stage_way() - edge by which a request will be answered
 * @event: event that came in on a left port
 *
 * For a stage that sends further events the same way, before or after.
 */
static inline u32 sl_stage_way(const struct sl_event *event)
{
	return event->route[event->depth - 1];
}

/**
 * sl_stage_drop() - count something bad that was met
 * @stage: the running stage
 * @reason: index into its type's drop_reasons
 *
 * Only counts: the event must still be answered or freed.
 */
static inline void sl_stage_drop(struct sl_stage *stage, u32 reason)
{
	u64 *drops = &stage->counters->drops[reason];

	WRITE_ONCE(*drops, *drops + 1);
}

/**
 * sl_stage_share() - how many events poll() may begin
 * @stage: the running stage
 * @most: that it would begin anyway
 *
 * Fewer, where the pipeline has a latency target that more would miss.
 */
static inline u32 sl_stage_share(const struct sl_stage *stage, u32 most)
{
	return likely(!stage->share) ? most : min(stage->share, most);
}

/**
 * sl_stage_hold() - say how many events wait inside the stage
 * @stage: the running stage
 * @count: events that it has taken but not begun; part of its queue
 */
static inline void sl_stage_hold(struct sl_stage *stage, u32 count)
{
	WRITE_ONCE(stage->counters->held, count);
}

#endif /* SL_STAGE_H */
