// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the server, as people run it, serves many at once: 10,000 files
 * with room for few of them, 256 connections that all work, more of them than
 * there may be; large offsets, long records, records in fragments; and that a
 * user gets nothing that is not his.
 */
#include <sys/resource.h>

#include "stages/nfs/wire_test.h"

#define FILES		10000
#define HANDLES		2000
#define CONNECTIONS	256
#define ROUNDS		4

static u8 data[WIRE_MAX];

static struct client *first_client(struct handle *root)
{
	struct client *c = client_new();

	CHECK_EQ(mount_export(c, root), SL_NFS_OK);
	return c;
}

/* In the test and in the file; each has data of its own. */
static void file_data(u32 number, char text[32])
{
	snprintf(text, 32, "this is file %u", number);
}

static void make_files(struct client *c, const struct handle *root,
		       struct handle *file)
{
	char name[32], text[32];
	u32 i;

	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file%u", i);
		file_data(i, text);
		if (!CHECK_EQ(create(c, root, name, &file[i]), SL_NFS_OK) ||
		    !CHECK_EQ(write_file(c, &file[i], 0, text, strlen(text),
					 SL_FILE_UNSTABLE), SL_NFS_OK))
			return;
	}
}

/* In an order that no cache likes; returns how many were as they should be. */
static u32 read_files(struct client *c, struct handle *file)
{
	char text[32];
	u32 good = 0;
	u32 i;

	for (i = 0; i < FILES; i++) {
		u32 number = (u64)i * 7919 % FILES;
		const u8 *at;
		u32 bytes;
		bool eof;

		file_data(number, text);
		if (!CHECK_EQ(read_file(c, &file[number], 0, 100, &at, &bytes,
					&eof), SL_NFS_OK))
			break;
		good += eof && bytes == strlen(text) &&
			!memcmp(at, text, bytes);
	}
	return good;
}

/*
 * All of them are in use at once through their handles, which last as long as
 * the files do; the server keeps fewer in mind, and fewer still open.
 */
static void test_many_files(bool persistent)
{
	static struct handle file[FILES];
	struct handle root;
	struct client *c;
	struct rlimit limit;

	server_open();
	set("fs.persistent=%s", persistent ? "true" : "false");
	set("fs.handles=%u", persistent ? HANDLES : 2 * FILES);
	/* A quarter of all is for others: so this is 1500 for files. */
	getrlimit(RLIMIT_NOFILE, &limit);
	CHECK(!setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 2000, 2000 }));
	set("net.connections_max=100");
	server_start();
	c = first_client(&root);
	make_files(c, &root, file);
	CHECK_EQ(read_files(c, file), FILES);
	CHECK(server_descriptors() <= 1600);
	CHECK_EQ(read_files(c, file), FILES);
	CHECK(server_descriptors() <= 1600);
	client_free(c);
	server_close();
}

/* One call of each connection in flight; then all the answers. */
static void work(struct client **c, const struct handle *file, u32 round)
{
	char text[64];
	u64 verifier;
	u32 i;

	for (i = 0; i < CONNECTIONS; i++) {
		snprintf(text, sizeof(text), "client %u in round %u", i, round);
		begin_write(c[i], &file[i], 0, text, sizeof(text),
			    SL_FILE_UNSTABLE);
		CHECK(write_all(c[i]->fd, c[i]->out, seal(c[i])));
	}
	for (i = 0; i < CONNECTIONS; i++) {
		if (!CHECK(client_receive(c[i])) ||
		    !CHECK_EQ(get_head(c[i]), SL_NFS_OK))
			return;
		CHECK_EQ(get_written(c[i], &verifier), sizeof(text));
	}
	for (i = 0; i < CONNECTIONS; i++) {
		const u8 *at;
		u32 bytes;
		bool eof;

		snprintf(text, sizeof(text), "client %u in round %u", i, round);
		CHECK_EQ(read_file(c[i], &file[i], 0, 100, &at, &bytes, &eof),
			 SL_NFS_OK);
		CHECK(bytes == sizeof(text) && !strcmp((char *)at, text));
	}
}

