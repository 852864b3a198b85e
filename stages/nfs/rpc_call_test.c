// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what the rpc stage says to calls that never get to NFS, who may come,
 * as whom, and what the mount program and the port mapper answer.
 */
#include "stages/nfs/rpc_site_test.h"

#define MOUNT		"000186a5 00000003"
#define DENIED(xid)	xid " 00000001 00000001 "
#define GETATTR_AS(who)	SITE_CALL("00000009", SITE_NFS, "", "00000001") \
			who SITE_HANDLE
#define REPLY		"00000009 00000001 00000000 0000000000000000 "
#define PORTMAP(version, procedure)                        \
	SITE_CALL("00000009", "000186a0", version, procedure) SITE_NONE
#define PATH		"00000010 \"/srv/files/a//b/\""

static struct sl_file_args asked;
static char asked_path[64];
static u32 answer_status;
static u8 answer_type;

static void answer(struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);

	asked = *nfs;
	snprintf(asked_path, sizeof(asked_path), "%.*s", event->data_bytes,
		 (char *)event->data);
	nfs->status = answer_status;
	event->status = sl_nfs_error(answer_status);
	if (event->op != SL_FILE_MOUNT)
		return;
	nfs->has_attr = true;
	nfs->attr.type = answer_type;
	memset(&nfs->object, 0, sizeof(nfs->object));
	nfs->object.word[0] = 0x0807060504030201;
}

/* call, reply */
static const char *const refused[][2] = {
	/* version of RPC; of a program; no such program, no such procedure */
	{ "00000009 00000000 00000003",
	  DENIED("00000009") "00000000 00000002 00000002" },
	{ SITE_CALL("00000009", "000186a3 00000002", "", "00000000") SITE_NONE,
	  REPLY "00000002 00000003 00000003" },
	{ SITE_CALL("00000009", "000186a3 00000004", "", "00000000") SITE_NONE,
	  REPLY "00000002 00000003 00000003" },
	{ SITE_CALL("00000009", "000186a5 00000004", "", "00000000") SITE_NONE,
	  REPLY "00000002 00000001 00000003" },
	{ SITE_CALL("00000009", "000186a0 00000001", "", "00000000") SITE_NONE,
	  REPLY "00000002 00000002 00000004" },
	{ SITE_CALL("00000009", "000186a4 00000003", "", "00000000") SITE_NONE,
	  REPLY "00000001" },
	{ SITE_CALL("00000009", SITE_NFS, "", "00000016") SITE_NONE,
	  REPLY "00000003" },
	{ SITE_CALL("00000009", SITE_NFS, "", "ffffffff") SITE_NONE,
	  REPLY "00000003" },
	{ SITE_CALL("00000009", MOUNT, "", "00000006") SITE_NONE,
	  REPLY "00000003" },
	{ SITE_CALL("00000009", "000186a0 00000002", "", "00000005") SITE_NONE,
	  REPLY "00000003" },
	/* a handle of version 1 would be too short for ours */
	{ SITE_CALL("00000009", "000186a5 00000001", "", "00000001") SITE_NONE
	  PATH, REPLY "00000003" },
	{ SITE_CALL("00000009", MOUNT, "", "00000001") SITE_NONE "00000401",
	  REPLY "00000004" },
	/* who asks: unknown flavor, a verifier, too long, too many groups */
	{ GETATTR_AS("00000006 00000000 00000000 00000000 "),
	  DENIED("00000009") "00000001 00000002" },
	{ GETATTR_AS("00000000 00000000 00000006 00000000 "),
	  DENIED("00000009") "00000001 00000003" },
	{ GETATTR_AS("00000000 00000191 "),
	  DENIED("00000009") "00000001 00000001" },
	{ GETATTR_AS("00000000 00000000 00000000 fffffffd "),
	  DENIED("00000009") "00000001 00000003" },
	{ GETATTR_AS("00000001 00000014 00000000 00000000 00000001 00000001 "
		     "00000011 00000000 00000000"),
	  DENIED("00000009") "00000001 00000001" },
	{ GETATTR_AS("00000001 00000010 00000000 00000000 00000001 00000001 "
		     "00000000 00000000"),
	  DENIED("00000009") "00000001 00000001" },
	{ GETATTR_AS("00000001 00000014 00000000 00000100 00000001 00000001 "
		     "00000000 00000000 00000000"),
	  DENIED("00000009") "00000001 00000001" },
	/* but who asks whether we are there may be anybody */
	{ SITE_CALL("00000009", SITE_NFS, "", "00000000")
	  "00000006 00000000 00000007 00000000", REPLY "00000000" },
};

