// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The executor: what a core does in one turn.
 *
 * Sources first, then what came from other cores, replies before requests,
 * then everything that this has put into outboxes: over a fused edge the
 * neighbour is called with the outbox's own batch, so a fused hop costs a
 * function call a batch; over any other edge the batch goes into the ring.
 * Outboxes are served first in, first out, which lets batches grow while
 * they wait and keeps the stack flat however long the chain.  If more waits
 * in several inboxes, the turn ends with a frame of one of them.
 */
#include <linux/compiler.h>
#include <linux/prefetch.h>
#include <linux/string.h>
#include <linux/ktime.h>

#include "membank/guard.h"
#include "sched/core.h"
#include "sched/frames.h"
#include "sched/link.h"
#include "sched/meter.h"
#include "sched/park.h"
#include "sched/transfer.h"

/* Outboxes served before sources and rings get their turn again. */
#define SERVE_MAX	256

/* From now on all that is done is done for this stage, with its rights. */
static inline void enter(struct sl_core *core, const struct sl_stage *stage)
{
	if (unlikely(core->guarded))
		sl_guard_enter(stage->rights, stage->name);
}

/**
 * sl_core_run_guarded() - what stands in for run() where stages are isolated
 * @stage: the stage
 * @edge: as of run()
 * @batch: as of run()
 *
 * So where they are not, nobody has to ask.
 *
 * Return: as of run().
 */
u32 sl_core_run_guarded(struct sl_stage *stage, u32 edge,
			struct sl_batch *batch)
{
	sl_guard_enter(stage->rights, stage->name);
	return stage->type->run(stage, edge, batch);
}

/*
 * Offers a batch to a stage and keeps what it does not take.  Returns how many
 * events it took.
 */
static u32 offer(struct sl_core *core, struct sl_stage *stage, u32 edge,
		 struct sl_batch *batch, bool request)
{
	struct sl_stage_counters *c = stage->counters;
	u32 taken = 0;

	if (likely(!request || !stage->overflowing)) {
		taken = stage->run(stage, edge, batch);
		sl_meter_call(core, stage, taken);
	}
	if (likely(taken == batch->count)) {
		batch->count = 0;
		if (unlikely(c->blocked) && request)
			WRITE_ONCE(c->blocked, 0);
		return taken;
	}
	batch->count -= taken;
	memmove(batch->event, batch->event + taken,
		batch->count * sizeof(batch->event[0]));
	WRITE_ONCE(c->blocked, 1);
	sl_meter_count(&c->blocked_turns, 1);
	return taken;
}

/* Fills the batch up from what had spilled over. */
static void refill(struct sl_core *core, struct sl_outbox *out)
{
	enter(core, out->from);
	while (out->batch.count < out->limit && out->overflow.first) {
		out->batch.event[out->batch.count++] =
			sl_fifo_get(&out->overflow);
		if (out->right)
			out->from->overflowing--;
	}
}

static u32 push(struct sl_core *core, struct sl_outbox *out)
{
	struct sl_core *to = &core->all[out->to->core];
	u32 pushed;

	sl_meter_push(out);
	pushed = sl_link_push(out->link, out->batch.event, out->batch.count);
	sl_meter_pushed(out, pushed);
	out->batch.count -= pushed;
	if (unlikely(out->batch.count)) {
		memmove(out->batch.event, out->batch.event + pushed,
			out->batch.count * sizeof(out->batch.event[0]));
		WRITE_ONCE(out->from->counters->blocked, 1);
		sl_meter_count(&out->from->counters->blocked_turns, 1);
	} else if (unlikely(out->from->counters->blocked)) {
		WRITE_ONCE(out->from->counters->blocked, 0);
	}

	/* The sleeper's barrier stands in for one here; see core.h. */
	barrier();
	if (unlikely(READ_ONCE(to->sleeping)) && to != core) {
		sl_meter_count(&core->counters->wakes, 1);
		sl_core_wake(to);
	}
	return pushed;
}

/* Over a fused edge that copies, what is left behind has landed already. */
static u32 land(struct sl_core *core, struct sl_outbox *out)
{
	u32 before = out->batch.count;
	u32 n;

	sl_transfer_cross(out->transfer, &out->batch, out->landed);
	n = before - out->batch.count;
	n += offer(core, out->to, out->to_edge, &out->batch, out->right);
	out->landed = out->batch.count;
	return n;
}

