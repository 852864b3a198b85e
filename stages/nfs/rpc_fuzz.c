// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzzes the rpc stage with what a client might send.
 *
 * The first byte says how the rest is cut, and whether it is the bytes of a
 * connection, or calls, each with its length in two bytes, that are put into
 * records and fragments here.  The stage gets it twice, cut and as large
 * pieces in blocks of their own size; it must understand both the same way,
 * reply in sound records, and have every event at home afterwards.
 */
#include <stdint.h>

#include "stages/nfs/rpc_site_test.h"

#define INPUT_MAX	20000
#define STREAM_MAX	60000
#define PIECE_MAX	16000
#define BLOCKS_MAX	1024
#define AS_IT_IS	0x80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Who is told of a mount depends on whether that was done in time. */
static bool mounted;

static u64 sum_of(const void *data, u32 bytes, u64 sum)
{
	const u8 *at = data;
	u32 i;

	for (i = 0; i < bytes; i++)
		sum = sum * 31 + at[i];
	return sum;
}

/* Entries and their attributes, not always sound. */
static void list(struct sl_event *event, u64 dice)
{
	struct sl_file_args *nfs = sl_file(event);
	bool plus = event->op == SL_FILE_READDIRPLUS;
	u32 at = 0;

	nfs->eof = dice & 1;
	while (dice >>= 3) {
		struct sl_file_entry *entry = (void *)(event->data + at);
		u32 bytes = dice % 61;
		u32 all = ALIGN(offsetof(struct sl_file_entry, name) + bytes,
				8) + (plus ? sizeof(struct sl_file_plus) : 0);

		if (at + all > nfs->count)
			break;
		memset(entry, dice, all);
		entry->name_bytes = dice % 59 ? bytes : 65535;
		at += all;
	}
	event->data_bytes = at;
}

/* Answers with what follows from what it was asked, one way or another. */
static void answer(struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	u64 dice = sum_of(&nfs->handle, sizeof(nfs->handle), event->op);
	u8 set = nfs->set;

	if (event->op == SL_FILE_WRITE) {
		dice = sum_of(event->data, event->data_bytes, dice);
	} else if (event->op == SL_FILE_READ) {
		CHECK(event->data + nfs->count + 4 <=
		      event->buffer + event->data_max);
	} else if (event->op >= SL_FILE_CREATE && event->op <= SL_FILE_LINK &&
		   event->op != SL_FILE_MKDIR) {
		dice = sum_of(event->data, event->data_bytes, dice);
	}
	CHECK(nfs->caller.group_count <= SL_FILE_GROUPS_MAX);
	dice = (dice ^ set) * 0x9e3779b97f4a7c15ull;
	nfs->has_attr = dice & 1;
	nfs->has_directory = dice & 2;
	nfs->has_before[0] = dice & 4;
	nfs->has_before[1] = dice & 8;
	memset(&nfs->attr, dice >> 8, sizeof(nfs->attr));
	nfs->attr.type = SL_FILE_DIR;
	nfs->directory = nfs->attr;
	memset(nfs->before, dice >> 16, sizeof(nfs->before));
	if (!(dice >> 60)) {
		event->status = -ESTALE;
		nfs->status = SL_NFS_STALE;
		return;
	}
	if (event->op == SL_FILE_MOUNT)
		mounted = true;
	memset(&nfs->object, dice >> 24, (dice >> 32) % 9 * 8);
	memset((u8 *)&nfs->object + (dice >> 32) % 9 * 8, 0,
	       64 - (dice >> 32) % 9 * 8);
	nfs->verifier = dice;
	switch (event->op) {
	case SL_FILE_READ:
		memset(event->data, dice >> 40, nfs->count);
		event->data_bytes = nfs->count;
		nfs->eof = dice & 16;
		break;
	case SL_FILE_READLINK:
		event->data_bytes = dice % 4096;
		memset(event->data, dice >> 40, event->data_bytes);
		break;
	case SL_FILE_READDIR:
	case SL_FILE_READDIRPLUS:
		list(event, dice);
		break;
	case SL_FILE_FSSTAT:
	case SL_FILE_FSINFO:
	case SL_FILE_PATHCONF:
		memset(event->data, dice >> 40, sizeof(struct sl_file_space));
		event->data_bytes = sizeof(struct sl_file_space);
		break;
	}
}

