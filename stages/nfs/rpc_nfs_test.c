// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that every procedure of NFS is read and written as RFC 1813 says:
 * calls and replies are here byte by byte, written by hand.  Each is tried as
 * a success with all there may be to tell, and as a failure with nothing.
 */
#include "stages/nfs/rpc_site_test.h"

#define NAME		"00000003 \"abc\"00 "
#define NAME_2		"00000005 \"defgh\"000000 "

/* What the export tells of the file, of its directory, and of before. */
#define ATTR                                                                \
	"00000001 000081ff 00000002 00000003 00000004 0000000500000006 "    \
	"0000000700000008 00000009 0000000a 0000000b0000000c "              \
	"0000000d0000000e 00000001 00000002 00000003 00000004 "             \
	"00000005 3b9ac9ff "
#define ATTR_2                                                              \
	"00000002 000001ed 00000000 00000000 00000000 0000000000000000 "    \
	"0000000000000000 00000000 00000000 0000000000000000 "              \
	"0000000000000007 00000000 00000000 00000000 00000000 "             \
	"00000000 00000000 "
#define BEFORE	"00000001 0000000000000064 00000001 00000000 00000002 00000007 "
#define BEFORE_2 "00000001 0000000000000065 00000001 00000000 00000002 00000008 "
#define NOTHING	"00000000 00000000 "

static const struct sl_file_attr attr = {
	.type = SL_FILE_REG, .mode = 0100777, .links = 2, .uid = 3, .gid = 4,
	.size = 0x500000006, .used = 0x700000008, .major = 9, .minor = 10,
	.fsid = 0xb0000000c, .fileid = 0xd0000000e, .atime_ns = 1000000002,
	.mtime_ns = 3000000004, .ctime_ns = 5999999999,
};
static const struct sl_file_attr attr_2 = {
	.type = SL_FILE_DIR, .mode = 0755, .fileid = 7,
};

static struct sl_file_args asked;
static u16 asked_op;
static u8 asked_data[4096];
static u32 asked_bytes, asked_room;

/* What the export answers with; NULL: that it has no such file. */
static void (*succeed)(struct sl_event *event);

static void answer(struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);

	asked = *nfs;
	asked_op = event->op;
	asked_bytes = event->data_bytes;
	if (event->data_bytes && event->data_bytes <= sizeof(asked_data))
		memcpy(asked_data, event->data, event->data_bytes);
	asked_room = event->data - event->buffer <= event->data_max
			     ? event->data_max - (event->data - event->buffer)
			     : 0;
	if (!succeed) {
		event->status = -ENOENT;
		nfs->status = SL_NFS_NOENT;
		return;
	}
	nfs->has_attr = true;
	nfs->attr = attr;
	nfs->has_directory = true;
	nfs->directory = attr_2;
	nfs->has_before[0] = true;
	nfs->before[0] = (struct sl_file_before){ 100, 1000000000, 2000000007 };
	nfs->has_before[1] = true;
	nfs->before[1] = (struct sl_file_before){ 101, 1000000000, 2000000008 };
	nfs->object = (struct sl_file_handle){
		{ 0x1817161514131211, 0x2827262524232221 }
	};
	nfs->verifier = 0x1122334455667788;
	succeed(event);
}

static void just(struct sl_event *event)
{
	(void)event;
}

static void some_access(struct sl_event *event)
{
	CHECK_EQ(sl_file(event)->access, 0x3f);
	sl_file(event)->access = 0x15;
}

static void target(struct sl_event *event)
{
	memcpy(event->data, "there", 5);
	event->data_bytes = 5;
}

static void some_data(struct sl_event *event)
{
	CHECK_EQ(sl_file(event)->offset, 0x100000002);
	CHECK_EQ(sl_file(event)->count, 6);
	memcpy(event->data, "bytes", 5);
	memset(event->data + 5, 0xaa, 8);
	event->data_bytes = 5;
	sl_file(event)->count = 5;
	sl_file(event)->eof = true;
}

static void written(struct sl_event *event)
{
	CHECK_EQ(sl_file(event)->offset, 0x100000002);
	CHECK_EQ(sl_file(event)->stable, SL_FILE_DATA_SYNC);
	CHECK_EQ(sl_file(event)->count, 3);
	sl_file(event)->count = 2;
	sl_file(event)->stable = SL_FILE_SYNC;
}

static void space(struct sl_event *event)
{
	const struct sl_file_space value = { 1, 2, 3, 4, 5, 0x100000006 };

	memcpy(event->data, &value, sizeof(value));
	event->data_bytes = sizeof(value);
}

