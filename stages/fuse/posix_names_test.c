// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what programs may expect of names: which there can be, links, what
 * RENAME does to whom, files that are open without a name, listings while
 * names go; on the directory that is its argument, see posix_site_test.h.
 */
#include <dirent.h>
#include <sys/sysmacros.h>

#include "stages/fuse/posix_site_test.h"

#define CROWD_MAX	10000

/* How many names a large directory has; the second argument. */
static unsigned int crowd = CROWD_MAX;

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

static void test_names(void)
{
	static const char *const odd[] = {
		" ", "\n", "\x01", "\xff\xfe", "a\\b", "...", "..a", "-rf",
		"\xc3\xa4\xc3\xb6\xc3\xbc", "\xe6\x97\xa5\xe6\x9c\xac", "*",
	};
	char name[258];
	unsigned int i;

	memset(name, 'n', sizeof(name));
	name[255] = 0;
	posix_write(name, "long");
	CHECK_STR(posix_read(name), "long");
	WORKS(unlink(name));
	name[255] = 'n';
	name[256] = 0;
	FAILS(open(name, O_CREAT | O_WRONLY, 0644), ENAMETOOLONG);
	FAILS(mkdir(name, 0755), ENAMETOOLONG);
	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		posix_write(odd[i], odd[i]);
		CHECK_STR(posix_read(odd[i]), odd[i]);
		WORKS(unlink(odd[i]));
		FAILS(access(odd[i], F_OK), ENOENT);
	}
	FAILS(mkdir(".", 0755), EEXIST);
	FAILS(mkdir("..", 0755), EEXIST);
	FAILS(rmdir("."), EINVAL);
	FAILS(open("", O_RDONLY), ENOENT);
	WORKS(mkdir("d", 0755));
	CHECK_EQ(posix_stat("d/.").st_ino, posix_stat("d").st_ino);
	CHECK_EQ(posix_stat("d/..").st_ino, posix_stat(".").st_ino);
	posix_write("f", "");
	FAILS(open("f/x", O_RDONLY), ENOTDIR);
	FAILS(open("f", O_CREAT | O_EXCL | O_WRONLY, 0644), EEXIST);
	FAILS(open("d", O_WRONLY), EISDIR);
	FAILS(rmdir("f"), ENOTDIR);
	FAILS(unlink("d"), EISDIR);
	FAILS(mkdir("f", 0755), EEXIST);
	WORKS(unlink("f"));
	WORKS(rmdir("d"));
}

static void test_links(void)
{
	char target[PATH_MAX + 1];
	ssize_t n;

	posix_write("a", "one");
	WORKS(link("a", "b"));
	CHECK_EQ(posix_stat("a").st_nlink, 2);
	CHECK_EQ(posix_stat("a").st_ino, posix_stat("b").st_ino);
	posix_write("b", "two");
	CHECK_STR(posix_read("a"), "two");
	FAILS(link("a", "b"), EEXIST);
	FAILS(link("none", "c"), ENOENT);
	WORKS(mkdir("d", 0755));
	FAILS(link("d", "e"), EPERM);
	WORKS(unlink("a"));
	CHECK_EQ(posix_stat("b").st_nlink, 1);
	CHECK_STR(posix_read("b"), "two");

	WORKS(symlink("b", "s"));
	CHECK_EQ(posix_stat("s").st_size, 1);
	CHECK(S_ISLNK(posix_stat("s").st_mode));
	CHECK_STR(posix_read("s"), "two");
	n = readlink("s", target, sizeof(target));
	CHECK(n == 1 && target[0] == 'b');
	FAILS(readlink("b", target, sizeof(target)), EINVAL);
	FAILS(symlink("x", "s"), EEXIST);
	memset(target, 't', sizeof(target));
	target[PATH_MAX - 1] = 0;
	WORKS(symlink(target, "long"));
	CHECK_EQ(posix_stat("long").st_size, PATH_MAX - 1);
	CHECK_EQ(readlink("long", target, sizeof(target)), PATH_MAX - 1);
	WORKS(link("s", "s2"));
	CHECK(S_ISLNK(posix_stat("s2").st_mode));
	WORKS(unlink("s2"));

	WORKS(symlink("loop2", "loop1"));
	WORKS(symlink("loop1", "loop2"));
	FAILS(open("loop1", O_RDONLY), ELOOP);
	FAILS(open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
	WORKS(symlink("nowhere", "dangling"));
	FAILS(open("dangling", O_RDONLY), ENOENT);
	FAILS(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0644), EEXIST);
	posix_write("dangling", "made");
	CHECK_STR(posix_read("nowhere"), "made");
	WORKS(rmdir("d"));
}

