/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Guards: who may touch which memory.
 *
 * Memory is put under a key of the processor, of which a process has 15; and
 * before a stage runs, its core says in a register of its own which keys it
 * has from now on, which takes no system call.  Who touches what is under
 * another key ends the process, after a line that says who it was and whose
 * memory.  The system respects keys, too: a read() into memory without its
 * key returns EFAULT.
 *
 *   sl_guard_probe()     set-up; has this machine got keys?
 *   sl_guard_take()      set-up; a key, and what to call it in that line
 *   sl_guard_cover()     set-up; put memory under it
 *   sl_guard_rights()    set-up; a word that stands for some keys
 *   sl_guard_enter()     any thread; have these keys from now on
 *   sl_guard_give()      nothing is under this key any more
 *
 * The thread that takes keys has them, and so have threads begun afterwards.
 * In the kernel there are none, see guard_kmod.c.
 */
#ifndef SL_GUARD_H
#define SL_GUARD_H

#include <linux/types.h>

#define SL_GUARD_KEYS_MAX	15

int sl_guard_probe(void);
int sl_guard_take(const char *name);
int sl_guard_cover(u32 key, void *memory, size_t bytes);
u32 sl_guard_rights(u32 keys);
void sl_guard_enter(u32 rights, const char *who);
void sl_guard_give(u32 key);

#endif /* SL_GUARD_H */
