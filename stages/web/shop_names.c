// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "stages/web/shop_names.h"

/**
 * sl_shop_names_open() - carve an empty table
 * @names: where to put it
 * @region: memory of the stage
 * @count: how many names it holds, rounded up
 *
 * Return: 0 or -ENOMEM.
 */
int sl_shop_names_open(struct sl_shop_names *names, struct sl_region *region,
		       u32 count)
{
	u32 sets = roundup_pow_of_two((count + SL_SHOP_NAME_WAYS - 1) /
				      SL_SHOP_NAME_WAYS);

	names->name = sl_region_carve(region, (size_t)sets * SL_SHOP_NAME_WAYS *
				      sizeof(*names->name));
	names->set_mask = sets - 1;
	names->turn = 0;
	return names->name ? 0 : -ENOMEM;
}

/* The four places where a name can be. */
static struct sl_shop_name *set_of(const struct sl_shop_names *names,
				   const u8 *chars, u32 bytes)
{
	u64 sum = bytes;
	u32 i;

	for (i = 0; i < bytes; i++)
		sum = (sum ^ chars[i]) * 0x9e3779b97f4a7c15u;
	return &names->name[(sum >> 32 & names->set_mask) * SL_SHOP_NAME_WAYS];
}

static struct sl_shop_name *find(const struct sl_shop_names *names,
				 const u8 *chars, u32 bytes)
{
	struct sl_shop_name *name = set_of(names, chars, bytes);
	u32 i;

	for (i = 0; i < SL_SHOP_NAME_WAYS; i++, name++)
		if (name->bytes == bytes && !memcmp(name->chars, chars, bytes))
			return name;
	return NULL;
}

/**
 * sl_shop_names_find() - the handle of a name, if it is known
 * @names: the table
 * @chars: the name, 1 to SL_SHOP_NAME_MAX bytes
 * @bytes: how many
 * @now_ns: time
 * @handle: gets it
 *
 * Return: whether it is known.
 */
bool sl_shop_names_find(const struct sl_shop_names *names, const u8 *chars,
			u32 bytes, u64 now_ns, struct sl_file_handle *handle)
{
	const struct sl_shop_name *name = find(names, chars, bytes);

	if (!name || now_ns - name->since_ns >= SL_SHOP_NAME_AGE_NS)
		return false;
	*handle = name->handle;
	return true;
}

/**
 * sl_shop_names_put() - remember the handle of a name
 * @names: the table
 * @chars: the name, 1 to SL_SHOP_NAME_MAX bytes
 * @bytes: how many
 * @now_ns: time
 * @handle: its handle
 */
void sl_shop_names_put(struct sl_shop_names *names, const u8 *chars,
		       u32 bytes, u64 now_ns,
		       const struct sl_file_handle *handle)
{
	struct sl_shop_name *name = find(names, chars, bytes);

	if (!name)
		name = set_of(names, chars, bytes) +
		       names->turn++ % SL_SHOP_NAME_WAYS;
	name->bytes = bytes;
	memcpy(name->chars, chars, bytes);
	name->since_ns = now_ns;
	name->handle = *handle;
}

/**
 * sl_shop_names_drop() - forget a name
 * @names: the table
 * @chars: the name, 1 to SL_SHOP_NAME_MAX bytes
 * @bytes: how many
 */
void sl_shop_names_drop(struct sl_shop_names *names, const u8 *chars,
			u32 bytes)
{
	struct sl_shop_name *name = find(names, chars, bytes);

	if (name)
		name->bytes = 0;
}
