// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what the fuse stage asks for and replies, without a kernel: which
 * calls a request becomes, one after the other; how errors, short READs and
 * WRITEs, lost data, full tables and files without a name are dealt with.
 */
#include "stages/fuse/fuse_site_test.h"

#define FILES	6

/* What the export answers next: errors, one for each call; then no error. */
static int next_status[8];
static u32 next;
static u64 next_object;		/* first word of what is found or made */
static u64 next_verifier;
static u32 next_links, next_mode;
static u32 short_by;		/* what a READ or WRITE leaves undone */
static struct sl_file_args last;	/* the arguments that it saw last */
static char last_data[256];

static void export(struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	u32 bytes = min_t(u32, event->data_bytes, sizeof(last_data) - 1);

	last = *nfs;
	memset(last_data, 0, sizeof(last_data));
	if (event->op != SL_FILE_READ && event->op < SL_FILE_READDIR &&
	    event->data_bytes)
		memcpy(last_data, event->data, bytes);
	event->status = next < ARRAY_SIZE(next_status) ? next_status[next++]
						       : 0;
	if (event->status)
		return;
	nfs->attr = (struct sl_file_attr){
		.type = SL_FILE_REG, .mode = next_mode, .links = next_links,
		.fileid = next_object, .size = 4096,
		.mtime_ns = 5000000007, .atime_ns = -3000000001,
	};
	nfs->has_attr = true;
	if (event->op != SL_FILE_LINK && event->op != SL_FILE_RENAME)
		nfs->object = (struct sl_file_handle){ { next_object } };
	if (event->op == SL_FILE_MKDIR || !strcmp(last_data, SL_FUSE_ASIDE))
		nfs->attr.type = SL_FILE_DIR;
	nfs->verifier = next_verifier;
	nfs->eof = false;
	if ((event->op == SL_FILE_READ || event->op == SL_FILE_WRITE) &&
	    short_by && nfs->count > short_by) {
		nfs->count -= short_by;
		if (event->op == SL_FILE_READ)
			memset(event->data, '0' + short_by, nfs->count);
		short_by /= 2;
	}
}

static void expect(u64 object, int first, int second, int third)
{
	memset(next_status, 0, sizeof(next_status));
	next_status[0] = first;
	next_status[1] = second;
	next_status[2] = third;
	next = 0;
	next_object = object;
	next_links = 1;
	next_mode = 0644;
	short_by = 0;
}

/* Were the calls these, and no others? */
static bool asked(const char *ops)
{
	static const char *const names[SL_FILE_OPS] = {
		[SL_FILE_GETATTR] = "getattr", [SL_FILE_SETATTR] = "setattr",
		[SL_FILE_LOOKUP] = "lookup",   [SL_FILE_CREATE] = "create",
		[SL_FILE_MKDIR] = "mkdir",     [SL_FILE_REMOVE] = "remove",
		[SL_FILE_RENAME] = "rename",   [SL_FILE_LINK] = "link",
		[SL_FILE_READ] = "read",       [SL_FILE_WRITE] = "write",
		[SL_FILE_COMMIT] = "commit",   [SL_FILE_RMDIR] = "rmdir",
	};
	char all[256] = "";
	u32 i;

	for (i = 0; i < site_ops; i++) {
		strcat(all, i ? " " : "");
		strcat(all, names[site_op[i]] ?: "other");
	}
	return CHECK_STR(all, ops);
}

static u64 look_up(u64 object)
{
	expect(object, 0, 0, 0);
	CHECK_EQ(site_ask_plain(FUSE_LOOKUP, 1, "name"), 0);
	CHECK_EQ(site_bytes, sizeof(struct fuse_entry_out));
	return ((struct fuse_entry_out *)site_payload)->nodeid;
}

static void forget(u64 node, u64 times)
{
	struct fuse_forget_in in = { times };

	CHECK_EQ(site_ask(FUSE_FORGET, node, &in, sizeof(in), NULL, 0),
		 SL_FUSE_SILENCE);
}

static void open_file(u64 node)
{
	struct fuse_open_in in = { 0 };

	CHECK_EQ(site_ask(FUSE_OPEN, node, &in, sizeof(in), NULL, 0), 0);
	asked("");
}

static void release(u64 node)
{
	struct fuse_release_in in = { 0 };

	CHECK_EQ(site_ask(FUSE_RELEASE, node, &in, sizeof(in), NULL, 0), 0);
}