static void test_refused(void)
{
	u32 i;

	site_open(&site_options, 8);
	site_export = answer;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		site_say(0, refused[i][0]);
		if (!site_heard(0, refused[i][1]))
			fprintf(stderr, "call %u\n", i);
	}
	CHECK_EQ(site_calls, 0);
	CHECK_EQ(site_drops(SL_RPC_DROP_VERSION), 1);
	CHECK_EQ(site_drops(SL_RPC_DROP_PROCEDURE), 10);
	CHECK_EQ(site_drops(SL_RPC_DROP_CREDENTIAL), 7);
	CHECK_EQ(site_drops(SL_RPC_DROP_ARGUMENTS), 1);
	site_shut();
}

#define ROOT							       \
	"00000001 0000001c 00000000 00000000 00000000 00000000 "       \
	"00000002 00000000 00000007 00000000 00000000 "

/* who, squash, whom the export sees: user, group, and groups */
static const struct {
	const char *who;
	u64 squash;
	u32 uid, gid, groups, group;
} squashed[] = {
	{ SITE_SYS, SL_RPC_SQUASH_ROOT, 1000, 1001, 2, 4 },
	{ SITE_SYS, SL_RPC_SQUASH_ALL, 65534, 65533, 0, 0 },
	{ SITE_SYS, SL_RPC_SQUASH_NONE, 1000, 1001, 2, 4 },
	{ ROOT, SL_RPC_SQUASH_ROOT, 65534, 65533, 2, 65533 },
	{ ROOT, SL_RPC_SQUASH_ALL, 65534, 65533, 0, 0 },
	{ ROOT, SL_RPC_SQUASH_NONE, 0, 0, 2, 0 },
	{ SITE_NONE, SL_RPC_SQUASH_ROOT, 65534, 65533, 0, 0 },
	{ SITE_NONE, SL_RPC_SQUASH_NONE, 65534, 65533, 0, 0 },
};

static void test_squash(void)
{
	struct sl_rpc_options options = site_options;
	char call[512];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(squashed); i++) {
		options.squash = squashed[i].squash;
		site_open(&options, 8);
		site_export = answer;
		snprintf(call, sizeof(call), "%s %s %s",
			 SITE_CALL("00000009", SITE_NFS, "", "00000001"),
			 squashed[i].who, SITE_HANDLE);
		memset(&asked, 0xff, sizeof(asked));
		site_say(0, call);
		CHECK_EQ(asked.caller.known, true);
		CHECK_EQ(asked.caller.uid, squashed[i].uid);
		CHECK_EQ(asked.caller.gid, squashed[i].gid);
		CHECK_EQ(asked.caller.group_count, squashed[i].groups);
		if (squashed[i].groups)
			CHECK_EQ(asked.caller.group[0], squashed[i].group);
		site_shut();
	}
}

#define V4(a, b, c, d)	{ [10] = 0xff, 0xff, a, b, c, d }

