/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Isolation: a stage can touch its own region, and those of banks whose events
 * may come to it by pointer; all else is under keys that it has not got.
 *
 * A group (`bank: NAME`) has a key, and so has a stage that is in none, with
 * all of its replicas: they are the same code.  Whoever has no memory needs
 * no key.  The executor has no rights of its own: it does what there is to
 * do for a stage with the rights of that stage, so changing the register once
 * a stage is enough, and a fault of its own would show, too.
 *
 *   sl_isolate_open()	set-up; is it possible at all?
 *   sl_isolate_guard()	set-up, at its end: no memory is carved afterwards
 *   sl_isolate_close()	when all regions are gone
 */
#ifndef SL_ISOLATE_H
#define SL_ISOLATE_H

#include "sched/wiring.h"

int sl_isolate_open(struct sl_pipeline *p);
int sl_isolate_guard(struct sl_pipeline *p);
void sl_isolate_close(struct sl_pipeline *p);
u32 sl_isolate_domain(const struct sl_pipeline *p, u32 instance);

#endif /* SL_ISOLATE_H */
