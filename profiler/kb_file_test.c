// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a knowledge base that is broken, locked, of another version or
 * somebody else's is left as it is, with a reason; that those of before there
 * were versions are brought up to date; and that several may write at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "profiler/kb_site_test.h"

/* It cannot be opened, and why; NULL: nothing is wrong. */
static void refuse(const char *file, enum sl_kb_mode mode, const char *reason)
{
	const char *why = "?";

	if (!CHECK(!sl_kb_open(file, mode, &why)))
		return;
	if (!CHECK(reason ? why && strstr(why, reason) : !why))
		fprintf(stderr, "%s: %s\n", file, why ? why : "nothing wrong");
}

static void fill(const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static void test_broken(void)
{
	struct sl_kb *kb;
	off_t at, end;
	int fd;

	unlink(path);
	refuse(path, SL_KB_READ, NULL);
	refuse(path, SL_KB_ASK, "unable to open");
	refuse("/proc/none/kb", SL_KB_WRITE, "unable to open");
	refuse("/proc/none/kb", SL_KB_READ, NULL);
	refuse("/tmp", SL_KB_READ, "no regular file");
	refuse("/tmp", SL_KB_WRITE, "no regular file");
	refuse("/dev/null", SL_KB_WRITE, "no regular file");
	CHECK(!mkfifo(path, 0600));
	refuse(path, SL_KB_READ, "no regular file");
	refuse(path, SL_KB_ASK, "no regular file");
	unlink(path);
	fill("this is no database, although it is long enough for one");
	refuse(path, SL_KB_ASK, "not a database");
	refuse(path, SL_KB_READ, "not a database");
	refuse(path, SL_KB_WRITE, "not a database");
	/* Nothing yet, but room for all. */
	fill("");
	refuse(path, SL_KB_READ, NULL);
	sl_kb_close(open_kb(SL_KB_WRITE));
	CHECK_EQ(find_all("boot", "model", NULL), 0);

	/* Its first page is good, and no other. */
	fd = open(path, O_WRONLY);
	end = lseek(fd, 0, SEEK_END);
	CHECK(end > 4096);
	for (at = 4096; at < end; at += sizeof(path))
		CHECK(pwrite(fd, path, sizeof(path), at) == sizeof(path));
	close(fd);
	kb = open_kb(SL_KB_READ);
	CHECK_EQ(sl_kb_distances(kb, find, NULL), -EIO);
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 0);
	sl_kb_close(kb);
	kb = open_kb(SL_KB_WRITE);
	CHECK_EQ(sl_kb_distance(kb, 0, 1, 90, "none"), -EIO);
	sl_kb_close(kb);

	/* Cut off. */
	CHECK(!truncate(path, 4096 + 100));
	refuse(path, SL_KB_READ, "malformed");
	refuse(path, SL_KB_WRITE, "malformed");
	unlink(path);
}

/* As files were before they had a version. */
static const char old[] =
	"CREATE TABLE cpu ("
	" cpu INTEGER PRIMARY KEY, node INTEGER, speed INTEGER,"
	" measured TEXT);"
	"CREATE TABLE distance ("
	" from_cpu INTEGER, to_cpu INTEGER, trip_ns INTEGER,"
	" measured TEXT, PRIMARY KEY (from_cpu, to_cpu));"
	"CREATE TABLE stage ("
	" pipeline TEXT, stage TEXT, replica INTEGER, type TEXT, cpu INTEGER,"
	" events INTEGER, service_ns REAL, batch REAL, busy REAL, blocked REAL,"
	" queue REAL, measured TEXT, PRIMARY KEY (pipeline, stage, replica));"
	"CREATE TABLE edge ("
	" pipeline TEXT, from_stage TEXT, from_replica INTEGER,"
	" to_stage TEXT, to_replica INTEGER, requests INTEGER,"
	" events INTEGER, per_second REAL, queue REAL, measured TEXT,"
	" PRIMARY KEY (pipeline, from_stage, from_replica, to_stage, to_replica,"
	" requests));"
	"CREATE TABLE plan ("
	" pipeline TEXT, began TEXT, at_s REAL, kind TEXT, why TEXT, plan TEXT,"
	" pause_us REAL, PRIMARY KEY (pipeline, began, at_s));"
	"INSERT INTO distance VALUES (0, 1, 90, datetime('now'));"
	"INSERT INTO stage VALUES ('old', 'b', 0, 'sink', 0, 1, 2, 3, 4, 5, 6,"
	" datetime('now'))";

