// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what programs may expect of files: modes and who may, times, holes,
 * files larger than 32 bits, O_APPEND by two, truncation, mmap() beside read()
 * and write(), locks; on the directory that is its argument, see
 * posix_site_test.h.
 */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <time.h>

#include "stages/fuse/posix_site_test.h"

#define PAGE	4096
#define ALICE	12001
#define BOB	12002
#define TEAM	12100

static u_int mode_of(const char *name)
{
	return posix_stat(name).st_mode & 07777;
}

static void test_modes(void)
{
	int fd;

	umask(027);
	close(open("m", O_CREAT | O_WRONLY, 0777));
	CHECK_EQ(mode_of("m"), 0750);
	WORKS(mkdir("md", 0777));
	CHECK_EQ(mode_of("md"), 0750);
	umask(022);
	WORKS(chmod("m", 0));
	CHECK_EQ(mode_of("m"), 0);
	WORKS(chmod("m", 04755));
	CHECK_EQ(mode_of("m"), 04755);
	/* Whoever has it open may write, whatever the mode says then. */
	fd = open("ro", O_CREAT | O_RDWR, 0400);
	CHECK_EQ(write(fd, "x", 1), 1);
	close(fd);
	CHECK_EQ(mode_of("ro"), 0400);
	FAILS(chmod("none", 0644), ENOENT);
	WORKS(rmdir("md"));
}

static void as_alice(void)
{
	struct stat st;
	int fd;

	POSIX_EXPECT(open("root-only", O_RDONLY) < 0 && errno == EACCES);
	POSIX_EXPECT(open("locked/x", O_RDONLY) < 0 && errno == EACCES);
	POSIX_EXPECT(open("locked/new", O_CREAT | O_WRONLY, 0644) < 0 &&
		     errno == EACCES);
	POSIX_EXPECT(chmod("root-only", 0777) < 0 && errno == EPERM);
	POSIX_EXPECT(chown("root-only", ALICE, ALICE) < 0 && errno == EPERM);
	POSIX_EXPECT(unlink("sticky/of-root") < 0 && errno == EPERM);
	POSIX_EXPECT(access("root-only", R_OK) < 0 && errno == EACCES);
	fd = open("sticky/of-alice", O_CREAT | O_EXCL | O_RDWR, 0600);
	POSIX_EXPECT(fd >= 0 && !fstat(fd, &st));
	POSIX_EXPECT(st.st_uid == ALICE && st.st_gid == ALICE);
	POSIX_EXPECT(write(fd, "mine", 4) == 4);
	/* A group that comes with the process alone. */
	fd = open("team/of-team", O_CREAT | O_EXCL | O_RDWR, 0640);
	POSIX_EXPECT(fd >= 0 && !fstat(fd, &st));
	POSIX_EXPECT(st.st_uid == ALICE && st.st_gid == TEAM);
	POSIX_EXPECT(!mkdir("team/dir", 0755) && !lstat("team/dir", &st));
	POSIX_EXPECT(st.st_gid == TEAM && st.st_mode & S_ISGID);
	POSIX_EXPECT(!symlink("x", "team/link") && !lstat("team/link", &st));
	POSIX_EXPECT(st.st_uid == ALICE);
	POSIX_EXPECT(!mkfifo("team/fifo", 0600));
	POSIX_EXPECT(!rename("team/fifo", "team/fifo2"));
	POSIX_EXPECT(!unlink("team/fifo2"));
	POSIX_EXPECT(!chmod("sticky/of-alice", 0644));
	/* Not a member: the bit goes. */
	POSIX_EXPECT(!chmod("sticky/foreign", 02755) &&
		     !lstat("sticky/foreign", &st));
	POSIX_EXPECT(!(st.st_mode & S_ISGID));
	_exit(0);
}

