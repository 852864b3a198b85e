// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that nobody gets out of the export, or anywhere by luck: calls that
 * no program has, lengths that lie, handles of which any bit is another, names
 * with dots and links, and directories that are moved out of the export while
 * they are used.  Each is tried with handles of the table and persistent ones.
 */
#include <pthread.h>

#include "stages/nfs/wire_test.h"

#define MOVES		3000	/* out and in again */

static struct handle root, file, directory;
static struct client *c;

static u32 accepted(u32 program, u32 version, u32 procedure)
{
	begin_any(c, program, version, procedure);
	put_handle(c, &root);
	call(c);
	return c->status;
}

/* What is not served is said to be so, and the connection stays. */
static void test_programs(void)
{
	CHECK_EQ(accepted(100099, 3, 1), SL_RPC_PROG_UNAVAIL);
	CHECK_EQ(accepted(SL_RPC_NFS, 2, 1), SL_RPC_PROG_MISMATCH);
	CHECK_EQ(get_u32(c), 3);
	CHECK_EQ(get_u32(c), 3);
	CHECK_EQ(accepted(SL_RPC_NFS, 4, 1), SL_RPC_PROG_MISMATCH);
	CHECK_EQ(accepted(SL_RPC_NFS, ~0u, 1), SL_RPC_PROG_MISMATCH);
	CHECK_EQ(accepted(SL_RPC_NFS, 3, 22), SL_RPC_PROC_UNAVAIL);
	CHECK_EQ(accepted(SL_RPC_NFS, 3, ~0u), SL_RPC_PROC_UNAVAIL);
	CHECK_EQ(accepted(SL_RPC_MOUNT, 3, 6), SL_RPC_PROC_UNAVAIL);
	CHECK_EQ(accepted(SL_RPC_MOUNT, 9, 1), SL_RPC_PROG_MISMATCH);
	/* Another RPC than version 2 is denied. */
	begin(c, SL_FILE_GETATTR);
	put_handle(c, &root);
	sl_xdr_put_u32(c->out + 12, 3);
	call(c);
	CHECK_EQ(c->status, 1000 + SL_RPC_MISMATCH);
	CHECK_EQ(getattr(c, &root), SL_NFS_OK);
}

/* Each length of each call says more, or much more, than there is. */
static void test_lengths(void)
{
	static const u32 lies[] = {
		0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff, 65, 1000,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		begin(c, SL_FILE_GETATTR);
		put_u32(c, lies[i]);
		put_u64(c, 0);
		call(c);
		CHECK_EQ(c->status, SL_RPC_GARBAGE_ARGS);

		begin(c, SL_FILE_LOOKUP);
		put_handle(c, &root);
		put_u32(c, lies[i]);
		put_u32(c, 'a' << 24);
		call(c);
		CHECK_EQ(c->status, SL_RPC_GARBAGE_ARGS);

		begin_write(c, &file, 0, "abcd", 4, 0);
		sl_xdr_put_u32(c->end - 8, lies[i]);
		call(c);
		CHECK_EQ(c->status, SL_RPC_GARBAGE_ARGS);
		/* More to be written than is there. */
		begin_write(c, &file, 0, "abcd", 4, 0);
		sl_xdr_put_u32(c->end - 16, lies[i]);
		call(c);
		CHECK_EQ(c->status, SL_RPC_GARBAGE_ARGS);

		begin_any(c, SL_RPC_MOUNT, 3, SL_MOUNT_MNT);
		put_u32(c, lies[i]);
		call(c);
		CHECK_EQ(c->status, SL_RPC_GARBAGE_ARGS);

		/* Of the credential. */
		begin(c, SL_FILE_GETATTR);
		put_handle(c, &root);
		sl_xdr_put_u32(c->out + 32, lies[i]);
		call(c);
		CHECK(c->status == 1000 + SL_RPC_AUTH_ERROR ||
		      c->status == SL_RPC_GARBAGE_ARGS);
	}
	CHECK_EQ(getattr(c, &root), SL_NFS_OK);
}

static bool is_refusal(u32 status)
{
	return status == SL_NFS_STALE || status == SL_NFS_BADHANDLE;
}

/* Of a handle, each bit counts, and each byte that is not 0. */
static void flip(const struct handle *good)
{
	struct handle bad = *good;
	u32 bit;

	for (bit = 0; bit < good->bytes * 8; bit++) {
		bad = *good;
		bad.data[bit / 8] ^= 1 << bit % 8;
		if (!CHECK(is_refusal(getattr(c, &bad))))
			fprintf(stderr, "bit %u of %u\n", bit, good->bytes * 8);
		CHECK(is_refusal(write_file(c, &bad, 0, "bad", 3, 0)));
		CHECK(is_refusal(remove_name(c, &bad, "file")));
	}
	/* Zeros at its end may be left out. */
	for (bad = *good; bad.bytes && !bad.data[bad.bytes - 1]; bad.bytes--)
		;
	while (bad.bytes--)
		CHECK(is_refusal(getattr(c, &bad)));
	memset(&bad, 0, sizeof(bad));
	for (bad.bytes = 0; bad.bytes <= 64; bad.bytes++)
		if (bad.bytes != good->bytes)
			CHECK(is_refusal(getattr(c, &bad)));
	CHECK_EQ(getattr(c, good), SL_NFS_OK);
}

static u32 symlink_to(const char *name, const char *target)
{
	begin_name(c, SL_FILE_SYMLINK, &root, name);
	put_u64(c, 0);
	put_u64(c, 0);
	put_u64(c, 0);
	put_name(c, target);
	return call(c);
}

