// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the rpc stage finds the same calls however the bytes come: cut
 * anywhere, in fragments, many at once; that what is no record ends the
 * connection; and that nobody who sends slowly, asks too much or reads nothing
 * takes more than its share.
 */
#include "stages/nfs/rpc_site_test.h"

#define NULL_CALL(xid)	SITE_CALL(xid, SITE_NFS, "", "00000000") SITE_NONE
#define GETATTR(xid)	SITE_CALL_NFS(xid, "00000001") SITE_HANDLE
#define FAILED(xid)	SITE_ACCEPTED(xid) "00000046"
#define WRITE_HEAD	SITE_CALL_NFS("00000005", "00000007") SITE_HANDLE \
			"0000000000001000"

/* A WRITE is done if what it writes is as expected; all else is stale. */
static u8 written[SITE_INPUT_MAX * 2];

static void answer_all(struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);

	nfs->status = SL_NFS_STALE;
	if (event->op != SL_FILE_WRITE)
		return;
	CHECK_EQ(nfs->offset, 0x1000);
	CHECK_EQ(nfs->count, event->data_bytes);
	CHECK(!memcmp(event->data, written, nfs->count));
	nfs->status = SL_NFS_OK;
	nfs->verifier = 0x1122334455667788;
}

static u32 write_call(u8 *to, u32 bytes, u32 stable)
{
	u32 at = 4 + site_bytes(to + 4, WRITE_HEAD);
	u32 i, n;

	at = sl_xdr_put_u32(to + at, bytes) - to;
	at = sl_xdr_put_u32(to + at, stable) - to;
	at = sl_xdr_put_u32(to + at, bytes) - to;
	for (i = 0; i < bytes; i++)
		to[at++] = written[i];
	while (at % 4)
		to[at++] = 0;
	n = at - 4;
	sl_xdr_put_u32(to, SL_RPC_LAST | n);
	return at;
}

#define WRITTEN(bytes)                                                 \
	SITE_ACCEPTED("00000005") "00000000 00000000 00000000 " bytes \
	" 00000000 1122334455667788"

static void test_cut_anywhere(void)
{
	static u8 data[4096];
	u32 bytes, cut;

	site_open(&site_options, 8);
	site_export = answer_all;
	bytes = site_record(data, NULL_CALL("00000001"));
	bytes += site_record(data + bytes, GETATTR("00000002"));
	bytes += write_call(data + bytes, 300, SL_FILE_UNSTABLE);
	for (cut = 0; cut <= bytes; cut++) {
		if (cut)
			site_receive(0, data, cut);
		if (cut < bytes)
			site_receive(0, data + cut, bytes - cut);
		site_heard(0, SITE_ACCEPTED("00000001"));
		site_heard(0, FAILED("00000002"));
		site_heard(0, WRITTEN("0000012c"));
		site_heard(0, "");
	}
	for (cut = 0; cut < bytes; cut++)
		site_receive(0, data + cut, 1);
	site_heard(0, SITE_ACCEPTED("00000001"));
	site_heard(0, FAILED("00000002"));
	site_heard(0, WRITTEN("0000012c"));
	site_heard(0, "");
	CHECK_EQ(site_drops(SL_RPC_DROP_ARGUMENTS), 0);
	site_shut();
}

/* Cuts a record into fragments of so many bytes; empty ones between them. */
static u32 fragment(u8 *to, const u8 *record, u32 bytes, u32 each, bool empty)
{
	u32 from = 4, at = 0, n;

	while (from < bytes) {
		n = min(each, bytes - from);
		if (empty)
			at = sl_xdr_put_u32(to + at, 0) - to;
		at = sl_xdr_put_u32(to + at,
				    n | (from + n == bytes && !empty
						 ? SL_RPC_LAST : 0)) - to;
		memcpy(to + at, record + from, n);
		at += n;
		from += n;
	}
	if (empty)
		at = sl_xdr_put_u32(to + at, SL_RPC_LAST) - to;
	return at;
}

static void test_fragments(void)
{
	static u8 record[8192], data[SITE_INPUT_MAX];
	u32 bytes, each, n, cut;

	site_open(&site_options, 8);
	site_export = answer_all;
	bytes = write_call(record, 2000, SL_FILE_UNSTABLE);
	for (each = 1; each < bytes; each += 1 + each / 2) {
		n = fragment(data, record, bytes, each, false);
		site_receive(1, data, n);
		site_heard(1, WRITTEN("000007d0"));
		site_heard(1, "");
		if (each < 3)
			continue;
		n = fragment(data, record, bytes, each, true);
		for (cut = 0; cut < n; cut += 100)
			site_receive(1, data + cut, min(100u, n - cut));
		site_heard(1, WRITTEN("000007d0"));
		site_heard(1, "");
	}
	site_shut();
}