static void as_bob(void)
{
	struct stat st;
	int fd;

	POSIX_EXPECT(unlink("sticky/of-alice") < 0 && errno == EPERM);
	POSIX_EXPECT(rename("sticky/of-alice", "sticky/mine") < 0 &&
		     errno == EPERM);
	POSIX_EXPECT(open("sticky/of-alice", O_RDWR) < 0 && errno == EACCES);
	POSIX_EXPECT(open("sticky/of-alice", O_RDONLY) >= 0);
	POSIX_EXPECT(open("team/x", O_CREAT | O_WRONLY, 0644) < 0 &&
		     errno == EACCES);
	/* Whoever writes to a program takes its special bits away. */
	fd = open("suid", O_WRONLY);
	POSIX_EXPECT(fd >= 0 && write(fd, "y", 1) == 1 && !fstat(fd, &st));
	POSIX_EXPECT(!(st.st_mode & (S_ISUID | S_ISGID)));
	_exit(0);
}

static void make_with(const char *name, u_int mode, uid_t uid, gid_t gid)
{
	posix_write(name, "x");
	WORKS(chown(name, uid, gid));
	WORKS(chmod(name, mode));
}

static void test_users(void)
{
	pid_t pid;

	if (geteuid())
		return;
	make_with("root-only", 0600, 0, 0);
	WORKS(mkdir("locked", 0700));
	posix_write("locked/x", "");
	WORKS(mkdir("sticky", 0777));
	WORKS(chmod("sticky", 01777));
	posix_write("sticky/of-root", "");
	make_with("sticky/foreign", 0755, ALICE, TEAM + 1);
	WORKS(mkdir("team", 0770));
	WORKS(chown("team", 0, TEAM));
	WORKS(chmod("team", 02770));
	make_with("suid", 06777, 0, 0);
	pid = posix_fork_as(ALICE, ALICE, TEAM);
	if (!pid)
		as_alice();
	posix_wait(pid);
	pid = posix_fork_as(BOB, BOB, 0);
	if (!pid)
		as_bob();
	posix_wait(pid);
	CHECK_EQ(mode_of("suid"), 0777);
	WORKS(chmod("suid", 06777));
	WORKS(chown("suid", BOB, BOB));
	CHECK_EQ(mode_of("suid"), 0777);
	CHECK_EQ(posix_stat("suid").st_uid, BOB);
}

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec ||
	       (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* Longer than the grain of the host's clock. */
static void pass_time(void)
{
	usleep(15000);
}

static void test_times(void)
{
	struct timespec set[2] = { { 1111111111, 123456789 },
				   { 2222222222, 987654321 } };
	struct stat before, after;

	posix_write("t", "x");
	WORKS(utimensat(AT_FDCWD, "t", set, 0));
	before = posix_stat("t");
	CHECK_EQ(before.st_atim.tv_sec, 1111111111);
	CHECK_EQ(before.st_atim.tv_nsec, 123456789);
	CHECK_EQ(before.st_mtim.tv_sec, 2222222222);
	CHECK_EQ(before.st_mtim.tv_nsec, 987654321);
	set[0].tv_nsec = UTIME_OMIT;
	set[1].tv_nsec = UTIME_NOW;
	pass_time();
	WORKS(utimensat(AT_FDCWD, "t", set, 0));
	after = posix_stat("t");
	CHECK_EQ(after.st_atim.tv_sec, 1111111111);
	CHECK(llabs((long long)after.st_mtim.tv_sec - time(NULL)) < 60);
	CHECK(later(after.st_ctim, before.st_ctim));

	pass_time();
	posix_write("t", "more");
	before = posix_stat("t");
	CHECK(later(before.st_mtim, after.st_mtim));
	pass_time();
	WORKS(chmod("t", 0600));
	after = posix_stat("t");
	CHECK(later(after.st_ctim, before.st_ctim));
	CHECK(!later(after.st_mtim, before.st_mtim));
	pass_time();
	WORKS(link("t", "t2"));
	before = posix_stat("t");
	CHECK(later(before.st_ctim, after.st_ctim));

	WORKS(mkdir("td", 0755));
	before = posix_stat("td");
	pass_time();
	posix_write("td/x", "");
	after = posix_stat("td");
	CHECK(later(after.st_mtim, before.st_mtim));
	pass_time();
	WORKS(unlink("td/x"));
	before = posix_stat("td");
	CHECK(later(before.st_mtim, after.st_mtim));
	WORKS(symlink("t", "ts"));
	set[0] = set[1] = (struct timespec){ 5, 6 };
	WORKS(utimensat(AT_FDCWD, "ts", set, AT_SYMLINK_NOFOLLOW));
	CHECK_EQ(posix_stat("ts").st_mtim.tv_sec, 5);
	CHECK(posix_stat("t").st_mtim.tv_sec != 5);
}

static void test_holes(void)
{
	const off_t far = (off_t)1 << 40;
	char got[8] = "xxxxxxx";
	struct stat st;
	int fd = open("hole", O_CREAT | O_RDWR, 0644);

	CHECK_EQ(pwrite(fd, "end", 3, far), 3);
	WORKS(fstat(fd, &st));
	CHECK_EQ(st.st_size, far + 3);
	CHECK(st.st_blocks < 1024);
	CHECK_EQ(pread(fd, got, 8, far - 5), 8);
	CHECK(!memcmp(got, "\0\0\0\0\0end", 8));
	CHECK_EQ(pread(fd, got, 8, far / 2), 8);
	CHECK(!memcmp(got, "\0\0\0\0\0\0\0\0", 8));
	CHECK_EQ(pread(fd, got, 8, far + 3), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), far + 3);
	CHECK_EQ(pwrite(fd, "4G", 2, 0xffffffff), 2);
	CHECK_EQ(pread(fd, got, 2, 0xffffffff), 2);
	CHECK(!memcmp(got, "4G", 2));
	WORKS(ftruncate(fd, 10));
	WORKS(ftruncate(fd, 20));
	WORKS(fstat(fd, &st));
	CHECK_EQ(st.st_size, 20);
	FAILS(ftruncate(fd, -1), EINVAL);
	FAILS(pwrite(fd, "x", 1, -1), EINVAL);
	close(fd);
	WORKS(truncate("hole", 0));
	CHECK_EQ(posix_stat("hole").st_size, 0);
}

