/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The manager of all banks: gives idle pages back when memory is short.
 *
 * Banks are private and never shrink, but few need all of their events all of
 * the time.  The manager watches how the system and its control group do for
 * memory; when it is short, it asks each bank for the pages that were not
 * needed lately.  It only asks: a word on a line of its own is all it writes,
 * and the bank's owner, who alone may touch free events, gives the pages back
 * at its next ticks (tend.c).  They return by being touched.
 *
 * It has no thread: whoever runs the pipeline calls sl_manager_look() now and
 * then, as often as it likes.
 */
#ifndef SL_MANAGER_H
#define SL_MANAGER_H

#include <linux/types.h>

#include "membank/bank.h"
#include "membank/pressure_user.h"

struct sl_manager;

struct sl_manager *sl_manager_create(const char *root);
int sl_manager_add(struct sl_manager *manager, struct sl_bank *bank);
enum sl_pressure_why sl_manager_look(struct sl_manager *manager, u64 now_ns);
void sl_manager_destroy(struct sl_manager *manager);

#endif /* SL_MANAGER_H */
