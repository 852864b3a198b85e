/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How much a core does in one turn, where a pipeline has a latency target.
 *
 * What comes to a core waits until its turn is over, so a turn is not to take
 * longer than the target.  A batch is never broken off; so if a turn was too
 * long, batches become half as large, down to single events.  They grow again,
 * by a quarter at most, when a turn took less than half of the target though
 * there was more to take: linear costs then do not make the next one too long.
 * A turn that has used up half of its time begins no frame (frames.h).
 *
 * Without a target batches stay what the file says, and no clock is read.
 *
 *   sl_turn_open()    once
 *   sl_turn_begin()   the core, each turn
 *   sl_turn_over()    between two batches: has this share of it passed
 *   sl_turn_end()     the core, after each turn in which something moved
 */
#ifndef SL_TURN_H
#define SL_TURN_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/types.h>

struct sl_turn {
	/* Constant after sl_turn_open(). */
	u64 latency_ns;		/* 0: none */
	u32 batch_max;
	/* Of the core alone. */
	u32 batch;		/* events taken from a queue at once, now */
	bool full;		/* a source had as many, or more */
	u32 backlogs;		/* inboxes that had */
	u64 began_ns;
};

static inline void sl_turn_open(struct sl_turn *turn, u64 latency_ns,
				u32 batch_max)
{
	turn->latency_ns = latency_ns;
	turn->batch_max = batch_max;
	turn->batch = batch_max;
}

static inline void sl_turn_begin(struct sl_turn *turn, u64 now_ns)
{
	turn->began_ns = now_ns;
	turn->full = false;
	turn->backlogs = 0;
}

/* Has more than the target, or more than half of it (part 2), passed? */
static inline bool sl_turn_over(const struct sl_turn *turn, u64 now_ns,
				u32 part)
{
	return (now_ns - turn->began_ns) * part > turn->latency_ns;
}

/**
 * sl_turn_end() - choose how large batches of the next turn may be
 * @turn: a turn with a target that is over
 * @taken_ns: time when every queue had had its first batch
 * @now_ns: time when all was done
 *
 * Return: whether it took longer than its target.
 */
static inline bool sl_turn_end(struct sl_turn *turn, u64 taken_ns, u64 now_ns)
{
	u32 batch = turn->batch;

	if (sl_turn_over(turn, now_ns, 1)) {
		turn->batch = max(batch / 2, 1u);
		return true;
	}
	if ((turn->full || turn->backlogs) && !sl_turn_over(turn, taken_ns, 2))
		turn->batch = min(batch + max(batch / 4, 1u), turn->batch_max);
	return false;
}

#endif /* SL_TURN_H */
