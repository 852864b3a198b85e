// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that persistent handles lead to the file that they were given out for
 * wherever it is by now, after a restart and however few the server can
 * remember; and that nobody can make one: a bit changed, one of another export,
 * one of a file outside, one made with another key.  What is moved out of the
 * export, mounted in it or taken away from it is not served by way of it.  All
 * of this with room for 16 descriptors only.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "stages/fs/storage_test.h"

#define FORGED		20000
#define MANY		400

static struct storage s, other;

static struct sl_fs_totals totals(void)
{
	struct sl_fs_totals t;

	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &t);
	return t;
}

static void restart(void)
{
	storage_end(&s);
	storage_start(&s);
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

static void move_to(const char *from, const char *to)
{
	char path[4096];

	strcpy(path, storage_path(&s, "%s", from));
	CHECK_EQ(rename(path, storage_path(&s, "%s", to)), 0);
}

static bool same(struct sl_file_handle a, struct sl_file_handle b)
{
	return !memcmp(&a, &b, sizeof(a));
}

static void test_restart(void)
{
	struct sl_file_handle root = s.root, dir, deep = root, file, link;
	struct sl_file_handle gone, again, h;
	u32 i;

	CHECK_EQ(storage_mkdir(&s, s.root, "dir", &dir), 0);
	CHECK_EQ(storage_create(&s, dir, "file", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "text", 4, SL_FILE_SYNC), 0);
	CHECK_EQ(storage_two(&s, SL_FILE_SYMLINK, dir, "link", dir, "to"), 0);
	link = s.args.object;
	CHECK_EQ(storage_create(&s, dir, "gone", &gone), 0);
	CHECK_EQ(storage_create(&s, dir, "again", &again), 0);
	for (i = 0; i < 3; i++) {
		restart();
		CHECK(same(root, s.root));
		CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, root), 0);
		CHECK(reads(file, "text"));
		CHECK_EQ(storage_lookup(&s, dir, "file", &h), 0);
		CHECK(same(h, file));
		CHECK_EQ(storage_lookup(&s, dir, "..", &h), 0);
		CHECK(same(h, root));
		CHECK_EQ(storage_get(&s, SL_FILE_READLINK, link), 0);
		CHECK(s.data_bytes == 2 && !memcmp(s.data, "to", 2));
		/* As deep as one likes, and with no name looked up before. */
		CHECK_EQ(storage_mkdir(&s, i ? deep : dir, "deep", &deep), 0);
	}
	/* What others do while nobody serves it. */
	storage_end(&s);
	move_to("dir/file", "moved");
	move_to("dir", "d2");
	CHECK_EQ(unlink(storage_path(&s, "d2/gone")), 0);
	CHECK_EQ(unlink(storage_path(&s, "d2/again")), 0);
	put_file(storage_path(&s, "d2/again"), "another");
	storage_start(&s);
	CHECK(reads(file, "text"));
	CHECK_EQ(storage_write(&s, file, 0, "TEXT", 4, 0), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "moved", &h), 0);
	CHECK(same(h, file));
	CHECK_EQ(storage_create(&s, dir, "below", &h), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, gone), -ESTALE);
	CHECK_EQ(s.args.status, SL_NFS_STALE);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, again), -ESTALE);
	CHECK_EQ(storage_lookup(&s, s.root, "d2", &dir), 0);
	CHECK_EQ(storage_lookup(&s, dir, "again", &h), 0);
	CHECK(!same(h, again));
}