/* ".." of the root is the root; a link is no way, whatever it points to. */
static void test_dots(void)
{
	struct handle up, link, made;
	struct stat st;
	char path[300];
	const u8 *got;
	u32 bytes;
	bool eof;

	CHECK_EQ(lookup(c, &root, "..", &up), SL_NFS_OK);
	CHECK(up.bytes == root.bytes && !memcmp(up.data, root.data, up.bytes));
	CHECK_EQ(lookup(c, &root, "../log", &up), SL_NFS_INVAL);
	CHECK_EQ(lookup(c, &root, "directory/file", &up), SL_NFS_INVAL);
	CHECK_EQ(lookup(c, &root, "/", &up), SL_NFS_INVAL);
	CHECK_EQ(lookup(c, &root, server.base, &up), SL_NFS_INVAL);
	CHECK_EQ(create(c, &root, "..", &up), SL_NFS_EXIST);
	CHECK_EQ(create(c, &root, "../new", &up), SL_NFS_INVAL);
	CHECK_EQ(remove_name(c, &root, ".."), SL_NFS_INVAL);
	CHECK_EQ(remove_name(c, &root, "../log"), SL_NFS_INVAL);

	CHECK_EQ(symlink_to("out", ".."), SL_NFS_OK);
	CHECK_EQ(lookup(c, &root, "out", &link), SL_NFS_OK);
	CHECK_EQ(lookup(c, &link, "log", &up), SL_NFS_NOTDIR);
	CHECK_EQ(create(c, &link, "new", &made), SL_NFS_NOTDIR);
	CHECK_EQ(symlink_to("log", "../log"), SL_NFS_OK);
	CHECK_EQ(lookup(c, &root, "log", &link), SL_NFS_OK);
	CHECK_EQ(read_file(c, &link, 0, 10, &got, &bytes, &eof), SL_NFS_INVAL);
	CHECK_EQ(write_file(c, &link, 0, "x", 1, 0), SL_NFS_INVAL);
	/* Not even to make what a link points to. */
	CHECK_EQ(symlink_to("dangling", "../made"), SL_NFS_OK);
	begin_create(c, &root, "dangling", SL_FILE_UNCHECKED);
	CHECK_EQ(call(c), SL_NFS_EXIST);
	snprintf(path, sizeof(path), "%s/made", server.base);
	CHECK(lstat(path, &st));
}

/* A directory goes out of the export and comes in again, all the time. */
static struct {
	pthread_t thread;
	char inside[300], outside[300], link[300];
	bool stop;
	bool links;		/* a link takes its place meanwhile */
} mover;

static void *move(void *arg)
{
	(void)arg;
	while (!READ_ONCE(mover.stop)) {
		CHECK(!rename(mover.inside, mover.outside));
		if (mover.links) {
			CHECK(!symlink(server.base, mover.inside));
			CHECK(!unlink(mover.inside));
		}
		CHECK(!rename(mover.outside, mover.inside));
	}
	return NULL;
}

/* Whatever is answered, nothing of what is outside may be. */
static void chase(void)
{
	struct handle found, up, secret;
	const u8 *got;
	u32 bytes;
	bool eof;

	if (lookup(c, &root, "moving", &found))
		return;
	/* Above it is the root, if anything. */
	if (!lookup(c, &found, "..", &up)) {
		CHECK(lookup(c, &up, "secret", &secret) != SL_NFS_OK);
		CHECK(lookup(c, &up, "export", &secret) != SL_NFS_OK);
		CHECK(create(c, &up, "secret", &secret) != SL_NFS_EXIST);
		remove_name(c, &up, "secret");
	}
	CHECK(lookup(c, &found, "secret", &secret) != SL_NFS_OK);
	if (!lookup(c, &found, "within", &secret) &&
	    !read_file(c, &secret, 0, 100, &got, &bytes, &eof))
		CHECK(bytes == 5 && !memcmp(got, "mine\n", 5));
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_moves(bool links)
{
	char path[320], kept[16] = "";
	int fd;
	u32 i;

	snprintf(mover.inside, sizeof(mover.inside), "%s/moving",
		 server.export);
	snprintf(mover.outside, sizeof(mover.outside), "%s/moving",
		 server.base);
	CHECK(!mkdir(mover.inside, 0777));
	snprintf(path, sizeof(path), "%s/within", mover.inside);
	write_text(path, "mine\n");
	snprintf(path, sizeof(path), "%s/secret", server.base);
	write_text(path, "hush\n");
	mover.stop = false;
	mover.links = links;
	CHECK(!pthread_create(&mover.thread, NULL, move, NULL));
	for (i = 0; i < MOVES; i++)
		chase();
	WRITE_ONCE(mover.stop, true);
	pthread_join(mover.thread, NULL);
	/* Nothing outside was removed or written. */
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0 && read(fd, kept, sizeof(kept) - 1) == 5 &&
	      !strcmp(kept, "hush\n"));
	close(fd);
	nftw(mover.inside, wire_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_all(bool persistent)
{
	server_open();
	set("fs.persistent=%s", persistent ? "true" : "false");
	server_start();
	c = client_new();
	CHECK_EQ(mount_export(c, &root), SL_NFS_OK);
	CHECK_EQ(create(c, &root, "file", &file), SL_NFS_OK);
	CHECK_EQ(make_directory(c, &root, "directory", &directory), SL_NFS_OK);
	CHECK_EQ(write_file(c, &file, 0, "good", 4, 0), SL_NFS_OK);
	test_programs();
	test_lengths();
	flip(&root);
	flip(&directory);
	flip(&file);
	test_dots();
	test_moves(false);
	test_moves(true);
	client_free(c);
	server_close();
}

int main(void)
{
	test_all(false);
	if (!getuid())
		test_all(true);
	TEST_END();
}
