// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that READDIR and READDIRPLUS keep to the client's limits to the byte,
 * leave nothing out, and say that it was all only when it was.
 */
#include "stages/nfs/rpc_site_test.h"

#define NAMES		300
#define ATTR_BYTES	84

static u64 asked_for;
static u32 asked_count;
static bool has_attr;
static u32 made_max;		/* entries that the export makes at a time */

static u32 name_of(u32 number, char *name)
{
	u32 bytes = number % 37 ? 1 + number * 7 % 40 : 255;

	memset(name, 'a' + number % 26, bytes);
	return bytes;
}

/* A directory of NAMES files; cookies are their numbers plus one. */
static void list(struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	bool plus = event->op == SL_FILE_READDIRPLUS;
	u32 number = nfs->offset;
	u32 at = 0, made = 0;

	CHECK_EQ((uintptr_t)event->data % 8, 0);
	CHECK(event->data + nfs->count <= event->buffer + event->data_max);
	asked_for = nfs->offset;
	asked_count = nfs->count;
	nfs->has_attr = has_attr;
	nfs->attr = (struct sl_file_attr){ .type = SL_FILE_DIR };
	for (; number < NAMES && made < made_max; number++, made++) {
		struct sl_file_entry *entry = (void *)(event->data + at);
		struct sl_file_plus *more;
		char name[256];
		u32 bytes = name_of(number, name);
		u32 all = ALIGN(offsetof(struct sl_file_entry, name) + bytes,
				8);

		if (at + all + (plus ? sizeof(*more) : 0) > nfs->count)
			break;
		entry->fileid = 1000 + number;
		entry->cookie = number + 1;
		entry->name_bytes = bytes;
		entry->type = SL_FILE_REG;
		memcpy(entry->name, name, bytes);
		at += all;
		if (!plus)
			continue;
		more = (void *)(event->data + at);
		memset(more, 0, sizeof(*more));
		if (number % 5) {
			more->attr.type = SL_FILE_REG;
			more->attr.size = number;
		}
		if (number % 3) {
			more->handle.word[0] = number;
			if (number % 2)
				more->handle.word[4] = 1;
		}
		at += sizeof(*more);
	}
	event->data_bytes = at;
	nfs->eof = number == NAMES;
	if (!at && !nfs->eof)
		nfs->status = SL_NFS_TOOSMALL;
}

static u32 say(u64 cookie, u32 names, u32 count, bool plus)
{
	static u32 xid;
	u8 data[512];
	u8 *at = data + 4;

	at += site_bytes(at, SITE_CALL_NFS("00000001", "00000010")
			 SITE_HANDLE);
	sl_xdr_put_u32(data + 4, ++xid);
	if (plus)
		sl_xdr_put_u32(data + 4 + 20, SL_FILE_READDIRPLUS);
	at = sl_xdr_put_u64(at, cookie);
	at = sl_xdr_put_u64(at, 0);
	if (plus)
		at = sl_xdr_put_u32(at, names);
	at = sl_xdr_put_u32(at, count);
	sl_xdr_put_u32(data, SL_RPC_LAST | (at - data - 4));
	site_receive(0, data, at - data);
	return xid;
}

static void check_plus(struct sl_xdr *in, u32 number)
{
	bool has_size = number % 5;
	bool has_handle = number % 3;
	u32 bytes;
	const u8 *handle;

	CHECK_EQ(sl_xdr_u32(in), has_size);
	if (has_size) {
		sl_xdr_bytes(in, 20);
		CHECK_EQ(sl_xdr_u64(in), number);
		sl_xdr_bytes(in, ATTR_BYTES - 28);
	}
	CHECK_EQ(sl_xdr_u32(in), has_handle);
	if (has_handle) {
		handle = sl_xdr_opaque(in, &bytes, 64);
		CHECK_EQ(bytes, number % 2 ? 40 : 8);
		CHECK(!memcmp(handle, &(u64){ number }, 8));
	}
}

/*
 * Reads a reply; returns the cookie to go on from, ~0 at the end, 0 if it was
 * that the limits are too small.  *bytes and *names take what it used of them.
 */