static void limits(struct sl_event *event)
{
	const struct sl_file_limits value = {
		.read_max = 8192, .write_max = 1 << 30,
		.file_bytes_max = 0x7fffffffffffffff,
		.links_max = 32000, .name_max = 255, .time_unit_ns = 1000000001,
	};

	memcpy(event->data, &value, sizeof(value));
	event->data_bytes = sizeof(value);
}

/* procedure, arguments, what succeeds, results of success, of failure */
static const struct {
	const char *procedure;
	const char *arguments;
	void (*succeed)(struct sl_event *event);
	const char *results;
	const char *failure;
} procedures[] = {
	{ "00000001", SITE_HANDLE, just, ATTR, "" },
	{ "00000002", SITE_HANDLE "00000001 000001a4 00000001 00000005 "
		      "00000001 00000006 00000001 0000000000000007 "
		      "00000001 00000002 00000008 00000009 "
		      "00000001 00000001 0000000a",
	  just, BEFORE "00000001" ATTR, NOTHING },
	{ "00000003", SITE_HANDLE NAME, just,
	  SITE_HANDLE_2 "00000001" ATTR "00000001" ATTR_2, "00000000" },
	{ "00000004", SITE_HANDLE "0000013f", some_access,
	  "00000001" ATTR "00000015", "00000000" },
	{ "00000005", SITE_HANDLE, target,
	  "00000001" ATTR "00000005 \"there\"000000", "00000000" },
	{ "00000006", SITE_HANDLE "0000000100000002 00000006", some_data,
	  "00000001" ATTR "00000005 00000001 00000005 \"bytes\"000000",
	  "00000000" },
	{ "00000007", SITE_HANDLE "0000000100000002 00000003 00000001 "
		      "00000003 \"xyz\"00", written,
	  BEFORE "00000001" ATTR "00000002 00000002 1122334455667788",
	  NOTHING },
	{ "00000008", SITE_HANDLE NAME "00000001 00000001 000001a4 00000000 "
		      "00000000 00000000 00000001 00000000", just,
	  "00000001" SITE_HANDLE_2 "00000001" ATTR BEFORE "00000001" ATTR_2,
	  NOTHING },
	{ "00000008", SITE_HANDLE NAME "00000002 0102030405060708", just,
	  "00000001" SITE_HANDLE_2 "00000001" ATTR BEFORE "00000001" ATTR_2,
	  NOTHING },
	{ "00000009", SITE_HANDLE NAME "00000001 000001ed 00000000 00000000 "
		      "00000000 00000000 00000000", just,
	  "00000001" SITE_HANDLE_2 "00000001" ATTR BEFORE "00000001" ATTR_2,
	  NOTHING },
	{ "0000000a", SITE_HANDLE NAME "00000000 00000000 00000000 00000000 "
		      "00000000 00000000" NAME_2, just,
	  "00000001" SITE_HANDLE_2 "00000001" ATTR BEFORE "00000001" ATTR_2,
	  NOTHING },
	{ "0000000b", SITE_HANDLE NAME "00000004 00000001 000001a4 00000000 "
		      "00000000 00000000 00000000 00000000 "
		      "00000008 00000001", just,
	  "00000001" SITE_HANDLE_2 "00000001" ATTR BEFORE "00000001" ATTR_2,
	  NOTHING },
	{ "0000000b", SITE_HANDLE NAME "00000007 00000000 00000000 00000000 "
		      "00000000 00000000 00000000", just,
	  "00000001" SITE_HANDLE_2 "00000001" ATTR BEFORE "00000001" ATTR_2,
	  NOTHING },
	{ "0000000c", SITE_HANDLE NAME, just, BEFORE "00000001" ATTR_2,
	  NOTHING },
	{ "0000000d", SITE_HANDLE NAME, just, BEFORE "00000001" ATTR_2,
	  NOTHING },
	{ "0000000e", SITE_HANDLE NAME SITE_HANDLE_2 NAME_2, just,
	  BEFORE "00000001" ATTR_2 BEFORE_2 "00000001" ATTR,
	  NOTHING NOTHING },
	{ "0000000f", SITE_HANDLE SITE_HANDLE_2 NAME, just,
	  "00000001" ATTR BEFORE "00000001" ATTR_2, "00000000" NOTHING },
	{ "00000012", SITE_HANDLE, space,
	  "00000001" ATTR "0000000000000001 0000000000000002 0000000000000003 "
	  "0000000000000004 0000000000000005 0000000100000006 00000000",
	  "00000000" },
	/* a buffer of 64 KiB holds 60 KiB to write */
	{ "00000013", SITE_HANDLE, limits,
	  "00000001" ATTR "00002000 00002000 00001000 0000f000 0000f000 "
	  "00001000 0000f000 7fffffffffffffff 00000001 00000001 0000001b",
	  "00000000" },
	{ "00000014", SITE_HANDLE, limits,
	  "00000001" ATTR "00007d00 000000ff 00000001 00000001 00000000 "
	  "00000001", "00000000" },
	{ "00000015", SITE_HANDLE "0000000100000002 00000003", just,
	  BEFORE "00000001" ATTR "1122334455667788", NOTHING },
};