static void test_entries(void)
{
	const struct fuse_entry_out *out = (void *)site_payload;
	u64 a = look_up(100), generation;

	CHECK_STR(last_data, "name");
	CHECK(!last.caller.known);
	CHECK_EQ(out->entry_valid, 1);
	CHECK_EQ(out->entry_valid_nsec, 500000000);
	CHECK_EQ(out->attr_valid, 2);
	CHECK_EQ(out->attr.mode, 0100644);
	CHECK_EQ(out->attr.mtime, 5);
	CHECK_EQ(out->attr.mtimensec, 7);
	/* Before 1970. */
	CHECK_EQ((s64)out->attr.atime, -4);
	CHECK_EQ(out->attr.atimensec, 999999999);
	generation = out->generation;
	CHECK_EQ(look_up(100), a);
	CHECK(look_up(101) != a);
	forget(a, 1);
	CHECK_EQ(look_up(100), a);
	CHECK_EQ(out->generation, generation);
	forget(a, 2);
	forget(a, 7);
	expect(0, 0, 0, 0);
	CHECK_EQ(site_ask(FUSE_GETATTR, a, "0123456789abcdef", 16, NULL, 0),
		 -ESTALE);
	CHECK_EQ(look_up(102), a);
	CHECK(out->generation != generation);
	forget(a, 1);
	forget(look_up(101), 2);
	expect(0, -ENOENT, 0, 0);
	CHECK_EQ(site_ask_plain(FUSE_LOOKUP, 1, "none"), -ENOENT);
	CHECK_EQ(site_ask_plain(FUSE_LOOKUP, 99, "none"), -ESTALE);
	CHECK_EQ(site_fuse->nodes.count, 1);
	site_check();
}

static void test_full(void)
{
	struct fuse_create_in in = { .mode = 0600 };
	u64 node[16];
	u32 i;

	site_said = 0;
	for (i = 1; i < 16; i++)
		node[i] = look_up(200 + i);
	CHECK_EQ(site_ask_plain(FUSE_LOOKUP, 1, "more"), -ENFILE);
	asked("");
	CHECK_EQ(site_ask_name(FUSE_CREATE, 1, &in, "more"), -ENFILE);
	CHECK_EQ(site_said, 1);
	forget(node[7], 1);
	CHECK_EQ(look_up(300), node[7]);
	for (i = 1; i < 16; i++)
		forget(node[i], 1);
	site_check();
	CHECK_EQ(site_fuse->nodes.count, 1);
}

static void test_create(void)
{
	struct fuse_create_in in = { .mode = 0100640 };
	struct { struct fuse_in_header head; struct fuse_create_in in;
		 char name[8]; struct sl_fuse_extension extension;
		 u32 groups[2]; } message = {
		{ .len = sizeof(message), .opcode = FUSE_CREATE, .nodeid = 1,
		  .uid = 7, .gid = 8, .total_extlen = 2 },
		{ .mode = 0100600 }, "grouped", { 16, SL_FUSE_EXT_GROUPS },
		{ 1, 4711 },
	};
	u64 node;

	expect(400, 0, 0, 0);
	CHECK_EQ(site_ask_name(FUSE_CREATE, 1, &in, "new"), 0);
	asked("create");
	CHECK_STR(last_data, "new");
	CHECK(last.caller.known && last.caller.uid == 1000 &&
	      last.caller.gid == 1001 && !last.caller.group_count);
	CHECK_EQ(last.how, SL_FILE_GUARDED);
	CHECK_EQ(last.attr.mode, 0640);
	CHECK_EQ(site_bytes, sizeof(struct fuse_entry_out) +
				     sizeof(struct fuse_open_out));
	node = ((struct fuse_entry_out *)site_payload)->nodeid;
	CHECK_EQ(site_fuse->nodes.opens, 1);
	release(node);
	forget(node, 1);
	/* There meanwhile: the kernel is to look who may open it. */
	expect(400, -EEXIST, 0, 0);
	CHECK_EQ(site_ask_name(FUSE_CREATE, 1, &in, "new"), -ESTALE);
	in.flags = 0200;
	expect(400, -EEXIST, 0, 0);
	CHECK_EQ(site_ask_name(FUSE_CREATE, 1, &in, "new"), -EEXIST);
	expect(401, 0, 0, 0);
	site_gone = true;
	site_message(&message, sizeof(message));
	site_gone = false;
	CHECK_STR(last_data, "grouped");
	CHECK_EQ(last.caller.group_count, 1);
	CHECK_EQ(last.caller.group[0], 4711);
	CHECK_EQ(site_fuse->nodes.count, 1);
	message.extension.bytes = 7;
	site_message(&message, sizeof(message));
	CHECK_EQ(site_error, -EINVAL);
	message.head.total_extlen = 4000;
	site_message(&message, sizeof(message));
	CHECK_EQ(site_error, -EINVAL);
	site_check();
}

