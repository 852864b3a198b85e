// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <math.h>

#include "sim/own.h"

/* Between 0 and 1, neither of them. */
double sl_sim_dice(u64 *seed)
{
	u64 x = *seed += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	x ^= x >> 31;
	return ((x >> 11) + 0.5) / 9007199254740992.0;
}

double sl_sim_dice_normal(u64 *seed)
{
	double a = sl_sim_dice(seed), b = sl_sim_dice(seed);

	return sqrt(-2 * log(a)) * cos(2 * M_PI * b);
}

/*
 * After Marsaglia and Tsang: a normal number, its cube, and a test that nearly
 * always holds.  Below a shape of 1 one more is taken off.
 */
double sl_sim_dice_gamma(u64 *seed, double shape)
{
	double d, c;

	if (shape < 1)
		return sl_sim_dice_gamma(seed, shape + 1) * pow(sl_sim_dice(seed), 1 / shape);
	d = shape - 1.0 / 3;
	c = 1 / sqrt(9 * d);
	for (;;) {
		double x = sl_sim_dice_normal(seed);
		double v = 1 + c * x;

		v = v * v * v;
		if (v > 0 && log(sl_sim_dice(seed)) < x * x / 2 + d - d * v + d * log(v))
			return d * v;
	}
}