/* All of them at once; one more is let in by nobody's leave, and turned away. */
static void test_many_connections(void)
{
	static struct client *c[CONNECTIONS];
	static struct handle file[CONNECTIONS];
	struct client *more;
	struct handle root;
	char name[32];
	u32 i;

	server_open();
	set("rpc.connections_max=%u", CONNECTIONS);
	server_start();
	c[0] = first_client(&root);
	for (i = 0; i < CONNECTIONS; i++) {
		if (i)
			c[i] = client_new();
		snprintf(name, sizeof(name), "file%u", i);
		CHECK_EQ(create(c[i], &root, name, &file[i]), SL_NFS_OK);
	}
	for (i = 0; i < ROUNDS; i++)
		work(c, file, i);

	more = client_new();
	getattr(more, &root);
	CHECK(is_closed(more));
	client_free(more);
	CHECK_EQ(getattr(c[5], &root), SL_NFS_OK);

	/* And when there is room again, in it comes. */
	client_free(c[0]);
	for (i = 0; i < 1000; i++) {
		c[0] = client_new();
		if (getattr(c[0], &root) == SL_NFS_OK)
			break;
		client_free(c[0]);
		usleep(10000);
	}
	CHECK(i < 1000);
	for (i = 0; i < CONNECTIONS; i++)
		client_free(c[i]);
	server_close();
}

/* Where 32 bits end, where the file ends, and where numbers end. */
static void test_offsets(void)
{
	static const u64 at[] = {
		0, 0xfffffffeull, 0x100000000ull, 0x123456789abull,
	};
	struct handle root, file;
	const u8 *got;
	struct client *c;
	u32 bytes, i;
	bool eof;

	server_open();
	server_start();
	c = first_client(&root);
	CHECK_EQ(create(c, &root, "large", &file), SL_NFS_OK);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		CHECK_EQ(write_file(c, &file, at[i], "abcd", 4,
				    SL_FILE_UNSTABLE), SL_NFS_OK);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		CHECK_EQ(read_file(c, &file, at[i], 4, &got, &bytes, &eof),
			 SL_NFS_OK);
		/* The second one's end is under the third one's beginning. */
		CHECK(bytes == 4 && !memcmp(got, i == 1 ? "abab" : "abcd", 4));
		CHECK_EQ(eof, i == ARRAY_SIZE(at) - 1);
	}
	CHECK_EQ(read_file(c, &file, 0x123456789adull, 100, &got, &bytes, &eof),
		 SL_NFS_OK);
	CHECK(bytes == 2 && eof && !memcmp(got, "cd", 2));
	CHECK_EQ(read_file(c, &file, 0x123456789afull, 100, &got, &bytes, &eof),
		 SL_NFS_OK);
	CHECK(!bytes && eof);
	CHECK_EQ(read_file(c, &file, 1ull << 62, 100, &got, &bytes, &eof),
		 SL_NFS_OK);
	CHECK(!bytes && eof);
	CHECK_EQ(read_file(c, &file, ~0ull, 100, &got, &bytes, &eof),
		 SL_NFS_INVAL);
	CHECK_EQ(write_file(c, &file, (1ull << 63) - 2, "abcd", 4, 0),
		 SL_NFS_FBIG);
	client_free(c);
	server_close();
}

/* A WRITE in fragments of so many bytes, each sent by itself. */
static u32 write_in_fragments(struct client *c, u32 fragment)
{
	u8 *at = c->out + 4;
	u8 marker[4];

	while (at < c->end) {
		u32 bytes = min_t(u32, fragment, c->end - at);

		sl_xdr_put_u32(marker, at + bytes < c->end ?
				       bytes : SL_RPC_LAST | bytes);
		if (!write_all(c->fd, marker, 4) || !write_all(c->fd, at, bytes))
			return ~0u;
		at += bytes;
	}
	return client_receive(c) ? get_head(c) : ~0u;
}

