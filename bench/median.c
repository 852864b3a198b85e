// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/median.h"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * sl_median() - the middle one of some values
 * @value: left as they are
 * @count: 0 to SL_MEDIAN_MAX
 *
 * Return: the median, the mean of two middle ones if need be; NAN of nothing.
 */
double sl_median(const double *value, int count)
{
	double sorted[SL_MEDIAN_MAX] = { 0 };

	if (count <= 0 || count > SL_MEDIAN_MAX)
		return NAN;
	memcpy(sorted, value, count * sizeof(*value));
	qsort(sorted, count, sizeof(*sorted), compare);
	return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/**
 * sl_median_ratio() - the median of the ratios of each round
 * @above: by round
 * @below: by round
 * @count: rounds
 *
 * Not the ratio of two medians: what else the machine does in a round hits
 * both sides of it.
 */
double sl_median_ratio(const double *above, const double *below, int count)
{
	double ratio[SL_MEDIAN_MAX] = { 0 };
	int i;

	for (i = 0; i < count && i < SL_MEDIAN_MAX; i++)
		ratio[i] = above[i] / below[i];
	return sl_median(ratio, count);
}
