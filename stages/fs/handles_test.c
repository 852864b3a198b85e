// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a handle leads to the file that it was given out for or to
 * nothing at all, and never out of the export: handles that are stale or made
 * up, names that try to escape, and files that are moved, removed or replaced
 * behind the server's back while it has room for 16 descriptors only.
 */
#include <sys/resource.h>

#include "stages/fs/storage_test.h"

#define FILES		400
#define FORGED		20000
#define DEEP		120

static struct storage s;

static struct sl_fs_totals totals(void)
{
	struct sl_fs_totals t;

	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &t);
	return t;
}

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool reads(struct sl_file_handle file, const char *text)
{
	return !storage_read(&s, file, 0, 1000) &&
	       s.args.count == strlen(text) && s.args.eof &&
	       !memcmp(s.data, text, s.args.count);
}

/* Opens so many others that no descriptor of before is left. */
static void evict(void)
{
	struct sl_file_handle file;
	char name[32];
	int i, round;

	/* Twice, for the first round may only take the marks away. */
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 40; i++) {
			snprintf(name, sizeof(name), "evict%d", i);
			put_file(storage_path(&s, "%s", name), name);
			CHECK_EQ(storage_lookup(&s, s.root, name, &file), 0);
			CHECK(reads(file, name));
		}
	}
	CHECK(totals().descriptors <= 16);
}

static void test_names(void)
{
	static const struct {
		const char *name;
		u32 bytes;
		int lookup, create, remove;
	} table[] = {
		{ "", 0, -EINVAL, -EINVAL, -EINVAL },
		{ ".", 1, 0, -EEXIST, -EINVAL },
		{ "..", 2, 0, -EEXIST, -EINVAL },
		{ "../etc", 6, -EINVAL, -EINVAL, -EINVAL },
		{ "a/b", 3, -EINVAL, -EINVAL, -EINVAL },
		{ "/", 1, -EINVAL, -EINVAL, -EINVAL },
		{ "/etc/passwd", 11, -EINVAL, -EINVAL, -EINVAL },
		{ "nul\0nul", 7, -EINVAL, -EINVAL, -EINVAL },
		{ "\0", 1, -EINVAL, -EINVAL, -EINVAL },
		{ "...", 3, -ENOENT, 0, 0 },
		{ "\xff\xfe\n", 3, -ENOENT, 0, 0 },
	};
	char name[300];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		s.args = (struct sl_file_args){ .handle = s.root };
		s.data_bytes = table[i].bytes;
		memcpy(s.data, table[i].name, table[i].bytes);
		CHECK_EQ(storage_call(&s, SL_FILE_LOOKUP), table[i].lookup);
		s.args = (struct sl_file_args){ .handle = s.root };
		s.data_bytes = table[i].bytes;
		CHECK_EQ(storage_call(&s, SL_FILE_CREATE), table[i].create);
		s.args = (struct sl_file_args){ .handle = s.root };
		s.data_bytes = table[i].bytes;
		CHECK_EQ(storage_call(&s, SL_FILE_REMOVE), table[i].remove);
	}
	memset(name, 'n', sizeof(name));
	name[256] = 0;
	CHECK_EQ(storage_create(&s, s.root, name, NULL), -ENAMETOOLONG);
	CHECK_EQ(s.args.status, SL_NFS_NAMETOOLONG);
	name[255] = 0;
	CHECK_EQ(storage_create(&s, s.root, name, NULL), 0);
	CHECK_EQ(storage_lookup(&s, s.root, name, NULL), 0);
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, name), 0);
}