/* Removing, and replacing, what is open. */
static void test_aside(void)
{
	struct fuse_rename_in in = { .newdir = 1 };
	struct fuse_getattr_in get = { 0 };
	u64 node = look_up(500);

	expect(500, 0, 0, 0);
	CHECK_EQ(site_ask_plain(FUSE_UNLINK, 1, "name"), 0);
	asked("remove");
	open_file(node);
	expect(501, 0, 0, 0);
	CHECK_EQ(site_ask_plain(FUSE_UNLINK, 1, "other"), 0);
	asked("lookup remove");
	expect(500, 0, 0, 0);
	next_links = 2;
	CHECK_EQ(site_ask_plain(FUSE_UNLINK, 1, "name"), 0);
	asked("lookup remove");
	expect(500, 0, 0, 0);
	CHECK_EQ(site_ask_plain(FUSE_UNLINK, 1, "name"), 0);
	asked("lookup mkdir rename");
	CHECK_STR(last_data, "name0123456789abcdef0000001000000004");
	CHECK_EQ(last.name2_at, 4);
	CHECK_EQ(site_ask(FUSE_GETATTR, node, &get, sizeof(get), NULL, 0), 0);
	CHECK_EQ(((struct fuse_attr_out *)site_payload)->attr.nlink, 0);
	expect(500, 0, 0, 0);
	release(node);
	asked("remove");
	CHECK_STR(last_data, "0123456789abcdef0000001000000004");

	/* The directory is known now; but somebody has removed it. */
	open_file(node);
	expect(500, 0, -ESTALE, -EEXIST);
	CHECK_EQ(site_ask_plain(FUSE_UNLINK, 1, "name"), 0);
	asked("lookup rename mkdir lookup rename");
	release(node);
	open_file(node);
	expect(500, 0, -EXDEV, 0);
	CHECK_EQ(site_ask_plain(FUSE_UNLINK, 1, "name"), -EBUSY);
	asked("lookup rename");

	expect(500, 0, 0, 0);
	CHECK_EQ(site_ask_name(FUSE_RENAME, 1, &in, "from\0to"), 0);
	asked("lookup link rename lookup");
	release(node);
	asked("remove");
	open_file(node);
	expect(500, 0, 0, -EACCES);
	CHECK_EQ(site_ask_name(FUSE_RENAME, 1, &in, "from\0to"), -EACCES);
	asked("lookup link rename remove");
	expect(500, -ENOENT, 0, 0);
	CHECK_EQ(site_ask_name(FUSE_RENAME, 1, &in, "from\0to"), 0);
	asked("lookup rename");
	CHECK_STR(last_data, "fromto");
	CHECK_EQ(last.name2_at, 4);
	release(node);
	expect(500, 0, 0, 0);
	CHECK_EQ(site_ask_name(FUSE_RENAME, 1, &in, "from\0to"), 0);
	asked("rename");
	in.newdir = 50;
	CHECK_EQ(site_ask_name(FUSE_RENAME, 1, &in, "from\0to"), -ESTALE);
	forget(node, 1);
	site_check();
}

static void test_data(void)
{
	struct fuse_read_in in = { .offset = 10, .size = 4000 };
	struct fuse_write_in out = { .offset = 1ull << 33, .size = 6 };
	struct fuse_fsync_in sync = { 0 };
	u64 node = look_up(600);

	expect(600, 0, 0, 0);
	short_by = 16;
	CHECK_EQ(site_ask(FUSE_READ, node, &in, sizeof(in), NULL, 0), 0);
	asked("read read read read read read");
	CHECK_EQ(site_bytes, 4000);
	CHECK_EQ(last.offset, 10 + 4000 - 1);
	in.size = SITE_PAYLOAD + 1;
	CHECK_EQ(site_ask(FUSE_READ, node, &in, sizeof(in), NULL, 0), -EINVAL);
	in.size = 8;
	in.offset = 1ull << 63;
	CHECK_EQ(site_ask(FUSE_READ, node, &in, sizeof(in), NULL, 0), -EINVAL);

	expect(600, 0, 0, 0);
	short_by = 2;
	CHECK_EQ(site_ask(FUSE_WRITE, node, &out, sizeof(out), "abcdef", 6), 0);
	asked("write write write");
	CHECK_EQ(((struct fuse_write_out *)site_payload)->size, 6);
	CHECK_STR(last_data, "f");
	CHECK_EQ(last.stable, SL_FILE_UNSTABLE);
	expect(600, 0, 0, 0);
	CHECK_EQ(site_ask(FUSE_FSYNC, node, &sync, sizeof(sync), NULL, 0), 0);
	asked("commit");
	CHECK_EQ(site_ask(FUSE_WRITE, node, &out, sizeof(out), "abc", 3),
		 -EINVAL);
	/* What another failure may have lost. */
	CHECK_EQ(site_ask(FUSE_WRITE, node, &out, sizeof(out), "abcdef", 6), 0);
	next_verifier = 1;
	CHECK_EQ(site_ask(FUSE_FSYNC, node, &sync, sizeof(sync), NULL, 0),
		 -EIO);
	CHECK_EQ(site_ask(FUSE_FSYNC, node, &sync, sizeof(sync), NULL, 0), 0);
	out.flags = 010000;
	CHECK_EQ(site_ask(FUSE_WRITE, node, &out, sizeof(out), "abcdef", 6), 0);
	CHECK_EQ(last.stable, SL_FILE_DATA_SYNC);
	out.flags = 04010000;
	CHECK_EQ(site_ask(FUSE_WRITE, node, &out, sizeof(out), "abcdef", 6), 0);
	CHECK_EQ(last.stable, SL_FILE_SYNC);
	site_options.direct_io = true;
	expect(600, 0, 0, 0);
	next_mode = 06755;
	CHECK_EQ(site_ask(FUSE_WRITE, node, &out, sizeof(out), "abcdef", 6), 0);
	asked("getattr setattr write");
	CHECK_STR(last_data, "abcdef");
	next_mode = 0755;
	CHECK_EQ(site_ask(FUSE_WRITE, node, &out, sizeof(out), "abcdef", 6), 0);
	asked("getattr write");
	site_options.direct_io = false;
	forget(node, 1);
	site_check();
}

