// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a call which must not be done twice is not: that the cache knows
 * it again while it is done and afterwards, over other connections too, but
 * takes no other call for it; that it forgets in time, the oldest first, and
 * never a call that is being done.
 */
#include "membank/region.h"
#include "stages/nfs/rpc_site_test.h"

#define REMOVE(xid, name)	SITE_CALL_NFS(xid, "0000000c") SITE_HANDLE name
#define NAME			"00000003 \"abc\"00"
#define OTHER			"00000003 \"abd\"00"
#define DONE(xid)		SITE_ACCEPTED(xid) "00000000 00000000 00000000"
#define NOT_THERE(xid)		SITE_ACCEPTED(xid) "00000002 00000000 00000000"
#define ENTRIES			8

static struct sl_replay_key key_of(u32 number)
{
	return (struct sl_replay_key){ .client = { 10, 1, 2, 3 },
				       .xid = number,
				       .checksum = number * 77 };
}

/* Against a model that keeps them in order of their last use. */
static void test_cache(void)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	struct sl_replay replay = { .entry = NULL };
	u32 model[ENTRIES], count = 0;	/* the newest first */
	unsigned int seed = 7;
	u32 round, i, index;

	CHECK_EQ(sl_replay_open(&replay, region, ENTRIES, 1000), 0);
	for (round = 1; round < 20000; round++) {
		u32 number = rand_r(&seed) % 12;
		struct sl_replay_key key = key_of(number);
		enum sl_replay_state state;

		for (i = 0; i < count && model[i] != number; i++)
			;
		state = sl_replay_begin(&replay, &key, 100, &index);
		if (!CHECK_EQ(state, i < count ? SL_REPLAY_DONE
					       : SL_REPLAY_NEW))
			break;
		if (state == SL_REPLAY_DONE) {
			CHECK_EQ(replay.entry[index].bytes, 4);
			CHECK(!memcmp(replay.entry[index].reply, &number, 4));
		} else if (number % 5) {
			sl_replay_end(&replay, index, (u8 *)&number, 4, 100);
			i = min(count, ENTRIES - 1u);
			count = min(count + 1, (u32)ENTRIES);
		} else {
			sl_replay_forget(&replay, index);
			/* For its entry another one had to go. */
			count = min(count, ENTRIES - 1u);
			continue;
		}
		memmove(model + 1, model, i * sizeof(model[0]));
		model[0] = number;
	}
	sl_region_destroy(region);
}

static void test_cache_limits(void)
{
	struct sl_region *region = sl_region_create("test", false, -1);
	struct sl_replay replay = { .entry = NULL };
	struct sl_replay_key key = key_of(1), other;
	u32 i, index;

	CHECK_EQ(sl_replay_open(&replay, region, ENTRIES, 1000), 0);
	CHECK_EQ(sl_replay_begin(&replay, &key, 1, &index), SL_REPLAY_NEW);
	CHECK_EQ(sl_replay_begin(&replay, &key, 1, &i), SL_REPLAY_BUSY);
	CHECK_EQ(i, index);
	sl_replay_end(&replay, index, (u8 *)"abc", 3, 10);
	/* All else than the same is another call. */
	for (i = 0; i < 4; i++) {
		other = key;
		*(i == 0 ? &other.xid : i == 1 ? &other.procedure :
		  i == 2 ? (u32 *)&other.checksum : (u32 *)other.client) ^= 1;
		CHECK_EQ(sl_replay_begin(&replay, &other, 11, &index),
			 SL_REPLAY_NEW);
	}
	CHECK_EQ(sl_replay_begin(&replay, &key, 1009, &index), SL_REPLAY_DONE);
	CHECK_EQ(sl_replay_begin(&replay, &key, 1010, &index), SL_REPLAY_NEW);
	/* With five being done there is room for three, then for none. */
	for (i = 100; i < 103; i++) {
		key = key_of(i);
		CHECK_EQ(sl_replay_begin(&replay, &key, 1, &index),
			 SL_REPLAY_NEW);
		CHECK(index != SL_REPLAY_NONE);
	}
	key = key_of(103);
	CHECK_EQ(sl_replay_begin(&replay, &key, 1, &index), SL_REPLAY_NEW);
	CHECK_EQ(index, SL_REPLAY_NONE);
	sl_region_destroy(region);
}

static void test_checksum(void)
{
	u8 data[40] = { 0 };
	u64 sum = sl_replay_checksum(data, sizeof(data), 1);
	u32 i;

	CHECK(sl_replay_checksum(data, sizeof(data) - 1, 1) != sum);
	CHECK(sl_replay_checksum(data, sizeof(data), 2) != sum);
	for (i = 0; i < 8 * sizeof(data); i++) {
		data[i / 8] ^= 1 << i % 8;
		CHECK(sl_replay_checksum(data, sizeof(data), 1) != sum);
		data[i / 8] ^= 1 << i % 8;
	}
}