static void test_escapes(void)
{
	static const char *const paths[] = {
		"..", "a/../..", "../", "out/x", "up", "up/x", "a/..",
	};
	struct sl_file_handle h, dir;
	char outside[300];
	u32 i;

	snprintf(outside, sizeof(outside), "%s-outside", s.export);
	CHECK_EQ(mkdir(outside, 0755), 0);
	CHECK_EQ(mkdir(storage_path(&s, "a"), 0755), 0);
	CHECK_EQ(symlink(outside, storage_path(&s, "out")), 0);
	CHECK_EQ(symlink("..", storage_path(&s, "up")), 0);
	CHECK_EQ(symlink("/etc/passwd", storage_path(&s, "file")), 0);

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		int err = storage_at(&s, SL_FILE_MOUNT, s.root, paths[i]);

		/* The link itself may be had; nothing behind it. */
		if (!err)
			CHECK_EQ(s.args.attr.type, SL_FILE_LNK);
	}
	CHECK_EQ(storage_lookup(&s, s.root, "out", &h), 0);
	CHECK_EQ(s.args.attr.type, SL_FILE_LNK);
	CHECK_EQ(storage_lookup(&s, h, "x", NULL), -ENOTDIR);
	CHECK_EQ(storage_create(&s, h, "x", NULL), -ENOTDIR);
	s.args = (struct sl_file_args){ .how = SL_FILE_UNCHECKED };
	CHECK_EQ(storage_at(&s, SL_FILE_CREATE, s.root, "file"), -EEXIST);
	CHECK_EQ(storage_lookup(&s, s.root, "file", &h), 0);
	CHECK_EQ(storage_read(&s, h, 0, 100), -EINVAL);
	CHECK_EQ(storage_write(&s, h, 0, "x", 1, 0), -EINVAL);

	/* A directory and a file that turn into links after they were given. */
	CHECK_EQ(storage_lookup(&s, s.root, "a", &dir), 0);
	put_file(storage_path(&s, "a/inner"), "inner");
	put_file(storage_path(&s, "turn"), "turn");
	CHECK_EQ(storage_lookup(&s, s.root, "turn", &h), 0);
	evict();
	CHECK_EQ(unlink(storage_path(&s, "turn")), 0);
	CHECK_EQ(symlink("/etc/passwd", storage_path(&s, "turn")), 0);
	CHECK_EQ(storage_read(&s, h, 0, 100), -ESTALE);
	CHECK_EQ(unlink(storage_path(&s, "a/inner")), 0);
	CHECK_EQ(rmdir(storage_path(&s, "a")), 0);
	CHECK_EQ(symlink(outside, storage_path(&s, "a")), 0);
	CHECK_EQ(storage_create(&s, dir, "escaped", NULL), -ESTALE);
	/* It is empty, or this fails. */
	CHECK_EQ(rmdir(outside), 0);
}

static void test_forged(void)
{
	struct sl_file_handle good, bad;
	u64 seed = 1;
	u32 i;

	CHECK_EQ(storage_create(&s, s.root, "forge", &good), 0);
	for (i = 0; i < 8 * sizeof(good); i++) {
		int err;

		bad = good;
		bad.word[i / 64] ^= 1ull << i % 64;
		err = storage_get(&s, SL_FILE_GETATTR, bad);
		CHECK(err == -ESTALE || err == -EBADHANDLE);
	}
	for (i = 0; i < FORGED; i++) {
		u32 w;
		int err;

		/* A caller knows all but the generation. */
		bad = good;
		for (w = i % 4; w < 4; w++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			bad.word[w] = seed;
		}
		bad.word[0] = (i % 200) | (seed & 0xffffffff00000000u);
		if (i % 2)
			bad.word[3] = good.word[3];
		err = storage_get(&s, SL_FILE_GETATTR, bad);
		CHECK(err == -ESTALE || err == -EBADHANDLE);
	}
	memset(&bad, 0, sizeof(bad));
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, bad), -EBADHANDLE);
	CHECK_EQ(s.args.status, SL_NFS_BADHANDLE);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, good), 0);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, s.root, "forge", bad, "x"),
		 -EBADHANDLE);

	/* Another start, other handles. */
	storage_end(&s);
	storage_start(&s);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, good), -ESTALE);
}