static void test_attributes(void)
{
	struct fuse_setattr_in in = {
		.valid = 1 | 8 | 16 | 32 | 256, .mode = 0104755, .size = 5,
		.atime = 3, .atimensec = 9, .uid = 1, .gid = 2,
	};

	expect(1, 0, 0, 0);
	CHECK_EQ(site_ask(FUSE_SETATTR, 1, &in, sizeof(in), NULL, 0), 0);
	CHECK_EQ(last.set, SL_FILE_SET_MODE | SL_FILE_SET_SIZE |
			   SL_FILE_SET_ATIME | SL_FILE_SET_MTIME);
	CHECK_EQ(last.attr.mode, 04755);
	CHECK_EQ(last.attr.atime_ns, 3000000009);
	CHECK(last.attr.mtime_ns == SL_FILE_NOW);
	in.atime = -1;
	CHECK_EQ(site_ask(FUSE_SETATTR, 1, &in, sizeof(in), NULL, 0), -EINVAL);
	in.atime = 1;
	in.atimensec = 1000000000;
	CHECK_EQ(site_ask(FUSE_SETATTR, 1, &in, sizeof(in), NULL, 0), -EINVAL);
	site_check();
}

static void test_errors(void)
{
	static const struct { int from, to; } errors[] = {
		{ -EBADHANDLE, -ESTALE }, { -EJUKEBOX, -ENFILE },
		{ -EBADCOOKIE, -EINVAL }, { -ESERVERFAULT, -EIO },
		{ -ENOSYS, -EOPNOTSUPP }, { -ENOSPC, -ENOSPC },
		{ -512, -EIO }, { -511, -511 }, { 5, -EIO },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		CHECK_EQ(sl_fuse_error(errors[i].from), errors[i].to);
}

static void test_init(void)
{
	struct fuse_init_in in = {
		.major = 7, .minor = 45, .max_readahead = 4242,
		.flags = ~0u, .flags2 = ~0u,
	};
	struct fuse_init_out out;

	CHECK_EQ(sl_fuse_init(site_fuse, &in, sizeof(in), &out), 0);
	CHECK_EQ(out.major, 7);
	CHECK_EQ(out.max_write, SITE_PAYLOAD);
	CHECK_EQ(out.max_pages, SITE_PAYLOAD / 4096);
	CHECK_EQ(out.max_readahead, 4242);
	CHECK(out.flags & FUSE_ASYNC_READ && out.flags & FUSE_PARALLEL_DIROPS);
	CHECK(!(out.flags & (FUSE_WRITEBACK_CACHE | FUSE_POSIX_LOCKS |
			     FUSE_ATOMIC_O_TRUNC | FUSE_HANDLE_KILLPRIV)));
	/* Not without a ring. */
	CHECK(!(out.flags2 & SL_FUSE_OVER_IO_URING));
	/* An old kernel has no second word of flags. */
	CHECK_EQ(sl_fuse_init(site_fuse, &in, 16, &out), 0);
	CHECK_EQ(out.flags2, 0);
	CHECK(!(out.flags & SL_FUSE_INIT_EXT));
	in.minor = 30;
	CHECK_EQ(sl_fuse_init(site_fuse, &in, sizeof(in), &out), -EPROTO);
	CHECK_EQ(site_said, 2);
}

int main(void)
{
	site_export = export;
	site_open();
	test_entries();
	test_full();
	test_create();
	test_aside();
	test_data();
	test_attributes();
	test_errors();
	test_init();
	sl_pipeline_close(site_pipeline);
	TEST_END();
}
