// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a listing shows every name that is there all the time once, no
 * name twice, and comes to an end, whatever room it is given, while names come
 * and go, and from wherever it is taken up again; and that what it says of
 * each file is what GETATTR and LOOKUP say.
 */
#include "stages/fs/storage_test.h"

#define MANY		100000
#define NAME_FORMAT	"name%u%.*s"

static struct storage s;
static const char dashes[] = "----------------------------------------";

/* One more name in a listing; returns whether to go on. */
typedef bool visit(const struct sl_file_entry *entry, const char *name,
		   const struct sl_file_plus *plus, void *arg);

static u32 entry_bytes(const struct sl_file_entry *entry, bool plus)
{
	return ALIGN(offsetof(struct sl_file_entry, name) + entry->name_bytes,
		     8) + (plus ? sizeof(struct sl_file_plus) : 0);
}

/* Lists from @cookie on, in pieces of @room; returns the last cookie. */
static u64 list(u16 op, struct sl_file_handle directory, u64 cookie, u32 room,
		visit *visit, void *arg)
{
	static u8 data[STORAGE_DATA] __attribute__((aligned(8)));
	bool plus = op == SL_FILE_READDIRPLUS;
	u32 at, bytes, calls;
	bool eof;

	for (calls = 0; calls < 100000; calls++) {
		s.args = (struct sl_file_args){
			.handle = directory, .offset = cookie, .count = room,
		};
		s.data_bytes = 0;
		if (!CHECK_EQ(storage_call(&s, op), 0))
			return cookie;
		CHECK(s.data_bytes <= room);
		CHECK(s.data_bytes || s.args.eof);
		CHECK(s.args.has_attr && s.args.attr.type == SL_FILE_DIR);
		bytes = s.data_bytes;
		eof = s.args.eof;
		memcpy(data, s.data, bytes);
		for (at = 0; at < bytes;) {
			struct sl_file_entry *entry = (void *)(data + at);
			char name[256] = "";

			memcpy(name, entry->name, entry->name_bytes);
			at += entry_bytes(entry, plus);
			cookie = entry->cookie;
			if (!visit(entry, name, plus ?
				   (void *)(data + at - sizeof(struct
							       sl_file_plus)) :
				   NULL, arg))
				return cookie;
		}
		if (eof)
			return cookie;
	}
	CHECK(!"the list ends");
	return cookie;
}

struct seen {
	struct sl_file_handle directory;
	bool removing;
	u32 names;
	u32 stop;		/* after so many; 0: at the end */
	u8 number[MANY];	/* how often */
};

static struct seen seen;

static bool see(const struct sl_file_entry *entry, const char *name,
		const struct sl_file_plus *plus, void *arg)
{
	u32 number;

	(void)arg;
	seen.names++;
	if (!strcmp(name, "."))
		CHECK_EQ(entry->type, SL_FILE_DIR);
	if (sscanf(name, "name%u", &number) == 1 && number < MANY) {
		seen.number[number]++;
		CHECK_EQ(entry->type, SL_FILE_REG);
		if (plus && plus->attr.type)
			CHECK_EQ(plus->attr.fileid, entry->fileid);
		if (seen.removing)
			CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, seen.directory,
					    name), 0);
	}
	return seen.names != seen.stop;
}

static void forget(void)
{
	memset(&seen, 0, sizeof(seen));
}

/* Was each of them there once, but for those that came and went? */
static bool all_once(u32 count, u32 step)
{
	u32 i;

	for (i = 0; i < count; i += step)
		if (seen.number[i] != 1) {
			fprintf(stderr, "name%u: %u times\n", i,
				seen.number[i]);
			return false;
		}
	for (i = 0; i < count; i++)
		if (seen.number[i] > 1)
			return false;
	return true;
}

static void make(struct sl_file_handle directory, u32 number)
{
	char name[64];

	snprintf(name, sizeof(name), NAME_FORMAT, number, number % 40, dashes);
	CHECK_EQ(storage_create(&s, directory, name, NULL), 0);
}