static void test_procedures(void)
{
	char call[1024], reply[2048];
	u32 i;

	site_open(&site_options, 8);
	site_export = answer;
	site_say(0, SITE_CALL("00000007", SITE_NFS, "", "00000000") SITE_NONE);
	site_heard(0, SITE_ACCEPTED("00000007"));
	for (i = 0; i < ARRAY_SIZE(procedures); i++) {
		/* Numbers differ, lest answers be given twice. */
		snprintf(call, sizeof(call), "%08x 00000000 00000002 000186a3 "
			 "00000003 %s %s %s", 2 * i, procedures[i].procedure,
			 SITE_SYS, procedures[i].arguments);
		snprintf(reply, sizeof(reply), "%08x 00000001 00000000 "
			 "0000000000000000 00000000 00000000 %s", 2 * i,
			 procedures[i].results);
		succeed = procedures[i].succeed;
		site_say(0, call);
		CHECK_EQ(asked_op, strtoul(procedures[i].procedure, NULL, 16));
		CHECK_EQ(asked.handle.word[0], 0x0807060504030201);
		CHECK_EQ(asked.handle.word[1], 0);
		CHECK_EQ(asked.handle.word[7], 0);
		site_heard(0, reply);

		call[7] |= 1;
		snprintf(reply, sizeof(reply), "%08x 00000001 00000000 "
			 "0000000000000000 00000000 00000002 %s", 2 * i | 1,
			 procedures[i].failure);
		if (call[7] >= ':')
			snprintf(call, 9, "%08x", 2 * i | 1);
		call[8] = ' ';
		succeed = NULL;
		site_say(0, call);
		if (!site_heard(0, reply))
			fprintf(stderr, "procedure %s fails\n",
				procedures[i].procedure);
	}
	CHECK_EQ(site_drops(SL_RPC_DROP_ARGUMENTS), 0);
	CHECK_EQ(site_drops(SL_RPC_DROP_REPLAYED), 0);
	site_shut();
}

static void ask(const char *procedure, const char *arguments)
{
	static u32 xid = 1000;
	char call[8192];

	memset(&asked, 0xee, sizeof(asked));
	asked_op = 0;
	asked_bytes = 0;
	snprintf(call, sizeof(call), "%08x 00000000 00000002 000186a3 "
		 "00000003 %s %s %s", xid++, procedure, SITE_SYS, arguments);
	site_say(0, call);
	site_connection[0].output_bytes = 0;
}

/* What the export is asked for. */
static void test_arguments(void)
{
	site_open(&site_options, 8);
	site_export = answer;
	succeed = NULL;

	ask("00000002", procedures[1].arguments);
	CHECK_EQ(asked.set, 63);
	CHECK_EQ(asked.attr.mode, 0644);
	CHECK_EQ(asked.attr.uid, 5);
	CHECK_EQ(asked.attr.gid, 6);
	CHECK_EQ(asked.attr.size, 7);
	CHECK(asked.attr.atime_ns == SL_FILE_NOW);
	CHECK_EQ(asked.attr.mtime_ns, 8000000009ull);
	CHECK(asked.guarded);
	CHECK_EQ(asked.guard_ns, 1000000010);
	ask("00000002", SITE_HANDLE "00000000 00000000 00000000 00000000 "
			"00000002 00000008 3b9aca00 00000000 00000000");
	CHECK(asked.set >= SL_FILE_SET_MTIME << 1);
	CHECK(!asked.guarded);

	ask("00000003", SITE_HANDLE NAME);
	CHECK_EQ(asked_bytes, 3);
	CHECK(!memcmp(asked_data, "abc", 3));
	ask("00000008", procedures[7].arguments);
	CHECK_EQ(asked.how, SL_FILE_GUARDED);
	CHECK_EQ(asked.set, SL_FILE_SET_MODE | SL_FILE_SET_ATIME);
	CHECK(asked.attr.atime_ns == SL_FILE_NOW);
	ask("00000008", procedures[8].arguments);
	CHECK_EQ(asked.how, SL_FILE_EXCLUSIVE);
	CHECK_EQ(asked.verifier, 0x0102030405060708);
	CHECK_EQ(asked.set, 0);
	ask("0000000a", procedures[10].arguments);
	CHECK_EQ(asked.name2_at, 3);
	CHECK_EQ(asked_bytes, 8);
	CHECK(!memcmp(asked_data, "abcdefgh", 8));
	ask("0000000b", procedures[11].arguments);
	CHECK_EQ(asked.attr.type, SL_FILE_CHR);
	CHECK_EQ(asked.attr.major, 8);
	CHECK_EQ(asked.attr.minor, 1);
	ask("0000000b", procedures[12].arguments);
	CHECK_EQ(asked.attr.type, SL_FILE_FIFO);
	ask("0000000b", SITE_HANDLE NAME "00000001");
	CHECK_EQ(asked.attr.type, SL_FILE_REG);
	ask("0000000e", procedures[15].arguments);
	CHECK_EQ(asked.name2_at, 3);
	CHECK_EQ(asked.object.word[1], 0x2827262524232221);
	CHECK(!memcmp(asked_data, "abcdefgh", 8));
	ask("0000000f", procedures[16].arguments);
	CHECK_EQ(asked.object.word[1], 0x2827262524232221);
	CHECK(!memcmp(asked_data, "abc", 3));
	/* More than a buffer holds is cut. */
	ask("00000006", SITE_HANDLE "0000000000000000 ffffffff");
	CHECK(asked.count <= asked_room);
	CHECK_EQ(asked.count, 61440);

	CHECK_EQ(asked.caller.known, true);
	CHECK_EQ(asked.caller.uid, 1000);
	CHECK_EQ(asked.caller.gid, 1001);
	CHECK_EQ(asked.caller.group_count, 2);
	CHECK_EQ(asked.caller.group[1], 27);
	site_shut();
}