static u64 read_reply(u32 xid, u64 cookie, bool plus, u32 *bytes, u32 *names)
{
	struct site_connection *c = &site_connection[0];
	struct sl_xdr in = { c->output, c->output + c->output_bytes, false };
	u32 status;

	CHECK_EQ(sl_xdr_u32(&in), SL_RPC_LAST | (c->output_bytes - 4));
	CHECK_EQ(sl_xdr_u32(&in), xid);
	sl_xdr_bytes(&in, 20);
	status = sl_xdr_u32(&in);
	*bytes = sl_xdr_left(&in);
	*names = 0;
	CHECK_EQ(sl_xdr_u32(&in), has_attr);
	if (has_attr)
		sl_xdr_bytes(&in, ATTR_BYTES);
	c->output_bytes = 0;
	if (status) {
		CHECK_EQ(status, SL_NFS_TOOSMALL);
		CHECK_EQ(sl_xdr_left(&in), 0);
		return 0;
	}
	CHECK_EQ(sl_xdr_u64(&in), 0);
	while (sl_xdr_u32(&in)) {
		u32 number = cookie++;
		u32 wanted, got;
		const u8 *name;
		char text[256];

		CHECK_EQ(sl_xdr_u64(&in), 1000 + number);
		name = sl_xdr_opaque(&in, &got, 255);
		wanted = name_of(number, text);
		CHECK(got == wanted && !memcmp(name, text, got));
		CHECK_EQ(sl_xdr_u64(&in), number + 1);
		*names += 20 + sl_xdr_padded(got);
		if (plus)
			check_plus(&in, number);
	}
	if (sl_xdr_u32(&in)) {
		CHECK_EQ(cookie, NAMES);
		cookie = ~0ull;
	}
	CHECK(!in.bad);
	CHECK_EQ(sl_xdr_left(&in), 0);
	return cookie;
}

/* The limits that the next name would need; 0 if there is none. */
static u32 next_names(u64 cookie)
{
	char name[256];

	return cookie < NAMES ? 20 + sl_xdr_padded(name_of(cookie, name)) : 0;
}

static u32 next_bytes(u64 cookie, bool plus)
{
	u32 bytes = next_names(cookie);

	if (!bytes)
		return 0;
	if (!plus)
		return bytes + 4;
	return bytes + 12 + (cookie % 5 ? ATTR_BYTES : 0) +
	       (cookie % 3 ? 4 + (cookie % 2 ? 40 : 8) : 0);
}

/* Lists everything with these limits, as many calls as it takes. */
static void list_all(u32 names, u32 count, bool plus)
{
	u64 cookie = 0;
	u32 calls = 0;

	while (cookie != ~0ull && calls++ < 2 * NAMES) {
		u32 used, used_names, xid = say(cookie, names, count, plus);
		u64 before = cookie;

		cookie = read_reply(xid, cookie, plus, &used, &used_names);
		CHECK_EQ(asked_for, before);
		if (!cookie) {
			/* It would not have been allowed to. */
			CHECK(count < (has_attr ? 104u : 20u) +
					      next_bytes(before, plus) ||
			      (plus && names < next_names(before)));
			return;
		}
		CHECK(used <= count);
		CHECK(!plus || used_names <= names);
		if (cookie == ~0ull)
			continue;
		CHECK(cookie > before);
		/* One more would have been too many, if it was known. */
		if (cookie - before < made_max && !plus)
			CHECK(used + next_bytes(cookie, plus) > count);
	}
	CHECK_EQ(cookie, ~0ull);
}

static void test_limits(void)
{
	u32 count, names;

	site_open(&site_options, 8);
	site_export = list;
	for (has_attr = false;; has_attr = true) {
		made_max = ~0u;
		for (count = 0; count < 700; count += 1 + count / 9)
			list_all(0, count, false);
		list_all(0, 8192, false);
		for (count = 0; count < 2000; count += 1 + count / 9)
			list_all(4096, count, true);
		for (names = 0; names < 2000; names += 1 + names / 9)
			list_all(names, 8192, true);
		list_all(~0u, ~0u, true);
		list_all(0, ~0u, false);
		made_max = 3;
		list_all(4096, 32768, true);
		list_all(0, 32768, false);
		if (has_attr)
			break;
	}
	site_shut();
}

/* With a small dircount not much more is asked for than will be sent. */
static void test_no_waste(void)
{
	u32 bytes, names, xid;

	site_open(&site_options, 8);
	site_export = list;
	has_attr = false;
	made_max = ~0u;
	xid = say(1, 512, 30000, true);
	read_reply(xid, 1, true, &bytes, &names);
	CHECK(names > 400);
	CHECK(asked_count <= 512 * 7);
	site_shut();
}

/* An empty directory; and one that the export says nothing sensible about. */
static void nonsense(struct sl_event *event)
{
	struct sl_file_entry *entry = (void *)event->data;

	*entry = (struct sl_file_entry){ .name_bytes = 1000 };
	event->data_bytes = sizeof(*entry);
	sl_file(event)->eof = true;
}

static void test_empty(void)
{
	u32 xid, bytes, names;

	site_open(&site_options, 8);
	site_export = list;
	has_attr = false;
	xid = say(NAMES, 0, 20, false);
	CHECK_EQ(read_reply(xid, NAMES, false, &bytes, &names), ~0ull);
	CHECK_EQ(bytes, 20);
	xid = say(NAMES, 0, 19, false);
	CHECK_EQ(read_reply(xid, NAMES, false, &bytes, &names), 0);
	site_export = nonsense;
	xid = say(0, 0, 4000, false);
	CHECK_EQ(read_reply(xid, NAMES, false, &bytes, &names), ~0ull);
	site_shut();
}

int main(void)
{
	test_limits();
	test_no_waste();
	test_empty();
	TEST_END();
}
