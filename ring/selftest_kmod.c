// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Self-test of the pointer ring: steps from a table, again and again around a
 * ring, then a sender and a receiver on two CPUs, who check each event.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/limits.h>

#include "ring/ring.h"
#include "ring/selftest_kmod.h"

#define BATCH	64

enum { PUSH, POP };

static const struct {
	u8 step;
	u8 count;		/* asked for, */
	u8 done;		/* managed, */
	u8 used;		/* in the ring afterwards; a ring of four slots */
} steps[] = {
	{ POP, 1, 0, 0 },  { PUSH, 1, 1, 1 }, { PUSH, 3, 3, 4 },
	{ PUSH, 1, 0, 4 }, { POP, 1, 1, 3 },  { PUSH, 2, 1, 4 },
	{ POP, 4, 4, 0 },  { POP, 4, 0, 0 },  { PUSH, 5, 4, 4 },
	{ POP, 3, 3, 1 },  { PUSH, 1, 1, 2 }, { PUSH, 1, 1, 3 },
	{ POP, 9, 3, 0 },  { PUSH, 2, 2, 2 }, { POP, 2, 2, 0 },
};

/* Event n is the number n + 1, which is no NULL. */
static bool one_step(struct sl_ring *ring, u32 i, unsigned long *in,
		     unsigned long *out)
{
	void *event[16];
	u32 done, j;

	if (steps[i].step == PUSH) {
		for (j = 0; j < steps[i].count; j++)
			event[j] = (void *)(*in + j + 1);
		done = steps[i].count == 1 ? sl_ring_push(ring, event[0]) :
			sl_ring_push_batch(ring, event, steps[i].count);
		*in += done;
		return SL_EXPECT(done == steps[i].done) &&
		       SL_EXPECT(sl_ring_used(ring) == steps[i].used);
	}
	if (steps[i].count == 1) {
		event[0] = sl_ring_pop(ring);
		done = event[0] != NULL;
	} else {
		done = sl_ring_pop_batch(ring, event, steps[i].count);
	}
	for (j = 0; j < done; j++)
		if (!SL_EXPECT(event[j] == (void *)(++*out)))
			return false;
	return SL_EXPECT(done == steps[i].done) &&
	       SL_EXPECT(sl_ring_used(ring) == steps[i].used) &&
	       SL_EXPECT(sl_ring_ready(ring) == !!steps[i].used);
}

static int take_steps(void)
{
	struct sl_ring *ring = sl_ring_create(4);
	unsigned long in = 0, out = 0;
	bool good = true;
	u32 i;

	if (IS_ERR(ring))
		return PTR_ERR(ring);
	for (i = 0; good && i < 16 * ARRAY_SIZE(steps); i++)
		good = one_step(ring, i % ARRAY_SIZE(steps), &in, &out);
	sl_ring_destroy(ring);
	return good ? 0 : -EIO;
}

static int refuse_sizes(void)
{
	static const u32 sizes[] = { 0, 3, 6, SL_RING_SLOTS_MAX + 1,
				     2 * SL_RING_SLOTS_MAX, U32_MAX };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		if (!SL_EXPECT(PTR_ERR_OR_ZERO(sl_ring_create(sizes[i])) ==
			       -EINVAL))
			return -EIO;
	return 0;
}

/* Singly and in batches of changing size, by turns. */
static int send(struct sl_pair *pair)
{
	unsigned long next = 1;
	void *event[BATCH];

	while (!sl_pair_enough(pair, next - 1)) {
		u32 count = next % 97 % BATCH + 1;
		u32 done, i;

		for (i = 0; i < count; i++)
			event[i] = (void *)(next + i);
		done = next & 1024 ? sl_ring_push(pair->arg, event[0]) :
				     sl_ring_push_batch(pair->arg, event, count);
		next += done;
		if (!done && !sl_pair_pause(pair))
			return -EIO;
	}
	return 0;
}

static int receive(struct sl_pair *pair)
{
	unsigned long next = 1;
	void *event[BATCH];

	while (sl_pair_expects(pair, next - 1)) {
		u32 count = next % 89 % BATCH + 1;
		u32 i;

		if (next & 512) {
			event[0] = sl_ring_pop(pair->arg);
			count = event[0] != NULL;
		} else {
			count = sl_ring_pop_batch(pair->arg, event, count);
		}
		for (i = 0; i < count; i++, next++)
			if (!SL_EXPECT(event[i] == (void *)next))
				return -EIO;
		if (!count && !sl_pair_pause(pair))
			return -EIO;
	}
	return SL_EXPECT(!sl_ring_pop(pair->arg)) ? 0 : -EIO;
}

static int stress(u32 slots)
{
	struct sl_pair pair = { .send = send, .receive = receive };
	struct sl_ring *ring = sl_ring_create(slots);
	int err;

	if (IS_ERR(ring))
		return PTR_ERR(ring);
	pair.arg = ring;
	err = sl_pair_run(&pair);
	sl_ring_destroy(ring);
	return err;
}

int sl_ring_selftest(void)
{
	int err = take_steps();

	if (!err)
		err = refuse_sizes();
	if (!err)
		err = stress(8);
	if (!err)
		err = stress(1024);
	return err;
}
