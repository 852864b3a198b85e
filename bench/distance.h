/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How far two CPUs are from each other, now.
 *
 * On a virtual machine the host moves CPUs about: for minutes two of them
 * share a cache, then they do not.  So a measurement between two CPUs is
 * bracketed by this probe and filed under what it says.
 */
#ifndef SL_DISTANCE_H
#define SL_DISTANCE_H

enum sl_distance { SL_NEAR, SL_FAR, SL_DISTANCES };

extern const char *const sl_distance_name[SL_DISTANCES];

double sl_distance_probe(int cpu_a, int cpu_b);
enum sl_distance sl_distance_class(double round_trip_ns);

#endif /* SL_DISTANCE_H */