/* clients, a client, may it come; is the list one at all */
static const struct {
	const char *clients;
	u8 address[16];
	bool may;
	bool bad;
} lists[] = {
	{ "127.0.0.0/8", V4(127, 255, 0, 1), true, false },
	{ "127.0.0.0/8", V4(128, 0, 0, 1), false, false },
	{ "10.1.2.3", V4(10, 1, 2, 3), true, false },
	{ "10.1.2.3", V4(10, 1, 2, 2), false, false },
	{ "192.168.4.0/23,,  ::1", V4(192, 168, 5, 255), true, false },
	{ "192.168.4.0/23", V4(192, 168, 6, 0), false, false },
	{ "0.0.0.0/0", V4(1, 2, 3, 4), true, false },
	{ "0.0.0.0/0", { [15] = 1 }, false, false },
	{ "::/0", V4(1, 2, 3, 4), true, false },
	{ "::1", { [15] = 1 }, true, false },
	{ "::1", { [15] = 2 }, false, false },
	{ "2001:db8::/33", { 0x20, 1, 0xd, 0xb8, 0x7f }, true, false },
	{ "2001:db8::/33", { 0x20, 1, 0xd, 0xb8, 0x80 }, false, false },
	{ "1:2:3:4:5:6:7:8", { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8 },
	  true, false },
	{ "FE80::a:b", { 0xfe, 0x80, [13] = 10, [15] = 11 }, true, false },
	{ "1::", { 0, 1 }, true, false },
	{ "::ffff:10.1.2.3", V4(10, 1, 2, 3), true, false },
	{ "1:2:3:4:5:6:7::", { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7 }, true,
	  false },
	{ "", V4(127, 0, 0, 1), false, false },
	{ .clients = "10.1.2", .bad = true },
	{ .clients = "10.1.2.256", .bad = true },
	{ .clients = "10.1.2.3.4", .bad = true },
	{ .clients = "10.1.2.3/33", .bad = true },
	{ .clients = "10.1.2.3/", .bad = true },
	{ .clients = "10.1.2.3/8x", .bad = true },
	{ .clients = "1:2:3:4:5:6:7:8:9", .bad = true },
	{ .clients = "1:2:3:4:5:6:7", .bad = true },
	{ .clients = "1::2::3", .bad = true },
	{ .clients = "1:2:3:4:5:6:7:8::", .bad = true },
	{ .clients = ":1", .bad = true },
	{ .clients = "::1/129", .bad = true },
	{ .clients = "12345::", .bad = true },
	{ .clients = "localhost", .bad = true },
	{ .clients = "*", .bad = true },
};

static void test_clients(void)
{
	static struct sl_rpc rpc;
	struct sl_rpc_options options = site_options;
	struct sl_stage stage = { .name = "rpc", .private = &rpc,
				  .options = &options };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		memset(&rpc, 0, sizeof(rpc));
		rpc.options = &options;
		options.clients = lists[i].clients;
		if (!CHECK_EQ(sl_rpc_open_clients(&stage),
			      lists[i].bad ? -EINVAL : 0))
			printf("clients '%s'\n", lists[i].clients);
		if (!lists[i].bad &&
		    !CHECK_EQ(sl_rpc_trusts(&rpc, lists[i].address, 1023),
			      lists[i].may))
			printf("clients '%s'\n", lists[i].clients);
	}
	options.clients = "0.0.0.0/0";
	memset(&rpc, 0, sizeof(rpc));
	rpc.options = &options;
	CHECK_EQ(sl_rpc_open_clients(&stage), 0);
	CHECK(!sl_rpc_trusts(&rpc, lists[0].address, 1024));
	options.secure = false;
	CHECK(sl_rpc_trusts(&rpc, lists[0].address, 1024));
}

#define CALL_MOUNT(procedure)	SITE_CALL("00000009", MOUNT, "", procedure) \
				SITE_NONE