static void test_pieces(u16 op)
{
	static const u32 rooms[] = { STORAGE_DATA, 32768, 4096, 1000, 512 };
	struct sl_file_handle dir;
	u32 i;

	CHECK_EQ(storage_mkdir(&s, s.root, "pieces", &dir), 0);
	for (i = 0; i < 1000; i++)
		make(dir, i);
	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		forget();
		list(op, dir, 0, rooms[i], see, NULL);
		CHECK_EQ(seen.names, 1002);
		CHECK(all_once(1000, 1));
	}
	/* Cookies hold while names go: nothing twice, nothing left, an end. */
	forget();
	seen.removing = true;
	seen.directory = dir;
	list(op, dir, 0, 1000, see, NULL);
	CHECK_EQ(seen.names, 1002);
	CHECK(all_once(1000, 1));
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, s.root, "pieces"), 0);
}

static void test_errors(u16 op)
{
	struct sl_file_handle file;

	s.args = (struct sl_file_args){ .handle = s.root, .count = 8 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, op), -ETOOSMALL);
	CHECK_EQ(s.args.status, SL_NFS_TOOSMALL);
	/* That must not spoil the next one. */
	forget();
	list(op, s.root, 0, 512, see, NULL);
	CHECK(seen.names >= 2);

	CHECK_EQ(storage_create(&s, s.root, "nodir", &file), 0);
	s.args = (struct sl_file_args){ .handle = file, .count = 4096 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, op), -ENOTDIR);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "nodir"), 0);
}

/* Names of 255 bytes take the most room, and a small one must do. */
static void test_long(u16 op)
{
	struct sl_file_handle dir;
	char name[256];
	u32 i;

	CHECK_EQ(storage_mkdir(&s, s.root, "long", &dir), 0);
	memset(name, 'l', 255);
	name[255] = 0;
	for (i = 0; i < 20; i++) {
		name[0] = 'a' + i;
		CHECK_EQ(storage_create(&s, dir, name, NULL), 0);
	}
	forget();
	list(op, dir, 0, 280 + (op == SL_FILE_READDIRPLUS ?
				sizeof(struct sl_file_plus) : 0), see, NULL);
	CHECK_EQ(seen.names, 22);
	for (i = 0; i < 20; i++) {
		name[0] = 'a' + i;
		CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, dir, name), 0);
	}
	CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, s.root, "long"), 0);
}

/* Another name of one of a few files, which is made faster than a file. */
static void add(const char *format, u32 number)
{
	char from[300], to[300];

	snprintf(from, sizeof(from), "%s/many/file%u", s.export, number % 8);
	snprintf(to, sizeof(to), "%s/many/", s.export);
	snprintf(to + strlen(to), 32, format, number);
	CHECK_EQ(link(from, to), 0);
}

static void make_many(struct sl_file_handle *dir)
{
	u32 i;

	CHECK_EQ(storage_mkdir(&s, s.root, "many", dir), 0);
	for (i = 0; i < 8; i++)
		close(open(storage_path(&s, "many/file%u", i),
			   O_CREAT | O_WRONLY, 0600));
	for (i = 0; i < MANY; i++)
		add("name%u", i);
}

/* In a directory of 100,000, of which some come and others go meanwhile. */
static void test_many(u16 op)
{
	struct sl_file_handle dir;
	u32 i, gone = 1;
	u64 cookie = 0;
	bool more = true;

	make_many(&dir);
	forget();
	while (more) {
		/* Each time from where it was left, by another call. */
		seen.stop = seen.names + 5000;
		cookie = list(op, dir, cookie, 32768, see, NULL);
		more = seen.names == seen.stop;
		for (i = 0; i < 200; i++, gone += 2) {
			CHECK_EQ(unlink(storage_path(&s, "many/name%u", gone)),
				 0);
			add("new%u", gone);
		}
	}
	CHECK(gone > 8000 && gone < MANY);
	CHECK(all_once(MANY, 2));

	/* From a cookie of old, after a restart. */
	forget();
	seen.stop = 60000;
	cookie = list(op, dir, 0, 32768, see, NULL);
	CHECK_EQ(seen.names, 60000);
	storage_end(&s);
	storage_start(&s);
	CHECK_EQ(storage_lookup(&s, s.root, "many", &dir), 0);
	seen.stop = 0;
	list(op, dir, cookie, 32768, see, NULL);
	CHECK(all_once(MANY, 2));
}

