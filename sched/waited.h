/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How long a worker's thread has run and, though it could have run, waited for
 * its CPU, because others had it.
 */
#ifndef SL_WAITED_H
#define SL_WAITED_H

#include <linux/types.h>

bool sl_thread_waited(u32 thread, u64 *run_ns, u64 *wait_ns);

#endif /* SL_WAITED_H */