/* Together they make one batch; then no more than calls_max are in flight. */
static void test_many_at_once(void)
{
	static u8 data[SITE_INPUT_MAX];
	struct sl_rpc_options options = site_options;
	u32 bytes = 0;
	u32 i;

	site_open(&site_options, 128);
	for (i = 0; i < 200; i++)
		bytes += site_record(data + bytes, GETATTR("00000002"));
	CHECK(bytes <= SITE_INPUT_MAX);
	site_receive(2, data, bytes);
	CHECK_EQ(site_asked.count, 64);
	CHECK(site_connection[2].calling || site_connection[2].kept);
	for (i = 0; i < 200; i++)
		CHECK(site_answer(answer_all));
	for (i = 0; i < 200; i++)
		site_heard(2, FAILED("00000002"));
	site_heard(2, "");

	site_export = answer_all;
	site_sends = 0;
	site_receive(2, data, bytes);
	for (i = 0; i < 200; i++)
		site_heard(2, FAILED("00000002"));
	/* Replies went out together: 64 calls, one event. */
	CHECK_EQ(site_sends, 4);
	site_shut();

	options.calls_max = 1;
	site_open(&options, 4);
	site_export = answer_all;
	site_receive(2, data, bytes);
	for (i = 0; i < 200; i++)
		site_heard(2, FAILED("00000002"));
	site_shut();
}

/* What is written is not copied, and net not answered before it is. */
static void test_write_in_place(void)
{
	static u8 data[SITE_INPUT_MAX];
	struct sl_event *event;
	u32 bytes;

	site_open(&site_options, 8);
	bytes = write_call(data, 5000, SL_FILE_UNSTABLE);
	site_receive(3, data, bytes);
	event = site_asked.first;
	CHECK_EQ(site_asked.count, 1);
	CHECK(event->data < event->buffer ||
	      event->data >= event->buffer + event->data_max);
	CHECK(site_connection[3].calling);
	CHECK(site_answer(answer_all));
	CHECK(!site_connection[3].calling);
	site_heard(3, WRITTEN("00001388"));

	/* One that waits for a disk is, and its client may go on. */
	bytes = write_call(data, 5000, SL_FILE_SYNC);
	site_receive(3, data, bytes);
	event = site_asked.first;
	CHECK(event->data >= event->buffer &&
	      event->data < event->buffer + event->data_max);
	CHECK(!site_connection[3].calling);
	site_say(3, GETATTR("00000002"));
	CHECK(site_answer(answer_all));
	CHECK(site_answer(answer_all));
	site_heard(3, SITE_ACCEPTED("00000005")
		   "00000000 00000000 00000000 00001388 00000002 "
		   "1122334455667788");
	site_heard(3, FAILED("00000002"));
	site_shut();
}

/* A WRITE longer than what net receives at a time. */
static void test_long_write(void)
{
	static u8 data[SITE_INPUT_MAX * 2];
	u32 bytes, cut;

	site_open(&site_options, 8);
	site_export = answer_all;
	bytes = write_call(data, 50000, SL_FILE_UNSTABLE);
	for (cut = 0; cut < bytes; cut += 16000)
		site_receive(4, data + cut, min(16000u, bytes - cut));
	site_heard(4, WRITTEN("0000c350"));
	site_shut();
}

static void test_bad_records(void)
{
	static const char *const bad[] = {
		/* longer than a buffer holds, at once or in the end */
		"80100000", "00008000", "7fffffff", "ffffffff",
		/* HTTP */
		"\"GET / HTTP/1.1\"",
		/* a reply; nothing at all; half a call */
		"8000000c 00000001 00000001 00000000",
		"80000000", "80000006 00000001 0000",
	};
	static u8 data[SITE_INPUT_MAX];
	u32 i, bytes;

	site_open(&site_options, 8);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		bytes = site_bytes(data, bad[i]);
		site_receive(5, data, bytes);
		if (i == 1) {
			/* It says so; the second makes it too much. */
			CHECK(!site_connection[5].last);
			memset(data, 0, SITE_INPUT_MAX);
			site_receive(5, data, SITE_INPUT_MAX);
			site_receive(5, (u8[]){ 0x80, 0, 0x80, 0 }, 4);
		}
		CHECK(site_connection[5].last);
		site_heard(5, "");
		/* And what comes after it is not looked at. */
		site_say(5, GETATTR("00000002"));
		CHECK_EQ(site_calls, 0);
		site_close(5);
	}
	CHECK_EQ(site_drops(SL_RPC_DROP_RECORD), 5);
	CHECK_EQ(site_drops(SL_RPC_DROP_CALL), 3);
	site_shut();
}

int main(void)
{
	u32 i;

	for (i = 0; i < sizeof(written); i++)
		written[i] = i * 7 + i / 256;
	test_cut_anywhere();
	test_fragments();
	test_many_at_once();
	test_write_in_place();
	test_long_write();
	test_bad_records();
	TEST_END();
}