/* The first REMOVE of a name succeeds. */
static u32 removed;

static void take_away(struct sl_event *event)
{
	sl_file(event)->status = removed++ ? SL_NFS_NOENT : SL_NFS_OK;
}

static void test_again(void)
{
	site_open(&site_options, 8);
	site_export = take_away;
	removed = 0;
	site_say(0, REMOVE("00000001", NAME));
	site_heard(0, DONE("00000001"));
	site_say(0, REMOVE("00000001", NAME));
	site_heard(0, DONE("00000001"));
	/* From another port of the same client, the first one being gone. */
	site_close(0);
	site_say(1, REMOVE("00000001", NAME));
	site_heard(1, DONE("00000001"));
	CHECK_EQ(removed, 1);
	CHECK_EQ(site_drops(SL_RPC_DROP_REPLAYED), 2);
	/* Another number, name, client or user: another call. */
	site_say(1, REMOVE("00000002", NAME));
	site_heard(1, NOT_THERE("00000002"));
	site_say(1, REMOVE("00000001", OTHER));
	site_heard(1, NOT_THERE("00000001"));
	site_connection[2].peer[15] ^= 1;
	site_say(2, REMOVE("00000001", NAME));
	site_heard(2, NOT_THERE("00000001"));
	site_say(1, SITE_CALL("00000001", SITE_NFS, "", "0000000c") SITE_NONE
		 SITE_HANDLE NAME);
	site_heard(1, NOT_THERE("00000001"));
	CHECK_EQ(removed, 5);
	CHECK_EQ(site_drops(SL_RPC_DROP_REPLAYED), 2);
	site_shut();
}

/* The connection is lost before the answer; the call comes again. */
static void test_in_progress(void)
{
	site_open(&site_options, 8);
	removed = 0;
	site_say(0, REMOVE("00000001", NAME));
	site_say(0, REMOVE("00000001", NAME));
	site_close(0);
	site_say(1, REMOVE("00000001", NAME));
	CHECK_EQ(site_asked.count, 1);
	CHECK_EQ(site_drops(SL_RPC_DROP_REPEATED), 2);
	CHECK(site_answer(take_away));
	site_heard(1, "");
	site_say(1, REMOVE("00000001", NAME));
	site_heard(1, DONE("00000001"));
	CHECK_EQ(removed, 1);
	site_shut();
}

static u32 answers;

static void no_time(struct sl_event *event)
{
	answers++;
	sl_file(event)->status = SL_NFS_JUKEBOX;
	event->status = -EJUKEBOX;
}

/* What had no time is done when it comes again; so is what does no harm. */
static void test_not_kept(void)
{
	site_open(&site_options, 8);
	site_export = no_time;
	site_say(0, REMOVE("00000001", NAME));
	site_say(0, REMOVE("00000001", NAME));
	CHECK_EQ(answers, 2);
	site_export = take_away;
	removed = 0;
	site_say(0, SITE_CALL_NFS("00000002", "00000001") SITE_HANDLE);
	site_say(0, SITE_CALL_NFS("00000002", "00000001") SITE_HANDLE);
	CHECK_EQ(removed, 2);
	CHECK_EQ(site_drops(SL_RPC_DROP_REPLAYED), 0);
	site_shut();
}

/* The longest reply that is kept: CREATE with the longest handle. */
static void create(struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);

	memset(&nfs->object, 0xab, sizeof(nfs->object));
	nfs->has_attr = true;
	nfs->has_directory = true;
	nfs->has_before[0] = true;
}

static void test_longest(void)
{
	static u8 first[1024];
	struct site_connection *c = &site_connection[0];
	u32 bytes;

	site_open(&site_options, 8);
	site_export = create;
	site_say(0, SITE_CALL_NFS("00000001", "00000008") SITE_HANDLE NAME
		 "00000002 0000000000000000");
	bytes = c->output_bytes;
	CHECK_EQ(bytes, 4 + 24 + 4 + 4 + 68 + 88 + 28 + 88);
	memcpy(first, c->output, bytes);
	c->output_bytes = 0;
	site_say(0, SITE_CALL_NFS("00000001", "00000008") SITE_HANDLE NAME
		 "00000002 0000000000000000");
	CHECK_EQ(site_calls, 1);
	CHECK_EQ(c->output_bytes, bytes);
	CHECK(!memcmp(first, c->output, bytes));
	site_shut();
}

int main(void)
{
	test_cache();
	test_cache_limits();
	test_checksum();
	test_again();
	test_in_progress();
	test_not_kept();
	test_longest();
	TEST_END();
}
