/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Regions: the memory that banks stand on.
 *
 * A region is carved while a pipeline is set up and freed as a whole; nothing
 * is ever given back to it in between.  A stage has a region to itself, or
 * shares one with the stages named in the same group (`bank: storage`), which
 * is all the sharing there is.  Its memory is near the CPU that it is made
 * for, and in huge pages where there are any.
 *
 * What a region may do without is its pages' contents: sl_region_release()
 * lets the system have pages until somebody touches them again.
 *
 *   sl_region_carve*()     set-up, single-threaded
 *   sl_region_release()    whoever owns all that is on these pages
 *   the rest               anyone
 */
#ifndef SL_REGION_H
#define SL_REGION_H

#include <linux/types.h>

struct page;
struct sl_region;

struct sl_region *sl_region_create(const char *name, bool huge, int cpu);
void sl_region_destroy(struct sl_region *region);
void *sl_region_carve(struct sl_region *region, size_t bytes);
void *sl_region_carve_pages(struct sl_region *region, size_t bytes);
size_t sl_region_release(struct sl_region *region, void *memory, size_t bytes);
int sl_region_guard(struct sl_region *region, u32 key);

const char *sl_region_name(const struct sl_region *region);
size_t sl_region_bytes(const struct sl_region *region);
size_t sl_region_huge_bytes(const struct sl_region *region);
int sl_region_node(const struct sl_region *region);
size_t sl_region_page_bytes(void);

/* In the kernel alone: the page that holds an address of the region. */
struct page *sl_region_page(const struct sl_region *region, const void *at);

#endif /* SL_REGION_H */
