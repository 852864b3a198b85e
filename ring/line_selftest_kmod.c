// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Self-test of the ring of lines: full and empty, over the wrap of its
 * counters, then two CPUs, where each word of each message is checked; and a
 * side that scribbles over the lines does not lead the other outside of them.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ring/line_ring.h"
#include "ring/selftest_kmod.h"

struct lines {
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	struct sl_line line[];
};

static struct lines *make_lines(u32 slots)
{
	/* With as much again behind it, which nobody may touch. */
	struct lines *l = kvzalloc(sizeof(*l) + 2 * sl_line_bytes(slots),
				   GFP_KERNEL);

	if (!l)
		return NULL;
	if (!SL_EXPECT(!sl_line_tx_open(&l->tx, l->line, slots)) ||
	    !SL_EXPECT(!sl_line_rx_open(&l->rx, l->line, slots))) {
		kvfree(l);
		return NULL;
	}
	return l;
}

static void write_message(struct sl_line *line, u64 n)
{
	u32 i;

	for (i = 0; i < SL_LINE_WORDS; i++)
		line->word[i] = n * (i + 1) + 1;
}

static bool is_message(const struct sl_line *line, u64 n)
{
	u32 i;

	for (i = 0; i < SL_LINE_WORDS; i++)
		if (line->word[i] != n * (i + 1) + 1)
			return false;
	return true;
}

static int fill_and_empty(u32 slots)
{
	struct lines *l = make_lines(slots);
	struct sl_line line;
	u64 in = 0, out = 0;
	u32 round, i;
	bool good;

	if (!l)
		return -ENOMEM;
	good = SL_EXPECT(!sl_line_tx_resume(&l->tx, l->line, slots,
					    U32_MAX - 5 * slots)) &&
	       SL_EXPECT(!sl_line_rx_resume(&l->rx, l->line, slots,
					    U32_MAX - 5 * slots));
	for (round = 0; good && round < 30; round++) {
		for (i = 0; good && i < slots; i++) {
			write_message(&line, in++);
			good = SL_EXPECT(sl_line_push(&l->tx, &line));
		}
		good = good && SL_EXPECT(!sl_line_push(&l->tx, &line));
		/* All of it, or all but one. */
		for (i = round % 2; good && i < slots; i++)
			good = SL_EXPECT(sl_line_pop(&l->rx, &line)) &&
			       SL_EXPECT(is_message(&line, out++));
		for (; good && out < in; out++)
			good = SL_EXPECT(sl_line_pop(&l->rx, &line)) &&
			       SL_EXPECT(is_message(&line, out));
		good = good && SL_EXPECT(!sl_line_pop(&l->rx, &line)) &&
		       SL_EXPECT(!sl_line_ready(&l->rx));
	}
	line.word[0] = 0;
	good = good && SL_EXPECT(!sl_line_push(&l->tx, &line));
	kvfree(l);
	return good ? 0 : -EIO;
}

static int send(struct sl_pair *pair)
{
	struct lines *l = pair->arg;
	struct sl_line line[8];
	u64 next = 0;

	while (!sl_pair_enough(pair, next)) {
		u32 count = next % 8 + 1;
		u32 i;

		for (i = 0; i < count; i++)
			write_message(&line[i], next + i);
		count = sl_line_push_batch(&l->tx, line, count);
		next += count;
		if (!count && !sl_pair_pause(pair))
			return -EIO;
	}
	return 0;
}

static int receive(struct sl_pair *pair)
{
	struct lines *l = pair->arg;
	struct sl_line line[8];
	u64 next = 0;

	while (sl_pair_expects(pair, next)) {
		u32 count = sl_line_pop_batch(&l->rx, line, next % 7 + 1);
		u32 i;

		for (i = 0; i < count; i++, next++)
			if (!SL_EXPECT(is_message(&line[i], next)))
				return -EIO;
		if (!count && !sl_pair_pause(pair))
			return -EIO;
	}
	return 0;
}

static int stress(u32 slots)
{
	struct sl_pair pair = { .send = send, .receive = receive };
	int err;

	pair.arg = make_lines(slots);
	if (!pair.arg)
		return -ENOMEM;
	err = sl_pair_run(&pair);
	kvfree(pair.arg);
	return err;
}

static int scribble(u32 slots)
{
	struct lines *l = make_lines(slots);
	struct sl_line line = { .word = { 1 } };
	bool good = true;
	u64 seed = 1;
	u32 round, i;

	if (!l)
		return -ENOMEM;
	for (round = 0; round < 2000; round++) {
		for (i = 0; i < 4; i++) {
			seed = seed * 6364136223846793005ull + 1;
			WRITE_ONCE(l->line[(seed >> 40) % slots].word[0],
				   seed >> 32 & 3);
		}
		sl_line_pop(&l->rx, &line);
		line.word[0] = 1;
		sl_line_push(&l->tx, &line);
	}
	for (i = slots; i < 2 * slots; i++)
		good &= !memchr_inv(&l->line[i], 0, sizeof(l->line[i]));
	good = SL_EXPECT(good);
	kvfree(l);
	return good ? 0 : -EIO;
}

int sl_line_selftest(void)
{
	int err = fill_and_empty(1);

	if (!err)
		err = fill_and_empty(16);
	if (!err)
		err = stress(4);
	if (!err)
		err = stress(256);
	if (!err)
		err = scribble(16);
	return err;
}
