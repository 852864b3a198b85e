// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzzes the fuse stage with what a kernel would never send.
 *
 * The input is messages, each with two bytes in front: 11 bits of length, a
 * bit that has its length put right in its header, one that has its file made
 * a known one, one that brings it by io_uring in three pieces, one that has
 * the kernel refuse the reply.  What the export answers follows from what it
 * was asked.  Replies must be sound, all events come home, and counts agree.
 */
#include <stdint.h>

#include "stages/fuse/fuse_site_test.h"

#define LENGTH		0x7ff
#define PUT_RIGHT	0x800
#define KNOWN		0x1000
#define BY_URING	0x2000
#define REFUSED		0x4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static u32 dice;

static u32 roll(void)
{
	dice = dice * 1664525 + 1013904223;
	return dice >> 12;
}

/* Entries, not always sound. */
static void list(struct sl_event *event)
{
	bool plus = event->op == SL_FILE_READDIRPLUS;
	struct sl_file_args *nfs = sl_file(event);
	u32 at = 0;

	while (roll() % 8) {
		struct sl_file_entry *entry = (void *)(event->data + at);
		u32 bytes = roll() % 61;
		u32 all = ALIGN(offsetof(struct sl_file_entry, name) + bytes,
				8) + (plus ? sizeof(struct sl_file_plus) : 0);

		if (at + all > nfs->count)
			break;
		memset(entry, roll() % 3, all);
		entry->name_bytes = roll() % 59 ? bytes : 65535;
		at += all;
	}
	event->data_bytes = at;
	nfs->count = at;
}

static void export(struct sl_event *event)
{
	static const int errors[] = { -ENOENT, -EEXIST, -ESTALE, -EIO,
				      -EJUKEBOX };
	struct sl_file_args *nfs = sl_file(event);
	u32 i;

	/* All that it was given is there. */
	if (event->op != SL_FILE_READ && event->op < SL_FILE_READDIR)
		for (i = 0; i < event->data_bytes; i++)
			dice += event->data[i];
	event->status = roll() % 4 ? 0 : errors[roll() % ARRAY_SIZE(errors)];
	if (event->op == SL_FILE_MOUNT)
		event->status = 0;
	nfs->has_attr = roll() % 16;
	nfs->attr = (struct sl_file_attr){
		.type = roll() % 9, .mode = roll(), .links = roll() % 3,
		.atime_ns = (u64)roll() << 44, .size = roll(),
	};
	nfs->object = (struct sl_file_handle){ { roll() % 24 } };
	nfs->verifier = roll() % 8 == 0;
	nfs->eof = roll() % 2;
	if (event->op == SL_FILE_READDIR || event->op == SL_FILE_READDIRPLUS)
		list(event);
	else if (event->op == SL_FILE_READLINK)
		event->data_bytes = roll() % 4096;
	else if (event->op == SL_FILE_READ || event->op == SL_FILE_WRITE)
		nfs->count -= nfs->count ? roll() % nfs->count : 0;
	if (event->op == SL_FILE_READ)
		memset(event->data, 1, nfs->count);
	if (event->op == SL_FILE_FSSTAT)
		memset(event->data, 2, sizeof(struct sl_file_space));
}

/* As io_uring brings it: header, struct of the operation's, what follows. */
static void by_uring(const u8 *message, u32 bytes)
{
	struct sl_event *event = sl_stage_take(site_stage);
	struct sl_fuse_uring_heads *heads;
	struct sl_fuse_request request;
	u32 part;
	int err;

	if (!event)
		abort();
	heads = (void *)(event->buffer + SL_FUSE_HEADS_AT);
	memset(heads, 0, sizeof(*heads));
	part = min_t(u32, bytes, sizeof(struct fuse_in_header));
	memcpy(heads->message, message, part);
	message += part;
	bytes -= part;
	part = min_t(u32, bytes, roll() % sizeof(heads->operation));
	memcpy(heads->operation, message, part);
	memcpy(sl_fuse_payload(event), message + part, bytes - part);
	heads->payload_bytes = roll() % 32 ? bytes - part : roll();
	sl_fuse_call(event)->way = SL_FUSE_URING;
	err = sl_fuse_request_gather(&request, heads, sl_fuse_payload(event),
				     SITE_PAYLOAD);
	sl_fuse_begin(site_fuse, event, &request, err);
	site_run();
}

static void bring(u8 *message, u32 bytes, u32 how)
{
	struct fuse_in_header head;

	if (bytes >= sizeof(head)) {
		memcpy(&head, message, sizeof(head));
		if (how & PUT_RIGHT) {
			head.len = bytes;
			head.opcode %= SL_FUSE_OPS;
			head.total_extlen %= 4;
		}
		if (how & KNOWN)
			head.nodeid = 1 + head.nodeid % site_options.nodes;
		memcpy(message, &head, sizeof(head));
	}
	site_gone = how & REFUSED;
	if (how & BY_URING)
		by_uring(message, bytes);
	else
		site_message(message, bytes);
	site_gone = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	u8 message[LENGTH];

	dice = bytes;
	site_export = export;
	if (!site_pipeline)
		site_open();
	while (bytes > 2) {
		u32 how = data[0] | data[1] << 8;
		u32 length = min_t(size_t, how & LENGTH, bytes - 2);

		memcpy(message, data + 2, length);
		data += 2 + length;
		bytes -= 2 + length;
		site_options.direct_io = how >> 15;
		bring(message, length, how);
	}
	site_check();
	if (sl_test_failed)
		abort();
	return 0;
}
