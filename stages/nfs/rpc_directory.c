// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Results of READDIR and READDIRPLUS.
 *
 * The fs stage puts entries of a shape of its own into the call's buffer, as
 * many as will hardly fit, and they are written as the wire has them into the
 * room before, one by one until the client's limit is reached.  What was left
 * out is asked for again, by the cookie of the last that went in.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/nfs/rpc_stage.h"

#define VERIFIER_BYTES	8
#define END_BYTES	8	/* no more entries; was that all? */
#define ATTR_BYTES	84	/* fattr3 */
#define ENTRY_BYTES	24	/* before a name and behind it */
#define NAME_BYTES	20	/* of these, those of READDIRPLUS's dircount */
/* One entry of the longest name, with all there is to say of it. */
#define ENTRIES_MIN	512

/*
 * On the wire an entry is no shorter than ours, but of READDIRPLUS, where one
 * with a short name is up to seven times what dircount is about.
 */
#define PLUS_TIMES	7

static_assert(offsetof(struct sl_file_entry, name) < ENTRY_BYTES, "no shorter");

/**
 * sl_rpc_expect_entries() - make room for entries, and say how much there is
 * @event: a READDIR or READDIRPLUS whose limits are known
 */
void sl_rpc_expect_entries(struct sl_event *event)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	u32 half = (event->data_max - SL_RPC_TEXT_AT - SL_RPC_SMALL) / 2;
	u32 bytes;

	call->count = min(call->count, half - ENTRIES_MIN);
	bytes = call->count;
	if (call->names_bytes < bytes / PLUS_TIMES)
		bytes = call->names_bytes * PLUS_TIMES;
	bytes = max_t(u32, bytes, ENTRIES_MIN);
	event->data = event->buffer +
		      ALIGN(SL_RPC_TEXT_AT + SL_RPC_SMALL + call->count, 8);
	sl_file(event)->count = bytes;
}

/* What is still to be read of entries, and how much more may be written. */
struct listing {
	const u8 *from;
	const u8 *end;
	u32 bytes_left;
	u32 names_left;
	bool plus;
};

/* The next entry, NULL if there is none. */
static const struct sl_file_entry *next_entry(const struct listing *l)
{
	const struct sl_file_entry *entry = (const void *)l->from;

	if ((u32)(l->end - l->from) < sizeof(*entry) ||
	    entry->name_bytes > l->end - (const u8 *)entry->name)
		return NULL;
	return entry;
}

static const struct sl_file_plus *plus_of(const struct listing *l,
					  const struct sl_file_entry *entry)
{
	u32 at = ALIGN(offsetof(struct sl_file_entry, name) +
			       entry->name_bytes, 8);

	if (!l->plus || (long)(at + sizeof(struct sl_file_plus)) > l->end - l->from)
		return NULL;
	return (const void *)(l->from + at);
}

static u32 handle_bytes(const struct sl_file_handle *handle)
{
	u32 words = ARRAY_SIZE(handle->word);

	while (words && !handle->word[words - 1])
		words--;
	return words * sizeof(handle->word[0]);
}

/* Does the next one fit?  Then takes its bytes from what is left. */
static bool fit(struct listing *l, const struct sl_file_entry *entry,
		const struct sl_file_plus *plus)
{
	u32 name = sl_xdr_padded(entry->name_bytes);
	u32 bytes = ENTRY_BYTES + name;

	if (l->plus) {
		u32 handle = plus ? handle_bytes(&plus->handle) : 0;

		bytes += 8 + (handle ? 4 + handle : 0) +
			 (plus && plus->attr.type ? ATTR_BYTES : 0);
	}
	if (bytes > l->bytes_left || NAME_BYTES + name > l->names_left)
		return false;
	l->bytes_left -= bytes;
	l->names_left -= NAME_BYTES + name;
	return true;
}

static u8 *put_plus(u8 *at, const struct sl_file_plus *plus)
{
	bool has_handle = plus && handle_bytes(&plus->handle);

	at = sl_rpc_put_post_op_attr(at, plus && plus->attr.type,
				     plus ? &plus->attr : NULL);
	at = sl_xdr_put_u32(at, has_handle);
	return has_handle ? sl_rpc_put_handle(at, &plus->handle) : at;
}

/* Writes entries as long as they fit; returns whether that was at least one. */
static bool put_entries(u8 **to, struct listing *l)
{
	const struct sl_file_entry *entry;
	bool some = false;
	u8 *at = *to;

	while ((entry = next_entry(l))) {
		const struct sl_file_plus *plus = plus_of(l, entry);

		if (!fit(l, entry, plus))
			break;
		at = sl_xdr_put_u32(at, true);
		at = sl_xdr_put_u64(at, entry->fileid);
		at = sl_xdr_put_opaque(at, entry->name, entry->name_bytes);
		at = sl_xdr_put_u64(at, entry->cookie);
		if (l->plus)
			at = put_plus(at, plus);
		l->from += ALIGN(offsetof(struct sl_file_entry, name) +
					 entry->name_bytes, 8);
		if (l->plus)
			l->from += sizeof(struct sl_file_plus);
		some = true;
	}
	*to = at;
	return some;
}

/**
 * sl_rpc_encode_entries() - write the results of READDIR or READDIRPLUS
 * @at: where; there is room for the client's limit and SL_RPC_SMALL
 * @event: the answered call
 *
 * Return: where they end.
 */
u8 *sl_rpc_encode_entries(u8 *at, struct sl_event *event)
{
	const struct sl_rpc_call *call = sl_rpc_call(event);
	const struct sl_file_args *nfs = sl_file(event);
	struct listing l = {
		.from = event->data,
		.end = event->data + event->data_bytes,
		.names_left = call->names_bytes,
		.plus = call->procedure == SL_FILE_READDIRPLUS,
	};
	u32 head = 4 + (nfs->has_attr ? ATTR_BYTES : 0) + VERIFIER_BYTES +
		   END_BYTES;
	u8 *start = at;
	bool some;

	at = sl_xdr_put_u32(at, nfs->status);
	at = sl_rpc_put_post_op_attr(at, nfs->has_attr, &nfs->attr);
	if (nfs->status)
		return at;
	at = sl_xdr_put_u64(at, 0);
	if (call->count >= head) {
		l.bytes_left = call->count - head;
		some = put_entries(&at, &l);
	} else {
		some = false;
	}
	if (!some && (!nfs->eof || call->count < head ||
		      next_entry(&l))) {
		at = sl_xdr_put_u32(start, SL_NFS_TOOSMALL);
		return sl_rpc_put_post_op_attr(at, nfs->has_attr, &nfs->attr);
	}
	at = sl_xdr_put_u32(at, false);
	return sl_xdr_put_u32(at, nfs->eof && !next_entry(&l));
}