#define LINES	500

static void append_lines(char who)
{
	char line[32];
	int fd = open("log", O_WRONLY | O_APPEND);
	int i;

	for (i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "%c %05d line\n", who, i);
		POSIX_EXPECT(write(fd, line, 13) == 13);
	}
	_exit(0);
}

static void test_append(void)
{
	int next[2] = { 0, 0 };
	pid_t pid[2];
	char line[32];
	int i, fd;

	posix_write("log", "");
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			append_lines('a' + i);
	}
	posix_wait(pid[0]);
	posix_wait(pid[1]);
	CHECK_EQ(posix_stat("log").st_size, 2 * LINES * 13);
	fd = open("log", O_RDONLY);
	while (read(fd, line, 13) == 13) {
		u_int who = line[0] - 'a';

		if (who < 2 && atoi(line + 2) == next[who])
			next[who]++;
	}
	CHECK_EQ(next[0], LINES);
	CHECK_EQ(next[1], LINES);
	close(fd);
	fd = open("log", O_WRONLY | O_TRUNC);
	close(fd);
	CHECK_EQ(posix_stat("log").st_size, 0);
}

static void test_maps(void)
{
	int fd = open("map", O_CREAT | O_RDWR, 0644);
	char *shared, *private;
	char got[PAGE];

	WORKS(ftruncate(fd, 4 * PAGE));
	CHECK_EQ(pwrite(fd, "disk", 4, PAGE), 4);
	shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      0);
	private = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
		       0);
	if (!CHECK(shared != MAP_FAILED) || !CHECK(private != MAP_FAILED))
		return;
	CHECK(!memcmp(shared + PAGE, "disk", 4));
	memcpy(shared + 2 * PAGE, "mapped", 6);
	CHECK_EQ(pread(fd, got, 6, 2 * PAGE), 6);
	CHECK(!memcmp(got, "mapped", 6));
	CHECK_EQ(pwrite(fd, "written", 7, 3 * PAGE), 7);
	CHECK(!memcmp(shared + 3 * PAGE, "written", 7));
	memcpy(private + PAGE, "mine", 4);
	CHECK(!memcmp(shared + PAGE, "disk", 4));
	WORKS(msync(shared, 4 * PAGE, MS_SYNC));
	WORKS(ftruncate(fd, 2 * PAGE + 3));
	CHECK(!memcmp(shared + 2 * PAGE, "map\0\0\0", 6));
	WORKS(ftruncate(fd, 3 * PAGE));
	CHECK(!memcmp(shared + 2 * PAGE, "map\0\0\0", 6));
	memcpy(shared + 2 * PAGE + 100, "late", 4);
	close(fd);
	WORKS(munmap(shared, 4 * PAGE));
	WORKS(munmap(private, 4 * PAGE));
	fd = open("map", O_RDONLY);
	CHECK_EQ(pread(fd, got, PAGE, 2 * PAGE), PAGE);
	CHECK(!memcmp(got, "map", 3) && !memcmp(got + 100, "late", 4));
	CHECK_EQ(pread(fd, got, PAGE, PAGE), PAGE);
	CHECK(!memcmp(got, "disk", 4));
	close(fd);
}