/* What a listing says of a file, LOOKUP and GETATTR say, too. */
static bool compare(const struct sl_file_entry *entry, const char *name,
		    const struct sl_file_plus *plus, void *arg)
{
	struct sl_file_handle *directory = arg;
	struct sl_file_attr attr;

	if (!strcmp(name, "..")) {
		CHECK_EQ(plus->attr.type, 0);
		return true;
	}
	CHECK_EQ(storage_lookup(&s, *directory, name, NULL), 0);
	CHECK(!memcmp(&plus->handle, &s.args.object, sizeof(plus->handle)));
	attr = s.args.attr;
	attr.atime_ns = plus->attr.atime_ns;
	CHECK(!memcmp(&plus->attr, &attr, sizeof(attr)));
	CHECK_EQ(plus->attr.fileid, entry->fileid);
	CHECK_EQ(plus->attr.type, entry->type);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, plus->handle), 0);
	return true;
}

static void test_attributes(void)
{
	struct sl_file_handle dir, file;
	char name[32];
	int i;

	CHECK_EQ(storage_mkdir(&s, s.root, "attr", &dir), 0);
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		CHECK_EQ(storage_create(&s, dir, name, &file), 0);
		CHECK_EQ(storage_write(&s, file, i, "x", 1, 0), 0);
	}
	CHECK_EQ(storage_mkdir(&s, dir, "down", NULL), 0);
	CHECK_EQ(storage_two(&s, SL_FILE_SYMLINK, dir, "sym", dir, "down"), 0);
	CHECK_EQ(mkfifo(storage_path(&s, "attr/fifo"), 0644), 0);
	list(SL_FILE_READDIRPLUS, dir, 0, 32768, compare, &dir);

	/* Sizes that others change are seen when they are due. */
	CHECK_EQ(truncate(storage_path(&s, "attr/file7"), 12345), 0);
	usleep(110000);
	list(SL_FILE_READDIRPLUS, dir, 0, 4096, compare, &dir);

	/* Files that nobody has asked for yet. */
	storage_end(&s);
	storage_start(&s);
	CHECK_EQ(storage_lookup(&s, s.root, "attr", &dir), 0);
	list(SL_FILE_READDIRPLUS, dir, 0, 4096, compare, &dir);
}

/* With a table that is full, names are there, handles need not be. */
static void test_full(void)
{
	struct sl_file_handle dir, kept[16];
	char name[32];
	u32 i;

	CHECK_EQ(storage_mkdir(&s, s.root, "full", &dir), 0);
	for (i = 0; i < 200; i++)
		make(dir, i);
	storage_end(&s);
	s.fs.handles = 16;
	storage_start(&s);
	CHECK_EQ(storage_lookup(&s, s.root, "full", &dir), 0);
	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), NAME_FORMAT, i, i % 40, dashes);
		CHECK_EQ(storage_lookup(&s, dir, name, &kept[i]), 0);
	}
	forget();
	list(SL_FILE_READDIRPLUS, dir, 0, 4096, see, NULL);
	CHECK_EQ(seen.names, 202);
	/* What somebody has asked for by name has not made room. */
	for (i = 0; i < 8; i++)
		CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, kept[i]), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, dir), 0);
	storage_end(&s);
	s.fs.handles = 8192;
	storage_start(&s);
}

static void run(bool persistent)
{
	static const u16 ops[] = { SL_FILE_READDIR, SL_FILE_READDIRPLUS };
	u32 i;

	storage_defaults(&s);
	s.fs.persistent = persistent;
	if (persistent && !storage_can_persist(&s)) {
		printf("no persistent handles for this user or in %s\n",
		       s.export);
		storage_remove(&s);
		return;
	}
	storage_start(&s);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		test_pieces(ops[i]);
		test_errors(ops[i]);
		test_long(ops[i]);
	}
	test_attributes();
	test_full();
	if (!persistent)
		test_many(SL_FILE_READDIRPLUS);
	storage_end(&s);
	storage_remove(&s);
}

int main(void)
{
	run(false);
	run(true);
	TEST_END();
}
