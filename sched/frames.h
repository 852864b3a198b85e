/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Frames: which inbox a core goes on with when several have a backlog.
 *
 * In each turn a core polls its sources and takes one batch from each inbox.
 * If several of these were full there is probably more; then the turn ends with
 * a frame: dispatch.h chooses an inbox, and batches of it are served, each with
 * all it leads to, until it is empty or the frame is over.  So the choice costs
 * nothing where queues are short or there is only one, and as each turn has one
 * frame at most, every inbox gets a batch, and every source its poll(), between
 * two of them.
 *
 * Replies come before requests, for they bring events home.  Among equals,
 * weights decide.
 *
 * A core whose source had a full batch, too, has no frame, and neither has one
 * with a backlog in one inbox: it gains nothing, and loses where sources wait,
 * for then the neighbour's ring runs empty, and both ends work on the same cache
 * lines.  Hops took 1.6 times as long (bench/hop.c).
 *
 * All of it is for the core itself.
 */
#ifndef SL_FRAMES_H
#define SL_FRAMES_H

#include "sched/core.h"

void sl_frames_open(struct sl_core *core);
struct sl_inbox *sl_frames_choose(struct sl_core *core, u32 *frame);
void sl_frames_learn(struct sl_inbox *in, u32 events, u64 cycles);
void sl_frames_tick(struct sl_core *core);

#endif /* SL_FRAMES_H */
