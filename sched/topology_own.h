/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Between the parts of the topology.  Within topology*.c only.
 *
 *   topology_user.c        distances, measured and recalled
 *   topology_shape_user.c  what hwloc knows
 */
#ifndef SL_TOPOLOGY_OWN_H
#define SL_TOPOLOGY_OWN_H

#include "sched/topology.h"

void sl_topology_shape(struct sl_topology *topology);

#endif /* SL_TOPOLOGY_OWN_H */
