// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves, over the wire, that a listing of 100,000 names shows each one that
 * stays exactly once, and no other one twice, while another client makes,
 * renames and removes names of the same directory.
 */
#include <pthread.h>

#include "stages/nfs/wire_test.h"

#define STAY		100000u
#define COME		2000u	/* names that come and go */

static struct handle root;
static u8 stays[STAY], comes[COME];

static struct {
	pthread_t thread;
	bool stop;
	u32 changes;
} meddler;

/* Makes some, renames those, removes them, all the time. */
static void *meddle(void *arg)
{
	struct client *c = arg;
	struct handle file;
	u32 i;

	for (i = 0; !READ_ONCE(meddler.stop); i = (i + 1) % COME) {
		u32 last = (i + COME - 50) % COME;
		char name[32], old[32];

		snprintf(name, sizeof(name), "come%u", i);
		begin_create(c, &root, name, SL_FILE_UNCHECKED);
		if (!CHECK_EQ(call(c), SL_NFS_OK))
			break;
		snprintf(old, sizeof(old), "come%u", last);
		if (i & 1) {
			remove_name(c, &root, old);
		} else if (!lookup(c, &root, old, &file)) {
			begin_name(c, SL_FILE_RENAME, &root, old);
			put_handle(c, &root);
			put_name(c, "a name that others take");
			CHECK_EQ(call(c), SL_NFS_OK);
		}
		WRITE_ONCE(meddler.changes, meddler.changes + 1);
	}
	client_free(c);
	return NULL;
}

static void see(const char *name)
{
	u32 number;

	if (sscanf(name, "stay%u", &number) == 1 && CHECK(number < STAY))
		stays[number]++;
	else if (sscanf(name, "come%u", &number) == 1 && CHECK(number < COME))
		comes[number]++;
}

/* One piece; returns whether there are more. */
static bool list_piece(struct client *c, bool plus, u64 *cookie)
{
	struct handle ignored;
	u32 entries = 0;
	char name[256];

	begin(c, plus ? SL_FILE_READDIRPLUS : SL_FILE_READDIR);
	put_handle(c, &root);
	put_u64(c, *cookie);
	put_u64(c, 0);
	if (plus)
		put_u32(c, 8192);
	put_u32(c, 32768);
	if (!CHECK_EQ(call(c), SL_NFS_OK))
		return false;
	get_attributes(c, NULL, NULL);
	get_u64(c);
	while (get_u32(c)) {
		const u8 *at;
		u32 bytes;

		get_u64(c);
		at = sl_xdr_opaque(&c->answer, &bytes, sizeof(name) - 1);
		memcpy(name, at, bytes);
		name[bytes] = 0;
		*cookie = get_u64(c);
		if (plus) {
			get_attributes(c, NULL, NULL);
			if (get_u32(c))
				get_handle(c, &ignored);
		}
		see(name);
		entries++;
	}
	if (get_u32(c))
		return false;
	return CHECK(!c->answer.bad) && CHECK(entries);
}

static void test_listing(struct client *c, bool plus)
{
	u32 changes = READ_ONCE(meddler.changes);
	u32 missing = 0, twice = 0;
	u64 cookie = 0;
	u32 i;

	memset(stays, 0, sizeof(stays));
	memset(comes, 0, sizeof(comes));
	while (list_piece(c, plus, &cookie))
		;
	for (i = 0; i < STAY; i++) {
		missing += !stays[i];
		twice += stays[i] > 1;
	}
	/* A name that goes and comes again may be both. */
	for (i = 0; i < COME; i++)
		twice += comes[i] > 2;
	CHECK_EQ(missing, 0);
	CHECK_EQ(twice, 0);
	CHECK(READ_ONCE(meddler.changes) > changes);
}

int main(void)
{
	struct client *c;
	char name[300];
	u32 i;

	server_open();
	for (i = 0; i < STAY; i++) {
		snprintf(name, sizeof(name), "%s/stay%u", server.export, i);
		if (!CHECK(!mknod(name, S_IFREG | 0644, 0)))
			break;
	}
	server_start();
	c = client_new();
	CHECK_EQ(mount_export(c, &root), SL_NFS_OK);
	CHECK(!pthread_create(&meddler.thread, NULL, meddle, client_new()));
	test_listing(c, false);
	test_listing(c, true);
	WRITE_ONCE(meddler.stop, true);
	pthread_join(meddler.thread, NULL);
	client_free(c);
	server_close();
	TEST_END();
}