/* Strangers get no handle, and can do nothing with one they have guessed. */
static void test_strangers(void)
{
	u32 i;

	site_open(&site_options, 8);
	site_export = answer;
	site_connection[1].peer_port = 1024;
	site_connection[2].peer[13] = 2;
	for (i = 1; i <= 2; i++) {
		site_say(i, CALL_MOUNT("00000001") PATH);
		site_heard(i, REPLY "00000000 0000000d");
		site_say(i, GETATTR_AS(SITE_SYS));
		site_heard(i, DENIED("00000009") "00000001 00000005");
		site_say(i, CALL_MOUNT("00000000"));
		site_heard(i, REPLY "00000000");
		site_say(i, SITE_CALL("00000009", SITE_NFS, "", "00000000")
			 SITE_NONE);
		site_heard(i, REPLY "00000000");
	}
	CHECK_EQ(site_calls, 0);
	CHECK_EQ(site_drops(SL_RPC_DROP_CLIENT), 4);
	site_shut();
}

/* path, what the export is asked; NULL: nothing, for it is not there */
static const char *const paths[][2] = {
	{ "0000000a \"/srv/files\"0000", "" },
	{ "0000000b \"/srv/files/\"00", "" },
	{ PATH, "a//b/" },
	{ "0000000b \"/srv/filesx\"00", NULL },
	{ "00000004 \"/srv\"", NULL },
	{ "00000001 \"/\"000000", NULL },
	{ "00000000", NULL },
};

static void test_mount(void)
{
	char call[256];
	u32 i;

	site_open(&site_options, 8);
	site_export = answer;
	answer_type = SL_FILE_DIR;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		asked_path[0] = '?';
		snprintf(call, sizeof(call), "%s %s", CALL_MOUNT("00000001"),
			 paths[i][0]);
		site_say(0, call);
		if (!paths[i][1]) {
			CHECK_EQ(asked_path[0], '?');
			site_heard(0, REPLY "00000000 00000002");
			continue;
		}
		CHECK_STR(asked_path, paths[i][1]);
		CHECK(!asked.caller.known);
		site_heard(0, REPLY "00000000 00000000 " SITE_HANDLE
			   "00000001 00000001");
	}
	/* Who is there: in the order that they came, each path once. */
	site_say(0, CALL_MOUNT("00000001") "0000000a \"/srv/files\"0000");
	site_connection[0].output_bytes = 0;
	site_say(0, CALL_MOUNT("00000003") "0000000b \"/srv/files/\"00");
	site_heard(0, REPLY "00000000");
	site_say(0, SITE_CALL("00000009", "000186a5 00000001", "", "00000002")
		 SITE_NONE);
	site_heard(0, REPLY "00000000 00000001 00000008 \"10.1.2.3\" "
		   "0000000a \"/srv/files\"0000 "
		   "00000001 00000008 \"10.1.2.3\" " PATH " 00000000");
	memset(site_connection[1].peer, 0, 16);
	site_connection[1].peer[15] = 1;
	site_say(1, CALL_MOUNT("00000004"));
	site_heard(1, REPLY "00000000");
	site_say(0, CALL_MOUNT("00000004"));
	site_heard(0, REPLY "00000000");
	site_say(1, CALL_MOUNT("00000001") PATH);
	site_connection[1].output_bytes = 0;
	site_say(1, CALL_MOUNT("00000002"));
	site_heard(1, REPLY "00000000 00000001 0000000f \"0:0:0:0:0:0:0:1\"00 "
		   PATH " 00000000");
	site_connection[2].peer_port = 1024;
	site_say(2, CALL_MOUNT("00000002"));
	site_heard(2, REPLY "00000000 00000000");
	site_say(2, CALL_MOUNT("00000005"));
	site_heard(2, REPLY "00000000 00000001 0000000a \"/srv/files\"0000 "
		   "00000001 0000000b \"10.1.0.0/16\"00 "
		   "00000001 00000003 \"::1\"00 00000000 00000000");
	site_shut();
}

