// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that calls which come as datagrams are answered by datagrams: without
 * record marks, no longer than one may be, each before its call is let go,
 * with the same memory of what was done as over connections.
 */
#include "stages/nfs/rpc_site_test.h"

#define REMOVE(xid)	SITE_CALL_NFS(xid, "0000000c") SITE_HANDLE \
			"00000003 \"abc\"00"
#define DONE(xid)	SITE_ACCEPTED(xid) "00000000 00000000 00000000"

static void post(const char *text)
{
	static u8 data[65536];

	site_post_letter(data, site_bytes(data, text));
}

static bool heard_at(const char *text, int line)
{
	static u8 want[65536];
	u32 bytes = site_bytes(want, text);

	if (sl_test_check(bytes == site_letter_bytes &&
				  !memcmp(want, site_letter, bytes),
			  __FILE__, line, "answer as expected"))
		return true;
	site_show("got", site_letter, site_letter_bytes);
	site_show("expected", want, bytes);
	return false;
}

#define heard(text) heard_at(text, __LINE__)

static u32 asked_count;

static void answer(struct sl_event *event)
{
	asked_count = sl_file(event)->count;
	if (event->op == SL_FILE_READ) {
		memset(event->data, 'x', 5);
		event->data_bytes = 5;
		sl_file(event)->eof = false;
	} else if (event->op == SL_FILE_FSINFO) {
		struct sl_file_limits limits = {
			.read_max = 1 << 20, .write_max = 1 << 20,
		};

		memcpy(event->data, &limits, sizeof(limits));
		event->data_bytes = sizeof(limits);
	}
}

static void test_calls(void)
{
	site_open(&site_options, 8);
	site_export = answer;
	post(SITE_CALL("00000001", SITE_NFS, "", "00000000") SITE_NONE);
	heard(SITE_ACCEPTED("00000001"));
	post(SITE_CALL_NFS("00000002", "00000006") SITE_HANDLE
	     "0000000000000000 00100000");
	CHECK_EQ(asked_count, 32768);
	heard(SITE_ACCEPTED("00000002") "00000000 00000000 00000005 00000000 "
	      "00000005 \"xxxxx\"000000");
	post(SITE_CALL_NFS("00000002", "00000010") SITE_HANDLE
	     "0000000000000000 0000000000000000 00100000");
	CHECK(asked_count <= 32768);
	post(SITE_CALL_NFS("00000003", "00000013") SITE_HANDLE);
	heard(SITE_ACCEPTED("00000003") "00000000 00000000 00008000 00008000 "
	      "00001000 00008000 00008000 00001000 00008000 "
	      "0000000000000000 00000000 00000000 0000001b");
	post(SITE_CALL("00000004", "000186a0 00000002", "", "00000003")
	     SITE_NONE "000186a3 00000003 00000011 00000000");
	heard(SITE_ACCEPTED("00000004") "00000801");
	/* Nothing that is no call is answered, and it harms nobody. */
	post("00000001 00000001 00000000");
	heard("");
	post("00");
	heard("");
	post(SITE_CALL_NFS("00000005", "00000001") "00000009");
	heard("00000005 00000001 00000000 0000000000000000 00000004");
	site_check_home();
	site_shut();
}

/* What is written stays in the datagram, even if it waits for a disk. */
static void test_write(void)
{
	struct sl_event *event;

	site_open(&site_options, 8);
	post(SITE_CALL_NFS("00000001", "00000007") SITE_HANDLE
	     "0000000000000000 00000004 00000002 00000004 \"abcd\"");
	event = site_asked.first;
	CHECK(event && !memcmp(event->data, "abcd", 4));
	CHECK(event->data < event->buffer ||
	      event->data >= event->buffer + event->data_max);
	CHECK_EQ(site_letters, 1);
	CHECK(site_answer(answer));
	CHECK_EQ(site_letters, 0);
	CHECK(site_letter_bytes > 0);
	site_shut();
}

static void test_again(void)
{
	site_open(&site_options, 8);
	post(REMOVE("00000001"));
	post(REMOVE("00000001"));
	CHECK_EQ(site_letters, 1);
	CHECK_EQ(site_asked.count, 1);
	CHECK(site_answer(answer));
	heard(DONE("00000001"));
	post(REMOVE("00000001"));
	heard(DONE("00000001"));
	/* It is the same client over a connection, too. */
	site_say(0, REMOVE("00000001"));
	site_heard(0, DONE("00000001"));
	CHECK_EQ(site_calls, 1);
	site_shut();
}

/* With no event or no connection left they wait, or are let go. */
static void test_few(void)
{
	struct sl_rpc_options options = site_options;
	u32 i;

	site_open(&options, 2);
	for (i = 0; i < 6; i++)
		post(SITE_CALL_NFS("00000001", "00000001") SITE_HANDLE);
	CHECK_EQ(site_asked.count, 2);
	for (i = 0; i < 6; i++)
		CHECK(site_answer(answer));
	CHECK_EQ(site_letters, 0);
	site_shut();

	options.connections_max = 1;
	site_open(&options, 8);
	for (i = 0; i < 3; i++)
		post(SITE_CALL_NFS("00000001", "00000001") SITE_HANDLE);
	CHECK_EQ(site_asked.count, 1);
	CHECK_EQ(site_drops(SL_RPC_DROP_CROWDED), 2);
	CHECK(site_answer(answer));
	site_shut();
}

int main(void)
{
	test_calls();
	test_write();
	test_again();
	test_few();
	TEST_END();
}
