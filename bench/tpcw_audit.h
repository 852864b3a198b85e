/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_AUDIT_H
#define BENCH_TPCW_AUDIT_H

/*
 * The audit: does the database hold what the shop said it did?
 *
 * It reads the database itself, with SQLite and without the server, which
 * must have stopped or been killed; SQLite recovers the log of a killed one.
 *
 *   - The file is sound, and keys are dense from 1.
 *   - An order has a customer, addresses, lines numbered from 1, a payment,
 *     and sums that add up.  Orders of the population are as populated.
 *   - A customer has the name and the password that belong to the key.
 *   - Stock is what it was, less what was sold, plus refills, and not low.
 *   - Cart lines have a cart, an item and a quantity.
 *   - What was acknowledged is there, once, with all that was sent with it.
 *   - If the shop was the browsers' alone, nothing else is there.
 */
#include <linux/types.h>
#include "bench/tpcw_deed.h"

/**
 * sl_tpcw_audit() - audit a bookstore
 * @dir: directory of the bookstore; no server runs on it
 * @deeds: what was acknowledged; may be NULL
 * @alone: are these all the changes since the population was made?
 * @why: gets "ok" or what is wrong, the first few things
 * @bytes: room there; 512 is good
 *
 * Return: 0 if all is well, 1 if something is wrong, a negative errno if it
 * could not be audited; then @why says what was in the way.
 */
int sl_tpcw_audit(const char *dir, const struct sl_tpcw_deeds *deeds,
		  bool alone, char *why, u32 bytes);

#endif