static void test_mount_fails(void)
{
	/* what the export says, what the client hears */
	static const u32 failures[][2] = {
		{ SL_NFS_NOENT, 2 }, { SL_NFS_ACCES, 13 },
		{ SL_NFS_NOTDIR, 20 }, { SL_NFS_NAMETOOLONG, 63 },
		{ SL_NFS_STALE, 2 }, { SL_NFS_JUKEBOX, 10006 },
		{ SL_NFS_NOSPC, 5 },
	};
	char reply[128];
	u32 i;

	site_open(&site_options, 8);
	site_export = answer;
	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		answer_status = failures[i][0];
		snprintf(reply, sizeof(reply), REPLY "00000000 %08x",
			 failures[i][1]);
		site_say(0, CALL_MOUNT("00000001") PATH);
		site_heard(0, reply);
	}
	answer_status = 0;
	answer_type = SL_FILE_REG;
	site_say(0, CALL_MOUNT("00000001") PATH);
	site_heard(0, REPLY "00000000 00000014");
	site_say(0, CALL_MOUNT("00000002"));
	site_heard(0, REPLY "00000000 00000000");
	site_shut();
}

/* call, reply; all on port 2049 */
static const char *const mapped[][2] = {
	{ PORTMAP("00000002", "00000003") "000186a3 00000003 00000006 00000000",
	  "00000801" },
	{ PORTMAP("00000002", "00000003") "000186a5 00000001 00000006 00000000",
	  "00000801" },
	{ PORTMAP("00000002", "00000003") "000186a3 00000003 00000011 00000000",
	  "00000000" },
	{ PORTMAP("00000002", "00000003") "000186a3 00000004 00000006 00000000",
	  "00000000" },
	{ PORTMAP("00000002", "00000001") "000186a3 00000003 00000006 00000801",
	  "00000000" },
	{ PORTMAP("00000002", "00000002") "000186a3 00000003 00000006 00000000",
	  "00000000" },
	{ PORTMAP("00000004", "00000003")
	  "000186a3 00000003 00000003 \"tcp\"00 00000000 00000000",
	  "0000000b \"0.0.0.0.8.1\"00" },
	{ PORTMAP("00000003", "00000003")
	  "000186a3 00000003 00000004 \"tcp6\" 00000000 00000000",
	  "00000000" },
	{ PORTMAP("00000002", "00000004"),
	  "00000001 000186a0 00000002 00000006 00000801 "
	  "00000001 000186a0 00000003 00000006 00000801 "
	  "00000001 000186a0 00000004 00000006 00000801 "
	  "00000001 000186a5 00000001 00000006 00000801 "
	  "00000001 000186a5 00000002 00000006 00000801 "
	  "00000001 000186a5 00000003 00000006 00000801 "
	  "00000001 000186a3 00000003 00000006 00000801 00000000" },
};

#define RPCB(program, version)                                   \
	"00000001 " program " " version " 00000003 \"tcp\"00 " \
	"0000000b \"0.0.0.0.8.1\"00 00000006 \"sluice\"0000 "

static void test_portmap(void)
{
	char reply[1024];
	u32 i;

	site_open(&site_options, 8);
	for (i = 0; i < ARRAY_SIZE(mapped); i++) {
		snprintf(reply, sizeof(reply), REPLY "00000000 %s",
			 mapped[i][1]);
		site_say(0, mapped[i][0]);
		site_heard(0, reply);
	}
	site_say(0, PORTMAP("00000003", "00000004"));
	site_heard(0, REPLY "00000000 " RPCB("000186a0", "00000002")
		   RPCB("000186a0", "00000003") RPCB("000186a0", "00000004")
		   RPCB("000186a5", "00000001") RPCB("000186a5", "00000002")
		   RPCB("000186a5", "00000003") RPCB("000186a3", "00000003")
		   "00000000");
	site_say(0, PORTMAP("00000002", "00000003") "000186a3 00000003");
	site_heard(0, REPLY "00000004");
	site_shut();
}

int main(void)
{
	test_refused();
	test_squash();
	test_strangers();
	test_mount();
	test_mount_fails();
	test_portmap();
	/* What is wrong with a list is said, which nobody has to read here. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	test_clients();
	TEST_END();
}
