// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the rpc stage stays within its means: with few events, slow
 * clients, clients that ask and never read, clients that go away with calls in
 * flight, more of them than there is room for; and that it ends in order.
 */
#include "stages/nfs/rpc_site_test.h"

#define GETATTR(xid)	SITE_CALL_NFS(xid, "00000001") SITE_HANDLE
#define FAILED(xid)	SITE_ACCEPTED(xid) "00000046"
#define EVENTS		4

static u8 data[SITE_INPUT_MAX];

static void fail(struct sl_event *event)
{
	sl_file(event)->status = SL_NFS_STALE;
}

static u32 calls(u32 count)
{
	u32 bytes = 0;

	while (count--)
		bytes += site_record(data + bytes, GETATTR("00000002"));
	return bytes;
}

static void hear(u32 number, u32 count)
{
	while (count--)
		site_heard(number, FAILED("00000002"));
	site_heard(number, "");
}

/* Ten connections share four events; nothing is lost, nobody is left out. */
static void test_few_events(void)
{
	u32 bytes = calls(20);
	u32 i, most = 0, answered = 0;

	site_open(&site_options, EVENTS);
	for (i = 0; i < 10; i++)
		site_receive(i, data, bytes);
	while (site_asked.count) {
		most = max(most, site_asked.count);
		site_answer(fail);
		answered++;
	}
	CHECK_EQ(most, EVENTS);
	CHECK_EQ(answered, 200);
	for (i = 0; i < 10; i++)
		hear(i, 20);
	site_shut();
}

/* Who does not read gets no more than its share of answers made. */
static void test_no_reader(void)
{
	struct sl_rpc_options options = site_options;
	u32 bytes = calls(100);

	options.calls_max = 8;
	site_open(&options, 32);
	site_export = fail;
	site_slow = true;
	site_receive(0, data, bytes);
	site_run();
	CHECK_EQ(site_calls, 8);
	CHECK(site_connection[0].kept);
	site_hurry();
	CHECK_EQ(site_calls, 100);
	hear(0, 100);
	site_shut();
}

/* Records in pieces: short ones take no event, long ones not all of them. */
static void test_slow_writers(void)
{
	struct sl_rpc *rpc;
	u32 i;

	site_open(&site_options, EVENTS);
	rpc = site_rpc->private;
	for (i = 0; i < 10; i++) {
		site_bytes(data, "80000200 00000000");
		site_receive(i, data, 8);
	}
	CHECK_EQ(site_rpc->bank->free_count, EVENTS);
	for (i = 10; i < 20; i++) {
		site_bytes(data, "80004000 00000000");
		site_receive(i, data, 8);
	}
	CHECK_EQ(rpc->gathers, EVENTS / 2);
	CHECK_EQ(site_rpc->bank->free_count, EVENTS / 2);
	/* The others are not heard, for they are not read any more. */
	CHECK(!site_connection[10].calling);
	CHECK(site_connection[19].calling);
	/* Meanwhile short calls are answered. */
	site_export = fail;
	site_say(30, GETATTR("00000002"));
	hear(30, 1);

	/* Their time is over: all are sent away, one after the other. */
	for (i = 0; i < 20; i++) {
		sl_rpc_stage.tick(site_rpc, site_rpc->now_ns +
					site_options.record_timeout_ns);
		site_run();
	}
	CHECK_EQ(rpc->gathers, 0);
	for (i = 0; i < 20; i++)
		CHECK(site_connection[i].last);
	CHECK_EQ(site_drops(SL_RPC_DROP_TIMEOUT), 20);
	CHECK(!site_connection[30].last);
	site_shut();
}

/* The answer comes too late for its connection, but is remembered. */
static void test_closed_in_flight(void)
{
	struct sl_rpc *rpc;
	u32 i;

	site_open(&site_options, 16);
	rpc = site_rpc->private;
	site_receive(0, data, calls(5));
	CHECK_EQ(site_asked.count, 5);
	site_close(0);
	/* The number is used again at once; its answers are its own. */
	site_say(0, GETATTR("00000003"));
	for (i = 0; i < 5; i++)
		site_answer(fail);
	site_heard(0, "");
	CHECK_EQ(site_drops(SL_RPC_DROP_CLOSED), 5);
	CHECK_EQ(rpc->calls, 1);
	site_answer(fail);
	site_heard(0, FAILED("00000003"));
	site_shut();
}

/* A client that has sent all it wants to still gets its answers. */
static void test_half_closed(void)
{
	site_open(&site_options, 16);
	site_receive(0, data, calls(3));
	site_receive(0, data, 0);
	CHECK(!site_connection[0].last);
	while (site_answer(fail))
		;
	hear(0, 3);
	CHECK(site_connection[0].last);

	/* In the middle of a call, too, which is then none. */
	site_receive(1, data, 10);
	site_receive(1, data, 0);
	CHECK(site_connection[1].last);
	site_heard(1, "");
	site_shut();
}

static void test_hang_up_in_flight(void)
{
	site_open(&site_options, 16);
	site_receive(0, data, calls(2));
	site_receive(0, (u8[]){ 0xff, 0xff, 0xff, 0xff }, 4);
	CHECK(!site_connection[0].last);
	while (site_answer(fail))
		;
	hear(0, 2);
	CHECK(site_connection[0].last);
	site_shut();
}

static void test_crowd(void)
{
	struct sl_rpc_options options = site_options;

	options.connections_max = 2;
	site_open(&options, EVENTS);
	site_export = fail;
	calls(1);
	site_receive(0, data, calls(1));
	site_receive(1, data, calls(1));
	site_receive(2, data, calls(1));
	hear(0, 1);
	hear(1, 1);
	site_heard(2, "");
	CHECK(site_connection[2].last);
	CHECK_EQ(site_drops(SL_RPC_DROP_CROWDED), 1);
	site_close(2);
	site_close(1);
	site_receive(2, data, calls(1));
	hear(2, 1);
	site_shut();
}

static void test_drain(void)
{
	site_open(&site_options, EVENTS);
	CHECK(sl_rpc_stage.drain(site_rpc));
	site_receive(0, data, calls(6));
	CHECK(!sl_rpc_stage.drain(site_rpc));
	while (site_answer(fail))
		CHECK_EQ(sl_rpc_stage.drain(site_rpc), !site_asked.count);
	hear(0, 6);
	site_shut();
}

/* What cannot work is refused at the start. */
static void test_bad_options(void)
{
	struct sl_rpc_options options = site_options;

	CHECK(!site_try(&options, 1, 65536));
	CHECK(!site_try(&options, 8, 4096));
	options.path = "files";
	CHECK(!site_try(&options, 8, 65536));
	options = site_options;
	options.clients = "10.0.0.0/8, localhost";
	CHECK(!site_try(&options, 8, 65536));
}

int main(void)
{
	test_few_events();
	test_no_reader();
	test_slow_writers();
	test_closed_in_flight();
	test_half_closed();
	test_hang_up_in_flight();
	test_crowd();
	test_drain();
	/* It says why, which nobody has to read here. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	test_bad_options();
	TEST_END();
}