static void test_versions(void)
{
	struct sl_kb_cpu cpu = { 0, 0, 0, 0, 0, 1000 };
	struct sl_stats *stats = make_stats();
	struct sl_kb *kb;

	change(old);
	refuse(path, SL_KB_READ, NULL);
	kb = open_kb(SL_KB_ASK);
	CHECK_STR(ask(kb, "SELECT trip_ns FROM distance", false),
		  "trip_ns\n90\n");
	sl_kb_close(kb);
	kb = open_kb(SL_KB_WRITE);
	CHECK_EQ(sl_kb_cpu(kb, &cpu), 0);
	CHECK_EQ(sl_kb_distance(kb, 1, 0, 80, "core"), 0);
	CHECK_EQ(sl_kb_report(kb, &report, stats), 0);
	CHECK_EQ(sl_kb_weight(kb, "p", "b", "sink"), 8);
	CHECK_STR(ask(kb, "SELECT count(*) AS n FROM stage", false), "n\n4\n");
	CHECK_STR(ask(kb, "SELECT count(*) AS n FROM distance", false),
		  "n\n2\n");
	sl_kb_close(kb);
	/* Of what machine the old one was, nobody knows. */
	CHECK_EQ(find_all("boot", "model", NULL), 1);

	change("PRAGMA user_version = 3");
	refuse(path, SL_KB_READ, "a later version");
	refuse(path, SL_KB_WRITE, "a later version");
	kb = open_kb(SL_KB_ASK);
	CHECK_STR(ask(kb, "SELECT count(*) AS n FROM stage", false), "n\n4\n");
	sl_kb_close(kb);

	/* A database, but not ours. */
	unlink(path);
	change("CREATE TABLE book (title TEXT); INSERT INTO book VALUES ('x')");
	refuse(path, SL_KB_READ, NULL);
	refuse(path, SL_KB_WRITE, "something else");
	kb = open_kb(SL_KB_ASK);
	CHECK_STR(ask(kb, "SELECT name FROM sqlite_master", false),
		  "name\nbook\n");
	sl_kb_close(kb);
	unlink(path);
	free(stats);
}

/* Somebody has the file for himself. */
static void test_locked(void)
{
	struct sl_kb *kb = open_kb(SL_KB_WRITE);
	sqlite3 *db;

	CHECK(!sqlite3_open(path, &db));
	CHECK(!sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL));
	refuse(path, SL_KB_READ, "locked");
	CHECK_STR(sl_kb_why(kb), "");
	CHECK_EQ(sl_kb_begin(kb), -EIO);
	CHECK_STR(sl_kb_why(kb), "database is locked");
	CHECK(!sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
	CHECK_EQ(sl_kb_begin(kb), 0);
	CHECK_EQ(sl_kb_end(kb, 0), 0);
	sqlite3_close(db);
	sl_kb_close(kb);
	unlink(path);
}

#define WRITERS	4
#define ROUNDS	5

/* One fact; where there is much to do, a writer may have to come again. */
static void write_one(u32 from, u32 to)
{
	struct sl_kb *kb;
	const char *why;
	u32 tries;
	int err;

	for (tries = 0; tries < 100; tries++) {
		kb = sl_kb_open(path, SL_KB_WRITE, &why);
		if (!kb) {
			CHECK_STR(why, "database is locked");
			continue;
		}
		sl_kb_of(kb, "boot", "model");
		err = sl_kb_begin(kb);
		if (!err) {
			err = sl_kb_distance(kb, from, to, 90, "none");
			err = sl_kb_end(kb, err);
		}
		sl_kb_close(kb);
		if (!err)
			return;
	}
	CHECK(!"it was written");
}

/* Several runs end at once, and the file is new to all of them. */
static void test_writers(void)
{
	pid_t pid[WRITERS];
	int status;
	u32 i, k;

	fflush(NULL);
	for (i = 0; i < WRITERS; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		sl_test_failed = 0;
		for (k = 0; k < ROUNDS; k++)
			write_one(i, 10 + k);
		_exit(!!sl_test_failed);
	}
	for (i = 0; i < WRITERS; i++) {
		CHECK(pid[i] > 0 && waitpid(pid[i], &status, 0) == pid[i]);
		CHECK_EQ(status, 0);
	}
	CHECK_EQ(find_all("boot", "model", NULL), WRITERS * ROUNDS);
	unlink(path);
}

int main(void)
{
	snprintf(path, sizeof(path), "/tmp/kb_file_test.%d.sqlite", getpid());
	test_broken();
	test_versions();
	test_locked();
	test_writers();
	TEST_END();
}