static void test_renames(void)
{
	int fd;

	posix_write("r1", "one");
	posix_write("r2", "two");
	WORKS(rename("r1", "r2"));
	FAILS(access("r1", F_OK), ENOENT);
	CHECK_STR(posix_read("r2"), "one");
	WORKS(rename("r2", "r2"));
	WORKS(mkdir("d1", 0755));
	WORKS(mkdir("d2", 0755));
	WORKS(mkdir("d1/sub", 0755));
	FAILS(rename("d1", "d1/sub/x"), EINVAL);
	FAILS(rename("d2", "d1"), ENOTEMPTY);
	WORKS(rename("d1", "d2"));
	WORKS(access("d2/sub", F_OK));
	FAILS(rename("r2", "d2"), EISDIR);
	FAILS(rename("d2", "r2"), ENOTDIR);
	FAILS(rename("none", "x"), ENOENT);
	FAILS(rename("d2", "d2/sub"), EINVAL);
	WORKS(rename("r2", "d2/sub/r3"));
	CHECK_STR(posix_read("d2/sub/r3"), "one");
	WORKS(mkdir("d3", 0755));
	WORKS(rename("d2/sub", "d3/sub"));
	CHECK_EQ(posix_stat("d3/sub/..").st_ino, posix_stat("d3").st_ino);
	CHECK_EQ(posix_stat("d3").st_nlink, 3);
	CHECK_EQ(posix_stat("d2").st_nlink, 2);

	fd = open("d3/sub/r3", O_RDWR);
	WORKS(rename("d3/sub/r3", "moved"));
	CHECK_EQ(write(fd, "ONE", 3), 3);
	close(fd);
	CHECK_STR(posix_read("moved"), "ONE");
	WORKS(link("moved", "same"));
	WORKS(rename("moved", "same"));
	WORKS(access("moved", F_OK));
	WORKS(unlink("same"));
	posix_write("there", "there");
	FAILS(syscall(SYS_renameat2, AT_FDCWD, "moved", AT_FDCWD, "there",
		      RENAME_NOREPLACE), EEXIST);
	CHECK_STR(posix_read("there"), "there");
	WORKS(syscall(SYS_renameat2, AT_FDCWD, "moved", AT_FDCWD, "free",
		      RENAME_NOREPLACE));
	CHECK_STR(posix_read("free"), "ONE");
	WORKS(rmdir("d2"));
	WORKS(rmdir("d3/sub"));
	WORKS(rmdir("d3"));
}

/* An open file that has lost its name is used as before. */
static void use_nameless(int fd, const char *text)
{
	char got[64] = "";
	struct stat st;

	WORKS(fstat(fd, &st));
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(st.st_size, strlen(text));
	CHECK_EQ(pread(fd, got, sizeof(got), 0), strlen(text));
	CHECK_STR(got, text);
	CHECK_EQ(pwrite(fd, "XY", 2, 1), 2);
	CHECK_EQ(pread(fd, got, 3, 0), 3);
	CHECK(!memcmp(got + 1, "XY", 2));
	WORKS(ftruncate(fd, 1));
	WORKS(fchmod(fd, 0600));
	WORKS(fsync(fd));
	WORKS(fstat(fd, &st));
	CHECK_EQ(st.st_size, 1);
	CHECK_EQ(st.st_mode & 07777, 0600);
	close(fd);
}