/* Replies that the output consists of, in whatever order, summed up. */
static u64 sum_up(const struct site_connection *c)
{
	u32 at = 0;
	u64 sum = 0;

	while (at < c->output_bytes) {
		struct sl_xdr in = { c->output + at,
				     c->output + c->output_bytes, false };
		u32 bytes = sl_xdr_u32(&in);

		if (!CHECK(bytes & SL_RPC_LAST))
			return 0;
		bytes &= ~SL_RPC_LAST;
		if (!CHECK(bytes >= 20 && bytes % 4 == 0 &&
			   bytes <= sl_xdr_left(&in)))
			return 0;
		sum += sum_of(in.at, bytes, 1);
		sl_xdr_u32(&in);
		CHECK_EQ(sl_xdr_u32(&in), SL_RPC_REPLY);
		at += 4 + bytes;
	}
	return sum;
}

static u8 *block[BLOCKS_MAX];
static u32 blocks;

/* As site_receive(), but the data ends where its memory does. */
static void receive_exact(u32 number, const u8 *data, u32 bytes)
{
	struct sl_event *event = sl_stage_take(site_wire);

	if (blocks == BLOCKS_MAX || !CHECK(event))
		abort();
	block[blocks] = malloc(bytes);
	memcpy(block[blocks], data, bytes);
	event->data = block[blocks++];
	event->data_bytes = bytes;
	site_call(number, event, SL_BYTES_RECEIVED);
	site_run();
	site_again(number);
}

static void forget_mounts(void)
{
	struct sl_rpc *rpc = site_rpc->private;

	memset(rpc->mount, 0, SL_RPC_MOUNTS * sizeof(*rpc->mount));
	rpc->mount_next = 0;
}

static void feed(u32 number, const u8 *data, u32 bytes, u32 piece, bool exact)
{
	forget_mounts();
	while (bytes) {
		u32 n = min(bytes, piece);

		if (exact)
			receive_exact(number, data, n);
		else
			site_receive(number, data, n);
		data += n;
		bytes -= n;
	}
	site_receive(number, "", 0);
}

/* Puts calls into records, each in fragments of so many bytes. */
static u32 wrap(u8 *to, const u8 *data, size_t bytes, u32 fragment)
{
	u32 at = 0;

	while (bytes > 2) {
		u32 left = data[0] << 8 | data[1];

		data += 2;
		bytes -= 2;
		left = min_t(size_t, left, bytes);
		bytes -= left;
		do {
			u32 n = min(left, fragment);

			if (at + 4 + n > STREAM_MAX)
				return at;
			left -= n;
			at = sl_xdr_put_u32(to + at,
					    n | (left ? 0 : SL_RPC_LAST)) - to;
			memcpy(to + at, data, n);
			data += n;
			at += n;
		} while (left);
	}
	return at;
}

/* The same calls as datagrams; each has one answer, or none, by then. */
static void post(const u8 *data, size_t bytes)
{
	while (bytes > 2) {
		u32 n = data[0] << 8 | data[1];

		data += 2;
		bytes -= 2;
		n = min_t(size_t, n, bytes);
		site_post_letter(data, n);
		CHECK_EQ(site_letters, 0);
		CHECK(site_letter_bytes % 4 == 0);
		data += n;
		bytes -= n;
	}
}

static void open_site(void)
{
	struct sl_rpc_options options = site_options;

	options.record_timeout_ns = ~0ull / 2;
	options.calls_max = 5;
	site_open(&options, 3);
	site_export = answer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const u32 pieces[8] = { 1, 2, 3, 7, 31, 64, 500, 1025 };
	static const u32 fragments[8] = { ~0u, 1, 4, 5, 50, 60, 1000, 3 };
	static u8 stream[STREAM_MAX];
	static bool open;
	struct site_connection *a = &site_connection[0];
	struct site_connection *b = &site_connection[1];
	u64 sum;
	u32 n;

	if (!open)
		open_site();
	open = true;
	if (!bytes || bytes > INPUT_MAX)
		return 0;
	if (*data & AS_IT_IS) {
		n = bytes - 1;
		memcpy(stream, data + 1, n);
	} else {
		n = wrap(stream, data + 1, bytes - 1,
			 fragments[*data >> 3 & 7]);
		post(data + 1, bytes - 1);
	}
	mounted = false;
	feed(0, stream, n, pieces[*data % 8], false);
	feed(1, stream, n, PIECE_MAX, true);
	CHECK(a->last);
	CHECK(b->last);
	CHECK(mounted || a->output_bytes == b->output_bytes);
	sum = sum_up(a) - sum_up(b);
	CHECK(mounted || !sum);
	site_close(0);
	site_close(1);
	site_check_home();
	while (blocks)
		free(block[--blocks]);
	if (sl_test_failed)
		abort();
	return 0;
}
