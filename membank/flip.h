/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Flips: pages of two banks change places, instead of being copied.
 *
 *   sl_flip_open()    set-up; can pages be moved on this machine?
 *   sl_flip_allow()   set-up; in this memory they may be
 *   sl_flip_pages()   whoever owns both pieces of memory, and the window
 *   sl_flip_close()   nothing is flipped any more
 *
 * It takes system calls, and every CPU that runs the process forgets
 * addresses, so copying is faster for all but large pieces: `sluice bench bank`
 * says where that ends.  The same memory cannot be of two flips.
 */
#ifndef SL_FLIP_H
#define SL_FLIP_H

#include <linux/types.h>

struct sl_flip;

struct sl_flip *sl_flip_open(void);
int sl_flip_allow(struct sl_flip *flip, void *memory, size_t bytes);
void sl_flip_pages(struct sl_flip *flip, void *to, void *from, size_t bytes,
		   void *window);
void sl_flip_close(struct sl_flip *flip);

#endif /* SL_FLIP_H */