static void test_reopen(void)
{
	struct sl_file_handle moved, renamed, removed, replaced, h;

	put_file(storage_path(&s, "moved"), "moved");
	put_file(storage_path(&s, "renamed"), "renamed");
	put_file(storage_path(&s, "removed"), "removed");
	put_file(storage_path(&s, "replaced"), "replaced");
	CHECK_EQ(storage_lookup(&s, s.root, "moved", &moved), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "renamed", &renamed), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "removed", &removed), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "replaced", &replaced), 0);
	CHECK(reads(moved, "moved"));
	CHECK(reads(renamed, "renamed"));
	CHECK(reads(removed, "removed"));
	CHECK(reads(replaced, "replaced"));

	/* By name of ours it is found again, wherever it went. */
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, s.root, "moved", s.root,
			     "moved2"), 0);
	evict();
	CHECK(reads(moved, "moved"));

	/* Others may move, remove and replace files that are not open. */
	evict();
	put_file(storage_path(&s, "replacement"), "something else");
	{
		char to[4096];

		strcpy(to, storage_path(&s, "renamed2"));
		CHECK_EQ(rename(storage_path(&s, "renamed"), to), 0);
		strcpy(to, storage_path(&s, "replaced"));
		CHECK_EQ(rename(storage_path(&s, "replacement"), to), 0);
	}
	CHECK_EQ(unlink(storage_path(&s, "removed")), 0);
	CHECK_EQ(storage_read(&s, renamed, 0, 100), -ESTALE);
	CHECK_EQ(storage_read(&s, removed, 0, 100), -ESTALE);
	CHECK_EQ(storage_read(&s, replaced, 0, 100), -ESTALE);
	CHECK_EQ(storage_write(&s, replaced, 0, "x", 1, 0), -ESTALE);
	CHECK_EQ(storage_lookup(&s, s.root, "renamed2", &h), 0);
	CHECK(!memcmp(&h, &renamed, sizeof(h)));
	CHECK(reads(renamed, "renamed"));
	CHECK_EQ(storage_lookup(&s, s.root, "replaced", &h), 0);
	CHECK(reads(h, "something else"));

	/* What is open is what was asked for, whatever its name is now. */
	{
		char to[4096];

		strcpy(to, storage_path(&s, "renamed3"));
		CHECK_EQ(rename(storage_path(&s, "renamed2"), to), 0);
	}
	CHECK(reads(renamed, "renamed"));
	CHECK_EQ(unlink(storage_path(&s, "renamed3")), 0);
	usleep(110000);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, renamed), -ESTALE);
}

/* More files than descriptors, in no order, written and read. */
static void test_many(void)
{
	static struct sl_file_handle file[FILES];
	char name[32];
	u32 seed = 7;
	u32 i;

	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "many%u", i);
		CHECK_EQ(storage_create(&s, s.root, name, &file[i]), 0);
		CHECK_EQ(storage_write(&s, file[i], 0, name, strlen(name),
				       SL_FILE_UNSTABLE), 0);
	}
	for (i = 0; i < 5 * FILES; i++) {
		u32 n;

		seed = seed * 1103515245 + 12345;
		n = (seed >> 8) % FILES;
		snprintf(name, sizeof(name), "many%u", n);
		CHECK(reads(file[n], name));
	}
	CHECK(totals().evicted_descriptors > FILES);
	CHECK(totals().descriptors <= 16);
}

/* A path that is longer than there are descriptors. */
static void test_deep(void)
{
	static struct sl_file_handle dir[DEEP];
	struct sl_file_handle h;
	char name[32];
	u32 i;

	for (i = 0; i < DEEP; i++) {
		snprintf(name, sizeof(name), "deep%u", i);
		CHECK_EQ(storage_mkdir(&s, i ? dir[i - 1] : s.root, name,
				       &dir[i]), 0);
	}
	evict();
	CHECK_EQ(storage_create(&s, dir[DEEP - 1], "leaf", &h), 0);
	CHECK_EQ(storage_write(&s, h, 0, "leaf", 4, 0), 0);
	evict();
	CHECK(reads(h, "leaf"));
	for (i = DEEP - 1; i > 0; i--) {
		CHECK_EQ(storage_lookup(&s, dir[i], "..", &h), 0);
		CHECK(!memcmp(&h, &dir[i - 1], sizeof(h)));
	}
}