/* Whatever happens to a file while it is served. */
static void test_alive(void)
{
	struct sl_file_handle file, copy, h;
	u32 i;

	CHECK_EQ(storage_create(&s, s.root, "alive", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "alive", 5, 0), 0);
	move_to("alive", "alive2");
	CHECK(reads(file, "alive"));
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, s.root, "alive2", s.root,
			     "alive3"), 0);
	CHECK(reads(file, "alive"));
	s.args = (struct sl_file_args){ .object = s.root };
	CHECK_EQ(storage_at(&s, SL_FILE_LINK, file, "alive4"), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "alive4", &h), 0);
	CHECK(same(h, file));
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "alive3"), 0);
	CHECK(reads(file, "alive"));
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "alive4"), 0);
	CHECK_EQ(storage_read(&s, file, 0, 5), -ESTALE);

	/* The same inode over and over: never the same file. */
	copy = file;
	for (i = 0; i < 50; i++) {
		CHECK_EQ(storage_create(&s, s.root, "over", &file), 0);
		CHECK(!same(file, copy));
		CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, copy), -ESTALE);
		CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "over"), 0);
		copy = file;
	}
}

static void test_forged(void)
{
	struct sl_file_handle good, bad;
	u64 seed = 1;
	u32 i;

	CHECK_EQ(storage_create(&s, s.root, "forge", &good), 0);
	for (i = 0; i < 8 * sizeof(good); i++) {
		bad = good;
		bad.word[i / 64] ^= 1ull << i % 64;
		CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, bad), -EBADHANDLE);
	}
	for (i = 0; i < FORGED; i++) {
		bad = good;
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		bad.word[0] = seed ^ seed >> 29;
		/* The root of this and of most file systems. */
		if (i % 2) {
			bad.word[1] = 2;
			bad.word[2] = 2;
		}
		CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, bad), -EBADHANDLE);
	}
	CHECK_EQ(s.args.status, SL_NFS_BADHANDLE);
	memset(&bad, 0, sizeof(bad));
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, bad), -EBADHANDLE);
	bad.word[3] = SL_FS_HANDLE_MAGIC;
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, bad), -EBADHANDLE);
	CHECK_EQ(storage_two(&s, SL_FILE_RENAME, s.root, "forge", bad, "x"),
		 -EBADHANDLE);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, good), 0);
}

/* Two exports with one key, and one export with another key. */
static void test_keys(void)
{
	struct sl_file_handle file, foreign;
	struct stat st;

	CHECK_EQ(storage_create(&s, s.root, "key", &file), 0);
	storage_defaults(&other);
	other.fs.persistent = true;
	other.fs.key = s.key;
	storage_start(&other);
	CHECK_EQ(storage_create(&other, other.root, "file", &foreign), 0);
	CHECK_EQ(storage_get(&other, SL_FILE_GETATTR, foreign), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, foreign), -EBADHANDLE);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, other.root), -EBADHANDLE);
	CHECK_EQ(storage_get(&other, SL_FILE_GETATTR, file), -EBADHANDLE);
	CHECK_EQ(storage_get(&other, SL_FILE_GETATTR, s.root), -EBADHANDLE);
	storage_end(&other);
	storage_remove(&other);

	CHECK_EQ(stat(s.key, &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	CHECK_EQ(st.st_size, 16);
	storage_end(&s);
	CHECK_EQ(unlink(s.key), 0);
	storage_start(&s);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), -EBADHANDLE);
	CHECK_EQ(storage_lookup(&s, s.root, "key", &file), 0);
	restart();
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
}

/* Keys that are none, or nobody's secret. */
static void test_bad_keys(void)
{
	char inside[300], above[300];

	storage_end(&s);
	CHECK_EQ(chmod(s.key, 0640), 0);
	CHECK_EQ(storage_open(&s), -EPERM);
	CHECK_EQ(chmod(s.key, 0600), 0);
	CHECK_EQ(truncate(s.key, 15), 0);
	CHECK_EQ(storage_open(&s), -EINVAL);
	CHECK_EQ(unlink(s.key), 0);
	CHECK_EQ(symlink("/dev/zero", s.key), 0);
	CHECK_EQ(storage_open(&s), -ELOOP);
	CHECK_EQ(unlink(s.key), 0);

	CHECK_EQ(mkdir(storage_path(&s, "keys"), 0700), 0);
	snprintf(inside, sizeof(inside), "%s/keys/key", s.export);
	s.fs.key = inside;
	CHECK_EQ(storage_open(&s), -EPERM);
	CHECK(access(inside, F_OK));

	/* Its directory is made, one that is above that is not. */
	snprintf(above, sizeof(above), "%s/none/key", s.key);
	s.fs.key = above;
	CHECK_EQ(storage_open(&s), -ENOENT);
	snprintf(above, sizeof(above), "%s/key", s.key);
	storage_start(&s);
	storage_end(&s);
	CHECK_EQ(unlink(above), 0);
	CHECK_EQ(rmdir(s.key), 0);
	s.fs.key = s.key;
	storage_start(&s);
}

