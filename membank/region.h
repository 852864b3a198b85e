/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Regions: the memory that banks stand on.
 *
 * A region is carved while a pipeline is set up and freed as a whole; nothing
 * is ever given back to it in between.  A stage has a region to itself, or
 * shares one with the stages named in the same group (`bank: storage`), which
 * is all the sharing there is.  Huge pages back it where there are any.
 *
 * Setting up is single-threaded: no two cores may carve at the same time.
 */
#ifndef SL_REGION_H
#define SL_REGION_H

#include <linux/types.h>

struct sl_region;

struct sl_region *sl_region_create(const char *name, bool huge);
void sl_region_destroy(struct sl_region *region);
void *sl_region_carve(struct sl_region *region, size_t bytes);
const char *sl_region_name(const struct sl_region *region);
size_t sl_region_bytes(const struct sl_region *region);

#endif /* SL_REGION_H */