/* Up to the longest that FSINFO allows, and beyond what a record may be. */
static void test_records(void)
{
	static const u32 fragments[] = { 7, 1000, 65536, WIRE_MAX };
	struct handle root, file;
	u32 i, longest, bytes;
	struct client *c;
	const u8 *got;
	bool eof;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 2654435761u >> 24;
	server_open();
	server_start();
	c = first_client(&root);
	CHECK_EQ(create(c, &root, "records", &file), SL_NFS_OK);
	begin(c, SL_FILE_FSINFO);
	put_handle(c, &root);
	CHECK_EQ(call(c), SL_NFS_OK);
	get_attributes(c, NULL, NULL);
	get_u64(c);
	get_u32(c);
	longest = get_u32(c);
	CHECK(longest >= 65536 && longest <= WIRE_MAX);
	for (i = 0; i < ARRAY_SIZE(fragments); i++) {
		u32 size = i ? longest : 5000;

		begin_write(c, &file, i, data + i, size, SL_FILE_UNSTABLE);
		CHECK_EQ(write_in_fragments(c, fragments[i]), SL_NFS_OK);
		CHECK_EQ(read_file(c, &file, i, size, &got, &bytes, &eof),
			 SL_NFS_OK);
		CHECK(bytes == size && !memcmp(got, data + i, size));
	}
	/* More than can ever be, also if it says so only bit by bit. */
	begin_write(c, &file, 0, data, WIRE_MAX - 4096, SL_FILE_UNSTABLE);
	write_in_fragments(c, 60000);
	CHECK(is_closed(c));
	client_free(c);

	c = client_new();
	CHECK_EQ(read_file(c, &file, 3, longest, &got, &bytes, &eof),
		 SL_NFS_OK);
	CHECK(bytes == longest && !memcmp(got, data + 3, longest));
	client_free(c);
	server_close();
}

/* Root's files are not for user 1000, whatever handle he has. */
static void test_users(void)
{
	struct handle root, secret, directory, within;
	struct client *c;
	const u8 *got;
	u32 bytes;
	bool eof;

	if (getuid()) {
		printf("no users: only root can be them\n");
		return;
	}
	server_open();
	server_start();
	c = first_client(&root);
	CHECK_EQ(create(c, &root, "secret", &secret), SL_NFS_OK);
	CHECK_EQ(write_file(c, &secret, 0, "hush", 4, 0), SL_NFS_OK);
	CHECK_EQ(make_directory(c, &root, "closed", &directory), SL_NFS_OK);
	CHECK_EQ(create(c, &directory, "within", &within), SL_NFS_OK);
	begin(c, SL_FILE_SETATTR);
	put_handle(c, &secret);
	put_mode(c, 0600);
	put_u32(c, 0);
	CHECK_EQ(call(c), SL_NFS_OK);
	begin(c, SL_FILE_SETATTR);
	put_handle(c, &directory);
	put_mode(c, 0700);
	put_u32(c, 0);
	CHECK_EQ(call(c), SL_NFS_OK);

	c->uid = 1000;
	CHECK_EQ(read_file(c, &secret, 0, 10, &got, &bytes, &eof),
		 SL_NFS_ACCES);
	CHECK_EQ(write_file(c, &secret, 0, "x", 1, 0), SL_NFS_ACCES);
	CHECK_EQ(lookup(c, &directory, "within", &within), SL_NFS_ACCES);
	CHECK_EQ(create(c, &directory, "new", &within), SL_NFS_ACCES);
	CHECK_EQ(remove_name(c, &directory, "within"), SL_NFS_ACCES);
	CHECK_EQ(getattr(c, &secret), SL_NFS_OK);
	c->uid = 0;
	CHECK_EQ(read_file(c, &secret, 0, 10, &got, &bytes, &eof), SL_NFS_OK);
	CHECK(bytes == 4 && !memcmp(got, "hush", 4));
	client_free(c);
	server_close();
}

int main(void)
{
	test_offsets();
	test_records();
	test_users();
	test_many_connections();
	/* The limit of descriptors cannot be raised again but by root. */
	test_many_files(false);
	if (!getuid())
		test_many_files(true);
	TEST_END();
}