/* A file without a name is mapped all the same. */
static void test_nameless_map(void)
{
	int fd = open("map2", O_CREAT | O_RDWR, 0644);
	char *map;

	WORKS(ftruncate(fd, PAGE));
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	WORKS(unlink("map2"));
	if (!CHECK(map != MAP_FAILED))
		return;
	strcpy(map, "still there");
	WORKS(msync(map, PAGE, MS_SYNC));
	CHECK_STR(map, "still there");
	WORKS(munmap(map, PAGE));
}

static void test_locks(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_start = 10, .l_len = 5 };
	int fd = open("lock", O_CREAT | O_RDWR, 0644);
	int fd2 = open("lock", O_RDWR);
	pid_t pid;

	WORKS(flock(fd, LOCK_EX));
	FAILS(flock(fd2, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	WORKS(flock(fd, LOCK_UN));
	WORKS(flock(fd2, LOCK_EX | LOCK_NB));
	WORKS(fcntl(fd, F_SETLK, &lock));
	pid = fork();
	if (!pid) {
		POSIX_EXPECT(fcntl(fd2, F_SETLK, &lock) < 0);
		lock.l_start = 20;
		POSIX_EXPECT(!fcntl(fd2, F_SETLK, &lock));
		_exit(0);
	}
	posix_wait(pid);
	close(fd);
	close(fd2);
}

static void test_rest(void)
{
	struct statvfs space;
	char *block;
	int fd;

	WORKS(statvfs(".", &space));
	CHECK(space.f_blocks && space.f_bavail <= space.f_blocks);
	CHECK_EQ(space.f_namemax, 255);
	fd = open("sync", O_CREAT | O_RDWR | O_DSYNC, 0644);
	CHECK_EQ(write(fd, "x", 1), 1);
	WORKS(fsync(fd));
	WORKS(fdatasync(fd));
	close(fd);
	fd = open(".", O_RDONLY | O_DIRECTORY);
	WORKS(fsync(fd));
	close(fd);
	/* Past the page cache. */
	fd = open("direct", O_CREAT | O_RDWR | O_DIRECT, 0644);
	if (fd < 0)
		return;
	block = aligned_alloc(PAGE, 64 * PAGE);
	memset(block, 'd', 64 * PAGE);
	CHECK_EQ(pwrite(fd, block, 64 * PAGE, 0), 64 * PAGE);
	memset(block, 0, 64 * PAGE);
	CHECK_EQ(pread(fd, block, 64 * PAGE, 0), 64 * PAGE);
	CHECK(block[0] == 'd' && block[64 * PAGE - 1] == 'd');
	free(block);
	close(fd);
}

int main(int argc, char **argv)
{
	posix_enter(argc, argv);
	test_modes();
	test_users();
	test_times();
	test_holes();
	test_append();
	test_maps();
	test_nameless_map();
	test_locks();
	test_rest();
	posix_leave();
	TEST_END();
}
