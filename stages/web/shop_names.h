/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which file handle a name in the images' directory has.
 *
 * A fixed table of sets of four: a name can only be in its own set, and a new
 * one takes the place of the set's next in turn.  What is found is at most
 * SL_SHOP_NAME_AGE_NS old, so that a file that was replaced is noticed.
 */
#ifndef SL_SHOP_NAMES_H
#define SL_SHOP_NAMES_H

#include "membank/region.h"
#include "stages/nfs/file.h"

#define SL_SHOP_NAME_MAX	47
#define SL_SHOP_NAME_WAYS	4
#define SL_SHOP_NAME_AGE_NS	(60 * 1000000000ull)

struct sl_shop_name {
	u8 bytes;		/* 0: free */
	u8 chars[SL_SHOP_NAME_MAX];
	u64 since_ns;
	struct sl_file_handle handle;
};

struct sl_shop_names {
	struct sl_shop_name *name;
	u32 set_mask;
	u32 turn;
};

int sl_shop_names_open(struct sl_shop_names *names, struct sl_region *region,
		       u32 count);
bool sl_shop_names_find(const struct sl_shop_names *names, const u8 *chars,
			u32 bytes, u64 now_ns, struct sl_file_handle *handle);
void sl_shop_names_put(struct sl_shop_names *names, const u8 *chars,
		       u32 bytes, u64 now_ns,
		       const struct sl_file_handle *handle);
void sl_shop_names_drop(struct sl_shop_names *names, const u8 *chars,
			u32 bytes);

#endif /* SL_SHOP_NAMES_H */