static void test_nameless(void)
{
	int fd, other;

	posix_write("gone", "hello");
	fd = open("gone", O_RDWR);
	other = open("gone", O_RDONLY);
	WORKS(unlink("gone"));
	FAILS(access("gone", F_OK), ENOENT);
	FAILS(unlink("gone"), ENOENT);
	posix_write("gone", "new");
	use_nameless(fd, "hello");
	CHECK_STR(posix_read("gone"), "new");
	close(other);

	/* Replaced by another one; and with it, its directory is gone. */
	WORKS(mkdir("dir", 0755));
	posix_write("dir/old", "old text");
	fd = open("dir/old", O_RDWR);
	WORKS(rename("gone", "dir/old"));
	CHECK_STR(posix_read("dir/old"), "new");
	WORKS(unlink("dir/old"));
	WORKS(rmdir("dir"));
	use_nameless(fd, "old text");

	/* Never had another one. */
	fd = open("brief", O_RDWR | O_CREAT | O_EXCL, 0600);
	WORKS(unlink("brief"));
	CHECK_EQ(write(fd, "abc", 3), 3);
	use_nameless(fd, "abc");

	/* With a second name it keeps that one, and is seen by it. */
	posix_write("n1", "x");
	WORKS(link("n1", "n2"));
	fd = open("n1", O_RDWR);
	WORKS(unlink("n1"));
	CHECK_EQ(write(fd, "y", 1), 1);
	CHECK_STR(posix_read("n2"), "y");
	WORKS(unlink("n2"));
	use_nameless(fd, "y");

	/* A directory that somebody is in. */
	WORKS(mkdir("in", 0755));
	fd = open("in", O_RDONLY | O_DIRECTORY);
	WORKS(rmdir("in"));
	CHECK_EQ(openat(fd, "x", O_CREAT | O_WRONLY, 0644), -1);
	/* The second one is what NFS has for it. */
	CHECK(errno == ENOENT || errno == ESTALE);
	close(fd);
}

/* Removes every second name while they are listed; sees each at most once. */
static void list_crowd(void)
{
	static unsigned char seen[CROWD_MAX];
	DIR *dir = opendir("crowd");
	unsigned int i, next = 0, others = 0;
	struct dirent *entry;
	char name[64];

	memset(seen, 0, sizeof(seen));
	while (CHECK(dir) && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "name-%u", &i) == 1 && i < crowd)
			seen[i]++;
		else
			others++;
		for (i = 0; i < 2 && next < crowd; i++, next += 2) {
			snprintf(name, sizeof(name), "crowd/name-%u", next);
			unlink(name);
		}
	}
	closedir(dir);
	CHECK_EQ(others, 2);
	for (i = 0; i < crowd; i++)
		if (seen[i] > 1 || (i % 2 && !seen[i]))
			CHECK_EQ(seen[i], i);
}

static void test_listing(void)
{
	struct dirent *entry;
	unsigned int i, count = 0;
	char name[64];
	long at = -1;
	DIR *dir;

	WORKS(mkdir("crowd", 0755));
	for (i = 0; i < crowd; i++) {
		snprintf(name, sizeof(name), "crowd/name-%u", i);
		if (mknod(name, S_IFREG | 0644, 0))
			CHECK_EQ(errno, 0);
	}
	list_crowd();
	dir = opendir("crowd");
	while ((entry = readdir(dir))) {
		CHECK(entry->d_type == DT_REG || entry->d_name[0] == '.');
		if (count++ == 100)
			at = telldir(dir);
	}
	CHECK_EQ(count, crowd / 2 + 2);
	seekdir(dir, at);
	for (i = 0; readdir(dir);)
		i++;
	CHECK_EQ(i, count - 101);
	rewinddir(dir);
	posix_write("crowd/late", "");
	for (i = 0; readdir(dir);)
		i++;
	CHECK_EQ(i, count + 1);
	closedir(dir);
	FAILS(rmdir("crowd"), ENOTEMPTY);
}

static void test_nodes(void)
{
	struct stat st;
	int fd;

	WORKS(mkfifo("fifo", 0640));
	st = posix_stat("fifo");
	CHECK(S_ISFIFO(st.st_mode));
	CHECK_EQ(st.st_mode & 07777, 0640);
	fd = open("fifo", O_RDWR | O_NONBLOCK);
	CHECK_EQ(write(fd, "through", 7), 7);
	CHECK_STR(posix_read("fifo"), "through");
	close(fd);
	WORKS(mknod("sock", S_IFSOCK | 0600, 0));
	CHECK(S_ISSOCK(posix_stat("sock").st_mode));
	if (geteuid())
		return;
	if (!mknod("dev", S_IFCHR | 0600, makedev(300, 70000))) {
		st = posix_stat("dev");
		CHECK(S_ISCHR(st.st_mode));
		CHECK_EQ(major(st.st_rdev), 300);
		CHECK_EQ(minor(st.st_rdev), 70000);
	}
}

int main(int argc, char **argv)
{
	if (argc > 2)
		crowd = atoi(argv[2]) % (CROWD_MAX + 1);
	posix_enter(argc, argv);
	test_names();
	test_links();
	test_renames();
	test_nameless();
	test_listing();
	test_nodes();
	posix_leave();
	TEST_END();
}
