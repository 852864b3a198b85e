/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Medians: what a benchmark tells of many short slices. */
#ifndef SL_MEDIAN_H
#define SL_MEDIAN_H

#define SL_MEDIAN_MAX	200	/* slices at most */

double sl_median(const double *value, int count);
double sl_median_ratio(const double *above, const double *below, int count);

#endif /* SL_MEDIAN_H */
