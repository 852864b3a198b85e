/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Standing still: the cores of a pipeline stop between two turns, so that one
 * thread, the pipeline's owner, can change what no core may see half changed.
 *
 *   sl_cores_halt()      owner: call all of them and wait until they stand
 *   sl_cores_release()   owner: let them go on
 *   sl_core_called()     the core, between two turns: does the owner call
 *   sl_core_stand()      the core: stand until it is released
 *
 * A call is a number, odd while cores are to stand; each core has a word of
 * its own for it and another in which it answers with the number.  So a core
 * that comes late answers a call that is over, which nobody waits for, and no
 * word is written by two.  Nobody spins: both sides sleep on these words, in a
 * futex or on what the kernel has for that.
 *
 * What a core did before it answers is seen by the owner; what the owner does
 * before it releases is seen by the core: sched/litmus/park.pml, which also
 * shows that a core which falls asleep meanwhile is woken.
 */
#ifndef SL_PARK_H
#define SL_PARK_H

#include <linux/compiler.h>

#include "sched/core.h"

static inline bool sl_core_called(const struct sl_core *core)
{
	return READ_ONCE(core->call) & 1;
}

/* park.c */
int sl_cores_halt(struct sl_core *core, u32 count, u64 wait_ns);
void sl_cores_release(struct sl_core *core, u32 count);
void sl_core_stand(struct sl_core *core);

/* park_user.c, park_kmod.c: sleep while a word has this value; wake those. */
void sl_park_wait(u32 *word, u32 value, u64 wait_ns);
void sl_park_wake(u32 *word);

#endif /* SL_PARK_H */