/* Directories that change places behind our back must not form a circle. */
static void test_cycle(void)
{
	struct sl_file_handle a, b, h;
	char from[4096];
	int i;

	CHECK_EQ(storage_mkdir(&s, s.root, "ca", &a), 0);
	CHECK_EQ(storage_mkdir(&s, a, "cb", &b), 0);
	/* Both are open then. */
	CHECK_EQ(storage_lookup(&s, b, "x", NULL), -ENOENT);
	strcpy(from, storage_path(&s, "ca/cb"));
	CHECK_EQ(rename(from, storage_path(&s, "cb")), 0);
	strcpy(from, storage_path(&s, "ca"));
	CHECK_EQ(rename(from, storage_path(&s, "cb/ca")), 0);
	CHECK_EQ(storage_lookup(&s, b, "ca", &h), 0);
	CHECK(!memcmp(&h, &a, sizeof(h)));
	evict();
	CHECK_EQ(storage_lookup(&s, a, "x", NULL), -ESTALE);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(storage_lookup(&s, s.root, "cb", &b), 0);
		CHECK_EQ(storage_lookup(&s, b, "ca", &a), 0);
		CHECK_EQ(storage_lookup(&s, a, "x", NULL), -ENOENT);
		CHECK_EQ(storage_lookup(&s, a, "..", &h), 0);
		CHECK(!memcmp(&h, &b, sizeof(h)));
		evict();
	}
}

static u32 asked, answered;

static bool next_many(struct storage *t, struct sl_event *event)
{
	static struct sl_file_handle *file;

	file = t->arg;
	if (asked == FILES)
		return false;
	event->op = SL_FILE_READ;
	sl_file(event)->handle = file[asked++ % 100];
	sl_file(event)->count = 100;
	return true;
}

static void many_done(struct storage *t, struct sl_event *event)
{
	(void)t;
	answered++;
	CHECK_EQ(event->status, 0);
	CHECK_EQ(sl_file(event)->count, 5);
}

/* More files in flight than descriptors: the others wait, and all succeed. */
static void test_pressure(void)
{
	static struct sl_file_handle file[100];
	char name[32];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(file); i++) {
		snprintf(name, sizeof(name), "press%u", i);
		CHECK_EQ(storage_create(&s, s.root, name, &file[i]), 0);
		CHECK_EQ(storage_write(&s, file[i], 0, "press", 5, 0), 0);
	}
	s.next = next_many;
	s.done = many_done;
	s.arg = file;
	for (i = 0; i < 100000 && answered < FILES; i++)
		sl_pipeline_turn(s.pipeline);
	CHECK_EQ(answered, FILES);
	CHECK(totals().descriptors <= 16);
}

/* More files than entries: the handle is stale, the file can be found again. */
static void test_table(void)
{
	struct sl_file_handle first, file, dir[20];
	char name[32];
	u32 i;

	storage_end(&s);
	s.fs.handles = 16;
	storage_start(&s);
	CHECK_EQ(storage_create(&s, s.root, "first", &first), 0);
	CHECK_EQ(storage_write(&s, first, 0, "1", 1, 0), 0);
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "next%u", i);
		CHECK_EQ(storage_create(&s, s.root, name, &file), 0);
		CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
	}
	CHECK_EQ(totals().handles, 16);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, first), -ESTALE);
	CHECK_EQ(storage_lookup(&s, s.root, "first", &file), 0);
	CHECK(memcmp(&file, &first, sizeof(file)));
	CHECK(reads(file, "1"));
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, first), -ESTALE);

	/* Directories that others stand on do not make room. */
	for (i = 0; i < 15; i++)
		CHECK_EQ(storage_mkdir(&s, i ? dir[i - 1] : s.root, "down",
				       &dir[i]), 0);
	CHECK_EQ(storage_mkdir(&s, dir[14], "down", NULL), -EJUKEBOX);
	CHECK_EQ(s.args.status, SL_NFS_JUKEBOX);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, dir[14]), 0);
	CHECK_EQ(s.args.attr.links, 2);
}

int main(void)
{
	struct rlimit few = { 80, 80 };

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
	storage_defaults(&s);
	s.fs.handles = 1000;
	storage_start(&s);
	test_names();
	test_escapes();
	test_forged();
	test_reopen();
	test_many();
	test_deep();
	test_cycle();
	test_pressure();
	test_table();
	storage_end(&s);
	storage_remove(&s);
	TEST_END();
}
