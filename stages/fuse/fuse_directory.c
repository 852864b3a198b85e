// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Lists of names, from those of NFS to the kernel's.
 *
 * The kernel's are longer but for those with attributes, so they are made
 * elsewhere: what fs has listed lies in the second half of the payload.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/fuse/fuse_stage.h"

/* Type as in a struct dirent. */
static u32 type_of(u8 type)
{
	static const u8 types[] = {
		[SL_FILE_REG] = 8,  [SL_FILE_DIR] = 4,	 [SL_FILE_BLK] = 6,
		[SL_FILE_CHR] = 2,  [SL_FILE_LNK] = 10, [SL_FILE_SOCK] = 12,
		[SL_FILE_FIFO] = 1,
	};

	return type < ARRAY_SIZE(types) ? types[type] : 0;
}

static bool dots(const struct sl_file_entry *entry)
{
	return (entry->name_bytes == 1 && entry->name[0] == '.') ||
	       (entry->name_bytes == 2 && entry->name[0] == '.' &&
		entry->name[1] == '.');
}

/* The kernel knows "." and ".." and is told of them for their numbers alone. */
static void put_plus(struct sl_fuse *fuse, u8 *to,
		     const struct sl_file_entry *entry,
		     const struct sl_file_plus *plus)
{
	static const struct sl_file_handle none;

	if (dots(entry) || !plus->attr.type ||
	    !memcmp(&plus->handle, &none, sizeof(none)) ||
	    !sl_fuse_put_entry(fuse, to, &plus->handle, &plus->attr))
		memset(to, 0, sizeof(struct fuse_entry_out));
}

static void put_name(u8 *to, const struct sl_file_entry *entry, u32 all)
{
	struct fuse_dirent *out = (void *)to;

	out->ino = entry->fileid;
	out->off = entry->cookie;
	out->namelen = entry->name_bytes;
	out->type = type_of(entry->type);
	memcpy(out->name, entry->name, entry->name_bytes);
	memset(out->name + entry->name_bytes, 0,
	       all - FUSE_NAME_OFFSET - entry->name_bytes);
}

/**
 * sl_fuse_put_entries() - make the reply of a READDIR or READDIRPLUS
 * @fuse: the stage
 * @event: what fs has listed
 *
 * What has no room is left out; the kernel asks for it again.
 *
 * Return: how long the reply is.
 */
u32 sl_fuse_put_entries(struct sl_fuse *fuse, struct sl_event *event)
{
	const struct sl_fuse_call *call = sl_fuse_call(event);
	bool plus = event->op == SL_FILE_READDIRPLUS;
	u32 more = plus ? sizeof(struct sl_file_plus) : 0;
	u32 head = plus ? sizeof(struct fuse_entry_out) : 0;
	u8 *payload = sl_fuse_payload(event);
	u32 from = 0, to = 0;

	while (event->data_bytes - from >= sizeof(struct sl_file_entry)) {
		const struct sl_file_entry *entry = (void *)(event->data + from);
		u32 bytes = ALIGN(offsetof(struct sl_file_entry, name) +
				  entry->name_bytes, sizeof(u64));
		u32 all = ALIGN(FUSE_NAME_OFFSET + entry->name_bytes,
				sizeof(u64));

		if (bytes + more > event->data_bytes - from ||
		    to + head + all > call->room)
			break;
		if (plus)
			put_plus(fuse, payload + to, entry,
				 (void *)(event->data + from + bytes));
		put_name(payload + to + head, entry, all);
		from += bytes + more;
		to += head + all;
	}
	return to;
}

/**
 * sl_fuse_forget_entries() - the kernel did not take a reply of READDIRPLUS
 * @fuse: the stage
 * @at: the reply, as sl_fuse_put_entries() made it
 * @bytes: of it
 */
void sl_fuse_forget_entries(struct sl_fuse *fuse, const u8 *at, u32 bytes)
{
	while (bytes >= sizeof(struct fuse_direntplus)) {
		const struct fuse_direntplus *one = (const void *)at;
		u32 all = FUSE_DIRENTPLUS_SIZE(one);

		if (one->entry_out.nodeid)
			sl_fuse_nodes_forget(&fuse->nodes,
					     one->entry_out.nodeid, 1);
		if (all > bytes)
			break;
		at += all;
		bytes -= all;
	}
}