/* Calls the neighbour with as much as fits into what is left of a turn. */
static inline u32 hand(struct sl_core *core, struct sl_outbox *out)
{
	struct sl_batch *batch = &out->batch;
	u32 most = core->turn.batch;
	u32 rest = 0;
	u32 n;

	/* Never, unless there is a latency target. */
	if (unlikely(batch->count > most)) {
		rest = batch->count - most;
		batch->count = most;
	}
	n = offer(core, out->to, out->to_edge, batch, out->right);
	if (unlikely(rest)) {
		memmove(batch->event + batch->count, batch->event + most,
			rest * sizeof(batch->event[0]));
		batch->count += rest;
	}
	return n;
}

/* Has so much of the time passed that a turn may take? */
static inline bool is_late(const struct sl_core *core, u32 part)
{
	return unlikely(core->turn.latency_ns) &&
	       sl_turn_over(&core->turn, ktime_get_ns(), part);
}

/* Empties an outbox as far as its neighbour, and the time, let it. */
static u32 serve(struct sl_core *core, struct sl_outbox *out)
{
	u32 moved = 0;

	for (;;) {
		u32 n;

		if (likely(out->plain))
			n = hand(core, out);
		else
			n = out->link ? push(core, out) : land(core, out);
		moved += n;
		if (unlikely(out->overflow.first))
			refill(core, out);
		if (likely(!out->batch.count))
			break;
		if (!n || is_late(core, 1)) {
			core->stuck[core->stuck_count++] = out;
			break;
		}
	}
	WRITE_ONCE(out->handed, out->handed + moved);
	return moved;
}

static u32 serve_all(struct sl_core *core)
{
	struct sl_pending *pending = &core->pending;
	u32 moved = 0;
	u32 i;

	for (i = 0; i < SERVE_MAX && pending->head != pending->tail; i++) {
		struct sl_outbox *out;

		out = pending->outbox[pending->head++ & pending->mask];
		/* A stuck one stays marked, lest it announce itself twice. */
		moved += serve(core, out);
		out->pending = out->batch.count;
		WRITE_ONCE(out->waiting, out->batch.count +
			   out->overflow.count);
	}
	for (i = 0; i < core->stuck_count; i++)
		sl_outbox_announce(core->stuck[i]);
	core->stuck_count = 0;
	return moved;
}

/*
 * All that went through the link before its ends came together has come out
 * again: what follows passes directly, and nothing can overtake anything.
 */
static u32 join(struct sl_core *core, struct sl_inbox *in)
{
	u32 i = 0;

	while (core->inbox[i] != in)
		i++;
	core->inbox_count--;
	memmove(core->inbox + i, core->inbox + i + 1,
		(core->inbox_count - i) * sizeof(in));
	WRITE_ONCE(in->joins->plain, true);
	sl_dwell_forget(in->dwell);
	in->joins = NULL;
	return 1;
}

static u32 receive(struct sl_core *core, struct sl_inbox *in)
{
	struct sl_batch *batch = &in->batch;
	u64 now;
	u32 i;

	if (!batch->count) {
		batch->count = sl_link_pop(in->link, batch->event,
					   core->turn.batch);
		sl_meter_popped(in, batch->count);
		/* Two lines each: where from, and what is asked. */
		for (i = 0; i < batch->count; i++) {
			prefetchw(batch->event[i]);
			prefetchw(batch->event[i]->args);
		}
		if (unlikely(in->transfer))
			sl_transfer_cross(in->transfer, batch, 0);
	}
	if (!batch->count)
		return unlikely(in->joins) ? join(core, in) : 0;
	now = sl_meter_offer(in);
	i = offer(core, in->stage, in->edge, batch, in->request);
	sl_meter_offered(in, now);
	WRITE_ONCE(in->waiting, batch->count);
	return i;
}

/*
 * More of the inbox that has most to gain from it, each batch with all that it
 * leads to, while batches come back full and the frame lasts.
 */
static u32 frame(struct sl_core *core)
{
	u64 began = core->busy_cycles;
	u32 frame, n, events = 0, moved = 0;
	struct sl_inbox *in = sl_frames_choose(core, &frame);

	if (!in)
		return 0;
	do {
		if (is_late(core, 2) || sl_core_called(core))
			break;
		n = receive(core, in);
		events += n;
		moved += n + serve_all(core);
	} while (n >= core->turn.batch && events < frame);
	sl_frames_learn(in, events, core->busy_cycles - began);
	return moved;
}

