/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The machine as hwloc describes it: what CPUs share, and how fast they are.
 *
 * Looking at it takes milliseconds, so that is done once, when somebody first
 * asks.  HWLOC_SYNTHETIC and HWLOC_XMLFILE describe another machine, as for
 * any program with hwloc.
 */
#ifndef SL_MACHINE_H
#define SL_MACHINE_H

struct hwloc_topology;

struct hwloc_topology *sl_machine(void);

#endif /* SL_MACHINE_H */