/* Opens so many others that no descriptor of before is left. */
static void evict(void)
{
	struct sl_file_handle h;
	char name[32];
	u32 i;

	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "evict%u", i % 100);
		if (i < 100)
			CHECK_EQ(storage_mkdir(&s, s.root, name, &h), 0);
		else
			CHECK_EQ(storage_lookup(&s, s.root, name, &h), 0);
		CHECK_EQ(storage_lookup(&s, h, "none", NULL), -ENOENT);
	}
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "evict%u", i);
		CHECK_EQ(storage_at(&s, SL_FILE_RMDIR, s.root, name), 0);
	}
}

/* Directories that go away while they are open, or while they are not. */
static void test_moved_out(void)
{
	struct sl_file_handle dir, deep, file, h;
	char outside[300];

	snprintf(outside, sizeof(outside), "%s-outside", s.export);
	CHECK_EQ(storage_mkdir(&s, s.root, "out", &dir), 0);
	CHECK_EQ(storage_mkdir(&s, dir, "deep", &deep), 0);
	CHECK_EQ(storage_create(&s, deep, "file", &file), 0);
	CHECK_EQ(rename(storage_path(&s, "out"), outside), 0);
	/* From an open directory there is no way up any more. */
	CHECK_EQ(storage_lookup(&s, dir, "..", &h), -ESTALE);
	CHECK_EQ(storage_lookup(&s, deep, "..", &h), -ESTALE);
	/* Once it has been closed, it is not opened again. */
	evict();
	CHECK_EQ(storage_create(&s, deep, "new", NULL), -ESTALE);
	restart();
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, dir), -ESTALE);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, deep), -ESTALE);
	CHECK_EQ(storage_create(&s, deep, "new", NULL), -ESTALE);
	CHECK_EQ(rename(outside, storage_path(&s, "in")), 0);
	CHECK_EQ(storage_lookup(&s, deep, "..", &h), 0);
	CHECK(same(h, dir));
	CHECK_EQ(storage_lookup(&s, dir, "..", &h), 0);
	CHECK(same(h, s.root));
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
}

/* What is mounted inside is not the export's, what it covers still is. */
static void test_mounted(void)
{
	struct sl_file_handle dir, h;
	struct sl_file_plus *plus = NULL;
	u32 at = 0;

	CHECK_EQ(storage_mkdir(&s, s.root, "mount", &dir), 0);
	CHECK_EQ(storage_create(&s, dir, "covered", NULL), 0);
	CHECK_EQ(mount("tmpfs", storage_path(&s, "mount"), "tmpfs", 0, NULL),
		 0);
	put_file(storage_path(&s, "mount/file"), "outside");
	CHECK_EQ(storage_lookup(&s, s.root, "mount", &h), -EACCES);
	CHECK_EQ(storage_lookup(&s, dir, "file", &h), -ENOENT);
	CHECK_EQ(storage_lookup(&s, dir, "covered", &h), 0);
	usleep(110000);
	s.args = (struct sl_file_args){ .handle = s.root, .count = 30000 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_READDIRPLUS), 0);
	while (at < s.data_bytes) {
		struct sl_file_entry *entry = (void *)(s.data + at);

		at += ALIGN(offsetof(struct sl_file_entry, name) +
			    entry->name_bytes, 8);
		if (entry->name_bytes == 5 && !memcmp(entry->name, "mount", 5))
			plus = (void *)(s.data + at);
		at += sizeof(*plus);
	}
	CHECK(plus && !plus->attr.type && !plus->handle.word[0]);
	CHECK_EQ(umount(storage_path(&s, "mount")), 0);
	CHECK_EQ(storage_lookup(&s, s.root, "mount", &h), 0);
	CHECK(same(h, dir));
}