/* One poll of each source, one batch of each inbox, and all they lead to. */
static u32 serve_each(struct sl_core *core, u64 now_ns)
{
	struct sl_turn *turn = &core->turn;
	u32 share = unlikely(turn->latency_ns) ? turn->batch : 0;
	u32 moved = 0;
	u32 i, n;

	for (i = 0; i < core->stage_count; i++) {
		struct sl_stage *stage = core->stage[i];

		stage->now_ns = now_ns;
		stage->share = share;
		enter(core, stage);
		if (stage->bank && stage->bank->home_count)
			sl_bank_collect(stage->bank);
		if (!stage->type->poll)
			continue;
		n = stage->type->poll(stage);
		if (n)
			sl_meter_call(core, stage, n);
		turn->full |= n >= turn->batch;
		moved += n;
	}
	for (i = 0; i < core->inbox_count; i++) {
		n = receive(core, core->inbox[i]);
		turn->backlogs += n >= turn->batch;
		moved += n;
	}
	return moved + serve_all(core);
}

static void end_turn(struct sl_core *core, u64 taken_ns)
{
	if (sl_turn_end(&core->turn, taken_ns, ktime_get_ns()))
		sl_meter_count(&core->counters->late_turns, 1);
}

static void tick(struct sl_core *core, u64 now_ns)
{
	bool draining = READ_ONCE(core->stop);
	bool drained = draining;
	u32 i;

	sl_frames_tick(core);
	sl_meter_tick(core, now_ns);
	core->tick_ns = now_ns + (draining ? SL_TICK_NS / 100 : SL_TICK_NS);
	for (i = 0; i < core->stage_count; i++) {
		struct sl_stage *stage = core->stage[i];

		enter(core, stage);
		if (stage->type->tick) {
			stage->type->tick(stage, now_ns);
			sl_meter_call(core, stage, 0);
		}
		if (stage->bank)
			sl_bank_tend(stage->bank);
		if (draining && stage->type->drain &&
		    !stage->type->drain(stage))
			drained = false;
	}
	if (draining)
		WRITE_ONCE(core->drained, drained && !sl_core_ready(core) &&
			   !sl_core_hungry(core));
}

/**
 * sl_core_turn() - let a core do everything once
 * @core: core of the caller
 *
 * Return: whether anything moved.
 */
bool sl_core_turn(struct sl_core *core)
{
	struct sl_turn *turn = &core->turn;
	u64 now_ns = ktime_get_ns();
	u64 taken_ns = 0;
	u32 moved = 0;
	u32 i;

	sl_meter_begin(core, now_ns);
	sl_turn_begin(turn, now_ns);
	for (i = 0; i < core->transfer_count; i++)
		moved += sl_transfer_collect(core->transfer[i]);
	moved += serve_each(core, now_ns);
	if (unlikely(turn->latency_ns))
		taken_ns = ktime_get_ns();
	if (unlikely(turn->backlogs > 1) && !turn->full)
		moved += frame(core);
	if (unlikely(turn->latency_ns) && moved)
		end_turn(core, taken_ns);
	if (unlikely(now_ns >= core->tick_ns))
		tick(core, now_ns);
	sl_meter_end(core, moved);
	return moved;
}

/**
 * sl_core_ready() - has anything new come from other cores
 * @core: core of the caller
 *
 * What a stage has left behind does not count: it waits for something else.
 */
bool sl_core_ready(const struct sl_core *core)
{
	u32 i;

	for (i = 0; i < core->inbox_count; i++)
		if (!core->inbox[i]->batch.count &&
		    sl_link_ready(core->inbox[i]->link))
			return true;
	return false;
}

/**
 * sl_core_doze() - tell the stages that their core falls asleep or wakes
 * @core: core of the caller
 * @asleep: which of both
 *
 * Return: whether one of them has something to do, so that it must not sleep.
 */
bool sl_core_doze(struct sl_core *core, bool asleep)
{
	bool busy = false;
	u32 i;

	for (i = 0; i < core->stage_count; i++) {
		struct sl_stage *stage = core->stage[i];

		if (!stage->type->doze)
			continue;
		enter(core, stage);
		busy |= stage->type->doze(stage, asleep);
	}
	return busy;
}

/**
 * sl_core_hungry() - does the core wait for what wakes nobody
 * @core: core of the caller
 *
 * A full ring that drains and an event that comes home ring no bell, so a
 * core that may need either sleeps for a short time only: something could not
 * leave, or was left behind, or waits inside a stage, or a bank is empty.
 */
bool sl_core_hungry(const struct sl_core *core)
{
	u32 i;

	if (core->pending.head != core->pending.tail)
		return true;
	for (i = 0; i < core->inbox_count; i++)
		if (core->inbox[i]->batch.count)
			return true;
	for (i = 0; i < core->transfer_count; i++)
		if (sl_transfer_busy(core->transfer[i]))
			return true;
	for (i = 0; i < core->stage_count; i++) {
		const struct sl_stage *stage = core->stage[i];

		if (stage->bank && (!stage->bank->free_count ||
				    stage->counters->held))
			return true;
	}
	return false;
}
