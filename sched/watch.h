/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Watches: what wakes the core of one stage from outside.
 *
 * A stage that may move keeps its descriptors in a watch of its own, which
 * hangs on the core that runs it: to move it is two calls, however many there
 * are.  Any other's are its core's directly, which saves a step at each waking.
 * watch_user.c; the kernel's twin is in core_kmod.c.
 *
 *   sl_watch_join()    the core wakes for it, too, from now on
 *   sl_watch_move()    sl_stage_wake() wakes that core; while all stand still
 *   sl_watch_leave()   the core no longer wakes for it
 */
#ifndef SL_WATCH_H
#define SL_WATCH_H

#include "sched/core.h"

struct sl_watch *sl_watch_create(struct sl_core *core, bool movable);
void sl_watch_destroy(struct sl_watch *watch);
int sl_watch_join(struct sl_watch *watch, struct sl_core *core);
void sl_watch_move(struct sl_watch *watch, struct sl_core *core);
void sl_watch_leave(struct sl_watch *watch, struct sl_core *core);

#endif /* SL_WATCH_H */