/* More files than entries and than descriptors: all of them stay good. */
static void test_many(void)
{
	static struct sl_file_handle file[MANY];
	char name[32];
	u32 seed = 7;
	u32 i;

	storage_end(&s);
	s.fs.handles = 32;
	storage_start(&s);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many%u", i);
		CHECK_EQ(storage_create(&s, s.root, name, &file[i]), 0);
		CHECK_EQ(storage_write(&s, file[i], 0, name, strlen(name),
				       SL_FILE_UNSTABLE), 0);
	}
	for (i = 0; i < 10 * MANY; i++) {
		u32 n;

		seed = seed * 1103515245 + 12345;
		n = (seed >> 8) % MANY;
		snprintf(name, sizeof(name), "many%u", n);
		if (i % 3)
			CHECK(reads(file[n], name));
		else
			CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file[n]), 0);
		CHECK_EQ(s.args.attr.size, strlen(name));
	}
	CHECK(totals().found_again > 5 * MANY);
	CHECK_EQ(totals().handles, 32);
	CHECK(totals().descriptors <= 32);
	storage_end(&s);
	s.fs.handles = 8192;
	storage_start(&s);
}

/* The export itself goes: nothing of it is left, whoever comes in its place. */
static void test_vanished(void)
{
	struct sl_file_handle file;

	CHECK_EQ(storage_create(&s, s.root, "file", &file), 0);
	storage_remove(&s);
	CHECK_EQ(mkdir(s.export, 0755), 0);
	put_file(storage_path(&s, "file"), "another");
	usleep(110000);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, s.root), -ESTALE);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), -ESTALE);
	CHECK_EQ(storage_create(&s, s.root, "new", NULL), -ESTALE);
	s.args = (struct sl_file_args){ .count = 0 };
	s.data_bytes = 0;
	CHECK_EQ(storage_call(&s, SL_FILE_MOUNT), -ESTALE);
	restart();
	CHECK_EQ(storage_lookup(&s, s.root, "file", &file), 0);
	CHECK(reads(file, "another"));
}

/* What has no handles, or is not for this user, is refused at the start. */
static void test_refused(void)
{
	storage_end(&s);
	s.fs.export = "/proc";
	CHECK_EQ(storage_open(&s), -EOPNOTSUPP);
	s.fs.export = s.export;
	CHECK_EQ(chmod(s.export, 0755), 0);
	CHECK_EQ(chown(s.key, 65534, 65534), 0);
	CHECK_EQ(seteuid(65534), 0);
	CHECK_EQ(storage_open(&s), -EPERM);
	CHECK_EQ(seteuid(0), 0);
	CHECK_EQ(chown(s.key, 0, 0), 0);
	storage_start(&s);
}

int main(void)
{
	struct rlimit few = { 80, 80 };
	bool alone;

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
	storage_defaults(&s);
	s.fs.persistent = true;
	if (geteuid() || !storage_can_persist(&s)) {
		storage_remove(&s);
		TEST_SKIP("only root may open files by the host's handles");
	}
	alone = !unshare(CLONE_NEWNS) &&
		!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	storage_start(&s);
	test_restart();
	test_alive();
	test_forged();
	test_keys();
	test_bad_keys();
	test_moved_out();
	if (alone)
		test_mounted();
	test_many();
	test_refused();
	test_vanished();
	storage_end(&s);
	storage_remove(&s);
	TEST_END();
}