/* Names are cut where they are too long anyway, and not by us. */
static void test_long_names(void)
{
	char text[8192], *at = text;
	u32 i;

	site_open(&site_options, 8);
	site_export = answer;
	succeed = NULL;
	at += sprintf(at, SITE_HANDLE "00000190 ");
	for (i = 0; i < 400; i++)
		at += sprintf(at, "61");
	ask("00000003", text);
	CHECK_EQ(asked_bytes, SL_NFS_NAME_MAX + 1);
	at += sprintf(at, SITE_HANDLE_2 NAME);
	ask("0000000e", text);
	CHECK_EQ(asked.name2_at, SL_NFS_NAME_MAX + 1);
	CHECK_EQ(asked_bytes, SL_NFS_NAME_MAX + 4);
	site_shut();
}

/* Every procedure's arguments, cut short anywhere, are garbage. */
static void test_garbage(void)
{
	static const char *const garbage[][2] = {
		{ "00000001", "00000044" SITE_HANDLE },
		{ "00000001", "ffffffff" SITE_HANDLE },
		{ "00000002", SITE_HANDLE "00000002" },
		{ "00000002", SITE_HANDLE "00000000 00000000 00000000 "
			      "00000000 00000003 00000000 00000000" },
		{ "00000003", SITE_HANDLE "fffffffd \"abc\"00" },
		{ "00000003", SITE_HANDLE "00000003 \"abc\"" },
		{ "00000007", SITE_HANDLE "0000000000000000 00000004 00000000 "
			      "00000003 \"xyz\"00" },
		{ "00000008", SITE_HANDLE NAME "00000003" },
	};
	static u8 data[1024];
	char reply[256];
	u32 i, bytes, cut;

	site_open(&site_options, 8);
	site_export = answer;
	for (i = 0; i < ARRAY_SIZE(procedures) + ARRAY_SIZE(garbage); i++) {
		u32 own = i - ARRAY_SIZE(procedures);
		bool whole = i >= ARRAY_SIZE(procedures);
		char call[1024];

		snprintf(call, sizeof(call), "%08x 00000000 00000002 000186a3 "
			 "00000003 %s %s %s", i,
			 whole ? garbage[own][0] : procedures[i].procedure,
			 SITE_SYS,
			 whole ? garbage[own][1] : procedures[i].arguments);
		snprintf(reply, sizeof(reply), "%08x 00000001 00000000 "
			 "0000000000000000 00000004", i);
		bytes = site_record(data, call);
		/* Behind who asks, which is 76 bytes. */
		for (cut = whole ? bytes : 80; cut < bytes + whole; cut++) {
			sl_xdr_put_u32(data, SL_RPC_LAST | (cut - 4));
			site_receive(0, data, cut);
			if (!site_heard(0, reply))
				fprintf(stderr, "%s cut at %u\n", call, cut);
		}
	}
	CHECK_EQ(site_calls, 0);
	site_shut();
}

int main(void)
{
	test_procedures();
	test_arguments();
	test_long_names();
	test_garbage();
	TEST_END();
}
