/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Self-tests of the module, which run when it is loaded: what only the kernel
 * can show, with its barriers, its memory and its threads on real CPUs.  They
 * lie beside what they test; sched/module_kmod.c lists them.
 *
 * Each returns 0, or has said what failed.
 */
#ifndef SL_SELFTEST_KMOD_H
#define SL_SELFTEST_KMOD_H

#include <linux/printk.h>
#include <linux/types.h>

#define SL_EXPECT(cond) ({						\
	bool __held = (cond);						\
									\
	if (!__held)							\
		pr_err("sluice: %s:%d: failed: %s\n", __FILE__,		\
		       __LINE__, #cond);				\
	__held;								\
})

/*
 * A sender and a receiver, each on a CPU of its own if there are two.  The
 * sender goes on for as long as a self-test may take, so that one CPU which
 * must do for both, or an emulated one, is no reason to fail.
 */
struct sl_pair {
	int (*send)(struct sl_pair *pair);
	int (*receive)(struct sl_pair *pair);
	void *arg;
	u64 enough_ns;		/* the sender stops, */
	u64 until_ns;		/* or something is wrong */
	u64 sent;		/* in all, once it is closed */
	bool closed;
	bool failed;		/* set by either, for both */
};

int sl_pair_run(struct sl_pair *pair);
bool sl_pair_pause(struct sl_pair *pair);
bool sl_pair_enough(struct sl_pair *pair, u64 sent);
bool sl_pair_expects(struct sl_pair *pair, u64 received);

int sl_ring_selftest(void);
int sl_line_selftest(void);
int sl_broadcast_selftest(void);

#endif /* SL_SELFTEST_KMOD_H */
