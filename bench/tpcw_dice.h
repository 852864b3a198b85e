/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_DICE_H
#define BENCH_TPCW_DICE_H

/*
 * Random numbers from a seed: the same seed gives the same numbers.
 *
 * A dice is cheap to seed, so that each row of the population has one of its
 * own, seeded by table and key.  A row is then a pure function of its key:
 * whoever checks a page can work out what the page has to say.
 */
#include <linux/types.h>

/**
 * struct sl_tpcw_dice - one sequence of random numbers
 * @state: splitmix64's counter
 */
struct sl_tpcw_dice {
	u64 state;
};

/* The finalizer of splitmix64: every bit of x moves every bit of the result. */
static inline u64 sl_dice_mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/**
 * sl_dice_seed() - start the sequence that belongs to a key
 * @dice: dice to seed
 * @seed: the population's or the run's seed
 * @table: tells apart the tables that use one seed
 * @key: the row
 */
static inline void sl_dice_seed(struct sl_tpcw_dice *dice, u64 seed, u32 table,
				u64 key)
{
	dice->state = sl_dice_mix(seed + sl_dice_mix(((u64)table << 48) + key));
}

/* Return: 64 random bits. */
static inline u64 sl_dice_roll(struct sl_tpcw_dice *dice)
{
	dice->state += 0x9e3779b97f4a7c15ull;
	return sl_dice_mix(dice->state);
}

/* Return: a number from 0 to count - 1; count is at least 1. */
static inline u32 sl_dice_below(struct sl_tpcw_dice *dice, u32 count)
{
	return (sl_dice_roll(dice) >> 32) * count >> 32;
}

/* Return: a number from first to last, both included. */
static inline u32 sl_dice_between(struct sl_tpcw_dice *dice, u32 first,
				  u32 last)
{
	return first + sl_dice_below(dice, last - first + 1);
}

/* Return: whether something that happens in percent of the cases happens. */
static inline bool sl_dice_percent(struct sl_tpcw_dice *dice, u32 percent)
{
	return sl_dice_below(dice, 100) < percent;
}

/* Return: a number from 0 up to, and not including, 1. */
static inline double sl_dice_fraction(struct sl_tpcw_dice *dice)
{
	return (sl_dice_roll(dice) >> 11) * 0x1p-53;
}

/**
 * sl_dice_nurand() - TPC-W's NURand(A, first, last): some keys are popular
 * @dice: source
 * @a: A, a power of two less one; the larger, the more even
 * @first: smallest number
 * @last: largest number
 *
 * Return: a number from first to last.
 */
static inline u32 sl_dice_nurand(struct sl_tpcw_dice *dice, u32 a, u32 first,
				 u32 last)
{
	u32 popular = sl_dice_below(dice, a + 1);
	u32 any = sl_dice_between(dice, first, last);

	return (popular | any) % (last - first + 1) + first;
}

#endif
